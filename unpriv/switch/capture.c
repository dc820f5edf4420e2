/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "capture.h"

#include "pcapng.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define BUFFER (256u * 1024)

struct capture {
	int fd;
	int error;
	uint64_t lost;
	uint32_t interfaces;
	size_t used;
	uint8_t buffer[BUFFER];
};

struct capture *capture_open(const char *path)
{
	/* Without blocking: a FIFO that nobody reads must not stop the network. */
	CLEANUP_FD int fd =
		open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0600);
	struct capture *c;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode)) {
		errno = EINVAL;
		return NULL;
	}
	if (S_ISREG(st.st_mode) && ftruncate(fd, 0) < 0)
		return NULL;
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->fd = steal_fd(&fd);
	c->used = pcapng_section(c->buffer);
	capture_flush(c);
	return c;
}

void capture_flush(struct capture *c)
{
	size_t done = 0;

	while (done < c->used && !c->error) {
		ssize_t n = write(c->fd, c->buffer + done, c->used - done);

		if (n > 0)
			done += (size_t)n;
		else if (errno != EINTR)
			c->error = errno; /* a block that was cut is the file's end */
	}
	c->used = 0;
}

/* Room for len bytes, if the file still takes any. */
static bool make_room(struct capture *c, size_t len)
{
	if (BUFFER - c->used < len)
		capture_flush(c);
	return !c->error;
}

/* A port's interface; its block comes before its first frame. */
static bool find_interface(struct capture *c, uint32_t *interface, const char *name)
{
	if (*interface != CAPTURE_NONE)
		return true;
	if (!make_room(c, PCAPNG_INTERFACE_MAX))
		return false;
	c->used += pcapng_interface(c->buffer + c->used, name);
	*interface = c->interfaces++;
	return true;
}

void capture_frame(struct capture *c, uint32_t *interface, const char *name,
		   const struct frame *frame)
{
	struct timespec now;

	if (c->error || !find_interface(c, interface, name) ||
	    !make_room(c, PCAPNG_PACKET_MAX(frame->len))) {
		c->lost++;
		return;
	}
	(void)clock_gettime(CLOCK_REALTIME, &now);
	c->used += pcapng_packet(c->buffer + c->used, *interface,
				 (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000,
				 frame->at, frame->len);
}

uint64_t capture_lost(const struct capture *c, int *reterror)
{
	*reterror = c->error;
	return c->lost;
}

void capture_close(struct capture *c)
{
	capture_flush(c);
	close(c->fd);
	free(c);
}

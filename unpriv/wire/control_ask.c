/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client's side of control.h. */
#include "control.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#define PATIENCE_S 10

static int connect_to(const char *path)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	size_t len = strlen(path);
	int fd, r;

	if (len == 0 || len >= sizeof(at.sun_path))
		return -ENAMETOOLONG;
	memcpy(at.sun_path, path, len);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    connect(fd, (const struct sockaddr *)&at, sizeof(at)) < 0) {
		r = -errno;
		close(fd);
		return r;
	}
	return fd;
}

/* No sequence for a terminal. The other end quotes what it repeats; its quotes stay. */
static void printable(char *to, size_t size, const char *text)
{
	size_t i = 0;

	for (; text[i] && i < size - 1; i++)
		to[i] = text[i] >= 0x20 && text[i] < 0x7f ? text[i] : '?';
	to[i] = '\0';
}

/* The first line decides; all behind it is the body. */
static int take_answer(FILE *in, FILE *out, char *reterr, size_t size)
{
	char line[CONTROL_LINE], buf[4096];
	size_t used = 0, n;
	int c;

	while ((c = fgetc(in)) != EOF && c != '\n')
		if (used < sizeof(line) - 1)
			line[used++] = (char)c;
	line[used] = '\0';
	if (strncmp(line, "error ", 6) == 0) {
		printable(reterr, size, line + 6);
		return 1;
	}
	/* A server that did not know us just closed. */
	if (strcmp(line, "ok") != 0)
		return used ? -EBADMSG : -ECONNRESET;
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0) {
		/* Nor here a sequence for a terminal. What is not ASCII may be a name. */
		for (size_t i = 0; i < n; i++)
			if (((unsigned char)buf[i] < 0x20 && buf[i] != '\n') || buf[i] == 0x7f)
				buf[i] = '?';
		if (fwrite(buf, 1, n, out) != n)
			return -EIO;
	}
	return ferror(in) ? -EIO : 0;
}

int control_ask(const char *path, const char *request, FILE *out, char *reterr, size_t size)
{
	CLEANUP_FD int fd = connect_to(path);
	char line[CONTROL_LINE + 1];
	FILE *in;
	int len, r;

	if (fd < 0)
		return fd;
	len = snprintf(line, sizeof(line), "%s\n", request);
	if (len >= (int)sizeof(line) || strchr(request, '\n'))
		return -EINVAL;
	/* At once: who answers to half of a line and closes would cut our other half off. */
	if (send(fd, line, (size_t)len, MSG_NOSIGNAL) != len)
		return errno ? -errno : -EIO;
	in = fdopen(fd, "r");
	if (!in)
		return -errno;
	steal_fd(&fd);
	r = take_answer(in, out, reterr, size);
	fclose(in);
	return r;
}

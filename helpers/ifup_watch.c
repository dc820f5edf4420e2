/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever holds a tap's descriptor can make its carrier come and go, give it to another
 * user, clear its persistence: none of that is believed. Any news of the device only lets us
 * try to attach to it, which works when nobody else holds it. The kernel tells of a lost
 * carrier if the device is up, and of one that was not lost before; else we look by ourselves.
 */
#include "ifup.h"

#include "lib/caps.h"
#include "lib/link_net.h"
#include "lib/tap.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 1000       /* where no event is to be expected */
#define BACKSTOP_MS 30000  /* and where it is */
#define PAUSE_NS 50000000L /* news may be made in a loop, for as long as one holds the tap */

/* 0: it is ours; -EBUSY; -ENODEV: it is gone; another -errno. Takes *tun where that is spoilt. */
static int try(struct ifup *u, int *tun)
{
	int r = caps_raise();

	if (r == 0)
		r = tap_attach(*tun, link_fd(u->conn), u->index);
	if (caps_lower() < 0)
		return -EPERM;
	if (r != -ESTALE)
		return r;
	/* Of another name now, or gone: the next look will tell. */
	close(*tun);
	*tun = tap_open();
	return *tun < 0 ? *tun : -EBUSY;
}

/* What the work before has touched of the program is not needed for the long wait: it is mapped
 * again from the file as it is used. */
static void forget_code(void)
{
	extern const char __executable_start[], etext[];
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), mask = ~(page - 1);
	uintptr_t start = (uintptr_t)__executable_start & mask, end = (uintptr_t)etext & mask;

	/* Ignored: it costs memory only. Nothing there was ever written: relocations of a
	 * position-independent program lie behind its code. */
	(void)madvise((void *)start, end - start, MADV_DONTNEED);
}

static void wait_for_news(int events, int ms)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NS};
	struct pollfd p = {.fd = events, .events = POLLIN};
	char buf[4096];

	if (poll(&p, 1, ms) <= 0)
		return;
	(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	/* ENOBUFS, too, says only that something has changed. */
	while (recv(events, buf, sizeof(buf), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		continue;
}

int ifup_watch(struct ifup *u, int tun)
{
	CLEANUP_FD int mine = tun;
	CLEANUP_FD int events = link_events_of(u->index);
	struct link_info now;

	forget_code();
	/* What cannot listen has to look. */
	for (;;) {
		int r = try(u, &mine);

		if (r == 0 || r == -ENODEV) {
			/* Its name may be a new one. An alias that somebody has spoilt does not
			 * change what is to be done. */
			if (r == 0)
				(void)!ifup_load(u, u->index);
			return ifup_end(u, r == 0);
		}
		r = link_get_index(u->conn, u->index, &now);
		if (r == 0)
			memcpy(u->name, now.name, sizeof(u->name));
		wait_for_news(events, events >= 0 && r == 0 && now.carrier ? BACKSTOP_MS : LOOK_MS);
	}
}

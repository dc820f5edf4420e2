/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever holds a tap's descriptor can make its carrier come and go, give it to another
 * user, clear its persistence: none of that is believed. Any news of the device only lets us
 * try to attach to it, which works when nobody else holds it. The kernel tells of a lost
 * carrier if the device is up, and of one that was not lost before; else we look by ourselves.
 */
#include "ifup.h"

#include "lib/authlog.h"
#include "lib/caps.h"
#include "lib/link_net.h"
#include "lib/tap.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define LOOK_MS 1000      /* where no event is to be expected */
#define BACKSTOP_MS 30000 /* and where it is */
#define PAUSE_MS 50       /* news may be made in a loop, for as long as one holds the tap */

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

static void drain(int events)
{
	char buf[4096];

	/* ENOBUFS, too, says only that something has changed. */
	while (recv(events, buf, sizeof(buf), MSG_DONTWAIT) > 0 || errno == ENOBUFS)
		continue;
}

static void wait_for_news(int events, int gone, int ms)
{
	struct pollfd p[2] = {{.fd = events, .events = POLLIN}, {.fd = gone, .events = POLLIN}};

	if (poll(p, 2, ms) <= 0)
		return;
	/* Of its end there is no news twice, and its name is to be taken at once. */
	if (!p[1].revents)
		(void)poll(&p[1], 1, PAUSE_MS);
	drain(events);
	drain(gone);
}

/*
 * The holder can make the tap go with him, at a moment of his choice; the script goes by its name,
 * and must not meet an interface that somebody else gets by that name. So one of ours, that is
 * down, stands in for it until *tun is closed. Who was faster yet, was so by chance.
 */
static void stand_in(const struct ifup *u, int *tun)
{
	struct tap tap = {.fd = -1};

	if (!u->down.path[0] || u->begun || *tun < 0)
		return;
	/* Ignored: the script is run in any case. */
	if (caps_raise() == 0)
		(void)!tap_create(&tap, steal_fd(tun), link_fd(u->conn), u->name, 0, 0);
	(void)!caps_lower();
	if (tap.fd >= 0)
		*tun = tap.fd;
}

int ifup_watch(struct ifup *u, int tun)
{
	CLEANUP_FD int mine = tun;
	CLEANUP_FD int events = link_events_of(u->index);
	CLEANUP_FD int gone = link_end_of(u->index);
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
			else
				stand_in(u, &mine);
			/* The logger may be another one than weeks ago. */
			if (u->log >= 0)
				close(u->log);
			u->log = authlog_open();
			return ifup_end(u, r == 0);
		}
		r = link_get_index(u->conn, u->index, &now);
		if (r == 0)
			memcpy(u->name, now.name, sizeof(u->name));
		wait_for_news(events, gone,
			      events >= 0 && r == 0 && now.carrier ? BACKSTOP_MS : LOOK_MS);
	}
}

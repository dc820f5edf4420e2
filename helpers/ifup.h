/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ifup-runner decides and makes the tap; ifup-worker, as uid 0 and out of the caller's reach,
 * runs the up script, waits until nobody holds the tap any more, and runs the down script.
 *
 *   ifup_run.c    running a script, and telling of it
 *   ifup_watch.c  until the last descriptor of a tap is closed
 *   ifup_gc.c     what was left behind
 *
 * What is to be done for a tap stands in its alias, which only CAP_NET_ADMIN can write, and
 * goes with the device. A down script is run by whoever has attached to the tap, which the
 * kernel lets one process at a time do, after it has noted so in the alias: so it is never
 * begun twice. Processes that watch are found by their command line (ifup_watched()).
 */
#ifndef NETGRANT_IFUP_H
#define NETGRANT_IFUP_H

#include "lib/alias.h"
#include "lib/compiler.h"
#include "lib/exitcode.h"
#include "lib/ifup_state.h"
#include "lib/link.h"
#include "lib/runas.h"
#include "lib/secure_open.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IFUP_WORKER LIBEXECDIR "/netgrant/ifup-worker"

/* In the worker: descriptors that ifup-runner gives it, besides standard error. */
#define IFUP_CONTROL_FD 3 /* packets: the tap's index there, the exit status back */
#define IFUP_TUN_FD 4     /* of /dev/net/tun: the same open file that becomes the tap */

/* ---- ifup_run.c; in the worker only */

struct ifup {
	struct link_conn *conn;
	unsigned index;
	char name[IFNAME_MAX + 1]; /* the last that is known */
	struct alias alias;
	const char *user; /* who asked, by name where there is one */
	struct ifup_script down;
	bool begun; /* the down script was, once */
	int log;
	bool heard; /* standard error is somebody's who wants to know */
};

/* "ifup-runner: TEXT" on stderr, or the same in the log; returns status. */
NONNULL PRINTF(3, 4) int ifup_fail(const struct ifup *u, enum exitcode status, const char *fmt,
				   ...);

/* Fills in u from the kernel's device of that index: name, alias, down script. */
MUST_CHECK NONNULL int ifup_load(struct ifup *u, unsigned index);

/* A script, opened and checked, and its user; or what is wrong with it. */
struct ifup_opened {
	int fd;
	struct secure_open_error error; /* where fd is negative */
	struct runas as;
	int found; /* as of runas_find() */
};

/* Opens it, and says nothing. ret->fd is the caller's. */
NONNULL void ifup_open(const struct ifup_script *s, struct ifup_opened *ret);

/* EX_DONE, or a status after a message. */
NONNULL int ifup_check(const struct ifup *u, const struct ifup_script *s,
		       const struct ifup_opened *o);

/* Writes the stage into the alias. 0 or -errno. */
MUST_CHECK NONNULL int ifup_note(const struct ifup *u, enum ifup_stage stage);

/* Runs it, if it is in order, with action "up" or "down". *started: did it begin? The same
 * results. */
NONNULL int ifup_run(const struct ifup *u, const struct ifup_script *s, const struct ifup_opened *o,
		     const char *action, bool *started);

/* Notes in the alias that the down script is begun, runs it where there is one and it was not
 * begun before, and takes the device away; where that is gone already, the script only. */
NONNULL int ifup_end(struct ifup *u, bool device_there);

/* ---- ifup_watch.c */

/* Until nobody holds the tap: then ifup_end(). tun: of tap_open(), taken. */
NONNULL int ifup_watch(struct ifup *u, int tun);

/* ---- ifup_gc.c */

/* For `netgrant gc`: runs what was missed, watches again what is still held, takes away what
 * nobody holds. Prints a line for each of them. */
NONNULL int ifup_gc(struct ifup *u);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What service.c (dnsmasq of a network, its end, its files), spawn.c (its start) and deaf.c
 * share. */
#ifndef NETGRANT_SERVICE_PRIV_H
#define NETGRANT_SERVICE_PRIV_H

#include "worker.h"

#include <stdio.h>
#include <sys/types.h>

#define CONF_FILE "dnsmasq.conf"
#define STOP_MS 3000 /* for its end, before it is killed */

struct service_user {
	uid_t uid;
	gid_t gid;
};

NONNULL void service_conf_path(const struct network *n, char *buf, size_t size);

/*
 * What it is called: "net:[4026531840]/dnsmasq". Numbers of processes may be shared with
 * containers that have networks of their own; whose it is, its network namespace says.
 */
#define SERVICE_NAME_SIZE 64
MUST_CHECK NONNULL int service_name(char buf[SERVICE_NAME_SIZE]);

/* Starts it with the file that service_conf_path() says; EX_DONE: it serves. */
NONNULL int service_spawn(const struct network *n, const struct service_user *u);

/* ---- deaf.c */

/* The one who starts dnsmasq, towards it. */
struct deaf {
	int fd;       /* where the next thing comes from; -1: nothing comes any more */
	bool listens; /* that is the listener, else the socket it comes by */
	bool refused; /* the first bind(2) */
};

/* May the network's dnsmasq be deaf? */
MUST_CHECK NONNULL bool deaf_wanted(const struct net_config *config);

/* In the process that becomes dnsmasq: has its binds of netlink sockets told, by sock, which is
 * borrowed. 0, also where that cannot be had; -errno: it must not go on. */
MUST_CHECK int deaf_offer(int sock);

/* After poll(2) of d->fd for POLLIN, with what it returned. */
NONNULL void deaf_answer(struct deaf *d, int events);

/* dnsmasq serves, or has ended. */
NONNULL void deaf_end(struct deaf *d);

#endif

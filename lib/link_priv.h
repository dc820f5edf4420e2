/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What link.c (the connection, questions) and link_port.c (changes) share. */
#ifndef NETGRANT_LINK_PRIV_H
#define NETGRANT_LINK_PRIV_H

#include "link.h"

#include <netlink/attr.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdint.h>

struct link_prefix;

/* Room for one device's reply, and for as much of a dump as the kernel sends at once. */
#define LINK_REPLY_SIZE ((size_t)8192)
#define LINK_DUMP_SIZE ((size_t)32768)

struct link_conn {
	struct nl_sock *sock;
	char error[128];
	link_fn each_fn;
	int (*prefix_fn)(const struct link_prefix *prefix, void *ctx); /* link_net.c */
	void *each_ctx;
	int result;
};

/* A request with its fixed header; NULL: no memory. To be freed with nlmsg_free(). */
struct nl_msg *link_new_msg(uint16_t type, int flags, const void *header, size_t len);
/* The same with a header about the device of that index; iff: flags to be set. */
struct nl_msg *link_msg(uint16_t type, int flags, unsigned char family, unsigned index,
			unsigned iff);

/* Sends msg, frees it and handles the replies; on_valid may be NULL. 0 or -errno. */
int link_talk(struct link_conn *conn, struct nl_msg *msg, nl_recvmsg_msg_cb_t on_valid);
/* Handles replies up to the acknowledgement, the error or the end of a dump. */
int link_listen(struct link_conn *conn, nl_recvmsg_msg_cb_t on_valid);
/* link_talk(), unless a put failed for lack of room: then the message is freed only. */
int link_talk_unless(int failed, struct link_conn *conn, struct nl_msg *msg);

#endif

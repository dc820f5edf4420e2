/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the dnsmasq*.c files: lines that are certainly one line each. */
#ifndef NETGRANT_NETWORK_DNSMASQ_PRIV_H
#define NETGRANT_NETWORK_DNSMASQ_PRIV_H

#include "dnsmasq.h"

/* dnsmasq reads lines into 1025 bytes, and what is longer becomes a second line. */
#define LINE_MOST 1000

/* The text so far. After the first error (r) nothing is added to it any more. */
struct dq_out {
	char *text;
	size_t len, room;
	size_t line; /* where the last line starts */
	int r;
};

/* Makes the whole text -EINVAL. */
NONNULL void dq_refuse(struct dq_out *o);

/* Adds to the last line. */
NONNULL PRINTF(2, 3) void dq_add(struct dq_out *o, const char *fmt, ...);

/* Ends the last line. Whatever was written into it: it is one line, or refused. */
NONNULL void dq_end(struct dq_out *o);

/* Both: one line. */
NONNULL PRINTF(2, 3) void dq_put(struct dq_out *o, const char *fmt, ...);

/* text, if it means nothing to dnsmasq but itself: a name, a number, an id. Else refuses. */
NONNULL const char *dq_word(struct dq_out *o, const char *text);

/* The same for a name of the DNS. */
NONNULL const char *dq_name(struct dq_out *o, const char *name);

/* Adds text in quotes. In them no byte but the quote and the backslash means anything. */
NONNULL void dq_quoted(struct dq_out *o, const char *text);

/* One line: key="text". */
NONNULL void dq_put_quoted(struct dq_out *o, const char *key, const char *text);

/* The address as text, in buf. Refuses one of no family. */
NONNULL const char *dq_ip(struct dq_out *o, char buf[NET_IP_TEXT_SIZE], const struct net_ip *ip);

/* The same in a temporary of the enclosing block. */
#define IP(ip) dq_ip(o, (char[NET_IP_TEXT_SIZE]){0}, (ip))

/* Does DHCP serve this family: from a range, or because a host has an address? */
NONNULL bool dnsmasq_dhcp_of(const struct net_config *c, int family);

/* Are there router advertisements? */
NONNULL bool dnsmasq_advertises(const struct net_config *c);

/* The lines of DHCP and router advertisements. */
NONNULL void dnsmasq_render_dhcp(struct dq_out *o, const struct net_config *c);

#endif

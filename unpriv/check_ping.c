/* SPDX-License-Identifier: GPL-2.0-or-later */
/* May guests of netgrant-slirp ping out? It sends their pings by the kernel's ping sockets, which
 * it gives to the groups of net.ipv4.ping_group_range (net/ipv4/ping.c, ping_init_sock()). */
#include "check.h"

#include "lib/caller.h"

#include <stdio.h>

#define RANGE "/proc/sys/net/ipv4/ping_group_range"

static bool is_within(const struct caller *c, unsigned low, unsigned high)
{
	if (c->gid >= low && c->gid <= high)
		return true;
	for (size_t i = 0; i < c->ngroups; i++)
		if (c->groups[i] >= low && c->groups[i] <= high)
			return true;
	return false;
}

void check_ping(void)
{
	FILE *f = fopen(RANGE, "re");
	unsigned low, high;
	struct caller c;
	bool known;

	if (!f)
		return;
	known = fscanf(f, "%u %u", &low, &high) == 2;
	fclose(f);
	if (!known || caller_get(&c) < 0)
		return;
	if (is_within(&c, low, high))
		printf(RANGE ": guests behind your netgrant-slirp can ping out\n");
	else
		printf(RANGE ": guests behind your netgrant-slirp can ping nothing but their "
			     "router; to allow it: sysctl -w "
			     "net.ipv4.ping_group_range='0 2147483647'\n");
	caller_free(&c);
}

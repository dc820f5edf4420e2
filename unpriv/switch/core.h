/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a frame goes: learning switch or hub, isolation between ports. Pure: no descriptor, no
 * clock, no memory of its own beyond struct core.
 */
#ifndef NETGRANT_CORE_H
#define NETGRANT_CORE_H

#include "stations.h"

#include "unpriv/wire/framing.h"

#define CORE_PORTS STATIONS_PORTS

/* Instead of a port. */
enum {
	CORE_DROP = -1,  /* to nobody */
	CORE_FLOOD = -2, /* to every port that core_may_pass() allows */
};

struct core_port {
	bool used, isolated;
	/* What the last frame taught and asked; most have the same addresses. */
	uint64_t src, dst;
	/* In which second, and for which version of the stations. */
	uint32_t src_at, src_version;
	uint32_t dst_at, dst_version;
	int dst_port;
};

struct core {
	struct stations stations;
	struct core_port port[CORE_PORTS];
	unsigned ports; /* in use */
	bool hub;
	uint64_t invalid; /* frames from a group address */
};

/* No ports yet. seed: unpredictable; age: seconds that an address is kept unheard. */
NONNULL void core_init(struct core *c, bool hub, uint32_t age, uint64_t seed);

/* A free number for a port; -1 where there are CORE_PORTS of them. */
MUST_CHECK NONNULL int core_add(struct core *c, bool isolated);

/* The port is gone, and what was known of it. */
NONNULL void core_remove(struct core *c, unsigned port);

/* May frames pass from one to the other? Not to itself, not between isolated ones. */
static inline bool core_may_pass(const struct core *c, unsigned from, unsigned to)
{
	return from != to && c->port[to].used && !(c->port[from].isolated && c->port[to].isolated);
}

/* Learns from a frame that came in on a port at that second, and says where it goes: a port's
 * number, CORE_DROP or CORE_FLOOD. */
MUST_CHECK NONNULL int core_forward(struct core *c, unsigned from, const struct frame *frame,
				    uint32_t now);

#endif

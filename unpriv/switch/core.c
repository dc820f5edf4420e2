/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core.h"

#define NO_ADDRESS UINT64_MAX /* no six bytes are that */

void core_init(struct core *c, bool hub, uint32_t age, uint64_t seed)
{
	memset(c->port, 0, sizeof(c->port));
	c->ports = 0;
	c->invalid = 0;
	c->hub = hub;
	stations_init(&c->stations, seed, age);
}

int core_add(struct core *c, bool isolated)
{
	for (unsigned i = 0; i < CORE_PORTS; i++) {
		if (c->port[i].used)
			continue;
		c->port[i] = (struct core_port){
			.used = true,
			.isolated = isolated,
			.src = NO_ADDRESS,
			.dst = NO_ADDRESS,
		};
		c->ports++;
		return (int)i;
	}
	return -1;
}

void core_remove(struct core *c, unsigned port)
{
	c->port[port].used = false;
	c->ports--;
	stations_forget(&c->stations, port);
}

/* Looks up where the destination is; the answer holds as long as the table's version, and
 * for this second. */
static void ask(struct core *c, struct core_port *p, unsigned from, uint64_t dst, uint32_t now)
{
	unsigned to = stations_find(&c->stations, dst, now);

	p->dst = dst;
	p->dst_at = now;
	p->dst_version = c->stations.version;
	if (to == STATIONS_NONE)
		p->dst_port = CORE_FLOOD;
	else
		p->dst_port = core_may_pass(c, from, to) ? (int)to : CORE_DROP;
}

int core_forward(struct core *c, unsigned from, const struct frame *frame, uint32_t now)
{
	struct core_port *p = &c->port[from];
	uint64_t src, dst;

	if (frame->at[6] & 1) {
		c->invalid++;
		return CORE_DROP;
	}
	if (c->hub)
		return CORE_FLOOD;
	src = station_mac(frame->at + 6);
	if (src != p->src || now != p->src_at || p->src_version != c->stations.version) {
		stations_learn(&c->stations, src, from, now);
		p->src = src;
		p->src_at = now;
		p->src_version = c->stations.version;
	}
	if (frame->at[0] & 1)
		return CORE_FLOOD;
	dst = station_mac(frame->at);
	if (dst != p->dst || now != p->dst_at || p->dst_version != c->stations.version)
		ask(c, p, from, dst, now);
	return p->dst_port;
}

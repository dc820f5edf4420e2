/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "patience.h"

#define FLOW_WINDOW (1u << 20) /* bytes; older ones count half, a quarter, ... */
#define FLOW_SLACK 8192        /* that may go elsewhere: ARP and the like */

void flow_add(struct flow *f, int to, uint32_t len)
{
	if (to != f->main && f->to_main <= f->to_others) {
		f->to_others = f->to_main;
		f->to_main = 0;
		f->main = to;
	}
	if (to == f->main)
		f->to_main += len;
	else
		f->to_others += len;
	if (f->to_main + f->to_others > FLOW_WINDOW) {
		f->to_main /= 2;
		f->to_others /= 2;
	}
}

int flow_only(const struct flow *f)
{
	return f->to_main > 0 && f->to_others <= f->to_main / 8 + FLOW_SLACK ? f->main : FLOW_NONE;
}

/* Charges what has been waited since. */
static void charge(struct patience *p, uint64_t now)
{
	if (p->since && now > p->since) {
		p->spent += (int64_t)(now - p->since);
		p->since = now;
	}
}

bool patience_begin(struct patience *p, uint64_t now)
{
	if (p->given_up)
		return false;
	if (!p->since)
		p->since = now ? now : 1;
	return patience_goes_on(p, now);
}

void patience_read(struct patience *p, uint64_t bytes, uint64_t left)
{
	p->spent -= (int64_t)(bytes / PATIENCE_RATE);
	if (p->spent < 0)
		p->spent = 0;
	if (left == 0)
		p->given_up = false;
}

bool patience_goes_on(struct patience *p, uint64_t now)
{
	charge(p, now);
	if (p->spent >= PATIENCE_US) {
		p->given_up = true;
		p->since = 0;
	}
	return !p->given_up;
}

void patience_end(struct patience *p, uint64_t now)
{
	charge(p, now);
	p->since = 0;
}

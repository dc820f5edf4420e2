/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The normal form of a rule: read again, it is the same rule. */
#include "policy.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct out {
	char *buf;
	size_t size, used;
};

__attribute__((format(printf, 2, 3))) static void put(struct out *o, const char *fmt, ...)
{
	size_t at = o->used < o->size ? o->used : o->size - 1;
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(o->buf + at, o->size - at, fmt, args);
	va_end(args);
	if (n > 0)
		o->used += (size_t)n;
}

static void put_text(struct out *o, const char *key, const struct policy_text *t)
{
	if (t->p)
		put(o, " %s%.*s", key, (int)t->len, t->p);
}

static void put_number(struct out *o, const char *key, uint32_t value)
{
	if (value)
		put(o, " %s=%u", key, value);
}

size_t policy_print(const struct policy_rule *rule, char *buf, size_t size)
{
	struct out o = {.buf = buf, .size = size};
	char mac[MAC_TEXT_SIZE], caps[POLICY_CAPS_SIZE];

	put(&o, "%s", rule->verb == POLICY_ALLOW ? "allow" : "deny");
	put_text(&o, "", &rule->object);
	put_text(&o, "user=", &rule->users);
	put_text(&o, "group=", &rule->groups);
	put_number(&o, "limit", rule->limit);
	if (rule->isolated)
		put(&o, " isolated");
	if (rule->start)
		put(&o, " start");
	if (rule->mac.bits)
		put(&o, " mac=%s", mac_format(mac, rule->mac.addr));
	if (rule->mac.bits && rule->mac.bits < 48)
		put(&o, "/%u", rule->mac.bits);
	put_number(&o, "queues", rule->queues);
	if (rule->vhost)
		put(&o, " vhost");
	if (rule->persist)
		put(&o, " persist");
	put_number(&o, "mtu", rule->mtu);
	put_text(&o, "ifname=", &rule->ifname);
	put_text(&o, "run-as=", &rule->run_as);
	if (rule->has_caps)
		put(&o, " caps=%s", policy_caps_text(rule->caps, caps));
	put_number(&o, "timeout", rule->timeout);
	return o.used;
}

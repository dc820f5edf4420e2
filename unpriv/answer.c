/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answer.h"

#include "lib/mac.h"
#include "lib/names.h"
#include "lib/quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

PRINTF(2, 3) static void put(char buf[ANSWER_LIMITS_SIZE], const char *fmt, ...)
{
	size_t used = strlen(buf);
	va_list args;

	va_start(args, fmt);
	vsnprintf(buf + used, ANSWER_LIMITS_SIZE - used, fmt, args);
	va_end(args);
}

const char *answer_limits(const struct policy_decision *d, char buf[ANSWER_LIMITS_SIZE])
{
	char mac[MAC_TEXT_SIZE], caps[POLICY_CAPS_SIZE];

	buf[0] = '\0';
	if (d->limit)
		put(buf, " limit=%u", d->limit);
	put(buf, "%s%s", d->isolated ? " isolated" : "", d->start ? " start" : "");
	if (d->mac.bits)
		put(buf, " mac=%s/%u", mac_format(mac, d->mac.addr), d->mac.bits);
	if (d->queues)
		put(buf, " queues=%u", d->queues);
	put(buf, "%s%s", d->vhost ? " vhost" : "", d->persist ? " persist" : "");
	if (d->mtu)
		put(buf, " mtu=%u", d->mtu);
	if (d->ifname[0])
		put(buf, " ifname=%s", d->ifname);
	if (d->run_as)
		put(buf, " run-as=%s", QUOTE(d->run_as));
	if (d->has_caps)
		put(buf, " caps=%s", policy_caps_text(d->caps, caps));
	if (d->timeout)
		put(buf, " timeout=%u", d->timeout);
	return buf;
}

static struct json_object *user_json(const struct caller *c)
{
	struct json_object *o = json_object_new_object();
	char name[256];
	bool named = names_user(c->uid, name, sizeof(name)) == 1;

	if ((named ? cli_json_add(o, "name", cli_json_text(name)) : cli_json_null(o, "name")) &&
	    cli_json_add(o, "uid", json_object_new_int64(c->uid)))
		return o;
	json_object_put(o);
	return NULL;
}

static struct json_object *rule_json(const struct policy_decision *d)
{
	struct json_object *o = json_object_new_object();

	if (cli_json_add(o, "file", cli_json_text(d->file)) &&
	    cli_json_add(o, "line", json_object_new_int64(d->line)))
		return o;
	json_object_put(o);
	return NULL;
}

static bool add_number(struct json_object *o, const char *key, uint32_t value)
{
	return !value || cli_json_add(o, key, json_object_new_int64(value));
}

static bool add_true(struct json_object *o, const char *key, bool value)
{
	return !value || cli_json_add(o, key, json_object_new_boolean(true));
}

/* Only those that the rule has. */
static struct json_object *limits_json(const struct policy_decision *d)
{
	struct json_object *o = json_object_new_object();
	char text[MAC_TEXT_SIZE], range[MAC_TEXT_SIZE + 8], caps[POLICY_CAPS_SIZE];
	bool ok = o && add_number(o, "limit", d->limit);

	if (ok && d->mac.bits) {
		snprintf(range, sizeof(range), "%s/%u", mac_format(text, d->mac.addr), d->mac.bits);
		ok = cli_json_add(o, "mac", json_object_new_string(range));
	}
	ok = ok && add_true(o, "isolated", d->isolated) && add_true(o, "start", d->start) &&
	     add_number(o, "queues", d->queues) && add_true(o, "vhost", d->vhost) &&
	     add_true(o, "persist", d->persist) && add_number(o, "mtu", d->mtu) &&
	     add_number(o, "timeout", d->timeout);
	if (ok && d->ifname[0])
		ok = cli_json_add(o, "ifname", json_object_new_string(d->ifname));
	if (ok && d->run_as)
		ok = cli_json_add(o, "run-as", cli_json_text(d->run_as));
	if (ok && d->has_caps)
		ok = cli_json_add(o, "caps",
				  json_object_new_string(policy_caps_text(d->caps, caps)));
	if (ok)
		return o;
	json_object_put(o);
	return NULL;
}

bool answer_may_start(const struct answer *a, const struct network_facts *f)
{
	return a->decision->verdict == POLICY_GRANTED && a->decision->start && f->start_allowed;
}

static bool add_facts(struct json_object *o, const struct answer *a)
{
	struct network_facts f;

	if (!a->kind->facts)
		return true;
	a->kind->facts(a->name, &f);
	return (f.up == NETWORK_UNKNOWN
			? cli_json_null(o, "up")
			: cli_json_add(o, "up", json_object_new_boolean(f.up == NETWORK_UP))) &&
	       cli_json_add(o, "may_start", json_object_new_boolean(answer_may_start(a, &f)));
}

struct json_object *answer_json(const struct answer *a)
{
	const struct policy_decision *d = a->decision;
	const char *verdict = d->verdict == POLICY_GRANTED ? "granted" : "denied";
	struct json_object *o = json_object_new_object();

	if (cli_json_add(o, "object", json_object_new_string(a->kind->vocab->noun)) &&
	    cli_json_add(o, "name", cli_json_text(a->name)) &&
	    cli_json_add(o, "user", user_json(a->caller)) &&
	    cli_json_add(o, "verdict", json_object_new_string(verdict)) &&
	    (d->file ? cli_json_add(o, "rule", rule_json(d)) : cli_json_null(o, "rule")) &&
	    cli_json_add(o, "limits", limits_json(d)) &&
	    cli_json_add(o, "exists", json_object_new_boolean(a->exists)) && add_facts(o, a))
		return o;
	json_object_put(o);
	return NULL;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answer.h"

#include "lib/mac.h"
#include "lib/names.h"

#include <stdio.h>

const char *answer_limits(const struct policy_decision *d, char buf[ANSWER_LIMITS_SIZE])
{
	char limit[32] = "", mac[48] = "", text[MAC_TEXT_SIZE];

	if (d->limit)
		snprintf(limit, sizeof(limit), " limit=%u", d->limit);
	if (d->mac.bits)
		snprintf(mac, sizeof(mac), " mac=%s/%u", mac_format(text, d->mac.addr),
			 d->mac.bits);
	snprintf(buf, ANSWER_LIMITS_SIZE, "%s%s%s%s", limit, d->isolated ? " isolated" : "",
		 d->start ? " start" : "", mac);
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

/* Only those that the rule has. */
static struct json_object *limits_json(const struct policy_decision *d)
{
	struct json_object *o = json_object_new_object();
	char text[MAC_TEXT_SIZE], range[MAC_TEXT_SIZE + 8];
	bool ok = o != NULL;

	if (ok && d->limit)
		ok = cli_json_add(o, "limit", json_object_new_int64(d->limit));
	if (ok && d->mac.bits) {
		snprintf(range, sizeof(range), "%s/%u", mac_format(text, d->mac.addr), d->mac.bits);
		ok = cli_json_add(o, "mac", json_object_new_string(range));
	}
	if (ok && d->isolated)
		ok = cli_json_add(o, "isolated", json_object_new_boolean(true));
	if (ok && d->start)
		ok = cli_json_add(o, "start", json_object_new_boolean(true));
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

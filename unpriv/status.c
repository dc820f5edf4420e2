/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netgrant status: what the helpers have given out. netgrant gc: hands over to ifup-worker. */
#include "verbs.h"

#include "devices.h"
#include "holders.h"
#include "lib/alias.h"
#include "lib/caller.h"
#include "lib/ifup_state.h"
#include "lib/names.h"
#include "lib/quote.h"

#include <errno.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORKER LIBEXECDIR "/netgrant/ifup-worker"

enum state {
	IN_USE,
	IDLE, /* made to stay, and nobody has it open now */
	LEFT, /* nobody has it open, or nobody waits for its end: gc */
	UNKNOWN,
};

static const char *const state_text[] = {"in use", "idle", "left behind", "unknown"};

struct port {
	device_name name, bridge;
	unsigned index;
	struct alias alias;
	struct ifup_script down;
	bool has_down, new;
	enum state state;
	const struct holder *holder;  /* pid 0: nobody, or nobody that may be seen */
	unsigned long sent, received; /* bytes, as the guest sees it */
};

static enum state tell_state(const struct port *p)
{
	bool persistent = device_number(p->name, "tun_flags") & IFF_PERSIST;
	bool open = device_number(p->name, "carrier") != 0;

	if (strcmp(p->alias.helper, IFUP_HELPER) == 0) {
		int watched = p->new ? 1 : ifup_watched(p->index);

		return watched < 0 ? UNKNOWN : watched ? IN_USE : LEFT;
	}
	if (!persistent || open)
		return IN_USE;
	/* Only who may keep one, made it so; the holder of a port did it by himself. */
	return strcmp(p->alias.helper, "tap-creator") == 0 ? IDLE : LEFT;
}

/* Is that device one of ours? */
static bool look_at(const char *name, struct port *p)
{
	char alias[ALIAS_SIZE];
	enum ifup_stage stage = IFUP_WAITS;

	memset(p, 0, sizeof(*p));
	if (!device_alias(name, alias, sizeof(alias)) || !alias_parse(alias, &p->alias))
		return false;
	memcpy(p->name, name, strlen(name) + 1);
	p->index = if_nametoindex(name);
	device_master(name, p->bridge);
	p->has_down = ifup_read_words(&p->alias, &p->down, &stage) && p->down.path[0];
	p->new = stage == IFUP_NEW;
	p->state = tell_state(p);
	/* What the guest sends, the device receives. */
	p->sent = device_number(name, "statistics/rx_bytes");
	p->received = device_number(name, "statistics/tx_bytes");
	return true;
}

static int by_bridge(const void *a, const void *b)
{
	const struct port *one = a, *two = b;
	int r = strcmp(one->bridge, two->bridge);

	return r ? r : one->index < two->index ? -1 : one->index > two->index;
}

static int collect(struct port **ret, size_t *retn)
{
	device_name *names = NULL;
	struct port *ports;
	size_t n, count = 0;
	char alias[ALIAS_SIZE];
	int r = device_all(&names, &n);

	if (r < 0)
		return cli_fail(EX_FAILED, "cannot list devices: %s", strerror(-r));
	ports = calloc(n + 1, sizeof(*ports));
	if (ports && n > 0 && !device_alias(names[0], alias, sizeof(alias)))
		r = cli_fail(EX_FAILED, "cannot tell: /sys is not of this network namespace");
	else if (!ports)
		r = cli_fail(EX_FAILED, "no memory");
	for (size_t i = 0; r == EX_DONE && i < n; i++)
		count += look_at(names[i], &ports[count]);
	free(names);
	if (r != EX_DONE) {
		free(ports);
		return r;
	}
	qsort(ports, count, sizeof(*ports), by_bridge);
	*ret = ports;
	*retn = count;
	return EX_DONE;
}

/* An array of the caller's, which the ports point into. */
static struct holder *find_holders(struct port *ports, size_t n)
{
	struct holder *holders = calloc(n + 1, sizeof(*holders));

	for (size_t i = 0; holders && i < n; i++) {
		memcpy(holders[i].tap, ports[i].name, sizeof(device_name));
		ports[i].holder = &holders[i];
	}
	if (holders)
		holders_find(holders, n);
	return holders;
}

/* ---- for people */

/* "ng-default (network default)" */
static void print_bridge(const char *bridge)
{
	static const char key[] = "netgrant network=";
	char alias[ALIAS_SIZE];

	if (!bridge[0])
		puts("on no bridge");
	else if (device_alias(bridge, alias, sizeof(alias)) &&
		 strncmp(alias, key, sizeof(key) - 1) == 0)
		printf("%s (network %.*s)\n", bridge, (int)strcspn(alias + sizeof(key) - 1, " "),
		       QUOTE(alias + sizeof(key) - 1));
	else
		puts(bridge);
}

static void print_port(const struct port *p)
{
	const struct caller c = {.uid = p->alias.uid};
	char who[QUOTE_SIZE];

	printf("  %-15s %s  %s  %s  %s%s%s", p->name, caller_text(&c, who, sizeof(who)),
	       QUOTE(p->alias.helper), QUOTE(p->alias.rule), state_text[p->state],
	       p->has_down ? "  down script " : "", p->has_down ? QUOTE(p->down.path) : "");
	if (p->holder->pid)
		printf("  %s (process %d)", QUOTE(p->holder->comm), (int)p->holder->pid);
	printf("  sent %lu received %lu bytes\n", p->sent, p->received);
}

static void print_tree(const struct port *ports, size_t n)
{
	bool left = false;

	for (size_t i = 0; i < n; i++) {
		const struct port *p = &ports[i];

		if (i == 0 || strcmp(p->bridge, ports[i - 1].bridge) != 0)
			print_bridge(p->bridge);
		print_port(p);
		left = left || p->state == LEFT;
	}
	if (n == 0)
		puts("nothing is given out");
	if (left)
		puts("what was left behind, root can put right with: netgrant gc");
}

/* ---- for programs */

static struct json_object *port_json(const struct port *p)
{
	struct json_object *o = json_object_new_object();
	char name[QUOTE_SIZE];
	bool named = names_user(p->alias.uid, name, sizeof(name)) == 1, ok;

	ok = o && cli_json_add(o, "interface", cli_json_text(p->name)) &&
	     cli_json_add(o, "index", json_object_new_int64(p->index)) &&
	     cli_json_add(o, "uid", json_object_new_int64(p->alias.uid)) &&
	     (named ? cli_json_add(o, "user", cli_json_text(name)) : cli_json_null(o, "user")) &&
	     cli_json_add(o, "helper", cli_json_text(p->alias.helper)) &&
	     cli_json_add(o, "rule", cli_json_text(p->alias.rule)) &&
	     (p->bridge[0] ? cli_json_add(o, "bridge", cli_json_text(p->bridge))
			   : cli_json_null(o, "bridge")) &&
	     (p->has_down ? cli_json_add(o, "downscript", cli_json_text(p->down.path))
			  : cli_json_null(o, "downscript")) &&
	     cli_json_add(o, "state", cli_json_text(state_text[p->state])) &&
	     (p->holder->pid ? cli_json_add(o, "pid", json_object_new_int64(p->holder->pid)) &&
				       cli_json_add(o, "program", cli_json_text(p->holder->comm))
			     : cli_json_null(o, "pid") && cli_json_null(o, "program")) &&
	     cli_json_add(o, "sent", json_object_new_int64((int64_t)p->sent)) &&
	     cli_json_add(o, "received", json_object_new_int64((int64_t)p->received));
	if (ok)
		return o;
	json_object_put(o);
	return NULL;
}

static int print_json(const struct port *ports, size_t n)
{
	struct json_object *all = json_object_new_array();

	for (size_t i = 0; all && i < n; i++) {
		struct json_object *one = port_json(&ports[i]);

		if (!one || json_object_array_add(all, one) < 0) {
			json_object_put(one);
			json_object_put(all);
			all = NULL;
		}
	}
	return cli_json_print(all);
}

int verb_status(const struct cli_args *args)
{
	struct holder *holders;
	struct port *ports;
	size_t n;
	int r = collect(&ports, &n);

	if (r != EX_DONE)
		return r;
	holders = find_holders(ports, n);
	if (!holders)
		r = cli_fail(EX_FAILED, "no memory");
	else if (args->json)
		r = print_json(ports, n);
	else
		print_tree(ports, n);
	free(holders);
	free(ports);
	return r;
}

int verb_gc(const struct cli_args *args)
{
	char name[] = "ifup-worker", index[] = "-", gc[] = "gc";
	char *const argv[] = {name, index, gc, NULL};
	char *const env[] = {(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, NULL};

	(void)args;
	if (geteuid() != 0)
		return cli_fail(EX_DENIED, "gc: only root can put right what was left behind");
	execve(WORKER, argv, env);
	return cli_fail(EX_INSTALL, "%s: %s", WORKER, strerror(errno));
}

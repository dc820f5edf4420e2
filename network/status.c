/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Questions. They change nothing, and need no privilege; root's answers say more. */
#include "worker.h"

#include "leases.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static const char *const modes[] = {
	[NET_NAT] = "nat",
	[NET_ROUTE] = "route",
	[NET_ISOLATED] = "isolated",
	[NET_OPEN] = "open",
};

/* What is known of one network; the lists are JSON already, as one of the two forms. */
struct facts {
	struct network n;
	unsigned ports;
	pid_t dnsmasq;
	bool rules, rules_known;
	struct json_object *addresses, *obstacles;
};

static int count_ports(const struct link_info *info, void *ctx)
{
	struct facts *f = ctx;

	f->ports += info->master && info->master == f->n.bridge.index;
	return 0;
}

static void add_obstacle(const char *what, const char *remedy, void *ctx)
{
	struct facts *f = ctx;
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "what", json_object_new_string(what));
	json_object_object_add(o, "remedy", json_object_new_string(remedy));
	json_object_array_add(f->obstacles, o);
}

static int gather(const char *name, struct facts *f)
{
	int r;

	memset(f, 0, sizeof(*f));
	f->n.name = name;
	f->n.dir = f->n.ending = -1;
	f->addresses = json_object_new_array();
	f->obstacles = json_object_new_array();
	r = link_open(&f->n.conn);
	if (r < 0)
		return worker_fail(EX_FAILED, "cannot open a netlink socket: %s", strerror(-r));
	r = network_load(&f->n);
	if (r != EX_DONE) {
		if (bridge_find(&f->n) == EX_DONE)
			rules_warn(&f->n);
		return r;
	}
	for (size_t i = 0; i < f->n.config.n_addresses; i++) {
		char ip[NET_IP_TEXT_SIZE], text[NET_IP_TEXT_SIZE + 4];

		snprintf(text, sizeof(text), "%s/%u",
			 net_ip_format(ip, &f->n.config.addresses[i].ip),
			 f->n.config.addresses[i].prefix);
		json_object_array_add(f->addresses, json_object_new_string(text));
	}
	r = bridge_find(&f->n);
	if (r != EX_DONE)
		return r;
	if (f->n.bridge.index && link_each(f->n.conn, count_ports, f) < 0)
		f->ports = 0;
	f->dnsmasq = service_pid(&f->n);
	f->rules_known = geteuid() == 0;
	if (f->rules_known) {
		f->rules = rules_present(name) == 2;
		obstacles(&f->n, add_obstacle, f);
	}
	return EX_DONE;
}

static void forget(struct facts *f)
{
	link_close(f->n.conn);
	net_config_free(&f->n.config);
	json_object_put(f->addresses);
	json_object_put(f->obstacles);
}

/* NULL: nothing is wrong with a network that is up. */
static const char *broken(const struct facts *f)
{
	if (!f->n.bridge.up)
		return "its bridge is down";
	if (service_wanted(&f->n.config) && !f->dnsmasq)
		return "its dnsmasq does not run";
	if (f->rules_known && !f->rules)
		return "its firewall rules are gone";
	return NULL;
}

static const char *state_of(const struct facts *f)
{
	if (!f->n.is_up)
		return f->n.bridge.index ? "half up" : "down";
	return broken(f) ? "broken" : "up";
}

static struct json_object *as_json(const struct facts *f)
{
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "name", json_object_new_string(f->n.name));
	json_object_object_add(o, "state", json_object_new_string(state_of(f)));
	if (f->n.is_up && broken(f))
		json_object_object_add(o, "reason", json_object_new_string(broken(f)));
	json_object_object_add(o, "mode", json_object_new_string(modes[f->n.config.mode]));
	json_object_object_add(o, "bridge", json_object_new_string(f->n.config.bridge));
	json_object_object_add(o, "addresses", json_object_get(f->addresses));
	json_object_object_add(o, "ports", json_object_new_int64(f->ports));
	if (f->dnsmasq)
		json_object_object_add(o, "dnsmasq", json_object_new_int(f->dnsmasq));
	json_object_object_add(o, "obstacles", json_object_get(f->obstacles));
	return o;
}

static int print_json(struct json_object *o)
{
	int n = printf("%s\n", json_object_to_json_string_ext(o, JSON_C_TO_STRING_PRETTY));

	json_object_put(o);
	if (n < 0 || fflush(stdout) != 0)
		return worker_fail(EX_FAILED, "cannot write: %s", strerror(errno));
	return EX_DONE;
}

static void print_text(const struct facts *f)
{
	printf("%s: %s\n  mode %s, bridge %s", f->n.name, state_of(f), modes[f->n.config.mode],
	       f->n.config.bridge);
	for (size_t i = 0; i < json_object_array_length(f->addresses); i++)
		printf(", %s", json_object_get_string(json_object_array_get_idx(f->addresses, i)));
	printf("\n");
	if (f->n.is_up) {
		printf("  ports: %u\n", f->ports);
		if (service_wanted(&f->n.config))
			printf("  dnsmasq: %s\n", f->dnsmasq ? "runs" : "does not run");
		if (f->rules_known)
			printf("  firewall rules: %s\n", f->rules ? "in place" : "gone");
		if (broken(f))
			printf("  %s; nat-setup reload %s repairs it\n", broken(f), f->n.name);
	}
	for (size_t i = 0; i < json_object_array_length(f->obstacles); i++) {
		struct json_object *o = json_object_array_get_idx(f->obstacles, i);

		printf("  in the way: %s\n    remedy: %s\n",
		       json_object_get_string(json_object_object_get(o, "what")),
		       json_object_get_string(json_object_object_get(o, "remedy")));
	}
}

struct answer {
	struct json_object *list; /* NULL: text */
	bool brief;
	int worst;
};

static void print_brief(const struct facts *f)
{
	printf("%-15s %-8s %-8s %s", f->n.name, state_of(f), modes[f->n.config.mode],
	       f->n.config.bridge);
	for (size_t i = 0; i < json_object_array_length(f->addresses); i++)
		printf(" %s", json_object_get_string(json_object_array_get_idx(f->addresses, i)));
	printf("\n");
}

static int tell(const char *name, void *ctx)
{
	struct answer *a = ctx;
	struct facts f;
	int r = gather(name, &f);

	if (r == EX_DONE && a->list)
		json_object_array_add(a->list, as_json(&f));
	else if (r == EX_DONE && a->brief)
		print_brief(&f);
	else if (r == EX_DONE)
		print_text(&f);
	if (r == EX_DONE && !a->brief && strcmp(state_of(&f), "up") != 0)
		r = EX_FAILED;
	forget(&f);
	/* One wrong file does not hide the other networks. */
	if (a->worst == EX_DONE)
		a->worst = r;
	return EX_DONE;
}

static int answer(const char *name, bool json, bool brief)
{
	struct answer a = {.list = json ? json_object_new_array() : NULL, .brief = brief};
	int r = name[0] ? tell(name, &a) : network_each_file(tell, &a);

	if (r == EX_DONE && json)
		r = print_json(a.list);
	if (fflush(stdout) != 0)
		return worker_fail(EX_FAILED, "cannot write: %s", strerror(errno));
	return r == EX_DONE ? a.worst : r;
}

int network_status(const char *name, bool json)
{
	return answer(name, json, false);
}

int network_list(bool json)
{
	return answer("", json, true);
}

/* ---- leases */

struct leases_answer {
	struct json_object *list; /* NULL: as text */
	bool all;
};

static struct json_object *lease_json(const char *network, const struct net_lease *l)
{
	char ip[NET_IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "network", json_object_new_string(network));
	json_object_object_add(o, "address", json_object_new_string(net_ip_format(ip, &l->ip)));
	if (l->has_mac)
		json_object_object_add(o, "mac", json_object_new_string(mac_format(mac, l->mac)));
	if (l->name_len)
		json_object_object_add(o, "name",
				       json_object_new_string_len(l->name, (int)l->name_len));
	if (l->id_len)
		json_object_object_add(o, "id", json_object_new_string_len(l->id, (int)l->id_len));
	json_object_object_add(o, "expires", json_object_new_int64((int64_t)l->expires));
	return o;
}

static void print_lease(const struct net_lease *l)
{
	char ip[NET_IP_TEXT_SIZE], mac[MAC_TEXT_SIZE] = "-", when[32] = "never";
	time_t expires = (time_t)l->expires;
	struct tm tm;

	if (l->has_mac)
		mac_format(mac, l->mac);
	if (l->expires && gmtime_r(&expires, &tm))
		strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	printf("%-39s %-17s %-20s %.*s\n", net_ip_format(ip, &l->ip), mac, when,
	       l->name_len ? (int)l->name_len : 1, l->name_len ? l->name : "-");
}

static int tell_leases(const char *name, void *ctx)
{
	const struct leases_answer *a = ctx;
	struct net_leases file = {0};
	struct net_lease lease;
	char *text;
	int r = service_leases(name, &text);

	file.text = text;
	file.len = text ? strlen(text) : 0;
	while (text && net_leases_next(&file, &lease)) {
		if (a->list) {
			json_object_array_add(a->list, lease_json(name, &lease));
			continue;
		}
		if (a->all)
			printf("%-15s ", name);
		print_lease(&lease);
	}
	free(text);
	return r;
}

/* A name that no file has is an error; what stands in the file is not asked about. */
static int leases_of(const char *name, struct leases_answer *a)
{
	struct network n = {.name = name, .dir = -1, .ending = -1};
	int r = network_load(&n);

	net_config_free(&n.config);
	return r == EX_DONE ? tell_leases(name, a) : r;
}

int network_leases(const char *name, bool json)
{
	struct leases_answer a = {.list = json ? json_object_new_array() : NULL, .all = !name[0]};
	int r = name[0] ? leases_of(name, &a) : network_each_file(tell_leases, &a);

	if (r == EX_DONE && json)
		return print_json(a.list);
	if (a.list)
		json_object_put(a.list);
	if (fflush(stdout) != 0)
		return worker_fail(EX_FAILED, "cannot write: %s", strerror(errno));
	return r;
}

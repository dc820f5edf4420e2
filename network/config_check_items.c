/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no line of the file can tell alone: hosts, records, forwards. */
#include "config_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* One of many that must all differ. */
struct twin {
	const char *name; /* of its section */
	unsigned line;
	const char *key; /* NULL: buf */
	char buf[NET_IP_TEXT_SIZE];
};

static const char *twin_key(const struct twin *t)
{
	return t->key ? t->key : t->buf;
}

static int compare_twins(const void *a, const void *b)
{
	const struct twin *x = a, *y = b;
	int r = strcasecmp(twin_key(x), twin_key(y));

	return r ? r : (x->line > y->line) - (x->line < y->line);
}

/* what: the key that they share; NULL: the name. */
static int check_twins(struct net_parser *p, const char *section, const char *what, struct twin *t,
		       size_t n)
{
	if (n > 0)
		qsort(t, n, sizeof(*t), compare_twins);
	for (size_t i = 1; i < n; i++) {
		if (strcasecmp(twin_key(&t[i - 1]), twin_key(&t[i])) != 0)
			continue;
		if (!what)
			return net_fail_at(p, t[i].line,
					   "a second [%s %s]; the first is in line %u", section,
					   t[i].name, t[i - 1].line);
		return net_fail_at(p, t[i].line, "[%s %s] has the %s of [%s %s] in line %u",
				   section, t[i].name, what, section, t[i - 1].name, t[i - 1].line);
	}
	return 0;
}

enum { BY_NAME, BY_MAC, BY_ID, BY_IPV4, BY_IPV6, BY_COUNT };

/* false: the host has none. */
static bool host_twin(const struct net_host *host, unsigned by, struct twin *ret)
{
	*ret = (struct twin){.name = host->name, .line = host->line};
	switch (by) {
	case BY_NAME:
		ret->key = host->name;
		return true;
	case BY_ID:
		ret->key = host->id;
		return host->id;
	case BY_MAC:
		mac_format(ret->buf, host->mac);
		return host->has_mac;
	case BY_IPV4:
		net_ip_format(ret->buf, &host->ipv4);
		return host->ipv4.family;
	default:
		net_ip_format(ret->buf, &host->ipv6);
		return host->ipv6.family;
	}
}

static int check_host_twins(struct net_parser *p)
{
	static const char *const what[BY_COUNT] = {NULL, "MAC address", "id", "IPv4 address",
						   "IPv6 address"};
	struct net_config *c = p->config;
	struct twin *twins = calloc(c->n_hosts + 1, sizeof(*twins));
	int r = twins ? 0 : -ENOMEM;

	for (unsigned by = 0; r == 0 && by < BY_COUNT; by++) {
		size_t n = 0;

		for (size_t i = 0; i < c->n_hosts; i++)
			n += host_twin(&c->hosts[i], by, &twins[n]);
		r = check_twins(p, "host", what[by], twins, n);
	}
	free(twins);
	return r;
}

/* Can a guest have this address? section and name: who says so. */
static int check_guest_ip(struct net_parser *p, const struct net_ip *ip, const char *section,
			  const char *name, unsigned line)
{
	const struct net_address *subnet = net_subnet_of(p->config, ip);
	char text[NET_IP_TEXT_SIZE];

	net_ip_format(text, ip);
	if (!subnet)
		return net_fail_at(p, line, "[%s %s]: %s is in no subnet of 'address='", section,
				   name, text);
	if (net_ip_compare(ip, &subnet->ip) == 0)
		return net_fail_at(p, line, "[%s %s]: %s is the host's own address", section, name,
				   text);
	if (net_is_edge(ip, subnet))
		return net_fail_at(p, line, "[%s %s]: %s is the subnet's first or last address",
				   section, name, text);
	return 0;
}

static int check_host(struct net_parser *p, const struct net_host *host)
{
	int r = 0;

	if (!host->has_mac && !host->id)
		return net_fail_at(p, host->line, "[host %s] has neither 'mac=' nor 'id='",
				   host->name);
	if (host->ipv4.family)
		r = check_guest_ip(p, &host->ipv4, "host", host->name, host->line);
	if (r == 0 && host->ipv6.family)
		r = check_guest_ip(p, &host->ipv6, "host", host->name, host->line);
	return r;
}

/* "_sip._udp" or "_sip._udp.example.org" */
static bool is_service_name(const char *name)
{
	const char *dot = strchr(name, '.');

	return name[0] == '_' && dot && dot[1] == '_';
}

static int check_record(struct net_parser *p, const struct net_record *rec)
{
	if (rec->n_addresses == 0 && !rec->txt && !rec->srv_target)
		return net_fail_at(p, rec->line, "[record %s] has no 'address=', 'txt=' or 'srv='",
				   rec->name);
	if (rec->n_addresses > 0 && strchr(rec->name, '_'))
		return net_fail_at(p, rec->line, "[record %s]: a name with an address has no '_'",
				   rec->name);
	if (rec->srv_target && !is_service_name(rec->name))
		return net_fail_at(p, rec->line,
				   "[record %s]: 'srv=' needs a name that begins as _sip._udp",
				   rec->name);
	return 0;
}

static int check_record_twins(struct net_parser *p)
{
	struct net_config *c = p->config;
	struct twin *twins = calloc(c->n_records + 1, sizeof(*twins));
	int r;

	if (!twins)
		return -ENOMEM;
	for (size_t i = 0; i < c->n_records; i++)
		twins[i] = (struct twin){.name = c->records[i].name,
					 .line = c->records[i].line,
					 .key = c->records[i].name};
	r = check_twins(p, "record", NULL, twins, c->n_records);
	free(twins);
	return r;
}

static int check_forward(struct net_parser *p, struct net_forward *f)
{
	const char *missing = !f->protocols ? "protocol" : !f->port.first ? "port" : NULL;
	unsigned ports = f->port.last - f->port.first;

	if (!missing && f->to.family == 0)
		missing = "to";
	if (missing)
		return net_fail_at(p, f->line, "[forward %s] has no '%s='", f->name, missing);
	if (p->config->mode == NET_ISOLATED)
		return net_fail_at(p, f->line,
				   "[forward %s] with 'mode=isolated': nothing comes in", f->name);
	if (f->address.family && f->address.family != f->to.family)
		return net_fail_at(p, f->line,
				   "[forward %s]: 'address=' and 'to=' are of two kinds", f->name);
	if (f->to_port == 0)
		f->to_port = f->port.first;
	if (f->to_port + ports > 65535)
		return net_fail_at(p, f->line, "[forward %s]: %u ports from %u on end behind 65535",
				   f->name, ports + 1, f->to_port);
	return check_guest_ip(p, &f->to, "forward", f->name, f->line);
}

/* Is there a connection that both would take? */
static bool overlap(const struct net_forward *a, const struct net_forward *b)
{
	if (a->to.family != b->to.family || !(a->protocols & b->protocols) ||
	    a->port.first > b->port.last || b->port.first > a->port.last)
		return false;
	return !a->address.family || !b->address.family ||
	       net_ip_compare(&a->address, &b->address) == 0;
}

static int check_forwards(struct net_parser *p)
{
	struct net_config *c = p->config;

	for (size_t i = 0; i < c->n_forwards; i++) {
		struct net_forward *f = &c->forwards[i];
		int r = check_forward(p, f);

		if (r < 0)
			return r;
		for (size_t j = 0; j < i; j++) {
			const struct net_forward *other = &c->forwards[j];

			if (strcasecmp(f->name, other->name) == 0)
				return net_fail_at(p, f->line,
						   "a second [forward %s]; the first is in line %u",
						   f->name, other->line);
			if (overlap(f, other))
				return net_fail_at(
					p, f->line,
					"[forward %s] takes what [forward %s] in line %u "
					"takes",
					f->name, other->name, other->line);
		}
	}
	return 0;
}

int net_check_items(struct net_parser *p)
{
	struct net_config *c = p->config;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->n_hosts; i++)
		r = check_host(p, &c->hosts[i]);
	if (r == 0)
		r = check_host_twins(p);
	for (size_t i = 0; r == 0 && i < c->n_records; i++)
		r = check_record(p, &c->records[i]);
	if (r == 0)
		r = check_record_twins(p);
	return r < 0 ? r : check_forwards(p);
}

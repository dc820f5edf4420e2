/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A network's configuration. What must hold: an error names a line of the file and has a
 * text without control characters; what is read, printed, is read again and printed the
 * same; nothing printed can end a value of dnsmasq's or nft's configuration; addresses and
 * ranges lie where they must.
 */
#include "fuzz.h"

#include "network/config.h"

#include <errno.h>
#include <string.h>

static void check_error(const struct net_config_error *e, const uint8_t *data, size_t size)
{
	size_t lines = 1;

	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	MUST(e->line <= lines);
	MUST(e->text[0] && strlen(e->text) < sizeof(e->text));
	for (const char *p = e->text; *p; p++)
		MUST((unsigned char)*p >= 0x20 && *p != 0x7f);
}

static bool in_a_subnet(const struct net_config *c, const struct net_ip *ip)
{
	for (size_t i = 0; i < c->n_addresses; i++)
		if (net_ip_within(ip, &c->addresses[i]))
			return net_ip_compare(ip, &c->addresses[i].ip) != 0;
	return false;
}

static void check_config(const struct net_config *c)
{
	MUST(c->n_addresses <= NET_ADDRESSES_MAX && c->n_dhcp <= NET_RANGES_MAX);
	MUST(strlen(c->bridge) >= 1 && ifname_check(c->bridge, strlen(c->bridge)) == IFNAME_OK);
	MUST(c->domain && c->mtu >= 68 && c->mtu <= 65535);
	for (size_t i = 0; i < c->n_dhcp; i++) {
		MUST(in_a_subnet(c, &c->dhcp[i].first) && in_a_subnet(c, &c->dhcp[i].last));
		MUST(net_ip_compare(&c->dhcp[i].first, &c->dhcp[i].last) <= 0);
	}
	for (size_t i = 0; i < c->n_hosts; i++) {
		const struct net_host *h = &c->hosts[i];

		MUST(h->name && (h->has_mac || h->id));
		MUST(!h->ipv4.family || in_a_subnet(c, &h->ipv4));
		MUST(!h->ipv6.family || in_a_subnet(c, &h->ipv6));
	}
	for (size_t i = 0; i < c->n_forwards; i++) {
		const struct net_forward *f = &c->forwards[i];

		MUST(c->mode != NET_ISOLATED && f->protocols && f->port.first);
		MUST(in_a_subnet(c, &f->to));
		MUST(f->to_port && f->to_port + (f->port.last - f->port.first) <= 65535);
	}
}

/* In the normal form, a quote stands at both ends of a txt= only. */
static void check_printed(const char *text)
{
	size_t quotes = 0, txts = 0;

	for (const char *p = text; *p; p++) {
		MUST(*p == '\n' || (*p >= 0x20 && *p < 0x7f));
		MUST(*p != '\\');
		quotes += *p == '"';
	}
	for (const char *p = text; (p = strstr(p, "\ntxt=\"")) != NULL; p++)
		txts++;
	MUST(quotes == 2 * txts);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct net_config_error error = {0};
	struct net_config c;
	char *once, *twice;

	if (net_config_parse("fuzz", (const char *)data, size, &c, &error) < 0) {
		check_error(&error, data, size);
		return 0;
	}
	check_config(&c);
	once = net_config_print(&c);
	net_config_free(&c);
	MUST(once);
	check_printed(once);
	MUST(net_config_parse("fuzz", once, strlen(once), &c, &error) == 0);
	twice = net_config_print(&c);
	net_config_free(&c);
	MUST(twice && strcmp(once, twice) == 0);
	free(once);
	free(twice);
	return 0;
}

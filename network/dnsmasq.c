/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dnsmasq_priv.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool net_dnsmasq_needed(const struct net_config *config)
{
	return config->dns || config->tftp_root || dnsmasq_dhcp_of(config, AF_INET) ||
	       dnsmasq_dhcp_of(config, AF_INET6) || dnsmasq_advertises(config);
}

uint64_t net_dnsmasq_caps(const struct net_config *config)
{
	uint64_t caps = (uint64_t)1 << CAP_NET_BIND_SERVICE;

	if (dnsmasq_dhcp_of(config, AF_INET))
		caps |= (uint64_t)1 << CAP_NET_ADMIN;
	if (dnsmasq_dhcp_of(config, AF_INET6) || dnsmasq_advertises(config))
		caps |= (uint64_t)1 << CAP_NET_ADMIN | (uint64_t)1 << CAP_NET_RAW;
	return caps;
}

static void render_service(struct dq_out *o, const struct net_config *c,
			   const struct net_dnsmasq_paths *paths)
{
	if (ifname_check(c->bridge, strnlen(c->bridge, sizeof(c->bridge))) != IFNAME_OK)
		dq_refuse(o);
	/* The bridge alone: bind-dynamic also looks where a packet came in, not only which
	 * address it was sent to (CVE-2012-3411). Without except-interface, lo is served too. */
	dq_put(o, "interface=%s", c->bridge);
	dq_put(o, "except-interface=lo");
	dq_put(o, "bind-dynamic");
	dq_put_quoted(o, "pid-file", paths->pid);
	dq_put_quoted(o, "dhcp-leasefile", paths->leases);
	/* A guest can make as much noise as it likes. */
	dq_put(o, "quiet-dhcp");
	dq_put(o, "quiet-dhcp6");
	dq_put(o, "quiet-ra");
	dq_put(o, "quiet-tftp");
}

/* "web" is web.DOMAIN, and so is _ldap._tcp; "www.example.com" is itself. */
static void add_full_name(struct dq_out *o, const struct net_config *c, const char *name)
{
	const char *dot = strrchr(name, '.');
	bool short_name = !dot || dot[1] == '_';

	dq_add(o, "%s", dq_name(o, name));
	if (short_name && *c->domain)
		dq_add(o, ".%s", c->domain);
}

static void put_address(struct dq_out *o, const struct net_config *c, const char *name,
			const struct net_ip *ip)
{
	dq_add(o, "host-record=");
	add_full_name(o, c, name);
	if (!strchr(name, '.') && *c->domain)
		dq_add(o, ",%s", name);
	dq_add(o, ",%s", IP(ip));
	dq_end(o);
}

static void render_record(struct dq_out *o, const struct net_config *c,
			  const struct net_record *rec)
{
	for (size_t i = 0; i < rec->n_addresses; i++)
		put_address(o, c, rec->name, &rec->addresses[i]);
	if (rec->txt) {
		/* Each string of a TXT record has 255 bytes at most. */
		size_t len = strlen(rec->txt);

		dq_add(o, "txt-record=");
		add_full_name(o, c, rec->name);
		for (size_t at = 0; at < len || at == 0; at += 255) {
			char part[256];

			snprintf(part, sizeof(part), "%.255s", rec->txt + at);
			dq_add(o, ",");
			dq_quoted(o, part);
		}
		dq_end(o);
	}
	if (rec->srv_target) {
		dq_add(o, "srv-host=");
		add_full_name(o, c, rec->name);
		dq_add(o, ",");
		add_full_name(o, c, rec->srv_target);
		dq_add(o, ",%u,%u,%u", rec->srv_port, rec->srv_priority, rec->srv_weight);
		dq_end(o);
	}
}

/* Whom dnsmasq asks what it does not know. */
static void render_upstream(struct dq_out *o, const struct net_config *c,
			    const struct net_dnsmasq_paths *paths)
{
	/* Names are a way out too: an isolated network asks the host's resolvers nothing. */
	bool host = c->mode != NET_ISOLATED && paths->resolv;

	for (size_t i = 0; i < c->n_forwarders; i++) {
		const struct net_forwarder *f = &c->forwarders[i];

		if (*f->domain) {
			/* Our own names stay here (CVE-2025-8283). */
			if (strcasecmp(f->domain, c->domain) == 0)
				dq_refuse(o);
			dq_put(o, "server=/%s/%s#%u", dq_name(o, f->domain), IP(&f->ip), f->port);
		} else {
			dq_put(o, "server=%s#%u", IP(&f->ip), f->port);
			host = false;
		}
	}
	if (host)
		dq_put_quoted(o, "resolv-file", paths->resolv);
	else
		dq_put(o, "no-resolv");
}

static void render_dns(struct dq_out *o, const struct net_config *c,
		       const struct net_dnsmasq_paths *paths)
{
	if (*c->domain)
		dq_put(o, "domain=%s", dq_name(o, c->domain));
	dq_put(o, "no-hosts");
	if (!c->dns) {
		dq_put(o, "port=0");
		dq_put(o, "no-resolv");
		return;
	}
	if (paths->hosts)
		dq_put_quoted(o, "addn-hosts", paths->hosts);
	dq_put(o, "cache-size=1000");
	/* Neither names without a dot, nor our own, nor our guests' addresses are asked for
	 * anywhere else. domain-needed alone would let other types than A and AAAA pass. */
	dq_put(o, "domain-needed");
	dq_put(o, "local=//");
	if (*c->domain)
		dq_put(o, "local=/%s/", c->domain);
	for (size_t i = 0; i < c->n_addresses; i++) {
		struct net_ip subnet = net_subnet(&c->addresses[i]);

		dq_put(o, "rev-server=%s/%u", IP(&subnet), c->addresses[i].prefix);
	}
	render_upstream(o, c, paths);
	/* A host that has its address here has its name here too, so no other guest gets it. */
	for (size_t i = 0; i < c->n_hosts; i++) {
		if (c->hosts[i].ipv4.family)
			put_address(o, c, c->hosts[i].name, &c->hosts[i].ipv4);
		if (c->hosts[i].ipv6.family)
			put_address(o, c, c->hosts[i].name, &c->hosts[i].ipv6);
	}
	for (size_t i = 0; i < c->n_records; i++)
		render_record(o, c, &c->records[i]);
}

int net_dnsmasq_render(const struct net_config *config, const struct net_dnsmasq_paths *paths,
		       char **ret)
{
	struct dq_out o = {0};

	dq_put(&o, "# Written by nat-setup for the network '%s' at each start.",
	       dq_name(&o, config->name));
	render_service(&o, config, paths);
	render_dns(&o, config, paths);
	dnsmasq_render_dhcp(&o, config);
	if (config->tftp_root) {
		dq_put(&o, "enable-tftp");
		dq_put_quoted(&o, "tftp-root", config->tftp_root);
		/* One port, so that one rule of the firewall is enough. */
		dq_put(&o, "tftp-single-port");
	}
	if (o.r) {
		free(o.text);
		return o.r;
	}
	*ret = o.text;
	return 0;
}

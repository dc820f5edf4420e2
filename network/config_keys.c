/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of [network], [dhcp], [dns] and [tftp] that are no addresses. */
#include "config_priv.h"

#include <string.h>

int net_key_mode(struct net_parser *p)
{
	static const char *const words[] = {
		[NET_NAT] = "nat",
		[NET_ROUTE] = "route",
		[NET_ISOLATED] = "isolated",
		[NET_OPEN] = "open",
	};
	unsigned word;
	int r = net_read_word(p, p->value, words, ARRAY_LEN(words), &word);

	if (r == 0)
		p->config->mode = (enum net_mode)word;
	return r;
}

int net_key_uplink(struct net_parser *p)
{
	return net_read_device(p, p->value, p->config->uplink);
}

int net_key_bridge(struct net_parser *p)
{
	return net_read_device(p, p->value, p->config->bridge);
}

int net_key_mac(struct net_parser *p)
{
	p->config->has_mac = true;
	return net_read_mac(p, p->value, p->config->mac);
}

int net_key_mtu(struct net_parser *p)
{
	uint64_t value;
	int r = net_read_number(p, p->value, 68, 65535, &value);

	if (r == 0)
		p->config->mtu = (uint32_t)value;
	return r;
}

int net_key_stp(struct net_parser *p)
{
	return net_read_yes(p, p->value, &p->config->stp);
}

/* One of two words; the second is true. */
static int either(struct net_parser *p, const char *no, const char *yes, bool *ret)
{
	const char *const words[] = {no, yes};
	unsigned word;
	int r = net_read_word(p, p->value, words, 2, &word);

	if (r == 0)
		*ret = word == 1;
	return r;
}

int net_key_guests(struct net_parser *p)
{
	return either(p, "connected", "isolated", &p->config->guests_isolated);
}

int net_key_start(struct net_parser *p)
{
	return either(p, "admin", "allowed", &p->config->start_allowed);
}

int net_key_stop(struct net_parser *p)
{
	return either(p, "never", "last-port", &p->config->stop_last);
}

int net_key_leases(struct net_parser *p)
{
	uint64_t value;
	int r = net_read_number(p, p->value, 1, 4096, &value);

	if (r == 0)
		p->config->leases_per_port = (unsigned)value;
	return r;
}

int net_key_services(struct net_parser *p)
{
	struct net_config *c = p->config;
	struct net_text list = p->value, item;
	int r;

	while ((r = net_next_item(p, &list, &item)) > 0) {
		struct net_service *s = &c->services[c->n_services];
		struct net_text ports = item, protocol;

		if (c->n_services == NET_LIST_MAX)
			return net_fail(p, "more than %d values in '%s='", NET_LIST_MAX, p->key);
		if (!net_cut(&ports, '/', &protocol) || protocol.len != 3 ||
		    (memcmp(protocol.p, "tcp", 3) != 0 && memcmp(protocol.p, "udp", 3) != 0))
			return net_bad(p, item, "is no service, as tcp/22 or udp/5000-5010");
		s->protocol = protocol.p[0] == 't' ? NET_TCP : NET_UDP;
		r = net_read_ports(p, ports, &s->ports);
		if (r < 0)
			return r;
		c->n_services++;
	}
	return r;
}

int net_key_search(struct net_parser *p)
{
	struct net_config *c = p->config;
	struct net_text list = p->value, item;
	size_t bytes = 0;
	int r;

	while ((r = net_next_item(p, &list, &item)) > 0) {
		const char *defect = net_domain_defect(item, false);

		bytes += item.len + 1;
		if (defect)
			return net_bad(p, item, defect);
		if (c->n_search == NET_LIST_MAX || bytes > NET_SEARCH_BYTES_MAX)
			return net_fail(p,
					"'%s=' is longer than DHCP can tell: %d domains, %d bytes",
					p->key, NET_LIST_MAX, NET_SEARCH_BYTES_MAX);
		r = net_copy(item, &c->search[c->n_search]);
		if (r < 0)
			return r;
		c->n_search++;
	}
	return r;
}

int net_key_dns(struct net_parser *p)
{
	return net_read_yes(p, p->value, &p->config->dns);
}

int net_key_domain(struct net_parser *p)
{
	const char *defect = net_domain_defect(p->value, false);

	return defect ? net_bad(p, p->value, defect) : net_copy(p->value, &p->config->domain);
}

static bool path_bytes(struct net_text text, const char *more)
{
	for (size_t i = 0; i < text.len; i++)
		if (text.p[i] == '\0' ||
		    (!ifname_char_ok((unsigned char)text.p[i]) && !strchr(more, text.p[i])))
			return false;
	return true;
}

/* Has the path a part that is empty, "." or ".."? */
static bool odd_part(struct net_text path)
{
	struct net_text part;
	bool more;

	do {
		more = net_cut(&path, '/', &part);
		if (!more)
			part = path;
		if (part.len == 0 || (part.len == 1 && part.p[0] == '.') ||
		    (part.len == 2 && part.p[0] == '.' && part.p[1] == '.'))
			return true;
	} while (more);
	return false;
}

int net_key_tftp_root(struct net_parser *p)
{
	struct net_text value = p->value;

	if (value.p[0] != '/')
		return net_bad(p, value, "is relative; write it from '/' on");
	if (value.len > NET_PATH_LENGTH_MAX)
		return net_bad(p, value, "is longer than 255 bytes");
	if (!path_bytes(value, "/+"))
		return net_bad(p, value, "has a character other than A-Z a-z 0-9 _ . - + /");
	if (odd_part((struct net_text){value.p + 1, value.len - 1}))
		return net_bad(p, value, "has an empty part, '.' or '..'");
	return net_copy(value, &p->config->tftp_root);
}

int net_key_boot_file(struct net_parser *p)
{
	static const char *const schemes[] = {"http://", "https://", "tftp://"};
	struct net_text value = p->value, path = p->value;
	bool url = false;

	for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
		size_t len = strlen(schemes[i]);

		if (value.len <= len || memcmp(value.p, schemes[i], len) != 0)
			continue;
		path = (struct net_text){value.p + len, value.len - len};
		url = true;
	}
	if (!url && path.p[0] == '/')
		path = (struct net_text){path.p + 1, path.len - 1};
	if (value.len > NET_BOOT_FILE_MAX)
		return net_bad(p, value, "is longer than 127 bytes");
	/* A colon makes words of dnsmasq's own ("tag:") of a name. */
	if (!path_bytes(path, url ? "/+:" : "/+"))
		return net_bad(p, value,
			       "has a character other than A-Z a-z 0-9 _ . - + / (a colon only "
			       "in http://, https:// or tftp://)");
	if (odd_part(path))
		return net_bad(p, value, "has an empty part, '.' or '..'");
	return net_copy(value, &p->config->boot_file);
}

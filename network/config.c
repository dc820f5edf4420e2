/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file: lines, sections, keys. */
#include "config_priv.h"

#include "lib/near.h"
#include "lib/quote.h"

#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef int net_begin_fn(struct net_parser *p, struct net_text name);

static const struct {
	const char *name;
	net_begin_fn *begin; /* NULL: stands once, and has no name */
} sections[SECTION_COUNT] = {
	[SECTION_NETWORK] = {"network", NULL},
	[SECTION_IPV4] = {"ipv4", NULL},
	[SECTION_IPV6] = {"ipv6", NULL},
	[SECTION_DHCP] = {"dhcp", NULL},
	[SECTION_DNS] = {"dns", NULL},
	[SECTION_TFTP] = {"tftp", NULL},
	[SECTION_HOST] = {"host", net_begin_host},
	[SECTION_RECORD] = {"record", net_begin_record},
	[SECTION_FORWARD] = {"forward", net_begin_forward},
};

static const struct {
	enum net_section section;
	const char *name;
	net_read_fn *read;
} keys[KEY_COUNT] = {
	[KEY_MODE] = {SECTION_NETWORK, "mode", net_key_mode},
	[KEY_UPLINK] = {SECTION_NETWORK, "uplink", net_key_uplink},
	[KEY_BRIDGE] = {SECTION_NETWORK, "bridge", net_key_bridge},
	[KEY_MAC] = {SECTION_NETWORK, "mac", net_key_mac},
	[KEY_MTU] = {SECTION_NETWORK, "mtu", net_key_mtu},
	[KEY_STP] = {SECTION_NETWORK, "stp", net_key_stp},
	[KEY_GUESTS] = {SECTION_NETWORK, "guests", net_key_guests},
	[KEY_START] = {SECTION_NETWORK, "start", net_key_start},
	[KEY_STOP] = {SECTION_NETWORK, "stop", net_key_stop},
	[KEY_SERVICES] = {SECTION_NETWORK, "host-services", net_key_services},
	[KEY_LEASES] = {SECTION_NETWORK, "leases-per-port", net_key_leases},
	[KEY_ADDRESS4] = {SECTION_IPV4, "address", net_key_address},
	[KEY_DHCP4] = {SECTION_IPV4, "dhcp", net_key_dhcp},
	[KEY_LEASE4] = {SECTION_IPV4, "lease-time", net_key_lease},
	[KEY_NAT_ADDRESS] = {SECTION_IPV4, "nat-address", net_key_nat_address},
	[KEY_NAT_PORTS] = {SECTION_IPV4, "nat-ports", net_key_nat_ports},
	[KEY_ADDRESS6] = {SECTION_IPV6, "address", net_key_address},
	[KEY_DHCP6] = {SECTION_IPV6, "dhcp", net_key_dhcp},
	[KEY_LEASE6] = {SECTION_IPV6, "lease-time", net_key_lease},
	[KEY_RA] = {SECTION_IPV6, "ra", net_key_ra},
	[KEY_NAT6] = {SECTION_IPV6, "nat", net_key_nat6},
	[KEY_ROUTER] = {SECTION_DHCP, "router", net_key_router},
	[KEY_NTP] = {SECTION_DHCP, "ntp", net_key_ntp},
	[KEY_SEARCH] = {SECTION_DHCP, "search", net_key_search},
	[KEY_BOOT_FILE] = {SECTION_DHCP, "boot-file", net_key_boot_file},
	[KEY_BOOT_SERVER] = {SECTION_DHCP, "boot-server", net_key_boot_server},
	[KEY_DNS] = {SECTION_DNS, "enabled", net_key_dns},
	[KEY_DOMAIN] = {SECTION_DNS, "domain", net_key_domain},
	[KEY_FORWARDERS] = {SECTION_DNS, "forwarders", net_key_forwarders},
	[KEY_TFTP_ROOT] = {SECTION_TFTP, "root", net_key_tftp_root},
	[KEY_HOST_MAC] = {SECTION_HOST, "mac", net_key_host_mac},
	[KEY_HOST_ID] = {SECTION_HOST, "id", net_key_host_id},
	[KEY_HOST_IPV4] = {SECTION_HOST, "ipv4", net_key_host_ip},
	[KEY_HOST_IPV6] = {SECTION_HOST, "ipv6", net_key_host_ip},
	[KEY_RECORD_ADDRESS] = {SECTION_RECORD, "address", net_key_record_address},
	[KEY_RECORD_TXT] = {SECTION_RECORD, "txt", net_key_record_txt},
	[KEY_RECORD_SRV] = {SECTION_RECORD, "srv", net_key_record_srv},
	[KEY_FORWARD_PROTOCOL] = {SECTION_FORWARD, "protocol", net_key_forward_protocol},
	[KEY_FORWARD_PORT] = {SECTION_FORWARD, "port", net_key_forward_port},
	[KEY_FORWARD_TO] = {SECTION_FORWARD, "to", net_key_forward_to},
	[KEY_FORWARD_ADDRESS] = {SECTION_FORWARD, "address", net_key_forward_address},
};

PRINTF(3, 0)
static void set_error(struct net_parser *p, unsigned line, const char *fmt, va_list args)
{
	p->error->line = line;
	vsnprintf(p->error->text, sizeof(p->error->text), fmt, args);
}

int net_fail(struct net_parser *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_error(p, p->line, fmt, args);
	va_end(args);
	return -EINVAL;
}

int net_fail_at(struct net_parser *p, unsigned line, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	set_error(p, line, fmt, args);
	va_end(args);
	return -EINVAL;
}

int net_bad(struct net_parser *p, struct net_text text, const char *what)
{
	return net_fail(p, "'%s' in '%s=' %s", QUOTE_N(text.p, text.len), p->key, what);
}

static int unknown_section(struct net_parser *p, struct net_text kind)
{
	const char *best = NULL;
	unsigned d = 3;

	for (size_t i = SECTION_NONE + 1; i < SECTION_COUNT; i++)
		near_consider(kind.p, kind.len, sections[i].name, &best, &d);
	if (best)
		return net_fail(p, "unknown section [%s] (did you mean [%s]?)",
				QUOTE_N(kind.p, kind.len), best);
	return net_fail(p,
			"unknown section [%s]; there are network, ipv4, ipv6, dhcp, dns, tftp, "
			"host NAME, record NAME and forward NAME",
			QUOTE_N(kind.p, kind.len));
}

static int unknown_key(struct net_parser *p, struct net_text key)
{
	const char *best = NULL;
	unsigned d = key.len > 3 ? 3 : 2; /* "x" is near to nothing */

	for (size_t i = 0; i < KEY_COUNT; i++)
		if (keys[i].section == p->section)
			near_consider(key.p, key.len, keys[i].name, &best, &d);
	if (best)
		return net_fail(p, "unknown key '%s' in [%s] (did you mean '%s'?)",
				QUOTE_N(key.p, key.len), sections[p->section].name, best);
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (strlen(keys[i].name) == key.len && memcmp(keys[i].name, key.p, key.len) == 0)
			return net_fail(p, "unknown key '%s' in [%s]; it belongs in [%s]",
					keys[i].name, sections[p->section].name,
					sections[keys[i].section].name);
	return net_fail(p, "unknown key '%s' in [%s]", QUOTE_N(key.p, key.len),
			sections[p->section].name);
}

static enum net_section find_section(struct net_text kind)
{
	for (size_t i = SECTION_NONE + 1; i < SECTION_COUNT; i++)
		if (strlen(sections[i].name) == kind.len &&
		    memcmp(sections[i].name, kind.p, kind.len) == 0)
			return (enum net_section)i;
	return SECTION_NONE;
}

static int begin_section(struct net_parser *p, struct net_text inside)
{
	struct net_text kind, name = {0};
	enum net_section section;

	inside = net_trim(inside);
	kind = inside;
	for (kind.len = 0; kind.len < inside.len; kind.len++)
		if (kind.p[kind.len] == ' ' || kind.p[kind.len] == '\t')
			break;
	name.p = inside.p + kind.len;
	name.len = inside.len - kind.len;
	name = net_trim(name);
	section = find_section(kind);
	if (section == SECTION_NONE)
		return unknown_section(p, kind);
	if (sections[section].begin && name.len == 0)
		return net_fail(p, "[%s] without a name, as in [%s NAME]", sections[section].name,
				sections[section].name);
	if (!sections[section].begin && name.len > 0)
		return net_fail(p, "[%s] takes no name", sections[section].name);
	if (!sections[section].begin && p->section_line[section])
		return net_fail(p, "a second [%s]; the first is in line %u", sections[section].name,
				p->section_line[section]);
	p->section = section;
	p->section_line[section] = p->line;
	if (!sections[section].begin)
		return 0;
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (keys[i].section == section)
			p->key_line[i] = 0;
	return sections[section].begin(p, name);
}

/* What inih found: the key of the line, whose value waits in p->value. */
static int on_key(void *user, const char *section, const char *name, const char *value)
{
	struct net_parser *p = user;
	struct net_text key = {name, strlen(name)};

	(void)value;
	for (size_t i = 0; i < KEY_COUNT; i++) {
		if (strcmp(sections[keys[i].section].name, section) != 0 ||
		    strcmp(keys[i].name, name) != 0)
			continue;
		p->key = keys[i].name;
		if (p->key_line[i])
			p->status = net_fail(p, "'%s=' twice; the first is in line %u", p->key,
					     p->key_line[i]);
		else if (p->value.len == 0)
			p->status = net_fail(p, "'%s=' without a value", p->key);
		p->key_line[i] = p->line;
		if (p->status == 0)
			p->status = keys[i].read(p);
		return p->status == 0;
	}
	p->status = unknown_key(p, key);
	return 0;
}

/* Everything up to a comment: ';' or '#' behind a blank. */
static struct net_text without_comment(struct net_text line)
{
	for (size_t i = 1; i < line.len; i++)
		if ((line.p[i] == ';' || line.p[i] == '#') &&
		    (line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
			line.len = i;
	return net_trim(line);
}

static int show_section(struct net_parser *p, struct net_text line, char *buf, size_t size)
{
	int r;

	if (line.p[line.len - 1] != ']')
		return net_fail(p, "a section's line ends with ']'");
	r = begin_section(p, (struct net_text){line.p + 1, line.len - 2});
	if (r == 0)
		snprintf(buf, size, "[%s]\n", sections[p->section].name);
	return r;
}

static int show_key(struct net_parser *p, struct net_text line, char *buf, size_t size)
{
	struct net_text key;

	if (!net_cut(&line, '=', &key))
		return net_fail(p, "neither [section] nor key=value");
	if (p->section == SECTION_NONE)
		return net_fail(p, "a key before the first section; begin with [network]");
	key = net_trim(key);
	for (size_t i = 0; i < key.len; i++)
		if (key.p[i] != '-' && !(key.p[i] >= 'a' && key.p[i] <= 'z') &&
		    !(key.p[i] >= '0' && key.p[i] <= '9'))
			return unknown_key(p, key);
	if (key.len == 0 || key.len > 31)
		return unknown_key(p, key);
	p->value = net_trim(line);
	snprintf(buf, size, "%.*s=.\n", (int)key.len, key.p);
	return 0;
}

/* Writes the line for inih: true; false: it has nothing to say, or is wrong. */
static bool show_line(struct net_parser *p, struct net_text line, char *buf, size_t size)
{
	struct net_text all = net_trim(line);

	if (all.len == 0 || all.p[0] == '#' || all.p[0] == ';')
		return false;
	if (all.p != line.p)
		p->status = net_fail(p, "begins with a blank; a value has one line, and each line "
					"begins in its first column");
	else if (line.p[0] == '[')
		p->status = show_section(p, without_comment(line), buf, size);
	else
		p->status = show_key(p, without_comment(line), buf, size);
	return p->status == 0;
}

static bool clean(struct net_parser *p, struct net_text line)
{
	for (size_t i = 0; i < line.len; i++) {
		unsigned char c = (unsigned char)line.p[i];

		if ((c >= 0x20 && c != 0x7f) || c == '\t')
			continue;
		p->status = net_fail(p, "%s in column %zu",
				     c ? "control character (only TAB may stand here)"
				       : "NUL byte (this is not a text file)",
				     i + 1);
		return false;
	}
	return true;
}

/*
 * inih's reader. What inih does with a long line, a continued one, a comment or a byte
 * order mark is a matter of its build, and cutting in silence is among it. So it is shown
 * lines that leave nothing to that: "[section]" and "key=.", never longer than 40 bytes.
 */
static char *next_line(char *buf, int size, void *stream)
{
	struct net_parser *p = stream;

	while (p->status == 0 && p->next < p->end) {
		size_t left = (size_t)(p->end - p->next);
		const char *stop = memchr(p->next, '\n', left);
		struct net_text line = {p->next, stop ? (size_t)(stop - p->next) : left};

		p->next = stop ? stop + 1 : p->end;
		p->line++;
		if (line.len > 0 && line.p[line.len - 1] == '\r')
			line.len--;
		if (clean(p, line) && show_line(p, line, buf, (size_t)size))
			return buf;
	}
	return NULL;
}

static int read_lines(struct net_parser *p)
{
	static const char bom[] = "\xef\xbb\xbf";
	int r;

	if ((size_t)(p->end - p->next) > NET_FILE_MAX)
		return net_fail(p, "the file is larger than %d bytes", NET_FILE_MAX);
	if (p->end - p->next >= 3 && memcmp(p->next, bom, 3) == 0)
		return net_fail_at(p, 1, "begins with a byte order mark; save it without");
	r = ini_parse_stream(next_line, p, on_key, p);
	if (p->status == 0 && r != 0)
		p->status =
			r == -2 ? -ENOMEM : net_fail_at(p, (unsigned)r, "cannot be read as ini");
	p->line = 0;
	return p->status < 0 ? p->status : net_check(p);
}

int net_config_parse(const char *name, const char *text, size_t len, struct net_config *ret,
		     struct net_config_error *reterr)
{
	struct net_config_error error = {0};
	struct net_parser p = {.config = ret, .error = &error, .next = text, .end = text + len};
	int r;

	*ret = (struct net_config){
		.mtu = 1500, .start_allowed = true, .leases_per_port = 8, .dns = true};
	ret->lease4 = ret->lease6 = 3600;
	snprintf(ret->name, sizeof(ret->name), "%s", name);
	r = read_lines(&p);
	if (r == 0 && !ret->domain)
		r = net_copy((struct net_text){"", 0}, &ret->domain);
	if (r < 0)
		net_config_free(ret);
	if (r == -EINVAL)
		*reterr = error;
	return r;
}

static void free_items(struct net_config *c)
{
	for (size_t i = 0; i < c->n_hosts; i++) {
		free(c->hosts[i].name);
		free(c->hosts[i].id);
	}
	for (size_t i = 0; i < c->n_records; i++) {
		free(c->records[i].name);
		free(c->records[i].txt);
		free(c->records[i].srv_target);
	}
	for (size_t i = 0; i < c->n_forwards; i++)
		free(c->forwards[i].name);
	free(c->hosts);
	free(c->records);
	free(c->forwards);
}

void net_config_free(struct net_config *config)
{
	free_items(config);
	for (size_t i = 0; i < config->n_search; i++)
		free(config->search[i]);
	for (size_t i = 0; i < config->n_forwarders; i++)
		free(config->forwarders[i].domain);
	free(config->boot_file);
	free(config->tftp_root);
	free(config->domain);
	*config = (struct net_config){0};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* [host NAME], [record NAME], [forward NAME]. */
#include "config_priv.h"

#include "lib/num.h"
#include "lib/quote.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Makes room behind n elements, doubling. 0 or -ENOMEM. */
static int grow(void **array, size_t n, size_t size)
{
	void *bigger;

	if ((n & (n - 1)) != 0)
		return 0;
	bigger = reallocarray(*array, n ? 2 * n : 1, size);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	return 0;
}

static int bad_name(struct net_parser *p, struct net_text name, const char *defect)
{
	return net_fail(p, "the name '%s' %s", QUOTE_N(name.p, name.len), defect);
}

static bool is_word(struct net_text text, const char *word)
{
	return text.len == strlen(word) && strncasecmp(text.p, word, text.len) == 0;
}

/* dnsmasq tells the parts of a dhcp-host apart by their looks: "12h" and "100" are lease
 * times there, and these two words commands. */
static const char *host_defect(struct net_text name)
{
	const char *defect = net_label_defect(name);

	if (defect)
		return defect;
	if (name.p[0] >= '0' && name.p[0] <= '9')
		return "does not begin with a letter";
	if (is_word(name, "ignore") || is_word(name, "infinite"))
		return "is a word of dnsmasq's";
	return NULL;
}

int net_begin_host(struct net_parser *p, struct net_text name)
{
	struct net_config *c = p->config;
	const char *defect = host_defect(name);
	void *array = c->hosts;

	if (defect)
		return bad_name(p, name, defect);
	if (c->n_hosts == NET_HOSTS_MAX)
		return net_fail(p, "more than %d [host]", NET_HOSTS_MAX);
	if (grow(&array, c->n_hosts, sizeof(*c->hosts)) < 0)
		return -ENOMEM;
	c->hosts = array;
	c->hosts[c->n_hosts++] = (struct net_host){.line = p->line};
	return net_copy(name, &c->hosts[c->n_hosts - 1].name);
}

int net_begin_record(struct net_parser *p, struct net_text name)
{
	struct net_config *c = p->config;
	const char *defect = net_domain_defect(name, true);
	void *array = c->records;

	if (defect)
		return bad_name(p, name, defect);
	if (c->n_records == NET_RECORDS_MAX)
		return net_fail(p, "more than %d [record]", NET_RECORDS_MAX);
	if (grow(&array, c->n_records, sizeof(*c->records)) < 0)
		return -ENOMEM;
	c->records = array;
	c->records[c->n_records++] = (struct net_record){.line = p->line};
	return net_copy(name, &c->records[c->n_records - 1].name);
}

int net_begin_forward(struct net_parser *p, struct net_text name)
{
	struct net_config *c = p->config;
	const char *defect = net_label_defect(name);
	void *array = c->forwards;

	if (defect)
		return bad_name(p, name, defect);
	if (c->n_forwards == NET_FORWARDS_MAX)
		return net_fail(p, "more than %d [forward]", NET_FORWARDS_MAX);
	if (grow(&array, c->n_forwards, sizeof(*c->forwards)) < 0)
		return -ENOMEM;
	c->forwards = array;
	c->forwards[c->n_forwards++] = (struct net_forward){.line = p->line};
	return net_copy(name, &c->forwards[c->n_forwards - 1].name);
}

/* The section that is being read. */
static struct net_host *host(struct net_parser *p)
{
	return &p->config->hosts[p->config->n_hosts - 1];
}

static struct net_record *record(struct net_parser *p)
{
	return &p->config->records[p->config->n_records - 1];
}

static struct net_forward *forward(struct net_parser *p)
{
	return &p->config->forwards[p->config->n_forwards - 1];
}

int net_key_host_mac(struct net_parser *p)
{
	host(p)->has_mac = true;
	return net_read_mac(p, p->value, host(p)->mac);
}

static bool is_hex_pairs(struct net_text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.p[i];
		bool hex =
			(c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');

		if (i % 3 == 2 ? c != ':' : !hex)
			return false;
	}
	return text.len % 3 == 2;
}

int net_key_host_id(struct net_parser *p)
{
	struct net_text value = p->value;
	bool hex = memchr(value.p, ':', value.len);

	if (hex && !is_hex_pairs(value))
		return net_bad(p, value, "is no identifier, as 01:52:54:00:aa:00:01");
	for (size_t i = 0; !hex && i < value.len; i++)
		if (!ifname_char_ok((unsigned char)value.p[i]))
			return net_bad(p, value,
				       "has a character other than A-Z a-z 0-9 _ . -; "
				       "write its bytes, as 01:52:54");
	if (value.len > (hex ? 3 * NET_ID_BYTES_MAX - 1 : NET_ID_BYTES_MAX))
		return net_bad(p, value, "is longer than 130 bytes");
	return net_copy(value, &host(p)->id);
}

int net_key_host_ip(struct net_parser *p)
{
	bool v4 = strcmp(p->key, "ipv4") == 0;

	return net_read_ip(p, p->value, v4 ? AF_INET : AF_INET6,
			   v4 ? &host(p)->ipv4 : &host(p)->ipv6);
}

int net_key_record_address(struct net_parser *p)
{
	struct net_record *rec = record(p);
	struct net_text list = p->value, item;
	int r;

	while ((r = net_next_item(p, &list, &item)) > 0) {
		if (rec->n_addresses == NET_LIST_MAX)
			return net_fail(p, "more than %d values in '%s='", NET_LIST_MAX, p->key);
		r = net_read_ip(p, item, AF_UNSPEC, &rec->addresses[rec->n_addresses]);
		if (r < 0)
			return r;
		rec->n_addresses++;
	}
	return r;
}

int net_key_record_txt(struct net_parser *p)
{
	struct net_text value = p->value;

	if (value.len < 2 || value.p[0] != '"' || value.p[value.len - 1] != '"')
		return net_bad(p, value,
			       "is not in quotes, as \"text\" (a comment begins at a blank "
			       "and ';' or '#')");
	value = (struct net_text){value.p + 1, value.len - 2};
	if (value.len == 0 || value.len > NET_TXT_MAX)
		return net_bad(p, value, "has not 1 to 255 bytes");
	for (size_t i = 0; i < value.len; i++)
		if (value.p[i] < 0x20 || value.p[i] > 0x7e || strchr("\"\\,", value.p[i]))
			return net_bad(p, value,
				       "has a character other than printable ASCII without "
				       "quote, backslash and comma");
	return net_copy(value, &record(p)->txt);
}

/* TARGET:PORT[:PRIORITY[:WEIGHT]] */
int net_key_record_srv(struct net_parser *p)
{
	struct net_record *rec = record(p);
	struct net_text rest = p->value, target, part;
	uint64_t numbers[3] = {0};
	const char *defect;
	bool more = net_cut(&rest, ':', &target);

	if (!more)
		return net_bad(p, p->value, "is no target and port, as host.example:5060");
	defect = net_domain_defect(target, true);
	if (defect)
		return net_bad(p, target, defect);
	for (size_t i = 0; more; i++) {
		more = net_cut(&rest, ':', &part);
		if (!more)
			part = rest;
		if (i == 3 || num_parse(part.p, part.len, i == 0, 65535, &numbers[i]) < 0)
			return net_bad(p, p->value,
				       "is no TARGET:PORT:PRIORITY:WEIGHT, numbers to 65535");
	}
	rec->srv_port = (uint16_t)numbers[0];
	rec->srv_priority = (uint16_t)numbers[1];
	rec->srv_weight = (uint16_t)numbers[2];
	return net_copy(target, &rec->srv_target);
}

int net_key_forward_protocol(struct net_parser *p)
{
	static const char *const words[] = {"tcp", "udp"};
	struct net_text list = p->value, item;
	unsigned word;
	int r;

	while ((r = net_next_item(p, &list, &item)) > 0) {
		r = net_read_word(p, item, words, ARRAY_LEN(words), &word);
		if (r < 0)
			return r;
		if (forward(p)->protocols & (1u << word))
			return net_bad(p, item, "is there twice");
		forward(p)->protocols |= 1u << word;
	}
	return r;
}

int net_key_forward_port(struct net_parser *p)
{
	return net_read_ports(p, p->value, &forward(p)->port);
}

int net_key_forward_to(struct net_parser *p)
{
	return net_read_endpoint(p, p->value, &forward(p)->to, &forward(p)->to_port);
}

int net_key_forward_address(struct net_parser *p)
{
	struct net_forward *f = forward(p);
	int r = net_read_ip(p, p->value, AF_UNSPEC, &f->address);

	if (r == 0 && net_is_loopback(&f->address))
		return net_bad(p, p->value, "is a loopback address, which nobody else reaches");
	return r;
}

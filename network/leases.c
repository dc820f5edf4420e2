/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "leases.h"

#include "lib/num.h"

#include <string.h>

struct field {
	const char *text;
	size_t len;
};

enum {
	EXPIRES,
	HARDWARE, /* MAC address, or the IAID of a DHCPv6 lease */
	ADDRESS,
	NAME,
	ID,
	FIELDS,
};

/* Splits a line at its blanks. More fields than `most`: most + 1. */
static size_t split(const char *line, size_t len, struct field *ret, size_t most)
{
	size_t n = 0, at = 0;

	while (at < len) {
		size_t start = at;

		while (at < len && line[at] != ' ')
			at++;
		if (n == most)
			return most + 1;
		ret[n++] = (struct field){line + start, at - start};
		at++;
	}
	return n;
}

static bool all_of(const struct field *f, const char *bytes)
{
	for (size_t i = 0; i < f->len; i++)
		if (!f->text[i] || !strchr(bytes, f->text[i]))
			return false;
	return f->len > 0;
}

static bool is_none(const struct field *f)
{
	return f->len == 1 && *f->text == '*';
}

static bool read_hardware(const struct field *f, struct net_lease *ret)
{
	struct field digits = *f;
	uint64_t iaid;

	if (ret->ip.family == AF_INET) {
		ret->has_mac = mac_parse(f->text, f->len, ret->mac) == 0;
		/* "20-…": not Ethernet. */
		return ret->has_mac || all_of(f, "0123456789abcdefABCDEF:-");
	}
	if (digits.len && *digits.text == 'T') { /* of a temporary address */
		digits.text++;
		digits.len--;
	}
	if (num_parse(digits.text, digits.len, 0, UINT32_MAX, &iaid) < 0)
		return false;
	ret->iaid = (uint32_t)iaid;
	return true;
}

static bool read_lease(const struct field f[FIELDS], struct net_lease *ret)
{
	static const char name_bytes[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

	*ret = (struct net_lease){0};
	if (num_parse(f[EXPIRES].text, f[EXPIRES].len, 0, UINT64_MAX, &ret->expires) < 0 ||
	    net_ip_parse(f[ADDRESS].text, f[ADDRESS].len, &ret->ip) < 0 ||
	    !read_hardware(&f[HARDWARE], ret))
		return false;
	if (!is_none(&f[NAME])) {
		if (!all_of(&f[NAME], name_bytes) || f[NAME].len > 255)
			return false;
		ret->name = f[NAME].text;
		ret->name_len = f[NAME].len;
	}
	if (!is_none(&f[ID])) {
		if (!all_of(&f[ID], "0123456789abcdefABCDEF:"))
			return false;
		ret->id = f[ID].text;
		ret->id_len = f[ID].len;
	}
	return true;
}

bool net_leases_next(struct net_leases *leases, struct net_lease *ret)
{
	while (leases->at < leases->len) {
		const char *line = leases->text + leases->at;
		size_t left = leases->len - leases->at;
		const char *end = memchr(line, '\n', left);
		size_t len = end ? (size_t)(end - line) : left;
		struct field f[FIELDS];
		size_t n = split(line, len, f, FIELDS);

		leases->at += end ? len + 1 : len;
		/* dnsmasq writes over the file: a line without its end may be half of one. */
		if (end && n == FIELDS && read_lease(f, ret))
			return true;
		/* The server's own DUID comes before its DHCPv6 leases. */
		if (len && !(n == 2 && f[0].len == 4 && memcmp(f[0].text, "duid", 4) == 0))
			leases->malformed++;
	}
	return false;
}

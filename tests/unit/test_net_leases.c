/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network/leases.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* All leases as "IP MAC NAME ID EXPIRES IAID;", and how many lines were none. */
static void show(const char *text, size_t len, char *out, size_t room, size_t *retmalformed)
{
	struct net_leases leases = {.text = text, .len = len};
	struct net_lease l;
	size_t at = 0;

	out[0] = '\0';
	while (net_leases_next(&leases, &l) && at < room) {
		char ip[NET_IP_TEXT_SIZE], mac[MAC_TEXT_SIZE];

		at += (size_t)snprintf(out + at, room - at, "%s %s %.*s %.*s %llu %u;",
				       net_ip_format(ip, &l.ip),
				       l.has_mac ? mac_format(mac, l.mac) : "-", (int)l.name_len,
				       l.name ? l.name : "", (int)l.id_len, l.id ? l.id : "",
				       (unsigned long long)l.expires, l.iaid);
	}
	*retmalformed = leases.malformed;
}

static void check(const char *text, size_t len, const char *want, size_t malformed)
{
	char got[2000];
	size_t bad;

	show(text, len, got, sizeof(got), &bad);
	CHECK_STR(got, want);
	CHECK_INT(bad, malformed);
}

/* As dnsmasq 2.90 wrote them. */
static void written_by_dnsmasq(void)
{
	static const char text[] =
		"1795330861 52:54:00:00:00:02 192.168.22.10 web *\n"
		"1795330859 4e:b6:5e:5b:90:84 192.168.22.160 * 01:4e:b6:5e:5b:90:84\n"
		"0 20-00:11:22 192.168.22.9 ib ff:00\n"
		"duid 00:01:00:01:32:95:41:9b:52:54:00:00:00:01\n"
		"1795334461 7 fd00:22::10 web 00:03:00:01:52:54:00:00:ff:ff\n"
		"1795334462 T4294967295 fd00:22::11 * 00:04\n";

	check(text, sizeof(text) - 1,
	      "192.168.22.10 52:54:00:00:00:02 web  1795330861 0;"
	      "192.168.22.160 4e:b6:5e:5b:90:84  01:4e:b6:5e:5b:90:84 1795330859 0;"
	      "192.168.22.9 - ib ff:00 0 0;"
	      "fd00:22::10 - web 00:03:00:01:52:54:00:00:ff:ff 1795334461 7;"
	      "fd00:22::11 -  00:04 1795334462 4294967295;",
	      0);
	check("", 0, "", 0);
	check("\n\n", 2, "", 0);
	check(text, 49, "192.168.22.10 52:54:00:00:00:02 web  1795330861 0;", 0);
	/* A file that is being written may end anywhere. */
	check(text, 48, "", 1);
}

static void malformed(void)
{
	static const char *const lines[] = {
		"garbage",
		"1 52:54:00:00:00:02 192.168.22.10 web",
		"1 52:54:00:00:00:02 192.168.22.10 web * more",
		" 1 52:54:00:00:00:02 192.168.22.10 web *",
		"1  52:54:00:00:00:02 192.168.22.10 web *",
		"1\t52:54:00:00:00:02 192.168.22.10 web *",
		"-1 52:54:00:00:00:02 192.168.22.10 web *",
		"18446744073709551616 52:54:00:00:00:02 192.168.22.10 web *",
		"1 5g:54:00:00:00:02 192.168.22.10 web *",
		"1 52:54:00:00:00:02 192.168.22.256 web *",
		"1 52:54:00:00:00:02 192.168.22.010 web *",
		"1 52:54:00:00:00:02 fd00::1 web *",
		"1 4294967296 fd00::1 web *",
		"1 T fd00::1 web *",
		"1 52:54:00:00:00:02 192.168.22.10 $(touch *",
		"1 52:54:00:00:00:02 192.168.22.10 we\033[2Jb *",
		"1 52:54:00:00:00:02 192.168.22.10 w\303\251b *",
		"1 52:54:00:00:00:02 192.168.22.10 web \"",
		"1 52:54:00:00:00:02 192.168.22.10 web *\r",
		"1 52:54:00:00:00:02 192.168.22.10  *",
		"duid",
		"duid 00:01 more",
	};
	static const char next[] = "\n5 52:54:00:00:00:03 192.168.22.11 db *\n";

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		char text[400];

		test_case("%s", lines[i]);
		snprintf(text, sizeof(text), "%s%s", lines[i], next);
		check(text, strlen(text), "192.168.22.11 52:54:00:00:00:03 db  5 0;", 1);
	}
}

/* Any byte anywhere: nothing but a printable name and id comes out, and nothing is read
 * behind the end. */
static void every_byte(void)
{
	static const char line[] = "1795330861 52:54:00:00:00:02 192.168.22.10 web 01:02\n";
	size_t len = sizeof(line) - 1;

	for (size_t at = 0; at < len; at++)
		for (unsigned b = 0; b < 256; b++) {
			char *text = malloc(len), got[1000];
			size_t bad;

			if (!CHECK(text != NULL))
				return;
			memcpy(text, line, len);
			text[at] = (char)b;
			test_case("byte %u at %zu", b, at);
			show(text, len, got, sizeof(got), &bad);
			for (const char *p = got; *p; p++)
				CHECK(*p >= ' ' && *p < 0x7f);
			free(text);
		}
	for (size_t cut = 0; cut <= len; cut++) {
		char *text = malloc(cut + 1), got[1000];
		size_t bad;

		if (!CHECK(text != NULL))
			return;
		memcpy(text, line, cut);
		show(text, cut, got, sizeof(got), &bad);
		CHECK(cut == len ? *got && !bad : !*got);
		free(text);
	}
}

static void long_ones(void)
{
	char text[4000], id[3000];

	/* A client identifier has 255 bytes, a DUID can have more. */
	for (size_t i = 0; i < 999; i++)
		memcpy(id + 3 * i, "ab:", 3);
	id[3 * 999 - 1] = '\0';
	snprintf(text, sizeof(text), "1 7 fd00::1 web %s\n", id);
	struct net_leases leases = {.text = text, .len = strlen(text)};
	struct net_lease lease;

	CHECK(net_leases_next(&leases, &lease));
	CHECK_INT(lease.id_len, strlen(id));
	for (size_t len = 255; len <= 256; len++) {
		snprintf(text, sizeof(text), "1 7 fd00::1 %.*s *\n", (int)len, id);
		for (char *p = text + 12; *p; p++)
			*p = *p == ':' ? 'c' : *p;
		leases = (struct net_leases){.text = text, .len = strlen(text)};
		CHECK_INT(net_leases_next(&leases, &lease), len == 255);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"what dnsmasq writes", written_by_dnsmasq, false},
		{"malformed lines are passed over and counted", malformed, false},
		{"every byte in every place", every_byte, false},
		{"long identifiers and names", long_ones, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

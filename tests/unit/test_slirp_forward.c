/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpriv/slirp/forward.h"

#include "test.h"

#include <arpa/inet.h>
#include <string.h>

/* Read and written again. */
static void check(const char *text, const char *normal)
{
	char error[FORWARD_ERROR] = "", buf[FORWARD_TEXT];
	struct forward f, again;

	test_case("%s", text);
	if (!CHECK_INT(forward_parse_named(&f, text, true, error), 0)) {
		CHECK_STR(error, "");
		return;
	}
	CHECK_STR(forward_format(buf, &f), normal);
	CHECK_INT(forward_parse_named(&again, buf, true, error), 0);
	CHECK(forward_same(&f, &again));
}

static void reads(void)
{
	check("hostfwd=tcp::2222-:22", "hostfwd=tcp::2222-:22");
	check("hostfwd=::2222-:22", "hostfwd=tcp::2222-:22");
	check("hostfwd=tcp:127.0.0.1:2222-10.0.2.15:22", "hostfwd=tcp:127.0.0.1:2222-10.0.2.15:22");
	check("hostfwd=udp:0.0.0.0:53-:65535", "hostfwd=udp::53-:65535");
	check("hostfwd=tcp:[::1]:2222-[fec0::15]:22", "hostfwd=tcp:[::1]:2222-[fec0::15]:22");
	check("hostfwd=unix:/run/a-b.sock-:22", "hostfwd=unix:/run/a-b.sock-:22");
	check("guestfwd=tcp:10.0.2.100:80-tcp:127.0.0.1:8080",
	      "guestfwd=tcp:10.0.2.100:80-tcp:127.0.0.1:8080");
	check("guestfwd=:10.0.2.100:80-tcp:[::1]:8080",
	      "guestfwd=tcp:10.0.2.100:80-tcp:[::1]:8080");
	check("guestfwd=tcp:10.0.2.100:80-unix:/run/a-b",
	      "guestfwd=tcp:10.0.2.100:80-unix:/run/a-b");
}

static void refuses(void)
{
	static const struct {
		const char *text, *error;
	} cases[] = {
		{"", "has to begin with hostfwd= or guestfwd="},
		{"tcp::1-:2", "has to begin with hostfwd= or guestfwd="},
		{"hostfwd=", "is not [tcp|udp]:"},
		{"hostfwd=tcp", "is not [tcp|udp]:"},
		{"hostfwd=tcp::2222", "is not [tcp|udp]:"},
		{"hostfwd=sctp::1-:2", "'sctp' is no protocol"},
		{"hostfwd=tcp:22-:22", "the host's side has to be ADDRESS:PORT"},
		{"hostfwd=tcp::22-22", "the guest's side has to be ADDRESS:PORT"},
		{"hostfwd=tcp::0-:22", "'0' is no port, 1 to 65535"},
		{"hostfwd=tcp::65536-:22", "'65536' is no port, 1 to 65535"},
		{"hostfwd=tcp::022-:22", "'022' is no port"},
		{"hostfwd=tcp::+22-:22", "'+22' is no port"},
		{"hostfwd=tcp::22-:", "'' is no port"},
		{"hostfwd=tcp:localhost:22-:22", "'localhost' is no IPv4 address"},
		{"hostfwd=tcp:1.2.3:22-:22", "'1.2.3' is no IPv4 address"},
		{"hostfwd=tcp:[1.2.3.4]:22-:22", "'1.2.3.4' is no IPv6 address"},
		{"hostfwd=tcp:[::1:22-:22", "has to be ADDRESS:PORT"},
		{"hostfwd=tcp:[::1]22-:22", "has to be ADDRESS:PORT"},
		{"hostfwd=tcp:[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:1-:2",
		 "is no IP"},
		{"hostfwd=unix:a-:22", "has to begin with '/'"},
		{"hostfwd=unix:/a", "is not [tcp|udp]:"},
		{"hostfwd=tcp::1-:2-:3", "is no port"},
		{"guestfwd=udp:10.0.2.1:1-tcp:1.2.3.4:5",
		 "'udp' is no protocol of a guest's forward"},
		{"guestfwd=tcp::80-tcp:127.0.0.1:8080", "the guest's side needs an IPv4 address"},
		{"guestfwd=tcp:[::1]:80-tcp:127.0.0.1:8080", "the guest's side needs an IPv4"},
		{"guestfwd=tcp:10.0.2.1:80-tcp::8080", "the host's side needs an address"},
		{"guestfwd=tcp:10.0.2.1:80-cmd:nc", "cmd: is not served here"},
		{"guestfwd=tcp:10.0.2.1:80-pipe:x", "'pipe' is nothing to forward to; tcp or unix"},
		{"guestfwd=tcp:10.0.2.1:80", "is not [tcp]:"},
		{"guestfwd=tcp:10.0.2.1:80-x", "is not [tcp]:"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char error[FORWARD_ERROR] = "";
		struct forward f;

		test_case("%s", cases[i].text);
		CHECK(forward_parse_named(&f, cases[i].text, true, error) < 0);
		if (!CHECK(strstr(error, cases[i].error) != NULL))
			CHECK_STR(error, cases[i].error);
	}
}

static void long_paths(void)
{
	char text[300] = "hostfwd=unix:/", error[FORWARD_ERROR];
	struct forward f;

	memset(text + strlen(text), 'a', 106);
	memcpy(text + 14 + 106, "-:22", 5);
	CHECK_INT(forward_parse_named(&f, text, true, error), 0);
	memset(text + 14, 'a', 107);
	memcpy(text + 14 + 107, "-:22", 5);
	CHECK(forward_parse_named(&f, text, true, error) < 0);
	CHECK_STR(error, "the path of a socket has at most 107 bytes");
}

/* Just the side that names it. */
static void to_remove(void)
{
	static const char *const pairs[][2] = {
		{"hostfwd=tcp:127.0.0.1:2222-:22", "hostfwd=tcp:127.0.0.1:2222"},
		{"hostfwd=udp::53-:53", "hostfwd=udp::53"},
		{"hostfwd=unix:/run/a-b-:22", "hostfwd=unix:/run/a-b"},
		{"hostfwd=unix:/run/a-b-:22", "hostfwd=unix:/run/a-b-:22"},
		{"guestfwd=tcp:10.0.2.1:80-tcp:1.2.3.4:5", "guestfwd=tcp:10.0.2.1:80"},
	};
	char error[FORWARD_ERROR];
	struct forward f, g;

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		test_case("%s", pairs[i][1]);
		CHECK_INT(forward_parse_named(&f, pairs[i][0], true, error), 0);
		CHECK_INT(forward_parse_named(&g, pairs[i][1], false, error), 0);
		CHECK(forward_same(&f, &g));
	}
	CHECK_INT(forward_parse_named(&g, "hostfwd=tcp::53", false, error), 0);
	CHECK_INT(forward_parse_named(&f, "hostfwd=udp::53-:53", true, error), 0);
	CHECK(!forward_same(&f, &g));
}

int main(void)
{
	static const struct test tests[] = {
		{"QEMU's syntax", reads, false},
		{"what is none", refuses, false},
		{"paths that are too long", long_paths, false},
		{"half of one, to remove it", to_remove, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

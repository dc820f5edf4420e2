/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/mac.h"

#include "test.h"

#include <errno.h>
#include <string.h>

static const char *const good[] = {
	"52:54:00:aa:00:01",
	"00:00:00:00:00:00",
	"ff:ff:ff:ff:ff:ff",
	"01:23:45:67:89:ab",
};

static const char *const bad[] = {
	"",
	"52:54:00:aa:00",
	"52:54:00:aa:00:0",
	"52:54:00:aa:00:011",
	"52:54:00:aa:00:01:02",
	"52-54-00-aa-00-01",
	"5254.00aa.0001",
	"525400aa0001",
	"52:54:00:aa:00:0g",
	"52:54:00:aa:00:+1",
	"52:54:00:aa:00: 1",
	" 2:54:00:aa:00:01",
	"52:54:00:aa:00;01",
	"52:54:00:aa::0001",
	"0x:54:00:aa:00:01",
};

static void round_trip(void)
{
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		uint8_t addr[MAC_LEN] = {0};
		char text[MAC_TEXT_SIZE];

		test_case("%s", good[i]);
		CHECK_INT(mac_parse(good[i], strlen(good[i]), addr), 0);
		CHECK_STR(mac_format(text, addr), good[i]);
	}
}

static void both_cases(void)
{
	static const uint8_t want[MAC_LEN] = {0xab, 0xcd, 0xef, 0xAB, 0xCD, 0xEF};
	uint8_t addr[MAC_LEN] = {0};

	CHECK_INT(mac_parse("aB:Cd:eF:Ab:cD:Ef", 17, addr), 0);
	CHECK(memcmp(addr, want, MAC_LEN) == 0);
}

static void malformed(void)
{
	static const uint8_t before[MAC_LEN] = {1, 2, 3, 4, 5, 6};
	uint8_t addr[MAC_LEN] = {1, 2, 3, 4, 5, 6};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		test_case("'%s'", bad[i]);
		CHECK_INT(mac_parse(bad[i], strlen(bad[i]), addr), -EINVAL);
	}
	for (size_t at = 0; at < 17; at++) {
		char text[MAC_TEXT_SIZE] = "52:54:00:aa:00:01";

		test_case("NUL at %zu", at);
		text[at] = '\0';
		CHECK_INT(mac_parse(text, 17, addr), -EINVAL);
	}
	CHECK(memcmp(addr, before, MAC_LEN) == 0);
}

static void masks(void)
{
	for (unsigned bits = 0; bits <= 48; bits++) {
		uint8_t mask[MAC_LEN];
		uint64_t value = 0, want = 0;

		mac_mask((uint8_t)bits, mask);
		for (unsigned i = 0; i < MAC_LEN; i++)
			value = value << 8 | mask[i];
		for (unsigned i = 0; i < 48; i++)
			want = want << 1 | (i < bits);
		test_case("/%u", bits);
		CHECK_INT(value, want);
	}
}

static void groups(void)
{
	static const uint8_t broadcast[MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	static const uint8_t multicast[MAC_LEN] = {0x01, 0, 0x5e, 0, 0, 1};
	static const uint8_t single[MAC_LEN] = {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff};

	CHECK(mac_is_group(broadcast));
	CHECK(mac_is_group(multicast));
	CHECK(!mac_is_group(single));
}

static void ranges(void)
{
	static const struct {
		const char *range;
		unsigned bits;
		const char *addr;
		bool in;
	} list[] = {
		{"52:54:00:aa:00:01", 48, "52:54:00:aa:00:01", true},
		{"52:54:00:aa:00:01", 48, "52:54:00:aa:00:00", false},
		{"52:54:00:aa:00:00", 32, "52:54:00:aa:ff:ff", true},
		{"52:54:00:aa:00:00", 32, "52:54:00:ab:00:00", false},
		{"52:54:00:aa:80:00", 33, "52:54:00:aa:80:01", true},
		{"52:54:00:aa:80:00", 33, "52:54:00:aa:7f:ff", false},
		{"52:00:00:00:00:00", 8, "52:ff:ff:ff:ff:ff", true},
		{"52:00:00:00:00:00", 8, "53:00:00:00:00:00", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		struct mac_range range = {.bits = (uint8_t)list[i].bits};
		uint8_t addr[MAC_LEN];

		test_case("%s in %s/%u", list[i].addr, list[i].range, list[i].bits);
		CHECK_INT(mac_parse(list[i].range, 17, range.addr), 0);
		CHECK_INT(mac_parse(list[i].addr, 17, addr), 0);
		CHECK(mac_in_range(addr, &range) == list[i].in);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"read and written back", round_trip, false},
		{"upper and lower case", both_cases, false},
		{"malformed ones change nothing", malformed, false},
		{"masks of all lengths", masks, false},
		{"group addresses", groups, false},
		{"addresses in ranges, and next to them", ranges, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

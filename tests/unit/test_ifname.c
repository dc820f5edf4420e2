/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/ifname.h"

#include "test.h"

#include <string.h>

static const struct {
	const char *name;
	enum ifname_defect defect;
} cases[] = {
	{"b", IFNAME_OK},
	{"br0", IFNAME_OK},
	{"br-lan.100_x", IFNAME_OK},
	{"-", IFNAME_OK},
	{"...", IFNAME_OK},
	{".a", IFNAME_OK},
	{"12345678901234", IFNAME_OK},
	{"123456789012345", IFNAME_OK},
	{"1234567890123456", IFNAME_LONG},
	{"12345678901234567", IFNAME_LONG},
	{"", IFNAME_EMPTY},
	{".", IFNAME_DOTS},
	{"..", IFNAME_DOTS},
	{"br0:1", IFNAME_CHAR}, /* an alias of the kernel's: stripped from ':' on */
	{"vm%d", IFNAME_CHAR},  /* a pattern of TUNSETIFF's */
	{"%d", IFNAME_CHAR},
	{"a/b", IFNAME_CHAR},
	{"../x", IFNAME_CHAR},
	{"br0 ", IFNAME_CHAR},
	{" br0", IFNAME_CHAR},
	{"br0\n", IFNAME_CHAR},
	{"br\t0", IFNAME_CHAR},
	{"br0\x1b[2J", IFNAME_CHAR},
	{"br\xc3\xa9", IFNAME_CHAR},
	{"br\xc2\xa0", IFNAME_CHAR},
	{"br*", IFNAME_CHAR},
	{"br0,br1", IFNAME_CHAR},
	{"\"br0\"", IFNAME_CHAR},
	{"$(id)", IFNAME_CHAR},
};

static void whole_table(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		test_case("'%s'", cases[i].name);
		CHECK_INT(ifname_check(cases[i].name, strlen(cases[i].name)), cases[i].defect);
	}
}

static void lengths(void)
{
	char name[256];

	memset(name, 'a', sizeof(name));
	for (size_t len = 1; len < sizeof(name); len++) {
		test_case("%zu bytes", len);
		CHECK_INT(ifname_check(name, len), len <= 15 ? IFNAME_OK : IFNAME_LONG);
	}
	CHECK_INT(ifname_check("br0\0x", 5), IFNAME_CHAR);
}

/* The set, in words that are not those of the code. */
static void each_byte(void)
{
	const char *good = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	unsigned n = 0;

	for (int c = 0; c < 256; c++) {
		char text[3] = {'a', (char)c, 'z'};
		bool ok = c != 0 && strchr(good, c) != NULL;

		test_case("byte %d", c);
		CHECK_INT(ifname_char_ok((unsigned char)c), ok);
		CHECK_INT(ifname_check(text, 3), ok ? IFNAME_OK : IFNAME_CHAR);
		n += ok;
	}
	CHECK_INT(n, 65);
}

static void texts(void)
{
	CHECK_STR(ifname_defect_text(IFNAME_LONG), "is longer than 15 bytes");
	CHECK_STR(ifname_defect_text(IFNAME_EMPTY), "is empty");
	CHECK_STR(ifname_defect_text(IFNAME_CHAR), "has a character other than A-Z a-z 0-9 _ . -");
	CHECK_STR(ifname_defect_text(IFNAME_DOTS), "is not a device name");
	CHECK_STR(ifname_defect_text(IFNAME_OK), "is valid");
}

int main(void)
{
	static const struct test tests[] = {
		{"names that the kernel would read in another way (threats 2, 75)", whole_table,
		 false},
		{"15 bytes at most, never cut (threat 1)", lengths, false},
		{"each byte value", each_byte, false},
		{"the defect's text", texts, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

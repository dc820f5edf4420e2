/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/quote.h"

#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void plain(void)
{
	CHECK_STR(QUOTE("br0"), "br0");
	CHECK_STR(QUOTE(""), "");
	CHECK_STR(QUOTE("a b~!\"#$"), "a b~!\"#$");
	CHECK_STR(QUOTE_N("abcdef", 3), "abc");
}

static void escaped(void)
{
	CHECK_STR(QUOTE("it's"), "it\\x27s");
	CHECK_STR(QUOTE("a\\b"), "a\\x5cb");
	CHECK_STR(QUOTE("a\nb\r"), "a\\x0ab\\x0d");
	CHECK_STR(QUOTE("\x1b[2J"), "\\x1b[2J");
	CHECK_STR(QUOTE("\xc2\x9b"), "\\xc2\\x9b");
	CHECK_STR(QUOTE("\x7f"), "\\x7f");
	CHECK_STR(QUOTE_N("a\0b", 3), "a\\x00b");
}

/* What comes out holds printable ASCII only, whatever goes in. */
static void each_byte(void)
{
	for (int c = 0; c < 256; c++) {
		char in = (char)c, out[QUOTE_SIZE];

		test_case("byte %d", c);
		quote_n(out, sizeof(out), &in, 1);
		CHECK(strlen(out) == 1 || strlen(out) == 4);
		for (const char *p = out; *p; p++)
			CHECK(*p >= 0x20 && *p < 0x7f && *p != '\'');
	}
}

/* Never more than size bytes, whatever the size: the heap's edge is ASan's to watch. */
static void cut(void)
{
	char text[300];

	memset(text, '\n', sizeof(text));
	for (size_t size = 8; size < 40; size++) {
		char *buf = malloc(size);

		test_case("size %zu", size);
		if (!CHECK(buf != NULL))
			return;
		memset(buf, 'x', size);
		quote_n(buf, size, text, sizeof(text));
		CHECK(memchr(buf, '\0', size) != NULL);
		CHECK(strlen(buf) >= 3 && strcmp(buf + strlen(buf) - 3, "...") == 0);
		free(buf);
	}
}

static void what_fits_is_whole(void)
{
	char text[QUOTE_SIZE] = "", buf[QUOTE_SIZE];

	for (size_t len = 0; len + 4 < QUOTE_SIZE; len++) {
		test_case("%zu bytes", len);
		CHECK_STR(quote(buf, sizeof(buf), text), text);
		text[len] = 'a';
		text[len + 1] = '\0';
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"printable text stays", plain, false},
		{"control characters, quotes, C1 and NUL are escaped (threat 68)", escaped, false},
		{"each byte value", each_byte, false},
		{"cut with dots, inside the buffer", cut, false},
		{"what fits is not cut", what_fits_is_whole, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/num.h"

#include "test.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *text;
	uint64_t min, max;
	int result;
	uint64_t value;
} cases[] = {
	{"0", 0, 10, 0, 0},
	{"7", 0, 10, 0, 7},
	{"10", 0, 10, 0, 10},
	{"11", 0, 10, -ERANGE, 0},
	{"4", 5, 10, -ERANGE, 0},
	{"5", 5, 5, 0, 5},
	{"4294967294", 0, UINT32_MAX - 1, 0, 4294967294},
	{"4294967295", 0, UINT32_MAX - 1, -ERANGE, 0},
	{"4294967296", 0, UINT32_MAX, -ERANGE, 0}, /* 2^32 must not become 0 */
	{"4294967299", 0, INT32_MAX, -ERANGE, 0},
	{"18446744073709551615", 0, UINT64_MAX, 0, UINT64_MAX},
	{"18446744073709551616", 0, UINT64_MAX, -ERANGE, 0},
	{"184467440737095516150", 0, UINT64_MAX, -ERANGE, 0},
	{"99999999999999999999999999999999", 0, UINT64_MAX, -ERANGE, 0},
	{"99999999999999999999x", 0, UINT64_MAX, -EINVAL, 0},
	{"", 0, 10, -EINVAL, 0},
	{"-1", 0, UINT64_MAX, -EINVAL, 0},
	{"-0", 0, 10, -EINVAL, 0},
	{"+0", 0, 10, -EINVAL, 0},
	{"+1", 0, 10, -EINVAL, 0},
	{" 1", 0, 10, -EINVAL, 0},
	{"1 ", 0, 10, -EINVAL, 0},
	{"1\n", 0, 10, -EINVAL, 0},
	{"00", 0, 10, -EINVAL, 0},
	{"007", 0, 10, -EINVAL, 0},
	{"0x0", 0, 10, -EINVAL, 0},
	{"0x10", 0, 99, -EINVAL, 0},
	{"1e3", 0, 9999, -EINVAL, 0},
	{"1.0", 0, 10, -EINVAL, 0},
	{"3abc", 0, 10, -EINVAL, 0},
	{"abc", 0, 10, -EINVAL, 0},
	{"/", 0, 99, -EINVAL, 0}, /* the bytes beside '0' and '9' */
	{":", 0, 99, -EINVAL, 0},
	{"\xb2", 0, 10, -EINVAL, 0},
	{"\xd9\xa3", 0, 10, -EINVAL, 0},
};

static void whole_table(void)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		uint64_t value = 0xdead;

		test_case("'%s'", cases[i].text);
		CHECK_INT(num_parse(cases[i].text, strlen(cases[i].text), cases[i].min,
				    cases[i].max, &value),
			  cases[i].result);
		/* Untouched on failure. */
		CHECK(value == (cases[i].result == 0 ? cases[i].value : 0xdead));
	}
}

static void length_counts(void)
{
	uint64_t value = 0;

	CHECK_INT(num_parse("12345", 3, 0, 1000, &value), 0);
	CHECK_INT(value, 123);
	CHECK_INT(num_parse("12\0"
			    "4",
			    4, 0, 10000, &value),
		  -EINVAL);
	CHECK_INT(value, 123);
	CHECK_INT(num_parse("5", 0, 0, 10, &value), -EINVAL);
}

static void each_byte(void)
{
	for (int c = 0; c < 256; c++) {
		char text[2] = {'1', (char)c};
		uint64_t value = 0;
		int want = c >= '0' && c <= '9' ? 0 : -EINVAL;

		test_case("byte %d", c);
		CHECK_INT(num_parse(text, 2, 0, 100, &value), want);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"numbers, ranges, signs, bases (threats 46, 67)", whole_table, false},
		{"exactly the bytes given are read", length_counts, false},
		{"digits only", each_byte, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

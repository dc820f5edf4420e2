/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memfs.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Reads files whose data is text; checks everything that comes out. */
static void expect(const struct memfile *list, size_t n, const char *rules, const char *errors)
{
	static const size_t chunks[] = {0, 1, 2, 7, 4096};

	for (size_t i = 0; i < ARRAY_LEN(chunks); i++) {
		struct memfs fs = {.files = list, .n = n, .chunk = chunks[i]};

		CHECK_INT(memfs_read(&fs), errors[0] ? -EINVAL : 0);
		CHECK_STR(fs.rules, rules);
		CHECK_STR(fs.errors, errors);
		memfs_reset(&fs);
	}
}

static void expect_one(const char *data, const char *rules, const char *errors)
{
	const struct memfile file = {.path = "/p", .data = data, .len = strlen(data)};

	test_case("'%s'", data);
	expect(&file, 1, rules, errors);
}

#define CONTROL "control character (only TAB may stand here)\n"

static void line_ends(void)
{
	expect_one("", "", "");
	expect_one("\n", "", "");
	expect_one("allow br0\n", "/p:1: allow br0\n", "");
	expect_one("allow br0", "/p:1: allow br0\n", "");
	expect_one("allow br0\r\ndeny br1\r\n", "/p:1: allow br0\n/p:2: deny br1\n", "");
	expect_one("allow br0\r\n\r\ndeny br1\r", "/p:1: allow br0\n/p:3: deny br1\n", "");
	expect_one("\n\n\nallow br0\n\n", "/p:4: allow br0\n", "");
	expect_one("allow br0\r\r\n", "", "/p:1:10: " CONTROL);
	expect_one("allow br0\rdeny br0\n", "", "/p:1:10: " CONTROL);
	expect_one("\rallow br0\n", "", "/p:1:1: " CONTROL);
}

/* One error a line, and the lines around it are still read, to find more. */
static void all_errors(void)
{
	struct memfile file = {.path = "/p", .data = "allow\nallow br0\nx\n", .len = 18};
	struct memfs fs = {.files = &file, .n = 1, .stop = true};

	expect(&file, 1, "/p:2: allow br0\n",
	       "/p:1:6: 'allow' without a bridge name\n"
	       "/p:3:1: unknown word 'x'; a line begins with allow, deny or include\n");
	CHECK_INT(memfs_read(&fs), -EINVAL);
	CHECK_INT(fs.error_count, 1);
	CHECK_INT(fs.rule_count, 0);
	memfs_reset(&fs);
}

static void nul_bytes(void)
{
	static const char data[] = "allow br0\n\0\nallow br1\0\nallow br2\n";
	struct memfile file = {.path = "/p", .data = data, .len = sizeof(data) - 1};

	expect(&file, 1, "/p:1: allow br0\n/p:4: allow br2\n",
	       "/p:2:1: NUL byte; this is not a text file\n"
	       "/p:3:10: NUL byte; this is not a text file\n");
}

/* Threat 4: at no length does one line become two. */
static void long_line(size_t len, const char *end)
{
	static const char tail[] = "\nallow all", next[] = "allow br9\n";
	size_t end_len = strlen(end), total = len + end_len + (end_len ? sizeof(next) - 1 : 0);
	char *data = malloc(total + 1);
	struct memfile file = {.path = "/p", .data = data, .len = total};
	const char *rules = end_len ? "/p:2: allow br9\n" : "";

	if (!CHECK(data != NULL))
		return;
	test_case("line of %zu bytes, %zu bytes of end", len, end_len);
	memset(data, ' ', len);
	data[0] = '#';
	/* The words would stand at the start of a second piece of 4095 bytes, and at the end. */
	if (len > 4095 + sizeof(tail))
		memcpy(data + 4095, tail + 1, sizeof(tail) - 2);
	memcpy(data + len - sizeof(tail) + 2, tail + 1, sizeof(tail) - 2);
	memcpy(data + len, end, end_len);
	if (end_len)
		memcpy(data + len + end_len, next, sizeof(next));
	expect(&file, 1, rules, len > 4095 ? "/p:1:4096: line is longer than 4095 bytes\n" : "");
	free(data);
}

static void long_lines(void)
{
	static const size_t lens[] = {4093,  4094,  4095,  4096,  4097,  8190,    8191,
				      32766, 32767, 32768, 32769, 65536, 1000000, 1048576};

	for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
		long_line(lens[i], "\n");
		long_line(lens[i], "\r\n");
		long_line(lens[i], "");
	}
}

/* A rule that lies across the end of the buffer, at each place. */
static void straddling(void)
{
	static const char rule[] = "allow br0 user=alice,bob # c\r\ndeny br1\n";
	size_t size = 2 * 32768;
	char *data = malloc(size);

	if (!CHECK(data != NULL))
		return;
	for (size_t at = 32768 - sizeof(rule) - 2; at < 32768 + 3; at++) {
		struct memfile file = {.path = "/p", .data = data, .len = at + sizeof(rule) - 1};
		struct memfs fs = {.files = &file, .n = 1};
		char want[128];
		size_t lines = (at + 999) / 1000;

		test_case("at %zu", at);
		memset(data, '#', size);
		for (size_t i = 1; i < lines; i++)
			data[i * 1000 - 1] = '\n';
		data[at - 1] = '\n';
		memcpy(data + at, rule, sizeof(rule) - 1);
		snprintf(want, sizeof(want), "/p:%zu: allow br0 user=alice,bob\n/p:%zu: deny br1\n",
			 lines + 1, lines + 2);
		CHECK_INT(memfs_read(&fs), 0);
		CHECK_STR(fs.rules, want);
		memfs_reset(&fs);
	}
	free(data);
}

#define FILE_OF(name, text)                                                                        \
	{                                                                                          \
		.path = (name), .data = (text), .len = sizeof(text) - 1                            \
	}

static void includes(void)
{
	static const struct memfile files[] = {
		FILE_OF("/p", "allow a\ninclude /q\nallow c\n"),
		FILE_OF("/q", "deny b\ninclude /r s\nallow b2"),
		FILE_OF("/r s", "# nothing\n"),
	};

	expect(files, 3, "/p:1: allow a\n/q:1: deny b\n/q:3: allow b2\n/p:3: allow c\n", "");
}

static void error_inside(void)
{
	static const struct memfile files[] = {
		FILE_OF("/p", "allow a\ninclude /q\nallow c\n"),
		FILE_OF("/q", "allow b\nallow\n"),
	};

	expect(files, 2, "/p:1: allow a\n/q:1: allow b\n/p:3: allow c\n",
	       "/q:2:6: 'allow' without a bridge name\n");
}

static void missing(void)
{
	static const struct memfile first = FILE_OF("/p", "\n include /no'pe\nallow a\n");
	static const struct memfile away = {.path = "/p", .data = NULL};
	static const struct memfile broken = {
		.path = "/p", .data = "allow a\nallow b", .len = 15, .read_error = EIO};
	struct memfs fs = {.files = &away, .n = 1};

	expect(&first, 1, "/p:3: allow a\n", "/p:2:0: include '/no\\x27pe': No such file\n");
	CHECK_INT(memfs_read(&fs), -EINVAL);
	CHECK_STR(fs.errors, "/p:0:0: may not be read\n");
	memfs_reset(&fs);
	/* A file that cannot be read to its end: its last line is not taken for whole. */
	fs = (struct memfs){.files = &broken, .n = 1, .stop = true};
	CHECK_INT(memfs_read(&fs), -EINVAL);
	CHECK_STR(fs.errors, "/p:0:0: cannot be read: Input/output error\n");
	memfs_reset(&fs);
}

static void passed_over(void)
{
	static const struct memfile files[] = {
		FILE_OF("/p", "allow a\ninclude /secret\nallow c\n"),
		{.path = "/secret", .data = NULL},
	};
	struct memfs fs = {.files = files, .n = 2};

	CHECK_INT(memfs_read(&fs), 0);
	CHECK_STR(fs.rules, "/p:1: allow a\n/p:3: allow c\n");
	CHECK_STR(fs.passed, "/p:2: /secret\n");
	memfs_reset(&fs);
}

#define LOOP(path) "include '" path "' is a loop: this file is being read\n"

/* Threat 6. */
static void loops(void)
{
	static const struct memfile self[] = {FILE_OF("/p", "include /p\n")};
	static const struct memfile twice[] = {FILE_OF("/p", "include /p\ninclude /p\nallow a\n")};
	static const struct memfile two[] = {
		FILE_OF("/p", "include /q\n"),
		FILE_OF("/q", "allow a\ninclude /p\n"),
	};
	static const struct memfile alias[] = {
		{.path = "/p", .data = "include /./p\n", .len = 13, .ino = 7},
		{.path = "/./p", .data = "allow a\n", .len = 8, .ino = 7},
	};
	/* The same file twice, one after the other, is no loop. */
	static const struct memfile again[] = {
		FILE_OF("/p", "include /q\ninclude /q\n"),
		FILE_OF("/q", "allow a\n"),
	};

	expect(self, 1, "", "/p:1:0: " LOOP("/p"));
	expect(twice, 1, "/p:3: allow a\n", "/p:1:0: " LOOP("/p") "/p:2:0: " LOOP("/p"));
	expect(two, 2, "/q:1: allow a\n", "/q:2:0: " LOOP("/p"));
	expect(alias, 2, "", "/p:1:0: " LOOP("/./p"));
	expect(again, 2, "/q:1: allow a\n/q:1: allow a\n", "");
}

static void depth(size_t n, int want)
{
	struct memfile *files = calloc(n, sizeof(*files));
	char *text = calloc(n, 64);
	struct memfs fs = {.files = files, .n = n};

	if (CHECK(files && text)) {
		test_case("%zu files deep", n);
		for (size_t i = 0; i < n; i++) {
			char *path = text + i * 64, *data = path + 16;

			snprintf(path, 16, "/%zu", i);
			if (i + 1 < n)
				snprintf(data, 48, "include /%zu\n", i + 1);
			else
				snprintf(data, 48, "allow deep\n");
			files[i] =
				(struct memfile){.path = path, .data = data, .len = strlen(data)};
		}
		CHECK_INT(memfs_read(&fs), want);
		CHECK_INT(fs.rule_count, want == 0);
		CHECK_STR(fs.errors, want ? "/15:1:0: includes are more than 16 deep\n" : "");
		memfs_reset(&fs);
	}
	free(text);
	free(files);
}

static void depths(void)
{
	depth(POLICY_DEPTH_MAX, 0);
	depth(POLICY_DEPTH_MAX + 1, -EINVAL);
	depth(1000, -EINVAL);
}

static void many_includes(size_t n, int want, bool stop)
{
	static const char line[] = "include /q\n";
	char *data = malloc(n * (sizeof(line) - 1));
	struct memfile files[] = {{.path = "/p", .data = data, .len = n * (sizeof(line) - 1)},
				  FILE_OF("/q", "allow a\n")};
	struct memfs fs = {.files = files, .n = 2, .quiet = true, .stop = stop};

	if (!CHECK(data != NULL))
		return;
	test_case("%zu includes", n);
	for (size_t i = 0; i < n; i++)
		memcpy(data + i * (sizeof(line) - 1), line, sizeof(line) - 1);
	CHECK_INT(memfs_read(&fs), want);
	CHECK_INT(fs.rule_count, n < POLICY_FILES_MAX ? n : POLICY_FILES_MAX);
	CHECK_STR(fs.errors, want ? "/p:4097:0: more than 4096 includes\n" : "");
	memfs_reset(&fs);
	free(data);
}

static void include_count(void)
{
	many_includes(4096, 0, false);
	many_includes(4097, -EINVAL, false);
	many_includes(100000, -EINVAL, false);
	many_includes(100000, -EINVAL, true);
}

/* Each of these files includes the next one twice: 2^15 reads if nobody counted. */
static void include_tree(void)
{
	struct memfile files[POLICY_DEPTH_MAX];
	char text[POLICY_DEPTH_MAX][2][48];
	struct memfs fs = {.files = files, .n = POLICY_DEPTH_MAX, .quiet = true};

	for (int i = 0; i < POLICY_DEPTH_MAX; i++) {
		snprintf(text[i][0], 48, "/%d", i);
		snprintf(text[i][1], 48, "include /%d\ninclude /%d\n", i + 1, i + 1);
		files[i] = (struct memfile){
			.path = text[i][0], .data = text[i][1], .len = strlen(text[i][1])};
	}
	CHECK_INT(memfs_read(&fs), -EINVAL);
	CHECK(fs.opens <= POLICY_FILES_MAX + 1);
	memfs_reset(&fs);
}

static void too_many_bytes(void)
{
	size_t n = POLICY_BYTES_MAX / 64 + 64;
	char *data = malloc(n * 64);
	struct memfile file = {.path = "/p", .data = data, .len = n * 64};
	struct memfs fs = {.files = &file, .n = 1};

	if (!CHECK(data != NULL))
		return;
	memset(data, '#', n * 64);
	for (size_t i = 0; i < n; i++)
		data[i * 64 + 63] = '\n';
	CHECK_INT(memfs_read(&fs), -EINVAL);
	CHECK_INT(fs.error_count, 1);
	CHECK(strstr(fs.errors, "the policy has more than 67108864 bytes in all") != NULL);
	memfs_reset(&fs);
	file.len = POLICY_BYTES_MAX;
	CHECK_INT(memfs_read(&fs), 0);
	memfs_reset(&fs);
	free(data);
}

static void long_include_path(void)
{
	char data[4090] = "include /";
	struct memfile file = {.path = "/p", .data = data, .len = sizeof(data)};
	struct memfs fs = {.files = &file, .n = 1};
	char *want;

	memset(data + 9, 'x', sizeof(data) - 9);
	CHECK_INT(memfs_read(&fs), -EINVAL);
	want = strstr(fs.errors, "...': No such file\n");
	CHECK(strncmp(fs.errors, "/p:1:0: include '/xxx", 21) == 0 && want && want[19] == '\0');
	memfs_reset(&fs);
}

/* What the rule callback says is what policy_read() says, and it ends there. */
static void callback(void)
{
	static const struct memfile files[] = {
		FILE_OF("/p", "include /q\nallow c\n"),
		FILE_OF("/q", "allow a\nallow b\n"),
	};
	struct memfs fs = {.files = files, .n = 2, .rule_result = -EIO};

	CHECK_INT(memfs_read(&fs), -EIO);
	CHECK_INT(fs.rule_count, 1);
	memfs_reset(&fs);
	fs.rule_result = 42;
	CHECK_INT(memfs_read(&fs), 42);
	CHECK_INT(fs.rule_count, 1);
	memfs_reset(&fs);
}

int main(void)
{
	static const struct test tests[] = {
		{"LF, CRLF, no last newline", line_ends, false},
		{"every error is told, or the first", all_errors, false},
		{"NUL bytes (threat 4)", nul_bytes, false},
		{"lines of 4093 bytes to 1 MB (threat 4)", long_lines, false},
		{"lines across the buffer's end", straddling, false},
		{"includes, in the order of reading", includes, false},
		{"an error inside an include", error_inside, false},
		{"files that are missing or break off (threat 5)", missing, false},
		{"an include that may not be read is passed over", passed_over, false},
		{"loops of includes (threat 6)", loops, false},
		{"depth of includes (threat 6)", depths, false},
		{"number of includes (threat 6)", include_count, false},
		{"a tree of includes (threat 6)", include_tree, false},
		{"bytes in all", too_many_bytes, false},
		{"a long path in a message", long_include_path, false},
		{"the rule callback ends the reading", callback, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

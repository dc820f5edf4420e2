/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Policies in tests/fixtures/policy: NAME.conf is read; NAME.normal is its normal form, or
 * NAME.errors are the errors in it. A file may include others as /NAME.conf. */
#include "memfs.h"
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "tests/fixtures/policy"
#define FILES_MOST 64

static struct memfile files[FILES_MOST];
static size_t n_files;

static bool ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len > end_len && strcmp(name + len - end_len, end) == 0;
}

static void load(void)
{
	DIR *dir = opendir(test_source(FOLDER));
	struct dirent *d;

	if (!CHECK(dir != NULL))
		exit(EXIT_FAILURE);
	while ((d = readdir(dir)) && n_files < FILES_MOST) {
		char *path;
		size_t len;

		if (!ends_in(d->d_name, ".conf"))
			continue;
		if (asprintf(&path, "/%s", d->d_name) < 0)
			exit(EXIT_FAILURE);
		files[n_files].path = path;
		files[n_files].data = test_read(test_source(FOLDER "/%s", d->d_name), &len);
		files[n_files++].len = len;
	}
	closedir(dir);
	CHECK(n_files >= 8 && n_files < FILES_MOST);
}

static void unload(void)
{
	for (size_t i = 0; i < n_files; i++) {
		free((void *)(uintptr_t)files[i].path);
		free((void *)(uintptr_t)files[i].data);
	}
}

/* Reads files[i] as the first file. */
static int read_fixture(struct memfs *fs, size_t i, struct memfile list[FILES_MOST])
{
	memcpy(list, files, sizeof(files));
	list[0] = files[i];
	list[i] = files[0];
	*fs = (struct memfs){.files = list, .n = n_files};
	return memfs_read(fs);
}

/* The rules without the "file:line: " before each. */
static char *rules_only(const char *recorded)
{
	char *out = calloc(strlen(recorded) + 1, 1), *to = out;

	for (const char *p = recorded; out && *p; p = strchr(p, '\n') + 1) {
		const char *rule = strstr(p, ": ") + 2;
		size_t len = (size_t)(strchr(rule, '\n') + 1 - rule);

		memcpy(to, rule, len);
		to += len;
	}
	return out;
}

static void compare(size_t i, const char *suffix, const char *got)
{
	char stem[256], *want;
	size_t len;

	snprintf(stem, sizeof(stem), "%.*s", (int)strlen(files[i].path) - 5, files[i].path);
	want = test_read(test_source(FOLDER "%s%s", stem, suffix), &len);
	test_case("%s", files[i].path);
	if (want)
		CHECK_STR(got, want);
	free(want);
}

static void expected_output(void)
{
	struct memfile list[FILES_MOST];
	struct memfs fs;
	unsigned good = 0, bad = 0;

	for (size_t i = 0; i < n_files; i++) {
		int r = read_fixture(&fs, i, list);
		char *rules = rules_only(fs.rules);

		test_case("%s", files[i].path);
		if (r == 0) {
			good++;
			CHECK_STR(fs.errors, "");
			compare(i, ".normal", rules);
		} else {
			bad++;
			CHECK_INT(r, -EINVAL);
			compare(i, ".errors", fs.errors);
		}
		free(rules);
		memfs_reset(&fs);
	}
	CHECK(good >= 4 && bad >= 4);
}

/* Also of files with errors: what is a rule in them stays the same rule. */
static void fixed_point(void)
{
	struct memfile list[FILES_MOST];
	struct memfs fs;

	for (size_t i = 0; i < n_files; i++) {
		char *once, *twice;
		struct memfile again;

		CHECK(read_fixture(&fs, i, list) <= 0);
		once = rules_only(fs.rules);
		memfs_reset(&fs);
		again = (struct memfile){.path = "/again", .data = once, .len = strlen(once)};
		fs = (struct memfs){.files = &again, .n = 1};
		test_case("%s", files[i].path);
		CHECK_INT(memfs_read(&fs), 0);
		twice = rules_only(fs.rules);
		CHECK_STR(twice, once);
		memfs_reset(&fs);
		free(once);
		free(twice);
	}
}

/* The length does not depend on the room; what does not fit is cut and terminated. */
static void small_buffers(void)
{
	static const char line[] =
		"allow lab* user=alice,1000 group=kvm limit=4 isolated mac=52:54:00:aa:00:00/32";
	struct policy_error error;
	struct policy_rule rule;

	CHECK_INT(policy_line(&policy_bridge, line, sizeof(line) - 1, &rule, &error), 1);
	for (size_t size = 1; size <= sizeof(line) + 4; size++) {
		char *buf = malloc(size);
		size_t fits = size - 1 < sizeof(line) - 1 ? size - 1 : sizeof(line) - 1;

		test_case("room of %zu", size);
		if (!CHECK(buf != NULL))
			return;
		CHECK_INT(policy_print(&rule, buf, size), sizeof(line) - 1);
		CHECK_INT(strlen(buf), fits);
		CHECK(memcmp(buf, line, fits) == 0);
		free(buf);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"fixtures: normal form and errors", expected_output, false},
		{"printed and read again, it is the same", fixed_point, false},
		{"buffers that are too small", small_buffers, false},
	};
	int status;

	load();
	status = test_main(tests, ARRAY_LEN(tests));
	unload();
	return status;
}

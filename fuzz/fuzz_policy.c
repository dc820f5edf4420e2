/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole policies. The input is cut into files at each byte 0x1e: the first is the policy,
 * the others are what includes of /1, /2, … find; an empty one may not be read by the
 * caller. What must hold:
 *  - an input with an error never grants, whether reading stops at it or goes on;
 *  - the size of the reads makes no difference;
 *  - the rules, printed, are read again as the same rules, and decide the same;
 *  - the decision is the one of the sentence in policy.h.
 */
#include "fuzz.h"

#include "tests/unit/memfs.h"

#include <string.h>

#define FILES_MOST 8

/* Names that exist for the one who asks; one of each cannot be told. */
static int is_mine(void *ctx, const char *name)
{
	(void)ctx;
	if (strcmp(name, "broken") == 0)
		return -5;
	return strcmp(name, "a") == 0 || strcmp(name, "1000") == 0;
}

static const struct policy_request request = {
	.object = "br0", .is_user = is_mine, .in_group = is_mine};

static size_t cut(struct memfile *files, const uint8_t *data, size_t size)
{
	static const char *const paths[FILES_MOST] = {"/p", "/1", "/2", "/3",
						      "/4", "/5", "/6", "/7"};
	const char *p = (const char *)data, *end = p + size;
	size_t n = 0;

	while (n < FILES_MOST) {
		const char *stop = p < end ? memchr(p, 0x1e, (size_t)(end - p)) : NULL;
		size_t len = stop ? (size_t)(stop - p) : (size_t)(end - p);

		files[n] = (struct memfile){.path = paths[n], .data = p, .len = len};
		if (n > 0 && len == 0)
			files[n].data = NULL;
		n++;
		if (!stop)
			break;
		p = stop + 1;
	}
	return n;
}

/* The rules without where they stood. */
static char *rules_only(const char *recorded)
{
	char *out = calloc(strlen(recorded) + 1, 1), *to = out;

	MUST(out);
	for (const char *p = recorded; *p; p = strchr(p, '\n') + 1) {
		const char *rule = strstr(p, ": ") + 2;
		size_t len = (size_t)(strchr(rule, '\n') + 1 - rule);

		memcpy(to, rule, len);
		to += len;
	}
	return out;
}

static void check_again(const char *rules, enum policy_verdict verdict)
{
	struct memfile file = {.path = "/p", .data = rules, .len = strlen(rules)};
	struct memfs fs = {.files = &file, .n = 1};
	struct policy_decision d;
	char *again;

	MUST(memfs_read(&fs) == 0);
	again = rules_only(fs.rules);
	MUST(strcmp(again, rules) == 0);
	free(again);
	memfs_reset(&fs);
	policy_decision_init(&d);
	MUST(memfs_decide(&fs, &request, &d) == 0 && d.verdict == verdict);
	memfs_reset(&fs);
	policy_decision_free(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct memfile files[FILES_MOST];
	struct memfs whole = {.files = files, .n = cut(files, data, size)};
	struct memfs pieces = {.files = files, .n = whole.n, .chunk = 1 + size % 61};
	struct memfs stopped = {.files = files, .n = whole.n, .stop = true};
	struct policy_decision d;
	char *rules;
	int r;

	r = memfs_read(&whole);
	MUST((r == 0) == (whole.error_count == 0) && (r == 0 || r == -22));
	MUST(memfs_read(&pieces) == r);
	MUST(strcmp(whole.rules, pieces.rules) == 0);
	MUST(strcmp(whole.errors, pieces.errors) == 0);
	MUST(memfs_read(&stopped) == r && stopped.error_count == (r != 0));
	rules = rules_only(whole.rules);
	memfs_reset(&stopped);
	policy_decision_init(&d);
	/* As reader_decide() does it: a result other than 0 is no decision. */
	if (memfs_decide(&stopped, &request, &d) == 0) {
		MUST(r == 0);
		check_again(rules, d.verdict);
	}
	policy_decision_free(&d);
	free(rules);
	memfs_reset(&whole);
	memfs_reset(&pieces);
	memfs_reset(&stopped);
	return 0;
}

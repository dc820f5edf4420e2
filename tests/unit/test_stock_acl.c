/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What qemu-bridge-helper would decide, worked out here in another way, for random policies
 * of the part of its language that means the same here: no name outside our characters, no
 * comment behind a rule, no missing file. Always the same policies: the seed is fixed, or
 * NETGRANT_SEED.
 */
#include "lib/num.h"
#include "memfs.h"
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CASES 20000
#define FILES_MOST 4

static const char *const names[] = {
	"br0", "br1", "br", "br00", "Br0", "all", "br-lan", "123456789012345", "allow", "a"};

/* ---- the oracle: bytes in, verdict out */

struct oracle {
	const struct memfile *files;
	size_t n;
	const char *wanted;
	bool allowed, denied;
};

static bool stock_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static void oracle_file(struct oracle *o, const char *path);

/* One line, without its end, of which the oracle may change the copy. */
static void oracle_line(struct oracle *o, char *line)
{
	size_t len = strlen(line);
	char *arg;

	while (len > 0 && stock_blank(line[len - 1]))
		line[--len] = '\0';
	while (stock_blank(*line))
		line++;
	if (*line == '\0' || *line == '#')
		return;
	/* The word ends at the first space anywhere; only without one, at a TAB. */
	arg = strchr(line, ' ');
	if (!arg)
		arg = strchr(line, '\t');
	if (!CHECK(arg != NULL))
		return;
	*arg++ = '\0';
	while (stock_blank(*arg))
		arg++;
	if (strcmp(line, "include") == 0)
		oracle_file(o, arg);
	else if (strcmp(arg, "all") != 0 && strcmp(arg, o->wanted) != 0)
		return;
	else if (strcmp(line, "allow") == 0)
		o->allowed = true;
	else if (CHECK_STR(line, "deny"))
		o->denied = true;
}

static void oracle_file(struct oracle *o, const char *path)
{
	const struct memfile *f = NULL;
	char line[256];

	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->files[i].path, path) == 0)
			f = &o->files[i];
	if (!CHECK(f != NULL))
		return;
	for (size_t at = 0; at < f->len;) {
		const char *from = f->data + at, *end = memchr(from, '\n', f->len - at);
		size_t len = end ? (size_t)(end - from) : f->len - at;

		snprintf(line, sizeof(line), "%.*s", (int)len, from);
		oracle_line(o, line);
		at += len + 1;
	}
}

static bool oracle_grants(const struct memfile *files, size_t n, const char *wanted)
{
	struct oracle o = {.files = files, .n = n, .wanted = wanted};

	oracle_file(&o, files[0].path);
	return o.allowed && !o.denied;
}

/* ---- random policies */

static uint64_t state;

/* xorshift64*: the same numbers with every C library. */
static unsigned below(unsigned limit)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned)((state * UINT64_C(2685821657736338717)) >> 40) % limit;
}

static const char *pick(const char *const *list, size_t n)
{
	return list[below((unsigned)n)];
}

static size_t random_line(char *to, size_t size, size_t file, size_t n)
{
	static const char *const before[] = {"", "", "", " ", "\t", " \t  "};
	static const char *const spaces[] = {" ", " ", "  ", " \t", " \t \t"};
	static const char *const after[] = {"", "", "", " ", "\t", "   \t"};
	static const char *const verbs[] = {"allow", "allow", "allow", "deny"};
	static const char *const empty[] = {"",   "#",         "# allow all", "  # deny all",
					    "\t", "#allow br0"};
	unsigned kind = below(10);
	char path[32];

	if (kind == 0)
		return (size_t)snprintf(to, size, "%s", pick(empty, ARRAY_LEN(empty)));
	/* Without any space: a TAB ends the word. */
	if (kind == 1)
		return (size_t)snprintf(to, size, "%s%s\t%s%s", below(2) ? "\t" : "",
					pick(verbs, ARRAY_LEN(verbs)), below(2) ? "\t" : "",
					pick(names, ARRAY_LEN(names)));
	/* To a later file only: no loop. */
	if (kind == 2 && file + 1 < n) {
		snprintf(path, sizeof(path), "/%zu", file + 1 + below((unsigned)(n - file - 1)));
		return (size_t)snprintf(
			to, size, "%sinclude%s%s%s", pick(before, ARRAY_LEN(before)),
			pick(spaces, ARRAY_LEN(spaces)), path, pick(after, ARRAY_LEN(after)));
	}
	return (size_t)snprintf(to, size, "%s%s%s%s%s", pick(before, ARRAY_LEN(before)),
				pick(verbs, ARRAY_LEN(verbs)), pick(spaces, ARRAY_LEN(spaces)),
				pick(names, ARRAY_LEN(names)), pick(after, ARRAY_LEN(after)));
}

static size_t random_file(char *to, size_t size, size_t file, size_t n)
{
	size_t at = 0, lines = below(7);

	for (size_t i = 0; i < lines; i++) {
		at += random_line(to + at, size - at, file, n);
		if (i + 1 < lines || below(3))
			at += (size_t)snprintf(to + at, size - at, "%s", below(4) ? "\n" : "\r\n");
	}
	return at;
}

static int nobody_asks(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return -1;
}

/* Did we and the oracle say the same? *granted counts. */
static void one_case(unsigned number, unsigned *granted)
{
	static const char *const paths[FILES_MOST] = {"/0", "/1", "/2", "/3"};
	struct memfile files[FILES_MOST];
	char data[FILES_MOST][1024];
	size_t n = 1 + below(FILES_MOST);
	struct memfs fs = {.files = files, .n = n};
	struct policy_decision d;
	struct policy_request q = {.object = pick(names, ARRAY_LEN(names)),
				   .is_user = nobody_asks,
				   .in_group = nobody_asks};
	bool want;

	for (size_t i = 0; i < n; i++)
		files[i] = (struct memfile){.path = paths[i],
					    .data = data[i],
					    .len = random_file(data[i], sizeof(data[i]), i, n)};
	policy_decision_init(&d);
	test_case("case %u, %s", number, q.object);
	want = oracle_grants(files, n, q.object);
	CHECK_INT(memfs_decide(&fs, &q, &d), 0);
	CHECK_STR(fs.errors, "");
	if (!CHECK_INT(d.verdict == POLICY_GRANTED, want))
		for (size_t i = 0; i < n; i++)
			printf("# %s:\n# %.*s\n", paths[i], (int)files[i].len, data[i]);
	*granted += want;
	policy_decision_free(&d);
	memfs_reset(&fs);
}

static void same_verdicts(void)
{
	const char *seed = secure_getenv("NETGRANT_SEED");
	unsigned granted = 0;

	state = 20240607;
	if (seed && !CHECK_INT(num_parse(seed, strlen(seed), 1, UINT64_MAX, &state), 0))
		return;
	for (unsigned i = 0; i < CASES; i++)
		one_case(i, &granted);
	printf("# %d policies, %u granted\n", CASES, granted);
	/* Neither verdict is rare, or nothing was compared. */
	CHECK(granted > CASES / 10 && granted < CASES * 9 / 10);
}

int main(void)
{
	static const struct test tests[] = {
		{"verdicts are those of qemu-bridge-helper", same_verdicts, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/ifup_state.h"
#include "lib/runas.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static bool read_back(const char *helper, const char *words, struct ifup_script *s,
		      enum ifup_stage *stage)
{
	char alias[ALIAS_SIZE];
	struct alias a;

	return alias_format_words(alias, 1000, helper, words, "/etc/netgrant/ifup.conf", 3) > 0 &&
	       alias_parse(alias, &a) && ifup_read_words(&a, s, stage);
}

static void round_trip(void)
{
	const struct ifup_script want = {
		.path = "/etc/qemu-ifdown", .as = "netgrant-ifup", .caps = 0x30c0, .timeout = 3600};
	char down[IFUP_WORDS_SIZE], other[IFUP_WORDS_SIZE];
	struct ifup_script s;
	enum ifup_stage stage = IFUP_NEW;

	ifup_words(&want, IFUP_WAITS, down);
	if (!CHECK(read_back("ifup-runner", down, &s, &stage)))
		return;
	CHECK_INT(stage, IFUP_WAITS);
	CHECK_STR(s.path, want.path);
	CHECK_STR(s.as, want.as);
	CHECK_INT(s.caps, want.caps);
	CHECK_INT(s.timeout, want.timeout);
	for (int i = IFUP_NEW; i <= IFUP_BEGUN; i++) {
		ifup_words(&want, (enum ifup_stage)i, other);
		/* What is noted later needs no more room. */
		CHECK_INT(strlen(down), strlen(other));
		CHECK(read_back("ifup-runner", other, &s, &stage));
		CHECK_INT(stage, i);
		CHECK_STR(s.path, want.path);
	}
}

/* A path is noted whole or not at all, and there is room for the end of a rule's place. */
static void too_long(void)
{
	struct ifup_script want = {.as = "netgrant-ifup", .caps = 0x3000, .timeout = 30}, s;
	char words[IFUP_WORDS_SIZE];
	size_t longest = 0;
	enum ifup_stage stage;

	for (size_t len = 2; len < sizeof(want.path); len++) {
		memset(want.path, 'p', len);
		want.path[0] = '/';
		ifup_words(&want, IFUP_NEW, words);
		if (!read_back("ifup-runner", words, &s, &stage))
			continue;
		CHECK_STR(s.path, want.path);
		longest = len;
	}
	CHECK(longest >= 100);
	memset(want.as, 'u', sizeof(want.as) - 1);
	want.caps = UINT32_MAX;
	ifup_words(&want, IFUP_NEW, words);
	CHECK(!read_back("ifup-runner", words, &s, &stage));
}

static void no_script(void)
{
	const struct ifup_script none = {.path = ""};
	char words[IFUP_WORDS_SIZE];
	struct ifup_script s = {.path = "x"};
	enum ifup_stage stage;

	ifup_words(&none, IFUP_WAITS, words);
	CHECK_STR(words, "down=no");
	CHECK(read_back("ifup-runner", words, &s, &stage) && s.path[0] == '\0' &&
	      stage == IFUP_WAITS);
}

static void not_such_words(void)
{
	static const char *const wrong[] = {
		"",
		"as=x",
		"down=/a",
		"as=x caps=1 down=/a",
		"as=x caps=-1 timeout=1 down=/a",
		"as=x caps=1 timeout=4294967296 down=/a",
		"as=x caps=1 timeout=1 up=/a",
		"caps=1 timeout=1 down=/a",
	};
	struct ifup_script s = {.path = "kept"};
	enum ifup_stage stage;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		test_case("'%s'", wrong[i]);
		CHECK(!read_back("ifup-runner", wrong[i], &s, &stage));
	}
	test_case("another helper's");
	CHECK(!read_back("tap-creator", "down=no", &s, &stage));
	CHECK_STR(s.path, "kept");
}

static void index_text(void)
{
	char text[IFUP_INDEX_SIZE];

	ifup_process_index(7, text);
	CHECK_STR(text, "00000000007");
	ifup_process_index(UINT32_MAX, text);
	CHECK_STR(text, "04294967295");
}

static void users(void)
{
	struct runas u;

	CHECK_INT(runas_find("root", &u), 1);
	CHECK_INT(u.uid, 0);
	CHECK_INT(runas_find("0", &u), 1);
	CHECK_INT(u.gid, 0);
	CHECK_INT(runas_find("no such user", &u), 0);
	CHECK_INT(runas_find("4294967294", &u), 0);
}

int main(void)
{
	static const struct test tests[] = {
		{"written and read back", round_trip, false},
		{"what does not fit is refused, not cut", too_long, false},
		{"no down script", no_script, false},
		{"what these words are not", not_such_words, false},
		{"the index in a command line is always as long", index_text, false},
		{"users of /etc/passwd", users, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/alias.h"

#include "test.h"

#include <stdio.h>
#include <string.h>

static void exact_text(void)
{
	char buf[ALIAS_SIZE];
	const char *want =
		"netgrant uid=1000 helper=bridge-helper rule=/etc/netgrant/bridge.conf:3";

	CHECK_INT(alias_format(buf, 1000, "bridge-helper", "/etc/netgrant/bridge.conf", 3),
		  strlen(want));
	CHECK_STR(buf, want);
}

/* Threat 15: no uid is cut or wraps. */
static void round_trip(void)
{
	static const uid_t uids[] = {0, 9999, 10000, 65534, 65536, 1u << 31, (uid_t)-2};
	char buf[ALIAS_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(uids); i++) {
		struct alias a;

		test_case("uid %u", uids[i]);
		alias_format(buf, uids[i], "tap-creator", "/etc/a b/rule.conf", 4294967295u);
		memset(&a, 0xff, sizeof(a));
		if (!CHECK(alias_parse(buf, &a)))
			continue;
		CHECK_INT(a.uid, uids[i]);
		CHECK_STR(a.helper, "tap-creator");
		CHECK_STR(a.rule, "/etc/a b/rule.conf:4294967295");
	}
}

static void over_long_rule(void)
{
	char buf[ALIAS_SIZE], file[5000];
	struct alias a;

	for (size_t len = 1; len < sizeof(file); len += len < 400 ? 1 : 97) {
		const char *tail;
		size_t written;

		memset(file, 'd', len);
		file[0] = '/';
		file[len] = '\0';
		if (len > 12)
			memcpy(file + len - 12, "/bridge.conf", 12);
		test_case("path of %zu bytes", len);
		written = alias_format(buf, (uid_t)-2, "bridge-helper", file, 4294967295u);
		CHECK_INT(written, strlen(buf));
		CHECK(strlen(buf) < ALIAS_SIZE);
		if (!CHECK(alias_parse(buf, &a)))
			continue;
		CHECK_INT(a.uid, (uid_t)-2);
		CHECK_STR(a.helper, "bridge-helper");
		tail = strstr(a.rule, "/bridge.conf:4294967295");
		CHECK(len <= 12 || (tail && strlen(tail) == 23));
		/* Whole where it fits, else marked and as long as can be. */
		if (strncmp(a.rule, "...", 3) == 0)
			CHECK_INT(strlen(buf), ALIAS_SIZE - 1);
		else
			CHECK_INT(strlen(a.rule), len + 11);
	}
}

static void words(void)
{
	char buf[ALIAS_SIZE], value[32], many[ALIAS_SIZE];
	struct alias a;

	CHECK(alias_format_words(buf, 1, "ifup-runner", "as=x caps=3 down=/a", "/etc/i rule=.conf",
				 7) > 0);
	CHECK_STR(buf, "netgrant uid=1 helper=ifup-runner as=x caps=3 down=/a "
		       "rule=/etc/i rule=.conf:7");
	if (!CHECK(alias_parse(buf, &a)))
		return;
	CHECK_STR(a.words, "as=x caps=3 down=/a");
	CHECK_STR(a.rule, "/etc/i rule=.conf:7");
	CHECK(alias_word(&a, "as", value, sizeof(value)) && strcmp(value, "x") == 0);
	CHECK(alias_word(&a, "caps", value, sizeof(value)) && strcmp(value, "3") == 0);
	CHECK(alias_word(&a, "down", value, sizeof(value)) && strcmp(value, "/a") == 0);
	CHECK(!alias_word(&a, "own", value, sizeof(value)));
	CHECK(!alias_word(&a, "a", value, sizeof(value)));
	CHECK(!alias_word(&a, "rule", value, sizeof(value)));
	CHECK(!alias_word(&a, "down", value, 2)); /* too long for it */
	/* So many that there is no room for a rule. */
	memset(many, 'x', sizeof(many));
	many[sizeof(many) - 1] = '\0';
	CHECK_INT(alias_format_words(buf, 1, "ifup-runner", many, "/f", 1), 0);
	/* None, as every other helper has it. */
	alias_format(buf, 1, "x", "/f", 1);
	CHECK(alias_parse(buf, &a) && a.words[0] == '\0');
}

static void two_rules_stay_two(void)
{
	char one[ALIAS_SIZE], two[ALIAS_SIZE], file[400];

	memset(file, 'x', sizeof(file));
	file[sizeof(file) - 1] = '\0';
	alias_format(one, 1000, "bridge-helper", file, 3);
	alias_format(two, 1000, "bridge-helper", file, 4);
	CHECK(strcmp(one, two) != 0);
}

static const char *const foreign[] = {
	"",
	"eth0 uplink",
	"netgrant",
	"netgrant uid=",
	"netgrant uid=1000",
	"netgrant uid=1000 helper=x",
	"netgrant uid=1000 helper= rule=/x:1",
	"netgrant uid=-1 helper=x rule=/x:1",
	"netgrant uid=4294967295 helper=x rule=/x:1",
	"netgrant uid=4294967296 helper=x rule=/x:1",
	"netgrant uid=01 helper=x rule=/x:1",
	"netgrant uid= helper=x rule=/x:1",
	"netgrant uid=1000x helper=x rule=/x:1",
	" netgrant uid=1000 helper=x rule=/x:1",
	"netgrant  uid=1000 helper=x rule=/x:1",
	"netgrant uid=1000  helper=x rule=/x:1",
	"Netgrant uid=1000 helper=x rule=/x:1",
	"netgrant uid=1000 rule=/x:1 helper=x",
	"netgrant uid=1000 helper=12345678901234567890123456789012 rule=/x:1",
};

static void not_ours(void)
{
	char text[400];
	struct alias a = {.uid = 7};

	for (size_t i = 0; i < ARRAY_LEN(foreign); i++) {
		test_case("'%s'", foreign[i]);
		CHECK(!alias_parse(foreign[i], &a));
	}
	/* Longer than any alias. */
	memset(text, 'r', sizeof(text));
	memcpy(text, "netgrant uid=1 helper=x rule=", 29);
	text[sizeof(text) - 1] = '\0';
	CHECK(!alias_parse(text, &a));
	CHECK_INT(a.uid, 7);
}

int main(void)
{
	static const struct test tests[] = {
		{"the text of the contract", exact_text, false},
		{"written and read back (threat 15)", round_trip, false},
		{"an over-long path loses its front", over_long_rule, false},
		{"words of the helper between helper and rule", words, false},
		{"two rules of one long path stay two", two_rules_stay_two, false},
		{"what is not ours is refused", not_ours, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy/policy.h"

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define N15 "123456789012345"
#define N63 "*2345678901234567890123456789012345678901234567890123456789012*"
#define A15 "abcdefghijklmno"
#define N255 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15 A15
#define LIMITED(word) "'" word "' is a limit; a deny has none"
#define VERBS "; a line begins with allow, deny or include"
#define SET "'[' begins a set of characters that is not complete, as in [ab-d]"
#define CONTROL "control character (only TAB may stand here)"
#define BAD_CHARS "has a character other than A-Z a-z 0-9 _ . -"
#define NO_ID(id) "'" id "' in 'user=' is no id: 0 to 4294967294, without leading zeros"
#define NO_MAC(mac) "'" mac "' is no MAC address, as 52:54:00:aa:00:01"

/* A literal with NUL bytes inside. */
#define L(text) text, sizeof(text) - 1

struct bad {
	const char *line;
	size_t len;
	unsigned column;
	const char *text;
};

static const struct bad words[] = {
	{L("permit br0"), 1, "unknown word 'permit'" VERBS},
	{L("  alow br0"), 3, "unknown word 'alow' (did you mean 'allow'?)"},
	{L("ALLOW br0"), 1, "unknown word 'ALLOW'" VERBS},
	{L("Deny br0"), 1, "unknown word 'Deny' (did you mean 'deny'?)"},
	{L("incldue /x"), 1, "unknown word 'incldue' (did you mean 'include'?)"},
	{L("br0"), 1, "unknown word 'br0'" VERBS},
	{L("allow"), 6, "'allow' without a bridge name"},
	{L("deny \t "), 5, "'deny' without a bridge name"},
	{L("allow # br0"), 6, "'allow' without a bridge name"},
	{L("allow#br0"), 1, "unknown word 'allow#br0'" VERBS},
	{L("include"), 8, "'include' without a path"},
	{L("include # /x"), 8, "'include' without a path"},
	{L("include x.conf"), 9, "path 'x.conf' of an include is relative; write it from '/' on"},
	{L("include \"/etc/x\""), 9,
	 "path '\"/etc/x\"' of an include is relative; write it from '/' on"},
	{L("allow br0 br1"), 11, "unknown word 'br1'"},
	{L("allow br0 usr=bob"), 11, "unknown word 'usr=' (did you mean 'user='?)"},
	{L("allow br0 uesr=bob"), 11, "unknown word 'uesr=' (did you mean 'user='?)"},
	{L("allow br0 USER=bob"), 11, "unknown word 'USER='"},
	{L("allow br0 user"), 11, "unknown word 'user' (did you mean 'user='?)"},
	{L("allow br0 user = bob"), 11, "unknown word 'user' (did you mean 'user='?)"},
	{L("allow br0 isolate"), 11, "unknown word 'isolate' (did you mean 'isolated'?)"},
	{L("allow br0 isolated=yes"), 11, "unknown word 'isolated=' (did you mean 'isolated'?)"},
	{L("allow br0 queues=2"), 11, "unknown word 'queues='"},
	{L("allow br0 user=a#b c"), 16,
	 "'a#b' in 'user=' is no name; a comment begins behind a blank"},
	{L("allow user=bob br0"), 7, "'user=' comes after the bridge, as in 'allow br0 user=…'"},
	{L("allow limt=1"), 7, "unknown word 'limt=' (did you mean 'limit='?)"},
	{L("allow br0 user=a user=b"), 18,
	 "'user=' twice in a rule; several names stand in one, with commas"},
	{L("deny br0 group=a group=b"), 18,
	 "'group=' twice in a rule; several names stand in one, with commas"},
	{L("allow br0 limit=1 limit=2"), 19, "'limit=' twice in a rule"},
	{L("allow br0 isolated isolated"), 20, "'isolated' twice in a rule"},
	{L("allow br0 mac=52:54:00:aa:00:01 mac=52:54:00:aa:00:02"), 33, "'mac=' twice in a rule"},
	{L("deny br0 limit=1"), 10, LIMITED("limit=")},
	{L("deny br0 isolated"), 10, LIMITED("isolated")},
	{L("deny br0 user=bob mac=52:54:00:aa:00:01"), 19, LIMITED("mac=")},
};

/* Threats 1, 2 and 75; the stock helper's lists and quotes. */
static const struct bad objects[] = {
	{L("allow " N15 "6"), 7, "bridge name '" N15 "6' is longer than 15 bytes"},
	{L("deny " N15 "67"), 6, "bridge name '" N15 "67' is longer than 15 bytes"},
	{L("allow br0,br1"), 10, "bridge name 'br0,br1' has a comma; write one line for each name"},
	{L("allow br0:1"), 10, "bridge name 'br0:1' " BAD_CHARS},
	{L("allow vm%d"), 9, "bridge name 'vm%d' " BAD_CHARS},
	{L("allow \"br0\""), 7, "bridge name '\"br0\"' " BAD_CHARS},
	{L("allow 'br0'"), 7, "bridge name '\\x27br0\\x27' " BAD_CHARS},
	{L("allow ../br0"), 9, "bridge name '../br0' " BAD_CHARS},
	{L("allow br\xc3\xa9"), 9, "bridge name 'br\\xc3\\xa9' " BAD_CHARS},
	{L("deny br0\xc2\xa0"), 9, "bridge name 'br0\\xc2\\xa0' " BAD_CHARS},
	{L("deny br0#why"), 9, "bridge name 'br0#why' " BAD_CHARS},
	{L("allow ."), 7, "bridge name '.' is not a device name"},
	{L("deny .."), 6, "bridge name '..' is not a device name"},
	{L("deny br[01"), 8, SET},
	{L("deny br[]"), 8, SET},
	{L("deny br[!]"), 8, SET},
	{L("deny br[a,b]"), 8, SET},
	{L("deny br[[a]"), 8, SET},
	{L("deny br[9-0]"), 9, "range '9-0' of a set is backwards"},
	{L("deny x[0-9z-a]*"), 11, "range 'z-a' of a set is backwards"},
	{L("deny x[!-z-a]"), 10, "range 'z-a' of a set is backwards"},
	{L("deny x[!b-a]"), 9, "range 'b-a' of a set is backwards"},
	{L("deny br0]"), 9, "bridge name 'br0]' " BAD_CHARS},
	{L("deny br\\*"), 8, "bridge name 'br\\x5c*' " BAD_CHARS},
	{L("deny br{0,1}"), 8, "bridge name 'br{0,1}' " BAD_CHARS},
	{L("deny " N63 "x"), 6, "pattern '" N63 "x' is longer than 63 bytes"},
};

/* Threat 68; what the stock helper takes for a blank or the end of a line. */
static const struct bad bytes[] = {
	{L("allow br0\0 evil"), 10, "NUL byte; this is not a text file"},
	{L("\0allow br0"), 1, "NUL byte; this is not a text file"},
	{L("# comment\0"), 10, "NUL byte; this is not a text file"},
	{L("allow br0\rdeny br0"), 10, CONTROL},
	{L("allow br0\r\r"), 10, CONTROL},
	{L("# comment\rallow all"), 10, CONTROL},
	{L("allow br0 # \x1b[2J"), 13, CONTROL},
	{L("allow\vbr0"), 6, CONTROL},
	{L("allow\fbr0"), 6, CONTROL},
	{L("\fallow br0"), 1, CONTROL},
	{L("allow br0 user=\x7f"), 16, CONTROL},
	{L("allow \x1b"), 7, CONTROL},
	{L("include /etc/a\x01"), 15, CONTROL},
	{L("\x1a"), 1, CONTROL},
	{L("\xef\xbb\xbf"
	   "allow br0"),
	 1, "unknown word '\\xef\\xbb\\xbfallow'" VERBS},
	{L("allow\xc2\xa0"
	   "br0"),
	 1, "unknown word 'allow\\xc2\\xa0br0'" VERBS},
	{L("\xc2\xa0"
	   "allow br0"),
	 1, "unknown word '\\xc2\\xa0allow' (did you mean 'allow'?)"},
	{L("\x9b"
	   "allow br0"),
	 1, "unknown word '\\x9ballow' (did you mean 'allow'?)"},
};

/* Threats 46 and 67. */
static const struct bad ids[] = {
	{L("allow br0 user="), 16, "empty name in 'user='"},
	{L("allow br0 group="), 17, "empty name in 'group='"},
	{L("allow br0 user=,a"), 16, "empty name in 'user='"},
	{L("allow br0 user=a,"), 18, "empty name in 'user='"},
	{L("allow br0 user=a,,b"), 18, "empty name in 'user='"},
	{L("allow br0 user= bob"), 16, "empty name in 'user='"},
	{L("allow br0 user=-1"), 16, "'-1' in 'user=' is neither a name nor a number"},
	{L("deny br0 group=+0"), 16, "'+0' in 'group=' is neither a name nor a number"},
	{L("allow br0 user=a,-0"), 18, "'-0' in 'user=' is neither a name nor a number"},
	{L("allow br0 user=4294967295"), 16, NO_ID("4294967295")},
	{L("allow br0 user=4294967296"), 16, NO_ID("4294967296")},
	{L("allow br0 user=18446744073709551616"), 16, NO_ID("18446744073709551616")},
	{L("allow br0 user=007"), 16, NO_ID("007")},
	{L("allow br0 user=00"), 16, NO_ID("00")},
	{L("allow br0 user=0x0"), 16, "'0x0' in 'user=': numbers are decimal"},
	{L("allow br0 user=0X1F"), 16, "'0X1F' in 'user=': numbers are decimal"},
	{L("allow br0 user=%kvm"), 16, "'%kvm' in 'user='; groups are written group=NAME"},
	{L("allow br0 user=a,@kvm"), 18, "'@kvm' in 'user='; groups are written group=NAME"},
	{L("allow br0 user=" N255 "6"), 16, "name in 'user=' is longer than 255 bytes"},
};

static const struct bad limits[] = {
	{L("allow br0 limit="), 17, "'' is no limit: 1 to 65535"},
	{L("allow br0 limit=0"), 17, "'0' is no limit: 1 to 65535"},
	{L("allow br0 limit=65536"), 17, "'65536' is no limit: 1 to 65535"},
	{L("allow br0 limit=4294967297"), 17, "'4294967297' is no limit: 1 to 65535"},
	{L("allow br0 limit=-1"), 17, "'-1' is no limit: 1 to 65535"},
	{L("allow br0 limit=04"), 17, "'04' is no limit: 1 to 65535"},
	{L("allow br0 limit=4,5"), 17, "'4,5' is no limit: 1 to 65535"},
	{L("allow br0 mac="), 15, NO_MAC("")},
	{L("allow br0 mac=52:54:00:aa:00"), 15, NO_MAC("52:54:00:aa:00")},
	{L("allow br0 mac=52-54-00-aa-00-01"), 15, NO_MAC("52-54-00-aa-00-01")},
	{L("allow br0 mac=52:54:00:aa:00:0g/32"), 15, NO_MAC("52:54:00:aa:00:0g")},
	{L("allow br0 mac=52:54:00:aa:00:01/"), 33, "'' is no prefix length: 8 to 48"},
	{L("allow br0 mac=52:54:00:aa:00:01/7"), 33, "'7' is no prefix length: 8 to 48"},
	{L("allow br0 mac=52:54:00:aa:00:01/49"), 33, "'49' is no prefix length: 8 to 48"},
	{L("allow br0 mac=52:54:00:aa:00:01/48/8"), 33, "'48/8' is no prefix length: 8 to 48"},
	{L("allow br0 mac=53:54:00:aa:00:01"), 15,
	 "'53:54:00:aa:00:01' is a group address, which no guest can have as its own"},
	{L("allow br0 mac=ff:ff:ff:ff:ff:ff"), 15,
	 "'ff:ff:ff:ff:ff:ff' is a group address, which no guest can have as its own"},
	{L("allow br0 mac=52:54:00:AA:00:01/32"), 15,
	 "address has bits behind its prefix (did you mean '52:54:00:aa:00:00/32'?)"},
	{L("allow br0 mac=52:54:00:aa:00:80/40"), 15,
	 "address has bits behind its prefix (did you mean '52:54:00:aa:00:00/40'?)"},
};

static void refuse(const struct bad *table, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct policy_error error = {0};
		struct policy_rule rule;

		test_case("'%s'", table[i].line);
		CHECK_INT(policy_line(&policy_bridge, table[i].line, table[i].len, &rule, &error),
			  -EINVAL);
		CHECK_INT(error.column, table[i].column);
		CHECK_STR(error.text, table[i].text);
	}
}

static void bad_words(void)
{
	refuse(words, ARRAY_LEN(words));
}

static void bad_objects(void)
{
	refuse(objects, ARRAY_LEN(objects));
}

static void bad_bytes(void)
{
	refuse(bytes, ARRAY_LEN(bytes));
}

static void bad_ids(void)
{
	refuse(ids, ARRAY_LEN(ids));
}

static void bad_limits(void)
{
	refuse(limits, ARRAY_LEN(limits));
}

/* Every control character at every place of a line, comment included. */
static void each_control(void)
{
	const char *line = " allow br0 user=bob # why";
	size_t len = strlen(line);

	for (unsigned c = 0; c < 256; c++)
		for (size_t at = 0; at <= len; at++) {
			char text[64];
			struct policy_error error = {0};
			struct policy_rule rule;
			int r, control = (c < 32 && c != '\t') || c == 127;

			memcpy(text, line, at);
			text[at] = (char)c;
			memcpy(text + at + 1, line + at, len - at);
			test_case("byte %u at %zu", c, at);
			r = policy_line(&policy_bridge, text, len + 1, &rule, &error);
			if (control) {
				CHECK_INT(r, -EINVAL);
				CHECK_INT(error.column, at + 1);
			} else if (r < 0) {
				CHECK(!strstr(error.text, "control"));
			}
		}
}

struct good {
	const char *line, *normal; /* normal "": nothing on the line */
	enum policy_object kind;
};

static const struct good goods[] = {
	{"", "", 0},
	{" \t ", "", 0},
	{"#", "", 0},
	{"  # allow all", "", 0},
	{"# \xc3\xa4 and \xff are no control characters", "", 0},
	{"allow br0", "allow br0", POLICY_OBJECT_NAME},
	{"\t deny\t\tbr1 \t", "deny br1", POLICY_OBJECT_NAME},
	{"allow\tbr0", "allow br0", POLICY_OBJECT_NAME},
	{"allow\tbr0 ", "allow br0", POLICY_OBJECT_NAME},
	{"allow\tbr0 # c", "allow br0", POLICY_OBJECT_NAME},
	{"deny br0 # why", "deny br0", POLICY_OBJECT_NAME},
	{"deny br0 #", "deny br0", POLICY_OBJECT_NAME},
	{"deny br0\t#limit=1", "deny br0", POLICY_OBJECT_NAME},
	{"allow 12345678901234", "allow 12345678901234", POLICY_OBJECT_NAME},
	{"allow 123456789012345", "allow 123456789012345", POLICY_OBJECT_NAME},
	{"allow all", "allow all", POLICY_OBJECT_ALL},
	{"deny all", "deny all", POLICY_OBJECT_ALL},
	{"allow ALL", "allow ALL", POLICY_OBJECT_NAME},
	{"allow all0", "allow all0", POLICY_OBJECT_NAME},
	{"allow limit", "allow limit", POLICY_OBJECT_NAME},
	{"allow isolated", "allow isolated", POLICY_OBJECT_NAME},
	{"allow lab*", "allow lab*", POLICY_OBJECT_GLOB},
	{"allow " N63, "allow " N63, POLICY_OBJECT_GLOB},
	{"allow br?[0-9][!a-c]*", "allow br?[0-9][!a-c]*", POLICY_OBJECT_GLOB},
	{"deny x[a-][-a][!-a][a-c-e][0-0]", "deny x[a-][-a][!-a][a-c-e][0-0]", POLICY_OBJECT_GLOB},
	{"allow all*", "allow all*", POLICY_OBJECT_GLOB},
	{"allow br0 user=alice,bob,1001,0 group=kvm", "allow br0 user=alice,bob,1001,0 group=kvm",
	 POLICY_OBJECT_NAME},
	{"deny br0 group=g user=4294967294", "deny br0 user=4294967294 group=g", 0},
	{"allow br0 user=a.b-c_d$,M\xc3\xbcller", "allow br0 user=a.b-c_d$,M\xc3\xbcller", 0},
	{"allow br0 user=1a,0a", "allow br0 user=1a,0a", 0},
	{"allow br0 user=" N255, "allow br0 user=" N255, 0},
	{"allow br0 isolated limit=65535", "allow br0 limit=65535 isolated", 0},
	{"allow br0 limit=1", "allow br0 limit=1", 0},
	{"allow br0 mac=52:54:00:AA:00:01", "allow br0 mac=52:54:00:aa:00:01", 0},
	{"allow br0 mac=52:54:00:aa:00:01/48", "allow br0 mac=52:54:00:aa:00:01", 0},
	{"allow br0 mac=52:54:00:aa:00:00/32", "allow br0 mac=52:54:00:aa:00:00/32", 0},
	{"allow br0 mac=52:00:00:00:00:00/8", "allow br0 mac=52:00:00:00:00:00/8", 0},
};

static void accepted(void)
{
	for (size_t i = 0; i < ARRAY_LEN(goods); i++) {
		struct policy_error error = {0};
		struct policy_rule rule;
		char text[1024];
		int want = goods[i].normal[0] ? 1 : 0;

		test_case("'%s'", goods[i].line);
		if (!CHECK_INT(policy_line(&policy_bridge, goods[i].line, strlen(goods[i].line),
					   &rule, &error),
			       want) ||
		    !want)
			continue;
		policy_print(&rule, text, sizeof(text));
		CHECK_STR(text, goods[i].normal);
		CHECK_INT(rule.kind, goods[i].kind);
		CHECK_INT(rule.verb, strstr(text, "allow") ? POLICY_ALLOW : POLICY_DENY);
	}
}

static void includes(void)
{
	static const char *const lines[][2] = {
		{"include /etc/qemu/alice.conf", "/etc/qemu/alice.conf"},
		{" include\t/a b  c.conf  # why", "/a b  c.conf"},
		{"include /a#b", "/a#b"},
		{"include /\xc3\xa4", "/\xc3\xa4"},
		{"include /", "/"},
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		struct policy_error error = {0};
		struct policy_rule rule;
		char path[64] = "";

		test_case("'%s'", lines[i][0]);
		if (CHECK_INT(policy_line(&policy_bridge, lines[i][0], strlen(lines[i][0]), &rule,
					  &error),
			      2))
			snprintf(path, sizeof(path), "%.*s", (int)rule.object.len, rule.object.p);
		CHECK_STR(path, lines[i][1]);
	}
}

/* A file with fewer words: those of others are errors there. */
static void vocabulary(void)
{
	static const struct policy_vocab few = {.noun = "script", .words = POLICY_USER};
	struct policy_error error = {0};
	struct policy_rule rule;

	CHECK_INT(policy_line(&few, L("allow x user=a"), &rule, &error), 1);
	CHECK_INT(policy_line(&few, L("allow x limit=1"), &rule, &error), -EINVAL);
	CHECK_STR(error.text, "unknown word 'limit='");
	CHECK_INT(policy_line(&few, L("allow"), &rule, &error), -EINVAL);
	CHECK_STR(error.text, "'allow' without a script name");
}

/* What need not be taken apart, and everything that has to be. */
static void of_another(void)
{
	static const struct {
		const char *line;
		size_t len;
		const char *object;
		bool is;
	} lines[] = {
		{L("allow br1"), "br0", true},
		{L("allow br00"), "br0", true},
		{L("allow br"), "br0", true},
		{L("allow -x._9"), "br0", true},
		{L("allow " N15), "br0", true},
		{L("allow alle"), "all", true},
		{L("allow br0"), "br0", false},
		{L("allow all"), "br0", false},
		{L("allow all"), "all", false},
		{L("allow br*"), "br0", false},
		{L("allow .br"), "br0", false},
		{L("allow " N15 "6"), "br0", false},
		{L("allow br1 user=bob"), "br0", false},
		{L("allow br1 "), "br0", false},
		{L("allow br1\0"), "br0", false},
		{L("allow br1#"), "br0", false},
		{L("allow  br1"), "br0", false},
		{L("allow\tbr1"), "br0", false},
		{L("allow "), "br0", false},
		{L("deny br1"), "br0", false},
		{L("alloW br1"), "br0", false},
		{L(""), "br0", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		if (policy_line_is_of_another(&policy_bridge, lines[i].line, lines[i].len,
					      lines[i].object) != lines[i].is)
			CHECK_STR(lines[i].line, lines[i].object);
	CHECK(!policy_line_is_of_another(&policy_ifup, L("allow x"), "/x"));
}

int main(void)
{
	static const struct test tests[] = {
		{"words out of place, unknown, twice", bad_words, false},
		{"names and patterns (threats 1, 2, 75)", bad_objects, false},
		{"NUL, CR, VT, FF, NBSP, BOM, C1 (threats 4, 68)", bad_bytes, false},
		{"user and group ids (threats 46, 67)", bad_ids, false},
		{"limits and addresses", bad_limits, false},
		{"each byte at each place", each_control, false},
		{"what is valid, in its normal form", accepted, false},
		{"includes", includes, false},
		{"each file has its own words", vocabulary, false},
		{"lines of another device", of_another, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memfs.h"
#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* alice is in the groups kvm and lab; asking about "broken" fails, about "never" must not
 * happen, and of "ghost" nobody can tell. */
static int asked_never;

static int answer(const char *name, const char *yes)
{
	if (strcmp(name, "broken") == 0)
		return -EIO;
	if (strcmp(name, "ghost") == 0)
		return -EAGAIN;
	if (strcmp(name, "never") == 0)
		asked_never++;
	return strcmp(name, "nobody") != 0 && strstr(yes, name) != NULL;
}

static int is_user(void *ctx, const char *name)
{
	(void)ctx;
	return answer(name, "alice,1000");
}

static int in_group(void *ctx, const char *name)
{
	(void)ctx;
	return answer(name, "kvm,lab,107");
}

static int decide_in(const struct policy_vocab *vocab, const char *policy, const char *object,
		     struct policy_decision *d)
{
	const struct memfile file = {.path = "/p", .data = policy, .len = strlen(policy)};
	const struct policy_request q = {
		.object = object, .is_user = is_user, .in_group = in_group};
	struct memfs fs = {.files = &file, .n = 1, .vocab = vocab};
	int r;

	policy_decision_init(d);
	r = memfs_decide(&fs, &q, d);
	memfs_reset(&fs);
	return r;
}

static int decide(const char *policy, const char *object, struct policy_decision *d)
{
	return decide_in(&policy_bridge, policy, object, d);
}

static void expect(const char *policy, const char *object, enum policy_verdict verdict,
		   unsigned line)
{
	struct policy_decision d;

	test_case("'%s' asked for %s", policy, object);
	CHECK_INT(decide(policy, object, &d), 0);
	CHECK_INT(d.verdict, verdict);
	CHECK_INT(d.line, line);
	if (verdict == POLICY_NO_RULE)
		CHECK(d.file == NULL);
	else
		CHECK_STR(d.file, "/p");
	policy_decision_free(&d);
	CHECK_INT(d.verdict, POLICY_NO_RULE);
}

/* Every sequence of up to six rules out of: an allow that matches, a deny that does, and
 * either that does not. The verdict and the line are worked out here from the sentence in
 * the man page, over the whole list at once. */
static void truth_table(void)
{
	static const char *const rules[] = {"allow br0\n", "deny br0\n", "allow br1\n",
					    "deny br1\n"};
	unsigned count = 0;

	for (unsigned n = 0; n <= 6; n++)
		for (unsigned code = 0; code < 1u << 2 * n; code++) {
			char policy[128] = "";
			unsigned allow = 0, deny = 0;

			for (unsigned i = 0; i < n; i++) {
				unsigned which = code >> 2 * i & 3;
				size_t len = strlen(policy);

				snprintf(policy + len, sizeof(policy) - len, "%s", rules[which]);
				if (which == 0 && !allow)
					allow = i + 1;
				if (which == 1 && !deny)
					deny = i + 1;
			}
			expect(policy, "br0",
			       deny    ? POLICY_DENIED
			       : allow ? POLICY_GRANTED
				       : POLICY_NO_RULE,
			       deny ? deny : allow);
			count++;
		}
	CHECK_INT(count, 1 + 4 + 16 + 64 + 256 + 1024 + 4096);
}

static void objects(void)
{
	static const struct {
		const char *pattern, *name;
		bool matches;
	} cases[] = {
		{"br0", "br0", true},
		{"br0", "br00", false},
		{"br0", "br", false},
		{"br0", "BR0", false},
		{"br0", "br0:1", false},
		{"123456789012345", "123456789012345", true},
		{"123456789012345", "12345678901234", false},
		{"123456789012345", "123456789012346", false},
		{"all", "br0", true},
		{"all", "all", true},
		{"ALL", "br0", false},
		{"*", "br0", true},
		{"*", ".hidden", true},
		{"lab*", "lab", true},
		{"lab*", "lab12", true},
		{"lab*", "xlab1", false},
		{"*lab", "xlab", true},
		{"br?", "br0", true},
		{"br?", "br", false},
		{"br?", "br10", false},
		{"br[0-4]", "br3", true},
		{"br[0-4]", "br5", false},
		{"br[ab-d]", "brc", true},
		{"br[!0-4]", "br5", true},
		{"br[!0-4]", "br3", false},
		{"br[!0-4]", "br", false},
		{"br[-x]", "br-", true},
		{"br[x-]", "br-", true},
		{"br[.]*", "br.1", true},
		{"br[.]*", "brx1", false},
		{"b*r*0", "bxxryy0", true},
		{"b*r*0", "bxxryy1", false},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char policy[64];

		snprintf(policy, sizeof(policy), "allow %s\n", cases[i].pattern);
		expect(policy, cases[i].name, cases[i].matches ? POLICY_GRANTED : POLICY_NO_RULE,
		       cases[i].matches);
	}
}

static void conditions(void)
{
	static const struct {
		const char *words;
		bool holds;
	} cases[] = {
		{"", true},
		{"user=alice", true},
		{"user=1000", true},
		{"user=bob", false},
		{"user=bob,alice", true},
		{"user=bob,nobody,1001", false},
		{"group=kvm", true},
		{"group=wheel,107", true},
		{"group=wheel", false},
		{"user=alice group=kvm", true},
		{"user=alice group=wheel", false},
		{"user=bob group=kvm", false},
		{"user=bob,alice group=wheel,lab", true},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char policy[96];

		snprintf(policy, sizeof(policy), "allow br0 %s\n", cases[i].words);
		expect(policy, "br0", cases[i].holds ? POLICY_GRANTED : POLICY_NO_RULE,
		       cases[i].holds);
		snprintf(policy, sizeof(policy), "allow all\ndeny b* %s\n", cases[i].words);
		expect(policy, "br0", cases[i].holds ? POLICY_DENIED : POLICY_GRANTED,
		       cases[i].holds ? 2 : 1);
	}
}

static void first_allow_counts(void)
{
	struct policy_decision d;

	CHECK_INT(decide("allow br1 limit=9\n"
			 "allow br0 user=bob limit=8 isolated\n"
			 "allow br* limit=4 mac=52:54:00:aa:00:00/32\n"
			 "allow br0 limit=7 isolated mac=52:54:00:aa:00:01\n"
			 "allow all\n",
			 "br0", &d),
		  0);
	CHECK_INT(d.verdict, POLICY_GRANTED);
	CHECK_INT(d.line, 3);
	CHECK_INT(d.limit, 4);
	CHECK(!d.isolated);
	CHECK_INT(d.mac.bits, 32);
	CHECK_INT(d.mac.addr[3], 0xaa);
	policy_decision_free(&d);
	CHECK_INT(decide("allow br0 isolated\nallow br0 limit=7\n", "br0", &d), 0);
	CHECK(d.isolated && d.limit == 0 && d.mac.bits == 0);
	policy_decision_free(&d);
	/* A denial carries nothing of the allow before it. */
	CHECK_INT(decide("allow br0 isolated limit=3\ndeny br0\n", "br0", &d), 0);
	CHECK_INT(d.verdict, POLICY_DENIED);
	CHECK(!d.isolated && d.limit == 0 && d.mac.bits == 0);
	policy_decision_free(&d);
}

/* A question that cannot be answered is no "no": it would make a deny vanish. */
static void errors_never_grant(void)
{
	static const char *const policies[] = {
		"deny br0 user=broken\nallow br0\n",        "allow br0\ndeny br0 user=broken\n",
		"allow br0\ndeny all group=broken\n",       "allow br0 user=broken\nallow br0\n",
		"deny br0 user=nobody,broken\nallow all\n", "deny br0 user=alice group=broken\n",
		"allow br0\ndeny br* user=broken,alice\n",
	};
	struct policy_decision d;

	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		test_case("'%s'", policies[i]);
		CHECK_INT(decide(policies[i], "br0", &d), -EIO);
		policy_decision_free(&d);
	}
}

/* A rule that may be the asker's, and grants less than a later one: who can starve the lookup
 * must not get the later one. line: of the rule in doubt. */
static void unsure(const struct policy_vocab *vocab, const char *policy, const char *object,
		   unsigned line)
{
	struct policy_decision d;

	test_case("%s: '%s'", vocab->noun, policy);
	CHECK_INT(decide_in(vocab, policy, object, &d), -EAGAIN);
	CHECK(d.verdict != POLICY_GRANTED);
	CHECK_INT(d.unsure.line, line);
	if (line)
		CHECK_STR(d.unsure.file, "/p");
	policy_decision_free(&d);
	CHECK(d.unsure.file == NULL && d.unsure.words == 0);
}

static void no_looser_rule(void)
{
	static const char *const bridge[] = {"limit=1", "isolated", "mac=52:54:00:aa:00:01",
					     "limit=9 isolated"};
	static const char *const ifup[] = {"limit=1", "run-as=nobody", "caps=none", "timeout=1",
					   "ifname=lab0"};
	char policy[160];

	for (size_t i = 0; i < ARRAY_LEN(bridge); i++) {
		snprintf(policy, sizeof(policy), "allow br0 user=ghost %s\nallow all\n", bridge[i]);
		unsure(&policy_bridge, policy, "br0", 1);
		snprintf(policy, sizeof(policy), "allow br0 group=ghost,wheel %s\nallow br* %s\n",
			 bridge[i], bridge[i]);
		unsure(&policy_bridge, policy, "br0", 1);
	}
	for (size_t i = 0; i < ARRAY_LEN(ifup); i++) {
		snprintf(policy, sizeof(policy), "allow /up user=ghost %s\nallow /up\n", ifup[i]);
		unsure(&policy_ifup, policy, "/up", 1);
		/* What the first grants by saying nothing is less, too. */
		if (i == 0)
			continue;
		snprintf(policy, sizeof(policy), "allow /up user=ghost\nallow /up %s\n", ifup[i]);
		unsure(&policy_ifup, policy, "/up", 1);
	}
	unsure(&policy_tap, "allow t0 user=ghost mtu=1000\nallow t0\n", "t0", 1);
	unsure(&policy_tap, "allow t0 user=ghost queues=2\nallow t0\n", "t0", 1);
	unsure(&policy_tap, "allow t0 user=ghost vhost\nallow t0 vhost persist\n", "t0", 1);
	unsure(&policy_network, "allow lab user=ghost\nallow lab start\n", "lab", 1);
	unsure(&policy_bridge, "allow br0 user=ghost\nallow br0 user=ghost limit=1\nallow br0\n",
	       "br0", 2);
	unsure(&policy_bridge, "deny br0 user=ghost\nallow br0\n", "br0", 0);
}

/* Where it makes no difference, such a rule is as good as none. */
static void passed_over(void)
{
	struct policy_decision d;

	expect("allow br0 user=ghost\nallow br0 limit=4 isolated\n", "br0", POLICY_GRANTED, 2);
	expect("allow br0 user=alice\nallow br0 user=ghost limit=1\n", "br0", POLICY_GRANTED, 1);
	expect("allow br0 user=ghost limit=1\nallow br1\n", "br0", POLICY_NO_RULE, 0);
	expect("allow br1 user=ghost limit=1\nallow br0\n", "br0", POLICY_GRANTED, 2);
	expect("allow br0 user=ghost limit=1\ndeny br0\nallow br0\n", "br0", POLICY_DENIED, 2);
	/* Of several names and conditions, one can settle it. */
	expect("allow br0 user=ghost,alice limit=1\n", "br0", POLICY_GRANTED, 1);
	expect("allow br0 user=alice,ghost limit=1\n", "br0", POLICY_GRANTED, 1);
	expect("deny br0 group=ghost,kvm\nallow br0\n", "br0", POLICY_DENIED, 1);
	expect("allow br0 user=ghost group=wheel limit=1\nallow br0\n", "br0", POLICY_GRANTED, 2);
	expect("deny br0 user=ghost group=wheel\nallow br0\n", "br0", POLICY_GRANTED, 2);
	test_case("an error is not put off");
	CHECK_INT(decide("allow br0 user=ghost,broken,alice\n", "br0", &d), -EIO);
	policy_decision_free(&d);
	test_case("network");
	CHECK_INT(decide_in(&policy_network, "allow lab user=ghost start\nallow lab start\n", "lab",
			    &d),
		  0);
	CHECK_INT(d.line, 2);
	policy_decision_free(&d);
}

/* What is not the policy's alone takes a rule with just its name to allow it, and any to deny. */
static void exact(void)
{
	static const struct {
		const char *policy;
		enum policy_verdict verdict;
		unsigned line;
	} cases[] = {
		{"allow all\nallow br*\n", POLICY_NO_RULE, 0},
		{"allow all limit=1\nallow br0\n", POLICY_GRANTED, 2},
		{"allow br0\ndeny all\n", POLICY_DENIED, 2},
		{"allow br0\ndeny b*\n", POLICY_DENIED, 2},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *policy = cases[i].policy;
		const struct memfile file = {.path = "/p", .data = policy, .len = strlen(policy)};
		const struct policy_request q = {
			.object = "br0", .exact = true, .is_user = is_user, .in_group = in_group};
		struct memfs fs = {.files = &file, .n = 1};
		struct policy_decision d;

		test_case("'%s'", policy);
		policy_decision_init(&d);
		CHECK_INT(memfs_decide(&fs, &q, &d), 0);
		CHECK_INT(d.verdict, cases[i].verdict);
		CHECK_INT(d.line, cases[i].line);
		CHECK(d.verdict != POLICY_GRANTED || d.exact);
		policy_decision_free(&d);
		memfs_reset(&fs);
	}
}

/* Nobody is asked about rules that are not about the object. */
static void asks_no_more_than_needed(void)
{
	struct policy_decision d;

	asked_never = 0;
	CHECK_INT(decide("allow br1 user=never\ndeny br2 group=never\n"
			 "allow br0 user=alice,never\nallow br0 user=never\n"
			 "deny br0 user=bob group=never\ndeny br0\n"
			 "deny br0 user=never\nallow br0 group=never\n",
			 "br0", &d),
		  0);
	CHECK_INT(d.verdict, POLICY_DENIED);
	CHECK_INT(asked_never, 0);
	policy_decision_free(&d);
}

/* A pattern made to take long must not. */
static void slow_patterns(void)
{
	struct policy_decision d;
	clock_t start = clock();

	for (int i = 0; i < 20; i++) {
		CHECK_INT(
			decide("allow *a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b\n"
			       "allow *[!b]*[!b]*[!b]*[!b]*[!b]*[!b]*[!b]*[!b]*[!b]*[!b]*b\n",
			       "aaaaaaaaaaaaaaa", &d),
			0);
		CHECK_INT(d.verdict, POLICY_NO_RULE);
		policy_decision_free(&d);
	}
	CHECK((clock() - start) / CLOCKS_PER_SEC < 10);
}

/* Threat 48: no single bit turns one into another. */
static void constants(void)
{
	static const unsigned codes[] = {POLICY_NO_RULE, POLICY_DENIED, POLICY_GRANTED, 0, 1};

	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < ARRAY_LEN(codes); j++)
			CHECK(i == j || __builtin_popcount(codes[i] ^ codes[j]) >= 4);
	CHECK(__builtin_popcount((unsigned)POLICY_ALLOW ^ (unsigned)POLICY_DENY) >= 4);
}

int main(void)
{
	static const struct test tests[] = {
		{"all sequences of up to six rules", truth_table, false},
		{"names, all, patterns (threat 1)", objects, false},
		{"conditions: all of them, any name of one", conditions, false},
		{"the limits are those of the first allow", first_allow_counts, false},
		{"what cannot be told grants nothing", errors_never_grant, false},
		{"no later allow grants more than one that may be the asker's", no_looser_rule,
		 false},
		{"an allow that cannot be told is passed over where nothing hangs on it",
		 passed_over, false},
		{"what only a rule with its name allows", exact, false},
		{"nobody is asked without need", asks_no_more_than_needed, false},
		{"patterns made to be slow", slow_patterns, false},
		{"verdicts are many bits apart (threat 48)", constants, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

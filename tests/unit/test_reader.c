/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy on real files, as root and as somebody else. */
#include "policy/reader.h"

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct seen {
	unsigned rules, errors, passed;
	char error[1200], path[256];
};

static int on_rule(void *ctx, const struct policy_rule *rule)
{
	(void)rule;
	((struct seen *)ctx)->rules++;
	return 0;
}

static bool on_error(void *ctx, const struct policy_error *e)
{
	struct seen *seen = ctx;

	if (!seen->errors++)
		snprintf(seen->error, sizeof(seen->error), "%.500s:%u:%u: %s", e->file, e->line,
			 e->column, e->text);
	return true;
}

static void on_passed_over(void *ctx, const char *path, const char *file, unsigned line)
{
	struct seen *seen = ctx;

	(void)file;
	(void)line;
	seen->passed++;
	snprintf(seen->path, sizeof(seen->path), "%s", path);
}

static int read_policy(const char *path, struct seen *seen)
{
	const struct reader_hooks hooks = {
		.rule = on_rule, .error = on_error, .passed_over = on_passed_over, .ctx = seen};
	int before = test_open_fds(), r;

	memset(seen, 0, sizeof(*seen));
	r = reader_read(&policy_bridge, path, &hooks);
	CHECK_INT(test_open_fds(), before);
	return r;
}

/* An error; text begins with the folder of the test wherever it says @. */
static void refused(const char *path, const char *text)
{
	char want[2048] = "";
	struct seen seen;
	size_t n = 0;

	for (const char *p = text; *p; p++)
		n += (size_t)snprintf(want + n, sizeof(want) - n, *p == '@' ? "%s" : "%.1s",
				      *p == '@' ? test_folder() : p);
	test_case("%s", path);
	CHECK_INT(read_policy(path, &seen), -EINVAL);
	CHECK_STR(seen.error, want);
}

static void trusted(void)
{
	const char *path = test_path("policy");
	struct seen seen;

	test_write(path, "allow br0\ndeny br1\n", 0644, 0);
	CHECK_INT(read_policy(path, &seen), 0);
	CHECK_INT(seen.rules, 2);
	CHECK_INT(seen.errors, 0);
	test_write(path, "allow br0\n", 0664, 0);
	refused(path, "@/policy:0:0: has mode 0664; it must not be writable by group or others");
	test_write(path, "allow br0\n", 0644, TEST_NOBODY);
	refused(path, "@/policy:0:0: is owned by uid 65534; it must be owned by root");
	refused("policy", "policy:0:0: is not an absolute path");
	refused(test_path("away"), "@/away:0:0: No such file or directory");
	refused(test_folder(), "@:0:0: is not a regular file");
	test_write(path, "allow br0\nx\n", 0644, 0);
	refused(path, "@/policy:2:1: unknown word 'x'; a line begins with allow, deny or include");
}

static void folder(void)
{
	const char *dir = test_path("etc"), *path = test_path("etc/policy");

	CHECK_INT(mkdir(dir, 0755), 0);
	test_write(path, "allow br0\n", 0644, 0);
	CHECK_INT(chmod(dir, 0777), 0);
	refused(path, "@/etc/policy:0:0: '@/etc': has mode 0777; it must not be writable by "
		      "group or others");
	CHECK_INT(chown(dir, TEST_NOBODY, 0), 0);
	refused(path, "@/etc/policy:0:0: '@/etc': is owned by uid 65534; it must be owned by root");
}

/* Threat 5: what stands in for an include must not make its rules vanish. */
static void includes(void)
{
	static const struct {
		const char *name, *error;
	} cases[] = {
		{"away", "No such file or directory"},
		{"folder", "is not a regular file"},
		{"fifo", "is not a regular file"},
		{"dangling", "'@/away': No such file or directory"},
		{"self", "Too many levels of symbolic links"},
		{"foreign", "is owned by uid 65534; it must be owned by root"},
		{"open", "has mode 0666; it must not be writable by group or others"},
	};
	char text[512], want[512];

	CHECK_INT(mkdir(test_path("folder"), 0755), 0);
	CHECK_INT(mkfifo(test_path("fifo"), 0644), 0);
	CHECK_INT(symlink("away", test_path("dangling")), 0);
	CHECK_INT(symlink("self", test_path("self")), 0);
	test_write(test_path("foreign"), "", 0644, TEST_NOBODY);
	test_write(test_path("open"), "", 0666, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		snprintf(text, sizeof(text), "allow br0\ninclude %s/%s\n", test_folder(),
			 cases[i].name);
		test_write(test_path("main"), text, 0644, 0);
		snprintf(want, sizeof(want), "@/main:2:0: include '@/%s': %s", cases[i].name,
			 cases[i].error);
		refused(test_path("main"), want);
	}
}

/* One file under two names is a loop as well. */
static void loop(void)
{
	char text[256];

	snprintf(text, sizeof(text), "include %s/hard\n", test_folder());
	test_write(test_path("loop"), text, 0644, 0);
	CHECK_INT(link(test_path("loop"), test_path("hard")), 0);
	refused(test_path("loop"),
		"@/loop:1:0: include '@/hard' is a loop: this file is being read");
}

static void as_nobody(void *ctx)
{
	struct policy_decision d;
	struct policy_error error;
	struct caller c = {.uid = TEST_NOBODY, .gid = TEST_NOBODY};
	struct seen seen;

	(void)ctx;
	CHECK_INT(read_policy(test_path("group"), &seen), 0);
	CHECK_INT(seen.rules, 1);
	CHECK_INT(seen.passed, 2);
	CHECK_STR(seen.path, test_path("closed/f"));
	CHECK_INT(reader_decide(&policy_bridge, test_path("group"), &c, "br0", false, &d, &error),
		  0);
	CHECK_INT(d.verdict, POLICY_GRANTED);
	CHECK_INT(d.line, 3);
	policy_decision_free(&d);
	/* The first file is no include. */
	refused(test_path("secret"), "@/secret:0:0: Permission denied");
	CHECK_INT(reader_decide(&policy_bridge, test_path("secret"), &c, "br0", false, &d, &error),
		  -EINVAL);
	CHECK_INT(d.verdict, POLICY_NO_RULE);
	CHECK_STR(error.text, "Permission denied");
}

static void not_readable(void)
{
	char text[512];
	struct seen seen;

	snprintf(text, sizeof(text), "include %s/secret\ninclude %s/closed/f\nallow br0\n",
		 test_folder(), test_folder());
	test_write(test_path("group"), text, 0644, 0);
	test_write(test_path("secret"), "deny br0\n", 0640, 0);
	CHECK_INT(mkdir(test_path("closed"), 0700), 0);
	test_write(test_path("closed/f"), "deny br0\n", 0644, 0);
	test_in_child(TEST_NOBODY, as_nobody, NULL);
	/* Whoever may read them is held by them. */
	CHECK_INT(read_policy(test_path("group"), &seen), 0);
	CHECK_INT(seen.rules, 3);
	CHECK_INT(seen.passed, 0);
}

static void decide(const char *policy, int want, enum policy_verdict verdict, unsigned line)
{
	gid_t groups[] = {7, 70000};
	struct caller c = {.uid = 1000, .gid = 1001, .groups = groups, .ngroups = 2};
	struct policy_decision d;
	struct policy_error error;

	test_case("'%s'", policy);
	test_write(test_path("decide"), policy, 0644, 0);
	CHECK_INT(reader_decide(&policy_bridge, test_path("decide"), &c, "br0", false, &d, &error),
		  want);
	CHECK_INT(d.verdict, verdict);
	CHECK_INT(d.line, line);
	if (want < 0)
		CHECK(error.text[0] != '\0');
	if (verdict != POLICY_NO_RULE)
		CHECK_STR(d.file, test_path("decide"));
	policy_decision_free(&d);
}

static void decisions(void)
{
	decide("", 0, POLICY_NO_RULE, 0);
	decide("allow br0 user=1000\n", 0, POLICY_GRANTED, 1);
	decide("allow br0 user=1001\n", 0, POLICY_NO_RULE, 0);
	decide("allow br0 user=root\n", 0, POLICY_NO_RULE, 0);
	decide("allow br0 group=1001\n", 0, POLICY_GRANTED, 1);
	decide("allow br0 group=0,70000\n", 0, POLICY_GRANTED, 1);
	decide("allow br0 group=0,7 user=1000\n", 0, POLICY_GRANTED, 1);
	decide("allow br0 group=root\n", 0, POLICY_NO_RULE, 0);
	decide("allow br0\ndeny br0 group=7\n", 0, POLICY_DENIED, 2);
	/* An error behind the allow: nothing is granted. */
	decide("allow br0\nx\n", -EINVAL, POLICY_NO_RULE, 0);
	decide("allow br0\ninclude /nonexistent/x\n", -EINVAL, POLICY_NO_RULE, 0);
}

static void where(void *ctx)
{
	const char *own = SYSCONFDIR "/netgrant/bridge.conf";
	const char *qemu = SYSCONFDIR "/qemu/bridge.conf";

	(void)ctx;
	test_cover(SYSCONFDIR);
	CHECK_STR(reader_bridge_path(), own); /* none: the one that is to be written */
	CHECK(!reader_exists(own));
	CHECK_INT(mkdir(SYSCONFDIR "/qemu", 0755), 0);
	CHECK_STR(reader_bridge_path(), own);
	test_write(qemu, "", 0644, 0);
	CHECK_STR(reader_bridge_path(), qemu);
	CHECK_INT(mkdir(SYSCONFDIR "/netgrant", 0755), 0);
	CHECK_STR(reader_bridge_path(), qemu);
	/* Even a link to nowhere is the admin's word that this one counts. */
	CHECK_INT(symlink("nowhere", own), 0);
	CHECK_STR(reader_bridge_path(), own);
	CHECK(reader_exists(own));
	CHECK_INT(unlink(own), 0);
	test_write(own, "", 0600, 0);
	CHECK_STR(reader_bridge_path(), own);
}

static void where_it_is(void)
{
	test_in_mount_ns(where, NULL);
}

static void behind_a_closed_door(void *ctx)
{
	(void)ctx;
	CHECK_STR(reader_bridge_path(), SYSCONFDIR "/netgrant/bridge.conf");
	CHECK(reader_exists(SYSCONFDIR "/netgrant/bridge.conf"));
}

static void closed(void *ctx)
{
	(void)ctx;
	test_cover(SYSCONFDIR);
	CHECK_INT(mkdir(SYSCONFDIR "/qemu", 0755), 0);
	test_write(SYSCONFDIR "/qemu/bridge.conf", "allow all\n", 0644, 0);
	CHECK_INT(mkdir(SYSCONFDIR "/netgrant", 0700), 0);
	test_in_child(TEST_NOBODY, behind_a_closed_door, NULL);
}

static void closed_folder(void)
{
	test_in_mount_ns(closed, NULL);
}

int main(void)
{
	static const struct test tests[] = {
		{"owner, mode, kind of the file", trusted, true},
		{"the folders on the way", folder, true},
		{"what stands in for an include (threat 5)", includes, true},
		{"one file under two names", loop, true},
		{"not readable: passed over as an include, an error as the first", not_readable,
		 true},
		{"decisions about a real caller", decisions, true},
		{"which of the two files is read", where_it_is, true},
		{"a folder that may not be entered is no missing file", closed_folder, true},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

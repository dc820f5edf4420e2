/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/names_files.c, against the C library's own answers. */
#include "lib/names.h"

#include "test.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

static void as_the_library(const char *name)
{
	const struct passwd *pw = getpwnam(name);
	const struct group *gr = getgrnam(name);
	unsigned id = 0;
	int r = names_uid(name, &id);

	test_case("'%s'", name);
	CHECK_INT(r, pw != NULL);
	if (pw && r == 1)
		CHECK_INT(id, pw->pw_uid);
	r = names_gid(name, &id);
	CHECK_INT(r, gr != NULL);
	if (gr && r == 1)
		CHECK_INT(id, gr->gr_gid);
}

static void every_user(void)
{
	FILE *file = fopen("/etc/passwd", "re");
	const struct passwd *pw;
	unsigned n = 0;

	if (!CHECK(file != NULL))
		return;
	while (n < 500 && (pw = fgetpwent(file))) {
		unsigned id = 0;
		char text[64] = "", first[64];

		if (pw->pw_name[0] == '+' || pw->pw_name[0] == '-')
			continue;
		n++;
		test_case("%s", pw->pw_name);
		CHECK_INT(names_uid(pw->pw_name, &id), 1);
		CHECK_INT(id, getpwnam(pw->pw_name)->pw_uid);
		CHECK_INT(names_user(id, text, sizeof(text)), 1);
		snprintf(first, sizeof(first), "%s", getpwuid(id)->pw_name);
		CHECK_STR(text, first);
	}
	fclose(file);
	CHECK(n > 0);
}

static void every_group(void)
{
	FILE *file = fopen("/etc/group", "re");
	const struct group *gr;
	unsigned n = 0;

	if (!CHECK(file != NULL))
		return;
	while (n < 500 && (gr = fgetgrent(file))) {
		unsigned id = 0;

		if (gr->gr_name[0] == '+' || gr->gr_name[0] == '-')
			continue;
		n++;
		test_case("%s", gr->gr_name);
		CHECK_INT(names_gid(gr->gr_name, &id), 1);
		CHECK_INT(id, getgrnam(gr->gr_name)->gr_gid);
	}
	fclose(file);
	CHECK(n > 0);
}

static const char *const names[] = {
	"root",    "alice",  "bob",    "twice",  "zero",    "spaced",  "tabbed",  "#hash",
	"hash",    "noid",   "neg",    "big",    "maximum", "huge",    "+plus",   "-minus",
	"plus",    "short",  "last",   "x",      "",        ":",       "alice:x", "root\n",
	"nogid",   "badgid", "four",   "plusid", "zeros",   "blankid", "sp ace",  "Alice",
	"nobody9", "hex",    "padded", "kvm",    "empty",   "trail",   "blank",
};

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "alice:x:1000:1000::/home/alice:/bin/sh\n"
			     "bob:x:4294967294:5::/:\n"
			     "\n"
			     "twice:x:11:11::/:\n"
			     "twice:x:12:12::/:\n"
			     "zero:x:007:7::/:\n"
			     "  spaced:x:21:21::/:\n"
			     "\ttabbed:x:22:22::/:\n"
			     "#hash:x:23:23::/:\n"
			     "noid:x::24::/:\n"
			     "neg:x:-5:25::/:\n"
			     "hex:x:0x10:25::/:\n"
			     "padded:x: 26:26::/:\n"
			     "trail:x:27 :27::/:\n"
			     "big:x:4294967296:26::/:\n"
			     "maximum:x:4294967295:27::/:\n"
			     "huge:x:99999999999999999999999:28::/:\n"
			     "+plus:x:29:29::/:\n"
			     "-minus:x:30:30::/:\n"
			     "short:x:31\n"
			     "nogid:x:34::a:/:\n"
			     "badgid:x:35:y:a:/:\n"
			     "four:x:36:36\n"
			     "plusid:x:+37:+37::/:\n"
			     "zeros:x:0000:0::/:\n"
			     "blankid:x:  :1::/:\n"
			     "sp ace:x:38:38::/:\n"
			     ":x:32:32::/:\n"
			     "last:x:33:33::/:";

static const char group[] = "root:x:0:\n"
			    "kvm:x:107:alice,bob\n"
			    "twice:x:11:\ntwice:x:12:\n"
			    "zero:x:007:\n"
			    "  spaced:x:21:\n"
			    "#hash:x:23:\n"
			    "neg:x:-5:\n"
			    "big:x:4294967296:\n"
			    "empty:x::\n"
			    "short:x:31\n"
			    "last:x:33:a,b,c";

/* In a mount namespace: an /etc of our own. */
static void own_etc(const char *nsswitch)
{
	test_cover("/etc");
	test_write("/etc/passwd", passwd, 0644, 0);
	test_write("/etc/group", group, 0644, 0);
	if (nsswitch)
		test_write("/etc/nsswitch.conf", nsswitch, 0644, 0);
}

static void odd_lines(void *ctx)
{
	own_etc(ctx);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		as_the_library(names[i]);
}

static void odd_databases(void)
{
	char only[] = "passwd: files\ngroup: files\n";
	char spread[] = "# passwd: sss\n \tpasswd:\t files # sss\nshadow: sss\ngroup:files\n";

	test_in_mount_ns(odd_lines, only);
	test_in_mount_ns(odd_lines, spread);
	test_in_mount_ns(odd_lines, NULL);
}

/* The difference between "there is none" and "it cannot be told". */
static void cannot_be_told(void *ctx)
{
	unsigned id = 0;
	char text[16];

	own_etc(ctx);
	test_cover(LIBEXECDIR);
	test_case("nsswitch.conf: %s", (const char *)ctx);
	CHECK_INT(names_uid("nosuchuser", &id), -ENOENT);
	CHECK_INT(names_gid("nosuchgroup", &id), -ENOENT);
	CHECK_INT(names_user(4711, text, sizeof(text)), -ENOENT);
}

static void files_first(void *ctx)
{
	unsigned id = 0;

	cannot_be_told(ctx);
	CHECK_INT(names_uid("alice", &id), 1);
	CHECK_INT(id, 1000);
	CHECK_INT(names_gid("kvm", &id), 1);
	CHECK_INT(id, 107);
}

static void files_later(void *ctx)
{
	unsigned id = 0;

	cannot_be_told(ctx);
	/* Another database comes first, and may know another alice. */
	CHECK_INT(names_uid("alice", &id), -ENOENT);
	CHECK_INT(names_gid("kvm", &id), -ENOENT);
}

static void other_databases(void)
{
	char systemd[] = "passwd: files systemd\ngroup: files systemd\n";
	char sss[] = "passwd: sss files\ngroup: sss files\n";
	char compat[] = "passwd: compat\ngroup: compat\n";
	char action[] = "passwd: files [SUCCESS=continue] sss\ngroup: files [!UNAVAIL=return]\n";
	char nothing[] = "passwd:\ngroup: # files\n";

	test_in_mount_ns(files_first, systemd);
	test_in_mount_ns(files_later, sss);
	test_in_mount_ns(files_later, compat);
	test_in_mount_ns(files_later, action);
	test_in_mount_ns(files_later, nothing);
}

static void missing_files(void *ctx)
{
	unsigned id = 0;

	(void)ctx;
	test_cover("/etc");
	CHECK_INT(names_uid("root", &id), 0);
	CHECK_INT(names_gid("root", &id), 0);
	test_write("/etc/passwd", passwd, 0600, 0);
	CHECK_INT(mkdir("/etc/group", 0755), 0);
	CHECK_INT(names_gid("root", &id), -EISDIR);
}

static void unreadable_database(void *ctx)
{
	unsigned id = 0;

	(void)ctx;
	CHECK_INT(names_uid("root", &id), -EACCES);
}

static void closed_file(void *ctx)
{
	missing_files(ctx);
	test_in_child(TEST_NOBODY, unreadable_database, NULL);
}

static void no_files(void)
{
	test_in_mount_ns(closed_file, NULL);
}

#ifdef NAME_LOOKUP

/* The program, as installed with that mode; names only it can find out about. */
static bool install_lookup(mode_t mode)
{
	char path[] = LIBEXECDIR "/netgrant/name-lookup";
	size_t len;
	char *program = test_read(NAME_LOOKUP, &len);
	FILE *file;

	if (!program)
		return false;
	test_cover(LIBEXECDIR "/netgrant");
	file = fopen(path, "we");
	if (CHECK(file != NULL)) {
		CHECK_INT(fwrite(program, 1, len, file), len);
		CHECK_INT(fclose(file), 0);
		CHECK_INT(chmod(path, mode), 0);
	}
	free(program);
	return file != NULL;
}

static void ask_lookup(void *ctx)
{
	unsigned id = 0;
	char text[16] = "";

	(void)ctx;
	for (int i = 0; i < 2; i++) {
		CHECK_INT(names_uid("alice", &id), 1);
		CHECK_INT(id, 1000);
		CHECK_INT(names_gid("kvm", &id), 1);
		CHECK_INT(id, 107);
		CHECK_INT(names_uid("nosuchuser", &id), 0);
		CHECK_INT(names_gid("nosuchgroup", &id), 0);
		CHECK_INT(names_user(1000, text, sizeof(text)), 1);
		CHECK_STR(text, "alice");
		CHECK_INT(names_user(4711, text, sizeof(text)), 0);
	}
}

static void refuse_lookup(void *ctx)
{
	unsigned id = 0;

	(void)ctx;
	CHECK_INT(names_uid("alice", &id), -EPERM);
}

static void with_lookup(void *ctx)
{
	/* An action in brackets: the whole line is the C library's to understand. */
	char nsswitch[] = "passwd: files [NOTFOUND=return]\ngroup: files [NOTFOUND=return]\n";

	(void)ctx;
	own_etc(nsswitch);
	if (!install_lookup(0711))
		return;
	test_in_child(0, ask_lookup, NULL);
	test_in_child(TEST_NOBODY, ask_lookup, NULL);
	/* Whoever can read its file could trace it and answer in its place. */
	CHECK_INT(chmod(LIBEXECDIR "/netgrant/name-lookup", 0755), 0);
	test_in_child(TEST_NOBODY, refuse_lookup, NULL);
	CHECK_INT(chmod(LIBEXECDIR "/netgrant/name-lookup", 0731), 0);
	test_in_child(TEST_NOBODY, refuse_lookup, NULL);
	CHECK_INT(chown(LIBEXECDIR "/netgrant/name-lookup", TEST_NOBODY, 0), 0);
	test_in_child(TEST_NOBODY, refuse_lookup, NULL);
}

static void name_lookup(void)
{
	test_in_mount_ns(with_lookup, NULL);
}

#endif

int main(void)
{
	static const struct test tests[] = {
		{"every user of /etc/passwd", every_user, false},
		{"every group of /etc/group", every_group, false},
		{"odd lines are read as the C library reads them", odd_databases, true},
		{"other databases that cannot be asked are an error", other_databases, true},
		{"files that are missing or cannot be read", no_files, true},
#ifdef NAME_LOOKUP
		{"name-lookup is asked, if nobody can trace it", name_lookup, true},
#endif
	};

	return test_main(tests, ARRAY_LEN(tests));
}

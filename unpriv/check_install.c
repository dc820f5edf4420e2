/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The helpers, and what they need of the system. */
#include "check.h"

#include "chain.h"
#include "lib/quote.h"
#include "vfscaps.h"

#include "filecaps.h"
#include "lib/names.h"
#include "policy/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#define FOLDER LIBEXECDIR "/netgrant"
#define TUN "/dev/net/tun"
/* linux/miscdevice.h's numbers; the kernel's tun driver has them for good. */
#define TUN_MAJOR 10
#define TUN_MINOR 200

static const struct {
	const char *name, *caps;
} helpers[] = {FILECAPS_ALL};

static const struct finding kind_missing = {.kind = "missing", .severity = FINDING_INSTALL};
static const struct finding kind_owner = {.kind = "owner", .severity = FINDING_INSTALL};
static const struct finding kind_mode = {.kind = "mode", .severity = FINDING_INSTALL};
static const struct finding kind_caps = {.kind = "capabilities", .severity = FINDING_INSTALL};
static const struct finding kind_nosuid = {.kind = "nosuid", .severity = FINDING_INSTALL};
static const struct finding kind_unknown = {.kind = "unknown"};

/* One step on the way to something that only root may change. */
static int check_step(void *ctx, const char *path, const struct stat *st, bool last)
{
	struct findings *all = ctx;
	bool sticky = S_ISDIR(st->st_mode) && (st->st_mode & S_ISVTX);

	/* The file itself is the caller's to check. */
	if (last)
		return 0;
	if (st->st_uid != 0)
		findings_add(all, &kind_owner, path,
			     findings_command(
				     S_ISLNK(st->st_mode) ? "chown -h root:" : "chown root:", path),
			     "is owned by uid %u, not by root", st->st_uid);
	if (!S_ISLNK(st->st_mode) && !sticky && (st->st_mode & (S_IWGRP | S_IWOTH)))
		findings_add(all, &kind_mode, path, findings_command("chmod go-w", path),
			     "has mode %04o; it must not be writable by group or others",
			     st->st_mode & 07777);
	return 0;
}

/* The folders on the way to path, once for all files of a folder. */
static void check_way(const char *path, struct findings *all)
{
	char culprit[PATH_MAX];
	int r = chain_walk(path, check_step, all, culprit);

	/* What is missing is told about each file that should be there. */
	if (r < 0 && r != -ENOENT)
		findings_add(all, &kind_unknown, path, NULL, "cannot be looked at ('%s': %s)",
			     QUOTE(culprit), strerror(-r));
}

/* What is at path; false: nothing that can be looked at, which was told. */
static bool look_at(const char *path, struct stat *ret, struct findings *all, const char *fix)
{
	char *command;

	if (stat(path, ret) == 0)
		return true;
	if (errno != ENOENT) {
		findings_add(all, &kind_unknown, path, NULL, "cannot be looked at: %s",
			     strerror(errno));
		return false;
	}
	command = strdup(fix);
	findings_add(all, &kind_missing, path, command, "does not exist");
	return false;
}

/* The folder at which the file system is mounted that path is on. */
static void find_mount(const char *path, char ret[PATH_MAX])
{
	char real[PATH_MAX];

	if (!realpath(path, real)) {
		snprintf(ret, PATH_MAX, "%s", path);
		return;
	}
	for (;;) {
		struct statx st;
		char *slash = strrchr(real, '/');

		snprintf(ret, PATH_MAX, "%s", real[0] ? real : "/");
		if (!slash || statx(AT_FDCWD, ret, AT_NO_AUTOMOUNT, 0, &st) < 0 ||
		    (st.stx_attributes & STATX_ATTR_MOUNT_ROOT))
			return;
		*slash = '\0';
	}
}

static void check_nosuid(const char *path, struct findings *all)
{
	struct statvfs fs;
	char mount[PATH_MAX], *fix;

	if (statvfs(path, &fs) < 0 || !(fs.f_flag & ST_NOSUID))
		return;
	find_mount(path, mount);
	fix = findings_command("mount -o remount,suid", mount);
	/* Once is enough for all that are there. */
	for (size_t i = 0; fix && i < all->n; i++)
		if (all->v[i].fix && strcmp(all->v[i].fix, fix) == 0) {
			free(fix);
			return;
		}
	findings_add(all, &kind_nosuid, path, fix,
		     "its file system is mounted nosuid, so that it gets no privilege");
}

/* Changing a file's owner takes its capabilities away, so both are in one command. */
static char *owner_fix(const char *path, const char *setcap)
{
	char *chown = findings_command("chown root:", path), *both;

	if (!chown || !setcap || asprintf(&both, "%s && %s", chown, setcap) < 0) {
		free(chown);
		return NULL;
	}
	free(chown);
	return both;
}

static void check_privilege(const char *path, const char *caps, const struct stat *st, char *setcap,
			    struct findings *all)
{
	struct file_caps wanted, has;
	char text[1024];
	int r = file_caps_parse(caps, &wanted);

	if (r == 0)
		r = file_caps_get(path, &has);
	if (r < 0) {
		free(setcap);
		findings_add(all, &kind_unknown, path, NULL, "its capabilities cannot be read: %s",
			     strerror(-r));
		return;
	}
	/* The kernel prefers the file's capabilities where it is setuid root, too. */
	if (file_caps_equal(&wanted, &has) || (!has.present && (st->st_mode & S_ISUID))) {
		free(setcap);
		return;
	}
	if (has.present)
		findings_add(all, &kind_caps, path, setcap,
			     "has the capabilities '%s' instead of '%s'",
			     file_caps_text(&has, text, sizeof(text)), caps);
	else
		findings_add(all, &kind_caps, path, setcap,
			     "has neither its capabilities nor is it setuid root");
}

static void check_helper(const char *name, const char *caps, struct findings *all)
{
	char path[PATH_MAX], command[256];
	struct stat st;
	char *setcap;

	snprintf(path, sizeof(path), FOLDER "/%s", name);
	if (!look_at(path, &st, all, "make install"))
		return;
	if (!S_ISREG(st.st_mode)) {
		findings_add(all, &kind_mode, path, strdup("make install"),
			     "is not a regular file");
		return;
	}
	snprintf(command, sizeof(command), "setcap %s", caps);
	setcap = findings_command(command, path);
	if (st.st_uid != 0)
		findings_add(all, &kind_owner, path, owner_fix(path, setcap),
			     "is owned by uid %u, not by root", st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		findings_add(all, &kind_mode, path, findings_command("chmod go-w", path),
			     "has mode %04o; it must not be writable by group or others",
			     st.st_mode & 07777);
	if (st.st_uid == 0)
		check_privilege(path, caps, &st, setcap, all);
	else
		free(setcap);
	check_nosuid(path, all);
}

/* A program that the helpers run, which has no privilege of its own. mode: the one it has to
 * have; 0: any that only root can write. */
static void check_plain(const char *path, mode_t mode, struct findings *all)
{
	struct file_caps has;
	struct stat st;
	char text[1024];

	if (!look_at(path, &st, all, "make install"))
		return;
	if (st.st_uid != 0)
		findings_add(all, &kind_owner, path, findings_command("chown root:", path),
			     "is owned by uid %u, not by root", st.st_uid);
	if (mode && (st.st_mode & 07777) != mode)
		findings_add(all, &kind_mode, path, findings_command("chmod 0711", path),
			     "has mode %04o instead of 0711: who could read it could trace it",
			     st.st_mode & 07777);
	if (!mode && (st.st_mode & (S_IWGRP | S_IWOTH | S_ISUID | S_ISGID)))
		findings_add(
			all, &kind_mode, path, findings_command("chmod 0755", path),
			"has mode %04o; it must not be setuid, setgid, or writable by group or "
			"others",
			st.st_mode & 07777);
	if (file_caps_get(path, &has) == 0 && has.present)
		findings_add(all, &kind_caps, path, findings_command("setcap -r", path),
			     "has the capabilities '%s'; it needs none",
			     file_caps_text(&has, text, sizeof(text)));
}

/* Others have to get through the folders on the way to the device. */
static int check_tun_step(void *ctx, const char *path, const struct stat *st, bool last)
{
	struct findings *all = ctx;

	if (!last && S_ISDIR(st->st_mode) && (st->st_mode & 0111) != 0111)
		findings_add(all, &kind_mode, path, findings_command("chmod a+x", path),
			     "has mode %04o; everybody has to get through it to " TUN,
			     st->st_mode & 07777);
	return 0;
}

static void check_tun(struct findings *all)
{
	char culprit[PATH_MAX];
	struct stat st;

	/* Whoever cannot look gets told by look_at(). */
	(void)!chain_walk(TUN, check_tun_step, all, culprit);
	if (!look_at(TUN, &st, all, "modprobe tun"))
		return;
	if (!S_ISCHR(st.st_mode) || st.st_rdev != makedev(TUN_MAJOR, TUN_MINOR))
		findings_add(all, &kind_missing, TUN,
			     strdup("rm -r " TUN " && mknod -m 0666 " TUN " c 10 200"),
			     "is not the tun device");
	else if ((st.st_mode & 0666) != 0666)
		findings_add(all, &kind_mode, TUN, findings_command("chmod 0666", TUN),
			     "has mode %04o; everybody has to be able to open it (0666)",
			     st.st_mode & 07777);
}

/* Warnings, not errors: whoever has no script run does without. */
static void check_ifup_user(struct findings *all)
{
	const struct finding f = {.kind = "missing"};
	uid_t uid;

	if (reader_exists(reader_ifup_path()) && names_uid(IFUP_USER, &uid) == 0)
		findings_add(
			all, &f, "/etc/passwd",
			strdup("useradd --system --no-create-home --shell /usr/sbin/nologin " IFUP_USER),
			"there is no user '" IFUP_USER "', as whom scripts run that have no "
			"run-as= in their rule");
}

void check_install(struct findings *all)
{
	check_way(FOLDER "/.", all);
	for (size_t i = 0; i < ARRAY_LEN(helpers); i++)
		check_helper(helpers[i].name, helpers[i].caps, all);
#ifdef STATIC_HELPERS
	/* Its answers decide, and it runs as the caller: see lib/names_files.c. */
	check_plain(FOLDER "/name-lookup", 0711, all);
#endif
	check_plain(FOLDER "/network-worker", 0, all);
	check_plain(FOLDER "/ifup-worker", 0, all);
	check_ifup_user(all);
	check_tun(all);
}

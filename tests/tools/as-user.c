/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * as-user USER COMMAND...: becomes that user completely, as a login would, with no
 * capability in any set, and runs the command. Not setpriv(1), after which a program with
 * file capabilities starts dumpable, as no user's would.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	const struct passwd *pw;

	if (argc < 3) {
		fprintf(stderr, "usage: as-user USER COMMAND...\n");
		return 2;
	}
	pw = getpwnam(argv[1]);
	if (!pw) {
		fprintf(stderr, "as-user: no user '%s'\n", argv[1]);
		return 2;
	}
	if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0 ||
	    initgroups(pw->pw_name, pw->pw_gid) < 0 ||
	    setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) < 0 ||
	    setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) < 0) {
		fprintf(stderr, "as-user: %s: %s\n", argv[1], strerror(errno));
		return 1;
	}
	execvp(argv[2], argv + 2);
	fprintf(stderr, "as-user: %s: %s\n", argv[2], strerror(errno));
	return 127;
}

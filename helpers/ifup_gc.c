/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was left behind: a tap of ifup-runner whose process was killed, and a port that
 * whoever held it has made persistent. What is held, or looked after, is not touched.
 */
#include "ifup.h"

#include "lib/caller.h"
#include "lib/caps.h"
#include "lib/link_net.h"
#include "lib/quote.h"
#include "lib/stdfds.h"
#include "lib/surroundings.h"
#include "lib/tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define RUN_DIR RUNSTATEDIR "/netgrant"
#define LOCK RUN_DIR "/gc.lock"

struct found {
	unsigned *indexes;
	size_t n, room;
};

static int collect(const struct link_info *info, void *ctx)
{
	struct found *f = ctx;
	struct alias a;

	if (strcmp(info->kind, "tun") != 0 || !alias_parse(info->alias, &a))
		return 0;
	if (f->n == f->room) {
		size_t room = f->room ? f->room * 2 : 64;
		unsigned *more = realloc(f->indexes, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		f->indexes = more;
		f->room = room;
	}
	f->indexes[f->n++] = info->index;
	return 0;
}

static int collect_all(struct ifup *u, struct found *f)
{
	int r = -EAGAIN;

	/* A dump that devices came and went in is not complete: begin again. */
	for (unsigned i = 0; i < 100 && (r == -EAGAIN || r == -EINTR); i++) {
		f->n = 0;
		r = link_each(u->conn, collect, f);
	}
	return r;
}

/* Two at a time could each start a process for the same tap. */
static int lock(const struct ifup *u)
{
	int fd = -1;

	if (mkdir(RUN_DIR, 0755) == 0 || errno == EEXIST)
		fd = open(LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* Kept until the end of the process. */
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return ifup_fail(u, EX_FAILED, "cannot lock " LOCK ": %s", strerror(errno));
	return EX_DONE;
}

static const char *user_of(const struct ifup *u, char *buf, size_t size)
{
	const struct caller c = {.uid = u->alias.uid};

	return caller_word(&c, buf, size);
}

/* ---- a tap that is held, and that nobody watches */

static void become_watcher(struct ifup *u)
{
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL};
	char name[IFUP_NAME_SIZE], index[IFUP_INDEX_SIZE], user[QUOTE_SIZE];
	const char *const argv[] = {name, index, "watch", user_of(u, user, sizeof(user)), NULL};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	ifup_process_index(u->index, index);
	if (ifup_process_name(name) < 0 || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(null, 2) < 0 || setsid() < 0)
		return;
	surroundings_reset_signals();
	execve(IFUP_WORKER, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
}

/* Returns once it can be found by ifup_watched(). */
static int watch_again(struct ifup *u)
{
	CLEANUP_FD int heard = -1;
	int running[2];
	char byte;
	pid_t pid;

	if (pipe2(running, O_CLOEXEC) < 0)
		return ifup_fail(u, EX_FAILED, "cannot make a pipe: %s", strerror(errno));
	heard = running[0];
	pid = fork();
	if (pid == 0) {
		become_watcher(u);
		_exit(write(running[1], "", 1) < 0);
	}
	close(running[1]);
	if (pid < 0 || read(heard, &byte, 1) != 0)
		return ifup_fail(u, EX_FAILED, "cannot run " IFUP_WORKER " for '%s'", u->name);
	printf("%s: is in use; its end is waited for again\n", u->name);
	return EX_DONE;
}

/* ---- each of them */

static int end_run(struct ifup *u, const char *name)
{
	bool ran = u->down.path[0] && !u->begun, had = u->begun;
	char user[QUOTE_SIZE];
	int r;

	u->user = user_of(u, user, sizeof(user));
	r = ifup_end(u, true);
	if (ran)
		printf("%s: ran %s, and removed it\n", name, u->down.path);
	else
		printf("%s: removed%s\n", name,
		       had ? "; its down script had been begun before, and is not run again" : "");
	return r;
}

static int look_at(struct ifup *u, unsigned index)
{
	struct link_info info;
	CLEANUP_FD int tun = -1;
	int r = link_get_index(u->conn, index, &info), watched;
	enum ifup_stage stage = IFUP_WAITS;
	bool ifup;

	if (r < 0 || !alias_parse(info.alias, &u->alias))
		return EX_DONE; /* gone meanwhile */
	ifup = ifup_read_words(&u->alias, &u->down, &stage);
	/* Being made: what its worker is to watch, it will; else it goes with who makes it. */
	if (stage == IFUP_NEW)
		return EX_DONE;
	u->begun = stage == IFUP_BEGUN;
	/* What tap-creator makes is there to stay, or not ours to judge. */
	if (!ifup && strcmp(u->alias.helper, "bridge-helper") != 0 &&
	    strcmp(u->alias.helper, "nat-setup") != 0)
		return EX_DONE;
	watched = ifup ? ifup_watched(index) : 0;
	if (watched != 0)
		return watched < 0 ? ifup_fail(u, EX_FAILED, "cannot look at processes: %s",
					       strerror(-watched))
				   : EX_DONE;
	u->index = index;
	memcpy(u->name, info.name, sizeof(u->name));
	tun = tap_open();
	if (tun < 0 || caps_raise() < 0)
		return ifup_fail(u, EX_FAILED, "cannot open /dev/net/tun: %s", strerror(errno));
	r = tap_attach(tun, link_fd(u->conn), index);
	if (caps_lower() < 0)
		return EX_FAILED;
	if (r == -EBUSY && ifup)
		return watch_again(u);
	if (r < 0)
		return EX_DONE; /* held, or gone */
	if (!ifup) {
		/* Only ifup_end()'s removal is wanted. */
		u->down.path[0] = '\0';
		u->begun = false;
	}
	return end_run(u, info.name);
}

int ifup_gc(struct ifup *u)
{
	struct found f = {0};
	int worst = lock(u), r;

	if (worst != EX_DONE)
		return worst;
	r = collect_all(u, &f);
	if (r < 0)
		worst = ifup_fail(u, EX_FAILED, "cannot list devices: %s", strerror(-r));
	for (size_t i = 0; r == 0 && i < f.n; i++) {
		int one = look_at(u, f.indexes[i]);

		if (one != EX_DONE)
			worst = one;
	}
	free(f.indexes);
	return fflush(stdout) == 0 ? worst : EX_FAILED;
}

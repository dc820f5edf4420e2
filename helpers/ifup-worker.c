/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ifup-worker: run by ifup-runner, which has checked who may do what, and by root's
 * `netgrant gc`. See ifup.h.
 *
 *   NAME INDEX up SCRIPT AS CAPS TIMEOUT USER    of ifup-runner; INDEX is filled in later
 *   NAME INDEX watch USER                        a tap whose process was killed
 *   NAME gc
 */
#include "ifup.h"

#include "lib/authlog.h"
#include "lib/caps.h"
#include "lib/num.h"
#include "lib/stdfds.h"
#include "lib/surroundings.h"
#include "lib/tap.h"

#include "filecaps.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static const char by_hand[] = "ifup-worker is run by ifup-runner and netgrant gc only";

static int begin(struct ifup *u)
{
	int r = caps_enter(FILECAPS_IFUP_RUNNER);

	if (r == -EPERM || geteuid() != 0)
		return ifup_fail(u, EX_INSTALL, "%s", by_hand);
	if (r < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return ifup_fail(u, EX_FAILED, "cannot give up privilege");
	umask(022);
	surroundings_reset_signals();
	u->log = authlog_open();
	r = caps_raise();
	if (r == 0)
		r = link_open(&u->conn);
	if (caps_lower() < 0 || r < 0)
		return ifup_fail(u, EX_FAILED, "cannot open a netlink socket");
	return EX_DONE;
}

/* ---- up */

static bool number(const char *text, uint32_t *ret)
{
	uint64_t value;

	if (num_parse(text, strlen(text), 0, UINT32_MAX, &value) < 0)
		return false;
	*ret = (uint32_t)value;
	return true;
}

static bool copy(char *to, size_t size, const char *from)
{
	size_t len = strlen(from);

	if (len >= size)
		return false;
	memcpy(to, from, len + 1);
	return true;
}

/* The tap is ours from here on: whatever happens, it is taken away by us. */
static int own(const struct ifup *u)
{
	int r = tap_persist(IFUP_TUN_FD, true);

	/* The only one that we hold; from now on only the caller's keep it. */
	close(IFUP_TUN_FD);
	return r < 0 ? ifup_fail(u, EX_FAILED, "cannot keep '%s': %s", u->name, strerror(-r))
		     : EX_DONE;
}

static int check_down(const struct ifup *u)
{
	struct ifup_opened o;
	int r;

	if (!u->down.path[0])
		return EX_DONE;
	ifup_open(&u->down, &o);
	r = ifup_check(u, &u->down, &o);
	if (o.fd >= 0)
		close(o.fd);
	return r;
}

/* Before there is anything that would have to be undone. */
static int prepare(struct ifup *u, const struct ifup_script *s, const struct ifup_opened *o,
		   char *place)
{
	uint32_t index;
	int r;

	/* Nothing comes when ifup-runner has failed, and has told why. */
	if (recv(IFUP_CONTROL_FD, &index, sizeof(index), 0) != (ssize_t)sizeof(index))
		_exit(EX_FAILED);
	r = ifup_load(u, index);
	if (r < 0)
		return ifup_fail(u, EX_FAILED, "cannot look up the new tap: %s", strerror(-r));
	r = ifup_check(u, s, o);
	if (r == EX_DONE)
		r = check_down(u);
	if (r != EX_DONE)
		return r;
	/* Visible to `netgrant status` and gc before there is anything to be done, and before they
	 * look for us: gc would start a second process that waits, and so runs the script. */
	ifup_process_index(index, place);
	r = ifup_note(u, IFUP_WAITS);
	return r < 0 ? ifup_fail(u, EX_FAILED, "cannot note the script for '%s': %s", u->name,
				 strerror(-r))
		     : EX_DONE;
}

static int bring_up(struct ifup *u, const struct ifup_script *s, char *place)
{
	struct ifup_opened o;
	bool started;
	int r;

	/* While ifup-runner makes the tap. */
	ifup_open(s, &o);
	r = prepare(u, s, &o, place);
	if (r == EX_DONE)
		r = own(u);
	else
		close(IFUP_TUN_FD);
	if (r == EX_DONE) {
		r = ifup_run(u, s, &o, "up", &started);
		u->begun = r != EX_DONE && !started; /* nothing to be undone by a script */
		if (r != EX_DONE)
			(void)ifup_end(u, true);
	}
	if (o.fd >= 0)
		close(o.fd);
	return r;
}

static void report(struct ifup *u, int status)
{
	const uint8_t byte = (uint8_t)status;
	CLEANUP_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	/* Ignored: where ifup-runner was killed, its tap has no other holder, which is what
	 * we are going to see next. */
	(void)send(IFUP_CONTROL_FD, &byte, sizeof(byte), MSG_NOSIGNAL | MSG_DONTWAIT);
	close(IFUP_CONTROL_FD);
	if (null < 0 || dup2(null, STDERR_FILENO) < 0)
		close(STDERR_FILENO);
	u->heard = false;
}

static int up(struct ifup *u, int argc, char *argv[])
{
	struct ifup_script s;
	CLEANUP_FD int tun = -1;
	int r;

	if (argc != 8 || strlen(argv[1]) != IFUP_INDEX_SIZE - 1 ||
	    !copy(s.path, sizeof(s.path), argv[3]) || !copy(s.as, sizeof(s.as), argv[4]) ||
	    !number(argv[5], &s.caps) || !number(argv[6], &s.timeout))
		return ifup_fail(u, EX_USAGE_ERR, "%s", by_hand);
	u->user = argv[7];
	tun = tap_open();
	if (fcntl(IFUP_CONTROL_FD, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(IFUP_TUN_FD, F_SETFD, FD_CLOEXEC) < 0)
		return ifup_fail(u, EX_USAGE_ERR, "%s", by_hand);
	r = tun < 0 ? ifup_fail(u, EX_FAILED, "cannot open /dev/net/tun: %s", strerror(-tun))
		    : bring_up(u, &s, argv[1]);
	report(u, r);
	return r == EX_DONE ? ifup_watch(u, steal_fd(&tun)) : r;
}

/* ---- watch */

static int watch(struct ifup *u, int argc, char *argv[])
{
	uint32_t index = 0;
	const char *digits = argv[1] + strspn(argv[1], "0");
	int r, tun;

	if (argc != 4 || !number(digits, &index))
		return ifup_fail(u, EX_USAGE_ERR, "%s", by_hand);
	u->user = argv[3];
	u->heard = false;
	r = ifup_load(u, index);
	tun = r < 0 ? r : tap_open();
	if (tun < 0)
		return ifup_fail(u, EX_FAILED, "cannot watch: %s", strerror(-tun));
	return ifup_watch(u, tun);
}

static int obey(struct ifup *u, int argc, char *argv[])
{
	if (strcmp(argv[2], "up") == 0)
		return up(u, argc, argv);
	if (strcmp(argv[2], "watch") == 0)
		return watch(u, argc, argv);
	if (strcmp(argv[2], "gc") == 0 && argc == 3)
		return ifup_gc(u);
	return ifup_fail(u, EX_USAGE_ERR, "%s", by_hand);
}

int main(int argc, char *argv[])
{
	struct ifup u = {.log = -1, .heard = true};
	int r = stdfds_fill();

	if (r < 0)
		return EX_FAILED;
	if (argc < 3)
		return ifup_fail(&u, EX_USAGE_ERR, "%s", by_hand);
	/* root's own command leaves nobody's surroundings. */
	if (strcmp(argv[2], "gc") != 0)
		surroundings_leave();
	r = begin(&u);
	if (r == EX_DONE)
		r = obey(&u, argc, argv);
	link_close(u.conn);
	if (u.log >= 0)
		close(u.log);
	return r;
}

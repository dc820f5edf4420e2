/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scriptrun.h"

#include "caps.h"
#include "children.h"
#include "surroundings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SCRIPT_FD 3
#define FIRST_FREE 10  /* where a descriptor is out of the way of 0 to 3 */
#define DRAIN_MOST 64  /* reads of what is left when the script has ended */
#define KILL_TRIES 100 /* rounds of killing, of 10 ms */
#define KILL_MS 3000   /* how long the script itself may take to die */
#define LINE_MOST 1000 /* bytes of a line; the rest is dropped */

/* What is read from its output, in lines. */
struct lines {
	char buf[LINE_MOST];
	size_t len;
};

/* ---- in the child */

/* Has the script an interpreter, which opens it again once it is executed? */
static bool is_interpreted(int fd)
{
	char start[2];

	return pread(fd, start, sizeof(start), 0) == 2 && start[0] == '#' && start[1] == '!';
}

static int become_script(const struct script *s, int out)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), r;
	bool interpreted = is_interpreted(s->fd);
	int script = fcntl(s->fd, F_DUPFD_CLOEXEC, FIRST_FREE);

	if (null < 0 || script < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0 ||
	    dup3(script, SCRIPT_FD, interpreted ? 0 : O_CLOEXEC) < 0)
		return -errno;
	/* They all are close-on-exec from birth; this is the second lock. */
	if (syscall(SYS_close_range, SCRIPT_FD + 1, ~0U, 1U << 2 /* CLOSE_RANGE_CLOEXEC */) < 0 &&
	    errno != ENOSYS && errno != EINVAL)
		return -errno;
	if (setsid() < 0)
		return -errno;
	umask(022);
	surroundings_reset_signals();
	r = caps_raise();
	if (r == 0)
		r = runas_become(s->as, s->caps);
	if (r < 0)
		return r;
	(void)syscall(SYS_execveat, SCRIPT_FD, "", s->argv, s->env, AT_EMPTY_PATH);
	return -errno;
}

/* ---- its end, and that of all that it has started */

static void kill_one(pid_t pid, uid_t uid)
{
	/* Without CAP_KILL, a process is to be killed by its own user only. */
	(void)kill(pid, SIGKILL);
	if (uid == 0 || caps_raise() < 0)
		return;
	if (seteuid(uid) == 0)
		(void)kill(pid, SIGKILL);
	/* uid 0 is the real one still, so that neither can fail. */
	if (seteuid(0) < 0 || caps_lower() < 0)
		_exit(1);
}

/* All that a script has started comes to its subreaper. How many were killed, or -errno. */
static ssize_t kill_children(uid_t uid)
{
	pid_t pids[512];
	ssize_t n = children_list(pids, ARRAY_LEN(pids));

	for (ssize_t i = 0; i < n; i++)
		kill_one(pids[i], uid);
	return n;
}

/* false: some may be left. */
static bool kill_all(uid_t uid)
{
	const struct timespec pause = {.tv_nsec = 10000000};

	for (unsigned i = 0; i < KILL_TRIES; i++) {
		while (waitpid(-1, NULL, WNOHANG) > 0)
			continue;
		if (kill_children(uid) == 0)
			return true;
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	}
	return false;
}

/* ---- its output */

static void take(const struct script *s, struct lines *l, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (p[i] == '\n') {
			s->line(l->buf, l->len, s->ctx);
			l->len = 0;
		} else if (l->len < sizeof(l->buf)) {
			l->buf[l->len++] = p[i];
		}
	}
}

/* 0, -EAGAIN: nothing is to be had now, or another -errno; -EPIPE: nor ever. */
static int read_some(const struct script *s, struct lines *l, int fd)
{
	char buf[4096];
	ssize_t n = read(fd, buf, sizeof(buf));

	if (n > 0)
		take(s, l, buf, (size_t)n);
	if (n < 0)
		return errno == EINTR ? -EAGAIN : -errno;
	return n == 0 ? -EPIPE : 0;
}

static int ms_left(const struct timespec *end)
{
	struct timespec now;
	int64_t ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (end->tv_sec - now.tv_sec) * INT64_C(1000) + (end->tv_nsec - now.tv_nsec) / 1000000;
	return ms > 0 ? (int)ms : 0;
}

/* Until the script itself has ended: its descendants may keep the pipe. false: too late. */
static bool attend(const struct script *s, struct lines *l, int pidfd, int out)
{
	struct pollfd p[2] = {{.fd = pidfd, .events = POLLIN}, {.fd = out, .events = POLLIN}};
	struct timespec end;

	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += s->timeout;
	for (;;) {
		int n = poll(p, 2, ms_left(&end));

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0 && p[0].revents)
			return true;
		if (n > 0 && p[1].revents) {
			int r = read_some(s, l, out);

			if (r < 0 && r != -EAGAIN)
				p[1].fd = -1;
		}
		if (ms_left(&end) == 0)
			return false;
	}
}

static void finish(const struct script *s, struct lines *l, int out)
{
	for (unsigned i = 0; i < DRAIN_MOST && read_some(s, l, out) == 0; i++)
		continue;
	if (l->len > 0)
		take(s, l, "\n", 1);
}

/* ---- all of it */

static void set(struct script_result *ret, enum script_end end, int number)
{
	*ret = (struct script_result){.end = end, .number = number};
}

/* How it has ended, without reaping it: its number is still nobody else's. false: it has not, as
 * one that was allowed to become somebody else, and so cannot be killed. */
static bool ask_end(pid_t pid, int pidfd, siginfo_t *info)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	memset(info, 0, sizeof(*info));
	return poll(&p, 1, KILL_MS) == 1 && waitid(P_PID, (id_t)pid, info, WEXITED | WNOWAIT) == 0;
}

/* Waits for the child's end, and says how it was. */
static void supervise(const struct script *s, pid_t pid, int out, int failed,
		      struct script_result *ret)
{
	CLEANUP_FD int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct lines *l = &(struct lines){.len = 0};
	bool ended = pidfd >= 0 && attend(s, l, pidfd, out);
	siginfo_t info;
	int err = 0;

	if (!ended) {
		kill_one(-pid, s->as->uid);
		kill_one(pid, s->as->uid);
	}
	if (!ask_end(pid, pidfd, &info))
		ended = false;
	finish(s, l, out);
	if (read(failed, &err, sizeof(err)) == (ssize_t)sizeof(err))
		set(ret, SCRIPT_UNSTARTED, -err);
	else if (!ended)
		set(ret, SCRIPT_TIMEOUT, 0);
	else
		set(ret, info.si_code == CLD_EXITED ? SCRIPT_EXITED : SCRIPT_SIGNALED,
		    info.si_status);
	if (ret->end != SCRIPT_EXITED || ret->number != 0) {
		kill_one(-pid, s->as->uid);
		ret->left = !kill_all(s->as->uid);
	}
}

static void run(const struct script *s, struct script_result *ret)
{
	int out[2] = {-1, -1}, failed[2] = {-1, -1};
	pid_t pid = -1, none;
	ssize_t n = children_list(&none, 1);

	/* What could not be ended is not begun. */
	if (n < 0) {
		set(ret, SCRIPT_UNWATCHED, (int)-n);
		return;
	}
	if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 && pipe2(out, O_CLOEXEC) == 0 &&
	    pipe2(failed, O_CLOEXEC | O_NONBLOCK) == 0 && fcntl(out[0], F_SETFL, O_NONBLOCK) == 0)
		pid = fork();
	if (pid == 0) {
		int moved = fcntl(failed[1], F_DUPFD_CLOEXEC, FIRST_FREE);
		int moved_out = fcntl(out[1], F_DUPFD_CLOEXEC, FIRST_FREE);
		int err = moved_out < 0 ? -errno : become_script(s, moved_out);

		_exit(write(moved, &err, sizeof(err)) < 0);
	}
	set(ret, SCRIPT_UNSTARTED, errno);
	if (pid < 0)
		return;
	/* Of this short-lived process, the end closes the rest. */
	close(out[1]);
	close(failed[1]);
	supervise(s, pid, out[0], failed[0], ret);
}

void script_run(const struct script *s, struct script_result *ret)
{
	int result[2], status = 0;
	pid_t pid;

	if (pipe2(result, O_CLOEXEC) < 0) {
		set(ret, SCRIPT_UNSTARTED, errno);
		return;
	}
	/* In a process of its own: what a script starts must not get away from kill_all(), and
	 * what it may leave behind must not stay ours. */
	pid = fork();
	if (pid == 0) {
		run(s, ret);
		_exit(write(result[1], ret, sizeof(*ret)) != (ssize_t)sizeof(*ret));
	}
	set(ret, SCRIPT_UNSTARTED, errno);
	close(result[1]);
	if (pid > 0 && read(result[0], ret, sizeof(*ret)) != (ssize_t)sizeof(*ret)) {
		set(ret, SCRIPT_SIGNALED, SIGKILL);
		ret->left = true;
	}
	close(result[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
}

const char *script_text(const struct script_result *r, unsigned timeout, char *buf, size_t size)
{
	const char *left = r->left ? ", and what it had started may still run" : "";

	switch (r->end) {
	case SCRIPT_EXITED:
		snprintf(buf, size, "exited with status %d%s", r->number, left);
		break;
	case SCRIPT_SIGNALED:
		snprintf(buf, size, "was ended by signal %d%s", r->number, left);
		break;
	case SCRIPT_TIMEOUT:
		snprintf(buf, size, "took longer than %u s%s", timeout, left);
		break;
	case SCRIPT_UNWATCHED:
		snprintf(buf, size,
			 "cannot be run: what it starts could not be found in /proc again: %s%s",
			 strerror(r->number),
			 r->number == ENOENT ? " (the kernel needs CONFIG_PROC_CHILDREN)" : "");
		break;
	case SCRIPT_UNSTARTED:
		snprintf(buf, size, "cannot be run: %s", strerror(r->number));
		break;
	}
	return buf;
}

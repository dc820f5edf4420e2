/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between netgrant run and User-mode Linux, which when it is killed leaves the processes behind
 * that help it, and with them the tap. They come here: a process of its own, as netgrant run may
 * have children of whoever became it by exec.
 */
#include "run.h"

#include "lib/children.h"
#include "lib/stdfds.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

/* How long it has to end by itself. */
#define END_S 2

/* Kills all children, one round: how many there were, or -errno. */
static ssize_t kill_children(void)
{
	pid_t pids[512];
	ssize_t n = children_list(pids, ARRAY_LEN(pids)), killed = 0;

	if (n < 0)
		return n;
	/* All, and then for each: one may be traced by another, which has to end first. */
	for (ssize_t i = 0; i < n; i++)
		if (kill(pids[i], SIGKILL) == 0)
			pids[killed++] = pids[i];
	for (ssize_t i = 0; i < killed; i++)
		while (waitpid(pids[i], NULL, 0) < 0 && errno == EINTR)
			;
	return killed;
}

/* true: it has ended, with *status. Others of its children end, too. */
static bool has_ended(pid_t pid, int *status)
{
	int what;
	pid_t who;

	while ((who = waitpid(-1, &what, WNOHANG)) > 0) {
		if (who != pid)
			continue;
		*status = what;
		return true;
	}
	return false;
}

static int attend(pid_t pid, pid_t parent, const sigset_t *all)
{
	bool orphan = false;
	ssize_t left;
	int status;

	while (!has_ended(pid, &status)) {
		const struct timespec end = {.tv_sec = END_S};
		siginfo_t info;
		int signal;

		if (!orphan && getppid() != parent) {
			orphan = true;
			(void)kill(pid, SIGTERM);
			(void)kill(pid, SIGCONT);
		}
		signal = sigtimedwait(all, &info, orphan ? &end : NULL);
		if (signal < 0 && errno == EAGAIN)
			(void)kill(pid, SIGKILL);
		/* What came to us alone: of two, the second would end its way to end. */
		else if (signal > 0 && signal != SIGCHLD && info.si_code != SI_KERNEL &&
			 info.si_pid == parent && getppid() == parent)
			(void)kill(pid, signal);
	}
	while ((left = kill_children()) > 0)
		;
	/* Where they cannot be listed, at least none is told of. */
	if (left < 0 && !(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD))
		(void)run_fail(EX_FAILED,
			       "cannot find what the emulator left behind, which may still run: %s",
			       strerror((int)-left));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t run_attend(pid_t parent)
{
	pid_t self = getpid(), pid;
	sigset_t all;

	/* All but faults are blocked here already. */
	if (sigprocmask(SIG_SETMASK, NULL, &all) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ||
	    /* Which a stopped process sees, too. */
	    prctl(PR_SET_PDEATHSIG, SIGCONT) < 0)
		_exit(run_fail(EX_FAILED, "cannot prepare the emulator: %s", strerror(errno)));
	pid = fork();
	if (pid == 0)
		return self;
	if (pid < 0)
		_exit(run_fail(EX_FAILED, "cannot fork: %s", strerror(errno)));
	/* The tap is not ours to keep. */
	if (stdfds_close_others(STDERR_FILENO) < 0)
		(void)kill(pid, SIGKILL);
	_exit(attend(pid, parent, &all));
}

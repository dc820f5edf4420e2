/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Between netgrant run and User-mode Linux, which when it is killed leaves the processes behind
 * that help it, and with them the tap. They come here: a process of its own, as netgrant run may
 * have children of whoever became it by exec.
 */
#include "run.h"

#include "lib/num.h"
#include "lib/stdfds.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

/* How long it has to end by itself. */
#define END_S 2

/* Kills all children, one round: how many there were. */
static unsigned kill_children(void)
{
	char path[64], text[4096], *save = NULL;
	CLEANUP_FD int fd = -1;
	unsigned killed = 0;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	/* A blank is behind each; what has none may have been cut. */
	while (n > 0 && text[n - 1] != ' ')
		n--;
	text[n > 0 ? n : 0] = '\0';
	for (char *word = strtok_r(text, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		uint64_t pid;

		if (num_parse(word, strlen(word), 1, INT32_MAX, &pid) < 0 ||
		    kill((pid_t)pid, SIGKILL) < 0)
			continue;
		while (waitpid((pid_t)pid, NULL, 0) < 0 && errno == EINTR)
			;
		killed++;
	}
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
		/* The terminal's own reach it without us; that we are an orphan is told by one. */
		else if (signal > 0 && signal != SIGCHLD && info.si_code != SI_KERNEL &&
			 getppid() == parent)
			(void)kill(pid, signal);
	}
	while (kill_children() > 0)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t run_attend(pid_t parent)
{
	pid_t self = getpid(), pid;
	sigset_t all;

	/* All but faults are blocked here already. */
	if (sigprocmask(SIG_SETMASK, NULL, &all) < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0 ||
	    prctl(PR_SET_PDEATHSIG, SIGTERM) < 0)
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "work.h"

#include "lib/caps.h"
#include "lib/stdfds.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKER LIBEXECDIR "/netgrant/network-worker"
#define NICE_MOST 10 /* a tenth of a processor, next to one who uses it all */

int work_prepare(struct helper *h)
{
	int r = stdfds_close_others(STDERR_FILENO);

	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot close inherited descriptors: %s",
				   strerror(-r));
	return helper_open_log(h);
}

static int become_worker(const struct helper *h, const char *program, const char *const argv[])
{
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};

	execve(program, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	return helper_fail(h, EX_INSTALL, "cannot run %s: %s", program, strerror(errno));
}

int work_exec(const struct helper *h, const char *const argv[])
{
	/* root's questions may need what root has. */
	if (h->caller.uid != 0 && caps_drop() < 0)
		return helper_fail(h, EX_FAILED, "cannot drop its capabilities");
	return become_worker(h, WORKER, argv);
}

/*
 * The limits of this process are also those of dnsmasq and of scripts, which work for all, or for
 * long. Nobody here may raise what the caller lowered for good.
 */
static int check_limits(const struct helper *h)
{
	static const struct {
		__rlimit_resource_t which;
		const char *name;
		rlim_t least;
	} limits[] = {
		{RLIMIT_NOFILE, "RLIMIT_NOFILE", 256},
		{RLIMIT_NPROC, "RLIMIT_NPROC", 128},
		{RLIMIT_AS, "RLIMIT_AS", (rlim_t)512 << 20},
		{RLIMIT_DATA, "RLIMIT_DATA", (rlim_t)256 << 20},
		{RLIMIT_STACK, "RLIMIT_STACK", (rlim_t)1 << 20},
		{RLIMIT_FSIZE, "RLIMIT_FSIZE", (rlim_t)64 << 20},
		{RLIMIT_CPU, "RLIMIT_CPU", RLIM_INFINITY},
	};
	int r = EX_DONE;

	for (size_t i = 0; r == EX_DONE && i < ARRAY_LEN(limits); i++)
		r = helper_limit(h, (int)limits[i].which, limits[i].name, limits[i].least);
	return r;
}

/*
 * Whoever has the lock of all networks must not wait for the caller's other processes. What
 * cannot be undone is refused, but for a priority that is low only.
 */
static int check_priority(const struct helper *h, bool any_nice)
{
	const struct sched_param param = {0};
	const unsigned long all[16] = {~0UL, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL,
				       ~0UL, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL, ~0UL};

	/* Ignored, because a host may well forbid it to all. */
	(void)syscall(SYS_sched_setaffinity, 0, sizeof(all), all);
	if (syscall(SYS_ioprio_set, 1, 0, 0) < 0 || prctl(PR_SET_TIMERSLACK, 50000, 0, 0, 0) < 0 ||
	    personality(PER_LINUX) < 0)
		return helper_fail(h, EX_FAILED, "cannot undo the caller's settings: %s",
				   strerror(errno));
	if (syscall(SYS_sched_setscheduler, 0, SCHED_OTHER, &param) < 0)
		return helper_fail(h, EX_FAILED, "was started with the scheduling policy idle");
	errno = 0;
	if (setpriority(PRIO_PROCESS, 0, 0) < 0 && !any_nice &&
	    getpriority(PRIO_PROCESS, 0) > NICE_MOST)
		return helper_fail(h, EX_FAILED,
				   "was started with nice %d; at most %d is possible here",
				   getpriority(PRIO_PROCESS, 0), NICE_MOST);
	return EX_DONE;
}

/* The worker's descriptors: /dev/null, what it says, and from 3 on those that it is given. */
static int take_descriptors(const struct work *w, int said)
{
	CLEANUP_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int high[WORK_FDS_MAX];

	/* Out of the way of those that they become. */
	for (size_t i = 0; i < w->nfds; i++) {
		high[i] = fcntl(w->fds[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1 + WORK_FDS_MAX);
		if (high[i] < 0)
			return -errno;
	}
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(said, STDERR_FILENO) < 0)
		return -errno;
	for (size_t i = 0; i < w->nfds; i++)
		if (dup2(high[i], STDERR_FILENO + 1 + (int)i) < 0)
			return -errno;
	/* null may have had such a number: then it is no more to be closed. */
	if (null <= STDERR_FILENO + (int)w->nfds)
		(void)steal_fd(&null);
	return 0;
}

static int child(const struct helper *h, const struct work *w, int said)
{
	const struct itimerval none = {{0, 0}, {0, 0}};
	int r = take_descriptors(w, said);

	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot arrange descriptors: %s", strerror(-r));
	/* An alarm would outlive the exec. Of a fork's child it is 0 already; by rule, not luck. */
	if (setsid() < 0 || setitimer(ITIMER_REAL, &none, NULL) < 0)
		return helper_fail(h, EX_FAILED, "cannot leave the session: %s", strerror(errno));
	r = check_limits(h);
	if (r == EX_DONE)
		r = check_priority(h, w->any_nice);
	if (r != EX_DONE)
		return r;
	if (!caps_have(h->caps))
		return helper_not_privileged(h);
	if (caps_become_root() < 0)
		return helper_fail(h, EX_INSTALL, "cannot become root: %s%s", strerror(errno),
				   caps_in_user_namespace() ? "; it is inside a user namespace"
							    : "");
	return become_worker(h, w->program, w->argv);
}

void work_relay(int fd)
{
	char buf[1024];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0 || (n < 0 && errno == EINTR))
		/* Ignored, because there is nobody else to tell: stderr may be a closed pipe. */
		if (n > 0 && write(STDERR_FILENO, buf, (size_t)n) < 0)
			continue;
}

int work_start(const struct helper *h, const struct work *w, pid_t *pid, int *heard)
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	CLEANUP_FD int end = -1;
	int said[2];

	/* Where the caller ignores it, the kernel would reap the child before we could. */
	if (sigaction(SIGCHLD, &dfl, NULL) < 0)
		return helper_fail(h, EX_FAILED, "cannot set SIGCHLD: %s", strerror(errno));
	/* Were standard error the worker's, it could be made to wait there with the lock held. */
	if (pipe2(said, O_CLOEXEC) < 0)
		return helper_fail(h, EX_FAILED, "cannot make a pipe: %s", strerror(errno));
	end = said[0];
	*pid = fcntl(said[1], F_SETFL, O_NONBLOCK) < 0 ? -1 : fork();
	if (*pid == 0)
		_exit(child(h, w, said[1]));
	close(said[1]);
	if (*pid < 0)
		return helper_fail(h, EX_FAILED, "cannot fork: %s", strerror(errno));
	*heard = steal_fd(&end);
	return EX_DONE;
}

int work_wait(const struct helper *h, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return helper_fail(h, EX_FAILED, "cannot wait for its worker: %s",
					   strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return helper_fail(h, EX_FAILED, "its worker was ended by signal %d", WTERMSIG(status));
}

int work_run(const struct helper *h, const char *const argv[])
{
	const struct work work = {.program = WORKER, .argv = argv};
	CLEANUP_FD int heard = -1;
	pid_t pid;
	int r = work_start(h, &work, &pid, &heard);

	if (r != EX_DONE)
		return r;
	work_relay(heard);
	return work_wait(h, pid);
}

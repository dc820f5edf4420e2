/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "work.h"

#include "lib/authlog.h"
#include "lib/caps.h"
#include "lib/stdfds.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORKER LIBEXECDIR "/netgrant/network-worker"

int work_prepare(struct helper *h)
{
	int r = stdfds_close_others(STDERR_FILENO);

	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot close inherited descriptors: %s",
				   strerror(-r));
	h->log = authlog_open();
	return EX_DONE;
}

static int become_worker(const struct helper *h, const char *const argv[])
{
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};

	execve(WORKER, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	return helper_fail(h, EX_INSTALL, "cannot run " WORKER ": %s", strerror(errno));
}

int work_exec(const struct helper *h, const char *const argv[])
{
	/* root's questions may need what root has. */
	if (h->caller.uid != 0 && caps_drop() < 0)
		return helper_fail(h, EX_FAILED, "cannot drop its capabilities");
	return become_worker(h, argv);
}

static int child(const struct helper *h, const char *const argv[])
{
	const struct itimerval none = {{0, 0}, {0, 0}};
	CLEANUP_FD int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return helper_fail(h, EX_FAILED, "cannot open /dev/null: %s", strerror(errno));
	/* An alarm would outlive the exec. Of a fork's child it is 0 already; by rule, not luck. */
	if (setsid() < 0 || setitimer(ITIMER_REAL, &none, NULL) < 0)
		return helper_fail(h, EX_FAILED, "cannot leave the session: %s", strerror(errno));
	if (!caps_have(h->caps))
		return helper_not_privileged(h);
	if (caps_become_root() < 0)
		return helper_fail(h, EX_FAILED, "cannot become root: %s", strerror(errno));
	return become_worker(h, argv);
}

int work_run(const struct helper *h, const char *const argv[])
{
	struct sigaction dfl = {.sa_handler = SIG_DFL};
	int status;
	pid_t pid;

	/* Where the caller ignores it, the kernel would reap the child before we could. */
	if (sigaction(SIGCHLD, &dfl, NULL) < 0)
		return helper_fail(h, EX_FAILED, "cannot set SIGCHLD: %s", strerror(errno));
	pid = fork();
	if (pid < 0)
		return helper_fail(h, EX_FAILED, "cannot fork: %s", strerror(errno));
	if (pid == 0)
		_exit(child(h, argv));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return helper_fail(h, EX_FAILED, "cannot wait for network-worker: %s",
					   strerror(errno));
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return helper_fail(h, EX_FAILED, "network-worker was ended by signal %d", WTERMSIG(status));
}

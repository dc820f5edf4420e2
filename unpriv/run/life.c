/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The emulator's parent: passes signals on, stops when it stops, ends as it ends. */
#include "run.h"

#include "lib/stdfds.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>

/* How long a companion has to end by itself. */
#define END_MS 2000

/* All descriptors that the command line names. */
static bool keep_ports(const struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		const struct port *p = &run->ports[i];

		if (p->hub)
			continue;
		if (p->stream >= 0 && fcntl(p->stream, F_SETFD, 0) < 0)
			return false;
		/* A tap behind a path is the switch's. */
		for (size_t k = 0; !p->by_path && k < p->queues + p->vhosts; k++)
			if (fcntl(p->fds[k], F_SETFD, 0) < 0)
				return false;
	}
	return run->monitor_end < 0 || (fcntl(run->monitor_end, F_SETFD, 0) == 0 &&
					fcntl(run->monitor_config, F_SETFD, 0) == 0);
}

static _Noreturn void emulator(const struct run *run, sigset_t *mask, pid_t parent)
{
	/* User-mode Linux ends its own helpers on the one, and leaves them on the other. */
	int last = run->emulator == EMULATOR_UML ? SIGTERM : SIGKILL, r;

	if (run->emulator == EMULATOR_UML) {
		parent = run_attend(parent);
		sigdelset(mask, last);
	}
	r = run_enter(run);

	if (r < 0)
		_exit(run_fail(EX_FAILED, "cannot enter the namespace of the taps: %s",
			       strerror(-r)));
	/* Where a program's own capabilities are good for nothing; and with them it would be one
	 * that outlives us: PR_SET_PDEATHSIG(2const). */
	if (run->net_namespace >= 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		_exit(run_fail(EX_FAILED, "cannot prepare the emulator: %s", strerror(errno)));
	/* If we are killed, it is not left behind with a network that nobody answers for. */
	if (prctl(PR_SET_PDEATHSIG, last) < 0 || getppid() != parent || !keep_ports(run) ||
	    sigprocmask(SIG_SETMASK, mask, NULL) < 0)
		_exit(run_fail(EX_FAILED, "cannot prepare the emulator: %s", strerror(errno)));
	execvp(run->argv[0], run->argv);
	/* As a shell has it. */
	_exit(run_fail(errno == ENOENT ? 127 : 126, "%s: %s", run->argv[0], strerror(errno)));
}

/* What only the emulator and the companions are to have now. */
static void let_go(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct port *p = &run->ports[i];

		for (size_t k = 0; k < FDPASS_MAX; k++)
			if (p->fds[k] >= 0)
				close(steal_fd(&p->fds[k]));
		if (p->stream >= 0)
			close(steal_fd(&p->stream));
		if (p->far >= 0)
			close(steal_fd(&p->far));
	}
	if (run->net_namespace >= 0)
		close(steal_fd(&run->net_namespace));
	if (run->user_namespace >= 0)
		close(steal_fd(&run->user_namespace));
	if (run->monitor_end >= 0)
		close(steal_fd(&run->monitor_end));
	if (run->monitor_config >= 0)
		close(steal_fd(&run->monitor_config));
}

/* The terminal's own signals reach the emulator without us; and SIGPIPE, where nobody reads what
 * we say, is not for it. */
static void pass_on(const struct signalfd_siginfo *info, pid_t pid)
{
	if (info->ssi_code != SI_KERNEL && info->ssi_pid != (uint32_t)getpid())
		(void)kill(pid, (int)info->ssi_signo);
}

/* A companion that ended too early is told; the guest goes on without it. */
static void reap_companion(struct run *run, pid_t pid)
{
	for (size_t i = 0; i < run->n_companions; i++) {
		if (run->companions[i] != pid)
			continue;
		run->companions[i] = run->companions[--run->n_companions];
		(void)run_fail(EX_FAILED,
			       "a companion (process %d) ended before the emulator: its "
			       "NIC is cut off",
			       (int)pid);
		return;
	}
}

/* true: the emulator has ended, with *status. */
static bool children(struct run *run, pid_t pid, int *status)
{
	int what;
	pid_t who;

	while ((who = waitpid(-1, &what, WNOHANG)) > 0) {
		if (who == pid) {
			*status = what;
			return true;
		}
		reap_companion(run, who);
	}
	return false;
}

/* QEMU's answers are read away until it closes. */
static void drain_monitor(struct run *run)
{
	char buf[1024];
	ssize_t n = recv(run->monitor, buf, sizeof(buf), MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
		close(steal_fd(&run->monitor));
}

static int watch(struct run *run, int signals, pid_t pid, int *status)
{
	for (;;) {
		struct pollfd fds[] = {{signals, POLLIN, 0}, {run->monitor, POLLIN, 0}};
		struct signalfd_siginfo info;

		if (poll(fds, ARRAY_LEN(fds), -1) < 0 && errno != EINTR)
			return -errno;
		if (run->monitor >= 0 && fds[1].revents)
			drain_monitor(run);
		while (read(signals, &info, sizeof(info)) == sizeof(info)) {
			if (info.ssi_signo != SIGCHLD)
				pass_on(&info, pid);
			else if (children(run, pid, status))
				return 0;
		}
	}
}

int run_keeper(struct run *run, bool *retkeeps)
{
	int r = run_leash(run);
	pid_t pid;

	*retkeeps = false;
	if (r != EX_DONE)
		return r;
	pid = fork();
	if (pid < 0)
		return run_fail(EX_FAILED, "cannot fork: %s", strerror(errno));
	if (pid > 0) {
		run->companions[run->n_companions++] = pid;
		return EX_DONE;
	}
	/* ^C is for the emulator. */
	(void)setpgid(0, 0);
	*retkeeps = true;
	return EX_DONE;
}

void run_keeper_wait(const struct run *run)
{
	char byte;

	if (stdfds_close_others(run->leash_end) == 0)
		while (read(run->leash_end, &byte, 1) < 0 && errno == EINTR)
			;
}

/* They see the leash go; those that do not are told, and then made to. */
static void end_companions(struct run *run)
{
	static const int signals[] = {0, SIGTERM, SIGKILL};

	if (run->leash >= 0)
		close(steal_fd(&run->leash));
	if (run->leash_end >= 0)
		close(steal_fd(&run->leash_end));
	for (size_t s = 0; s < ARRAY_LEN(signals); s++) {
		for (size_t i = 0; signals[s] && i < run->n_companions; i++)
			(void)kill(run->companions[i], signals[s]);
		for (int ms = 0; run->n_companions > 0 && ms < END_MS; ms += 5) {
			for (size_t i = run->n_companions; i-- > 0;)
				if (waitpid(run->companions[i], NULL, WNOHANG) != 0)
					run->companions[i] = run->companions[--run->n_companions];
			if (run->n_companions > 0)
				(void)poll(NULL, 0, 5);
		}
	}
}

void run_clean_up(struct run *run)
{
	let_go(run);
	end_companions(run);
}

int run_emulator(struct run *run)
{
	/* What the terminal stops the emulator with has to stop us; and our own faults, end us. */
	static const int own[] = {SIGTSTP, SIGTTIN, SIGTTOU, SIGSEGV,
				  SIGBUS,  SIGFPE,  SIGILL,  SIGABRT};
	sigset_t all, before;
	CLEANUP_FD int signals = -1;
	pid_t parent = getpid(), pid;
	int status, r;

	sigfillset(&all);
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		sigdelset(&all, own[i]);
	if (sigprocmask(SIG_BLOCK, &all, &before) < 0)
		return run_fail(EX_FAILED, "cannot block signals: %s", strerror(errno));
	signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	pid = signals < 0 ? -1 : fork();
	if (pid == 0)
		emulator(run, &before, parent);
	if (pid < 0)
		return run_fail(EX_FAILED, "cannot fork: %s", strerror(errno));
	let_go(run);
	r = watch(run, signals, pid, &status);
	if (r < 0)
		return run_fail(EX_FAILED, "cannot wait for the emulator: %s", strerror(-r));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

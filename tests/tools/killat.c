/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * killat PROGRAM N COMMAND ARGUMENT...: runs the command and everything it starts, and kills
 * the process that has executed PROGRAM (the end of its path) with SIGKILL at the entry of
 * its Nth system call that could change something outside it (before any other call the world is
 * as before the next of these). Prints "killed CALL" or "ended N" with how many calls it
 * made. Exit status: the command's own, 128+signal, or 99 for trouble of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define OPTIONS                                                                                    \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |  \
	 PTRACE_O_TRACEEXEC)

static pid_t victim;
static long left, made;
static bool inside; /* of a system call of the victim */

static bool runs(pid_t pid, const char *program)
{
	char path[64], target[256];
	ssize_t n;
	size_t len = strlen(program);

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	n = readlink(path, target, sizeof(target));
	return n >= (ssize_t)len && memcmp(target + n - len, program, len) == 0;
}

/* What only looks, or concerns the process's own memory and descriptors. */
static bool only_looks(const struct __ptrace_syscall_info *info)
{
	static const long calls[] = {
		SYS_read,
		SYS_pread64,
		SYS_close,
		SYS_fstat,
		SYS_newfstatat,
		SYS_lseek,
		SYS_mmap,
		SYS_mprotect,
		SYS_munmap,
		SYS_brk,
		SYS_rt_sigaction,
		SYS_getpid,
		SYS_rt_sigprocmask,
		SYS_access,
		SYS_gettid,
		SYS_getuid,
		SYS_geteuid,
		SYS_getgid,
		SYS_getegid,
		SYS_recvmsg,
		SYS_recvfrom,
		SYS_socket,
		SYS_getsockname,
		SYS_getsockopt,
		SYS_setsockopt,
		SYS_poll,
		SYS_readlink,
		SYS_getdents64,
		SYS_prlimit64,
		SYS_getrandom,
		SYS_futex,
		SYS_capget,
		SYS_fcntl,
		SYS_statx,
		SYS_set_robust_list,
		SYS_rseq,
		SYS_uname,
		SYS_arch_prctl,
		SYS_pipe2,
		SYS_set_tid_address,
		SYS_bind,
		SYS_sysinfo,
		SYS_wait4,
		SYS_pidfd_open,
		SYS_clock_nanosleep,
		SYS_prctl,
		SYS_capset,
		SYS_umask,
		SYS_fstatfs,
		SYS_faccessat2,
	};

	if (info->entry.nr == SYS_openat)
		return !(info->entry.args[2] & O_CREAT);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if ((long)info->entry.nr == calls[i])
			return true;
	return false;
}

/* At a stop for a system call. true: it was killed. */
static bool at_call(pid_t pid)
{
	struct __ptrace_syscall_info info;

	if (pid != victim)
		return false;
	inside = !inside;
	if (!inside)
		return false;
	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 || only_looks(&info))
		return false;
	made++;
	if (made != left)
		return false;
	printf("killed %llu\n", (unsigned long long)info.entry.nr);
	kill(pid, SIGKILL);
	victim = 0;
	return true;
}

static int signal_of(int status)
{
	int number = WSTOPSIG(status);

	/* Stops of ptrace's own, and the first one of a new process. */
	if (status >> 16 || number == SIGTRAP || number == (SIGTRAP | 0x80) || number == SIGSTOP)
		return 0;
	return number;
}

static int follow(pid_t command, const char *program)
{
	int result = 99, status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, __WALL)) > 0 || errno == EINTR) {
		if (pid < 0)
			continue;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			if (pid == victim)
				printf("ended %ld\n", made);
			if (pid == victim)
				victim = 0;
			if (pid == command)
				result = WIFEXITED(status) ? WEXITSTATUS(status)
							   : 128 + WTERMSIG(status);
			/* What it left in the background is let go. */
			if (pid == command)
				break;
			continue;
		}
		if (status >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8) && !made &&
		    runs(pid, program)) {
			victim = pid;
			inside = true; /* of execve() itself */
		} else if (WSTOPSIG(status) == (SIGTRAP | 0x80) && at_call(pid)) {
			continue;
		}
		(void)ptrace(PTRACE_SYSCALL, pid, 0, (long)signal_of(status));
	}
	return result;
}

int main(int argc, char *argv[])
{
	pid_t pid;

	if (argc < 4)
		return 99;
	left = strtol(argv[2], NULL, 10);
	pid = fork();
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 && raise(SIGSTOP) == 0)
			execvp(argv[3], argv + 3);
		_exit(99);
	}
	if (pid < 0 || waitpid(pid, NULL, 0) != pid ||
	    ptrace(PTRACE_SETOPTIONS, pid, 0, OPTIONS) < 0)
		return 99;
	(void)ptrace(PTRACE_SYSCALL, pid, 0, 0);
	return follow(pid, argv[1]);
}

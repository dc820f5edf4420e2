/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * under [OPTION]... PROGRAM ARGUMENT...: runs the program as somebody hostile would have it
 * run. The options are applied in their order; PROGRAM is a path.
 *
 *   --close=N            closes descriptor N
 *   --fd=N,KIND          descriptor N becomes a thing of that kind (see kinds[])
 *   --limit=NAME,VALUE   resource limit, soft and hard
 *   --signals=MODE       ignore: every signal; block: every signal; qemu: as QEMU leaves them
 *   --umask=OCTAL        --nice=N       --no-cwd    the working folder is gone
 *   --no-new-privs       --bounding=N   only capability N stays in the bounding set
 *   --share-fs           another process shares the working folder and the umask
 *   --traced             the program is traced by this process, as an unprivileged one may
 *   --groups=N           N supplementary groups, 100000 and on
 *   --uid=N              uid and gid; from root, every capability goes with it
 *   --name=TEXT          argv[0]        --long-name=N   argv[0] of N bytes
 *   --long-arg=N         a last argument of N bytes
 *   --random=SEED        the arguments are some, random ones
 *   --empty-argv         no argument, not even argv[0]
 */
#include "lib/num.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAX_ARGS 64

static struct {
	const char *name;
	size_t long_name, long_arg;
	unsigned seed;
	bool random, empty, traced;
} how;

static void check(int bad, const char *what)
{
	if (!bad)
		return;
	fprintf(stderr, "under: %s: %s\n", what, strerror(errno));
	exit(98);
}

static unsigned number(const char *text, size_t len)
{
	uint64_t value = 0;

	errno = EINVAL;
	check(num_parse(text, len, 0, UINT32_MAX, &value) < 0, text);
	return (unsigned)value;
}

static unsigned whole(const char *text)
{
	return number(text, strlen(text));
}

/* ---- descriptors */

static int bound_inet(int type)
{
	return socket(AF_INET, type, 0);
}

static int pair_end(int type, bool shut)
{
	int sv[2];

	check(socketpair(AF_UNIX, type, 0, sv) < 0, "socketpair");
	if (shut)
		check(shutdown(sv[1], SHUT_RDWR) < 0, "shutdown");
	return sv[0];
}

static int listening(void)
{
	/* The abstract address that the kernel picks. */
	const struct sockaddr_un any = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	check(bind(fd, (const struct sockaddr *)&any, sizeof(sa_family_t)) < 0, "bind");
	check(listen(fd, 1) < 0, "listen");
	return fd;
}

static int pipe_end(bool reader, bool closed)
{
	int p[2];

	check(pipe(p) < 0, "pipe");
	if (closed)
		close(p[reader ? 1 : 0]);
	return p[reader ? 0 : 1];
}

static int terminal(void)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY);

	check(fd < 0 || grantpt(fd) < 0 || unlockpt(fd) < 0, "posix_openpt");
	return open(ptsname(fd), O_RDWR | O_NOCTTY);
}

static int make_fd(const char *kind)
{
	if (kind[0] == '/')
		return open(kind, O_RDWR | O_APPEND);
	if (strncmp(kind, "path:", 5) == 0)
		return open(kind + 5, O_PATH);
	if (strcmp(kind, "udp") == 0)
		return bound_inet(SOCK_DGRAM);
	if (strcmp(kind, "tcp") == 0)
		return bound_inet(SOCK_STREAM);
	if (strcmp(kind, "dgram") == 0)
		return pair_end(SOCK_DGRAM, false);
	if (strcmp(kind, "seqpacket") == 0)
		return pair_end(SOCK_SEQPACKET, false);
	if (strcmp(kind, "stream") == 0)
		return pair_end(SOCK_STREAM, false);
	if (strcmp(kind, "shut") == 0)
		return pair_end(SOCK_STREAM, true);
	if (strcmp(kind, "unconnected") == 0)
		return socket(AF_UNIX, SOCK_STREAM, 0);
	if (strcmp(kind, "listening") == 0)
		return listening();
	if (strcmp(kind, "tty") == 0)
		return terminal();
	if (strcmp(kind, "closed-pipe") == 0)
		return pipe_end(false, true);
	if (strcmp(kind, "pipe") == 0)
		return pipe_end(true, false);
	errno = EINVAL;
	check(1, kind);
	return -1;
}

static void set_fd(const char *text)
{
	size_t len = strcspn(text, ",");
	int at = (int)number(text, len), fd = make_fd(text + len + 1);

	check(fd < 0, text);
	if (fd != at) {
		check(dup2(fd, at) < 0, text);
		close(fd);
	}
}

/* ---- limits, signals, ids */

static void set_limit(const char *text)
{
	static const struct {
		const char *name;
		__rlimit_resource_t which;
	} limits[] = {
		{"NOFILE", RLIMIT_NOFILE},     {"AS", RLIMIT_AS},
		{"DATA", RLIMIT_DATA},         {"STACK", RLIMIT_STACK},
		{"CPU", RLIMIT_CPU},           {"FSIZE", RLIMIT_FSIZE},
		{"NPROC", RLIMIT_NPROC},       {"MEMLOCK", RLIMIT_MEMLOCK},
		{"CORE", RLIMIT_CORE},         {"SIGPENDING", RLIMIT_SIGPENDING},
		{"RTTIME", RLIMIT_RTTIME},     {"LOCKS", RLIMIT_LOCKS},
		{"MSGQUEUE", RLIMIT_MSGQUEUE},
	};
	size_t len = strcspn(text, ",");

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		struct rlimit limit;

		if (strlen(limits[i].name) != len || strncmp(limits[i].name, text, len) != 0)
			continue;
		limit.rlim_cur = limit.rlim_max = whole(text + len + 1);
		check(setrlimit(limits[i].which, &limit) < 0, text);
		return;
	}
	errno = EINVAL;
	check(1, text);
}

static void set_signals(const char *mode)
{
	static const int qemu[] = {SIGCHLD, SIGALRM, SIGUSR1, SIGBUS, SIGIO};
	sigset_t set;

	sigemptyset(&set);
	if (strcmp(mode, "block") == 0)
		sigfillset(&set);
	for (int i = 1; i < 65 && strcmp(mode, "ignore") == 0; i++)
		signal(i, SIG_IGN);
	if (strcmp(mode, "qemu") == 0) {
		signal(SIGPIPE, SIG_IGN);
		for (size_t i = 0; i < sizeof(qemu) / sizeof(qemu[0]); i++)
			sigaddset(&set, qemu[i]);
	}
	check(sigprocmask(SIG_BLOCK, &set, NULL) < 0, "sigprocmask");
}

static void set_groups(unsigned n)
{
	gid_t *groups = calloc((size_t)n + 1, sizeof(*groups));

	check(!groups, "calloc");
	for (unsigned i = 0; i < n; i++)
		groups[i] = 100000 + i;
	check(setgroups(n, groups) < 0, "setgroups");
	free(groups);
}

static void set_uid(unsigned uid)
{
	check(syscall(SYS_setresgid, uid, uid, uid) < 0, "setresgid");
	check(syscall(SYS_setresuid, uid, uid, uid) < 0, "setresuid");
}

static void keep_bounding(unsigned kept)
{
	for (unsigned cap = 0; prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		check(cap != kept && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) < 0, "bounding");
}

static void remove_cwd(void)
{
	char folder[] = "/tmp/under.XXXXXX";

	check(!mkdtemp(folder) || chdir(folder) < 0 || rmdir(folder) < 0, "no-cwd");
}

/* The program is the child of a process that has the same working folder: exec(2) gives no
 * privilege to such a one (LSM_UNSAFE_SHARE). */
static void share_fs(void)
{
	long pid = syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);
	int status;

	check(pid < 0, "clone");
	if (pid == 0)
		return;
	check(waitpid((pid_t)pid, &status, 0) < 0, "waitpid");
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
}

/* ---- the program */

static char *filled(size_t n)
{
	char *text = malloc(n + 1);

	check(!text, "malloc");
	memset(text, 'x', n);
	text[n] = '\0';
	return text;
}

/* Printable and other bytes, words of the contract among them. */
static char *random_arg(void)
{
	static const char *const words[] = {"--br=",    "--fd=",  "--use-vnet", "--describe", "--",
					    "--br=br0", "--fd=9", "%s%n",       "../x",       "-1"};
	char *text = filled((size_t)(rand() % 40));

	for (char *p = text; *p; p++)
		*p = (char)(1 + rand() % 255);
	if (rand() % 2) {
		const char *word = words[(size_t)rand() % (sizeof(words) / sizeof(words[0]))];
		size_t len = strlen(word) + strlen(text) + 1;
		char *both = malloc(len);

		check(!both, "malloc");
		snprintf(both, len, "%s%s", word, rand() % 3 ? "" : text);
		return both;
	}
	return text;
}

static int trace(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == pid && WIFSTOPPED(status))
		ptrace(PTRACE_CONT, pid, 0, WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static int run(char **command)
{
	char *argv[MAX_ARGS + 2] = {NULL};
	const char *path = command[0];
	size_t n = 0;
	pid_t pid;

	srand(how.seed);
	for (; command[n] && n < MAX_ARGS; n++)
		argv[n] = command[n];
	if (how.random) {
		size_t count = (size_t)(rand() % 8);

		for (n = 1; n <= count; n++)
			argv[n] = random_arg();
		argv[n] = NULL;
	}
	if (how.long_arg)
		argv[n++] = filled(how.long_arg);
	if (how.name)
		argv[0] = (char *)(uintptr_t)how.name;
	if (how.long_name)
		argv[0] = filled(how.long_name);
	if (how.empty)
		argv[0] = NULL;
	pid = how.traced ? fork() : 0;
	check(pid < 0, "fork");
	if (pid > 0)
		return trace(pid);
	check(how.traced && ptrace(PTRACE_TRACEME, 0, 0, 0) < 0, "ptrace");
	execv(path, argv);
	fprintf(stderr, "under: %s: %s\n", path, strerror(errno));
	return 97;
}

/* Options without a value. */
static bool apply_word(const char *o)
{
	if (strcmp(o, "--no-cwd") == 0)
		remove_cwd();
	else if (strcmp(o, "--no-new-privs") == 0)
		check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0, o);
	else if (strcmp(o, "--share-fs") == 0)
		share_fs();
	else if (strcmp(o, "--traced") == 0)
		how.traced = true;
	else if (strcmp(o, "--empty-argv") == 0)
		how.empty = true;
	else
		return false;
	return true;
}

static void apply_random(const char *value)
{
	how.random = true;
	how.seed = whole(value);
}

static void apply(const char *o)
{
	const char *value = strchr(o, '=');
	size_t len;

	if (apply_word(o))
		return;
	errno = EINVAL;
	check(!value, o);
	len = (size_t)(value++ - o);
#define IS(word) (len == strlen(word) && strncmp(o, word, len) == 0)
	if (IS("--close"))
		close((int)whole(value));
	else if (IS("--fd"))
		set_fd(value);
	else if (IS("--limit"))
		set_limit(value);
	else if (IS("--signals"))
		set_signals(value);
	else if (IS("--umask"))
		umask((mode_t)(whole(value) / 100 * 64 + whole(value) / 10 % 10 * 8 +
			       whole(value) % 10));
	else if (IS("--nice"))
		check(setpriority(PRIO_PROCESS, 0, (int)whole(value)) < 0, o);
	else if (IS("--bounding"))
		keep_bounding(whole(value));
	else if (IS("--groups"))
		set_groups(whole(value));
	else if (IS("--uid"))
		set_uid(whole(value));
	else if (IS("--name"))
		how.name = value;
	else if (IS("--long-name"))
		how.long_name = whole(value);
	else if (IS("--long-arg"))
		how.long_arg = whole(value);
	else if (IS("--random"))
		apply_random(value);
	else
		check(1, o);
#undef IS
}

int main(int argc, char *argv[])
{
	char **arg = argv + 1;

	(void)argc;
	for (; *arg && strncmp(*arg, "--", 2) == 0; arg++)
		apply(*arg);
	errno = EINVAL;
	check(!*arg, "no program");
	return run(arg);
}

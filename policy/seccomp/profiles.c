/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that each helper, and each program of the data plane, may make behind
 * its fence, compiled when the project is built: `profiles NAME ARCH` prints the filter as a C
 * array. Grouped by what needs them; a call that is missing here ends the process with SIGSYS.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

struct rule {
	int call;
	bool compare;
	struct scmp_arg_cmp arg;
};

#define CALL(name)                                                                                 \
	{                                                                                          \
		.call = SCMP_SYS(name)                                                             \
	}
/* Only with argument n, masked, equal to value. */
#define WITH(name, n, mask, value)                                                                 \
	{                                                                                          \
		.call = SCMP_SYS(name), .compare = true,                                           \
		.arg = { n,                                                                        \
			 SCMP_CMP_MASKED_EQ,                                                       \
			 mask,                                                                     \
			 value }                                                                   \
	}
/* An ioctl's number has 32 bits; C libraries differ in how they extend it. */
#define IOCTL(request) WITH(ioctl, 1, UINT32_MAX, (uint32_t)(request))

/* No file can be made, cut or executed, whatever its path. */
#define OPEN_BITS (O_CREAT | O_TRUNC | O_APPEND | (__O_TMPFILE & ~O_DIRECTORY))

static const struct rule every_helper[] = {
	/* memory and end */
	CALL(brk),
	WITH(mmap, 2, PROT_EXEC, 0),
	WITH(mmap2, 2, PROT_EXEC, 0),
	CALL(munmap),
	CALL(exit_group),
	CALL(rt_sigreturn),
	/* capabilities: caps.c */
	CALL(capget),
	CALL(capset),
	CALL(gettid),
	CALL(getpid),
	/* messages: stderr, the reply, the log */
	CALL(write),
	CALL(sendmsg),
	CALL(sendto),
	CALL(close),
};

/* The data plane: netgrant-switch and netgrant-slirp, each with its own list besides. */
static const struct rule every_plane[] = {
	/* memory; what malloc() and threads' locks of libraries come to */
	CALL(brk),
	WITH(mmap, 2, PROT_EXEC, 0),
	WITH(mmap2, 2, PROT_EXEC, 0),
	WITH(mprotect, 2, PROT_EXEC, 0),
	CALL(munmap),
	CALL(mremap),
	CALL(madvise),
	CALL(futex),
	CALL(futex_time64),
	CALL(getrandom),
	/* time and end */
	CALL(clock_gettime),
	CALL(clock_gettime64),
	CALL(gettimeofday),
	CALL(restart_syscall),
	CALL(rt_sigreturn),
	CALL(rt_sigprocmask),
	CALL(exit_group),
	CALL(getpid),
	CALL(gettid),
	CALL(geteuid),
	/* the loop */
	CALL(poll),
	CALL(ppoll),
	CALL(ppoll_time64),
	CALL(epoll_wait),
	CALL(epoll_pwait),
	CALL(epoll_ctl),
	/* frames, requests, messages */
	CALL(read),
	CALL(readv),
	CALL(write),
	CALL(writev),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(recvmmsg),
	CALL(recvmmsg_time64),
	CALL(sendto),
	CALL(sendmsg),
	CALL(sendmmsg),
	CALL(accept),
	CALL(accept4),
	CALL(getsockopt),
	CALL(getsockname),
	CALL(getpeername),
	CALL(shutdown),
	CALL(close),
	/* fdopen() and what it asks of a descriptor */
	WITH(fcntl, 1, UINT32_MAX, F_GETFL),
	WITH(fcntl, 1, UINT32_MAX, F_SETFL),
	WITH(fcntl, 1, UINT32_MAX, F_SETFD),
	WITH(fcntl64, 1, UINT32_MAX, F_GETFL),
	WITH(fcntl64, 1, UINT32_MAX, F_SETFL),
	WITH(fcntl64, 1, UINT32_MAX, F_SETFD),
	CALL(fstat),
	WITH(newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH),
};

/* netgrant-slirp: opens sockets for the guest, and files to read for TFTP. */
static const struct rule slirp[] = {
	WITH(socket, 0, UINT32_MAX, AF_INET),
	WITH(socket, 0, UINT32_MAX, AF_INET6),
	WITH(socket, 0, UINT32_MAX, AF_UNIX),
	CALL(connect),
	CALL(bind),
	CALL(listen),
	CALL(setsockopt),
	IOCTL(FIONREAD),
	WITH(openat, 2, OPEN_BITS | O_ACCMODE, O_RDONLY),
	WITH(open, 1, OPEN_BITS | O_ACCMODE, O_RDONLY),
	CALL(newfstatat),
	CALL(stat),
	CALL(lseek),
	CALL(_llseek),
};

/* netgrant-switch: tunes its clients' sockets, connects datagram sockets that it has. */
static const struct rule switch_[] = {
	CALL(connect),
	CALL(setsockopt),
};

/* The same with a connection that it makes again when it ends. */
static const struct rule switch_connect[] = {
	CALL(connect),
	CALL(setsockopt),
	WITH(socket, 0, UINT32_MAX, AF_INET),
	WITH(socket, 0, UINT32_MAX, AF_INET6),
	WITH(socket, 0, UINT32_MAX, AF_UNIX),
};

/* A port of a bridge: bridge-helper, and nat-setup as a helper. */
static const struct rule port[] = {
	/* tap_create() */
	IOCTL(TUNGETFEATURES),
	IOCTL(TUNSETIFF),
	IOCTL(TUNSETOWNER),
	IOCTL(SIOCGIFHWADDR),
	IOCTL(SIOCGIFINDEX),
	/* link_refresh() */
	IOCTL(SIOCGIFNAME),
	IOCTL(SIOCGIFMTU),
	/* link.c on its open socket */
	CALL(recvmsg),
	/* sysctl_disable_ipv6(), sysfs_address_is_set() */
	WITH(openat, 2, OPEN_BITS, 0),
	CALL(read),
};

/* A tap on no bridge: made before the fence, where the policy has its say about each name. */
static const struct rule tap[] = {
	/* link.c on its open socket */
	CALL(recvmsg),
	/* sysctl_disable_ipv6() */
	WITH(openat, 2, OPEN_BITS, 0),
	/* tap_set_owner(), tap_persist() */
	IOCTL(TUNSETOWNER),
	IOCTL(TUNSETPERSIST),
};

/* ifup-runner, once its worker runs: it makes the tap, and waits. */
static const struct rule ifup_runner[] = {
	/* tap_create(), of a duplicate of the descriptor */
	WITH(fcntl, 1, UINT32_MAX, F_DUPFD_CLOEXEC),
	WITH(fcntl64, 1, UINT32_MAX, F_DUPFD_CLOEXEC),
	IOCTL(TUNGETFEATURES),
	IOCTL(TUNSETIFF),
	IOCTL(TUNSETOWNER),
	IOCTL(SIOCGIFHWADDR),
	IOCTL(SIOCGIFINDEX),
	/* link.c on its open socket */
	CALL(recvmsg),
	/* sysctl_disable_ipv6() */
	WITH(openat, 2, OPEN_BITS, 0),
	/* the worker: what it says, how it went, its end */
	CALL(read),
	CALL(poll),
	CALL(ppoll),
	CALL(ppoll_time64),
	CALL(recvfrom),
	CALL(recv),
	CALL(send),
	CALL(wait4),
	CALL(waitpid),
};

struct list {
	const struct rule *rules;
	size_t n;
};

#define LIST(rules)                                                                                \
	{                                                                                          \
		rules, sizeof(rules) / sizeof((rules)[0])                                          \
	}

static const struct {
	const char *name;
	struct list common, own;
} profiles[] = {
	{"bridge-helper", LIST(every_helper), LIST(port)},
	{"ifup-runner", LIST(every_helper), LIST(ifup_runner)},
	{"nat-setup", LIST(every_helper), LIST(port)},
	{"tap-creator", LIST(every_helper), LIST(tap)},
	{"slirp", LIST(every_plane), LIST(slirp)},
	{"switch", LIST(every_plane), LIST(switch_)},
	{"switch-connect", LIST(every_plane), LIST(switch_connect)},
};

static int add(scmp_filter_ctx ctx, const struct list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		const struct rule *rule = &list->rules[i];
		int r = seccomp_rule_add_array(ctx, SCMP_ACT_ALLOW, rule->call,
					       rule->compare ? 1 : 0, &rule->arg);

		/* A call that the architecture does not have at all. */
		if (r < 0 && r != -EDOM)
			return r;
	}
	return 0;
}

static int print(const char *name, const void *program, size_t size)
{
	struct insn {
		uint16_t code;
		uint8_t jt, jf;
		uint32_t k;
	} insn;

	printf("/* Made by policy/seccomp/profiles.c; do not edit. */\n"
	       "static const struct sock_filter seccomp_");
	for (const char *p = name; *p; p++)
		putchar(*p == '-' ? '_' : *p);
	printf("[] = {\n");
	for (size_t at = 0; at + sizeof(insn) <= size; at += sizeof(insn)) {
		memcpy(&insn, (const char *)program + at, sizeof(insn));
		printf("\t{0x%02x, %u, %u, 0x%08x},\n", insn.code, insn.jt, insn.jf, insn.k);
	}
	printf("};\n");
	return fflush(stdout) == 0 && !ferror(stdout) ? 0 : -EIO;
}

/* libseccomp writes to a descriptor; what it wrote is read back from a temporary file. */
static int export(scmp_filter_ctx ctx, const char *name)
{
	static char program[65536];
	FILE *file = tmpfile();
	ssize_t n;
	int r;

	if (!file)
		return -errno;
	r = seccomp_export_bpf(ctx, fileno(file));
	n = r < 0 ? r : pread(fileno(file), program, sizeof(program), 0);
	fclose(file);
	if (n <= 0)
		return r < 0 ? r : -EIO;
	return print(name, program, (size_t)n);
}

static int build(size_t which, const char *arch)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_KILL_PROCESS);
	uint32_t token = seccomp_arch_resolve_name(arch);
	int r;

	if (!ctx || !token)
		return -EINVAL;
	if (token != seccomp_arch_native()) {
		r = seccomp_arch_add(ctx, token);
		if (r == 0)
			r = seccomp_arch_remove(ctx, SCMP_ARCH_NATIVE);
		if (r < 0)
			return r;
	}
	r = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	/* A search tree instead of a list: fewer instructions for each call. */
	if (r == 0)
		r = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (r == 0)
		r = add(ctx, &profiles[which].common);
	if (r == 0)
		r = add(ctx, &profiles[which].own);
	if (r == 0)
		r = export(ctx, profiles[which].name);
	seccomp_release(ctx);
	return r;
}

int main(int argc, char *argv[])
{
	int r = -ENOENT;

	if (argc != 3) {
		fprintf(stderr, "usage: profiles NAME ARCHITECTURE\n");
		return 2;
	}
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (strcmp(profiles[i].name, argv[1]) == 0)
			r = build(i, argv[2]);
	if (r < 0) {
		fprintf(stderr, "profiles: %s for %s: %s\n", argv[1], argv[2], strerror(-r));
		return 1;
	}
	return 0;
}

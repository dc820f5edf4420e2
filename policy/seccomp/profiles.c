/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The system calls that each helper, and each program of the data plane, may make behind
 * its fence, compiled when the project is built: `profiles NAME ARCH` prints the filter as a C
 * array. Grouped by what needs them; a call that is missing here ends the process with SIGSYS.
 * (For network-worker and dnsmasq it is the other way round, see there.)
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <sched.h>
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
	unsigned compare; /* how many of args have to be as they say */
	struct scmp_arg_cmp args[2];
};

#define CALL(name)                                                                                 \
	{                                                                                          \
		.call = SCMP_SYS(name)                                                             \
	}
#define IS(n, mask, value)                                                                         \
	{                                                                                          \
		n, SCMP_CMP_MASKED_EQ, mask, value                                                 \
	}
/* Only with argument n, masked, equal to value. */
#define WITH(name, n, mask, value)                                                                 \
	{                                                                                          \
		.call = SCMP_SYS(name), .compare = 1, .args = { IS(n, mask, value) }               \
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
	CALL(geteuid32),
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
	CALL(recv),
	CALL(recvfrom),
	CALL(recvmsg),
	CALL(recvmmsg),
	CALL(recvmmsg_time64),
	CALL(send),
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
	CALL(fstat64),
	WITH(newfstatat, 3, AT_EMPTY_PATH, AT_EMPTY_PATH),
	WITH(fstatat64, 3, AT_EMPTY_PATH, AT_EMPTY_PATH),
	WITH(statx, 2, AT_EMPTY_PATH, AT_EMPTY_PATH),
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
	CALL(fstatat64),
	CALL(statx),
	CALL(stat),
	CALL(stat64),
	CALL(lseek),
	CALL(_llseek),
	/* if_nametoindex(), for a resolver with a scope in /etc/resolv.conf; old C libraries ask
	 * in /proc/net for the family of its socket, which is AF_UNIX */
	IOCTL(SIOCGIFINDEX),
	WITH(access, 1, UINT32_MAX, R_OK),
	WITH(faccessat, 2, UINT32_MAX, R_OK),
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

/*
 * These two are lists of what is refused (EPERM): what libnftables, dnsmasq and the C library
 * behind them call is not ours to list. What is left out is most of the kernel that only few
 * programs need, and that their mistakes could be used to reach.
 */
#define NAMESPACE(flag) WITH(clone, 0, flag, flag)
static const struct rule network_refused[] = {
	/* namespaces, mounts */
	CALL(unshare),
	CALL(setns),
	NAMESPACE(CLONE_NEWUSER),
	NAMESPACE(CLONE_NEWNS),
	NAMESPACE(CLONE_NEWNET),
	NAMESPACE(CLONE_NEWPID),
	NAMESPACE(CLONE_NEWIPC),
	NAMESPACE(CLONE_NEWUTS),
	NAMESPACE(CLONE_NEWCGROUP),
	CALL(mount),
	CALL(umount),
	CALL(umount2),
	CALL(pivot_root),
	CALL(chroot),
	CALL(move_mount),
	CALL(open_tree),
	CALL(fsopen),
	CALL(fsconfig),
	CALL(fsmount),
	CALL(fspick),
	CALL(mount_setattr),
	CALL(swapon),
	CALL(swapoff),
	CALL(quotactl),
	CALL(quotactl_fd),
	CALL(name_to_handle_at),
	CALL(open_by_handle_at),
	CALL(fanotify_init),
	/* other processes */
	CALL(ptrace),
	CALL(process_vm_readv),
	CALL(process_vm_writev),
	CALL(process_madvise),
	CALL(pidfd_getfd),
	CALL(kcmp),
	CALL(move_pages),
	CALL(migrate_pages),
	/* large parts of the kernel */
	CALL(bpf),
	CALL(perf_event_open),
	CALL(userfaultfd),
	CALL(io_uring_setup),
	CALL(io_uring_enter),
	CALL(io_uring_register),
	CALL(keyctl),
	CALL(add_key),
	CALL(request_key),
	CALL(memfd_secret),
	CALL(personality),
	CALL(modify_ldt),
	CALL(uselib),
	/* the machine */
	CALL(init_module),
	CALL(finit_module),
	CALL(delete_module),
	CALL(kexec_load),
	CALL(kexec_file_load),
	CALL(reboot),
	CALL(acct),
	CALL(syslog),
	CALL(settimeofday),
	CALL(clock_settime),
	CALL(clock_settime64),
	CALL(clock_adjtime),
	CALL(clock_adjtime64),
	CALL(adjtimex),
	CALL(sethostname),
	CALL(setdomainname),
	CALL(iopl),
	CALL(ioperm),
	CALL(vhangup),
};

/*
 * dnsmasq besides: no sockets but UNIX (1), INET (2), INET6 (10) and NETLINK (16), and of that
 * only ROUTE. It has CAP_NET_ADMIN for the ARP table, and with it would have nftables, and by
 * options from 64 on of any socket what was before those (IPT_SO_SET_REPLACE and its like).
 */
#define FAMILY(n) WITH(socket, 0, UINT32_MAX, n)
static const struct rule dnsmasq_refused[] = {
	FAMILY(0),
	FAMILY(3),
	FAMILY(4),
	FAMILY(5),
	FAMILY(6),
	FAMILY(7),
	FAMILY(8),
	FAMILY(9),
	FAMILY(11),
	FAMILY(12),
	FAMILY(13),
	FAMILY(14),
	FAMILY(15),
	{SCMP_SYS(socket), 1, {{0, SCMP_CMP_GT, AF_NETLINK, 0}}},
	{SCMP_SYS(socket), 2, {IS(0, UINT32_MAX, AF_NETLINK), {2, SCMP_CMP_NE, 0, 0}}},
	{SCMP_SYS(socketpair), 1, {{0, SCMP_CMP_NE, AF_UNIX, 0}}},
	{SCMP_SYS(setsockopt), 2, {IS(1, UINT32_MAX, IPPROTO_IP), {2, SCMP_CMP_GE, 64, 0}}},
	{SCMP_SYS(setsockopt), 2, {IS(1, UINT32_MAX, IPPROTO_IPV6), IS(2, UINT32_MAX, 64)}},
	{SCMP_SYS(setsockopt), 2, {IS(1, UINT32_MAX, IPPROTO_IPV6), IS(2, UINT32_MAX, 65)}},
	CALL(execveat),
	CALL(memfd_create),
};

/* What is told to whoever started dnsmasq, and waits for the answer (network/deaf.c): which
 * messages its netlink socket is to hear. Other addresses have other sizes. */
static const struct rule dnsmasq_told[] = {
	WITH(bind, 2, UINT32_MAX, sizeof(struct sockaddr_nl)),
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
	enum { ALLOWED, REFUSED, TOLD } kind; /* what happens to what is listed */
} profiles[] = {
	{"bridge-helper", .common = LIST(every_helper), .own = LIST(port)},
	{"ifup-runner", .common = LIST(every_helper), .own = LIST(ifup_runner)},
	{"nat-setup", .common = LIST(every_helper), .own = LIST(port)},
	{"tap-creator", .common = LIST(every_helper), .own = LIST(tap)},
	{"dnsmasq", .own = LIST(dnsmasq_refused), .kind = REFUSED},
	{"dnsmasq-netlink", .own = LIST(dnsmasq_told), .kind = TOLD},
	{"network-worker", .own = LIST(network_refused), .kind = REFUSED},
	{"slirp", .common = LIST(every_plane), .own = LIST(slirp)},
	{"switch", .common = LIST(every_plane), .own = LIST(switch_)},
	{"switch-connect", .common = LIST(every_plane), .own = LIST(switch_connect)},
};

static int add(scmp_filter_ctx ctx, const char *arch, const struct list *list, uint32_t action)
{
	for (size_t i = 0; i < list->n; i++) {
		struct rule rule = list->rules[i];
		int r;

		/* There the stack comes first: clone(2). */
		if (rule.call == SCMP_SYS(clone) && strncmp(arch, "s390", 4) == 0)
			rule.args[0].arg = 1;
		if (action == SCMP_ACT_ALLOW)
			r = seccomp_rule_add_array(ctx, action, rule.call, rule.compare, rule.args);
		else
			/* Nor one for socketcall(2), whose arguments no filter sees: all of
			 * them would be refused. */
			r = seccomp_rule_add_exact_array(ctx, action, rule.call, rule.compare,
							 rule.args);
		/* A call that the architecture does not have at all, or not like that. */
		if (r < 0 && r != -EDOM && (r != -EINVAL || action == SCMP_ACT_ALLOW))
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
	static const uint32_t actions[] = {
		[ALLOWED] = SCMP_ACT_ALLOW,
		[REFUSED] = SCMP_ACT_ERRNO(EPERM),
		[TOLD] = SCMP_ACT_NOTIFY,
	};
	uint32_t action = actions[profiles[which].kind];
	uint32_t others = profiles[which].kind == ALLOWED ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW;
	scmp_filter_ctx ctx = seccomp_init(others);
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
		r = add(ctx, arch, &profiles[which].common, action);
	if (r == 0)
		r = add(ctx, arch, &profiles[which].own, action);
	/* Its flags are in memory, where no filter sees them; libraries make do with clone(). */
	if (r == 0 && profiles[which].kind == REFUSED)
		r = seccomp_rule_add(ctx, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0);
	if (r == -EDOM)
		r = 0;
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

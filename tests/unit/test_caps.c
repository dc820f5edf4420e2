/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lib/caps.h"

#include "filecaps.h"
#include "test.h"

#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define NET_ADMIN (1LL << CAP_NET_ADMIN)

/* A number of /proc/self/status: the kernel's word, read without lib/caps.c. */
static long long status(const char *key, int base)
{
	size_t len;
	char *text = test_read("/proc/self/status", &len), *line;
	long long value = -1;

	line = text ? strstr(text, key) : NULL;
	if (CHECK(line != NULL))
		value = strtoll(line + strlen(key), NULL, base);
	free(text);
	return value;
}

static void sets(long long permitted, long long effective)
{
	CHECK_INT(status("\nCapPrm:\t", 16), permitted);
	CHECK_INT(status("\nCapEff:\t", 16), effective);
	CHECK_INT(status("\nCapInh:\t", 16), 0);
	CHECK_INT(status("\nCapAmb:\t", 16), 0);
	CHECK_INT(status("\nNoNewPrivs:\t", 10), 1);
}

static void raise_lower_drop(void)
{
	sets(NET_ADMIN, 0);
	CHECK_INT(caps_raise(), 0);
	sets(NET_ADMIN, NET_ADMIN);
	CHECK_INT(caps_lower(), 0);
	sets(NET_ADMIN, 0);
	CHECK_INT(caps_drop(), 0);
	sets(0, 0);
	CHECK(caps_raise() < 0);
	sets(0, 0);
	CHECK(caps_no_new_privs());
}

static void set_caps(uint64_t permitted, uint64_t effective, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {
		{(uint32_t)effective, (uint32_t)permitted, (uint32_t)inheritable},
		{(uint32_t)(effective >> 32), (uint32_t)(permitted >> 32),
		 (uint32_t)(inheritable >> 32)},
	};

	CHECK_INT(syscall(SYS_capset, &header, data), 0);
}

static void run_by_root(void *ctx)
{
	(void)ctx;
	CHECK(!caps_no_new_privs());
	CHECK_INT(caps_enter(FILECAPS_BRIDGE_HELPER), 0);
	CHECK_INT(status("\nCapBnd:\t", 16), 0);
	raise_lower_drop();
}

static void root(void)
{
	test_in_child(0, run_by_root, NULL);
}

/* Threat 72. */
static void with_inherited(void *ctx)
{
	uint64_t all = (uint64_t)status("\nCapPrm:\t", 16);

	(void)ctx;
	set_caps(all, all, all);
	CHECK_INT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0), 0);
	CHECK_INT(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0), 0);
	CHECK_INT(caps_enter(FILECAPS_BRIDGE_HELPER), 0);
	raise_lower_drop();
}

static void inherited(void)
{
	test_in_child(0, with_inherited, NULL);
}

static void is_nobody(void)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	CHECK_INT(getresuid(&r, &e, &s), 0);
	CHECK_INT(getresgid(&rg, &eg, &sg), 0);
	CHECK(r == TEST_NOBODY && e == TEST_NOBODY && s == TEST_NOBODY);
	CHECK(rg == TEST_NOBODY && eg == TEST_NOBODY && sg == TEST_NOBODY);
	CHECK_INT(setuid(0), -1);
	CHECK_INT(setgid(0), -1);
}

/* As the kernel leaves a setuid program: real ids the caller's, effective and saved 0. */
static void as_setuid(void *ctx)
{
	static const gid_t groups[] = {7, 70000};

	(void)ctx;
	CHECK_INT(setgroups(2, groups), 0);
	CHECK_INT(setresgid(TEST_NOBODY, 0, 0), 0);
	CHECK_INT(setresuid(TEST_NOBODY, 0, 0), 0);
	CHECK_INT(caps_enter(FILECAPS_BRIDGE_HELPER), 0);
	is_nobody();
	CHECK_INT(getgroups(0, NULL), 2); /* the caller's own: the policy asks about them */
	CHECK_INT(status("\nCapBnd:\t", 16), 0);
	raise_lower_drop();
	is_nobody();
}

static void setuid_root(void)
{
	test_in_child(0, as_setuid, NULL);
}

/* As the kernel leaves a program with file capabilities. */
static void as_filecaps(void *ctx)
{
	const uint64_t *permitted = ctx;
	long long bounding = status("\nCapBnd:\t", 16);

	CHECK_INT(setgroups(0, NULL), 0);
	CHECK_INT(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0), 0);
	CHECK_INT(setresgid(TEST_NOBODY, TEST_NOBODY, TEST_NOBODY), 0);
	CHECK_INT(setresuid(TEST_NOBODY, TEST_NOBODY, TEST_NOBODY), 0);
	CHECK_INT(prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0), 0);
	set_caps(*permitted, *permitted, 0);
	CHECK_INT(caps_enter(FILECAPS_BRIDGE_HELPER), 0);
	is_nobody();
	CHECK_INT(status("\nCapBnd:\t", 16), bounding);
	raise_lower_drop();
}

static void filecaps(void)
{
	uint64_t exact = NET_ADMIN, surplus = NET_ADMIN | 1 << CAP_NET_RAW | 1 << CAP_DAC_OVERRIDE;

	test_in_child(0, as_filecaps, &exact);
	test_in_child(0, as_filecaps, &surplus);
}

static void without(void *ctx)
{
	(void)ctx;
	CHECK_INT(caps_enter(FILECAPS_BRIDGE_HELPER), -EPERM);
	sets(0, 0);
	CHECK(caps_raise() < 0);
	sets(0, 0);
}

static void unprivileged(void)
{
	test_in_child(geteuid() == 0 ? TEST_NOBODY : 0, without, NULL);
}

static void enter_malformed(void *ctx)
{
	static const char *const lists[] = {
		"",
		"=",
		"=e",
		"=p",
		"cap_net_admin",
		"cap_net_admin=",
		"cap_net_admin=ep",
		"cap_net_admin=p ",
		"cap_net_admim=p",
		"net_admin=p",
		"cap_=p",
		"cap_net_admin,=p",
		",cap_net_admin=p",
		"cap_net_admin cap_net_raw=p",
		"cap_net_admin=p,cap_net_raw=p",
		"cap_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=p",
	};
	long long before = status("\nCapPrm:\t", 16);
	long long new_privs = status("\nNoNewPrivs:\t", 10);

	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		test_case("'%s'", lists[i]);
		CHECK_INT(caps_enter(lists[i]), -EINVAL);
	}
	CHECK_INT(status("\nCapPrm:\t", 16), before);
	CHECK_INT(status("\nNoNewPrivs:\t", 10), new_privs);
}

static void malformed(void)
{
	test_in_child(0, enter_malformed, NULL);
}

static void two_capabilities(void *ctx)
{
	(void)ctx;
	CHECK_INT(caps_enter("cap_net_admin,cap_net_raw=p"), 0);
	sets(NET_ADMIN | 1 << CAP_NET_RAW, 0);
}

static void several(void)
{
	test_in_child(0, two_capabilities, NULL);
}

/* From now on this system call fails (with that first argument, if not -1). */
static void fail_syscall(unsigned number, int argument)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned)argument, 0, argument < 0 ? 0 : 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EACCES),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_LEN(filter), filter};

	CHECK_INT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0), 0);
}

static const struct failing {
	unsigned number;
	int argument;
	const char *name;
} failing[] = {
	{SYS_capget, -1, "capget"},
	{SYS_capset, -1, "capset"},
	{SYS_setresuid, -1, "setresuid"},
	{SYS_setresgid, -1, "setresgid"},
	{SYS_prctl, PR_CAPBSET_DROP, "PR_CAPBSET_DROP"},
	{SYS_prctl, PR_SET_KEEPCAPS, "PR_SET_KEEPCAPS"},
	{SYS_prctl, PR_SET_NO_NEW_PRIVS, "PR_SET_NO_NEW_PRIVS"},
};

static void enter_with_failure(void *ctx)
{
	const struct failing *f = ctx;

	test_case("%s fails", f->name);
	CHECK_INT(setresgid(TEST_NOBODY, 0, 0), 0);
	CHECK_INT(setresuid(TEST_NOBODY, 0, 0), 0);
	fail_syscall(f->number, f->argument);
	CHECK_INT(caps_enter(FILECAPS_BRIDGE_HELPER), -ENOTRECOVERABLE);
}

static void each_step_failing(void)
{
	for (size_t i = 0; i < ARRAY_LEN(failing); i++) {
		struct failing f = failing[i];

		test_in_child(0, enter_with_failure, &f);
	}
}

static void raise_with_failure(void *ctx)
{
	(void)ctx;
	CHECK_INT(caps_enter(FILECAPS_BRIDGE_HELPER), 0);
	fail_syscall(SYS_capset, -1);
	CHECK(caps_raise() < 0);
	CHECK(caps_drop() < 0);
}

static void later_failures(void)
{
	test_in_child(0, raise_with_failure, NULL);
}

static void in_user_ns(void *ctx)
{
	FILE *map;

	(void)ctx;
	CHECK(!caps_in_user_namespace());
	if (!CHECK_INT(unshare(CLONE_NEWUSER), 0))
		return;
	CHECK(caps_in_user_namespace()); /* nobody has written its map yet */
	map = fopen("/proc/self/uid_map", "we");
	if (CHECK(map != NULL)) {
		CHECK(fprintf(map, "0 0 1\n") > 0);
		CHECK_INT(fclose(map), 0);
	}
	CHECK(caps_in_user_namespace());
}

static void user_namespace(void)
{
	size_t len;
	char *map = test_read("/proc/self/uid_map", &len);
	bool first = map && strstr(map, " 4294967295\n") && strstr(map, " 0          0 ");

	free(map);
	if (first)
		test_in_child(0, in_user_ns, NULL);
	else
		test_skip("runs in a user namespace itself");
}

int main(void)
{
	static const struct test tests[] = {
		{"run by root (threat 7)", root, true},
		{"inheritable and ambient ones are gone (threat 72)", inherited, true},
		{"setuid root (threat 7)", setuid_root, true},
		{"file capabilities, exact and surplus (threat 7)", filecaps, true},
		{"without privilege: -EPERM, and none is gained", unprivileged, false},
		{"malformed lists change nothing", malformed, false},
		{"a list of two", several, true},
		{"each step that fails is fatal", each_step_failing, true},
		{"raising and dropping that fail say so", later_failures, true},
		{"a user namespace of its own is noticed (threat 76)", user_namespace, true},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

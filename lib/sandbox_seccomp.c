/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

static int load(const struct sock_filter *filter, size_t len, unsigned flags)
{
	struct sock_fprog prog = {
		.len = (unsigned short)len,
		/* The kernel copies the program and does not write to it. */
		.filter = (struct sock_filter *)(uintptr_t)filter,
	};
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);

	return r < 0 ? -errno : (int)r;
}

int sandbox_enter(const struct sock_filter *filter, size_t len)
{
	return load(filter, len, 0);
}

int sandbox_listen(const struct sock_filter *filter, size_t len)
{
	/* The kernel opens it close-on-exec. The second flag says nothing to a process without
	 * threads, but came with Linux 5.7: before 5.5 no call could be let be. */
	return load(filter, len,
		    SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_TSYNC_ESRCH);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

int sandbox_enter(const struct sock_filter *filter, size_t len)
{
	struct sock_fprog prog = {
		.len = (unsigned short)len,
		/* The kernel copies the program and does not write to it. */
		.filter = (struct sock_filter *)(uintptr_t)filter,
	};

	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) < 0)
		return -errno;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox.h"

#include <errno.h>

int sandbox_enter(const struct sock_filter *filter, size_t len)
{
	(void)filter;
	(void)len;
	return 0;
}

int sandbox_listen(const struct sock_filter *filter, size_t len)
{
	(void)filter;
	(void)len;
	return -ENOSYS;
}

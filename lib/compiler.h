/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attributes and scope-bound clean-up. */
#ifndef NETGRANT_COMPILER_H
#define NETGRANT_COMPILER_H

#include <unistd.h>

#define PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define NONNULL __attribute__((nonnull))
#define MUST_CHECK __attribute__((warn_unused_result))

/* Spares a variable the zeros of -ftrivial-auto-var-init, where something fills it in. */
#if defined(__has_attribute)
#if __has_attribute(uninitialized)
#define UNINITIALIZED __attribute__((uninitialized))
#endif
#if __has_attribute(zero_call_used_regs)
#define PER_LINE __attribute__((zero_call_used_regs("skip")))
#endif
#endif
#ifndef UNINITIALIZED
#define UNINITIALIZED
#endif

/* Spares a function that is called for each line of a policy the clearing of registers at its
 * end (-fzero-call-used-regs), a quarter of the time that such a line takes. */
#ifndef PER_LINE
#define PER_LINE
#endif

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline void cleanup_fd_fn(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/* The descriptor is closed when the variable leaves scope, unless it is negative. */
#define CLEANUP_FD __attribute__((cleanup(cleanup_fd_fn)))

/* Gives up ownership: returns the descriptor, and the scope no longer closes it. */
static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

#endif

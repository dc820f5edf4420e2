/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sandbox of the data plane, entered once all is open that has to be opened by name:
 *
 *   capabilities     none, of no kind
 *   no_new_privs     set
 *   dumpable         off: no core, and no ptrace by another process of the user
 *   resource limits  no core, no locked memory
 *   landlock         files: only what struct confine names; abstract unix sockets and signals:
 *                    only of this process's own
 *   seccomp          only the system calls of the program's list (policy/seccomp/profiles.c)
 */
#ifndef NETGRANT_WIRE_CONFINE_H
#define NETGRANT_WIRE_CONFINE_H

#include "lib/compiler.h"

#include <linux/filter.h>
#include <stdbool.h>
#include <stddef.h>

#define CONFINE_READABLES_MAX 16

struct confine {
	const int *readable; /* O_PATH descriptors of folders and files below which it may read */
	size_t readables;
	bool makes_sockets; /* binds unix sockets by name later on */
	const struct sock_filter *filter;
	size_t filter_len;
};

enum confine_step {
	CONFINE_CAPABILITIES,
	CONFINE_LIMITS,
	CONFINE_PRIVILEGES,
	CONFINE_LANDLOCK,
	CONFINE_SECCOMP,
};

/* Enters it, for good. A kernel without landlock is no error. Borrows the descriptors. 0, or
 * -errno and the step that failed: the process must end then. */
MUST_CHECK NONNULL int confine_enter(const struct confine *c, enum confine_step *reterr);

/* For a message: "drop the capabilities". */
const char *confine_step_text(enum confine_step step);

#endif

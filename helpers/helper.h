/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The beginning and the end that all helpers share. A helper's main() calls these in
 * this order and never returns to an earlier one:
 *
 *   helper_begin     descriptors, environment, signals, limits; privilege shrunk
 *   helper_args      the command line
 *   helper_ready     has it the privilege; the reply socket; every other descriptor closed
 *   helper_decide    the policy
 *   helper_fence     no system call but those of the rest
 *   …                the one job, with the capabilities raised around it
 *   helper_hand_over capabilities dropped, descriptor sent, logged
 *
 * Each returns EX_DONE, or the exit status after one message on stderr.
 */
#ifndef NETGRANT_HELPER_H
#define NETGRANT_HELPER_H

#include "lib/caller.h"
#include "lib/exitcode.h"
#include "lib/sandbox.h"
#include "policy/policy.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

/* An option that only some helpers have. One of the three pointers says of what sort it is
 * and where its value goes; it is to hold the default before helper_args(). */
struct helper_option {
	const char *name; /* "--queues"; with a value: "--queues=N" */
	bool *flag;
	const char **text; /* a part of argv */
	uint32_t *number;
	uint32_t least, most; /* of a number */
};

struct helper {
	const char *name;                /* as installed; from a literal, never from argv[0] */
	const char *synopsis;            /* what stands behind the name in a usage line */
	const char *options;             /* the lines of --help */
	const char *caps;                /* its line of packaging/filecaps.list */
	const char *needs;               /* those of them without which nothing works; NULL: all */
	const struct helper_option *own; /* besides the contract's; the last has no name */
	bool privileged;
	bool had_no_new_privs; /* set before we set it ourselves */
	struct caller caller;
	int log; /* of authlog_open() */
};

/* Options of the contract (qemu-bridge-helper's), which every helper takes. */
struct helper_args {
	const char *bridge; /* --br=; NULL: not given */
	int fd;             /* --fd=; -1: not given */
	bool use_vnet;      /* --use-vnet */
	bool describe;      /* --describe */
	bool no_reply;      /* set by the helper: nothing is handed over, --fd= not wanted */
	bool done;          /* --help or --version was answered */
};

/* Prints "NAME: TEXT" on stderr as one line; returns status. */
NONNULL PRINTF(3, 4) int helper_fail(const struct helper *h, enum exitcode status, const char *fmt,
				     ...);

/* The same for a command line that is wrong: with the usage behind it. */
NONNULL PRINTF(2, 3) int helper_usage(const struct helper *h, const char *fmt, ...);

NONNULL int helper_begin(struct helper *h);
/* Reads the command line: the contract's options and the helper's own. A repeated option is no
 * error: the last one counts, as with the stock helper. */
NONNULL int helper_args(const struct helper *h, int argc, char *const argv[],
			struct helper_args *ret);
NONNULL int helper_ready(struct helper *h, const struct helper_args *args);

/* May the caller use object, of that vocabulary? Denials are logged and printed. *ret is to
 * be freed with policy_decision_free() after EX_DONE. */
NONNULL int helper_decide(const struct helper *h, const struct policy_vocab *vocab,
			  const char *path, const char *object, struct policy_decision *ret);

/* The same; exact: as in struct policy_request. */
NONNULL int helper_decide_exact(const struct helper *h, const struct policy_vocab *vocab,
				const char *path, const char *object, bool exact,
				struct policy_decision *ret);

/* Tells of a denial for another reason than the policy's verdict: a limit. */
NONNULL PRINTF(5, 6) int helper_deny(const struct helper *h, const struct policy_vocab *vocab,
				     const char *object, const struct policy_decision *d,
				     const char *fmt, ...);

/* Opens the log for helper_log(). Where there is none, nothing is logged, and all goes on. */
NONNULL int helper_open_log(struct helper *h);

/* One line of key=value in the system's log for authorisations: granted, denied, failed. */
NONNULL void helper_log(const struct helper *h, const char *verdict, const char *what);

/* Without the privilege it needs: says what to run, and returns EX_INSTALL. */
NONNULL int helper_not_privileged(const struct helper *h);

/* Our limit to its hard value, or a refusal where that is below least. */
NONNULL int helper_limit(const struct helper *h, int which, const char *name, rlim_t least);

NONNULL int helper_fence(const struct helper *h, const struct sock_filter *filter, size_t len);

/* Drops every capability, sends fds (borrowed) with the line `describe` ("" for none), and
 * logs `what`, the grant as key=value. */
NONNULL int helper_hand_over(const struct helper *h, const struct helper_args *args, const int *fds,
			     size_t n, const char *describe, const char *what);

#endif

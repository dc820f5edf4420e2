/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a script of the administrator's for somebody else, under supervision.
 *
 *  1. What was opened and checked MUST be what runs: it is executed by descriptor. A script
 *     with an interpreter (#!) is opened by it again, as /dev/fd/3: so that one descriptor
 *     stays open in it, and /proc is needed.
 *  2. Nothing of this process MUST reach it but argv, env and descriptors 0 (/dev/null), 1
 *     and 2 (a pipe).
 *  3. However it behaves, script_run() MUST return soon after the timeout: a script's
 *     descendants may keep the pipe, leave the process group, or ignore signals.
 */
#ifndef NETGRANT_SCRIPTRUN_H
#define NETGRANT_SCRIPTRUN_H

#include "compiler.h"
#include "runas.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct script {
	int fd; /* of secure_open(), borrowed */
	const char *const *argv;
	const char *const *env;
	const struct runas *as;
	uint64_t caps;
	unsigned timeout; /* seconds */
	/* Each line of its output, without its end; long ones come cut. */
	void (*line)(const char *text, size_t len, void *ctx);
	void *ctx;
};

enum script_end {
	SCRIPT_EXITED,    /* number: its exit status */
	SCRIPT_SIGNALED,  /* number: the signal */
	SCRIPT_TIMEOUT,   /* it was killed, with all that it had started */
	SCRIPT_UNSTARTED, /* number: errno of what failed; it did nothing */
	SCRIPT_UNWATCHED, /* the same: children_list() */
};

struct script_result {
	enum script_end end;
	int number;
	bool left; /* not all that it has started could be killed */
};

/*
 * Runs it and waits for its end. Where that is not exit status 0, all that it has started is
 * killed; else what it left in the background stays. Needs uid 0 with CAP_SETUID and CAP_SETGID
 * permitted (caps.h), and SIGCHLD not ignored. line is called in a child process.
 */
NONNULL void script_run(const struct script *s, struct script_result *ret);

/* Writes "exited with status 3" and the like. Returns buf. */
NONNULL const char *script_text(const struct script_result *r, unsigned timeout, char *buf,
				size_t size);

#endif

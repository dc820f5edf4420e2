/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a file whose content decides about privilege.
 *
 * Requirements, each held by tests/unit/test_secure_open.c:
 *  1. Every check MUST be made on a descriptor, and the file that is read MUST be the
 *     one that was checked.
 *  2. The file MUST be a regular file, owned by root, not writable by group or others.
 *  3. Every folder and symbolic link on the way to it, as given, MUST be owned by root,
 *     and every folder not writable by group or others; a sticky folder may be, because
 *     what root owns in it cannot be replaced.
 *  4. Nothing but a regular file MUST be opened for reading: a FIFO would hang, a
 *     device may act.
 *  5. The process's own rights MUST decide what can be opened: callers drop theirs first.
 */
#ifndef NETGRANT_SECURE_OPEN_H
#define NETGRANT_SECURE_OPEN_H

#include "compiler.h"

#include <stddef.h>
#include <sys/types.h>

enum secure_open_reason {
	SECURE_OPEN_ERRNO,    /* a system call failed: err */
	SECURE_OPEN_RELATIVE, /* the path does not begin with '/' */
	SECURE_OPEN_TYPE,     /* not a regular file */
	SECURE_OPEN_OWNER,    /* somebody else than root owns it: owner */
	SECURE_OPEN_WRITABLE, /* group or others can write it: mode */
};

struct secure_open_error {
	enum secure_open_reason reason;
	int err; /* positive errno */
	uid_t owner;
	mode_t mode;
	char path[256]; /* the file, folder or link at fault; cut when longer */
};

/*
 * Opens path, which is absolute, for reading. Returns a close-on-exec descriptor that
 * the caller owns, or -errno with *reterr filled in (-EPERM for the reasons other than
 * SECURE_OPEN_ERRNO). Rests on openat(2) with O_PATH | O_NOFOLLOW, which neither follows
 * a last symbolic link nor acts on what it opens.
 */
MUST_CHECK NONNULL int secure_open(const char *path, struct secure_open_error *reterr);

/* Writes what *error says: "is owned by uid 1000, not by root". Returns buf. */
NONNULL const char *secure_open_text(const struct secure_open_error *error, char *buf, size_t size);

#endif

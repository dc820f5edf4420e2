/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What both implementations of names.h read: nsswitch.conf(5), and files line by line. */
#ifndef NETGRANT_NAMES_SHARE_H
#define NETGRANT_NAMES_SHARE_H

#include "compiler.h"

/* How much of a database /etc/passwd or /etc/group is, by nsswitch.conf(5). */
enum names_share {
	NAMES_ALL,   /* there is no other */
	NAMES_FIRST, /* what they know, no other is asked about */
	NAMES_OTHER, /* anything else: the C library has to be asked about everything */
};

/* Gives each line of a file to fn, without its end. fn's result if not 0, or -errno; a file that
 * is not there has no lines. */
typedef int (*names_line_fn)(char *line, void *ctx);
MUST_CHECK int names_each_line(const char *path, names_line_fn fn, void *ctx);

/* 0 or -errno. database: "passwd" or "group". */
MUST_CHECK NONNULL int names_share(const char *database, enum names_share *ret);

/* Are the files all there is? 1, 0 or -errno. */
MUST_CHECK NONNULL int names_certain(const char *database);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capabilities that a file carries, as capabilities(7) describes them. */
#ifndef NETGRANT_VFSCAPS_H
#define NETGRANT_VFSCAPS_H

#include "lib/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct file_caps {
	bool present; /* the file has the attribute at all */
	uint64_t permitted, inheritable;
	bool effective;  /* "e": raised at once */
	uint32_t rootid; /* of the user namespace it is for; 0: the host's */
};

/* What "cap_net_admin,cap_net_raw=p" of packaging/filecaps.list asks for. 0 or -EINVAL. */
MUST_CHECK NONNULL int file_caps_parse(const char *list, struct file_caps *ret);

/* What the file has. 0, also when it has none; -errno. Needs no right to read the file. */
MUST_CHECK NONNULL int file_caps_get(const char *path, struct file_caps *ret);

NONNULL bool file_caps_equal(const struct file_caps *a, const struct file_caps *b);

/* Writes "cap_net_admin=ep", in the manner of setcap(8). Returns buf. */
NONNULL const char *file_caps_text(const struct file_caps *c, char *buf, size_t size);

#endif

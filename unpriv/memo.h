/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers remembered by name, so that each user, group or device is asked about once. */
#ifndef NETGRANT_MEMO_H
#define NETGRANT_MEMO_H

#include "lib/compiler.h"

#include <stdbool.h>
#include <stddef.h>

struct memo {
	void *root; /* NULL: empty */
};

/* The number of name[0..len), -1 at first; *retfresh: it was not known before. NULL: no
 * memory. Valid until memo_free(). */
MUST_CHECK NONNULL int *memo_slot(struct memo *m, const char *name, size_t len, bool *retfresh);

/* Is the name new? It no longer is, afterwards. false also without memory. */
NONNULL bool memo_first(struct memo *m, const char *name, size_t len);

NONNULL void memo_free(struct memo *m);

#endif

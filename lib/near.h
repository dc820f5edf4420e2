/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_NEAR_H
#define NETGRANT_NEAR_H

#include "compiler.h"

#include <stddef.h>

/* For "did you mean": how many insertions, deletions, replacements and swaps of neighbours
 * make word of text[0..len). 99 where one of them is longer than 15 bytes. */
NONNULL unsigned near_distance(const char *text, size_t len, const char *word);

/* Puts word into *best if it is nearer to text than *distance, and that into *distance. */
NONNULL void near_consider(const char *text, size_t len, const char *word, const char **best,
			   unsigned *distance);

#endif

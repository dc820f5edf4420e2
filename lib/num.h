/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_NUM_H
#define NETGRANT_NUM_H

#include "compiler.h"

#include <stddef.h>
#include <stdint.h>

/*
 * Reads the whole of text[0..len) as a decimal number between min and max. Only
 * digits are taken: no sign, blank, base prefix or leading zero (so that 010 can
 * not mean eight to one reader and ten to another). 0 and *ret, or -EINVAL (not
 * such a number), -ERANGE (outside min..max).
 */
MUST_CHECK NONNULL int num_parse(const char *text, size_t len, uint64_t min, uint64_t max,
				 uint64_t *ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths of scripts, as policies name them and helpers take them. */
#ifndef NETGRANT_SCRIPT_H
#define NETGRANT_SCRIPT_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>

/* Longest path, without its NUL. */
#define SCRIPT_MAX 127

#define SCRIPT_BAD_CHAR "has a character other than A-Z a-z 0-9 _ . - + @ ~ /"

/* May c stand in a path? Nothing that a shell, a log or a pattern takes for something else. */
bool script_char_ok(char c);

/* What keeps path[0..len), or a pattern of paths, from being absolute and plain: without empty
 * parts, "." and "..", and short enough. NULL: nothing. */
NONNULL const char *script_shape(const char *path, size_t len);

/* What keeps path from being one of a script, whole: "is relative". NULL: nothing. */
NONNULL const char *script_defect(const char *path);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_QUOTE_H
#define NETGRANT_QUOTE_H

#include "compiler.h"

#include <stddef.h>

#define QUOTE_SIZE 192

/*
 * Writes text[0..len) so that it can stand in a message: printable ASCII as it is,
 * every other byte, the single quote and the backslash as \xNN (no terminal or log
 * sequence survives), cut with "..." when buf is full. Returns buf, always terminated;
 * size is at least 8.
 */
NONNULL const char *quote_n(char *buf, size_t size, const char *text, size_t len);
NONNULL const char *quote(char *buf, size_t size, const char *text);

/* A quoted temporary for one call's arguments: lives until the enclosing block ends. */
#define QUOTE(text) quote((char[QUOTE_SIZE]){0}, QUOTE_SIZE, (text))
#define QUOTE_N(text, len) quote_n((char[QUOTE_SIZE]){0}, QUOTE_SIZE, (text), (len))

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The socket by which a running program is asked and told things: a unix stream socket of mode
 * 0600, served to its owner and root. A client sends one line, gets "ok" or "error TEXT" as
 * the first line of the answer and the rest behind it, and sees the end. Nothing here blocks,
 * and clients that say or take nothing cost nobody else anything.
 */
#ifndef NETGRANT_WIRE_CONTROL_H
#define NETGRANT_WIRE_CONTROL_H

#include "lib/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define CONTROL_LINE 1024 /* longest request, with its newline */
#define CONTROL_CLIENTS 8 /* the one that waits longest gives way to one more */

/* Answers a request, a line without its end: writes the body to out and returns true, or one
 * line of what is wrong and returns false. */
typedef bool (*control_answer_fn)(void *ctx, const char *request, FILE *out);

struct control;

/* Listens at path; takes the place of a socket there that nobody serves. 0, or -errno:
 * -EADDRINUSE is one that somebody does, or no socket at all; -ENAMETOOLONG. */
MUST_CHECK NONNULL int control_open(const char *path, control_answer_fn answer, void *ctx,
				    struct control **ret);

/* The same on a listening unix stream socket, as systemd passes it. Takes listener, but where
 * it fails. 0 or -errno. */
MUST_CHECK __attribute__((nonnull(2, 4))) int control_adopt(int listener, control_answer_fn answer,
							    void *ctx, struct control **ret);

/* A descriptor that poll(2) and epoll(7) find readable when control_run() has work. Borrowed. */
NONNULL int control_fd(const struct control *c);

/* Accepts, reads, answers and writes as far as it goes without waiting. */
NONNULL void control_run(struct control *c);

/* Frees; the socket's name stays (the sandbox forbids to remove it), and the next program of
 * that name takes its place. NULL is allowed. */
void control_close(struct control *c);

/*
 * A client: sends the request to the socket at path and copies the answer's body to out,
 * within seconds. 0; 1: refused, the reason is in reterr (one line, printable); -errno.
 */
MUST_CHECK NONNULL int control_ask(const char *path, const char *request, FILE *out, char *reterr,
				   size_t size);

#endif

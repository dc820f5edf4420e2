/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that a running netgrant-slirp is made of, and its loop. */
#ifndef NETGRANT_SLIRP_SERVER_H
#define NETGRANT_SLIRP_SERVER_H

#include "forward.h"
#include "link.h"
#include "options.h"
#include "relay.h"
#include "stack.h"
#include "unpriv/wire/control.h"

#include <stdbool.h>
#include <stdint.h>

/* A forward that is in force. */
struct active {
	struct forward forward;
	const char *relay; /* of a guest's: the path of a relay's socket */
};

struct server {
	const struct options *o;
	struct link link;
	struct stack *stack;
	struct relay *relay;
	struct control *control; /* NULL: none */
	struct active active[OPTIONS_FORWARDS];
	unsigned actives;
	int exit_with;      /* -1: none */
	int process;        /* whose namespace the tap is in; -1: none */
	unsigned unrelayed; /* frames since the relay had its turn */
};

/* Puts a forward into force, or takes it out. 0; -EINVAL and a message. */
MUST_CHECK NONNULL int server_add(struct server *s, const struct forward *f,
				  char error[FORWARD_ERROR]);
MUST_CHECK NONNULL int server_remove(struct server *s, const struct forward *f,
				     char error[FORWARD_ERROR]);

/* Answers on the control socket: a control_answer_fn. */
NONNULL bool server_answer(void *server, const char *request, FILE *out);

/* Serves until the guest has gone for good or --exit-with says so. 0 or -errno. */
MUST_CHECK NONNULL int server_run(struct server *s);

#endif

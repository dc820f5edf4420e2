/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between obstacles.c, which finds a chain that blocks, and remedy.c, which knows its owner. */
#ifndef NETGRANT_NETWORK_OBSTACLES_PRIV_H
#define NETGRANT_NETWORK_OBSTACLES_PRIV_H

#include "worker.h"

#include <json-c/json.h>

enum hook {
	HOOK_INPUT,
	HOOK_FORWARD,
	HOOK_OUTPUT,
};

/* A base chain at a hook that the network needs. */
struct blocking {
	const char *family, *table, *name;
	enum hook hook;
	struct json_object
		*objects; /* all of its table, as libnftables lists them; NULL: not yet */
	bool to, from;    /* what comes from the bridge, what goes to it, is blocked */
};

/* The value of a key that is a string; "" where there is none. */
NONNULL const char *json_text(struct json_object *o, const char *key);

/* The command that lets the network's packets pass b. */
NONNULL void obstacle_remedy(const struct network *n, const struct blocking *b, char *buf,
			     size_t size);

#endif

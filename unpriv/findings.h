/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What netgrant check finds. */
#ifndef NETGRANT_FINDINGS_H
#define NETGRANT_FINDINGS_H

#include "lib/compiler.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

enum severity {
	FINDING_WARNING, /* legal, but surely not meant */
	FINDING_POLICY,  /* an error in a policy */
	FINDING_INSTALL, /* an error in the installation */
};

struct finding {
	const char *kind; /* one word of netgrant(1), from a literal */
	enum severity severity;
	char *file; /* owned */
	unsigned line, column;
	char *text; /* owned */
	char *fix;  /* the command that repairs it, owned; NULL: none */
};

struct findings {
	struct finding *v;
	size_t n, size;
	bool no_memory; /* something could not be kept */
};

/* Adds a finding: kind, severity, line and column of *f; text from fmt. Takes fix, which may
 * be NULL. */
__attribute__((nonnull(1, 2, 3, 5)))
PRINTF(5, 6) void findings_add(struct findings *all, const struct finding *f, const char *file,
			       char *fix, const char *fmt, ...);

/* Is there one of that severity? */
NONNULL bool findings_has(const struct findings *all, enum severity severity);

/* "COMMAND PATH", with the path quoted for a shell where that is needed. NULL: no memory. */
NONNULL char *findings_command(const char *command, const char *path);

/* One line for each, on stderr. */
NONNULL void findings_print(const struct findings *all);

/* A JSON list, or NULL. */
NONNULL struct json_object *findings_json(const struct findings *all);

NONNULL void findings_free(struct findings *all);

#endif

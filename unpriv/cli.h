/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all subcommands of netgrant share: the command line, messages, JSON. These print,
 * each one line, and return the exit status; nothing here exits.
 */
#ifndef NETGRANT_CLI_H
#define NETGRANT_CLI_H

#include "lib/compiler.h"
#include "lib/exitcode.h"
#include "policy/policy.h"

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/* Options that a subcommand may take. */
enum cli_option {
	CLI_USER = 1 << 0,
	CLI_JSON = 1 << 1,
	CLI_PRINT = 1 << 2,
	CLI_LENIENT = 1 << 3,
	CLI_DOMAIN = 1 << 4,
	CLI_XML = 1 << 5,
};

#define CLI_OPERANDS_MAX 64

struct cli_args {
	const char *user; /* --user; NULL: not given */
	bool json, print, lenient, domain, xml;
	const char *operand[CLI_OPERANDS_MAX];
	unsigned operands;
};

struct cli_verb {
	const char *name;
	const char *synopsis; /* what stands behind the name in a usage line */
	const char *purpose;  /* one line of --help */
	unsigned options;     /* enum cli_option, those it takes */
	unsigned least, most; /* operands */
	int (*run)(const struct cli_args *args);
};

/* Reads what stands behind the subcommand's name. Options may stand between operands, up to
 * "--"; the last of a repeated one counts. EX_DONE, or EX_USAGE_ERR after a message. */
NONNULL int cli_parse(const struct cli_verb *verb, int argc, char *const argv[],
		      struct cli_args *ret);

/* "netgrant: TEXT" on stderr; returns status. */
NONNULL PRINTF(2, 3) int cli_fail(enum exitcode status, const char *fmt, ...);

/* Writes "FILE:LINE:COLUMN", without what is 0. Returns buf. */
NONNULL const char *cli_place(const char *file, unsigned line, unsigned column, char *buf,
			      size_t size);

/* Tells of a policy that could not be read; r is the reader's result, -EINVAL for what is
 * wrong with the policy. path: for errors of no file. Returns the exit status. */
NONNULL int cli_policy_error(const struct policy_error *error, const char *path, int r);

/* A JSON string; bytes that are not UTF-8 make it the escaped text of messages. */
NONNULL struct json_object *cli_json_text(const char *text);

/* Adds a member, owning value. Either may be NULL for a lack of memory; false: there is one. */
MUST_CHECK bool cli_json_add(struct json_object *object, const char *key,
			     struct json_object *value);

/* Adds a member that is null. */
MUST_CHECK bool cli_json_null(struct json_object *object, const char *key);

/* Prints and frees; NULL stands for a lack of memory. */
int cli_json_print(struct json_object *object);

/* Has all of stdout been written? status, or EX_FAILED after a message. */
int cli_flush(int status);

#endif

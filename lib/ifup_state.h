/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a tap of ifup-runner's: its alias tells of its down script, and the list of
 * processes who waits to run it.
 */
#ifndef NETGRANT_IFUP_STATE_H
#define NETGRANT_IFUP_STATE_H

#include "alias.h"
#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define IFUP_HELPER "ifup-runner" /* in aliases and messages */

#define IFUP_USER_SIZE 33  /* of a user's name */
#define IFUP_PATH_SIZE 128 /* of a script's path */

/* A script, and with what rights it is run. */
struct ifup_script {
	char path[IFUP_PATH_SIZE]; /* "": none */
	char as[IFUP_USER_SIZE];
	uint32_t caps;    /* 1 << CAP_… */
	unsigned timeout; /* seconds */
};

enum ifup_stage {
	IFUP_NEW,   /* ifup-runner makes it; its worker does not know yet which one it is */
	IFUP_WAITS, /* a process that waits for its end could be found */
	IFUP_BEGUN, /* the down script was begun */
};

/* What an alias says of the down script, as alias_format_words() takes it; of the same length in
 * each stage. */
#define IFUP_WORDS_SIZE 256
NONNULL void ifup_words(const struct ifup_script *down, enum ifup_stage stage,
			char buf[IFUP_WORDS_SIZE]);

/* Reads it back. false: these are not such words. */
MUST_CHECK NONNULL bool ifup_read_words(const struct alias *a, struct ifup_script *down,
					enum ifup_stage *stage);

/* The command line's first two words of a process that watches: whose network namespace and
 * which device. */
#define IFUP_NAME_SIZE 64
#define IFUP_INDEX_SIZE 12
MUST_CHECK NONNULL int ifup_process_name(char buf[IFUP_NAME_SIZE]);
NONNULL void ifup_process_index(unsigned index, char buf[IFUP_INDEX_SIZE]);

/* Does a process of root's watch that device? 1, 0, or -errno: it cannot be told, as -EACCES
 * where others' processes are hidden (hidepid of proc(5)). */
MUST_CHECK int ifup_watched(unsigned index);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The alias that every device of ours carries. It is the only record of who holds
 * what: setting it takes CAP_NET_ADMIN, so the holder of a tap's descriptor, who can
 * change the tap's owner and make it persistent, cannot forge or remove it.
 */
#ifndef NETGRANT_ALIAS_H
#define NETGRANT_ALIAS_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The kernel's IFALIASZ (linux/if.h), the NUL included: 255 bytes of text. */
#define ALIAS_SIZE 256

struct alias {
	uid_t uid;
	char helper[32];
	char words[ALIAS_SIZE]; /* what else the helper noted: "key=value key=value", or "" */
	char rule[ALIAS_SIZE];  /* "/etc/netgrant/bridge.conf:3" */
};

/*
 * Writes "netgrant uid=1000 helper=bridge-helper rule=/etc/netgrant/bridge.conf:3". A rule
 * that does not fit loses bytes from its front, marked "...": its file's folder matters
 * less than its name and line. Returns the text's length.
 */
NONNULL size_t alias_format(char buf[ALIAS_SIZE], uid_t uid, const char *helper, const char *file,
			    unsigned line);

/*
 * The same with words of the helper's own between helper and rule: keys and values without
 * blanks, none of them "rule". 0: with them there is no room for a rule.
 */
MUST_CHECK NONNULL size_t alias_format_words(char buf[ALIAS_SIZE], uid_t uid, const char *helper,
					     const char *words, const char *file, unsigned line);

/* Copies the value of one of these words. false: it is not there, or too long for buf. */
MUST_CHECK NONNULL bool alias_word(const struct alias *a, const char *key, char *buf, size_t size);

/* Reads such a text back. false: it is not ours. */
MUST_CHECK NONNULL bool alias_parse(const char *text, struct alias *ret);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of policy_line() share: the line, its objects, its words. */
#ifndef NETGRANT_LINE_PRIV_H
#define NETGRANT_LINE_PRIV_H

#include "policy.h"

struct cursor {
	const char *line, *p, *end;
	struct policy_error *error;
};

struct line_word {
	enum policy_word word;
	const char *text; /* with '=' at its end: takes a value */
	size_t len;
	bool limit; /* belongs to an allow */
};

extern const struct line_word line_words[];
extern const size_t n_line_words;

/* Tells of an error at that place of the line. Returns -EINVAL. */
PRINTF(3, 4) int line_fail(struct cursor *c, const char *at, const char *fmt, ...);

/* Tells of a word that is none; best: what may have been meant, or NULL. */
int line_unknown_word(struct cursor *c, struct policy_text t, const char *best);
/* The same for what stands behind the object. */
int line_unknown_option(struct cursor *c, const struct policy_vocab *vocab, struct policy_text t);

/* Reads an object that is no plain name of a device. 0 or -EINVAL. */
int line_object(struct cursor *c, const struct policy_vocab *vocab, struct policy_rule *rule);

/* Reads a pattern of names, or of paths. 0 or -EINVAL. */
int line_glob(struct cursor *c, const char *noun, const struct policy_text *t, bool path);

/* Reads what stands behind the word. 0 or -EINVAL. */
int line_value(struct cursor *c, enum policy_word word, const struct policy_text *value,
	       struct policy_rule *rule);

static inline bool line_is(const struct policy_text *t, const char *word, size_t len)
{
	return t->len == len && __builtin_memcmp(t->p, word, len) == 0;
}

static inline bool line_begins(const struct policy_text *t, const char *word, size_t len)
{
	return t->len >= len && __builtin_memcmp(t->p, word, len) == 0;
}

#endif

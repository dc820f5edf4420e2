/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kinds of object that a policy can grant. A new policy file is one more entry. */
#ifndef NETGRANT_KINDS_H
#define NETGRANT_KINDS_H

#include "devices.h"
#include "networks.h"
#include "policy/policy.h"

/* Room for the name of any object, and for a pattern of them. */
typedef char object_name[POLICY_OBJECT_MAX + 1];

struct kind {
	const struct policy_vocab *vocab; /* vocab->noun is what the user types */
	const char *plural;
	const char *file;          /* last part of the policy file's path */
	const char *(*path)(void); /* the policy file that the helper reads */
	const char *example;       /* a line to begin with */
	/* What keeps name from being one of these: "is empty". NULL: nothing. */
	const char *(*defect)(const char *name);
	enum device_state (*state)(const char *name, device_name ret);
	int (*list)(device_name **ret,
		    size_t *retn); /* what exists; 0 or -errno; NULL: not asked */
	bool (*wireless)(const char *name, device_name ret); /* NULL: not asked */
	/* What else there is to know of one; NULL: nothing. */
	void (*facts)(const char *name, struct network_facts *ret);
	/* Does only a rule with just its name allow it? NULL: any. */
	bool (*exact)(const char *name);
	bool made;     /* comes with the request: what exists is taken */
	bool patterns; /* `allowed` lists the patterns of rules, too: what they match cannot be
			  listed */
};

extern const struct kind kinds[];
extern const size_t n_kinds;

/* The kind of that noun, or NULL. */
NONNULL const struct kind *kind_by_noun(const char *noun);

/* Writes all nouns, with commas. Returns buf. */
NONNULL const char *kind_nouns(char *buf, size_t size);

/* The kind whose policy a file is likely to be: by its name, else the first. */
NONNULL const struct kind *kind_by_file(const char *path);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more element of that size. 0 or -ENOMEM. */
static int grow(void *array, size_t used, size_t *size, size_t element)
{
	void **p = array, *bigger;
	size_t more = *size ? *size * 2 : 16;

	if (used < *size)
		return 0;
	bigger = reallocarray(*p, more, element);
	if (!bigger)
		return -ENOMEM;
	*p = bigger;
	*size = more;
	return 0;
}

/* A kept copy of the name; rules of one file follow each other. */
static const char *keep_file(struct rules *r, const char *file)
{
	char *copy;

	if (r->n_files > 0 && strcmp(r->files[r->n_files - 1], file) == 0)
		return r->files[r->n_files - 1];
	if (grow(&r->files, r->n_files, &r->files_size, sizeof(*r->files)) < 0)
		return NULL;
	copy = strdup(file);
	if (copy)
		r->files[r->n_files++] = copy;
	return copy;
}

static char *keep_text(char *to, struct policy_text *t)
{
	if (!t->p)
		return to;
	memcpy(to, t->p, t->len);
	t->p = to;
	return to + t->len;
}

int rules_add(struct rules *r, const struct policy_rule *rule)
{
	struct policy_rule copy = *rule;
	size_t len =
		(rule->object.p ? rule->object.len : 0) + (rule->users.p ? rule->users.len : 0) +
		(rule->groups.p ? rule->groups.len : 0) + (rule->ifname.p ? rule->ifname.len : 0) +
		(rule->run_as.p ? rule->run_as.len : 0);
	char *text, *to;

	copy.file = keep_file(r, rule->file);
	if (!copy.file || grow(&r->v, r->n, &r->size, sizeof(*r->v)) < 0)
		return -ENOMEM;
	/* One piece for all; the object's is its beginning. */
	text = malloc(len + 1);
	if (!text)
		return -ENOMEM;
	to = keep_text(keep_text(keep_text(text, &copy.object), &copy.users), &copy.groups);
	keep_text(keep_text(to, &copy.ifname), &copy.run_as);
	copy.object.p = text;
	r->v[r->n++] = copy;
	return 0;
}

void rules_free(struct rules *r)
{
	for (size_t i = 0; i < r->n; i++)
		free((void *)(uintptr_t)r->v[i].object.p);
	for (size_t i = 0; i < r->n_files; i++)
		free(r->files[i]);
	free(r->v);
	free(r->files);
	memset(r, 0, sizeof(*r));
}

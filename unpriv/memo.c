/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memo.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct remembered {
	int number;
	char name[]; /* terminated */
};

static int compare(const void *a, const void *b)
{
	const struct remembered *x = a, *y = b;

	return strcmp(x->name, y->name);
}

int *memo_slot(struct memo *m, const char *name, size_t len, bool *retfresh)
{
	struct remembered *e = malloc(sizeof(*e) + len + 1), **node;

	if (!e)
		return NULL;
	e->number = -1;
	memcpy(e->name, name, len);
	e->name[len] = '\0';
	node = tsearch(e, &m->root, compare);
	*retfresh = node && *node == e;
	if (!*retfresh)
		free(e);
	return node ? &(*node)->number : NULL;
}

bool memo_first(struct memo *m, const char *name, size_t len)
{
	bool fresh;

	return memo_slot(m, name, len, &fresh) && fresh;
}

void memo_free(struct memo *m)
{
	tdestroy(m->root, free);
	m->root = NULL;
}

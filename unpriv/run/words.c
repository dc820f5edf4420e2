/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int words_add(struct words *words, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (words->n + 2 > words->room) {
		size_t room = words->room * 2 + 32;
		char **more = realloc(words->at, room * sizeof(*more));

		if (!more)
			return -ENOMEM;
		words->at = more;
		words->room = room;
	}
	va_start(ap, fmt);
	n = vasprintf(&words->at[words->n], fmt, ap);
	va_end(ap);
	if (n >= 0)
		words->n++;
	words->at[words->n] = NULL;
	return n < 0 ? -ENOMEM : 0;
}

void words_free(struct words *words)
{
	for (size_t i = 0; i < words->n; i++)
		free(words->at[i]);
	free(words->at);
	*words = (struct words){0};
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "near.h"

#include <string.h>

unsigned near_distance(const char *text, size_t len, const char *word)
{
	unsigned row[3][16];
	size_t word_len = strlen(word);

	if (len > 15 || word_len > 15)
		return 99;
	for (unsigned j = 0; j <= word_len; j++)
		row[0][j] = j;
	for (unsigned i = 1; i <= len; i++) {
		unsigned *now = row[i % 3], *last = row[(i + 2) % 3], *before = row[(i + 1) % 3];

		now[0] = i;
		for (unsigned j = 1; j <= word_len; j++) {
			unsigned best = last[j - 1] + (text[i - 1] != word[j - 1]);

			best = last[j] + 1 < best ? last[j] + 1 : best;
			best = now[j - 1] + 1 < best ? now[j - 1] + 1 : best;
			if (i > 1 && j > 1 && text[i - 1] == word[j - 2] &&
			    text[i - 2] == word[j - 1] && before[j - 2] + 1 < best)
				best = before[j - 2] + 1;
			now[j] = best;
		}
	}
	return row[len % 3][word_len];
}

void near_consider(const char *text, size_t len, const char *word, const char **best,
		   unsigned *distance)
{
	unsigned d = near_distance(text, len, word);

	if (d < *distance) {
		*best = word;
		*distance = d;
	}
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The file: see settings_priv.h. */
#include "settings_priv.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool setting_next(const char **text, struct setting *ret)
{
	while (**text) {
		const char *line = *text;

		*text += strcspn(line, "\n");
		*text += **text == '\n';
		if (sscanf(line, "%127s %63s %63s", ret->path, ret->old, ret->new) == 3)
			return true;
	}
	return false;
}

bool setting_find(const char *text, const char *path, struct setting *ret, const char **line,
		  const char **end)
{
	for (*end = *line = text; setting_next(end, ret); *line = *end)
		if (strcmp(ret->path, path) == 0)
			return true;
	return false;
}

int setting_own(const struct network *n, char **ret)
{
	int r = state_read(n->dir, SETTINGS_FILE, STATE_FILE_MAX, ret);

	if (r != -ENOENT)
		return r;
	*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

int setting_each_other(const struct network *n, setting_fn fn, void *ctx)
{
	DIR *dir = opendir(RUN_DIR "/networks");
	struct dirent *entry;
	int r = 0;

	while (dir && r == 0 && (entry = readdir(dir))) {
		char file[NAME_MAX + sizeof("/" SETTINGS_FILE)], *text;
		struct setting s;

		if (entry->d_name[0] == '.' || strcmp(entry->d_name, n->name) == 0)
			continue;
		snprintf(file, sizeof(file), "%s/" SETTINGS_FILE, entry->d_name);
		r = state_read(dirfd(dir), file, STATE_FILE_MAX, &text);
		if (r == -ENOENT || r == -ENOTDIR)
			r = 0;
		for (const char *at = text; text && r == 0 && setting_next(&at, &s);)
			r = fn(&s, ctx);
		free(text);
	}
	if (dir)
		closedir(dir);
	return r;
}

static int match(const struct setting *s, void *ctx)
{
	struct setting *wanted = ctx;

	if (strcmp(s->path, wanted->path) != 0)
		return 0;
	*wanted = *s;
	return 1;
}

int setting_others_know(const struct network *n, const char *path, struct setting *ret)
{
	snprintf(ret->path, sizeof(ret->path), "%s", path);
	return setting_each_other(n, match, ret);
}

int setting_remember(const struct network *n, const char *path, const char *old, const char *new)
{
	const char *line, *end;
	char *known, *text = NULL;
	struct setting was;
	int r = setting_own(n, &known);

	if (r < 0)
		return r;
	if (setting_find(known, path, &was, &line, &end)) {
		if (strcmp(was.new, new) == 0) {
			free(known);
			return 0;
		}
		old = was.old;
	}
	if (asprintf(&text, "%.*s%s%s %s %s\n", (int)(line - known), known, end, path, old, new) <
	    0)
		text = NULL;
	r = text ? state_write(n->dir, SETTINGS_FILE, text) : -ENOMEM;
	free(text);
	free(known);
	return r;
}

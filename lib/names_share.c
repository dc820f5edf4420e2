/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names_share.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int names_each_line(const char *path, names_line_fn fn, void *ctx)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;
	int r = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (r == 0 && (n = getline(&line, &size, file)) >= 0) {
		if (n > 0 && line[n - 1] == '\n')
			line[n - 1] = '\0';
		r = fn(line, ctx);
	}
	if (r == 0 && !feof(file))
		r = errno ? -errno : -EIO;
	free(line);
	fclose(file);
	return r;
}

struct service {
	const char *database;
	enum names_share share;
};

#define BLANKS " \t\n\v\f\r"

/* As process_line() of glibc (nss/nss_database.c) takes it, "passwd files" included. */
static int read_service(char *line, void *ctx)
{
	struct service *s = ctx;
	char *save = NULL, *word, *second;
	enum names_share share = NAMES_OTHER;

	line[strcspn(line, "#")] = '\0';
	word = strtok_r(line, BLANKS ":", &save);
	if (!word || strcmp(word, s->database) != 0)
		return 0;
	word = strtok_r(NULL, BLANKS ":", &save);
	second = word ? strtok_r(NULL, BLANKS, &save) : NULL;
	/* "files [NOTFOUND=return]" and the like are the C library's to understand. */
	if (word && strcmp(word, "files") == 0 && (!second || second[0] != '['))
		share = second ? NAMES_FIRST : NAMES_ALL;
	/* Of several lines glibc takes the last; to ask it too often does no harm. */
	if (share > s->share)
		s->share = share;
	return 0;
}

/* Without the file, or without the line, files are all there is (glibc 2.34). */
int names_share(const char *database, enum names_share *ret)
{
	struct service s = {.database = database, .share = NAMES_ALL};
	int r = names_each_line("/etc/nsswitch.conf", read_service, &s);

	*ret = s.share;
	return r < 0 ? r : 0;
}

int names_certain(const char *database)
{
	enum names_share share;
	int r = names_share(database, &share);

	return r < 0 ? r : share == NAMES_ALL;
}

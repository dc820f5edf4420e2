/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include "lib/quote.h"
#include "lib/secure_open.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *read_whole(int fd, size_t max, size_t *retlen, int *reterr)
{
	size_t size = 4096, len = 0;
	char *text = malloc(size);

	while (text) {
		ssize_t n = read(fd, text + len, size - len - 1);
		char *more;

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0 || len + (size_t)n > max) {
			*reterr = n == 0 ? 0 : n < 0 ? -errno : -EFBIG;
			break;
		}
		len += (size_t)n;
		if (size - len > 1)
			continue;
		size *= 2;
		more = realloc(text, size);
		if (!more)
			free(text);
		text = more;
	}
	if (!text) {
		*reterr = -ENOMEM;
		return NULL;
	}
	if (*reterr < 0) {
		free(text);
		return NULL;
	}
	text[len] = '\0';
	*retlen = len;
	return text;
}

static int open_file(const struct network *n, char *path, size_t size, int *retfd)
{
	struct secure_open_error error;
	char why[128];

	snprintf(path, size, NETWORKS_CONF "/%s.conf", n->name);
	*retfd = secure_open(path, &error);
	if (*retfd == -ENOENT && strcmp(error.path, path) == 0)
		return worker_fail(EX_POLICY, "there is no network '%s': %s does not exist",
				   n->name, path);
	if (*retfd < 0)
		return worker_fail(EX_POLICY, "%s: %s", QUOTE(error.path),
				   secure_open_text(&error, why, sizeof(why)));
	return EX_DONE;
}

int network_load(struct network *n)
{
	struct net_config_error error;
	CLEANUP_FD int fd = -1;
	char path[128], *text;
	size_t len;
	int err = 0, r = open_file(n, path, sizeof(path), &fd);

	if (r != EX_DONE)
		return r;
	text = read_whole(fd, NET_FILE_MAX, &len, &err);
	if (!text)
		return worker_fail(EX_POLICY, "%s: cannot be read: %s", path, strerror(-err));
	r = net_config_parse(n->name, text, len, &n->config, &error);
	free(text);
	if (r == -EINVAL && error.line)
		return worker_fail(EX_POLICY, "%s:%u: %s", path, error.line, error.text);
	if (r < 0)
		return worker_fail(EX_POLICY, "%s: %s", path,
				   r == -EINVAL ? error.text : strerror(-r));
	n->loaded = true;
	return EX_DONE;
}

/* "NAME.conf" with a name that can be a network's. */
static bool take_name(const char *file, char name[NETNAME_MAX + 1])
{
	size_t len = strlen(file);

	if (len <= 5 || len - 5 > NETNAME_MAX || strcmp(file + len - 5, ".conf") != 0)
		return false;
	memcpy(name, file, len - 5);
	name[len - 5] = '\0';
	return !netname_defect(name);
}

int network_each_file(int (*fn)(const char *name, void *ctx), void *ctx)
{
	struct dirent **files;
	int n = scandir(NETWORKS_CONF, &files, NULL, alphasort), r = EX_DONE;

	if (n < 0 && errno == ENOENT)
		return EX_DONE;
	if (n < 0)
		return worker_fail(EX_FAILED, NETWORKS_CONF ": %s", strerror(errno));
	for (int i = 0; i < n; i++) {
		char name[NETNAME_MAX + 1];

		if (r == EX_DONE && take_name(files[i]->d_name, name))
			r = fn(name, ctx);
		free(files[i]);
	}
	free(files);
	return r;
}

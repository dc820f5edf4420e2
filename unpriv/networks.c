/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networks.h"

#include "lib/netname.h"
#include "lib/quote.h"
#include "lib/secure_open.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".conf"

const char *network_path(char buf[NETWORK_PATH_SIZE], const char *name)
{
	snprintf(buf, NETWORK_PATH_SIZE, NETWORKS_CONF "/%s" SUFFIX, name);
	return buf;
}

bool network_file_name(const char *path, char name[NETNAME_MAX + 2])
{
	const char *slash = strrchr(path, '/'), *last = slash ? slash + 1 : path;
	size_t len = strlen(last), end = sizeof(SUFFIX) - 1;

	if (len < end || strcmp(last + len - end, SUFFIX) != 0)
		return false;
	snprintf(name, NETNAME_MAX + 2, "%.*s", (int)(len - end), last);
	return true;
}

enum device_state network_state(const char *name, device_name ret)
{
	char path[NETWORK_PATH_SIZE];
	struct stat st;

	snprintf(ret, sizeof(device_name), "%s", name);
	if (netname_defect(name))
		return DEVICE_NONE;
	return lstat(network_path(path, name), &st) == 0 ? DEVICE_RIGHT : DEVICE_NONE;
}

int network_names(device_name **ret, size_t *retn)
{
	struct dirent **files;
	int n = scandir(NETWORKS_CONF, &files, NULL, alphasort);
	char name[NETNAME_MAX + 2];

	*retn = 0;
	*ret = calloc((size_t)(n < 0 ? 0 : n) + 1, sizeof(**ret));
	for (int i = 0; i < n; i++) {
		if (*ret && network_file_name(files[i]->d_name, name) && !netname_defect(name))
			memcpy((*ret)[(*retn)++], name, strlen(name) + 1);
		free(files[i]);
	}
	if (n >= 0)
		free(files);
	return *ret ? 0 : -ENOMEM;
}

/* ---- the file */

static int read_text(int fd, char **ret, size_t *retlen)
{
	char *text = malloc(NET_FILE_MAX + 1);
	size_t len = 0;
	ssize_t n = 1;

	while (text && n > 0 && len <= NET_FILE_MAX) {
		n = read(fd, text + len, NET_FILE_MAX + 1 - len);
		if (n > 0)
			len += (size_t)n;
		else if (n < 0 && errno == EINTR)
			n = 1;
	}
	if (!text || n < 0 || len > NET_FILE_MAX) {
		int err = !text ? ENOMEM : n < 0 ? errno : EFBIG;

		free(text);
		return -err;
	}
	*ret = text;
	*retlen = len;
	return 0;
}

static int open_file(const char *path, struct network_error *reterr)
{
	struct secure_open_error error;
	int fd = secure_open(path, &error);

	if (fd >= 0)
		return fd;
	snprintf(reterr->file, sizeof(reterr->file), "%s", error.path);
	secure_open_text(&error, reterr->text, sizeof(reterr->text));
	reterr->hidden = error.reason == SECURE_OPEN_ERRNO && error.err == EACCES;
	if (error.reason == SECURE_OPEN_OWNER)
		reterr->fix = "chown root:";
	else if (error.reason == SECURE_OPEN_WRITABLE)
		reterr->fix = "chmod go-w";
	return -1;
}

bool network_read(const char *name, const char *path, struct net_config *ret,
		  struct network_error *reterr)
{
	struct net_config_error error;
	char *text;
	size_t len;
	int r;

	memset(reterr, 0, sizeof(*reterr));
	snprintf(reterr->file, sizeof(reterr->file), "%s", path);
	{
		CLEANUP_FD int fd = open_file(path, reterr);

		if (fd < 0)
			return false;
		r = read_text(fd, &text, &len);
	}
	if (r == 0) {
		r = net_config_parse(name, text, len, ret, &error);
		free(text);
	}
	if (r == -EINVAL)
		reterr->line = error.line;
	if (r < 0)
		snprintf(reterr->text, sizeof(reterr->text), "%s",
			 r == -EINVAL ? error.text : strerror(-r));
	return r == 0;
}

/* ---- whether it is up */

static void find_bridge(const char *name, struct network_facts *ret)
{
	device_name *bridges;
	size_t n;

	ret->up = NETWORK_DOWN;
	if (device_bridges(&bridges, &n) < 0) {
		ret->up = NETWORK_UNKNOWN;
		return;
	}
	for (size_t i = 0; i < n && ret->up != NETWORK_UP; i++) {
		char alias[ALIAS_SIZE];
		bool isolated;

		if (!device_alias(bridges[i], alias, sizeof(alias))) {
			ret->up = NETWORK_UNKNOWN;
		} else if (netname_is(alias, name, &isolated)) {
			ret->up = NETWORK_UP;
			memcpy(ret->bridge, bridges[i], sizeof(ret->bridge));
		}
	}
	free(bridges);
}

void network_facts(const char *name, struct network_facts *ret)
{
	char path[NETWORK_PATH_SIZE], line[16] = "";
	struct network_error error;
	struct net_config config;
	device_name same;

	memset(ret, 0, sizeof(*ret));
	find_bridge(name, ret);
	if (network_state(name, same) != DEVICE_RIGHT)
		return;
	if (network_read(name, network_path(path, name), &config, &error)) {
		ret->start_allowed = config.start_allowed;
		net_config_free(&config);
		return;
	}
	if (error.line)
		snprintf(line, sizeof(line), ":%u", error.line);
	snprintf(ret->problem, sizeof(ret->problem), "%.*s%s: %s", QUOTE_SIZE, QUOTE(error.file),
		 line, error.text);
}

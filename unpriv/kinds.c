/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kinds.h"

#include "policy/reader.h"

#include <stdio.h>
#include <string.h>

const struct kind kinds[] = {
	{
		.vocab = &policy_bridge,
		.plural = "bridges",
		.file = "bridge.conf",
		.path = reader_bridge_path,
		.example = "allow br0 user=alice",
		.state = device_bridge_state,
		.list = device_bridges,
		.wireless = device_wireless_port,
	},
};

const size_t n_kinds = ARRAY_LEN(kinds);

const struct kind *kind_by_noun(const char *noun)
{
	for (size_t i = 0; i < n_kinds; i++)
		if (strcmp(kinds[i].vocab->noun, noun) == 0)
			return &kinds[i];
	return NULL;
}

const char *kind_nouns(char *buf, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < n_kinds && used < size; i++)
		used += (size_t)snprintf(buf + used, size - used, "%s%s", i ? ", " : "",
					 kinds[i].vocab->noun);
	return buf;
}

const struct kind *kind_by_file(const char *path)
{
	const char *slash = strrchr(path, '/');

	for (size_t i = 0; i < n_kinds; i++)
		if (strcmp(slash ? slash + 1 : path, kinds[i].file) == 0)
			return &kinds[i];
	return &kinds[0];
}

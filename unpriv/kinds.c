/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kinds.h"

#include "lib/netname.h"
#include "policy/reader.h"

#include <stdio.h>
#include <string.h>

static const char *device_defect(const char *name)
{
	enum ifname_defect defect = ifname_check(name, strlen(name));

	return defect == IFNAME_OK ? NULL : ifname_defect_text(defect);
}

const struct kind kinds[] = {
	{
		.vocab = &policy_bridge,
		.plural = "bridges",
		.file = "bridge.conf",
		.path = reader_bridge_path,
		.example = "allow br0 user=alice",
		.defect = device_defect,
		.state = device_bridge_state,
		.list = device_bridges,
		.wireless = device_wireless_port,
	},
	{
		.vocab = &policy_network,
		.plural = "networks",
		.file = "network.conf",
		.path = reader_network_path,
		.example = "allow default user=alice start",
		.defect = netname_defect,
		.state = network_state,
		.list = network_names,
		.facts = network_facts,
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kinds.h"

#include "lib/netname.h"
#include "lib/script.h"
#include "policy/reader.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char *device_defect(const char *name)
{
	enum ifname_defect defect = ifname_check(name, strlen(name));

	return defect == IFNAME_OK ? NULL : ifname_defect_text(defect);
}

/* As bridge-helper sees it: made by nat-setup. */
static bool of_network(const char *name)
{
	char alias[ALIAS_SIZE];

	/* Where there is an alias to be read, the files are this namespace's. */
	return device_alias(name, alias, sizeof(alias)) &&
	       device_number(name, "netdev_group") == NETNAME_BRIDGES;
}

static const char *tap_defect(const char *name)
{
	const char *defect = device_defect(name);

	return defect ? defect : ifname_unfit(name);
}

static enum device_state script_state(const char *path, device_name ret)
{
	struct stat st;

	ret[0] = '\0';
	if (stat(path, &st) < 0)
		return DEVICE_NONE;
	return S_ISREG(st.st_mode) ? DEVICE_RIGHT : DEVICE_OTHER;
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
		.exact = of_network,
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
	{
		.vocab = &policy_tap,
		.plural = "taps",
		.file = "tap.conf",
		.path = reader_tap_path,
		.example = "allow vnet* user=alice limit=4",
		.defect = tap_defect,
		.state = device_any_state,
		.made = true,
		.patterns = true,
	},
	{
		.vocab = &policy_ifup,
		.plural = "scripts",
		.file = "ifup.conf",
		.path = reader_ifup_path,
		.example = "allow /etc/qemu-ifup user=alice",
		.defect = script_defect,
		.state = script_state,
		.patterns = true,
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which virtual networks there are, and whether they are up, as a process without privilege
 * sees them: by the files of the administrator, and by the alias that nat-setup gives to a
 * bridge (lib/netname.h).
 */
#ifndef NETGRANT_NETWORKS_H
#define NETGRANT_NETWORKS_H

#include "devices.h"
#include "lib/compiler.h"
#include "network/config.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define NETWORKS_CONF SYSCONFDIR "/netgrant/networks"

struct network_facts {
	enum network_up {
		NETWORK_DOWN,
		NETWORK_UP,
		NETWORK_UNKNOWN, /* /sys is another network namespace's */
	} up;
	device_name bridge; /* of one that is up */
	bool start_allowed; /* its file leaves it to the rules who may start it */
	char problem[900];  /* "FILE:LINE: what is wrong with its file"; "": nothing */
};

/* Has it a file? Then DEVICE_RIGHT, and ret is name. */
NONNULL enum device_state network_state(const char *name, device_name ret);

/* All that have a file, in an array that the caller frees. 0 or -errno. */
MUST_CHECK NONNULL int network_names(device_name **ret, size_t *retn);

NONNULL void network_facts(const char *name, struct network_facts *ret);

/* What is wrong with a network's file. */
struct network_error {
	unsigned line;       /* 0: the file as a whole */
	char file[PATH_MAX]; /* or the folder on the way to it that is at fault */
	char text[512];
	const char *fix; /* the command, to be given the file; NULL: none */
	bool hidden;     /* the process may not read it: nothing can be told */
};

/* Reads the file at path as that of the network name. true: *ret is filled in, to be given to
 * net_config_free(). */
MUST_CHECK NONNULL bool network_read(const char *name, const char *path, struct net_config *ret,
				     struct network_error *reterr);

/* Writes the path of the network's file. Returns buf. */
#define NETWORK_PATH_SIZE (sizeof(NETWORKS_CONF "/.conf") + NETNAME_MAX)
NONNULL const char *network_path(char buf[NETWORK_PATH_SIZE], const char *name);

/* Has the last part of path the form NAME.conf? name is what stands before, cut where it is
 * too long for a network's. */
MUST_CHECK NONNULL bool network_file_name(const char *path, char name[NETNAME_MAX + 2]);

#endif

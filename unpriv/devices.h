/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What network devices there are, as a process without privilege sees them. The network
 * namespace of the process counts, as it does for the helpers: /sys/class/net may be of
 * another one, and is believed only where it tells the same device index.
 */
#ifndef NETGRANT_DEVICES_H
#define NETGRANT_DEVICES_H

#include "lib/compiler.h"
#include "lib/ifname.h"

#include <stdbool.h>
#include <stddef.h>

enum device_state {
	DEVICE_NONE,    /* no device of that name */
	DEVICE_ALTNAME, /* it is an alternative name of another one */
	DEVICE_OTHER,   /* a device of another kind */
	DEVICE_RIGHT,   /* a device of the kind that was asked for */
};

typedef char device_name[IFNAME_MAX + 1];

/* Is there a device of that name, or alternative name? */
NONNULL enum device_state device_any_state(const char *name, device_name ret);

/* Is name a bridge? The kernel's own name of what was found is in ret. */
NONNULL enum device_state device_bridge_state(const char *name, device_name ret);

/* All bridges, in an array that the caller frees. 0 or -errno. */
MUST_CHECK NONNULL int device_bridges(device_name **ret, size_t *retn);

/* Reads the device's alias, of at most size - 1 bytes; "" where it has none. false: it cannot
 * be told. */
MUST_CHECK NONNULL bool device_alias(const char *name, char *buf, size_t size);

/* All devices, as above; the bridge or the like that a device is a port of, "" for none. */
MUST_CHECK NONNULL int device_all(device_name **ret, size_t *retn);
NONNULL void device_master(const char *name, device_name ret);

/* A number that a file of the device in sysfs tells, in whatever base it is written; 0 where it
 * does not. */
NONNULL unsigned long device_number(const char *name, const char *file);

/* Has the bridge a wireless port? Its name is in ret. false also when it cannot be told. */
NONNULL bool device_wireless_port(const char *bridge, device_name ret);

#endif

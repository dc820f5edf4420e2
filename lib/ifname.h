/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_IFNAME_H
#define NETGRANT_IFNAME_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>

/* Longest name of a network device, without the final NUL (the kernel's IFNAMSIZ - 1). */
#define IFNAME_MAX 15

enum ifname_defect {
	IFNAME_OK,
	IFNAME_EMPTY,
	IFNAME_LONG,
	IFNAME_CHAR, /* a byte outside [A-Za-z0-9_.-] */
	IFNAME_DOTS, /* "." or "..", which the kernel refuses too */
};

/* May c stand in a device name that this suite takes? Narrower than the kernel's own
 * rule on purpose: ':' and '%' make the kernel act on another name than was asked for. */
bool ifname_char_ok(unsigned char c);

/* Is name[0..len) a device name, whole? Never truncates. */
NONNULL enum ifname_defect ifname_check(const char *name, size_t len);

/*
 * What keeps a valid name from being given to a new interface: NULL, or a text. A script may
 * take "-x" for an option, a tool "12" for the index of another interface; "all" and "default"
 * in /proc/sys/net stand for all interfaces, and /sys/class/net has a file of its own.
 */
NONNULL const char *ifname_unfit(const char *name);

/*
 * Is name one that the kernel, systemd or a distribution gives to devices of its own: cards,
 * bridges, tunnels, and what VPNs and firewalls know by name? Whoever makes one of these
 * beforehand has the settings, and the trust, that are meant for the other.
 */
NONNULL bool ifname_reserved(const char *name);

/* What is wrong, for a message: "is longer than 15 bytes". */
const char *ifname_defect_text(enum ifname_defect defect);

#endif

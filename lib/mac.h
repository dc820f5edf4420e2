/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_MAC_H
#define NETGRANT_MAC_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAC_LEN 6
#define MAC_TEXT_SIZE 18 /* "52:54:00:aa:00:00" and its NUL */

/* The addresses that share their first `bits` bits with addr; 48 bits: just addr. */
struct mac_range {
	uint8_t addr[MAC_LEN];
	uint8_t bits;
};

/* Reads text[0..len), six pairs of hex digits with ':' between. 0 or -EINVAL. */
MUST_CHECK NONNULL int mac_parse(const char *text, size_t len, uint8_t ret[MAC_LEN]);

/* Writes "52:54:00:aa:00:00" and returns buf. */
NONNULL const char *mac_format(char buf[MAC_TEXT_SIZE], const uint8_t addr[MAC_LEN]);

/* The mask of a range: ff:ff:ff:ff:00:00 for 32 bits. */
NONNULL void mac_mask(uint8_t bits, uint8_t ret[MAC_LEN]);

/* Is addr one of the range? */
NONNULL bool mac_in_range(const uint8_t addr[MAC_LEN], const struct mac_range *range);

/* Group addresses (multicast and broadcast) have the lowest bit of the first byte set. */
static inline bool mac_is_group(const uint8_t addr[MAC_LEN])
{
	return addr[0] & 1;
}

#endif

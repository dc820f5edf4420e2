/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Blocks of the pcapng format (draft-ietf-opsawg-pcapng), in this machine's byte order. Pure. */
#ifndef NETGRANT_PCAPNG_H
#define NETGRANT_PCAPNG_H

#include "lib/compiler.h"

#include <stddef.h>
#include <stdint.h>

#define PCAPNG_HEAD_MAX 64                          /* bytes of pcapng_section() */
#define PCAPNG_INTERFACE_MAX 512                    /* of pcapng_interface() */
#define PCAPNG_PACKET_MAX(len) (64 + (size_t)(len)) /* of pcapng_packet() */

/* Each writes a block to buf and returns its length. */

/* The beginning of a file. */
NONNULL size_t pcapng_section(uint8_t *buf);

/* An Ethernet interface; they are numbered from 0 in the order of these blocks. A longer name is
 * cut to 255 bytes. */
NONNULL size_t pcapng_interface(uint8_t *buf, const char *name);

/* A frame that the interface received, at `time` in microseconds since 1970. */
NONNULL size_t pcapng_packet(uint8_t *buf, uint32_t interface, uint64_t time, const uint8_t *frame,
			     uint32_t len);

#endif

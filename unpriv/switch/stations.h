/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which MAC address is behind which port: bounded, ageing, pure. A port has at most
 * STATIONS_A_PORT of them, so that a peer that makes up addresses takes no other's place.
 */
#ifndef NETGRANT_STATIONS_H
#define NETGRANT_STATIONS_H

#include "lib/compiler.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define STATIONS_BITS 16 /* a megabyte of table, touched where it is used */
#define STATIONS_MAX (1u << STATIONS_BITS)
#define STATIONS_WAYS 8
#define STATIONS_A_PORT 2048
#define STATIONS_PORTS 4096
#define STATIONS_NONE 0xffffu

/* An address as a number, in the order of the machine. */
static inline uint64_t station_mac(const uint8_t addr[6])
{
	uint64_t mac = 0;

	memcpy(&mac, addr, 6);
	return mac;
}

struct station {
	uint64_t mac;
	uint16_t port; /* STATIONS_NONE: free */
	uint16_t life; /* of the port, at the time */
	uint32_t seen; /* seconds */
};

struct stations {
	struct station table[STATIONS_MAX];
	uint64_t seed;    /* or a peer could choose addresses that fall together */
	uint32_t age;     /* seconds that an address is kept unheard; 0: learns none */
	uint32_t version; /* changes when an answer of stations_find() may */
	uint32_t count[STATIONS_PORTS];
	uint16_t life[STATIONS_PORTS];
	uint64_t refused; /* addresses that there was no place for */
};

/* Empties the table. */
NONNULL void stations_init(struct stations *s, uint64_t seed, uint32_t age);

/* mac was heard on the port at that second. */
NONNULL void stations_learn(struct stations *s, uint64_t mac, unsigned port, uint32_t now);

/* The port of mac, or STATIONS_NONE. */
NONNULL unsigned stations_find(const struct stations *s, uint64_t mac, uint32_t now);

/* The port is no more; its number may be given to another one. */
NONNULL void stations_forget(struct stations *s, unsigned port);

/* Frees the places of what is too old; now and then. */
NONNULL void stations_expire(struct stations *s, uint32_t now);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guard.h"

#include <string.h>

#define ETHER_HEAD 14
#define ETHER_IPV4 0x0800
#define ETHER_IPV6 0x86dd
#define ETHER_ARP 0x0806
#define IPV4_HEAD 20
#define IPV6_HEAD 40

/* 0.0.0.0/8 is "this host": Linux connects to itself. */
static bool is_own_ipv4(const uint8_t *address)
{
	return address[0] == 127 || address[0] == 0;
}

/* ::, ::1, and the forms in which an IPv4 address stands in an IPv6 one: a socket of the
 * host's takes them for that IPv4 address. */
static bool is_own_ipv6(const uint8_t *address)
{
	static const uint8_t zeros[10];

	return memcmp(address, zeros, sizeof(zeros)) == 0 &&
	       ((address[10] == 0xff && address[11] == 0xff) ||
		(address[10] == 0 && address[11] == 0));
}

bool guard_allows(const uint8_t *frame, size_t len, bool loopback)
{
	const uint8_t *packet = frame + ETHER_HEAD;
	unsigned type;

	if (len < ETHER_HEAD)
		return false;
	type = (unsigned)frame[12] << 8 | frame[13];
	switch (type) {
	case ETHER_IPV4:
		/* The destination is where it is in every fragment, whatever options follow; the
		 * library ignores source routes. */
		return len >= ETHER_HEAD + IPV4_HEAD && (loopback || !is_own_ipv4(packet + 16));
	case ETHER_IPV6:
		return len >= ETHER_HEAD + IPV6_HEAD && (loopback || !is_own_ipv6(packet + 24));
	case ETHER_ARP:
		return true;
	default:
		/* Among others NC-SI, which no guest of ours has to speak. */
		return false;
	}
}

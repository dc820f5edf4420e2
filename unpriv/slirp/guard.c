/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "guard.h"

#include <string.h>

#define ETHER_HEAD 14
#define ETHER_IPV4 0x0800
#define ETHER_IPV6 0x86dd
#define ETHER_ARP 0x0806
#define TCP 6
#define UDP 17
#define TCP_SYN 0x02
#define TCP_ACK 0x10

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

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

/* The library's names for the host's loopback. */
static bool is_alias_ipv4(const struct guard *g, const uint8_t *address)
{
	static const uint8_t everybody[4] = {255, 255, 255, 255};

	return memcmp(address, g->host, 4) == 0 || memcmp(address, everybody, 4) == 0;
}

static bool is_alias_ipv6(const struct guard *g, const uint8_t *address)
{
	static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};

	return (memcmp(address, g->net6, 8) == 0 && memcmp(address, g->dns6, 16) != 0) ||
	       memcmp(address, all_nodes, 16) == 0;
}

static bool is_answer(const struct guard *g, const uint8_t *udp, bool ipv6)
{
	for (unsigned i = 0; i < GUARD_PEERS; i++)
		if (g->peer[i].ipv6 == ipv6 && memcmp(g->peer[i].ports, udp + 2, 2) == 0 &&
		    memcmp(g->peer[i].ports + 2, udp, 2) == 0)
			return true;
	return false;
}

/* To the loopback: does the segment begin nothing? */
static bool tcp_may(const uint8_t *tcp, size_t len)
{
	return len >= 20 && (tcp[13] & (TCP_SYN | TCP_ACK)) != TCP_SYN;
}

/* To the loopback: DHCP, and TFTP to the router, end in the library (udp_input(), udp6_input()
 * in its src/udp.c and udp6.c); else only an answer. */
static bool udp_may(const struct guard *g, const uint8_t *udp, size_t len, bool ipv6,
		    bool to_router)
{
	unsigned port;

	if (len < 8)
		return false;
	port = get16(udp + 2);
	return (port == 67 && !ipv6) || (port == 547 && ipv6 && to_router) ||
	       (port == 69 && to_router) || is_answer(g, udp, ipv6);
}

static bool ipv4_may(const struct guard *g, const uint8_t *ip, size_t len)
{
	bool to_router;
	size_t head;

	if (len < 20)
		return false;
	head = (size_t)(ip[0] & 15) * 4;
	if (is_own_ipv4(ip + 16) || head < 20 || head > len)
		return false;
	if (!is_alias_ipv4(g, ip + 16))
		return true;
	if (get16(ip + 6) & 0x3fff)
		return false;
	/* To the router, a ping the library answers itself. To everybody it would pass it on, and
	 * where it may not, send a datagram to the loopback's port 7 (its icmp_input()). */
	to_router = memcmp(ip + 16, g->host, 4) == 0;
	return ip[9] == TCP   ? tcp_may(ip + head, len - head)
	       : ip[9] == UDP ? udp_may(g, ip + head, len - head, false, to_router)
			      : to_router;
}

static bool ipv6_may(const struct guard *g, const uint8_t *ip, size_t len)
{
	if (len < 40 || is_own_ipv6(ip + 24))
		return false;
	if (!is_alias_ipv6(g, ip + 24))
		return true;
	return ip[6] == TCP ? tcp_may(ip + 40, len - 40)
	       : ip[6] == UDP
		       ? udp_may(g, ip + 40, len - 40, true, memcmp(ip + 24, g->host6, 16) == 0)
		       : true;
}

bool guard_allows(const struct guard *g, const uint8_t *frame, size_t len)
{
	if (len < ETHER_HEAD)
		return false;
	switch (get16(frame + 12)) {
	case ETHER_IPV4:
		return g->loopback || ipv4_may(g, frame + ETHER_HEAD, len - ETHER_HEAD);
	case ETHER_IPV6:
		return g->loopback || ipv6_may(g, frame + ETHER_HEAD, len - ETHER_HEAD);
	case ETHER_ARP:
		return true;
	default:
		/* Among others NC-SI, which no guest of ours has to speak. */
		return false;
	}
}

/* The UDP header of a frame of the library's own making that comes from the loopback; NULL: it
 * is none. */
static const uint8_t *udp_from_loopback(const struct guard *g, const uint8_t *frame, size_t len,
					bool *retipv6)
{
	const uint8_t *ip = frame + ETHER_HEAD;

	*retipv6 = len >= ETHER_HEAD + 48 && get16(frame + 12) == ETHER_IPV6;
	if (*retipv6)
		return ip[6] == UDP && is_alias_ipv6(g, ip + 8) ? ip + 40 : NULL;
	if (len < ETHER_HEAD + 28 || get16(frame + 12) != ETHER_IPV4 || ip[0] != 0x45 ||
	    ip[9] != UDP || (get16(ip + 6) & 0x1fff) != 0 || !is_alias_ipv4(g, ip + 12))
		return NULL;
	return ip + 20;
}

void guard_note(struct guard *g, const uint8_t *frame, size_t len)
{
	bool ipv6;
	const uint8_t *udp = g->loopback ? NULL : udp_from_loopback(g, frame, len, &ipv6);
	struct guard_peer *peer = &g->peer[g->next];
	uint8_t swapped[4];

	if (!udp)
		return;
	/* Held as the guest's answer has them the other way round. */
	memcpy(swapped, udp + 2, 2);
	memcpy(swapped + 2, udp, 2);
	if (is_answer(g, swapped, ipv6))
		return;
	memcpy(peer->ports, udp, 4);
	peer->ipv6 = ipv6;
	g->next = (g->next + 1) % GUARD_PEERS;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames as a hostile guest would make them, and what arrives of them.
 *
 *   frames send DEVICE KIND [KEY=VALUE...]   KIND: arp, udp, tcp, dhcp, udp6, icmp6, raw
 *   frames watch DEVICE SECONDS              a line a frame that comes in
 *
 * Keys: src dst (MAC), type (of a raw frame), vlan; spa sha tpa tha op (ARP); from to (IP),
 * sport dport; msg chaddr ciaddr giaddr hlen late (DHCP; late: the message type is not the
 * first option); sum=no (IPv4: no checksum behind it); icmp (type), target; frag=yes (IPv6: in a
 * fragment header), frag=first (a first fragment of options only, and the rest never comes);
 * count=N (each with another MAC: the last two bytes of src and chaddr are counted up, unless
 * keep=src; the last one of the address that DHCP asks for as well).
 */
#include "lib/mac.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int n_keys;
static char **keys;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "frames: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- values */

static const char *value(const char *key, const char *otherwise)
{
	size_t len = strlen(key);

	for (int i = 0; i < n_keys; i++)
		if (strncmp(keys[i], key, len) == 0 && keys[i][len] == '=')
			return keys[i] + len + 1;
	return otherwise;
}

static unsigned number(const char *key, const char *otherwise)
{
	return (unsigned)strtoul(value(key, otherwise), NULL, 0);
}

static void mac(const char *key, const char *otherwise, uint8_t to[MAC_LEN])
{
	const char *text = value(key, otherwise);

	errno = EINVAL;
	if (mac_parse(text, strlen(text), to) < 0)
		fail(key);
}

static void ip(int family, const char *key, const char *otherwise, uint8_t *to)
{
	errno = EINVAL;
	if (inet_pton(family, value(key, otherwise), to) != 1)
		fail(key);
}

static void put16(uint8_t *at, unsigned n)
{
	at[0] = (uint8_t)(n >> 8);
	at[1] = (uint8_t)n;
}

static unsigned get16(const uint8_t *at)
{
	return (unsigned)at[0] << 8 | at[1];
}

static unsigned sum(const uint8_t *at, size_t len, unsigned so_far)
{
	for (size_t i = 0; i < len; i++)
		so_far += i % 2 ? at[i] : (unsigned)at[i] << 8;
	while (so_far > 0xffff)
		so_far = (so_far & 0xffff) + (so_far >> 16);
	return so_far;
}

/* ---- what is inside; each returns its length */

static size_t arp(uint8_t *at)
{
	static const uint8_t head[] = {0, 1, 8, 0, 6, 4};

	memcpy(at, head, sizeof(head));
	put16(at + 6, number("op", "1"));
	mac("sha", value("src", ""), at + 8);
	ip(AF_INET, "spa", "0.0.0.0", at + 14);
	mac("tha", "00:00:00:00:00:00", at + 18);
	ip(AF_INET, "tpa", "0.0.0.0", at + 24);
	return 28;
}

static size_t dhcp(uint8_t *at)
{
	size_t n = 240;
	unsigned msg = number("msg", "1");

	at[0] = msg == 2 || msg == 5 ? 2 : 1;
	at[1] = 1;
	at[2] = (uint8_t)number("hlen", "6");
	memcpy(at + 4, "ngng", 4);
	put16(at + 10, 0x8000);
	ip(AF_INET, "ciaddr", "0.0.0.0", at + 12);
	ip(AF_INET, "yiaddr", "0.0.0.0", at + 16);
	ip(AF_INET, "giaddr", "0.0.0.0", at + 24);
	mac("chaddr", value("src", ""), at + 28);
	memcpy(at + 236, "\x63\x82\x53\x63", 4);
	if (number("late", "0")) {
		memcpy(at + n, "\x0c\x01x", 3);
		n += 3;
	}
	memcpy(at + n, "\x35\x01", 2);
	at[n + 2] = (uint8_t)msg;
	n += 3;
	if (*value("ask", "")) {
		memcpy(at + n, "\x32\x04", 2);
		ip(AF_INET, "ask", "", at + n + 2);
		n += 6;
	}
	if (*value("server", "")) {
		memcpy(at + n, "\x36\x04", 2);
		ip(AF_INET, "server", "", at + n + 2);
		n += 6;
	}
	at[n] = 0xff;
	return n + 61;
}

static size_t udp(uint8_t *at, bool is_dhcp)
{
	size_t len;

	put16(at, number("sport", is_dhcp ? "68" : "4000"));
	put16(at + 2, number("dport", is_dhcp ? "67" : "4000"));
	if (is_dhcp)
		len = dhcp(at + 8);
	else
		len = (size_t)sprintf((char *)at + 8, "%s", value("text", "frame"));
	put16(at + 4, (unsigned)len + 8);
	return len + 8;
}

static size_t tcp(uint8_t *at)
{
	put16(at, number("sport", "4000"));
	put16(at + 2, number("dport", "4000"));
	at[12] = 5 << 4;
	at[13] = (uint8_t)number("flags", "2");
	put16(at + 14, 1024);
	return 20;
}

static size_t icmp6(uint8_t *at)
{
	unsigned type = number("icmp", "128");
	size_t n = 8;

	at[0] = (uint8_t)type;
	if (type == 134) { /* lifetime, then a prefix and the source's address */
		at[4] = 64;
		put16(at + 6, 1800);
		memset(at + 8, 0, 8);
		memcpy(at + 16, "\x03\x04\x40\xc0\x00\x00\x0e\x10\x00\x00\x0e\x10", 12);
		ip(AF_INET6, "target", "2001:db8:bad::", at + 32);
		mac("src", "", at + 50);
		memcpy(at + 48, "\x01\x01", 2);
		return 56;
	}
	if (type >= 135 && type <= 137) {
		at[4] = type == 136 ? 0x20 : 0;
		ip(AF_INET6, "target", "::", at + 8);
		n = 24;
		if (type == 137) {
			ip(AF_INET6, "target", "::", at + 24);
			n = 40;
		}
		at[n] = type == 135 ? 1 : 2;
		at[n + 1] = 1;
		mac("sha", value("src", ""), at + n + 2);
		n += 8;
	}
	return n;
}

static void checksum(uint8_t *l4, size_t len, const uint8_t *addresses, size_t address_len,
		     uint8_t protocol)
{
	size_t at = protocol == IPPROTO_UDP ? 6 : protocol == IPPROTO_TCP ? 16 : 2;
	unsigned n = sum(addresses, address_len, (unsigned)len + protocol);

	put16(l4 + at, 0xffff - sum(l4, len, n));
}

static size_t ipv4(uint8_t *at, const char *kind)
{
	uint8_t protocol = strcmp(kind, "tcp") == 0 ? IPPROTO_TCP : IPPROTO_UDP;
	bool is_dhcp = strcmp(kind, "dhcp") == 0;
	size_t len = protocol == IPPROTO_TCP ? tcp(at + 20) : udp(at + 20, is_dhcp);

	at[0] = 0x45;
	put16(at + 2, (unsigned)len + 20);
	at[8] = (uint8_t)number("ttl", "64");
	at[9] = protocol;
	ip(AF_INET, "from", "0.0.0.0", at + 12);
	ip(AF_INET, "to", "255.255.255.255", at + 16);
	put16(at + 10, 0xffff - sum(at, 20, 0));
	if (strcmp(value("sum", "yes"), "no") != 0)
		checksum(at + 20, len, at + 12, 8, protocol);
	return len + 20;
}

/* A fragment header, and where `first` is set, options in the place of what it is about. */
static size_t fragment(uint8_t *at, uint8_t protocol, bool first)
{
	at[0] = first ? IPPROTO_DSTOPTS : protocol;
	at[3] = first ? 1 : 0;
	memcpy(at + 4, "frag", 4);
	if (!first)
		return 8;
	memcpy(at + 8, "\0\0\1\4\0\0\0", 8);
	at[8] = protocol;
	return 16;
}

static size_t ipv6(uint8_t *at, const char *kind)
{
	uint8_t protocol = strcmp(kind, "icmp6") == 0 ? IPPROTO_ICMPV6 : IPPROTO_UDP;
	const char *frag = value("frag", "no");
	bool first = strcmp(frag, "first") == 0;
	size_t head = first || strcmp(frag, "yes") == 0 ? fragment(at + 40, protocol, first) : 0;
	uint8_t *l4 = at + 40 + head;
	size_t len = protocol == IPPROTO_UDP ? udp(l4, false) : icmp6(l4);

	at[0] = 0x60;
	at[6] = head ? IPPROTO_FRAGMENT : protocol;
	at[7] = 255;
	ip(AF_INET6, "from", "::", at + 8);
	ip(AF_INET6, "to", "ff02::1", at + 24);
	checksum(l4, len, at + 8, 32, protocol);
	if (first)
		len = 0;
	put16(at + 4, (unsigned)(head + len));
	return 40 + head + len;
}

/* ---- sending */

static int packet_socket(const char *device, struct sockaddr_ll *where)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	*where = (struct sockaddr_ll){.sll_family = AF_PACKET,
				      .sll_protocol = htons(ETH_P_ALL),
				      .sll_ifindex = (int)if_nametoindex(device)};
	if (fd < 0 || !where->sll_ifindex || bind(fd, (struct sockaddr *)where, sizeof(*where)) < 0)
		fail(device);
	return fd;
}

static size_t frame(uint8_t *at, const char *kind)
{
	bool v6 = strchr(kind, '6') != NULL;
	size_t n = 14;
	unsigned type = v6 ? ETH_P_IPV6 : strcmp(kind, "arp") == 0 ? ETH_P_ARP : ETH_P_IP;

	mac("dst", v6 ? "33:33:00:00:00:01" : "ff:ff:ff:ff:ff:ff", at);
	mac("src", "", at + 6);
	if (*value("vlan", "")) {
		put16(at + 12, ETH_P_8021Q);
		put16(at + 14, number("vlan", ""));
		n = 18;
	}
	if (strcmp(kind, "raw") == 0)
		type = number("type", "0x88b5");
	put16(at + n - 2, type);
	if (strcmp(kind, "raw") == 0)
		n += 46;
	else if (type == ETH_P_ARP)
		n += arp(at + n);
	else
		n += v6 ? ipv6(at + n, kind) : ipv4(at + n, kind);
	return n < 60 ? 60 : n;
}

static int send_frames(const char *device, const char *kind)
{
	static uint8_t buf[2048];
	unsigned count = number("count", "1"), pause = number("pause", "0");
	bool keep = strcmp(value("keep", ""), "src") == 0;
	struct sockaddr_ll where;
	int fd = packet_socket(device, &where);
	size_t len = frame(buf, kind);

	for (unsigned i = 0; i < count; i++) {
		if (count > 1 && !keep)
			put16(buf + 10, i);
		if (count > 1 && strcmp(kind, "dhcp") == 0) {
			put16(buf + 14 + 28 + 28 + 4, i);
			put16(buf + 14 + 20 + 6, 0); /* no checksum */
			put16(buf + 14 + 28 + 6, i);
			if (*value("ask", ""))
				buf[14 + 28 + 248] = (uint8_t)(3 + i % 250);
		}
		if (send(fd, buf, len, 0) < 0)
			fail("send");
		if (pause)
			usleep(pause);
	}
	return 0;
}

/* ---- watching */

static void print_ipv4(const uint8_t *at)
{
	char from[INET_ADDRSTRLEN], to[INET_ADDRSTRLEN], mac_text[MAC_TEXT_SIZE];
	const uint8_t *l4 = at + 4 * (at[0] & 15);

	inet_ntop(AF_INET, at + 12, from, sizeof(from));
	inet_ntop(AF_INET, at + 16, to, sizeof(to));
	printf("ip %u %s > %s", at[9], from, to);
	if (at[9] == IPPROTO_UDP || at[9] == IPPROTO_TCP)
		printf(" ports %u > %u", get16(l4), get16(l4 + 2));
	if (at[9] == IPPROTO_UDP && (get16(l4 + 2) == 67 || get16(l4 + 2) == 68)) {
		inet_ntop(AF_INET, l4 + 24, to, sizeof(to));
		printf(" dhcp %u for %s is %s", l4[250], mac_format(mac_text, l4 + 36), to);
	}
}

static void print_ipv6(const uint8_t *at)
{
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	const uint8_t *l4 = at + 40;
	uint8_t protocol = at[6];

	if (protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_FRAGMENT) {
		protocol = l4[0];
		l4 += 8 + (at[6] == IPPROTO_HOPOPTS ? 8 * l4[1] : 0);
	}
	inet_ntop(AF_INET6, at + 8, from, sizeof(from));
	inet_ntop(AF_INET6, at + 24, to, sizeof(to));
	printf("ip6 %u %s > %s", protocol, from, to);
	if (protocol == IPPROTO_ICMPV6)
		printf(" icmp6 %u", l4[0]);
	else
		printf(" ports %u > %u", get16(l4), get16(l4 + 2));
}

static void print_frame(const uint8_t *at)
{
	char src[MAC_TEXT_SIZE], sender[INET_ADDRSTRLEN], target[INET_ADDRSTRLEN];
	unsigned type = get16(at + 12);

	printf("%s ", mac_format(src, at + 6));
	if (type == ETH_P_ARP) {
		inet_ntop(AF_INET, at + 28, sender, sizeof(sender));
		inet_ntop(AF_INET, at + 38, target, sizeof(target));
		printf("arp %u %s is %s to %s", get16(at + 20), sender, mac_format(src, at + 22),
		       target);
	} else if (type == ETH_P_IP) {
		print_ipv4(at + 14);
	} else if (type == ETH_P_IPV6) {
		print_ipv6(at + 14);
	} else {
		printf("type 0x%04x", type);
	}
}

/* A tag that the kernel took off the frame. */
static void print_tag(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		struct tpacket_auxdata aux;

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof(aux));
		if (aux.tp_status & TP_STATUS_VLAN_VALID)
			printf("vlan %u ", aux.tp_vlan_tci);
	}
}

static int watch(const char *device, const char *seconds)
{
	struct packet_mreq all = {.mr_type = PACKET_MR_PROMISC};
	struct sockaddr_ll where;
	int fd = packet_socket(device, &where), on = 1;
	time_t end = time(NULL) + (time_t)strtoul(seconds, NULL, 10);

	all.mr_ifindex = where.sll_ifindex;
	setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on));
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &all, sizeof(all)) < 0)
		fail("promiscuous");
	puts("watching");
	fflush(stdout);
	while (time(NULL) < end) {
		static uint8_t buf[65536];
		char control[256];
		struct sockaddr_ll from;
		struct iovec iov = {buf, sizeof(buf)};
		struct msghdr msg = {&from, sizeof(from), &iov, 1, control, sizeof(control), 0};
		struct pollfd ready = {fd, POLLIN, 0};

		if (poll(&ready, 1, 100) < 1)
			continue;
		memset(buf, 0, 400);
		if (recvmsg(fd, &msg, 0) < 14 || from.sll_pkttype == PACKET_OUTGOING)
			continue;
		print_tag(&msg);
		print_frame(buf);
		putchar('\n');
		fflush(stdout);
	}
	return 0;
}

int main(int argc, char *argv[])
{
	if (argc > 3 && strcmp(argv[1], "send") == 0) {
		keys = argv + 4;
		n_keys = argc - 4;
		return send_frames(argv[2], argv[3]);
	}
	if (argc == 4 && strcmp(argv[1], "watch") == 0)
		return watch(argv[2], argv[3]);
	fprintf(stderr, "usage: frames send DEVICE KIND [KEY=VALUE...]\n"
			"       frames watch DEVICE SECONDS\n");
	return 2;
}

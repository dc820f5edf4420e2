/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * macs INTERFACE: prints each source address of the frames that come in, once, until it is
 * killed or two minutes are over. "ready" comes first.
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_SEEN 256

static unsigned char seen[MAX_SEEN][ETH_ALEN];
static unsigned nseen;

static bool is_new(const unsigned char *mac)
{
	for (unsigned i = 0; i < nseen; i++)
		if (memcmp(seen[i], mac, ETH_ALEN) == 0)
			return false;
	if (nseen < MAX_SEEN)
		memcpy(seen[nseen++], mac, ETH_ALEN);
	return true;
}

int main(int argc, char *argv[])
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_ALL));

	if (argc != 2 || fd < 0)
		return fprintf(stderr, "macs: needs an interface, and to be root\n"), 2;
	addr.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (addr.sll_ifindex == 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return perror("macs"), 1;
	alarm(900);
	setvbuf(stdout, NULL, _IOLBF, 0);
	puts("ready");
	for (;;) {
		struct sockaddr_ll from = {0};
		socklen_t len = sizeof(from);
		unsigned char f[2048];
		ssize_t n = recvfrom(fd, f, sizeof(f), 0, (struct sockaddr *)&from, &len);

		if (n < 0)
			return perror("macs"), 1;
		if (n < ETH_HLEN || from.sll_pkttype == PACKET_OUTGOING || !is_new(f + ETH_ALEN))
			continue;
		printf("%02x:%02x:%02x:%02x:%02x:%02x\n", f[6], f[7], f[8], f[9], f[10], f[11]);
	}
}

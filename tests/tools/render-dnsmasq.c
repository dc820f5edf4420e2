/* SPDX-License-Identifier: GPL-2.0-or-later */
/* render-dnsmasq NETWORK FOLDER: dnsmasq's configuration of one of the networks in
 * tests/unit/netconf.h, its files in FOLDER. */
#include "network/dnsmasq.h"
#include "tests/unit/netconf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	char leases[300], pid[300], resolv[300], *text;
	struct net_dnsmasq_paths paths = {.leases = leases, .pid = pid, .resolv = resolv};
	struct net_config config;
	int r;

	if (argc != 3 || !netconf(argv[1], &config)) {
		fprintf(stderr, "usage: render-dnsmasq NETWORK FOLDER\n");
		return 2;
	}
	snprintf(leases, sizeof(leases), "%s/leases", argv[2]);
	snprintf(pid, sizeof(pid), "%s/pid", argv[2]);
	snprintf(resolv, sizeof(resolv), "%s/resolv.conf", argv[2]);
	r = net_dnsmasq_render(&config, &paths, &text);
	if (r < 0) {
		fprintf(stderr, "render-dnsmasq: %s\n", strerror(-r));
		return 1;
	}
	fputs(text, stdout);
	free(text);
	return 0;
}

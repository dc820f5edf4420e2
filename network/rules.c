/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include "leases.h"
#include "nft.h"

#include <errno.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The rules name the groups that the devices are in. */
_Static_assert(NET_NFT_BRIDGES == NETNAME_BRIDGES, "group of bridges");
_Static_assert(NET_NFT_PORTS == NETNAME_PORTS, "groups of ports");

/* The longest lease that a network's file can ask for. */
#define LEASE_MAX (365U * 86400)

/* Runs commands; what libnftables has to say of an error is copied to why. 0 or -EIO. */
static int run(const char *commands, char *why, size_t size)
{
	struct nft_ctx *ctx = nft_ctx_new(NFT_CTX_DEFAULT);
	const char *said;
	int r;

	if (!ctx)
		return -ENOMEM;
	if (nft_ctx_buffer_error(ctx) || nft_ctx_buffer_output(ctx)) {
		nft_ctx_free(ctx);
		return -ENOMEM;
	}
	r = nft_run_cmd_from_buffer(ctx, commands);
	said = nft_ctx_get_error_buffer(ctx);
	snprintf(why, size, "%.*s", said ? (int)strcspn(said, "\n") : 0, said ? said : "");
	nft_ctx_free(ctx);
	return r == 0 ? 0 : -EIO;
}

/* 0: no end. A clock that was wrong once may have made it many years, more than nft takes. */
static uint32_t seconds_left(const struct net_lease *lease, time_t now)
{
	uint64_t left = lease->expires - (uint64_t)now;

	if (!lease->expires)
		return 0;
	return left < LEASE_MAX ? (uint32_t)left : LEASE_MAX;
}

/* The leases that dnsmasq knows of, so that the new tables know them as well. */
static int read_leases(const struct network *n, struct net_nft_lease **ret, size_t *retn)
{
	struct net_leases file = {0};
	struct net_lease lease;
	time_t now = time(NULL);
	size_t room = 0;
	char *text = service_leases(n->name);

	*ret = NULL;
	*retn = 0;
	file.text = text;
	file.len = text ? strlen(text) : 0;
	while (text && net_leases_next(&file, &lease)) {
		if (lease.ip.family != AF_INET || !lease.has_mac ||
		    (lease.expires && lease.expires <= (uint64_t)now))
			continue;
		if (*retn == room) {
			void *more = realloc(*ret, (room = room * 2 + 64) * sizeof(**ret));

			if (!more) {
				free(*ret);
				free(text);
				return -ENOMEM;
			}
			*ret = more;
		}
		(*ret)[*retn].ip = lease.ip.u.v4;
		memcpy((*ret)[*retn].mac, lease.mac, MAC_LEN);
		(*ret)[(*retn)++].seconds = seconds_left(&lease, now);
	}
	free(text);
	return 0;
}

int rules_apply(const struct network *n)
{
	struct net_nft_state state = {.bridge_index = n->bridge.index};
	struct net_nft_lease *leases;
	char why[256] = "", *text;
	int r = read_leases(n, &leases, &state.n_leases);

	if (r < 0)
		return worker_fail(EX_FAILED, "cannot read the leases: %s", strerror(-r));
	state.leases = leases;
	memcpy(state.bridge_mac, n->bridge.mac, MAC_LEN);
	text = net_nft_render(&n->config, &state);
	r = text ? run(text, why, sizeof(why)) : -errno;
	free(leases);
	free(text);
	if (r < 0)
		return worker_fail(EX_FAILED, "cannot set the firewall rules of network '%s': %s",
				   n->name, why[0] ? why : strerror(-r));
	return EX_DONE;
}

int rules_remove(const char *name)
{
	char why[256] = "", *text = net_nft_remove(name);
	int r = text ? run(text, why, sizeof(why)) : -ENOMEM;

	free(text);
	if (r < 0)
		return worker_fail(EX_FAILED,
				   "cannot remove the firewall rules of network '%s': %s", name,
				   why[0] ? why : strerror(-r));
	return EX_DONE;
}

bool rules_present(const char *name)
{
	static const char *const families[] = {"inet", "bridge"};
	char command[96], why[256];

	/* One at a time: libnftables 1.0.6 loads what the first command needs, and does not find
	 * the table of the second. */
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		snprintf(command, sizeof(command), "list table %s netgrant-%s", families[i], name);
		if (run(command, why, sizeof(why)) < 0)
			return false;
	}
	return true;
}

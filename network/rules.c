/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include "leases.h"
#include "nft.h"

#include "lib/nft_table.h"

#include <errno.h>
#include <linux/netfilter.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TABLE_NAME_SIZE (sizeof("netgrant-") + NETNAME_MAX)
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

/*
 * Runs the text for that network. libnftables 1.0 reads every table of the host before it adds a
 * rule, half a millisecond each, unless the last command lists one chain: then it reads what that
 * takes. What it lists is thrown away.
 */
static int run_narrow(const char *text, const char *name, char *why, size_t size)
{
	char *commands;
	int r;

	if (asprintf(&commands, "%s\nlist chain bridge netgrant-%s prerouting\n", text, name) < 0)
		return -ENOMEM;
	r = run(commands, why, size);
	free(commands);
	return r;
}

/* The leases that dnsmasq knows of, so that the new tables know them as well. */
static int read_leases(const struct network *n, struct net_nft_lease **ret, size_t *retn)
{
	struct net_leases file = {0};
	struct net_lease lease;
	time_t now = time(NULL);
	size_t room = 0;
	char *text;
	int r = service_leases(n->name, &text);

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
				free(text);
				return worker_fail(EX_FAILED, "cannot read the leases: %s",
						   strerror(ENOMEM));
			}
			*ret = more;
		}
		(*ret)[*retn].ip = lease.ip.u.v4;
		memcpy((*ret)[*retn].mac, lease.mac, MAC_LEN);
		(*ret)[(*retn)++].seconds = seconds_left(&lease, now);
	}
	free(text);
	return r;
}

int rules_apply(const struct network *n)
{
	struct net_nft_state state = {.bridge_index = n->bridge.index};
	struct net_nft_lease *leases;
	char why[256] = "", *text;
	int r = read_leases(n, &leases, &state.n_leases);

	state.fresh = rules_present(n->name) == 0;
	/* Where there are no rules, those without the leases are better than none. */
	if (r != EX_DONE && !state.fresh) {
		free(leases);
		return r;
	}
	state.leases = leases;
	memcpy(state.bridge_mac, n->bridge.mac, MAC_LEN);
	text = net_nft_render(&n->config, &state);
	r = text ? run_narrow(text, n->name, why, sizeof(why)) : -errno;
	free(leases);
	free(text);
	if (r < 0)
		return worker_fail(EX_FAILED, "cannot set the firewall rules of network '%s': %s",
				   n->name, why[0] ? why : strerror(-r));
	return EX_DONE;
}

static void name_tables(const char *name, char text[TABLE_NAME_SIZE], struct nft_table tables[2])
{
	snprintf(text, TABLE_NAME_SIZE, "netgrant-%s", name);
	tables[0] = (struct nft_table){NFPROTO_INET, text};
	tables[1] = (struct nft_table){NFPROTO_BRIDGE, text};
}

int rules_remove(const char *name)
{
	char text[TABLE_NAME_SIZE];
	struct nft_table tables[2];
	int r;

	name_tables(name, text, tables);
	r = nft_table_delete(tables, ARRAY_LEN(tables));
	if (r < 0)
		return worker_fail(EX_FAILED,
				   "cannot remove the firewall rules of network '%s': %s", name,
				   strerror(-r));
	return EX_DONE;
}

void rules_warn(const struct network *n)
{
	int present = n->is_up ? rules_present(n->name) : -ENODEV;

	if (present >= 0 && present < 2)
		(void)worker_fail(EX_DONE,
				  "warning: network '%s' is up without its firewall rules, and "
				  "nothing filters; until that is put right, nat-setup down %s "
				  "closes it",
				  n->name, n->name);
}

int rules_present(const char *name)
{
	char text[TABLE_NAME_SIZE];
	struct nft_table tables[2];
	int one, two;

	name_tables(name, text, tables);
	one = nft_table_exists(&tables[0]);
	two = nft_table_exists(&tables[1]);
	return one < 0 ? one : two < 0 ? two : one + two;
}

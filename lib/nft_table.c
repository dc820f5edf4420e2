/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nft_table.h"

#include "link_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>

#define TABLES_MAX 4

/* A connection to nfnetlink; link_talk() does not ask which protocol it speaks. */
static int open_conn(struct link_conn *conn)
{
	memset(conn, 0, sizeof(*conn));
	conn->sock = nl_socket_alloc();
	if (!conn->sock)
		return -ENOMEM;
	if (nl_connect(conn->sock, NETLINK_NETFILTER) < 0) {
		nl_socket_free(conn->sock);
		return -EIO;
	}
	nl_socket_disable_auto_ack(conn->sock);
	return 0;
}

static struct nl_msg *new_msg(uint16_t type, int flags, int family, uint16_t res_id)
{
	struct nfgenmsg header = {
		.nfgen_family = (uint8_t)family,
		.version = NFNETLINK_V0,
		.res_id = htons(res_id),
	};

	return link_new_msg(type, flags, &header, sizeof(header));
}

static struct nl_msg *table_msg(uint16_t type, int flags, const struct nft_table *table)
{
	struct nl_msg *msg =
		new_msg((uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), flags, table->family, 0);

	if (msg && nla_put_string(msg, NFTA_TABLE_NAME, table->name) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static int exists(struct link_conn *conn, const struct nft_table *table)
{
	struct nl_msg *msg = table_msg(NFT_MSG_GETTABLE, NLM_F_ACK, table);
	int r = msg ? link_talk(conn, msg, NULL) : -ENOMEM;

	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

int nft_table_exists(const struct nft_table *table)
{
	struct link_conn conn;
	int r = open_conn(&conn);

	if (r < 0)
		return r;
	r = exists(&conn, table);
	nl_socket_free(conn.sock);
	return r;
}

struct chains {
	nft_chain_fn fn;
	void *ctx;
};

static int on_chain(struct nl_msg *msg, void *arg)
{
	struct link_conn *conn = arg;
	const struct chains *c = conn->each_ctx;
	struct nlattr *tb[NFTA_CHAIN_MAX + 1], *hook[NFTA_HOOK_MAX + 1];
	const struct nfgenmsg *header = nlmsg_data(nlmsg_hdr(msg));
	struct nft_chain chain = {.family = header->nfgen_family};

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*header), tb, NFTA_CHAIN_MAX, NULL) < 0 ||
	    !tb[NFTA_CHAIN_TABLE] || !tb[NFTA_CHAIN_NAME] || !tb[NFTA_CHAIN_HOOK] ||
	    !tb[NFTA_CHAIN_TYPE] ||
	    nla_parse_nested(hook, NFTA_HOOK_MAX, tb[NFTA_CHAIN_HOOK], NULL) < 0 ||
	    !hook[NFTA_HOOK_HOOKNUM])
		return NL_OK;
	chain.nats = nla_strcmp(tb[NFTA_CHAIN_TYPE], "nat") == 0;
	if (!chain.nats && nla_strcmp(tb[NFTA_CHAIN_TYPE], "filter") != 0)
		return NL_OK;
	chain.drops = tb[NFTA_CHAIN_POLICY] && ntohl(nla_get_u32(tb[NFTA_CHAIN_POLICY])) == NF_DROP;
	chain.hook = ntohl(nla_get_u32(hook[NFTA_HOOK_HOOKNUM]));
	nla_strlcpy(chain.table, tb[NFTA_CHAIN_TABLE], sizeof(chain.table));
	nla_strlcpy(chain.name, tb[NFTA_CHAIN_NAME], sizeof(chain.name));
	c->fn(&chain, c->ctx);
	return NL_OK;
}

static int dump(uint16_t type, int family, nl_recvmsg_msg_cb_t on_valid, void *ctx)
{
	struct link_conn conn;
	struct nl_msg *msg;
	int r = open_conn(&conn);

	if (r < 0)
		return r;
	conn.each_ctx = ctx;
	nl_socket_set_msg_buf_size(conn.sock, LINK_DUMP_SIZE);
	msg = new_msg((uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type), NLM_F_DUMP, family, 0);
	r = msg ? link_talk(&conn, msg, on_valid) : -ENOMEM;
	nl_socket_free(conn.sock);
	return r;
}

int nft_each_chain(int family, nft_chain_fn fn, void *ctx)
{
	struct chains chains = {.fn = fn, .ctx = ctx};

	return dump(NFT_MSG_GETCHAIN, family, on_chain, &chains);
}

struct tables {
	nft_table_fn fn;
	void *ctx;
};

static int on_table(struct nl_msg *msg, void *arg)
{
	struct link_conn *conn = arg;
	const struct tables *t = conn->each_ctx;
	struct nlattr *tb[NFTA_TABLE_MAX + 1];
	const struct nfgenmsg *header = nlmsg_data(nlmsg_hdr(msg));
	struct nft_table table = {.family = header->nfgen_family};

	if (nlmsg_parse(nlmsg_hdr(msg), sizeof(*header), tb, NFTA_TABLE_MAX, NULL) < 0 ||
	    !tb[NFTA_TABLE_NAME])
		return NL_OK;
	table.name = nla_get_string(tb[NFTA_TABLE_NAME]);
	t->fn(&table, t->ctx);
	return NL_OK;
}

int nft_each_table(nft_table_fn fn, void *ctx)
{
	struct tables tables = {.fn = fn, .ctx = ctx};

	return dump(NFT_MSG_GETTABLE, NFPROTO_UNSPEC, on_table, &tables);
}

const char *nft_family_name(int family)
{
	static const char *const names[] = {
		[NFPROTO_IPV4] = "ip",
		[NFPROTO_IPV6] = "ip6",
		[NFPROTO_INET] = "inet",
		[NFPROTO_BRIDGE] = "bridge",
	};

	return family >= 0 && (size_t)family < ARRAY_LEN(names) ? names[family] : NULL;
}

/* Appends a message to the batch, with a number of its own. Takes msg. */
static int append(struct link_conn *conn, uint8_t *batch, size_t size, size_t *used,
		  struct nl_msg *msg)
{
	struct nlmsghdr *h;
	size_t len;

	if (!msg)
		return -ENOMEM;
	nl_complete_msg(conn->sock, msg);
	h = nlmsg_hdr(msg);
	len = NLMSG_ALIGN(h->nlmsg_len);
	if (*used + len > size) {
		nlmsg_free(msg);
		return -ENOBUFS;
	}
	memcpy(batch + *used, h, h->nlmsg_len);
	*used += len;
	nlmsg_free(msg);
	return 0;
}

/* One transaction: begin, what is to be done, end (nfnetlink_rcv_batch()). The acknowledgement
 * is asked for with the last deletion: an error of an earlier one comes before it. */
static int delete (struct link_conn *conn, const struct nft_table *const *tables, size_t n)
{
	uint8_t batch[2048] = {0};
	size_t used = 0;
	int r = append(conn, batch, sizeof(batch), &used,
		       new_msg(NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));

	for (size_t i = 0; r == 0 && i < n; i++)
		r = append(conn, batch, sizeof(batch), &used,
			   table_msg(NFT_MSG_DELTABLE, i + 1 == n ? NLM_F_ACK : 0, tables[i]));
	if (r == 0)
		r = append(conn, batch, sizeof(batch), &used,
			   new_msg(NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES));
	if (r < 0)
		return r;
	if (nl_sendto(conn->sock, batch, used) < 0)
		return -EIO;
	/* Replies carry the numbers of several requests. */
	nl_socket_disable_seq_check(conn->sock);
	return link_listen(conn, NULL);
}

int nft_table_delete(const struct nft_table *tables, size_t n)
{
	const struct nft_table *there[TABLES_MAX];
	struct link_conn conn;
	size_t n_there = 0;
	int r;

	if (n > TABLES_MAX)
		return -E2BIG;
	r = open_conn(&conn);
	if (r < 0)
		return r;
	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = exists(&conn, &tables[i]);
		if (r > 0)
			there[n_there++] = &tables[i];
	}
	if (r >= 0)
		r = n_there ? delete (&conn, there, n_there) : 0;
	nl_socket_free(conn.sock);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_bridge.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netlink.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/attr.h>
#include <netlink/errno.h>
#include <netlink/handlers.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define REPLY_SIZE ((size_t)32768)

struct link_conn {
	struct nl_sock *sock;
	char error[128];
	link_fn each_fn;
	void *each_ctx;
	int each_result;
};

int link_fd(const struct link_conn *conn)
{
	return nl_socket_get_fd(conn->sock);
}

const char *link_error(const struct link_conn *conn)
{
	return conn->error;
}

/* libnl turns the kernel's errno into numbers of its own, losing some; this keeps it,
 * and the text that came with it. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *err, void *arg)
{
	struct link_conn *conn = arg;
	const struct nlmsghdr *request = &err->msg;
	const struct nlmsghdr *reply =
		(const struct nlmsghdr *)(const void *)((const char *)err - NLMSG_HDRLEN);
	size_t skip = sizeof(*err);
	const struct nlattr *text;

	(void)from;
	/* NLM_F_CAPPED: only the request's header was sent back, not its body. */
	if (!(reply->nlmsg_flags & NLM_F_CAPPED))
		skip += request->nlmsg_len - sizeof(*request);
	if ((reply->nlmsg_flags & NLM_F_ACK_TLVS) && reply->nlmsg_len > NLMSG_HDRLEN + skip) {
		text = nla_find((const struct nlattr *)(const void *)((const char *)err + skip),
				(int)(reply->nlmsg_len - NLMSG_HDRLEN - skip), NLMSGERR_ATTR_MSG);
		if (text)
			nla_strlcpy(conn->error, text, sizeof(conn->error));
	}
	conn->each_result = err->error ? err->error : -EPROTO;
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_STOP;
}

/* The numbers of libnl's own that can come of reading and sending. */
static int from_nl(int r)
{
	switch (-r) {
	case NLE_NOMEM:
		return -ENOMEM;
	case NLE_INTR:
		return -EINTR;
	case NLE_AGAIN:
		return -EAGAIN;
	case NLE_PERM:
	case NLE_NOACCESS:
		return -EPERM;
	case NLE_DUMP_INTR:
		return -EAGAIN;
	default:
		return -EIO;
	}
}

int link_open(struct link_conn **ret)
{
	struct link_conn *conn = calloc(1, sizeof(*conn));
	int on = 1, r;

	if (!conn)
		return -ENOMEM;
	conn->sock = nl_socket_alloc();
	if (!conn->sock) {
		free(conn);
		return -ENOMEM;
	}
	r = nl_connect(conn->sock, NETLINK_ROUTE);
	if (r < 0) {
		link_close(conn);
		return from_nl(r);
	}
	/* Both are refinements: explanations of errors, and filters on dumps. Kernels
	 * before 4.12 and 4.20 have them not, and do without. */
	(void)setsockopt(link_fd(conn), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on));
	(void)setsockopt(link_fd(conn), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof(on));
	nl_socket_set_msg_buf_size(conn->sock, REPLY_SIZE);
	nl_socket_disable_msg_peek(conn->sock);
	/* Requests that change something ask for one themselves. */
	nl_socket_disable_auto_ack(conn->sock);
	*ret = conn;
	return 0;
}

void link_close(struct link_conn *conn)
{
	if (!conn)
		return;
	nl_socket_free(conn->sock);
	free(conn);
}

/* Handles replies up to the acknowledgement, the error or the end of a dump. */
static int listen_for(struct link_conn *conn, nl_recvmsg_msg_cb_t on_valid)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int r;

	if (!cb)
		return -ENOMEM;
	conn->error[0] = '\0';
	conn->each_result = 0;
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, conn);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, conn);
	if (on_valid)
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, conn);
	r = nl_recvmsgs(conn->sock, cb);
	nl_cb_put(cb);
	if (conn->each_result)
		return conn->each_result;
	return r < 0 ? from_nl(r) : 0;
}

/* Sends msg, frees it and handles the replies; on_valid may be NULL. 0 or -errno. */
static int talk(struct link_conn *conn, struct nl_msg *msg, nl_recvmsg_msg_cb_t on_valid)
{
	int r = nl_send_auto(conn->sock, msg);

	nlmsg_free(msg);
	return r < 0 ? from_nl(r) : listen_for(conn, on_valid);
}

static struct nl_msg *new_msg(uint16_t type, int flags, const void *header, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (msg && nlmsg_append(msg, (void *)(uintptr_t)header, len, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

static struct nl_msg *link_msg(uint16_t type, int flags, unsigned char family, unsigned index,
			       unsigned iff)
{
	struct ifinfomsg header = {
		.ifi_family = family,
		.ifi_index = (int)index,
		.ifi_flags = iff,
		.ifi_change = iff,
	};

	return new_msg(type, flags, &header, sizeof(header));
}

/* Once a put failed for lack of room, the message is not sent. */
static int talk_unless(int failed, struct link_conn *conn, struct nl_msg *msg)
{
	if (failed) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return talk(conn, msg, NULL);
}

static bool flag(struct nlattr *const *tb, int type)
{
	return tb[type] && nla_len(tb[type]) >= 1 && nla_get_u8(tb[type]) != 0;
}

static void read_port(struct link_info *info, struct nlattr *data)
{
	struct nlattr *tb[IFLA_BRPORT_LOCKED + 1];

	if (nla_parse_nested(tb, IFLA_BRPORT_LOCKED, data, NULL) < 0)
		return;
	info->isolated = flag(tb, IFLA_BRPORT_ISOLATED);
	info->locked = flag(tb, IFLA_BRPORT_LOCKED);
	info->learning = flag(tb, IFLA_BRPORT_LEARNING);
}

static void read_bridge(struct link_info *info, struct nlattr *data)
{
	struct nlattr *tb[IFLA_BR_BRIDGE_ID + 1];
	const struct ifla_bridge_id *id;

	if (nla_parse_nested(tb, IFLA_BR_BRIDGE_ID, data, NULL) < 0 || !tb[IFLA_BR_BRIDGE_ID] ||
	    nla_len(tb[IFLA_BR_BRIDGE_ID]) != (int)sizeof(*id))
		return;
	id = nla_data(tb[IFLA_BR_BRIDGE_ID]);
	memcpy(info->bridge_id, id->addr, MAC_LEN);
}

static void read_kind(struct link_info *info, struct nlattr *linkinfo)
{
	struct nlattr *tb[IFLA_INFO_MAX + 1];

	if (nla_parse_nested(tb, IFLA_INFO_MAX, linkinfo, NULL) < 0)
		return;
	if (tb[IFLA_INFO_KIND])
		nla_strlcpy(info->kind, tb[IFLA_INFO_KIND], sizeof(info->kind));
	if (tb[IFLA_INFO_DATA] && strcmp(info->kind, "bridge") == 0)
		read_bridge(info, tb[IFLA_INFO_DATA]);
	if (tb[IFLA_INFO_SLAVE_KIND] && tb[IFLA_INFO_SLAVE_DATA] &&
	    nla_strcmp(tb[IFLA_INFO_SLAVE_KIND], "bridge") == 0)
		read_port(info, tb[IFLA_INFO_SLAVE_DATA]);
}

static int on_link(struct nl_msg *msg, void *arg)
{
	struct link_conn *conn = arg;
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct nlattr *tb[IFLA_MAX + 1];
	struct link_info info = {0};
	const struct ifinfomsg *header;

	if (h->nlmsg_type != RTM_NEWLINK || nlmsg_parse(h, sizeof(*header), tb, IFLA_MAX, NULL) < 0)
		return NL_SKIP;
	header = nlmsg_data(h);
	info.index = (unsigned)header->ifi_index;
	if (tb[IFLA_IFNAME])
		nla_strlcpy(info.name, tb[IFLA_IFNAME], sizeof(info.name));
	if (tb[IFLA_MTU])
		info.mtu = nla_get_u32(tb[IFLA_MTU]);
	if (tb[IFLA_MASTER])
		info.master = nla_get_u32(tb[IFLA_MASTER]);
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == MAC_LEN)
		memcpy(info.mac, nla_data(tb[IFLA_ADDRESS]), MAC_LEN);
	if (tb[IFLA_IFALIAS])
		nla_strlcpy(info.alias, tb[IFLA_IFALIAS], sizeof(info.alias));
	if (tb[IFLA_LINKINFO])
		read_kind(&info, tb[IFLA_LINKINFO]);
	if (conn->each_result == 0)
		conn->each_result = conn->each_fn(&info, conn->each_ctx);
	return NL_OK;
}

static int get(struct link_conn *conn, struct nl_msg *msg, link_fn fn, void *ctx)
{
	if (!msg)
		return -ENOMEM;
	conn->each_fn = fn;
	conn->each_ctx = ctx;
	return talk(conn, msg, on_link);
}

static int copy_link(const struct link_info *info, void *ctx)
{
	*(struct link_info *)ctx = *info;
	return 0;
}

int link_get(struct link_conn *conn, const char *name, struct link_info *ret)
{
	struct nl_msg *msg = link_msg(RTM_GETLINK, 0, AF_UNSPEC, 0, 0);

	if (msg && nla_put_string(msg, IFLA_IFNAME, name) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return get(conn, msg, copy_link, ret);
}

int link_get_index(struct link_conn *conn, unsigned index, struct link_info *ret)
{
	return get(conn, link_msg(RTM_GETLINK, 0, AF_UNSPEC, index, 0), copy_link, ret);
}

int link_each(struct link_conn *conn, link_fn fn, void *ctx)
{
	return get(conn, link_msg(RTM_GETLINK, NLM_F_DUMP, AF_UNSPEC, 0, 0), fn, ctx);
}

/* IFLA_AF_SPEC { AF_INET6 { IFLA_INET6_ADDR_GEN_MODE = none } } */
static int put_no_ipv6_address(struct nl_msg *msg)
{
	struct nlattr *spec = nla_nest_start(msg, IFLA_AF_SPEC);
	struct nlattr *inet6 = spec ? nla_nest_start(msg, AF_INET6) : NULL;

	if (!inet6 || nla_put_u8(msg, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE) < 0)
		return -ENOMEM;
	nla_nest_end(msg, inet6);
	nla_nest_end(msg, spec);
	return 0;
}

int link_setup_port(struct link_conn *conn, const struct link_port *port)
{
	struct nl_msg *msg =
		link_msg(RTM_NEWLINK, NLM_F_ACK, AF_UNSPEC, port->index, port->up ? IFF_UP : 0);
	int failed;

	if (!msg)
		return -ENOMEM;
	failed = nla_put(msg, IFLA_ADDRESS, MAC_LEN, port->mac) < 0 ||
		 nla_put_u32(msg, IFLA_MTU, port->mtu) < 0 ||
		 nla_put_string(msg, IFLA_IFALIAS, port->alias) < 0 ||
		 (port->master && nla_put_u32(msg, IFLA_MASTER, port->master) < 0) ||
		 (port->no_ipv6_address && put_no_ipv6_address(msg) < 0);
	return talk_unless(failed, conn, msg);
}

int link_up(struct link_conn *conn, unsigned index)
{
	struct nl_msg *msg = link_msg(RTM_NEWLINK, NLM_F_ACK, AF_UNSPEC, index, IFF_UP);

	return msg ? talk(conn, msg, NULL) : -ENOMEM;
}

static struct nl_msg *mac_msg(int flags, unsigned index, const uint8_t mac[MAC_LEN])
{
	struct nl_msg *msg = link_msg(RTM_NEWLINK, flags, AF_UNSPEC, index, 0);

	if (msg && nla_put(msg, IFLA_ADDRESS, MAC_LEN, mac) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

/* Two requests in one system call, so that nobody can end us between them. */
static int talk_twice(struct link_conn *conn, struct nl_msg *first, struct nl_msg *second)
{
	struct nlmsghdr *a = nlmsg_hdr(first), *b = nlmsg_hdr(second);
	uint8_t both[256];
	size_t a_len = NLMSG_ALIGN(a->nlmsg_len);

	if (a_len + b->nlmsg_len > sizeof(both))
		return -ENOMEM;
	nl_complete_msg(conn->sock, first);
	/* Of one number, because the first is answered in case of an error only. */
	b->nlmsg_seq = a->nlmsg_seq;
	b->nlmsg_pid = a->nlmsg_pid;
	memset(both, 0, sizeof(both));
	memcpy(both, a, a->nlmsg_len);
	memcpy(both + a_len, b, b->nlmsg_len);
	if (nl_sendto(conn->sock, both, a_len + b->nlmsg_len) < 0)
		return -EIO;
	return listen_for(conn, NULL);
}

int link_pin_mac(struct link_conn *conn, const struct link_info *bridge)
{
	struct nl_msg *pin = mac_msg(NLM_F_ACK, bridge->index, bridge->mac), *other;
	uint8_t mac[MAC_LEN];
	int r;

	if (!pin)
		return -ENOMEM;
	if (memcmp(bridge->bridge_id, bridge->mac, MAC_LEN) == 0)
		return talk(conn, pin, NULL);
	memcpy(mac, bridge->mac, MAC_LEN);
	mac[MAC_LEN - 1] ^= 1;
	other = mac_msg(0, bridge->index, mac);
	r = other ? talk_twice(conn, other, pin) : -ENOMEM;
	nlmsg_free(pin);
	if (other)
		nlmsg_free(other);
	return r;
}

int link_set_flags(struct link_conn *conn, unsigned index, const struct link_flags *flags)
{
	struct nl_msg *msg = link_msg(RTM_SETLINK, NLM_F_ACK, AF_BRIDGE, index, 0);
	struct nlattr *port = msg ? nla_nest_start(msg, IFLA_PROTINFO | NLA_F_NESTED) : NULL;
	struct link_info now;
	int failed, r;

	if (!msg)
		return -ENOMEM;
	failed = !port || (flags->isolated && nla_put_u8(msg, IFLA_BRPORT_ISOLATED, 1) < 0) ||
		 (flags->locked && (nla_put_u8(msg, IFLA_BRPORT_LEARNING, 0) < 0 ||
				    nla_put_u8(msg, IFLA_BRPORT_LOCKED, 1) < 0));
	if (!failed)
		nla_nest_end(msg, port);
	r = talk_unless(failed, conn, msg);
	if (r < 0)
		return r;
	r = link_get_index(conn, index, &now);
	if (r < 0)
		return r;
	if ((flags->isolated && !now.isolated) || (flags->locked && !now.locked) ||
	    (flags->locked && now.learning))
		return -EOPNOTSUPP;
	return 0;
}

int link_add_fdb(struct link_conn *conn, unsigned index, const uint8_t addr[MAC_LEN])
{
	struct ndmsg header = {
		.ndm_family = AF_BRIDGE,
		.ndm_ifindex = (int)index,
		.ndm_state = NUD_NOARP, /* static: neither ages nor moves */
		.ndm_flags = NTF_MASTER,
	};
	struct nl_msg *msg = new_msg(RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &header,
				     sizeof(header));

	if (!msg)
		return -ENOMEM;
	return talk_unless(nla_put(msg, NDA_LLADDR, MAC_LEN, addr) < 0, conn, msg);
}

static int add_ingress(struct link_conn *conn, unsigned index)
{
	struct tcmsg header = {
		.tcm_ifindex = (int)index,
		.tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0),
		.tcm_parent = TC_H_INGRESS,
	};
	struct nl_msg *msg = new_msg(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &header,
				     sizeof(header));

	if (!msg)
		return -ENOMEM;
	return talk_unless(nla_put_string(msg, TCA_KIND, "ingress") < 0, conn, msg);
}

/* The first 32 and the last 16 bits of an address, as BPF loads them. */
static uint32_t high32(const uint8_t m[MAC_LEN])
{
	return (uint32_t)m[0] << 24 | (uint32_t)m[1] << 16 | (uint32_t)m[2] << 8 | m[3];
}

static uint32_t low16(const uint8_t m[MAC_LEN])
{
	return (uint32_t)m[4] << 8 | m[5];
}

int link_filter_source(struct link_conn *conn, unsigned index, const struct mac_range *range)
{
	struct tcmsg header = {
		.tcm_ifindex = (int)index,
		.tcm_parent = TC_H_MAKE(TC_H_INGRESS, 0),
		.tcm_info = TC_H_MAKE(1U << 16, (unsigned)__builtin_bswap16(ETH_P_ALL)),
	};
	uint8_t mask[MAC_LEN];
	struct nl_msg *msg;
	struct nlattr *opts;
	int failed, r;

	mac_mask(range->bits, mask);
	/* The source address is bytes 6 to 11; at ingress BPF sees the Ethernet header. */
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 6),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, high32(mask)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, high32(range->addr), 0, 4),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 10),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, low16(mask)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, low16(range->addr), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, TC_ACT_OK),
		BPF_STMT(BPF_RET | BPF_K, TC_ACT_SHOT),
	};

	r = add_ingress(conn, index);
	/* ENOENT: the kernel has no sch_ingress, or below, no cls_bpf. */
	if (r < 0)
		return r == -ENOENT ? -EOPNOTSUPP : r;
	msg = new_msg(RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &header,
		      sizeof(header));
	if (!msg)
		return -ENOMEM;
	failed = nla_put_string(msg, TCA_KIND, "bpf") < 0;
	opts = nla_nest_start(msg, TCA_OPTIONS);
	failed = failed || !opts || nla_put_u16(msg, TCA_BPF_OPS_LEN, ARRAY_LEN(code)) < 0 ||
		 nla_put(msg, TCA_BPF_OPS, sizeof(code), code) < 0 ||
		 nla_put_u32(msg, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT) < 0;
	if (!failed)
		nla_nest_end(msg, opts);
	r = talk_unless(failed, conn, msg);
	return r == -ENOENT ? -EOPNOTSUPP : r;
}

static int altname(struct link_conn *conn, uint16_t type, int flags, unsigned index,
		   const char *name)
{
	struct nl_msg *msg = link_msg(type, NLM_F_ACK | flags, AF_UNSPEC, index, 0);
	struct nlattr *list = msg ? nla_nest_start(msg, IFLA_PROP_LIST | NLA_F_NESTED) : NULL;
	int failed;

	if (!msg)
		return -ENOMEM;
	failed = !list || nla_put_string(msg, IFLA_ALT_IFNAME, name) < 0;
	if (!failed)
		nla_nest_end(msg, list);
	return talk_unless(failed, conn, msg);
}

int link_add_altname(struct link_conn *conn, unsigned index, const char *name)
{
	return altname(conn, RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL | NLM_F_APPEND, index,
		       name);
}

int link_del_altname(struct link_conn *conn, unsigned index, const char *name)
{
	return altname(conn, RTM_DELLINKPROP, 0, index, name);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link_net.h"

#include "link_priv.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>

static size_t length(int family)
{
	return family == AF_INET ? sizeof(struct in_addr) : sizeof(struct in6_addr);
}

/* With addresses forgotten at once nothing is learned (br_fdb_update()); without snooping nothing
 * is said to multicast routers; and all link-local groups pass that may (BR_GROUPFWD_RESTRICTED).
 */
static int put_cable(struct nl_msg *msg)
{
	if (nla_put_u32(msg, IFLA_BR_AGEING_TIME, 0) < 0 ||
	    nla_put_u8(msg, IFLA_BR_MCAST_SNOOPING, 0) < 0)
		return -ENOMEM;
	return nla_put_u16(msg, IFLA_BR_GROUP_FWD_MASK, 0xfff8);
}

/* IFLA_LINKINFO { kind = bridge, data { … } } */
static int put_bridge(struct nl_msg *msg, const struct link_bridge *b)
{
	struct nlattr *info = nla_nest_start(msg, IFLA_LINKINFO), *data;

	if (!info || nla_put_string(msg, IFLA_INFO_KIND, "bridge") < 0)
		return -ENOMEM;
	data = nla_nest_start(msg, IFLA_INFO_DATA);
	/* Without a spanning tree there is nothing that a new port had to wait for. */
	if (!data || nla_put_u32(msg, IFLA_BR_STP_STATE, b->stp) < 0 ||
	    (!b->stp && nla_put_u32(msg, IFLA_BR_FORWARD_DELAY, 0) < 0))
		return -ENOMEM;
	if (b->cable && put_cable(msg) < 0)
		return -ENOMEM;
	nla_nest_end(msg, data);
	nla_nest_end(msg, info);
	return 0;
}

int link_create_bridge(struct link_conn *conn, const struct link_bridge *b)
{
	struct nl_msg *msg =
		link_msg(RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, AF_UNSPEC, 0, 0);

	if (!msg)
		return -ENOMEM;
	return link_talk_unless(
		nla_put_string(msg, IFLA_IFNAME, b->name) < 0 ||
			nla_put_u32(msg, IFLA_GROUP, b->group) < 0 ||
			nla_put_u32(msg, IFLA_MTU, b->mtu) < 0 ||
			(b->mac && nla_put(msg, IFLA_ADDRESS, MAC_LEN, b->mac) < 0) ||
			put_bridge(msg, b) < 0,
		conn, msg);
}

int link_change_bridge(struct link_conn *conn, unsigned index, const struct link_bridge *b)
{
	struct nl_msg *msg = link_msg(RTM_NEWLINK, NLM_F_ACK, AF_UNSPEC, index, 0);

	if (!msg)
		return -ENOMEM;
	return link_talk_unless(nla_put(msg, IFLA_ADDRESS, MAC_LEN, b->mac) < 0 ||
					nla_put_u32(msg, IFLA_MTU, b->mtu) < 0 ||
					nla_put_string(msg, IFLA_IFALIAS, b->alias) < 0 ||
					put_bridge(msg, b) < 0,
				conn, msg);
}

int link_down(struct link_conn *conn, unsigned index)
{
	struct ifinfomsg header = {.ifi_index = (int)index, .ifi_change = IFF_UP};
	struct nl_msg *msg = link_new_msg(RTM_NEWLINK, NLM_F_ACK, &header, sizeof(header));

	return msg ? link_talk(conn, msg, NULL) : -ENOMEM;
}

int link_events(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
	CLEANUP_FD int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

static int filtered_events(struct sock_filter *code, unsigned short len)
{
	const struct sock_fprog program = {.len = len, .filter = code};
	CLEANUP_FD int fd = link_events();

	if (fd < 0)
		return steal_fd(&fd);
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* struct ifinfomsg behind the header; BPF loads in network order. A dump's or another kernel's
 * message that is shorter is dropped. */
#define LOAD_INDEX                                                                                 \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, NLMSG_HDRLEN + offsetof(struct ifinfomsg, ifi_index))

int link_events_of(unsigned index)
{
	struct sock_filter code[] = {
		LOAD_INDEX,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(index), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return filtered_events(code, ARRAY_LEN(code));
}

int link_end_of(unsigned index)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(struct nlmsghdr, nlmsg_type)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELLINK), 0, 3),
		LOAD_INDEX,
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(index), 0, 1),
		BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};

	return filtered_events(code, ARRAY_LEN(code));
}

int link_delete(struct link_conn *conn, unsigned index)
{
	struct nl_msg *msg = link_msg(RTM_DELLINK, NLM_F_ACK, AF_UNSPEC, index, 0);

	return msg ? link_talk(conn, msg, NULL) : -ENOMEM;
}

/* ---- addresses and routes */

static int tell(struct link_conn *conn, const struct link_prefix *prefix)
{
	if (conn->result == 0)
		conn->result = conn->prefix_fn(prefix, conn->each_ctx);
	return NL_OK;
}

static void take_ip(struct link_prefix *p, const struct nlattr *attr)
{
	if (attr && (size_t)nla_len(attr) == length(p->family))
		memcpy(&p->u, nla_data(attr), length(p->family));
}

static int on_address(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct nlattr *tb[IFA_MAX + 1];
	const struct ifaddrmsg *header;
	struct link_prefix p = {0};

	if (h->nlmsg_type != RTM_NEWADDR || nlmsg_parse(h, sizeof(*header), tb, IFA_MAX, NULL) < 0)
		return NL_SKIP;
	header = nlmsg_data(h);
	if (header->ifa_family != AF_INET && header->ifa_family != AF_INET6)
		return NL_SKIP;
	p.index = header->ifa_index;
	p.family = header->ifa_family;
	p.prefix = header->ifa_prefixlen;
	p.scope = header->ifa_scope;
	/* IFA_LOCAL is the device's own where the other is a peer's. */
	take_ip(&p, tb[IFA_LOCAL] ? tb[IFA_LOCAL] : tb[IFA_ADDRESS]);
	return tell(arg, &p);
}

static int on_route(struct nl_msg *msg, void *arg)
{
	struct nlmsghdr *h = nlmsg_hdr(msg);
	struct nlattr *tb[RTA_MAX + 1];
	const struct rtmsg *header;
	struct link_prefix p = {0};

	if (h->nlmsg_type != RTM_NEWROUTE || nlmsg_parse(h, sizeof(*header), tb, RTA_MAX, NULL) < 0)
		return NL_SKIP;
	header = nlmsg_data(h);
	if (header->rtm_family != AF_INET && header->rtm_family != AF_INET6)
		return NL_SKIP;
	if (tb[RTA_OIF])
		p.index = nla_get_u32(tb[RTA_OIF]);
	p.family = header->rtm_family;
	p.prefix = header->rtm_dst_len;
	p.scope = header->rtm_scope;
	p.table = header->rtm_table;
	p.type = header->rtm_type;
	p.protocol = header->rtm_protocol;
	take_ip(&p, tb[RTA_DST]);
	return tell(arg, &p);
}

static int each(struct link_conn *conn, struct nl_msg *msg, nl_recvmsg_msg_cb_t on_valid,
		link_prefix_fn fn, void *ctx)
{
	int r;

	if (!msg)
		return -ENOMEM;
	conn->prefix_fn = fn;
	conn->each_ctx = ctx;
	nl_socket_set_msg_buf_size(conn->sock, LINK_DUMP_SIZE);
	r = link_talk(conn, msg, on_valid);
	nl_socket_set_msg_buf_size(conn->sock, LINK_REPLY_SIZE);
	return r;
}

int link_each_address_of(struct link_conn *conn, unsigned index, link_prefix_fn fn, void *ctx)
{
	struct ifaddrmsg header = {.ifa_family = AF_UNSPEC, .ifa_index = index};

	return each(conn, link_new_msg(RTM_GETADDR, NLM_F_DUMP, &header, sizeof(header)),
		    on_address, fn, ctx);
}

int link_each_address(struct link_conn *conn, link_prefix_fn fn, void *ctx)
{
	return link_each_address_of(conn, 0, fn, ctx);
}

int link_each_route(struct link_conn *conn, link_prefix_fn fn, void *ctx)
{
	struct rtmsg header = {.rtm_family = AF_INET};
	int r = each(conn, link_new_msg(RTM_GETROUTE, NLM_F_DUMP, &header, sizeof(header)),
		     on_route, fn, ctx);

	if (r != 0)
		return r;
	header.rtm_family = AF_INET6;
	return each(conn, link_new_msg(RTM_GETROUTE, NLM_F_DUMP, &header, sizeof(header)), on_route,
		    fn, ctx);
}

static int put_broadcast(struct nl_msg *msg, const struct link_prefix *a)
{
	struct in_addr ip = a->u.v4;

	if (a->family != AF_INET || a->prefix >= 31)
		return 0;
	ip.s_addr |= htonl(UINT32_MAX >> a->prefix);
	return nla_put(msg, IFA_BROADCAST, sizeof(ip), &ip);
}

static int change_address(struct link_conn *conn, uint16_t type, int flags,
			  const struct link_prefix *a)
{
	struct ifaddrmsg header = {
		.ifa_family = (uint8_t)a->family,
		.ifa_prefixlen = a->prefix,
		.ifa_index = a->index,
		.ifa_flags = IFA_F_PERMANENT | (a->family == AF_INET6 ? IFA_F_NODAD : 0),
	};
	struct nl_msg *msg = link_new_msg(type, NLM_F_ACK | flags, &header, sizeof(header));

	if (!msg)
		return -ENOMEM;
	return link_talk_unless(nla_put(msg, IFA_LOCAL, (int)length(a->family), &a->u) < 0 ||
					nla_put(msg, IFA_ADDRESS, (int)length(a->family), &a->u) <
						0 ||
					(type == RTM_NEWADDR && put_broadcast(msg, a) < 0),
				conn, msg);
}

int link_add_address(struct link_conn *conn, const struct link_prefix *a)
{
	return change_address(conn, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, a);
}

int link_del_address(struct link_conn *conn, const struct link_prefix *a)
{
	return change_address(conn, RTM_DELADDR, 0, a);
}

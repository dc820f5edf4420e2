/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Changes: a tap becomes a port of a bridge, with what its rule says. */
#include "link_priv.h"

#include <errno.h>
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
#include <string.h>
#include <sys/socket.h>

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
	unsigned iff = (port->up ? IFF_UP : 0U) | (port->no_arp ? IFF_NOARP : 0U);
	struct nl_msg *msg = link_msg(RTM_NEWLINK, NLM_F_ACK, AF_UNSPEC, port->index, iff);
	int failed;

	if (!msg)
		return -ENOMEM;
	failed = (port->mac && nla_put(msg, IFLA_ADDRESS, MAC_LEN, port->mac) < 0) ||
		 (port->mtu && nla_put_u32(msg, IFLA_MTU, port->mtu) < 0) ||
		 nla_put_string(msg, IFLA_IFALIAS, port->alias) < 0 ||
		 (port->group && nla_put_u32(msg, IFLA_GROUP, port->group) < 0) ||
		 (port->master && nla_put_u32(msg, IFLA_MASTER, port->master) < 0) ||
		 (port->no_ipv6_address && put_no_ipv6_address(msg) < 0);
	return link_talk_unless(failed, conn, msg);
}

int link_up(struct link_conn *conn, unsigned index)
{
	struct nl_msg *msg = link_msg(RTM_NEWLINK, NLM_F_ACK, AF_UNSPEC, index, IFF_UP);

	return msg ? link_talk(conn, msg, NULL) : -ENOMEM;
}

static int set_text(struct link_conn *conn, unsigned index, int attr, const char *text)
{
	struct nl_msg *msg = link_msg(RTM_NEWLINK, NLM_F_ACK, AF_UNSPEC, index, 0);

	if (!msg)
		return -ENOMEM;
	return link_talk_unless(nla_put_string(msg, attr, text) < 0, conn, msg);
}

int link_rename(struct link_conn *conn, unsigned index, const char *name)
{
	return set_text(conn, index, IFLA_IFNAME, name);
}

int link_set_alias(struct link_conn *conn, unsigned index, const char *alias)
{
	return set_text(conn, index, IFLA_IFALIAS, alias);
}

int link_set_mtu(struct link_conn *conn, unsigned index, uint32_t mtu)
{
	struct nl_msg *msg = link_msg(RTM_NEWLINK, NLM_F_ACK, AF_UNSPEC, index, 0);

	return msg ? link_talk_unless(nla_put_u32(msg, IFLA_MTU, mtu) < 0, conn, msg) : -ENOMEM;
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
	return link_listen(conn, NULL);
}

int link_pin_mac(struct link_conn *conn, const struct link_info *bridge)
{
	struct nl_msg *pin = mac_msg(NLM_F_ACK, bridge->index, bridge->mac), *other;
	uint8_t mac[MAC_LEN];
	int r;

	if (!pin)
		return -ENOMEM;
	if (memcmp(bridge->bridge_id, bridge->mac, MAC_LEN) == 0)
		return link_talk(conn, pin, NULL);
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
	/* Of a guest that may not speak freely, no bridge takes the spanning tree's frames,
	 * which pass a lock. */
	failed = !port || nla_put_u8(msg, IFLA_BRPORT_GUARD, 1) < 0 ||
		 (flags->isolated && nla_put_u8(msg, IFLA_BRPORT_ISOLATED, 1) < 0) ||
		 (flags->locked && (nla_put_u8(msg, IFLA_BRPORT_LEARNING, 0) < 0 ||
				    nla_put_u8(msg, IFLA_BRPORT_LOCKED, 1) < 0));
	if (!failed)
		nla_nest_end(msg, port);
	r = link_talk_unless(failed, conn, msg);
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

static int on_neigh(struct nl_msg *msg, void *arg)
{
	struct link_conn *conn = arg;
	const struct ndmsg *header = nlmsg_data(nlmsg_hdr(msg));

	/* A positive result, because 0 is what a request without an answer has. */
	if (nlmsg_hdr(msg)->nlmsg_type == RTM_NEWNEIGH)
		conn->result = header->ndm_state & (NUD_NOARP | NUD_PERMANENT) ? 1 : 2;
	return NL_OK;
}

/* Is there a static or local entry for addr on that bridge? 1, 0 or -errno. */
static int is_held(struct link_conn *conn, unsigned bridge, const uint8_t addr[MAC_LEN])
{
	struct ndmsg header = {
		.ndm_family = AF_BRIDGE,
		.ndm_ifindex = (int)bridge,
		.ndm_flags = NTF_SELF,
	};
	struct nl_msg *msg = link_new_msg(RTM_GETNEIGH, 0, &header, sizeof(header));
	int r;

	if (!msg || nla_put(msg, NDA_LLADDR, MAC_LEN, addr) < 0) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	r = link_talk(conn, msg, on_neigh);
	return r < 0 ? r : r == 1;
}

static int add_fdb(struct link_conn *conn, unsigned index, const uint8_t addr[MAC_LEN], int how)
{
	struct ndmsg header = {
		.ndm_family = AF_BRIDGE,
		.ndm_ifindex = (int)index,
		.ndm_state = NUD_NOARP, /* static: does not age */
		/* A frame from that address on another port would move it there. */
		.ndm_flags = NTF_MASTER | NTF_STICKY,
	};
	struct nl_msg *msg =
		link_new_msg(RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE | how, &header, sizeof(header));

	if (!msg)
		return -ENOMEM;
	return link_talk_unless(nla_put(msg, NDA_LLADDR, MAC_LEN, addr) < 0, conn, msg);
}

int link_add_fdb(struct link_conn *conn, unsigned bridge, unsigned index,
		 const uint8_t addr[MAC_LEN])
{
	int r = add_fdb(conn, index, addr, NLM_F_EXCL);

	if (r != -EEXIST)
		return r;
	/* Learned from a frame that anybody may have sent: the policy knows better. */
	r = is_held(conn, bridge, addr);
	if (r != 0)
		return r < 0 ? r : -EEXIST;
	return add_fdb(conn, index, addr, NLM_F_REPLACE);
}

static int add_ingress(struct link_conn *conn, unsigned index)
{
	struct tcmsg header = {
		.tcm_ifindex = (int)index,
		.tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0),
		.tcm_parent = TC_H_INGRESS,
	};
	struct nl_msg *msg = link_new_msg(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
					  &header, sizeof(header));

	if (!msg)
		return -ENOMEM;
	return link_talk_unless(nla_put_string(msg, TCA_KIND, "ingress") < 0, conn, msg);
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
	msg = link_new_msg(RTM_NEWTFILTER, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &header,
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
	r = link_talk_unless(failed, conn, msg);
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
	return link_talk_unless(failed, conn, msg);
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

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection, and questions. */
#include "link_priv.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define LOWER_UP (1U << 16) /* IFF_LOWER_UP of linux/if.h, which net/if.h does not have */

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
	conn->result = err->error ? err->error : -EPROTO;
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
	struct nl_cb *cb;
	int on = 1, r;

	if (!conn)
		return -ENOMEM;
	/* Before main() libnl obeyed NLDBG and NLCB, and would print messages and addresses of
	 * this process's memory for whoever set them. */
	nl_debug = 0;
	cb = nl_cb_alloc(NL_CB_DEFAULT);
	conn->sock = cb ? nl_socket_alloc_cb(cb) : NULL;
	if (cb)
		nl_cb_put(cb);
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
	nl_socket_set_msg_buf_size(conn->sock, LINK_REPLY_SIZE);
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

int link_listen(struct link_conn *conn, nl_recvmsg_msg_cb_t on_valid)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_CUSTOM);
	int r;

	if (!cb)
		return -ENOMEM;
	conn->error[0] = '\0';
	conn->result = 0;
	nl_cb_err(cb, NL_CB_CUSTOM, on_error, conn);
	nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, conn);
	if (on_valid)
		nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, conn);
	r = nl_recvmsgs(conn->sock, cb);
	nl_cb_put(cb);
	if (conn->result)
		return conn->result;
	return r < 0 ? from_nl(r) : 0;
}

int link_talk(struct link_conn *conn, struct nl_msg *msg, nl_recvmsg_msg_cb_t on_valid)
{
	int r = nl_send_auto(conn->sock, msg);

	nlmsg_free(msg);
	return r < 0 ? from_nl(r) : link_listen(conn, on_valid);
}

struct nl_msg *link_new_msg(uint16_t type, int flags, const void *header, size_t len)
{
	struct nl_msg *msg = nlmsg_alloc_simple(type, NLM_F_REQUEST | flags);

	if (msg && nlmsg_append(msg, (void *)(uintptr_t)header, len, NLMSG_ALIGNTO) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return msg;
}

struct nl_msg *link_msg(uint16_t type, int flags, unsigned char family, unsigned index,
			unsigned iff)
{
	struct ifinfomsg header = {
		.ifi_family = family,
		.ifi_index = (int)index,
		.ifi_flags = iff,
		.ifi_change = iff,
	};

	return link_new_msg(type, flags, &header, sizeof(header));
}

int link_talk_unless(int failed, struct link_conn *conn, struct nl_msg *msg)
{
	if (failed) {
		nlmsg_free(msg);
		return -ENOMEM;
	}
	return link_talk(conn, msg, NULL);
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

static uint32_t number(struct nlattr *const *tb, int type)
{
	return tb[type] && nla_len(tb[type]) == (int)sizeof(uint32_t) ? nla_get_u32(tb[type]) : 0;
}

static void read_tap(struct link_info *info, struct nlattr *data)
{
	struct nlattr *tb[IFLA_TUN_NUM_DISABLED_QUEUES + 1];

	if (nla_parse_nested(tb, IFLA_TUN_NUM_DISABLED_QUEUES, data, NULL) < 0)
		return;
	info->tap.queues =
		number(tb, IFLA_TUN_NUM_QUEUES) + number(tb, IFLA_TUN_NUM_DISABLED_QUEUES);
	info->tap.persistent = flag(tb, IFLA_TUN_PERSIST);
	info->tap.has_owner = tb[IFLA_TUN_OWNER] != NULL;
	info->tap.has_group = tb[IFLA_TUN_GROUP] != NULL;
	info->tap.owner = number(tb, IFLA_TUN_OWNER);
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
	if (tb[IFLA_INFO_DATA] && strcmp(info->kind, "tun") == 0)
		read_tap(info, tb[IFLA_INFO_DATA]);
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
	info.up = header->ifi_flags & IFF_UP;
	info.carrier = header->ifi_flags & LOWER_UP;
	if (tb[IFLA_GROUP])
		info.group = nla_get_u32(tb[IFLA_GROUP]);
	if (tb[IFLA_MASTER])
		info.master = nla_get_u32(tb[IFLA_MASTER]);
	if (tb[IFLA_ADDRESS] && nla_len(tb[IFLA_ADDRESS]) == MAC_LEN)
		memcpy(info.mac, nla_data(tb[IFLA_ADDRESS]), MAC_LEN);
	if (tb[IFLA_IFALIAS])
		nla_strlcpy(info.alias, tb[IFLA_IFALIAS], sizeof(info.alias));
	if (tb[IFLA_LINKINFO])
		read_kind(&info, tb[IFLA_LINKINFO]);
	if (conn->result == 0)
		conn->result = conn->each_fn(&info, conn->each_ctx);
	return NL_OK;
}

static int get(struct link_conn *conn, struct nl_msg *msg, link_fn fn, void *ctx)
{
	if (!msg)
		return -ENOMEM;
	conn->each_fn = fn;
	conn->each_ctx = ctx;
	return link_talk(conn, msg, on_link);
}

static int copy_link(const struct link_info *info, void *ctx)
{
	*(struct link_info *)ctx = *info;
	return 0;
}

static int get_named(struct link_conn *conn, int attr, const char *name, struct link_info *ret)
{
	struct nl_msg *msg = link_msg(RTM_GETLINK, 0, AF_UNSPEC, 0, 0);

	if (msg && nla_put_string(msg, attr, name) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return get(conn, msg, copy_link, ret);
}

int link_get(struct link_conn *conn, const char *name, struct link_info *ret)
{
	return get_named(conn, IFLA_IFNAME, name, ret);
}

int link_get_altname(struct link_conn *conn, const char *name, struct link_info *ret)
{
	return get_named(conn, IFLA_ALT_IFNAME, name, ret);
}

int link_get_index(struct link_conn *conn, unsigned index, struct link_info *ret)
{
	return get(conn, link_msg(RTM_GETLINK, 0, AF_UNSPEC, index, 0), copy_link, ret);
}

int link_each(struct link_conn *conn, link_fn fn, void *ctx)
{
	struct nl_msg *msg = link_msg(RTM_GETLINK, NLM_F_DUMP, AF_UNSPEC, 0, 0);
	int r;

	/* Counters are a third of what the kernel would write of each. */
	if (msg && nla_put_u32(msg, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	nl_socket_set_msg_buf_size(conn->sock, LINK_DUMP_SIZE);
	r = get(conn, msg, fn, ctx);
	nl_socket_set_msg_buf_size(conn->sock, LINK_REPLY_SIZE);
	return r;
}

static int find_bridge(struct link_conn *conn, const char *name, struct link_info *ret)
{
	struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq req;

	memset(ret, 0, sizeof(*ret));
	memset(&req, 0, sizeof(req));
	if (strlen(name) >= sizeof(req.ifr_name))
		return -ENODEV;
	memcpy(req.ifr_name, name, strlen(name));
	if (ioctl(link_fd(conn), SIOCGIFINDEX, &req) < 0)
		return -errno;
	ret->index = (unsigned)req.ifr_ifindex;
	/* The name was perhaps an alternative one. */
	if (ioctl(link_fd(conn), SIOCGIFNAME, &req) < 0)
		return -errno;
	memcpy(ret->name, req.ifr_name, sizeof(ret->name) - 1);
	req.ifr_data = (void *)&driver;
	if (ioctl(link_fd(conn), SIOCETHTOOL, &req) == 0 && strcmp(driver.driver, "bridge") == 0)
		memcpy(ret->kind, "bridge", sizeof("bridge"));
	/* And so it was this device that the name stood for in between. */
	return link_refresh(conn, ret);
}

int link_find_bridge(struct link_conn *conn, const char *name, struct link_info *ret)
{
	int r = find_bridge(conn, name, ret);

	if (r < 0)
		memset(ret, 0, sizeof(*ret));
	return r;
}

int link_name_taken(struct link_conn *conn, const char *name)
{
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	if (strlen(name) >= sizeof(req.ifr_name))
		return -ENAMETOOLONG;
	memcpy(req.ifr_name, name, strlen(name));
	if (ioctl(link_fd(conn), SIOCGIFINDEX, &req) == 0)
		return 1;
	return errno == ENODEV ? 0 : -errno;
}

int link_refresh(struct link_conn *conn, struct link_info *info)
{
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	req.ifr_ifindex = (int)info->index;
	if (ioctl(link_fd(conn), SIOCGIFNAME, &req) < 0)
		return -errno;
	if (strncmp(req.ifr_name, info->name, sizeof(req.ifr_name)) != 0)
		return -ESTALE;
	if (ioctl(link_fd(conn), SIOCGIFMTU, &req) < 0)
		return -errno;
	info->mtu = (uint32_t)req.ifr_mtu;
	if (ioctl(link_fd(conn), SIOCGIFHWADDR, &req) < 0)
		return -errno;
	memcpy(info->mac, req.ifr_hwaddr.sa_data, MAC_LEN);
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From an endpoint to its sockets. */
#include "endpoint.h"

#include "lib/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

NONNULL PRINTF(3, 4) static int failed(char error[ENDPOINT_ERROR], int r, const char *fmt, ...)
{
	char what[ENDPOINT_ERROR / 2];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	snprintf(error, ENDPOINT_ERROR, "%s: %s", what, strerror(-r));
	return r;
}

static int open_socket(int family, int type)
{
	int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

static int set_on(int fd, int level, int name)
{
	int on = 1;

	return setsockopt(fd, level, name, &on, sizeof(on)) < 0 ? -errno : 0;
}

void endpoint_tune(int fd)
{
	/* They fail where it is no TCP, and what they are for is not needed there. */
	(void)set_on(fd, IPPROTO_TCP, TCP_NODELAY);
	(void)set_on(fd, SOL_SOCKET, SO_KEEPALIVE);
}

/* Is there a socket of that name that nobody listens on any more? */
static bool is_stale(const struct endpoint_addr *addr, int type)
{
	CLEANUP_FD int fd = open_socket(AF_UNIX, type);
	struct stat st;

	return fd >= 0 && lstat(addr->u.un.sun_path, &st) == 0 && S_ISSOCK(st.st_mode) &&
	       connect(fd, &addr->u.any, addr->len) < 0 && errno == ECONNREFUSED;
}

bool endpoint_remove_stale(const struct endpoint_addr *addr, int type)
{
	return is_stale(addr, type) && unlink(addr->u.un.sun_path) == 0;
}

/* Binds to a path that only the owner may use. */
static int bind_unix(int fd, const struct endpoint_addr *addr, int type)
{
	/* The file gets the mode that the socket had (Linux, net/unix/af_unix.c, unix_bind_bsd()).
	 */
	if (fchmod(fd, 0600) < 0)
		return -errno;
	if (bind(fd, &addr->u.any, addr->len) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return -errno;
	if (!endpoint_remove_stale(addr, type))
		return -EADDRINUSE;
	return bind(fd, &addr->u.any, addr->len) < 0 ? -errno : 0;
}

/* Binds; :: stands for every address of both families, or of IPv4 where there is no IPv6. */
static int bind_inet(int *fd, const struct endpoint_addr *addr, int type)
{
	int off = 0;
	struct endpoint_addr four = {
		.u.in = {.sin_family = AF_INET, .sin_port = addr->u.in.sin_port},
		.len = sizeof(four.u.in),
	};

	*fd = open_socket(addr->u.any.sa_family, type);
	if (*fd == -EAFNOSUPPORT && addr->u.any.sa_family == AF_INET6 &&
	    IN6_IS_ADDR_UNSPECIFIED(&addr->u.in6.sin6_addr)) {
		addr = &four;
		*fd = open_socket(AF_INET, type);
	}
	if (*fd < 0)
		return *fd;
	if (addr->u.any.sa_family == AF_INET6)
		(void)setsockopt(*fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	if (type == SOCK_STREAM && set_on(*fd, SOL_SOCKET, SO_REUSEADDR) < 0)
		return -errno;
	return bind(*fd, &addr->u.any, addr->len) < 0 ? -errno : 0;
}

static int open_listener(const struct endpoint *ep, struct endpoint_open *ret)
{
	int r;

	ret->what = ENDPOINT_LISTENER;
	if (ep->kind == ENDPOINT_LISTEN_UNIX) {
		ret->fd = open_socket(AF_UNIX, SOCK_STREAM);
		r = ret->fd < 0 ? ret->fd : bind_unix(ret->fd, &ep->addr[0], SOCK_STREAM);
	} else {
		r = bind_inet(&ret->fd, &ep->addr[0], SOCK_STREAM);
	}
	if (r == 0 && listen(ret->fd, 128) < 0)
		r = -errno;
	return r;
}

/* The number of the interface that has an IPv6 address; or -errno. */
static int interface_with(const struct in6_addr *addr)
{
	struct ifaddrs *all;
	int r = -EADDRNOTAVAIL;

	if (getifaddrs(&all) < 0)
		return -errno;
	for (const struct ifaddrs *i = all; i && r < 0; i = i->ifa_next) {
		const struct sockaddr_in6 *has = (const void *)i->ifa_addr;
		unsigned n;

		if (!has || has->sin6_family != AF_INET6 ||
		    memcmp(&has->sin6_addr, addr, sizeof(*addr)) != 0)
			continue;
		n = if_nametoindex(i->ifa_name);
		if (n > 0)
			r = (int)n;
	}
	freeifaddrs(all);
	return r;
}

/* The interface of an IPv6 group; 0: the one that the routes say. Or -errno. */
static int group_interface(const struct endpoint *ep)
{
	const struct sockaddr_in6 *group = &ep->addr[0].u.in6, *local = &ep->local.u.in6;

	if (group->sin6_scope_id)
		return (int)group->sin6_scope_id;
	if (ep->local.len == 0 || local->sin6_scope_id)
		return (int)local->sin6_scope_id;
	return IN6_IS_ADDR_UNSPECIFIED(&local->sin6_addr) ? 0 : interface_with(&local->sin6_addr);
}

/* The socket that hears the group: as QEMU's, bound to the group, so that others on this host
 * can be members, too. */
static int join(int fd, const struct endpoint *ep, int interface)
{
	const struct endpoint_addr *group = &ep->addr[0];

	if (set_on(fd, SOL_SOCKET, SO_REUSEADDR) < 0 || bind(fd, &group->u.any, group->len) < 0)
		return -errno;
	if (group->u.any.sa_family == AF_INET) {
		struct ip_mreq member = {.imr_multiaddr = group->u.in.sin_addr};
		int off = 0;

		if (ep->local.len)
			member.imr_interface = ep->local.u.in.sin_addr;
		/* Or it hears what other sockets joined, on other interfaces (ip(7)). */
		(void)setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof(off));
		if (setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof(member)) < 0)
			return -errno;
	} else {
		struct ipv6_mreq member = {.ipv6mr_multiaddr = group->u.in6.sin6_addr,
					   .ipv6mr_interface = (unsigned)interface};

		if (setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &member, sizeof(member)) < 0)
			return -errno;
	}
	return 0;
}

/* The socket that sends to it. It has a port of its own, by which what it sent is known when
 * it comes back: from the group's port others on this host send as well. */
static int open_sender(const struct endpoint *ep, int interface, struct endpoint_open *ret)
{
	const struct endpoint_addr *group = &ep->addr[0];
	bool four = group->u.any.sa_family == AF_INET;
	int level = four ? IPPROTO_IP : IPPROTO_IPV6, ttl = ep->ttl, fd;
	int r = 0;

	fd = open_socket(group->u.any.sa_family, SOCK_DGRAM);
	if (fd < 0)
		return fd;
	ret->send_fd = fd;
	/* With a local address, from there; its port 0 takes any. */
	if (ep->local.len && bind(fd, &ep->local.u.any, ep->local.len) < 0)
		return -errno;
	if (set_on(fd, level, four ? IP_MULTICAST_LOOP : IPV6_MULTICAST_LOOP) < 0 ||
	    setsockopt(fd, level, four ? IP_MULTICAST_TTL : IPV6_MULTICAST_HOPS, &ttl,
		       sizeof(ttl)) < 0)
		return -errno;
	if (four && ep->local.len)
		r = setsockopt(fd, level, IP_MULTICAST_IF, &ep->local.u.in.sin_addr,
			       sizeof(ep->local.u.in.sin_addr));
	else if (!four && interface)
		r = setsockopt(fd, level, IPV6_MULTICAST_IF, &interface, sizeof(interface));
	/* Connected, so that its own address is decided now, and does not change. */
	if (r < 0 || connect(fd, &group->u.any, group->len) < 0)
		return -errno;
	ret->own.len = sizeof(ret->own.u);
	return getsockname(fd, &ret->own.u.any, &ret->own.len) < 0 ? -errno : 0;
}

static int open_group(const struct endpoint *ep, struct endpoint_open *ret)
{
	bool four = ep->addr[0].u.any.sa_family == AF_INET;
	int interface = four ? 0 : group_interface(ep), r;

	if (interface < 0)
		return interface;
	ret->what = ENDPOINT_DATAGRAM;
	ret->fd = open_socket(ep->addr[0].u.any.sa_family, SOCK_DGRAM);
	if (ret->fd < 0)
		return ret->fd;
	r = join(ret->fd, ep, interface);
	return r < 0 ? r : open_sender(ep, interface, ret);
}

static int open_pair(const struct endpoint *ep, struct endpoint_open *ret)
{
	int r;

	ret->what = ENDPOINT_DATAGRAM;
	if (ep->kind == ENDPOINT_DGRAM_UNIX) {
		ret->fd = open_socket(AF_UNIX, SOCK_DGRAM);
		return ret->fd < 0 ? ret->fd : bind_unix(ret->fd, &ep->local, SOCK_DGRAM);
	}
	r = bind_inet(&ret->fd, &ep->local, SOCK_DGRAM);
	if (r == 0 && connect(ret->fd, &ep->addr[0].u.any, ep->addr[0].len) < 0)
		r = -errno;
	return r;
}

int endpoint_open(const struct endpoint *ep, struct endpoint_open *ret, char error[ENDPOINT_ERROR])
{
	int r = -EINVAL;

	memset(ret, 0, sizeof(*ret));
	ret->fd = ret->send_fd = -1;
	switch (ep->kind) {
	case ENDPOINT_LISTEN_TCP:
	case ENDPOINT_LISTEN_UNIX:
		r = open_listener(ep, ret);
		break;
	case ENDPOINT_MCAST:
		r = open_group(ep, ret);
		break;
	case ENDPOINT_UDP:
	case ENDPOINT_DGRAM_UNIX:
		r = open_pair(ep, ret);
		break;
	case ENDPOINT_FD:
		return endpoint_classify(ep->fd, ret, error);
	case ENDPOINT_CONNECT_TCP:
	case ENDPOINT_CONNECT_UNIX:
		break;
	}
	if (r < 0) {
		cleanup_fd_fn(&ret->fd);
		cleanup_fd_fn(&ret->send_fd);
		return failed(error, r, "'%s'", QUOTE(ep->text));
	}
	return 0;
}

int endpoint_connect(const struct endpoint *ep, unsigned which)
{
	const struct endpoint_addr *addr = &ep->addr[which % ep->addrs];
	int fd = open_socket(addr->u.any.sa_family, SOCK_STREAM);

	if (fd >= 0 && connect(fd, &addr->u.any, addr->len) < 0 && errno != EINPROGRESS) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

static int classify_tap(int fd, const struct ifreq *req, struct endpoint_open *ret,
			char error[ENDPOINT_ERROR])
{
	int size = 10;

	if (!(req->ifr_flags & IFF_TAP) || !(req->ifr_flags & IFF_NO_PI)) {
		snprintf(error, ENDPOINT_ERROR,
			 "'fd:%d' is a tun device, or one with packet information; a tap is needed",
			 fd);
		return -EINVAL;
	}
	ret->what = ENDPOINT_TAP;
	ret->vnet_hdr = req->ifr_flags & IFF_VNET_HDR ? size : 0;
	/* No frame that somebody else would have to cut or to sum up: a tap keeps what was set by
	 * who had it before. */
	if ((ret->vnet_hdr && ioctl(fd, TUNSETVNETHDRSZ, &size) < 0) ||
	    ioctl(fd, TUNSETOFFLOAD, 0UL) < 0)
		return failed(error, -errno, "'fd:%d'", fd);
	return 0;
}

static int classify_socket(int fd, int type, struct endpoint_open *ret, char error[ENDPOINT_ERROR])
{
	struct endpoint_addr peer = {.len = sizeof(peer.u)};
	int listens = 0;
	socklen_t len = sizeof(listens);

	(void)getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len);
	ret->what = listens               ? ENDPOINT_LISTENER
		    : type == SOCK_STREAM ? ENDPOINT_STREAM
					  : ENDPOINT_DATAGRAM;
	if (!listens && getpeername(fd, &peer.u.any, &peer.len) < 0)
		return failed(error, -errno, "'fd:%d' is a socket that is not connected", fd);
	return 0;
}

int endpoint_classify(int fd, struct endpoint_open *ret, char error[ENDPOINT_ERROR])
{
	int flags = fcntl(fd, F_GETFL), type = 0, r;
	socklen_t len = sizeof(type);
	struct ifreq req;

	memset(ret, 0, sizeof(*ret));
	memset(&req, 0, sizeof(req));
	ret->fd = fd;
	ret->send_fd = -1;
	if (flags < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return failed(error, -errno, "'fd:%d'", fd);
	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) == 0 &&
	    (type == SOCK_STREAM || type == SOCK_DGRAM)) {
		r = classify_socket(fd, type, ret, error);
	} else if (ioctl(fd, TUNGETIFF, &req) == 0) {
		r = classify_tap(fd, &req, ret, error);
	} else {
		snprintf(error, ENDPOINT_ERROR,
			 "'fd:%d' is neither a stream socket, a datagram socket nor a tap", fd);
		r = -EINVAL;
	}
	if (r == 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		r = failed(error, -errno, "'fd:%d'", fd);
	return r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

int tap_open(void)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

int tap_create(struct tap *ret, int fd, int sock, const char *pattern, unsigned flags, uid_t owner)
{
	CLEANUP_FD int tun = fd;
	struct ifreq req;
	unsigned features = 0;

	memset(ret, 0, sizeof(*ret));
	ret->fd = -1;
	memset(&req, 0, sizeof(req));
	if (strlen(pattern) >= sizeof(req.ifr_name))
		return -ENAMETOOLONG;
	memcpy(req.ifr_name, pattern, strlen(pattern));
	ret->flags = IFF_TAP | IFF_NO_PI;
	if (flags & TAP_MULTI_QUEUE)
		ret->flags |= IFF_MULTI_QUEUE;
	if ((flags & TAP_VNET_HDR) && ioctl(tun, TUNGETFEATURES, &features) == 0 &&
	    (features & IFF_VNET_HDR))
		ret->flags |= IFF_VNET_HDR;
	/* Never an existing device, whatever the pattern may be a name of. */
	req.ifr_flags = (short)(ret->flags | (short)IFF_TUN_EXCL);
	if (ioctl(tun, TUNSETIFF, &req) < 0)
		return -errno;
	/* Without an owner anybody could attach to a tap that its holder made persistent. */
	if (ioctl(tun, TUNSETOWNER, (unsigned long)owner) < 0)
		return -errno;
	memcpy(ret->name, req.ifr_name, sizeof(ret->name) - 1);
	if (ioctl(tun, SIOCGIFHWADDR, &req) < 0)
		return -errno;
	memcpy(ret->mac, req.ifr_hwaddr.sa_data, MAC_LEN);
	if (ioctl(sock, SIOCGIFINDEX, &req) < 0)
		return -errno;
	ret->index = (unsigned)req.ifr_ifindex;
	ret->fd = steal_fd(&tun);
	return 0;
}

int tap_add_queue(const struct tap *tap, int fd)
{
	struct ifreq req, first;

	memset(&req, 0, sizeof(req));
	memcpy(req.ifr_name, tap->name, sizeof(tap->name));
	req.ifr_flags = tap->flags;
	if (ioctl(fd, TUNSETIFF, &req) < 0)
		return -errno;
	/* Found by its name, which root may have given to another one meanwhile. Not to be told
	 * by the address: udev changes those of new taps. */
	if (ioctl(fd, TUNGETIFF, &req) < 0 || ioctl(tap->fd, TUNGETIFF, &first) < 0)
		return -errno;
	return strncmp(req.ifr_name, first.ifr_name, sizeof(req.ifr_name)) == 0 ? 0 : -ESTALE;
}

int tap_set_owner(int fd, uid_t owner)
{
	return ioctl(fd, TUNSETOWNER, (unsigned long)owner) < 0 ? -errno : 0;
}

int tap_persist(int fd, bool on)
{
	return ioctl(fd, TUNSETPERSIST, on ? 1UL : 0UL) < 0 ? -errno : 0;
}

int tap_attach(int fd, int sock, unsigned index)
{
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	req.ifr_ifindex = (int)index;
	if (ioctl(sock, SIOCGIFNAME, &req) < 0)
		return -errno;
	/* Other flags of a tap follow those of whoever attached last: these say nothing. */
	memset(&req.ifr_ifru, 0, sizeof(req.ifr_ifru));
	req.ifr_flags = (short)(IFF_TAP | IFF_NO_PI);
	if (ioctl(fd, TUNSETIFF, &req) < 0)
		return -errno;
	/* By name only can a tap be attached to; where it was given to another one, or was free and
	 * so made a new one, fd is not what it should be. */
	if (ioctl(sock, SIOCGIFINDEX, &req) < 0 || (unsigned)req.ifr_ifindex != index)
		return -ESTALE;
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sysctl.h"

#include "num.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netdevice.h> /* NET_ADDR_SET */
#include <stdio.h>
#include <string.h>

/* Is there a folder of that name? With openat(2) only: the fence lets no other call out. 1, 0 or
 * -errno: it cannot be told. */
static int folder_exists(const char *path)
{
	CLEANUP_FD int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd >= 0)
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

int sysctl_disable_ipv6(const char *ifname)
{
	char path[96];
	CLEANUP_FD int fd = -1;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", ifname);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		int err = errno, core = err == ENOENT ? folder_exists("/proc/sys/net/core") : -1;

		if (core == 1 && folder_exists("/proc/sys/net/ipv6") == 0)
			return 0;
		/* What is not there cannot be written, as what is read-only. */
		return core == 0 ? -EROFS : -err;
	}
	return write(fd, "1", 1) == 1 ? 0 : -errno;
}

/* A small number from a file of sysfs. */
static bool read_number(int dir, const char *name, uint64_t *ret)
{
	char buf[32];
	CLEANUP_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, sizeof(buf));

	if (n <= 0)
		return false;
	if (buf[n - 1] == '\n')
		n--;
	return num_parse(buf, (size_t)n, 0, UINT32_MAX, ret) == 0;
}

bool sysfs_address_is_set(const char *ifname, unsigned index)
{
	char path[64];
	uint64_t type, found;
	CLEANUP_FD int dir = -1;

	snprintf(path, sizeof(path), "/sys/class/net/%s", ifname);
	dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return dir >= 0 && read_number(dir, "ifindex", &found) && found == index &&
	       read_number(dir, "addr_assign_type", &type) && type == NET_ADDR_SET;
}

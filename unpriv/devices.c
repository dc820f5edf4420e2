/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "devices.h"

#include "lib/num.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define SYSFS_NET "/sys/class/net"

/* What a device's file in sysfs says, without the end of its line. -1: it cannot be read. */
static ssize_t sysfs_read(const char *name, const char *what, char *buf, size_t size)
{
	char path[sizeof(SYSFS_NET) + IFNAME_MAX + 16];
	ssize_t n;

	snprintf(path, sizeof(path), SYSFS_NET "/%s/%s", name, what);
	{
		CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);

		n = fd < 0 ? -1 : read(fd, buf, size);
	}
	return n > 0 && buf[n - 1] == '\n' ? n - 1 : n;
}

/* Does /sys/class/net show the same device under that name? */
static bool sysfs_agrees(const char *name, unsigned index)
{
	char text[16];
	uint64_t number;
	ssize_t n = sysfs_read(name, "ifindex", text, sizeof(text));

	return n > 0 && num_parse(text, (size_t)n, 1, INT_MAX, &number) == 0 && number == index;
}

static bool sysfs_has(const char *name, const char *what)
{
	char path[sizeof(SYSFS_NET) + IFNAME_MAX + 16];
	struct stat st;

	snprintf(path, sizeof(path), SYSFS_NET "/%s/%s", name, what);
	return stat(path, &st) == 0;
}

/* The driver's name, which tells a bridge where sysfs is another namespace's. */
static bool driver_is_bridge(const char *name)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	struct ifreq request = {.ifr_data = (char *)&info};
	CLEANUP_FD int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	return ioctl(fd, SIOCETHTOOL, &request) == 0 && strcmp(info.driver, "bridge") == 0;
}

static bool is_bridge(const char *name, unsigned index)
{
	if (sysfs_agrees(name, index))
		return sysfs_has(name, "bridge");
	return driver_is_bridge(name);
}

enum device_state device_bridge_state(const char *name, device_name ret)
{
	/* The kernel finds a device by its alternative names, too. */
	unsigned index = if_nametoindex(name);

	ret[0] = '\0';
	/* It may be gone again between the two. */
	if (index == 0 || !if_indextoname(index, ret))
		return DEVICE_NONE;
	if (strcmp(ret, name) != 0)
		return DEVICE_ALTNAME;
	return is_bridge(name, index) ? DEVICE_RIGHT : DEVICE_OTHER;
}

enum device_state device_any_state(const char *name, device_name ret)
{
	ret[0] = '\0';
	return if_nametoindex(name) ? DEVICE_RIGHT : DEVICE_NONE;
}

static int list(bool bridges, device_name **ret, size_t *retn)
{
	struct if_nameindex *all = if_nameindex();
	size_t n = 0, count = 0;
	device_name *names;

	if (!all)
		return -errno;
	while (all[n].if_name)
		n++;
	names = calloc(n + 1, sizeof(*names));
	for (size_t i = 0; names && i < n; i++) {
		size_t len = strlen(all[i].if_name);

		/* The kernel takes more names than the policy can speak of. */
		if (ifname_check(all[i].if_name, len) == IFNAME_OK &&
		    (!bridges || is_bridge(all[i].if_name, all[i].if_index)))
			memcpy(names[count++], all[i].if_name, len + 1);
	}
	if_freenameindex(all);
	*ret = names;
	*retn = count;
	return names ? 0 : -ENOMEM;
}

int device_bridges(device_name **ret, size_t *retn)
{
	return list(true, ret, retn);
}

int device_all(device_name **ret, size_t *retn)
{
	return list(false, ret, retn);
}

void device_master(const char *name, device_name ret)
{
	char path[sizeof(SYSFS_NET) + IFNAME_MAX + 16], target[256];
	const char *last;
	ssize_t n;

	ret[0] = '\0';
	snprintf(path, sizeof(path), SYSFS_NET "/%s/master", name);
	n = sysfs_agrees(name, if_nametoindex(name)) ? readlink(path, target, sizeof(target) - 1)
						     : -1;
	if (n <= 0)
		return;
	target[n] = '\0';
	last = strrchr(target, '/');
	last = last ? last + 1 : target;
	if (ifname_check(last, strlen(last)) == IFNAME_OK)
		memcpy(ret, last, strlen(last) + 1);
}

unsigned long device_number(const char *name, const char *file)
{
	char text[32];
	unsigned long value = 0;
	ssize_t n = sysfs_read(name, file, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	return sscanf(text, "%li", (long *)&value) == 1 ? value : 0;
}

bool device_alias(const char *name, char *buf, size_t size)
{
	ssize_t n = -1;

	if (sysfs_agrees(name, if_nametoindex(name)))
		n = sysfs_read(name, "ifalias", buf, size - 1);
	buf[n < 0 ? 0 : n] = '\0';
	return n >= 0;
}

bool device_wireless_port(const char *bridge, device_name ret)
{
	char path[sizeof(SYSFS_NET) + IFNAME_MAX + 16];
	bool found = false;
	struct dirent *e;
	DIR *dir;

	snprintf(path, sizeof(path), SYSFS_NET "/%s/brif", bridge);
	if (!sysfs_agrees(bridge, if_nametoindex(bridge)))
		return false;
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (e = readdir(dir))) {
		size_t len = strlen(e->d_name);

		if (e->d_name[0] == '.' || len > IFNAME_MAX)
			continue;
		memcpy(ret, e->d_name, len + 1);
		found = sysfs_has(ret, "wireless") || sysfs_has(ret, "phy80211");
	}
	closedir(dir);
	return found;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* open-tap NAME: attaches to a tap that exists, as an emulator does that takes taps by name. */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

int main(int argc, char *argv[])
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct ifreq req;

	memset(&req, 0, sizeof(req));
	req.ifr_flags = IFF_TAP | IFF_NO_PI;
	if (argc == 2)
		snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", argv[1]);
	if (argc != 2 || fd < 0 || ioctl(fd, TUNSETIFF, &req) < 0) {
		fprintf(stderr, "open-tap: %s\n", strerror(errno));
		return 1;
	}
	return strcmp(req.ifr_name, argv[1]) == 0 ? 0 : 1;
}

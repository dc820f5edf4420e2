/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_HOLDERS_H
#define NETGRANT_HOLDERS_H

#include "devices.h"

#include <stdbool.h>
#include <sys/types.h>

#define HOLDER_COMM_SIZE 16 /* TASK_COMM_LEN */

/* A process that has a tap open; of several, the one with the lowest number. */
struct holder {
	device_name tap;
	pid_t pid;
	char comm[HOLDER_COMM_SIZE];
};

/*
 * Fills in pid and comm of each whose tap is set, as far as the caller may look: the kernel
 * shows the descriptors of other users' processes to root only. pid stays 0 where nobody was
 * found. Rests on /proc/PID/fdinfo, where drivers/net/tun.c writes "iff:" (Linux 3.15). A tap
 * of that name in another network namespace is not told apart, unless ours cannot be its.
 */
void holders_find(struct holder *holders, size_t n);

#endif

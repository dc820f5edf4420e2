/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#define ANYWHERE (POLICY_USER | POLICY_GROUP | POLICY_LIMIT)

const struct policy_vocab policy_bridge = {
	.noun = "bridge",
	.example = "br0",
	.words = ANYWHERE | POLICY_MAC | POLICY_ISOLATED,
};

const struct policy_vocab policy_network = {
	.noun = "network",
	.example = "default",
	.words = ANYWHERE | POLICY_MAC | POLICY_ISOLATED | POLICY_START,
};

const struct policy_vocab policy_tap = {
	.noun = "tap",
	.example = "vnet*",
	.words = ANYWHERE | POLICY_QUEUES | POLICY_VHOST | POLICY_PERSIST | POLICY_MAC | POLICY_MTU,
	.guarded = true,
};

const struct policy_vocab policy_ifup = {
	.noun = "script",
	.example = "/etc/qemu-ifup",
	.words = ANYWHERE | POLICY_IFNAME | POLICY_RUN_AS | POLICY_CAPS | POLICY_TIMEOUT,
	.paths = true,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

const struct policy_vocab policy_bridge = {
	.noun = "bridge",
	.words = POLICY_USER | POLICY_GROUP | POLICY_LIMIT | POLICY_MAC | POLICY_ISOLATED,
};

const struct policy_vocab policy_network = {
	.noun = "network",
	.words = POLICY_USER | POLICY_GROUP | POLICY_LIMIT | POLICY_MAC | POLICY_ISOLATED |
		 POLICY_START,
};

/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_OWN_NAMESPACE_H
#define NETGRANT_OWN_NAMESPACE_H

#include "lib/compiler.h"

/*
 * Goes into a new network namespace, where this process may do everything: of a new user
 * namespace, in which its user and group are what they were and nobody else is
 * (user_namespaces(7)). There is no way back. Root, who would own nothing in there, gets the
 * network namespace only. 0 or -errno. For a process of one thread.
 */
MUST_CHECK int own_namespace(void);

/* The sysctls that say whether users may. */
#define OWN_NAMESPACE_SYSCTLS                                                                      \
	"user.max_user_namespaces, user.max_net_namespaces, kernel.unprivileged_userns_clone, "    \
	"kernel.apparmor_restrict_unprivileged_userns"

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a helper may do with its privilege, in whichever of three ways it got it.
 *
 *   start                    file capabilities   setuid root        run by root
 *   uid real / effective     caller / caller     caller / 0         0 / 0
 *   after caps_enter()
 *     uid, gid, all three    caller              caller             0
 *     permitted              the kept ones       the kept ones      the kept ones
 *     effective, inheritable, ambient            empty in all three
 *     bounding               untouched (1)       empty (2)          empty (2)
 *     no_new_privs           set                 set                set
 *
 * (1) Clearing it takes CAP_SETPCAP, which a helper has no other use for. no_new_privs
 *     does what an empty bounding set is for: nothing executed later can gain anything.
 * (2) But for the kept ones, where they have CAP_SETUID: see caps_become_root().
 */
#ifndef NETGRANT_CAPS_H
#define NETGRANT_CAPS_H

#include "compiler.h"

#include <stdbool.h>

/*
 * Gives up all privilege but the capabilities in list ("cap_net_admin=p", as in
 * packaging/filecaps.list), which become permitted and not effective; makes real, saved
 * and effective ids the caller's; and reads back from the kernel that it is so.
 * 0; -EPERM: a capability of the list is not there; -ENOTRECOVERABLE: privilege could not
 * be given up, and the process must end at once; -EINVAL: the list is malformed.
 */
MUST_CHECK NONNULL int caps_enter(const char *list);

/* Are the capabilities of that list among those that caps_enter() kept? */
MUST_CHECK NONNULL bool caps_have(const char *list);

/* Gives up all but those of the list, for good, and reads back that it is so. 0 or -errno. */
MUST_CHECK NONNULL int caps_limit(const char *list);

/*
 * All ids become 0, and the supplementary groups none: for a program that is to work on
 * root's files and out of reach of the caller's signals. It gains no capability: with
 * no_new_privs an exec by uid 0 keeps the permitted set at most
 * (cap_bprm_creds_from_file(), security/commoncap.c). Takes CAP_SETUID and CAP_SETGID.
 * 0 or -errno; after an error the process must end.
 */
MUST_CHECK int caps_become_root(void);

/* Makes the permitted capabilities effective, or no capability. 0 or -errno. Around the
 * calls that need them: note that rtnetlink asks both when its socket is made and when a
 * message is sent (netlink_capable(), net/netlink/af_netlink.c). */
MUST_CHECK int caps_raise(void);
MUST_CHECK int caps_lower(void);

/* Gives up every capability for good, and reads back that it is so. 0 or -errno. */
MUST_CHECK int caps_drop(void);

/* After -EPERM: was the process started with no_new_privs, so that neither file
 * capabilities nor a setuid bit could take effect? Is it in a user namespace of its own? */
bool caps_no_new_privs(void);
bool caps_in_user_namespace(void);

#endif

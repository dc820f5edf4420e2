/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A folder shared with the guest by Samba's smbd, run as the user who runs us, with a
 * configuration and state of its own in a private folder. The sandbox starts no programs, so
 * a child does that outside of it: it listens on a socket that has no name, runs one smbd for
 * each of the guest's connections, and ends, with all of them and the folder, when we do.
 */
#ifndef NETGRANT_SLIRP_SMB_H
#define NETGRANT_SLIRP_SMB_H

#include "lib/compiler.h"
#include "relay.h"

#define SMB_ERROR 384

struct smb {
	char path[RELAY_PATH]; /* where the library connects to */
	int path_fd, lifeline; /* open as long as there is to be a share; the caller's */
};

/* Starts the child. 0, or -errno and a message. */
MUST_CHECK NONNULL int smb_start(struct smb *ret, const char *folder, char error[SMB_ERROR]);

#endif

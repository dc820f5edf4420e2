/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest forwards. libslirp hands each of the guest's connections on to a unix socket that it
 * finds by a path, and waits until that has room for it; here are such sockets, made before the
 * sandbox is entered, and what comes in there is carried to where the forward says. They have
 * no name in any folder: the path is one of /proc/self/fd.
 */
#ifndef NETGRANT_SLIRP_RELAY_H
#define NETGRANT_SLIRP_RELAY_H

#include "forward.h"
#include "lib/compiler.h"

#include <stddef.h>

#define RELAY_SLOTS 16
#define RELAY_PATH 32

struct relay;

/* A listening unix stream socket without a name, and the path by which only this process
 * reaches it, as long as path_fd is open too. */
struct relay_hidden {
	int listener, path_fd;
	char path[RELAY_PATH];
};

/* Makes n of them, whose descriptors are the caller's. 0; or -errno, and there is none. */
MUST_CHECK NONNULL int relay_hidden(struct relay_hidden *ret, size_t n);

/* slots: how many forwards there can be at once, up to RELAY_SLOTS. 0 or -errno. */
MUST_CHECK NONNULL int relay_new(struct relay **ret, unsigned slots);
void relay_free(struct relay *r);

/* The path of a socket whose connections go to that address; NULL: all are taken. */
MUST_CHECK NONNULL const char *relay_add(struct relay *r, const union forward_addr *to,
					 socklen_t len);
/* Gives the socket of that path back. Its connections live on. */
NONNULL void relay_remove(struct relay *r, const char *path);

/* Carries between two connected stream sockets until both have ended. Takes them. */
NONNULL void relay_join(struct relay *r, int a, int b);

/* A descriptor that polls as readable when relay_run() has work. Borrowed. */
NONNULL int relay_fd(const struct relay *r);
NONNULL void relay_run(struct relay *r);

/* Whether it looks for new connections, or only serves those that there are. */
NONNULL void relay_accepts(struct relay *r, bool on);

#endif

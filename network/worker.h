/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network-worker: what nat-setup decided is done here. Functions return EX_DONE, or the
 * exit status after one message on standard error, unless they say otherwise.
 *
 *   load.c       the network's file
 *   state.c      /run/netgrant: the lock, the networks' folders
 *   settings.c   what a network had to change of the kernel's settings, and what it was
 *   bridge.c     the bridge, its addresses and settings
 *   rules.c      the firewall tables
 *   service.c    dnsmasq; spawn.c  its start; deaf.c  what it does not hear
 *   updown.c     the order of it all
 *   obstacles.c  what else on the host stands in a network's way; listing.c  what that firewall
 *                says; remedy.c  what helps
 *   watch.c      the end of a network whose last port has left
 *   status.c     questions
 *
 * A network that is up consists of: a bridge whose alias says whose it is (lib/netname.h), the
 * tables that rules.c makes, a dnsmasq, and a folder under /run/netgrant/networks. Each of
 * them is found by the network's name alone, so that a crash anywhere leaves nothing that
 * the next up or down would not find. Last of all the bridge gets the alternative name by
 * which ports find it, first of all it loses it.
 */
#ifndef NETGRANT_WORKER_H
#define NETGRANT_WORKER_H

#include "config.h"

#include "lib/compiler.h"
#include "lib/exitcode.h"
#include "lib/link.h"
#include "lib/netname.h"
#include "lib/surroundings.h"

#include <stdbool.h>
#include <sys/types.h>

#define NETWORKS_CONF SYSCONFDIR "/netgrant/networks"
#define RUN_DIR RUNSTATEDIR "/netgrant"
#define LEASES_DIR LOCALSTATEDIR "/lib/netgrant"

struct network {
	const char *name;
	struct net_config config; /* after network_load() */
	struct link_conn *conn;
	struct link_info bridge; /* index 0: there is none */
	bool loaded;
	bool is_up; /* its bridge has the alternative name */
	int ending; /* pidfd of the dnsmasq that was told to end; -1: none */
	int dir;    /* its folder under RUN_DIR; -1: not open */
};

/* Prints "nat-setup: TEXT" on standard error; returns status. */
NONNULL PRINTF(2, 3) int worker_fail(enum exitcode status, const char *fmt, ...);

/* ---- load.c */

/* Reads the network's file into n->config, to be freed with net_config_free(). */
NONNULL int network_load(struct network *n);

/* Calls fn with the name of every network that has a file. EX_DONE or the first other result. */
NONNULL int network_each_file(int (*fn)(const char *name, void *ctx), void *ctx);

/* Reads an open file of at most max bytes: malloc'ed and terminated. NULL: *reterr is -errno;
 * -EFBIG: it has more. */
MUST_CHECK NONNULL char *read_whole(int fd, size_t max, size_t *retlen, int *reterr);

/* ---- state.c */

/* The names of those that have a folder: up, or half up. How many, at most max. */
NONNULL int state_names(char (*names)[NETNAME_MAX + 1], size_t max);

/* Holds the one lock of all networks until the process ends. */
int state_lock(void);

/* Holds the lock of that user (in digits), which comes before the other one: however many
 * requests a user makes, one of them waits with the others'. */
NONNULL int state_lock_user(const char *uid);

/* Opens the network's folder, made where it is missing, as n->dir. */
NONNULL int state_open(struct network *n);

/* Removes what a run that was killed had begun to write in the open folder. Under the lock. */
NONNULL void state_tidy(const struct network *n);

/* Removes the folder and what we put there. */
NONNULL int state_remove(struct network *n);

/* Replaces a file in the folder dir by text, in one step. 0 or -errno. */
MUST_CHECK NONNULL int state_write(int dir, const char *name, const char *text);

/* The text of a file in dir, of at most max bytes, malloc'ed. 0 or -errno, *ret being NULL;
 * -ENOENT: there is none. */
#define STATE_FILE_MAX ((size_t)1 << 20)
MUST_CHECK NONNULL int state_read(int dir, const char *name, size_t max, char **ret);

/* The first word of a file below /proc/sys/net. 0 or -errno. */
MUST_CHECK NONNULL int setting_read(const char *path, char value[64]);

/* Is there such a file, and it has that value? */
MUST_CHECK NONNULL bool setting_is(const char *path, const char *value);

/* Writes it; by itself for settings of devices of our own, which go with the device. */
MUST_CHECK NONNULL int setting_write(const char *path, const char *value);

/* ---- settings.c */

#define SETTINGS_FILE "settings" /* in the network's folder */

/*
 * Writes value into a file below /proc/sys/net, and remembers in the folder of the network
 * what it was. 0 or -errno; -ENOENT: this kernel has no such setting.
 */
MUST_CHECK NONNULL int setting_change(const struct network *n, const char *path, const char *value);

/* The same for forwarding by a device of our own, which goes with the device: whoever writes a
 * switch for all devices has to know of it. */
MUST_CHECK NONNULL int setting_hold(const struct network *n, const char *path, const char *value);

/* Puts back what this network alone had changed, where nobody has changed it since; what other
 * networks need stays, and forwarding that others have come to rely on, which is told. */
NONNULL void setting_restore(const struct network *n);

/* ---- bridge.c */

/* Finds the network's bridge, whatever it is called: n->bridge, n->is_up. */
NONNULL int bridge_find(struct network *n);

/* Refuses a network whose subnets the host uses already; of one that is up, only warns: else it
 * could not be given its rules again. */
NONNULL int bridge_check_overlap(const struct network *n);

/* Makes the bridge, or puts it right. */
NONNULL int bridge_make(struct network *n);

NONNULL int bridge_up(struct network *n);
NONNULL int bridge_announce(struct network *n);
NONNULL int bridge_withdraw(struct network *n);
NONNULL int bridge_remove(struct network *n);

/* ---- rules.c */

/* Replaces the network's tables, in one transaction. */
NONNULL int rules_apply(const struct network *n);
NONNULL int rules_remove(const char *name);

/* Tells of a network that is up and has no rules. After bridge_find(). */
NONNULL void rules_warn(const struct network *n);

/* How many of the two tables are there, or -errno. Takes CAP_NET_ADMIN. */
MUST_CHECK NONNULL int rules_present(const char *name);

/* ---- obstacles.c */

/* Calls fn with everything that keeps the network from working, and what helps. Takes
 * CAP_NET_ADMIN. */
typedef void (*obstacle_fn)(const char *what, const char *remedy, void *ctx);
NONNULL void obstacles(const struct network *n, obstacle_fn fn, void *ctx);

/* ---- service.c */

/* Has dnsmasq run with the network's configuration: starts it, or starts it again where
 * that has changed. */
NONNULL int service_start(struct network *n);
NONNULL int service_stop(struct network *n);

/* Tells it to end, for a service_stop() later: in between other things can be done. */
NONNULL void service_stop_soon(struct network *n);

/* Its process, or 0 where none runs. */
NONNULL pid_t service_pid(const struct network *n);

/* The text of its file of leases, malloc'ed. EX_DONE, with *ret NULL where there is none, or
 * something else in its place. */
MUST_CHECK NONNULL int service_leases(const char *name, char **ret);

/* Does the network need one at all? */
NONNULL bool service_wanted(const struct net_config *config);

/* ---- updown.c */

NONNULL int network_up(struct network *n, bool for_user);
NONNULL int network_down(struct network *n);
NONNULL int network_reload(struct network *n);

/* ---- watch.c */

/* Starts a process that takes the network down when its last port leaves; where there is one
 * already, the new one ends at once. */
NONNULL int watch_start(const struct network *n);

/* Is that process. */
NONNULL int network_watch(struct network *n);

/* ---- status.c */

NONNULL int network_status(const char *name, bool json); /* name "": of all */
int network_list(bool json);
NONNULL int network_leases(const char *name, bool json);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * netgrant run, in the order of its work: read what is wanted (options.c), get the descriptors
 * from the helpers (grant.c), start the companions (companion.c), write the emulator's command
 * line (command.c, qemu.c), and stay its parent (life.c).
 *
 * These print, one message each, and return the exit status, as the subcommands of netgrant do.
 */
#ifndef NETGRANT_RUN_H
#define NETGRANT_RUN_H

#include "nic.h"

#include "lib/exitcode.h"
#include "lib/fdpass.h"
#include "lib/ifname.h"

#include <sys/types.h>

#define RUN_NICS_MAX 64
#define RUN_HUBS_MAX 16

/* How the emulator wants its NICs told. */
enum emulator {
	EMULATOR_ANY, /* by placeholders in its command line only */
	EMULATOR_QEMU,
	EMULATOR_CLOUD_HYPERVISOR,
	EMULATOR_CROSVM,
	EMULATOR_FIRECRACKER,
	EMULATOR_UML,
};

/* One NIC, or one backend of a hub, and what was got for it. */
struct port {
	struct nic nic;
	unsigned number;     /* of the NIC, from 0 */
	const char *hub;     /* a backend of that hub, not a NIC; borrowed */
	bool native;         /* the emulator does it itself */
	bool told;           /* the command line says where it goes, by a placeholder */
	bool by_path;        /* the command line has {socketN} */
	bool by_name;        /* the command line has {ifnameN}, and neither {fdN} nor {socketN} */
	bool own_tap;        /* the emulator gets a tap, which no helper gives (own_tap.c) */
	int fds[FDPASS_MAX]; /* of the tap, then of vhost; the port's own */
	size_t queues, vhosts;
	char ifname[IFNAME_MAX + 1];
	int far;      /* own_tap: the companion's tap; -1: none */
	int stream;   /* to the companion: a stream, of datagrams for UML; -1: none */
	char *socket; /* path of the companion's, malloc'ed; NULL: none */
};

struct run {
	struct port ports[RUN_NICS_MAX];
	size_t n_ports;
	const char *name;  /* --name, or the domain's; NULL: not given */
	char *domain_name; /* of --domain, malloc'ed; NULL: none */
	enum emulator emulator;
	bool emulator_given, dry_run, lenient, done;
	char *const *command; /* of the emulator, as given; NULL at its end */

	char *folder;  /* of the sockets; malloc'ed, NULL: none was needed */
	int leash;     /* the companions end when its other end is closed; -1: none */
	int leash_end; /* that end: for the companions */
	pid_t companions[RUN_NICS_MAX + RUN_HUBS_MAX];
	size_t n_companions;
	int net_namespace, user_namespace; /* of own_tap; -1: none */
	int monitor;                       /* of QEMU, to pull cables out; -1: none */
	int monitor_end, monitor_config;   /* its socket, and what tells it so */
	char **argv; /* the emulator's command line; malloc'ed, with all its strings */
};

/* "netgrant: TEXT" on stderr; returns status. */
PRINTF(2, 3) int run_fail(int status, const char *fmt, ...);

/* Waits for a child, whose exit status it returns; where a signal ended it, says so. */
NONNULL int run_status_of(pid_t pid, const char *program);

/* The command line behind "run". *ret is to be given to run_free(), whatever comes back. */
NONNULL int run_options(int argc, char *const argv[], struct run *ret);
NONNULL void run_free(struct run *run);

/* What the emulator's command line asks for: presets by its name, placeholders. */
NONNULL int run_look_at_command(struct run *run);

/* Addresses for the NICs that have none: the same for the same user, name and position. */
NONNULL void run_choose_macs(struct run *run);

/* Asks the helpers for all ports that take one. */
NONNULL int run_grants(struct run *run);

/* Makes a tap, and its companion's, for all ports that get one of our own. */
NONNULL int run_own_taps(struct run *run);
/* What such a tap is called. */
NONNULL void run_own_tap_name(struct port *p);
/* Goes where those taps are, if there are any: for the emulator. 0 or -errno. */
MUST_CHECK NONNULL int run_enter(const struct run *run);

/* Starts netgrant-switch and netgrant-slirp for all that take them. */
NONNULL int run_companions(struct run *run);

/* Makes run->argv. */
NONNULL int run_command(struct run *run);
/* For --dry-run: descriptors and names that nobody was asked for; and to stdout, quoted. */
NONNULL void run_pretend(struct run *run);
NONNULL void run_print_command(const struct run *run);

/* Ends the companions and takes their sockets away. */
NONNULL void run_clean_up(struct run *run);

/* A pipe whose end is closed when this process is gone, however it ends: run->leash_end. */
NONNULL int run_leash(struct run *run);

/* Forks a process that outlives this one, to clean up behind it. *retkeeps: true in that process,
 * which has to end by itself after run_keeper_wait(): this one is gone then, or has closed the
 * leash. */
NONNULL int run_keeper(struct run *run, bool *retkeeps);
NONNULL void run_keeper_wait(const struct run *run);

/* Forks, and returns in the child, with its parent. That stays to pass signals on, to end all that
 * the child leaves behind, and then to end as it did; when its own, parent, is gone, to end it. */
pid_t run_attend(pid_t parent);

/* Starts the emulator and stays until it ends; returns its status, 128 + N for a signal. */
NONNULL int run_emulator(struct run *run);

/* A growing list of malloc'ed strings, NULL at its end. */
struct words {
	char **at;
	size_t n, room;
};
MUST_CHECK NONNULL PRINTF(2, 3) int words_add(struct words *words, const char *fmt, ...);
NONNULL void words_free(struct words *words);

/* Adds QEMU's options for all ports. 0 or -errno. */
MUST_CHECK NONNULL int qemu_options(struct run *run, struct words *words);

#endif

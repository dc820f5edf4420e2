/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The switch: ports with descriptors around the core, and one loop. In each turn every port that
 * has something is read once, into memory that all share; what goes where is noted as pieces of
 * that memory; and at the end of the turn each port that gets something gets it in one call.
 * Nothing is copied but what a port cannot take at once (backlog.h), and the frame that a read
 * cut in two (framing.h).
 */
#ifndef NETGRANT_SWITCH_H
#define NETGRANT_SWITCH_H

#include "backlog.h"
#include "capture.h"
#include "core.h"
#include "options.h"
#include "patience.h"

#include <sys/epoll.h>

#define PENDING 64 /* pieces that wait for the end of a turn, a port */
#define FLOOD 256  /* the same, for all ports */
#define PORT_NAME 160

struct sw;

/* What an event of epoll is for: the beginning of whatever has a descriptor in the loop. */
struct handler {
	void (*event)(struct sw *sw, struct handler *h, uint32_t events);
};

struct counters {
	uint64_t in_frames, in_bytes, out_frames, out_bytes;
	uint64_t full;    /* frames not sent because the queue was full */
	uint64_t refused; /* frames that the system did not take */
	uint64_t bad;     /* frames too short or too long, and broken streams */
	uint64_t own;     /* our own, come back from a group */
	uint64_t denied;  /* datagrams from addresses that --allow does not have */
};

struct dialer;
struct listener;

struct port {
	struct handler handler;
	enum endpoint_socket what;
	int fd, send_fd;    /* the same, but for a group */
	unsigned id;        /* in the core */
	unsigned index;     /* in sw->port */
	uint32_t interface; /* in the capture */
	char name[PORT_NAME];
	const struct endpoint *ep;
	struct dialer *dialer; /* that will connect it again; NULL: nobody */
	bool client;           /* of a listener; counts for --max-peers */
	bool dead;
	/* of a group */
	bool group;
	struct endpoint_addr own;
	/* unix datagrams: where to, and are we connected there, and has it been heard? */
	const struct endpoint_addr *to;
	bool connected, heard;
	unsigned vnet_hdr;
	uint32_t largest; /* datagram that came, with its length */

	uint32_t events; /* that epoll watches for; 0: it does not know the descriptor */
	struct framing in;
	struct flow flow;
	struct port *waits_for; /* it is not read until that one has room */
	unsigned waiters;
	struct patience patience;

	struct backlog out;
	size_t pending_bytes;
	unsigned pendings;
	bool dirty;
	struct port *next_dirty, *next_dead;
	struct iovec pending[PENDING];
	struct counters n;
};

/* Frames of one port that go to all others; the pieces are made once for all. */
struct flood {
	struct port *from;
	unsigned frames, runs;
	struct iovec frame[FLOOD]; /* each for itself */
	struct iovec run[FLOOD];   /* with their lengths, joined where they lie together */
	size_t bytes;
};

struct sw {
	const struct options *options;
	int epoll;
	bool stop;
	uint64_t now; /* microseconds, at the beginning of the turn */
	uint32_t second;
	uint64_t checked; /* the ports that somebody waits for; microseconds */
	struct core core;
	struct port *by_id[CORE_PORTS];
	struct port *port[CORE_PORTS]; /* the same, without gaps */
	unsigned ports, clients, waiting, unix_datagrams;
	unsigned backlogged; /* ports that have not taken all yet */
	unsigned resting;    /* listeners that have no descriptors to accept with */
	uint32_t complained; /* the second of the last message about a peer */
	uint64_t clients_ever, clients_refused;
	struct counters gone; /* of ports that are no more */
	uint64_t ports_gone;
	struct port *dirty, *dead;
	struct flood flood;
	/* what streams brought in this turn; hurry: there is more, or somebody who cannot wait */
	struct {
		unsigned reads, frames;
		bool hurry;
	} turn;
	uint8_t *arena; /* what streams are read into */
	size_t arena_used;
	uint8_t *slots; /* what datagrams are read into */
	unsigned slots_used;
	struct listener *listener;
	struct dialer *dialers;
	struct capture *capture; /* NULL: none */
};

/* port.c: ports come and go */

/* Makes a port of an open descriptor, which is the port's from then on. NULL, and the
 * descriptors are closed: no memory, or too many ports. */
struct port *port_new(struct sw *sw, const struct endpoint_open *open, const struct endpoint *ep,
		      const char *name);
/* It ends with the turn, */
NONNULL void port_kill(struct sw *sw, struct port *p);
/* which is now. */
NONNULL void ports_bury(struct sw *sw);
/* Makes epoll watch for what the port can use. */
NONNULL void port_watch(struct sw *sw, struct port *p);
/* How much may be read from it now; 0: it waits for another one. */
NONNULL size_t port_room(struct sw *sw, struct port *p);
/* Nobody waits for p any more. */
NONNULL void port_release_waiters(struct sw *sw, struct port *p);
/* Looks whether those that are waited for are worth it. */
NONNULL void ports_check(struct sw *sw);

/* input.c */
NONNULL void input_event(struct sw *sw, struct handler *h, uint32_t events);
/* Memory for all reads. 0 or -errno. */
MUST_CHECK NONNULL int input_init(struct sw *sw);
NONNULL void input_end(struct sw *sw);

/* output.c */

/* Notes a frame for a port, or for all but the one that it came from. The frame stays where it
 * is until output_flush(). */
NONNULL void output_frame(struct sw *sw, struct port *p, const struct frame *frame);
NONNULL void output_flood(struct sw *sw, struct port *from, const struct frame *frame);
NONNULL void output_flush(struct sw *sw);
/* The port can take more of its backlog. */
NONNULL void output_drain(struct sw *sw, struct port *p);

/* links.c: listeners, and connections that are made again */
MUST_CHECK NONNULL int links_open(struct sw *sw, const struct endpoint *ep);
MUST_CHECK int links_add(struct sw *sw, const struct endpoint *ep, const struct endpoint_open *open,
			 const char *name);
/* Its port has ended: connects again, later. */
NONNULL void dialer_lost(struct sw *sw, struct dialer *d);
/* Those whose time has come; returns microseconds until the next, at most `most`. */
NONNULL uint64_t dialers_run(struct sw *sw, uint64_t most);
/* Listeners that had no descriptors left try again. */
NONNULL void links_retry(struct sw *sw);
NONNULL void links_close(struct sw *sw);

/* loop.c */

/* Once, before the sandbox: short waits are short. */
void loop_prepare(void);
MUST_CHECK NONNULL int loop_init(struct sw *sw, const struct options *o);
MUST_CHECK NONNULL int loop_watch(struct sw *sw, int fd, struct handler *h, uint32_t events);
NONNULL void loop_run(struct sw *sw);
/* Closes and frees everything, sw too. */
NONNULL void loop_end(struct sw *sw);

#endif

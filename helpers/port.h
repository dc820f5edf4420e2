/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tap that becomes a port of a bridge, with what the rule says of it; for the helpers
 * that hand such ports out. Each function returns EX_DONE, or the exit status after one
 * message on stderr.
 */
#ifndef NETGRANT_PORT_H
#define NETGRANT_PORT_H

#include "device.h"

#include "lib/alias.h"

struct port {
	struct link_conn *conn;
	struct link_info bridge;
	const struct policy_vocab *vocab; /* of the file with the rule, */
	const char *object;               /* and what it was asked about */
	struct policy_decision decision;
	unsigned group; /* of devices, that the tap is put in; 0: none */
	/* Asked once the port is there, with the capabilities raised; NULL: nothing to ask.
	 * Anything but EX_DONE takes the port away again. */
	int (*confirm)(const struct helper *h, struct port *p);
	struct tap tap;
	char alias[ALIAS_SIZE];
};

/*
 * Makes the tap, puts it on p->bridge as p->decision says, and sends its descriptor; from
 * the fence on, only filter's system calls are left. Whatever happens, the end of the
 * process undoes what was not handed over.
 */
NONNULL int port_hand_out(const struct helper *h, const struct helper_args *args, struct port *p,
			  const struct sock_filter *filter, size_t len);

/* Closes and frees what p holds, but for the tap: the end of the process does that. */
NONNULL void port_free(struct port *p);

#endif

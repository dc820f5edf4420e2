/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_INTERFACE_H
#define NETGRANT_INTERFACE_H

#include "lib/compiler.h"

#include <stdbool.h>

/*
 * NICs from libvirt's XML: what is in file ("-": standard input), one --nic text after the
 * other, as libexec/netgrant/convert-interface prints them, each handed to fn. domain: a whole
 * <domain>, with a line name=NAME first where it has a name. lenient: what cannot be carried over
 * is left out, and told. EX_DONE, what fn returned, or the exit status after a message.
 */
NONNULL int interface_read(const char *file, bool domain, bool lenient,
			   int (*fn)(void *ctx, const char *line), void *ctx);

#endif

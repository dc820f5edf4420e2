/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The subcommands. Each returns the exit status, after one message where it failed. */
#ifndef NETGRANT_VERBS_H
#define NETGRANT_VERBS_H

#include "cli.h"

NONNULL int verb_check(const struct cli_args *args);
NONNULL int verb_explain(const struct cli_args *args);
NONNULL int verb_leases(const struct cli_args *args);
NONNULL int verb_import(const struct cli_args *args);
NONNULL int verb_convert(const struct cli_args *args);
NONNULL int verb_allowed(const struct cli_args *args);
NONNULL int verb_status(const struct cli_args *args);
NONNULL int verb_gc(const struct cli_args *args);
NONNULL int verb_switch_status(const struct cli_args *args);
NONNULL int verb_slirp_status(const struct cli_args *args);
NONNULL int verb_slirp_add(const struct cli_args *args);
NONNULL int verb_slirp_remove(const struct cli_args *args);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a process inherits besides its limits, and the user who asked could use against it. */
#ifndef NETGRANT_SURROUNDINGS_H
#define NETGRANT_SURROUNDINGS_H

/* Out of the reach of the user who asked, for this process and those it starts. */
void surroundings_leave(void);

/* For a program that is about to be executed: no signal is ignored or blocked. */
void surroundings_reset_signals(void);

#endif

/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit status of every program of the suite; the man pages list the same. */
#ifndef NETGRANT_EXITCODE_H
#define NETGRANT_EXITCODE_H

enum exitcode {
	EX_DONE = 0,      /* done */
	EX_FAILED = 1,    /* the operation failed; nothing was left behind */
	EX_USAGE_ERR = 2, /* the command line is wrong */
	EX_DENIED = 3,    /* the policy denies it */
	EX_POLICY = 4,    /* a policy file is unreadable, unsafe or wrong */
	EX_INSTALL = 5,   /* the program lacks the privilege it needs */
};

#endif

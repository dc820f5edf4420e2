/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef NETGRANT_STDFDS_H
#define NETGRANT_STDFDS_H

#include "compiler.h"

/* Makes sure that descriptors 0, 1 and 2 are open, on /dev/null where the caller closed
 * them: otherwise the next file opened would take their place and receive our messages. They
 * stay open across execve(2). 0 or -errno. */
MUST_CHECK int stdfds_fill(void);

/* Closes every descriptor but 0, 1, 2 and keep (> 2). close_range(2), Linux 5.9; where
 * the kernel has it not, each one up to the limit. 0 or -errno. */
MUST_CHECK int stdfds_close_others(int keep);

/* Makes execve(2) close every descriptor but 0, 1 and 2. CLOSE_RANGE_CLOEXEC, Linux 5.11; where
 * the kernel has it not, each one up to the limit. 0 or -errno. */
MUST_CHECK int stdfds_leave_others(void);

#endif

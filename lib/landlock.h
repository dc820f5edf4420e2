/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Landlock, where the kernel has it (Linux 5.13; Documentation/userspace-api/landlock.rst). The
 * names are the kernel's; linux/landlock.h of Debian 12 knows the first two versions only.
 */
#ifndef NETGRANT_LANDLOCK_H
#define NETGRANT_LANDLOCK_H

#include "compiler.h"

#include <stddef.h>
#include <stdint.h>

#define LL_FS_EXECUTE UINT64_C(1)
#define LL_FS_WRITE_FILE (UINT64_C(1) << 1)
#define LL_FS_READ_FILE (UINT64_C(1) << 2)
#define LL_FS_READ_DIR (UINT64_C(1) << 3)
#define LL_FS_REMOVE_FILE (UINT64_C(1) << 5)
#define LL_FS_MAKE_REG (UINT64_C(1) << 8)
#define LL_FS_MAKE_SOCK (UINT64_C(1) << 9)
#define LL_FS_TRUNCATE (UINT64_C(1) << 14)
#define LL_FS_ALL ((UINT64_C(1) << 16) - 1)

struct landlock_below {
	int fd;           /* O_PATH, of a file or folder */
	uint64_t allowed; /* LL_FS_… of it, and of all below it */
};

/*
 * From now on, and behind every execve(2): what fs names is refused but for the n exceptions, whose
 * descriptors are borrowed; so is tracing processes that are not behind the same call, or reading
 * their memory; and from Linux 6.12 on, signals to them and their abstract sockets.
 * no_new_privs must be set. 0, also where the kernel has none of it or a filter around this process
 * refuses all of it, or -errno.
 */
MUST_CHECK int landlock_enter(uint64_t fs, const struct landlock_below *below, size_t n);

#endif

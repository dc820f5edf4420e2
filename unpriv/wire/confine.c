/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confine.h"

#include "lib/caps.h"
#include "lib/landlock.h"
#include "lib/sandbox.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

static int enter_landlock(const struct confine *c)
{
	struct landlock_below below[CONFINE_READABLES_MAX];
	struct stat st;

	if (c->readables > ARRAY_LEN(below))
		return -E2BIG;
	for (size_t i = 0; i < c->readables; i++) {
		below[i] = (struct landlock_below){c->readable[i], LL_FS_READ_FILE};
		if (fstat(c->readable[i], &st) < 0)
			return -errno;
		if (S_ISDIR(st.st_mode))
			below[i].allowed |= LL_FS_READ_DIR;
	}
	return landlock_enter(c->makes_sockets ? LL_FS_ALL & ~LL_FS_MAKE_SOCK : LL_FS_ALL, below,
			      c->readables);
}

/* Not RLIMIT_FSIZE: messages may go to a file, too. */
static int set_limits(void)
{
	const struct rlimit none = {0, 0};

	return setrlimit(RLIMIT_CORE, &none) < 0 || setrlimit(RLIMIT_MEMLOCK, &none) < 0 ? -errno
											 : 0;
}

static int set_privileges(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
		return -errno;
	return 0;
}

int confine_enter(const struct confine *c, enum confine_step *reterr)
{
	int r;

	*reterr = CONFINE_CAPABILITIES;
	r = caps_drop();
	if (r < 0)
		return r;
	*reterr = CONFINE_LIMITS;
	r = set_limits();
	if (r < 0)
		return r;
	*reterr = CONFINE_PRIVILEGES;
	r = set_privileges();
	if (r < 0)
		return r;
	*reterr = CONFINE_LANDLOCK;
	r = enter_landlock(c);
	if (r < 0)
		return r;
	*reterr = CONFINE_SECCOMP;
	return sandbox_enter(c->filter, c->filter_len);
}

const char *confine_step_text(enum confine_step step)
{
	switch (step) {
	case CONFINE_CAPABILITIES:
		return "drop the capabilities";
	case CONFINE_LIMITS:
		return "set the resource limits";
	case CONFINE_PRIVILEGES:
		return "set no_new_privs";
	case CONFINE_LANDLOCK:
		return "enter landlock";
	case CONFINE_SECCOMP:
		return "load the system call filter";
	}
	return "?";
}

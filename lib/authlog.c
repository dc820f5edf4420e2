/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "authlog.h"

#include "quote.h"

#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <syslog.h>

int authlog_open(void)
{
	static const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	static const struct timeval wait = {.tv_sec = 1};
	CLEANUP_FD int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)) < 0 ||
	    connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

void authlog_send(int fd, const char *ident, const char *text)
{
	char safe[1024], line[1200];
	int n;

	if (fd < 0)
		return;
	n = snprintf(line, sizeof(line), "<%d>%s[%d]: %s", LOG_AUTHPRIV | LOG_NOTICE, ident,
		     (int)getpid(), quote(safe, sizeof(safe), text));
	/* A caller can interrupt a send that waits, by SIGSTOP and SIGCONT, not for ever. What
	 * still fails is ignored: a log that is away must not undo what was decided. */
	for (int i = 0; i < 100; i++)
		if (send(fd, line, (size_t)n, MSG_NOSIGNAL) >= 0 || errno != EINTR)
			return;
}

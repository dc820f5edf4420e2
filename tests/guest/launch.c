/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * launch HELPER [ARGUMENT...] -- COMMAND [ARGUMENT...]: runs a helper, takes all descriptors of its
 * message, and becomes COMMAND with them. In arguments "@FD@" stands for the socket's number,
 * and "@FDS@" for the descriptors' with ':' between, as QEMU's fds= has them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MOST 64

static void become(char *const argv[], const char *place, const char *text)
{
	char *args[MOST + 1] = {NULL};

	for (unsigned i = 0; argv[i] && i < MOST; i++) {
		char *at = strstr(argv[i], place);

		args[i] = argv[i];
		if (at && asprintf(&args[i], "%.*s%s%s", (int)(at - argv[i]), argv[i], text,
				   at + strlen(place)) < 0)
			_exit(126);
	}
	execvp(args[0], args);
	perror(args[0]);
	_exit(126);
}

/* The descriptors of the one message; how many. */
static int receive(int sock, int fds[MOST])
{
	char byte, control[CMSG_SPACE(sizeof(int) * MOST)];
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct cmsghdr *c;
	int n = 0;

	if (recvmsg(sock, &msg, 0) != 1)
		return 0;
	c = CMSG_FIRSTHDR(&msg);
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
		n = (int)((c->cmsg_len - CMSG_LEN(0)) / sizeof(int));
		memcpy(fds, CMSG_DATA(c), (size_t)n * sizeof(int));
	}
	return n;
}

int main(int argc, char *argv[])
{
	int socks[2], fds[MOST], status, n, second = 1;
	char text[MOST * 8] = "", number[12];

	while (second < argc && strcmp(argv[second], "--") != 0)
		second++;
	if (second < 2 || second + 1 >= argc || socketpair(AF_UNIX, SOCK_STREAM, 0, socks) < 0)
		return fprintf(stderr, "usage: launch HELPER [ARGUMENT...] -- COMMAND...\n"), 2;
	argv[second] = NULL;
	snprintf(number, sizeof(number), "%d", socks[1]);
	if (fork() == 0) {
		close(socks[0]);
		become(argv + 1, "@FD@", number);
	}
	close(socks[1]);
	n = receive(socks[0], fds);
	close(socks[0]);
	if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0 || n == 0)
		return fprintf(stderr, "launch: the helper failed\n"), 1;
	for (int i = 0; i < n; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%d", i ? ":" : "",
			 fds[i]);
	become(argv + second + 1, "@FDS@", text);
	return 1;
}

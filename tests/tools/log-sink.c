/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log-sink FILE: a logger on /dev/log that writes each datagram to FILE as a line. Real
 * loggers add what they like; the tests want to see what was sent.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
	const struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/dev/log"};
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int file = argc == 2 ? open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644) : -1;
	char line[4097];
	ssize_t n;

	if (file < 0 || sock < 0 ||
	    bind(sock, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
	    chmod("/dev/log", 0666) < 0) {
		fprintf(stderr, "log-sink: %s\n", strerror(errno));
		return 1;
	}
	while ((n = recv(sock, line, sizeof(line) - 1, 0)) >= 0) {
		line[n] = '\n';
		if (write(file, line, (size_t)n + 1) < 0)
			return 1;
	}
	return 1;
}

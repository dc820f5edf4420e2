/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Process 1 of a User-mode Linux, until it is /init: there the very first fork() fails now and
 * then (one boot in a hundred), of which a shell dies, and with it the guest. */
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
	const struct timespec pause = {.tv_nsec = 50000000};
	char *const argv[] = {(char[]){"/init"}, NULL}, *const env[] = {NULL};

	for (int i = 0; i < 100; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		if (pid > 0 && waitpid(pid, NULL, 0) == pid)
			break;
		nanosleep(&pause, NULL);
	}
	execve(argv[0], argv, env);
	return 1;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From fork() to a tap's descriptor in hand and the helper reaped, for any program that
 * speaks qemu-bridge-helper's protocol. QEMU waits that long before it goes on.
 *
 *   fdlatency [-n RUNS] [-k KEEP] [-p PAUSE] NAME=COMMAND...
 *   fdlatency -s SOCKET FD...       hands these on, as an emulator that ends at once
 *
 * COMMAND is split at blanks; {fd} stands for the socket's number. One without {fd} hands
 * nothing over, and is measured until it is reaped. The commands are run
 * in turn, so that a drift of the machine's speed hits all alike, and the ratios are those
 * of the medians to the first command's. -k keeps that many descriptors of each command
 * open, so that the bridge has so many ports. -p waits so many ms after each round, for what
 * goes on in the background. CPU and page faults are the helper's own.
 */
#include "lib/fdpass.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define WARM_UP 5
#define MAX_WORDS 64

struct command {
	const char *name;
	char *words[MAX_WORDS + 1];
	int descriptors; /* how many it hands over: 1, or 0 */
	int *kept;
	size_t next;
	double *wall, *cpu;
	long faults, rss;
	unsigned failures;
};

static double now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double cpu_us(const struct rusage *u)
{
	return (double)(u->ru_utime.tv_sec + u->ru_stime.tv_sec) * 1e6 +
	       (double)(u->ru_utime.tv_usec + u->ru_stime.tv_usec);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void child(const struct command *c, int sock)
{
	char number[64], bare[32], *words[MAX_WORDS + 1];
	int null = open("/dev/null", O_WRONLY);

	for (size_t i = 0;; i++) {
		words[i] = c->words[i];
		if (!words[i])
			break;
		if (strcmp(words[i], "--fd={fd}") == 0) {
			snprintf(number, sizeof(number), "--fd=%d", sock);
			words[i] = number;
		} else if (strcmp(words[i], "{fd}") == 0) {
			snprintf(bare, sizeof(bare), "%d", sock);
			words[i] = bare;
		}
	}
	if (!getenv("FDLATENCY_STDERR"))
		dup2(null, STDERR_FILENO);
	execv(words[0], words);
	_exit(127);
}

/* One run; the descriptor or -1. */
static int once(struct command *c, double *wall, struct rusage *usage)
{
	char text[512];
	int sv[2], fds[FDPASS_MAX], status = 0, n;
	double begin;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sv) < 0)
		return -1;
	fcntl(sv[0], F_SETFD, FD_CLOEXEC);
	begin = now_us();
	pid = fork();
	if (pid == 0)
		child(c, sv[1]);
	close(sv[1]);
	n = c->descriptors ? fdpass_recv(sv[0], fds, FDPASS_MAX, text, sizeof(text)) : 0;
	if (wait4(pid, &status, 0, usage) < 0)
		status = -1;
	*wall = now_us() - begin;
	close(sv[0]);
	for (int i = 1; i < n; i++)
		close(fds[i]);
	if ((n > 0) != c->descriptors || status != 0) {
		c->failures++;
		return -1;
	}
	return n > 0 ? fds[0] : -1;
}

static void keep(struct command *c, int fd, size_t count)
{
	if (count == 0) {
		if (fd >= 0)
			close(fd);
		return;
	}
	if (c->kept[c->next] >= 0)
		close(c->kept[c->next]);
	c->kept[c->next] = fd;
	c->next = (c->next + 1) % count;
}

static void parse(struct command *c, char *arg, size_t runs, size_t count)
{
	char *save = NULL, *equals = strchr(arg, '=');
	size_t n = 0;

	if (!equals) {
		fprintf(stderr, "fdlatency: '%s' is not NAME=COMMAND\n", arg);
		exit(2);
	}
	*equals = '\0';
	c->name = arg;
	for (char *w = strtok_r(equals + 1, " ", &save); w && n < MAX_WORDS;
	     w = strtok_r(NULL, " ", &save)) {
		c->words[n++] = w;
		if (strstr(w, "{fd}"))
			c->descriptors = 1;
	}
	c->kept = calloc(count + 1, sizeof(*c->kept));
	c->wall = calloc(runs, sizeof(*c->wall));
	c->cpu = calloc(runs, sizeof(*c->cpu));
	if (!c->kept || !c->wall || !c->cpu)
		exit(1);
	for (size_t i = 0; i <= count; i++)
		c->kept[i] = -1;
}

static void report(struct command *commands, size_t n, size_t runs)
{
	double first = 0;

	printf("%-16s %8s %8s %8s %8s %6s %8s %6s %7s %8s\n", "what", "min_us", "p25", "median",
	       "p99", "ratio", "cpu_us", "faults", "rss_kB", "failures");
	for (size_t i = 0; i < n; i++) {
		struct command *c = &commands[i];

		qsort(c->wall, runs, sizeof(double), compare);
		qsort(c->cpu, runs, sizeof(double), compare);
		if (i == 0)
			first = c->wall[runs / 2];
		printf("%-16s %8.0f %8.0f %8.0f %8.0f %6.2f %8.0f %6ld %7ld %8u\n", c->name,
		       c->wall[0], c->wall[runs / 4], c->wall[runs / 2], c->wall[runs * 99 / 100],
		       c->wall[runs / 2] / first, c->cpu[runs / 2], c->faults, c->rss, c->failures);
	}
}

/* So that the end of the devices is not in the time of whoever started it. */
static int hand_on(int sock, char *const argv[])
{
	int fds[FDPASS_MAX];
	size_t n = 0;

	for (; argv[n] && n < FDPASS_MAX; n++)
		fds[n] = (int)strtol(argv[n], NULL, 10);
	return fdpass_send(sock, fds, n, "", 0) < 0;
}

int main(int argc, char *argv[])
{
	struct command *commands;
	size_t runs = 300, count = 0, pause_ms = 0, n;
	int opt;

	while ((opt = getopt(argc, argv, "n:k:p:s:")) != -1) {
		if (opt == 'n')
			runs = (size_t)strtoul(optarg, NULL, 10);
		else if (opt == 'k')
			count = (size_t)strtoul(optarg, NULL, 10);
		else if (opt == 's')
			return hand_on((int)strtol(optarg, NULL, 10), argv + optind);
		else if (opt == 'p')
			pause_ms = (size_t)strtoul(optarg, NULL, 10);
		else
			return 2;
	}
	n = (size_t)(argc - optind);
	commands = calloc(n, sizeof(*commands));
	if (n == 0 || runs == 0 || !commands)
		return 2;
	for (size_t i = 0; i < n; i++)
		parse(&commands[i], argv[optind + (int)i], runs, count);
	for (size_t run = 0; run < runs + count + WARM_UP; run++) {
		usleep((useconds_t)pause_ms * 1000);
		for (size_t i = 0; i < n; i++) {
			struct command *c = &commands[i];
			struct rusage usage = {0};
			double wall = 0;

			keep(c, once(c, &wall, &usage), count);
			if (run < count + WARM_UP)
				continue;
			c->wall[run - count - WARM_UP] = wall;
			c->cpu[run - count - WARM_UP] = cpu_us(&usage);
			c->faults = usage.ru_minflt;
			c->rss = usage.ru_maxrss;
		}
	}
	report(commands, n, runs);
	for (size_t i = 0; i < n; i++)
		if (commands[i].failures)
			return 1;
	return 0;
}

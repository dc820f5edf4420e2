/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Starting dnsmasq: as its user, with its capabilities, behind its fence; waits until it serves.
 */
#include "service_priv.h"

#include "lib/landlock.h"
#include "lib/runas.h"
#include "lib/sandbox.h"

#include "dnsmasq.h"
#include "seccomp-dnsmasq.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define START_S 10 /* for its start */

/* It writes leases and its number, and knows no other process; least of all the dnsmasq of
 * another network, which has the same user. */
static int fence(const struct network *n)
{
	char path[128];
	CLEANUP_FD int leases = -1, null = open("/dev/null", O_PATH | O_CLOEXEC);
	int r;

	snprintf(path, sizeof(path), LEASES_DIR "/%s", n->name);
	leases = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (leases < 0 || null < 0)
		return -errno;
	r = landlock_enter(LL_FS_ALL & ~(LL_FS_EXECUTE | LL_FS_READ_FILE | LL_FS_READ_DIR),
			   (const struct landlock_below[]){
				   {leases, LL_FS_WRITE_FILE | LL_FS_REMOVE_FILE | LL_FS_MAKE_REG |
						    LL_FS_TRUNCATE},
				   {null, LL_FS_WRITE_FILE},
			   },
			   2);
	return r < 0 ? r : sandbox_enter(seccomp_dnsmasq, ARRAY_LEN(seccomp_dnsmasq));
}

static int child(const struct network *n, const struct service_user *u, int said, int deaf)
{
	const struct runas as = {.uid = u->uid, .gid = u->gid};
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	char option[160] = "--conf-file=", name[SERVICE_NAME_SIZE];
	const char *const argv[] = {name, option, NULL};
	int r, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	r = service_name(name);
	if (r < 0)
		return EX_FAILED;

	service_conf_path(n, option + strlen(option), sizeof(option) - strlen(option));
	if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(said, 2) < 0)
		return EX_FAILED;
	umask(022);
	(void)setsid(); /* fails where this is a session already */
	surroundings_reset_signals();
	r = runas_become(&as, net_dnsmasq_caps(&n->config));
	if (r < 0) {
		dprintf(2, "cannot become user " DNSMASQ_USER ": %s\n", strerror(-r));
		return EX_FAILED;
	}
	r = deaf < 0 ? 0 : deaf_offer(deaf);
	if (r == 0)
		r = fence(n);
	if (r < 0) {
		dprintf(2, "cannot build its fence: %s\n", strerror(-r));
		return EX_FAILED;
	}
	execve(DNSMASQ, (char *const *)(uintptr_t)argv, (char *const *)(uintptr_t)env);
	dprintf(2, "cannot run " DNSMASQ ": %s\n", strerror(errno));
	return EX_FAILED;
}

static int ms_until(const struct timespec *end)
{
	struct timespec now;
	int64_t ms;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (end->tv_sec - now.tv_sec) * INT64_C(1000) + (end->tv_nsec - now.tv_nsec) / 1000000;
	return ms > 0 ? (int)ms : 0;
}

/* What comes out of the pipe until it is closed; its first line, that is. */
static void read_line(int fd, struct deaf *deaf, char *buf, size_t size, const struct timespec *end)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && ms_until(end) > 0) {
		struct pollfd p[] = {{.fd = fd, .events = POLLIN},
				     {.fd = deaf->fd, .events = POLLIN}};
		char more[256];
		int ready;

		ready = poll(p, ARRAY_LEN(p), ms_until(end));
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0)
			break;
		if (p[1].revents)
			deaf_answer(deaf, p[1].revents);
		if (!p[0].revents)
			continue;
		/* More than there is room for is no reason to leave it alone. */
		if (len < size - 1)
			n = read(fd, buf + len, size - 1 - len);
		else
			n = read(fd, more, sizeof(more));
		if (n > 0 && len < size - 1)
			len += (size_t)n;
	}
	deaf_end(deaf);
	buf[len] = '\0';
	while (buf[0] == '\n')
		memmove(buf, buf + 1, strlen(buf));
	buf[strcspn(buf, "\n")] = '\0';
}

/*
 * Whoever is its user, too, can stop it for ever; and we hold the lock. Only its user may
 * end it. 0 or -errno; -ETIMEDOUT: it took too long, and was killed.
 */
static int reap(pid_t pid, const struct service_user *u, const struct timespec *end, int *status)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	CLEANUP_FD int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	pid_t done;

	/* Linux before 5.3 has none: poll() leaves it out. */
	while ((done = waitpid(pid, status, WNOHANG)) == 0 && ms_until(end) > 0)
		(void)poll(&p, 1, pidfd < 0 ? 2 : ms_until(end));
	if (done != 0)
		return done < 0 ? -errno : 0;
	if (seteuid(u->uid) == 0)
		(void)kill(pid, SIGKILL);
	if (seteuid(0) < 0)
		_exit(EX_FAILED);
	for (int ms = 0; ms < STOP_MS && waitpid(pid, status, WNOHANG) == 0; ms += 2)
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
	return -ETIMEDOUT;
}

/* One that was killed a moment ago may still have its sockets. */
#define BUSY_TRIES 20
#define BUSY_PAUSE_NS 50000000L

/* It goes to the background once it serves, or says why it does not. *retbusy: because another
 * has its address, of which nothing was said yet. */
static int spawn(const struct network *n, const struct service_user *u, bool last, bool *retbusy)
{
	char said[512];
	int pipefd[2], deaf[2] = {-1, -1}, status, r;
	struct timespec end;
	struct deaf d = {0};
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return worker_fail(EX_FAILED, "cannot make a pipe: %s", strerror(errno));
	/* Without it, dnsmasq hears. */
	if (deaf_wanted(&n->config) && socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, deaf) < 0)
		deaf[0] = deaf[1] = -1; /* Linux has written there (__sys_socketpair()) */
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += START_S;
	pid = fork();
	if (pid == 0)
		_exit(child(n, u, pipefd[1], deaf[1]));
	close(pipefd[1]);
	if (deaf[1] >= 0)
		close(deaf[1]);
	d.fd = deaf[0];
	if (pid > 0)
		read_line(pipefd[0], &d, said, sizeof(said), &end);
	deaf_end(&d);
	close(pipefd[0]);
	if (pid < 0)
		return worker_fail(EX_FAILED, "cannot fork: %s", strerror(errno));
	r = reap(pid, u, &end, &status);
	if (r == -ETIMEDOUT)
		return worker_fail(EX_FAILED, "dnsmasq of network '%s' does not start in %d s",
				   n->name, START_S);
	if (r < 0)
		return worker_fail(EX_FAILED, "cannot wait for dnsmasq: %s", strerror(-r));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return EX_DONE;
	*retbusy = !last && strstr(said, strerror(EADDRINUSE));
	if (*retbusy)
		return EX_FAILED;
	return worker_fail(EX_FAILED, "dnsmasq of network '%s' does not start: %s", n->name,
			   said[0] ? said : "it says nothing");
}

int service_spawn(const struct network *n, const struct service_user *u)
{
	const struct timespec pause = {.tv_nsec = BUSY_PAUSE_NS};
	bool busy = false;
	int r = spawn(n, u, false, &busy);

	for (unsigned i = 1; busy && i <= BUSY_TRIES; i++) {
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		busy = false;
		r = spawn(n, u, i == BUSY_TRIES, &busy);
	}
	return r;
}

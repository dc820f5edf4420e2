/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dnsmasq: a daemon of a user of its own, with the few capabilities it needs, which no
 * process of ours watches. It is found by what it was started with; nothing that it
 * could write itself is believed.
 */
#include "worker.h"

#include "dnsmasq.h"

#include "lib/landlock.h"
#include "lib/num.h"
#include "lib/runas.h"
#include "lib/sandbox.h"

#include "seccomp-dnsmasq.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define CONF_FILE "dnsmasq.conf"
/* Of the leases: 60000 with names and client identifiers of 255 bytes each, a million as they
 * mostly are. A dnsmasq that was taken over may not have us fill the host's memory. */
#define LEASES_SIZE_MAX ((size_t)64 << 20)
#define STOP_MS 3000 /* for its end, before it is killed */
#define START_S 10   /* for its start */

struct user {
	uid_t uid;
	gid_t gid;
};

static int find_user(struct user *ret)
{
	const struct passwd *pw = getpwnam(DNSMASQ_USER);

	if (!pw)
		return worker_fail(
			EX_FAILED,
			"there is no user '" DNSMASQ_USER "' for dnsmasq to run as; as root, run: "
			"useradd --system --no-create-home --shell /usr/sbin/nologin " DNSMASQ_USER);
	if (pw->pw_uid == 0)
		return worker_fail(EX_FAILED, "user '" DNSMASQ_USER "' must not be root");
	ret->uid = pw->pw_uid;
	ret->gid = pw->pw_gid;
	return EX_DONE;
}

static void conf_path(const struct network *n, char *buf, size_t size)
{
	snprintf(buf, size, RUN_DIR "/networks/%s/" CONF_FILE, n->name);
}

/* ---- the process */

/*
 * What it is called: "net:[4026531840]/dnsmasq". Numbers of processes may be shared with
 * containers that have networks of their own; whose it is, its network namespace says.
 */
#define SERVICE_NAME_SIZE 64
static int service_name(char buf[SERVICE_NAME_SIZE])
{
	ssize_t n = readlink("/proc/self/ns/net", buf, SERVICE_NAME_SIZE - sizeof("/dnsmasq"));

	if (n < 0)
		return -errno;
	memcpy(buf + n, "/dnsmasq", sizeof("/dnsmasq"));
	return 0;
}

/* The command line that child() gives it, and nothing else. */
struct command_line {
	char text[256];
	size_t len; /* with its last byte 0 */
};

static int command_line(struct command_line *ret, const char *conf)
{
	char name[SERVICE_NAME_SIZE];
	int r = service_name(name);

	if (r == 0)
		ret->len = (size_t)snprintf(ret->text, sizeof(ret->text), "%s%c--conf-file=%s",
					    name, 0, conf) +
			   1;
	return r;
}

static bool runs_with(const char *pid, const struct command_line *want)
{
	char path[32], line[512];
	CLEANUP_FD int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.10s/cmdline", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, line, sizeof(line));
	return n == (ssize_t)want->len && memcmp(line, want->text, want->len) == 0;
}

static pid_t scan(uid_t uid, const char *conf)
{
	struct command_line want;
	DIR *proc = command_line(&want, conf) < 0 ? NULL : opendir("/proc");
	struct dirent *entry;
	pid_t found = 0;

	while (proc && !found && (entry = readdir(proc))) {
		struct stat st;
		uint64_t pid;

		if (num_parse(entry->d_name, strlen(entry->d_name), 1, INT32_MAX, &pid) == 0 &&
		    fstatat(dirfd(proc), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    st.st_uid == uid && runs_with(entry->d_name, &want))
			found = (pid_t)pid;
	}
	if (proc)
		closedir(proc);
	return found;
}

/*
 * Its process as its user sees it, which works where /proc hides others' processes
 * (hidepid); and only that user may end it, as we have no CAP_KILL. *pidfd, if wanted.
 */
static pid_t find_process(const struct network *n, uid_t uid, int *pidfd, int signal)
{
	char conf[128];
	pid_t pid;

	conf_path(n, conf, sizeof(conf));
	if (seteuid(uid) < 0)
		return 0;
	pid = scan(uid, conf);
	if (pid && pidfd) {
		*pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
		/* Again, now that the number cannot become another's. */
		if (*pidfd < 0 || scan(uid, conf) != pid ||
		    syscall(SYS_pidfd_send_signal, *pidfd, signal, NULL, 0) < 0)
			pid = 0;
		if (!pid && *pidfd >= 0)
			close(*pidfd);
		if (!pid)
			*pidfd = -1;
	}
	if (seteuid(0) < 0)
		_exit(EX_FAILED);
	return pid;
}

pid_t service_pid(const struct network *n)
{
	const struct passwd *pw = getpwnam(DNSMASQ_USER);
	char conf[128];

	if (!pw)
		return 0;
	if (geteuid() == 0)
		return find_process(n, pw->pw_uid, NULL, 0);
	conf_path(n, conf, sizeof(conf));
	return scan(pw->pw_uid, conf);
}

static bool has_ended(int pidfd, int ms)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};

	return poll(&p, 1, ms) == 1;
}

void service_stop_soon(struct network *n)
{
	const struct passwd *pw = getpwnam(DNSMASQ_USER);

	if (pw && n->ending < 0)
		(void)find_process(n, pw->pw_uid, &n->ending, SIGTERM);
}

/* Of the one that is ending: waits, and kills it if that takes too long. */
static int see_end(struct network *n, uid_t uid)
{
	CLEANUP_FD int fd = steal_fd(&n->ending), again = -1;

	if (has_ended(fd, STOP_MS) ||
	    (find_process(n, uid, &again, SIGKILL) && has_ended(fd, STOP_MS)))
		return EX_DONE;
	return worker_fail(EX_FAILED, "dnsmasq of network '%s' does not end", n->name);
}

int service_stop(struct network *n)
{
	const struct passwd *pw = getpwnam(DNSMASQ_USER);

	/* One run that was killed half way may have left more than one. */
	for (unsigned i = 0; pw && i < 8; i++) {
		int r;

		service_stop_soon(n);
		if (n->ending < 0)
			break;
		r = see_end(n, pw->pw_uid);
		if (r != EX_DONE)
			return r;
	}
	return EX_DONE;
}

/* ---- starting it */

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

static int child(const struct network *n, const struct user *u, int said)
{
	const struct runas as = {.uid = u->uid, .gid = u->gid};
	static const char *const env[] = {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", NULL};
	char option[160] = "--conf-file=", name[SERVICE_NAME_SIZE];
	const char *const argv[] = {name, option, NULL};
	int r, null = open("/dev/null", O_RDWR | O_CLOEXEC);

	r = service_name(name);
	if (r < 0)
		return EX_FAILED;

	conf_path(n, option + strlen(option), sizeof(option) - strlen(option));
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
static void read_line(int fd, char *buf, size_t size, const struct timespec *end)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && poll(&p, 1, ms_until(end)) == 1 &&
	       (n = read(fd, buf + len, size - 1 - len)) > 0)
		len += (size_t)n;
	buf[len] = '\0';
	while (buf[0] == '\n')
		memmove(buf, buf + 1, strlen(buf));
	buf[strcspn(buf, "\n")] = '\0';
}

/*
 * Whoever is its user, too, can stop it for ever; and we hold the lock. Only its user may
 * end it. 0 or -errno; -ETIMEDOUT: it took too long, and was killed.
 */
static int reap(pid_t pid, const struct user *u, const struct timespec *end, int *status)
{
	const struct timespec pause = {.tv_nsec = 2000000};
	pid_t done;

	while ((done = waitpid(pid, status, WNOHANG)) == 0 && ms_until(end) > 0)
		(void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
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
static int spawn(const struct network *n, const struct user *u, bool last, bool *retbusy)
{
	char said[512];
	int pipefd[2], status, r;
	struct timespec end;
	pid_t pid;

	if (pipe2(pipefd, O_CLOEXEC) < 0)
		return worker_fail(EX_FAILED, "cannot make a pipe: %s", strerror(errno));
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += START_S;
	pid = fork();
	if (pid == 0)
		_exit(child(n, u, pipefd[1]));
	close(pipefd[1]);
	if (pid > 0)
		read_line(pipefd[0], said, sizeof(said), &end);
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

static int spawn_patiently(const struct network *n, const struct user *u)
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

/* A folder where its user may write, for the leases; root's, that of the group. It cannot be
 * given away without CAP_CHOWN, but a group of one's own can be given it. */
static int make_leases_dir(const struct network *n, const struct user *u)
{
	CLEANUP_FD int fd = -1;
	char path[128];
	struct stat st;
	int r = 0;

	snprintf(path, sizeof(path), LEASES_DIR "/%s", n->name);
	if ((mkdir(LEASES_DIR, 0755) < 0 && errno != EEXIST) ||
	    (mkdir(path, 0755) < 0 && errno != EEXIST))
		return worker_fail(EX_FAILED, "cannot make %s: %s", path, strerror(errno));
	fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) < 0)
		return worker_fail(EX_FAILED, "cannot open %s: %s", path, strerror(errno));
	if (st.st_uid == 0 && st.st_gid == u->gid && (st.st_mode & 07777) == 0775)
		return EX_DONE;
	if (setgroups(1, &u->gid) < 0 || fchown(fd, (uid_t)-1, u->gid) < 0 || fchmod(fd, 0775) < 0)
		r = errno;
	if (setgroups(0, NULL) < 0)
		r = errno;
	return r ? worker_fail(EX_FAILED, "cannot give %s to group %u: %s", path, u->gid,
			       strerror(r))
		 : EX_DONE;
}

static int render(const struct network *n, char **ret)
{
	char leases[128], pid[128];
	struct net_dnsmasq_paths paths = {.leases = leases, .pid = pid};
	int r;

	snprintf(leases, sizeof(leases), LEASES_DIR "/%s/leases", n->name);
	snprintf(pid, sizeof(pid), LEASES_DIR "/%s/dnsmasq.pid", n->name);
	if (access("/etc/resolv.conf", R_OK) == 0)
		paths.resolv = "/etc/resolv.conf";
	r = net_dnsmasq_render(&n->config, &paths, ret);
	if (r < 0)
		return worker_fail(EX_FAILED, "cannot configure dnsmasq: %s", strerror(-r));
	return EX_DONE;
}

int service_leases(const char *name, char **ret)
{
	char path[128];
	CLEANUP_FD int dir = open(LEASES_DIR, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int r = dir < 0 ? -errno : 0;

	*ret = NULL;
	snprintf(path, sizeof(path), "%s/leases", name);
	if (r == 0)
		r = state_read(dir, path, LEASES_SIZE_MAX, ret);
	/* What only dnsmasq's user can have made of it does not keep a network from its rules. */
	if (r == -ELOOP || r == -EISDIR || r == -EACCES || r == -ENXIO)
		return worker_fail(EX_DONE,
				   "warning: cannot read " LEASES_DIR "/%s: %s; it counts as empty",
				   path, strerror(-r));
	if (r < 0 && r != -ENOENT)
		return worker_fail(EX_FAILED, "cannot read " LEASES_DIR "/%s: %s", path,
				   strerror(-r));
	return EX_DONE;
}

bool service_wanted(const struct net_config *config)
{
	return net_dnsmasq_needed(config);
}

int service_start(struct network *n)
{
	char *text = NULL, *now;
	struct user u;
	bool same;
	int r = find_user(&u);

	if (r == EX_DONE)
		r = make_leases_dir(n, &u);
	if (r == EX_DONE)
		r = render(n, &text);
	if (r != EX_DONE)
		return r;
	same = state_read(n->dir, CONF_FILE, STATE_FILE_MAX, &now) == 0 && strcmp(now, text) == 0;
	free(now);
	if (same && service_pid(n)) {
		free(text);
		return EX_DONE;
	}
	r = service_stop(n);
	if (r == EX_DONE) {
		int err = same ? 0 : state_write(n->dir, CONF_FILE, text);

		if (err < 0)
			r = worker_fail(EX_FAILED, "cannot write dnsmasq's configuration: %s",
					strerror(-err));
	}
	free(text);
	return r == EX_DONE ? spawn_patiently(n, &u) : r;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dnsmasq: a daemon of a user of its own, with the few capabilities it needs, which no
 * process of ours watches. It is found by what it was started with; nothing that it
 * could write itself is believed.
 */
#include "dnsmasq.h"
#include "service_priv.h"

#include "lib/link_net.h"
#include "lib/num.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Of the leases: 60000 with names and client identifiers of 255 bytes each, a million as they
 * mostly are. A dnsmasq that was taken over may not have us fill the host's memory. */
#define LEASES_SIZE_MAX ((size_t)64 << 20)

static int find_user(struct service_user *ret)
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

void service_conf_path(const struct network *n, char *buf, size_t size)
{
	snprintf(buf, size, RUN_DIR "/networks/%s/" CONF_FILE, n->name);
}

/* ---- the process */

int service_name(char buf[SERVICE_NAME_SIZE])
{
	ssize_t n = readlink("/proc/self/ns/net", buf, SERVICE_NAME_SIZE - sizeof("/dnsmasq"));

	if (n < 0)
		return -errno;
	memcpy(buf + n, "/dnsmasq", sizeof("/dnsmasq"));
	return 0;
}

/* The command line that spawn.c gives it, and nothing else. */
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

	service_conf_path(n, conf, sizeof(conf));
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
	service_conf_path(n, conf, sizeof(conf));
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

/* ---- what it needs */

/* A folder where its user may write, for the leases; root's, that of the group. It cannot be
 * given away without CAP_CHOWN, but a group of one's own can be given it. */
static int make_leases_dir(const struct network *n, const struct service_user *u)
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

struct served {
	const struct network *n;
	char text[1024];
	size_t len;
};

static int note_address(const struct link_prefix *p, void *ctx)
{
	struct served *s = ctx;
	struct net_ip ip = {.family = p->family};
	char text[NET_IP_TEXT_SIZE];

	if (p->index != s->n->bridge.index || p->scope == RT_SCOPE_LINK)
		return 0;
	if (p->family == AF_INET)
		ip.u.v4 = p->u.v4;
	else
		ip.u.v6 = p->u.v6;
	if (s->len + NET_IP_TEXT_SIZE < sizeof(s->text))
		s->len += (size_t)snprintf(s->text + s->len, sizeof(s->text) - s->len, " %s",
					   net_ip_format(text, &ip));
	return 0;
}

/* What it looks at when it starts, and not again (deaf.c): where the bridge is another one, or
 * has another address, it is started anew. Takes what *text was; NULL after an error. */
static int put_surroundings(const struct network *n, char **text)
{
	struct served s = {.n = n};
	char *all = NULL;
	int r = -EAGAIN;

	/* As in bridge_find(). */
	for (unsigned i = 0; i < 100 && (r == -EAGAIN || r == -EINTR); i++) {
		s.len = 0;
		s.text[0] = '\0';
		r = link_each_address_of(n->conn, n->bridge.index, note_address, &s);
	}
	if (r == 0 && asprintf(&all, "# device %u%s\n%s", n->bridge.index, s.text, *text) < 0) {
		all = NULL;
		r = -ENOMEM;
	}
	free(*text);
	*text = all;
	return r;
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
	if (r == 0)
		r = put_surroundings(n, ret);
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
	struct service_user u;
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
	return r == EX_DONE ? service_spawn(n, &u) : r;
}

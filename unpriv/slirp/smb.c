/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "smb.h"

#include "lib/quote.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* Connections at once; a guest of Windows has a few. */
#define SERVERS 16

struct launcher {
	char folder[32]; /* the private one */
	int listener, lifeline;
	struct relay *relay;
	pid_t server[SERVERS];
};

__attribute__((nonnull(2)))
PRINTF(3, 4) static int fail(int r, char error[SMB_ERROR], const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(error, SMB_ERROR, fmt, args);
	va_end(args);
	return r;
}

/* smb.conf(5) has variables, quotes and continued lines; none of them can be meant. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f || strchr("%\\\"$", *text))
			return false;
	return true;
}

static int write_conf(const char *folder, const char *share, const char *user)
{
	char path[64];
	FILE *f;
	int bad;

	snprintf(path, sizeof(path), "%s/smb.conf", folder);
	f = fopen(path, "wxe");
	if (!f)
		return -errno;
	fprintf(f,
		"[global]\n"
		"server role = standalone server\n"
		"map to guest = Bad User\n"
		"guest account = %s\n"
		"load printers = no\n"
		"printing = bsd\n"
		"disable spoolss = yes\n"
		"usershare max shares = 0\n"
		"disable netbios = yes\n"
		"smb ports = 445\n"
		"unix extensions = no\n",
		user);
	/* All that it writes goes into the private folder. */
	for (const char *const *name =
		     (const char *const[]){"private dir", "pid directory", "lock directory",
					   "state directory", "cache directory", "ncalrpc dir",
					   "binddns dir", NULL};
	     *name; name++)
		fprintf(f, "%s = %s/state\n", *name, folder);
	fprintf(f,
		"log file = %s/log\n"
		"max log size = 64\n"
		"[qemu]\n"
		"path = %s\n"
		"read only = no\n"
		"guest ok = yes\n"
		"force user = %s\n"
		"wide links = no\n",
		folder, share, user);
	bad = ferror(f);
	return fclose(f) != 0 || bad ? -EIO : 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	(void)remove(path);
	return 0;
}

/* Nothing in it is a link out: nftw() does not follow them anyway. */
static void remove_folder(const char *folder)
{
	(void)nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static int make_folder(char folder[32], const char *share, const char *user)
{
	char state[64];
	int r;

	snprintf(folder, 32, "/tmp/netgrant-smb.XXXXXX");
	if (!mkdtemp(folder))
		return -errno;
	snprintf(state, sizeof(state), "%s/state", folder);
	r = mkdir(state, 0700) < 0 ? -errno : write_conf(folder, share, user);
	if (r < 0)
		remove_folder(folder);
	return r;
}

/* Two ends of a TCP connection of the host's to itself: smbd takes no other socket. Of those who
 * may connect meanwhile, only our own end is taken. */
static int tcp_pair(int *reta, int *retb)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	CLEANUP_FD int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CLEANUP_FD int a = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in own, peer;
	socklen_t len = sizeof(at);

	if (listener < 0 || a < 0 || bind(listener, (struct sockaddr *)&at, len) < 0 ||
	    listen(listener, 1) < 0 || getsockname(listener, (struct sockaddr *)&at, &len) < 0 ||
	    connect(a, (struct sockaddr *)&at, len) < 0 ||
	    getsockname(a, (struct sockaddr *)&own, &len) < 0)
		return -errno;
	for (int i = 0; i < 8; i++) {
		CLEANUP_FD int b = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

		if (b < 0 || getpeername(b, (struct sockaddr *)&peer, &len) < 0)
			return -errno;
		if (peer.sin_port == own.sin_port && peer.sin_addr.s_addr == own.sin_addr.s_addr) {
			*reta = steal_fd(&a);
			*retb = steal_fd(&b);
			return 0;
		}
	}
	return -ECONNABORTED;
}

/* smbd talks on descriptor 0 where that is a socket (smbd(8)). */
static void run_server(const struct launcher *l, int fd)
{
	char conf[64], log[64], smbd[] = SMBD, conf_option[] = "-s", log_option[] = "-l";
	char *const argv[] = {smbd, conf_option, conf, log_option, log, NULL};
	char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	char *const env[] = {path, NULL};
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	/* At its end it sends a signal to all of its process group. */
	(void)setpgid(0, 0);

	snprintf(conf, sizeof(conf), "%s/smb.conf", l->folder);
	snprintf(log, sizeof(log), "%s", l->folder);
	if (null < 0 || fcntl(fd, F_SETFL, 0) < 0 || dup2(fd, 0) < 0 || dup2(null, 1) < 0 ||
	    dup2(null, 2) < 0)
		_exit(1);
	execve(smbd, argv, env);
	_exit(1);
}

/* Whoever has ended. false: there is no child any more. */
static bool reap(struct launcher *l)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (size_t i = 0; i < SERVERS; i++)
			if (l->server[i] == pid)
				l->server[i] = 0;
	return pid == 0;
}

static void signal_children(int number)
{
	char path[64];
	FILE *f;
	int pid;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	f = fopen(path, "re");
	while (f && fscanf(f, "%d", &pid) == 1)
		(void)kill(pid, number);
	if (f)
		fclose(f);
}

/* smbd starts servers of its own, which leave its process group and session; as their parents
 * end they become our children, and end here. */
static void end_all(struct launcher *l)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	for (int i = 0; i < 300 && reap(l); i++) {
		signal_children(i < 100 ? SIGTERM : SIGKILL);
		nanosleep(&pause, NULL);
	}
}

static void serve_one(struct launcher *l)
{
	CLEANUP_FD int fd = accept4(l->listener, NULL, NULL, SOCK_CLOEXEC);
	CLEANUP_FD int ours = -1, theirs = -1;
	size_t i = 0;

	(void)reap(l);
	while (i < SERVERS && l->server[i])
		i++;
	if (fd < 0 || i == SERVERS || tcp_pair(&ours, &theirs) < 0)
		return;
	l->server[i] = fork();
	if (l->server[i] == 0)
		run_server(l, theirs);
	if (l->server[i] < 0)
		l->server[i] = 0;
	else
		relay_join(l->relay, steal_fd(&fd), steal_fd(&ours));
}

static void launch(struct launcher *l)
{
	for (;;) {
		struct pollfd fds[] = {{.fd = l->listener, .events = POLLIN},
				       {.fd = l->lifeline, .events = POLLIN},
				       {.fd = relay_fd(l->relay), .events = POLLIN}};

		/* Ended servers are looked for now and then. */
		if (poll(fds, 3, 1000) < 0 && errno != EINTR)
			break;
		if (fds[1].revents)
			break;
		if (fds[0].revents)
			serve_one(l);
		if (fds[2].revents)
			relay_run(l->relay);
		(void)reap(l);
	}
	end_all(l);
	remove_folder(l->folder);
}

/* Those from first to before `end`. */
static int close_others(int first, int end)
{
	return first < end ? close_range((unsigned)first, (unsigned)end - 1, 0) : 0;
}

/* In the child: keeps what it needs and nothing else of its parent's. */
static void be_launcher(struct launcher *l)
{
	/* Ignored, as somebody may have left it, it would hide how children end (wait(2)). */
	const struct sigaction heard = {.sa_handler = SIG_DFL};

	(void)sigaction(SIGCHLD, &heard, NULL);
	/* A terminal's signals are for the parent, whose end this follows. */
	(void)setsid();
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	if (l->listener > l->lifeline || close_others(3, l->listener) < 0 ||
	    close_others(l->listener + 1, l->lifeline) < 0 ||
	    close_others(l->lifeline + 1, INT_MAX) < 0 || relay_new(&l->relay, 0) < 0)
		_exit(1);
	launch(l);
	_exit(0);
}

int smb_start(struct smb *ret, const char *folder, char error[SMB_ERROR])
{
	struct launcher l = {.listener = -1, .lifeline = -1};
	const struct passwd *user = getpwuid(geteuid());
	struct relay_hidden hidden;
	char real[PATH_MAX];
	int pipes[2], r;
	pid_t child;

	if (access(SMBD, X_OK) < 0)
		return fail(-ENOENT, error, "%s is missing: apt-get install samba", SMBD);
	if (!user)
		return fail(-ENOENT, error, "you have no user name, which smbd needs");
	if (!realpath(folder, real) || access(real, R_OK | X_OK) < 0)
		return fail(-errno, error, "'%s': %s", QUOTE(folder), strerror(errno));
	if (!is_plain(real) || !is_plain(user->pw_name))
		return fail(-EINVAL, error,
			    "'%s': Samba takes no path with %%, $, \\, quotes or "
			    "control characters",
			    QUOTE(real));
	r = make_folder(l.folder, real, user->pw_name);
	if (r < 0)
		return fail(r, error, "/tmp: %s", strerror(-r));
	r = relay_hidden(&hidden, 1);
	l.listener = hidden.listener;
	ret->path_fd = hidden.path_fd;
	memcpy(ret->path, hidden.path, sizeof(ret->path));
	if (r == 0 && pipe2(pipes, O_CLOEXEC) < 0)
		r = -errno;
	child = r == 0 ? fork() : -1;
	if (child == 0) {
		l.lifeline = pipes[0];
		close(pipes[1]);
		be_launcher(&l);
	}
	if (r == 0 && child < 0)
		r = -errno;
	cleanup_fd_fn(&l.listener);
	if (r < 0) {
		remove_folder(l.folder);
		return fail(r, error, "%s", strerror(-r));
	}
	close(pipes[0]);
	ret->lifeline = pipes[1];
	return 0;
}

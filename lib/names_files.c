/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names_share.h"

#include "names.h"
#include "num.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define LOOKUP LIBEXECDIR "/netgrant/name-lookup"

/* passwd(5) and group(5) both begin name:password:id. */
struct entry {
	const char *name; /* NULL: looked for by id */
	unsigned id;
	char *text;
	size_t size;
	bool two_ids; /* passwd(5): a line without the group's id is none */
};

/*
 * As the C library reads an id, by strtoul(3): blanks, a sign and zeros may stand before
 * it. To take less would let a user, and the deny with that name, vanish.
 */
static bool read_id(const char **field, unsigned *ret)
{
	size_t len = strcspn(*field, ":"), skip = strspn(*field, " \t");
	uint64_t number;

	skip += (*field)[skip] == '+';
	while (skip + 1 < len && (*field)[skip] == '0')
		skip++;
	if (num_parse(*field + skip, len - skip, 0, UINT32_MAX, &number) < 0)
		return false;
	*field += len + ((*field)[len] == ':');
	*ret = (unsigned)number;
	return true;
}

static int match_entry(char *line, void *ctx)
{
	struct entry *e = ctx;
	char *password, *behind;
	const char *field;
	unsigned id, group;

	line += strspn(line, " \t\n\v\f\r");
	password = strchr(line, ':');
	behind = password ? strchr(password + 1, ':') : NULL;
	/* "+" and "-" lines belong to other databases (compat). */
	if (!behind || strchr("+-#", line[0]))
		return 0;
	*password = '\0';
	if (e->name && strcmp(line, e->name) != 0)
		return 0;
	field = behind + 1;
	if (!read_id(&field, &id) || (e->two_ids && !read_id(&field, &group)))
		return 0;
	if (e->name)
		e->id = id;
	else if (e->id == id)
		snprintf(e->text, e->size, "%s", line);
	else
		return 0;
	return 1;
}

/* ---- the program that asks the C library */

static int lookup_fd = -1;

/*
 * Its answers decide, and it runs as the caller, who must not be able to change them: a
 * program whose file the caller cannot read is not dumpable (would_dump(), fs/exec.c), so
 * that neither ptrace(2) nor /proc/PID/mem reach it. This is checked, not assumed.
 */
static int open_lookup(void)
{
	struct stat st;
	int fd = open(LOOKUP, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0 || st.st_uid != 0 || !S_ISREG(st.st_mode) ||
	    (st.st_mode & (S_IWGRP | S_IWOTH | S_IRGRP | S_IROTH)) ||
	    (getuid() != 0 && access(LOOKUP, R_OK) == 0)) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

__attribute__((noreturn)) static void become_lookup(int program, int sock)
{
	char *const argv[] = {(char[]){"name-lookup"}, NULL};
	char *const envp[] = {NULL};

	/* Standard error stays: it is the caller's own. */
	if (dup2(sock, STDIN_FILENO) >= 0 && dup2(sock, STDOUT_FILENO) >= 0)
		fexecve(program, argv, envp);
	_exit(127);
}

static int start_lookup(void)
{
	int sv[2], program, err;
	pid_t pid;

	if (lookup_fd >= 0)
		return 0;
	program = open_lookup();
	if (program < 0)
		return program;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv) < 0) {
		err = errno;
		close(program);
		return -err;
	}
	pid = fork();
	if (pid == 0)
		become_lookup(program, sv[1]);
	err = errno;
	close(program);
	close(sv[1]);
	if (pid < 0) {
		close(sv[0]);
		return -err;
	}
	/* It ends when this descriptor is closed, at the latest with us. */
	lookup_fd = sv[0];
	return 0;
}

/* One packet there ("user alice"), one back ("id 1000", "name alice", "none", "error 5"). */
static int ask_lookup(const char *what, struct entry *e)
{
	char packet[512];
	uint64_t number;
	ssize_t n;
	int r = start_lookup();

	if (r < 0)
		return r;
	if (e->name)
		n = snprintf(packet, sizeof(packet), "%s %s", what, e->name);
	else
		n = snprintf(packet, sizeof(packet), "%s %u", what, e->id);
	if (n >= (ssize_t)sizeof(packet))
		return 0; /* no name is that long */
	if (send(lookup_fd, packet, (size_t)n, MSG_NOSIGNAL) < 0)
		return -errno;
	n = recv(lookup_fd, packet, sizeof(packet) - 1, 0);
	if (n <= 0)
		return n < 0 ? -errno : -EIO;
	packet[n] = '\0';
	if (strcmp(packet, "none") == 0)
		return 0;
	if (e->name && strncmp(packet, "id ", 3) == 0 &&
	    num_parse(packet + 3, strlen(packet + 3), 0, UINT32_MAX, &number) == 0) {
		e->id = (unsigned)number;
		return 1;
	}
	if (!e->name && strncmp(packet, "name ", 5) == 0) {
		snprintf(e->text, e->size, "%s", packet + 5);
		return 1;
	}
	if (strncmp(packet, "error ", 6) == 0 &&
	    num_parse(packet + 6, strlen(packet + 6), 1, 4095, &number) == 0)
		return -(int)number;
	return -EPROTO;
}

static int find(const char *database, const char *path, const char *what, struct entry *e)
{
	enum names_share share;
	int r = names_share(database, &share);

	if (r == 0 && share != NAMES_OTHER)
		r = names_each_line(path, match_entry, e);
	if (r != 0 || share == NAMES_ALL)
		return names_error(r);
	return names_error(ask_lookup(what, e));
}

int names_uid(const char *name, uid_t *ret)
{
	struct entry e = {.name = name, .two_ids = true};
	int r = find("passwd", "/etc/passwd", "user", &e);

	if (r == 1)
		*ret = e.id;
	return r;
}

int names_gid(const char *name, gid_t *ret)
{
	struct entry e = {.name = name};
	int r = find("group", "/etc/group", "group", &e);

	if (r == 1)
		*ret = e.id;
	return r;
}

int names_user(uid_t uid, char *buf, size_t size)
{
	struct entry e = {.id = uid, .text = buf, .size = size, .two_ids = true};

	return find("passwd", "/etc/passwd", "uid", &e);
}

int names_group(gid_t gid, char *buf, size_t size)
{
	struct entry e = {.id = gid, .text = buf, .size = size};

	return find("group", "/etc/group", "gid", &e);
}

int names_users_certain(void)
{
	return names_certain("passwd");
}

int names_groups_certain(void)
{
	return names_certain("group");
}

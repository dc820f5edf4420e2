/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ifup_state.h"

#include "num.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define NO_SCRIPT "no" /* for a path, which begins with '/' */

static const char *const stage_keys[] = {"soon", "down", "done"};

void ifup_words(const struct ifup_script *down, enum ifup_stage stage, char buf[IFUP_WORDS_SIZE])
{
	if (down->path[0])
		snprintf(buf, IFUP_WORDS_SIZE, "as=%s caps=%u timeout=%u %s=%s", down->as,
			 down->caps, down->timeout, stage_keys[stage], down->path);
	else
		snprintf(buf, IFUP_WORDS_SIZE, "%s=" NO_SCRIPT, stage_keys[stage]);
}

static bool read_number(const struct alias *a, const char *key, uint32_t *ret)
{
	char text[16];
	uint64_t number;

	if (!alias_word(a, key, text, sizeof(text)) ||
	    num_parse(text, strlen(text), 0, UINT32_MAX, &number) < 0)
		return false;
	*ret = (uint32_t)number;
	return true;
}

bool ifup_read_words(const struct alias *a, struct ifup_script *down, enum ifup_stage *stage)
{
	struct ifup_script s = {.path = ""};
	size_t i = 0;

	if (strcmp(a->helper, IFUP_HELPER) != 0)
		return false;
	while (i < ARRAY_LEN(stage_keys) && !alias_word(a, stage_keys[i], s.path, sizeof(s.path)))
		i++;
	if (i == ARRAY_LEN(stage_keys))
		return false;
	*stage = (enum ifup_stage)i;
	if (strcmp(s.path, NO_SCRIPT) == 0)
		s.path[0] = '\0';
	else if (!alias_word(a, "as", s.as, sizeof(s.as)) || !read_number(a, "caps", &s.caps) ||
		 !read_number(a, "timeout", &s.timeout))
		return false;
	*down = s;
	return true;
}

/* ---- who watches */

int ifup_process_name(char buf[IFUP_NAME_SIZE])
{
	static const char name[] = "/ifup-worker";
	ssize_t n = readlink("/proc/self/ns/net", buf, IFUP_NAME_SIZE - sizeof(name));

	if (n < 0)
		return -errno;
	memcpy(buf + n, name, sizeof(name));
	return 0;
}

void ifup_process_index(unsigned index, char buf[IFUP_INDEX_SIZE])
{
	/* Always as long, so that it can be written over another one. */
	snprintf(buf, IFUP_INDEX_SIZE, "%011u", index);
}

/* What is in /proc/PID/FILE, and a NUL behind it. -1: it cannot be read. */
static ssize_t read_proc(const char *pid, const char *file, char *buf, size_t size)
{
	char path[64];
	CLEANUP_FD int fd = -1;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%.10s/%s", pid, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, buf, size - 1);
	buf[n < 0 ? 0 : n] = '\0';
	return n;
}

/* The owner of /proc/PID says nothing: a process that is not dumpable seems to be root's. Nor is
 * being root's enough: a set-user-ID program may become that, with a command line of its caller's;
 * but not with no_new_privs, which ifup-worker has. Both names stand there once: those that a
 * process has the choice of are quoted. */
static bool is_roots(const char *pid)
{
	char text[4096];
	const char *line;

	if (read_proc(pid, "status", text, sizeof(text)) < 0)
		return false;
	line = strstr(text, "\nUid:\t");
	return line && strncmp(line, "\nUid:\t0\t0\t0\t0\n", 14) == 0 &&
	       strstr(text, "\nNoNewPrivs:\t1\n");
}

int ifup_watched(unsigned index)
{
	char want[IFUP_NAME_SIZE + IFUP_INDEX_SIZE], line[IFUP_NAME_SIZE + IFUP_INDEX_SIZE + 1];
	size_t len;
	struct dirent *entry;
	int found = ifup_process_name(want);
	DIR *proc;

	if (found < 0)
		return found;
	if (read_proc("1", "status", line, sizeof(line)) < 0)
		return -EACCES;
	len = strlen(want) + 1;
	ifup_process_index(index, want + len);
	len += IFUP_INDEX_SIZE;
	proc = opendir("/proc");
	if (!proc)
		return -errno;
	while (!found && (entry = readdir(proc))) {
		ssize_t n;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		n = read_proc(entry->d_name, "cmdline", line, len + 1);
		found = n == (ssize_t)len && memcmp(line, want, len) == 0 &&
			is_roots(entry->d_name);
	}
	closedir(proc);
	return found;
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "holders.h"

#include "lib/num.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Reads a small file of /proc; terminated. false: it cannot be read. */
static bool read_file(const char *path, char *buf, size_t size)
{
	CLEANUP_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	return n > 0;
}

/* The tap behind a descriptor; false: it is none. */
static bool tap_of(const char *pid, const char *fd, device_name ret)
{
	static const char key[] = "\niff:\t";
	char path[64], text[512];
	const char *at;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%.10s/fd/%.10s", pid, fd);
	{
		ssize_t n = readlink(path, text, sizeof(text) - 1);

		text[n > 0 ? n : 0] = '\0';
	}
	if (strcmp(text, "/dev/net/tun") != 0)
		return false;
	snprintf(path, sizeof(path), "/proc/%.10s/fdinfo/%.10s", pid, fd);
	if (!read_file(path, text, sizeof(text)))
		return false;
	at = strstr(text, key);
	if (!at)
		return false;
	at += sizeof(key) - 1;
	len = strcspn(at, "\n");
	if (ifname_check(at, len) != IFNAME_OK)
		return false;
	memcpy(ret, at, len);
	ret[len] = '\0';
	return true;
}

static void note(struct holder *holders, size_t n, const char *tap, const char *pid,
		 uint64_t number)
{
	char path[64];

	for (size_t i = 0; i < n; i++) {
		struct holder *h = &holders[i];

		if (strcmp(h->tap, tap) != 0 || (h->pid && (uint64_t)h->pid <= number))
			continue;
		h->pid = (pid_t)number;
		snprintf(path, sizeof(path), "/proc/%.10s/comm", pid);
		(void)read_file(path, h->comm, sizeof(h->comm));
		h->comm[strcspn(h->comm, "\n")] = '\0';
	}
}

/* Is the process in our network namespace? Where that cannot be told, it may be. */
static bool is_elsewhere(const char *pid)
{
	struct stat ours, theirs;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%.10s/ns/net", pid);
	return stat(path, &theirs) == 0 && stat("/proc/self/ns/net", &ours) == 0 &&
	       (ours.st_ino != theirs.st_ino || ours.st_dev != theirs.st_dev);
}

static void look_at_process(struct holder *holders, size_t n, const char *pid, uint64_t number)
{
	char path[64];
	struct dirent *entry;
	DIR *fds;

	snprintf(path, sizeof(path), "/proc/%.10s/fd", pid);
	fds = opendir(path);
	while (fds && (entry = readdir(fds))) {
		device_name tap;

		if (entry->d_name[0] != '.' && tap_of(pid, entry->d_name, tap) &&
		    !is_elsewhere(pid))
			note(holders, n, tap, pid, number);
	}
	if (fds)
		closedir(fds);
}

void holders_find(struct holder *holders, size_t n)
{
	DIR *proc = n > 0 ? opendir("/proc") : NULL;
	struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		uint64_t number;

		if (num_parse(entry->d_name, strlen(entry->d_name), 1, INT32_MAX, &number) == 0)
			look_at_process(holders, n, entry->d_name, number);
	}
	if (proc)
		closedir(proc);
}

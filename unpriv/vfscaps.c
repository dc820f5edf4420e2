/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attribute is read and not libcap-ng asked, because capng_get_caps_fd() wants to open
 * the file for reading and does not tell "=p" from "=ep" apart for an empty set.
 */
#include "vfscaps.h"

#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

/* By number, from linux/capability.h. */
static const char *const names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};
_Static_assert(ARRAY_LEN(names) == CAP_CHECKPOINT_RESTORE + 1, "one name for each capability");

static int parse_name(const char *name, size_t len, uint64_t *set)
{
	if (len <= 4 || memcmp(name, "cap_", 4) != 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == len - 4 && memcmp(names[i], name + 4, len - 4) == 0) {
			*set |= UINT64_C(1) << i;
			return 0;
		}
	return -EINVAL;
}

int file_caps_parse(const char *list, struct file_caps *ret)
{
	struct file_caps c = {.present = true};
	const char *end = strchr(list, '=');

	if (!end || strcmp(end, "=p") != 0)
		return -EINVAL;
	for (const char *p = list; p < end;) {
		size_t len = strcspn(p, ",=");

		if (parse_name(p, len, &c.permitted) < 0)
			return -EINVAL;
		p += len + (p[len] == ',');
	}
	*ret = c;
	return 0;
}

static uint64_t join(__le32 low, __le32 high)
{
	return (uint64_t)le32toh(high) << 32 | le32toh(low);
}

int file_caps_get(const char *path, struct file_caps *ret)
{
	struct vfs_ns_cap_data data = {.rootid = 0};
	ssize_t n = getxattr(path, "security.capability", &data, sizeof(data));
	uint32_t magic = le32toh(data.magic_etc);

	memset(ret, 0, sizeof(*ret));
	/* ENOTSUP: a file system that cannot hold them. */
	if (n < 0)
		return errno == ENODATA || errno == ENOTSUP ? 0 : -errno;
	switch (magic & VFS_CAP_REVISION_MASK) {
	case VFS_CAP_REVISION_1:
		ret->permitted = le32toh(data.data[0].permitted);
		ret->inheritable = le32toh(data.data[0].inheritable);
		break;
	case VFS_CAP_REVISION_3:
		ret->rootid = le32toh(data.rootid);
		__attribute__((fallthrough));
	case VFS_CAP_REVISION_2:
		ret->permitted = join(data.data[0].permitted, data.data[1].permitted);
		ret->inheritable = join(data.data[0].inheritable, data.data[1].inheritable);
		break;
	default:
		return -EPROTO;
	}
	ret->present = true;
	ret->effective = magic & VFS_CAP_FLAGS_EFFECTIVE;
	return 0;
}

bool file_caps_equal(const struct file_caps *a, const struct file_caps *b)
{
	return a->present == b->present && a->permitted == b->permitted &&
	       a->inheritable == b->inheritable && a->effective == b->effective &&
	       a->rootid == b->rootid;
}

/* " cap_a,cap_b=FLAGS" for the capabilities of the set. Returns the new length. */
static size_t put_set(char *buf, size_t size, size_t used, uint64_t set, const char *flags)
{
	const char *between = used ? " " : "";

	for (unsigned i = 0; i < 64 && used < size; i++) {
		int n;

		if (!(set >> i & 1))
			continue;
		if (i < ARRAY_LEN(names))
			n = snprintf(buf + used, size - used, "%scap_%s", between, names[i]);
		else
			n = snprintf(buf + used, size - used, "%s%u", between, i);
		used += (size_t)n;
		between = ",";
	}
	if (set && used < size)
		used += (size_t)snprintf(buf + used, size - used, "=%s", flags);
	return used;
}

const char *file_caps_text(const struct file_caps *c, char *buf, size_t size)
{
	size_t used = 0;

	snprintf(buf, size, "%s", c->present ? "=" : "");
	used = put_set(buf, size, used, c->permitted & c->inheritable, c->effective ? "eip" : "ip");
	used = put_set(buf, size, used, c->permitted & ~c->inheritable, c->effective ? "ep" : "p");
	used = put_set(buf, size, used, c->inheritable & ~c->permitted, c->effective ? "ei" : "i");
	if (c->rootid && used < size)
		snprintf(buf + used, size - used, " [rootid=%u]", c->rootid);
	return buf;
}

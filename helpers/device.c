/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "device.h"

#include "lib/caps.h"
#include "lib/link_net.h"
#include "lib/quote.h"
#include "lib/sysctl.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

bool device_is_pattern(const char *ifname)
{
	return strstr(ifname, "%d") != NULL;
}

/* The pattern with that number; false: it would be too long. */
static bool expand(const char *pattern, unsigned number, char ret[IFNAME_MAX + 1])
{
	const char *place = strstr(pattern, "%d");
	char text[64];
	int n = snprintf(text, sizeof(text), "%.*s%u%s", (int)(place - pattern), pattern, number,
			 place + 2);

	if (n > IFNAME_MAX)
		return false;
	memcpy(ret, text, (size_t)n + 1);
	return true;
}

int device_check_name(const struct helper *h, const char *ifname)
{
	enum ifname_defect defect = IFNAME_LONG;
	char name[IFNAME_MAX + 1] = "";
	const char *unfit = NULL;

	if (!device_is_pattern(ifname))
		defect = ifname_check(ifname, strlen(ifname));
	else if (strlen(ifname) <= IFNAME_MAX + 1 && expand(ifname, 0, name))
		defect = ifname_check(name, strlen(name));
	if (defect == IFNAME_OK)
		unfit = ifname_unfit(name[0] ? name : ifname);
	if (unfit)
		return helper_usage(h, "interface name '%s' %s", QUOTE(ifname), unfit);
	if (defect != IFNAME_OK)
		return helper_usage(h, "interface name '%s' %s%s", QUOTE(ifname),
				    ifname_defect_text(defect),
				    defect == IFNAME_CHAR ? "; one %d stands for a number" : "");
	return EX_DONE;
}

/* One after another: somebody may have taken just the names that doubling steps come upon. */
static int find_next(struct link_conn *conn, const char *pattern, unsigned *number,
		     char ret[IFNAME_MAX + 1])
{
	for (unsigned n = *number; n < UINT_MAX && expand(pattern, n, ret); n++) {
		int r = link_name_taken(conn, ret);

		*number = n;
		if (r <= 0)
			return r;
	}
	return -ENFILE;
}

/*
 * Doubling steps find a number whose name is free, and halving them one behind a name that is
 * taken: of a thousand names in a row, twenty are asked for. 0 or -errno; -ENFILE: no number.
 */
static int find_number(struct link_conn *conn, const char *pattern, unsigned *number,
		       char ret[IFNAME_MAX + 1])
{
	unsigned taken = *number, vacant = taken;
	int r = 1;

	for (unsigned step = 0; r == 1; step = step ? step * 2 : 1) {
		taken = vacant;
		vacant += step;
		if (vacant < taken || !expand(pattern, vacant, ret))
			return find_next(conn, pattern, number, ret);
		r = link_name_taken(conn, ret);
	}
	while (r >= 0 && vacant - taken > 1) {
		unsigned middle = taken + (vacant - taken) / 2;

		if (!expand(pattern, middle, ret))
			return -ENFILE;
		r = link_name_taken(conn, ret);
		*(r == 0 ? &vacant : &taken) = middle;
	}
	if (r < 0)
		return r;
	*number = vacant;
	return expand(pattern, vacant, ret) ? 0 : -ENFILE;
}

static int tell(const struct helper *h, const char *ifname, int r)
{
	if (r == -ENFILE)
		return helper_fail(h, EX_FAILED, "no interface name '%s' is free", QUOTE(ifname));
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot look for a free interface name: %s",
				   strerror(-r));
	return EX_DONE;
}

int device_pick_name(const struct helper *h, struct link_conn *conn, const char *ifname,
		     unsigned *number, char ret[IFNAME_MAX + 1])
{
	if (device_is_pattern(ifname))
		return tell(h, ifname, find_number(conn, ifname, number, ret));
	snprintf(ret, IFNAME_MAX + 1, "%s", ifname);
	return EX_DONE;
}

int device_connect(const struct helper *h, struct link_conn **ret)
{
	int r = caps_raise();

	/* The kernel asks for the capability of whoever made the socket, too. */
	if (r == 0)
		r = link_open(ret);
	if (caps_lower() < 0 || r < 0)
		return helper_fail(h, EX_FAILED, "cannot open a netlink socket: %s",
				   strerror(r < 0 ? -r : EPERM));
	return EX_DONE;
}

int device_open_tun(const struct helper *h, int *ret)
{
	*ret = tap_open();
	if (*ret < 0)
		return helper_fail(h, EX_FAILED, "cannot open /dev/net/tun: %s%s", strerror(-*ret),
				   *ret == -EACCES ? "; it has to be mode 0666 (see netgrant check)"
						   : "");
	return EX_DONE;
}

/* Nobody else has or had a hand in it. -EAGAIN: somebody may have. */
static int check_sole(struct link_conn *conn, unsigned index)
{
	struct link_info now;
	int r = link_get_index(conn, index, &now);

	if (r < 0)
		return r;
	if (now.tap.queues == 0)
		return -EOPNOTSUPP;
	return now.tap.queues == 1 && now.tap.has_owner && now.tap.owner == 0 &&
			       !now.tap.has_group && !now.tap.persistent
		       ? 0
		       : -EAGAIN;
}

int device_create_shared(struct link_conn *conn, struct tap *ret, int tun, const char *name,
			 unsigned flags)
{
	char hidden[IFNAME_MAX + 1];
	uint64_t number;
	int r;

	if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number)) {
		close(tun);
		return -EIO;
	}
	snprintf(hidden, sizeof(hidden), "ng-%012llx", (unsigned long long)number >> 16);
	r = tap_create(ret, tun, link_fd(conn), hidden, flags, 0);
	if (r < 0)
		return r;
	r = check_sole(conn, ret->index);
	if (r == 0)
		r = link_rename(conn, ret->index, name);
	if (r == 0) {
		snprintf(ret->name, sizeof(ret->name), "%s", name);
		return 0;
	}
	/* Whoever else may have it open. */
	if (link_delete(conn, ret->index) < 0 && r == -EAGAIN)
		r = -EIO;
	close(ret->fd);
	ret->fd = -1;
	return r == -EEXIST ? -EBUSY : r;
}

/* FNV-1a of FILE:LINE: a file's name can be longer than an alternative name. */
static uint64_t rule_hash(const struct policy_decision *d)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);
	char line[16];

	for (const char *p = d->file; *p; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	snprintf(line, sizeof(line), ":%u", d->line);
	for (const char *p = line; *p; p++)
		hash = (hash ^ (unsigned char)*p) * UINT64_C(0x100000001b3);
	return hash;
}

/*
 * Begins anywhere, so that the place that is tried first is likely to be free; the index of a
 * fresh device is another one each time. All places are tried before a denial: it is exact.
 */
static int take_place(struct link_conn *conn, const struct tap *tap, uid_t uid,
		      const struct policy_decision *d)
{
	uint32_t start = (uint32_t)(((uint64_t)tap->index * 2654435761U) >> 8) % d->limit;
	uint64_t hash = rule_hash(d);
	int r = -EEXIST;

	for (uint32_t i = 0; i < d->limit && r == -EEXIST; i++) {
		char name[64];

		snprintf(name, sizeof(name), "netgrant-limit-%u-%016llx-%u", uid,
			 (unsigned long long)hash, (start + i) % d->limit + 1);
		r = link_add_altname(conn, tap->index, name);
	}
	return r;
}

int device_take_place(const struct helper *h, struct link_conn *conn, const struct tap *tap,
		      const struct device_grant *grant, const char *things)
{
	const struct policy_decision *d = grant->decision;
	int r = d->limit ? take_place(conn, tap, h->caller.uid, d) : 0;

	if (r == -EEXIST)
		return helper_deny(h, grant->vocab, grant->object, d,
				   "uid %u holds %u of the %u %s it allows", h->caller.uid,
				   d->limit, d->limit, things);
	if (r == -EOPNOTSUPP)
		return helper_fail(h, EX_FAILED,
				   "%s:%u asks for 'limit=', which takes Linux 5.5 or later",
				   QUOTE(d->file), d->line);
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot count the %s for '%s': %s", things,
				   tap->name, strerror(-r));
	return EX_DONE;
}

int device_disable_ipv6(const struct helper *h, const struct tap *tap, bool *no_address)
{
	int r = sysctl_disable_ipv6(tap->name);

	*no_address = r == -EROFS || r == -EACCES || r == -EPERM;
	/* Any other error may be the caller's doing, who can lower our limits while we run. */
	if (r < 0 && !*no_address)
		return helper_fail(h, EX_FAILED, "cannot turn IPv6 off on '%s': %s", tap->name,
				   strerror(-r));
	return EX_DONE;
}

int device_filter(const struct helper *h, struct link_conn *conn, const struct tap *tap,
		  const struct policy_decision *d)
{
	int r = link_filter_source(conn, tap->index, &d->mac);

	if (r == -EOPNOTSUPP)
		return helper_fail(h, EX_FAILED,
				   "%s:%u asks for 'mac=' in a way for which this kernel lacks "
				   "sch_ingress or cls_bpf",
				   QUOTE(d->file), d->line);
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot restrict '%s': %s", tap->name,
				   strerror(-r));
	return EX_DONE;
}

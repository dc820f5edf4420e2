/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What networks change of the kernel's settings. Writing a switch overwrites what each device
 * has. So what a device has by itself is remembered before the switch is turned on, and written
 * again after it is turned off, as is what other networks that are up have to have.
 */
#include "settings_priv.h"

#include "lib/nft_table.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROC_NET "/proc/sys/net/"
#define REDIRECTS "ipv4/conf/all/accept_redirects" /* Linux makes it the contrary of the switch */

static const struct toggle {
	const char *path, *devices;
	int family;
} toggles[] = {
	{"ipv4/ip_forward", "ipv4/conf/", NFPROTO_IPV4},
	{"ipv6/conf/all/forwarding", "ipv6/conf/", NFPROTO_IPV6},
};

/* ---- switches, and what they overwrite */

/* The switch that path is, or NULL. */
static const struct toggle *as_toggle(const char *path)
{
	for (size_t i = 0; i < ARRAY_LEN(toggles); i++)
		if (strcmp(toggles[i].path, path) == 0)
			return &toggles[i];
	return NULL;
}

static bool is_under(const struct toggle *t, const char *path)
{
	size_t len = strlen(path), tail = strlen("/forwarding");

	if (strncmp(path, t->devices, strlen(t->devices)) != 0 || strcmp(path, t->path) == 0)
		return false;
	return strcmp(path, REDIRECTS) == 0 ||
	       (len > tail && strcmp(path + len - tail, "/forwarding") == 0);
}

/* What Linux makes of path when it writes the switch over it; false: there is none over it. */
static bool usual(const char *path, char value[64])
{
	for (size_t i = 0; i < ARRAY_LEN(toggles); i++)
		if (is_under(&toggles[i], path)) {
			if (setting_read(toggles[i].path, value) < 0)
				return false;
			if (strcmp(path, REDIRECTS) == 0)
				memcpy(value, strcmp(value, "0") == 0 ? "1" : "0", 2);
			return true;
		}
	return false;
}

/* What is to be put back one day. Only who came first saw what it had been; each one that
 * needs it remembers that. */
static int find_old(const struct network *n, const char *path, const char *now, char old[64])
{
	char value[64];
	struct setting theirs;
	int r = setting_others_know(n, path, &theirs);

	if (r < 0)
		return r;
	if (r > 0 && (strcmp(theirs.new, now) == 0 || strcmp(theirs.new, PENDING) == 0))
		now = theirs.old;
	else if (usual(path, value) && strcmp(now, value) == 0)
		now = AS_SWITCH;
	snprintf(old, 64, "%s", now);
	return 0;
}

/* Remembers the setting if it is not what the switch says. */
static int note_own(const struct network *n, const char *path)
{
	char now[64], old[64];
	int r = setting_read(path, now);

	if (r == 0 && usual(path, old) && strcmp(now, old) == 0)
		return 0;
	if (r == 0)
		r = find_old(n, path, now, old);
	if (r < 0 || strcmp(old, AS_SWITCH) == 0 || strcmp(old, NOTHING) == 0)
		return r == -ENOENT ? 0 : r;
	return setting_remember(n, path, old, now);
}

static int note_devices(const struct network *n, const struct toggle *t)
{
	char path[sizeof(PROC_NET) + 32 + NAME_MAX];
	struct dirent *entry;
	int r = is_under(t, REDIRECTS) ? note_own(n, REDIRECTS) : 0;
	DIR *dir;

	snprintf(path, sizeof(path), PROC_NET "%s", t->devices);
	dir = opendir(path);
	while (dir && r == 0 && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "%s%s/forwarding", t->devices, entry->d_name);
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, "all") != 0)
			r = note_own(n, path);
	}
	if (dir)
		closedir(dir);
	return r;
}

/* ---- others who forward */

#define TABLE_LINE "nft/"
#define TABLES_LISTED TABLE_LINE "-"

struct tables {
	const struct network *n;
	const struct toggle *t;
	const char *known; /* lines */
	bool listed;       /* one who turned it on has told of all of them */
	char new[sizeof(((struct setting *)0)->path)];
	int r;
};

/* Is that a chain of somebody who passes packets on? Its table as a path. */
static bool forwards(const struct nft_chain *c, const struct toggle *t, char path[128])
{
	if ((c->family != t->family && c->family != NFPROTO_INET) ||
	    c->hook != (c->nats ? NF_INET_POST_ROUTING : NF_INET_FORWARD) ||
	    strncmp(c->table, "netgrant-", 9) == 0)
		return false;
	snprintf(path, 128, TABLE_LINE "%s/%.100s", nft_family_name(c->family), c->table);
	/* A line is of words. */
	for (char *p = path; *p; p++)
		if (*p <= ' ' || *p > '~')
			*p = '?';
	return true;
}

/* A dump that tables came and went in is not complete: again. */
static int each_chain(nft_chain_fn fn, struct tables *tables)
{
	int r = -EAGAIN;

	for (unsigned i = 0; i < 100 && (r == -EAGAIN || r == -EINTR); i++)
		r = nft_each_chain(NFPROTO_UNSPEC, fn, tables);
	return r;
}

static void note_table(const struct nft_chain *chain, void *ctx)
{
	struct tables *tables = ctx;
	char path[128];

	if (tables->r == 0 && forwards(chain, tables->t, path))
		tables->r = setting_remember(tables->n, path, NOTHING, NOTHING);
}

/* What another network saw before it turned the switch on. */
static int copy_line(const struct setting *s, void *ctx)
{
	struct tables *tables = ctx;
	bool table = strncmp(s->path, TABLE_LINE, strlen(TABLE_LINE)) == 0;

	if (table ? tables->listed
		  : !is_under(tables->t, s->path) || strcmp(s->old, AS_SWITCH) == 0 ||
			    strcmp(s->old, NOTHING) == 0)
		return 0;
	tables->listed = tables->listed || strcmp(s->path, TABLES_LISTED) == 0;
	return setting_remember(tables->n, s->path, s->old,
				strcmp(s->new, PENDING) == 0 ? s->old : s->new);
}

/* All that the switch is going to overwrite, and the tables that do without it. */
static int note_world(const struct network *n, const struct toggle *t, const char *now)
{
	struct tables tables = {.n = n, .t = t};
	int r = setting_each_other(n, copy_line, &tables);

	/* Of one that is on nothing is overwritten. */
	if (r < 0 || strcmp(now, "0") != 0)
		return r;
	r = note_devices(n, t);
	if (r < 0)
		return r;
	r = each_chain(note_table, &tables);
	if (r == 0)
		r = tables.r;
	return r < 0 ? r : setting_remember(n, TABLES_LISTED, NOTHING, NOTHING);
}

static void find_new_table(const struct nft_chain *chain, void *ctx)
{
	struct tables *tables = ctx;
	const char *line, *end;
	struct setting s;
	char path[128];

	if (!tables->new[0] && forwards(chain, tables->t, path) &&
	    !setting_find(tables->known, path, &s, &line, &end))
		memcpy(tables->new, path + strlen(TABLE_LINE), sizeof(path) - strlen(TABLE_LINE));
}

/* Has somebody come to rely on the switch, like a Docker that was started since? Says so. */
static bool others_rely(const char *known, const struct toggle *t)
{
	struct tables tables = {.t = t, .known = known};
	const char *line, *end;
	struct setting s;

	if (!setting_find(known, TABLES_LISTED, &s, &line, &end) ||
	    each_chain(find_new_table, &tables) < 0 || !tables.new[0])
		return false;
	tables.new[strcspn(tables.new, "/")] = ' ';
	(void)worker_fail(EX_DONE,
			  "warning: " PROC_NET "%s stays 1, because the firewall table '%s' came "
			  "while it was; if nobody needs it, write 0 there and run: "
			  "nat-setup reload --all",
			  t->path, tables.new);
	return true;
}

/* ---- */

static int note_first(const struct network *n, const char *path, const char *value)
{
	const struct toggle *t = as_toggle(path);
	char now[64], old[64];
	int r = setting_read(path, now);

	if (r == 0 && t)
		r = note_world(n, t, now);
	if (r == 0)
		r = find_old(n, path, now, old);
	return r < 0 ? r : setting_remember(n, path, old, value);
}

/* What another network has to have of a device, after its switch was written. */
static int write_again(const struct setting *s, void *ctx)
{
	const struct toggle *t = ctx;
	bool needed = is_under(t, s->path) && strcmp(s->new, PENDING) != 0;
	int r = needed ? setting_write(s->path, s->new) : 0;

	return r == -ENOENT ? 0 : r; /* the device is gone */
}

/* Linux has opened the bridges of ours that have to be closed, too. */
static int close_again(const struct setting *s, void *ctx)
{
	bool ours = strcmp(s->old, NOTHING) == 0;

	return ours && strcmp(s->new, "0") == 0 ? write_again(s, ctx) : 0;
}

static void put_back(const struct setting *s)
{
	char value[64];
	int r;

	snprintf(value, sizeof(value), "%s", s->old);
	if (strcmp(s->old, AS_SWITCH) == 0 && !usual(s->path, value))
		return;
	r = setting_write(s->path, value);
	if (r < 0)
		(void)worker_fail(EX_FAILED, "cannot put back " PROC_NET "%s: %s", s->path,
				  strerror(-r));
}

/* Who was to put all back was killed: that is done first, or nobody would see any more what has
 * been changed since. */
static int note_again(const struct network *n, const struct toggle *t, const char *known,
		      const char *value)
{
	struct setting s;
	int r = 0;

	while (r == 0 && setting_next(&known, &s)) {
		if (strcmp(s.new, PENDING) != 0 || !is_under(t, s.path))
			continue;
		put_back(&s);
		r = setting_remember(n, s.path, s.old, s.old);
	}
	return r < 0 ? r : note_first(n, t->path, value);
}

int setting_change(const struct network *n, const char *path, const char *value)
{
	const struct toggle *t = as_toggle(path);
	const char *line, *end;
	struct setting s;
	char *known;
	int r = setting_own(n, &known);

	if (r < 0)
		return r;
	if (!setting_find(known, path, &s, &line, &end))
		r = note_first(n, path, value);
	else if (t && strcmp(s.new, PENDING) == 0)
		r = note_again(n, t, known, value);
	else
		r = setting_remember(n, path, s.old, value);
	free(known);
	if (r < 0 || setting_is(path, value))
		return r;
	r = setting_write(path, value);
	return r == 0 && t ? setting_each_other(n, close_again, (void *)(uintptr_t)t) : r;
}

int setting_hold(const struct network *n, const char *path, const char *value)
{
	int r = setting_remember(n, path, NOTHING, value);

	return r < 0 ? r : setting_write(path, value);
}

/* The lines as an array, malloc'ed, with what is due; NULL: no memory. */
static struct setting *find_due(const struct network *n, const char *known, size_t *retn)
{
	struct setting *all = calloc(strlen(known) / 6 + 1, sizeof(*all)), theirs;

	*retn = 0;
	while (all && setting_next(&known, &all[*retn])) {
		struct setting *s = &all[(*retn)++];

		/* Where others' lines cannot be read, they may need it. */
		s->due = strcmp(s->old, NOTHING) != 0 &&
			 (strcmp(s->new, PENDING) == 0 || setting_is(s->path, s->new)) &&
			 setting_others_know(n, s->path, &theirs) == 0;
	}
	return all;
}

/* From here on it cannot be seen any more who has changed what: whoever is killed leaves that to
 * the next one. */
static int mark(const struct network *n, const struct toggle *t, const struct setting *all,
		size_t count)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		if (all[i].due && (is_under(t, all[i].path) || as_toggle(all[i].path) == t))
			r = setting_remember(n, all[i].path, all[i].old, PENDING);
	return r;
}

static void turn_off(const struct network *n, const struct toggle *t, const struct setting *all,
		     size_t count)
{
	int r = mark(n, t, all, count);

	if (r < 0)
		(void)worker_fail(EX_FAILED, "cannot write " RUN_DIR "/networks/%s: %s", n->name,
				  strerror(-r));
	for (size_t i = 0; i < count; i++)
		if (as_toggle(all[i].path) == t)
			put_back(&all[i]);
	r = setting_each_other(n, write_again, (void *)(uintptr_t)t);
	if (r < 0)
		(void)worker_fail(EX_FAILED, "cannot set what other networks need: %s",
				  strerror(-r));
}

static bool is_accept_ra(const char *path)
{
	const char *name = strrchr(path, '/');

	return name && strcmp(name, "/accept_ra") == 0;
}

void setting_restore(const struct network *n)
{
	struct setting *all = NULL;
	char *known = NULL;
	size_t count = 0;
	bool listens = false; /* a host that goes on passing IPv6 on has to */

	if (n->dir >= 0 && setting_own(n, &known) == 0)
		all = find_due(n, known, &count);
	if (n->dir >= 0 && !all)
		(void)worker_fail(EX_FAILED,
				  "cannot read " RUN_DIR "/networks/%s/" SETTINGS_FILE
				  ": nothing of /proc/sys is put back",
				  n->name);
	for (size_t i = 0; i < count; i++) {
		const struct toggle *t = as_toggle(all[i].path);

		if (!t || !all[i].due || strcmp(all[i].old, all[i].new) == 0)
			continue;
		if (!others_rely(known, t))
			turn_off(n, t, all, count);
		else if (t->family == NFPROTO_IPV6)
			listens = true;
	}
	/* In reverse: accept_ra after IPv6's forwarding, which ends what was learned without. */
	for (size_t i = count; i-- > 0;)
		if (all[i].due && !as_toggle(all[i].path) &&
		    !(listens && is_accept_ra(all[i].path)))
			put_back(&all[i]);
	free(all);
	free(known);
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What networks change of the kernel's settings. Each network's folder has a file of lines
 * "path old new":
 *
 *   ipv4/ip_forward 0 1             was 0, has to be 1
 *   ipv4/conf/eth0/forwarding = 1   had what the switch for all devices says, has to be 1
 *   ipv4/conf/ng-a/forwarding - 1   a device of our own, nothing is put back
 *   nft/ip/nat - -                  a table that was there when the switch was turned on
 *   ipv4/conf/wg0/forwarding 1 !    is being put back, whatever it is now
 *
 * Writing a switch overwrites what each device has. So what a device has by itself is
 * remembered before the switch is turned on, and written again after it is turned off, as is
 * what other networks that are up have to have.
 */
#include "worker.h"

#include "lib/nft_table.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/netfilter.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROC_NET "/proc/sys/net/"
#define AS_SWITCH "="
#define NOTHING "-"
#define PENDING "!"
#define REDIRECTS "ipv4/conf/all/accept_redirects" /* Linux makes it the contrary of the switch */

struct setting {
	char path[128], old[64], new[64];
	bool due; /* is to be put back */
};

static const struct toggle {
	const char *path, *devices;
	int family;
} toggles[] = {
	{"ipv4/ip_forward", "ipv4/conf/", NFPROTO_IPV4},
	{"ipv6/conf/all/forwarding", "ipv6/conf/", NFPROTO_IPV6},
};

/* ---- lines */

/* The next line of *text, which is moved behind it. */
static bool next_line(const char **text, struct setting *ret)
{
	while (**text) {
		const char *line = *text;

		*text += strcspn(line, "\n");
		*text += **text == '\n';
		if (sscanf(line, "%127s %63s %63s", ret->path, ret->old, ret->new) == 3)
			return true;
	}
	return false;
}

/* *line: where the line of that path begins, *end: where the next one does. */
static bool find_line(const char *text, const char *path, struct setting *ret, const char **line,
		      const char **end)
{
	for (*end = *line = text; next_line(end, ret); *line = *end)
		if (strcmp(ret->path, path) == 0)
			return true;
	return false;
}

/* What this network remembers, malloc'ed, "" where that is nothing yet. */
static int own_lines(const struct network *n, char **ret)
{
	int r = state_read(n->dir, SETTINGS_FILE, STATE_FILE_MAX, ret);

	if (r != -ENOENT)
		return r;
	*ret = strdup("");
	return *ret ? 0 : -ENOMEM;
}

/* Calls fn with each line of each other network, until it returns other than 0. */
typedef int (*setting_fn)(const struct setting *s, void *ctx);
static int each_other(const struct network *n, setting_fn fn, void *ctx)
{
	DIR *dir = opendir(RUN_DIR "/networks");
	struct dirent *entry;
	int r = 0;

	while (dir && r == 0 && (entry = readdir(dir))) {
		char file[NAME_MAX + sizeof("/" SETTINGS_FILE)], *text;
		struct setting s;

		if (entry->d_name[0] == '.' || strcmp(entry->d_name, n->name) == 0)
			continue;
		snprintf(file, sizeof(file), "%s/" SETTINGS_FILE, entry->d_name);
		r = state_read(dirfd(dir), file, STATE_FILE_MAX, &text);
		if (r == -ENOENT || r == -ENOTDIR)
			r = 0;
		for (const char *at = text; text && r == 0 && next_line(&at, &s);)
			r = fn(&s, ctx);
		free(text);
	}
	if (dir)
		closedir(dir);
	return r;
}

static int match(const struct setting *s, void *ctx)
{
	struct setting *wanted = ctx;

	if (strcmp(s->path, wanted->path) != 0)
		return 0;
	*wanted = *s;
	return 1;
}

/* What another network that needs the same setting remembers of it: 1, 0 or -errno. */
static int others_know(const struct network *n, const char *path, struct setting *ret)
{
	snprintf(ret->path, sizeof(ret->path), "%s", path);
	return each_other(n, match, ret);
}

/* Has the file say that the path has to be new; what it was stays as it was told first. */
static int remember(const struct network *n, const char *path, const char *old, const char *new)
{
	const char *line, *end;
	char *known, *text = NULL;
	struct setting was;
	int r = own_lines(n, &known);

	if (r < 0)
		return r;
	if (find_line(known, path, &was, &line, &end)) {
		if (strcmp(was.new, new) == 0) {
			free(known);
			return 0;
		}
		old = was.old;
	}
	if (asprintf(&text, "%.*s%s%s %s %s\n", (int)(line - known), known, end, path, old, new) <
	    0)
		text = NULL;
	r = text ? state_write(n->dir, SETTINGS_FILE, text) : -ENOMEM;
	free(text);
	free(known);
	return r;
}

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
	int r = others_know(n, path, &theirs);

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
	return remember(n, path, old, now);
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

struct tables {
	const struct network *n;
	const struct toggle *t;
	const char *known; /* lines */
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
		r = nft_each_chain(fn, tables);
	return r;
}

static void note_table(const struct nft_chain *chain, void *ctx)
{
	struct tables *tables = ctx;
	char path[128];

	if (tables->r == 0 && forwards(chain, tables->t, path))
		tables->r = remember(tables->n, path, NOTHING, NOTHING);
}

/* What another network saw before it turned the switch on. */
static int copy_line(const struct setting *s, void *ctx)
{
	const struct tables *tables = ctx;

	if (strncmp(s->path, TABLE_LINE, strlen(TABLE_LINE)) != 0 &&
	    (!is_under(tables->t, s->path) || strcmp(s->old, AS_SWITCH) == 0 ||
	     strcmp(s->old, NOTHING) == 0))
		return 0;
	return remember(tables->n, s->path, s->old, strcmp(s->new, PENDING) == 0 ? s->old : s->new);
}

/* All that the switch is going to overwrite, and the tables that do without it. */
static int note_world(const struct network *n, const struct toggle *t, const char *now)
{
	struct tables tables = {.n = n, .t = t};
	int r = each_other(n, copy_line, &tables);

	if (r == 0)
		r = note_devices(n, t);
	if (r < 0 || strcmp(now, "0") != 0)
		return r;
	r = each_chain(note_table, &tables);
	return r < 0 ? r : tables.r;
}

static void find_new_table(const struct nft_chain *chain, void *ctx)
{
	struct tables *tables = ctx;
	const char *line, *end;
	struct setting s;
	char path[128];

	if (!tables->new[0] && forwards(chain, tables->t, path) &&
	    !find_line(tables->known, path, &s, &line, &end))
		memcpy(tables->new, path + strlen(TABLE_LINE), sizeof(path) - strlen(TABLE_LINE));
}

/* Has somebody come to rely on the switch, like a Docker that was started since? Says so. */
static bool others_rely(const char *known, const struct toggle *t)
{
	struct tables tables = {.t = t, .known = known};

	if (each_chain(find_new_table, &tables) < 0 || !tables.new[0])
		return false;
	tables.new[strcspn(tables.new, "/")] = ' ';
	(void)worker_fail(EX_DONE,
			  "warning: " PROC_NET "%s stays 1, because the firewall table '%s' came "
			  "while it was; if nobody needs it, write 0 there",
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
	return r < 0 ? r : remember(n, path, old, value);
}

/* What another network has to have of a device, after its switch was written. */
static int write_again(const struct setting *s, void *ctx)
{
	const struct toggle *t = ctx;
	bool needed = is_under(t, s->path) && strcmp(s->new, PENDING) != 0;
	int r = needed ? setting_write(s->path, s->new) : 0;

	return r == -ENOENT ? 0 : r; /* the device is gone */
}

/* Linux has opened the bridges that have to be closed, too. */
static int close_again(const struct setting *s, void *ctx)
{
	return strcmp(s->new, "0") == 0 ? write_again(s, ctx) : 0;
}

int setting_change(const struct network *n, const char *path, const char *value)
{
	const struct toggle *t = as_toggle(path);
	const char *line, *end;
	struct setting s;
	char *known;
	int r = own_lines(n, &known);

	if (r < 0)
		return r;
	r = find_line(known, path, &s, &line, &end) ? remember(n, path, s.old, value)
						    : note_first(n, path, value);
	free(known);
	if (r == 0)
		r = setting_write(path, value);
	return r == 0 && t ? each_other(n, close_again, (void *)(uintptr_t)t) : r;
}

int setting_hold(const struct network *n, const char *path, const char *value)
{
	int r = remember(n, path, NOTHING, value);

	return r < 0 ? r : setting_write(path, value);
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

/* The lines as an array, malloc'ed, with what is due; NULL: no memory. */
static struct setting *find_due(const struct network *n, const char *known, size_t *retn)
{
	struct setting *all = calloc(strlen(known) / 6 + 1, sizeof(*all)), theirs;

	*retn = 0;
	while (all && next_line(&known, &all[*retn])) {
		struct setting *s = &all[(*retn)++];

		/* Where others' lines cannot be read, they may need it. */
		s->due = strcmp(s->old, NOTHING) != 0 &&
			 (strcmp(s->new, PENDING) == 0 || setting_is(s->path, s->new)) &&
			 others_know(n, s->path, &theirs) == 0;
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
			r = remember(n, all[i].path, all[i].old, PENDING);
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
	r = each_other(n, write_again, (void *)(uintptr_t)t);
	if (r < 0)
		(void)worker_fail(EX_FAILED, "cannot set what other networks need: %s",
				  strerror(-r));
}

void setting_restore(const struct network *n)
{
	struct setting *all = NULL;
	char *known = NULL;
	size_t count = 0;

	if (n->dir >= 0 && own_lines(n, &known) == 0)
		all = find_due(n, known, &count);
	if (n->dir >= 0 && !all)
		(void)worker_fail(EX_FAILED,
				  "cannot read " RUN_DIR "/networks/%s/" SETTINGS_FILE
				  ": nothing of /proc/sys is put back",
				  n->name);
	for (size_t i = 0; i < count; i++) {
		const struct toggle *t = as_toggle(all[i].path);

		if (t && all[i].due && strcmp(all[i].old, all[i].new) != 0 &&
		    !others_rely(known, t))
			turn_off(n, t, all, count);
	}
	/* In reverse: accept_ra after IPv6's forwarding, which ends what was learned without. */
	for (size_t i = count; i-- > 0;)
		if (all[i].due && !as_toggle(all[i].path))
			put_back(&all[i]);
	free(all);
	free(known);
}

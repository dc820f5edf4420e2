/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caller.h"

#include "names.h"
#include "num.h"
#include "quote.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int caller_get(struct caller *ret)
{
	struct caller c = {.uid = getuid(), .gid = getgid()};
	int n = getgroups(0, NULL);

	if (n < 0)
		return -errno;
	if (n > 0) {
		c.groups = calloc((size_t)n, sizeof(*c.groups));
		if (!c.groups)
			return -ENOMEM;
		n = getgroups(n, c.groups);
		if (n < 0) {
			int err = errno;

			free(c.groups);
			return -err;
		}
		c.ngroups = (size_t)n;
	}
	*ret = c;
	return 0;
}

void caller_free(struct caller *c)
{
	free(c->groups);
	c->groups = NULL;
	c->ngroups = 0;
}

/* Is the text a number (then *ret), as policy files write uids and gids? */
static bool is_number(const char *text, unsigned *ret)
{
	uint64_t value;

	/* The highest number means "no change" to the kernel and names nobody. */
	if (num_parse(text, strlen(text), 0, (uid_t)-2, &value) < 0)
		return false;
	*ret = (unsigned)value;
	return true;
}

/*
 * No id was found for the name, and that proves nothing (names_users_certain()). So the
 * caller's ids are asked for their names: one that has another name is not the one looked
 * for; one that has none cannot be told. 1, 0 or -errno.
 */
static int is_called(int (*names)(unsigned id, char *buf, size_t size), unsigned id,
		     const char *name)
{
	char found[1024];
	int r = names(id, found, sizeof(found));

	if (r == 1 && strlen(found) + 1 >= sizeof(found))
		return -ENAMETOOLONG; /* cut, perhaps */
	if (r == 1)
		return strcmp(found, name) == 0;
	return r == 0 ? -EAGAIN : r;
}

int caller_is_user(const struct caller *c, const char *name)
{
	unsigned id;
	int r;

	if (is_number(name, &id))
		return id == c->uid;
	r = names_uid(name, &id);
	if (r == 1)
		return id == c->uid;
	if (r == 0)
		r = names_users_certain();
	if (r != 0)
		return r < 0 ? r : 0;
	return is_called(names_user, c->uid, name);
}

/* Is the caller in a group of that name, of which no number is known? */
static int is_in_called(const struct caller *c, const char *name)
{
	int r = names_groups_certain(), unsure = 0;

	if (r != 0)
		return r < 0 ? r : 0;
	r = is_called(names_group, c->gid, name);
	for (size_t i = 0; i < c->ngroups && (r == 0 || r == -EAGAIN); i++) {
		/* The next one may settle it. */
		if (r == -EAGAIN)
			unsure = r;
		r = c->groups[i] != c->gid ? is_called(names_group, c->groups[i], name) : 0;
	}
	return r == 0 ? unsure : r;
}

int caller_in_group(const struct caller *c, const char *name)
{
	unsigned id;

	if (!is_number(name, &id)) {
		int r = names_gid(name, &id);

		if (r != 1)
			return r < 0 ? r : is_in_called(c, name);
	}
	if (id == c->gid)
		return 1;
	for (size_t i = 0; i < c->ngroups; i++)
		if (c->groups[i] == id)
			return 1;
	return 0;
}

const char *caller_text(const struct caller *c, char *buf, size_t size)
{
	char name[QUOTE_SIZE];

	if (names_user(c->uid, name, sizeof(name)) == 1)
		/* A name as long as the buffer must not hide the number. */
		snprintf(buf, size, "%.128s (uid %u)", QUOTE(name), c->uid);
	else
		snprintf(buf, size, "uid %u", c->uid);
	return buf;
}

const char *caller_word(const struct caller *c, char *buf, size_t size)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				    "0123456789.-$";

	/* Only what the policy takes for a name, whole, and for this one alone. */
	if (names_user(c->uid, buf, size) != 1 || strlen(buf) + 1 >= size ||
	    strspn(buf, plain) != strlen(buf) || !strchr(plain, buf[0]) ||
	    strchr("0123456789.-$", buf[0]))
		snprintf(buf, size, "%u", c->uid);
	return buf;
}

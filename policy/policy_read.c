/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a policy: their lines and includes. */
#include "policy.h"

#include "lib/quote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_SIZE 32768
_Static_assert(BUFFER_SIZE > POLICY_LINE_MAX + 2, "a line and its CRLF must fit");

/* One open file; the files around it are reached through parent. */
struct file {
	const struct file *parent;
	const char *path;
	struct policy_file_id id;
	int handle;
	unsigned line;
	unsigned depth;
	size_t start, end; /* what is in buf and not yet used */
	bool at_end;       /* nothing is left to be read */
	char buf[BUFFER_SIZE];
};

struct reader {
	const struct policy_vocab *vocab;
	const struct policy_ops *ops;
	void *ctx;
	struct policy_error error;
	size_t bytes;
	unsigned files;
	bool failed;
};

/* Reports an error. 0: go on, to find more of them. */
static int report(struct reader *r, const char *path, unsigned line)
{
	snprintf(r->error.file, sizeof(r->error.file), "%s", path);
	r->error.line = line;
	r->failed = true;
	return r->ops->error(r->ctx, &r->error) ? 0 : -EINVAL;
}

__attribute__((format(printf, 3, 4))) static int fail(struct reader *r, const struct file *f,
						      const char *fmt, ...)
{
	va_list args;

	r->error.column = 0;
	va_start(args, fmt);
	vsnprintf(r->error.text, sizeof(r->error.text), fmt, args);
	va_end(args);
	return report(r, f->path, f->line);
}

/* Moves what is unused to the front of the buffer and reads more behind it. */
static int fill(struct reader *r, struct file *f)
{
	ssize_t n;

	memmove(f->buf, f->buf + f->start, f->end - f->start);
	f->end -= f->start;
	f->start = 0;
	n = r->ops->read(r->ctx, f->handle, f->buf + f->end, sizeof(f->buf) - f->end);
	if (n < 0) {
		f->line = 0;
		f->at_end = true;
		return fail(r, f, "cannot be read: %s", strerror((int)-n));
	}
	if (n == 0)
		f->at_end = true;
	f->end += (size_t)n;
	r->bytes += (size_t)n;
	if (r->bytes > POLICY_BYTES_MAX) {
		f->at_end = true;
		f->end = 0;
		return fail(r, f, "the policy has more than %zu bytes in all", POLICY_BYTES_MAX);
	}
	return 0;
}

/* Passes over the rest of a line that does not fit. */
static int skip_line(struct reader *r, struct file *f)
{
	for (;;) {
		char *end = memchr(f->buf + f->start, '\n', f->end - f->start);
		int e;

		if (end) {
			f->start = (size_t)(end - f->buf) + 1;
			return 0;
		}
		f->start = f->end;
		if (f->at_end)
			return 0;
		e = fill(r, f);
		if (e < 0)
			return e;
	}
}

/* The next line without its end: 1, 0 at the file's end, -EINVAL. */
PER_LINE static int next_line(struct reader *r, struct file *f, const char **line, size_t *len)
{
	for (;;) {
		const char *from = f->buf + f->start;
		const char *end = memchr(from, '\n', f->end - f->start);
		size_t n = end ? (size_t)(end - from) : f->end - f->start;
		size_t text = n;
		int e;

		if (text > 0 && from[text - 1] == '\r' && (end || f->at_end))
			text--;
		/* An incomplete line may still end in a CR that does not count. */
		if (text > POLICY_LINE_MAX + (size_t)(end || f->at_end ? 0 : 1)) {
			f->line++;
			r->error.column = POLICY_LINE_MAX + 1;
			snprintf(r->error.text, sizeof(r->error.text),
				 "line is longer than %d bytes", POLICY_LINE_MAX);
			e = report(r, f->path, f->line);
			if (e == 0)
				e = skip_line(r, f);
			if (e < 0)
				return e;
			continue;
		}
		if (end || (f->at_end && n > 0)) {
			f->line++;
			f->start += n + (end ? 1 : 0);
			*line = from;
			*len = text;
			return 1;
		}
		if (f->at_end)
			return 0;
		e = fill(r, f);
		if (e < 0)
			return e;
	}
}

static int read_file(struct reader *r, const struct file *parent, const char *path);

/* An include of the file parent, whose text is not terminated and about to be overwritten. */
static int read_include(struct reader *r, const struct file *parent, const struct policy_text *t)
{
	char *path;
	int e;

	if (t->len >= 4096)
		return fail(r, parent, "path of the include is too long");
	if (parent->depth + 1 >= POLICY_DEPTH_MAX)
		return fail(r, parent, "includes are more than %d deep", POLICY_DEPTH_MAX);
	if (++r->files > POLICY_FILES_MAX) {
		e = fail(r, parent, "more than %d includes", POLICY_FILES_MAX);
		return e < 0 ? e : -EINVAL; /* each further one would say the same */
	}
	path = strndup(t->p, t->len);
	if (!path)
		return -ENOMEM;
	e = read_file(r, parent, path);
	free(path);
	return e;
}

PER_LINE static int one_line(struct reader *r, const struct file *f, const char *line, size_t len)
{
	struct policy_rule rule UNINITIALIZED; /* policy_line() fills it in */
	int e = policy_line(r->vocab, line, len, &rule, &r->error);

	switch (e) {
	case 0:
		return 0;
	case 1:
		rule.file = f->path;
		rule.line = f->line;
		return r->ops->rule(r->ctx, &rule);
	case 2:
		return read_include(r, f, &rule.object);
	default:
		return report(r, f->path, f->line);
	}
}

PER_LINE static int read_lines(struct reader *r, struct file *f)
{
	const char *line, *object = r->ops->object;
	size_t len;
	int e;

	while ((e = next_line(r, f, &line, &len)) > 0) {
		if (object && policy_line_is_of_another(r->vocab, line, len, object))
			continue;
		e = one_line(r, f, line, len);
		if (e != 0)
			return e;
	}
	return e;
}

/* -EINVAL once reported, 0 also when the file was passed over or reading is to go on. */
static int open_file(struct reader *r, struct file *f, char *why, size_t size)
{
	f->handle = r->ops->open(r->ctx, f->path, f->parent != NULL, &f->id, why, size);
	if (f->handle >= 0) {
		if (r->ops->opened)
			r->ops->opened(r->ctx, f->path, f->parent ? f->parent->path : NULL,
				       f->parent ? f->parent->line : 0);
		return 0;
	}
	if (f->handle == POLICY_OPEN_PASSED_OVER) {
		if (r->ops->passed_over)
			r->ops->passed_over(r->ctx, f->path, f->parent->path, f->parent->line);
		return 0;
	}
	if (f->parent)
		return fail(r, f->parent, "include '%s': %s", QUOTE(f->path), why);
	return fail(r, f, "%s", why);
}

static int read_file(struct reader *r, const struct file *parent, const char *path)
{
	/* Too large for the stack of a process whose limits somebody else has set. */
	struct file *f = malloc(sizeof(*f));
	char why[256] = "";
	int e;

	if (!f)
		return -ENOMEM;
	f->parent = parent;
	f->path = path;
	f->line = 0;
	f->depth = parent ? parent->depth + 1 : 0;
	f->start = f->end = 0;
	f->at_end = false;
	e = open_file(r, f, why, sizeof(why));
	if (e < 0 || f->handle < 0)
		goto out;
	for (const struct file *p = parent; p; p = p->parent)
		if (p->id.dev == f->id.dev && p->id.ino == f->id.ino) {
			e = fail(r, parent, "include '%s' is a loop: this file is being read",
				 QUOTE(path));
			goto close;
		}
	e = read_lines(r, f);
close:
	r->ops->close(r->ctx, f->handle);
out:
	free(f);
	return e;
}

int policy_read(const struct policy_vocab *vocab, const struct policy_ops *ops, void *ctx,
		const char *path)
{
	struct reader r; /* large: its error is filled in when there is one */
	int e;

	r.vocab = vocab;
	r.ops = ops;
	r.ctx = ctx;
	r.bytes = 0;
	r.files = 0;
	r.failed = false;
	e = read_file(&r, NULL, path);
	if (e == 0 && r.failed)
		return -EINVAL;
	return e;
}

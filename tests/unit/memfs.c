/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memfs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
	struct memfs *fs;
	const struct policy_request *request;
	struct policy_decision *decision;
};

/* Appends to a growing string; the tests cannot go on without memory. */
static void append(char **to, const char *text)
{
	size_t len = *to ? strlen(*to) : 0, more = strlen(text);
	char *grown = realloc(*to, len + more + 1);

	if (!grown)
		abort();
	memcpy(grown + len, text, more + 1);
	*to = grown;
}

static int mem_open(void *ctx, const char *path, bool included, struct policy_file_id *retid,
		    char *why, size_t size)
{
	struct memfs *fs = ((struct run *)ctx)->fs;

	fs->opens++;
	for (size_t i = 0; i < fs->n; i++) {
		const struct memfile *f = &fs->files[i];

		if (strcmp(f->path, path) != 0)
			continue;
		if (!f->data && included)
			return POLICY_OPEN_PASSED_OVER;
		for (int h = 0; f->data && h < MEMFS_OPEN_MOST; h++)
			if (!fs->handles[h].file) {
				fs->handles[h].file = f;
				fs->handles[h].at = 0;
				retid->dev = 1;
				retid->ino = f->ino ? f->ino : i + 1000000;
				return h;
			}
		snprintf(why, size, "%s", f->data ? "no handle is free" : "may not be read");
		return POLICY_OPEN_FAILED;
	}
	snprintf(why, size, "No such file");
	return POLICY_OPEN_FAILED;
}

static ssize_t mem_read(void *ctx, int handle, char *buf, size_t size)
{
	struct memfs *fs = ((struct run *)ctx)->fs;
	const struct memfile *f = fs->handles[handle].file;
	size_t left;

	if (!f)
		abort(); /* read after its close */
	left = f->len - fs->handles[handle].at;
	if (left == 0 && f->read_error)
		return -f->read_error;
	if (size > left)
		size = left;
	if (fs->chunk && size > fs->chunk)
		size = fs->chunk;
	memcpy(buf, f->data + fs->handles[handle].at, size);
	fs->handles[handle].at += size;
	return (ssize_t)size;
}

static void mem_close(void *ctx, int handle)
{
	struct memfs *fs = ((struct run *)ctx)->fs;

	if (!fs->handles[handle].file)
		abort(); /* closed twice */
	fs->handles[handle].file = NULL;
}

static int on_rule(void *ctx, const struct policy_rule *rule)
{
	struct run *run = ctx;
	char text[2 * POLICY_LINE_MAX], line[2 * POLICY_LINE_MAX + 4200];

	run->fs->rule_count++;
	if (!run->fs->quiet) {
		policy_print(rule, text, sizeof(text));
		snprintf(line, sizeof(line), "%s:%u: %s\n", rule->file, rule->line, text);
		append(&run->fs->rules, line);
	}
	if (run->request) {
		int r = policy_decide(run->decision, run->request, rule);

		if (r != 0)
			return r;
	}
	return run->fs->rule_result;
}

static bool on_error(void *ctx, const struct policy_error *error)
{
	struct memfs *fs = ((struct run *)ctx)->fs;
	char line[5000];

	fs->error_count++;
	if (fs->error_count <= 1000) {
		snprintf(line, sizeof(line), "%s:%u:%u: %s\n", error->file, error->line,
			 error->column, error->text);
		append(&fs->errors, line);
	}
	return !fs->stop;
}

static void on_passed_over(void *ctx, const char *path, const char *file, unsigned line)
{
	struct memfs *fs = ((struct run *)ctx)->fs;
	char text[9000];

	fs->passed_count++;
	snprintf(text, sizeof(text), "%s:%u: %s\n", file, line, path);
	append(&fs->passed, text);
}

static int read_once(struct run *run, const char *object)
{
	const struct policy_ops ops = {
		.open = mem_open,
		.read = mem_read,
		.close = mem_close,
		.rule = on_rule,
		.error = on_error,
		.passed_over = on_passed_over,
		.object = object,
	};
	struct memfs *fs = run->fs;
	int r;

	append(&fs->rules, "");
	append(&fs->errors, "");
	append(&fs->passed, "");
	r = policy_read(fs->vocab ? fs->vocab : &policy_bridge, &ops, run, fs->files[0].path);
	for (size_t h = 0; h < MEMFS_OPEN_MOST; h++)
		if (fs->handles[h].file)
			abort(); /* a file was left open */
	return r;
}

static void must(bool cond)
{
	if (!cond)
		abort();
}

/* As the helpers read it, who pass over what another device is allowed: the same comes out. */
static void read_for(const struct memfs *fs, const struct policy_request *q,
		     const struct policy_decision *d, int r)
{
	struct memfs again = {.files = fs->files,
			      .n = fs->n,
			      .vocab = fs->vocab,
			      .chunk = fs->chunk,
			      .stop = fs->stop,
			      .quiet = true};
	struct policy_decision decision;
	struct run run = {&again, q, &decision};

	policy_decision_init(&decision);
	must(read_once(&run, q->object) == r);
	must(strcmp(again.errors, fs->errors) == 0 && strcmp(again.passed, fs->passed) == 0);
	must(again.opens == fs->opens && again.rule_count <= fs->rule_count);
	must(decision.verdict == d->verdict && decision.line == d->line &&
	     decision.limit == d->limit && decision.unsure.line == d->unsure.line);
	must(!decision.file == !d->file && (!d->file || strcmp(decision.file, d->file) == 0));
	policy_decision_free(&decision);
	memfs_reset(&again);
}

int memfs_decide(struct memfs *fs, const struct policy_request *q, struct policy_decision *d)
{
	bool fresh = d && d->verdict == POLICY_NO_RULE && fs->opens == 0;
	struct run run = {fs, q, d};
	int r = read_once(&run, NULL);

	if (q && fresh && fs->rule_result == 0)
		read_for(fs, q, d, r);
	return r;
}

int memfs_read(struct memfs *fs)
{
	return memfs_decide(fs, NULL, NULL);
}

void memfs_reset(struct memfs *fs)
{
	free(fs->rules);
	free(fs->errors);
	free(fs->passed);
	fs->rules = fs->errors = fs->passed = NULL;
	fs->rule_count = fs->error_count = fs->passed_count = fs->opens = 0;
}

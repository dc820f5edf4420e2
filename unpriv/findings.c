/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "findings.h"

#include "cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

PRINTF(1, 0) static char *format(const char *fmt, va_list args)
{
	char *text;

	return vasprintf(&text, fmt, args) < 0 ? NULL : text;
}

/* Room for one more. */
static bool grow(struct findings *all)
{
	size_t more = all->size ? 2 * all->size : 16;
	struct finding *bigger;

	if (all->n < all->size)
		return true;
	bigger = reallocarray(all->v, more, sizeof(*bigger));
	if (!bigger)
		return false;
	all->v = bigger;
	all->size = more;
	return true;
}

void findings_add(struct findings *all, const struct finding *f, const char *file, char *fix,
		  const char *fmt, ...)
{
	struct finding added = *f;
	va_list args;

	va_start(args, fmt);
	added.text = format(fmt, args);
	va_end(args);
	added.file = strdup(file);
	added.fix = fix;
	if (added.text && added.file && grow(all)) {
		all->v[all->n++] = added;
		return;
	}
	free(added.text);
	free(added.file);
	free(fix);
	all->no_memory = true;
}

bool findings_has(const struct findings *all, enum severity severity)
{
	for (size_t i = 0; i < all->n; i++)
		if (all->v[i].severity == severity)
			return true;
	return false;
}

static bool shell_takes(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/_.,+:=@%-";

	return text[strspn(text, plain)] == '\0';
}

char *findings_command(const char *command, const char *path)
{
	size_t len = strlen(command);
	/* Each byte may become four, besides the blank, the quotes and the NUL. */
	char *text = malloc(len + 4 * strlen(path) + 4), *to = text;
	bool quoted = !shell_takes(path);

	if (!text)
		return NULL;
	memcpy(to, command, len);
	to += len;
	*to++ = ' ';
	if (quoted)
		*to++ = '\'';
	for (const char *p = path; *p; p++) {
		if (*p == '\'') {
			memcpy(to, "'\\''", 4);
			to += 4;
		} else {
			*to++ = *p;
		}
	}
	if (quoted)
		*to++ = '\'';
	*to = '\0';
	return text;
}

/* Nothing that a terminal would act on; a command holds other bytes only within quotes. */
static void print_command(const char *fix)
{
	for (const char *p = fix; *p; p++) {
		unsigned char c = (unsigned char)*p;

		if (c < 0x20 || c >= 0x7f)
			fprintf(stderr, "\\x%02x", c);
		else
			fputc(c, stderr);
	}
}

void findings_print(const struct findings *all)
{
	char place[1100];

	(void)fflush(stdout);
	for (size_t i = 0; i < all->n; i++) {
		const struct finding *f = &all->v[i];

		cli_place(f->file, f->line, f->column, place, sizeof(place));
		fprintf(stderr, "netgrant: %s%s: %s",
			f->severity == FINDING_WARNING ? "warning: " : "", place, f->text);
		if (f->fix) {
			fputs("; run: ", stderr);
			print_command(f->fix);
		}
		fputc('\n', stderr);
	}
}

static bool add_number(struct json_object *o, const char *key, unsigned number)
{
	return number ? cli_json_add(o, key, json_object_new_int64(number)) : cli_json_null(o, key);
}

static struct json_object *finding_json(const struct finding *f)
{
	const char *severity = f->severity == FINDING_WARNING ? "warning" : "error";
	struct json_object *o = json_object_new_object();

	if (cli_json_add(o, "kind", json_object_new_string(f->kind)) &&
	    cli_json_add(o, "severity", json_object_new_string(severity)) &&
	    cli_json_add(o, "file", cli_json_text(f->file)) && add_number(o, "line", f->line) &&
	    add_number(o, "column", f->column) && cli_json_add(o, "text", cli_json_text(f->text)) &&
	    (f->fix ? cli_json_add(o, "fix", cli_json_text(f->fix)) : cli_json_null(o, "fix")))
		return o;
	json_object_put(o);
	return NULL;
}

struct json_object *findings_json(const struct findings *all)
{
	struct json_object *list = json_object_new_array();

	for (size_t i = 0; list && i < all->n; i++) {
		struct json_object *o = finding_json(&all->v[i]);

		if (!o || json_object_array_add(list, o) < 0) {
			json_object_put(o);
			json_object_put(list);
			return NULL;
		}
	}
	return list;
}

void findings_free(struct findings *all)
{
	for (size_t i = 0; i < all->n; i++) {
		free(all->v[i].file);
		free(all->v[i].text);
		free(all->v[i].fix);
	}
	free(all->v);
	memset(all, 0, sizeof(*all));
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli.h"

#include "lib/quote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int cli_fail(enum exitcode status, const char *fmt, ...)
{
	va_list args;

	/* What stdout was told came first. A failure to write is found at the end. */
	(void)fflush(stdout);
	va_start(args, fmt);
	fputs("netgrant: ", stderr);
	vfprintf(stderr, fmt, args);
	fputc('\n', stderr);
	va_end(args);
	return (int)status;
}

NONNULL PRINTF(2, 3) static int usage(const struct cli_verb *verb, const char *fmt, ...)
{
	char what[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	return cli_fail(EX_USAGE_ERR, "%s: %s; usage: netgrant %s%s%s", verb->name, what,
			verb->name, verb->synopsis[0] ? " " : "", verb->synopsis);
}

static const struct option {
	enum cli_option id;
	const char *name;
	bool takes_value;
} options[] = {
	{CLI_USER, "--user", true},      {CLI_JSON, "--json", false},
	{CLI_PRINT, "--print", false},   {CLI_LENIENT, "--lenient", false},
	{CLI_DOMAIN, "--domain", false}, {CLI_XML, "--xml", false},
};

/* Which of the verb's options is it, and its value behind '=', if any? */
static const struct option *find_option(const struct cli_verb *verb, const char *arg,
					const char **value)
{
	size_t len = strcspn(arg, "=");

	*value = arg[len] == '=' ? arg + len + 1 : NULL;
	for (size_t i = 0; i < ARRAY_LEN(options); i++)
		if ((verb->options & options[i].id) && strlen(options[i].name) == len &&
		    memcmp(options[i].name, arg, len) == 0)
			return &options[i];
	return NULL;
}

static int take_option(const struct cli_verb *verb, int argc, char *const argv[], int *i,
		       struct cli_args *ret)
{
	const char *value;
	const struct option *o = find_option(verb, argv[*i], &value);

	if (!o)
		return usage(verb, "unknown option '%s'", QUOTE(argv[*i]));
	if (!o->takes_value && value)
		return usage(verb, "option '%s' takes no value", o->name);
	if (o->takes_value && !value) {
		if (*i + 1 >= argc)
			return usage(verb, "option '%s' needs a value", o->name);
		value = argv[++*i];
	}
	switch (o->id) {
	case CLI_USER:
		ret->user = value;
		break;
	case CLI_JSON:
		ret->json = true;
		break;
	case CLI_PRINT:
		ret->print = true;
		break;
	case CLI_LENIENT:
		ret->lenient = true;
		break;
	case CLI_DOMAIN:
		ret->domain = true;
		break;
	case CLI_XML:
		ret->xml = true;
		break;
	}
	return EX_DONE;
}

int cli_parse(const struct cli_verb *verb, int argc, char *const argv[], struct cli_args *ret)
{
	bool no_more_options = false;

	memset(ret, 0, sizeof(*ret));
	for (int i = 0; i < argc; i++) {
		const char *arg = argv[i];
		int r;

		if (!no_more_options && strcmp(arg, "--") == 0) {
			no_more_options = true;
		} else if (!no_more_options && arg[0] == '-' && arg[1]) {
			r = take_option(verb, argc, argv, &i, ret);
			if (r != EX_DONE)
				return r;
		} else if (ret->operands >= verb->most) {
			return usage(verb, "unexpected argument '%s'", QUOTE(arg));
		} else {
			ret->operand[ret->operands++] = arg;
		}
	}
	if (ret->operands < verb->least)
		return usage(verb, "an argument is missing");
	return EX_DONE;
}

const char *cli_place(const char *file, unsigned line, unsigned column, char *buf, size_t size)
{
	char quoted[1024];

	quote(quoted, sizeof(quoted), file);
	if (!line)
		snprintf(buf, size, "%s", quoted);
	else if (!column)
		snprintf(buf, size, "%s:%u", quoted, line);
	else
		snprintf(buf, size, "%s:%u:%u", quoted, line, column);
	return buf;
}

int cli_policy_error(const struct policy_error *error, const char *path, int r)
{
	char place[1100];

	cli_place(error->file[0] ? error->file : path, error->line, error->column, place,
		  sizeof(place));
	return cli_fail(r == -EINVAL ? EX_POLICY : EX_FAILED, "%s: %s", place, error->text);
}

/* Is text UTF-8, in shortest form and without surrogates (RFC 3629)? */
static bool is_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	while (*p) {
		unsigned char first = *p++;
		unsigned more = first < 0x80 ? 0 : first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;

		if ((first >= 0x80 && first < 0xc2) || first > 0xf4)
			return false;
		if ((first == 0xe0 && *p < 0xa0) || (first == 0xed && *p > 0x9f) ||
		    (first == 0xf0 && *p < 0x90) || (first == 0xf4 && *p > 0x8f))
			return false;
		for (; more > 0; more--)
			if ((*p++ & 0xc0) != 0x80)
				return false;
	}
	return true;
}

struct json_object *cli_json_text(const char *text)
{
	return json_object_new_string(is_utf8(text) ? text : QUOTE(text));
}

bool cli_json_add(struct json_object *object, const char *key, struct json_object *value)
{
	if (object && value && json_object_object_add(object, key, value) == 0)
		return true;
	json_object_put(value);
	return false;
}

bool cli_json_null(struct json_object *object, const char *key)
{
	return object && json_object_object_add(object, key, NULL) == 0;
}

int cli_json_print(struct json_object *object)
{
	const char *text =
		object ? json_object_to_json_string_ext(object, JSON_C_TO_STRING_NOSLASHESCAPE |
									JSON_C_TO_STRING_PLAIN)
		       : NULL;

	if (text)
		puts(text);
	json_object_put(object);
	return text ? EX_DONE : cli_fail(EX_FAILED, "out of memory");
}

int cli_flush(int status)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return cli_fail(EX_FAILED, "cannot write: %s", strerror(errno ? errno : EIO));
	return status;
}

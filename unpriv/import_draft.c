/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "import.h"

#include "lib/quote.h"
#include "network/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ENTRIES_MAX 16384

void import_leave_out(struct xml_in *in, unsigned line, const char *what)
{
	struct import *im = (struct import *)in; /* its first member */
	char *notes;

	if (asprintf(&notes, "%s# line %u: %s\n", im->notes ? im->notes : "", line, what) < 0) {
		xml_fail(in, line, "no memory");
		return;
	}
	free(im->notes);
	im->notes = notes;
}

/* The draft is text that is read by lines: nothing may end one. */
static bool fits_line(const char *value)
{
	for (const char *p = value; *p; p++)
		if (*p < 0x20 || *p > 0x7e || (*p == ' ' && (p[1] == ';' || p[1] == '#')))
			return false;
	return value[0] != '\0' && value[0] != ' ';
}

static struct import_entry *find(struct import *im, const char *section, const char *name,
				 const char *key)
{
	for (size_t i = im->n; i > 0; i--) {
		struct import_entry *e = &im->entries[i - 1];

		if (strcmp(e->section, section) == 0 && strcmp(e->key, key) == 0 &&
		    strcmp(e->name, name) == 0)
			return e;
	}
	return NULL;
}

static struct import_entry *append(struct import *im)
{
	if (im->n == ENTRIES_MAX)
		return NULL;
	if (!im->entries)
		im->entries = calloc(ENTRIES_MAX, sizeof(*im->entries));
	return im->entries ? &im->entries[im->n++] : NULL;
}

void import_note(struct import *im, unsigned line, const char *section, const char *name,
		 const char *key, const char *value, bool list)
{
	struct import_entry *e = NULL;
	char *joined;

	if (!value)
		return;
	name = name ? name : "";
	if (name[0] && (!fits_line(name) || strpbrk(name, "[] "))) {
		xml_fail(&im->in, line, "the name '%s' cannot stand in our format", QUOTE(name));
		return;
	}
	if (!fits_line(value)) {
		xml_fail(&im->in, line, "'%s' cannot stand in our format", QUOTE(value));
		return;
	}
	if (list)
		e = find(im, section, name, key);
	if (e) {
		if (asprintf(&joined, "%s, %s", e->value, value) < 0) {
			xml_fail(&im->in, line, "no memory");
			return;
		}
		free(e->value);
		e->value = joined;
		return;
	}
	e = append(im);
	if (!e) {
		xml_fail(&im->in, line, "too much for one network");
		return;
	}
	*e = (struct import_entry){.section = section, .key = key, .line = line};
	e->name = strdup(name);
	e->value = strdup(value);
	if (!e->name || !e->value) {
		im->n--;
		free(e->name);
		free(e->value);
		xml_fail(&im->in, line, "no memory");
	}
}

/* The text, and in *retlines the line of the XML for each line of it. NULL: no memory. */
static char *write_draft(const struct import *im, unsigned *lines)
{
	bool *done = calloc(im->n + 1, sizeof(*done));
	size_t size = 0, at = 1;
	char *text = NULL;
	FILE *f = done ? open_memstream(&text, &size) : NULL;

	for (size_t i = 0; f && i < im->n; i++) {
		const struct import_entry *first = &im->entries[i];

		if (done[i])
			continue;
		fprintf(f, "[%s%s%s]\n", first->section, first->name[0] ? " " : "", first->name);
		lines[at++] = first->line;
		for (size_t j = i; j < im->n; j++) {
			const struct import_entry *e = &im->entries[j];

			if (done[j] || strcmp(e->section, first->section) != 0 ||
			    strcmp(e->name, first->name) != 0)
				continue;
			done[j] = true;
			fprintf(f, "%s=%s\n", e->key, e->value);
			lines[at++] = e->line;
		}
	}
	free(done);
	if (f && fclose(f) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

void import_print(struct import *im)
{
	const char *defect = im->network ? netname_defect(im->network) : "is missing";
	unsigned *lines = calloc(2 * im->n + 2, sizeof(*lines));
	char *draft = lines ? write_draft(im, lines) : NULL, *printed = NULL;
	struct net_config_error error;
	struct net_config config;
	int r;

	if (defect) {
		xml_fail(&im->in, 0, "the name '%s' %s", QUOTE(im->network ? im->network : ""),
			 defect);
	} else if (draft) {
		r = net_config_parse(im->network, draft, strlen(draft), &config, &error);
		if (r == 0) {
			printed = net_config_print(&config);
			net_config_free(&config);
		} else if (error.line <= 2 * im->n) {
			xml_fail(&im->in, lines[error.line], "%s", error.text);
		}
	}
	if (!printed && im->in.problems == 0)
		xml_fail(&im->in, 0, "no memory");
	else if (printed)
		printf("# The network %s, from libvirt's description.\n%s%s", im->network,
		       im->notes ? im->notes : "", printed);
	free(printed);
	free(draft);
	free(lines);
}

void import_free(struct import *im)
{
	for (size_t i = 0; i < im->n; i++) {
		free(im->entries[i].name);
		free(im->entries[i].value);
	}
	free(im->entries);
	free(im->notes);
	free(im->network);
	im->entries = NULL;
	im->n = 0;
	im->notes = im->network = NULL;
}

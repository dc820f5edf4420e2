/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of the virtual networks, for netgrant check, with the parser of nat-setup. */
#include "check.h"

#include "cli.h"
#include "lib/names.h"
#include "lib/netname.h"
#include "lib/quote.h"
#include "networks.h"
#include "network/dnsmasq.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct networks {
	const struct rules *rules;
	struct findings *all;
	char dnsmasq[NETNAME_MAX + 1]; /* the first that needs it; "": none does */
};

bool check_is_network(const char *path)
{
	static const char folder[] = "/networks";
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0, n = sizeof(folder) - 1;
	char name[NETNAME_MAX + 2];

	return len >= n && memcmp(slash - n, folder, n) == 0 && network_file_name(path, name);
}

/* Without the right to read it nothing is known to be wrong. */
static void tell(const struct network_error *error, struct findings *all)
{
	const struct finding f = {
		.kind = error->hidden ? "unknown"
			: error->line ? "syntax"
				      : "file",
		.severity = error->hidden ? FINDING_WARNING : FINDING_POLICY,
		.line = error->line,
	};

	findings_add(all, &f, error->file,
		     error->fix ? findings_command(error->fix, error->file) : NULL, "%s",
		     error->text);
}

static bool bad_name(const char *name, const char *path, struct findings *all)
{
	const struct finding f = {.kind = "no-match"};
	const char *defect = netname_defect(name);

	if (defect)
		findings_add(all, &f, path, NULL, "describes no network: the name '%s' %s",
			     QUOTE(name), defect);
	return defect != NULL;
}

/* A rule that names it, and lets its users start what only root may. Patterns may well mean
 * the others that they match. */
static void check_start(const struct networks *n, const char *name, const char *path)
{
	const struct finding kind = {.kind = "start-admin"};

	for (size_t i = 0; i < n->rules->n; i++) {
		const struct policy_rule *rule = &n->rules->v[i];
		struct finding f = kind;

		if (!rule->start || rule->kind != POLICY_OBJECT_NAME ||
		    !policy_object_matches(rule, name))
			continue;
		f.line = rule->line;
		findings_add(n->all, &f, rule->file, NULL,
			     "'start' has no effect: %s says start=admin, so that only root may "
			     "start network '%s'",
			     path, name);
	}
}

static void check_one(struct networks *n, const char *file)
{
	char name[NETNAME_MAX + 2], path[sizeof(NETWORKS_CONF) + 256];
	struct network_error error;
	struct net_config config;

	snprintf(path, sizeof(path), NETWORKS_CONF "/%s", file);
	if (!network_file_name(file, name) || bad_name(name, path, n->all))
		return;
	if (!network_read(name, path, &config, &error)) {
		tell(&error, n->all);
		return;
	}
	if (!config.start_allowed)
		check_start(n, name, path);
	if (!n->dnsmasq[0] && net_dnsmasq_needed(&config))
		snprintf(n->dnsmasq, sizeof(n->dnsmasq), "%.*s", NETNAME_MAX, name);
	net_config_free(&config);
}

/* Warnings, not errors: whoever uses no network does without. */
static void check_dnsmasq(const struct networks *n)
{
	const struct finding f = {.kind = "missing"};
	uid_t uid;

	if (!n->dnsmasq[0])
		return;
	if (access(DNSMASQ, X_OK) < 0)
		findings_add(n->all, &f, DNSMASQ, NULL,
			     "cannot be run (%s); network '%s' needs it (package dnsmasq-base or "
			     "dnsmasq)",
			     strerror(errno), n->dnsmasq);
	if (names_uid(DNSMASQ_USER, &uid) == 0)
		findings_add(
			n->all, &f, "/etc/passwd",
			strdup("useradd --system --no-create-home --shell /usr/sbin/nologin " DNSMASQ_USER),
			"there is no user '" DNSMASQ_USER "', as whom dnsmasq runs; network "
			"'%s' needs it",
			n->dnsmasq);
}

void check_networks(const struct rules *rules, size_t *retn, struct findings *all)
{
	const struct finding unknown = {.kind = "unknown"};
	struct networks n = {.rules = rules, .all = all};
	char name[NETNAME_MAX + 2];
	struct dirent **files;
	int count = scandir(NETWORKS_CONF, &files, NULL, alphasort);

	*retn = 0;
	if (count < 0 && errno != ENOENT)
		findings_add(all, &unknown, NETWORKS_CONF, NULL, "cannot be looked at: %s",
			     strerror(errno));
	if (count < 0)
		return;
	for (int i = 0; i < count; i++) {
		*retn += network_file_name(files[i]->d_name, name);
		check_one(&n, files[i]->d_name);
		free(files[i]);
	}
	free(files);
	check_dnsmasq(&n);
}

int check_network_file(const char *path, bool print, struct findings *all)
{
	char name[NETNAME_MAX + 2], *text;
	struct network_error error;
	struct net_config config;

	if (!network_file_name(path, name) || bad_name(name, path, all))
		return EX_DONE;
	if (!network_read(name, path, &config, &error)) {
		/* Who asks for one file has to be told about it. */
		error.hidden = false;
		tell(&error, all);
		return EX_DONE;
	}
	text = print ? net_config_print(&config) : NULL;
	net_config_free(&config);
	if (print && !text)
		return cli_fail(EX_FAILED, "out of memory");
	if (text)
		fputs(text, stdout);
	free(text);
	return EX_DONE;
}

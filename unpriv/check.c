/* SPDX-License-Identifier: GPL-2.0-or-later */
/* netgrant check: what is wrong with the policy and the installation. */
#include "verbs.h"

#include "check.h"
#include "lib/quote.h"
#include "policy/reader.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Policies are named by absolute paths only; people type others. */
static int absolute(const char *path, char ret[PATH_MAX])
{
	char folder[PATH_MAX] = "";
	int n;

	if (!path[0])
		return cli_fail(EX_USAGE_ERR, "check: FILE is empty");
	if (path[0] != '/' && !getcwd(folder, sizeof(folder)))
		return cli_fail(EX_FAILED, "cannot tell the current folder: %s", strerror(errno));
	n = path[0] == '/' ? snprintf(ret, PATH_MAX, "%s", path)
			   : snprintf(ret, PATH_MAX, "%s/%s", folder, path);
	if (n < 0 || n >= PATH_MAX)
		return cli_fail(EX_POLICY, "%s: %s", QUOTE(path), strerror(ENAMETOOLONG));
	return EX_DONE;
}

/* The rules in their normal form; where each comes from stands in a comment, if it fits. */
static void print_rules(const struct rules *rules)
{
	char text[POLICY_LINE_MAX + 64], place[1100];

	for (size_t i = 0; i < rules->n; i++) {
		const struct policy_rule *rule = &rules->v[i];
		size_t len = policy_print(rule, text, sizeof(text));

		cli_place(rule->file, rule->line, 0, place, sizeof(place));
		fputs(text, stdout);
		if (len + 4 + strlen(place) <= POLICY_LINE_MAX)
			printf("  # %s", place);
		putchar('\n');
	}
}

/* A fresh installation is no error. */
static void tell_missing(const struct kind *kind, const char *path, const struct cli_args *args)
{
	if (!args->json)
		printf("%s%s does not exist: no %s is granted to anyone; to grant one, root writes a "
		       "line there, as: %s\n",
		       args->print ? "# " : "", path, kind->vocab->noun, kind->example);
}

/* kept: where the rules go; NULL: nowhere. */
static int check_policy(const struct kind *kind, const char *path, const struct cli_args *args,
			struct findings *all, struct rules *kept)
{
	struct rules rules = {.n = 0};
	size_t before = all->n;
	int r = check_read(kind, path, &rules, all);
	bool wrong = findings_has(all, FINDING_POLICY);

	if (r == EX_DONE) {
		check_rules(kind, &rules, all);
		check_cover(kind, &rules, all);
	}
	if (r == EX_DONE && args->print && !wrong)
		print_rules(&rules);
	else if (r == EX_DONE && !args->json && all->n == before)
		printf("%s: in order, %zu rule%s\n", QUOTE(path), rules.n, rules.n == 1 ? "" : "s");
	if (kept)
		*kept = rules;
	else
		rules_free(&rules);
	return r;
}

/* Whatever is wrong with the policy of networks, their files are looked at. */
static void check_host_networks(const struct rules *rules, const struct cli_args *args,
				struct findings *all)
{
	size_t n, before = all->n;

	check_networks(rules, &n, all);
	if (!args->json && !args->print && n > 0 && all->n == before)
		printf(NETWORKS_CONF ": in order, %zu network%s\n", n, n == 1 ? "" : "s");
}

static int check_host(const struct cli_args *args, struct findings *all)
{
	struct rules networks = {.n = 0};
	size_t before;
	int r = EX_DONE;

	for (size_t i = 0; r == EX_DONE && i < n_kinds; i++) {
		const char *path = kinds[i].path();

		if (reader_exists(path))
			r = check_policy(&kinds[i], path, args, all,
					 kinds[i].facts ? &networks : NULL);
		else
			tell_missing(&kinds[i], path, args);
	}
	if (r == EX_DONE)
		check_host_networks(&networks, args, all);
	rules_free(&networks);
	before = all->n;
	if (r == EX_DONE)
		check_install(all);
	if (r == EX_DONE && !args->json && !args->print && all->n == before)
		printf("%s: in order\n", LIBEXECDIR "/netgrant");
	if (r == EX_DONE && !args->json && !args->print) {
		check_ping();
		check_namespaces();
	}
	return r;
}

static int check_file(const struct cli_args *args, struct findings *all)
{
	char path[PATH_MAX];
	size_t before = all->n;
	int r = absolute(args->operand[0], path);

	if (r != EX_DONE)
		return r;
	if (!check_is_network(path))
		return check_policy(kind_by_file(path), path, args, all, NULL);
	r = check_network_file(path, args->print, all);
	if (r == EX_DONE && !args->json && !args->print && all->n == before)
		printf("%s: in order\n", QUOTE(path));
	return r;
}

static int report(const struct cli_args *args, const struct findings *all)
{
	int r = EX_DONE;

	if (all->no_memory)
		return cli_fail(EX_FAILED, "out of memory");
	if (args->json)
		r = cli_json_print(findings_json(all));
	else
		findings_print(all);
	if (r != EX_DONE)
		return r;
	if (findings_has(all, FINDING_POLICY))
		return EX_POLICY;
	return findings_has(all, FINDING_INSTALL) ? EX_INSTALL : EX_DONE;
}

int verb_check(const struct cli_args *args)
{
	struct findings all = {.n = 0};
	int r;

	if (args->json && args->print)
		return cli_fail(EX_USAGE_ERR, "check: --print and --json exclude each other");
	r = args->operands == 0 ? check_host(args, &all) : check_file(args, &all);
	if (r == EX_DONE)
		r = report(args, &all);
	findings_free(&all);
	return r;
}

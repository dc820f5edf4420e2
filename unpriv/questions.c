/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All subcommands of netgrant but run: questions. See netgrant(1). */
#include "verbs.h"

#include "lib/quote.h"
#include "lib/stdfds.h"

#include <stdio.h>
#include <string.h>

static const struct cli_verb verbs[] = {
	{
		.name = "check",
		.synopsis = "[--print | --json] [FILE]",
		.purpose = "what is wrong with the policy and the installation",
		.options = CLI_PRINT | CLI_JSON,
		.most = 1,
		.run = verb_check,
	},
	{
		.name = "explain",
		.synopsis = "[--user USER] [--json] bridge|network|tap|script NAME",
		.purpose = "may the user use NAME, and which rule says so",
		.options = CLI_USER | CLI_JSON,
		.least = 2,
		.most = 2,
		.run = verb_explain,
	},
	{
		.name = "allowed",
		.synopsis = "[--user USER] [--json]",
		.purpose = "all that the user may use",
		.options = CLI_USER | CLI_JSON,
		.run = verb_allowed,
	},
	{
		.name = "status",
		.synopsis = "[--json]",
		.purpose = "what the helpers have given out, and what was left behind",
		.options = CLI_JSON,
		.run = verb_status,
	},
	{
		.name = "gc",
		.synopsis = "",
		.purpose = "what was left behind, and puts it right; root only",
		.run = verb_gc,
	},
	{
		.name = "leases",
		.synopsis = "[--json] [NETWORK]",
		.purpose = "whom the virtual networks gave addresses",
		.options = CLI_JSON,
		.most = 1,
		.run = verb_leases,
	},
	{
		.name = "import-network",
		.synopsis = "[--lenient] FILE",
		.purpose = "what libvirt's <network> in FILE is in our format",
		.options = CLI_LENIENT,
		.least = 1,
		.most = 1,
		.run = verb_import,
	},
	{
		.name = "convert",
		.synopsis = "[--lenient] [--domain] FILE | --xml NIC...",
		.purpose = "what libvirt's <interface>s in FILE are as --nic, or back",
		.options = CLI_LENIENT | CLI_DOMAIN | CLI_XML,
		.least = 1,
		.most = CLI_OPERANDS_MAX,
		.run = verb_convert,
	},
	{
		.name = "switch-status",
		.synopsis = "[--json] SOCKET",
		.purpose = "what the netgrant-switch with that --control socket has done",
		.options = CLI_JSON,
		.least = 1,
		.most = 1,
		.run = verb_switch_status,
	},
	{
		.name = "slirp-status",
		.synopsis = "[--json] SOCKET",
		.purpose = "what a running netgrant-slirp forwards and carries",
		.options = CLI_JSON,
		.least = 1,
		.most = 1,
		.run = verb_slirp_status,
	},
	{
		.name = "slirp-add",
		.synopsis = "SOCKET hostfwd=SPEC|guestfwd=SPEC",
		.purpose = "a forward more for a running netgrant-slirp",
		.least = 2,
		.most = 2,
		.run = verb_slirp_add,
	},
	{
		.name = "slirp-remove",
		.synopsis = "SOCKET hostfwd=SPEC|guestfwd=SPEC",
		.purpose = "one less",
		.least = 2,
		.most = 2,
		.run = verb_slirp_remove,
	},
};

static int help(void)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		printf("%s netgrant %s%s%s\n", i == 0 ? "Usage:" : "      ", verbs[i].name,
		       verbs[i].synopsis[0] ? " " : "", verbs[i].synopsis);
	puts("       netgrant run [OPTION]... [--] COMMAND [ARGUMENT]...\n"
	     "       netgrant --help | --version\n");
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		printf("  %-14s %s\n", verbs[i].name, verbs[i].purpose);
	printf("  %-14s %s\n", "run", "start an emulator with its NICs; see netgrant run --help");
	puts("\n"
	     "  --user USER  about that user, a name or a number; without it, about you\n"
	     "  --json       for programs\n"
	     "  --print      the rules of the policy in their normal form\n"
	     "  --lenient    comments, not errors, on what cannot be carried over\n"
	     "  --domain     FILE has a whole <domain>\n"
	     "  --xml        from --nic to XML\n"
	     "  --help       this text\n"
	     "  --version    the version\n\n"
	     "Exit status: 0 done or granted, 1 failed, 2 usage, 3 denied, 4 policy unreadable or\n"
	     "wrong, 5 wrong installation. See netgrant(1).");
	return EX_DONE;
}

static int verb_help(const struct cli_verb *verb)
{
	printf("Usage: netgrant %s%s%s\n\nTells %s. See netgrant(1).\n", verb->name,
	       verb->synopsis[0] ? " " : "", verb->synopsis, verb->purpose);
	return EX_DONE;
}

static int run_verb(const struct cli_verb *verb, int argc, char *const argv[])
{
	struct cli_args args;
	int r;

	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return verb_help(verb);
	r = cli_parse(verb, argc, argv, &args);
	return r == EX_DONE ? verb->run(&args) : r;
}

/* "check, explain, … and run" */
static const char *names(char buf[256])
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		n += (size_t)snprintf(buf + n, 256 - n, "%s%s", i ? ", " : "", verbs[i].name);
	snprintf(buf + n, 256 - n, " and run");
	return buf;
}

static int run(int argc, char *const argv[])
{
	const char *what = argc > 1 ? argv[1] : NULL;
	char buf[256];

	if (!what)
		return cli_fail(EX_USAGE_ERR, "what to do is missing: %s; see netgrant --help",
				names(buf));
	if (strcmp(what, "--help") == 0)
		return help();
	if (strcmp(what, "--version") == 0) {
		puts("netgrant " PACKAGE_VERSION);
		return EX_DONE;
	}
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(what, verbs[i].name) == 0)
			return run_verb(&verbs[i], argc - 2, argv + 2);
	return cli_fail(EX_USAGE_ERR, "unknown %s '%s'; there are %s; see netgrant --help",
			what[0] == '-' ? "option" : "subcommand", QUOTE(what), names(buf));
}

int main(int argc, char *argv[])
{
	/* Or the first file opened would take the place of a closed stderr. */
	if (stdfds_fill() < 0)
		return EX_FAILED; /* there is nowhere to say so */
	return cli_flush(run(argc, argv));
}

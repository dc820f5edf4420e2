/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include "interface.h"

#include "lib/quote.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int run_fail(int status, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "netgrant: %s\n", text);
	return status;
}

static const struct {
	const char *name;
	enum emulator emulator;
} emulators[] = {
	{"qemu", EMULATOR_QEMU},     {"cloud-hypervisor", EMULATOR_CLOUD_HYPERVISOR},
	{"crosvm", EMULATOR_CROSVM}, {"firecracker", EMULATOR_FIRECRACKER},
	{"uml", EMULATOR_UML},       {"none", EMULATOR_ANY},
};

static int help(struct run *run)
{
	puts("Usage: netgrant run [OPTION]... [--] COMMAND [ARGUMENT]...\n\n"
	     "Starts an emulator with the NICs that are asked for, without privilege of its own.\n\n"
	     "  --nic TYPE[,KEY=VALUE]...   a NIC; may be repeated (--nic help, --nic TYPE,help)\n"
	     "  --hub NAME=TYPE[,KEY=VALUE]...  something else on the hub NAME of --nic hub\n"
	     "  --interface FILE            NICs as libvirt's <interface> elements\n"
	     "  --domain FILE               those of a libvirt <domain>\n"
	     "  --lenient                   before these: leaves out what cannot be carried over\n"
	     "  --name NAME                 of the guest: MAC addresses are made of it\n"
	     "  --emulator KIND             qemu, cloud-hypervisor, crosvm, firecracker, uml or none;\n"
	     "                              else told by the command's name\n"
	     "  --dry-run                   prints the command, and asks nobody for anything\n"
	     "  --help                      this text\n\n"
	     "In COMMAND, {fdN}, {fdsN}, {ifnameN}, {macN} and {socketN} stand for what NIC N got.\n"
	     "Exit status: the emulator's, 128 + N for a signal; before it was started: 1 failed,\n"
	     "2 usage, 3 denied, 4 policy unreadable or wrong, 5 wrong installation.\n"
	     "See netgrant-run(1) and netgrant-nic(5).");
	run->done = true;
	return EX_DONE;
}

static int types_help(struct run *run)
{
	puts("--nic TYPE[,KEY=VALUE]...; the types, each with its keys by --nic TYPE,help:\n");
	for (unsigned i = 0; i < NIC_TYPES; i++)
		printf("  %-10s %s\n", nic_type_name((enum nic_type)i),
		       nic_type_purpose((enum nic_type)i));
	run->done = true;
	return EX_DONE;
}

static int keys_help(struct run *run, enum nic_type type)
{
	const char *key, *what;

	printf("%s: %s\n\n", nic_type_name(type), nic_type_purpose(type));
	for (size_t i = 0; (key = nic_key(type, i, &what)); i++)
		printf("  %-14s %s\n", key, what);
	run->done = true;
	return EX_DONE;
}

/* A port that nothing was got for yet. */
static int new_port(struct run *run, struct port **ret)
{
	if (run->n_ports == RUN_NICS_MAX)
		return run_fail(EX_USAGE_ERR, "there are more than %u NICs", RUN_NICS_MAX);
	*ret = &run->ports[run->n_ports];
	memset(*ret, 0, sizeof(**ret));
	(*ret)->stream = (*ret)->far = -1;
	for (size_t i = 0; i < FDPASS_MAX; i++)
		(*ret)->fds[i] = -1;
	for (size_t i = 0; i < run->n_ports; i++)
		(*ret)->number += !run->ports[i].hub;
	return EX_DONE;
}

static int add_nic(struct run *run, const char *option, const char *text, const char *hub)
{
	struct nic_error error;
	struct port *port;
	int r = new_port(run, &port);

	if (r != EX_DONE)
		return r;
	r = nic_parse(text, &port->nic, &error);
	if (r == -EINVAL)
		return run_fail(EX_USAGE_ERR, "%s %s: %s", option, QUOTE(text), error.text);
	if (r < 0)
		return run_fail(EX_FAILED, "no memory");
	port->hub = hub;
	run->n_ports++;
	return EX_DONE;
}

static int nic_option(struct run *run, const char *text)
{
	enum nic_type type;
	const char *comma = strchr(text, ',');

	if (strcmp(text, "help") == 0)
		return types_help(run);
	if (comma && strcmp(comma, ",help") == 0 &&
	    nic_type_find(text, (size_t)(comma - text), &type) == 0)
		return keys_help(run, type);
	return add_nic(run, "--nic", text, NULL);
}

/* NAME=TYPE,…: the name is cut off in place of a copy; argv is ours. */
static int hub_option(struct run *run, char *text)
{
	char *equals = strchr(text, '=');

	if (!equals || equals == text || memchr(text, ',', (size_t)(equals - text)))
		return run_fail(EX_USAGE_ERR,
				"--hub %s: NAME=TYPE is wanted, for example hub0=bridge,source=br0",
				QUOTE(text));
	*equals = '\0';
	return add_nic(run, "--hub", equals + 1, text);
}

static int emulator_option(struct run *run, const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(emulators); i++) {
		if (strcmp(text, emulators[i].name) == 0) {
			run->emulator = emulators[i].emulator;
			run->emulator_given = true;
			return EX_DONE;
		}
	}
	return run_fail(EX_USAGE_ERR,
			"--emulator %s: there are qemu, cloud-hypervisor, crosvm, firecracker, uml "
			"and none",
			QUOTE(text));
}

static int add_line(void *ctx, const char *line)
{
	struct run *run = ctx;

	if (strncmp(line, "name=", 5) == 0) {
		free(run->domain_name);
		run->domain_name = strdup(line + 5);
		return run->domain_name ? EX_DONE : run_fail(EX_FAILED, "no memory");
	}
	return add_nic(ctx, "--interface", line, NULL);
}

static int name_option(struct run *run, const char *text)
{
	run->name = text;
	return *text ? EX_DONE : run_fail(EX_USAGE_ERR, "--name is empty");
}

/* Options with a value: "--nic VALUE" or "--nic=VALUE". */
static int with_value(struct run *run, const char *option, size_t len, char *value)
{
	if (strncmp(option, "--nic", len) == 0 && len == 5)
		return nic_option(run, value);
	if (strncmp(option, "--hub", len) == 0 && len == 5)
		return hub_option(run, value);
	if (strncmp(option, "--name", len) == 0 && len == 6)
		return name_option(run, value);
	if (strncmp(option, "--emulator", len) == 0 && len == 10)
		return emulator_option(run, value);
	if (strncmp(option, "--domain", len) == 0 && len == 8)
		return interface_read(value, true, run->lenient, add_line, run);
	return interface_read(value, false, run->lenient, add_line, run);
}

static size_t value_option(const char *arg)
{
	static const char *const names[] = {"--nic",      "--hub",    "--name",
					    "--emulator", "--domain", "--interface"};
	size_t len = strcspn(arg, "=");

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (strlen(names[i]) == len && strncmp(arg, names[i], len) == 0)
			return len;
	return 0;
}

/* One option; *used: how many words it took. */
static int option(struct run *run, int argc, char *const argv[], int *used)
{
	char *arg = argv[0];
	size_t len = value_option(arg);

	*used = 1;
	if (strcmp(arg, "--help") == 0)
		return help(run);
	if (strcmp(arg, "--dry-run") == 0) {
		run->dry_run = true;
		return EX_DONE;
	}
	if (strcmp(arg, "--lenient") == 0) {
		run->lenient = true;
		return EX_DONE;
	}
	if (!len)
		return run_fail(EX_USAGE_ERR, "unknown option '%s'; see netgrant run --help",
				QUOTE(arg));
	if (arg[len] == '=')
		return with_value(run, arg, len, arg + len + 1);
	if (argc < 2)
		return run_fail(EX_USAGE_ERR, "%s wants a value", arg);
	*used = 2;
	return with_value(run, arg, len, argv[1]);
}

int run_options(int argc, char *const argv[], struct run *ret)
{
	int i = 0, used, r = EX_DONE;

	memset(ret, 0, sizeof(*ret));
	ret->leash = ret->leash_end = ret->monitor = ret->monitor_end = -1;
	ret->monitor_config = -1;
	ret->net_namespace = ret->user_namespace = -1;
	while (i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0) {
		r = option(ret, argc - i, argv + i, &used);
		if (r != EX_DONE || ret->done)
			return r;
		i += used;
	}
	i += i < argc && strcmp(argv[i], "--") == 0;
	if (i >= argc)
		return run_fail(EX_USAGE_ERR,
				"the emulator's command is missing; see netgrant run --help");
	ret->command = argv + i;
	if (!ret->name)
		ret->name = ret->domain_name;
	return EX_DONE;
}

void run_free(struct run *run)
{
	for (size_t i = 0; i < run->n_ports; i++) {
		struct port *port = &run->ports[i];

		nic_free(&port->nic);
		/* Of a dry run they are numbers only. */
		for (size_t k = 0; !run->dry_run && k < FDPASS_MAX; k++)
			if (port->fds[k] >= 0)
				close(port->fds[k]);
		if (!run->dry_run && port->stream >= 0)
			close(port->stream);
		free(port->socket);
	}
	for (size_t i = 0; run->argv && run->argv[i]; i++)
		free(run->argv[i]);
	free(run->argv);
	free(run->folder);
	free(run->domain_name);
}

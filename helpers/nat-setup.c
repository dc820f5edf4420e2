/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nat-setup: virtual networks. As a helper (--network=NAME --fd=N) it makes a port of a
 * network that is up, for whom network.conf allows it. With a word (up, down, …) it decides
 * who may do that, and leaves the doing to network-worker. See nat-setup(8).
 */
#include "port.h"
#include "work.h"

#include "lib/caps.h"
#include "lib/netname.h"
#include "lib/quote.h"
#include "policy/reader.h"

#include "filecaps.h"
#include "seccomp-nat-setup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* All that a port takes; the others are for starting a network. */
#define PORT_CAPS "cap_net_admin=p"

struct verb {
	const char *word;
	enum { ONE_NAME, MAYBE_NAME, NO_NAME } name;
	bool changes; /* takes privilege */
	bool json;    /* --json is an option of its own */
	bool all;     /* --all stands for every name */
};

static const struct verb verbs[] = {
	{"up", ONE_NAME, true, false, false},    {"down", ONE_NAME, true, false, true},
	{"reload", ONE_NAME, true, false, true}, {"status", MAYBE_NAME, false, true, false},
	{"list", NO_NAME, false, true, false},   {"leases", MAYBE_NAME, false, true, false},
};

struct command {
	const struct verb *verb;
	const char *name; /* of the network; NULL: none given */
	bool json, all;
};

static int check_name(const struct helper *h, const char *name)
{
	const char *defect = netname_defect(name);

	if (defect)
		return helper_fail(h, EX_USAGE_ERR, "network name '%s' %s", QUOTE(name), defect);
	return EX_DONE;
}

/* ---- as a helper */

/* Leaves p->bridge.index at 0 where the network is not up. */
static int find_network(const struct helper *h, const char *name, struct port *p, bool *isolated)
{
	char altname[NETNAME_ALTNAME_SIZE];
	int r = link_get_altname(p->conn, netname_altname(altname, name), &p->bridge);

	if (r == -ENODEV || r == -EINVAL) { /* -EINVAL: Linux before 5.5 */
		p->bridge.index = 0;
		return EX_DONE;
	}
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot look up network '%s': %s", name,
				   strerror(-r));
	if (strcmp(p->bridge.kind, "bridge") != 0 || !netname_is(p->bridge.alias, name, isolated))
		return helper_fail(h, EX_FAILED,
				   "device '%s' has the name '%s', but is not the bridge of that "
				   "network; as root, run: ip link property del dev %s altname %s",
				   p->bridge.name, altname, p->bridge.name, altname);
	return EX_DONE;
}

static const char *for_user(const struct helper *h, char buf[32])
{
	snprintf(buf, 32, "--for-user=%u", h->caller.uid);
	return buf;
}

/* A network that is down comes up, where the rule lets this user start it. */
static int start(const struct helper *h, const char *name, struct port *p, bool *isolated)
{
	char user[32];
	const char *const argv[] = {"network-worker", "up", for_user(h, user), name, NULL};
	int r;

	if (!p->decision.start)
		return helper_fail(
			h, EX_FAILED,
			"network '%s' is not up; root can start it with: nat-setup up %s", name,
			name);
	r = work_run(h, argv);
	if (r == EX_DONE)
		r = find_network(h, name, p, isolated);
	if (r == EX_DONE && p->bridge.index == 0)
		return helper_fail(h, EX_FAILED, "network '%s' went down again at once", name);
	return r;
}

/* A network that went down meanwhile took no notice of a port that it did not see: see
 * network/watch.c. The same holds for a reload that isolates the ports that there are. */
static int confirm(const struct helper *h, struct port *p)
{
	char altname[NETNAME_ALTNAME_SIZE];
	struct link_info now;
	bool isolated;
	int r = link_get_altname(p->conn, netname_altname(altname, p->object), &now);

	if (r < 0 || now.index != p->bridge.index)
		return helper_fail(h, EX_FAILED, "network '%s' went down at this moment; ask again",
				   p->object);
	if (netname_is(now.alias, p->object, &isolated) && isolated && !p->decision.isolated)
		return helper_fail(h, EX_FAILED,
				   "network '%s' was changed at this moment; ask again", p->object);
	return EX_DONE;
}

static int make_port(const struct helper *h, const struct helper_args *args, const char *network,
		     struct port *p)
{
	bool isolated = false;
	int r;

	p->object = network;
	r = device_connect(h, &p->conn);
	if (r == EX_DONE)
		r = find_network(h, network, p, &isolated);
	if (r == EX_DONE)
		r = helper_decide(h, &policy_network, reader_network_path(), network, &p->decision);
	if (r == EX_DONE && p->bridge.index == 0)
		r = start(h, network, p, &isolated);
	if (r != EX_DONE)
		return r;
	if (caps_limit(PORT_CAPS) < 0)
		return helper_fail(h, EX_FAILED, "cannot give up privilege");
	p->group = netname_port_group(p->bridge.index);
	p->confirm = confirm;
	if (isolated)
		p->decision.isolated = true;
	return port_hand_out(h, args, p, seccomp_nat_setup, ARRAY_LEN(seccomp_nat_setup));
}

static int as_helper(struct helper *h, int argc, char *argv[], struct port *p)
{
	const char *network = NULL;
	const struct helper_option own[] = {{.name = "--network=NAME", .text = &network}, {0}};
	struct helper_args args = {.fd = -1};
	int r;

	h->own = own;
	r = helper_args(h, argc, argv, &args);
	h->own = NULL;
	if (r != EX_DONE || args.done)
		return r;
	if (!network)
		return helper_usage(h, "--network=NAME is missing");
	r = check_name(h, network);
	if (r == EX_DONE)
		r = helper_ready(h, &args);
	return r == EX_DONE ? make_port(h, &args, network, p) : r;
}

/* ---- with a word */

static const struct verb *find_verb(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
		if (strcmp(verbs[i].word, word) == 0)
			return &verbs[i];
	return NULL;
}

static int parse_command(const struct helper *h, int argc, char *argv[], struct command *ret)
{
	*ret = (struct command){.verb = find_verb(argv[1])};
	if (!ret->verb)
		return helper_usage(h, "unknown command '%s'", QUOTE(argv[1]));
	for (int i = 2; i < argc; i++) {
		if (ret->verb->json && strcmp(argv[i], "--json") == 0)
			ret->json = true;
		else if (ret->verb->all && strcmp(argv[i], "--all") == 0)
			ret->all = true;
		else if (argv[i][0] == '-')
			return helper_usage(h, "'%s' has no option '%s'", ret->verb->word,
					    QUOTE(argv[i]));
		else if (ret->name || ret->verb->name == NO_NAME)
			return helper_usage(h, "unexpected argument '%s'", QUOTE(argv[i]));
		else
			ret->name = argv[i];
	}
	if (ret->all && ret->name)
		return helper_usage(h, "'--all' and a name");
	if (ret->verb->name == ONE_NAME && !ret->name && !ret->all)
		return helper_usage(h, "'%s' without the name of a network", ret->verb->word);
	return ret->name ? check_name(h, ret->name) : EX_DONE;
}

/* root may; and up, whom a rule lets start the network. */
static int authorize(const struct helper *h, const struct command *c, struct port *p)
{
	const char *name = c->name ? c->name : "all";
	char what[128];
	int r;

	snprintf(what, sizeof(what), "network=%s command=%s", name, c->verb->word);
	if (h->caller.uid == 0) {
		helper_log(h, "granted", what);
		return EX_DONE;
	}
	if (strcmp(c->verb->word, "up") != 0) {
		helper_log(h, "denied", what);
		return helper_fail(h, EX_DENIED, "denied: only root may take '%s' %s", name,
				   strcmp(c->verb->word, "down") == 0 ? "down"
								      : "through a reload");
	}
	r = helper_decide(h, &policy_network, reader_network_path(), name, &p->decision);
	if (r != EX_DONE)
		return r;
	if (!p->decision.start)
		return helper_deny(h, &policy_network, name, &p->decision,
				   "without the word 'start'");
	helper_log(h, "granted", what);
	return EX_DONE;
}

static int with_word(struct helper *h, int argc, char *argv[], struct port *p)
{
	const char *worker[6] = {"network-worker"};
	char user[32];
	struct command c;
	size_t n = 1;
	int r = parse_command(h, argc, argv, &c);

	if (r == EX_DONE && c.verb->changes && !h->privileged)
		return helper_not_privileged(h);
	if (r == EX_DONE)
		r = work_prepare(h);
	if (r == EX_DONE && c.verb->changes)
		r = authorize(h, &c, p);
	if (r != EX_DONE)
		return r;
	worker[n++] = c.verb->word;
	if (c.json)
		worker[n++] = "--json";
	if (c.all)
		worker[n++] = "--all";
	if (c.verb->changes && h->caller.uid != 0)
		worker[n++] = for_user(h, user);
	if (c.name)
		worker[n++] = c.name;
	return c.verb->changes ? work_run(h, worker) : work_exec(h, worker);
}

int main(int argc, char *argv[])
{
	struct helper h = {
		.name = "nat-setup",
		.caps = FILECAPS_NAT_SETUP,
		.needs = PORT_CAPS,
		.synopsis = "[--use-vnet] [--describe] --network=NAME --fd=N\n"
			    "       nat-setup up|down|reload NAME | status|leases [NAME] | list",
		.options =
			"Makes a new tap a port of the virtual network NAME, if network.conf allows it to\n"
			"the caller, and sends its descriptor over the unix stream socket N; or:\n\n"
			"  up NAME           starts the network, or repairs it\n"
			"  down NAME|--all   ends it\n"
			"  reload NAME|--all takes its file afresh, and restores its rules\n"
			"  status [NAME]     what is up, what stands in its way (--json)\n"
			"  list              the networks there are (--json)\n"
			"  leases [NAME]     whom it gave addresses (--json)\n\n"
			"  --network=NAME    the network, as /etc/netgrant/networks/NAME.conf\n"
			"  --fd=N            the socket's descriptor number, above 2\n"
			"  --use-vnet        frames carry the virtio header, if the kernel offers it\n"
			"  --describe        a line of key=value follows the descriptor's byte\n"
			"  --br=X            is ignored: QEMU gives it to every helper\n"
			"  --help            this text\n"
			"  --version         the version\n\n"
			"Exit status: 0 done, 1 failed, 2 usage, 3 denied, 4 policy or network's file\n"
			"unreadable or wrong, 5 installed without the privilege it needs.\n"
			"See nat-setup(8).\n",
	};
	struct port p = {.vocab = &policy_network, .tap.fd = -1};
	int r = helper_begin(&h);

	if (r == EX_DONE && argc > 1 && argv[1][0] != '-')
		r = with_word(&h, argc, argv, &p);
	else if (r == EX_DONE)
		r = as_helper(&h, argc, argv, &p);
	/* The end of the process closes the descriptors, and with a refused tap's its device. */
	port_free(&p);
	caller_free(&h.caller);
	return r;
}

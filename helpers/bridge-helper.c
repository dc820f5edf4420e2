/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bridge-helper: a tap on an existing bridge, for whom bridge.conf allows it.
 * Drop-in for qemu-bridge-helper. See bridge-helper(8).
 */
#include "port.h"

#include "lib/ifname.h"
#include "lib/netname.h"
#include "lib/quote.h"
#include "policy/reader.h"

#include "filecaps.h"
#include "seccomp-bridge-helper.h"

#include <errno.h>
#include <string.h>

static int check_name(const struct helper *h, const char *name)
{
	enum ifname_defect defect;

	if (!name)
		return helper_fail(h, EX_USAGE_ERR, "--br=BRIDGE is missing; usage: %s %s", h->name,
				   h->synopsis);
	defect = ifname_check(name, strlen(name));
	if (defect != IFNAME_OK)
		return helper_fail(h, EX_USAGE_ERR, "bridge name '%s' %s", QUOTE(name),
				   ifname_defect_text(defect));
	return EX_DONE;
}

/* What the kernel knows by that name; p->bridge.index stays 0 where there is nothing. */
static int find_bridge(const struct helper *h, const char *name, struct port *p)
{
	int r = device_connect(h, &p->conn);

	if (r != EX_DONE)
		return r;
	r = link_find_bridge(p->conn, name, &p->bridge);
	if (r < 0 && r != -ENODEV)
		return helper_fail(h, EX_FAILED, "cannot look up '%s': %s", name, strerror(-r));
	if (r == 0 && strcmp(p->bridge.name, name) != 0)
		return helper_fail(
			h, EX_USAGE_ERR,
			"'%s' is an alternative name of '%s'; only the kernel's own name "
			"of a bridge is taken",
			name, p->bridge.name);
	return EX_DONE;
}

static int check_bridge(const struct helper *h, const char *name, const struct port *p)
{
	if (p->bridge.index == 0)
		return helper_fail(h, EX_FAILED, "bridge '%s' does not exist", name);
	if (strcmp(p->bridge.kind, "bridge") != 0)
		return helper_fail(h, EX_FAILED, "'%s' is not a bridge", name);
	return EX_DONE;
}

/*
 * A rule for many bridges does not mean those that nat-setup makes, whose ports have rules and a
 * policy of their own: a port from here would be outside of them.
 */
static int decide(const struct helper *h, const char *name, struct port *p)
{
	const char *path = reader_bridge_path();
	struct link_info info;
	int r = helper_decide(h, &policy_bridge, path, name, &p->decision);

	if (r != EX_DONE || p->decision.exact || p->bridge.index == 0)
		return r;
	r = link_get_index(p->conn, p->bridge.index, &info);
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot look up '%s': %s", name, strerror(-r));
	if (info.group != NETNAME_BRIDGES)
		return EX_DONE;
	policy_decision_free(&p->decision);
	return helper_decide_exact(h, &policy_bridge, path, name, true, &p->decision);
}

static int run(const struct helper *h, const struct helper_args *args, struct port *p)
{
	int r;

	p->object = args->bridge;
	r = find_bridge(h, args->bridge, p);
	if (r != EX_DONE)
		return r;
	r = decide(h, args->bridge, p);
	if (r != EX_DONE)
		return r;
	r = check_bridge(h, args->bridge, p);
	if (r != EX_DONE)
		return r;
	return port_hand_out(h, args, p, seccomp_bridge_helper, ARRAY_LEN(seccomp_bridge_helper));
}

int main(int argc, char *argv[])
{
	struct helper h = {
		.name = "bridge-helper",
		.caps = FILECAPS_BRIDGE_HELPER,
		.synopsis = "[--use-vnet] [--describe] --br=BRIDGE --fd=N",
		.options =
			"Puts a new tap on BRIDGE, if bridge.conf allows it to the caller, and sends its\n"
			"descriptor over the unix stream socket N.\n\n"
			"  --br=BRIDGE   the bridge, by the kernel's own name\n"
			"  --fd=N        the socket's descriptor number, above 2\n"
			"  --use-vnet    frames carry the virtio header, if the kernel offers it\n"
			"  --describe    a line of key=value follows the descriptor's byte\n"
			"  --help        this text\n"
			"  --version     the version\n\n"
			"Exit status: 0 done, 1 failed, 2 usage, 3 denied, 4 policy unreadable or wrong,\n"
			"5 installed without the privilege it needs. See bridge-helper(8).\n",
	};
	struct port p = {.vocab = &policy_bridge, .tap.fd = -1};
	struct helper_args args = {.fd = -1};
	int r = helper_begin(&h);

	if (r == EX_DONE)
		r = helper_args(&h, argc, argv, &args);
	if (r == EX_DONE && !args.done)
		r = check_name(&h, args.bridge);
	if (r == EX_DONE && !args.done)
		r = helper_ready(&h, &args);
	if (r == EX_DONE && !args.done)
		r = run(&h, &args, &p);
	/* The end of the process closes the descriptors, and with a refused tap's its device. */
	port_free(&p);
	caller_free(&h.caller);
	return r;
}

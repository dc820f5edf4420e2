/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The emulator's command line: what it asks for, and what cannot be had. */
#include "command_priv.h"

#include "lib/num.h"
#include "lib/quote.h"
#include "policy/policy.h"

#include <string.h>

/* ---- which emulator */

static enum emulator by_name(const char *command)
{
	/* Others are called kvmtool and linux64; releases end in a version and an architecture. */
	static const struct {
		const char *begins;
		enum emulator emulator;
		bool whole;
	} names[] = {
		{"qemu-system-", EMULATOR_QEMU, false},
		{"qemu-kvm", EMULATOR_QEMU, true},
		{"kvm", EMULATOR_QEMU, true},
		{"cloud-hypervisor", EMULATOR_CLOUD_HYPERVISOR, false},
		{"crosvm", EMULATOR_CROSVM, true},
		{"firecracker", EMULATOR_FIRECRACKER, false},
		{"linux", EMULATOR_UML, true},
		{"linux.uml", EMULATOR_UML, true},
		{"vmlinux", EMULATOR_UML, true},
	};
	const char *slash = strrchr(command, '/');
	const char *name = slash ? slash + 1 : command;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i].begins) + names[i].whole;

		if (strncmp(name, names[i].begins, len) == 0)
			return names[i].emulator;
	}
	return EMULATOR_ANY;
}

/* ---- placeholders */

static const char *const whats[WHATS] = {"fd", "fds", "vhostfds", "ifname", "mac", "socket"};

size_t command_placeholder(const char *text, enum what *retwhat, uint64_t *retnumber)
{
	size_t len = strcspn(text, "}"), letters;

	if (text[0] != '{' || text[len] != '}')
		return 0;
	letters = strspn(text + 1, "abcdefghijklmnopqrstuvwxyz");
	for (unsigned i = 0; i < WHATS; i++) {
		if (strlen(whats[i]) != letters || strncmp(whats[i], text + 1, letters) != 0)
			continue;
		*retwhat = (enum what)i;
		*retnumber = 0;
		if (letters + 1 == len ||
		    num_parse(text + 1 + letters, len - 1 - letters, 0, 9999, retnumber) == 0)
			return len + 1;
	}
	return 0;
}

struct port *command_nic(struct run *run, uint64_t number)
{
	for (size_t i = 0; i < run->n_ports; i++)
		if (!run->ports[i].hub && run->ports[i].number == number)
			return &run->ports[i];
	return NULL;
}

struct uses {
	bool is[WHATS];
};

/* What the command line uses of each NIC. */
static int look(struct run *run, struct uses uses[RUN_NICS_MAX])
{
	for (char *const *arg = run->command; *arg; arg++) {
		for (const char *at = strchr(*arg, '{'); at; at = strchr(at + 1, '{')) {
			enum what what;
			uint64_t number;
			struct port *p;

			if (!command_placeholder(at, &what, &number))
				continue;
			p = command_nic(run, number);
			if (!p)
				return run_fail(EX_USAGE_ERR,
						"%s: there is no NIC %llu; the first is 0",
						QUOTE(*arg), (unsigned long long)number);
			uses[p - run->ports].is[what] = true;
		}
	}
	return EX_DONE;
}

bool command_is_tap(const struct nic *nic)
{
	return nic->type == NIC_NETWORK || nic->type == NIC_BRIDGE || nic->type == NIC_ETHERNET;
}

/* By tap-creator, as nothing but the rule says. */
static bool makes_bare_tap(const struct nic *nic)
{
	return nic->type == NIC_ETHERNET && nic->script && strcmp(nic->script, "no") == 0;
}

/* Datagrams over IPv6, which no emulator has of its own. */
static bool is_datagram6(const struct nic *nic)
{
	return (nic->type == NIC_UDP || nic->type == NIC_MCAST) &&
	       (strchr(nic->address, ':') ||
		(nic->local_address && strchr(nic->local_address, ':')));
}

/* A forward that QEMU's user network does not have; NULL: none. */
static const char *odd_forward(const struct nic *nic)
{
	for (size_t i = 0; i < nic->n_forwards; i++)
		if (strncmp(nic->forwards[i], "unix:", 5) == 0 || strchr(nic->forwards[i], '['))
			return nic->forwards[i];
	return NULL;
}

/* Has QEMU something as good, or was it asked for? */
static bool wants_native(const struct run *run, const struct port *p)
{
	const struct nic *nic = &p->nic;

	if (p->hub || p->by_path || p->told || is_datagram6(nic) || odd_forward(nic))
		return false;
	if (run->emulator == EMULATOR_UML && nic->type == NIC_MCAST)
		return nic->backend == NIC_BACKEND_BEST && !nic->local_address;
	if (run->emulator != EMULATOR_QEMU)
		return false;
	if (nic->backend != NIC_BACKEND_BEST)
		return nic->backend == NIC_BACKEND_QEMU;
	/* Ours gives a server many clients, a client its server back, a group no echo. */
	return nic->type == NIC_USER || nic->type == NIC_UDP;
}

/* What cannot be opened but as a tap: by its name, or by an emulator that knows nothing else. */
static bool wants_tap(const struct run *run, const struct port *p)
{
	return p->by_name || (!p->by_path && (run->emulator == EMULATOR_CLOUD_HYPERVISOR ||
					      run->emulator == EMULATOR_CROSVM ||
					      run->emulator == EMULATOR_FIRECRACKER));
}

/* A tap of our own is in a namespace of its own, as its emulator is; helpers' are not. */
static int check_own_tap(const struct run *run, const struct port *p)
{
	if (p->nic.type == NIC_NULL)
		return run_fail(EX_USAGE_ERR, "NIC %u: null has nothing behind it, and no tap",
				p->number);
	if (p->nic.mtu > POLICY_MTU_MAX)
		return run_fail(EX_USAGE_ERR, "NIC %u: mtu=%u is more than the %d of a tap",
				p->number, p->nic.mtu, POLICY_MTU_MAX);
	if (p->nic.backend == NIC_BACKEND_PASST)
		return run_fail(EX_USAGE_ERR,
				"NIC %u: backend=passt has no tap, which it takes here; "
				"backend=netgrant has",
				p->number);
	for (size_t i = 0; i < run->n_ports; i++) {
		const struct port *q = &run->ports[i];

		if (q->nic.backend == NIC_BACKEND_QEMU)
			return run_fail(EX_USAGE_ERR,
					"NIC %u: backend=qemu sees nothing of the host's network "
					"in the namespace of NIC %u's tap; backend=netgrant does",
					q->number, p->number);
		if (!command_is_tap(&q->nic) || q->hub || q->by_path)
			continue;
		return run_fail(
			EX_USAGE_ERR,
			"NIC %u: the tap of %s is in a namespace of its own, and NIC %u's is "
			"not; put that on a hub: --hub lan=%s… --nic hub,source=lan",
			p->number, nic_type_name(p->nic.type), q->number,
			nic_type_name(q->nic.type));
	}
	return EX_DONE;
}

/* What the emulator would do itself, it would do in that namespace: so companions do it. */
static int check_own_taps(struct run *run)
{
	bool any = false;
	int r = EX_DONE;

	for (size_t i = 0; r == EX_DONE && i < run->n_ports; i++) {
		if (!run->ports[i].own_tap)
			continue;
		any = true;
		r = check_own_tap(run, &run->ports[i]);
	}
	for (size_t i = 0; any && i < run->n_ports; i++)
		run->ports[i].native = false;
	return r;
}

static int check_backend(const struct run *run, const struct port *p)
{
	if (p->nic.backend == NIC_BACKEND_QEMU && (run->emulator != EMULATOR_QEMU || p->told))
		return run_fail(EX_USAGE_ERR, "NIC %u: backend=qemu takes QEMU, and no placeholder",
				p->number);
	if (p->nic.backend == NIC_BACKEND_QEMU && is_datagram6(&p->nic))
		return run_fail(EX_USAGE_ERR,
				"NIC %u: backend=qemu has %s over IPv4 only; backend=netgrant has "
				"both",
				p->number, nic_type_name(p->nic.type));
	if (p->nic.backend == NIC_BACKEND_QEMU && odd_forward(&p->nic))
		return run_fail(EX_USAGE_ERR,
				"NIC %u: hostfwd '%s': backend=qemu takes tcp and udp over IPv4 "
				"only; backend=netgrant takes this, too",
				p->number, QUOTE(odd_forward(&p->nic)));
	if (p->nic.backend == NIC_BACKEND_PASST && p->by_path)
		return run_fail(EX_USAGE_ERR,
				"NIC %u: backend=passt is handed over as {fd}; backend=netgrant "
				"listens at {socket}, too",
				p->number);
	if (p->nic.backend == NIC_BACKEND_PASST && run->emulator == EMULATOR_UML && !p->hub)
		return run_fail(EX_USAGE_ERR,
				"NIC %u: backend=passt speaks QEMU's framing, which User-mode "
				"Linux does not; backend=netgrant serves both",
				p->number);
	return EX_DONE;
}

static int check_port(const struct run *run, const struct port *p, const struct uses *uses)
{
	const char *type = nic_type_name(p->nic.type);

	if (uses->is[FD] + uses->is[FDS] > 0 && uses->is[SOCKET])
		return run_fail(EX_USAGE_ERR, "NIC %u: {fd} and {socket} exclude each other",
				p->number);
	if (uses->is[IFNAME] && !command_is_tap(&p->nic) && !p->own_tap)
		return run_fail(EX_USAGE_ERR, "NIC %u: %s has no tap, and so no {ifname}",
				p->number, type);
	if (p->by_name && !p->own_tap && !makes_bare_tap(&p->nic))
		return run_fail(EX_USAGE_ERR,
				"NIC %u: only ethernet,script=no makes a tap that can be opened by "
				"its name; others are handed over as {fd}",
				p->number);
	if ((uses->is[SOCKET] || p->hub) && (p->nic.queues > 1 || p->nic.vhost))
		return run_fail(EX_USAGE_ERR,
				"%s: queues and vhost are for the emulator itself, not behind "
				"{socket} or a hub",
				nic_type_name(p->nic.type));
	if (p->nic.queues > 1 && uses->is[FD] && !uses->is[FDS])
		return run_fail(EX_USAGE_ERR, "NIC %u: {fd%u} is one of %u queues; write {fds%u}",
				p->number, p->number, p->nic.queues, p->number);
	if (p->nic.vhost && p->told && !uses->is[VHOSTFDS])
		return run_fail(EX_USAGE_ERR,
				"NIC %u: vhost=on takes {vhostfds%u} in the command line",
				p->number, p->number);
	if (p->nic.type == NIC_NULL && (uses->is[FD] || uses->is[FDS] || uses->is[SOCKET]))
		return run_fail(EX_USAGE_ERR, "NIC %u: null has nothing behind it", p->number);
	if (p->nic.link_down && (run->emulator != EMULATOR_QEMU || p->told))
		return run_fail(EX_USAGE_ERR, "NIC %u: link=down takes QEMU, and no placeholder",
				p->number);
	return check_backend(run, p);
}

static int check_emulator(const struct run *run, const struct port *p)
{
	const struct nic *nic = &p->nic;
	bool queues = run->emulator == EMULATOR_QEMU || run->emulator == EMULATOR_CLOUD_HYPERVISOR;

	if (p->told || p->hub)
		return EX_DONE;
	if (run->emulator == EMULATOR_ANY || run->emulator == EMULATOR_FIRECRACKER)
		return run_fail(
			EX_USAGE_ERR,
			"NIC %u: nothing in the command line says where it goes; write {fd%u}, "
			"{ifname%u} or {socket%u} there, or --emulator",
			p->number, p->number, p->number, p->number);
	if ((nic->queues > 1 && !queues) || (nic->vhost && run->emulator != EMULATOR_QEMU))
		return run_fail(EX_USAGE_ERR,
				"NIC %u: %s is nothing that is appended for this emulator; write "
				"{fds%u} and {vhostfds%u} where it takes them",
				p->number, nic->vhost ? "vhost" : "queues", p->number, p->number);
	/* It would set the tap's itself, which takes a capability, and tells the guest the tap's.
	 */
	if (run->emulator == EMULATOR_CLOUD_HYPERVISOR && p->nic.mtu && command_is_tap(&p->nic) &&
	    !makes_bare_tap(&p->nic))
		return run_fail(EX_USAGE_ERR,
				"NIC %u: cloud-hypervisor tells the guest the tap's MTU, which "
				"mtu= does not set for %s: leave it out",
				p->number, nic_type_name(p->nic.type));
	return EX_DONE;
}

/* A key that says something of a guest's NIC, and so nothing of what is on a hub; NULL: none. */
static const char *key_of_guest(const struct nic *nic)
{
	/* Of a tap by tap-creator, and of the user network, it is that itself. */
	bool mtu = makes_bare_tap(nic) || nic->type == NIC_USER;

	return nic->has_mac       ? "mac"
	       : nic->model       ? "model"
	       : nic->mtu && !mtu ? "mtu"
	       : nic->link_down   ? "link"
	       : nic->boot        ? "boot"
	       : nic->alias       ? "alias"
				  : NULL;
}

/* A backend of a hub without a NIC there would be for nobody. */
static int check_hub(const struct run *run, const struct port *p)
{
	const char *key;

	if (!p->hub)
		return EX_DONE;
	key = key_of_guest(&p->nic);
	if (key)
		return run_fail(EX_USAGE_ERR,
				"--hub %s=%s: %s is for a guest's NIC; write it to --nic "
				"hub,source=%s",
				QUOTE(p->hub), nic_type_name(p->nic.type), key, QUOTE(p->hub));
	if (p->nic.backend == NIC_BACKEND_QEMU)
		return run_fail(EX_USAGE_ERR,
				"--hub %s=%s: the hub is not QEMU's, and so backend=qemu is "
				"nothing to put on it",
				QUOTE(p->hub), nic_type_name(p->nic.type));
	if (p->nic.type == NIC_HUB || p->nic.type == NIC_NULL)
		return run_fail(EX_USAGE_ERR, "--hub %s=%s: that is nothing to put on a hub",
				p->hub, nic_type_name(p->nic.type));
	for (size_t i = 0; i < run->n_ports; i++)
		if (run->ports[i].nic.type == NIC_HUB &&
		    strcmp(run->ports[i].nic.source, p->hub) == 0)
			return EX_DONE;
	return run_fail(EX_USAGE_ERR, "--hub %s=…: no --nic hub,source=%s is on it", QUOTE(p->hub),
			QUOTE(p->hub));
}

/* Has it something of ours behind it, which ends with us? */
static bool needs_us(const struct port *p)
{
	bool tap = command_is_tap(&p->nic) || p->nic.type == NIC_NULL;

	return p->by_path || p->by_name || p->nic.link_down || (!tap && !p->native);
}

/* It would go on where we, and all that is behind its NICs, end. */
static int check_daemonize(const struct run *run)
{
	bool asked = false;

	for (char *const *arg = run->command; *arg; arg++)
		asked |= strcmp(*arg, "-daemonize") == 0 || strcmp(*arg, "--daemonize") == 0;
	if (!asked || run->emulator != EMULATOR_QEMU)
		return EX_DONE;
	for (size_t i = 0; i < run->n_ports; i++)
		if (!run->ports[i].hub && needs_us(&run->ports[i]))
			return run_fail(EX_USAGE_ERR,
					"-daemonize: QEMU would go on without netgrant run, and so "
					"without what is behind NIC %u; leave it out, and put "
					"netgrant run into the background",
					run->ports[i].number);
	return EX_DONE;
}

int run_look_at_command(struct run *run)
{
	struct uses uses[RUN_NICS_MAX] = {0};
	int r = look(run, uses);

	if (!run->emulator_given)
		run->emulator = by_name(run->command[0]);
	for (size_t i = 0; r == EX_DONE && i < run->n_ports; i++) {
		struct port *p = &run->ports[i];
		const bool *is = uses[i].is;

		p->by_path = is[SOCKET];
		p->by_name = is[IFNAME] && !is[FD] && !is[FDS] && !is[SOCKET];
		p->told = is[FD] || is[FDS] || is[IFNAME] || is[SOCKET];
		p->own_tap = !p->hub && !command_is_tap(&p->nic) && wants_tap(run, p);
		/* Its configuration file names a tap. */
		if (p->own_tap && !p->told && run->emulator == EMULATOR_FIRECRACKER)
			p->by_name = p->told = true;
		r = check_hub(run, p);
		if (r == EX_DONE)
			r = check_port(run, p, &uses[i]);
		if (r == EX_DONE)
			r = check_emulator(run, p);
		p->native = wants_native(run, p);
	}
	if (r == EX_DONE)
		r = check_own_taps(run);
	return r == EX_DONE ? check_daemonize(run) : r;
}

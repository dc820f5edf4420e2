/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tap-creator: a tap on no bridge, of the caller's name, for whom tap.conf allows it; or a
 * lasting one, and the end of it. See tap-creator(8).
 */
#include "device.h"

#include "lib/alias.h"
#include "lib/caps.h"
#include "lib/fdpass.h"
#include "lib/ifname.h"
#include "lib/link_net.h"
#include "lib/mac.h"
#include "lib/quote.h"
#include "policy/reader.h"

#include "filecaps.h"
#include "seccomp-tap-creator.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define VHOST "/dev/vhost-net"
#define MTU_USUAL 1500
#define TRIES 1000 /* of others who were faster to take a number, or to attach */

_Static_assert(2 * POLICY_QUEUES_MAX <= FDPASS_MAX, "one message takes all descriptors");

/* What was asked for. */
struct request {
	const char *ifname, *mac_text;
	uint32_t queues, mtu; /* mtu 0: not given */
	bool vhost, no_vnet_hdr, persist, delete;
	uint8_t mac[MAC_LEN];
};

struct made {
	struct link_conn *conn;
	char name[IFNAME_MAX + 1];
	struct policy_decision decision;
	struct tap tap;
	uint32_t mtu;
	int fds[FDPASS_MAX]; /* the queues, of which the first is tap.fd; then vhost's */
	size_t n;
};

/* ---- the command line */

static int check_mac(const struct helper *h, struct request *q)
{
	if (!q->mac_text)
		return EX_DONE;
	if (mac_parse(q->mac_text, strlen(q->mac_text), q->mac) < 0)
		return helper_usage(h, "--mac='%s' is no MAC address, as 52:54:00:aa:00:01",
				    QUOTE(q->mac_text));
	if (mac_is_group(q->mac))
		return helper_usage(h, "--mac='%s' is a group address, which no interface can have",
				    QUOTE(q->mac_text));
	if (memcmp(q->mac, "\0\0\0\0\0", MAC_LEN) == 0)
		return helper_usage(h, "--mac='%s' is no address of an interface",
				    QUOTE(q->mac_text));
	return EX_DONE;
}

/* Each of the three uses has options that mean nothing to the others. */
static int check_request(const struct helper *h, struct request *q, const struct helper_args *args)
{
	int r;

	if (q->persist && q->delete)
		return helper_usage(h, "--persist and --delete exclude each other");
	if (q->delete &&(q->vhost || q->no_vnet_hdr || q->mtu || q->mac_text || q->queues ||
			 args->describe))
		return helper_usage(h, "--delete goes with --ifname=NAME only");
	if (q->delete &&!q->ifname)
		return helper_usage(h, "--delete without --ifname=NAME");
	if (q->persist && (q->vhost || q->no_vnet_hdr))
		return helper_usage(h,
				    "%s is for who opens the tap: it has no place with "
				    "--persist, which hands no descriptor over",
				    q->vhost ? "--vhost" : "--no-vnet-hdr");
	if (!q->ifname)
		q->ifname = "vnet%d";
	if (!q->queues)
		q->queues = 1;
	if (q->delete &&device_is_pattern(q->ifname))
		return helper_usage(h, "--delete takes the name of one interface, not '%s'",
				    QUOTE(q->ifname));
	r = device_check_name(h, q->ifname);
	return r == EX_DONE ? check_mac(h, q) : r;
}

/* ---- may it be */

static int check_limits(const struct helper *h, const struct request *q, const struct made *m)
{
	const struct policy_decision *d = &m->decision;
	uint32_t queues = d->queues ? d->queues : 1, mtu = d->mtu ? d->mtu : MTU_USUAL;
	char mac[MAC_TEXT_SIZE];

	if (q->queues > queues)
		return helper_deny(h, &policy_tap, m->name, d, "with %u queue%s at most", queues,
				   queues == 1 ? "" : "s");
	if (q->vhost && !d->vhost)
		return helper_deny(h, &policy_tap, m->name, d, "without the word 'vhost'");
	if (q->persist && !d->persist)
		return helper_deny(h, &policy_tap, m->name, d, "without the word 'persist'");
	if (q->mtu > mtu)
		return helper_deny(h, &policy_tap, m->name, d, "with an MTU of %u at most", mtu);
	if (q->mac_text && d->mac.bits && !mac_in_range(q->mac, &d->mac))
		return helper_deny(h, &policy_tap, m->name, d, "with addresses of %s/%u only",
				   mac_format(mac, d->mac.addr), d->mac.bits);
	return EX_DONE;
}

/* Asks the policy, and makes the device. -EBUSY: the name is taken; -EAGAIN: try again. */
static int try_name(const struct helper *h, const struct request *q, struct made *m, int *status)
{
	unsigned flags =
		(q->no_vnet_hdr ? 0U : TAP_VNET_HDR) | (q->queues > 1 ? TAP_MULTI_QUEUE : 0U);
	int r, tun;

	*status = helper_decide(h, &policy_tap, reader_tap_path(), m->name, &m->decision);
	if (*status == EX_DONE)
		*status = check_limits(h, q, m);
	if (*status == EX_DONE)
		*status = device_open_tun(h, &tun);
	if (*status != EX_DONE)
		return 0;
	r = caps_raise();
	if (r < 0)
		close(tun);
	else if (flags & TAP_MULTI_QUEUE)
		r = device_create_shared(m->conn, &m->tap, tun, m->name, flags);
	else
		r = tap_create(&m->tap, tun, link_fd(m->conn), m->name, flags, h->caller.uid);
	if (caps_lower() < 0)
		*status = helper_fail(h, EX_FAILED, "cannot lower its capabilities");
	return r;
}

/*
 * The policy is asked about the very name that the device gets. Where the caller left the
 * number to us, others may take it in between: then the next one is asked about.
 */
static int make_device(const struct helper *h, const struct request *q, struct made *m)
{
	bool again = true;
	unsigned number = 0;
	int r = 0, status = EX_DONE;

	for (unsigned tries = TRIES; again && tries > 0; tries--) {
		policy_decision_free(&m->decision);
		status = device_pick_name(h, m->conn, q->ifname, &number, m->name);
		if (status == EX_DONE)
			r = try_name(h, q, m, &status);
		again = status == EX_DONE &&
			(r == -EAGAIN || (r == -EBUSY && device_is_pattern(q->ifname)));
	}
	if (status != EX_DONE)
		return status;
	if (r == -EAGAIN)
		return helper_fail(h, EX_FAILED,
				   "cannot create tap '%s': somebody else attaches to it each time",
				   m->name);
	if (r == -EOPNOTSUPP && q->queues > 1)
		return helper_fail(h, EX_FAILED, "--queues=%u takes Linux 4.18 or later",
				   q->queues);
	if (r == -EBUSY || r == -EEXIST)
		return helper_fail(h, EX_FAILED, "interface '%s' exists already", m->name);
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot create tap '%s': %s", m->name,
				   strerror(-r));
	m->fds[m->n++] = m->tap.fd;
	return EX_DONE;
}

/* ---- the rest of it */

/* The other queues. A tap that is to last has no more than one until somebody opens them. */
static int add_queues(const struct helper *h, const struct request *q, struct made *m)
{
	for (uint32_t i = 1; i < q->queues && !q->persist; i++) {
		int r, tun, status = device_open_tun(h, &tun);

		if (status != EX_DONE)
			return status;
		m->fds[m->n++] = tun;
		r = caps_raise();
		if (r == 0)
			r = tap_add_queue(&m->tap, tun);
		if (caps_lower() < 0)
			return helper_fail(h, EX_FAILED, "cannot lower its capabilities");
		if (r < 0)
			return helper_fail(h, EX_FAILED, "cannot add queue %u to tap '%s': %s",
					   i + 1, m->name, strerror(-r));
	}
	return EX_DONE;
}

/* With the caller's own rights: whoever may use the device may open it. */
static int add_vhost(const struct helper *h, const struct request *q, struct made *m)
{
	for (uint32_t i = 0; i < q->queues && q->vhost; i++) {
		int fd = open(VHOST, O_RDWR | O_CLOEXEC);

		if (fd < 0)
			return helper_fail(
				h, EX_FAILED, "cannot open " VHOST ": %s%s", strerror(errno),
				errno == ENOENT || errno == ENODEV || errno == ENXIO
					? "; as root, run: modprobe vhost_net"
				: errno == EACCES ? "; on most systems it is of group kvm"
						  : "");
		m->fds[m->n++] = fd;
	}
	return EX_DONE;
}

/*
 * It stays down, without an address: as an interface of the host that is up it would let its
 * holder speak to the host, and through it.
 */
static int set_up(const struct helper *h, const struct request *q, struct made *m)
{
	const struct policy_decision *d = &m->decision;
	const struct device_grant grant = {&policy_tap, m->name, d};
	char alias[ALIAS_SIZE];
	struct link_port port = {.index = m->tap.index, .alias = alias};
	int r;

	r = device_take_place(h, m->conn, &m->tap, &grant, "taps");
	if (r != EX_DONE)
		return r;
	port.mtu = q->mtu;
	if (!q->mtu && d->mtu && d->mtu < MTU_USUAL)
		port.mtu = d->mtu;
	m->mtu = port.mtu ? port.mtu : MTU_USUAL;
	if (q->mac_text) {
		memcpy(m->tap.mac, q->mac, MAC_LEN);
		port.mac = m->tap.mac;
	}
	alias_format(alias, h->caller.uid, h->name, d->file, d->line);
	r = device_disable_ipv6(h, &m->tap, &port.no_ipv6_address);
	if (r != EX_DONE)
		return r;
	r = link_setup_port(m->conn, &port);
	if (r < 0)
		return helper_fail(h, EX_FAILED, "cannot set up tap '%s': %s%s%s", m->name,
				   strerror(-r), link_error(m->conn)[0] ? ": " : "",
				   link_error(m->conn));
	r = d->mac.bits ? device_filter(h, m->conn, &m->tap, d) : EX_DONE;
	if (r != EX_DONE)
		return r;
	r = tap_set_owner(m->tap.fd, h->caller.uid);
	return r < 0 ? helper_fail(h, EX_FAILED, "cannot give tap '%s' its owner: %s", m->tap.name,
				   strerror(-r))
		     : EX_DONE;
}

/* ---- the end of it */

static void describe(const struct request *q, const struct made *m, char *buf, size_t size)
{
	char mac[MAC_TEXT_SIZE];

	snprintf(buf, size, "interface=%s index=%u mtu=%u mac=%s queues=%u vhost=%u rule=%s:%u\n",
		 m->tap.name, m->tap.index, m->mtu, mac_format(mac, m->tap.mac), q->queues,
		 q->vhost ? q->queues : 0, QUOTE(m->decision.file), m->decision.line);
}

/* The name goes to standard output: there is no socket, and the number may be ours. */
static int leave(const struct helper *h, const struct helper_args *args, struct made *m,
		 const char *line, const char *what)
{
	char name[IFNAME_MAX + 2];
	size_t len;
	int r;

	snprintf(name, sizeof(name), "%s\n", m->tap.name);
	if (!args->describe)
		line = name;
	len = strlen(line);
	if (caps_drop() < 0)
		return helper_fail(h, EX_FAILED, "cannot drop its capabilities");
	helper_log(h, "granted", what);
	r = tap_persist(m->tap.fd, true);
	if (r < 0) {
		helper_log(h, "failed", what);
		return helper_fail(h, EX_FAILED, "cannot make tap '%s' last: %s", m->tap.name,
				   strerror(-r));
	}
	if (write(STDOUT_FILENO, line, len) == (ssize_t)len)
		return EX_DONE;
	r = errno;
	helper_log(h, "failed", what);
	if (tap_persist(m->tap.fd, false) < 0)
		return helper_fail(h, EX_FAILED, "cannot write: %s; and tap '%s' cannot be undone",
				   strerror(r), m->tap.name);
	return helper_fail(h, EX_FAILED, "cannot write: %s", strerror(r));
}

static int give(const struct helper *h, const struct request *q, const struct helper_args *args,
		struct made *m)
{
	char line[1024] = "", what[512];

	if (args->describe)
		describe(q, m, line, sizeof(line));
	snprintf(what, sizeof(what), "tap=%s interface=%s queues=%u%s%s rule=%s:%u", m->name,
		 m->tap.name, q->queues, q->vhost ? " vhost" : "", q->persist ? " persist" : "",
		 QUOTE(m->decision.file), m->decision.line);
	if (q->persist)
		return leave(h, args, m, line, what);
	return helper_hand_over(h, args, m->fds, m->n, line, what);
}

static int create(const struct helper *h, const struct request *q, const struct helper_args *args,
		  struct made *m)
{
	int lowered, r = helper_limit(h, RLIMIT_NOFILE, "RLIMIT_NOFILE", 2 * q->queues + 16);

	if (r == EX_DONE)
		r = device_connect(h, &m->conn);
	if (r == EX_DONE)
		r = make_device(h, q, m);
	if (r == EX_DONE)
		r = add_queues(h, q, m);
	if (r == EX_DONE)
		r = add_vhost(h, q, m);
	if (r == EX_DONE)
		r = helper_fence(h, seccomp_tap_creator, ARRAY_LEN(seccomp_tap_creator));
	if (r != EX_DONE)
		return r;
	if (caps_raise() < 0)
		return helper_fail(h, EX_FAILED, "cannot raise its capabilities");
	r = set_up(h, q, m);
	lowered = caps_lower();
	if (r == EX_DONE && lowered < 0)
		return helper_fail(h, EX_FAILED, "cannot lower its capabilities");
	return r == EX_DONE ? give(h, q, args, m) : r;
}

/* ---- --delete */

/* Did this helper make it, for this caller? Only CAP_NET_ADMIN can have written that. */
static bool is_own(const struct helper *h, const struct link_info *info, const char *name)
{
	struct alias alias;

	return strcmp(info->name, name) == 0 && strcmp(info->kind, "tun") == 0 &&
	       alias_parse(info->alias, &alias) && alias.uid == h->caller.uid &&
	       strcmp(alias.helper, h->name) == 0;
}

static int delete (const struct helper *h, const char *name, struct made *m)
{
	struct link_info info;
	char who[QUOTE_SIZE], what[64];
	int lowered, r = device_connect(h, &m->conn);

	if (r != EX_DONE)
		return r;
	/* Before the fence: it may take other files and programs. */
	caller_text(&h->caller, who, sizeof(who));
	r = helper_fence(h, seccomp_tap_creator, ARRAY_LEN(seccomp_tap_creator));
	if (r != EX_DONE)
		return r;
	snprintf(what, sizeof(what), "delete=%s", name);
	r = link_get(m->conn, name, &info);
	if (r < 0 && r != -ENODEV)
		return helper_fail(h, EX_FAILED, "cannot look up '%s': %s", name, strerror(-r));
	if (r < 0 || !is_own(h, &info, name)) {
		helper_log(h, "denied", what);
		return helper_fail(h, EX_DENIED, "denied: '%s' is no tap that %s made for %s", name,
				   h->name, who);
	}
	helper_log(h, "granted", what);
	/* By index: whatever has the name now, what goes is what was looked at. */
	r = caps_raise();
	if (r == 0)
		r = link_delete(m->conn, info.index);
	lowered = caps_drop();
	if (r < 0) {
		helper_log(h, "failed", what);
		return helper_fail(h, EX_FAILED, "cannot delete '%s': %s", name, strerror(-r));
	}
	if (lowered < 0)
		return helper_fail(h, EX_FAILED, "cannot drop its capabilities");
	return EX_DONE;
}

int main(int argc, char *argv[])
{
	struct request q = {.queues = 0};
	const struct helper_option own[] = {
		{.name = "--ifname=NAME", .text = &q.ifname},
		{.name = "--queues=N", .number = &q.queues, .least = 1, .most = POLICY_QUEUES_MAX},
		{.name = "--vhost", .flag = &q.vhost},
		{.name = "--mtu=N",
		 .number = &q.mtu,
		 .least = POLICY_MTU_MIN,
		 .most = POLICY_MTU_MAX},
		{.name = "--mac=ADDRESS", .text = &q.mac_text},
		{.name = "--no-vnet-hdr", .flag = &q.no_vnet_hdr},
		{.name = "--persist", .flag = &q.persist},
		{.name = "--delete", .flag = &q.delete},
		{.name = NULL},
	};
	struct helper h = {
		.name = "tap-creator",
		.caps = FILECAPS_TAP_CREATOR,
		.own = own,
		.synopsis = "[OPTION]... --fd=N | [OPTION]... --persist | --delete --ifname=NAME",
		.options =
			"Makes a new tap, on no bridge, down and without an address, if tap.conf allows\n"
			"it to the caller, and sends its descriptors over the unix stream socket N.\n\n"
			"  --ifname=NAME  its name; one %d stands for a number; vnet%d\n"
			"  --fd=N         the socket's descriptor number, above 2\n"
			"  --queues=N     one descriptor each; 1\n"
			"  --vhost        then a descriptor of /dev/vhost-net for each queue\n"
			"  --mtu=N        its MTU; 1500, or the highest that the rule allows\n"
			"  --mac=ADDRESS  its own address; a random one\n"
			"  --no-vnet-hdr  frames carry no virtio header\n"
			"  --persist      instead of being sent, it lasts; its name is printed\n"
			"  --delete       ends one that this program made for the caller\n"
			"  --describe     a line of key=value follows the descriptors' byte\n"
			"  --use-vnet, --br=X  are ignored: QEMU gives them to every helper\n"
			"  --help         this text\n"
			"  --version      the version\n\n"
			"Exit status: 0 done, 1 failed, 2 usage, 3 denied, 4 policy unreadable or wrong,\n"
			"5 installed without the privilege it needs. See tap-creator(8).\n",
	};
	struct made m = {.tap.fd = -1};
	struct helper_args args = {.fd = -1};
	int r = helper_begin(&h);

	policy_decision_init(&m.decision);
	if (r == EX_DONE)
		r = helper_args(&h, argc, argv, &args);
	if (r == EX_DONE && !args.done)
		r = check_request(&h, &q, &args);
	args.no_reply = q.persist || q.delete;
	if (r == EX_DONE && !args.done)
		r = helper_ready(&h, &args);
	if (r == EX_DONE && !args.done)
		r = q.delete ? delete (&h, q.ifname, &m) : create(&h, &q, &args, &m);
	/* The end of the process closes the descriptors, and with a refused tap's its device. */
	link_close(m.conn);
	policy_decision_free(&m.decision);
	caller_free(&h.caller);
	return r;
}

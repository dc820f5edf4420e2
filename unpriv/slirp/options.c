/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include "lib/ifname.h"
#include "lib/near.h"
#include "lib/num.h"
#include "lib/quote.h"
#include "unpriv/wire/ready.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What of an IPv4 network the library gives out by DHCP: src/bootp.h. */
#define LEASES 16
#define MTU_MIN 1280 /* IPv6's */
#define MTU_MAX 65520

enum name {
	OPT_FD,
	OPT_LISTEN,
	OPT_CONNECT,
	OPT_DGRAM,
	OPT_TAP,
	OPT_NETNS,
	OPT_ONCE,
	OPT_NET,
	OPT_HOST,
	OPT_DNS,
	OPT_DHCPSTART,
	OPT_NO_IPV4,
	OPT_NO_IPV6,
	OPT_NET6,
	OPT_HOST6,
	OPT_DNS6,
	OPT_MTU,
	OPT_HOSTNAME,
	OPT_DOMAIN,
	OPT_SEARCH,
	OPT_TFTP,
	OPT_TFTP_SERVER,
	OPT_BOOTFILE,
	OPT_SMB,
	OPT_SMB_SERVER,
	OPT_RESTRICT,
	OPT_LOOPBACK,
	OPT_HOSTFWD,
	OPT_GUESTFWD,
	OPT_CONTROL,
	OPT_READY_FD,
	OPT_EXIT_WITH,
	OPT_HELP,
	OPT_VERSION,
};

static const struct option {
	enum name id;
	const char *name;
	bool takes_value;
} table[] = {
	{OPT_FD, "--fd", true},
	{OPT_LISTEN, "--listen", true},
	{OPT_CONNECT, "--connect", true},
	{OPT_DGRAM, "--dgram", true},
	{OPT_TAP, "--tap", true},
	{OPT_NETNS, "--netns", true},
	{OPT_ONCE, "--once", false},
	{OPT_NET, "--net", true},
	{OPT_HOST, "--host", true},
	{OPT_DNS, "--dns", true},
	{OPT_DHCPSTART, "--dhcpstart", true},
	{OPT_NO_IPV4, "--no-ipv4", false},
	{OPT_NO_IPV6, "--no-ipv6", false},
	{OPT_NET6, "--ipv6-net", true},
	{OPT_HOST6, "--ipv6-host", true},
	{OPT_DNS6, "--ipv6-dns", true},
	{OPT_MTU, "--mtu", true},
	{OPT_HOSTNAME, "--hostname", true},
	{OPT_DOMAIN, "--domain", true},
	{OPT_SEARCH, "--dns-search", true},
	{OPT_TFTP, "--tftp", true},
	{OPT_TFTP_SERVER, "--tftp-server-name", true},
	{OPT_BOOTFILE, "--bootfile", true},
	{OPT_SMB, "--smb", true},
	{OPT_SMB_SERVER, "--smb-server", true},
	{OPT_RESTRICT, "--restrict", false},
	{OPT_LOOPBACK, "--allow-host-loopback", false},
	{OPT_HOSTFWD, "--hostfwd", true},
	{OPT_GUESTFWD, "--guestfwd", true},
	{OPT_CONTROL, "--control", true},
	{OPT_READY_FD, "--ready-fd", true},
	{OPT_EXIT_WITH, "--exit-with", true},
	{OPT_HELP, "--help", false},
	{OPT_VERSION, "--version", false},
};

const char *options_help(void)
{
	return "Usage: netgrant-slirp --fd N | --listen unix:PATH | --connect unix:PATH |\n"
	       "                      --dgram unix:LOCAL,REMOTE | --tap NAME [--netns PID|PATH]\n"
	       "                      [OPTION]...\n\n"
	       "The network of QEMU's -netdev user, for any emulator, without privilege.\n\n"
	       "  --net ADDR/BITS --host ADDR --dns ADDR --dhcpstart ADDR --no-ipv4\n"
	       "  --ipv6-net ADDR/BITS --ipv6-host ADDR --ipv6-dns ADDR --no-ipv6\n"
	       "  --mtu BYTES --hostname NAME --domain NAME --dns-search NAME\n"
	       "  --tftp DIR --tftp-server-name NAME --bootfile FILE\n"
	       "  --smb DIR --smb-server ADDR\n"
	       "  --restrict              nothing but what is forwarded\n"
	       "  --allow-host-loopback   the guest reaches the host's own loopback\n"
	       "  --hostfwd SPEC --guestfwd SPEC   as QEMU writes them\n"
	       "  --control PATH          netgrant slirp-status, slirp-add, slirp-remove\n"
	       "  --once                  ends when its guest does\n"
	       "  --ready-fd FD --exit-with FD\n"
	       "  --help --version\n\n"
	       "Exit status: 0 done, 1 failed, 2 usage. See netgrant-slirp(1).";
}

/* What has been given, apart from where it ends up. */
struct parser {
	struct options *o;
	char *error;
	const char *ends[5]; /* the option that named the guest's side, if any */
	bool net, host, dns, dhcpstart, smb_server, net6, host6, dns6;
};

__attribute__((nonnull(1, 2)))
PRINTF(2, 3) static int fail(const struct parser *p, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(p->error, OPTIONS_ERROR, fmt, args);
	va_end(args);
	return -EINVAL;
}

static int take_ipv4(const struct parser *p, const char *name, const char *value,
		     struct in_addr *ret)
{
	if (inet_pton(AF_INET, value, ret) != 1)
		return fail(p, "%s: '%s' is no IPv4 address", name, QUOTE(value));
	return 0;
}

static int take_ipv6(const struct parser *p, const char *name, const char *value,
		     struct in6_addr *ret)
{
	if (inet_pton(AF_INET6, value, ret) != 1)
		return fail(p, "%s: '%s' is no IPv6 address", name, QUOTE(value));
	return 0;
}

/* ADDRESS/BITS of either family. */
static int take_net(const struct parser *p, const char *name, const char *value, int family,
		    uint64_t least, uint64_t most, void *ret, uint64_t *retbits)
{
	const char *slash = strchr(value, '/');
	char address[INET6_ADDRSTRLEN];
	size_t len = slash ? (size_t)(slash - value) : 0;

	if (!slash || len >= sizeof(address))
		return fail(p, "%s: '%s' has to be ADDRESS/BITS", name, QUOTE(value));
	memcpy(address, value, len);
	address[len] = '\0';
	if (inet_pton(family, address, ret) != 1)
		return fail(p, "%s: '%s' is no IPv%c address", name, QUOTE(address),
			    family == AF_INET ? '4' : '6');
	if (num_parse(slash + 1, strlen(slash + 1), least, most, retbits) < 0)
		return fail(p, "%s: '%s' is no length of a prefix; %u to %u", name,
			    QUOTE(slash + 1), (unsigned)least, (unsigned)most);
	return 0;
}

static int take_net4(struct parser *p, const char *name, const char *value)
{
	uint64_t bits;
	/* Room for router, DNS, SMB and the library's leases. */
	int r = take_net(p, name, value, AF_INET, 8, 27, &p->o->net, &bits);

	if (r < 0)
		return r;
	p->o->mask.s_addr = htonl(UINT32_MAX << (32 - bits));
	if (p->o->net.s_addr & ~p->o->mask.s_addr)
		return fail(p, "%s: '%s' has bits behind its prefix", name, QUOTE(value));
	p->net = true;
	return 0;
}

static int take_net6(struct parser *p, const char *name, const char *value)
{
	uint64_t bits;
	/* Guests take their own addresses from it (SLAAC). */
	int r = take_net(p, name, value, AF_INET6, 64, 64, &p->o->net6, &bits);

	for (size_t i = 8; r == 0 && i < 16; i++)
		if (p->o->net6.s6_addr[i])
			return fail(p, "%s: '%s' has bits behind its prefix", name, QUOTE(value));
	if (r == 0)
		p->o->prefix6 = (uint8_t)bits;
	p->net6 = r == 0;
	return r;
}

/* A name as DHCP carries it: one of hosts or domains. */
static int take_name(const struct parser *p, const char *name, const char *value, size_t most,
		     const char **ret)
{
	size_t len = strlen(value);

	if (len == 0 || len > most)
		return fail(p, "%s: '%s' has to have 1 to %zu bytes", name, QUOTE(value), most);
	for (size_t i = 0; i < len; i++) {
		char c = value[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		      c == '-' || c == '_' || (c == '.' && i > 0)))
			return fail(p, "%s: '%s' is no name of a host or domain", name,
				    QUOTE(value));
	}
	*ret = value;
	return 0;
}

static int take_search(const struct parser *p, const char *name, const char *value)
{
	size_t n = 0;

	while (n < OPTIONS_SEARCH && p->o->search[n])
		n++;
	if (n == OPTIONS_SEARCH)
		return fail(p, "%s: at most %d of them", name, OPTIONS_SEARCH);
	return take_name(p, name, value, 253, &p->o->search[n]);
}

static int take_end(struct parser *p, size_t which, const char *name, const char *kind,
		    const char *value)
{
	for (size_t i = 0; i < ARRAY_LEN(p->ends); i++)
		if (p->ends[i])
			return fail(p, "%s: the guest's side is given by %s already", name,
				    p->ends[i]);
	if ((which == 1 || which == 2) && strncmp(value, "unix:", 5) != 0)
		return fail(p, "%s: '%s' has to be unix:PATH", name, QUOTE(value));
	if (which == 3 && strncmp(value, "unix:", 5) != 0)
		return fail(p, "%s: '%s' has to be unix:LOCAL,REMOTE", name, QUOTE(value));
	if (snprintf(p->o->guest, sizeof(p->o->guest), "%s:%s", kind, value) >=
	    (int)sizeof(p->o->guest))
		return fail(p, "%s: '%s' is too long", name, QUOTE(value));
	p->ends[which] = name;
	return 0;
}

static int take_tap(struct parser *p, const char *name, const char *value)
{
	enum ifname_defect defect = ifname_check(value, strlen(value));

	if (defect != IFNAME_OK)
		return fail(p, "%s: interface name '%s' %s", name, QUOTE(value),
			    ifname_defect_text(defect));
	p->o->tap = value;
	return take_end(p, 4, name, "tap", value);
}

static int take_netns(const struct parser *p, const char *name, const char *value)
{
	if (value[0] != '/' && (!value[0] || value[strspn(value, "0123456789")]))
		return fail(p, "%s: '%s' is neither a process number nor the path of a namespace",
			    name, QUOTE(value));
	p->o->netns = value;
	return 0;
}

static int take_forward(const struct parser *p, const char *name, enum forward_way way,
			const char *value)
{
	char error[FORWARD_ERROR];

	if (p->o->forwards == OPTIONS_FORWARDS)
		return fail(p, "%s: at most %d forwards", name, OPTIONS_FORWARDS);
	if (forward_parse(&p->o->forward[p->o->forwards], way, value, true, error) < 0)
		return fail(p, "%s '%s': %s", name, QUOTE(value), error);
	for (unsigned i = 0; i < p->o->forwards; i++)
		if (forward_same(&p->o->forward[i], &p->o->forward[p->o->forwards]))
			return fail(p, "%s '%s': there is one already", name, QUOTE(value));
	p->o->forwards++;
	return 0;
}

static int take_fd(const struct parser *p, const char *name, const char *value, int *ret)
{
	int r = ready_fd_parse(value, ret);

	if (r == -EINVAL)
		return fail(p, "%s: '%s' is no descriptor, 3 or more", name, QUOTE(value));
	return r < 0 ? fail(p, "%s: descriptor %s is not open", name, QUOTE(value)) : 0;
}

static int take_guest_fd(struct parser *p, const char *name, const char *value)
{
	int fd, r = take_fd(p, name, value, &fd);

	return r < 0 ? r : take_end(p, 0, name, "fd", value);
}

static int take_mtu(const struct parser *p, const char *name, const char *value)
{
	uint64_t mtu;

	if (num_parse(value, strlen(value), MTU_MIN, MTU_MAX, &mtu) < 0)
		return fail(p, "%s: '%s' is no MTU; %d to %d", name, QUOTE(value), MTU_MIN,
			    MTU_MAX);
	p->o->mtu = (unsigned)mtu;
	return 0;
}

static int take_text(const struct parser *p, const char *name, const char *value, size_t most,
		     const char **ret)
{
	size_t len = strlen(value);

	if (len == 0 || len > most)
		return fail(p, "%s: '%s' has to have 1 to %zu bytes", name, QUOTE(value), most);
	*ret = value;
	return 0;
}

/* Of the network and what the guest is told. */
static int take_network(struct parser *p, const struct option *o, const char *value)
{
	struct options *ret = p->o;

	switch ((int)o->id) {
	case OPT_NET:
		return take_net4(p, o->name, value);
	case OPT_HOST:
		p->host = true;
		return take_ipv4(p, o->name, value, &ret->host);
	case OPT_DNS:
		p->dns = true;
		return take_ipv4(p, o->name, value, &ret->dns);
	case OPT_DHCPSTART:
		p->dhcpstart = true;
		return take_ipv4(p, o->name, value, &ret->dhcpstart);
	case OPT_NET6:
		return take_net6(p, o->name, value);
	case OPT_HOST6:
		p->host6 = true;
		return take_ipv6(p, o->name, value, &ret->host6);
	case OPT_DNS6:
		p->dns6 = true;
		return take_ipv6(p, o->name, value, &ret->dns6);
	case OPT_SMB_SERVER:
		p->smb_server = true;
		return take_ipv4(p, o->name, value, &ret->smb_server);
	case OPT_MTU:
		return take_mtu(p, o->name, value);
	case OPT_HOSTNAME:
		return take_name(p, o->name, value, 32, &ret->hostname);
	case OPT_DOMAIN:
		return take_name(p, o->name, value, 253, &ret->domain);
	case OPT_SEARCH:
		return take_search(p, o->name, value);
	default:
		return fail(p, "%s: is not known", o->name);
	}
}

static int take(struct parser *p, const struct option *o, const char *value)
{
	struct options *ret = p->o;

	switch ((int)o->id) {
	case OPT_FD:
		return take_guest_fd(p, o->name, value);
	case OPT_LISTEN:
		return take_end(p, 1, o->name, "listen", value);
	case OPT_CONNECT:
		return take_end(p, 2, o->name, "connect", value);
	case OPT_DGRAM:
		return take_end(p, 3, o->name, "dgram", value);
	case OPT_TAP:
		return take_tap(p, o->name, value);
	case OPT_NETNS:
		return take_netns(p, o->name, value);
	case OPT_TFTP:
		return take_text(p, o->name, value, 4000, &ret->tftp);
	case OPT_TFTP_SERVER:
		return take_name(p, o->name, value, 63, &ret->tftp_server_name);
	case OPT_BOOTFILE:
		/* The library's field is 128 bytes. */
		return take_text(p, o->name, value, 127, &ret->bootfile);
	case OPT_SMB:
		return take_text(p, o->name, value, 4000, &ret->smb);
	case OPT_HOSTFWD:
		return take_forward(p, o->name, FORWARD_HOST, value);
	case OPT_GUESTFWD:
		return take_forward(p, o->name, FORWARD_GUEST, value);
	case OPT_CONTROL:
		return take_text(p, o->name, value, 107, &ret->control);
	case OPT_READY_FD:
		return take_fd(p, o->name, value, &ret->ready_fd);
	case OPT_EXIT_WITH:
		return take_fd(p, o->name, value, &ret->exit_with);
	default:
		return take_network(p, o, value);
	}
}

static void take_flag(struct options *ret, enum name id)
{
	switch ((int)id) {
	case OPT_ONCE:
		ret->once = true;
		break;
	case OPT_NO_IPV4:
		ret->ipv4 = false;
		break;
	case OPT_NO_IPV6:
		ret->ipv6 = false;
		break;
	case OPT_RESTRICT:
		ret->restricted = true;
		break;
	case OPT_LOOPBACK:
		ret->loopback = true;
		break;
	case OPT_HELP:
		ret->help = true;
		break;
	default:
		ret->version = true;
		break;
	}
}

static int unknown(const struct parser *p, const char *arg)
{
	size_t len = strcspn(arg, "=");
	const char *best = NULL;
	unsigned distance = 3;

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		near_consider(arg, len, table[i].name, &best, &distance);
	if (arg[0] != '-')
		return fail(p, "unexpected argument '%s'; see --help", QUOTE(arg));
	return fail(p, "unknown option '%s'%s%s%s; see --help", QUOTE_N(arg, len),
		    best ? "; did you mean '" : "", best ? best : "", best ? "'" : "");
}

static int take_one(struct parser *p, int argc, char *const argv[], int *i)
{
	const char *arg = argv[*i], *value = strchr(arg, '=');
	size_t len = strcspn(arg, "=");

	for (size_t k = 0; k < ARRAY_LEN(table); k++) {
		if (strlen(table[k].name) != len || memcmp(table[k].name, arg, len) != 0)
			continue;
		if (!table[k].takes_value) {
			if (value)
				return fail(p, "%s takes no value", table[k].name);
			take_flag(p->o, table[k].id);
			return 0;
		}
		if (!value && *i + 1 >= argc)
			return fail(p, "%s needs a value", table[k].name);
		return take(p, &table[k], value ? value + 1 : argv[++*i]);
	}
	return unknown(p, arg);
}

/* Host h of the network. */
static struct in_addr host_of(const struct options *o, uint32_t h)
{
	return (struct in_addr){.s_addr = o->net.s_addr | htonl(h)};
}

static void fill_in(const struct parser *p)
{
	struct options *o = p->o;

	if (!p->host)
		o->host = host_of(o, 2);
	if (!p->dns)
		o->dns = host_of(o, 3);
	if (!p->smb_server)
		o->smb_server = host_of(o, 4);
	if (!p->dhcpstart)
		o->dhcpstart = host_of(o, 15);
	if (!p->host6) {
		o->host6 = o->net6;
		o->host6.s6_addr[15] |= 2;
	}
	if (!p->dns6) {
		o->dns6 = o->net6;
		o->dns6.s6_addr[15] |= 3;
	}
}

static int check_place(const struct parser *p, const char *name, struct in_addr a, uint32_t behind)
{
	uint32_t mask = ntohl(p->o->mask.s_addr), net = ntohl(p->o->net.s_addr);
	uint32_t at = ntohl(a.s_addr), last = net | ~mask;
	char text[INET_ADDRSTRLEN];

	if (at > net && at < last && last - at > behind)
		return 0;
	inet_ntop(AF_INET, &a, text, sizeof(text));
	return behind ? fail(p,
			     "%s: %s and the %u addresses behind it have to be inside the network",
			     name, text, behind)
		      : fail(p, "%s: %s is outside the network of --net", name, text);
}

static int check_network(const struct parser *p)
{
	const struct options *o = p->o;
	uint32_t start = ntohl(o->dhcpstart.s_addr);
	const struct {
		const char *name;
		struct in_addr at;
	} all[] = {{"--host", o->host}, {"--dns", o->dns}, {"--smb-server", o->smb_server}};
	/* Without a share nobody is at that address. */
	size_t n = ARRAY_LEN(all) - !(o->smb || p->smb_server);
	int r = check_place(p, "--dhcpstart", o->dhcpstart, LEASES - 1);

	for (size_t i = 0; r == 0 && i < n; i++) {
		r = check_place(p, all[i].name, all[i].at, 0);
		if (r < 0)
			break;
		if (ntohl(all[i].at.s_addr) - start < LEASES)
			return fail(p, "%s lies among the addresses of --dhcpstart", all[i].name);
		for (size_t k = 0; k < i; k++)
			if (all[i].at.s_addr == all[k].at.s_addr)
				return fail(p, "%s and %s are the same address", all[k].name,
					    all[i].name);
	}
	if (r == 0 && memcmp(&o->host6, &o->net6, 8) != 0)
		return fail(p, "--ipv6-host is outside the network of --ipv6-net");
	if (r == 0 && memcmp(&o->dns6, &o->net6, 8) != 0)
		return fail(p, "--ipv6-dns is outside the network of --ipv6-net");
	if (r == 0 && memcmp(&o->dns6, &o->host6, 16) == 0)
		return fail(p, "--ipv6-host and --ipv6-dns are the same address");
	return r;
}

int options_parse(struct options *ret, int argc, char *const argv[], char error[OPTIONS_ERROR])
{
	struct parser p = {.o = ret, .error = error};
	int r = 0;

	memset(ret, 0, sizeof(*ret));
	ret->ipv4 = ret->ipv6 = true;
	ret->net.s_addr = htonl(0x0a000200);
	ret->mask.s_addr = htonl(0xffffff00);
	/* fec0::/64, as QEMU has it. */
	ret->net6.s6_addr[0] = 0xfe;
	ret->net6.s6_addr[1] = 0xc0;
	ret->prefix6 = 64;
	ret->mtu = 1500;
	ret->ready_fd = ret->exit_with = -1;
	for (int i = 1; i < argc && r == 0 && !ret->help && !ret->version; i++)
		r = take_one(&p, argc, argv, &i);
	if (r < 0 || ret->help || ret->version)
		return r;
	fill_in(&p);
	if (ret->netns && !ret->tap)
		return fail(&p, "--netns says where the tap is; --tap NAME is missing");
	if (!ret->ipv4 && !ret->ipv6)
		return fail(&p, "--no-ipv4 and --no-ipv6 leave nothing");
	return check_network(&p);
}

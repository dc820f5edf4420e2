/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network/config.h"

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A network that the lines under test are put behind: they begin in line 8. */
#define BASE                                                                                       \
	"[network]\nmode=nat\n[ipv4]\naddress=192.168.22.1/24\n[ipv6]\naddress=fd00:22::1/64\n\n"
#define NET "[network]\nmode="
#define DEVICE_CHARS "has a character other than A-Z a-z 0-9 _ . -"
#define L(text) text, sizeof(text) - 1

struct bad {
	const char *text;
	size_t len;
	unsigned line;
	const char *message;
};

static const struct bad lines[] = {
	{L(""), 0, "no 'mode=' in [network]; it is nat, route, isolated or open"},
	{L("\n[network]\n"), 2, "no 'mode=' in [network]; it is nat, route, isolated or open"},
	{L("\xef\xbb\xbf[network]\n"), 1, "begins with a byte order mark; save it without"},
	{L("mode=nat\n"), 1, "a key before the first section; begin with [network]"},
	{L(NET "nat\n mtu=1500\n"), 3,
	 "begins with a blank; a value has one line, and each line begins in its first column"},
	{L(NET "open\n\tx\n"), 3,
	 "begins with a blank; a value has one line, and each line begins in its first column"},
	{L(" [network]\n"), 1,
	 "begins with a blank; a value has one line, and each line begins in its first column"},
	{L(NET "op\0en\n"), 2, "NUL byte (this is not a text file) in column 8"},
	{L("# a\0b\n"), 1, "NUL byte (this is not a text file) in column 4"},
	{L(NET "open\rmtu=99\n"), 2, "control character (only TAB may stand here) in column 10"},
	{L(NET "open\x7f\n"), 2, "control character (only TAB may stand here) in column 10"},
	{L("# \x1b[2J\n"), 1, "control character (only TAB may stand here) in column 3"},
	{L(NET "open\nmtu\n"), 3, "neither [section] nor key=value"},
	{L(NET "open\nmtu: 1500\n"), 3, "neither [section] nor key=value"},
	{L(NET "open\nmtu:1=500\n"), 3, "unknown key 'mtu:1' in [network] (did you mean 'mtu'?)"},
	{L(NET "open\n=1\n"), 3, "unknown key '' in [network]"},
	{L(NET "open\nMTU=1500\n"), 3, "unknown key 'MTU' in [network]"},
	{L(NET "open\nmut=1500\n"), 3, "unknown key 'mut' in [network] (did you mean 'mtu'?)"},
	{L(NET "open\naddress=10.0.0.1/8\n"), 3,
	 "unknown key 'address' in [network]; it belongs in [ipv4]"},
	{L(NET "open\nmtu=1400\n\n# x\nmtu=1400\n"), 6, "'mtu=' twice; the first is in line 3"},
	{L(NET "open\nmtu=\n"), 3, "'mtu=' without a value"},
	{L(NET "open\nmtu= ; 1400\n"), 3, "'mtu=' without a value"},
	{L(NET "open\nmtu=;1400\n"), 3, "';1400' in 'mtu=' is no number from 68 to 65535"},
	{L(NET "open\nmtu=1400;\n"), 3, "'1400;' in 'mtu=' is no number from 68 to 65535"},
};

static const struct bad sections[] = {
	{L("[network\n"), 1, "a section's line ends with ']'"},
	{L("[\n"), 1, "a section's line ends with ']'"},
	{L("[network] mode=nat\n"), 1, "a section's line ends with ']'"},
	{L("[]\n"), 1,
	 "unknown section []; there are network, ipv4, ipv6, dhcp, dns, tftp, host NAME, record "
	 "NAME and forward NAME"},
	{L("[netwrok]\n"), 1, "unknown section [netwrok] (did you mean [network]?)"},
	{L("[Network]\n"), 1, "unknown section [Network] (did you mean [network]?)"},
	{L("[network x]\n"), 1, "[network] takes no name"},
	{L("[host]\n"), 1, "[host] without a name, as in [host NAME]"},
	{L("[network]\n[network]\n"), 2, "a second [network]; the first is in line 1"},
	{L("[dns]\n\n[tftp]\n[dns]\n"), 4, "a second [dns]; the first is in line 1"},
	{L("[host a b]\n"), 1, "the name 'a b' has a character other than A-Z a-z 0-9 -"},
	{L("[host a.b]\n"), 1, "the name 'a.b' has a character other than A-Z a-z 0-9 -"},
	{L("[host 12h]\n"), 1, "the name '12h' does not begin with a letter"},
	{L("[host Infinite]\n"), 1, "the name 'Infinite' is a word of dnsmasq's"},
	{L("[host ignore]\n"), 1, "the name 'ignore' is a word of dnsmasq's"},
	{L("[host a,ignore]\n"), 1, "the name 'a,ignore' has a character other than A-Z a-z 0-9 -"},
	{L("[record a..b]\n"), 1, "the name 'a..b' has nothing before, behind or between dots"},
	{L("[record 10.0.0.1]\n"), 1, "the name '10.0.0.1' ends in a number, as no domain does"},
	{L("[forward -x]\n"), 1, "the name '-x' begins or ends with '-'"},
	{L(BASE "[host a]\nmac=52:54:00:00:00:01\n[host A]\nmac=52:54:00:00:00:02\n"), 10,
	 "a second [host A]; the first is in line 8"},
	{L(BASE "[record a.b]\ntxt=\"x\"\n[record a.b]\ntxt=\"y\"\n"), 10,
	 "a second [record a.b]; the first is in line 8"},
};

static const struct bad network[] = {
	{L(NET "bridge\n"), 2, "'mode=' is nat, route, isolated or open, not 'bridge'"},
	{L(NET "NAT\n"), 2, "'mode=' is nat, route, isolated or open, not 'NAT'"},
	{L(NET "open\nstp=1\n"), 3, "'stp=' is no or yes, not '1'"},
	{L(NET "open\nstp=true\n"), 3, "'stp=' is no or yes, not 'true'"},
	{L(NET "open\nguests=yes\n"), 3, "'guests=' is connected or isolated, not 'yes'"},
	{L(NET "open\nstart=all\n"), 3, "'start=' is admin or allowed, not 'all'"},
	{L(NET "open\nstop=last\n"), 3, "'stop=' is never or last-port, not 'last'"},
	{L(NET "open\nmtu=67\n"), 3, "'67' in 'mtu=' is no number from 68 to 65535"},
	{L(NET "open\nmtu=0x100\n"), 3, "'0x100' in 'mtu=' is no number from 68 to 65535"},
	{L(NET "open\nbridge=0123456789abcdef\n"), 3,
	 "'0123456789abcdef' in 'bridge=' is longer than 15 bytes"},
	{L(NET "open\nbridge=br0:1\n"), 3, "'br0:1' in 'bridge=' " DEVICE_CHARS},
	{L(NET "open\nbridge=all\n"), 3, "'all' in 'bridge=' is no device that can be used here"},
	{L(NET "open\nbridge=-x\n"), 3, "'-x' in 'bridge=' begins with '-'"},
	{L(NET "nat\nuplink=eth0,eth1\n"), 3, "'eth0,eth1' in 'uplink=' " DEVICE_CHARS},
	{L(NET "open\nuplink=eth0\n"), 3, "'uplink=' needs mode=nat or mode=route"},
	{L(NET "isolated\nuplink=eth0\n"), 3, "'uplink=' needs mode=nat or mode=route"},
	{L(NET "nat\nuplink=ng-test\n"), 3, "'uplink=ng-test' is the network's own bridge"},
	{L(NET "open\nmac=01:00:5e:00:00:01\n"), 3,
	 "'01:00:5e:00:00:01' in 'mac=' is no address of a single device"},
	{L(NET "open\nmac=52-54-00-00-00-01\n"), 3,
	 "'52-54-00-00-00-01' in 'mac=' is no MAC address, as 52:54:00:aa:00:01"},
	{L(NET "open\nhost-services=22\n"), 3,
	 "'22' in 'host-services=' is no service, as tcp/22 or udp/5000-5010"},
	{L(NET "open\nhost-services=tcp/22,\n"), 3,
	 "'host-services=' has nothing between two commas, or around one"},
	{L(NET "open\nhost-services=tcp/22, tcp/20-30\n"), 3, "'host-services=' has port 20 twice"},
	{L(NET "open\nhost-services=tcp/30-20\n"), 3,
	 "'30-20' in 'host-services=' ends before it begins"},
	{L(NET "open\nleases-per-port=0\n"), 3,
	 "'0' in 'leases-per-port=' is no number from 1 to 4096"},
	{L(NET "nat\n"), 2,
	 "'mode=nat' needs an 'address=' in [ipv4], or one in [ipv6] and 'nat=yes'"},
	{L(NET "nat\n[ipv6]\naddress=fd00::1/64\n"), 2,
	 "'mode=nat' needs an 'address=' in [ipv4], or one in [ipv6] and 'nat=yes'"},
	{L(NET "route\n"), 2, "'mode=route' needs an 'address=' in [ipv4] or [ipv6]"},
};

#define V4(text) "[network]\nmode=nat\n[ipv4]\naddress=10.0.0.1/24\n" text "\n"
#define V6(text) "[network]\nmode=open\n[ipv6]\naddress=fd00::1/64\n" text "\n"
#define ADDRESS(text) NET "open\n[ipv4]\naddress=" text "\n"

static const struct bad addresses[] = {
	{L(ADDRESS("10.0.0.1")), 4,
	 "'10.0.0.1' in 'address=' has no '/' and length, as 192.168.22.1/24"},
	{L(ADDRESS("10.0.0.1/31")), 4, "'10.0.0.1/31' in 'address=' has a length outside 8 to 30"},
	{L(ADDRESS("10.0.0.1/255.0.0.0")), 4,
	 "'10.0.0.1/255.0.0.0' in 'address=' has a length outside 8 to 30"},
	{L(ADDRESS("10.0.0.0/24")), 4,
	 "'10.0.0.0/24' in 'address=' is the subnet's first or last address, not the host's"},
	{L(ADDRESS("10.0.0.255/24")), 4,
	 "'10.0.0.255/24' in 'address=' is the subnet's first or last address, not the host's"},
	{L(ADDRESS("010.0.0.1/24")), 4,
	 "'010.0.0.1' in 'address=' is no IPv4 address, as 192.168.22.5"},
	{L(ADDRESS("10.1/24")), 4, "'10.1' in 'address=' is no IPv4 address, as 192.168.22.5"},
	{L(ADDRESS("fd00::1/64")), 4,
	 "'fd00::1' in 'address=' is no IPv4 address, as 192.168.22.5"},
	{L(ADDRESS("127.0.0.1/8")), 4, "'127.0.0.1/8' in 'address=' is a loopback address"},
	{L(ADDRESS("224.0.0.1/24")), 4, "'224.0.0.1' in 'address=' is a multicast address"},
	{L(ADDRESS("0.1.1.1/24")), 4,
	 "'0.1.1.1' in 'address=' is in 0.0.0.0/8, which no machine can have"},
	{L(ADDRESS("10.0.0.1/24, 10.0.1.1/16")), 4,
	 "'10.0.1.1/16' in 'address=' has a subnet that overlaps another one's here"},
	{L(V6("x=1")), 5, "unknown key 'x' in [ipv6]"},
	{L(NET "open\n[ipv6]\naddress=fe80::1/64\n"), 4,
	 "'fe80::1' in 'address=' is a link-local address, which means nothing without a device"},
	{L(NET "open\n[ipv6]\naddress=::ffff:10.0.0.1/64\n"), 4,
	 "'::ffff:10.0.0.1' in 'address=' is an IPv4 address; write it as one"},
	{L(NET "open\n[ipv6]\naddress=fd00::1%eth0/64\n"), 4,
	 "'fd00::1%eth0' in 'address=' is no IPv6 address, as fd00:22::5"},
	{L(NET "open\n[ipv6]\naddress=fd00::/64\n"), 4,
	 "'fd00::/64' in 'address=' is the subnet's address, not the host's"},
	{L(NET "open\nmtu=1279\n[ipv6]\naddress=fd00::1/64\n"), 3,
	 "'mtu=1279' is too small for IPv6, which needs 1280"},
	{L(NET "open\n[ipv6]\naddress=fd00::1/80\n"), 4,
	 "router advertisements need a subnet of length /64, not /80; or write 'ra=no'"},
	{L(NET "open\n[ipv6]\nra=yes\naddress=fd00::1/80\n"), 4,
	 "router advertisements need a subnet of length /64, not /80; or write 'ra=no'"},
	{L(NET "open\n[ipv6]\nra=yes\n"), 4, "'ra=yes' needs an 'address=' in [ipv6]"},
	{L(V6("nat=yes")), 5, "'nat=yes' needs mode=nat and an 'address=' in [ipv6]"},
	{L(V4("nat-address=10.0.0.9")), 5, "'nat-address=' is in the guests' own subnet"},
	{L(V4("nat-address=9.0.0.1-11.0.0.1")), 5, "'nat-address=' is in the guests' own subnet"},
	{L(V4("nat-address=192.0.2.9-192.0.2.1")), 5,
	 "'192.0.2.9-192.0.2.1' in 'nat-address=' ends before it begins"},
	{L(NET "route\n[ipv4]\naddress=10.0.0.1/24\nnat-address=192.0.2.1\n"), 5,
	 "'nat-address=' needs mode=nat and an 'address=' in [ipv4]"},
	{L(NET "open\n[ipv4]\nnat-ports=1024-65535\n"), 4,
	 "'nat-ports=' needs mode=nat and an 'address=' in [ipv4]"},
	{L(V4("nat-ports=0-65535")), 5,
	 "'0-65535' in 'nat-ports=' is no port, as 8080, nor range of them, as 8000-8010"},
};

static const struct bad dhcp[] = {
	{L(V4("dhcp=10.0.0.2")), 5,
	 "'10.0.0.2' in 'dhcp=' is no range, as 192.168.22.2-192.168.22.254"},
	{L(V4("dhcp=10.0.0.9-10.0.0.2")), 5,
	 "'10.0.0.9-10.0.0.2' in 'dhcp=' ends before it begins"},
	{L(V4("dhcp=10.0.1.2-10.0.1.9")), 5,
	 "'10.0.1.2-10.0.1.9' in 'dhcp=' is in no subnet of 'address='"},
	{L(V4("dhcp=10.0.0.2-10.0.1.9")), 5,
	 "'10.0.0.2-10.0.1.9' in 'dhcp=' is in no subnet of 'address='"},
	{L(V4("dhcp=10.0.0.1-10.0.0.9")), 5,
	 "'10.0.0.1-10.0.0.9' in 'dhcp=' holds the host's own address 10.0.0.1; write one range "
	 "before it and one behind"},
	{L(V4("dhcp=10.0.0.2-10.0.0.255")), 5,
	 "'10.0.0.2-10.0.0.255' in 'dhcp=' holds the subnet's first or last address, which no guest "
	 "can have"},
	{L(V4("dhcp=10.0.0.2-10.0.0.9, 10.0.0.9-10.0.0.20")), 5,
	 "'10.0.0.9-10.0.0.20' in 'dhcp=' overlaps another range"},
	{L(V4("lease-time=119")), 5, "'119' in 'lease-time=' is outside 120 seconds to 365 days"},
	{L(V4("lease-time=366d")), 5, "'366d' in 'lease-time=' is outside 120 seconds to 365 days"},
	{L(V4("lease-time=h")), 5,
	 "'h' in 'lease-time=' is no time, as 1h: a number and s, m, h or d"},
	{L(V4("lease-time=infinite")), 5,
	 "'infinite' in 'lease-time=' is no time, as 1h: a number and s, m, h or d"},
	{L(NET "open\n[ipv6]\nra=no\naddress=fd00::1/48\ndhcp=fd00::2-fd00::9\n"), 6,
	 "'dhcp=' needs a subnet of length /64 or longer, not /48"},
	{L(V4("[dhcp]\nntp=10.0.0.1")), 5,
	 "[dhcp] without 'dhcp=' in [ipv4] or [ipv6], 'ra=yes' or [host]"},
	{L(BASE "[dhcp]\nrouter=10.9.9.9\n"), 9,
	 "'router=' is no address that a machine in the subnets of 'address=' can have"},
	{L(BASE "[dhcp]\nrouter=192.168.22.255\n"), 9,
	 "'router=' is no address that a machine in the subnets of 'address=' can have"},
	{L(BASE "[dhcp]\nrouter=no\n"), 9, "'no' in 'router=' is no IPv4 address, as 192.168.22.5"},
	{L(BASE "[dhcp]\nntp=pool.ntp.org\n"), 9,
	 "'pool.ntp.org' in 'ntp=' is no address, as 192.168.22.5"},
	{L(BASE "[dhcp]\nntp=127.0.0.1\n"), 9,
	 "'127.0.0.1' in 'ntp=' is a loopback address, the guest's own"},
	{L(BASE "[dhcp]\nsearch=a, b_c\n"), 9,
	 "'b_c' in 'search=' has a character other than A-Z a-z 0-9 -"},
	{L(BASE "[dhcp]\nboot-file=tag:x\n"), 9,
	 "'tag:x' in 'boot-file=' has a character other than A-Z a-z 0-9 _ . - + / (a colon only in "
	 "http://, https:// or tftp://)"},
	{L(BASE "[dhcp]\nboot-file=../x\n"), 9,
	 "'../x' in 'boot-file=' has an empty part, '.' or '..'"},
	{L(BASE "[tftp]\nroot=srv/tftp\n"), 9,
	 "'srv/tftp' in 'root=' is relative; write it from '/' on"},
	{L(BASE "[tftp]\nroot=/srv/../etc\n"), 9,
	 "'/srv/../etc' in 'root=' has an empty part, '.' or '..'"},
	{L(BASE "[tftp]\nroot=/\n"), 9, "'/' in 'root=' has an empty part, '.' or '..'"},
	{L(BASE "[tftp]\nroot=/srv/my files\n"), 9,
	 "'/srv/my files' in 'root=' has a character other than A-Z a-z 0-9 _ . - + /"},
};

static const struct bad dns[] = {
	{L(BASE "[dns]\ndomain=.\n"), 9,
	 "'.' in 'domain=' has nothing before, behind or between dots"},
	{L(BASE "[dns]\ndomain=a/b\n"), 9,
	 "'a/b' in 'domain=' has a character other than A-Z a-z 0-9 -"},
	{L(BASE "[dns]\ndomain=1.2.3.4\n"), 9,
	 "'1.2.3.4' in 'domain=' ends in a number, as no domain does"},
	{L(BASE "[dns]\nforwarders=1.1.1.1@example.com\n"), 9,
	 "'1.1.1.1' in 'forwarders=' ends in a number, as no domain does"},
	{L(BASE "[dns]\nforwarders=@1.1.1.1\n"), 9,
	 "'' in 'forwarders=' has nothing before, behind or between dots"},
	{L(BASE "[dns]\nforwarders=a@\n"), 9, "'a@' in 'forwarders=' has no address behind '@'"},
	{L(BASE "[dns]\nforwarders=1.1.1.1:0\n"), 9,
	 "'1.1.1.1:0' in 'forwarders=' ends in no port, which is a number to 65535"},
	{L(BASE "[dns]\nforwarders=[1.1.1.1]:53\n"), 9,
	 "'1.1.1.1' in 'forwarders=' is no IPv6 address, as fd00:22::5"},
	{L(BASE "[dns]\nforwarders=[fd00::1]53\n"), 9,
	 "'[fd00::1]53' in 'forwarders=' is no address and port, as [fd00:22::5]:80"},
	{L(BASE "[dns]\nforwarders=1.1.1.1#53\n"), 9,
	 "'1.1.1.1#53' in 'forwarders=' is no address, as 192.168.22.5"},
	{L(BASE "[dns]\nforwarders=a@1.1.1.1, A@1.1.1.1\n"), 9, "'forwarders=' has one twice"},
	{L(BASE "[dns]\nenabled=no\nforwarders=1.1.1.1\n"), 10, "'forwarders=' with 'enabled=no'"},
	{L(BASE "[dns]\nenabled=no\n[record a]\ntxt=\"x\"\n"), 10,
	 "[record a] with 'enabled=no' in [dns]"},
	{L(BASE "[record a]\n"), 8, "[record a] has no 'address=', 'txt=' or 'srv='"},
	{L(BASE "[record _a]\naddress=10.0.0.1\n"), 8,
	 "[record _a]: a name with an address has no '_'"},
	{L(BASE "[record a]\nsrv=h:1\n"), 8,
	 "[record a]: 'srv=' needs a name that begins as _sip._udp"},
	{L(BASE "[record _a._b]\nsrv=h\n"), 9,
	 "'h' in 'srv=' is no target and port, as host.example:5060"},
	{L(BASE "[record _a._b]\nsrv=h:0\n"), 9,
	 "'h:0' in 'srv=' is no TARGET:PORT:PRIORITY:WEIGHT, numbers to 65535"},
	{L(BASE "[record _a._b]\nsrv=h:1:2:3:4\n"), 9,
	 "'h:1:2:3:4' in 'srv=' is no TARGET:PORT:PRIORITY:WEIGHT, numbers to 65535"},
	{L(BASE "[record a]\ntxt=hello\n"), 9,
	 "'hello' in 'txt=' is not in quotes, as \"text\" (a comment begins at a blank and ';' or "
	 "'#')"},
	{L(BASE "[record a]\ntxt=\"a ; b\"\n"), 9,
	 "'\"a' in 'txt=' is not in quotes, as \"text\" (a comment begins at a blank and ';' or "
	 "'#')"},
	{L(BASE "[record a]\ntxt=\"\"\n"), 9, "'' in 'txt=' has not 1 to 255 bytes"},
	{L(BASE "[record a]\ntxt=\"a\"b\"\n"), 9,
	 "'a\"b' in 'txt=' has a character other than printable ASCII without quote, backslash and "
	 "comma"},
};

#define HOST(name, rest) "[host " name "]\n" rest "\n"
#define FORWARD(name, rest) "[forward " name "]\nprotocol=tcp\n" rest "\n"

static const struct bad items[] = {
	{L(BASE HOST("a", "ipv4=192.168.22.5")), 8, "[host a] has neither 'mac=' nor 'id='"},
	{L(BASE HOST("a", "id=x\nipv4=192.168.23.5")), 8,
	 "[host a]: 192.168.23.5 is in no subnet of 'address='"},
	{L(BASE HOST("a", "id=x\nipv4=192.168.22.1")), 8,
	 "[host a]: 192.168.22.1 is the host's own address"},
	{L(BASE HOST("a", "id=x\nipv4=192.168.22.255")), 8,
	 "[host a]: 192.168.22.255 is the subnet's first or last address"},
	{L(BASE HOST("a", "id=x\nipv6=fd00:22::1")), 8,
	 "[host a]: fd00:22::1 is the host's own address"},
	{L(BASE HOST("a", "id=x\nipv6=192.168.22.5")), 10,
	 "'192.168.22.5' in 'ipv6=' is no IPv6 address, as fd00:22::5"},
	{L(BASE HOST("a", "mac=52:54:00:00:00:01") HOST("b", "mac=52:54:00:00:00:01")), 10,
	 "[host b] has the MAC address of [host a] in line 8"},
	{L(BASE HOST("a", "id=x") HOST("b", "id=x")), 10,
	 "[host b] has the id of [host a] in line 8"},
	{L(BASE HOST("a", "id=01:aB") HOST("b", "id=01:Ab")), 10,
	 "[host b] has the id of [host a] in line 8"},
	{L(BASE HOST("a", "id=x\nipv4=192.168.22.5") HOST("b", "id=y\nipv4=192.168.22.5")), 11,
	 "[host b] has the IPv4 address of [host a] in line 8"},
	{L(BASE HOST("a", "id=x\nipv6=fd00:22::5") HOST("b", "id=y\nipv6=fd00:22:0::5")), 11,
	 "[host b] has the IPv6 address of [host a] in line 8"},
	{L(BASE HOST("a", "id=a,set:x")), 9,
	 "'a,set:x' in 'id=' is no identifier, as 01:52:54:00:aa:00:01"},
	{L(BASE HOST("a", "id=a,x")), 9,
	 "'a,x' in 'id=' has a character other than A-Z a-z 0-9 _ . -; write its bytes, as 01:52:54"},
	{L(BASE HOST("a", "id=1:2")), 9,
	 "'1:2' in 'id=' is no identifier, as 01:52:54:00:aa:00:01"},
	{L(BASE HOST("a", "id=*")), 9,
	 "'*' in 'id=' has a character other than A-Z a-z 0-9 _ . -; write its bytes, as 01:52:54"},
	{L(BASE "[forward a]\n"), 8, "[forward a] has no 'protocol='"},
	{L(BASE FORWARD("a", "")), 8, "[forward a] has no 'port='"},
	{L(BASE FORWARD("a", "port=80")), 8, "[forward a] has no 'to='"},
	{L(BASE FORWARD("a", "port=80\nto=10.0.0.5")), 8,
	 "[forward a]: 10.0.0.5 is in no subnet of 'address='"},
	{L(BASE FORWARD("a", "port=80\nto=192.168.22.1")), 8,
	 "[forward a]: 192.168.22.1 is the host's own address"},
	{L(BASE FORWARD("a", "port=80-90\nto=192.168.22.5:65530")), 8,
	 "[forward a]: 11 ports from 65530 on end behind 65535"},
	{L(BASE FORWARD("a", "port=80\nto=192.168.22.5\naddress=2001:db8::1")), 8,
	 "[forward a]: 'address=' and 'to=' are of two kinds"},
	{L(BASE FORWARD("a", "port=80\nto=192.168.22.5\naddress=127.0.0.1")), 12,
	 "'127.0.0.1' in 'address=' is a loopback address, which nobody else reaches"},
	{L(BASE FORWARD("a", "port=80\nto=192.168.22.5")
		   FORWARD("b", "port=70-90\nto=192.168.22.6\naddress=192.0.2.1")),
	 12, "[forward b] takes what [forward a] in line 8 takes"},
	{L(BASE FORWARD("a", "port=80\nto=192.168.22.5") FORWARD("A", "port=81\nto=192.168.22.6")),
	 12, "a second [forward A]; the first is in line 8"},
	{L(BASE "[forward a]\nprotocol=tcp, tcp\n"), 9, "'tcp' in 'protocol=' is there twice"},
	{L(BASE "[forward a]\nprotocol=icmp\n"), 9, "'protocol=' is tcp or udp, not 'icmp'"},
	{L(NET
	   "isolated\n[ipv4]\naddress=192.168.22.1/24\n" FORWARD("a", "port=8\nto=192.168.22.5")),
	 5, "[forward a] with 'mode=isolated': nothing comes in"},
};

static const struct {
	const struct bad *list;
	size_t n;
} tables[] = {
	{lines, ARRAY_LEN(lines)},     {sections, ARRAY_LEN(sections)},
	{network, ARRAY_LEN(network)}, {addresses, ARRAY_LEN(addresses)},
	{dhcp, ARRAY_LEN(dhcp)},       {dns, ARRAY_LEN(dns)},
	{items, ARRAY_LEN(items)},
};

static void errors(void)
{
	for (size_t t = 0; t < ARRAY_LEN(tables); t++)
		for (size_t i = 0; i < tables[t].n; i++) {
			const struct bad *b = &tables[t].list[i];
			struct net_config_error error = {0};
			struct net_config c;

			test_case("table %zu, %zu", t, i);
			if (!CHECK_INT(net_config_parse("test", b->text, b->len, &c, &error),
				       -EINVAL))
				continue;
			CHECK_INT(error.line, b->line);
			CHECK_STR(error.text, b->message);
			CHECK(c.name[0] == '\0' && !c.domain && !c.hosts);
		}
}

/* Every key, and what net_config_print() makes of it. */
static const char every_key[] =
	"; a comment \xc3\xa9\r\n"
	"[network]  # the whole of it\n"
	"mode = nat\t; to the net\n"
	"uplink=eth0\nbridge=br-lab\nmac=52:54:00:AA:00:01\nmtu=9000\nstp=yes\nguests=isolated\n"
	"start=admin\nstop=last-port\nhost-services=tcp/22,udp/5000-5010\nleases-per-port=16\n"
	"  # blanks before a comment are fine\n"
	"[ipv6]\naddress=fd00:22:0::1/64\ndhcp=fd00:22::100 - fd00:22::1ff\nlease-time=7200\nra=no\n"
	"nat=yes\n"
	"[ipv4]\naddress=192.168.22.1/24 , 10.9.0.1/16\n"
	"dhcp=192.168.22.2-192.168.22.99, 10.9.1.0-10.9.1.255\nlease-time=90m\n"
	"nat-address=192.0.2.1-192.0.2.4\nnat-ports=1024-65535\n"
	"[dhcp]\nrouter=192.168.22.254\nntp=192.0.2.7, 2001:db8::7\nsearch=a.example, b.example\n"
	"boot-file=http://192.0.2.8:8080/boot.ipxe\nboot-server=192.0.2.8\n"
	"[dns]\nenabled=yes\ndomain=lab.example\n"
	"forwarders=127.0.0.53, corp.example@10.1.1.1:5353, [2001:db8::1]:54, 2001:db8::2\n"
	"[tftp]\nroot=/srv/tftp\n"
	"[host one]\nmac=52:54:00:00:00:01\nipv4=192.168.22.5\nipv6=fd00:22::5\n"
	"[host two]\nid=01:52:54:00:00:00:02\n"
	"[record www.lab.example]\naddress=192.168.22.5, fd00:22::5\ntxt=\"v=x; k=#1\"\n"
	"[record _sip._udp]\nsrv=one.lab.example:5060:10\n"
	"[forward web]\nprotocol=tcp, udp\nport=8000-8010\nto=192.168.22.5:80\naddress=192.0.2.1\n"
	"[forward six]\nprotocol=tcp\nport=22\nto=[fd00:22::5]:2222\n"
	"[forward plain]\nprotocol=udp\nport=22\nto=192.168.22.5";

static const char every_key_printed[] =
	"[network]\nmode=nat\nuplink=eth0\nbridge=br-lab\nmac=52:54:00:aa:00:01\nmtu=9000\nstp=yes\n"
	"guests=isolated\nstart=admin\nstop=last-port\nhost-services=tcp/22, udp/5000-5010\n"
	"leases-per-port=16\n"
	"\n[ipv4]\naddress=192.168.22.1/24, 10.9.0.1/16\n"
	"dhcp=192.168.22.2-192.168.22.99, 10.9.1.0-10.9.1.255\nlease-time=90m\n"
	"nat-address=192.0.2.1-192.0.2.4\nnat-ports=1024-65535\n"
	"\n[ipv6]\naddress=fd00:22::1/64\ndhcp=fd00:22::100-fd00:22::1ff\nlease-time=2h\nra=no\n"
	"nat=yes\n"
	"\n[dhcp]\nrouter=192.168.22.254\nntp=192.0.2.7, 2001:db8::7\nsearch=a.example, b.example\n"
	"boot-file=http://192.0.2.8:8080/boot.ipxe\nboot-server=192.0.2.8\n"
	"\n[dns]\ndomain=lab.example\n"
	"forwarders=127.0.0.53, corp.example@10.1.1.1:5353, [2001:db8::1]:54, 2001:db8::2\n"
	"\n[tftp]\nroot=/srv/tftp\n"
	"\n[host one]\nmac=52:54:00:00:00:01\nipv4=192.168.22.5\nipv6=fd00:22::5\n"
	"\n[host two]\nid=01:52:54:00:00:00:02\n"
	"\n[record www.lab.example]\naddress=192.168.22.5, fd00:22::5\ntxt=\"v=x; k=#1\"\n"
	"\n[record _sip._udp]\nsrv=one.lab.example:5060:10:0\n"
	"\n[forward web]\nprotocol=tcp, udp\nport=8000-8010\nto=192.168.22.5:80\naddress=192.0.2.1\n"
	"\n[forward six]\nprotocol=tcp\nport=22\nto=[fd00:22::5]:2222\n"
	"\n[forward plain]\nprotocol=udp\nport=22\nto=192.168.22.5\n";

/* The normal form of text, or NULL and a failed check. */
static char *normal(const char *name, const char *text, size_t len)
{
	struct net_config_error error = {0};
	struct net_config c;
	char *printed;

	if (net_config_parse(name, text, len, &c, &error) < 0) {
		CHECK_STR(error.text, "no error");
		return NULL;
	}
	printed = net_config_print(&c);
	CHECK(printed);
	net_config_free(&c);
	return printed;
}

static void fixed_point(void)
{
	char *once = normal("lab", every_key, sizeof(every_key) - 1), *twice;

	CHECK_STR(once, every_key_printed);
	twice = once ? normal("lab", once, strlen(once)) : NULL;
	CHECK_STR(twice, every_key_printed);
	free(once);
	free(twice);
}

static void defaults(void)
{
	static const char text[] = NET "open\n[ipv6]\naddress=fd00::1/64\n";
	struct net_config_error error;
	struct net_config c;

	if (!CHECK_INT(net_config_parse("twelve-bytes", text, sizeof(text) - 1, &c, &error), 0))
		return;
	CHECK_STR(c.bridge, "ng-twelve-bytes");
	CHECK_INT(c.mtu, 1500);
	CHECK_INT(c.leases_per_port, 8);
	CHECK_INT(c.lease4, 3600);
	CHECK(c.dns && c.ra && !c.stp && !c.guests_isolated && c.start_allowed && !c.stop_last);
	CHECK(!c.nat6 && !c.no_router && c.router.family == 0);
	CHECK_STR(c.domain, "");
	net_config_free(&c);
	CHECK_INT(net_config_parse("thirteen-byte", text, sizeof(text) - 1, &c, &error), -EINVAL);
	CHECK_INT(error.line, 1);
	CHECK_STR(error.text, "the bridge 'ng-thirteen-byte' would have more than 15 bytes; name "
			      "one with 'bridge='");
}

static void shipped(void)
{
	size_t len;
	char *text = test_read(test_source("etc/networks/default.conf"), &len);
	char *printed = text ? normal("default", text, len) : NULL;

	CHECK_STR(printed, "[network]\nmode=nat\n\n[ipv4]\naddress=192.168.22.1/24\n"
			   "dhcp=192.168.22.2-192.168.22.254\n\n[dns]\ndomain=default.internal\n");
	free(printed);
	free(text);
}

/* What mdoc(7) makes of the text between .Bd and .Ed is the text. */
static void manual(void)
{
	size_t len;
	char *text = test_read(test_source("man/netgrant-network.conf.5"), &len), *p = text;
	int n = 0;

	while (p && (p = strstr(p, ".Bd -literal")) != NULL) {
		char *begin = strchr(p, '\n') + 1, *stop = strstr(begin, "\n.Ed"), *printed;

		test_case("example %d", ++n);
		if (!CHECK(stop && !memchr(begin, '\\', (size_t)(stop - begin))))
			break;
		printed = normal("example", begin, (size_t)(stop + 1 - begin));
		CHECK(printed);
		free(printed);
		p = stop;
	}
	CHECK(n >= 2);
	free(text);
}

/* Values where anything that passes reaches another program's configuration. */
static const struct {
	const char *before, *behind;
} places[] = {
	{NET "nat\nuplink=a", "b\n[ipv4]\naddress=10.0.0.1/24\n"},
	{NET "open\nbridge=a", "b\n"},
	{BASE "[dhcp]\nsearch=a", "b\n"},
	{BASE "[dhcp]\nntp=192.0.2.1", "\n"},
	{BASE "[dhcp]\nrouter=192.168.22.1", "\n"},
	{BASE "[dhcp]\nboot-file=a", "b\n"},
	{BASE "[dhcp]\nboot-file=http://a", "b\n"},
	{BASE "[tftp]\nroot=/a", "b\n"},
	{BASE "[dns]\ndomain=a", "b\n"},
	{BASE "[dns]\nforwarders=a", "b@192.0.2.1\n"},
	{BASE "[dns]\nforwarders=192.0.2.1", "\n"},
	{BASE "[host a", "b]\nid=a\n"},
	{BASE "[host a]\nid=a", "b\n"},
	{BASE "[host a]\nmac=52:54:00:00:00:0", "\n"},
	{BASE "[host a]\nid=x\nipv4=192.168.22.1", "\n"},
	{BASE "[record a", "b]\ntxt=\"x\"\n"},
	{BASE "[record a]\ntxt=\"a", "b\"\n"},
	{BASE "[record _a._b]\nsrv=a", "b:1\n"},
	{BASE "[record a]\naddress=192.0.2.1", "\n"},
	{BASE "[forward a", "b]\nprotocol=tcp\nport=1\nto=192.168.22.5\n"},
	{BASE "[forward a]\nprotocol=tcp\nport=1", "\nto=192.168.22.5\n"},
	{BASE "[forward a]\nprotocol=tcp\nport=1\nto=192.168.22.5", "\n"},
};

/* Threat 36: what is taken holds no byte that could end a value or begin a new one. */
static void every_byte(void)
{
	static const char never[] = "\"\\,'`$(){}<>|&!*?~^%\n\r\t";

	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		for (int byte = 0; byte < 256; byte++) {
			struct net_config_error error;
			struct net_config c;
			char text[512], *printed, *again;
			bool txt = strstr(places[i].before, "txt=\"a");
			int len = snprintf(text, sizeof(text), "%s", places[i].before);

			text[len] = (char)byte;
			snprintf(text + len + 1, sizeof(text) - (size_t)len - 1, "%s",
				 places[i].behind);
			test_case("place %zu, byte %d", i, byte);
			if (net_config_parse("test", text,
					     strlen(places[i].behind) + (size_t)len + 1, &c,
					     &error) < 0)
				continue;
			printed = net_config_print(&c);
			net_config_free(&c);
			if (!CHECK(printed))
				continue;
			/* Blanks and commas may part a list, and go. */
			if (byte != 0 && byte != ' ' && byte != '\t' && byte != ',' &&
			    byte != '\n' && byte != '\r')
				CHECK(byte > ' ' && byte < 0x7f && (txt || !strchr(never, byte)));
			again = normal("test", printed, strlen(printed));
			CHECK_STR(again, printed);
			free(again);
			free(printed);
		}
}

/* Threat 4: no length makes a line lose its end, or become two. */
static void long_lines(void)
{
	static const size_t lengths[] = {48,  49,  50,   51,   196,  197,   198,
					 199, 200, 1023, 4094, 4096, 65535, 900000};

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		size_t n = lengths[i], at = strlen(NET "open\nmtu=1400");
		char *text = calloc(1, n + 64), *printed;

		if (!CHECK(text))
			return;
		test_case("%zu bytes", n);
		snprintf(text, n + 64, "%s", NET "open\nmtu=1400");
		memset(text + at, ' ', n);
		memcpy(text + at + n, "\n", 2);
		printed = normal("test", text, strlen(text));
		CHECK_STR(printed, NET "open\nmtu=1400\n");
		free(printed);
		/* The end of a line that is too long for any buffer still counts. */
		memset(text + at, '0', n);
		CHECK_INT(net_config_parse("test", text, strlen(text), &(struct net_config){0},
					   &(struct net_config_error){0}),
			  -EINVAL);
		text[at] = ' ';
		text[at + 1] = '#';
		memcpy(text + at + n, "\nmtu=1", 7);
		CHECK_INT(net_config_parse("test", text, strlen(text), &(struct net_config){0},
					   &(struct net_config_error){0}),
			  -EINVAL);
		free(text);
	}
}

/* count sections of a kind, the text behind each one's name with its number in it. */
static char *many(const char *kind, unsigned count, const char *fmt)
{
	size_t size = sizeof(BASE) + count * 128, used;
	char *text = malloc(size);

	if (!CHECK(text))
		return NULL;
	used = (size_t)snprintf(text, size, "%s", BASE);
	for (unsigned i = 0; i < count; i++) {
		used += (size_t)snprintf(text + used, size - used, "[%s n%u]\n", kind, i);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		used += (size_t)snprintf(text + used, size - used, fmt, i / 256, i % 256);
#pragma GCC diagnostic pop
	}
	return text;
}

static void bounds(void)
{
	static const struct {
		const char *kind;
		unsigned most;
		const char *fmt;
	} kinds[] = {
		{"host", NET_HOSTS_MAX, "mac=52:54:00:00:%02x:%02x\n"},
		{"record", NET_RECORDS_MAX, "address=10.0.%u.%u\n"},
		{"forward", NET_FORWARDS_MAX, "protocol=tcp\nport=1%u%03u\nto=192.168.22.9\n"},
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		for (unsigned more = 0; more < 2; more++) {
			char *text = many(kinds[i].kind, kinds[i].most + more, kinds[i].fmt),
			     want[64];
			struct net_config_error error = {0};
			struct net_config c;
			int r;

			test_case("%s", kinds[i].kind);
			if (!text)
				return;
			r = net_config_parse("test", text, strlen(text), &c, &error);
			CHECK_STR(error.text,
				  more ? (snprintf(want, sizeof(want), "more than %u [%s]",
						   kinds[i].most, kinds[i].kind),
					  want)
				       : "");
			CHECK_INT(r, more ? -EINVAL : 0);
			if (r == 0)
				net_config_free(&c);
			free(text);
		}
}

static void names(void)
{
	CHECK(!netname_defect("default"));
	CHECK(!netname_defect("0-lab_15-bytes-"));
	CHECK_STR(netname_defect(""), "is empty");
	CHECK_STR(netname_defect("1234567890123456"), "is longer than 15 bytes");
	CHECK_STR(netname_defect("-x"), "does not begin with a letter or a digit");
	CHECK_STR(netname_defect(".."), "has a character other than A-Z a-z 0-9 _ -");
	CHECK_STR(netname_defect("a/b"), "has a character other than A-Z a-z 0-9 _ -");
	CHECK_STR(netname_defect("a\nb"), "has a character other than A-Z a-z 0-9 _ -");
}

static void subnets(void)
{
	static const struct {
		const char *ip;
		uint8_t prefix;
		const char *subnet, *in, *out;
	} cases[] = {
		{"192.168.22.1", 24, "192.168.22.0", "192.168.22.255", "192.168.23.0"},
		{"10.1.2.3", 8, "10.0.0.0", "10.255.255.255", "11.0.0.0"},
		{"10.1.2.3", 30, "10.1.2.0", "10.1.2.2", "10.1.2.4"},
		{"10.1.2.3", 13, "10.0.0.0", "10.7.0.1", "10.8.0.1"},
		{"fd00:22::1", 64, "fd00:22::", "fd00:22::ffff:0:0:0", "fd00:22:0:1::"},
		{"fd00::1", 126, "fd00::", "fd00::3", "192.168.22.1"},
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct net_address a = {.prefix = cases[i].prefix};
		struct net_ip in, out, subnet;
		char text[NET_IP_TEXT_SIZE];

		test_case("%s/%u", cases[i].ip, cases[i].prefix);
		CHECK_INT(net_ip_parse(cases[i].ip, strlen(cases[i].ip), &a.ip), 0);
		CHECK_INT(net_ip_parse(cases[i].in, strlen(cases[i].in), &in), 0);
		CHECK_INT(net_ip_parse(cases[i].out, strlen(cases[i].out), &out), 0);
		subnet = net_subnet(&a);
		CHECK_STR(net_ip_format(text, &subnet), cases[i].subnet);
		CHECK(net_ip_within(&in, &a) && net_ip_within(&a.ip, &a));
		CHECK(!net_ip_within(&out, &a));
		CHECK(net_ip_compare(&subnet, &in) < 0 && net_ip_compare(&in, &subnet) > 0);
	}
}

int main(void)
{
	static const struct test tests[] = {
		{"each error, its line and its message", errors, false},
		{"every key, read, printed, read again", fixed_point, false},
		{"defaults", defaults, false},
		{"the network that is shipped", shipped, false},
		{"the manual's examples", manual, false},
		{"every byte in every value", every_byte, false},
		{"long lines", long_lines, false},
		{"as many items as there may be, and one more", bounds, false},
		{"names of networks", names, false},
		{"subnets", subnets, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

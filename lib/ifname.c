/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ifname.h"

#include <string.h>

static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ifname_char_ok(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '-';
}

enum ifname_defect ifname_check(const char *name, size_t len)
{
	if (len == 0)
		return IFNAME_EMPTY;
	for (size_t i = 0; i < len; i++)
		if (!ifname_char_ok((unsigned char)name[i]))
			return IFNAME_CHAR;
	if (len > IFNAME_MAX)
		return IFNAME_LONG;
	if (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.')))
		return IFNAME_DOTS;
	return IFNAME_OK;
}

const char *ifname_unfit(const char *name)
{
	if (name[0] == '-' || name[0] == '.')
		return "begins with '-' or '.'";
	if (!name[strspn(name, "0123456789")])
		return "is a number, which some programs take for the index of another interface";
	if (strcmp(name, "all") == 0 || strcmp(name, "default") == 0 ||
	    strcmp(name, "bonding_masters") == 0)
		return "is no name of one interface to the kernel";
	return NULL;
}

/* With a number, or another byte that is no letter, behind it: "eth0", "tun", "p1p2". */
static const char *const reserved_kinds[] = {
	/* of hardware: the kernel's, biosdevname's */
	"eth",
	"em",
	"p",
	"usb",
	"mlan",
	"ath",
	"ra",
	"fddi",
	"tr",
	"arc",
	"plip",
	"isdn",
	"ippp",
	"hdlc",
	"atm",
	"lec",
	"nas",
	"dsl",
	"can",
	"vcan",
	"vxcan",
	"slcan",
	"wpan",
	"lowpan",
	"bnep",
	"hso",
	"rmnet",
	"rmnet_data",
	"mhi_swip",
	"mhi_hwip",
	"phonet",
	"nr",
	"rose",
	/* of the kernel's virtual devices */
	"lo",
	"dummy",
	"bond",
	"team",
	"ifb",
	"imq",
	"veth",
	"macvlan",
	"macvtap",
	"ipvlan",
	"ipvtap",
	"vlan",
	"vxlan",
	"geneve",
	"gre",
	"gretap",
	"erspan",
	"sit",
	"tunl",
	"ip",
	"ip6tnl",
	"ip6gre",
	"vti",
	"xfrm",
	"ipsec",
	"ppp",
	"l2tpeth",
	"tun",
	"wg",
	"vrf",
	"nlmon",
	"vsockmon",
	"hsr",
	"prp",
	"bat",
	"teql",
	"eql",
	"mon",
	/* of bridges, and what managers of networks and machines count */
	"br",
	"virbr",
	"ovsbr",
	"lxcbr",
	"lxdbr",
	"incusbr",
	"vmbr",
	"fwbr",
	"fwpr",
	"xenbr",
	"vif",
	"vmnet",
	"vboxnet",
	"docker",
	"podman",
	"cni",
	"flannel",
	"weave",
	"vpn",
	"tailscale",
	"nordlynx",
	"nebula",
	"ve",
	"vb",
	"vz",
	"vt",
	"ng",
	"cilium",
	"kube",
	"ovs",
};

/* With whatever behind it: systemd.net-naming-scheme(7), and names with letters for numbers. */
static const char *const reserved_families[] = {
	"en", "ib", "sl", "wl", "ww", "veth", "cali", "lxc", "zt",
};

bool ifname_reserved(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(reserved_families); i++)
		if (strncmp(name, reserved_families[i], strlen(reserved_families[i])) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(reserved_kinds); i++) {
		size_t len = strlen(reserved_kinds[i]);

		if (strncmp(name, reserved_kinds[i], len) == 0 && !letter(name[len]))
			return true;
	}
	return false;
}

const char *ifname_defect_text(enum ifname_defect defect)
{
	switch (defect) {
	case IFNAME_OK:
		return "is valid";
	case IFNAME_EMPTY:
		return "is empty";
	case IFNAME_LONG:
		return "is longer than 15 bytes";
	case IFNAME_CHAR:
		return "has a character other than A-Z a-z 0-9 _ . -";
	case IFNAME_DOTS:
		return "is not a device name";
	}
	return "is not a device name";
}

/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unpriv/run/nic.h"

#include "test.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In the normal form: the keys in the order of the table. Every type with every key it has. */
static const char *const normal[] = {
	"user",
	"user,mac=52:54:00:12:34:56,model=e1000e,mtu=1400,hostfwd=tcp::2222-:22,"
	"hostfwd=udp:127.0.0.1:53-10.0.2.15:53,restrict=on,backend=netgrant,link=down,boot=1,"
	"alias=ua-net0",
	"user,backend=passt",
	"user,hostfwd=tcp:[::1]:2222-:22,hostfwd=unix:/run/a-b-[fec0::2]:22",
	"user,backend=qemu",
	"network,source=default",
	"network,source=lab_1-a,mac=52:54:00:12:34:56,model=rtl8139,mtu=68,link=down,boot=255,"
	"alias=a",
	"bridge,source=br0.1",
	"bridge,source=br0,mac=fe:ff:ff:ff:ff:ff,model=virtio,mtu=65535,link=down,boot=2,alias=a.b",
	"ethernet",
	"ethernet,target=vnet%d,script=/etc/qemu-ifup,downscript=/etc/qemu-ifdown,"
	"mac=02:00:00:00:00:01,model=virtio-net-pci,mtu=1500,queues=8,vhost=on,link=down,boot=3,"
	"alias=x",
	"ethernet,script=no,downscript=no",
	"ethernet,downscript=/etc/down",
	"ethernet,script=/a,,b,,,,c d='e'",
	"ethernet,target=a%d",
	"mcast,address=230.0.0.1,port=5558",
	"mcast,address=ff02::1234,port=1,local-address=::1,mac=52:54:00:00:00:00,model=a,mtu=100,"
	"backend=netgrant,link=down,boot=9,alias=b",
	"server,address=0.0.0.0,port=65535",
	"server,address=::,port=5558,backend=qemu",
	"client,address=example.org,port=5558",
	"client,address=192.168.0.1,port=5558,backend=netgrant",
	"udp,address=127.0.0.1,port=11115,local-port=11116",
	"udp,address=127.0.0.1,port=11115,local-address=127.0.0.2,local-port=11116,backend=qemu",
	"hub,source=lan",
	"null",
	"null,mac=52:54:00:12:34:56,model=ne2k_pci,mtu=1500,link=down,boot=1,alias=n",
};

/* What is read, and its normal form. */
static const struct {
	const char *text, *normal;
} other[] = {
	{"bridge,model=e1000,source=br0", "bridge,source=br0,model=e1000"},
	{"user,link=up", "user"},
	{"user,restrict=off", "user"},
	{"ethernet,vhost=off", "ethernet"},
	{"user,mac=52:54:00:AB:CD:EF", "user,mac=52:54:00:ab:cd:ef"},
	{"ethernet,script=/a,,", "ethernet,script=/a,,"},
};

static const struct {
	const char *text, *error;
} wrong[] = {
	/* the type */
	{"", "unknown type ''; there are user, network, bridge, ethernet, mcast, server, client, "
	     "udp, hub and null"},
	{"brigde",
	 "unknown type 'brigde' (did you mean 'bridge'?); there are user, network, bridge, "
	 "ethernet, mcast, server, client, udp, hub and null"},
	{"User", "unknown type 'User' (did you mean 'user'?); there are user, network, bridge, "
		 "ethernet, mcast, server, client, udp, hub and null"},
	{"tap", "unknown type 'tap'; there are user, network, bridge, ethernet, mcast, server, "
		"client, udp, hub and null"},
	/* the form */
	{"user,", "'' has no value; KEY=VALUE is wanted"},
	{"user,mac", "'mac' has no value; KEY=VALUE is wanted"},
	/* the key */
	{"bridge,sorce=br0", "bridge has no 'sorce' (did you mean 'source'?)"},
	{"user,source=a", "user has no 'source'; see --nic user,help"},
	{"bridge,source=a,queues=2", "bridge has no 'queues'; see --nic bridge,help"},
	{"null,port=1", "null has no 'port' (did you mean 'boot'?)"},
	{"user,=1", "user has no ''; see --nic user,help"},
	{"user,mac=52:54:00:00:00:01,mac=52:54:00:00:00:02", "mac is there twice"},
	{"user,link=up,link=down", "link is there twice"},
	{"user,restrict=off,restrict=on", "restrict is there twice"},
	{"bridge,source=a,source=a", "source is there twice"},
	/* the values */
	{"bridge,source=", "source '' is empty"},
	{"bridge,source=br0:1", NULL},
	{"bridge,source=br0123456789abcde", NULL},
	{"network,source=-a", "source '-a' does not begin with a letter or a digit"},
	{"network,source=a.b", "source 'a.b' has a character other than A-Z a-z 0-9 _ -"},
	{"hub,source=a b", "source 'a b' is not 1 to 32 of A-Z, a-z, 0-9, '_', '.' and '-'"},
	{"mcast,address=10.0.0.1", "address '10.0.0.1' is no multicast address: 224.0.0.0 to "
				   "239.255.255.255, or ff00::/8"},
	{"mcast,address=a", "address 'a' is no multicast address: 224.0.0.0 to 239.255.255.255, or "
			    "ff00::/8"},
	{"client,address=224.0.0.1", "address '224.0.0.1' is a multicast address, which only mcast "
				     "has"},
	{"server,address=a/b", "address 'a/b' is neither an address nor a host's name"},
	{"udp,local-address=localhost", "local-address 'localhost' is no address of this host"},
	{"udp,local-address=224.0.0.1", "local-address '224.0.0.1' is no address of this host"},
	{"udp,port=0", "port '0' is no number from 1 to 65535"},
	{"udp,port=65536", "port '65536' is no number from 1 to 65535"},
	{"udp,local-port=-1", "local-port '-1' is no number from 1 to 65535"},
	{"ethernet,target=a%d%d", NULL},
	{"ethernet,target=a%s", NULL},
	{"ethernet,target=0123456789abcdef", NULL},
	{"ethernet,script=ifup", "script 'ifup' is no absolute path, and not 'no'"},
	{"ethernet,script=/a\nb", "script '/a\\x0ab' has a control character"},
	{"ethernet,downscript=../x", "downscript '../x' is no absolute path, and not 'no'"},
	{"user,mac=52:54", "mac '52:54' is no MAC address like 52:54:00:12:34:56"},
	{"user,mac=11:22:33:44:55:66", "mac 11:22:33:44:55:66 is a multicast address: the first "
				       "byte of a NIC's own is even"},
	{"user,mac=ff:ff:ff:ff:ff:ff", "mac ff:ff:ff:ff:ff:ff is a multicast address: the first "
				       "byte of a NIC's own is even"},
	{"user,mac=00:00:00:00:00:00", "mac 00:00:00:00:00:00 is nobody's address"},
	{"user,model=a/b", "model 'a/b' is not 1 to 64 of A-Z, a-z, 0-9, '_', '.' and '-'"},
	{"user,mtu=67", "mtu '67' is no number from 68 to 65535"},
	{"user,mtu=65536", "mtu '65536' is no number from 68 to 65535"},
	{"ethernet,queues=0", NULL},
	{"ethernet,queues=1000", NULL},
	{"ethernet,vhost=yes", "vhost 'yes' is neither on nor off"},
	{"user,restrict=", "restrict '' is neither on nor off"},
	{"user,hostfwd=", "hostfwd '' is not tcp|udp:[HOST]:PORT-[GUEST]:PORT"},
	{"user,hostfwd=tcp::1-:1 x",
	 "hostfwd 'tcp::1-:1 x' is not tcp|udp:[HOST]:PORT-[GUEST]:PORT"},
	{"user,hostfwd=nonsense",
	 "hostfwd 'nonsense': is not [tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT or "
	 "unix:PATH-[GUESTADDR]:GUESTPORT"},
	{"user,hostfwd=tcp::1-:65536", "hostfwd 'tcp::1-:65536': '65536' is no port, 1 to 65535"},
	{"user,hostfwd=tcp:::1:1-:1", NULL},
	{"user,hostfwd=sctp::1-:1",
	 "hostfwd 'sctp::1-:1': 'sctp' is no protocol; tcp, udp or unix"},
	{"user,hostfwd=unix:x-:1", "hostfwd 'unix:x-:1': the path 'x' has to begin with '/'"},
	{"user,hostfwd=unix:/x-:1,backend=passt",
	 "hostfwd 'unix:/x-:1': passt takes tcp|udp:[HOST]:PORT-:PORT"},
	{"user,hostfwd=tcp::1-10.0.2.15:1,backend=passt",
	 "hostfwd 'tcp::1-10.0.2.15:1': passt takes tcp|udp:[HOST]:PORT-:PORT"},
	{"user,restrict=on,backend=passt", "backend passt has no restrict; backend=netgrant has"},
	{"user,backend=slirp", "backend 'slirp' is not qemu, netgrant or passt"},
	{"user,link=on", "link 'on' is neither down nor up"},
	{"user,boot=0", "boot '0' is no number from 1 to 255"},
	{"user,alias=", "alias '' is empty"},
	/* what is missing or does not go together */
	{"network", "network wants source=, for example source=default"},
	{"bridge", "bridge wants source=, for example source=br0"},
	{"hub", "hub wants source=, for example source=hub0"},
	{"mcast,port=1", "mcast wants address=, for example address=230.0.0.1"},
	{"mcast,address=230.0.0.1", "mcast wants port=, for example port=5558"},
	{"server,port=1",
	 "server wants address=, for example address=127.0.0.1, or 0.0.0.0 or :: to "
	 "listen on all"},
	{"client,port=1", "client wants address=, for example address=192.168.0.1"},
	{"udp,address=127.0.0.1,port=1", "udp wants local-port=, for example local-port=5558"},
	{"server,address=::,port=1,backend=passt", "backend passt is for user only"},
	{"ethernet,script=no,downscript=/x", "a down script without an up script: script=no"},
	{"ethernet,queues=2,model=e1000", "queues and vhost take model=virtio"},
	{"ethernet,vhost=on,model=e1000", "queues and vhost take model=virtio"},
};

static void check_normal(const char *text, const char *want)
{
	struct nic_error error = {""};
	struct nic nic;
	char *printed;

	test_case("%s", text);
	if (!CHECK_INT(nic_parse(text, &nic, &error), 0)) {
		CHECK_STR(error.text, "");
		return;
	}
	printed = nic_print(&nic);
	CHECK_STR(printed, want);
	free(printed);
	nic_free(&nic);
}

static void round_trip(void)
{
	for (size_t i = 0; i < ARRAY_LEN(normal); i++)
		check_normal(normal[i], normal[i]);
	for (size_t i = 0; i < ARRAY_LEN(other); i++)
		check_normal(other[i].text, other[i].normal);
}

static void defects(void)
{
	static const struct nic empty;

	for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
		struct nic_error error = {""};
		struct nic nic;

		test_case("%s", wrong[i].text);
		CHECK_INT(nic_parse(wrong[i].text, &nic, &error), -EINVAL);
		CHECK(memcmp(&nic, &empty, sizeof(nic)) == 0);
		if (wrong[i].error)
			CHECK_STR(error.text, wrong[i].error);
		else
			CHECK(error.text[0]);
	}
}

static void members(void)
{
	static const uint8_t mac[MAC_LEN] = {0x52, 0x54, 0, 1, 2, 3};
	struct nic_error error;
	struct nic nic;

	CHECK_INT(nic_parse("ethernet,target=t0,script=/a,,b,queues=4,vhost=on,mac=52:54:00:01:02:"
			    "03,link=down,boot=7",
			    &nic, &error),
		  0);
	CHECK_INT(nic.type, NIC_ETHERNET);
	CHECK_STR(nic.target, "t0");
	CHECK_STR(nic.script, "/a,b");
	CHECK(!nic.downscript && !nic.source && !nic.model);
	CHECK_INT(nic.queues, 4);
	CHECK(nic.vhost && nic.link_down && nic.has_mac && !nic.restricted);
	CHECK(memcmp(nic.mac, mac, MAC_LEN) == 0);
	CHECK_INT(nic.boot, 7);
	nic_free(&nic);
	CHECK_INT(nic_parse("user,hostfwd=tcp::1-:1,hostfwd=::2-:2,backend=passt", &nic, &error),
		  0);
	CHECK_INT(nic.n_forwards, 2);
	CHECK_STR(nic.forwards[1], "::2-:2");
	CHECK_INT(nic.backend, NIC_BACKEND_PASST);
	nic_free(&nic);
}

static void forwards(void)
{
	static const struct {
		const char *text, *proto, *host, *port, *guest, *to;
	} good[] = {
		{"tcp::2222-:22", "tcp", "", "2222", "", "22"},
		{"udp:127.0.0.1:53-10.0.2.15:53", "udp", "127.0.0.1", "53", "10.0.2.15", "53"},
		{"tcp:[::1]:80-[fec0::2]:8080", "tcp", "::1", "80", "fec0::2", "8080"},
		{"::1-:2", "tcp", "", "1", "", "2"},
		{"unix:/a-:1", "unix", NULL, NULL, NULL, NULL},
	};
	static const char *const bad[] = {"",  "tcp", "tcp:",    "tcp:1",    "tcp:1-2", "tcp::1",
					  "-", ":-:", "tcp::-:", "tcp::1-:", "a-b:",    "tcp::1-2"};
	struct nic_forward f;
	char text[64];

	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		test_case("%s", good[i].text);
		snprintf(text, sizeof(text), "%s", good[i].text);
		CHECK_INT(nic_forward_cut(text, &f), 0);
		CHECK_STR(f.proto, good[i].proto);
		if (!good[i].host) {
			CHECK(!f.host && !f.port && !f.guest && !f.to);
			continue;
		}
		CHECK_STR(f.host, good[i].host);
		CHECK_STR(f.port, good[i].port);
		CHECK_STR(f.guest, good[i].guest);
		CHECK_STR(f.to, good[i].to);
	}
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		test_case("'%s'", bad[i]);
		snprintf(text, sizeof(text), "%s", bad[i]);
		CHECK_INT(nic_forward_cut(text, &f), -EINVAL);
	}
}

/* As many as there may be, and one more; as long as it may be, and one byte more. */
static void bounds(void)
{
	char text[NIC_TEXT_MAX + 16] = "user";
	struct nic_error error;
	struct nic nic;

	for (unsigned i = 0; i < NIC_FORWARDS_MAX; i++)
		strcat(text, ",hostfwd=tcp::1-:1");
	CHECK_INT(nic_parse(text, &nic, &error), 0);
	CHECK_INT(nic.n_forwards, NIC_FORWARDS_MAX);
	nic_free(&nic);
	strcat(text, ",hostfwd=tcp::1-:1");
	CHECK_INT(nic_parse(text, &nic, &error), -EINVAL);
	CHECK_STR(error.text, "there are more than 64 forwards");

	memset(text, 'a', sizeof(text));
	memcpy(text, "ethernet,script=/", 17);
	text[NIC_TEXT_MAX - 1] = '\0';
	check_normal(text, text);
	text[NIC_TEXT_MAX - 1] = 'a';
	text[NIC_TEXT_MAX] = '\0';
	CHECK_INT(nic_parse(text, &nic, &error), -EINVAL);
	CHECK_STR(error.text, "it is longer than 4095 bytes");
}

/* What --nic help lists is what nic_set() takes, of every type. */
static void keys(void)
{
	for (unsigned t = 0; t < NIC_TYPES; t++) {
		const char *name = nic_type_name((enum nic_type)t), *key, *what;
		enum nic_type found;
		size_t n = 0;

		test_case("%s", name);
		CHECK(nic_type_purpose((enum nic_type)t)[0]);
		CHECK_INT(nic_type_find(name, strlen(name), &found), 0);
		CHECK_INT(found, t);
		for (; (key = nic_key((enum nic_type)t, n, &what)) != NULL; n++) {
			struct nic nic = {.type = (enum nic_type)t};
			struct nic_error error = {""};

			test_case("%s,%s", name, key);
			CHECK(what[0]);
			/* No value of any key is this one: it is known, and the value refused. */
			CHECK_INT(nic_set(&nic, key, "\001", &error), -EINVAL);
			CHECK(!strstr(error.text, "has no"));
			CHECK(strncmp(error.text, key, strlen(key)) == 0);
			nic_free(&nic);
		}
		CHECK(n >= 6); /* those that all have */
	}
	CHECK(!nic_type_name(NIC_TYPES) && !nic_type_purpose(NIC_TYPES));
}

int main(void)
{
	static const struct test tests[] = {
		{"read and written back", round_trip, false},
		{"what is wrong is told, and leaves nothing", defects, false},
		{"what is read stands where it belongs", members, false},
		{"a forward in its parts", forwards, false},
		{"bounds", bounds, false},
		{"the list of keys", keys, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

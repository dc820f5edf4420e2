/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tap.conf and ifup.conf: their words, their objects, and what is reserved. */
#include "lib/ifname.h"
#include "lib/script.h"
#include "policy/policy.h"

#include "test.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>

#define N60 "123456789012345678901234567890123456789012345678901234567890"
#define NO_QUEUES(n) "'" n "' is no number of queues: 1 to 32"
#define NO_MTU(n) "'" n "' is no MTU: 68 to 65521"
#define NO_SECONDS(n) "'" n "' is no number of seconds: 1 to 3600"
#define NO_CAP(c)                                                                                  \
	"'" c "' is none of cap_net_admin, cap_net_raw, cap_setgid, cap_setuid; or 'none' alone"
#define NO_ALL                                                                                     \
	"'allow all' would allow every program; name the script, or a pattern, as in "             \
	"'allow /etc/netgrant/ifup.d/*'"

struct line {
	const char *line;
	unsigned column;  /* of the error; 0: there is none, */
	const char *text; /* and this is the normal form */
};

static const struct line taps[] = {
	{"allow vnet7", 0, "allow vnet7"},
	{"allow vnet* mtu=9000 persist vhost queues=4 limit=2", 0,
	 "allow vnet* limit=2 queues=4 vhost persist mtu=9000"},
	{"allow lab? mac=52:54:00:00:00:00/24 user=a", 0,
	 "allow lab? user=a mac=52:54:00:00:00:00/24"},
	{"deny all group=guests", 0, "deny all group=guests"},
	{"allow v queues=1 mtu=68", 0, "allow v queues=1 mtu=68"},
	{"allow v queues=32 mtu=65521", 0, "allow v queues=32 mtu=65521"},
	{"allow v queues=0", 16, NO_QUEUES("0")},
	{"allow v queues=33", 16, NO_QUEUES("33")},
	{"allow v queues=", 16, NO_QUEUES("")},
	{"allow v queues=4294967297", 16, NO_QUEUES("4294967297")},
	{"allow v mtu=67", 13, NO_MTU("67")},
	{"allow v mtu=65522", 13, NO_MTU("65522")},
	{"allow v mtu=+1500", 13, NO_MTU("+1500")},
	{"allow v vhost=on", 9, "unknown word 'vhost=' (did you mean 'vhost'?)"},
	{"allow v persistent", 9, "unknown word 'persistent'"},
	{"allow v persist persist", 17, "'persist' twice in a rule"},
	{"deny v vhost", 8, "'vhost' is a limit; a deny has none"},
	{"deny v queues=2", 8, "'queues=' is a limit; a deny has none"},
	{"allow v isolated", 9, "unknown word 'isolated'"},
	{"allow v ifname=x", 9, "unknown word 'ifname='"},
	{"allow queues=2", 7, "'queues=' comes after the tap, as in 'allow vnet* queues=…'"},
	{"allow /etc/x", 7, "tap name '/etc/x' has a character other than A-Z a-z 0-9 _ . -"},
};

static const struct line scripts[] = {
	{"allow /etc/qemu-ifup", 0, "allow /etc/qemu-ifup"},
	{"allow /etc/a-b_c.d+e@f~g/h", 0, "allow /etc/a-b_c.d+e@f~g/h"},
	{"allow /etc/netgrant/ifup.d/* timeout=30 caps=cap_net_raw,cap_net_admin run-as=nobody "
	 "ifname=vnet[0-9]* limit=3 user=a",
	 0,
	 "allow /etc/netgrant/ifup.d/* user=a limit=3 ifname=vnet[0-9]* run-as=nobody "
	 "caps=cap_net_admin,cap_net_raw timeout=30"},
	{"allow /x caps=none ifname=tap0 run-as=0", 0, "allow /x ifname=tap0 run-as=0 caps=none"},
	{"allow /x caps=cap_setuid,cap_setgid", 0, "allow /x caps=cap_setgid,cap_setuid"},
	{"deny all", 0, "deny all"},
	{"deny /etc/*/x?", 0, "deny /etc/*/x?"},
	{"allow all", 7, NO_ALL},
	{"allow qemu-ifup", 7, "script 'qemu-ifup' is relative; write it from '/' on"},
	{"allow *", 7, "script '*' is relative; write it from '/' on"},
	{"allow /", 7, "script '/' has an empty part, or ends in '/'"},
	{"allow /etc/", 7, "script '/etc/' has an empty part, or ends in '/'"},
	{"allow //x", 7, "script '//x' has an empty part, or ends in '/'"},
	{"allow /etc/../x", 7, "script '/etc/../x' has '.' or '..' for a part"},
	{"allow /etc/.", 7, "script '/etc/.' has '.' or '..' for a part"},
	{"allow /etc/...", 0, "allow /etc/..."},
	{"allow /a,/b", 9, "script name '/a,/b' has a comma; write one line for each name"},
	{"allow /a:b", 9, "script name '/a:b' " SCRIPT_BAD_CHAR},
	{"allow /a$(x)", 9, "script name '/a$(x)' " SCRIPT_BAD_CHAR},
	{"allow /a[b", 9, "'[' begins a set of characters that is not complete, as in [ab-d]"},
	{"allow /" N60 N60 "123456", 0, "allow /" N60 N60 "123456"},
	{"allow /" N60 N60 "1234567", 7,
	 "script '/123456789012345678901234567890123456789012345678901234567890"
	 "123456789012345678901234567890123456789012345678901234567890"
	 "1234567' is longer than 127 bytes"},
	{"allow limit=1", 7,
	 "'limit=' comes after the script, as in 'allow /etc/qemu-ifup limit=…'"},
	{"allow /x caps=cap_sys_admin", 15, NO_CAP("cap_sys_admin")},
	{"allow /x caps=CAP_NET_RAW", 15, NO_CAP("CAP_NET_RAW")},
	{"allow /x caps=net_raw", 15, NO_CAP("net_raw")},
	{"allow /x caps=", 15, NO_CAP("")},
	{"allow /x caps=none,cap_net_raw", 15, NO_CAP("none")},
	{"allow /x caps=cap_net_raw,cap_net_raw", 27, "'cap_net_raw' twice in 'caps='"},
	{"allow /x run-as=a,b", 17, "'run-as=' takes one user"},
	{"allow /x run-as=", 17, "empty name in 'run-as='"},
	{"allow /x run-as=-1", 17, "'-1' in 'run-as=' is neither a name nor a number"},
	{"allow /x ifname=a:b", 18,
	 "interface name 'a:b' has a character other than A-Z a-z 0-9 _ . -"},
	{"allow /x ifname=..", 17, "interface name '..' is not a device name"},
	{"allow /x timeout=0", 18, NO_SECONDS("0")},
	{"allow /x timeout=3601", 18, NO_SECONDS("3601")},
	{"allow /x mac=52:54:00:00:00:01", 10, "unknown word 'mac='"},
	{"deny /x run-as=root", 9, "'run-as=' is a limit; a deny has none"},
};

static void lines(const struct policy_vocab *vocab, const struct line *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct policy_error error = {0};
		struct policy_rule rule;
		char text[1024];
		int r = policy_line(vocab, list[i].line, strlen(list[i].line), &rule, &error);

		test_case("'%s'", list[i].line);
		CHECK_INT(r, list[i].column ? -EINVAL : 1);
		if (list[i].column) {
			CHECK_INT(error.column, list[i].column);
			CHECK_STR(error.text, list[i].text);
		} else if (r == 1) {
			policy_print(&rule, text, sizeof(text));
			CHECK_STR(text, list[i].text);
		}
	}
}

static void tap_lines(void)
{
	lines(&policy_tap, taps, ARRAY_LEN(taps));
}

static void ifup_lines(void)
{
	lines(&policy_ifup, scripts, ARRAY_LEN(scripts));
}

static int nobody(void *ctx, const char *name)
{
	(void)ctx;
	(void)name;
	return 0;
}

/* The decision on object of a policy of up to two lines. */
static enum policy_verdict decide(const struct policy_vocab *vocab, const char *object,
				  const char *first, const char *second, struct policy_decision *d)
{
	const struct policy_request q = {.object = object, .is_user = nobody, .in_group = nobody};
	const char *const list[] = {first, second};

	policy_decision_init(d);
	for (size_t i = 0; i < ARRAY_LEN(list) && list[i]; i++) {
		struct policy_error error;
		struct policy_rule rule;

		if (!CHECK_INT(policy_line(vocab, list[i], strlen(list[i]), &rule, &error), 1))
			continue;
		rule.file = "/p";
		rule.line = (unsigned)i + 1;
		CHECK_INT(policy_decide(d, &q, &rule), 0);
	}
	return d->verdict;
}

static void limits(void)
{
	struct policy_decision d;

	decide(&policy_tap, "vnet1", "allow vnet* queues=4 vhost persist mtu=9000", NULL, &d);
	CHECK_INT(d.queues, 4);
	CHECK_INT(d.mtu, 9000);
	CHECK(d.vhost && d.persist && !d.run_as && !d.ifname[0] && !d.has_caps);
	policy_decision_free(&d);
	decide(&policy_ifup, "/x", "allow /x ifname=v* run-as=bob caps=cap_net_raw timeout=9",
	       "allow /x run-as=root caps=cap_setuid", &d);
	CHECK_STR(d.ifname, "v*");
	CHECK_STR(d.run_as, "bob");
	CHECK(d.has_caps && d.caps == 1U << CAP_NET_RAW);
	CHECK_INT(d.timeout, 9);
	/* A deny takes all of it away. */
	policy_decision_free(&d);
	decide(&policy_ifup, "/x", "allow /x run-as=bob caps=cap_net_raw", "deny /*", &d);
	CHECK_INT(d.verdict, POLICY_DENIED);
	CHECK(!d.run_as && !d.has_caps && !d.caps);
	policy_decision_free(&d);
}

static void path_patterns(void)
{
	static const struct {
		const char *rule, *path;
		bool granted;
	} list[] = {
		{"allow /etc/d/*", "/etc/d/a", true},    {"allow /etc/d/*", "/etc/d/.a", true},
		{"allow /etc/d/*", "/etc/d/a/b", false}, {"allow /etc/*", "/etc/d/a", false},
		{"allow /etc/?/a", "/etc/d/a", true},    {"allow /etc?d", "/etc/d", false},
		{"allow /etc/d", "/etc/d/a", false},     {"allow /etc/dd", "/etc/d", false},
	};
	struct policy_decision d;

	for (size_t i = 0; i < ARRAY_LEN(list); i++) {
		test_case("%s: %s", list[i].rule, list[i].path);
		CHECK_INT(decide(&policy_ifup, list[i].path, list[i].rule, NULL, &d),
			  list[i].granted ? POLICY_GRANTED : POLICY_NO_RULE);
		policy_decision_free(&d);
	}
}

static const char *const reserved[] = {
	"lo",      "eth0",    "eth1.5", "enp0s3",  "eno1",       "ens3",     "wlan0",    "wlp2s0",
	"wwan0",   "ibp1s0",  "ib0",    "sl0",     "slip0",      "usb0",     "p1p2",     "em1",
	"br0",     "br-lan",  "virbr0", "docker0", "veth0",      "vethab12", "tun0",     "tun",
	"wg0",     "ppp0",    "bond0",  "dummy0",  "ng-lab",     "lxcbr0",   "cali12ab", "ovs-sy",
	"ip6tnl0", "ip_vti0", "can0",   "ve-x",    "tailscale0",
};
static const char *const free_names[] = {
	"vnet0", "tap0",  "tap",   "lab0",   "vm1",   "qemu0", "alice", "brian",  "lola", "tunnel",
	"ETH0",  "ethan", "port1", "canary", "trunk", "-",     "123",   "monica", "v",    "network",
};

static void reserved_names(void)
{
	struct policy_decision d;
	char exact[64], twice[64];

	for (size_t i = 0; i < ARRAY_LEN(reserved); i++) {
		test_case("%s", reserved[i]);
		CHECK(ifname_reserved(reserved[i]));
		snprintf(exact, sizeof(exact), "allow %s", reserved[i]);
		snprintf(twice, sizeof(twice), "allow %.2s*", reserved[i]);
		CHECK_INT(decide(&policy_tap, reserved[i], "allow all", twice, &d), POLICY_NO_RULE);
		policy_decision_free(&d);
		CHECK_INT(decide(&policy_tap, reserved[i], "allow all", exact, &d), POLICY_GRANTED);
		CHECK_INT(d.line, 2);
		policy_decision_free(&d);
		/* What denies needs no such care, and bridges are of the host's own names. */
		CHECK_INT(decide(&policy_tap, reserved[i], exact, "deny *", &d), POLICY_DENIED);
		policy_decision_free(&d);
		CHECK_INT(decide(&policy_bridge, reserved[i], "allow *", NULL, &d), POLICY_GRANTED);
		policy_decision_free(&d);
	}
	for (size_t i = 0; i < ARRAY_LEN(free_names); i++) {
		test_case("%s", free_names[i]);
		CHECK(!ifname_reserved(free_names[i]));
		CHECK_INT(decide(&policy_tap, free_names[i], "allow all", NULL, &d),
			  POLICY_GRANTED);
		policy_decision_free(&d);
	}
}

static void unfit_names(void)
{
	static const char *const unfit[] = {"-x", "--",  ".x",      "0",
					    "12", "all", "default", "bonding_masters"};
	static const char *const fit[] = {"x", "0x", "1a", "a-", "_", "all0", "Default", "v.1"};

	for (size_t i = 0; i < ARRAY_LEN(unfit); i++) {
		test_case("%s", unfit[i]);
		CHECK(ifname_unfit(unfit[i]) != NULL);
	}
	for (size_t i = 0; i < ARRAY_LEN(fit); i++) {
		test_case("%s", fit[i]);
		CHECK(ifname_unfit(fit[i]) == NULL);
	}
}

static void requests(void)
{
	CHECK(script_defect("/etc/qemu-ifup") == NULL);
	CHECK_STR(script_defect(""), "is empty");
	CHECK_STR(script_defect("ifup"), "is relative; write it from '/' on");
	CHECK_STR(script_defect("/etc/*"), SCRIPT_BAD_CHAR);
	CHECK_STR(script_defect("/etc/a b"), SCRIPT_BAD_CHAR);
	CHECK_STR(script_defect("/etc/\n"), SCRIPT_BAD_CHAR);
	CHECK_STR(script_defect("/etc/../x"), "has '.' or '..' for a part");
}

static void caps_text(void)
{
	char text[POLICY_CAPS_SIZE];

	CHECK_STR(policy_caps_text(0, text), "none");
	CHECK_STR(policy_caps_text(1U << CAP_NET_ADMIN | 1U << CAP_NET_RAW | 1U << CAP_SETGID |
					   1U << CAP_SETUID,
				   text),
		  "cap_net_admin,cap_net_raw,cap_setgid,cap_setuid");
}

int main(void)
{
	static const struct test tests[] = {
		{"tap.conf", tap_lines, false},
		{"ifup.conf", ifup_lines, false},
		{"limits are the deciding rule's", limits, false},
		{"patterns of paths", path_patterns, false},
		{"reserved names", reserved_names, false},
		{"names that no new interface may have", unfit_names, false},
		{"paths that are asked for", requests, false},
		{"capabilities by name", caps_text, false},
	};

	return test_main(tests, ARRAY_LEN(tests));
}

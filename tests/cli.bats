#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# netgrant check, explain, allowed. Inside tests/sandbox, which names the programs to be
# tested: NETGRANT, HELPER (bridge-helper) and LOOKUP (name-lookup, or empty in a build with
# shared libraries, which has none), built for /usr/local/libexec.

bats_require_minimum_version 1.5.0

NAT_CAPS=$(sed -n 's/^nat-setup *//p' "${BATS_TEST_DIRNAME}/../packaging/filecaps.list")
NAT=/usr/local/libexec/netgrant/nat-setup
WORKER=/usr/local/libexec/netgrant/network-worker

setup_file() {
	[ "$(id -u)" = 0 ]
	[ "$(readlink /proc/self/ns/mnt)" != "$(readlink /proc/1/ns/mnt)" ]
	[ "$(readlink /proc/self/ns/net)" != "$(readlink /proc/1/ns/net)" ]
	mount --make-rprivate /
	ip link set lo up
	ip link add br0 type bridge
	ip link add br1 type bridge
	ip link property add dev br0 altname lan
	mount -t tmpfs none /mnt
	mkdir /mnt/upper /mnt/work
	mount -t overlay -o lowerdir=/etc,upperdir=/mnt/upper,workdir=/mnt/work none /etc
	printf '%s\n' root:x:0:0::/:/bin/sh ann:x:71500:71500::/:/bin/sh \
		ben:x:71501:71501::/:/bin/sh netgrant-ifup:x:71502:71502::/:/bin/sh >/etc/passwd
	printf '%s\n' root:x:0: ann:x:71500: ben:x:71501: lab:x:71600:ben >/etc/group
	echo 'passwd: files
group: files' >/etc/nsswitch.conf
	# Programs that an unprivileged user can run, whatever the build folder's mode.
	mount -t tmpfs -o mode=0755 none /usr/local
	mkdir -p /usr/local/bin /usr/local/libexec/netgrant
	install -m 0755 "${NETGRANT:?}" /usr/local/bin/netgrant
	install -m 0755 "${NETGRANT%/*}/../questions" /usr/local/libexec/netgrant/questions
	install -m 0755 "${HELPER:?}" /usr/local/libexec/netgrant/bridge-helper
	setcap cap_net_admin=p /usr/local/libexec/netgrant/bridge-helper
	install -m 0755 "${HELPER%/*}/tap-creator" /usr/local/libexec/netgrant/tap-creator
	setcap cap_net_admin=p /usr/local/libexec/netgrant/tap-creator
	install -m 0755 "${HELPER%/*}/nat-setup" /usr/local/libexec/netgrant/nat-setup
	setcap "$NAT_CAPS" /usr/local/libexec/netgrant/nat-setup
	install -m 0755 "${HELPER%/*}/ifup-runner" /usr/local/libexec/netgrant/ifup-runner
	setcap "$(sed -n 's/^ifup-runner *//p' "$BATS_TEST_DIRNAME/../packaging/filecaps.list")" /usr/local/libexec/netgrant/ifup-runner
	install -m 0755 "${HELPER%/*}/ifup-worker" /usr/local/libexec/netgrant/ifup-worker
	install -m 0755 "${HELPER%/*}/../network/network-worker" /usr/local/libexec/netgrant/network-worker
	[ -z "${LOOKUP-}" ] || install -m 0711 "$LOOKUP" /usr/local/libexec/netgrant/name-lookup
	mount -t tmpfs -o mode=0755 none /dev/net
	mknod -m 0666 /dev/net/tun c 10 200
	chmod 0666 /dev/net/tun
}

teardown_file() {
	umount /dev/net /usr/local /etc /mnt
	ip link del br0
	ip link del br1
}

setup() {
	rm -rf /etc/netgrant /etc/qemu
	mkdir -m 0755 /etc/netgrant /etc/qemu
	H=/usr/local/libexec/netgrant/bridge-helper
}

# network_rules LINE...; network NAME LINE...
network_rules() { printf '%s\n' "$@" >/etc/netgrant/network.conf; }
network() {
	local name=$1
	shift
	mkdir -p /etc/netgrant/networks
	printf '%s\n' "$@" >"/etc/netgrant/networks/$name.conf"
}
NAT_LINES=('[network]' mode=nat '[ipv4]' address=192.168.22.1/24 dhcp=192.168.22.2-192.168.22.254)
# up NAME: as far as netgrant can see.
up() {
	ip link add "ng-$1" type bridge
	ip link set "ng-$1" alias "netgrant network=$1"
}
policy() { printf '%s\n' "$@" >/etc/netgrant/bridge.conf; }
netgrant() { timeout 60 /usr/local/bin/netgrant "$@"; }
as() { local user=$1; shift; timeout 60 setpriv --reuid "$user" --regid "$user" --init-groups "$@"; }
as_netgrant() { local user=$1; shift; as "$user" /usr/local/bin/netgrant "$@"; }

# The helper's denial, without its name: a socket pair stands for QEMU.
helper_says() {
	as "$1" perl -e 'use Socket; $^F = 255; socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0);
		exec("/usr/local/libexec/netgrant/bridge-helper", "--br=$ARGV[0]", "--fd=" . fileno($b))' "$2" 2>&1 |
		sed 's/^bridge-helper: //'
}

@test "cli: --version and --help" {
	run -0 --separate-stderr netgrant --version
	[[ $output == "netgrant "* ]]
	run -0 --separate-stderr netgrant --help
	[[ ${lines[0]} == "Usage: netgrant check [--print | --json] [FILE]" ]]
	run -0 netgrant explain bridge --help
	[[ $output == "Usage: netgrant explain "* ]]
}

@test "cli: each verb rejects what is not its own, with nothing on stdout" {
	policy 'allow br0'
	for line in '' bogus --bogus 'check --user ann' 'explain --print bridge br0' 'allowed br0' \
		'explain bridge' 'explain network' 'explain network a.b' 'explain bridge br0 x' 'explain tap a/b' 'explain script x' 'explain thing x' 'allowed --user' \
		'allowed --json=1' 'check --print --json' 'check a b' 'explain bridge br0 --us ann' \
		'explain bridge br0 --user ghost' 'explain bridge br0 --user -1' \
		'explain bridge br0 --user 4294967295' 'explain bridge br0 --user 0x0'; do
		# shellcheck disable=SC2086
		run -2 --separate-stderr netgrant $line
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
	done
}

@test "cli: a closed stdout is an error" {
	policy 'allow br0'
	run -1 --separate-stderr bash -c '/usr/local/bin/netgrant --help >/dev/full'
	[ "$stderr" = "netgrant: cannot write: No space left on device" ]
}

@test "explain: granted, with the rule and its limits" {
	policy '# first' 'allow br0 user=ann limit=2 isolated mac=52:54:00:aa:00:00/32'
	run -0 --separate-stderr as_netgrant ann explain bridge br0
	[ "$output" = "granted: /etc/netgrant/bridge.conf:2 allows bridge 'br0' to ann (uid 71500), with limit=2 isolated mac=52:54:00:aa:00:00/32" ]
	[ -z "$stderr" ]
}

@test "explain: a denial is the helper's own sentence" {
	policy 'allow br0 user=ann' 'deny br1 user=ann'
	for pair in 'ann br1' 'ben br0' 'ben br1' 'ann br7'; do
		# shellcheck disable=SC2086
		set -- $pair
		run -3 --separate-stderr as_netgrant "$1" explain bridge "$2"
		[[ ${lines[0]} == "denied: "* ]]
		[ "${lines[0]}" = "$(helper_says "$1" "$2")" ]
		# Root, about somebody else, says the same.
		first=${lines[0]}
		run -3 --separate-stderr netgrant explain bridge "$2" --user "$1"
		[ "${lines[0]}" = "$first" ]
	done
}

@test "explain: no policy at all denies, as the helper does" {
	run -3 --separate-stderr as_netgrant ann explain bridge br0
	[ "$output" = "denied: no rule in /etc/netgrant/bridge.conf allows bridge 'br0' to ann (uid 71500); root can add the line: allow br0 user=ann" ]
	[ "$output" = "$(helper_says ann br0)" ]
}

@test "explain: a wrong policy is exit 4 and the helper's own sentence" {
	policy 'allow br0' 'alow br1'
	run -4 --separate-stderr as_netgrant ann explain bridge br0
	[ -z "$output" ]
	[ "$stderr" = "netgrant: /etc/netgrant/bridge.conf:2:1: unknown word 'alow' (did you mean 'allow'?)" ]
	[ "${stderr#netgrant: }" = "$(helper_says ann br0)" ]
}

@test "explain: what is in the way besides the policy" {
	policy 'allow br9' 'allow lo'
	run -0 netgrant explain bridge br9 --user ann
	[ "${lines[1]}" = "bridge 'br9' does not exist" ]
	run -0 netgrant explain bridge lo --user ann
	[ "${lines[1]}" = "'lo' is not a bridge" ]
	run -2 --separate-stderr netgrant explain bridge lan
	[ "$stderr" = "netgrant: 'lan' is an alternative name of 'br0'; only the kernel's own name of a bridge is taken" ]
}

@test "explain, allowed: who has no name, as the helper has it" {
	local files='passwd: files
group: files' more='passwd: files systemd
group: files systemd'
	# Nobody is there to take it.
	local granted='cannot send the descriptor on descriptor 6: Broken pipe'
	as() { shift && timeout 60 setpriv --reuid 71999 --regid 71999 --clear-groups "$@"; }
	# A looser rule does not stand in for one that may be theirs.
	policy 'allow br0 user=ghost limit=1' 'allow br0 group=71999'
	echo "$more" >/etc/nsswitch.conf
	said='/etc/netgrant/bridge.conf:1: cannot tell whether it is for uid 71999, before /etc/netgrant/bridge.conf:2 may allow more: no name of that user, or of one of the groups, is known; write numbers for its names'
	[ "$(helper_says nobody br0)" = "$said" ]
	run -1 --separate-stderr as_netgrant nobody explain bridge br0
	[ "$stderr" = "netgrant: $said" ]
	run -1 --separate-stderr as_netgrant nobody allowed
	[ "$stderr" = "netgrant: $said" ]
	# Nor does a deny that may be theirs vanish.
	policy 'allow br0' 'deny br0 user=ghost'
	said='/etc/netgrant/bridge.conf:2: cannot tell whether it is for uid 71999: no name of that user, or of one of the groups, is known; write numbers for its names'
	[ "$(helper_says nobody br0)" = "$said" ]
	run -1 --separate-stderr as_netgrant nobody explain bridge br0
	[ "$stderr" = "netgrant: $said" ]
	run -1 --separate-stderr as_netgrant nobody allowed
	[ "$stderr" = "netgrant: $said" ]
	# The order of names means nothing.
	for names in ghost,71999 71999,ghost; do
		policy "allow br0 user=$names"
		[ "$(helper_says nobody br0)" = "$granted" ]
		run -0 as_netgrant nobody explain bridge br0
	done
	# Where files are all there is, ghost is nobody.
	echo "$files" >/etc/nsswitch.conf
	policy 'allow br0 user=ghost limit=1' 'allow br0 group=71999' 'deny br0 user=ghost'
	[ "$(helper_says nobody br0)" = "$granted" ]
	run -0 as_netgrant nobody explain bridge br0
	[[ "$output" == "granted: /etc/netgrant/bridge.conf:2 "* ]]
	run -0 as_netgrant nobody allowed
	[[ "$output" == "br0 "*"/etc/netgrant/bridge.conf:2" ]]
}

@test "explain: names with odd bytes are refused and escaped" {
	policy 'allow all'
	for name in '' 'br0:1' 'br%d' '..' 'a b' $'br\e[31m' 1234567890123456; do
		run -2 --separate-stderr netgrant explain bridge "$name"
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 1 ]
		[[ $stderr != *$'\e'* ]]
	done
	[ "$stderr" = "netgrant: bridge name '1234567890123456' is longer than 15 bytes" ]
}

@test "explain: --user counts supplementary groups, by name and number" {
	policy 'allow br0 group=lab'
	run -0 netgrant explain bridge br0 --user ben
	run -0 netgrant explain bridge br0 --user=71501
	run -3 netgrant explain bridge br0 --user ann
	run -0 as_netgrant ann explain bridge br0 --user ben
	run -3 as_netgrant ben explain bridge br0 --user ann
}

@test "explain: root reads what the user can read" {
	policy 'include /etc/netgrant/ann.conf'
	echo 'allow br0' >/etc/netgrant/ann.conf
	chgrp ann /etc/netgrant/ann.conf
	chmod 0640 /etc/netgrant/ann.conf
	run -0 netgrant explain bridge br0 --user ann
	run -3 netgrant explain bridge br0 --user ben
	# Neither ann nor ben can say what the other one reads.
	run -1 --separate-stderr as_netgrant ann explain bridge br0 --user ben
	[ "$stderr" = "netgrant: only root can tell for ben (uid 71501): '/etc/netgrant/ann.conf' is not readable by everybody" ]
	run -1 --separate-stderr as_netgrant ben allowed --user ann
	[ -z "$output" ]
	# About themselves both can.
	run -0 as_netgrant ann explain bridge br0 --user ann
	run -3 as_netgrant ben explain bridge br0
}

@test "explain: root takes the user's supplementary groups and gives up its own" {
	policy 'include /etc/netgrant/lab.conf'
	echo 'allow br0' >/etc/netgrant/lab.conf
	chgrp lab /etc/netgrant/lab.conf
	chmod 0640 /etc/netgrant/lab.conf
	run -0 netgrant explain bridge br0 --user ben
	run -3 timeout 60 setpriv --groups 71600 /usr/local/bin/netgrant explain bridge br0 --user ann
}

@test "explain: only root can tell, where a file of includes or a folder is closed" {
	policy 'include /etc/netgrant/mid.conf'
	echo 'include /etc/netgrant/leaf.conf' >/etc/netgrant/mid.conf
	echo 'allow br0' >/etc/netgrant/leaf.conf
	run -0 as_netgrant ann explain bridge br0 --user ben
	chgrp ann /etc/netgrant/mid.conf
	chmod 0640 /etc/netgrant/mid.conf
	run -1 as_netgrant ann explain bridge br0 --user ben
	# Open to others but not to the group: its members cannot read it.
	chmod 0604 /etc/netgrant/mid.conf
	run -1 as_netgrant ben explain bridge br0 --user ann
	chmod 0644 /etc/netgrant/mid.conf
	chgrp ann /etc/netgrant
	chmod 0750 /etc/netgrant
	run -1 --separate-stderr as_netgrant ann explain bridge br0 --user ben
	[[ $stderr == *"'/etc/netgrant' is not readable by everybody" ]]
}

@test "explain: JSON" {
	policy 'allow br0 user=ann limit=2 isolated mac=52:54:00:aa:00:01' 'deny br1'
	run -0 netgrant explain bridge br0 --user ann --json
	[ "$output" = '{"object":"bridge","name":"br0","user":{"name":"ann","uid":71500},"verdict":"granted","rule":{"file":"/etc/netgrant/bridge.conf","line":1},"limits":{"limit":2,"mac":"52:54:00:aa:00:01/48","isolated":true},"exists":true}' ]
	run -3 netgrant explain bridge br7 --user ann --json
	[ "$output" = '{"object":"bridge","name":"br7","user":{"name":"ann","uid":71500},"verdict":"denied","rule":null,"limits":{},"exists":false}' ]
}

@test "allowed: what exists, then what does not; each with its rule" {
	policy 'allow br9 user=ann limit=3' 'allow br* group=lab' 'deny br1 user=ben' 'allow br0'
	run -0 --separate-stderr as_netgrant ann allowed
	[ "${lines[0]}" = "br0              /etc/netgrant/bridge.conf:4" ]
	[ "${lines[1]}" = "br9              /etc/netgrant/bridge.conf:1 limit=3  (there is no such bridge now)" ]
	[ "${#lines[@]}" = 2 ]
	run -0 as_netgrant ben allowed
	[ "$output" = "br0              /etc/netgrant/bridge.conf:2" ]
	run -0 netgrant allowed --user ben
	[ "$output" = "br0              /etc/netgrant/bridge.conf:2" ]
}

@test "allowed: a name that several rules allow is told once" {
	policy 'allow br0 user=ann' 'allow br0 group=ann' 'allow br9 user=ann' 'allow br9'
	run -0 as_netgrant ann allowed
	[ "${#lines[@]}" = 2 ]
	[ "${lines[0]}" = "br0              /etc/netgrant/bridge.conf:1" ]
	[[ ${lines[1]} == "br9              /etc/netgrant/bridge.conf:3  "* ]]
	# A name kept twice would be told twice, as a pattern decides about each.
	for more in '' 'allow br0 user=ann' 'allow br1 user=ann'; do
		policy 'allow br* user=ann' "$more" "$more"
		run -0 as_netgrant ann allowed
		[ "$output" = "br0              /etc/netgrant/bridge.conf:1
br1              /etc/netgrant/bridge.conf:1" ]
	done
}

@test "allowed: agrees with explain on every bridge" {
	policy 'allow all group=lab' 'deny br1' 'allow br0 user=71500 limit=1' 'deny lo'
	for user in ann ben; do
		for br in br0 br1; do
			run netgrant explain bridge "$br" --user "$user" --json
			[[ $output == *'"verdict":'* ]]
			if [ "$status" = 0 ]; then
				[[ $(netgrant allowed --user "$user" --json) == *"$output"* ]]
			else
				[ "$status" = 3 ]
				[[ $(netgrant allowed --user "$user") != *"$br "* ]]
			fi
		done
	done
}

@test "allowed: nothing is a sentence, and an empty list" {
	run -0 --separate-stderr as_netgrant ann allowed
	[ "${lines[0]}" = "/etc/netgrant/bridge.conf grants no bridge to ann (uid 71500) now" ]
	[ "${lines[1]}" = "/etc/netgrant/network.conf grants no network to ann (uid 71500) now" ]
	[ "${lines[2]}" = "/etc/netgrant/tap.conf grants no tap to ann (uid 71500) now" ]
	[ "${lines[3]}" = "/etc/netgrant/ifup.conf grants no script to ann (uid 71500) now" ]
	[ "${#lines[@]}" = 4 ]
	run -0 as_netgrant ann allowed --json
	[ "$output" = "[]" ]
	policy 'allow br0 usr=ann'
	run -4 --separate-stderr as_netgrant ann allowed --json
	[ -z "$output" ]
}

@test "check: all in order" {
	policy 'allow br0 user=ann' 'allow br1 group=lab'
	run -0 --separate-stderr as_netgrant ann check
	[ "${lines[0]}" = "/etc/netgrant/bridge.conf: in order, 2 rules" ]
	[[ ${lines[1]} == "/etc/netgrant/network.conf does not exist: no network is granted to anyone; "*": allow default user=alice start" ]]
	[[ ${lines[2]} == "/etc/netgrant/tap.conf does not exist: no tap is granted to anyone; "*": allow vnet* user=alice limit=4" ]]
	[[ ${lines[3]} == "/etc/netgrant/ifup.conf does not exist: no script is granted to anyone; "*": allow /etc/qemu-ifup user=alice" ]]
	[ "${lines[4]}" = "/usr/local/libexec/netgrant: in order" ]
	[ -z "$stderr" ]
	run -0 netgrant check --json
	[ "$output" = "[]" ]
}

@test "check: a missing policy is no error, and says which line to write" {
	run -0 --separate-stderr netgrant check
	[[ ${lines[0]} == "/etc/netgrant/bridge.conf does not exist: no bridge is granted to anyone; "*": allow br0 user=alice" ]]
	echo 'allow br0 user=ann' >/etc/qemu/bridge.conf
	run -0 netgrant check
	[ "${lines[0]}" = "/etc/qemu/bridge.conf: in order, 1 rule" ]
	run -4 --separate-stderr netgrant check /etc/netgrant/none.conf
	[ "$stderr" = "netgrant: /etc/netgrant/none.conf: No such file or directory" ]
}

@test "check: every error, with file, line and column" {
	policy 'allow br0 usr=ann' 'alow br0' 'allow br0' 'include /etc/netgrant/none.conf' 'allow br0 limit=0'
	run -4 --separate-stderr netgrant check
	[ "${stderr_lines[0]}" = "netgrant: /etc/netgrant/bridge.conf:1:11: unknown word 'usr=' (did you mean 'user='?)" ]
	[ "${stderr_lines[1]}" = "netgrant: /etc/netgrant/bridge.conf:2:1: unknown word 'alow' (did you mean 'allow'?)" ]
	[[ ${stderr_lines[2]} == "netgrant: /etc/netgrant/bridge.conf:4: include '/etc/netgrant/none.conf': "* ]]
	[[ ${stderr_lines[3]} == "netgrant: /etc/netgrant/bridge.conf:5:17: "* ]]
	cd /etc/netgrant
	run -4 netgrant check bridge.conf
	run -4 --separate-stderr netgrant check --print bridge.conf
	[ -z "$output" ]
}

@test "check: a file without end of errors is given up" {
	yes alow 2>/dev/null | head -n 5000 >/etc/netgrant/bridge.conf
	run -4 --separate-stderr netgrant check
	[ "${#stderr_lines[@]}" = 1001 ]
	[[ ${stderr_lines[1000]} == *"so many errors; the rest is not checked" ]]
}

@test "check: --print is a fixed point" {
	policy '# c' '	allow   br0 mac=52:54:00:AA:00:00/32 isolated limit=3 user=ann,71501 # why' \
		'deny br1' 'include /etc/netgrant/more.conf'
	echo 'allow br? group=lab' >/etc/netgrant/more.conf
	run -0 --separate-stderr netgrant check --print /etc/netgrant/bridge.conf
	[ "${lines[0]}" = "allow br0 user=ann,71501 limit=3 isolated mac=52:54:00:aa:00:00/32  # /etc/netgrant/bridge.conf:2" ]
	[ "${lines[2]}" = "allow br? group=lab  # /etc/netgrant/more.conf:1" ]
	printf '%s\n' "${lines[@]}" >/etc/netgrant/again.conf
	first=$(printf '%s\n' "${lines[@]}" | sed 's/  #.*//')
	run -0 --separate-stderr netgrant check --print /etc/netgrant/again.conf
	[ "$(printf '%s\n' "${lines[@]}" | sed 's/  #.*//')" = "$first" ]
}

warns() {
	run -0 --separate-stderr netgrant check
	[[ $stderr == *"netgrant: warning: $1"* ]] || { echo "$stderr"; false; }
}

@test "check: warns of what cannot have been meant" {
	P=/etc/netgrant/bridge.conf
	policy 'allow br0 user=ann' 'allow br0 user=ann limit=2'
	warns "$P:2: this allow is never reached: $P:1 allows the same before it, and its limits never apply"
	policy 'allow br0 user=ann,ben' 'allow br0 user=ben'
	warns "$P:2: this allow is never reached: $P:1 allows the same before it"
	# A network's bridge takes a rule with its name; here there is no such device.
	policy 'allow all user=ben' 'allow ng-lab user=ben' 'deny br1'
	run -0 --separate-stderr netgrant check
	[[ $stderr != *'never reached'* ]]
	policy 'allow br0 user=ann' 'deny all'
	warns "$P:1: this allow never grants anything: $P:2 denies the same"
	policy 'deny br1 user=ann' 'deny br1 user=ann'
	warns "$P:2: the same rule as $P:1"
	policy 'allow ????????????????* user=ann'
	warns "$P:1: pattern '????????????????*' matches no name that a bridge can have"
	policy 'allow br0 user=ghost'
	warns "$P:1: user 'ghost' does not exist; the name matches nobody"
	policy 'allow br0 group=ghost'
	warns "$P:1: group 'ghost' does not exist; the name matches nobody"
	policy 'allow all'
	warns "$P:1: every user may use every bridge; user= or group= would say who"
	policy 'allow br7 user=ann'
	warns "$P:1: bridge 'br7' does not exist on this host"
	policy 'allow lo user=ann'
	warns "$P:1: 'lo' is not a bridge"
	policy 'allow lan user=ann'
	warns "$P:1: 'lan' is an alternative name of 'br0', under which the rule never matches; write 'br0'"
}

@test "check: does not warn of what may well be meant" {
	policy 'allow br0 user=ann limit=1' 'allow br0 user=ben' 'allow br* group=lab' \
		'deny br1 user=ann' 'allow .* user=ann' 'allow *.* group=lab' 'allow [.]* user=ann' \
		'allow br[01] user=71999'
	run -0 --separate-stderr netgrant check
	[ -z "$stderr" ] || { echo "$stderr"; false; }
	[ "${lines[0]}" = "/etc/netgrant/bridge.conf: in order, 8 rules" ]
}

@test "check: warns of a deny that not everybody can read" {
	policy 'allow br0 user=ann' 'include /etc/netgrant/mid.conf'
	echo 'include /etc/netgrant/leaf.conf' >/etc/netgrant/mid.conf
	echo 'deny br1' >/etc/netgrant/leaf.conf
	run -0 --separate-stderr netgrant check
	[ -z "$stderr" ]
	chmod 0640 /etc/netgrant/mid.conf
	warns "/etc/netgrant/leaf.conf:1: this deny does not hold for users who may not read '/etc/netgrant/mid.conf': the include is passed over for them; run: chmod go+r /etc/netgrant/mid.conf"
	run -0 --separate-stderr as_netgrant ann check
	[[ $stderr == *"bridge.conf:2: include '/etc/netgrant/mid.conf' is passed over"* ]]
	chmod go+r /etc/netgrant/mid.conf
	mkdir -m 0750 /etc/netgrant/d
	echo 'deny br1' >/etc/netgrant/d/x.conf
	policy 'include /etc/netgrant/d/x.conf'
	warns "/etc/netgrant/d/x.conf:1: this deny does not hold for users who may not read '/etc/netgrant/d': the include is passed over for them; run: chmod go+x /etc/netgrant/d"
}

@test "check: warns of a wireless port" {
	policy 'allow br0 user=ann'
	mount -t tmpfs none /sys/class/net
	mkdir -p /sys/class/net/br0/bridge /sys/class/net/br0/brif/wlan0 /sys/class/net/wlan0/phy80211
	ip -o link show br0 | cut -d: -f1 >/sys/class/net/br0/ifindex
	run -0 --separate-stderr netgrant check
	umount /sys/class/net
	[[ $stderr == *"bridge.conf:1: bridge 'br0' has the wireless port 'wlan0'; "* ]]
	run -0 --separate-stderr netgrant check
	[ -z "$stderr" ]
}

@test "check: a foreign /sys/class/net is not believed" {
	policy 'allow br0 user=ann'
	network default "${NAT_LINES[@]}"
	up default
	umount /sys
	run -0 --separate-stderr netgrant explain bridge br0 --user ann
	bridge=$output
	run -3 netgrant explain network default --user ann
	network=${lines[1]}
	run -3 netgrant explain network default --user ann --json
	mount -t sysfs sysfs /sys
	ip link del ng-default
	[[ $output == *'"up":null,'* ]]
	[ "$network" = "whether network 'default' is up cannot be told: /sys is not of this network namespace" ]
	output=$bridge
	[[ $output == "granted: "* ]]
	[ "$(wc -l <<<"$output")" = 1 ]
}

# Breaks the installation, takes the command from the finding, runs it, and looks again.
repaired_by() {
	run -5 --separate-stderr netgrant check
	[ "${#stderr_lines[@]}" = 1 ] || { echo "$stderr"; false; }
	[ "${stderr##*; run: }" = "$1" ] || { echo "$stderr"; false; }
	run -0 bash -c "$1"
	run -0 netgrant check
}

@test "check: each defect of the installation, and the command that repairs it" {
	policy 'allow br0 user=ann'
	for caps in '' cap_net_admin=ep cap_net_admin,cap_net_raw=p cap_net_admin=ip cap_net_raw=p; do
		setcap -r "$H" || [ -z "$(getcap "$H")" ]
		[ -z "$caps" ] || setcap "$caps" "$H"
		repaired_by "setcap cap_net_admin=p $H"
	done
	chmod 0775 "$H"
	repaired_by "chmod go-w $H"
	chown ann "$H"
	repaired_by "chown root: $H && setcap cap_net_admin=p $H"
	chmod 0757 /usr/local/libexec
	repaired_by "chmod go-w /usr/local/libexec"
	chown ann /usr/local/libexec/netgrant
	repaired_by "chown root: /usr/local/libexec/netgrant"
	if [ -n "${LOOKUP-}" ]; then
		chmod 0755 /usr/local/libexec/netgrant/name-lookup
		repaired_by "chmod 0711 /usr/local/libexec/netgrant/name-lookup"
	fi
	chmod 0600 /dev/net/tun
	repaired_by "chmod 0666 /dev/net/tun"
	chmod 0700 /dev/net
	repaired_by "chmod a+x /dev/net"
	rm /dev/net/tun
	touch /dev/net/tun
	repaired_by "rm -r /dev/net/tun && mknod -m 0666 /dev/net/tun c 10 200"
	mount -o remount,nosuid /usr/local
	repaired_by "mount -o remount,suid /usr/local"
}

@test "check: setuid root without file capabilities is in order" {
	policy 'allow br0 user=ann'
	setcap -r "$H"
	chmod 4755 "$H"
	run -0 --separate-stderr netgrant check
	[ -z "$stderr" ]
	chmod 0755 "$H"
	setcap cap_net_admin=p "$H"
}

@test "check: a missing helper, and policy errors win" {
	policy 'allow br0 user=ann'
	mv "$H" "$H.away"
	run -5 --separate-stderr netgrant check
	policy 'alow br0'
	run -4 --separate-stderr netgrant check
	missing=$stderr
	mv "$H.away" "$H"
	[[ $missing == *"$H: does not exist; run: make install"* ]]
}

@test "check: JSON findings" {
	policy 'alow br0' 'allow br7 user=ann'
	chmod 0600 /dev/net/tun
	run -4 --separate-stderr netgrant check --json
	chmod 0666 /dev/net/tun
	[[ $output == '[{"kind":"syntax","severity":"error","file":"/etc/netgrant/bridge.conf","line":1,"column":1,"text":"unknown word '* ]]
	[[ $output == *'{"kind":"no-object","severity":"warning","file":"/etc/netgrant/bridge.conf","line":2,"column":null,'* ]]
	[[ $output == *'"kind":"mode","severity":"error","file":"/dev/net/tun","line":null,"column":null,'*'"fix":"chmod 0666 /dev/net/tun"}]' ]]
	[ -z "$stderr" ]
}

@test "networks: explain says who may start it, and whether it is up" {
	network default "${NAT_LINES[@]}"
	network_rules 'allow default user=ann start' 'allow default user=ben'
	run -0 --separate-stderr as_netgrant ann explain network default
	[ "${lines[0]}" = "granted: /etc/netgrant/network.conf:1 allows network 'default' to ann (uid 71500), with start" ]
	[ "${lines[1]}" = "network 'default' is down; a request of ann (uid 71500) starts it" ]
	run -0 netgrant explain network default --user ben
	[ "${lines[1]}" = "network 'default' is down; root can start it with: nat-setup up default" ]
	run -0 netgrant explain network default --user ann --json
	[ "$output" = '{"object":"network","name":"default","user":{"name":"ann","uid":71500},"verdict":"granted","rule":{"file":"/etc/netgrant/network.conf","line":1},"limits":{"start":true},"exists":true,"up":false,"may_start":true}' ]
	up default
	run -0 as_netgrant ben explain network default
	[ "${lines[1]}" = "network 'default' is up, on bridge 'ng-default'" ]
	run -0 netgrant explain network default --user ben --json
	[[ $output == *'"exists":true,"up":true,"may_start":false}' ]]
	# An alias that only looks like it.
	ip link set ng-default alias 'netgrant network=default2'
	run -0 netgrant explain network default --user ben --json
	ip link del ng-default
	[[ $output == *'"up":false,'* ]]
	network default "${NAT_LINES[@]}" '[network]'
	run -0 netgrant explain network default --user ann
	[[ ${lines[1]} == "network 'default' cannot be started or reloaded: /etc/netgrant/networks/default.conf:6: "* ]]
	network default '[network]' mode=isolated start=admin
	run -0 netgrant explain network default --user ann
	[ "${lines[1]}" = "network 'default' is down; root can start it with: nat-setup up default (its file says start=admin)" ]
}

@test "networks: explain denies with the sentence of nat-setup, and refuses the same names" {
	network default "${NAT_LINES[@]}"
	run -3 --separate-stderr as_netgrant ann explain network default
	[ "${lines[0]}" = "denied: no rule in /etc/netgrant/network.conf allows network 'default' to ann (uid 71500); root can add the line: allow default user=ann" ]
	network_rules 'deny default user=ann' 'allow all'
	run -3 --separate-stderr as_netgrant ann explain network default
	[ "${lines[0]}" = "denied: /etc/netgrant/network.conf:1 denies network 'default' to ann (uid 71500)" ]
	run -0 as_netgrant ben explain network nowhere
	[ "${lines[1]}" = "network 'nowhere' does not exist" ]
	[ "${#lines[@]}" = 2 ]
	for name in '' a.b ../default -x _x 1234567890123456 'a b'; do
		run -2 --separate-stderr as_netgrant ben explain network -- "$name"
		mine=${stderr#netgrant: }
		[ -n "$mine" ]
		[ -z "$output" ]
		run as ben "$NAT" "--network=$name" --fd=5
		[ -z "$name" ] || [ "${output#nat-setup: }" = "$mine" ] || { echo "$name: $mine / $output"; false; }
	done
}

@test "networks: allowed lists them behind the bridges, each with its state" {
	policy 'allow br0 user=ann'
	network default "${NAT_LINES[@]}"
	network lab '[network]' mode=isolated
	network_rules 'allow default user=ann start' 'allow lab user=ann limit=2' 'allow gone user=ann'
	up lab
	run -0 --separate-stderr as_netgrant ann allowed
	ip link del ng-lab
	[ "${lines[0]}" = "br0              /etc/netgrant/bridge.conf:1" ]
	[ "${lines[1]}" = "default          /etc/netgrant/network.conf:1 start  (network, down)" ]
	[ "${lines[2]}" = "lab              /etc/netgrant/network.conf:2 limit=2  (network, up)" ]
	[ "${lines[3]}" = "gone             /etc/netgrant/network.conf:3  (there is no such network now)" ]
	[ "${#lines[@]}" = 4 ]
	run -0 as_netgrant ben allowed
	[ "${lines[1]}" = "/etc/netgrant/network.conf grants no network to ben (uid 71501) now" ]
}

@test "networks: check reads the files of all, with file and line" {
	policy 'allow br0 user=ann'
	network_rules 'allow default user=ann'
	echo 'netgrant-dnsmasq:x:62200:62200::/:/bin/false' >>/etc/passwd
	network default "${NAT_LINES[@]}"
	run -0 --separate-stderr as_netgrant ann check
	[ "${lines[4]}" = "/etc/netgrant/networks: in order, 1 network" ]
	[ -z "$stderr" ]
	network lab '[network]' 'mode=isolatd' && network two '[network]' mode=isolated 'mut=1500'
	run -4 --separate-stderr as_netgrant ann check
	[[ ${stderr_lines[0]} == "netgrant: /etc/netgrant/networks/lab.conf:2: "*"isolated"* ]]
	[[ ${stderr_lines[1]} == "netgrant: /etc/netgrant/networks/two.conf:3: "*"mtu"* ]]
	run -4 --separate-stderr netgrant check /etc/netgrant/networks/lab.conf
	[ "${#stderr_lines[@]}" = 1 ]
	run -0 netgrant check /etc/netgrant/networks/default.conf
	[ "$output" = "/etc/netgrant/networks/default.conf: in order" ]
	run -0 --separate-stderr netgrant check --print /etc/netgrant/networks/default.conf
	printf '%s\n' "$output" >/etc/netgrant/networks/lab.conf
	first=$output
	run -0 netgrant check --print /etc/netgrant/networks/lab.conf
	[ "$output" = "$(sed 's/ng-default/ng-lab/' <<<"$first")" ]
	rm /etc/netgrant/networks/two.conf
	chown ann /etc/netgrant/networks/lab.conf
	run -4 --separate-stderr netgrant check
	[ "$stderr" = "netgrant: /etc/netgrant/networks/lab.conf: is owned by uid 71500; it must be owned by root; run: chown root: /etc/netgrant/networks/lab.conf" ]
	chown root: /etc/netgrant/networks/lab.conf
	chmod 0664 /etc/netgrant/networks/lab.conf
	run -4 --separate-stderr netgrant check
	[[ $stderr == *"lab.conf: has mode 0664"*"; run: chmod go-w /etc/netgrant/networks/lab.conf" ]]
	chmod 0600 /etc/netgrant/networks/lab.conf
	run -0 --separate-stderr as_netgrant ann check
	[ "$stderr" = "netgrant: warning: /etc/netgrant/networks/lab.conf: Permission denied" ]
	sed -i /netgrant-dnsmasq/d /etc/passwd
}

@test "networks: check warns of what cannot have been meant" {
	P=/etc/netgrant/network.conf
	echo 'netgrant-dnsmasq:x:62200:62200::/:/bin/false' >>/etc/passwd
	network default "${NAT_LINES[@]}"
	network admin '[network]' mode=isolated start=admin
	network_rules 'allow nowhere user=ann' 'allow admin user=ann start' 'allow a.b user=ann' 'allow *.x user=ann'
	run -0 --separate-stderr netgrant check
	sed -i /netgrant-dnsmasq/d /etc/passwd
	want="netgrant: warning: $P:1: network 'nowhere' does not exist on this host
netgrant: warning: $P:3: 'a.b' has a character other than A-Z a-z 0-9 _ -, so that no network can have that name
netgrant: warning: $P:4: pattern '*.x' matches no name that a network can have
netgrant: warning: $P:2: 'start' has no effect: /etc/netgrant/networks/admin.conf says start=admin, so that only root may start network 'admin'"
	diff <(echo "$want") <(echo "$stderr")
	network_rules 'allow default user=ann'
	run -0 --separate-stderr netgrant check
	[ "$stderr" = "netgrant: warning: /etc/passwd: there is no user 'netgrant-dnsmasq', as whom dnsmasq runs; network 'admin' needs it; run: useradd --system --no-create-home --shell /usr/sbin/nologin netgrant-dnsmasq" ]
	mv /etc/netgrant/networks/default.conf "/etc/netgrant/networks/my net.conf"
	run -0 --separate-stderr netgrant check
	[[ $stderr == *"/etc/netgrant/networks/my net.conf: describes no network: the name 'my net' has a character other than "* ]]
}

@test "networks: check looks for dnsmasq itself" {
	network default "${NAT_LINES[@]}"
	echo 'netgrant-dnsmasq:x:62200:62200::/:/bin/false' >>/etc/passwd
	mount --bind /etc/passwd "$(command -v dnsmasq)"
	run -0 --separate-stderr netgrant check
	umount "$(command -v dnsmasq)"
	sed -i /netgrant-dnsmasq/d /etc/passwd
	[ "$stderr" = "netgrant: warning: $(command -v dnsmasq): cannot be run (Permission denied); network 'default' needs it (package dnsmasq-base or dnsmasq)" ]
}

@test "check: each defect of nat-setup and its worker, and the command that repairs it" {
	policy 'allow br0 user=ann'
	setcap cap_net_admin=p "$NAT"
	repaired_by "setcap $NAT_CAPS $NAT"
	chown ann "$WORKER"
	repaired_by "chown root: $WORKER"
	chmod 0775 "$WORKER"
	repaired_by "chmod 0755 $WORKER"
	chmod 4755 "$WORKER"
	repaired_by "chmod 0755 $WORKER"
	setcap cap_net_admin=ep "$WORKER"
	repaired_by "setcap -r $WORKER"
	mv "$WORKER" "$WORKER.away"
	run -5 --separate-stderr netgrant check
	mv "$WORKER.away" "$WORKER"
	[[ $stderr == *"$WORKER: does not exist; run: make install"* ]]
}

@test "check: ifup-worker, and the user that scripts run as" {
	local worker=/usr/local/libexec/netgrant/ifup-worker
	policy 'allow br0 user=ann'
	chmod 4755 "$worker"
	repaired_by "chmod 0755 $worker"
	echo 'allow /etc/qemu-ifup user=ann' >/etc/netgrant/ifup.conf
	cp /etc/passwd /etc/passwd.whole
	sed -i /netgrant-ifup/d /etc/passwd
	run -0 --separate-stderr netgrant check
	mv /etc/passwd.whole /etc/passwd
	[[ $stderr == *"netgrant: warning: /etc/passwd: there is no user 'netgrant-ifup', as whom scripts run"*"run: useradd --system "*" netgrant-ifup"* ]]
}

@test "scripts: explain, allowed and check" {
	printf '%s\n' 'allow /etc/netgrant/up user=ann run-as=ben caps=none timeout=9' 'allow /etc/netgrant/d/* user=ann ifname=vnet*' \
		'allow /etc/netgrant/gone user=ann' >/etc/netgrant/ifup.conf
	install -m 0755 /dev/null /etc/netgrant/up
	run -0 netgrant explain script /etc/netgrant/up --user ann
	[ "$output" = "granted: /etc/netgrant/ifup.conf:1 allows script '/etc/netgrant/up' to ann (uid 71500), with run-as=ben caps=none timeout=9" ]
	run -0 netgrant explain script /etc/netgrant/up --user ann --json
	[[ $output == *'"limits":{"timeout":9,"run-as":"ben","caps":"none"},"exists":true}' ]]
	run -3 netgrant explain script /etc/netgrant/d/a/b --user ann
	[ "${lines[1]}" = "script '/etc/netgrant/d/a/b' does not exist" ]
	run -0 netgrant allowed --user ann
	[ "${lines[0]}" = "/etc/netgrant/up  /etc/netgrant/ifup.conf:1 run-as=ben caps=none timeout=9" ]
	[ "${lines[1]}" = "/etc/netgrant/d/*  /etc/netgrant/ifup.conf:2 ifname=vnet*" ]
	[ "${lines[2]}" = "/etc/netgrant/gone  /etc/netgrant/ifup.conf:3  (there is no such script now)" ]
	run --separate-stderr netgrant check /etc/netgrant/ifup.conf
	[ "$stderr" = "netgrant: warning: /etc/netgrant/ifup.conf:3: script '/etc/netgrant/gone' does not exist on this host" ]
}

@test "check: the man page's synopsis is that of --help" {
	page=${BATS_TEST_DIRNAME}/../man/netgrant.1
	from_man=$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$page" |
		grep -v '^\.Sh' | tr '\n' ' ' | sed 's/ \.Nm/\n.Nm/g; s/^\.Nm/netgrant/; s/\n\.Nm/\nnetgrant/g' |
		sed 's/ *$//; s/\.Op \([^.]*[^. ]\)/[\1]/g; s/\.\(Cm\|Fl\|Ar\|Nm\) //g; s/\(Fl\|Ar\) //g; s/ -\(user\|json\|print\|lenient\|xml\|help\|version\)/ --\1/g; s/\[-/[--/g')
	from_help=$(netgrant --help | sed -n 's/^\(Usage:\|      \) netgrant/netgrant/p' |
		grep -v '^netgrant run ') # netgrant-run(1) has that
	echo "$from_man"
	[ "$from_man" = "$from_help" ]
}

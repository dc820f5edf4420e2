#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# nat-setup: networks that come up and go down, whatever happens meanwhile; ports on them; who
# may do what. What guests see is in network-guest.bats, what packets may do in nft.bats.
bats_require_minimum_version 1.5.0

load lib
load net

setup() { net_setup; }
teardown() { net_teardown; }

# said STATUS TEXT: that exit status and exactly one line on stderr, with TEXT in it.
said() {
	[ "$status" -eq "$1" ] || { echo "status $status: $stderr" >&2; return 1; }
	[ "${#stderr_lines[@]}" -eq 1 ] || { echo "not one line: $stderr" >&2; return 1; }
	[[ "$stderr" == "nat-setup: "*"$2"* ]] || { echo "stderr: $stderr" >&2; return 1; }
}

@test "up makes bridge, addresses, rules and dnsmasq; down leaves nothing" {
	simple default nat
	nat up default
	nat down default # makes the folders that stay
	before=$(end_state default)
	nat up default
	in_ns ip -4 -o addr show ng-default | grep -q '192.168.22.1/24'
	in_ns nft list table inet netgrant-default | grep -q masquerade
	in_ns nft list table bridge netgrant-default >/dev/null
	[ "$(dnsmasq_pid default | wc -l)" -eq 1 ]
	[ "$(in_ns cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
	nat down default
	same_state "$before" default
}

@test "up twice is up, down twice is down" {
	simple default nat
	nat up default
	state=$(end_state default)
	pid=$(dnsmasq_pid default)
	nat up default
	same_state "$state" default
	[ "$(dnsmasq_pid default)" = "$pid" ]
	nat down default
	state=$(end_state default)
	nat down default
	same_state "$state" default
}

@test "up repairs what somebody broke: address, foreign address, rules, dnsmasq, state of the bridge" {
	simple default nat
	nat up default
	state=$(end_state default)
	in_ns ip addr flush dev ng-default
	in_ns ip addr add 10.9.9.9/24 dev ng-default
	in_ns nft flush ruleset
	dnsmasq_kill default
	in_ns ip link set ng-default down
	in_ns sysctl -qw net.ipv4.ip_forward=0
	nat up default
	same_state "$state" default
}

serves_dns() { in_ns ss -Htln 'sport = 53' | grep -q .; }

# listens ADDRESS PORT: is there such a UDP socket?
listens() {
	in_ns ss -lunH | grep -q -F " $1:$2 "
}

# hears PID: the groups of its netlink sockets that are not none
hears() {
	local socket inode
	for socket in $(readlink "/proc/$1"/fd/*); do
		inode=${socket//[!0-9]/}
		in_ns awk -v i="$inode" '$NF == i && $4 != "00000000" { print $4 }' /proc/net/netlink
	done
}

# Sanitizer builds have no filters.
# bats test_tags=nosanitizers
@test "dnsmasq hears of no address but where IPv6 needs it" {
	simple default nat
	nat up default
	[ -z "$(hears "$(dnsmasq_pid default)")" ]
	network six '[network]' mode=isolated '[ipv6]' address=fd00:22::1/64 ra=yes
	nat up six
	[ -n "$(hears "$(dnsmasq_pid six)")" ]
}

@test "dnsmasq follows its bridge and its addresses" {
	network default '[network]' mode=isolated '[ipv4]' address=192.168.22.1/24 dhcp=192.168.22.100-192.168.22.200
	nat up default
	listens 192.168.22.1 53
	sed -i 's/22\.1\//22.9\//' "$NETWORKS/default.conf"
	nat reload default
	listens 192.168.22.9 53
	no listens 192.168.22.1 53

	# A socket that is bound to the old bridge is bound to nothing.
	in_ns ip link del ng-default
	nat up default
	listens 192.168.22.9 53
	listens 0.0.0.0%ng-default 67

	# Started without its address (a user's up leaves bridges alone), it has to be started again.
	echo 'allow default user=alice start' >"$NETWORK_POLICY"
	in_ns ip addr flush dev ng-default
	dnsmasq_kill default
	nat_as alice up default
	no listens 192.168.22.9 53
	nat up default
	listens 192.168.22.9 53
}

# Whatever the loader and dnsmasq say before it serves, somebody answers.
@test "a dnsmasq that says much before it starts, starts" {
	simple default nat
	for i in {1..9}; do echo "/nonexistent/$(printf '%080d' "$i").so"; done >/etc/ld.so.preload
	run in_ns "$NAT_SETUP" up default
	rm /etc/ld.so.preload
	[ "$status" -eq 0 ]
}

@test "what has dnsmasq's address for a moment longer is waited for; what keeps it is told" {
	simple default nat
	in_ns timeout 180 "$NG_TOOLS/talk" serve tcp 53 short 3>&- &
	wait_until serves_dns
	holder=$(here -f '^[^ ]*talk serve tcp 53 short')
	# Its patience is a second, and begins when the worker does.
	nat up default 3>&- &
	up=$!
	wait_until eval '[ -n "$(here -f "^network-worker up")" ]'
	kill "$holder"
	wait "$up"
	[ "$(dnsmasq_pid default | wc -l)" = 1 ]
	nat down default
	in_ns timeout 180 "$NG_TOOLS/talk" serve tcp 53 long 3>&- &
	wait_until serves_dns
	run --separate-stderr nat up default
	# Where one of them is timeout(1), its end may end the other first.
	here -f 'talk serve tcp 53 long' | xargs kill 2>/dev/null || :
	[ "$status" -eq 1 ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == *"dnsmasq of network 'default' does not start: "*"in use"* ]]
}

@test "a killed dnsmasq and flushed rules: status says so, reload heals, dnsmasq keeps its leases" {
	simple default nat
	nat up default
	echo '2000000000 52:54:00:aa:00:01 192.168.22.7 web *' >"$LEASES/default/leases"
	dnsmasq_kill default
	run --separate-stderr nat status default
	[ "$status" -eq 1 ]
	[[ "$output" == *"dnsmasq does not run; nat-setup reload default repairs it"* ]]
	nat reload default
	run nat status default
	[ "$status" -eq 0 ]
	in_ns nft flush ruleset
	run nat status default
	[ "$status" -eq 1 ]
	[[ "$output" == *"firewall rules are gone; nat-setup reload default repairs it"* ]]
	nat reload --all
	nat status default
	run nat leases default
	[[ "$output" == *192.168.22.7*52:54:00:aa:00:01*web* ]]
}

held_addresses() { in_ns nft list set bridge netgrant-default taken | grep -o '0x[0-9a-f]*' | sort; }

@test "leases: many that are long are read; what cannot be read is an error, and the rules stay" {
	network default '[network]' mode=nat '[ipv4]' address=172.20.0.1/16 dhcp=172.20.1.1-172.20.20.254
	nat up default
	name=$(printf 'h%.0s' {1..60})
	id=$(printf ':ab%.0s' {1..254})
	for ((i = 0; i < 1500; i++)); do
		echo "2000000000 52:54:00:01:$(printf %02x:%02x $((i / 250)) $((i % 250))) 172.20.$((i / 250 + 1)).$((i % 250 + 1)) $name$i 01$id"
	done >"$LEASES/default/leases"
	[ "$(stat -c %s "$LEASES/default/leases")" -gt $((1024 * 1024)) ]
	[ "$(nat leases default | wc -l)" = 1500 ]
	nat reload default
	held=$(held_addresses)
	grep -q 0xac1406fa <<<"$held" # 172.20.6.250
	truncate -s 65M "$LEASES/default/leases"
	for verb in reload leases; do
		run --separate-stderr nat "$verb" default
		said 1 "cannot read $LEASES/default/leases: File too large"
	done
	[ "$(held_addresses)" = "$held" ]
	# Where there are no rules, those without leases are better.
	in_ns nft flush ruleset
	run --separate-stderr nat reload default
	said 0 "cannot read $LEASES/default/leases: File too large"
	nat status default
	# What only dnsmasq's user can have made is told.
	rm "$LEASES/default/leases"
	mkdir "$LEASES/default/leases"
	run --separate-stderr nat reload default
	said 0 "warning: cannot read $LEASES/default/leases: Is a directory; it counts as empty"
}

@test "mac= of the bridge: the rules name that address from the first" {
	network default '[network]' mode=nat mac=02:aa:bb:cc:dd:ee '[ipv4]' address=192.168.22.1/24
	nat up default
	in_ns ip link show ng-default | grep -q 02:aa:bb:cc:dd:ee
	[ "$(in_ns nft list table bridge netgrant-default | grep -c 'ether saddr 02:aa:bb:cc:dd:ee drop')" -ge 1 ]
	if in_ns nft list table bridge netgrant-default | grep 02:6e:67; then return 1; fi
	first=$(in_ns nft list ruleset)
	nat reload default
	[ "$(in_ns nft list ruleset)" = "$first" ]
}

@test "reload takes the file afresh; and is for networks that are up" {
	simple default nat
	run --separate-stderr nat reload default
	said 1 "network 'default' is not up; nat-setup up default starts it"
	nat up default
	simple default nat 192.168.33
	nat reload default
	in_ns ip -4 -o addr show ng-default | grep -q '192.168.33.1/24'
	if in_ns ip -4 -o addr show ng-default | grep -q '192.168.22.1'; then return 1; fi
	grep -q 192.168.33 /run/netgrant/networks/default/dnsmasq.conf
	[ "$(dnsmasq_pid default | wc -l)" -eq 1 ]
}

@test "what the kernel's settings were comes back with the last network that needs them" {
	simple one nat 192.168.22
	simple two nat 192.168.23
	nat up one
	nat up two
	nat down one
	[ "$(in_ns cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
	nat down two
	[ "$(in_ns cat /proc/sys/net/ipv4/ip_forward)" = 0 ]
	# It was on before: it stays on.
	in_ns sysctl -qw net.ipv4.ip_forward=1
	nat up one
	nat down one
	[ "$(in_ns cat /proc/sys/net/ipv4/ip_forward)" = 1 ]
}

@test "an isolated network and one with an uplink leave ip_forward alone" {
	simple iso isolated
	nat up iso
	[ "$(in_ns cat /proc/sys/net/ipv4/ip_forward)" = 0 ]
	nat down iso
	network up '[network]' mode=nat uplink=up1 '[ipv4]' address=192.168.24.1/24
	nat up up
	[ "$(in_ns cat /proc/sys/net/ipv4/ip_forward)" = 0 ]
	[ "$(in_ns cat /proc/sys/net/ipv4/conf/up1/forwarding)" = 1 ]
	nat down up
	[ "$(in_ns cat /proc/sys/net/ipv4/conf/up1/forwarding)" = 0 ]
}

@test "row 33: a bridge of ours never listens to router advertisements" {
	network six '[network]' mode=isolated '[ipv6]' address=fd00:22::1/64
	in_ns sysctl -qw net.ipv6.conf.default.accept_ra=2
	nat up six
	[ "$(in_ns cat /proc/sys/net/ipv6/conf/ng-six/accept_ra)" = 0 ]
	in_ns ip -6 -o addr show ng-six | grep -q 'fd00:22::1/64'
}

@test "a subnet that the host uses is refused, with the name of the device" {
	in_ns ip addr add 192.168.22.77/16 dev up1
	simple default nat
	before=$(world)
	run --separate-stderr nat up default
	said 1 "overlaps the host's address 192.168.22.77/16 on device 'up1'"
	in_ns ip addr del 192.168.22.77/16 dev up1
	in_ns ip addr add 10.0.0.1/24 dev up1
	in_ns ip route add 192.168.22.128/25 via 10.0.0.2
	run --separate-stderr nat up default
	said 1 "overlaps the host's route 192.168.22.128/25 on device 'up1'"
	in_ns ip route del 192.168.22.128/25
	in_ns ip addr del 10.0.0.1/24 dev up1
	if in_ns ip link show ng-default 2>/dev/null; then return 1; fi
	[ -z "$(in_ns nft list ruleset)" ]
}

@test "a route that comes later keeps no network from its rules; a wrong file is told to" {
	simple default nat
	nat up default
	in_ns ip addr add 10.0.0.1/24 dev up1
	in_ns ip route add 192.168.0.0/16 via 10.0.0.2
	in_ns nft flush ruleset
	run --separate-stderr nat reload default
	said 0 "warning: network 'default': address 192.168.22.1/24 overlaps the host's route 192.168.0.0/16 on device 'up1'"
	nat status default
	nat up default
	in_ns ip route del 192.168.0.0/16
	# An address that the network does not have yet is no matter of course.
	simple default nat 10.0.0
	run --separate-stderr nat reload default
	said 1 "address 10.0.0.1/24 overlaps the host's address 10.0.0.1/24 on device 'up1'"
	in_ns ip -4 -o addr show ng-default | grep -q 192.168.22.1/24
	if in_ns ip -4 -o addr show ng-default | grep -q 10.0.0; then return 1; fi
	bare="nat-setup: warning: network 'default' is up without its firewall rules, and nothing filters; until that is put right, nat-setup down default closes it"
	network default '[network]' mode=nta
	for verb in up reload status; do
		run --separate-stderr nat "$verb" default
		said 4 "$NETWORKS/default.conf:2: "
	done
	in_ns nft flush ruleset
	for verb in up reload status; do
		run --separate-stderr nat "$verb" default
		[ "$status" -eq 4 ]
		[[ "${stderr_lines[0]}" == "nat-setup: $NETWORKS/default.conf:2: "* ]]
		[ "${stderr_lines[1]}" = "$bare" ]
		[ "${#stderr_lines[@]}" -eq 2 ]
	done
	nat down default
	run --separate-stderr nat status default
	said 4 "$NETWORKS/default.conf:2: "
}

@test "another network's subnet is refused as well" {
	simple one nat
	simple two nat
	nat up one
	run --separate-stderr nat up two
	said 1 "on device 'ng-one'"
}

# It makes system calls of its own, and none of them under ptrace.
# bats test_tags=nosanitizers
@test "down takes away a bridge of another name that was only just made, and no other" {
	network default '[network]' mode=isolated bridge=lab '[ipv4]' address=192.168.22.1/24
	in_ns ip link add other group 0x6e6700 type bridge # the group of ours, but no address of ours
	half=0
	for ((n = 1; n < 200; n++)); do
		in_ns "$NG_TOOLS/killat" /network-worker "$n" "$NAT_SETUP" up default >/dev/null 2>&1 || :
		alias=$(in_ns cat /sys/class/net/lab/ifalias 2>/dev/null) && [ -z "$alias" ] && half=$((half + 1))
		rm "$NETWORKS/default.conf" # down takes no file
		nat down default
		no in_ns ip link show lab
		network default '[network]' mode=isolated bridge=lab '[ipv4]' address=192.168.22.1/24
		[ -z "$alias" ] || break
	done
	[ -n "$alias" ]
	[ "$half" -gt 0 ]
	in_ns ip link show other
	# The address that tells is not the one that the file asks for.
	network default '[network]' mode=isolated bridge=lab mac=52:54:00:99:99:99 '[ipv4]' address=192.168.22.1/24
	nat up default
	[ "$(in_ns cat /sys/class/net/lab/address)" = 52:54:00:99:99:99 ]
}

@test "a bridge that somebody else made is left alone, by up and by down" {
	simple default nat
	in_ns ip link add ng-default type bridge
	in_ns ip link set ng-default alias 'somebody else'
	before=$(in_ns ip -d -o link show ng-default | sed 's/ gc_timer *[0-9.]*//')
	run --separate-stderr nat up default
	said 1 "device 'ng-default', the bridge of network 'default', exists and was not made by nat-setup"
	nat down default
	[ "$(in_ns ip -d -o link show ng-default | sed 's/ gc_timer *[0-9.]*//')" = "$before" ]
	[ -z "$(in_ns nft list ruleset)" ]
}

@test "a wrong file: file and line, status 4, nothing changed" {
	network default '[network]' mode=nta
	before=$(world)
	run --separate-stderr nat up default
	said 4 "$NETWORKS/default.conf:2: "
	same_world "$before"
	run --separate-stderr nat up nowhere
	said 4 "there is no network 'nowhere': $NETWORKS/nowhere.conf does not exist"
	simple default nat
	chown alice "$NETWORKS/default.conf"
	run --separate-stderr nat up default
	said 4 "is owned by uid 62001; it must be owned by root"
}

@test "command lines that are wrong: status 2 and what would be right" {
	for words in 'start default' 'up' 'up a b' 'up --json a' 'list x' 'status a b' 'up ../x' 'up a/b' \
		'up .a' 'up -x' 'down --all x' 'reload --json x' "up $(printf 'a%.0s' {1..16})"; do
		# shellcheck disable=SC2086 # words are wanted
		run --separate-stderr nat $words
		[ "$status" -eq 2 ] || { echo "$words: $status $stderr" >&2; return 1; }
		[[ "$stderr" == "nat-setup: "* ]]
	done
	run --separate-stderr nat --network=default
	[ "$status" -eq 2 ]
	run --separate-stderr nat --fd=5
	[ "$status" -eq 2 ]
}

@test "who may: root; up, who has a rule with start; nobody else anything" {
	simple default nat
	run --separate-stderr nat_as alice up default
	said 3 "denied: no rule in $NETWORK_POLICY allows network 'default' to alice"
	echo 'allow default user=alice' >"$NETWORK_POLICY"
	run --separate-stderr nat_as alice up default
	said 3 "without the word 'start'"
	echo 'allow default user=alice start' >"$NETWORK_POLICY"
	run --separate-stderr nat_as bob up default
	said 3 "denied: no rule in"
	nat_as alice up default
	for verb in down reload; do
		run --separate-stderr nat_as alice "$verb" default
		said 3 "denied: only root may"
	done
	run --separate-stderr nat_as alice down --all
	said 3 "denied: only root may"
	nat status default
	# Questions are free.
	nat_as mallory status default
	nat_as mallory list
	nat_as mallory leases default
}

@test "start=admin in the file: no rule lets a user start it" {
	network default '[network]' mode=isolated start=admin '[ipv4]' address=192.168.22.1/24
	echo 'allow default user=alice start' >"$NETWORK_POLICY"
	run --separate-stderr nat_as alice up default
	said 3 "says start=admin: only root may start network 'default'"
	if in_ns ip link show ng-default 2>/dev/null; then return 1; fi
}

@test "a port: on the bridge, in its group, MTU and alias right; who is denied, and why" {
	network default '[network]' mode=isolated mtu=9000 '[ipv4]' address=192.168.22.1/24
	echo 'allow default user=alice limit=1' >"$NETWORK_POLICY"
	net_ask alice default --use-vnet --br=br0
	[ "$status" -eq 1 ]
	[[ "$stderr" == *"network 'default' is not up; root can start it with: nat-setup up default"* ]]
	nat up default
	net_hold one alice default --use-vnet --br=br0 --describe
	grep -q 'bridge=ng-default rule=/etc/netgrant/network.conf:1' "$BATS_TEST_TMPDIR/one"
	in_ns ip -d link show vnet0 | grep -q 'master ng-default'
	in_ns ip -d link show vnet0 | grep -q 'mtu 9000'
	# 18: no rule sees ARP to LLDP's address; nor does the host.
	in_ns ip -d link show vnet0 | grep -q ',NOARP,UP'
	in_ns ip -d link show vnet0 | grep -q 'alias netgrant uid=62001 helper=nat-setup rule=/etc/netgrant/network.conf:1'
	index=$(in_ns cat /sys/class/net/ng-default/ifindex)
	group=$(in_ns cat /sys/class/net/vnet0/netdev_group)
	[ $((group)) -eq $((0x40000000 | index)) ]
	net_ask alice default
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"uid 62001 holds 1 of the 1 ports it allows"* ]]
	net_ask bob default
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"no rule in /etc/netgrant/network.conf allows network 'default' to bob"* ]]
	release one
	nat down default
}

@test "guests=isolated: every port is, whatever the rule says" {
	network default '[network]' mode=isolated guests=isolated '[ipv4]' address=192.168.22.1/24
	echo 'allow default user=alice' >"$NETWORK_POLICY"
	nat up default
	net_hold one alice default
	in_ns bridge -d link show dev vnet0 | grep -q 'isolated on'
	release one
}

# What a port has: "MTU isolated|connected".
port_has() {
	local isolated=connected
	if in_ns bridge -d link show dev "$1" | grep -q 'isolated on'; then isolated=isolated; fi
	echo "$(in_ns cat "/sys/class/net/$1/mtu") $isolated"
}

@test "reload: ports that there are get the MTU, and are isolated, as the file says now" {
	network default '[network]' mode=isolated '[ipv4]' address=192.168.22.1/24
	echo 'allow default user=alice' >"$NETWORK_POLICY"
	nat up default
	net_hold one alice default
	in_ns ip tuntap add foreign mode tap
	in_ns ip link set foreign master ng-default
	[ "$(port_has vnet0)" = '1500 connected' ]
	network default '[network]' mode=isolated guests=isolated mtu=9000 '[ipv4]' address=192.168.22.1/24
	nat reload default
	[ "$(port_has vnet0)" = '9000 isolated' ]
	[ "$(port_has foreign)" = '1500 connected' ]
	[ "$(in_ns cat /sys/class/net/ng-default/mtu)" = 9000 ]
	# Whether its rule said so, nobody knows any more.
	network default '[network]' mode=isolated mtu=1400 '[ipv4]' address=192.168.22.1/24
	nat reload default
	[ "$(port_has vnet0)" = '1400 isolated' ]
	[ "$(in_ns cat /sys/class/net/ng-default/mtu)" = 1400 ]
	release one
}

# bats test_tags=nosanitizers
@test "a port that is stopped on its way while the network becomes isolated is none" {
	network default '[network]' mode=isolated '[ipv4]' address=192.168.22.1/24
	echo 'allow default user=alice' >"$NETWORK_POLICY"
	nat up default
	ip netns exec "$NS" timeout 120 "$NG_TOOLS/recv-fd" /usr/bin/strace -q -o "$BATS_TEST_TMPDIR/strace" -P /dev/net/tun \
		-e trace=open,openat -e inject=open,openat:signal=STOP:when=1 -u alice "$NAT_SETUP" --network=default '--fd={fd}' \
		>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	parent=$!
	echo "$parent" >>"$BATS_TEST_TMPDIR/pids"
	wait_until grep -q 'stopped by SIGSTOP' "$BATS_TEST_TMPDIR/strace"
	pid=$(here -f '^[^ ]*nat-setup --network=default')
	network default '[network]' mode=isolated guests=isolated '[ipv4]' address=192.168.22.1/24
	nat reload default
	kill -CONT "$pid"
	wait "$parent" || :
	grep -q "nat-setup: network 'default' was changed at this moment; ask again" "$BATS_TEST_TMPDIR/out"
	grep -q '^descriptors=0' "$BATS_TEST_TMPDIR/out"
}

@test "a rule with start: the first request brings the network up, as nobody's child" {
	simple default nat
	echo 'allow default user=alice start' >"$NETWORK_POLICY"
	net_ask alice default --use-vnet
	[ "$status" -eq 0 ]
	[ "$(value tap)" = 1 ]
	pid=$(dnsmasq_pid default)
	# Row 24: no group; 72: what it inherits is what it needs; 63: no terminal; and no descriptor
	# of the caller's.
	[ "$(sed -n 's/^Groups:[[:space:]]*//p' "/proc/$pid/status")" = '' ]
	[ "$(sed -n 's/^Uid:[[:space:]]*//p' "/proc/$pid/status" | tr '\t' ' ')" = '62200 62200 62200 62200' ]
	[ "$(sed -n 's/^NoNewPrivs:[[:space:]]*//p' "/proc/$pid/status")" = 1 ]
	[ "$(tr '\0' ' ' <"/proc/$pid/environ")" = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C ' ]
	awk '{ exit $7 != 0 }' "/proc/$pid/stat" # tty_nr
	if readlink "/proc/$pid/fd/"* | grep -vE '^(/dev/null|socket:|anon_inode|pipe:|/dev/urandom|/var/lib/netgrant/default/leases|inotify)'; then return 1; fi
	caps=$((0x$(sed -n 's/^CapPrm:[[:space:]]*//p' "/proc/$pid/status")))
	[ $((caps & ~0x3400)) -eq 0 ]
}

@test "twenty users at once, the network down: it comes up once, and all get a port" {
	simple default nat
	echo 'allow default start' >"$NETWORK_POLICY"
	for i in {1..20}; do
		user=$(printf 'alice bob carol mallory' | cut -d' ' -f $((i % 4 + 1)))
		as_user "$user" "$NG_TOOLS/recv-fd" "$NAT_SETUP" --network=default '--fd={fd}' \
			>"$BATS_TEST_TMPDIR/r$i" 2>&1 3>&- &
		echo $! >>"$BATS_TEST_TMPDIR/asked"
	done
	while read -r pid; do wait "$pid" || echo "failed: $pid" >>"$BATS_TEST_TMPDIR/failed"; done <"$BATS_TEST_TMPDIR/asked"
	[ ! -e "$BATS_TEST_TMPDIR/failed" ] || { cat "$BATS_TEST_TMPDIR"/r* >&2; return 1; }
	[ "$(grep -l '^descriptors=1' "$BATS_TEST_TMPDIR"/r* | wc -l)" -eq 20 ]
	[ "$(dnsmasq_pid default | wc -l)" -eq 1 ]
	nat down default
}

# How many processes wait for the last port of a network here.
watchers() {
	in_ns bash -c 'pgrep -c --ns $$ --nslist net -f "[n]etwork-worker watch default"' || :
}

@test "stop=last-port: it goes down with its last port, not before, and whoever ends it" {
	network default '[network]' mode=isolated stop=last-port '[ipv4]' address=192.168.22.1/24 \
		dhcp=192.168.22.2-192.168.22.9
	echo 'allow default user=alice start' >"$NETWORK_POLICY"
	nat up default
	nat down default
	down=$(end_state default)
	nat up default
	nat up default # does not start a second watcher
	sleep 2.5
	nat status default # it never had a port
	[ "$(watchers)" -eq 1 ]
	net_hold one alice default
	net_hold two alice default
	release one
	sleep 2.5
	nat status default
	release two
	wait_until no nat status default
	same_state "$down" default
	# A port within the grace saves it.
	net_hold one alice default
	release one
	net_hold two alice default
	sleep 2.5
	nat status default
	release two
	# Down by hand ends the watcher, too.
	nat down default
	wait_until eval '[ "$(watchers)" -eq 0 ]'
	[ "$(watchers)" -eq 0 ]
}

@test "stop=last-port: ports that come and go all the time find the network up, or are told" {
	network default '[network]' mode=isolated stop=last-port '[ipv4]' address=192.168.22.1/24
	echo 'allow default start' >"$NETWORK_POLICY"
	ask_often() {
		for i in {1..6}; do
			in_ns "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" "$NAT_SETUP" --network=default '--fd={fd}' 2>&1
			sleep "$1"
		done
	}
	asked=()
	for pause in 2.0 2.01 1.99 0.5; do
		ask_often "$pause" >"$BATS_TEST_TMPDIR/often.$pause" 3>&- &
		asked+=($!)
	done
	wait "${asked[@]}" || :
	if grep -h '^nat-setup' "$BATS_TEST_TMPDIR"/often.* | grep -v 'went down at this moment; ask again'; then return 1; fi
	[ "$(cat "$BATS_TEST_TMPDIR"/often.* | grep -c '^descriptors=1')" -ge 20 ]
}

@test "a dnsmasq of the same name in another network namespace is somebody else's" {
	simple default isolated
	other=ng-other-$BATS_TEST_NUMBER-$$
	ip netns add "$other"
	# As in a container: its own state, the same numbers.
	mkdir -p "$BATS_TEST_TMPDIR"/{run,lib}
	in_other() {
		timeout 90 ip netns exec "$other" unshare --mount --propagation private bash -c '
			mkdir -p /run/netgrant /var/lib/netgrant
			mount --bind "$1/run" /run/netgrant
			mount --bind "$1/lib" /var/lib/netgrant
			shift
			exec "$@"' other "$BATS_TEST_TMPDIR" "$@"
	}
	dnsmasq_in() { ip netns pids "$1" | xargs -r ps -o comm= -p | grep -c dnsmasq; }
	nat up default
	in_other "$NAT_SETUP" up default
	[ "$(dnsmasq_in "$NS")" = 1 ]
	[ "$(dnsmasq_in "$other")" = 1 ]
	nat down default
	[ "$(dnsmasq_in "$other")" = 1 ]
	in_other "$NAT_SETUP" status default
	run --separate-stderr nat status default
	[ "$status" -eq 1 ]
	in_other "$NAT_SETUP" down default
	[ "$(dnsmasq_in "$other")" = 0 ]
	ip netns del "$other"
}

@test "a user's up starts a dnsmasq that died, and leaves the rules of a network that is up alone" {
	simple default nat
	echo 'allow default user=alice start' >"$NETWORK_POLICY"
	nat up default
	in_ns nft add chain inet netgrant-default seen
	dnsmasq_kill default
	nat_as alice up default
	[ "$(dnsmasq_pid default | wc -l)" -eq 1 ]
	in_ns nft list chain inet netgrant-default seen
	nat status default
}

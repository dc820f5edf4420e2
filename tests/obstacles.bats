#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Other firewalls in a network's way: up and status name what blocks and what helps; the command
# is run as it was told, the obstacle is gone, and packets pass that did not before.
bats_require_minimum_version 1.5.0

load lib
load net

# A guest in a namespace of its own, by a veth on the bridge in place of a tap, with an address of
# its own choosing; and the world, behind up1.
setup() {
	net_setup
	GUEST=ng-guest-$BATS_TEST_NUMBER-$$ WORLD=ng-world-$BATS_TEST_NUMBER-$$
	ip netns add "$GUEST"
	ip netns add "$WORLD"
	# up0, of lib.bash, is on br0: the test's host has a way out of its own.
	in_ns ip link add out0 type veth peer name eth0 netns "$WORLD"
	in_ns ip addr add 10.99.0.1/24 dev out0
	in_ns ip link set out0 up
	ip -n "$WORLD" addr add 10.99.0.2/24 dev eth0
	ip -n "$WORLD" link set eth0 up
	ip -n "$WORLD" link set lo up
	in_ns ip route add default via 10.99.0.2
}

teardown() {
	netns_end "$GUEST" "$WORLD" "$GUEST-2"
	net_teardown
}

# plug NAMESPACE NETWORK LAST-BYTE [TRIES]: as nat-setup would, but with an end that is easy to use. The
# port is in the group of the bridge's ports, and its lease is known.
plug() {
	local ns=$1 bridge=ng-$2 ip=192.168.22.$3 dev=p$3 group
	group=$((0x40000000 | $(in_ns cat "/sys/class/net/$bridge/ifindex")))
	in_ns ip link add "$dev" type veth peer name eth0 netns "$ns"
	# ip(8) takes no group that large.
	in_ns sh -c "echo $group >/sys/class/net/$dev/netdev_group"
	in_ns ip link set "$dev" master "$bridge" up
	ip -n "$ns" link set lo up
	ip -n "$ns" link set eth0 up
	lease "$ns" "${4-12}" -r "$ip"
}

# lease NAMESPACE TRIES [OPTION...]: one try a second. dnsmasq asks three seconds long whether
# somebody has the address.
lease() {
	local ns=$1 tries=$2
	shift 2
	timeout 90 ip netns exec "$ns" busybox udhcpc -i eth0 -n -q -f -t "$tries" -T 1 -A 1 \
		-s "$BATS_TEST_TMPDIR/udhcpc" "$@"
}

udhcpc_script() {
	cat >"$BATS_TEST_TMPDIR/udhcpc" <<-'S'
		#!/bin/sh
		[ "$1" = bound ] || exit 0
		ip addr add "$ip/24" dev "$interface"
		ip route add default via "$router"
	S
	chmod +x "$BATS_TEST_TMPDIR/udhcpc"
}

# Does a packet pass? Each within two seconds.
out() { timeout 5 ip netns exec "$GUEST" ping -c 1 -W 2 -q 10.99.0.2 >/dev/null; }
between() { timeout 5 ip netns exec "$GUEST" ping -c 1 -W 2 -q 192.168.22.6 >/dev/null; }
dns() { timeout 5 ip netns exec "$GUEST" busybox nslookup -type=a default.internal 192.168.22.1 2>&1 | grep -qE 'NXDOMAIN|Name:|No answer|can.t find'; }
to_host() { timeout 5 ip netns exec "$GUEST" ping -c 1 -W 2 -q 192.168.22.1 >/dev/null; }

# many add|delete: tables as of twenty networks
many() { printf "$1 table inet netgrant-x%d\n" {1..40} | in_ns nft -f -; }

# status [OPTION]: with many networks a firewall is looked at in another way, and looks the same.
status() {
	nat status default "$@" >"$BATS_TEST_TMPDIR/few"
	many add
	nat status default "$@" >"$BATS_TEST_TMPDIR/many"
	many delete
	diff "$BATS_TEST_TMPDIR/few" "$BATS_TEST_TMPDIR/many" >&2 || printf '"what":\n"what":\n"what":\n    remedy: false\n'
	cat "$BATS_TEST_TMPDIR/few"
}

obstacles() { status --json | grep -c '"what":' || :; }
# The commands that status names, one a line.
remedies() { status | sed -n 's/^    remedy: //p'; }
# Runs them, as root of that host would.
heed() {
	remedies >"$BATS_TEST_TMPDIR/remedies"
	[ -s "$BATS_TEST_TMPDIR/remedies" ]
	in_ns bash -e "$BATS_TEST_TMPDIR/remedies"
}

@test "docker: FORWARD drops; up warns, the remedy goes where Docker leaves it" {
	command -v iptables >/dev/null || skip 'no iptables'
	udhcpc_script
	simple default nat
	in_ns iptables -P FORWARD DROP
	in_ns iptables -N DOCKER-USER
	in_ns iptables -A DOCKER-USER -j RETURN
	in_ns iptables -A FORWARD -j DOCKER-USER
	in_ns iptables -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
	run -0 --separate-stderr nat up default
	[ "${#stderr_lines[@]}" = 1 ]
	[[ $stderr == "nat-setup: warning: chain 'FORWARD' of the firewall table 'ip filter' drops what it does not know; remedy: iptables -I DOCKER-USER -i ng-default -j ACCEPT"* ]]
	plug "$GUEST" default 5
	if out; then return 1; fi
	[ "$(obstacles)" = 1 ]
	heed
	[ "$(obstacles)" = 0 ]
	wait_until out
	in_ns iptables -S DOCKER-USER | grep -q -- '-i ng-default -j ACCEPT'
	nat down default
}

@test "docker: where the first half of the remedy was run only, the other is told" {
	command -v iptables >/dev/null || skip 'no iptables'
	udhcpc_script
	simple default nat
	in_ns iptables -P FORWARD DROP
	in_ns iptables -N DOCKER-USER
	in_ns iptables -A FORWARD -j DOCKER-USER
	in_ns iptables -A DOCKER-USER -i ng-default -j ACCEPT
	# Speaks of the bridge, and is never reached.
	in_ns iptables -N ELSEWHERE
	in_ns iptables -A ELSEWHERE -o ng-default -j ACCEPT
	nat up default
	plug "$GUEST" default 5
	if out; then return 1; fi
	[ "$(remedies)" = 'iptables -I DOCKER-USER -o ng-default -j ACCEPT' ]
	heed
	[ "$(obstacles)" = 0 ]
	wait_until out
	nat down default
}

@test "ufw itself: input, forward; each by ufw's own commands" {
	command -v ufw >/dev/null || skip 'no ufw'
	udhcpc_script
	simple default nat
	# Its start calls for modules, which a sandbox has no business with.
	in_ns ufw --force enable
	in_ns ufw status verbose | grep -q 'deny (incoming)'
	run -0 --separate-stderr nat up default
	[ "$(remedies | sort)" = "$(printf '%s\n' 'ufw allow in on ng-default' \
		'ufw route allow in on ng-default; ufw route allow out on ng-default')" ]
	[ "${#stderr_lines[@]}" = 2 ]
	if plug "$GUEST" default 5 5; then return 1; fi
	ip -n "$GUEST" addr add 192.168.22.5/24 dev eth0
	if dns; then return 1; fi
	heed
	[ "$(obstacles)" = 0 ]
	ip -n "$GUEST" addr flush dev eth0
	lease "$GUEST" 12
	wait_until out
	wait_until dns
	in_ns ufw reload
	[ "$(obstacles)" = 0 ]
	wait_until out
	in_ns ufw --force disable
	nat down default
}

# As firewalld 1.3 makes it, with the zones public (the default) and trusted, and the devices
# of the second. Its reload replaces the table as a whole.
firewalld() {
	local dev chain
	{
		echo 'table inet firewalld; delete table inet firewalld'
		echo 'table inet firewalld {'
		for chain in INPUT FWD; do
			echo "chain filter_${chain}_trusted { accept; }"
			echo "chain filter_${chain}_public { meta l4proto { icmp, ipv6-icmp } accept; }"
		done
		echo 'chain filter_INPUT_ZONES {'
		for dev in "$@"; do echo "iifname \"$dev\" goto filter_INPUT_trusted"; done
		echo 'goto filter_INPUT_public; }'
		echo 'chain filter_FORWARD_ZONES {'
		for dev in "$@"; do echo "iifname \"$dev\" goto filter_FWD_trusted"; done
		echo 'goto filter_FWD_public; }'
		echo 'chain filter_INPUT { type filter hook input priority filter + 10; policy accept;
			ct state { established, related } accept; iifname "lo" accept
			ct state invalid drop; jump filter_INPUT_ZONES; reject with icmpx admin-prohibited; }'
		echo 'chain filter_FORWARD { type filter hook forward priority filter + 10; policy accept;
			ct state { established, related } accept; ct status dnat accept; iifname "lo" accept
			ct state invalid drop; jump filter_FORWARD_ZONES; reject with icmpx admin-prohibited; }'
		echo '}'
	} | in_ns nft -f -
}

@test "firewalld: its last rules reject; a zone for the bridge, and one remedy for both chains" {
	udhcpc_script
	simple default nat
	firewalld
	nat up default
	[ "$(remedies)" = 'firewall-cmd --permanent --zone=trusted --add-interface=ng-default && firewall-cmd --reload' ]
	if plug "$GUEST" default 5 5; then return 1; fi
	# Another device's zone helps nobody.
	firewalld ng-defaul ng-default2
	[ "$(obstacles)" = 1 ]
	# What that command makes of it.
	firewalld ng-default
	[ "$(obstacles)" = 0 ]
	lease "$GUEST" 12
	wait_until out
	nat down default
}

@test "plain nftables: input and forward with policy drop, by policy or by a last rule" {
	udhcpc_script
	simple default nat
	for policy in 'policy drop;' 'policy accept;'; do
		last='counter drop'
		[ "$policy" = 'policy accept;' ] || last=''
		in_ns nft -f - <<-N
			table inet filter {
				chain common { ct state established,related accept; }
				chain input { type filter hook input priority 0; $policy jump common; iifname lo accept; tcp dport 22 accept; $last; }
				chain forward { type filter hook forward priority 0; $policy jump common; $last; }
				chain output { type filter hook output priority 0; policy accept; }
			}
		N
		nat up default
		[ "$(obstacles)" = 2 ]
		if plug "$GUEST" default 5 5; then return 1; fi
		heed
		[ "$(obstacles)" = 0 ]
		lease "$GUEST" 12
		wait_until out
		wait_until dns
		# The host's own services stay closed to guests, whatever that firewall now lets pass.
		in_ns busybox nc -l -p 22 >/dev/null 3>&- &
		echo $! >>"$BATS_TEST_TMPDIR/pids"
		sleep 0.3
		if timeout 3 ip netns exec "$GUEST" busybox nc -w 2 192.168.22.1 22 </dev/null; then return 1; fi
		nat down default
		in_ns nft delete table inet filter
		netns_end "$GUEST"
		ip netns add "$GUEST"
	done
}

@test "chains whose names nft cannot ask for are seen" {
	command -v iptables >/dev/null || skip 'no iptables'
	simple default nat
	for chain in dynamic '~log0'; do
		in_ns iptables -N "$chain"
		in_ns iptables -A FORWARD -j "$chain"
	done
	in_ns iptables -P FORWARD DROP
	nat up default
	[ "$(obstacles)" = 1 ]
	in_ns iptables -A dynamic -i ng-default -j ACCEPT
	in_ns iptables -A '~log0' -o ng-default -j ACCEPT
	[ "$(obstacles)" = 0 ]
	# Text of a rule that looks like a set's name is no command.
	in_ns nft add set ip filter x '{ type ipv4_addr; }'
	in_ns nft insert rule ip filter FORWARD log prefix '"@x; add table ip made"'
	[ "$(obstacles)" = 0 ]
	no in_ns nft list table ip made
	nat down default
}

@test "what lets the network pass is seen: by a pattern, a set, a map, the subnet" {
	simple default nat
	nat up default
	for rule in 'iifname "ng-*" accept' 'iifname { "eth0", "ng-default" } accept' 'iifname @guests accept' \
		'iifname vmap { "lo" : accept, "ng-default" : goto guests }' 'iifname vmap @zones' \
		'ip saddr 192.168.22.0/24 accept'; do
		in_ns nft -f - <<-N
			table inet own {
				set guests { type ifname; elements = { "ng-default", "tap0" }; }
				chain guests { accept; }
				map zones { type ifname : verdict; elements = { "ng-default" : jump guests }; }
				chain input { type filter hook input priority 0; policy drop; $rule; }
				chain forward { type filter hook forward priority 0; policy drop; ct state established accept; $rule; }
			}
		N
		[ "$(obstacles)" = 0 ] || { echo "$rule: $(nat status default)" >&2; return 1; }
		in_ns nft delete table inet own
	done
	for rule in 'iifname "ng-d" accept' 'iifname "ng-default" drop' 'ip saddr 192.168.23.0/24 accept' \
		'iifname @guests accept' 'iifname vmap @zones'; do
		in_ns nft -f - <<-N
			table inet own {
				set guests { type ifname; elements = { "tap0" }; }
				chain guests { accept; }
				map zones { type ifname : verdict; elements = { "tap0" : jump guests }; }
				chain input { type filter hook input priority 0; policy drop; $rule; }
			}
		N
		[ "$(obstacles)" = 1 ] || { echo "$rule: $(nat status default)" >&2; return 1; }
		in_ns nft delete table inet own
	done
	nat down default
}

@test "what does not concern the network is not told" {
	simple default isolated
	nat up default
	in_ns nft -f - <<-N
		table inet own { chain forward { type filter hook forward priority 0; policy drop; }; }
		table ip6 six { chain input { type filter hook input priority 0; policy drop; }; }
		table inet nat { chain prerouting { type nat hook prerouting priority 0; }; }
		table netdev own { }
	N
	if [ -e /proc/sys/net/bridge ]; then in_ns sysctl -qw net.bridge.bridge-nf-call-iptables=0; fi
	[ "$(obstacles)" = 0 ]
	nat down default
}

@test "br_netfilter: frames between guests meet another firewall, even of an isolated network" {
	in_ns test -e /proc/sys/net/bridge/bridge-nf-call-iptables || skip 'no br_netfilter'
	udhcpc_script
	simple default isolated
	in_ns sysctl -qw net.bridge.bridge-nf-call-iptables=1
	in_ns nft 'table ip own { chain forward { type filter hook forward priority 0; policy drop; }; }'
	nat up default
	ip netns add "$GUEST-2"
	plug "$GUEST" default 5
	plug "$GUEST-2" default 6
	if between; then return 1; fi
	nat status default | grep -q 'frames between guests included (net.bridge.bridge-nf-call-iptables is 1)'
	heed
	[ "$(obstacles)" = 0 ]
	wait_until between
	in_ns nft delete table ip own
	wait_until between
	nat down default
}

@test "mode open: the remedy opens DHCP and DNS only" {
	udhcpc_script
	simple default open
	in_ns nft 'table inet filter { chain input { type filter hook input priority 0; policy drop; }; }'
	nat up default
	heed
	[ "$(obstacles)" = 0 ]
	plug "$GUEST" default 5
	wait_until dns
	if to_host; then return 1; fi
	nat down default
}

@test "the bridge family, and IPv6: each only where the network has it" {
	network default '[network]' mode=route '[ipv6]' address=fd00:22::1/64
	in_ns ip -6 route add default dev out0
	in_ns nft -f - <<-'N'
		table ip six { chain input { type filter hook input priority 0; policy drop; }; }
		table ip6 six { chain forward { type filter hook forward priority 0; policy drop; }; }
		table bridge own { chain forward { type filter hook forward priority 0; policy drop; }; }
	N
	nat up default
	[ "$(remedies | sort)" = "$(printf '%s\n' \
		"nft 'insert rule bridge own forward meta ibrname \"ng-default\" accept'; nft 'insert rule bridge own forward meta obrname \"ng-default\" accept'" \
		"nft 'insert rule ip6 six forward meta iifname \"ng-default\" accept'; nft 'insert rule ip6 six forward meta oifname \"ng-default\" accept'")" ]
	# Not every kernel can tell the bridge of a frame (nft_meta_bridge).
	if in_ns nft -c 'insert rule bridge own forward meta ibrname "x" accept' 2>/dev/null; then
		heed
		[ "$(obstacles)" = 0 ]
	fi
	nat down default
}

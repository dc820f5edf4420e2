#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What networks change of the host's settings: each gets what it needs, in whatever order they come
# and go, and the host has in the end what it had before, the routes that it learned included.
bats_require_minimum_version 1.5.0

load lib
load net

setup() { net_setup; }
teardown() { net_teardown; }

# settings: all that networks may change, but for the devices of their own.
settings() {
	in_ns bash -c 'for f in /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv4/conf/all/accept_redirects \
		/proc/sys/net/ipv[46]/conf/*/{forwarding,accept_ra}; do
		case $f in */ng-*) ;; *) read -r v 2>/dev/null <"$f" && echo "$f $v" ;; esac
	done'
}

# is VALUE PATH...: each of these below /proc/sys/net.
is() {
	local value=$1 path
	shift
	for path; do
		[ "$(in_ns cat "/proc/sys/net/$path")" = "$value" ] || {
			echo "$path is $(in_ns cat "/proc/sys/net/$path"), not $value" >&2
			return 1
		}
	done
}

# same_settings SETTINGS
same_settings() { diff <(echo "$1") <(settings) >&2; }

# One with an uplink, two whose way out is the default route, one without a way.
four_networks() {
	network b '[network]' mode=nat uplink=up1 '[ipv4]' address=192.168.31.1/24
	network a '[network]' mode=nat '[ipv4]' address=192.168.30.1/24
	network c '[network]' mode=route '[ipv4]' address=192.168.32.1/24 '[ipv6]' address=fd00:32::1/64
	network iso '[network]' mode=isolated '[ipv4]' address=192.168.33.1/24
	in_ns ip link add own0 type veth peer name own1
	in_ns sysctl -qw net.ipv4.conf.own0.forwarding=1 net.ipv6.conf.own0.forwarding=1 \
		net.ipv4.conf.all.accept_redirects=0
}

@test "down takes forwarding from no other network, and from no device that had it by itself" {
	four_networks
	before=$(settings)
	nat up b
	nat up a
	nat down a
	is 0 ipv4/ip_forward ipv4/conf/up0/forwarding
	is 1 ipv4/conf/up1/forwarding ipv4/conf/ng-b/forwarding ipv4/conf/own0/forwarding
	nat down b
	same_settings "$before"
}

@test "the other way round: a network that came later needs what the first one turned on" {
	four_networks
	before=$(settings)
	nat up a
	nat up b
	nat down b
	is 1 ipv4/ip_forward ipv4/conf/up1/forwarding ipv4/conf/ng-a/forwarding
	nat up b
	nat up c
	nat down a
	is 1 ipv4/ip_forward ipv4/conf/ng-b/forwarding ipv4/conf/ng-c/forwarding
	nat down c
	is 0 ipv4/ip_forward ipv4/conf/up0/forwarding ipv6/conf/all/forwarding
	is 1 ipv4/conf/up1/forwarding ipv4/conf/ng-b/forwarding ipv4/conf/own0/forwarding
	nat down b
	same_settings "$before"
}

@test "what was on before stays on; what somebody changes meanwhile stays changed" {
	four_networks
	in_ns sysctl -qw net.ipv4.ip_forward=1
	in_ns sysctl -qw net.ipv4.conf.up1.forwarding=0
	before=$(settings)
	nat up b
	is 1 ipv4/conf/up1/forwarding
	nat up a
	nat down a
	is 1 ipv4/conf/up1/forwarding
	nat down b
	same_settings "$before"
	in_ns sysctl -qw net.ipv4.ip_forward=0
	in_ns sysctl -qw net.ipv4.conf.own0.forwarding=1
	nat up b
	nat up a
	in_ns sysctl -qw net.ipv4.conf.own0.forwarding=0
	nat reload a
	nat down a
	is 0 ipv4/conf/own0/forwarding
	# Somebody else passes packets on by now, and by this device, too.
	in_ns sysctl -qw net.ipv4.ip_forward=1
	nat down b
	is 1 ipv4/ip_forward ipv4/conf/up1/forwarding
}

@test "an isolated network's bridge forwards nothing, whatever others turn on and off" {
	four_networks
	nat up iso
	nat up a
	is 1 ipv4/conf/ng-a/forwarding
	is 0 ipv4/conf/ng-iso/forwarding
	nat up c
	is 0 ipv4/conf/ng-iso/forwarding
	nat down --all
	nat up a
	nat up iso
	is 0 ipv4/conf/ng-iso/forwarding
	# A reload that closes one, and a switch that is turned on again.
	network a '[network]' mode=isolated '[ipv4]' address=192.168.30.1/24
	nat reload a
	is 0 ipv4/conf/ng-a/forwarding
	in_ns sysctl -qw net.ipv4.ip_forward=0
	nat up c
	is 1 ipv4/ip_forward
	is 0 ipv4/conf/ng-a/forwarding ipv4/conf/ng-iso/forwarding
}

@test "forwarding that somebody else's firewall came to rely on stays, and that is told" {
	four_networks
	in_ns nft 'add table inet filter { chain forward { type filter hook forward priority 0; policy drop; }; }'
	before=$(settings)
	nat up a 2>/dev/null # warns of that chain
	nat up c 2>/dev/null
	nat down a
	# A reload of the host's own firewall is no news.
	in_ns nft 'delete table inet filter; add table inet filter { chain forward { type filter hook forward priority 0; }; }'
	run --separate-stderr nat down c
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	same_settings "$before"
	for chain in 'forward { type filter hook forward priority 0' 'post { type nat hook postrouting priority 100'; do
		nat up a
		nat up c
		nat down a
		in_ns nft "add table ip docker { chain $chain; }; }"
		run --separate-stderr nat down c
		[ "$status" -eq 0 ]
		[ "${#stderr_lines[@]}" -eq 1 ]
		[[ $stderr == "nat-setup: warning: /proc/sys/net/ipv4/ip_forward stays 1, because the firewall table 'ip docker' came while it was; "* ]]
		is 1 ipv4/ip_forward ipv4/conf/up1/forwarding ipv4/conf/own0/forwarding
		is 0 ipv6/conf/all/forwarding
		in_ns nft delete table ip docker
		in_ns sysctl -qw net.ipv4.ip_forward=0
	done
}

learned() { in_ns ip -6 route show default | grep 'via fe80::99 dev up1 proto ra'; }

advertised() {
	in_ns "$NG_TOOLS/frames" send br0 icmp6 icmp=134 src=02:00:00:00:00:99 from=fe80::99
	learned
}

# router: up1 listens to routers, and has learned a default route from one.
router() {
	in_ns sysctl -qw net.ipv6.conf.up1.disable_ipv6=0 net.ipv6.conf.up1.accept_ra=1
	wait_until advertised
}

@test "an IPv6 network does not take away the default route that the host learned" {
	four_networks
	router
	before=$(settings)
	nat up c
	is 1 ipv6/conf/all/forwarding
	learned
	# It is still listened to.
	in_ns ip -6 route del default proto ra
	wait_until advertised
	network d '[network]' mode=route '[ipv6]' address=fd00:34::1/64
	nat up d
	nat down c
	learned
	is 2 ipv6/conf/up1/accept_ra
	nat down d
	learned
	same_settings "$before"
}

@test "a host that goes on passing IPv6 on goes on listening to routers" {
	four_networks
	router
	nat up c
	in_ns nft 'add table ip6 docker { chain forward { type filter hook forward priority 0; }; }'
	run --separate-stderr nat down c
	[[ $stderr == "nat-setup: warning: /proc/sys/net/ipv6/conf/all/forwarding stays 1, "* ]]
	is 1 ipv6/conf/all/forwarding
	is 2 ipv6/conf/up1/accept_ra
	learned
}

@test "a reload changes nothing of what somebody has set of other devices" {
	four_networks
	in_ns sysctl -qw net.ipv4.ip_forward=1
	in_ns sysctl -qw net.ipv4.conf.own0.forwarding=0
	nat up a
	nat up c
	in_ns sysctl -qw net.ipv4.conf.own0.forwarding=1
	nat reload a
	nat reload c
	is 1 ipv4/conf/own0/forwarding
}

@test "networks that were up before an upgrade: nobody's table is taken for a new one" {
	four_networks
	in_ns nft 'add table inet filter { chain forward { type filter hook forward priority 0; }; }'
	nat up a 2>/dev/null
	# What was remembered before tables were.
	sed -i '/^nft/d' /run/netgrant/networks/a/settings
	run --separate-stderr nat down a
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	is 0 ipv4/ip_forward
}

@test "up after a killed down: what is changed from then on stays changed" {
	four_networks
	nat up b
	nat up a
	sed -i 's/^\(ipv4.*own0.*\) [^ ]*$/\1 !/; s/^\(ipv4.ip_forward\) 0 1$/\1 0 !/' /run/netgrant/networks/a/settings
	grep -q 'own0/forwarding 1 !' /run/netgrant/networks/a/settings
	nat up a
	if grep '!' /run/netgrant/networks/a/settings; then return 1; fi
	in_ns sysctl -qw net.ipv4.conf.own0.forwarding=0
	nat down a
	is 0 ipv4/conf/own0/forwarding ipv4/ip_forward
}

@test "who does not listen to routers is not made to" {
	network b '[network]' mode=route uplink=up1 '[ipv6]' address=fd00:31::1/64
	in_ns sysctl -qw net.ipv6.conf.up1.disable_ipv6=0 net.ipv6.conf.up1.accept_ra=0
	# As NetworkManager and systemd-networkd do it.
	in_ns ip -6 addr add 2001:db8:9::1/64 dev up1 nodad
	in_ns ip -6 route add default via 2001:db8:9::2 dev up1 proto ra
	nat up b
	is 0 ipv6/conf/up1/accept_ra
	in_ns ip -6 route show default | grep -q 'proto ra'
}

# It makes system calls of its own, and none of them under ptrace.
# bats test_tags=nosanitizers
@test "killed at every system call of down: the next one puts back what the first one has not" {
	four_networks
	before=$(settings)
	nat up b
	nat up iso
	calls=
	for ((n = 1; n < 200; n++)); do
		nat up a
		in_ns "$NG_TOOLS/killat" /network-worker "$n" "$NAT_SETUP" down a >"$BATS_TEST_TMPDIR/killed" 2>&1 || :
		nat down a
		is 0 ipv4/ip_forward ipv4/conf/up0/forwarding ipv4/conf/ng-iso/forwarding ipv4/conf/all/accept_redirects || break
		is 1 ipv4/conf/up1/forwarding ipv4/conf/ng-b/forwarding ipv4/conf/own0/forwarding || break
		calls=$(sed -n 's/^ended //p' "$BATS_TEST_TMPDIR/killed")
		[ -z "$calls" ] || break
	done
	[ -n "$calls" ] || { echo "killed at call $n of down" >&2; return 1; }
	[ "$calls" -gt 20 ]
	nat down --all
	same_settings "$before"
}

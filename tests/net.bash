# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # bats sets status, output and stderr
# For tests of virtual networks, on top of lib.bash: each test has a namespace as its host.

NAT_SETUP=$HELPERS/nat-setup
NETWORKS=/etc/netgrant/networks
NETWORK_POLICY=/etc/netgrant/network.conf
LEASES=/var/lib/netgrant

net_setup() {
	ns_setup
	mkdir -p "$NETWORKS"
	rm -rf /run/netgrant "$LEASES"
}

net_teardown() {
	local pid
	for pid in $(pgrep -u netgrant-dnsmasq); do
		# Only those of this sandbox: the user has this number on the host, too.
		[ "$(readlink "/proc/$pid/ns/net")" = "$(in_ns readlink /proc/self/ns/net)" ] && kill -9 "$pid"
	done
	ns_teardown
	rm -rf /run/netgrant "$LEASES"
}

# network NAME [LINE...]: its file; the lines of standard input where none are given.
network() {
	local name=$1
	shift
	if [ $# -gt 0 ]; then printf '%s\n' "$@"; else cat; fi >"$NETWORKS/$name.conf"
}

# simple NAME MODE [SUBNET]: a network that is good enough for most.
simple() {
	network "$1" '[network]' "mode=$2" '[ipv4]' "address=${3-192.168.22}.1/24" \
		"dhcp=${3-192.168.22}.2-${3-192.168.22}.254" '[dns]' "domain=$1.internal"
}

nat() {
	in_ns "$NAT_SETUP" "$@"
}

nat_as() {
	local user=$1
	shift
	as_user "$user" "$NAT_SETUP" "$@"
}

# net_ask USER NETWORK [ARGUMENT...]: as QEMU would run it; sets what bats' run does.
net_ask() {
	local user=$1 network=$2
	shift 2
	run --separate-stderr as_user "$user" "$NG_TOOLS/recv-fd" "$NAT_SETUP" "--network=$network" "$@" '--fd={fd}'
}

# net_hold NAME USER NETWORK [ARGUMENT...]: a port that is kept until `release NAME`.
net_hold() {
	local name=$1 user=$2 network=$3
	shift 3
	BRIDGE_HELPER=$NAT_SETUP hold "$name" "$user" "--network=$network" "$@"
}

# dnsmasq_pid NAME: of the network's; nothing where none runs.
dnsmasq_pid() {
	here -u netgrant-dnsmasq -f "^[^ ]*/dnsmasq --conf-file=/run/netgrant/networks/$1/dnsmasq.conf\$"
}

# dnsmasq_kill NAME: until it has gone, it looks as if it ran.
dnsmasq_kill() {
	kill -9 "$(dnsmasq_pid "$1")" || return
	wait_until eval "[ -z \"\$(dnsmasq_pid '$1')\" ]"
}

# end_state NAME...: all that these networks, up or down, are made of; without what differs
# from run to run: process numbers, the index of devices, times.
end_state() {
	in_ns bash -c '
		ip -d -o link | sed "s/^[0-9]*: //; s/@if[0-9]*//; s/ [a-z_]*timer *[0-9.]*//g" | sort
		ip -o addr | sed "s/^[0-9]*: //" | sort
		ip route
		ip -6 route
		nft list ruleset | sed "s/\(iif\|oif\)group \(!= \)\?[0-9]*/\1group \2N/; s/ expires [0-9a-z]*//g"
		for f in /proc/sys/net/ipv4/ip_forward /proc/sys/net/ipv[46]/conf/*/{forwarding,accept_ra,disable_ipv6}; do
			[ ! -e "$f" ] || { read -r v <"$f" && echo "$f $v"; }
		done
		find /run/netgrant /var/lib/netgrant -not -name "lock*" -not -name leases -not -name dnsmasq.pid \
			\( -type d -printf "%p %M %u %g\n" -o -name dnsmasq.conf -printf "%p %M %u %g\n" \
			-exec sed "s/^# device [0-9]*/# device N/" {} + -o -printf "%p %M %u %g %s\n" \) 2>/dev/null | sort'
	for name in "$@"; do echo "dnsmasq of $name: $(dnsmasq_pid "$name" | wc -l)"; done
}

# same_state STATE NAME...
same_state() {
	local i now want=$1
	shift
	for ((i = 0; i < 400; i++)); do
		now=$(end_state "$@")
		[ "$now" = "$want" ] && return 0
		sleep 0.05
	done
	diff <(echo "$want") <(echo "$now") >&2
	return 1
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# network-throughput.sh [RUNS] [SECONDS]: what passes from a guest through a NAT network of nat-setup
# to the outside, beside a bridge whose host has one masquerade rule and nothing else; the same
# devices on both sides, in turn in one run. A namespace behind a veth pair stands for the guest:
# its other end is a port as helpers make them, but for its kind. Needs root, NG_BUILD, iperf3
# and jq.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "${NG_WORK-}" ]; then
	exec "$top/tests/sandbox" "$0" "$@"
fi
runs=${1:-10} seconds=${2:-2}
nat=$NG_PREFIX/libexec/netgrant/nat-setup
mac=52:54:00:00:00:02
mkdir -p /etc/netgrant/networks
printf '%s\n' '[network]' mode=nat '[ipv4]' address=192.168.22.1/24 dhcp=192.168.22.2-192.168.22.254 \
	'[host guest]' "mac=$mac" ipv4=192.168.22.2 >/etc/netgrant/networks/ours.conf

# world NAME COMMAND...: namespaces NAME-guest, NAME (the host) and NAME-out; the command makes the
# bridge, whose name is $bridge.
world() {
	local w=$1
	shift
	for ns in "$w" "$w-guest" "$w-out"; do
		ip netns add "$ns"
		ip -n "$ns" link set lo up
	done
	ip -n "$w" link add wan type veth peer name eth0 netns "$w-out"
	ip -n "$w" addr add 10.9.9.1/24 dev wan
	ip -n "$w" link set wan up
	ip -n "$w-out" addr add 10.9.9.2/24 dev eth0
	ip -n "$w-out" link set eth0 up
	ip -n "$w" route add default via 10.9.9.2
	ip netns exec "$w" "$@"
	ip -n "$w" link add port type veth peer name eth0 netns "$w-guest"
	ip -n "$w" link set port group "$((0x40000000 | $(ip netns exec "$w" cat "/sys/class/net/$bridge/ifindex")))"
	ip -n "$w" link set port master "$bridge" up
	ip -n "$w-guest" link set eth0 address "$mac"
	ip -n "$w-guest" addr add 192.168.22.2/24 dev eth0
	ip -n "$w-guest" link set eth0 up
	ip -n "$w-guest" route add default via 192.168.22.1
	ip netns exec "$w-out" iperf3 -s -D -I "$NG_WORK/$w.pid" >/dev/null
	for _ in {1..50}; do
		ip netns exec "$w-guest" ping -c 1 -W 1 10.9.9.2 >/dev/null 2>&1 && return
		sleep 0.1
	done
	echo "network-throughput: nothing passes through $w" >&2
	return 1
}

bare() {
	ip link add ng-ours type bridge
	ip addr add 192.168.22.1/24 dev ng-ours
	ip link set ng-ours up
	echo 1 >/proc/sys/net/ipv4/ip_forward
	nft 'table ip nat { chain postrouting { type nat hook postrouting priority 100; ip saddr 192.168.22.0/24 masquerade; }; }'
}

bridge=ng-ours
export -f bare
world bare bash -c bare
world ours "$nat" up ours
trap 'kill $(tr "\\0" " " <"$NG_WORK/bare.pid") $(tr "\\0" " " <"$NG_WORK/ours.pid"); ip netns exec ours "$nat" down ours' EXIT

# once WORLD CASE IPERF3-ARGUMENT...: one line "CASE WORLD FIGURE".
once() {
	local w=$1 name=$2 what=$3
	shift 3
	ip netns exec "$w-guest" iperf3 -c 10.9.9.2 -t "$seconds" -J "$@" >"$NG_WORK/json"
	jq -r --arg n "$name" --arg w "$w" "\"\\(\$n) \\(\$w) \\($what)\"" "$NG_WORK/json" >>"$NG_WORK/figures"
}

: >"$NG_WORK/figures"
for ((i = 0; i < runs; i++)); do
	# Who begins changes.
	order=(bare ours)
	((i % 2)) || order=(ours bare)
	for w in "${order[@]}"; do
		once "$w" tcp-out .end.sum_received.bits_per_second/1e6
		once "$w" tcp-in .end.sum_received.bits_per_second/1e6 -R
		once "$w" tcp-out-mss536 .end.sum_received.bits_per_second/1e6 -M 536
		once "$w" udp-64 '((.end.sum.packets-.end.sum.lost_packets)/.end.sum.seconds/1e3)' -u -b 0 -l 64
	done
done

awk '{ v[$1, $2] = v[$1, $2] " " $3; n[$1] } END { for (c in n) print c v[c, "bare"] " |" v[c, "ours"] }' "$NG_WORK/figures" | sort |
	while read -r name rest; do
		for side in "${rest%|*}" "${rest#*|}"; do
			tr ' ' '\n' <<<"$side" | sed '/^$/d' | sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
		done | paste -sd ' ' | awk -v n="$name" '{ printf "%-16s bare %10.1f  ours %10.1f  ratio %.3f\n", n, $1, $2, $2 / $1 }'
	done
echo '(tcp in Mbit/s, udp in 1,000 packets a second that arrived)'

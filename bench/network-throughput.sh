#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# network-throughput.sh [RUNS] [SECONDS]: what passes from a guest through a NAT network of nat-setup
# to the outside, beside the same network whose rules were replaced by a single masquerade rule; in
# turn in one run, with the processor time of the whole machine. A namespace behind a veth pair stands for the guest:
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

for ns in host guest out; do
	ip netns add "$ns"
	ip -n "$ns" link set lo up
done
ip -n host link add wan type veth peer name eth0 netns out
ip -n host addr add 10.9.9.1/24 dev wan
ip -n host link set wan up
ip -n out addr add 10.9.9.2/24 dev eth0
ip -n out link set eth0 up
ip -n host route add default via 10.9.9.2
ip netns exec host "$nat" up ours
bridge=ng-ours
ip -n host link add port type veth peer name eth0 netns guest
ip -n host link set port group "$((0x40000000 | $(ip netns exec host cat "/sys/class/net/$bridge/ifindex")))"
ip -n host link set port master "$bridge" up
ip -n guest link set eth0 address "$mac"
ip -n guest addr add 192.168.22.2/24 dev eth0
ip -n guest link set eth0 up
ip -n guest route add default via 192.168.22.1
ip netns exec out iperf3 -s -D -I "$NG_WORK/iperf3.pid" >/dev/null
trap 'kill $(tr "\\0" " " <"$NG_WORK/iperf3.pid"); ip netns exec host "$nat" down ours' EXIT

# The same devices, addresses and settings under either set of rules: two such worlds beside each
# other differ by more than the rules do.
bare() {
	ip netns exec host nft 'flush ruleset; table ip nat { chain postrouting { type nat hook postrouting priority 100; ip saddr 192.168.22.0/24 masquerade; }; }'
}
ours() {
	ip netns exec host nft flush ruleset
	ip netns exec host "$nat" reload ours
}

# Ticks of a hundredth of a second that all processors were busy.
busy() {
	awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 }' /proc/stat
}

# once SIDE CASE IPERF3-ARGUMENT...: lines "CASE SIDE FIGURE", and as CASE-cpu what a unit takes.
once() {
	local side=$1 name=$2 what=$3 before after
	shift 3
	before=$(busy)
	ip netns exec guest iperf3 -c 10.9.9.2 -t "$seconds" -J "$@" >"$NG_WORK/json"
	after=$(busy)
	jq -r --arg n "$name" --arg s "$side" --argjson t "$((after - before))" --argjson d "$seconds" \
		"\"\\(\$n) \\(\$s) \\($what)\n\\(\$n)-cpu \\(\$s) \\(\$t * 10 / (($what) * \$d))\"" "$NG_WORK/json" >>"$NG_WORK/figures"
}

: >"$NG_WORK/figures"
for ((i = 0; i < runs; i++)); do
	# Who begins changes.
	order=(bare ours)
	((i % 2)) || order=(ours bare)
	for w in "${order[@]}"; do
		"$w"
		sleep 0.5 # what was replaced is still being taken down
		for _ in {1..50}; do
			ip netns exec guest ping -c 1 -W 1 10.9.9.2 >/dev/null 2>&1 && break
		done
		once "$w" tcp-out .end.sum_received.bits_per_second/1e9
		once "$w" tcp-in .end.sum_received.bits_per_second/1e9 -R
		once "$w" tcp-out-mss536 .end.sum_received.bits_per_second/1e9 -M 536
		once "$w" udp-64 '((.end.sum.packets-.end.sum.lost_packets)/.end.sum.seconds/1e3)' -u -b 0 -l 64
	done
done

awk '{ v[$1, $2] = v[$1, $2] " " $3; n[$1] } END { for (c in n) print c v[c, "bare"] " |" v[c, "ours"] }' "$NG_WORK/figures" | sort |
	while read -r name rest; do
		for side in "${rest%|*}" "${rest#*|}"; do
			tr ' ' '\n' <<<"$side" | sed '/^$/d' | sort -n | awk '{ v[NR] = $1 } END { print (v[int((NR + 1) / 2)] + v[int(NR / 2) + 1]) / 2 }'
		done | paste -sd ' ' | awk -v n="$name" '{ printf "%-18s bare %10.3f  ours %10.3f  ratio %.3f\n", n, $1, $2, $2 / $1 }'
	done
echo '(tcp in Gbit/s, udp in 1,000 packets a second that arrived; cpu: milliseconds a gigabit, a thousand packets)'

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# slirp-peers.sh [RUNS [SECONDS]]: netgrant-slirp beside QEMU's -netdev user, slirp4netns and passt, in
# turn in one run (outer loop: run; inner: peer). A namespace stands for the guest; slirpload carries
# its tap's frames to a peer that has a socket, as an emulator would; slirp4netns, and ours-tap, have
# the tap itself. TCP and UDP by iperf3, short
# connections, request and response, and resident memory by the number of connections. Needs root,
# NG_BUILD, iperf3, jq, and the peers that are to be measured (PEERS="ours qemu" for some of them).
set -uo pipefail
if [ "${1-}" != --inside ]; then
	exec unshare --mount --net --propagation private -- "$0" --inside "$@"
fi
shift
runs=${1:-5} seconds=${2:-3}
load=$NG_BUILD/bench/slirpload slirp=$NG_BUILD/unpriv/slirp/netgrant-slirp
work=$(mktemp -d /tmp/netgrant-bench.XXXXXX)
mount -t tmpfs tmpfs "$work"
mount -t tmpfs tmpfs /run
ulimit -n "$(ulimit -Hn)"
pids=()
down() {
	local pid
	for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null; done
	for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null; done
	pids=()
	ip netns del guest 2>/dev/null
	ip netns del host 2>/dev/null
	rm -f "$work/sock"
}
trap 'down; umount "$work"; rmdir "$work"' EXIT
trap 'exit 1' INT TERM

hub='qemu-system-x86_64 -M none -nodefaults -display none -monitor none -serial none'
declare -A command=(
	[ours]="$slirp --allow-host-loopback --listen unix:$work/sock"
	[ours-64k]="$slirp --allow-host-loopback --mtu 65520 --listen unix:$work/sock"
	[ours-tap]="$slirp --allow-host-loopback --tap tap0 --netns /run/netns/guest"
	[ours-tap-64k]="$slirp --allow-host-loopback --mtu 65520 --tap tap0 --netns /run/netns/guest"
	[qemu]="$hub -netdev user,id=u -netdev hubport,hubid=0,id=a,netdev=u -netdev stream,id=s,server=on,addr.type=unix,addr.path=$work/sock -netdev hubport,hubid=0,id=b,netdev=s"
	[slirp4netns]='slirp4netns --mtu=1500 --netns-type=path /run/netns/guest tap0'
	[slirp4netns-64k]='slirp4netns --mtu=65520 --netns-type=path /run/netns/guest tap0'
	[passt]="passt -f -q -4 --runas 0 -m 1500 -s $work/sock"
)
peers=${PEERS:-ours qemu passt ours-tap slirp4netns ours-64k ours-tap-64k slirp4netns-64k}
in_host() { ip netns exec host "$@"; }
in_guest() { timeout 90 ip netns exec guest "$@"; }

up() { # PEER: its process is $peer, where the guest finds the host's services $server
	local mtu=1500 gateway=10.0.2.2 address=10.0.2.15 n
	[[ $1 != *-64k ]] || mtu=65520
	[ "$1" != passt ] || { gateway=10.99.0.1 address=10.99.0.2; }
	server=$gateway
	for n in host guest; do
		ip netns add $n
		ip netns exec $n sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv4.tcp_tw_reuse=1
		ip -n $n link set lo up
	done
	# A way out that leads nowhere: passt takes its addresses.
	ip -n host link add ext0 type veth peer name ext1
	ip -n host addr add 10.99.0.2/24 dev ext0
	ip -n host link set ext1 up
	ip -n host link set ext0 up
	ip -n host route add default via 10.99.0.1
	[[ $1 == slirp4netns* ]] || ip -n guest tuntap add tap0 mode tap
	# shellcheck disable=SC2086 # words are wanted
	ip netns exec host ${command[$1]} </dev/null >"$work/log" 2>&1 &
	peer=$!
	pids+=("$peer")
	sleep 1
	if [[ $1 != slirp4netns* && $1 != ours-tap* ]]; then
		ip netns exec guest "$load" bridge tap0 "$work/sock" 2>>"$work/log" &
		pids+=("$!")
	fi
	ip netns exec host iperf3 -s >/dev/null 2>&1 &
	pids+=("$!")
	ip netns exec host "$load" serve 5300 &
	pids+=("$!")
	sleep 0.3
	ip -n guest link set tap0 mtu "$mtu" up
	ip -n guest addr add "$address/24" dev tap0 2>/dev/null
	ip -n guest route replace default via "$gateway" dev tap0
	in_guest "$load" rr "$server" 5300 50 >/dev/null || { echo "peer $1: $(cat "$work/log")" >&2; return 1; }
}

ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$peer/stat"; }
rss() { awk '/^VmRSS/ { print $2 }' "/proc/$peer/status"; }
say() { echo "$1 $2 $3" >>"$work/figures"; }

flow() { # PEER NAME IPERF3-OPTION...: Mbit/s, and the peer's CPU seconds a gigabyte
	local name=$1 what=$2 before after mbps bytes
	shift 2
	before=$(ticks)
	read -r mbps bytes < <(in_guest iperf3 -c "$server" -t "$seconds" -J "$@" |
		jq -r '"\(.end.sum_received.bits_per_second / 1e6) \(.end.sum_received.bytes)"')
	after=$(ticks)
	say "$name" "$what" "${mbps:-0}"
	say "$name" "$what-cpu" "$(awk -v t=$((after - before)) -v b="${bytes:-0}" 'BEGIN { print (b > 0 ? t / 100 / (b / 1e9) : 0) }')"
}

rate() { # PEER MODE N: a second
	local out before after
	before=$(ticks)
	out=$(in_guest "$load" "$2" "$server" 5300 "$3")
	after=$(ticks)
	say "$1" "$2" "$(sed -n 's/.*per_s=\([0-9.]*\).*/\1/p' <<<"$out" | grep . || echo 0)"
	say "$1" "$2-cpu-us" $(((after - before) * 10000 / $3))
}

memory() { # PEER N: kB with N connections, and a while after them
	local holder i
	mkfifo "$work/hold"
	ip netns exec guest "$load" hold "$server" 5300 "$2" <"$work/hold" >"$work/held" &
	holder=$!
	exec 7>"$work/hold"
	for ((i = 0; i < 300; i++)); do
		[ -s "$work/held" ] && break
		sleep 0.1
	done
	say "$1" "rss-$2" "$(rss)"
	exec 7>&-
	wait "$holder"
	sleep 4
	say "$1" "rss-after-$2" "$(rss)"
	rm "$work/hold" "$work/held"
}

for ((run = 0; run < runs; run++)); do
	for name in $peers; do
		command -v "${command[$name]%% *}" >/dev/null || continue
		up "$name" || { down; continue; }
		flow "$name" tcp-up
		flow "$name" tcp-down -R
		flow "$name" udp-up -u -b 0 -l 1400
		flow "$name" udp-down -u -b 0 -l 1400 -R
		rate "$name" cps 2000
		rate "$name" rr 10000
		rate "$name" urr 10000
		if ((run == 0)); then
			for n in 1 100 1000; do memory "$name" "$n"; done
		fi
		down
	done
done
# The median of each, peers beside each other.
awk -v peers="$peers" '
	{ k = $2 SUBSEP $1; v[k, ++n[k]] = $3; if (!($2 in seen)) { seen[$2] = 1; order[++rows] = $2 } }
	function median(k,   i, j, t, a) {
		for (i = 1; i <= n[k]; i++) a[i] = v[k, i] + 0
		for (i = 1; i <= n[k]; i++) for (j = i + 1; j <= n[k]; j++) if (a[j] < a[i]) { t = a[i]; a[i] = a[j]; a[j] = t }
		return n[k] ? a[int((n[k] + 1) / 2)] : "-"
	}
	END {
		c = split(peers, p, " ")
		printf "| |"; for (i = 1; i <= c; i++) printf " %s |", p[i]; print ""
		printf "|---|"; for (i = 1; i <= c; i++) printf "---|"; print ""
		for (r = 1; r <= rows; r++) {
			printf "| %s |", order[r]
			for (i = 1; i <= c; i++) { m = median(order[r] SUBSEP p[i]); printf (m < 20 ? " %.2f |" : " %.0f |"), m }
			print ""
		}
	}' "$work/figures"

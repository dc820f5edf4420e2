#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# switch.sh [RUNS [CASE...]]: netgrant-switch beside QEMU's hub and vde_switch, in turn in one
# run, the thing that is measured alone on processor 1, load on processor 0. Prints medians.
# Needs NG_BUILD, qemu-system-x86, vde2. CASE: stream1 stream32 dgram1 fan pairs rtt (all).
set -euo pipefail
runs=${1:-5}
shift || :
cases=("$@")
[ $# -gt 0 ] || cases=(stream1 stream32 dgram1 fan pairs rtt)
load=$NG_BUILD/bench/frameload
work=$(mktemp -d /tmp/ngbench.XXXXXX)
pid=
finish() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || :
	rm -rf "$work"
}
trap finish EXIT
ulimit -n "$(ulimit -Hn)"

# start PEER PORTS: sets $pid, and $spec for frameload.
start() {
	local i arguments=() qemu=(qemu-system-x86_64 -M none -nodefaults -display none -monitor none -serial none)
	rm -rf "$work/run" "$work/run.in"
	mkdir "$work/run"
	mkfifo "$work/run.in"
	exec 9<>"$work/run.in"
	spec=stream:$work/run/p%d
	for ((i = 0; i < $2; i++)); do
		case $1 in
		netgrant-stream) arguments+=("listen:unix:$work/run/p$i") ;;
		netgrant-dgram) arguments+=("dgram:unix:$work/run/q$i,$work/run/p$i") ;;
		qemu-stream) arguments+=(-netdev "stream,id=n$i,server=on,addr.type=unix,addr.path=$work/run/p$i") ;;
		qemu-dgram) arguments+=(-netdev "dgram,id=n$i,local.type=unix,local.path=$work/run/q$i,remote.type=unix,remote.path=$work/run/p$i") ;;
		esac
		case $1 in qemu-*) arguments+=(-netdev "hubport,hubid=0,id=h$i,netdev=n$i") ;; esac
	done
	case $1 in *-dgram) spec=dgram:$work/run/p%d,$work/run/q%d ;; esac
	case $1 in
	netgrant-*) taskset -c 1 "$NG_BUILD/unpriv/switch/netgrant-switch" "${arguments[@]}" & ;;
	qemu-*) taskset -c 1 "${qemu[@]}" "${arguments[@]}" & ;;
	vde)
		spec=vde:$work/run/ctl
		taskset -c 1 vde_switch -s "$work/run/ctl" -n $(($2 + 8)) <&9 >/dev/null &
		;;
	esac
	pid=$!
	sleep 0.7
}

# one CASE PEER SIZE PORTS FRAMELOAD-OPTION...: a line "CASE SIZE PEER KEY=VALUE..."
one() {
	local name=$1 peer=$2 size=$3 ports=$4
	shift 4
	start "$peer" "$ports"
	echo "$name $size $peer $(timeout 15 taskset -c 0 "$load" -s "$size" -d 0.7 -p "$pid" "$@" "$spec")"
	kill "$pid"
	wait "$pid" 2>/dev/null || :
	pid=
}

for ((run = 0; run < runs; run++)); do
	for name in "${cases[@]}"; do
		for size in 64 1514; do
			case $name in
			stream1) for peer in netgrant-stream qemu-stream; do one stream1 $peer $size 2; done ;;
			stream32) for peer in netgrant-stream qemu-stream; do one stream32 $peer $size 2 -b 32; done ;;
			dgram1) for peer in netgrant-dgram vde qemu-dgram; do one dgram1 $peer $size 2; done ;;
			fan) for peer in netgrant-stream vde qemu-stream; do one fan $peer $size 513 -t 512; done ;;
			pairs) for peer in netgrant-stream netgrant-dgram vde qemu-stream; do one pairs $peer $size 16 -f 8 -t 8; done ;;
			rtt) for peer in netgrant-stream netgrant-dgram vde qemu-stream qemu-dgram; do one rtt $peer $size 2 -r; done ;;
			esac
		done
	done
done | tee "$work/lines" >&2
# Medians of each value of each case.
awk '{
	for (i = 4; i <= NF; i++) {
		split($i, pair, "=")
		key = $1 " " $2 " " $3
		if (!((key, pair[1]) in n)) order[++keys] = key SUBSEP pair[1]
		value[key, pair[1], ++n[key, pair[1]]] = pair[2] + 0
	}
}
END {
	for (k = 1; k <= keys; k++) {
		split(order[k], part, SUBSEP)
		m = n[part[1], part[2]]
		for (i = 1; i <= m; i++) sorted[i] = value[part[1], part[2], i]
		for (i = 2; i <= m; i++)
			for (j = i; j > 1 && sorted[j - 1] > sorted[j]; j--) {
				t = sorted[j]; sorted[j] = sorted[j - 1]; sorted[j - 1] = t
			}
		if (part[1] != last) printf "%s%s", last == "" ? "" : "\n", part[1]
		last = part[1]
		printf " %s=%g", part[2], m % 2 ? sorted[(m + 1) / 2] : (sorted[m / 2] + sorted[m / 2 + 1]) / 2
	}
	print ""
}' "$work/lines"

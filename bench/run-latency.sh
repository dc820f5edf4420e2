#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# run-latency.sh [RUNS]: what netgrant run adds to the helper and the emulator (here a program
# that hands the descriptor on and ends), from
# fork to reaped, with one NIC on a bridge and with twelve; and what its process holds meanwhile.
# In turn in one run, as an unprivileged user, with a logger on /dev/log. Needs root and NG_BUILD.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "${NG_WORK-}" ]; then
	exec "$top/tests/sandbox" "$0" "$@"
fi
runs=${1:-200}

cp "$NG_BUILD/bench/fdlatency" "$NG_WORK/fdlatency"
ip link add br0 type bridge
ip link set br0 up
mkdir -p /etc/netgrant
echo 'allow br0 user=alice' >/etc/netgrant/bridge.conf
"$NG_TOOLS/log-sink" /dev/null &
sink=$!
trap 'kill $sink' EXIT
while [ ! -S /dev/log ]; do sleep 0.05; done

nic='--nic bridge,source=br0'
twelve=$(for ((i = 0; i < 12; i++)); do echo -n "$nic "; done)
fds=$(for ((i = 0; i < 12; i++)); do echo -n "{fds$i} "; done)
run=$NG_PREFIX/bin/netgrant
"$NG_TOOLS/as-user" alice "$NG_WORK/fdlatency" -n "$runs" \
	"emulator=$NG_WORK/fdlatency -s {fd} 0" \
	"helper=$NG_PREFIX/libexec/netgrant/bridge-helper --use-vnet --br=br0 --fd={fd}" \
	"run=$run run --name x -- $NG_WORK/fdlatency -s {fd} 0" \
	"run+1=$run run --name x $nic -- $NG_WORK/fdlatency -s {fd} {fds0}" \
	"run+12=$run run --name x $twelve -- $NG_WORK/fdlatency -s {fd} $fds" | tee "$NG_WORK/table"
awk '{ median[$1] = $4 }
	END {
		printf "netgrant run adds %.0f us to helper and emulator; 12 NICs take %.1f times one\n",
			median["run+1"] - median["emulator"] - median["helper"],
			(median["run+12"] - median["emulator"]) / (median["run+1"] - median["emulator"])
	}' "$NG_WORK/table"
# shellcheck disable=SC2016 # the emulator's shell expands it
"$NG_TOOLS/as-user" alice "$run" run --nic bridge,source=br0 -- sh -c ': {fd}; grep -E "VmRSS|RssAnon" /proc/$PPID/status'

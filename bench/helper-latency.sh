#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# helper-latency.sh [RUNS]: bridge-helper and tap-creator beside qemu-bridge-helper, from fork to descriptor
# in hand and helper reaped, both as an unprivileged user with file capabilities, with a
# logger on /dev/log, in turn in one run. Needs root, NG_BUILD and qemu-system-common.
#
# Cases: one port; 900 ports on the bridge; a rule with a user; a policy of 100,000 lines.
# After them tap-creator alone, as the 10th and as the 1,000th tap of ten users with limit=.
# The others have no equal in the stock helper or are costs above the first: see README.md.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "${NG_WORK-}" ]; then
	exec "$top/tests/sandbox" "$0" "$@"
fi
runs=${1:-300}
stock=/usr/lib/qemu/qemu-bridge-helper

cp "$NG_BUILD/bench/fdlatency" "$NG_WORK/fdlatency"
cp "$stock" "$NG_WORK/stock"
setcap cap_net_admin=ep "$NG_WORK/stock"
ip link add br0 type bridge
ip link add up0 type veth peer name up1
ip link set up0 master br0
for dev in br0 up0 up1; do ip link set "$dev" up; done
mkdir -p /etc/qemu /etc/netgrant
"$NG_TOOLS/log-sink" /dev/null &
sink=$!
trap 'kill $sink' EXIT
while [ ! -S /dev/log ]; do sleep 0.05; done

pair() { # TITLE FDLATENCY-OPTION...
	echo "## $1"
	shift
	"$NG_TOOLS/as-user" alice "$NG_WORK/fdlatency" -n "$runs" "$@" \
		"stock=$NG_WORK/stock --use-vnet --br=br0 --fd={fd}" \
		"netgrant=$NG_PREFIX/libexec/netgrant/bridge-helper --use-vnet --br=br0 --fd={fd}" \
		"tap=$NG_PREFIX/libexec/netgrant/tap-creator --use-vnet --br=br0 --fd={fd}"
	echo
}

echo 'allow vnet*' >/etc/netgrant/tap.conf
echo 'allow br0' | tee /etc/qemu/bridge.conf >/etc/netgrant/bridge.conf
pair 'one rule, one port'
echo 'allow br0 user=alice' >/etc/netgrant/bridge.conf
pair 'the same; netgrant with a rule for one user'
echo 'allow br0 user=alice limit=65535 isolated mac=52:54:00:00:00:01' >/etc/netgrant/bridge.conf
pair 'the same; netgrant with user, limit, isolation and MAC lock'
awk 'BEGIN { for (i = 0; i < 99999; i++) print "allow br" 100000 + i; print "allow br0" }' |
	tee /etc/qemu/bridge.conf >/etc/netgrant/bridge.conf
pair 'policy of 100,000 lines'
echo 'allow br0' | tee /etc/qemu/bridge.conf >/etc/netgrant/bridge.conf
pair '900 ports on the bridge' -k 450
echo 'allow br0 limit=65535' >/etc/netgrant/bridge.conf
pair '900 ports on the bridge; netgrant counts them for limit=' -k 450

# Beside tap-creator: the own share of ifup-runner, and what it is allowed to cost.
echo 'allow /bin/true' >/etc/netgrant/ifup.conf
echo '## ifup-runner with the script /bin/true'
# Its taps, which are down, go within a second, and with them a lock of the kernel's that all need.
"$NG_TOOLS/as-user" alice "$NG_WORK/fdlatency" -n "$((runs / 10 + 1))" -p 1500 \
	"tap=$NG_PREFIX/libexec/netgrant/tap-creator --use-vnet --fd={fd}" \
	"sh=/bin/sh -c :" \
	"ifup=$NG_PREFIX/libexec/netgrant/ifup-runner --script=/bin/true --downscript=no --use-vnet --fd={fd}"
echo

# lasting FROM TO: tap-creator's taps of ten users, by their number.
tap=$NG_PREFIX/libexec/netgrant/tap-creator
lasting() {
	local i uid
	for ((i = $1; i <= $2; i++)); do
		uid=$((63000 + i % 10))
		setpriv --reuid "$uid" --regid "$uid" --clear-groups "$tap" --persist >/dev/null
	done
}
held() {
	echo "## $1"
	setpriv --reuid 63000 --regid 63000 --clear-groups "$NG_WORK/fdlatency" -n "$runs" "tap=$tap --fd={fd}"
	echo
}
echo 'allow vnet* limit=101 persist' >/etc/netgrant/tap.conf
lasting 1 9
held 'tap-creator with limit=, the 10th tap'
lasting 10 999
held 'tap-creator with limit=, the 1,000th tap of ten users'

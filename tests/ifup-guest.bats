#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # what stands in '' is the scripts'
# Real guests whose tap an administrator's script connects: stock QEMU, run by users without
# privilege, with ifup-runner for helper. Runs as guest.bats does:
#
#   tests/guest/make-image /var/tmp/image
#   NG_GUEST_IMAGE=/var/tmp/image NG_BUILD=/tmp/build unshare -mn bats tests/ifup-guest.bats
bats_require_minimum_version 1.5.0

# shellcheck source=tests/guest/guest.bash
source "$BATS_TEST_DIRNAME/guest/guest.bash"

IFUP_POLICY=/etc/netgrant/ifup.conf
UP=/etc/netgrant/up
DOWN=/etc/netgrant/down

# The host reaches the router over br0, so that its default route leads there.
setup_file() {
	[ -n "${NG_GUEST_IMAGE-}" ] || guest_fail "set NG_GUEST_IMAGE to a folder that tests/guest/make-image filled"
	guest_sandbox
	guest_image "$NG_GUEST_IMAGE"
	guest_network br0=192.168.77
	in_host ip addr add 192.168.77.2/24 dev br0
	in_host ip route add default via 192.168.77.1
}

teardown_file() {
	guest_network_down
	guest_sandbox_down
}

setup() {
	RUNNER=$NG_PREFIX/libexec/netgrant/ifup-runner
	OUT=$GUEST_WORK/out
	rm -rf "$OUT"
	mkdir -m 1777 "$OUT"
	printf '%s\n' "allow $UP user=alice" "allow $DOWN user=alice" \
		'allow /etc/qemu-ifup user=alice' 'allow /etc/qemu-ifdown user=alice' >"$IFUP_POLICY"
	script up 'ip link set "$1" up master br0'
	script down "echo \"\$1\" >>$OUT/downs; ip link show \"\$1\" >>$OUT/seen 2>&1"
	before=$(guest_links)
}

teardown() {
	guests_kill
	guest_same_links "$before"
	wait_until eval '[ -z "$(watchers)" ]'
}

script() {
	local path=/etc/netgrant/$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$path.new"
	chmod 755 "$path.new"
	mv "$path.new" "$path"
}

watchers() {
	local net
	net=$(in_host readlink /proc/self/ns/net)
	pgrep -f "^net:\\[${net//[^0-9]/}\\]/ifup-worker " || :
}

# A helper with arguments has a blank, so that QEMU gives it to the shell.
netdev() {
	echo "tap,id=n0,helper=$RUNNER --script=$UP --downscript=$DOWN --ifname=vnet7"
}

bare_qemu() {
	as alice timeout 90 qemu-system-x86_64 -machine none -nodefaults -display none "$@"
}

# down_once: the down script ran once, with the interface there, which then went.
down_once() {
	guest_same_links "$before"
	[ "$(cat "$OUT/downs")" = vnet7 ]
	grep -q 'vnet7: <' "$OUT/seen"
}

@test "Debian's own /etc/qemu-ifup and /etc/qemu-ifdown, unchanged: a lease, and an answer from the router" {
	! dpkg -V qemu-system-common | grep /etc/qemu-if
	guest_start a alice 52:54:00:aa:00:01 "tap,id=n0,helper=$RUNNER" ng.mode=dhcp ng.ping=192.168.77.1 ng.wait=900
	guest_says a 'lease 192\.168\.77\.1[0-9][0-9]'
	guest_says a 'ping 192\.168\.77\.1 ok'
	[ "$(stat -c %U "/proc/${GUEST_PID[a]}")" = alice ]
	grep -q '^CapEff:[[:space:]]*0*$' "/proc/${GUEST_PID[a]}/status"
	in_host ip link show master br0 | grep -q "alias netgrant uid=$(id -u alice) helper=ifup-runner .*down=/etc/qemu-ifdown"
	guest_quit a
	guest_same_links "$before"
}

@test "a script that puts the tap on a bridge; the guest ends by itself: down once" {
	guest_start a alice 52:54:00:aa:00:01 "$(netdev)" ng.mode=dhcp ng.ping=192.168.77.1 ng.wait=900
	guest_says a 'ping 192\.168\.77\.1 ok'
	guest_says a ready
	[ ! -e "$OUT/downs" ]
	guest_quit a
	down_once
}

@test "a script that NATs: the guest reaches the router, which sees the host; and down takes it back" {
	script up 'ip addr add 10.9.9.1/24 dev "$1" && ip link set "$1" up' \
		'echo 1 >/proc/sys/net/ipv4/ip_forward' \
		'nft add table ip mynet && nft "add chain ip mynet post { type nat hook postrouting priority 100 ; }"' \
		'nft add rule ip mynet post ip saddr 10.9.9.0/24 masquerade'
	script down "echo \"\$1\" >>$OUT/downs; ip link show \"\$1\" >>$OUT/seen; nft delete table ip mynet"
	guest_start a alice 52:54:00:aa:00:01 "$(netdev)" ng.mode=static ng.addr=10.9.9.2/24 ng.wait=900
	guest_says a ready
	guest_does a 'route 10.9.9.1' ok
	guest_ping a 192.168.77.1 ok
	in_host nft list table ip mynet | grep -q masquerade
	guest_quit a
	down_once
	if in_host nft list table ip mynet; then return 1; fi
}

@test "SIGTERM and SIGKILL of QEMU: down once each" {
	for signal in TERM KILL; do
		rm -f "$OUT"/*
		guest_start "a$signal" alice 52:54:00:aa:00:01 "$(netdev)" ng.mode=dhcp ng.wait=900
		guest_says "a$signal" ready
		kill "-$signal" "${GUEST_PID[a$signal]}"
		run wait "${GUEST_PID[a$signal]}"
		down_once
	done
}

@test "netdev_del over QMP: down once, while the emulator lives on" {
	mkfifo "$GUEST_WORK/qmp"
	exec {QMP}<>"$GUEST_WORK/qmp"
	bare_qemu -qmp stdio -netdev "$(netdev)" <&"$QMP" >"$GUEST_WORK/qmp.out" 2>&1 3>&- &
	qemu=$!
	echo '{"execute":"qmp_capabilities"}' >&"$QMP"
	guest_wait_for "$GUEST_WORK/qmp.out" '"return": {}' 60
	in_host ip link show master br0 | grep -q vnet7
	echo '{"execute":"netdev_del","arguments":{"id":"n0"}}' >&"$QMP"
	down_once
	kill -0 "$qemu"
	echo '{"execute":"query-status"}' >&"$QMP"
	guest_wait_for "$GUEST_WORK/qmp.out" '"running": true' 60
	echo '{"execute":"quit"}' >&"$QMP"
	wait "$qemu"
	[ "$(wc -l <"$OUT/downs")" -eq 1 ]
	rm "$GUEST_WORK/qmp"
}

@test "a script that fails half way, or hangs: QEMU tells what it said, and ends; all is undone" {
	script up 'ip link set "$1" up master br0; echo no more addresses >&2; exit 1'
	run --separate-stderr bare_qemu -netdev "$(netdev)"
	[ "$status" -eq 1 ]
	[ "${stderr_lines[0]}" = "ifup-runner: $UP: no more addresses" ]
	[[ ${stderr_lines[1]} == "ifup-runner: up script '$UP' for 'vnet7' as user 'netgrant-ifup' exited with status 1" ]]
	[[ $stderr == *"bridge helper failed"* ]]
	down_once
	sed -i "s#allow $UP.*#& timeout=1#" "$IFUP_POLICY"
	script up 'sleep 100 & sleep 100'
	rm -f "$OUT"/*
	run --separate-stderr bare_qemu -netdev "$(netdev)"
	[ "$status" -eq 1 ]
	[[ $stderr == *"took longer than 1 s"* ]]
	down_once
}

@test "a denied user: QEMU says why, nothing is left" {
	run --separate-stderr as mallory timeout 60 qemu-system-x86_64 -machine none -nodefaults -display none -netdev "$(netdev)"
	[ "$status" -eq 1 ]
	[[ ${stderr_lines[0]} == "ifup-runner: denied: no rule in $IFUP_POLICY allows script '$UP' to mallory"* ]]
}

@test "monitor: quit of five emulators at once, each with a tap of its own" {
	for i in 1 2 3 4 5; do
		bare_qemu -netdev "tap,id=n0,helper=$RUNNER --script=$UP --downscript=$DOWN" -monitor stdio \
			< <(until [ -e "$OUT/go" ]; do sleep 0.1; done; echo quit) >/dev/null 2>&1 3>&- &
		pids[i]=$!
	done
	# All have theirs, so none is a name that another has given back.
	wait_until eval '[ "$(in_host ip -o link show master br0 | grep -c vnet)" -eq 5 ]'
	touch "$OUT/go"
	wait "${pids[@]}"
	guest_same_links "$before"
	[ "$(sort -u "$OUT/downs" | wc -l)" -eq 5 ]
	[ "$(wc -l <"$OUT/downs")" -eq 5 ]
}

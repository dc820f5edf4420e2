#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Real guests behind netgrant-switch: QEMU's, up to twelve on one TCP server, and User-mode
# Linux in one multicast group with them. As tests/guest.bats, it runs under unshare -mn:
#
#   NG_GUEST_IMAGE=/var/tmp/image NG_BUILD=/tmp/build unshare -mn bats tests/switch-guest.bats
bats_require_minimum_version 1.5.0
# Twelve emulated guests boot on two processors.
export BATS_TEST_TIMEOUT=1200

# shellcheck source=tests/guest/guest.bash
source "$BATS_TEST_DIRNAME/guest/guest.bash"
GUEST_BOOT=300

setup_file() {
	[ -n "${NG_GUEST_IMAGE-}" ] || guest_fail "set NG_GUEST_IMAGE to a folder that tests/guest/make-image filled"
	guest_sandbox
	guest_image "$NG_GUEST_IMAGE"
	ip netns add "$GUEST_HOST"
	in_host ip link set lo up
	in_host ip route add 224.0.0.0/4 dev lo
}

teardown_file() {
	guest_network_down
	guest_sandbox_down
}

setup() { SWITCH_PIDS=(); }

teardown() {
	local pid
	guests_kill
	for pid in "${SWITCH_PIDS[@]}"; do
		kill -KILL "$pid" 2>/dev/null || :
	done
	rm -f "$GUEST_WORK"/switch*
}

# switch ARGUMENT...: as alice; its words are in $GUEST_WORK/switch.err.
switch() {
	local pid
	(guest_spawn ip netns exec "$GUEST_HOST" setpriv --reuid alice --regid alice --init-groups --inh-caps=-all -- \
		"$NG_PREFIX/bin/netgrant-switch" "$@") </dev/null 2>>"$GUEST_WORK/switch.err" &
	pid=$!
	SWITCH_PIDS+=("$pid")
	[ "${NG_SANITIZERS-0}" = 0 ] || { sleep 1; return 0; }
	wait_until grep -q '^Seccomp:	2' "/proc/$pid/status" && return
	cat "$GUEST_WORK/switch.err" >&2
	return 1
}

# guest N NETDEV [ORDER...]: number N, at 10.9.0.N.
guest() {
	local n=$1 netdev=$2
	shift 2
	guest_start "g$n" alice "52:54:00:aa:00:$(printf %02x "$n")" "$netdev" ng.mode=static "ng.addr=10.9.0.$n/24" ng.wait=900 no_timer_check "$@"
}

@test "two guests, three, twelve on one TCP server, and all reach each other" {
	local n
	switch listen:tcp:127.0.0.1:5558
	guest 1 socket,id=n0,connect=127.0.0.1:5558
	guest 2 stream,id=n0,server=off,addr.type=inet,addr.host=127.0.0.1,addr.port=5558
	for n in 1 2; do guest_says "g$n" ready; done
	guest_ping g1 10.9.0.2 ok
	guest 3 socket,id=n0,connect=127.0.0.1:5558
	guest_says g3 ready
	for n in 1 2; do guest_ping g3 "10.9.0.$n" ok; done
	for n in 4 5 6 7 8 9 10 11 12; do guest "$n" socket,id=n0,connect=127.0.0.1:5558; done
	for n in 4 5 6 7 8 9 10 11 12; do guest_says "g$n" ready; done
	for n in 2 3 4 5 6 7 8 9 10 11 12; do
		guest_ping g1 "10.9.0.$n" ok
		guest_ping "g$n" "10.9.0.$((n % 12 + 1))" ok
	done
	# Unicast was not for all: the first to speak was flooded, the rest was learned.
	kill -USR1 "${SWITCH_PIDS[0]}"
	guest_wait_for "$GUEST_WORK/switch.err" '^switch, 12 ports, 12 addresses, 12 clients' 60
	if grep -q 'full [1-9]' "$GUEST_WORK/switch.err"; then return 1; fi
}

@test "a multicast group and a TCP client reach each other through the switch" {
	local n
	switch mcast:230.0.0.1:5558 listen:tcp:127.0.0.1:5558
	guest 1 socket,id=n0,mcast=230.0.0.1:5558
	guest 2 socket,id=n0,connect=127.0.0.1:5558
	for n in 1 2; do guest_says "g$n" ready; done
	guest_ping g1 10.9.0.2 ok
	guest_ping g2 10.9.0.1 ok
}

@test "User-mode Linux and QEMU in one multicast group, beside the switch and through it" {
	local n
	switch mcast:230.0.0.1:5558 listen:tcp:127.0.0.1:5558
	uml_start u alice eth0=mcast,52:54:00:aa:00:63,230.0.0.1,5558,1 ng.mode=static ng.addr=10.9.0.99/24
	guest 1 socket,id=n0,mcast=230.0.0.1:5558
	guest 2 socket,id=n0,connect=127.0.0.1:5558
	guest_says u 'up 52:54:00:aa:00:63'
	guest_says u ready
	for n in 1 2; do guest_says "g$n" ready; done
	guest_ping g1 10.9.0.99 ok # beside the switch
	guest_ping g2 10.9.0.99 ok # through it
	for n in 1 2; do guest_ping u "10.9.0.$n" ok; done
	guest_quit u
}

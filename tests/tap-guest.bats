#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Real guests on taps of tap-creator: stock QEMU of users without privilege, with one queue and
# with four; User-mode Linux on a tap that lasts. Run as guest.bats is.
bats_require_minimum_version 1.5.0

# shellcheck source=tests/guest/guest.bash
source "$BATS_TEST_DIRNAME/guest/guest.bash"

setup_file() {
	[ -n "${NG_GUEST_IMAGE-}" ] || guest_fail "set NG_GUEST_IMAGE to a folder that tests/guest/make-image filled"
	guest_sandbox
	guest_image "$NG_GUEST_IMAGE"
	"${CC:-cc}" -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -o "$GUEST_WORK/launch" "$GUEST_DIR/launch.c"
	ip netns add "$GUEST_HOST"
	cat >/etc/netgrant/tap.conf <<-EOF
		allow vnet* user=alice queues=4 persist limit=2
		allow lab*  user=alice mac=52:54:00:aa:00:01
	EOF
}

teardown_file() {
	netns_end "$GUEST_HOST"
	guest_sandbox_down
}

setup() {
	TAP=$NG_PREFIX/libexec/netgrant/tap-creator
	before=$(guest_links)
}

teardown() {
	guests_kill
	guest_same_links "$before"
}

# connect NAME NET: what the admin does, when the guest has its tap: the other end, NET.1.
connect() {
	local i
	wait_until in_host ip link show "$1"
	in_host ip addr add "$2.1/24" dev "$1" && in_host ip link set "$1" up
}

# passes NAME TAP NET: traffic in both directions, none of it IPv6.
passes() {
	guest_ping "$1" "$3.1" ok
	in_host ping -c 3 -i 0.2 -W 5 "$3.2" >/dev/null
	[ -z "$(in_host ip -6 -o addr show "$2")" ]
}

@test "QEMU, one queue: -netdev tap,helper=; the name is the user's, and is gone with QEMU" {
	guest_start one alice 52:54:00:aa:00:01 "tap,id=n0,helper=$TAP --ifname=vnet7" \
		ng.mode=static ng.addr=192.0.2.2/24 ng.wait=900
	connect vnet7 192.0.2
	guest_says one ready
	passes one vnet7 192.0.2
	guest_does one queues 1
	guest_quit one
}

@test "QEMU, four queues: -netdev tap,fds=, mq=on; the guest sends on all of them" {
	GUEST_UNDER=("$GUEST_WORK/launch" "$TAP" --queues=4 --ifname=vnet4 --fd=@FD@ --)
	GUEST_NIC=,mq=on,vectors=10 GUEST_MORE='-smp 4' \
		guest_start four alice 52:54:00:aa:00:01 tap,id=n0,fds=@FDS@ ng.mode=static ng.addr=192.0.2.2/24 ng.wait=900
	connect vnet4 192.0.2
	guest_says four ready
	guest_does four queues 4
	[ "$(in_host sh -c 'ls -d /sys/class/net/vnet4/queues/tx-*' | wc -l)" = 4 ]
	passes four vnet4 192.0.2
	guest_quit four
	GUEST_UNDER=()
}

@test "mac=: from another address nothing of the guest arrives" {
	guest_start one alice 52:54:00:aa:00:01 "tap,id=n0,helper=$TAP --ifname=lab0" \
		ng.mode=static ng.addr=192.0.2.2/24 ng.wait=900
	connect lab0 192.0.2
	guest_says one ready
	passes one lab0 192.0.2
	guest_order one 'mac 52:54:00:aa:00:02'
	guest_says one 'mac 52:54:00:aa:00:02'
	in_host ip neigh flush dev lab0
	guest_ping one 192.0.2.1 fail
	guest_quit one
}

@test "QEMU that is denied says why, and does not start" {
	guest_start not bob 52:54:00:aa:00:01 "tap,id=n0,helper=$TAP --ifname=vnet7" ng.mode=none
	wait "${GUEST_PID[not]}" && return 1
	grep -q "tap-creator: denied: no rule in /etc/netgrant/tap.conf allows tap 'vnet7' to bob" "$GUEST_WORK/not.err"
}

@test "User-mode Linux on a tap that lasts, which it opens by name" {
	[ "$(as alice "$TAP" --persist --ifname=vnet5)" = vnet5 ]
	in_host ip addr add 192.0.2.1/24 dev vnet5
	in_host ip link set vnet5 up
	uml_start u alice eth0=tuntap,vnet5,52:54:00:aa:00:05 ng.mode=static ng.addr=192.0.2.2/24
	guest_says u 'up 52:54:00:aa:00:05'
	guest_says u ready
	passes u vnet5 192.0.2
	guest_quit u
	as alice "$TAP" --delete --ifname=vnet5
}

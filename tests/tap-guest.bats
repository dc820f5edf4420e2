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
	ip netns del "$GUEST_HOST"
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
		ng.mode=static ng.addr=192.0.2.2/24 ng.wait=400
	connect vnet7 192.0.2
	guest_says one ready
	passes one vnet7 192.0.2
	guest_does one queues 1
	guest_quit one
}

@test "QEMU, four queues: -netdev tap,fds=, mq=on; the guest sends on all of them" {
	GUEST_UNDER=("$GUEST_WORK/launch" "$TAP" --queues=4 --ifname=vnet4 --fd=@FD@ --)
	GUEST_NIC=,mq=on,vectors=10 GUEST_MORE='-smp 4' \
		guest_start four alice 52:54:00:aa:00:01 tap,id=n0,fds=@FDS@ ng.mode=static ng.addr=192.0.2.2/24 ng.wait=90
	connect vnet4 192.0.2
	guest_says four ready 90
	guest_does four queues 4
	[ "$(in_host sh -c 'ls -d /sys/class/net/vnet4/queues/tx-*' | wc -l)" = 4 ]
	passes four vnet4 192.0.2
	guest_quit four
	GUEST_UNDER=()
}

@test "mac=: from another address nothing of the guest arrives" {
	guest_start one alice 52:54:00:aa:00:01 "tap,id=n0,helper=$TAP --ifname=lab0" \
		ng.mode=static ng.addr=192.0.2.2/24 ng.wait=400
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

# uml_initrd: busybox, and what it does.
uml_initrd() {
	local root=$GUEST_WORK/uml
	mkdir -p "$root"/{bin,proc}
	cp "$(command -v busybox)" "$root/bin/busybox"
	cat >"$root/init" <<-'EOF'
		#!/bin/busybox sh
		echo "NG alive"
		/bin/busybox mount -t proc proc /proc
		/bin/busybox ip addr add 192.0.2.2/24 dev eth0
		/bin/busybox ip link set eth0 up
		for i in 1 2 3 4 5 6 7 8 9 10; do
			/bin/busybox ping -c 1 -W 1 192.0.2.1 >/dev/null && echo "NG ping ok" && break
		done
		echo "NG done"
		/bin/busybox poweroff -f
	EOF
	chmod 0755 "$root/init"
	(cd "$root" && find . | busybox cpio -o -H newc 2>/dev/null) >"$GUEST_WORK/uml.initrd"
	chmod 0644 "$GUEST_WORK/uml.initrd"
}

@test "User-mode Linux on a tap that lasts, which it opens by name" {
	uml_initrd
	mkdir -m 0777 "$GUEST_WORK/uml-home"
	[ "$(as alice "$TAP" --persist --ifname=vnet5)" = vnet5 ]
	in_host ip addr add 192.0.2.1/24 dev vnet5
	in_host ip link set vnet5 up
	run as alice env HOME="$GUEST_WORK/uml-home" TMPDIR=/dev/shm timeout 60 linux.uml mem=64M initrd="$GUEST_WORK/uml.initrd" \
		con=null con0=null,fd:1 umid=ng uml_dir="$GUEST_WORK/uml-home" eth0=tuntap,vnet5 </dev/null
	as alice "$TAP" --delete --ifname=vnet5
	# Linux 6.1's dies in put_fp_registers() on processors with much state of their own, before
	# its first process has said a word; tap.bats opens such a tap without it.
	[[ "$output" == *'NG alive'* || "$output" == *put_fp_registers* ]]
	[[ "$output" != *'NG alive'* || "$output" == *'NG ping ok'*'NG done'* ]] || { echo "$output" | tail -20 >&2; return 1; }
}

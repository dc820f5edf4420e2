#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# netgrant run with real guests: every type of NIC, each guest started by a user without any
# privilege. Runs as network-guest.bats does.
bats_require_minimum_version 1.5.0

# shellcheck source=tests/guest/guest.bash
source "$BATS_TEST_DIRNAME/guest/guest.bash"

setup_file() {
	[ -n "${NG_GUEST_IMAGE-}" ] || guest_fail "set NG_GUEST_IMAGE to a folder that tests/guest/make-image filled"
	guest_sandbox
	guest_image "$NG_GUEST_IMAGE"
	# shellcheck source=tests/guest/world.bash
	source "$GUEST_DIR/world.bash"
	world_up
	in_host ip link add br0 type bridge
	in_host ip addr add 192.168.80.1/24 dev br0
	in_host ip link set br0 up
}

teardown_file() {
	source "$GUEST_DIR/world.bash"
	world_down
	guest_sandbox_down
}

setup() {
	# shellcheck source=tests/guest/world.bash
	source "$GUEST_DIR/world.bash"
	rm -f "$NETWORKS"/*.conf /etc/netgrant/*.conf
	cp "$BATS_TEST_DIRNAME/../etc/networks/default.conf" "$NETWORKS/"
	echo 'allow default user=alice start' >"$NETWORK_POLICY"
	echo 'allow br0 user=alice' >"$GUEST_POLICY"
}

# Whatever a test began ends here.
teardown() {
	guests_kill
	in_host "$NAT_SETUP" down --all
	wait_until eval '! in_host ip -o link | grep -q vnet'
	if in_host ip -o link | grep -E 'vnet|ng-'; then return 1; fi
	wait_until no users_left
}

# Is somebody left here? Others may test at the same time, with the same users.
users_left() {
	local pid
	for pid in $(ip netns pids "$GUEST_HOST") $(ip netns pids "$GUEST_LAN"); do
		case $(stat -c %U "/proc/$pid" 2>/dev/null) in
		alice | bob)
			ps -fp "$pid" >&2
			return
			;;
		esac
	done
	return 1
}

# unprivileged NAME: netgrant run and the emulator are the user's, without a capability.
unprivileged() {
	local pid
	for pid in "${GUEST_PID[$1]}" $(pgrep -P "${GUEST_PID[$1]}"); do
		[ "$(stat -c %U "/proc/$pid")" = alice ]
		grep -q '^CapPrm:[[:space:]]*0*$' "/proc/$pid/status"
	done
}

@test "network, bridge and user: three NICs in one guest" {
	guest_run a alice --nic network,source=default --nic bridge,source=br0 --nic user -- \
		ng.mode=dhcp ng.also=eth1:192.168.80.5/24,eth2:dhcp
	guest_says a ready
	unprivileged a
	[[ $(guest_lease a) == 192.168.22.* ]]
	guest_says a 'also eth1 192.168.80.5'
	guest_says a 'also eth2 10.0.2.15'
	guest_does a "tcp $WORLD4 7" "world $UPLINK4"
	guest_ping a 192.168.80.1 ok
	guest_ping a 10.0.2.2 ok
	guest_quit a
}

@test "ethernet: the admin's scripts connect the tap, and take it away again" {
	printf '%s\n' '#!/bin/sh' 'ip link set "$1" master br0 up' >/etc/netgrant/up
	printf '%s\n' '#!/bin/sh' 'ip link set "$1" nomaster down' >/etc/netgrant/down
	chmod 755 /etc/netgrant/up /etc/netgrant/down
	printf '%s\n' 'allow /etc/netgrant/* user=alice' >/etc/netgrant/ifup.conf
	guest_run a alice --nic ethernet,script=/etc/netgrant/up,downscript=/etc/netgrant/down,target=vnet7 -- \
		ng.mode=static ng.addr=192.168.80.6/24
	guest_says a ready
	in_host ip -o link show vnet7 | grep -q 'master br0'
	guest_ping a 192.168.80.1 ok
	guest_quit a
}

@test "server, clients and two hosts: all see each other" {
	# b listens on the host; a and c are on the other one.
	guest_run b alice --nic "server,address=$UPLINK4,port=5558" -- ng.mode=static ng.addr=10.1.1.2/24
	guest_says b ready
	GUEST_WHERE=$GUEST_LAN guest_run a alice --nic "client,address=$UPLINK4,port=5558" -- ng.mode=static ng.addr=10.1.1.1/24
	GUEST_WHERE=$GUEST_LAN guest_run c bob --nic "client,address=$UPLINK4,port=5558,backend=qemu" -- \
		ng.mode=static ng.addr=10.1.1.3/24
	guest_says a ready
	guest_says c ready
	guest_ping a 10.1.1.2 ok
	guest_ping a 10.1.1.3 ok
	guest_ping c 10.1.1.2 ok
}

@test "mcast: two hosts in one group, and QEMU's own beside ours" {
	group=mcast,address=230.0.0.1,port=5558
	guest_run a alice --nic "$group,local-address=$UPLINK4" -- ng.mode=static ng.addr=10.1.1.1/24
	guest_run b bob --nic "$group,local-address=$UPLINK4,backend=qemu" -- ng.mode=static ng.addr=10.1.1.2/24
	GUEST_WHERE=$GUEST_LAN guest_run c alice --nic "$group,local-address=198.51.100.1" -- ng.mode=static ng.addr=10.1.1.3/24
	for name in a b c; do guest_says $name ready; done
	guest_ping a 10.1.1.2 ok
	guest_ping a 10.1.1.3 ok
	guest_ping b 10.1.1.3 ok
}

@test "udp: two ends, ours and QEMU's" {
	guest_run a alice --nic udp,address=127.0.0.1,port=5002,local-address=127.0.0.1,local-port=5001 -- \
		ng.mode=static ng.addr=10.1.1.1/24
	guest_run b bob --nic udp,address=127.0.0.1,port=5001,local-address=127.0.0.1,local-port=5002,backend=netgrant -- \
		ng.mode=static ng.addr=10.1.1.2/24
	guest_says a ready
	guest_says b ready
	guest_ping a 10.1.1.2 ok
}

# QEMU stands for emulators that take taps only: the one by its descriptor, the other by its name.
@test "taps without a helper: the user network and a tunnel" {
	local nics='-netdev tap,id=n0,fd={fd0} -device virtio-net-pci,netdev=n0,mac={mac0}
		-netdev tap,id=n1,ifname={ifname1},script=no,downscript=no -device virtio-net-pci,netdev=n1,mac={mac1}'
	GUEST_NICS=$nics guest_run a alice --emulator crosvm --nic user,hostfwd=tcp:127.0.0.1:2207-:7 \
		--nic server,address=127.0.0.1,port=5558 -- ng.mode=dhcp ng.also=eth1:10.1.1.1/24
	guest_run b alice --nic client,address=127.0.0.1,port=5558 -- ng.mode=static ng.addr=10.1.1.2/24
	guest_says a ready
	guest_says b ready
	unprivileged a
	[ "$(guest_lease a)" = 10.0.2.15 ]
	guest_does a "tcp $WORLD4 7" "world $UPLINK4"
	guest_does a 'dns www.example.test' "$WORLD6,$WORLD4"
	guest_does a 'listen 7' ok
	[[ $(in_host "$GUEST_WORK/peer" tcp 127.0.0.1 2207) == a* ]]
	guest_ping a 10.1.1.2 ok
	guest_ping b 10.1.1.1 ok
	if in_host ip -o link | grep vnet; then return 1; fi
	guest_quit a
}

@test "hub: two NICs of one guest, and a bridge, on one repeater; null has no cable" {
	guest_run a alice --nic hub,source=h --nic hub,source=h --nic null --hub h=bridge,source=br0 -- \
		ng.mode=static ng.addr=192.168.80.7/24 ng.also=eth1:192.168.80.8/24,eth2:dhcp
	guest_says a ready
	guest_says a 'also eth2 none'
	guest_ping a 192.168.80.1 ok
	in_host ping -c 2 -W 2 192.168.80.8
}

@test "user by netgrant-slirp: a lease, names, out; a forward in; link=down is down" {
	guest_run a alice --nic user,backend=netgrant,hostfwd=tcp:127.0.0.1:2207-:7 -- ng.mode=dhcp
	guest_run b alice --nic user,link=down -- ng.mode=dhcp
	guest_says a ready
	[ "$(guest_lease a)" = 10.0.2.15 ]
	guest_does a "tcp $WORLD4 7" "world $UPLINK4"
	guest_does a 'dns www.example.test' "$WORLD6,$WORLD4"
	guest_does a 'listen 7' ok
	[[ $(in_host "$GUEST_WORK/peer" tcp 127.0.0.1 2207) == a* ]]
	guest_says b ready
	guest_says b nolease
}

@test "--interface: libvirt's types, seven of them in one guest, and their other ends" {
	printf '%s\n' '#!/bin/sh' 'ip link set "$1" master br0 up' >/etc/netgrant/up
	chmod 755 /etc/netgrant/up
	echo 'allow /etc/netgrant/up user=alice' >/etc/netgrant/ifup.conf
	in_host ip addr add 192.168.81.1/24 dev br0
	cat >"$GUEST_WORK/a.xml" <<-'EOF'
		<interfaces>
		  <interface type='network'><source network='default'/></interface>
		  <interface type='bridge'><source bridge='br0'/><model type='virtio'/></interface>
		  <interface type='ethernet'><script path='/etc/netgrant/up'/><downscript path='no'/></interface>
		  <interface type='user'/>
		  <interface type='mcast'><source address='230.0.0.1' port='5558'/></interface>
		  <interface type='server'><source address='127.0.0.1' port='5558'/></interface>
		  <interface type='udp'><source address='127.0.0.1' port='5002'><local address='127.0.0.1' port='5001'/></source></interface>
		</interfaces>
	EOF
	cat >"$GUEST_WORK/b.xml" <<-'EOF'
		<domain><devices>
		  <interface type='mcast'><mac address='52:54:00:00:00:0b'/><source address='230.0.0.1' port='5558'/></interface>
		  <interface type='client'><source address='127.0.0.1' port='5558'/></interface>
		  <interface type='udp'><source address='127.0.0.1' port='5001'><local address='127.0.0.1' port='5002'/></source></interface>
		</devices></domain>
	EOF
	chmod a+r "$GUEST_WORK"/[ab].xml
	guest_run a alice --interface "$GUEST_WORK/a.xml" -- ng.mode=dhcp \
		ng.also=eth1:192.168.80.5/24,eth2:192.168.81.6/24,eth3:dhcp,eth4:10.1.4.1/24,eth5:10.1.5.1/24,eth6:10.1.6.1/24
	guest_says a up.*
	guest_run b bob --domain "$GUEST_WORK/b.xml" -- ng.mode=static ng.addr=10.1.4.2/24 \
		ng.also=eth1:10.1.5.2/24,eth2:10.1.6.2/24
	guest_says a ready
	guest_says b ready
	guest_says b 'up 52:54:00:00:00:0b'
	[[ $(guest_lease a) == 192.168.22.* ]]
	guest_says a 'also eth3 10.0.2.15'
	for address in 192.168.80.1 192.168.81.1 10.0.2.2 10.1.4.2 10.1.5.2 10.1.6.2; do
		guest_ping a "$address" ok
	done
	in_host ip addr del 192.168.81.1/24 dev br0
}

@test "User-mode Linux: a bridge by its descriptor, mcast by its own, a tap by its name" {
	echo 'allow vnet* user=alice persist' >/etc/netgrant/tap.conf
	uml_run u alice --nic bridge,source=br0 --nic mcast,address=230.0.0.1,port=5558 -- \
		ng.mode=static ng.addr=192.168.80.5/24 ng.also=eth1:10.1.1.1/24
	uml_run v bob --nic mcast,address=230.0.0.1,port=5558 --nic user -- \
		ng.mode=static ng.addr=10.1.1.2/24 ng.also=eth1:dhcp
	uml_run w alice --nic ethernet,script=no,target=vnet7,mac=52:54:00:aa:00:07 -- \
		'eth0=tuntap,{ifname},{mac}' ng.mode=static ng.addr=192.168.82.2/24
	for name in u v w; do guest_says $name ready; done
	guest_ping u 192.168.80.1 ok
	guest_ping u 10.1.1.2 ok
	guest_says v 'also eth1 10.0.2.15'
	guest_ping v 10.0.2.2 ok
	in_host ip addr add 192.168.82.1/24 dev vnet7
	in_host ip link set vnet7 up
	guest_ping w 192.168.82.1 ok
	for name in u v w; do guest_quit $name; done
}

@test "User-mode Linux: tunnels, a hub, and a tap without a helper" {
	uml_run u alice --nic server,address=127.0.0.1,port=5558 --nic hub,source=h --hub h=bridge,source=br0 -- \
		ng.mode=static ng.addr=10.1.1.1/24 ng.also=eth1:192.168.80.7/24
	uml_run v bob --nic client,address=127.0.0.1,port=5558 -- ng.mode=static ng.addr=10.1.1.2/24
	uml_run w alice --nic user,mac=52:54:00:aa:00:07 -- 'eth0=tuntap,{ifname},{mac}' ng.mode=dhcp
	for name in u v w; do guest_says $name ready; done
	guest_ping u 192.168.80.1 ok
	guest_ping u 10.1.1.2 ok
	[ "$(guest_lease w)" = 10.0.2.15 ]
	guest_does w "tcp $WORLD4 7" "world $UPLINK4"
	for name in u v w; do guest_quit $name; done
}

# Killed, it leaves processes of its own behind that hold the tap.
@test "User-mode Linux that is killed, or whose netgrant run is, leaves nothing behind" {
	local name status=0
	for name in killed orphan; do
		uml_run $name alice --nic bridge,source=br0 --nic user -- ng.mode=static ng.addr=192.168.80.5/24
	done
	for name in killed orphan; do guest_says $name ready; done
	kill -KILL "$(pgrep -o -f "^linux.uml .*initrd=$GUEST_WORK/.* umid=killed")" "${GUEST_PID[orphan]}"
	wait "${GUEST_PID[killed]}" || status=$?
	[ "$status" = 137 ]
	wait_until eval '! pgrep -f "linux.uml .*initrd=$GUEST_WORK/"'
	# The ports are gone as well: teardown looks.
}

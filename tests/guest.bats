#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Real guests: stock QEMU, run by users without privilege, gets its network from
# bridge-helper; a router hands out leases. See guest/guest.bash for what it runs in:
#
#   tests/guest/make-image /var/tmp/image
#   NG_GUEST_IMAGE=/var/tmp/image NG_BUILD=/tmp/build unshare -mn bats tests/guest.bats
#
# The image is made before, because inside there is no network to download it from.
bats_require_minimum_version 1.5.0

# shellcheck source=tests/guest/guest.bash
source "$BATS_TEST_DIRNAME/guest/guest.bash"

# br0 for most; on the others each port is isolated, locked to one address, to a range.
setup_file() {
	local tool
	[ -n "${NG_GUEST_IMAGE-}" ] || guest_fail "set NG_GUEST_IMAGE to a folder that tests/guest/make-image filled"
	guest_sandbox
	guest_image "$NG_GUEST_IMAGE"
	for tool in macs holder; do
		"${CC:-cc}" -D_GNU_SOURCE -O1 -Wall -Wextra -Werror -o "$GUEST_WORK/$tool" "$GUEST_DIR/$tool.c"
	done
	guest_network br0=192.168.77 briso=192.168.78 brlock=192.168.79 brrange=192.168.80
	cat >"$GUEST_POLICY" <<-EOF
		allow br0     user=alice,bob
		allow briso   user=alice,bob  isolated
		allow brlock  user=alice      mac=52:54:00:aa:00:01
		allow brrange user=alice      mac=52:54:00:aa:00:00/32
	EOF
}

teardown_file() {
	guest_network_down
	guest_sandbox_down
}

setup() {
	before=$(guest_links)
	WATCH=
}

# Whatever a test began ends here, and the bridges are as they were.
teardown() {
	guests_kill
	[[ -z $WATCH ]] || { kill "$WATCH" && wait "$WATCH"; } 2>/dev/null || :
	guest_same_links "$before"
}

netdev() {
	echo "bridge,id=n0,br=$1,helper=$BRIDGE_HELPER"
}

# watch BRIDGE: notes each source address that the router's side of the bridge receives.
watch() {
	(guest_spawn ip netns exec "$GUEST_LAN" "$GUEST_WORK/macs" "lan-$1") >"$GUEST_WORK/macs.$1" &
	WATCH=$!
	guest_wait_for "$GUEST_WORK/macs.$1" ready 60
}

# A QEMU without a machine: enough to see what becomes of its -netdev.
bare_qemu() {
	local user=$1
	shift
	as "$user" timeout 60 qemu-system-x86_64 -machine none -nodefaults -display none "$@"
}

# ports BRIDGE: the devices of ours on it.
ports() {
	in_host ip -o link show master "$1" | sed -n 's/^[0-9]*: \(vnet[0-9]*\).*/\1/p'
}

# held FILE KEY: of the holder's key=value lines.
held() {
	sed -n "s/^$2=//p" "$1"
}

# ---- one guest

@test "-netdev bridge: a user without privilege gets a lease and an answer from the router" {
	guest_start a alice 52:54:00:aa:00:01 "$(netdev br0)" ng.mode=dhcp ng.ping=192.168.77.1 ng.wait=900
	guest_says a 'up 52:54:00:aa:00:01'
	guest_says a 'lease 192\.168\.77\.1[0-9][0-9]'
	guest_says a 'ping 192\.168\.77\.1 ok'
	# It is alice who runs it, with no capability at all, and the port tells of her.
	[ "$(stat -c %U "/proc/${GUEST_PID[a]}")" = alice ]
	grep -q '^CapEff:[[:space:]]*0*$' "/proc/${GUEST_PID[a]}/status"
	in_host ip -d link show master br0 | grep -q "alias netgrant uid=$(id -u alice) helper=bridge-helper rule=$GUEST_POLICY:1"
	guest_quit a
	guest_same_links "$before"
}

@test "-netdev tap,helper=: the same" {
	guest_start a alice 52:54:00:aa:00:01 "tap,id=n0,br=br0,helper=$BRIDGE_HELPER" \
		ng.mode=dhcp ng.ping=192.168.77.1
	guest_says a 'lease 192\.168\.77\.1[0-9][0-9]'
	guest_says a 'ping 192\.168\.77\.1 ok'
	guest_says a 'done'
}

@test "a helper with a blank, which QEMU gives to the shell: the same" {
	guest_start a bob 52:54:00:aa:00:01 "tap,id=n0,helper=$BRIDGE_HELPER --br=br0" \
		ng.mode=dhcp ng.ping=192.168.77.1
	guest_says a 'lease 192\.168\.77\.1[0-9][0-9]'
	guest_says a 'ping 192\.168\.77\.1 ok'
	guest_says a 'done'
}

@test "QEMU's monitor names the helper" {
	run bare_qemu alice -monitor stdio -netdev "$(netdev br0)" < <(printf 'info network\nquit\n')
	[ "$status" -eq 0 ]
	[[ $output == *"n0: index=0,type=tap,helper=$BRIDGE_HELPER,br=br0"* ]]
}

@test "SIGKILL of QEMU: its port is gone" {
	guest_start a alice 52:54:00:aa:00:01 "$(netdev br0)" ng.mode=dhcp ng.wait=900
	guest_says a 'lease 192\.168\.77\.1[0-9][0-9]'
	[ "$(ports br0 | wc -l)" -eq 1 ]
	kill -KILL "${GUEST_PID[a]}"
	run wait "${GUEST_PID[a]}"
	guest_same_links "$before"
}

@test "a denied user: QEMU says why and exits 1, nothing is left" {
	run --separate-stderr bare_qemu mallory -netdev "$(netdev br0)"
	[ "$status" -eq 1 ]
	[[ ${stderr_lines[0]} == "bridge-helper: denied: no rule in $GUEST_POLICY allows bridge 'br0' to mallory (uid $(id -u mallory))"* ]]
	[[ $stderr == *"bridge helper failed"* ]]
	guest_same_links "$before"
}

# ---- two guests

# two_guests BRIDGE NET: both have a lease, and the router answers both.
two_guests() {
	guest_start a alice 52:54:00:aa:00:0a "$(netdev "$1")" "ng.mode=dhcp ng.ping=$2.1 ng.wait=900"
	guest_start b bob 52:54:00:aa:00:0b "$(netdev "$1")" "ng.mode=dhcp ng.ping=$2.1 ng.wait=900"
	guest_says a "ping $2.1 ok"
	guest_says b "ping $2.1 ok"
	guest_says a ready
	guest_says b ready
	[ "$(guest_lease a)" != "$(guest_lease b)" ]
}

@test "two guests on one bridge reach each other" {
	two_guests br0 192.168.77
	guest_ping a "$(guest_lease b)" ok
	guest_ping b "$(guest_lease a)" ok
}

@test "two isolated guests reach the router, but not each other" {
	two_guests briso 192.168.78
	guest_ping a "$(guest_lease b)" fail
	guest_ping b "$(guest_lease a)" fail
	# Both were there to answer.
	guest_ping a 192.168.78.1 ok
	guest_ping b 192.168.78.1 ok
}

# ---- addresses

# arrives BRIDGE MAC: did a frame of that address reach the router's side?
arrives() {
	grep -qx "$2" "$GUEST_WORK/macs.$1"
}

# takes BRIDGE NET MAC ok|fail: what becomes of the guest when its NIC takes the address MAC.
takes() {
	guest_order a "mac $3"
	guest_says a "mac $3" 60
	guest_ping a "$2.1" "$4"
	if [ "$4" = ok ]; then
		wait_until arrives "$1" "$3"
	else
		run ! arrives "$1" "$3"
		# Nor did the bridge learn it.
		run ! grep -q "$3" < <(in_host bridge fdb show br "$1")
	fi
}

# foreign BRIDGE NET [MAC ok|fail]...: a guest with its right address takes these in turn, and
# its own again at the end, which works: the port was not dead.
foreign() {
	local bridge=$1 net=$2
	shift 2
	watch "$bridge"
	guest_start a alice 52:54:00:aa:00:01 "$(netdev "$bridge")" "ng.mode=dhcp ng.wait=900"
	guest_says a "lease ${net//./\\.}\\.1[0-9][0-9]"
	guest_ping a "$net.1" ok
	while (($#)); do
		takes "$bridge" "$net" "$1" "$2"
		shift 2
	done
	guest_order a "mac 52:54:00:aa:00:01"
	guest_ping a "$net.1" ok
	wait_until arrives "$bridge" 52:54:00:aa:00:01
}

@test "without mac=, a guest may take any address" {
	foreign br0 192.168.77 52:54:00:aa:00:02 ok 52:54:00:ab:00:01 ok
}

@test "mac=ADDRESS: frames from a neighbouring address do not arrive" {
	foreign brlock 192.168.79 52:54:00:aa:00:02 fail
}

@test "mac=ADDRESS/BITS: frames from outside the range do not arrive, all from inside do" {
	foreign brrange 192.168.80 52:54:00:ab:00:01 fail 52:54:00:aa:ff:77 ok
}

# ---- the holder of the descriptor, and libvirt

# hold USER ACTION...: until hold_end; its words in $GUEST_WORK/held.
hold() {
	local user=$1
	shift
	rm -f "$GUEST_WORK/hold.in"
	mkfifo "$GUEST_WORK/hold.in"
	exec {HOLD}<>"$GUEST_WORK/hold.in"
	(guest_spawn ip netns exec "$GUEST_HOST" setpriv --reuid "$user" --regid "$user" --init-groups \
		--inh-caps=-all --pdeathsig KILL -- "$GUEST_WORK/holder" "$@" -- \
		"$BRIDGE_HELPER" --use-vnet --br=br0 --fd=@FD@) \
		<&"$HOLD" >"$GUEST_WORK/held" 2>"$GUEST_WORK/held.err" &
	GUEST_PIDS+=("$!")
	guest_wait_for "$GUEST_WORK/held" '^ready$' 60 || guest_fail "$(cat "$GUEST_WORK/held" "$GUEST_WORK/held.err")"
}

bridge_face() {
	in_host cat /sys/class/net/br0/{address,mtu}
}

@test "the holder of a descriptor changes neither the bridge's address nor its MTU" {
	face=$(bridge_face)
	hold alice mac=00:00:00:00:00:02 mtu=600 "owner=$(id -u bob)"
	# Lower than every other port's: a bridge that is not pinned takes it.
	[ "$(held "$GUEST_WORK/held" mac)" = 0 ]
	[ "$(in_host cat "/sys/class/net/$(held "$GUEST_WORK/held" name)/address")" = 00:00:00:00:00:02 ]
	[ "$(held "$GUEST_WORK/held" mtu)" = 1 ]
	[ "$(bridge_face)" = "$face" ]
	guests_kill
	[ "$(bridge_face)" = "$face" ]
}

@test "a descriptor made persistent does not escape limit=" {
	echo 'allow br0 user=alice limit=1' >"$GUEST_WORK/one"
	cp "$GUEST_POLICY" "$GUEST_WORK/policy"
	cp "$GUEST_WORK/one" "$GUEST_POLICY"
	hold alice persist "owner=$(id -u bob)"
	port=$(held "$GUEST_WORK/held" name)
	[ "$(held "$GUEST_WORK/held" persist)" = 0 ]
	guests_kill
	run as alice "$GUEST_WORK/holder" -- "$BRIDGE_HELPER" --br=br0 --fd=@FD@ </dev/null
	cp "$GUEST_WORK/policy" "$GUEST_POLICY"
	# Nobody holds it any more, and it still counts.
	in_host ip link del "$port"
	[ "$status" -eq 1 ]
	[[ $output == *"exit=3"* ]]
	[[ $output == *"uid $(id -u alice) holds 1 of the 1 ports it allows"* ]]
}

# As libvirt's session daemon: its order of arguments, one capability in the bounding set.
libvirt_start() {
	as alice setpriv --bounding-set=-all,+net_admin -- \
		"$GUEST_WORK/holder" -- "$BRIDGE_HELPER" "$@" </dev/null
}

@test "started as libvirt does, with the virtio header" {
	run --separate-stderr libvirt_start --use-vnet --br=br0 --fd=@FD@
	[ "$status" -eq 0 ]
	[[ $output == "exit=0"$'\n'"name=vnet"*$'\n'"vnet_hdr=1"* ]]
	[ -z "$stderr" ]
}

@test "started as libvirt does, without it" {
	run --separate-stderr libvirt_start --br=br0 --fd=@FD@
	[ "$status" -eq 0 ]
	[[ $output == "exit=0"$'\n'"name=vnet"*$'\n'"vnet_hdr=0"* ]]
	[ -z "$stderr" ]
}

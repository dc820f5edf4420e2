#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Real guests on the networks of nat-setup: stock QEMU, run by users without privilege, with a
# second namespace as the internet (guest/world.bash). Runs as guest.bats does:
#
#   tests/guest/make-image /var/tmp/image
#   NG_GUEST_IMAGE=/var/tmp/image NG_BUILD=/tmp/build unshare -mn bats tests/network-guest.bats
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
}

teardown_file() {
	source "$GUEST_DIR/world.bash"
	world_down
	guest_sandbox_down
}

setup() {
	# shellcheck source=tests/guest/world.bash
	source "$GUEST_DIR/world.bash"
	rm -f "$NETWORKS"/*.conf
	echo 'allow all user=alice,bob' >"$NETWORK_POLICY"
}

# Whatever a test began ends here.
teardown() {
	guests_kill
	in_host "$NAT_SETUP" down --all
	[ -z "$(in_host nft list ruleset)" ]
	if in_host ip -o link | grep -E 'vnet|ng-'; then return 1; fi
}

up() {
	in_host "$NAT_SETUP" up "$1"
}

# Those of our networks, in this namespace: another lane of the suite has a network of that name, too.
dnsmasqs() {
	# shellcheck disable=SC2016 # that of the shell in there
	in_host sh -c 'pgrep --ns $$ --nslist net -u netgrant-dnsmasq'
}

# simple NAME MODE: 192.168.50.0/24 with DHCP, and the lines of standard input.
simple() {
	{
		printf '%s\n' '[network]' "mode=$2"
		cat
		printf '%s\n' '[ipv4]' address=192.168.50.1/24 dhcp=192.168.50.2-192.168.50.254
	} | network "$1"
}

# boot NAME USER NETWORK [ORDER...]: a guest of that name, with an address by DHCP. The last
# byte of its MAC is that of its name.
boot() {
	local name=$1 user=$2 net=$3
	shift 3
	guest_start "$name" "$user" "$(mac_of "$name")" "$(on "$net")" ng.mode=dhcp "ng.name=$name" ng.wait=900 "$@"
}

mac_of() {
	printf '52:54:00:aa:00:%02x' "'$1"
}

# ready NAME...: they have their leases; the address is in ADDR_NAME.
ready() {
	local name
	for name; do
		guest_says "$name" ready
		guest_says "$name" 'lease .*' 0
		declare -g "ADDR_$name=$(guest_lease "$name")"
	done
}

@test "nat: a lease, names, and out by TCP, UDP and ICMP in the host's name; nothing comes in" {
	cp "$BATS_TEST_DIRNAME/../etc/networks/default.conf" "$NETWORKS/"
	up default
	boot a alice default
	boot b bob default
	ready a b
	[[ $ADDR_a == 192.168.22.* && $ADDR_b == 192.168.22.* && $ADDR_a != "$ADDR_b" ]]
	# Names: of guests, short and full, and of the world.
	guest_does a 'dns b.default.internal' "$ADDR_b"
	guest_does a 'dns b' "$ADDR_b"
	guest_does b 'dns a.default.internal' "$ADDR_a"
	guest_does a 'dns www.example.test' "$WORLD6,$WORLD4"
	guest_does a 'dns nobody.default.internal' fail
	# Our own names are not asked for in the world.
	if grep -q internal "$GUEST_WORK/dns.log"; then return 1; fi
	guest_does a "tcp $WORLD4 7" "world $UPLINK4"
	guest_does a "udp $WORLD4 7" "world $UPLINK4"
	guest_does b "udp $WORLD4 7" "world $UPLINK4"
	guest_ping a "$WORLD4" ok
	guest_does a "http $WORLD4 file" 280000
	guest_does a "tcp $WORLD4 9" fail
	# Each other.
	guest_does b 'listen 7' ok
	guest_does a "tcp $ADDR_b 7" "b $ADDR_a"
	# In: the world has a route to b, and does not reach it.
	world_reaches "$ADDR_b" 7 nothing
	run in_host "$NAT_SETUP" leases default
	[ "$status" -eq 0 ]
	[[ $output == *"$ADDR_a"* && $output == *"$(mac_of a)"* && $output == *"$ADDR_b"* ]]
	in_host "$NAT_SETUP" leases --json default | grep -q "\"$(mac_of b)\""
	[ "$(stat -c %U "/proc/${GUEST_PID[a]}")" = alice ]
	grep -q '^CapEff:[[:space:]]*0*$' "/proc/${GUEST_PID[a]}/status"
}

@test "tftp: a guest without a disk boots from the network, by PXE" {
	mkdir -p "$GUEST_WORK/tftp"
	cp "$GUEST_WORK"/{kernel,initrd} "$GUEST_WORK/tftp/"
	cat >"$GUEST_WORK/tftp/boot.ipxe" <<-'EOF'
		#!ipxe
		kernel tftp://${next-server}/kernel console=ttyS0 quiet no_timer_check initrd=initrd ng.mode=dhcp ng.name=a ng.wait=900
		initrd tftp://${next-server}/initrd
		boot
	EOF
	chmod -R a+rX "$GUEST_WORK/tftp"
	simple lab isolated </dev/null
	printf '%s\n' '[dhcp]' boot-file=boot.ipxe '[tftp]' "root=$GUEST_WORK/tftp" >>"$NETWORKS/lab.conf"
	up lab
	guest_start a alice "$(mac_of a)" "$(on lab)" pxe
	ready a
	[[ $ADDR_a == 192.168.50.* ]]
}

@test "-netdev bridge,br=x: QEMU's --br does not matter; the first guest starts the network, the last stops it" {
	echo 'allow default user=alice start' >"$NETWORK_POLICY"
	simple default nat <<<'stop=last-port'
	guest_start a alice "$(mac_of a)" "bridge,id=n0,br=x,helper=$NAT_SETUP --network=default" \
		ng.mode=dhcp ng.name=a ng.wait=900
	ready a
	guest_ping a "$WORLD4" ok
	in_host ip -d link show master ng-default | grep -q "alias netgrant uid=$(id -u alice) helper=nat-setup rule=$NETWORK_POLICY:1"
	guest_quit a
	wait_until no in_host ip link show ng-default
	if in_host ip link show ng-default 2>/dev/null; then return 1; fi
	# And whom no rule allows gets nothing.
	run --separate-stderr as mallory timeout 60 qemu-system-x86_64 -machine none -nodefaults -display none -netdev "$(on default)"
	[ "$status" -eq 1 ]
	[[ ${stderr_lines[0]} == "nat-setup: denied: no rule in $NETWORK_POLICY allows network 'default' to mallory"* ]]
}

@test "port forwards: TCP and UDP from outside and hairpin, ranges, and only to our own address" {
	simple default nat <<<''
	cat >>"$NETWORKS/default.conf" <<-EOF
		[host a]
		mac=$(mac_of a)
		ipv4=192.168.50.10
		[forward one]
		protocol=tcp, udp
		port=8080
		to=192.168.50.10:7
		[forward range]
		protocol=tcp
		port=9000-9001
		to=192.168.50.10:7
	EOF
	up default
	boot a alice default
	boot b bob default
	ready a b
	[ "$ADDR_a" = 192.168.50.10 ]
	guest_does a 'listen 7 8' ok
	world_asks tcp "$UPLINK4" 8080 'a 198.51.100.1'
	world_asks udp "$UPLINK4" 8080 'a 198.51.100.1'
	world_asks tcp "$UPLINK4" 9000 'a 198.51.100.1'
	world_asks tcp "$UPLINK4" 9001 'a 198.51.100.1'
	world_asks tcp "$UPLINK4" 9002 fail
	# The host itself, and a guest by the host's address, the guest itself included.
	[[ $(in_host "$GUEST_WORK/peer" tcp "$UPLINK4" 8080) == "a "* ]]
	guest_asks b "tcp $UPLINK4 8080"
	[[ $GUEST_ANSWER == "a "* ]]
	guest_asks b "udp $UPLINK4 8080"
	[[ $GUEST_ANSWER == "a "* ]]
	# To itself as well, but for br_netfilter, which leaves such a frame to the bridge; that
	# sends none back where it came from.
	in_host sh -c "echo 0 >/proc/sys/net/bridge/bridge-nf-call-iptables" 2>/dev/null || :
	guest_asks a "tcp $UPLINK4 8080"
	[[ $GUEST_ANSWER == "a "* ]]
	# Somebody else's port of that number is not ours.
	world_spawn other.log ready "$GUEST_WORK/peer" serve world 8080
	guest_does b "tcp $WORLD4 8080" "world $UPLINK4"
}

@test "a guest's connection survives nft flush ruleset, a killed dnsmasq and nat-setup reload" {
	simple default nat <<<''
	up default
	boot a alice default
	ready a
	guest_does a "hold $WORLD4 7" "world $UPLINK4"
	guest_does a 'held one' ok
	in_host nft flush ruleset
	dnsmasqs | xargs kill -9
	wait_until no dnsmasqs
	in_host "$NAT_SETUP" reload default
	in_host "$NAT_SETUP" status default
	guest_does a 'held two' ok
	# It is no other one that the guest has now: everything else works again, too.
	guest_does a 'dns www.example.test' "$WORLD6,$WORLD4"
	guest_does a "tcp $WORLD4 7" "world $UPLINK4"
	in_host "$NAT_SETUP" reload default
	guest_does a 'held three' ok
	in_host "$NAT_SETUP" leases default | grep -q "$ADDR_a"
}

@test "IPv6: addresses by RA and by DHCPv6, and out with nat=yes in the host's name" {
	network six <<-EOF
		[network]
		mode=nat
		[ipv4]
		address=192.168.50.1/24
		dhcp=192.168.50.2-192.168.50.254
		[ipv6]
		address=fd00:22::1/64, fd00:23::1/64
		dhcp=fd00:22::100-fd00:22::1ff
		nat=yes
		[dns]
		domain=six.internal
	EOF
	up six
	boot a alice six ng.ip6=dhcp
	ready a
	guest_says a "ra fd00:23::5054:ff:feaa:61" 0
	guest_says a 'lease6 fd00:22::1[0-9a-f][0-9a-f]' 0
	lease6=$(tr -d '\r' <"$GUEST_WORK/a.out" | sed -n 's/^NG lease6 //p')
	guest_ping a fd00:22::1 ok
	guest_ping a "$WORLD6" ok
	guest_does a "tcp $WORLD6 7" "world $UPLINK6"
	guest_does a "udp $WORLD6 7" "world $UPLINK6"
	guest_does a 'listen 7' ok
	world_reaches fd00:23::5054:ff:feaa:61 7 nothing
	guest_asks a 'dns a.six.internal'
	[[ ,$GUEST_ANSWER, == *,"$lease6",* ]]
	in_host "$NAT_SETUP" leases six | grep -q "$lease6"
}

@test "isolated: nothing in or out, guests reach each other and their names" {
	simple closed isolated <<<''
	printf '%s\n' '[dns]' domain=closed.internal >>"$NETWORKS/closed.conf"
	up closed
	in_host sysctl -qw net.ipv4.ip_forward=1
	world_in_host
	boot a alice closed
	boot b bob closed
	ready a b
	guest_does b 'listen 7' ok
	guest_does a "tcp $ADDR_b 7" "b $ADDR_a"
	guest_does a "reach $ADDR_b 7" 'tcp udp ping'
	guest_does a 'dns b.closed.internal' "$ADDR_b"
	guest_does a 'dns www.example.test' fail
	# Even a guest that makes the host its router stays inside.
	guest_does a 'route 192.168.50.1' ok
	guest_does a "reach $WORLD4 7" nothing
	guest_does b 'route 192.168.50.1' ok
	world_reaches "$ADDR_b" 7 nothing
	# Nor is anything of the host's but the services of the network to be had.
	guest_does a 'reach 192.168.50.1 4444' ping
	guest_does a "reach $UPLINK4 4444" nothing
	[ "$(in_host "$GUEST_WORK/peer" tcp "$UPLINK4" 4444)" = "host $UPLINK4" ]
	in_host sysctl -qw net.ipv4.ip_forward=0
}

# world_in_host: the host has a service on port 4444, for nobody's guests.
world_in_host() {
	(guest_spawn ip netns exec "$GUEST_HOST" "$GUEST_WORK/peer" serve host 4444) </dev/null >"$GUEST_WORK/host.log" 2>&1 &
	GUEST_PIDS+=("$!")
	guest_wait_for "$GUEST_WORK/host.log" ready 60
}

# untranslated MODE: in and out under the guest's own addresses, IPv4 and IPv6.
untranslated() {
	simple lan "$1" <<<''
	printf '%s\n' '[ipv6]' address=fd00:50::1/64 >>"$NETWORKS/lan.conf"
	up lan
	boot a alice lan ng.ip6=ra
	ready a
	local six=fd00:50::5054:ff:feaa:61
	guest_says a "ra $six" 0
	guest_does a 'listen 7' ok
	guest_does a "tcp $WORLD4 7" "world $ADDR_a"
	guest_does a "udp $WORLD4 7" "world $ADDR_a"
	guest_ping a "$WORLD4" ok
	guest_does a 'dns www.example.test' "$WORLD6,$WORLD4"
	guest_does a "tcp $WORLD6 7" "world $six"
	guest_does a "udp $WORLD6 7" "world $six"
	world_asks tcp "$ADDR_a" 7 'a 198.51.100.1'
	world_reaches "$ADDR_a" 7 'tcp udp ping'
	world_asks tcp "$six" 7 'a 2001:db8:100::1'
	world_reaches "$six" 7 'tcp udp ping'
}

@test "route: in and out untranslated, IPv4 and IPv6" {
	untranslated route
}

@test "open: in and out untranslated, IPv4 and IPv6" {
	untranslated open
}

@test "two networks, one routed and one NATed, do not reach each other" {
	simple one nat <<<''
	network two <<-EOF
		[network]
		mode=route
		[ipv4]
		address=192.168.60.1/24
		dhcp=192.168.60.2-192.168.60.254
	EOF
	up one
	up two
	boot a alice one
	boot b bob two
	ready a b
	guest_does a 'listen 7' ok
	guest_does b 'listen 7' ok
	guest_does a "reach $ADDR_b 7" nothing
	guest_does b "reach $ADDR_a 7" nothing
	# Nor the other's router, and its DNS.
	guest_does a 'reach 192.168.60.1 53' nothing
	# It was not that they were dead.
	guest_does a "tcp $WORLD4 7" "world $UPLINK4"
	guest_does b "tcp $WORLD4 7" "world $ADDR_b"
	world_asks tcp "$ADDR_b" 7 'b 198.51.100.1'
}

@test "guests=isolated: both go out, neither reaches the other" {
	simple default nat <<<'guests=isolated'
	up default
	boot a alice default
	boot b bob default
	ready a b
	guest_does b 'listen 7' ok
	guest_does a "tcp $WORLD4 7" "world $UPLINK4"
	guest_does b "tcp $WORLD4 7" "world $UPLINK4"
	guest_does a "reach $ADDR_b 7" nothing
}

@test "jumbo: the guest learns an MTU of 9000, and 9000 bytes go unfragmented to a guest and out" {
	simple default nat <<<'mtu=9000'
	up default
	world_links 9000
	boot a alice default
	boot b bob default
	ready a b
	guest_does a mtu 9000
	guest_does b mtu 9000
	guest_does b 'listen 7' ok
	# 20 bytes of IP and 8 of UDP.
	guest_does a "udp $ADDR_b 7 8972" "b $ADDR_a"
	guest_does a "udp $WORLD4 7 8972" "world $UPLINK4"
	guest_does a "udp $ADDR_b 7 8973" fail
	guest_does a "http $WORLD4 file" 280000
	# A way out that is narrower takes TCP all the same.
	world_links 1500
	guest_does a "udp $WORLD4 7 8972" fail
	guest_does a "http $WORLD4 file" 280000
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# dnsmasq with the configuration that we write for it: a user without privilege but for the
# capabilities it needs, two guests on a bridge, and a neighbour on another device.
bats_require_minimum_version 1.5.0
load lib

DNSMASQ_USER=64999

setup() {
	command -v dnsmasq >/dev/null || skip "no dnsmasq"
	NS=ng-$BATS_TEST_NUMBER-$$
	WORK=$NG_WORK/dnsmasq-$NS
	local g
	ip netns add "$NS"
	mkdir -p "$WORK"
	chmod 755 "$WORK"
	mkdir "$WORK/state"
	chown "$DNSMASQ_USER" "$WORK/state"
	echo 'nameserver 10.9.0.2' >"$WORK/state/resolv.conf"
	in_ns ip link set lo up
	in_ns ip link add ng-test address 52:54:00:00:00:01 type bridge
	in_ns sh -c 'echo 0 >/proc/sys/net/ipv6/conf/ng-test/accept_dad; echo 0 >/proc/sys/net/ipv6/conf/ng-test/accept_ra'
	in_ns ip addr add 192.168.22.1/24 dev ng-test
	in_ns ip addr add fd00:22::1/64 dev ng-test nodad
	in_ns ip addr add fd00:23::1/64 dev ng-test nodad
	in_ns ip link set ng-test up
	for g in 1 2; do
		ip netns add "$NS-g$g"
		in_ns ip link add "g$g" type veth peer name eth0 netns "$NS-g$g"
		in_ns ip link set "g$g" master ng-test up
		guest "$g" ip link set eth0 address "52:54:00:00:00:0$((g + 1))"
		guest "$g" sh -c 'echo 0 >/proc/sys/net/ipv6/conf/eth0/accept_dad'
		guest "$g" ip link set lo up
		guest "$g" ip link set eth0 up
	done
	ip netns add "$NS-out"
	in_ns ip link add out0 type veth peer name eth0 netns "$NS-out"
	in_ns ip addr add 10.9.0.1/24 dev out0
	in_ns ip link set out0 up
	in_ns sysctl -qw net.ipv4.ip_forward=1
	ip -n "$NS-out" addr add 10.9.0.2/24 dev eth0
	ip -n "$NS-out" link set eth0 up
	ip -n "$NS-out" link set lo up
	ip -n "$NS-out" route add default via 10.9.0.1
	cat >"$WORK/lease" <<-'END'
		#!/bin/sh
		[ "$1" = bound ] || exit 0
		ip addr flush dev eth0 scope global
		ip addr add "$ip/$mask" dev eth0
		for v in ip mask router dns domain search mtu hostname lease boot_file siaddr ntpsrv; do
			eval "echo \"$v=\$$v\""
		done
	END
	chmod 755 "$WORK/lease"
}

teardown() {
	[ -n "${WORK-}" ] || return 0
	stop
	netns_end "$NS" "$NS-g1" "$NS-g2" "$NS-out"
	rm -rf "$WORK"
}

# guest N COMMAND...: in the N-th guest; outside COMMAND...: at the neighbour's.
guest() {
	local n=$1
	shift
	timeout -k 5 60 ip netns exec "$NS-g$n" "$@"
}
outside() { timeout -k 5 60 ip netns exec "$NS-out" "$@"; }

# serve CAPABILITIES: dnsmasq with $WORK/conf, as nobody in particular.
serve() {
	in_ns setpriv --reuid "$DNSMASQ_USER" --regid "$DNSMASQ_USER" --clear-groups --no-new-privs \
		--inh-caps="-all,$1" --ambient-caps="-all,$1" --bounding-set="-all,$1" \
		dnsmasq --conf-file="$WORK/conf" 3>&-
}
ALL=+net_bind_service,+net_admin,+net_raw

# start NETWORK [SED SCRIPT]
start() {
	"$NG_TOOLS/render-dnsmasq" "$1" "$WORK/state" | sed "${2-}" >"$WORK/conf"
	serve "$ALL"
}

stop() {
	local i pid
	pid=$(cat "$WORK/state/pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null || return 0
	for ((i = 0; i < 1000; i++)); do
		# Ended, though nobody may have asked for its status yet.
		case $(awk '{ print $3 }' "/proc/$pid/stat" 2>/dev/null) in '' | Z) return 0 ;; esac
		sleep 0.02
	done
	return 1
}

alive() { grep -q "^State:.[^Z]" "/proc/$(cat "$WORK/state/pid")/status"; }

# lease N [UDHCPC OPTION...]: what the guest got, as key=value lines.
lease() {
	local n=$1
	shift
	guest "$n" busybox udhcpc -i eth0 -f -q -n -t 30 -T 1 -s "$WORK/lease" -O search -O mtu -O ntpsrv "$@" 2>/dev/null
}

# ask_dns WHO ARGUMENT...: nslookup's answer, without what it says about the server.
ask_dns() {
	"$@" 2>&1 | sed -n '/^Name\|^Address: [^ ]*$\|NXDOMAIN\|text =\|service =\|timed out\|refused/p' | sort -u
}
nslookup_by() {
	local who=$1
	shift
	case $who in out) ask_dns outside busybox nslookup "$@" ;; *) ask_dns guest "$who" busybox nslookup "$@" ;; esac
}

# Counts what leaves for anybody's DNS; asked reads it.
count_asked() {
	in_ns nft -f - <<-'END'
		table inet count {
			chain output {
				type filter hook output priority 0
				oifname "out0" meta l4proto { tcp, udp } th dport 53 counter
			}
		}
	END
}
asked() {
	in_ns nft list table inet count | sed -n 's/.*counter packets \([0-9]*\).*/\1/p'
}

@test "dnsmasq takes what we write for every kind of network" {
	mkdir -p "$WORK/tftp"
	for network in plain full isolated static ids quiet; do
		"$NG_TOOLS/render-dnsmasq" "$network" "$WORK/state" >"$WORK/conf"
		run dnsmasq --test --conf-file="$WORK/conf"
		echo "$network: $output"
		[ "$status" -eq 0 ]
	done
}

@test "the fewest capabilities are those that net_dnsmasq_caps() tells" {
	"$NG_TOOLS/render-dnsmasq" plain "$WORK/state" >"$WORK/conf"
	run serve +net_bind_service
	[ "$status" -eq 5 ]
	serve +net_bind_service,+net_admin
	grep -q '^NoNewPrivs:.1' "/proc/$(cat "$WORK/state/pid")/status"
	[ "$(awk '/^Uid/ { print $2 $3 $4 $5 }' "/proc/$(cat "$WORK/state/pid")/status")" = "$DNSMASQ_USER$DNSMASQ_USER$DNSMASQ_USER$DNSMASQ_USER" ]
	stop
	"$NG_TOOLS/render-dnsmasq" isolated "$WORK/state" >"$WORK/conf"
	run serve +net_bind_service,+net_admin
	[ "$status" -eq 2 ]
	serve "$ALL"
	stop
	"$NG_TOOLS/render-dnsmasq" quiet "$WORK/state" | sed s/^port=0// >"$WORK/conf"
	serve +net_bind_service
}

@test "what stops it is on stderr, and the status is not 0" {
	run start plain "s,^dhcp-leasefile=.*,dhcp-leasefile=/none/leases,"
	[ "$status" -eq 3 ]
	[[ "$output" == *"/none/leases"* ]]
	run start full "s,^tftp-root=.*,tftp-root=/none/tftp,"
	[ "$status" -eq 3 ]
	[[ "$output" == *"/none/tftp"* ]]
	start plain
	run start plain
	[ "$status" -eq 2 ]
	[[ "$output" == *"in use"* ]]
}

@test "a lease with its options, without a ping first" {
	start full "s,^tftp-root=.*,tftp-root=$WORK,"
	in_ns nft 'table ip seen { chain out { type filter hook output priority 0; icmp type echo-request counter; }; }'
	run lease 2 -x hostname:whatever
	echo "$output"
	[ "$status" -eq 0 ]
	grep -qx 'ip=192.168.22.[0-9]*' <<<"$output"
	for line in mask=24 router=192.168.22.1 dns=192.168.22.1 domain=test.internal mtu=1400 hostname=db \
		'search=test.internal corp.example' lease=3600 siaddr=192.168.22.1 ntpsrv=192.168.22.1 \
		'boot_file=boot dir/a,b "c" \ #d'; do
		grep -qxF "$line" <<<"$output"
	done
	# An address is not pinged first, which takes 3 s.
	in_ns nft list table ip seen | grep -q 'counter packets 0 '
}

@test "a static host has its addresses and its name; a guest finds the other by name" {
	start full "s,^tftp-root=.*,tftp-root=$WORK,"
	run nslookup_by out db.test.internal 192.168.22.1
	lease 1 | grep -qx ip=192.168.22.10
	lease 2 >"$WORK/two"
	address=$(sed -n s/^ip=//p "$WORK/two")
	run nslookup_by 1 db.test.internal 192.168.22.1
	[[ "$output" == *"Address: $address"* ]]
	run nslookup_by 1 db 192.168.22.1
	[[ "$output" == *"Address: $address"* ]]
	run nslookup_by 2 web.test.internal 192.168.22.1
	[[ "$output" == *"Address: 192.168.22.10"* && "$output" == *"Address: fd00:22::10"* ]]
	[ "$(guest 1 "$NG_TOOLS/dhcp6" eth0 000300015254000000ff)" = fd00:22::10 ]
	[[ "$(guest 2 "$NG_TOOLS/dhcp6" eth0 000300015254000000fe)" == fd00:22::1?? ]]
}

@test "records" {
	start full "s,^tftp-root=.*,tftp-root=$WORK,"
	lease 1 >"$WORK/one"
	run nslookup_by 1 -type=txt printer.test.internal 192.168.22.1
	[[ "$output" == *'text = "say "hi", \ # there"'* ]]
	run nslookup_by 1 -type=srv _ldap._tcp.test.internal 192.168.22.1
	[[ "$output" == *'service = 1 2 389 web.test.internal'* ]]
	run nslookup_by 1 www.example.org 192.168.22.1
	[[ "$output" == *'Address: 192.168.22.78'* ]]
}

@test "router advertisements: a prefix and a router, and no router where there is no way" {
	start isolated
	wait_until eval 'guest 1 ip -6 addr show dev eth0 | grep fd00:22:'
	[ -z "$(guest 1 ip -6 route show default)" ]
	stop
	start full "s,^tftp-root=.*,tftp-root=$WORK,"
	guest 2 sh -c 'ip link set eth0 down; ip link set eth0 up'
	wait_until eval 'guest 2 ip -6 route show default | grep . && guest 2 ip -6 addr show dev eth0 | grep fd00:23:'
	# DHCPv6 gives these addresses; none makes its own.
	[ -z "$(guest 2 ip -6 addr show dev eth0 | grep fd00:22:)" ]
}

@test "an isolated network has no router and asks nobody" {
	count_asked
	start isolated
	run lease 1
	grep -qx 'router=' <<<"$output"
	run nslookup_by 1 outside.example 192.168.22.1
	[ "$(asked)" -eq 0 ]
}

@test "TFTP: the folder's files and no others" {
	mkdir "$WORK/tftp"
	echo hello >"$WORK/tftp/file"
	chmod 755 "$WORK/tftp"
	start full "s,^tftp-root=.*,tftp-root=$WORK/tftp,"
	lease 1 >"$WORK/one"
	guest 1 busybox tftp -g -r file -l "$WORK/got" 192.168.22.1
	[ "$(cat "$WORK/got")" = hello ]
	for name in ../conf ../../../../../../etc/passwd /etc/passwd "$WORK/conf"; do
		run guest 1 busybox tftp -g -r "$name" -l "$WORK/got2" 192.168.22.1
		[ "$status" -ne 0 ]
	done
}

@test "row 30: one MAC address has one lease, whatever identifiers it claims" {
	start plain
	for i in 1 2 3 4; do lease 1 -x "0x3d:00bb0$i" >/dev/null; done
	[ "$(wc -l <"$WORK/state/leases")" -eq 1 ]
}

@test "row 34: no answer on another device, by UDP or TCP" {
	start full "s,^tftp-root=.*,tftp-root=$WORK,"
	lease 1 >"$WORK/one"
	query='\0\43\0\1\1\0\0\1\0\0\0\0\0\0\3web\4test\10internal\0\0\1\0\1'
	for who in "guest 1" outside; do
		limit=60
		[ "$who" != outside ] || limit=2
		$who timeout $((limit + 3)) bash -c "exec 4<>/dev/tcp/192.168.22.1/53; printf '$query' >&4; timeout $limit head -c 40 <&4" >"$WORK/tcp-${who% *}" 2>/dev/null || :
	done
	[ -s "$WORK/tcp-guest" ]
	[ ! -s "$WORK/tcp-outside" ]
	run nslookup_by out web.test.internal 192.168.22.1
	[[ "$output" != *"Address: 192.168.22.10"* ]]
	run nslookup_by out web.test.internal 10.9.0.1
	[[ "$output" != *"Address: 192.168.22.10"* ]]
	# Nothing listens on every address but DHCP, which is tied to the bridge.
	in_ns ss -Hlntu | awk '{ print $5 }' >"$WORK/listeners"
	cat "$WORK/listeners"
	[ "$(grep -cE '^(0\.0\.0\.0|\*|\[::\]):' "$WORK/listeners")" -eq 0 ]
	grep -qx '0.0.0.0%ng-test:67' "$WORK/listeners"
}

@test "row 35: the longest client identifiers" {
	start ids
	lease 1 -x "0x3d:$(printf 'ab%.0s' {1..254})" >/dev/null
	alive
	stop
	start full "s,^tftp-root=.*,tftp-root=$WORK,"
	for n in 130 1000; do
		guest 2 "$NG_TOOLS/dhcp6" eth0 "$(printf 'cd%.0s' $(seq "$n"))" >/dev/null
		alive
	done
	stop
	serve "$ALL" # and reads its file again
}

two_leases() { [ "$(grep -cxE '[0-9]+ [0-9a-f:]+ [0-9a-f.:]+ (\*|[A-Za-z0-9-]+) [0-9a-f:*]+' "$WORK/state/leases")" -eq 2 ]; }

@test "row 37: a guest's name is a name or nothing" {
	start full "s,^tftp-root=.*,tftp-root=$WORK,;/^dhcp-host/d"
	cd "$BATS_TEST_TMPDIR"
	for name in '$(touch x)' '`touch x`' 'a b' $'a\nb' 'a;b' '*' '../x' wpad WPAD isatap localhost; do
		lease 1 -x "hostname:$name" >/dev/null
		guest 2 "$NG_TOOLS/dhcp6" eth0 000300015254000000fe "$name" >/dev/null
		# By DHCPv6 it answers before it writes that.
		wait_until two_leases || { cat "$WORK/state/leases"; return 1; }
		# dnsmasq keeps the name before, if the new one is none.
		[ "$(grep -ciE ' (wpad|isatap|localhost) ' "$WORK/state/leases")" -eq 0 ]
	done
	[ ! -e x ]
	# Names of others stay theirs.
	for name in web printer; do
		lease 1 -x "hostname:$name" >"$WORK/one"
		run nslookup_by 1 "$name.test.internal" 192.168.22.1
		[[ "$output" != *"Address: $(sed -n s/^ip=//p "$WORK/one")"* ]]
		[[ "$output" == *"Address: 192.168.22."* ]]
	done
}

@test "row 38: the domain, short names and the guests' addresses are asked for nowhere else" {
	count_asked
	start plain
	lease 1 >"$WORK/one"
	for question in nothere.test.internal nothere '-type=mx nothere.test.internal' '-type=txt nothere' \
		'-type=srv nothere' 192.168.22.200; do
		# shellcheck disable=SC2086
		run nslookup_by 1 $question 192.168.22.1
		[[ "$output" == *NXDOMAIN* ]]
	done
	[ "$(asked)" -eq 0 ]
	run nslookup_by 1 outside.example 192.168.22.1
	[ "$(asked)" -gt 0 ]
}

@test "of the host's files it opens its configuration, its leases and the resolvers" {
	command -v strace >/dev/null || skip "no strace"
	"$NG_TOOLS/render-dnsmasq" plain "$WORK/state" >"$WORK/conf"
	chmod 1777 "$WORK"
	in_ns timeout -s KILL 60 strace -f -e trace=openat,open,execve -o "$WORK/trace" dnsmasq --keep-in-foreground \
		--user=root --conf-file="$WORK/conf" 3>&- &
	echo $! >"$WORK/strace.pid"
	wait_until test -e "$WORK/state/pid"
	sleep 0.3
	stop
	run grep -E '"/(etc|var|home|root|usr/share/dns)' "$WORK/trace"
	[ -z "$(grep -vE 'ENOENT|ld.so|localtime|/etc/(passwd|group|nsswitch.conf)|locale' <<<"$output")" ]
	[ "$(grep -c execve "$WORK/trace")" -eq 1 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The packet filter of a network, by packets: each test shows first that what it is about
# arrives where the filter is not there. Numbers are rows of the list of what has gone wrong
# in programs like these.
#
#	NG_BUILD=/tmp/build tests/sandbox bats tests/nft.bats
#
#   g1 (192.168.22.11)--p1-\                        /-up0---out (203.0.113.2, "the internet")
#   g2 (192.168.22.12)--p2--ng-t (.1) [ the host ]--
#   g3 (192.168.33.33)--p3--ng-u (192.168.33.1)     \-other (198.51.100.1)

load lib

T_MAC=52:54:00:00:00:01
MAC1=52:54:00:00:00:11
MAC2=52:54:00:00:00:12
LL=fe80::5054:ff:fe00:1
ADDRESSES=(--address=192.168.22.1/24 --address=fd22::1/64)

# on WHO COMMAND...: host, out, g1, g2, g3.
on() {
	local who=$1
	shift
	timeout -k 5 60 ip netns exec "$NS-$who" "$@"
}

quiet_ip6() { # WHO DEVICE
	on "$1" sh -c "echo 0 >/proc/sys/net/ipv6/conf/$2/accept_dad; echo 0 >/proc/sys/net/ipv6/conf/$2/router_solicitations"
}

guest() { # NAME PORT BRIDGE MAC IPV4 IPV6 ROUTER4 ROUTER6
	ip netns add "$NS-$1"
	ip -n "$NS-$1" link set lo up
	ip -n "$NS-host" link add "$2" type veth peer name eth0 address "$4" netns "$NS-$1"
	quiet_ip6 "$1" eth0
	on host sh -c "echo 1 >/proc/sys/net/ipv6/conf/$2/disable_ipv6"
	ip -n "$NS-host" link set "$2" master "$3" group "$((0x40000000 + $(index "$3")))" up
	ip -n "$NS-$1" link set eth0 up
	ip -n "$NS-$1" addr add "$5/24" dev eth0
	ip -n "$NS-$1" addr add "$6/64" dev eth0 nodad
	ip -n "$NS-$1" route add default via "$7"
	ip -n "$NS-$1" route add default via "$8"
}

index() {
	on host cat "/sys/class/net/$1/ifindex"
}

bridge() { # NAME MAC IPV4 IPV6
	ip -n "$NS-host" link add "$1" address "$2" group "$((0x006e6700))" type bridge
	on host sh -c "echo 0 >/proc/sys/net/ipv6/conf/$1/accept_dad"
	ip -n "$NS-host" link set "$1" up
	ip -n "$NS-host" addr add "$3/24" dev "$1"
	ip -n "$NS-host" addr add "$4/64" dev "$1" nodad
}

bridge_nf() { # 0 or 1
	[ ! -e /proc/sys/net/bridge ] || on host sh -c "for f in iptables ip6tables arptables; do echo $1 >/proc/sys/net/bridge/bridge-nf-call-\$f; done"
}

setup() {
	NS=nft-$BATS_TEST_NUMBER-$$
	: >"$BATS_TEST_TMPDIR/pids"
	ip netns add "$NS-host"
	ip netns add "$NS-out"
	on host ip link set lo up
	on out ip link set lo up
	on host sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding'
	on host sh -c 'echo 0 >/proc/sys/net/ipv4/conf/all/rp_filter; echo 0 >/proc/sys/net/ipv4/conf/default/rp_filter'
	# As it is where nothing has loaded br_netfilter; here it may be part of the kernel.
	bridge_nf "${NETGRANT_TEST_BRIDGE_NF:-0}"
	bridge ng-t "$T_MAC" 192.168.22.1 fd22::1
	bridge ng-u 52:54:00:00:00:02 192.168.33.1 fd33::1
	guest g1 p1 ng-t "$MAC1" 192.168.22.11 fd22::11 192.168.22.1 fd22::1
	guest g2 p2 ng-t "$MAC2" 192.168.22.12 fd22::12 192.168.22.1 fd22::1
	guest g3 p3 ng-u 52:54:00:00:00:33 192.168.33.33 fd33::33 192.168.33.1 fd33::1
	ip -n "$NS-host" link add up0 type veth peer name eth0 netns "$NS-out"
	quiet_ip6 out eth0
	quiet_ip6 host up0
	ip -n "$NS-host" link add other type bridge
	ip -n "$NS-host" addr add 198.51.100.1/24 dev other
	ip -n "$NS-host" addr add 203.0.113.1/24 dev up0
	ip -n "$NS-host" addr add 2001:db8:1::1/64 dev up0 nodad
	ip -n "$NS-host" link set other up
	ip -n "$NS-host" link set up0 up
	ip -n "$NS-out" addr add 203.0.113.2/24 dev eth0
	ip -n "$NS-out" addr add 2001:db8:1::2/64 dev eth0 nodad
	ip -n "$NS-out" link set eth0 up
	# The internet knows the way back, so that only the filter decides.
	ip -n "$NS-out" route add default via 203.0.113.1
	ip -n "$NS-out" route add default via 2001:db8:1::1
}

teardown() {
	local name
	cd /
	# shellcheck disable=SC2046 # words are wanted
	kill_jobs $(cat "$BATS_TEST_TMPDIR/pids")
	for name in host out g1 g2 g3; do
		netns_end "$NS-$name"
	done
}

# filter [OPTION...]: the network's tables, as render-nft's options say.
filter() {
	on host "$NG_TOOLS/render-nft" --index="$(index ng-t)" --mac="$T_MAC" "${ADDRESSES[@]}" "$@" >"$BATS_TEST_TMPDIR/rules"
	on host nft -f "$BATS_TEST_TMPDIR/rules"
}

bare() {
	for family in bridge inet; do
		on host nft "add table $family netgrant-t; delete table $family netgrant-t"
	done
}

# background WHO COMMAND...: until the test ends; its pid in $!.
background() {
	local who=$1
	shift
	ip netns exec "$NS-$who" "$@" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
}

within() { # SECONDS/10 COMMAND...: holds at last
	local i n=$1
	shift
	for ((i = 0; i < n; i++)); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}

# seen WHO DEVICE PATTERN -- SENDER KIND KEY=VALUE...: does that frame, sent from SENDER's
# eth0, come in at WHO's DEVICE? A frame that everybody may send comes after it, and is
# waited for, unless MARK is empty; so "no" does not mean "not yet".
MARK=yes
seen() {
	local who=$1 device=$2 pattern=$3 sender=$5 log=$BATS_TEST_TMPDIR/watch ip mac pid
	shift 5
	: >"$log"
	background "$who" "$NG_TOOLS/frames" watch "$device" 20 >"$log"
	pid=$!
	wait_until grep -q watching "$log"
	on "$sender" "$NG_TOOLS/frames" send eth0 "$@"
	if [ -n "$MARK" ]; then
		case $sender in g1) ip=192.168.22.11 mac=$MAC1 ;; *) ip=192.168.22.12 mac=$MAC2 ;; esac
		on "$sender" "$NG_TOOLS/frames" send eth0 arp "src=$mac" op=1 "spa=$ip" tpa=192.168.22.250
		wait_until grep -q 'to 192.168.22.250' "$log" || { echo "no mark" >&2; cat "$log" >&2; kill "$pid"; return 2; }
	else
		# What does not come is waited for in vain.
		WAIT_SECONDS=3 wait_until grep -qE "$pattern" "$log" 2>/dev/null || :
	fi
	kill "$pid"
	wait "$pid" 2>/dev/null || :
	grep -qE "$pattern" "$log"
}

# stopped WHO DEVICE PATTERN -- SENDER FRAME...: arrives without the filter, not with it.
stopped() {
	bare
	seen "$@" || { echo "does not arrive without the filter: $*" >&2; cat "$BATS_TEST_TMPDIR/watch" >&2; return 1; }
	filter "${WITH[@]}"
	if seen "$@"; then
		echo "arrives through the filter: $*" >&2
		return 1
	else
		[ $? -eq 1 ]
	fi
}

# passes ...: arrives with the filter too.
passes() {
	filter "${WITH[@]}"
	seen "$@" || { echo "does not arrive: $*" >&2; cat "$BATS_TEST_TMPDIR/watch" >&2; return 1; }
}
WITH=()

# listen WHO PORT [udp]: answers everybody with its name and the asker's address.
listen() {
	background "$1" "$NG_TOOLS/talk" serve "${3-tcp}" "$2" "$1"
	wait_until listening "$1" "$2"
}
listening() { on "$1" ss -Hlntu "sport = :$2" | grep -q .; }

# ask WHO ADDRESS PORT [udp]: prints the answer; status 1 if there is none.
ask() {
	on "$1" "$NG_TOOLS/talk" ask "${4-tcp}" "$2" "$3"
}

pings() { on "$1" ping -n -c 1 -W 1 "$2" >/dev/null; }

# works CHECK...: tried again, as a second of patience may be over before the other end has had a turn.
works() {
	local i
	for i in 1 2 3 4 5; do "$@" && return; done
	return 1
}

# closed CHECK...: works without the filter, not with it.
closed() {
	bare
	works "$@" || { echo "does not work without the filter: $*" >&2; return 1; }
	filter "${WITH[@]}"
	no "$@"
}
# stays_open CHECK...: works with the filter.
stays_open() {
	filter "${WITH[@]}"
	works "$@" || { echo "does not work: $*" >&2; return 1; }
}

@test "tables: replaced as often as one likes, removed twice, nothing else touched" {
	on host nft 'add table inet mine { chain c { type filter hook forward priority 0; }; }'
	before=$(on host nft list ruleset)
	filter
	first=$(on host nft list ruleset)
	filter
	[ "$(on host nft list ruleset)" = "$first" ]
	# What nft lists can be read again, so that a saved ruleset loads.
	on host nft list ruleset >"$BATS_TEST_TMPDIR/saved"
	on host nft flush ruleset
	on host nft -f "$BATS_TEST_TMPDIR/saved"
	[ "$(on host nft list ruleset)" = "$first" ]
	bare
	bare
	[ "$(on host nft list ruleset)" = "$before" ]
}

@test "nat: out in the host's name, nothing comes in" {
	listen out 7000
	listen g1 7000
	filter
	[ "$(ask g1 203.0.113.2 7000)" = 'out sees 203.0.113.1' ]
	works pings g1 203.0.113.2
	closed ask out 192.168.22.11 7000
	closed pings out 192.168.22.11
	closed pings out fd22::11
	# To one uplink only: the other ways are closed.
	WITH=(--uplink=up0)
	stays_open pings g1 203.0.113.2
	WITH=(--uplink=other)
	closed pings g1 203.0.113.2
}

@test "nat: address range, ports, IPv6" {
	listen out 7000
	ip -n "$NS-host" addr add 203.0.113.7/24 dev up0
	filter --nat-address=203.0.113.7 --nat-ports=40000-40010
	[ "$(ask g1 203.0.113.2 7000)" = 'out sees 203.0.113.7' ]
	seen out eth0 'ip 17 203.0.113.7 > 203.0.113.2 ports 400(0[0-9]|10) > 99' -- \
		g1 udp "src=$MAC1" "dst=$T_MAC" from=192.168.22.11 to=203.0.113.2 sport=1234 dport=99 && mark=1 || mark=$?
	grep -qE 'ip 17 203.0.113.7 > 203.0.113.2 ports 400(0[0-9]|10) > 99' "$BATS_TEST_TMPDIR/watch"
	listen out 7006
	filter
	[ "$(ask g1 2001:db8:1::2 7006)" = 'out sees fd22::11' ]
	filter --nat6
	[ "$(ask g1 2001:db8:1::2 7006)" = 'out sees 2001:db8:1::1' ]
}

@test "route: in and out in the guests' own names" {
	listen out 7000
	listen g1 7000
	WITH=(--mode=route)
	filter "${WITH[@]}"
	[ "$(ask g1 203.0.113.2 7000)" = 'out sees 192.168.22.11' ]
	[ "$(ask out 192.168.22.11 7000)" = 'g1 sees 203.0.113.2' ]
	works pings out fd22::11
	WITH=(--mode=route --uplink=other)
	closed ask out 192.168.22.11 7000
	closed ask g1 203.0.113.2 7000
}

@test "isolated: nothing in or out, guests reach each other and the host's services" {
	listen out 7000
	listen g1 7000
	WITH=(--mode=isolated)
	closed ask g1 203.0.113.2 7000
	closed ask out 192.168.22.11 7000
	closed pings g1 2001:db8:1::2
	closed pings out fd22::11
	stays_open ask g2 192.168.22.11 7000
	stays_open pings g2 fd22::11
	stays_open pings g1 192.168.22.1
	stays_open pings host 192.168.22.11
	# A connection that was there before ends too.
	bare
	background g1 ping -n -i 0.2 -w 20 203.0.113.2 >"$BATS_TEST_TMPDIR/pings"
	wait_until grep -q 'seq=3' "$BATS_TEST_TMPDIR/pings"
	filter --mode=isolated
	sleep 3 # what had come may still be on its way to the file
	n=$(grep -c 'bytes from' "$BATS_TEST_TMPDIR/pings")
	sleep 1
	[ "$(grep -c 'bytes from' "$BATS_TEST_TMPDIR/pings")" = "$n" ]
}

@test "open: no rule stands in the way" {
	listen g1 7000
	listen host 22
	listen g3 7000
	filter --mode=open
	[ "$(ask out 192.168.22.11 7000)" = 'g1 sees 203.0.113.2' ]
	works ask g1 198.51.100.1 22
	works ask g1 192.168.33.33 7000
	works ask g3 192.168.22.11 7000
	works pings g1 2001:db8:1::2
}

@test "two networks do not reach each other" {
	listen g3 7000
	listen g1 7000
	for mode in nat route; do
		WITH=(--mode=$mode)
		closed ask g1 192.168.33.33 7000
		closed ask g3 192.168.22.11 7000
		closed pings g1 fd33::33
		closed pings g3 fd22::11
		# Nor by the other network's router.
		closed pings g1 192.168.33.1
	done
}

@test "43: guests reach DHCP, DNS and the services that are named, and nothing else of the host" {
	listen host 22
	listen host 53
	listen host 2200
	WITH=()
	closed ask g1 192.168.22.1 22
	closed ask g1 198.51.100.1 22
	closed ask g1 203.0.113.1 22
	closed ask g1 198.51.100.1 53
	closed pings g1 198.51.100.1
	closed pings g1 203.0.113.1
	stays_open ask g1 192.168.22.1 53
	stays_open pings g1 192.168.22.1
	stays_open pings g1 fd22::1
	WITH=(--no-dns)
	closed ask g1 192.168.22.1 53
	WITH=(--service=tcp/2200-2210)
	stays_open ask g1 192.168.22.1 2200
	no ask g1 192.168.22.1 22
	no ask g1 198.51.100.1 2200
	listen host 69 udp
	listen host 123 udp
	WITH=()
	closed ask g1 192.168.22.1 69 udp
	WITH=(--tftp --service=udp/123)
	stays_open ask g1 192.168.22.1 69 udp
	stays_open ask g1 192.168.22.1 123 udp
}

@test "34: nobody else asks the network's DNS" {
	listen host 53
	closed ask out 192.168.22.1 53
	closed ask g3 192.168.22.1 53
	stays_open ask g1 192.168.22.1 53
	stays_open ask host 192.168.22.1 53
	listen host 5353
	listen host 53 udp
	closed ask out 192.168.22.1 53 udp
	stays_open ask out 192.168.22.1 5353
}

@test "29: no spoofed source leaves a guest, with every feature on" {
	full=(--forward=tcp,8080,192.168.22.12 --nat6 --tftp --service=tcp/22 --service=udp/4000 --nat-ports=1024-65535)
	for more in '' full; do
		if [ "$more" ]; then WITH=("${full[@]}"); else WITH=(); fi
		stopped g2 eth0 'ip 17 10.9.9.9 > 192.168.22.12' -- g1 udp "src=$MAC1" "dst=$MAC2" from=10.9.9.9 to=192.168.22.12
		stopped g2 eth0 'ip 17 192.168.22.1 >' -- g1 udp "src=$MAC1" "dst=$MAC2" from=192.168.22.1 to=192.168.22.12
		stopped host ng-t 'ip 17 10.9.9.9 > 192.168.22.1 ' -- g1 udp "src=$MAC1" "dst=$T_MAC" from=10.9.9.9 to=192.168.22.1
		stopped g2 eth0 'ip6 17 fd99::1 >' -- g1 udp6 "src=$MAC1" "dst=$MAC2" from=fd99::1 to=fd22::12
		stopped g2 eth0 'ip6 17 fd22::1 >' -- g1 udp6 "src=$MAC1" "dst=$MAC2" from=fd22::1 to=fd22::12
		stopped g2 eth0 "ip6 17 $LL >" -- g1 udp6 "src=$MAC1" "dst=$MAC2" from=$LL to=fd22::12
		stopped g2 eth0 "^$T_MAC arp" -- g1 arp "src=$T_MAC" op=1 spa=192.168.22.11 tpa=192.168.22.12
		passes g2 eth0 'ip 17 192.168.22.11 > 192.168.22.12' -- g1 udp "src=$MAC1" "dst=$MAC2" from=192.168.22.11 to=192.168.22.12
		passes g2 eth0 'ip6 17 fe80::11 > fd22::12' -- g1 udp6 "src=$MAC1" "dst=$MAC2" from=fe80::11 to=fd22::12
	done
}

@test "29: a spoofed source does not get through the host either" {
	bare
	MARK=
	seen out eth0 'ip 17 10.9.9.9 > 203.0.113.2' -- g1 udp "src=$MAC1" "dst=$T_MAC" from=10.9.9.9 to=203.0.113.2
	stopped out eth0 '^[0-9a-f:]* ip 17 .* > 203.0.113.2' -- g1 udp "src=$MAC1" "dst=$T_MAC" from=10.9.9.9 to=203.0.113.2
	stopped out eth0 'ip 17 .* > 203.0.113.2' -- g1 udp "src=$MAC1" "dst=$T_MAC" from=192.168.33.33 to=203.0.113.2
	passes out eth0 'ip 17 203.0.113.1 > 203.0.113.2' -- g1 udp "src=$MAC1" "dst=$T_MAC" from=192.168.22.11 to=203.0.113.2
	# Not from a device that somebody else has put on the bridge either.
	ip -n "$NS-host" link set p1 group 0
	filter
	no seen out eth0 'ip 17 .* > 203.0.113.2' -- g1 udp "src=$MAC1" "dst=$T_MAC" from=10.9.9.9 to=203.0.113.2 sport=77
}

# g1 says to g2 that it is the host: does g2 believe it? (Linux does after a second only.)
poisoned() {
	on g1 "$NG_TOOLS/frames" send eth0 arp "src=$MAC1" op=2 spa=192.168.22.1 tha=$MAC2 tpa=192.168.22.12
	on g2 ip neigh show 192.168.22.1 | grep -q "$MAC1"
}

@test "29: forged ARP" {
	stopped g2 eth0 "arp 2 192.168.22.1 is $MAC1" -- g1 arp "src=$MAC1" op=2 spa=192.168.22.1 tpa=192.168.22.12
	stopped g2 eth0 "arp 1 192.168.22.1 is $MAC1" -- g1 arp "src=$MAC1" op=1 spa=192.168.22.1 tpa=192.168.22.1
	stopped g2 eth0 "arp 2 10.0.0.1 is" -- g1 arp "src=$MAC1" op=2 spa=10.0.0.1 tpa=192.168.22.12
	stopped g2 eth0 "arp 9 " -- g1 arp "src=$MAC1" op=9 spa=192.168.22.11 tpa=192.168.22.12
	# What every guest does: asks, answers, looks whether an address is free.
	passes g2 eth0 "arp 2 192.168.22.11 is $MAC1" -- g1 arp "src=$MAC1" op=2 spa=192.168.22.11 tpa=192.168.22.12
	passes g2 eth0 "arp 1 0.0.0.0 is $MAC1 to 192.168.22.77" -- g1 arp "src=$MAC1" op=1 spa=0.0.0.0 tpa=192.168.22.77
	# And what it is about: the host's idea of who has an address, and a guest's of the host.
	bare
	works pings g2 192.168.22.1
	wait_until poisoned
	ip -n "$NS-g2" neigh flush dev eth0
	filter
	works pings g2 192.168.22.1
	no within 15 poisoned
}

@test "29: forged neighbour advertisements and redirects" {
	stopped g2 eth0 'icmp6 136' -- g1 icmp6 icmp=136 "src=$MAC1" from=fd22::11 target=fd22::1
	stopped g2 eth0 'icmp6 136' -- g1 icmp6 icmp=136 "src=$MAC1" from=fe80::11 target=$LL
	stopped g2 eth0 'icmp6 136' -- g1 icmp6 icmp=136 "src=$MAC1" from=fd22::11 target=2001:db8:1::2
	stopped g2 eth0 'icmp6 136' -- g1 icmp6 icmp=136 "src=$MAC1" from=fd22::11 target=fd22::11 frag=yes
	stopped g2 eth0 'icmp6 137' -- g1 icmp6 icmp=137 "src=$MAC1" from=fe80::11 target=2001:db8:1::2
	stopped g2 eth0 'icmp6 135' -- g1 icmp6 icmp=135 "src=$MAC1" from=:: target=fd22::1
	passes g2 eth0 'icmp6 136' -- g1 icmp6 icmp=136 "src=$MAC1" from=fd22::11 target=fd22::11
	passes g2 eth0 'icmp6 136' -- g1 icmp6 icmp=136 "src=$MAC1" from=fe80::11 target=fe80::11
	passes g2 eth0 'icmp6 135' -- g1 icmp6 icmp=135 "src=$MAC1" from=:: target=fd22::77
	passes g2 eth0 'icmp6 143' -- g1 icmp6 icmp=143 "src=$MAC1" from=:: to=ff02::16
}

@test "33: a guest's router advertisement reaches neither the host nor other guests" {
	on host sh -c 'echo 2 >/proc/sys/net/ipv6/conf/ng-t/accept_ra'
	stopped g2 eth0 'icmp6 134' -- g1 icmp6 icmp=134 "src=$MAC1" from=fe80::11
	stopped host ng-t 'icmp6 134' -- g1 icmp6 icmp=134 "src=$MAC1" from=fe80::11
	stopped g2 eth0 'icmp6 134' -- g1 icmp6 icmp=134 "src=$MAC1" from=fe80::11 frag=yes
	stopped g2 eth0 'icmp6 130' -- g1 icmp6 icmp=130 "src=$MAC1" from=fe80::11
	bare
	on g1 "$NG_TOOLS/frames" send eth0 icmp6 icmp=134 "src=$MAC1" from=fe80::11
	wait_until sh -c "ip -n $NS-host -6 route | grep -q 'via fe80::11'"
	on host sh -c 'echo 0 >/proc/sys/net/ipv6/conf/ng-t/accept_ra; echo 2 >/proc/sys/net/ipv6/conf/ng-t/accept_ra'
	ip -n "$NS-host" -6 route flush proto ra
	ip -n "$NS-host" addr flush dev ng-t dynamic
	filter
	# But for what passes with time.
	six() {
		on host ip -6 route | sed 's/ expires.*//'
		on host ip -6 -o addr show dev ng-t | sed 's/ tentative//; s/valid_lft.*//'
	}
	before=$(six)
	on g1 "$NG_TOOLS/frames" send eth0 icmp6 icmp=134 "src=$MAC1" from=fe80::11
	sleep 0.5
	[ "$(six)" = "$before" ]
	# A guest may ask for the router; only the host hears it.
	passes host ng-t 'icmp6 133' -- g1 icmp6 icmp=133 "src=$MAC1" from=fe80::11 to=ff02::2
	stopped g2 eth0 'icmp6 133' -- g1 icmp6 icmp=133 "src=$MAC1" from=fe80::11 to=ff02::2
}

@test "29: a guest is no DHCP server" {
	stopped g2 eth0 'ports 67 > 68' -- g1 dhcp msg=2 "src=$MAC1" from=192.168.22.11 to=255.255.255.255 sport=67 dport=68
	stopped g2 eth0 'ports 1000 > 68' -- g1 dhcp msg=5 "src=$MAC1" from=192.168.22.11 to=255.255.255.255 sport=1000 dport=68
	stopped g2 eth0 'ports 4011 > 4011' -- g1 udp "src=$MAC1" from=192.168.22.11 to=192.168.22.12 sport=4011 dport=4011
	stopped g2 eth0 'ports 547 > 546' -- g1 udp6 "src=$MAC1" from=fe80::11 to=ff02::1 sport=547 dport=546
	# Nor in fragments of which the first one ends before the ports.
	stopped g2 eth0 'ip6 60 fe80::11 >' -- g1 udp6 "src=$MAC1" from=fe80::11 to=ff02::1 sport=547 dport=546 frag=first
	stopped g2 eth0 'ip6 60 fe80::11 >' -- g1 icmp6 icmp=134 "src=$MAC1" from=fe80::11 frag=first
	passes g2 eth0 'ip6 17 fe80::11 > .* ports 4000 > 4000' -- g1 udp6 "src=$MAC1" from=fe80::11 to=fd22::12 frag=yes
	# Nor does it hear what others ask a server for.
	stopped g2 eth0 'ports 68 > 67' -- g1 dhcp "src=$MAC1"
	stopped g2 eth0 'ports 546 > 547' -- g1 udp6 "src=$MAC1" from=fe80::11 to=ff02::1:2 sport=546 dport=547
	passes host ng-t 'ports 68 > 67 dhcp 1' -- g1 dhcp "src=$MAC1"
	passes host ng-t 'ports 546 > 547' -- g1 udp6 "src=$MAC1" from=fe80::11 to=ff02::1:2 sport=546 dport=547 text=$'\x01'
}

@test "nothing but ARP, IPv4 and IPv6, and no VLAN tag" {
	on host ip link set ng-t type bridge stp_state 0
	stopped g2 eth0 'type 0x88b5' -- g1 raw "src=$MAC1" type=0x88b5
	stopped g2 eth0 'type 0x8035' -- g1 raw "src=$MAC1" type=0x8035
	stopped g2 eth0 'vlan 7 .*10.9.9.9' -- g1 udp "src=$MAC1" vlan=7 from=10.9.9.9 to=192.168.22.12
	stopped g2 eth0 'vlan 7 .*192.168.22.11' -- g1 udp "src=$MAC1" vlan=7 from=192.168.22.11 to=192.168.22.12
	stopped g2 eth0 'type 0x0026' -- g1 raw "src=$MAC1" dst=01:80:c2:00:00:00 type=0x0026
	bare
	seen host ng-t 'ip 17 192.168.22.11 > 192.168.22.1 ' -- g1 udp "src=$MAC1" "dst=$T_MAC" vlan=0 from=192.168.22.11 to=192.168.22.1 sport=77 || :
}

# link_local LAST-BYTE: does what g1 sends to that address of the link's own get to the host, as
# IPv4 or as ARP? (It passes none of it on by itself.) A datagram that may pass is sent behind it, and waited for.
count() { on host nft list counter inet probe "$1" | grep -o 'packets [0-9]*' | grep -o '[0-9]*'; }
link_local() {
	local dst=01:80:c2:00:00:$1
	on host nft 'add table inet probe; delete table inet probe'
	on host nft -f "$BATS_TEST_TMPDIR/probe"
	on host ip neigh flush dev p1
	on g1 "$NG_TOOLS/frames" send eth0 arp "src=$MAC1" "dst=$dst" op=1 spa=192.168.22.11 tpa=192.168.22.1
	on g1 "$NG_TOOLS/frames" send eth0 udp "src=$MAC1" "dst=$dst" from=192.168.22.11 to=192.168.22.1 dport=700
	on g1 "$NG_TOOLS/frames" send eth0 udp "src=$MAC1" "dst=$dst" from=192.168.22.11 to=203.0.113.2 dport=700
	on g1 "$NG_TOOLS/frames" send eth0 udp "src=$MAC1" "dst=$T_MAC" from=192.168.22.11 to=192.168.22.1 dport=702
	wait_until eval '[ "$(count last)" -gt 0 ]'
	echo "ip $(count heard) arp $(on host ip neigh show dev p1 | wc -l)"
}

@test "18: what is sent to the addresses that a bridge does not forward goes round no rule" {
	cat >"$BATS_TEST_TMPDIR/probe" <<-END
		table inet probe {
			counter heard { }
			counter last { }
			chain i {
				type filter hook input priority 300
				udp dport 700 counter name heard
				udp dport 702 counter name last
			}
			chain f {
				type filter hook forward priority 300
				udp dport 700 counter name heard
			}
		}
	END
	# ARP to LLDP's address meets no rule that a network has; the port's own flag keeps from the host.
	noarp() { on host ip link set p1 arp "$1"; }
	for stp in 0 1; do
		on host ip link set ng-t type bridge forward_delay 200 stp_state "$stp"
		bare
		noarp on
		wait_until pings g1 192.168.22.1
		[ "$(link_local 0e)" = 'ip 1 arp 1' ]
		[ "$(link_local 03)" = 'ip 1 arp 1' ]
		for mode in nat route isolated open; do
			filter --mode=$mode --service=udp/702
			[ "$(link_local 03)" = 'ip 0 arp 0' ]
			[ "$(link_local 0d)" = 'ip 0 arp 0' ]
			noarp off
			[ "$(link_local 0e)" = 'ip 0 arp 0' ]
			if [ "$stp" = 1 ]; then [ "$(link_local 00)" = 'ip 0 arp 0' ]; fi
			noarp on
		done
	done
}

@test "guests isolated from each other: on the bridge and through the host" {
	listen g2 7000
	WITH=(--isolated-guests)
	closed ask g1 192.168.22.12 7000
	closed pings g1 fd22::12
	# By the router's MAC: the host would send it back in.
	on g1 ip neigh replace 192.168.22.12 lladdr "$T_MAC" dev eth0
	on g2 ip neigh replace 192.168.22.11 lladdr "$T_MAC" dev eth0
	closed ask g1 192.168.22.12 7000
	on g1 ip neigh flush dev eth0
	on g2 ip neigh flush dev eth0
	stays_open pings g1 203.0.113.2
	stays_open pings g1 192.168.22.1
	# With everything else open, too.
	WITH=(--mode=open --isolated-guests)
	on g1 ip neigh replace 192.168.22.12 lladdr "$T_MAC" dev eth0
	on g2 ip neigh replace 192.168.22.11 lladdr "$T_MAC" dev eth0
	closed ask g1 192.168.22.12 7000
	stays_open pings g1 203.0.113.2
}

@test "br_netfilter: guests reach each other, or do not, as the network says" {
	[ -e /proc/sys/net/bridge/bridge-nf-call-iptables ] || skip "no br_netfilter"
	bridge_nf 1
	listen g2 7000
	for mode in nat route isolated; do
		WITH=(--mode=$mode)
		stays_open ask g1 192.168.22.12 7000
		stays_open pings g1 fd22::12
		[ "$(ask g1 192.168.22.12 7000)" = 'g2 sees 192.168.22.11' ]
		WITH=(--mode=$mode --isolated-guests)
		no pings g1 192.168.22.12 || :
		closed ask g1 192.168.22.12 7000
	done
	WITH=()
	passes g2 eth0 "arp 1 0.0.0.0" -- g1 arp "src=$MAC1" op=1 spa=0.0.0.0 tpa=192.168.22.77
	stopped g2 eth0 'ip 17 10.9.9.9 > 192.168.22.12' -- g1 udp "src=$MAC1" "dst=$MAC2" from=10.9.9.9 to=192.168.22.12
}

@test "31: a port forward takes what is for the host, and nothing of others" {
	bridge_nf 0 # with it: the next test
	listen g1 8080
	listen g3 8080
	listen out 8080
	WITH=(--forward=tcp,8080,192.168.22.11)
	closed_then_open ask out 203.0.113.1 8080
	# 39: the guest sees who it is.
	[ "$(ask out 203.0.113.1 8080)" = 'g1 sees 203.0.113.2' ]
	# On its way through the host to somebody else's port 8080.
	[ "$(ask out 192.168.33.33 8080)" = 'g3 sees 203.0.113.2' ]
	[[ "$(ask g1 203.0.113.2 8080)" = 'out sees '* ]]
	[[ "$(ask g3 203.0.113.2 8080)" = 'out sees '* ]]
	# From the host itself, and from a guest of the same network; not from another network.
	[[ "$(ask host 203.0.113.1 8080)" = 'g1 sees '* ]]
	[ "$(ask g2 203.0.113.1 8080)" = 'g1 sees 192.168.22.1' ]
	[ "$(ask g1 203.0.113.1 8080)" = 'g1 sees 192.168.22.1' ]
	no ask g3 203.0.113.1 8080
	# Of one address only.
	WITH=(--forward=tcp,8080,192.168.22.11,8080,198.51.100.1)
	filter "${WITH[@]}"
	works ask out 198.51.100.1 8080
	no ask out 203.0.113.1 8080
	# An isolated network has no way in.
	WITH=(--mode=isolated --forward=tcp,8080,192.168.22.11)
	filter "${WITH[@]}"
	no ask out 203.0.113.1 8080
}

closed_then_open() { # CHECK...: works with the filter only
	bare
	no "$@"
	filter "${WITH[@]}"
	"$@"
}

@test "31: a port forward, hairpin included, with br_netfilter" {
	bridge_nf 1
	listen g1 8080
	listen g3 8080
	filter --forward=tcp,8080,192.168.22.11
	[ "$(ask out 203.0.113.1 8080)" = 'g1 sees 203.0.113.2' ]
	[ "$(ask out 192.168.33.33 8080)" = 'g3 sees 203.0.113.2' ]
	[[ "$(ask host 203.0.113.1 8080)" = 'g1 sees '* ]]
	[ "$(ask g2 203.0.113.1 8080)" = 'g1 sees 192.168.22.1' ]
	# (Not from a guest to itself: br_netfilter leaves such a frame to the bridge, which sends
	# none back where it came from.)
	[ "$(ask g2 192.168.22.11 8080)" = 'g1 sees 192.168.22.12' ]
}

@test "port forwards: ranges that keep and that move, UDP, IPv6, another port" {
	listen g1 9003
	listen g1 8005
	listen g1 5353 udp
	listen g1 9006
	WITH=(--forward=tcp,8000-8004,192.168.22.11,9000 --forward=tcp,8005-8009,192.168.22.11
		--forward=both,53,192.168.22.11,5353,203.0.113.1 --forward=tcp,80,fd22::11,9006)
	for mode in nat route; do
		filter --mode=$mode "${WITH[@]}"
		[ "$(ask out 203.0.113.1 8003)" = 'g1 sees 203.0.113.2' ]
		no ask out 203.0.113.1 8002
		[ "$(ask out 203.0.113.1 8005)" = 'g1 sees 203.0.113.2' ]
		[ "$(ask out 203.0.113.1 53 udp)" = 'g1 sees 203.0.113.2' ]
		[ "$(ask out 2001:db8:1::1 80)" = 'g1 sees 2001:db8:1::2' ]
		[ "$(ask g2 2001:db8:1::1 80)" = 'g1 sees fd22::1' ]
	done
}

dnsmasq_up() {
	LEASES=$BATS_TEST_TMPDIR/leases
	: >"$LEASES"
	background host dnsmasq --conf-file=/dev/null --keep-in-foreground --user=root --group=root \
		--interface=ng-t --bind-dynamic --port=0 --dhcp-authoritative --dhcp-ignore-clid --no-ping --pid-file= \
		--dhcp-range=192.168.22.2,192.168.22.254,1h --dhcp-leasefile="$LEASES" --log-facility=- 2>"$BATS_TEST_TMPDIR/dnsmasq"
	wait_until listening host 67
}

n_leases() { wc -l <"$LEASES"; }

# No more come, as far as half a second five times tells.
settled() {
	local n i
	n=$(n_leases)
	for i in 1 2 3 4 5; do
		sleep 0.5
		[ "$(n_leases)" = "$n" ] || return
	done
}

@test "30: a thousand MACs from one port get that port's share of leases" {
	dnsmasq_up
	bare
	on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=3 src=52:54:00:01:00:00 ask=192.168.22.3 count=300 pause=500
	wait_until sh -c "[ \$(wc -l <$LEASES) -gt 100 ]"
	# It writes its leases at its end, and has the port until then.
	kill $!
	wait $! || :
	dnsmasq_up
	filter --leases-per-port=5
	on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=3 src=52:54:00:02:00:00 ask=192.168.22.3 count=1000 pause=200
	sleep 1
	[ "$(n_leases)" -le 5 ]
	# Behind one source address, too.
	on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=3 src=52:54:00:03:00:00 chaddr=52:54:00:03:00:00 ask=192.168.22.3 count=1000 pause=200 keep=src
	wait_until eval '[ "$(n_leases)" -ge 1 ]'
	wait_until settled
	[ "$(n_leases)" -le 5 ]
	n=$(n_leases)
	# The other port has its own share, and the renewal of a lease is free.
	on g2 "$NG_TOOLS/frames" send eth0 dhcp msg=3 src=$MAC2 ask=192.168.22.200
	wait_until grep -q "$MAC2" "$LEASES"
	[ "$(n_leases)" = $((n + 1)) ]
}

@test "30: what does not look like a client's request does not reach the server" {
	stopped host ng-t 'ports 68 > 67' -- g1 dhcp "src=$MAC1" giaddr=192.168.22.77
	stopped host ng-t 'ports 68 > 67' -- g1 dhcp "src=$MAC1" hlen=16
	stopped host ng-t 'ports 68 > 67' -- g1 dhcp "src=$MAC1" late=1
	stopped host ng-t 'ports 68 > 67' -- g1 dhcp "src=$MAC1" msg=4
	stopped host ng-t 'ports 68 > 67' -- g1 udp "src=$MAC1" sport=68 dport=67
	stopped host ng-t 'ports 68 > 99' -- g1 udp "src=$MAC1" sport=68 dport=99
	passes host ng-t 'ports 68 > 67 dhcp 3' -- g1 dhcp "src=$MAC1" msg=3
	# Renewing, to the server alone.
	passes host ng-t 'ip 17 192.168.22.11 > 192.168.22.1 ports 68 > 67 dhcp 3' -- \
		g1 dhcp "src=$MAC1" "dst=$T_MAC" msg=3 from=192.168.22.11 to=192.168.22.1 ciaddr=192.168.22.11
}

# spoofs_12 PATTERN...: g1 claims g2's address, in ARP and as a source, to g2 and the host.
claims() { # DO: stopped_now or seen
	"$@" g2 eth0 "arp 2 192.168.22.12 is $MAC1" -- g1 arp "src=$MAC1" op=2 spa=192.168.22.12 tpa=192.168.22.12 &&
		"$@" host ng-t 'ip 17 192.168.22.12 > 192.168.22.1 ' -- g1 udp "src=$MAC1" "dst=$T_MAC" from=192.168.22.12 to=192.168.22.1 sport=71 &&
		"$@" host ng-t "arp 2 192.168.22.12 is $MAC1" -- g1 arp "src=$MAC1" sha="$MAC1" op=2 spa=192.168.22.12 tpa=192.168.22.1
}
taken_12() { on host nft list set bridge netgrant-t taken | grep -q 0xc0a8160c; }
unseen() {
	if seen "$@"; then
		echo "arrives: $*" >&2
		return 1
	else
		[ $? -eq 1 ]
	fi
}

@test "42: a guest does not claim the address that another one has leased" {
	dnsmasq_up
	filter
	claims seen
	on g2 "$NG_TOOLS/frames" send eth0 dhcp msg=3 src=$MAC2 ask=192.168.22.12
	wait_until grep -q "$MAC2 192.168.22.12" "$LEASES"
	# The rules learn it from the answer, which comes after that.
	wait_until taken_12
	claims unseen
	# The one that has it may use it; a mere claim in the body of ARP is not enough.
	seen g1 eth0 "arp 2 192.168.22.12 is $MAC2" -- g2 arp "src=$MAC2" op=2 spa=192.168.22.12 tpa=192.168.22.11
	seen host ng-t 'ip 17 192.168.22.12 > 192.168.22.1 ' -- g2 udp "src=$MAC2" "dst=$T_MAC" from=192.168.22.12 to=192.168.22.1 sport=71
	unseen g1 eth0 "arp 2 192.168.22.12 is $MAC1" -- g2 arp "src=$MAC2" sha=$MAC1 op=2 spa=192.168.22.12 tpa=192.168.22.11
	unseen g2 eth0 "arp 2 192.168.22.12 is $MAC2" -- g1 arp "src=$MAC1" sha=$MAC2 op=2 spa=192.168.22.12 tpa=192.168.22.12
	# Nor may it be given back, or changed for another one, in its holder's name. (What comes
	# last is answered last.)
	for sum in yes no; do
		in_name=("src=$MAC1" "chaddr=$MAC2" "sum=$sum")
		on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=1 "${in_name[@]}"
		on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=7 "${in_name[@]}" from=192.168.22.11 to=192.168.22.1 "dst=$T_MAC" ciaddr=192.168.22.12 server=192.168.22.1
		on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=3 "${in_name[@]}" ask=192.168.22.99 server=192.168.22.1
		on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=4 "${in_name[@]}" ask=192.168.22.12 server=192.168.22.1
		on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=3 "src=$MAC1" ask=192.168.22.8${#sum} server=192.168.22.1
		wait_until grep -q "$MAC1 192.168.22.8${#sum}" "$LEASES"
		grep -q "$MAC2 192.168.22.12" "$LEASES"
		claims unseen
	done
	# Nobody but its holder gives it back; then it is free.
	on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=7 "src=$MAC1" from=192.168.22.11 to=192.168.22.1 "dst=$T_MAC" ciaddr=192.168.22.12 server=192.168.22.1
	claims unseen
	on g2 "$NG_TOOLS/frames" send eth0 dhcp msg=7 "src=$MAC2" from=192.168.22.12 to=192.168.22.1 "dst=$T_MAC" ciaddr=192.168.22.12 server=192.168.22.1
	wait_until sh -c "! grep -q $MAC2 $LEASES"
	claims seen
}

@test "42: a guest behind a lock gives back nobody else's lease" {
	dnsmasq_up
	filter
	on g2 "$NG_TOOLS/frames" send eth0 dhcp msg=3 src=$MAC2 ask=192.168.22.12
	wait_until grep -q "$MAC2 192.168.22.12" "$LEASES"
	# As mac= does it.
	on host bridge fdb replace "$MAC1" dev p1 master static sticky
	on host bridge link set dev p1 learning off locked on
	on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=7 "src=$MAC2" from=192.168.22.12 to=192.168.22.1 "dst=$T_MAC" ciaddr=192.168.22.12 server=192.168.22.1
	claims unseen
	grep -q "$MAC2 192.168.22.12" "$LEASES"
	seen host ng-t 'ip 17 192.168.22.12 > 192.168.22.1 ' -- g2 udp "src=$MAC2" "dst=$T_MAC" from=192.168.22.12 to=192.168.22.1 sport=71
}

@test "42: static hosts and leases from before a reload are bound, and DHCP does not unbind" {
	filter
	claims seen
	filter --lease=192.168.22.12,$MAC2,100
	claims unseen
	filter --host=192.168.22.12,$MAC2 --lease=192.168.22.12,$MAC2,100
	claims unseen
	on g2 "$NG_TOOLS/frames" send eth0 dhcp msg=7 "src=$MAC2" from=192.168.22.12 to=192.168.22.1 "dst=$T_MAC" ciaddr=192.168.22.12 server=192.168.22.1
	claims unseen
	seen host ng-t 'ip 17 192.168.22.12 > 192.168.22.1 ' -- g2 udp "src=$MAC2" "dst=$T_MAC" from=192.168.22.12 to=192.168.22.1 sport=71
	WITH=(--host=fd22::12,$MAC2)
	stopped g2 eth0 'icmp6 136' -- g1 icmp6 icmp=136 "src=$MAC1" from=fd22::11 target=fd22::12
	stopped host ng-t 'ip6 17 fd22::12 > fd22::1' -- g1 udp6 "src=$MAC1" "dst=$T_MAC" from=fd22::12 to=fd22::1
	passes host ng-t 'ip6 17 fd22::12 > fd22::1' -- g2 udp6 "src=$MAC2" "dst=$T_MAC" from=fd22::12 to=fd22::1
}

@test "a real client gets, renews and uses its lease; an outsider cannot bind an address" {
	dnsmasq_up
	filter
	ip -n "$NS-g1" addr flush dev eth0
	on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=1 "src=$MAC1"
	on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=3 "src=$MAC1" ask=192.168.22.50
	wait_until grep -q "$MAC1 192.168.22.50" "$LEASES"
	ip -n "$NS-g1" addr add 192.168.22.50/24 dev eth0
	works pings g1 192.168.22.1
	on g1 "$NG_TOOLS/frames" send eth0 dhcp msg=3 "src=$MAC1" "dst=$T_MAC" from=192.168.22.50 to=192.168.22.1 ciaddr=192.168.22.50
	works pings g1 192.168.22.12
	# An answer as the server would give it, but from elsewhere.
	before=$(on host nft list set bridge netgrant-t taken | grep -c 0xc0a8160c || :)
	MARK=
	filter --mode=route
	seen g2 eth0 'ports 67 > 68 dhcp 5' -- out dhcp msg=5 src=$(on out cat /sys/class/net/eth0/address) dst="$(on host cat /sys/class/net/up0/address)" \
		from=203.0.113.2 to=192.168.22.12 sport=67 dport=68 yiaddr=192.168.22.12 chaddr=$MAC1
	no taken_12
}

@test "32: without the tables, an isolated network whose bridge does not forward stays closed" {
	listen out 7000
	bare
	works ask g1 203.0.113.2 7000
	on host sh -c 'echo 0 >/proc/sys/net/ipv4/conf/ng-t/forwarding'
	no ask g1 203.0.113.2 7000
}

@test "a path narrower than the network's: TCP learns it from the first packet" {
	listen out 7000
	ip -n "$NS-host" link set up0 mtu 1300
	MARK=
	filter
	on host nft 'add table inet probe { chain c { type filter hook postrouting priority 300; oifname "up0" tcp flags syn tcp option maxseg size 1260 counter; }; }'
	works ask g1 203.0.113.2 7000
	on host nft list table inet probe | grep -q 'packets [1-9]'
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# tap-creator: what it makes, of whom, and what it leaves. Hostile callers: hostile.bats.
bats_require_minimum_version 1.5.0
# shellcheck disable=SC2154 # bats sets status, output and stderr
load lib

TAP=$HELPERS/tap-creator
export NETGRANT_CLI=$NG_PREFIX/bin/netgrant

setup() { ns_setup; }
teardown() {
	rm -f /dev/vhost-net
	ns_teardown
}

taps() { printf '%s\n' "$@" >/etc/netgrant/tap.conf; }

# make USER [RECV-FD OPTION...] -- ARGUMENT...: as ask, of lib.bash.
make() { BRIDGE_HELPER=$TAP ask "$@"; }

# let_go NAME: as release, and waits until nothing of it is there: devices go with a delay.
let_go() {
	local tap i
	tap=$(sed -n 's/^name=//p' "$BATS_TEST_TMPDIR/$1")
	release "$1"
	wait_until no in_ns ip link show "$tap"
}

keep() { BRIDGE_HELPER=$TAP hold "$@"; }

# lasting USER ARGUMENT...: without a socket.
lasting() {
	local user=$1
	shift
	run --separate-stderr as_user "$user" "$TAP" "$@"
}

# not_given STATUS TEXT: refused, in one line of tap-creator's.
not_given() {
	[ "$status" -eq "$1" ] || { echo "status $status, stderr: $stderr" >&2; return 1; }
	[ "$(value descriptors)" != 1 ] || { echo "descriptors sent: $output" >&2; return 1; }
	[ "${#stderr_lines[@]}" -eq 1 ] && [[ "$stderr" == "tap-creator: "*"$2"* ]] || { echo "stderr: $stderr" >&2; return 1; }
}

yes_it() {
	[ "$status" -eq 0 ] || { echo "status $status, stderr: $stderr" >&2; return 1; }
	[ "$(value descriptors)" = "${1-1}" ]
	[ "$(value tap)" = 1 ]
	[ -z "$stderr" ]
}

# ---- what it makes

@test "a tap: vnet0, down, no address, no IPv6, the caller's, and gone with its descriptor" {
	taps 'allow vnet* user=alice'
	before=$(world)
	keep a alice
	in_ns ip -d link show vnet0 >"$BATS_TEST_TMPDIR/link"
	grep -q '<BROADCAST,MULTICAST> mtu 1500 .*state DOWN' "$BATS_TEST_TMPDIR/link"
	grep -q 'tun type tap pi off vnet_hdr on persist off user alice' "$BATS_TEST_TMPDIR/link"
	grep -q 'alias netgrant uid=62001 helper=tap-creator rule=/etc/netgrant/tap.conf:1$' "$BATS_TEST_TMPDIR/link"
	if grep -q 'multi_queue\|master' "$BATS_TEST_TMPDIR/link"; then return 1; fi
	[ -z "$(in_ns ip -o addr show vnet0)" ]
	# Even when root brings it up, nothing comes up by itself.
	in_ns ip link set vnet0 up
	[ "$(in_ns cat /proc/sys/net/ipv6/conf/vnet0/disable_ipv6)" = 1 ]
	[ -z "$(in_ns ip -o addr show vnet0)" ]
	keep b alice --use-vnet --br=whatever
	[ "$(in_ns ip -o link | grep -c 'vnet[01]:')" = 2 ]
	let_go a
	let_go b
	same_world "$before"
}

@test "its holder has no way to bring it up, give it an address, or rename it" {
	taps 'allow vnet* user=alice'
	keep a alice
	for command in 'link set vnet0 up' 'addr add 192.0.2.1/24 dev vnet0' 'link set vnet0 name eth9' \
		'link set vnet0 master br0' 'link set vnet0 alias x' 'link property add dev vnet0 altname x' 'link del vnet0'; do
		# shellcheck disable=SC2086
		if as_user alice ip $command 2>/dev/null; then echo "$command" >&2; return 1; fi
	done
}

@test "names: the caller's own, a pattern's first free one, and none that is taken" {
	taps 'allow lab* user=alice' 'allow x7 user=alice'
	make alice -- --ifname=lab-a.1
	yes_it
	[ "$(value name)" = lab-a.1 ]
	in_ns ip link add lab0 type bridge
	in_ns ip link add lab1 type bridge
	in_ns ip link property add dev lab1 altname lab2
	make alice -- --ifname=lab%d
	[ "$(value name)" = lab3 ]
	make alice -- --ifname=lab%d.x
	[ "$(value name)" = lab0.x ]
	before=$(in_ns ip -o link)
	for name in lab0 lab1 lab2; do
		make alice -- "--ifname=$name"
		not_given 1 "interface '$name' exists already"
	done
	make alice -- --ifname=vnet%d
	not_given 3 "no rule in /etc/netgrant/tap.conf allows tap 'vnet0' to alice"
	make alice -- --ifname=x7
	yes_it
	# The name of another's tap, also of one that could be attached to.
	taps 'allow lab* persist'
	lasting bob --persist --ifname=lab9
	[ "$status" -eq 0 ]
	make alice -- --ifname=lab9
	not_given 1 "interface 'lab9' exists already"
	lasting bob --delete --ifname=lab9
	[ "$(in_ns ip -o link)" = "$before" ]
}

@test "a pattern: free numbers behind thousands, in gaps, and where none is left" {
	taps 'allow q* user=alice'
	for i in 0 1 2 3 4 5 6 7 8 9; do echo "link add q$i type bridge"; done >"$BATS_TEST_TMPDIR/batch"
	in_ns ip -batch "$BATS_TEST_TMPDIR/batch"
	make alice -- --ifname=q%d
	[ "$(value name)" = q10 ]
	in_ns ip link del q0
	make alice -- --ifname=q%d
	[ "$(value name)" = q0 ]
	in_ns ip link add q0 type bridge
	# Ten names of 15 bytes; nothing longer fits.
	for i in 0 1 2 3 4 5 6 7 8 9; do echo "link add q1234567890123$i type bridge"; done >"$BATS_TEST_TMPDIR/batch"
	in_ns ip -batch "$BATS_TEST_TMPDIR/batch"
	make alice -- --ifname=q1234567890123%d
	not_given 1 "no interface name 'q1234567890123%d' is free"
	in_ns ip link del q12345678901237
	make alice -- --ifname=q1234567890123%d
	[ "$(value name)" = q12345678901237 ]
}

@test "a pattern: 34 names at the right distances leave others theirs" {
	local i n=0
	taps 'allow q* user=alice' 'allow w* user=alice'
	for ((i = 0; i < 34; i++)); do
		echo "link add w$n type bridge"
		n=$((2 * n + 1))
	done >"$BATS_TEST_TMPDIR/batch"
	in_ns ip -batch "$BATS_TEST_TMPDIR/batch"
	make alice -- --ifname=w%d
	[ "$(value name)" = w2 ]
	for ((i = 0; i < 4; i++)); do in_ns ip link add "q123456789012$(((1 << i) - 1))" type bridge; done
	make alice -- --ifname=q123456789012%d
	yes_it
}

@test "60 requests at once for one pattern: each gets a name of its own, and nothing stays" {
	local i
	taps 'allow vnet*'
	before=$(world)
	for i in $(seq 60); do
		ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" --hold=600 "$TAP" '--fd={fd}' >"$BATS_TEST_TMPDIR/r$i" 2>&1 3>&- &
		echo $! >>"$BATS_TEST_TMPDIR/pids"
	done
	wait_until eval '[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep -c ^status=)" = 60 ]'
	[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep -c '^status=0')" = 60 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep '^name=' | sort -u | wc -l)" = 60 ]
	# shellcheck disable=SC2046 # words are wanted
	kill_jobs $(cat "$BATS_TEST_TMPDIR/pids")
	same_world "$before"
}

@test "threat 75: names that are none; the names of all devices together" {
	taps 'allow all' 'allow * user=alice'
	before=$(world)
	while IFS='|' read -r name text; do
		make alice -- "--ifname=$name"
		not_given 2 "$text" || { echo "'$name'" >&2; return 1; }
	done <<-'EOF'
		|is empty
		1234567890123456|is longer than 15 bytes
		123456789012345%d|is longer than 15 bytes
		%d%d|has a character other than
		vnet%d%s|has a character other than
		vnet%u|has a character other than
		vnet%|has a character other than
		vnet%1d|has a character other than
		a b|has a character other than
		a/b|has a character other than
		../x|has a character other than
		a:1|has a character other than
		ä|has a character other than
		.|is not a device name
		..|is not a device name
		.x|begins with '-' or '.'
		-x|begins with '-' or '.'
		--help|begins with '-' or '.'
		-%d|begins with '-' or '.'
		7|is a number, which some programs take for the index of another interface
		%d|is a number
		0%d0|is a number
		all|is no name of one interface to the kernel
		default|is no name of one interface
		bonding_masters|is no name of one interface
	EOF
	same_world "$before"
}

@test "names of the kernel's and the distribution's devices: by an exact rule only" {
	taps 'allow all' 'allow eth* user=alice' 'allow e?p* user=alice' 'allow tun5 user=alice' 'allow tap*'
	before=$(world)
	for name in eth7 enp9s0 wlan0 wwan0 docker0 virbr1 br7 tun0 wg0 ppp0 lo0 veth12 bond0 ng-x; do
		make alice -- "--ifname=$name"
		not_given 3 "no rule in /etc/netgrant/tap.conf allows tap '$name' to alice (uid 62001); root can add the line: allow $name user=alice"
	done
	make alice -- --ifname=eth%d
	not_given 3 "allows tap 'eth0' to alice"
	same_world "$before"
	make alice -- --ifname=tun5
	yes_it
	make alice -- --ifname=tap0
	yes_it
	# netgrant says the same, and check knows a pattern that can match nothing.
	run as_user alice "$NETGRANT_CLI" explain tap eth7
	[ "$status" -eq 3 ]
	run as_user alice "$NETGRANT_CLI" explain tap tun5
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = "granted: /etc/netgrant/tap.conf:4 allows tap 'tun5' to alice (uid 62001)" ]
	run as_user alice "$NETGRANT_CLI" check /etc/netgrant/tap.conf
	[[ "$output" == *"tap.conf:2: "*"'eth0' and its like are names of the system's own devices, which a pattern does not allow; write each such name out"* ]]
	[ "$(grep -c "system's own" <<<"$output")" = 1 ]
}

# ---- options and limits

@test "queues: nobody attaches before the tap has its owner, who waits for the name or for any" {
	local i name
	taps 'allow lab0 user=alice queues=2'
	for name in lab0 lab0 any any; do
		ip netns exec "$NS" "$NG_TOOLS/as-user" bob "$NG_TOOLS/snatch" "$name" 30 >>"$BATS_TEST_TMPDIR/snatched" 3>&- &
		echo $! >>"$BATS_TEST_TMPDIR/pids"
	done
	for i in 1 2 3 4 5 6 7 8; do
		keep "a$i" alice --ifname=lab0 --queues=2
		in_ns ip -d link show lab0 >"$BATS_TEST_TMPDIR/link"
		grep -q 'numqueues 2 numdisabled 0 persist off user alice' "$BATS_TEST_TMPDIR/link"
		let_go "a$i"
	done
	# None of those that somebody had a hand in stayed.
	[ "$(in_ns ip -o link | grep -c 'ng-\|lab')" = 0 ]
}

# bats test_tags=nosanitizers
@test "queues: killed at any call, with the caller attaching: no tap that the limit does not count" {
	local n link
	taps 'allow lab0 user=alice queues=2 limit=1'
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NG_TOOLS/snatch" lab0 50 >"$BATS_TEST_TMPDIR/snatched" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	for n in $(seq 200); do
		run timeout 60 ip netns exec "$NS" "$NG_TOOLS/killat" tap-creator "$n" "$NG_TOOLS/as-user" alice \
			"$NG_TOOLS/recv-fd" "$TAP" --ifname=lab0 --queues=2 '--fd={fd}'
		link=$(in_ns ip link show lab0 2>/dev/null) || link=
		[ -z "$link" ] || [[ "$link" == *"altname netgrant-limit-$(id -u alice)-"* ]] || { echo "$n: $output $link" >&2; return 1; }
		[ -z "$link" ] || in_ns ip link del lab0
		[[ "$output" != *"ended "* ]] || break
	done
	# It was whole in the end, and had been found then.
	[ "$n" -gt 20 ]
	[ "$n" -lt 200 ]
}

@test "queues: of a tap whose address somebody changes meanwhile, as udev does" {
	local i
	taps 'allow lab0 user=alice queues=32'
	for i in $(seq 5000); do echo "link set lab0 address 02:00:00:00:00:0$((i % 10))"; done >"$BATS_TEST_TMPDIR/batch"
	ip netns exec "$NS" bash -c "while :; do ip -force -batch '$BATS_TEST_TMPDIR/batch'; done" >/dev/null 2>&1 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	for i in 1 2 3 4 5 6 7 8 9 10; do
		make alice -- --ifname=lab0 --queues=32
		yes_it 32
		for ((n = 0; n < 100; n++)); do in_ns ip link show lab0 >/dev/null 2>&1 || break; done
	done
}

@test "queues: as many as the rule allows, of one device, in one message" {
	taps 'allow vnet* queues=32'
	make alice -- --queues=4 --describe
	yes_it 4
	[[ "$(value text)" =~ ^interface=vnet0\ index=[0-9]+\ mtu=1500\ mac=[0-9a-f:]{17}\ queues=4\ vhost=0\ rule=/etc/netgrant/tap.conf:1$ ]]
	[ "$(value names)" = 'vnet0 vnet0 vnet0 vnet0' ]
	keep a alice --queues=32
	[ "$(in_ns sh -c 'ls -d /sys/class/net/vnet0/queues/tx-*' | wc -l)" = 32 ]
	in_ns ip -d link show vnet0 | grep -q 'multi_queue'
	let_go a
	taps 'allow vnet* queues=2'
	make alice -- --queues=3
	not_given 3 "tap.conf:1 allows tap 'vnet0', but with 2 queues at most"
	make alice -- --queues=2
	yes_it 2
	taps 'allow vnet*'
	make alice -- --queues=2
	not_given 3 'but with 1 queue at most'
	keep b alice
	# A tap of one queue cannot be made to have more.
	in_ns ip -d link show vnet0 | grep -q 'multi_queue' && return 1
	for n in 0 33 -1 1x '' 4294967297; do
		make alice -- "--queues=$n"
		not_given 2 "--queues='$n' is no number from 1 to 32"
	done
}

@test "--no-vnet-hdr, --use-vnet, --br=" {
	taps 'allow vnet*'
	make alice --
	[ "$(value vnet_hdr)" = 1 ]
	make alice -- --use-vnet --br=br0
	[ "$(value vnet_hdr)" = 1 ]
	make alice -- --no-vnet-hdr --use-vnet
	[ "$(value vnet_hdr)" = 0 ]
	make alice -- --br=../../x
	yes_it
}

@test "--mtu, and the rule's mtu=" {
	taps 'allow vnet*'
	keep a alice --mtu=1280
	[ "$(in_ns cat /sys/class/net/vnet0/mtu)" = 1280 ]
	let_go a
	make alice -- --mtu=1501
	not_given 3 "but with an MTU of 1500 at most"
	taps 'allow vnet* mtu=9000'
	keep a alice --mtu=9000
	[ "$(in_ns cat /sys/class/net/vnet0/mtu)" = 9000 ]
	let_go a
	make alice -- --describe
	[[ "$(value text)" == *' mtu=1500 '* ]]
	make alice -- --mtu=9001
	not_given 3 'MTU of 9000 at most'
	taps 'allow vnet* mtu=1400'
	keep b alice
	[ "$(in_ns cat /sys/class/net/vnet0/mtu)" = 1400 ]
	for n in 67 65522 abc; do
		make alice -- "--mtu=$n"
		not_given 2 "is no number from 68 to 65521"
	done
}

@test "--mac, and the rule's mac=: of the tap, and of what its holder sends" {
	taps 'allow vnet*'
	keep a alice --mac=52:54:00:00:00:07
	[ "$(in_ns cat /sys/class/net/vnet0/address)" = 52:54:00:00:00:07 ]
	let_go a
	for mac in 01:00:5e:00:00:01 ff:ff:ff:ff:ff:ff 00:00:00:00:00:00 52:54:00:00:00 x; do
		make alice -- "--mac=$mac"
		not_given 2 "--mac='$mac' is "
	done
	taps 'allow vnet* mac=52:54:00:aa:00:00/32'
	make alice -- --mac=52:54:00:ab:00:01
	not_given 3 'but with addresses of 52:54:00:aa:00:00/32 only'
	for mac in 52:54:00:aa:00:09,ff:ff:ff:ff:ff:ff 52:54:00:ab:00:09,ff:ff:ff:ff:ff:ff; do
		ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" --wait-up=10 --send="$mac" --hold=600 "$TAP" --ifname=vnet0 '--fd={fd}' \
			>"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
		echo $! >>"$BATS_TEST_TMPDIR/pids"
		echo $! >"$BATS_TEST_TMPDIR/send.pid"
		wait_until in_ns ip link set vnet0 up
		wait_until grep -q '^ready' "$BATS_TEST_TMPDIR/out"
		seen=$(in_ns tc -s filter show dev vnet0 ingress | grep -c bpf)
		[ "$seen" -ge 1 ]
		case $mac in
		52:54:00:aa*) [ "$(in_ns tc -s qdisc show dev vnet0 ingress | sed -n 's/.*dropped \([0-9]*\).*/\1/p')" = 0 ] ;;
		*) [ "$(in_ns tc -s qdisc show dev vnet0 ingress | sed -n 's/.*dropped \([0-9]*\).*/\1/p')" = 20 ] ;;
		esac
		release send
		wait_until no in_ns ip link show vnet0
	done
}

@test "--vhost: one descriptor a queue behind the queues, or what is missing; the rule has the word" {
	taps 'allow vnet* queues=2'
	make alice -- --vhost
	not_given 3 "but without the word 'vhost'"
	taps 'allow vnet* queues=2 vhost'
	before=$(world)
	make alice -- --vhost
	not_given 1 'cannot open /dev/vhost-net: No such file or directory; as root, run: modprobe vhost_net'
	# Not the real one, which is not to be had everywhere: what is opened and sent in which order.
	mknod -m 0600 /dev/vhost-net c 1 3
	make alice -- --vhost
	not_given 1 'cannot open /dev/vhost-net: Permission denied; on most systems it is of group kvm'
	same_world "$before"
	chmod 0666 /dev/vhost-net
	make alice -- --vhost --queues=2 --describe
	yes_it 4
	[ "$(value names)" = 'vnet0 vnet0 1:3 1:3' ]
	[[ "$(value text)" == *' queues=2 vhost=2 '* ]]
}

@test "--vhost with the real device, or the refusal of a kernel that has none" {
	rm -f /dev/vhost-net
	mknod -m 0666 /dev/vhost-net c 10 238
	taps 'allow vnet* vhost'
	make alice -- --vhost
	if ! ( : <>/dev/vhost-net ) 2>/dev/null; then
		not_given 1 'cannot open /dev/vhost-net: No such device'
		return 0
	fi
	yes_it 2
	[ "$(value names)" = 'vnet0 10:238' ]
}

@test "limit= counts the taps of this rule and user, and refuses the next" {
	taps 'allow vnet* limit=2 persist' 'allow lab* limit=1'
	keep a alice
	lasting alice --persist
	[ "$status" -eq 0 ]
	[ "$output" = vnet1 ]
	make alice --
	not_given 3 "allows tap 'vnet2', but uid 62001 holds 2 of the 2 taps it allows"
	# Another rule, another user.
	make alice -- --ifname=lab%d
	yes_it
	make bob --
	yes_it
	lasting alice --delete --ifname=vnet1
	make alice --
	yes_it
}

@test "limit= holds against a persistent tap and its change of owner; 40 at once" {
	local i
	taps 'allow vnet* limit=1'
	make alice --persist --owner=62002 --
	yes_it
	make alice --
	not_given 3 'holds 1 of the 1 taps'
	in_ns ip link del vnet0
	taps 'allow vnet* limit=7'
	for i in $(seq 40); do
		ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" --hold=600 "$TAP" '--fd={fd}' >"$BATS_TEST_TMPDIR/r$i" 2>&1 3>&- &
		echo $! >>"$BATS_TEST_TMPDIR/pids"
	done
	wait_until eval '[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep -c ^status=)" = 40 ]'
	[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep -c '^status=0')" = 7 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep -c '^status=3')" = 33 ]
}

# ---- what lasts

@test "--persist: lasts, is the caller's to open and nobody else's; --delete ends it" {
	taps 'allow vnet* user=alice persist mtu=2000' 'allow uml* user=alice'
	before=$(world)
	lasting alice --persist --describe --mtu=1600
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ "$output" =~ ^interface=vnet0\ index=[0-9]+\ mtu=1600\ mac=[0-9a-f:]{17}\ queues=1\ vhost=0\ rule=/etc/netgrant/tap.conf:1$ ]]
	lasting alice --persist --ifname=vnet5
	[ "$status" -eq 0 ]
	[ "$output" = vnet5 ]
	in_ns ip -d link show vnet5 | grep -q 'persist on user alice'
	in_ns ip link show vnet5 | grep -q 'state DOWN'
	as_user alice "$NG_TOOLS/open-tap" vnet5
	run as_user bob "$NG_TOOLS/open-tap" vnet5
	[ "$status" -eq 1 ]
	[[ "$output" == *"Operation not permitted"* ]]
	lasting alice --persist --ifname=uml0
	not_given 3 "but without the word 'persist'"
	lasting alice --persist --ifname=vnet5
	not_given 1 "interface 'vnet5' exists already"
	lasting alice --delete --ifname=vnet5
	[ "$status" -eq 0 ]
	[ -z "$output$stderr" ]
	lasting alice --delete --ifname=vnet0
	[ "$status" -eq 0 ]
	same_world "$before"
}

# bats test_tags=nosanitizers
@test "--delete that fails: the log says so" {
	local n
	taps 'allow * user=alice persist'
	timeout 90 "$NG_TOOLS/log-sink" "$BATS_TEST_TMPDIR/log" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until test -S /dev/log
	for name in vnet0 vnet1; do lasting alice --persist "--ifname=$name"; done
	delete() { in_ns /usr/bin/strace -q -e inject=seccomp:retval=0 -o "$BATS_TEST_TMPDIR/strace" "${@:2}" -u alice "$TAP" --delete "--ifname=$1"; }
	run -0 delete vnet0
	# The kernel is asked for it with the last message but the log's, and of that by sendto(2).
	n=$(grep -c '^sendmsg(' "$BATS_TEST_TMPDIR/strace")
	run -1 delete vnet1 -e "inject=sendmsg:error=ENOBUFS:when=$n"
	[[ "$output" == "tap-creator: cannot delete 'vnet1': "* ]]
	in_ns ip link show vnet1
	wait_until grep -q 'failed uid=62001 delete=vnet1$' "$BATS_TEST_TMPDIR/log"
	grep -q 'granted uid=62001 delete=vnet1$' "$BATS_TEST_TMPDIR/log"
	no grep -q 'failed uid=62001 delete=vnet0$' "$BATS_TEST_TMPDIR/log"
	rm -f /dev/log
}

@test "threats 13, 18: only one's own can be deleted, by what only root can write" {
	taps 'allow vnet* persist' 'allow x*'
	echo 'allow br0' >"$POLICY"
	lasting alice --persist --ifname=vnet1
	lasting bob --persist --ifname=vnet2
	# A port of bridge-helper's, a tap of root's, a device with a forged or half an alias.
	hold port alice --br=br0
	in_ns ip tuntap add dev x1 mode tap user alice
	in_ns ip link add x2 type bridge
	in_ns ip link set x2 alias 'netgrant uid=62001 helper=tap-creator rule=/etc/netgrant/tap.conf:1'
	in_ns ip tuntap add dev x3 mode tap user alice
	in_ns ip link set x3 alias 'netgrant uid=62001 helper=tap-creator2 rule=/etc/netgrant/tap.conf:1'
	in_ns ip link property add dev vnet1 altname mine
	before=$(world)
	for name in vnet2 vnet0 x1 x2 x3 mine br0 up0 lo nosuch; do
		lasting alice --delete "--ifname=$name"
		not_given 3 "denied: '$name' is no tap that tap-creator made for alice (uid 62001)"
	done
	in_ns "$TAP" --delete --ifname=vnet2 2>"$BATS_TEST_TMPDIR/err" && return 1
	grep -q 'made for root (uid 0)' "$BATS_TEST_TMPDIR/err"
	same_world "$before"
	# It needs no rule: what was granted may be given back.
	rm /etc/netgrant/tap.conf
	lasting alice --delete --ifname=vnet1
	[ "$status" -eq 0 ]
	# Nor has it to be unused.
	taps 'allow vnet* persist'
	keep a bob --ifname=vnet7
	lasting bob --delete --ifname=vnet7
	[ "$status" -eq 0 ]
	if in_ns ip link show vnet7 2>/dev/null; then return 1; fi
}

@test "--persist whose name cannot be told, or that is ended at any step, leaves nothing" {
	local name n
	taps 'allow vnet* persist'
	before=$(world)
	run as_user alice sh -c "exec $TAP --persist >/dev/full"
	[ "$status" -eq 1 ]
	[[ "$output" == "tap-creator: cannot write: No space left on device" ]]
	run as_user alice sh -c "exec $TAP --persist >&-"
	[ "$status" -le 1 ]
	lasting alice --delete --ifname=vnet0
	same_world "$before"
}

# bats test_tags=nosanitizers
@test "--persist ended with SIGKILL at each system call: nothing is left before the last but two" {
	local name n total i=0
	taps 'allow vnet* persist'
	lasting alice --persist
	lasting alice --delete --ifname=vnet0
	before=$(world)
	in_ns strace -q -o "$BATS_TEST_TMPDIR/all" -u alice "$TAP" --persist >/dev/null
	in_ns ip link del vnet0
	sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' "$BATS_TEST_TMPDIR/all" | awk '{ print $1, ++n[$1] }' >"$BATS_TEST_TMPDIR/steps"
	# From TUNSETPERSIST on it was made, and is told of.
	total=$(grep -n TUNSETPERSIST "$BATS_TEST_TMPDIR/all" | cut -d: -f1)
	[ "$total" -gt 40 ]
	while read -r name n; do
		i=$((i + 1))
		[ "$i" -lt "$total" ] || break
		[ "$name" != execve ] || continue
		in_ns strace -q -o /dev/null -e "inject=$name:signal=KILL:when=$n" -u alice "$TAP" --persist >/dev/null 2>&1 </dev/null || :
	done <"$BATS_TEST_TMPDIR/steps"
	same_world "$before"
}

# ---- wrong use

@test "wrong arguments: status 2, one line that names what is wrong" {
	taps 'allow vnet* persist vhost queues=4'
	before=$(world)
	while IFS='|' read -r args text; do
		# shellcheck disable=SC2086
		lasting alice $args
		not_given 2 "$text" || { echo "'$args'" >&2; return 1; }
	done <<-'EOF'
		|--fd=N is missing
		--ifname vnet0|option '--ifname' takes its value behind '='
		--queues 4|option '--queues' takes its value behind '='
		--vhost=on|option '--vhost' takes no value
		--persist=1|option '--persist' takes no value
		--persist --delete --ifname=x|--persist and --delete exclude each other
		--persist --fd=9|--fd= has no place where nothing is handed over
		--persist --vhost|--vhost is for who opens the tap
		--persist --no-vnet-hdr|--no-vnet-hdr is for who opens the tap
		--delete|--delete without --ifname=NAME
		--delete --ifname=vnet%d|--delete takes the name of one interface, not 'vnet%d'
		--delete --ifname=vnet0 --mtu=1500|--delete goes with --ifname=NAME only
		--delete --ifname=vnet0 --queues=1|--delete goes with --ifname=NAME only
		--delete --ifname=vnet0 --fd=9|--fd= has no place
		--script=/etc/qemu-ifup|unknown option '--script=/etc/qemu-ifup'
		--network=x|unknown option '--network=x'
		vnet0|unexpected argument 'vnet0'
	EOF
	same_world "$before"
	run -0 --separate-stderr as_user alice "$TAP" --help
	[[ "${lines[0]}" == 'Usage: tap-creator '* ]]
	run -0 as_user alice "$TAP" --version
}

@test "no policy, a wrong one, a rule of another file's words" {
	make alice --
	not_given 3 'no rule in /etc/netgrant/tap.conf allows tap '\''vnet0'\'' to alice (uid 62001); root can add the line: allow vnet0 user=alice'
	taps 'allow vnet* isolated'
	before=$(in_ns ip -o link)
	make alice --
	not_given 4 "/etc/netgrant/tap.conf:1:13: unknown word 'isolated'"
	taps 'allow vnet*' 'deny vnet0 user=alice'
	make alice --
	not_given 3 "tap.conf:2 denies tap 'vnet0' to alice"
	[ "$(in_ns ip -o link)" = "$before" ]
	make bob --
	yes_it
}

@test "netgrant allowed and check know taps" {
	taps 'allow vnet* user=alice limit=2 queues=4 vhost' 'allow lab0 user=alice' 'allow x user=alice,nosuch'
	run -0 as_user alice "$NETGRANT_CLI" allowed
	[ "${lines[0]}" = "lab0             /etc/netgrant/tap.conf:2" ]
	[ "${lines[1]}" = "vnet*            /etc/netgrant/tap.conf:1 limit=2 queues=4 vhost" ]
	run as_user alice "$NETGRANT_CLI" check --print /etc/netgrant/tap.conf
	[[ "$output" == *"allow vnet* user=alice limit=2 queues=4 vhost  # /etc/netgrant/tap.conf:1"* ]]
	[[ "$output" == *"tap.conf:3: user 'nosuch' does not exist"* ]]
	if grep -q 'does not exist on this host' <<<"$output"; then return 1; fi
}

# bats test_tags=nosanitizers
@test "the filter ends a tap-creator that makes another call" {
	local call
	for call in getppid ioctl open-create socket execve; do
		run "$NG_TOOLS/fenced" tap-creator "$call"
		[ "$status" -eq 159 ] || { echo "$call: $status" >&2; return 1; } # 128 + SIGSYS
	done
	run "$NG_TOOLS/fenced" tap-creator open-read
	[ "$status" -eq 0 ]
}

@test "the log: what was asked for, of whom, by which rule" {
	timeout 120 "$NG_TOOLS/log-sink" "$BATS_TEST_TMPDIR/log" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until test -S /dev/log
	taps 'allow vnet* persist queues=2'
	make alice -- --queues=2
	lasting alice --persist
	lasting bob --delete --ifname=vnet0
	lasting alice --delete --ifname=vnet0
	wait_until eval '[ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -ge 4 ]'
	rm -f /dev/log
	run cat "$BATS_TEST_TMPDIR/log"
	[ "${#lines[@]}" -eq 4 ]
	[[ "${lines[0]}" == *"granted uid=62001 tap=vnet0 interface=vnet0 queues=2 rule=/etc/netgrant/tap.conf:1" ]]
	[[ "${lines[1]}" == *"granted uid=62001 tap=vnet0 interface=vnet0 queues=1 persist rule=/etc/netgrant/tap.conf:1" ]]
	[[ "${lines[2]}" == *"denied uid=62002 delete=vnet0" ]]
	[[ "${lines[3]}" == *"granted uid=62001 delete=vnet0" ]]
}

# ---- the documents

PAGE=$BATS_TEST_DIRNAME/../man/tap-creator.8

# example TEXT: the literal block of the page that stands next behind the line with TEXT.
example() {
	awk -v text="$1" 'index($0, text) { found = 1 }
		found && /^\.Ed/ { exit }
		inside { print }
		found && /^\.Bd/ { inside = 1 }' "$PAGE" | sed 's/\\e$/\\/; s/\\&//g'
}

@test "the page: its rule, its commands, its options" {
	in_ns bash -ec "$(example 'Let alice have four taps')"
	run -0 "$NETGRANT_CLI" check /etc/netgrant/tap.conf
	[ "$output" = "/etc/netgrant/tap.conf: in order, 1 rule" ]
	# QEMU gives a helper with a blank in it to sh, with this behind.
	helper=$(example 'Her guest, on a tap' | sed -n 's/.*helper="\(.*\)"$/\1/p')
	[ "$helper" = "$TAP --ifname=vnet7" ]
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" --hold=600 /bin/sh -c "exec $helper --use-vnet --fd=\$1 --br=br0" sh '{fd}' \
		>"$BATS_TEST_TMPDIR/out" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until grep -q '^ready' "$BATS_TEST_TMPDIR/out"
	in_ns bash -ec "$(example "Root's part is")"
	in_ns ip addr show vnet7 | grep -q 'inet 192.0.2.1/24'
	as_user alice env PATH="$HELPERS:$PATH" bash -ec "$(example 'A lasting tap, and its end')"
	for option in --ifname= --queues= --vhost --mtu= --mac= --no-vnet-hdr --use-vnet --br= --describe --fd= --persist --delete; do
		"$TAP" --help | grep -q -e "$option"
		grep -q -e "Fl -${option#--}" "$PAGE" || { echo "$option" >&2; return 1; }
	done
}

@test "tap.conf.example and the README: nothing as it is; each line by itself is in order" {
	cp "$BATS_TEST_DIRNAME/../etc/tap.conf.example" /etc/netgrant/tap.conf
	make alice --
	not_given 3 'no rule in'
	sed -n 's/^#\(allow\|deny\)/\1/p' "$BATS_TEST_DIRNAME/../etc/tap.conf.example" >/etc/netgrant/tap.conf
	[ "$(wc -l </etc/netgrant/tap.conf)" -ge 5 ]
	run -0 "$NETGRANT_CLI" check --print /etc/netgrant/tap.conf
	sed -n '/^\.Sh EXAMPLES/,/^\.Ed/{/^[^.]/p}' "$BATS_TEST_DIRNAME/../man/netgrant-tap.conf.5" >/etc/netgrant/tap.conf
	[ "$(grep -c '^\(allow\|deny\) ' /etc/netgrant/tap.conf)" = 4 ]
	run -0 "$NETGRANT_CLI" check --print /etc/netgrant/tap.conf
	# The README's.
	sed -n 's/^    \(allow vnet.*\)/\1/p' "$BATS_TEST_DIRNAME/../README.md" >/etc/netgrant/tap.conf
	helper=$(sed -n 's/.*helper="\(.*tap-creator.*\)"$/\1/p' "$BATS_TEST_DIRNAME/../README.md")
	[ "$helper" = "$TAP --ifname=vnet7" ]
	make alice -- --ifname=vnet7
	yes_it
}

@test "the reserved names of netgrant-tap.conf(5) are reserved, and what it says is not is not" {
	local page=$BATS_TEST_DIRNAME/../man/netgrant-tap.conf.5 name
	taps 'allow all'
	# shellcheck disable=SC2013 # words are wanted
	for name in $(sed -n '/^\.Ss Reserved/,/^Not among/s/^\.Li //p' "$page" | tr -d ',;'); do
		run -3 as_user alice "$NETGRANT_CLI" explain tap "${name}0"
	done
	for name in vnet0 tap0; do
		run -0 as_user alice "$NETGRANT_CLI" explain tap "$name"
	done
}

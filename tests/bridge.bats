#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bridge-helper's contract: arguments, policy, the port it makes, what it says.
bats_require_minimum_version 1.5.0
load lib

# ---- the contract of qemu-bridge-helper

@test "grants in QEMU's order of arguments, and sends exactly one byte 0" {
	policy 'allow br0'
	ask alice -- --use-vnet --br=br0
	granted
	[ "$(value vnet_hdr)" = 1 ]
	[ "$(value text)" = "" ]
	[ -z "$stderr" ]
}

@test "grants in libvirt's order, without --use-vnet" {
	policy 'allow br0'
	run --separate-stderr as_user alice "$NG_TOOLS/recv-fd" "$BRIDGE_HELPER" '--fd={fd}' --br=br0
	granted
	[ "$(value vnet_hdr)" = 0 ]
}

@test "the last of a repeated option counts" {
	policy 'allow br0'
	ask alice -- --br=nosuch --fd=1 --br=br0
	granted
}

@test "wrong arguments: status 2, one line that names the option" {
	policy 'allow br0'
	before=$(world)
	for row in \
		'--br=br0 --br|takes its value behind' \
		'--br|takes its value behind' \
		'--br=br0 --use-vnet=on|takes no value' \
		'--br=br0 --|unknown option '\''--'\''' \
		'--br=br0 --verbose|unknown option '\''--verbose'\''' \
		'--br=br0 -h|unknown option' \
		'--br=|is empty' \
		'--br=br0:1|character other than' \
		'--br=br%d|character other than' \
		'--br=..|not a device name' \
		'--br=abcdefghijklmnop|longer than 15' \
		'--use-vnet|--br=BRIDGE is missing'; do
		IFS='|' read -r args text <<<"$row"
		# shellcheck disable=SC2086
		ask alice -- $args
		refused 2 "$text"
	done
	ask alice -- --br=br0 ''
	refused 2 "unexpected argument ''"
	run --separate-stderr as_user alice "$NG_TOOLS/recv-fd" "$BRIDGE_HELPER" --br=br0
	refused 2 '--fd=N is missing'
	same_world "$before"
}

@test "wrong descriptors: status 2, nothing is written to them" {
	policy 'allow br0'
	file=$NG_WORK/descriptor-test
	: >"$file"
	chmod 666 "$file"
	before=$(world)
	for row in '0|standard input' '1|standard input' '2|standard input' '9|is not open' \
		'7|is not a socket' '-1|no descriptor number' '4294967299|no descriptor number' \
		'3x|no descriptor number' ' 3|no descriptor number' '+3|no descriptor number' \
		'|no descriptor number' '0x3|no descriptor number' '03|no descriptor number'; do
		IFS='|' read -r fd text <<<"$row"
		run --separate-stderr as_user alice bash -c "exec 7>>'$file'; exec \"\$@\"" sh \
			"$BRIDGE_HELPER" --br=br0 "--fd=$fd"
		[ "$status" -eq 2 ] && [[ "$stderr" == *"$text"* ]] && [ "${#stderr_lines[@]}" -eq 1 ] || {
			echo "--fd=$fd: $status $stderr" >&2
			return 1
		}
	done
	[ ! -s "$file" ]
	rm "$file"
	same_world "$before"
}

@test "--help and --version: standard output, status 0, without any privilege or policy" {
	run --separate-stderr as_user alice "$BRIDGE_HELPER" --help
	[ "$status" -eq 0 ]
	[ -z "$stderr" ]
	[[ "${lines[0]}" == "Usage: bridge-helper "* ]]
	run --separate-stderr as_user alice "$BRIDGE_HELPER" --version
	[ "$status" -eq 0 ]
	[[ "$output" == "bridge-helper (netgrant) "[0-9]* ]]
	run as_user alice sh -c "'$BRIDGE_HELPER' --help >/dev/full"
	[ "$status" -eq 1 ]
}

@test "a bridge that is none, or is not there: status 1 for whom it is allowed" {
	policy 'allow all'
	before=$(world)
	ask alice -- --br=nosuch
	refused 1 "bridge 'nosuch' does not exist"
	ask alice -- --br=lo
	refused 1 "'lo' is not a bridge"
	same_world "$before"
	policy 'allow br1'
	before=$(world)
	ask alice -- --br=nosuch
	refused 3 "no rule in /etc/netgrant/bridge.conf allows bridge 'nosuch' to alice (uid "
	same_world "$before"
}

@test "a container without /proc/sys: a port all the same" {
	policy 'allow br0'
	# shellcheck disable=SC2016 # that shell's
	run --separate-stderr timeout 100 ip netns exec "$NS" bash -c 'mount -t tmpfs none /proc/sys; exec "$@"' - \
		"$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" "$BRIDGE_HELPER" --br=br0 '--fd={fd}'
	granted
}

@test "an alternative name is not taken, whatever the policy says of it" {
	in_ns ip link property add dev br0 altname lan
	policy 'allow all' 'deny br0'
	before=$(world)
	ask alice -- --br=lan
	refused 2 "'lan' is an alternative name of 'br0'"
	ask alice -- --br=br0
	refused 3 'br0'
	same_world "$before"
}

@test "nobody takes the descriptor: status 1, no device is left" {
	policy 'allow br0'
	before=$(world)
	ask alice --closed -- --br=br0
	refused 1 'cannot send the descriptor'
	same_world "$before"
}

@test "--describe tells of the port in one line" {
	policy '' 'allow br0'
	ask alice -- --br=br0 --describe
	granted
	[[ "$(value text)" =~ ^interface=vnet0\ index=[0-9]+\ mtu=1500\ mac=fe(:[0-9a-f]{2}){5}\ bridge=br0\ rule=/etc/netgrant/bridge.conf:2$ ]]
}

# ---- the port

@test "the port: name, alias, MTU, first MAC byte, IPv6 off, up; gone with its holder" {
	policy 'allow br0'
	in_ns ip link set br0 mtu 1400
	before=$(world)
	hold a alice --br=br0 --use-vnet
	run in_ns ip -d link show vnet0
	[[ "$output" == *",UP"* && "$output" == *"mtu 1400"* && "$output" == *"master br0"* ]]
	[[ "$output" == *"link/ether fe:"* ]]
	[[ "$output" == *"alias netgrant uid=62001 helper=bridge-helper rule=/etc/netgrant/bridge.conf:1"* ]]
	[ "$(in_ns cat /proc/sys/net/ipv6/conf/vnet0/disable_ipv6)" = 1 ]
	[ -z "$(in_ns ip addr show dev vnet0 | grep inet)" ]
	release a
	same_world "$before"
}

@test "the bridge's own address and MTU survive the worst that a holder can do" {
	policy 'allow br0'
	in_ns ip link set br0 mtu 1400
	mac=$(in_ns cat /sys/class/net/br0/address)
	ask alice --set-mac=00:00:00:00:00:02 --persist --owner=62002 -- --br=br0
	granted
	[ "$(in_ns cat /sys/class/net/br0/address)" = "$mac" ]
	[ "$(in_ns cat /sys/class/net/br0/mtu)" = 1400 ]
	# What it made persistent still says whose it is.
	[[ "$(in_ns ip link show vnet0)" == *"alias netgrant uid=62001 "* ]]
}

@test "a bridge without ports gets its address into its STP identifier when it is pinned" {
	policy 'allow br1'
	in_ns ip link add br1 type bridge
	mac=$(in_ns cat /sys/class/net/br1/address)
	[ "$(in_ns cat /sys/class/net/br1/bridge/bridge_id)" = 8000.000000000000 ]
	ask alice -- --br=br1
	granted
	[ "$(in_ns cat /sys/class/net/br1/address)" = "$mac" ]
	[ "$(in_ns cat /sys/class/net/br1/bridge/bridge_id)" = "8000.${mac//:/}" ]
}

@test "an address that was set is not set again (neighbours would be forgotten)" {
	policy 'allow br0'
	in_ns ip link set br0 address 02:00:00:00:00:77
	ask alice -- --br=br0
	granted
	in_ns ip neigh add 10.9.9.9 lladdr 02:00:00:00:00:01 dev br0 nud reachable
	ask alice -- --br=br0
	granted
	[[ "$(in_ns ip neigh show dev br0)" == *"10.9.9.9"*REACHABLE* ]]
}

# ---- limits

@test "limit= counts the ports of this rule and user, and refuses the next" {
	policy 'allow br0 limit=2'
	hold a alice --br=br0
	hold b alice --br=br0
	# Each port has a place of the rule and user.
	[ "$(in_ns ip link | sed -n 's/.*altname netgrant-limit-62001-[0-9a-f]*-//p' | sort | xargs)" = '1 2' ]
	before=$(world)
	ask alice -- --br=br0
	refused 3 'holds 2 of the 2 ports'
	same_world "$before"
	hold c bob --br=br0
	release a
	wait_until eval '[ "$(in_ns ip link | grep -c "altname netgrant-limit-62001-")" = 1 ]'
	ask alice -- --br=br0
	granted
}

@test "limit= holds against a persistent tap and its change of owner" {
	policy 'allow br0 limit=1'
	ask alice --persist --owner=62002 -- --br=br0
	granted
	ask alice -- --br=br0
	refused 3 'holds 1 of the 1 ports'
	ask bob -- --br=br0
	granted
}

# crowd N: that many requests of alice at once; waits until all are answered.
crowd() {
	local i
	for i in $(seq "$1"); do
		ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" --hold=600 "$BRIDGE_HELPER" --br=br0 '--fd={fd}' \
			>"$BATS_TEST_TMPDIR/r$i" 2>&1 3>&- &
		echo $! >>"$BATS_TEST_TMPDIR/pids"
	done
	local want=$1
	wait_until eval '[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep -c ^status=)" = "$want" ]' && return
	cat "$BATS_TEST_TMPDIR"/r* >&2
	return 1
}

# leave: all of them end, and the world is as it was.
leave() {
	# shellcheck disable=SC2046 # words are wanted
	kill_jobs $(cat "$BATS_TEST_TMPDIR/pids")
	same_world "$1"
}

@test "64 requests at once: each gets a port of its own, and nothing stays" {
	policy 'allow br0'
	before=$(world)
	crowd 64
	[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep -c '^status=0')" = 64 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep '^name=' | sort -u | wc -l)" = 64 ]
	[ "$(in_ns ip -o link show master br0 | grep -c vnet)" = 64 ]
	leave "$before"
}

@test "64 requests at once: limit= is exact, and nothing stays" {
	policy 'allow br0 limit=7'
	before=$(world)
	crowd 64
	[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep -c '^status=0')" = 7 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/r* | grep -c '^status=3')" = 57 ]
	[ "$(in_ns ip -o link show master br0 | grep -c vnet)" = 7 ]
	leave "$before"
}

@test "isolated: the port says so, and only then" {
	policy 'allow br0 user=alice isolated' 'allow br0'
	hold a alice --br=br0
	hold b bob --br=br0
	[[ "$(in_ns bridge -d link show dev vnet0)" == *"isolated on"* ]]
	[[ "$(in_ns bridge -d link show dev vnet1)" == *"isolated off"* ]]
	[[ "$(in_ns ip link show vnet0)" == *",UP"* ]]
}

@test "mac=ADDRESS: locked, no learning, a static entry; a foreign source does not get in" {
	policy 'allow br0 user=alice mac=52:54:00:aa:00:01' 'allow br0 user=bob'
	hold sink bob --br=br0
	hold a alice --br=br0
	run in_ns bridge -d link show dev vnet1
	[[ "$output" == *"locked on"* && "$output" == *"learning off"* ]]
	[[ "$(in_ns bridge fdb show dev vnet1)" == *"52:54:00:aa:00:01 sticky master br0 static"* ]]
	release a
	sent() { # frames that come out of bob's tap while alice sends from $1
		local rx
		rx=$(in_ns cat /sys/class/net/br0/statistics/rx_packets)
		ask alice --send="$1,ff:ff:ff:ff:ff:ff" -- --br=br0 >&2
		granted >&2
		echo $(($(in_ns cat /sys/class/net/br0/statistics/rx_packets) - rx))
	}
	[ "$(sent 52:54:00:aa:00:02)" = 0 ]
	[ "$(sent 52:54:00:aa:00:01)" = 20 ]
}

@test "mac=ADDRESS: what somebody else has sent does not keep the port from its owner" {
	policy 'allow br0 user=alice mac=52:54:00:aa:00:01' 'allow br0 user=bob'
	# As bob's guest would: a frame from that address, on a port that stays.
	ip netns exec "$NS" "$NG_TOOLS/as-user" bob "$NG_TOOLS/recv-fd" --send=52:54:00:aa:00:01,ff:ff:ff:ff:ff:ff --hold=600 \
		"$BRIDGE_HELPER" --br=br0 '--fd={fd}' >/dev/null 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until eval '[[ "$(in_ns bridge fdb show br br0)" == *52:54:00:aa:00:01* ]]'
	[[ "$(in_ns bridge fdb show br br0)" == *52:54:00:aa:00:01* ]]
	[[ "$(in_ns bridge fdb show br br0)" != *"52:54:00:aa:00:01"*static* ]]
	hold a alice --br=br0
	[[ "$(in_ns bridge fdb show dev vnet1)" == *"52:54:00:aa:00:01 sticky master br0 static"* ]]
	[[ "$(in_ns bridge -d link show dev vnet1)" == *"guard on"* ]]
	# The second guest with that address is told so.
	before=$(world)
	ask alice -- --br=br0
	refused 1 "bridge.conf:1 locks the port to an address that another port of bridge 'br0'"
	same_world "$before"
}

@test "mac=ADDRESS: who sends from it on another port does not get what is sent to it" {
	policy 'allow br0 user=alice mac=52:54:00:aa:00:01' 'allow br0 user=bob'
	hold a alice --br=br0
	seen=$(in_ns cat /sys/class/net/br0/statistics/rx_packets)
	ip netns exec "$NS" "$NG_TOOLS/as-user" bob "$NG_TOOLS/recv-fd" --send=52:54:00:aa:00:01,ff:ff:ff:ff:ff:ff --hold=600 \
		"$BRIDGE_HELPER" --br=br0 '--fd={fd}' >/dev/null 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until eval '[ "$(in_ns cat /sys/class/net/br0/statistics/rx_packets)" -gt "$seen" ]'
	[[ "$(in_ns bridge fdb show dev vnet0)" == *"52:54:00:aa:00:01 sticky master br0 static"* ]]
}

@test "a full bridge is called one" {
	policy 'allow br0'
	for i in $(seq 1022); do # and the uplink
		echo "link add d$i type veth peer name e$i"
		echo "link set d$i master br0"
	done >"$BATS_TEST_TMPDIR/batch"
	in_ns ip -batch "$BATS_TEST_TMPDIR/batch"
	ask alice -- --br=br0
	refused 1 "bridge 'br0' has no free port"
}

@test "mac=ADDRESS/BITS: sources within the range get in, others do not" {
	policy 'allow br0 mac=52:54:00:a0:00:00/28'
	sent() {
		local rx
		rx=$(in_ns cat /sys/class/net/br0/statistics/rx_packets)
		ask alice --send="$1,ff:ff:ff:ff:ff:ff" -- --br=br0 "${2---use-vnet}" >&2
		granted >&2
		echo $(($(in_ns cat /sys/class/net/br0/statistics/rx_packets) - rx))
	}
	[ "$(sent 52:54:00:a0:00:00)" = 20 ]
	[ "$(sent 52:54:00:af:ff:ff)" = 20 ]
	[ "$(sent 52:54:00:b0:00:00)" = 0 ]
	[ "$(sent 52:55:00:a0:00:00)" = 0 ]
	[ "$(sent 00:54:00:a0:00:00)" = 0 ]
}

# ---- the policy's decision, as the helper applies it

@test "users and groups: names, numbers, supplementary groups; a deny beats every allow" {
	policy 'allow br0 user=alice,nosuch' 'allow br0 group=lab' 'deny br0 user=62002'
	ask alice -- --br=br0
	granted
	ask bob -- --br=br0 # in lab, but denied by number
	refused 3 '/etc/netgrant/bridge.conf:3 denies'
	ask carol -- --br=br0
	refused 3 'root can add the line: allow br0 user=carol'
	policy 'allow br0 group=lab user=alice'
	ask alice -- --br=br0
	granted
	ask bob -- --br=br0
	refused 3 'no rule'
	policy 'allow br0 group=nosuch'
	ask alice -- --br=br0
	refused 3 'no rule'
}

@test "a fresh installation grants nothing and gives the line to write" {
	before=$(world)
	ask alice -- --br=br0
	refused 3 'root can add the line: allow br0 user=alice'
	same_world "$before"
}

@test "/etc/qemu/bridge.conf is read where /etc/netgrant/bridge.conf does not exist, and only there" {
	echo 'allow br0' >"$QEMU_POLICY"
	ask alice -- --br=br0 --describe
	granted
	[[ "$(value text)" == *"rule=/etc/qemu/bridge.conf:1"* ]]
	: >"$POLICY"
	ask alice -- --br=br0
	refused 3 '/etc/netgrant/bridge.conf'
	rm "$POLICY"
	ln -s /nonexistent "$POLICY"
	ask alice -- --br=br0
	refused 4 'No such file'
	rm "$POLICY"
	chmod 0700 /etc/netgrant
	ask alice -- --br=br0
	refused 4 'Permission denied'
}

@test "an error anywhere in the policy: status 4, file, line and column, nothing granted" {
	before=$(world)
	for row in \
		'allow br0 usr=alice|:2:11: unknown word '\''usr='\'' (did you mean '\''user='\''?)' \
		'allow usr=alice|:2:7: unknown word '\''usr='\'' (did you mean '\''user='\''?)' \
		'allwo br0|:2:1: unknown word '\''allwo'\'' (did you mean '\''allow'\''?)' \
		'allow|:2:6: '\''allow'\'' without a bridge name' \
		'deny br0 limit=2|:2:10: '\''limit='\'' is a limit; a deny has none' \
		'allow br0,br1|has a comma' \
		'allow br0 mac=52:54:00:00:00:01/24|did you mean '\''52:54:00:00:00:00/24'\''' \
		'include bridge.d/x|is relative' \
		'include /etc/netgrant/missing|include '\''/etc/netgrant/missing'\'': No such file' \
		'include /etc|is not a regular file' \
		'include /etc/netgrant/bridge.conf|is a loop'; do
		IFS='|' read -r line text <<<"$row"
		policy 'allow br0' "$line"
		ask alice -- --br=br0
		refused 4 "$text"
		[[ "$stderr" == *"/etc/netgrant/bridge.conf:2"* ]]
		rm "$POLICY"
	done
	same_world "$before"
}

@test "an include that the caller may not read is passed over, and only for that caller" {
	policy 'allow br0' 'include /etc/netgrant/lab.conf'
	echo 'deny br0' >/etc/netgrant/lab.conf
	chgrp lab /etc/netgrant/lab.conf
	chmod 0640 /etc/netgrant/lab.conf
	ask carol -- --br=br0
	granted
	ask alice -- --br=br0
	refused 3 '/etc/netgrant/lab.conf:1 denies'
	chgrp lab "$POLICY"
	chmod 0640 "$POLICY"
	ask carol -- --br=br0
	refused 4 'Permission denied'
}

@test "a policy that somebody else could have written is not read" {
	policy 'allow br0'
	chmod 0666 "$POLICY"
	ask alice -- --br=br0
	refused 4 'has mode 0666'
	chmod 0664 "$POLICY"
	ask alice -- --br=br0
	refused 4 'has mode 0664'
	chmod 0644 "$POLICY"
	chown alice "$POLICY"
	ask alice -- --br=br0
	refused 4 'is owned by uid 62001'
	chown root "$POLICY"
	chmod 0777 /etc/netgrant
	ask alice -- --br=br0
	refused 4 "'/etc/netgrant': has mode 0777"
	chmod 0755 /etc/netgrant
	ask alice -- --br=br0
	granted
}

@test "a FIFO or a device as policy is refused at once" {
	mkfifo "$POLICY"
	run --separate-stderr timeout 60 ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" "$BRIDGE_HELPER" --br=br0 '--fd={fd}'
	refused 4 'is not a regular file'
	rm "$POLICY"
	policy 'allow br0' 'include /dev/zero'
	ask alice -- --br=br0
	refused 4 'is not a regular file'
}

# ---- the log

@test "each grant and each denial is one line in the log" {
	policy 'allow br0 user=alice' 'deny br0 user=mallory'
	timeout 90 "$NG_TOOLS/log-sink" "$BATS_TEST_TMPDIR/log" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until test -S /dev/log
	ask alice -- --br=br0
	ask bob -- --br=br0
	ask mallory -- --br=br0
	policy 'allow br0 user=alice' 'wrong'
	ask alice -- --br=br0
	wait_until eval '[ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -ge 4 ]'
	rm -f /dev/log
	run cat "$BATS_TEST_TMPDIR/log"
	[ "${#lines[@]}" -eq 4 ]
	# 85 is authpriv.notice
	[[ "${lines[0]}" =~ ^\<85\>bridge-helper\[[0-9]+\]:\ granted\ uid=62001\ bridge=br0\ interface=vnet0\ rule=/etc/netgrant/bridge.conf:1$ ]]
	[[ "${lines[1]}" == *"denied uid=62002 bridge=br0 rule=none policy=/etc/netgrant/bridge.conf" ]]
	[[ "${lines[2]}" == *"denied uid=62004 bridge=br0 rule=/etc/netgrant/bridge.conf:2" ]]
	[[ "${lines[3]}" == *"failed uid=62001 bridge=br0 policy=/etc/netgrant/bridge.conf:2:1 error=unknown word "* ]]
}

# ---- the fence

# bats test_tags=nosanitizers
@test "behind the fence: a filter, one capability, no way to gain any, not traceable" {
	policy 'allow br0'
	# The second port, which does not have to pin the bridge's address; stopped at its message.
	ask alice -- --br=br0
	granted
	ip netns exec "$NS" timeout 120 "$NG_TOOLS/recv-fd" /usr/bin/strace -f -q -o "$BATS_TEST_TMPDIR/strace" -e trace=seccomp,sendmsg \
		-e inject=sendmsg:signal=STOP:when=1 -u alice "$BRIDGE_HELPER" --br=br0 '--fd={fd}' >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	parent=$!
	echo "$parent" >>"$BATS_TEST_TMPDIR/pids"
	wait_until grep -q 'stopped by SIGSTOP' "$BATS_TEST_TMPDIR/strace"
	pid=$(sed -n 's/^\([0-9]*\) *--- stopped by SIGSTOP ---.*/\1/p' "$BATS_TEST_TMPDIR/strace")
	run cat "/proc/$pid/status"
	[[ "$output" =~ Seccomp:[[:space:]]2 && "$output" =~ NoNewPrivs:[[:space:]]1 ]]
	[[ "$output" =~ CapPrm:[[:space:]]0000000000001000 && "$output" =~ CapInh:[[:space:]]0000000000000000 ]]
	[[ "$output" =~ CapAmb:[[:space:]]0000000000000000 ]]
	[[ "$output" =~ Uid:[[:space:]]62001[[:space:]]62001[[:space:]]62001[[:space:]]62001 ]]
	# Not the caller's to look into.
	[ "$(stat -c %u "/proc/$pid/mem")" = 0 ]
	kill -CONT "$pid"
	wait "$parent"
	grep -q '^descriptors=1' "$BATS_TEST_TMPDIR/out"
}

# bats test_tags=nosanitizers
@test "the filter ends a helper that makes another call" {
	run "$NG_TOOLS/fenced" bridge-helper getppid
	[ "$status" -eq 159 ] # 128 + SIGSYS
	run "$NG_TOOLS/fenced" bridge-helper ioctl
	[ "$status" -eq 159 ]
	run "$NG_TOOLS/fenced" bridge-helper open-create
	[ "$status" -eq 159 ]
	run "$NG_TOOLS/fenced" bridge-helper socket
	[ "$status" -eq 159 ]
	run "$NG_TOOLS/fenced" bridge-helper execve
	[ "$status" -eq 159 ]
	run "$NG_TOOLS/fenced" bridge-helper open-read
	[ "$status" -eq 0 ]
}

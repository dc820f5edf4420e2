#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# ifup-runner: what the caller, or the holder of the tap, does against what waits for the tap's end,
# and with it against others. Run inside tests/sandbox.
bats_require_minimum_version 1.5.0
source "$BATS_TEST_DIRNAME/lib.bash"
source "$BATS_TEST_DIRNAME/ifup.bash"

setup() { ifup_setup; }
teardown() { ifup_teardown; }

# stopped_runner SECONDS: holds the tap that an ifup-runner made, which for so long does not tell its worker.
stopped_runner() {
	ifup_policy "allow $UP user=0" "allow $DOWN user=0"
	ip netns exec "$NS" "$NG_TOOLS/recv-fd" --hold=600 "$(command -v strace)" -o /dev/null \
		-e inject=sendto:delay_enter="$1"000000:when=1 \
		"$RUNNER" "--script=$UP" "--downscript=$DOWN" '--fd={fd}' >"$BATS_TEST_TMPDIR/one" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	echo $! >"$BATS_TEST_TMPDIR/one.pid"
	wait_until eval 'in_ns ip link show vnet0 2>/dev/null | grep -q "alias netgrant"'
}

# bats test_tags=nosanitizers
@test "gc while ifup-runner is stopped before it tells its worker: the down script runs once" {
	stopped_runner 5
	run in_ns netgrant gc
	[ "$status" -eq 0 ]
	run in_ns netgrant status
	[[ $output == *vnet0*"in use"* ]]
	wait_until grep -q ready "$BATS_TEST_TMPDIR/one"
	[ "$(watchers | wc -l)" -eq 1 ]
	release one
	all_over
	sleep 1
	once vnet0
}

# bats test_tags=nosanitizers
@test "the same, and ifup-runner is killed then: no script runs" {
	stopped_runner 20
	run in_ns netgrant gc
	[ "$status" -eq 0 ]
	pkill -9 -P "$(pgrep -P "$(cat "$BATS_TEST_TMPDIR/one.pid")" strace)" -f ifup-runner
	wait_until no_taps
	all_over
	[ ! -e "$OUT/ups" ]
	[ ! -e "$OUT/downs" ]
}

@test "no interface of a name that the rule has not is made, for however short a time" {
	in_ns ip monitor link >"$BATS_TEST_TMPDIR/seen" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until eval 'in_ns ip link set lo mtu $((60000 + RANDOM % 1000)); grep -q lo: "$BATS_TEST_TMPDIR/seen"'
	for name in eth5 eth%d lab0 tun%d; do
		up_ask alice -- "--ifname=$name"
		up_refused 3 "not for an interface called"
	done
	up_ask alice -- --ifname=vnet7
	granted
	wait_until grep -q 'vnet7:' "$BATS_TEST_TMPDIR/seen"
	if grep -E '(eth|lab|tun)[0-9]' "$BATS_TEST_TMPDIR/seen"; then return 1; fi
}

@test "row 71: a program of root's with a command line of the user's is no watcher" {
	up_hold one alice
	index=$(in_ns cat /sys/class/net/vnet0/ifindex)
	net=$(in_ns readlink /proc/self/ns/net)
	kill -9 "$(watchers)"
	wait_until no_watchers
	# As sudo, which becomes root with all ids before it asks for a password.
	perl=/run/set-user-id-perl
	install -m 4755 /usr/bin/perl "$perl"
	number=$(printf %011d "$index")
	# shellcheck disable=SC2016 # Perl's
	echo '$< = 0; $> = 0; sleep 50' >"$OUT/$number"
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice bash -c 'cd "$1" && exec -a "$2" "$3" "$4"' - \
		"$OUT" "$net/ifup-worker" "$perl" "$number" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	fake=$(tail -1 "$BATS_TEST_TMPDIR/pids")
	# By that order: it is root until it becomes alice.
	wait_until eval '[ "$(watchers)" = "$fake" ]'
	wait_until grep -q '^Uid:[[:space:]]0[[:space:]]0[[:space:]]0[[:space:]]0' "/proc/$fake/status"
	release one
	run in_ns netgrant gc
	rm "$perl"
	[[ $output == "vnet0: ran $DOWN"* ]]
	kill -9 "$fake"
	once vnet0
}

@test "row 18: who makes the tap go with him takes no other's interface of that name for it" {
	policy 'allow br0 user=bob'
	script down "ip -d link show \"\$1\" >>$OUT/seen; until [ -e $OUT/go ]; do sleep 0.1; done; ip -d link show \"\$1\" >>$OUT/seen; echo \"\$1\" >>$OUT/downs"
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" --no-persist --hold=600 \
		"$RUNNER" "--script=$UP" "--downscript=$DOWN" '--fd={fd}' >"$BATS_TEST_TMPDIR/one" 3>&- &
	echo $! >"$BATS_TEST_TMPDIR/one.pid"
	wait_until grep -q ready "$BATS_TEST_TMPDIR/one"
	release one
	# Who is faster than the one that waits for the end has vnet0, and may.
	wait_until test -s "$OUT/seen"
	hold two bob --br=br0
	touch "$OUT/go"
	wait_until test -e "$OUT/downs"
	[ "$(cat "$OUT/downs")" = vnet0 ]
	if grep -e uid=62002 -e 'master br0' "$OUT/seen"; then return 1; fi
	grep -q 'vnet0: .*DOWN' "$OUT/seen"
	[ "$(held_name two)" = vnet1 ]
	wait_until no in_ns ip link show vnet0
	release two
	all_over
}

@test "the logger was started anew meanwhile: the down script's words reach it" {
	script down "echo \"\$1\" >>$OUT/downs; ip link show \"\$1\" >>$OUT/seen; echo some words"
	"$NG_TOOLS/log-sink" "$BATS_TEST_TMPDIR/log" 3>&- &
	sink=$!
	echo $sink >>"$BATS_TEST_TMPDIR/pids"
	wait_until test -S /dev/log
	up_hold one alice
	kill -9 "$sink"
	rm /dev/log
	"$NG_TOOLS/log-sink" "$BATS_TEST_TMPDIR/log2" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until test -S /dev/log
	release one
	once vnet0
	rm /dev/log
	wait_until grep -q 'some words' "$BATS_TEST_TMPDIR/log2"
}

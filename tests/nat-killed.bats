#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Row 28 of the threats: SIGKILL at every system call that brings a network up or down; whatever
# it leaves, the next up or down ends as always, and nothing foreign was touched.
# LeakSanitizer makes system calls of its own, and none of them under ptrace.
# bats file_tags=nosanitizers
bats_require_minimum_version 1.5.0
export BATS_TEST_TIMEOUT=${NG_KILLED_TIMEOUT:-420}

load lib
load net

setup() { net_setup; }
teardown() { net_teardown; }

# killed_anywhere up|down: kills network-worker at each of its system calls that has an effect, and
# after each: up, and once more killed there: down ends as it always does.
killed_anywhere() {
	local word=$1 calls n up down
	nat up default
	up=$(end_state default)
	nat down default
	down=$(end_state default)
	[ "$word" = up ] || nat up default
	calls=$(in_ns "$NG_TOOLS/killat" /network-worker 0 "$NAT_SETUP" "$word" default | sed -n 's/^ended //p')
	echo "# $word: $calls calls" >&3
	[ "$calls" -gt 20 ]
	for ((n = 1; n <= calls; n++)); do
		[ "$word" = up ] && nat down default
		[ "$word" = up ] || nat up default
		in_ns "$NG_TOOLS/killat" /network-worker "$n" "$NAT_SETUP" "$word" default >"$BATS_TEST_TMPDIR/killed" 2>&1 || :
		nat up default || { echo "up after a kill at call $n of $word" >&2; return 1; }
		same_state "$up" default || { echo "killed at call $n of $word, then up" >&2; return 1; }
		# And down right after a kill, not by way of a repair.
		[ "$word" = down ] || nat down default
		in_ns "$NG_TOOLS/killat" /network-worker "$n" "$NAT_SETUP" "$word" default >"$BATS_TEST_TMPDIR/killed" 2>&1 || :
		nat down default || { echo "down after a kill at call $n of $word" >&2; return 1; }
		same_state "$down" default || { echo "killed at call $n of $word, then down" >&2; return 1; }
	done
}

@test "killed at every system call of up" {
	simple default nat
	killed_anywhere up
}

@test "killed at every system call of down" {
	simple default nat
	killed_anywhere down
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2154 # bats sets status, output and stderr
# For tests of ifup-runner, on top of lib.bash.

RUNNER=$HELPERS/ifup-runner
IFUP_POLICY=/etc/netgrant/ifup.conf
UP=/etc/netgrant/up
DOWN=/etc/netgrant/down

# $OUT: where scripts of any user can write.
ifup_setup() {
	ns_setup
	OUT=$(mktemp -d /tmp/ng-ifup.XXXXXX)
	chmod 1777 "$OUT"
	script up 'echo "$1" >>'"$OUT/ups"
	script down 'echo "$1" >>'"$OUT/downs; ip link show \"\$1\" >>$OUT/seen 2>&1"
	ifup_policy "allow $UP user=alice" "allow $DOWN user=alice"
}

ifup_teardown() {
	local pid
	for pid in $(watchers); do kill -9 "$pid" 2>/dev/null || :; done
	ns_teardown
	rm -rf "$OUT"
}

# script NAME LINE...: /etc/netgrant/NAME.
script() {
	local path=/etc/netgrant/$1
	shift
	# Another file, so that one that runs is not written to.
	printf '%s\n' '#!/bin/sh' "$@" >"$path.new"
	chmod 755 "$path.new"
	mv "$path.new" "$path"
}

ifup_policy() {
	printf '%s\n' "$@" >"$IFUP_POLICY"
}

# up_ask USER [RECV-FD OPTION...] -- ARGUMENT...: with our two scripts.
up_ask() {
	local user=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run --separate-stderr as_user "$user" "$NG_TOOLS/recv-fd" "${options[@]}" "$RUNNER" \
		"--script=$UP" "--downscript=$DOWN" "$@" '--fd={fd}'
}

# up_hold NAME USER ARGUMENT...: kept until `release NAME`.
up_hold() {
	local name=$1 user=$2
	shift 2
	BRIDGE_HELPER=$RUNNER hold "$name" "$user" "--script=$UP" "--downscript=$DOWN" "$@"
}

held_name() {
	sed -n 's/^name=//p' "$BATS_TEST_TMPDIR/$1"
}

# watchers: processes that wait for the end of a tap in the test's namespace.
watchers() {
	local net
	net=$(in_ns readlink /proc/self/ns/net)
	pgrep -f "^net:\\[${net//[^0-9]/}\\]/ifup-worker " || :
}

no_taps() {
	! in_ns ip -o link show type tun | grep -q .
}

no_watchers() {
	[ -z "$(watchers)" ]
}

# all_over: no tap, and nobody who waits for one.
all_over() {
	wait_until no_taps && wait_until no_watchers
}

lines() {
	if [ -e "$1" ]; then wc -l <"$1"; else echo 0; fi
}

# once NAME: its down script ran once, while the interface was there.
once() {
	all_over
	[ "$(lines "$OUT/downs")" -eq 1 ] || { echo "down: $(cat "$OUT/downs" 2>&1)" >&2; return 1; }
	[ "$(cat "$OUT/downs")" = "$1" ]
	grep -q "$1: <" "$OUT/seen"
}

# up_refused STATUS TEXT: no descriptor, and TEXT in what it says.
up_refused() {
	[ "$status" -eq "$1" ] || { echo "status $status, stderr: $stderr" >&2; return 1; }
	[ "$(value descriptors)" = 0 ] || { echo "descriptors sent: $output" >&2; return 1; }
	[[ "$stderr" == *"$2"* ]] || { echo "stderr: $stderr" >&2; return 1; }
}

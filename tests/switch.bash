# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For tests of netgrant-switch, on top of lib.bash: each test has a namespace, and a folder $D
# that alice may write to.

SWITCH=$NG_PREFIX/bin/netgrant-switch
NETGRANT_BIN=$NG_PREFIX/bin/netgrant

switch_setup() {
	ns_setup
	# Short, because a socket's path has to be.
	D=$(mktemp -d /tmp/ngs.XXXXXX)
	chown 62001:62001 "$D"
	in_ns ip route add 224.0.0.0/4 dev lo
}

switch_teardown() {
	ns_teardown
	rm -rf "$D"
}

# switch NAME ARGUMENT...: netgrant-switch as alice, in the background; returns when it is ready.
# Its words are in $D/NAME.err, its number in $D/NAME.pid.
switch() {
	local name=$1 ready
	shift
	mkfifo "$D/$name.ready"
	exec {ready}<>"$D/$name.ready"
	# shellcheck disable=SC2086 # words are wanted
	ip netns exec "${SWITCH_NS:-$NS}" "$NG_TOOLS/as-user" alice ${SWITCH_UNDER-} "$SWITCH" --ready-fd 9 "$@" \
		2>"$D/$name.err" 9>"$D/$name.ready" 3>&- {ready}>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	echo $! >"$D/$name.pid"
	if ! read -r -t 40 -u "$ready" || ! kill -0 "$(cat "$D/$name.pid")"; then
		cat "$D/$name.err" >&2
		return 1
	fi
	exec {ready}>&-
}

# statistics NAME: what SIGUSR1 makes it write.
statistics() {
	local before said=$D/$1.err
	before=$(wc -c <"$said")
	kill -USR1 "$(cat "$D/$1.pid")"
	wait_until eval '[ "$(wc -c <"$said")" != "$before" ]'
	# It writes line by line.
	wait_until eval 'now=$(wc -c <"$said"); sleep 0.2; [ "$(wc -c <"$said")" = "$now" ]'
	tail -c "+$((before + 1))" "$said"
}

# finish NAME SIGNAL: ends it; true where it ended well.
finish() {
	kill "-$2" "$(cat "$D/$1.pid")"
	wait "$(cat "$D/$1.pid")"
}

# peers [VARIABLE=VALUE...]: the Python on standard input, with all of plug.py and the folder D.
peers() {
	{
		echo 'from plug import *'
		echo "D = '$D'"
		cat
	} >"$D/script.py"
	in_ns env "$@" PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$BATS_TEST_DIRNAME/tools" timeout 100 python3 "$D/script.py"
}

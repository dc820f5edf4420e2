# SPDX-License-Identifier: GPL-2.0-or-later
# Loaded by every bats file; runs inside tests/sandbox. Each test gets a network namespace
# of its own ($NS) with a bridge br0, and an empty policy folder.

# shellcheck source=tests/wait.bash
source "${BASH_SOURCE[0]%/*}/wait.bash"

# No test takes longer; one that hangs fails.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-180}

HELPERS=$NG_PREFIX/libexec/netgrant
BRIDGE_HELPER=$HELPERS/bridge-helper
POLICY=/etc/netgrant/bridge.conf
QEMU_POLICY=/etc/qemu/bridge.conf

# in_ns COMMAND...: in the test's namespace, with its own /sys, within a minute.
in_ns() {
	timeout -k 5 120 ip netns exec "$NS" "$@"
}

# as_user USER COMMAND...: the same without any privilege.
as_user() {
	timeout -k 5 120 ip netns exec "$NS" "$NG_TOOLS/as-user" "$@"
}

# here PGREP-ARGUMENT...: the processes in the test's namespace; others may test, too.
here() {
	local pid net
	net=$(in_ns readlink /proc/self/ns/net)
	for pid in $(pgrep "$@"); do
		[ "$(readlink "/proc/$pid/ns/net")" != "$net" ] || echo "$pid"
	done
}

ns_setup() {
	# LeakSanitizer traces its own process at the end. Of a helper under no_new_privs, with load,
	# one waited for ever for the other, on a processor that the next tests did not have.
	[ -z "${NG_SANITIZERS-}" ] || export ASAN_OPTIONS=detect_leaks=0
	NS=ng-$BATS_TEST_NUMBER-$$
	ip netns add "$NS"
	in_ns ip link set lo up
	in_ns ip link add br0 type bridge
	# An uplink, so that the bridge has a carrier whatever comes and goes; no addresses that
	# come up by themselves.
	in_ns ip link add up0 type veth peer name up1
	for dev in br0 up0 up1; do
		in_ns sh -c "echo 1 >/proc/sys/net/ipv6/conf/$dev/disable_ipv6"
	done
	in_ns ip link set up0 master br0
	for dev in br0 up0 up1; do in_ns ip link set "$dev" up; done
	rm -rf /etc/netgrant /etc/qemu
	mkdir -p /etc/netgrant /etc/qemu
	: >"$BATS_TEST_TMPDIR/pids"
}

ns_teardown() {
	cd /
	# shellcheck disable=SC2046 # words are wanted
	kill_jobs $(cat "$BATS_TEST_TMPDIR/pids")
	netns_end "$NS"
	rm -rf /etc/netgrant /etc/qemu
}

setup() { ns_setup; }
teardown() { ns_teardown; }

# policy LINE...: the lines of /etc/netgrant/bridge.conf.
policy() {
	printf '%s\n' "$@" >"$POLICY"
}

# ask USER [RECV-FD OPTION...] -- ARGUMENT...: bridge-helper as USER, as QEMU would run it;
# sets $status, $output and $stderr as bats' run does.
ask() {
	local user=$1 options=()
	shift
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run --separate-stderr as_user "$user" "$NG_TOOLS/recv-fd" "${options[@]}" "$BRIDGE_HELPER" "$@" '--fd={fd}'
}

# hold NAME USER ARGUMENT...: the same in the background, keeping the descriptor until
# `release NAME`; returns once it is there, with recv-fd's words in $BATS_TEST_TMPDIR/NAME.
hold() {
	local name=$1 user=$2 i
	shift 2
	ip netns exec "$NS" "$NG_TOOLS/as-user" "$user" "$NG_TOOLS/recv-fd" --hold=600 "$BRIDGE_HELPER" "$@" '--fd={fd}' \
		>"$BATS_TEST_TMPDIR/$name" 2>"$BATS_TEST_TMPDIR/$name.err" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	echo $! >"$BATS_TEST_TMPDIR/$name.pid"
	for ((i = 0; i < 1000; i++)); do
		grep -q '^ready' "$BATS_TEST_TMPDIR/$name" && return 0
		kill -0 "$(cat "$BATS_TEST_TMPDIR/$name.pid")" 2>/dev/null || break
		sleep 0.05
	done
	cat "$BATS_TEST_TMPDIR/$name" "$BATS_TEST_TMPDIR/$name.err" >&2
	return 1
}

release() {
	kill -9 "$(cat "$BATS_TEST_TMPDIR/$1.pid")"
	wait "$(cat "$BATS_TEST_TMPDIR/$1.pid")" 2>/dev/null || :
}

# value KEY: of the key=value lines in $output.
value() {
	sed -n "s/^$1=//p" <<<"$output"
}

# listing FOLDER...: what is in them, without times: those of folders change with a file that
# came and went.
listing() {
	find "$@" -printf '%p %i %M %u %g %n %s %l\n' \( -type f -exec cksum {} + -o -true \) | sort
}

# world: all that a helper could have left behind, to be compared before and after.
world() {
	in_ns ip -o link
	in_ns ip -o addr
	in_ns bridge fdb show | sort
	in_ns nft list ruleset 2>/dev/null || :
	in_ns tc qdisc show
	listing /etc/netgrant /etc/qemu /run /dev/shm
}

# same_world WORLD: nothing has changed. Devices go in the background, and may take their time.
same_world() {
	local i now
	for ((i = 0; i < 400; i++)); do
		now=$(world)
		[ "$now" = "$1" ] && return 0
		sleep 0.05
	done
	diff <(echo "$1") <(echo "$now") >&2
	return 1
}

# refused STATUS TEXT: that status, nothing on stdout but recv-fd's words without a
# descriptor, and exactly one line on stderr that has TEXT in it.
refused() {
	[ "$status" -eq "$1" ] || { echo "status $status, stderr: $stderr" >&2; return 1; }
	[ "$(value descriptors)" = 0 ] || { echo "descriptors sent: $output" >&2; return 1; }
	[ "${#stderr_lines[@]}" -eq 1 ] || { echo "not one line: $stderr" >&2; return 1; }
	[[ "$stderr" == "bridge-helper: "* ]] || { echo "no prefix: $stderr" >&2; return 1; }
	[[ "$stderr" == *"$2"* ]] || { echo "stderr: $stderr" >&2; return 1; }
}

# granted: a tap came and the helper exited 0.
granted() {
	[ "$status" -eq 0 ] || { echo "status $status, stderr: $stderr" >&2; return 1; }
	[ "$(value descriptors)" = 1 ] && [ "$(value tap)" = 1 ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# The helpers and netgrant under valgrind, run by root, in a build without static linking and
# without the system call filter (valgrind's own calls are not in it). scripts/test runs this.
bats_require_minimum_version 1.5.0
load ../lib
# Everything takes a second or several under it.
export BATS_TEST_TIMEOUT=400

GRIND=(valgrind -q --error-exitcode=70 --leak-check=full --show-leak-kinds=definite,possible --errors-for-leak-kinds=definite,possible
	--vgdb=no --child-silent-after-fork=yes)

setup() {
	ns_setup
	# Without its file capabilities, with which valgrind executes nothing.
	PLAIN=$NG_WORK/plain-bridge-helper
	cp "$BRIDGE_HELPER" "$PLAIN"
}

# grind EXPECTED-STATUS ARGUMENT...: bridge-helper, with a socket to answer on.
grind() {
	local expected=$1
	shift
	run --separate-stderr in_ns "$NG_TOOLS/recv-fd" /usr/bin/env "${GRIND[@]}" "$PLAIN" "$@" '--fd={fd}'
	[ "$status" -eq "$expected" ] || {
		echo "status $status: $stderr" >&2
		return 1
	}
}

@test "valgrind: grants, plain and with everything" {
	policy 'allow br0'
	grind 0 --br=br0 --use-vnet --describe
	policy 'deny br9*' 'allow br0 user=root group=root,nosuch limit=3 isolated mac=52:54:00:aa:00:01'
	grind 0 --br=br0 --use-vnet
	policy 'allow b[a-r]? limit=3 mac=52:54:00:aa:00:00/32'
	grind 0 --br=br0
}

@test "valgrind: denials, errors of the policy, usage" {
	policy 'deny br0' 'allow all'
	grind 3 --br=br0
	policy 'allow br0 limit=1'
	hold a root --br=br0
	grind 3 --br=br0
	policy 'allow br0 usr=x'
	grind 4 --br=br0
	printf 'include /etc/netgrant/%s\n' one two >"$POLICY"
	printf 'allow br0\0\n' >/etc/netgrant/one
	grind 4 --br=br0
	head -c 9000 /dev/zero | tr '\0' 'x' >"$POLICY"
	grind 4 --br=br0
	rm "$POLICY"
	grind 3 --br=br0
	policy 'allow all'
	grind 1 --br=nosuch
	grind 2 --br=br0:1
	grind 2 --br=
}

@test "valgrind: tap-creator" {
	PLAIN=$NG_WORK/plain-tap-creator
	cp "$HELPERS/tap-creator" "$PLAIN"
	echo 'allow vnet* user=root limit=3 queues=4 persist mtu=9000 mac=52:54:00:aa:00:00/32' >/etc/netgrant/tap.conf
	grind 0 --use-vnet --describe
	grind 0 --queues=4 --mtu=9000 --mac=52:54:00:aa:00:01
	grind 3 --vhost
	grind 3 --ifname=eth9
	grind 0 --ifname=vnet9%d9 --no-vnet-hdr
	for args in '--persist --ifname=vnet5' '--delete --ifname=vnet5' '--delete --ifname=vnet5'; do
		# shellcheck disable=SC2086
		run in_ns "${GRIND[@]}" "$PLAIN" $args
		[ "$status" -ne 70 ] || { echo "$args: $output" >&2; return 1; }
	done
	[ "$status" -eq 3 ]
}

@test "valgrind: netgrant check, explain, allowed" {
	policy 'allow br0 user=alice,nosuch limit=2' 'deny all group=lab' 'allow all' 'allow br[0-9]* mac=52:54:00:00:00:00/24'
	for args in 'check' 'check --print' 'explain bridge br0 --user alice' 'explain bridge br0 --json' 'allowed --user bob' 'explain tap vnet7' 'explain script /x' 'allowed --json'; do
		# shellcheck disable=SC2086
		run in_ns "${GRIND[@]}" "$NETGRANT" $args
		[ "$status" -ne 70 ] || { echo "$args: $output" >&2; return 1; }
	done
}

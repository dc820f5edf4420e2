#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# bridge-helper beside the packaged qemu-bridge-helper, on one /etc/qemu/bridge.conf: what
# both should understand alike, and each intended difference (bridge-helper(8) and
# netgrant-bridge.conf(5) have the reasons).
bats_require_minimum_version 1.5.0
load lib

setup() {
	ns_setup
	STOCK=$NG_WORK/qemu-bridge-helper
	if [ ! -e "$STOCK" ]; then
		cp /usr/lib/qemu/qemu-bridge-helper "$STOCK"
		# Its own way: effective from the start.
		setcap cap_net_admin=ep "$STOCK"
	fi
	rmdir /etc/netgrant
	in_ns ip link add br1 type bridge
	in_ns ip link add abcdefghijklmno type bridge # 15 bytes
}

# verdict PROGRAM USER BRIDGE: "grant" or "refuse".
verdict() {
	if timeout 60 ip netns exec "$NS" "$NG_TOOLS/as-user" "$2" "$NG_TOOLS/recv-fd" "$1" --use-vnet "--br=$3" '--fd={fd}' \
		>"$BATS_TEST_TMPDIR/out" 2>/dev/null; then
		grep -q '^descriptors=1' "$BATS_TEST_TMPDIR/out" && echo grant || echo 'exit 0 without a descriptor'
	else
		echo refuse
	fi
}

# both TEXT BRIDGE...: the text as policy (printf's escapes), the same verdicts.
both() {
	local text=$1 bridge stock ours
	shift
	# shellcheck disable=SC2059
	printf "$text" >"$QEMU_POLICY"
	for bridge; do
		stock=$(verdict "$STOCK" alice "$bridge")
		ours=$(verdict "$BRIDGE_HELPER" alice "$bridge")
		[ "$stock" = "$ours" ] || {
			printf 'policy %q, bridge %s: stock %s, ours %s\n' "$text" "$bridge" "$stock" "$ours" >&2
			return 1
		}
		echo "$bridge $ours" >>"$BATS_TEST_TMPDIR/verdicts"
	done
}

# differ STOCK OURS TEXT BRIDGE: an intended difference.
differ() {
	local stock ours
	# shellcheck disable=SC2059
	printf "$3" >"$QEMU_POLICY"
	stock=$(verdict "$STOCK" alice "$4")
	ours=$(verdict "$BRIDGE_HELPER" alice "$4")
	[ "$stock $ours" = "$1 $2" ] || {
		printf 'policy %q, bridge %s: stock %s, ours %s; expected %s, %s\n' "$3" "$4" "$stock" "$ours" "$1" "$2" >&2
		return 1
	}
}

@test "policies that both read alike give the same verdicts" {
	both 'allow br0\n' br0 br1 lo nosuch ''
	both 'allow all\n' br0 br1 lo nosuch
	both 'deny br0\nallow all\n' br0 br1
	both 'allow all\ndeny br0\n' br0 br1
	both 'deny all\nallow br0\n' br0 br1
	both 'allow br1\nallow br0\n' br0 br1
	both '' br0
	both '# nothing\n\n   \n\t\n' br0
	both '# allow br0\nallow br1\n' br0 br1
	both '  allow   br0  \n' br0
	both '\tallow br0\n' br0
	both 'allow\tbr0\n' br0
	both 'allow br0\r\nallow br1\r\n' br0 br1
	both 'allow br0' br0
	both 'allow br0\n#' br0
	both 'Allow br0\n' br0
	both 'permit br0\n' br0
	both 'allow\n' br0
	both 'allow br0\nfoo\n' br0
	both 'allow ALL\n' br0
	both 'allow abcdefghijklmno\n' abcdefghijklmno abcdefghijklmn
	both 'allow abcdefghijklmn\n' abcdefghijklmno abcdefghijklmn
	both 'allow abcdefghijklmnop\n' abcdefghijklmno abcdefghijklmnop
	both 'allow all\n' abcdefghijklmnop
	both 'allow br\n' br0
	both 'allow br00\n' br0
	both 'allow br0\n\001\n' br0
	both '\357\273\277allow br0\n' br0
	both "$(printf '%4000s' '# ')\nallow br0\n" br0
	# Not everything was refused, and not everything granted.
	grep -q grant "$BATS_TEST_TMPDIR/verdicts"
	grep -q refuse "$BATS_TEST_TMPDIR/verdicts"
}

@test "includes that both read alike give the same verdicts" {
	printf 'allow br0\n' >/etc/qemu/a.conf
	printf 'deny br0\n' >/etc/qemu/b.conf
	printf 'include /etc/qemu/a.conf\n' >/etc/qemu/c.conf
	printf 'allow br0\n' >/etc/qemu/with\ blank.conf
	printf 'allow br0\n' >/etc/qemu/closed.conf
	chmod 0600 /etc/qemu/closed.conf
	: >/etc/qemu/empty.conf
	both 'include /etc/qemu/a.conf\n' br0 br1
	both 'include /etc/qemu/a.conf\ninclude /etc/qemu/b.conf\n' br0
	both 'include /etc/qemu/c.conf\n' br0
	both 'include /etc/qemu/with blank.conf\n' br0
	both 'include /etc/qemu/closed.conf\n' br0
	both 'allow br0\ninclude /etc/qemu/closed.conf\n' br0
	both 'include /etc/qemu/empty.conf\nallow br0\n' br0
	grep -q 'br0 grant' "$BATS_TEST_TMPDIR/verdicts"
	grep -q 'br0 refuse' "$BATS_TEST_TMPDIR/verdicts"
}

@test "intended differences" {
	# A comment may end a line: what reads as a deny is one.
	differ grant refuse 'allow all\ndeny br0 # why\n' br0
	# The tail of an over-long line is no line of its own.
	differ grant refuse "$(printf '# %4093s' '')allow br0\n" br0
	# An include that is missing, a folder, a loop or wrong is an error.
	differ grant refuse 'allow br0\ninclude /etc/qemu/missing\n' br0
	differ grant refuse 'allow br0\ninclude /etc/qemu\n' br0
	printf 'deny br1\nwrong\n' >/etc/qemu/wrong.conf
	differ grant refuse 'allow br0\ninclude /etc/qemu/wrong.conf\n' br0
	# A relative include would be found in the caller's folder.
	printf 'allow br0\n' >/relative.conf
	chmod 0644 /relative.conf
	(cd / && differ grant refuse 'include relative.conf\n' br0)
	rm /relative.conf
	# Names that no device can have, or that stand for another device.
	differ grant refuse 'deny br0\nallow all\n' br0:1
	in_ns ip link property add dev br0 altname lan
	differ grant refuse 'deny br0\nallow all\n' lan
	# A glob is one.
	differ refuse grant 'allow br*\n' br0
	differ refuse grant 'allow br0 user=alice\n' br0
	# A NUL hides the rest of its line.
	differ grant refuse 'allow br0\n\000allow br1\n' br0
	# Files that somebody else could have written.
	printf 'allow br0\n' >"$QEMU_POLICY"
	chmod 0666 "$QEMU_POLICY"
	differ grant refuse 'allow br0\n' br0
	chmod 0644 "$QEMU_POLICY"
}

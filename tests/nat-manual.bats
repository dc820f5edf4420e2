#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What nat-setup(8), the README and network.conf.example show works as it stands there.
bats_require_minimum_version 1.5.0

load lib
load net

TOP=$BATS_TEST_DIRNAME/..
PAGE=$TOP/man/nat-setup.8

setup() { net_setup; }
teardown() { net_teardown; }

# example TEXT: the literal block of the page's examples that stands next behind the line with TEXT.
example() {
	awk -v text="$1" '/^\.Sh EXAMPLES/ { on = 1 } /^\.Sh DIAG/ { on = 0 }
		on && index($0, text) { found = 1 }
		found && /^\.Ed/ { exit }
		inside { print }
		found && /^\.Bd/ { inside = 1 }' "$PAGE" | sed 's/\\e$/\\/; s/\\&//g'
}

@test "the page: its network, its rule and its command" {
	cp "$TOP/etc/networks/default.conf" "$NETWORKS/"
	example networks/lab.conf >"$NETWORKS/lab.conf"
	in_ns bash -ec "$(example 'let alice use and start it')"
	in_ns "$NG_PREFIX/bin/netgrant" check "$NETWORKS/lab.conf"
	in_ns "$NG_PREFIX/bin/netgrant" check "$NETWORK_POLICY"
	in_ns env PATH="$HELPERS:$PATH" "$(example 'brought up at once' | head -1 | cut -d' ' -f1)" up lab
	nat status lab
	in_ns bridge vlan show >/dev/null
	# QEMU gives a helper with a blank in it to sh, with this behind.
	helper=$(example 'Her guest on it' | sed -n 's/.*helper="\(.*\)"$/\1/p')
	[ "$helper" = "$NAT_SETUP --network=default" ]
	run --separate-stderr as_user alice "$NG_TOOLS/recv-fd" /bin/sh -c "exec $helper --use-vnet --fd=\$1 --br=br0" sh '{fd}'
	[ "$status" -eq 0 ]
	[ "$(value tap)" = 1 ]
	in_ns env PATH="$HELPERS:$PATH" bash -ec "$(example 'Who has which')"
	nat down --all
}

@test "the page: its synopsis has what --help has" {
	help=$("$NAT_SETUP" --help)
	for word in up down reload status list leases --all --json --network= --fd= --use-vnet --describe --br=; do
		[[ $help == *"$word"* ]]
		if [[ $word == --* ]]; then
			grep -qE "Fl -?$(sed 's/^--/-/; s/=$/=/' <<<"$word" | sed 's/^-//')" "$PAGE" || { echo "$word" >&2; return 1; }
		else
			grep -qE "^\.(It )?Cm .*\b$word\b" "$PAGE" || { echo "$word" >&2; return 1; }
		fi
	done
}

@test "the page: messages it lists are messages that there are" {
	for text in 'is not up; root can start it with' 'says start=admin: only root may start network' \
		'exists and was not made by' 'for dnsmasq to run as; as root, run' 'does not start:' \
		'for half a minute; is it stopped?' 'overlaps the host'; do
		grep -qF -- "$text" "$PAGE" || { echo "not in the page: $text" >&2; return 1; }
	done
}

@test "the README: its network and rule" {
	sed -n '/networks\/default.conf; it is there/,/^$/p' "$TOP/README.md" | sed '1d; s/^    //' >"$NETWORKS/default.conf"
	grep '^    allow default user=alice start$' "$TOP/README.md" | sed 's/^ *//' >"$NETWORK_POLICY"
	nat_as alice up default
	nat status default
	in_ns ip -4 -o addr show ng-default | grep -q 192.168.22.1/24
	nat down default
}

@test "network.conf.example: nothing as it is; each line by itself is in order" {
	cp "$TOP/etc/network.conf.example" "$NETWORK_POLICY"
	simple default isolated
	run -0 --separate-stderr in_ns "$NG_PREFIX/bin/netgrant" check "$NETWORK_POLICY"
	[ "$output" = "$NETWORK_POLICY: in order, 0 rules" ]
	sed -n 's/^#\(allow\|deny\)/\1/p' "$TOP/etc/network.conf.example" >"$NETWORK_POLICY"
	[ "$(wc -l <"$NETWORK_POLICY")" -ge 4 ]
	in_ns "$NG_PREFIX/bin/netgrant" check "$NETWORK_POLICY"
}

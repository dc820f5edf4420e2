#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Completion for bash, zsh and fish. Inside tests/sandbox.

bats_require_minimum_version 1.5.0

load lib.bash

setup() {
	ns_setup
	FOLDER=$BATS_TEST_DIRNAME/../packaging/completions
	PATH=$NG_PREFIX/bin:$PATH
	policy 'allow br0' 'allow lan7'
	echo 'allow default' >/etc/netgrant/network.conf
}

# words WORD...: what bash offers behind them, one a line and sorted; the last one is not
# finished. A word is what readline takes for one: = and : are words of their own.
words() {
	cat >"$BATS_TEST_TMPDIR/complete" <<'SCRIPT'
. /usr/share/bash-completion/bash_completion
. "$1"
shift
COMP_LINE=$*
COMP_POINT=${#COMP_LINE}
COMP_WORDS=()
for word; do
	while [[ $word =~ ^([^=:]*)([=:]+)(.*)$ ]]; do
		[ -z "${BASH_REMATCH[1]}" ] || COMP_WORDS+=("${BASH_REMATCH[1]}")
		COMP_WORDS+=("${BASH_REMATCH[2]}")
		word=${BASH_REMATCH[3]}
		[ -n "$word" ] || continue 2
	done
	COMP_WORDS+=("$word")
done
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; } # it works inside of a completion only
_netgrant netgrant
printf '%s\n' "${COMPREPLY[@]}" | sort
SCRIPT
	run in_ns bash "$BATS_TEST_TMPDIR/complete" "$FOLDER/netgrant.bash" "$@"
	echo "$output"
	[ "$status" = 0 ]
}

@test "bash: subcommands and options" {
	words netgrant c
	[ "$output" = $'check\nconvert' ]
	words netgrant ''
	for verb in run check explain allowed import-network convert --help; do
		grep -qxe "$verb" <<<"$output"
	done
	words netgrant check --
	[ "$output" = $'--help\n--json\n--print' ]
	words netgrant run --dry
	[ "$output" = --dry-run ]
	words netgrant run --emulator u
	[ "$output" = uml ]
}

@test "bash: --nic, its types, keys and values" {
	words netgrant run --nic br
	[ "$output" = bridge ]
	words netgrant run --nic ''
	[ "$output" = "$(printf '%s\n' user network bridge ethernet mcast server client udp hub null | sort)" ]
	words netgrant run --nic udp,lo
	[ "$output" = $'udp,local-address=\nudp,local-port=' ]
	words netgrant run --nic bridge,model=e1000,so
	[ "$output" = e1000,source= ]
	words netgrant run --nic bridge,source=
	[ "$output" = $'br0\nlan7' ]
	words netgrant run --nic bridge,link=down,source=b
	[ "$output" = br0 ]
	words netgrant run --nic network,source=
	[ "$output" = default ]
	words netgrant run --nic user,backend=
	[ "$output" = $'netgrant\npasst\nqemu' ]
	words netgrant run --nic server,mac=52:54:00:12:34:56,backend=q
	[ "$output" = qemu ]
	words netgrant run --nic user,hostfwd=tcp::1-:2,link=d
	[ "$output" = down ]
	words netgrant run --nic nosuch,
	[ -z "$output" ]
	words netgrant convert --xml eth
	[ "$output" = ethernet ]
}

@test "bash: names, users, files and the emulator's command" {
	words netgrant explain bridge ''
	[ "$output" = $'br0\nlan7' ]
	words netgrant explain ''
	[ "$output" = $'bridge\nnetwork\nscript\ntap' ]
	words netgrant explain net
	[ "$output" = network ]
	words netgrant leases --
	[ "$output" = $'--help\n--json' ]
	words netgrant leases ''
	[ "$output" = default ]
	words netgrant slirp-add /run/socket ho
	[ "$output" = hostfwd= ]
	words netgrant allowed --user roo
	[ "$output" = root ]
	touch "$BATS_TEST_TMPDIR/guest.xml"
	words netgrant run --interface "$BATS_TEST_TMPDIR/gue"
	[ "$output" = "$BATS_TEST_TMPDIR/guest.xml" ]
	words netgrant run --nic user -- "$BATS_TEST_TMPDIR/gue"
	[ "$output" = "" ] # a command can be executed
	chmod +x "$BATS_TEST_TMPDIR/guest.xml"
	words netgrant run --nic user -- "$BATS_TEST_TMPDIR/gue"
	[ "$output" = "$BATS_TEST_TMPDIR/guest.xml" ]
}

@test "bash: it does nothing where netgrant is missing or says no" {
	PATH=/usr/bin:/bin
	hash -r
	words netgrant run --nic bridge,source=
	[ -z "$output" ]
}

@test "fish: subcommands, types, keys, values and names" {
	command -v fish >/dev/null || skip "no fish"
	offer() { in_ns fish --no-config -c "source $FOLDER/netgrant.fish; complete -C '$1'" | cut -f1 | sort; }
	[ "$(offer 'netgrant c')" = $'check\nconvert' ]
	[ "$(offer 'netgrant run --nic br')" = bridge ]
	[ "$(offer 'netgrant run --nic udp,lo')" = $'udp,local-address=\nudp,local-port=' ]
	[ "$(offer 'netgrant run --nic bridge,source=')" = $'bridge,source=br0\nbridge,source=lan7' ]
	[ "$(offer 'netgrant run --nic user,link=down,backend=p')" = user,link=down,backend=passt ]
	[ "$(offer 'netgrant explain network ')" = default ]
	[ "$(offer 'netgrant leases d')" = default ]
	[ "$(offer 'netgrant leases --')" = --json ]
	[ "$(offer 'netgrant explain s')" = script ]
	[ "$(offer 'netgrant check --')" = $'--json\n--print' ]
}

@test "zsh: it is read, and knows types, keys, values and names" {
	command -v zsh >/dev/null || skip "no zsh"
	zsh -n "$FOLDER/_netgrant"
	# compadd and _describe say what they are given, in place of the line editor.
	cat >"$BATS_TEST_TMPDIR/offer" <<'SCRIPT'
compset() {
	local cut=${2//\*/}
	[[ $PREFIX == *$cut* ]] || return 1
	PREFIX=${PREFIX##*$cut}
}
_describe() { eval "print -rl -- \"\${${@[4]}[@]%%:*}\""; }
compadd() { [[ $3 == -a || $1 == -a ]] && print -rl -- "${found[@]}" || print -r -- "${@[-1]}"; }
_arguments() { state=none; return 0; }
_files() { :; }
source "$1" 2>/dev/null
PREFIX=$2
_netgrant_nic | sort
SCRIPT
	offer() { in_ns zsh -f "$BATS_TEST_TMPDIR/offer" "$FOLDER/_netgrant" "$1"; }
	[ "$(offer '')" = "$(printf '%s\n' user network bridge ethernet mcast server client udp hub null | sort)" ]
	[ "$(offer bridge,source=)" = $'br0\nlan7' ]
	[ "$(offer network,link=up,source=)" = default ]
	[ "$(offer user,link=)" = $'down\nup' ]
	offer udp, | grep -qx local-port
}

@test "completion: the folders of each shell" {
	for file in bash-completion/completions/netgrant.bash zsh/site-functions/_netgrant \
		fish/vendor_completions.d/netgrant.fish; do
		[ -f "$NG_PREFIX/share/$file" ]
	done
}

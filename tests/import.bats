#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# netgrant import-network. Inside tests/sandbox; needs neither root nor a network.

bats_require_minimum_version 1.5.0

setup() {
	IMPORT=$NG_PREFIX/libexec/netgrant/import-network
	XML=$BATS_TEST_TMPDIR/n.xml
	FIXTURES=$BATS_TEST_DIRNAME/fixtures/network
}

# import [--lenient] XML: of that text.
import() {
	local lenient=()
	[ "$1" != --lenient ] || { lenient=(--lenient); shift; }
	printf '%s' "$1" >"$XML"
	run --separate-stderr timeout 60 "$IMPORT" "${lenient[@]}" "$XML"
}

# refused LINE TEXT XML: the one message, status 1, and no output.
refused() {
	import "$3"
	echo "$stderr" "$output"
	[ "$status" = 1 ]
	[ -z "$output" ]
	[ "$stderr" = "netgrant: $XML:$1 $2" ]
}

net() { printf '<network>\n<name>n</name>\n%s</network>' "$1"; }

@test "import: all that can be carried over" {
	run --separate-stderr timeout 60 "$IMPORT" "$FIXTURES/all.xml"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	diff -u "$FIXTURES/all.conf" <(printf '%s\n' "$output")
}

@test "import: what cannot be carried over is an error with element and line" {
	refused 3: "<bandwidth> in <network> cannot be carried over" "$(net '<bandwidth><inbound average="1"/></bandwidth>')"
	refused 3: "<ip localPtr=''> cannot be carried over" "$(net '<ip address="10.0.0.1" prefix="24" localPtr="yes"/>')"
	refused 3: "<bridge delay='2'> cannot be carried over" "$(net '<bridge name="b" delay="2"/>')"
	refused 3: "<forward mode='bridge'> is no network of the host's own" "$(net '<forward mode="bridge"/>')"
	refused 3: "<host> without mac or id cannot be carried over" \
		"$(net '<ip address="10.0.0.1" prefix="24"><dhcp><host name="a" ip="10.0.0.2"/></dhcp></ip>')"
	refused 3: "<x\xc3\xa9> in <network> cannot be carried over" "$(net '<xé/>')"
	refused 3: "<qemu> in <network> cannot be carried over" "$(net '<q:qemu xmlns:q="urn:x"/>')"
	refused 1: "<domain> is no <network>" '<domain/>'
}

@test "import --lenient: a comment instead, and no less strict about what is wrong" {
	import --lenient "$(net '<bandwidth/>')"
	[ "$status" = 0 ]
	[ "$output" = "# The network n, from libvirt's description.
# line 3: <bandwidth> in <network> cannot be carried over
[network]
mode=isolated" ]
	import --lenient "$(net '<mtu size="1"/>')"
	[ "$status" = 1 ]
	[ "$stderr" = "netgrant: $XML:3: '1' in 'mtu=' is no number from 68 to 65535" ]
}

@test "import: our own rules hold, and name the line of the XML" {
	refused 4: "'10.0.0.1-10.0.0.9' in 'dhcp=' holds the host's own address 10.0.0.1; write one range before it and one behind" \
		"$(net '<ip address="10.0.0.1" prefix="24"><dhcp>
<range start="10.0.0.1" end="10.0.0.9"/></dhcp></ip>')"
	refused '' "the name 'a/b' has a character other than A-Z a-z 0-9 _ -" '<network><name>a/b</name></network>'
	refused '' "the name '' is missing" '<network/>'
	refused 3: "<ip> without address, or without prefix or netmask" "$(net '<ip address="10.0.0.1" netmask="255.0.255.0"/>')"
}

@test "import: no value brings a line of its own" {
	refused 3: "'x\x0aroot=/etc' cannot stand in our format" "$(net '<domain name="x&#10;root=/etc"/>')"
	refused 3: "'a\x0d[tftp]' cannot stand in our format" "$(net '<bridge name="a&#13;[tftp]"/>')"
	refused 3: "the name 'a]' cannot stand in our format" "$(net '<dns><txt name="a]" value="x"/></dns>')"
	refused 3: "'y #x' cannot stand in our format" "$(net '<domain name="y #x"/>')"
}

@test "import: no document type, entity, other file, depth or size" {
	refused '' "has a document type, which is not read" \
		'<!DOCTYPE n [<!ENTITY a SYSTEM "file:///etc/passwd">]><network><name>&a;</name></network>'
	refused '' "has a document type, which is not read" '<!DOCTYPE n SYSTEM "http://192.0.2.1/x.dtd"><network/>'
	import "$(printf '<ip>%.0s' {1..400})"
	[ "$status" = 1 ]
	[[ $stderr == "netgrant: $XML:1: is no XML: Excessive depth"* ]]
	head -c 1048577 /dev/zero | tr '\0' ' ' >"$XML"
	run -1 --separate-stderr timeout 60 "$IMPORT" "$XML"
	[ "$stderr" = "netgrant: $XML: is larger than 1048576 bytes" ]
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	run -1 --separate-stderr timeout 60 "$IMPORT" "$BATS_TEST_TMPDIR/fifo"
	run -1 --separate-stderr timeout 60 "$IMPORT" "$BATS_TEST_TMPDIR"
	[ "$stderr" = "netgrant: $BATS_TEST_TMPDIR: Is a directory" ]
}

@test "import: usage, and an output that cannot be written" {
	run -2 --separate-stderr "$IMPORT"
	run -2 --separate-stderr "$IMPORT" --lenient
	run -2 --separate-stderr "$IMPORT" a b
	run -1 --separate-stderr bash -c "'$IMPORT' '$FIXTURES/all.xml' >/dev/full"
	[[ $stderr == *"standard output: No space left on device" ]]
}

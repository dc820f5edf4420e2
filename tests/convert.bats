#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# netgrant convert. Inside tests/sandbox; needs neither root nor a network.

bats_require_minimum_version 1.5.0

load lib.bash

teardown() { [ -z "${NS-}" ] || ns_teardown; }

setup() {
	NETGRANT=$NG_PREFIX/bin/netgrant
	XML=$BATS_TEST_TMPDIR/n.xml
	HINT="netgrant: convert: --lenient leaves out what cannot be carried over"
}

# convert [OPTION...] XML: of that text.
convert() {
	printf '%s' "${*: -1}" >"$XML"
	run --separate-stderr timeout 60 "$NETGRANT" convert "${@:1:$#-1}" "$XML"
}

# is XML NIC...: understood as those, in this order, and as the same when it is XML again.
is() {
	local want
	want=$(printf '%s\n' "${@:2}")
	convert "$1"
	echo "$stderr" "$output"
	[ "$status" = 0 ]
	[ -z "$stderr" ]
	[ "$output" = "$want" ]
	back "${@:2}"
}

# back NIC...: as XML, and that as the same.
back() {
	timeout 60 "$NETGRANT" convert --xml -- "$@" >"$BATS_TEST_TMPDIR/back.xml"
	run --separate-stderr timeout 60 "$NETGRANT" convert - <"$BATS_TEST_TMPDIR/back.xml"
	cat "$BATS_TEST_TMPDIR/back.xml"
	echo "$stderr" "$output"
	[ "$status" = 0 ]
	[ "$output" = "$(printf '%s\n' "$@")" ]
}

# wrong LINE: TEXT XML: the one message, status 1, and no output.
wrong() {
	convert "${@:3}"
	echo "$stderr" "$output"
	[ "$status" = 1 ]
	[ -z "$output" ]
	[ "$stderr" = "netgrant: $XML:$1 $2" ]
}

# refused LINE: TEXT XML: the same, of what --lenient leaves out; and then a NIC is left.
refused() {
	convert "$3"
	echo "$stderr" "$output"
	[ "$status" = 1 ]
	[ -z "$output" ]
	[ "$stderr" = "netgrant: $XML:$1 $2"$'\n'"$HINT" ]
	convert --lenient "$3"
	echo "$stderr" "$output"
	[ "$status" = 0 ]
	[ "$output" = "${4-network,source=default}" ]
	[ "$stderr" = "# $XML:$1 $2" ]
}

# One <interface> of the network default, with more in it, on the third line.
net() {
	printf "<interface type='network'>\n<source network='default'/>\n%s\n</interface>" "$1"
}

@test "convert: every type" {
	is "<interface type='user'/>" user
	is "<interface type='user'><mac address='52:54:00:3b:83:1a'/></interface>" user,mac=52:54:00:3b:83:1a
	is "<interface type='user'><backend type='passt'/></interface>" user,backend=passt
	is "<interface type='user'><backend type='default'/></interface>" user
	is "<interface type='network'><source network='lab'/></interface>" network,source=lab
	is "<interface type='bridge'><source bridge='br0'/></interface>" bridge,source=br0
	is "<interface type='ethernet'/>" ethernet,script=no
	is "<interface type='ethernet'><script path='/etc/up'/></interface>" ethernet,script=/etc/up,downscript=no
	is "<interface type='ethernet'>
		<target dev='guest7'/>
		<script path='/etc/qemu-ifup-lab'/>
		<downscript path='/etc/qemu-ifdown-lab'/>
	</interface>" ethernet,target=guest7,script=/etc/qemu-ifup-lab,downscript=/etc/qemu-ifdown-lab
	is "<interface type='mcast'><source address='230.0.0.1' port='5558'/></interface>" \
		mcast,address=230.0.0.1,port=5558
	is "<interface type='server'><source address='192.168.0.1' port='5558'/></interface>" \
		server,address=192.168.0.1,port=5558
	is "<interface type='server'><source port='5558'/></interface>" server,address=0.0.0.0,port=5558
	is "<interface type='client'><source address='192.168.0.1' port='5558'/></interface>" \
		client,address=192.168.0.1,port=5558
	is "<interface type='udp'>
		<source address='127.0.0.1' port='11115'><local address='127.0.0.1' port='11116'/></source>
	</interface>" udp,address=127.0.0.1,port=11115,local-address=127.0.0.1,local-port=11116
	is "<interface type='null'/>" null
}

@test "convert: what every type has" {
	is "$(net "<mac address='52:54:00:AB:CD:EF'/><model type='e1000e'/>")" \
		network,source=default,mac=52:54:00:ab:cd:ef,model=e1000e
	is "$(net "<model type='virtio-non-transitional'/><driver name='qemu'/>")" \
		network,source=default,model=virtio-non-transitional
	is "$(net "<mtu size='9000'/><link state='down'/><boot order='1'/><alias name='ua-net0'/>")" \
		network,source=default,mtu=9000,link=down,boot=1,alias=ua-net0
	is "$(net "<link state='up'/><port isolated='no'/><!-- a comment -->")" network,source=default
	is "<interface type='network' trustGuestRxFilters='no'><source network='a'/></interface>" \
		network,source=a
	is "<interface type='ethernet'><model type='virtio'/><driver name='vhost' queues='5'/></interface>" \
		ethernet,script=no,model=virtio,queues=5,vhost=on
	is "<interface type='ethernet'><target dev='t%d' managed='yes'/></interface>" ethernet,target=t%d,script=no
	is "<interface type='ethernet'><script path='/a,b &lt;&amp;&quot; c'/></interface>" \
		'ethernet,script=/a,,b <&" c,downscript=no'
}

# Where it names no script libvirt runs none, and netgrant run those of QEMU's own defaults.
@test "convert: the scripts of ethernet are the same ones for libvirt and for us" {
	both() {
		timeout 60 "$NETGRANT" convert --xml "$1" >"$BATS_TEST_TMPDIR/back.xml"
		run -0 --separate-stderr timeout 60 "$NETGRANT" convert "$BATS_TEST_TMPDIR/back.xml"
		[ "$output" = "$2" ] || { echo "$1: $output" >&2; return 1; }
	}
	both ethernet ethernet,script=/etc/qemu-ifup,downscript=/etc/qemu-ifdown
	both ethernet,downscript=no ethernet,script=/etc/qemu-ifup,downscript=no
	both ethernet,downscript=/etc/down ethernet,script=/etc/qemu-ifup,downscript=/etc/down
	both ethernet,script=/etc/up ethernet,script=/etc/up,downscript=/etc/qemu-ifdown
	both ethernet,script=no,downscript=no ethernet,script=no
	run -0 --separate-stderr "$NETGRANT" convert --xml ethernet,target=t
	[ "$output" = '<interface type="ethernet">
  <target dev="t"/>
  <script path="/etc/qemu-ifup"/>
  <downscript path="/etc/qemu-ifdown"/>
</interface>' ]
	run -0 --separate-stderr "$NETGRANT" convert --xml ethernet,script=no
	[ "$output" = '<interface type="ethernet"/>' ]
	convert "<interface type='ethernet'><script path='no'/></interface>"
	[ "$output" = ethernet,script=no ]
	refused 1: "<downscript> without a <script> cannot be carried over" \
		"<interface type='ethernet'><downscript path='/etc/down'/></interface>" ethernet,script=no
}

@test "convert: ports that passt forwards" {
	is "<interface type='user'>
		<backend type='passt'/>
		<portForward proto='tcp'><range start='2022' to='22'/></portForward>
		<portForward proto='udp' address='192.0.2.4'>
			<range start='5000' end='5005' to='6000'/>
			<range start='5001' end='5003' exclude='yes'/>
		</portForward>
		<portForward proto='tcp' address='2001:db8::10'><range start='8080'/><range start='4433' to='3444' exclude='no'/></portForward>
	</interface>" \
		"user,hostfwd=tcp::2022-:22,hostfwd=udp:192.0.2.4:5000-:6000,hostfwd=udp:192.0.2.4:5004-:6004,hostfwd=udp:192.0.2.4:5005-:6005,hostfwd=tcp:[2001:db8::10]:8080-:8080,hostfwd=tcp:[2001:db8::10]:4433-:3444,backend=passt"
	pf() { printf "<interface type='user'>\n<portForward %s</portForward></interface>" "$1"; }
	wrong 2: "<portForward> wants proto='tcp' or proto='udp'" "$(pf "proto='sctp'>")"
	wrong 2: "<portForward> wants proto='tcp' or proto='udp'" "$(pf ">")"
	wrong 2: "<portForward address='a'> is no address" "$(pf "proto='tcp' address='a'><range start='1'/>")"
	wrong 2: "<range start='0'> is no number from 1 to 65535" "$(pf "proto='tcp'><range start='0'/>")"
	wrong 2: "<range exclude='y'> is neither yes nor no" "$(pf "proto='tcp'><range start='1' exclude='y'/>")"
	for range in "end='2'" "start='2' end='1'" "start='1' end='2' to='65535'" "start='1' to='2' exclude='yes'" ""; do
		wrong 2: "<range> wants start, an end that is not before it, and to= within 65535 unless it is excluded" \
			"$(pf "proto='tcp'><range $range/>")"
	done
	wrong 2: "<range> has no port that is not excluded" \
		"$(pf "proto='tcp'><range start='5'/><range start='1' end='9' exclude='yes'/>")"
	wrong 2: "<range>: there are more than 64 forwards" "$(pf "proto='tcp'><range start='1' end='65'/>")"
	refused 2: "<portForward> without a <range> that it forwards cannot be carried over" "$(pf "proto='tcp'>")" user
	refused 2: "<portForward dev=''> cannot be carried over" "$(pf "proto='tcp' dev='eth0'><range start='1'/>")" \
		user,hostfwd=tcp::1-:1
	refused 1: "<portForward> of type bridge cannot be carried over" \
		"<interface type='bridge'><source bridge='b'/><portForward proto='tcp'><range start='1'/></portForward></interface>" \
		bridge,source=b
}

@test "convert: one, many in order, and a whole domain" {
	two="<interface type='user'/><!-- x --><interface type='null'/>"
	is "<interfaces>$two</interfaces>" user null
	is "<devices>$two</devices>" user null
	convert --domain "<domain type='kvm' xmlns:qemu='urn:q'><name>a</name><os><type>hvm</type></os>
		<devices><emulator>/x</emulator><disk/>$two<hostdev/></devices><qemu:commandline/></domain>"
	[ "$status" = 0 ]
	[ "$output" = $'user\nnull' ]
	wrong 1: "<domain> is read with --domain" "<domain/>"
	wrong 1: "<network> is no <interface>, nor <interfaces> around some" "<network/>"
	wrong 1: "<x\xc3\xa9> is no <interface>, nor <interfaces> around some" "<xé/>"
	wrong 1: "<interface> is no <interface>, nor <interfaces> around some" "<i:interface xmlns:i='urn:i' type='user'/>"
	wrong 1: "<interface> is no <domain>" --domain "<interface type='user'/>"
	for empty in "<interfaces/>" "<devices><!-- --></devices>"; do
		wrong 1: "has no <interface>" "$empty"
	done
	wrong 1: "has no <interface>" --domain "<domain/>"
	wrong 1: "<interfaces> has a text, where none belongs" "<interfaces>x<interface type='user'/></interfaces>"
	refused 2: "<disk> in <devices> cannot be carried over" $'<devices>\n<disk/><interface type=\'user\'/></devices>' user
	# One that is wrong, and none of them comes out.
	wrong 2: "<interface> has no type, like type='user'" $'<interfaces><interface type=\'user\'/>\n<interface/></interfaces>'
}

@test "convert: from standard input and a pipe" {
	run -0 --separate-stderr timeout 60 "$NETGRANT" convert - <<<"<interface type='null'/>"
	[ "$output" = null ]
	run -0 --separate-stderr timeout 60 "$NETGRANT" convert <(sleep 0.2; echo "<interface type='null'/>")
	[ "$output" = null ]
	run -1 --separate-stderr timeout 60 "$NETGRANT" convert - <<<"<interface"
	[[ $stderr == "netgrant: -:"?": is no XML: "* ]]
}

@test "convert: what --nic has no word for is named with line and element" {
	# Every element of libvirt's that says something else.
	refused 3: "<address> in <interface> cannot be carried over" \
		"$(net "<address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>")"
	for element in "guest dev='eth0'" "rom bar='off'" "backenddomain name='n'" "acpi index='1'" \
		"teaming type='persistent'" "filterref filter='clean-traffic'" \
		"ip address='192.0.2.5' prefix='24'" "route address='192.0.2.0' gateway='192.0.2.1'" \
		"virtualport type='openvswitch'" "x:y xmlns:x='urn:x'"; do
		name=${element%% *}
		refused 3: "<${name#x:}> in <interface> cannot be carried over" "$(net "<$element/>")"
	done
	refused 3: "<vlan> in <interface> cannot be carried over" "$(net "<vlan trunk='yes'><tag id='42'/></vlan>")"
	refused 3: "<bandwidth> in <interface> cannot be carried over" \
		"$(net "<bandwidth><inbound average='1000'/></bandwidth>")"
	refused 3: "<coalesce> in <interface> cannot be carried over" "$(net "<coalesce><rx><frames max='7'/></rx></coalesce>")"
	refused 3: "<tune> in <interface> cannot be carried over" "$(net "<tune><sndbuf>1600</sndbuf></tune>")"
	refused 3: "<port isolated='yes'> cannot be carried over" "$(net "<port isolated='yes'/>")"
	refused 3: "<target dev='vnet0'> cannot be carried over: network has no 'target'" "$(net "<target dev='vnet0'/>")"
	refused 3: "<script path='/x'> cannot be carried over: network has no 'script'" "$(net "<script path='/x'/>")"
	refused 3: "<driver name='vhost'> cannot be carried over: network has no 'vhost'" "$(net "<driver name='vhost'/>")"
	refused 3: "<driver name='vfio'> cannot be carried over" "$(net "<driver name='vfio'/>")"
	refused 3: "<driver txmode=''> cannot be carried over" "$(net "<driver txmode='iothread'/>")"
	refused 3: "<host> in <interface/driver> cannot be carried over" "$(net "<driver><host csum='off'/></driver>")"
	refused 3: "<backend logFile=''> cannot be carried over" "$(net "<backend logFile='/x'/>")"
	refused 3: "<backend type='vhostuser'> cannot be carried over" "$(net "<backend type='vhostuser'/>")"
	refused 3: "<backend type='passt'> cannot be carried over: network has no 'backend'" "$(net "<backend type='passt'/>")"
	refused 3: "<mac check=''> cannot be carried over" "$(net "<mac check='no'/>")"
	refused 3: "<boot loadparm=''> cannot be carried over" "$(net "<boot loadparm='2'/>")"
	refused 1: "<interface trustGuestRxFilters='yes'> cannot be carried over" \
		"<interface type='network' trustGuestRxFilters='yes'><source network='default'/></interface>"
	refused 1: "<interface color=''> cannot be carried over" \
		"<interface type='network' color='blue'><source network='default'/></interface>"
	refused 1: "<source portgroup=''> cannot be carried over" \
		"<interface type='network'><source network='default' portgroup='x'/></interface>"
	refused 1: "<source bridge=''> of type network cannot be carried over" \
		"<interface type='network'><source network='default' bridge='virbr0'/></interface>"
	refused 1: "<target managed='no'> cannot be carried over" \
		"<interface type='ethernet'><target dev='t' managed='no'/></interface>" ethernet,target=t,script=no
	refused 1: "<ip> in <interface/source> cannot be carried over" \
		"<interface type='ethernet'><source><ip address='192.0.2.1'/></source></interface>" ethernet,script=no
	for type in direct hostdev vdpa vhostuser internal vds hub User ''; do
		refused 1: "<interface type='$type'> cannot be carried over" \
			"<interfaces><interface type='$type' managed='yes'><source dev='eth0'/></interface><interface type='user'/></interfaces>" user
	done
}

@test "convert: a value that no NIC can have is told with its line" {
	wrong 3: "<mac>: mac '52:54:00' is no MAC address like 52:54:00:12:34:56" "$(net "<mac address='52:54:00'/>")"
	wrong 3: "<mac>: mac 11:22:33:44:55:66 is a multicast address: the first byte of a NIC's own is even" \
		"$(net "<mac address='11:22:33:44:55:66'/>")"
	wrong 3: "<mac>: mac 00:00:00:00:00:00 is nobody's address" "$(net "<mac address='00:00:00:00:00:00'/>")"
	wrong 3: "<mtu>: mtu '1' is no number from 68 to 65535" "$(net "<mtu size='1'/>")"
	wrong 3: "<link>: link 'sideways' is neither down nor up" "$(net "<link state='sideways'/>")"
	wrong 3: "<mac> is there twice" "$(net "<mac address='52:54:00:00:00:01'/><mac/>")"
	wrong 3: "<source> is there twice" "$(net "<source network='b'/>")"
	wrong 3: "<model> has a text, where none belongs" "$(net "<model>virtio</model>")"
	wrong 3: "<model> has something other than elements" "$(net "<model><?php x?></model>")"
	wrong 1: "<interface>: network wants source=, for example source=default" "<interface type='network'/>"
	wrong 1: "<source>: address '10.0.0.1' is no multicast address: 224.0.0.0 to 239.255.255.255, or ff00::/8" \
		"<interface type='mcast'><source address='10.0.0.1' port='1'/></interface>"
	wrong 1: "<script>: script '/a\x0auser' has a control character" \
		"<interface type='ethernet'><script path='/a&#10;user'/></interface>"
	wrong 1: "<script>: script 'ifup' is no absolute path, and not 'no'" \
		"<interface type='ethernet'><script path='ifup'/></interface>"
	long=$(printf '%4100s' | tr ' ' a)
	wrong 1: "<interface>: it is longer than 4095 bytes as --nic" \
		"<interface type='ethernet'><script path='/$long'/></interface>"
}

@test "convert: no document type, entity, other file or include" {
	for type in "SYSTEM 'file:///etc/passwd'" "SYSTEM 'http://192.0.2.1/x.dtd'" "[<!ENTITY a SYSTEM 'file:///etc/passwd'>]" \
		"[<!ENTITY a 'aaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;'>]" "[<!ENTITY % p SYSTEM 'file:///etc/passwd'>%p;]"; do
		wrong '' "has a document type, which is not read" "<!DOCTYPE i $type><interface type='&c;'/>"
	done
	convert "<interface type='&a;'/>"
	[ "$status" = 1 ]
	[[ $stderr == "netgrant: $XML:1: is no XML: Entity "*" not defined" ]]
	refused 3: "<include> in <interface> cannot be carried over" \
		"$(net "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='/etc/passwd' parse='text'/>")"
}

@test "convert: what is no XML" {
	for text in '' ' ' x '<' '<interface' "<interface type='user'>" "<interface type='user' type='user'/>" \
		"<interface type='user'/><interface type='user'/>" "<interface type='us<er'/>" "<interface type=user/>" \
		$'\xff\xfe<' $'<interface type=\'\xff\'/>' $'<interface type=\'\x01\'/>' \
		"<?xml version='1.0' encoding='x-none'?><interface type='user'/>" \
		$'<?xml version=\'1.0\' encoding=\'EUC-JP\'?><interface type=\'\xff\x1b[r\'/>'; do
		convert "$text"
		echo "$stderr"
		[ "$status" = 1 ]
		[ -z "$output" ]
		[[ $stderr == "netgrant: $XML:"*"is no XML: "* ]]
		[[ $stderr != *$'\n'* ]] # libxml2 itself says nothing
	done
}

@test "convert: encodings" {
	for encoding in UTF-8 UTF-16 ISO-8859-1; do
		printf "<?xml version='1.0' encoding='%s'?><interface type='ethernet'><script path='/é'/></interface>" "$encoding" |
			iconv -f UTF-8 -t "$encoding" >"$XML"
		run -0 --separate-stderr "$NETGRANT" convert "$XML"
		[ "$output" = ethernet,script=/é,downscript=no ]
	done
}

# bats test_tags=nosanitizers
@test "convert: a hundred megabytes are refused, in 64 of memory" {
	head -c 100M /dev/zero | tr '\0' ' ' >"$XML"
	run -1 --separate-stderr bash -c "ulimit -v 65536; timeout 60 '$NETGRANT' convert '$XML'"
	[ "$stderr" = "netgrant: $XML: is larger than 1048576 bytes" ]
}

@test "convert: large and deep" {
	run -1 --separate-stderr bash -c "yes '<a>' | timeout 60 '$NETGRANT' convert -"
	[ "$stderr" = "netgrant: -: is larger than 1048576 bytes" ]
	convert "$(printf '<interface>%.0s' {1..400})"
	[[ $stderr == "netgrant: $XML:1: is no XML: Excessive depth"* ]]
	# Many attributes, ranges, elements: libxml2 or we would compare all with all.
	convert "<interface $(seq -f 'a%g=""' 100000 | tr '\n' ' ')/>"
	[ "$stderr" = "netgrant: $XML: has more than 65536 bytes without a '>'" ]
	convert "<interface type='user'><portForward proto='tcp'>$(printf "<range start='1' end='65535' exclude='yes'/>%.0s" {1..5000})</portForward></interface>"
	[ "$stderr" = "netgrant: $XML:1: <portForward> has more than 256 ranges" ]
	convert "<interface type='user'>$(printf '<x/><mac/>%.0s' {1..50000})</interface>"
	[ "$status" = 1 ]
	# A thousand things to say are said as fifty.
	convert "<interfaces>$(printf '<a/>%.0s' {1..1100})</interfaces>"
	[ "$(grep -c . <<<"$stderr")" = 52 ]
	[[ $stderr == *"netgrant: $XML: and more"* ]]
	convert --lenient "<interfaces>$(printf '<a/>%.0s' {1..1100})<interface type='user'/></interfaces>"
	[ "$status" = 1 ]
	[[ $stderr == *"netgrant: $XML:1: there is too much that cannot be carried over" ]]
	run -1 --separate-stderr timeout 60 "$NETGRANT" convert "$BATS_TEST_TMPDIR"
	[ "$stderr" = "netgrant: $BATS_TEST_TMPDIR: Is a directory" ]
	run -1 --separate-stderr timeout 60 "$NETGRANT" convert "$BATS_TEST_TMPDIR/none"
	[ "$stderr" = "netgrant: $BATS_TEST_TMPDIR/none: No such file or directory" ]
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	run -1 --separate-stderr timeout 60 "$NETGRANT" convert "$BATS_TEST_TMPDIR/fifo"
}

@test "convert: a line above 65535 is told right" {
	{ printf '<interface type="user">'; yes '<!-- -->' | head -n 70000; echo '<x/></interface>'; } >"$XML"
	run -1 --separate-stderr timeout 60 "$NETGRANT" convert "$XML"
	[ "${lines[0]-}" = "" ]
	[[ $stderr == "netgrant: $XML:70001: <x> in <interface> cannot be carried over"* ]]
}

@test "convert --xml: one NIC, several, and what libvirt has no word for" {
	run -0 --separate-stderr "$NETGRANT" convert --xml 'ethernet,script=/a<b&"'
	[ "$output" = '<interface type="ethernet">
  <script path="/a&lt;b&amp;&quot;"/>
  <downscript path="/etc/qemu-ifdown"/>
</interface>' ]
	run -0 --separate-stderr "$NETGRANT" convert --xml user null
	[ "$output" = '<interfaces>
  <interface type="user"/>
  <interface type="null"/>
</interfaces>' ]
	neither() {
		run -1 --separate-stderr "$NETGRANT" convert --xml "$1"
		[ -z "$output" ]
		[ "$stderr" = "netgrant: $1: $2"$'\n'"$HINT" ]
		run -0 --separate-stderr "$NETGRANT" convert --lenient --xml "$1" user
		[ "$stderr" = "# $1: $2" ]
		[[ $output == "<interface"*'<interface type="user"/>'* ]]
	}
	neither hub,source=h "type hub cannot be carried over"
	neither user,restrict=on "restrict=on cannot be carried over"
	neither user,backend=netgrant "backend=netgrant cannot be carried over"
	neither server,address=::,port=1,backend=qemu "backend=qemu cannot be carried over"
	neither mcast,address=230.0.0.1,port=1,local-address=127.0.0.1 "local-address=127.0.0.1 of mcast cannot be carried over"
	neither user,hostfwd=tcp::1-10.0.2.15:1 "hostfwd=tcp::1-10.0.2.15:1 cannot be carried over: <portForward> has no guest's address"
	neither user,hostfwd=unix:/x-:1 "hostfwd=unix:/x-:1 cannot be carried over: <portForward> has tcp and udp only"
	run -1 --separate-stderr "$NETGRANT" convert --xml user user,mca=1
	[ -z "$output" ]
	[ "$stderr" = "netgrant: user,mca=1: user has no 'mca' (did you mean 'mac'?)" ]
	run -1 --separate-stderr "$NETGRANT" convert --xml $'ethernet,script=/\xff'
	[ "$stderr" = "netgrant: ethernet,script=/\xff: '/\xff' cannot stand in XML" ]
}

@test "convert --xml: libxml2's own tool takes it" {
	command -v xmllint >/dev/null || skip "no xmllint"
	"$NETGRANT" convert --xml 'ethernet,script=/a<b&",queues=2,alias=x' user,hostfwd=tcp::1-:2 | xmllint --noout -
}

@test "convert: usage, and an output that cannot be written" {
	run -2 --separate-stderr "$NETGRANT" convert
	run -2 --separate-stderr "$NETGRANT" convert --xml
	run -2 --separate-stderr "$NETGRANT" convert a b
	[ "$stderr" = "netgrant: convert: unexpected argument b; usage: netgrant convert [--lenient] [--domain] FILE | --xml NIC..." ]
	run -2 --separate-stderr "$NETGRANT" convert --domain --xml user
	run -2 --separate-stderr "$NETGRANT" convert --frob user
	run -1 --separate-stderr bash -c "'$NETGRANT' convert --xml user >/dev/full"
	[[ $stderr == *"standard output: No space left on device" ]]
	run -1 --separate-stderr "$NETGRANT" convert -- --lenient
	[ "$stderr" = "netgrant: --lenient: No such file or directory" ]
}

@test "convert: the ports of <portForward> are those that passt opens" {
	command -v passt >/dev/null || skip "no passt"
	ns_setup
	# passt wants a way out.
	in_ns ip addr add 192.0.2.2/24 dev br0
	in_ns ip route add default via 192.0.2.1
	cat >"$XML" <<-'INTERFACE'
		<interface type='user'>
		  <backend type='passt'/>
		  <portForward proto='tcp' address='127.0.0.1'>
		    <range start='2222' end='2224' to='22'/>
		    <range start='2223' exclude='yes'/>
		  </portForward>
		  <portForward proto='udp'><range start='5353' to='53'/></portForward>
		</interface>
	INTERFACE
	chmod 755 "$BATS_TEST_TMPDIR"
	run as_user alice "$NETGRANT" run --emulator none --interface - -- sh -c '
		i=0
		while [ -z "$(ss -Hlun)" ] && [ $i -lt 100 ]; do sleep 0.1; i=$((i + 1)); done
		ss -Hltun | while read -r type state in out local rest; do echo "$type $local"; done
		echo {fd0}' <"$XML"
	echo "$output"
	[ "$status" = 0 ]
	[ "$(grep -E '^(tcp|udp) ' <<<"$output" | sort)" = "tcp 127.0.0.1:2222
tcp 127.0.0.1:2224
udp 0.0.0.0:5353" ]
	run as_user alice "$NETGRANT" run --emulator none --nic user,backend=passt,hostfwd=tcp::1-10.0.2.15:1 -- echo {fd0}
	[ "$status" = 2 ]
	[[ "$output" == "netgrant: --nic "*": hostfwd 'tcp::1-10.0.2.15:1': passt takes tcp|udp:[HOST]:PORT-:PORT" ]]
}

@test "convert: a domain's name is the guest's, of which addresses are made" {
	macs() { run -0 "$NETGRANT" run --dry-run "$@" -- qemu-system-x86_64 && grep -o 'mac=[0-9a-f:]*' <<<"$output"; }
	printf '%s' "<domain><name>web</name><devices><interface type='user'/></devices></domain>" >"$XML"
	web=$(macs --domain "$XML")
	[ -n "$web" ]
	[ "$web" = "$(macs --name web --nic user)" ]
	[ "$(macs --name db --domain "$XML")" = "$(macs --name db --nic user)" ]
	[ "$web" != "$(macs --name db --nic user)" ]
	run -0 "$NETGRANT" convert --domain "$XML"
	[ "$output" = user ]
}

@test "convert: netgrant run takes a whole domain, leaving out what it is told to" {
	printf '%s' "<domain><devices><interface type='user'><mac address='52:54:00:12:34:56'/>
<address type='pci' slot='0x03'/></interface><interface type='null'/></devices></domain>" >"$XML"
	run -1 --separate-stderr "$NETGRANT" run --dry-run --domain "$XML" -- qemu-system-x86_64
	[ -z "$output" ]
	[ "$stderr" = "netgrant: $XML:2: <address> in <interface> cannot be carried over"$'\n'"$HINT" ]
	run -0 --separate-stderr "$NETGRANT" run --dry-run --lenient --domain "$XML" -- qemu-system-x86_64
	[ "$stderr" = "# $XML:2: <address> in <interface> cannot be carried over" ]
	[[ $output == "qemu-system-x86_64 "*"-netdev user,"*",mac=52:54:00:12:34:56"*"-device virtio-net-pci,"* ]]
}

# displayed N: the Nth display of netgrant-nic(5)'s examples.
displayed() {
	sed '1,/^\.Sh EXAMPLES/d' "$BATS_TEST_DIRNAME/../man/netgrant-nic.5" |
		awk -v n="$1" '/^\.Bd/ { i++; next } /^\.Ed/ { next } /^\./ { next } i == n && !/^(The XML|is)$/' |
		sed 's/\\-/-/g'
}

@test "convert: the examples of netgrant-nic(5)" {
	for n in 1 2; do
		displayed "$n" | grep -v '^What ' >"$BATS_TEST_TMPDIR/nics"
		[ "$(wc -l <"$BATS_TEST_TMPDIR/nics")" -ge 5 ]
		while read -r nic; do
			run --separate-stderr "$NETGRANT" convert --lenient --xml "$nic"
			echo "$nic: $stderr"
			[ "$status" = 0 ]
		done <"$BATS_TEST_TMPDIR/nics"
	done
	displayed 3 >"$XML"
	run -0 --separate-stderr "$NETGRANT" convert "$XML"
	[ "$output" = "$(displayed 4)" ]
	[ -n "$output" ]
}

@test "convert: netgrant-nic(5) has every key" {
	for key in source address port local-address local-port target script downscript mac model mtu \
		queues vhost hostfwd restrict backend link boot alias; do
		grep -q "^\.It.*Cm $key Ns = Ns" "$BATS_TEST_DIRNAME/../man/netgrant-nic.5"
	done
}

@test "convert: the example of netgrant(1)" {
	cat >"$XML" <<'DOMAIN'
<domain type='kvm'>
  <devices>
    <interface type='network'><mac address='52:54:00:12:34:56'/>
      <source network='default'/><model type='virtio'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x03' function='0x0'/>
    </interface>
  </devices>
</domain>
DOMAIN
	run -0 bash -c "'$NETGRANT' convert --lenient --domain - <'$XML' 2>&1"
	[ "$output" = "$(sed -n '/^\$ virsh dumpxml/,/^\.Ed/p' "$BATS_TEST_DIRNAME/../man/netgrant.1" | sed '1d;$d')" ]
}

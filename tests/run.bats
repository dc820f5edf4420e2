#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# netgrant run, with programs that are no emulators but show what one would get: options, command
# lines, lifetimes. With real guests: run-guest.bats.
bats_require_minimum_version 1.5.0
# On a busy machine, or with sanitizers, some take more than a minute.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-400}
# shellcheck disable=SC2154 # bats sets status, output and stderr
load lib

NETGRANT=$NG_PREFIX/bin/netgrant

setup() {
	ns_setup
	policy 'allow br0 user=alice limit=8' 'allow br0 user=bob'
	echo 'allow vnet* user=alice persist limit=4 queues=4' >/etc/netgrant/tap.conf
	RUNTIME=$BATS_TEST_TMPDIR/runtime
	install -d -m 0700 -o alice "$RUNTIME"
	chmod 0755 "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
	cd "$NG_WORK/home/alice" || return
}

teardown() {
	ns_teardown
}

# go USER ARGUMENT...: netgrant run, as bats' run.
go() {
	local user=$1
	shift
	run --separate-stderr as_user "$user" env XDG_RUNTIME_DIR="$RUNTIME" "$NETGRANT" run "$@"
}

# wrong TEXT ARGUMENT...: a usage error of one line with TEXT in it, and nothing was started.
wrong() {
	local text=$1
	shift
	go alice "$@"
	[ "$status" -eq 2 ] || { echo "$*: status $status, $stderr" >&2; return 1; }
	[ "${#stderr_lines[@]}" -eq 1 ] || { echo "$*: not one line: $stderr" >&2; return 1; }
	[[ "$stderr" == "netgrant: "*"$text"* ]] || { echo "$*: $stderr" >&2; return 1; }
	[ -z "$output" ] || { echo "$*: printed $output" >&2; return 1; }
}

# dry ARGUMENT...: what would be run.
dry() {
	go alice --dry-run --name t "$@"
	[ "$status" -eq 0 ] || { echo "$*: status $status, $stderr" >&2; return 1; }
}

# in_qemu ARGUMENT...: QEMU itself takes what is appended, and ends when it is told to.
in_qemu() {
	command -v qemu-system-x86_64 >/dev/null || skip "no QEMU"
	# shellcheck disable=SC2016 # for that shell
	run as_user alice sh -c 'echo quit | exec "$@"' sh env XDG_RUNTIME_DIR="$RUNTIME" "$NETGRANT" run "$@" -- \
		qemu-system-x86_64 -accel tcg -m 32 -display none -nodefaults -S -monitor stdio
	[ "$status" -eq 0 ] || { echo "$*: status $status, $output" >&2; return 1; }
}

# start ARGUMENT...: in the background, as alice; its process in $RUN, its words in out and err.
start() {
	: >"$BATS_TEST_TMPDIR/out"
	# A shell's job in the background ignores SIGINT, and so would all that it starts.
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice env --default-signal XDG_RUNTIME_DIR="$RUNTIME" "$NETGRANT" run "$@" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err" 3>&- &
	RUN=$!
	echo "$RUN" >>"$BATS_TEST_TMPDIR/pids"
}

# until_true COMMAND...: as wait_until, with what netgrant run has said.
until_true() {
	wait_until "$@" && return
	cat "$BATS_TEST_TMPDIR/err" >&2
	return 1
}

# mine PATTERN: processes in the test's namespace whose command lines begin like that.
mine() {
	local pid net
	net=$(in_ns readlink /proc/self/ns/net)
	for pid in $(pgrep -f "^$1"); do
		[ "$(readlink "/proc/$pid/ns/net")" != "$net" ] || echo "$pid"
	done
}

none() { [ -z "$(mine "$1")" ]; }
taps() { in_ns ip -o link show type tun | grep -c .; }
no_taps() { [ "$(taps)" = 0 ]; }

@test "options: each error is one line that says what would be right" {
	wrong "the emulator's command is missing" --nic user
	wrong "--nic wants a value" --nic
	wrong "unknown option '--nick'" --nick user true
	wrong "did you mean 'bridge'?" --nic bridg,source=br0 true
	wrong "did you mean 'source'?" --nic bridge,sorce=br0 true
	wrong "bridge wants source=, for example source=br0" --nic bridge true
	wrong "source is there twice" --nic bridge,source=br0,source=br1 true
	wrong "11:22:33:44:55:66 is a multicast address: the first byte" --nic user,mac=11:22:33:44:55:66 true
	wrong "00:00:00:00:00:00 is nobody's address" --nic user,mac=00:00:00:00:00:00 true
	wrong "is no MAC address like 52:54:00:12:34:56" --nic user,mac=52-54-00-12-34-56 true
	wrong "'70000' is no number from 68 to 65535" --nic user,mtu=70000 true
	wrong "192.0.0.1' is no multicast address" --nic mcast,address=192.0.0.1,port=5558 true
	wrong "230.0.0.1' is a multicast address, which only mcast has" --nic client,address=230.0.0.1,port=5558 true
	wrong "server wants address=" --nic server,port=5558 true
	wrong "udp wants local-port=" --nic udp,address=192.0.2.1,port=5558 true
	wrong "is longer than 15 bytes" --nic bridge,source=abcdefghijklmnop true
	wrong "'up' has no value; KEY=VALUE is wanted" --nic user,up true
	wrong "backend passt is for user only" --nic "client,address=192.0.2.1,port=1,backend=passt" qemu-system-x86_64
	wrong "script 'qemu-ifup' is no absolute path" --nic ethernet,script=qemu-ifup true
	wrong "queues and vhost take model=virtio" --nic ethernet,queues=4,model=e1000 true
	wrong "nothing in the command line says where it goes; write {fd0}" --nic bridge,source=br0 true
	wrong "there is no NIC 1; the first is 0" --nic bridge,source=br0 echo '{fd1}'
	wrong "{fd} and {socket} exclude each other" --nic user echo '{fd}' '{socket}'
	wrong "user has no tap, and so no {ifname}" --nic user echo '{ifname}' '{fd}'
	wrong "only ethernet,script=no makes a tap" --nic bridge,source=br0 echo '{ifname}'
	wrong "backend=qemu takes QEMU" --nic user,backend=qemu echo '{fd}'
	wrong "link=down takes QEMU, and no placeholder" --nic user,link=down echo '{fd}'
	wrong "backend=qemu has udp over IPv4 only" --nic udp,address=::1,port=1,local-port=2,backend=qemu qemu-system-x86_64
	wrong "backend=qemu has udp over IPv4 only" --nic udp,address=a.example,port=1,local-address=::1,local-port=2,backend=qemu qemu-system-x86_64
	wrong "backend=qemu has mcast over IPv4 only" --nic mcast,address=ff15::1,port=1,backend=qemu qemu-system-x86_64
	wrong "hostfwd 'nonsense': is not [tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT" --nic user,hostfwd=nonsense qemu-system-x86_64
	wrong "hostfwd 'tcp::2022-:0': '0' is no port" --nic user,hostfwd=tcp::2022-:0 qemu-system-x86_64
	wrong "hostfwd 'tcp:[::1]:2022-:22': backend=qemu takes tcp and udp over IPv4 only; backend=netgrant takes this, too" \
		--nic user,hostfwd=tcp::1-:1,hostfwd=tcp:[::1]:2022-:22,backend=qemu qemu-system-x86_64
	wrong "hostfwd 'unix:/x-:22': backend=qemu takes tcp and udp" --nic user,hostfwd=unix:/x-:22,backend=qemu qemu-system-x86_64
	wrong "hostfwd 'unix:/x-:22': passt takes tcp|udp:[HOST]:PORT-:PORT" --nic user,hostfwd=unix:/x-:22,backend=passt qemu-system-x86_64
	wrong "hostfwd 'tcp::1-10.0.2.15:1': passt takes" --nic user,hostfwd=tcp::1-10.0.2.15:1,backend=passt qemu-system-x86_64
	wrong "backend passt has no restrict" --nic user,restrict=on,backend=passt qemu-system-x86_64
	wrong "backend=passt is handed over as {fd}; backend=netgrant listens at {socket}, too" --nic user,backend=passt echo '{socket}'
	wrong "queues and vhost are for the emulator itself" --nic ethernet,script=no,queues=2 echo '{socket}'
	wrong "queues and vhost are for the emulator itself" --nic hub,source=h --hub h=ethernet,script=no,vhost=on qemu-system-x86_64
	wrong "{fd0} is one of 4 queues; write {fds0}" --nic ethernet,script=no,queues=4 crosvm '{fd}'
	wrong "vhost=on takes {vhostfds0} in the command line" --nic ethernet,script=no,vhost=on crosvm '{fd}'
	wrong "queues is nothing that is appended for this emulator; write {fds0} and {vhostfds0} where it takes them" \
		--nic ethernet,script=no,queues=4 crosvm
	wrong "vhost is nothing that is appended for this emulator" --nic ethernet,script=no,vhost=on crosvm
	wrong "vhost is nothing that is appended for this emulator" --nic ethernet,script=no,queues=2,vhost=on cloud-hypervisor
	wrong "queues is nothing that is appended for this emulator" --nic ethernet,script=no,queues=2 linux
	for key in mac=52:54:00:12:34:56 model=rtl8139 mtu=1400 link=down boot=1 alias=a; do
		wrong "--hub h=bridge: ${key%=*} is for a guest's NIC; write it to --nic hub,source=h" \
			--nic hub,source=h --hub "h=bridge,source=br0,$key" qemu-system-x86_64
	done
	wrong "the hub is not QEMU's, and so backend=qemu is nothing to put on it" \
		--nic hub,source=h --hub h=user,backend=qemu qemu-system-x86_64
	wrong "null has nothing behind it, and no tap" --nic null crosvm
	wrong "the tap of user is in a namespace of its own, and NIC 1's is not; put that on a hub" \
		--nic user --nic bridge,source=br0 crosvm
	wrong "backend=passt has no tap" --nic user,backend=passt cloud-hypervisor
	wrong "backend=passt speaks QEMU's framing, which User-mode Linux does not" --nic user,backend=passt linux
	wrong "mtu= does not set for bridge: leave it out" --nic bridge,source=br0,mtu=9000 cloud-hypervisor
	wrong "mtu= does not set for ethernet: leave it out" --nic ethernet,mtu=9000 cloud-hypervisor
	wrong "mtu=65535 is more than the 65521 of a tap" --nic user,mtu=65535 crosvm
	wrong "backend=qemu sees nothing of the host's network in the namespace of NIC 1's tap" \
		--nic user,backend=qemu --nic user -- qemu-system-x86_64 '{ifname1}'
	wrong "link=down takes QEMU, and no placeholder" --nic user,link=down qemu-system-x86_64 '{fd}'
	for nic in user,backend=netgrant "server,address=127.0.0.1,port=1" "hub,source=h --hub h=bridge,source=br0" user,link=down; do
		# shellcheck disable=SC2086 # words are wanted
		wrong "-daemonize: QEMU would go on without netgrant run, and so without what is behind NIC 1; leave it out" \
			--nic bridge,source=br0 --nic $nic -- qemu-system-x86_64 -daemonize
	done
	wrong "without what is behind NIC 1;" --hub h=user --nic null --nic hub,source=h -- qemu-system-x86_64 -daemonize
	wrong "-daemonize: QEMU would go on without netgrant run" --nic ethernet,script=no -- qemu-system-x86_64 --daemonize '{ifname}'
	wrong "-daemonize: QEMU would go on without netgrant run" --nic bridge,source=br0 -- qemu-system-x86_64 --daemonize '{socket}'
	wrong "NAME=TYPE is wanted, for example hub0=bridge,source=br0" --hub bridge,source=br0 true
	wrong "no --nic hub,source=h1 is on it" --hub h1=user true
	wrong "there are qemu, cloud-hypervisor" --emulator vmware true
	go alice --nic help
	[ "$status" -eq 0 ]
	[ "$(grep -c '^  [a-z]' <<<"$output")" = 10 ]
	go alice --nic mcast,help
	[ "$status" -eq 0 ]
	[[ "$output" == *local-address* && "$output" != *hostfwd* ]]
}

@test "--dry-run: QEMU's options, one type after the other; nobody is asked for anything" {
	before=$(world)
	dry --nic user,hostfwd=tcp::2222-:22,restrict=on qemu-system-x86_64 -m 1G 'my disk.img'
	[[ "$output" == "qemu-system-x86_64 -m 1G 'my disk.img' -netdev user,id=netdev-nic0,restrict=on,hostfwd=tcp::2222-:22 -device virtio-net-pci,netdev=netdev-nic0,id=nic0,mac=52:54:00:"* ]]
	dry --nic bridge,source=br0,model=e1000e,boot=1 qemu-system-x86_64
	[[ "$output" == *" -netdev tap,id=netdev-nic0,fd=3 -device e1000e,netdev=netdev-nic0,id=nic0,mac="*",bootindex=1" ]]
	dry --nic ethernet,script=no,queues=2,vhost=on,mtu=9000 qemu-system-x86_64
	[[ "$output" == *"tap,id=netdev-nic0,fds=3:4,vhostfds=5:6,vhost=on "*",host_mtu=9000,mq=on,vectors=6" ]]
	dry --nic mcast,address=230.0.0.1,port=5558 qemu-system-x86_64
	[[ "$output" == *"-netdev socket,id=netdev-nic0,fd=3 "* ]]
	dry --nic mcast,address=230.0.0.1,port=5558,local-address=10.0.0.1,backend=qemu qemu-system-x86_64
	[[ "$output" == *"socket,id=netdev-nic0,mcast=230.0.0.1:5558,localaddr=10.0.0.1 "* ]]
	dry --nic udp,address=192.0.2.1,port=1,local-port=2 qemu-system-x86_64
	[[ "$output" == *"socket,id=netdev-nic0,udp=192.0.2.1:1,localaddr=0.0.0.0:2 "* ]]
	# Of datagrams over IPv6, and of such forwards, QEMU knows nothing.
	for nic in udp,address=2001:db8::1,port=1,local-port=2 mcast,address=ff15::1,port=5558 \
		user,hostfwd=tcp::1-:1,hostfwd=tcp:[::1]:2022-:22 user,hostfwd=tcp::1-[fec0::1]:1 user,hostfwd=unix:/x-:22; do
		dry --nic "$nic" qemu-system-x86_64
		[[ "$output" == *"-netdev socket,id=netdev-nic0,fd=3 "* ]] || { echo "$nic: $output" >&2; return 1; }
	done
	dry --nic client,address=2001:db8::1,port=1,backend=qemu qemu-system-x86_64
	[[ "$output" == *"stream,id=netdev-nic0,server=off,addr.type=inet,addr.host=2001:db8::1,addr.port=1 "* ]]
	dry --nic null qemu-system-x86_64
	[[ "$output" == *" -device virtio-net-pci,id=nic0,mac="*" -nic none" ]]
	dry --nic user,alias=lan,link=down qemu-system-x86_64
	[[ "$output" == *",id=lan,mac="*" -chardev socket,id=netgrant-qmp,fd="*" -readconfig /proc/self/fd/"* ]]
	# Nothing of ours is behind a tap, and what QEMU does itself.
	dry --nic user --nic bridge,source=br0 --nic null qemu-system-x86_64 -daemonize
	dry --nic user,backend=netgrant sim -daemonize '{fd}'
	dry --nic hub,source=h0 --nic hub,source=h0 --hub h0=bridge,source=br0 qemu-system-x86_64
	[ "$(grep -o -- '-netdev socket,id=netdev-nic[01],fd=[34]' <<<"$output" | wc -l)" = 2 ]
	same_world "$before"
}

@test "--dry-run: other emulators" {
	dry --nic bridge,source=br0,mac=52:54:00:00:00:01 --nic ethernet,script=no,queues=2,mac=52:54:00:00:00:02 cloud-hypervisor --kernel vmlinux
	[ "$output" = "cloud-hypervisor --kernel vmlinux --net fd=3,mac=52:54:00:00:00:01,num_queues=2 'fd=[4,5],mac=52:54:00:00:00:02,num_queues=4'" ]
	dry --nic bridge,source=br0,mac=52:54:00:00:00:01 crosvm run
	[ "$output" = "crosvm run --net tap-fd=3,mac=52:54:00:00:00:01" ]
	dry --nic mcast,address=230.0.0.1,port=5558,mac=52:54:00:00:00:01 --nic bridge,source=br0,mac=52:54:00:00:00:02 linux mem=64m
	[ "$output" = "linux mem=64m eth0=mcast,52:54:00:00:00:01,230.0.0.1,5558 vec1:transport=fd,fd=3,mac=52:54:00:00:00:02,vec=0" ]
	dry --nic mcast,address=ff15::1,port=5558,mac=52:54:00:00:00:01 linux
	[ "$output" = "linux vec0:transport=fd,fd=3,mac=52:54:00:00:00:01,vec=0" ]
	dry --nic user,mac=52:54:00:00:00:01 --nic mcast,address=230.0.0.1,port=5558,mac=52:54:00:00:00:02 cloud-hypervisor
	[ "$output" = "cloud-hypervisor --net fd=3,mac=52:54:00:00:00:01,num_queues=2 fd=4,mac=52:54:00:00:00:02,num_queues=2" ]
	dry --nic user,mac=52:54:00:00:00:01 -- firecracker --config '{"host_dev_name": "{ifname}"}'
	[ "$output" = "firecracker --config '{\"host_dev_name\": \"vnet0\"}'" ]
	# QEMU is no exception, and what it would do itself it cannot do there.
	dry --nic user,mac=52:54:00:00:00:01 --nic hub,source=h -- qemu-system-x86_64 '{ifname1}'
	[ "$output" = "qemu-system-x86_64 vnet1 -netdev socket,id=netdev-nic0,fd=3 -device virtio-net-pci,netdev=netdev-nic0,id=nic0,mac=52:54:00:00:00:01" ]
	dry --nic ethernet,script=no,target=vnet7 -- qemu-system-x86_64 '{ifname}'
	[ "$output" = "qemu-system-x86_64 vnet7" ]
	# Names that only begin like those of emulators.
	for name in kvmtool qemu-kvm-img linux32 linux64 vmlinux2; do
		wrong "nothing in the command line says where it goes" --nic bridge,source=br0 "/bin/$name"
	done
	for name in kvm qemu-kvm qemu-system-aarch64 linux linux.uml vmlinux cloud-hypervisor-static crosvm; do
		dry --nic bridge,source=br0 "/bin/$name"
		[[ "$output" == *=3[\ ,]* ]]
	done
	dry --nic hub,source=h --hub h=user,mtu=1400 --hub h=ethernet,script=no,mtu=1400 qemu-system-x86_64
	dry --emulator uml --nic bridge,source=br0,mac=52:54:00:00:00:02 ./my-kernel
	[ "$output" = "./my-kernel vec0:transport=fd,fd=3,mac=52:54:00:00:00:02,vec=0" ]
	dry --nic ethernet,script=no,target=vnet7,mac=52:54:00:00:00:02 -- firecracker --config '{"host_dev_name": "{ifname}", "guest_mac": "{mac}"}'
	[ "$output" = "firecracker --config '{\"host_dev_name\": \"vnet7\", \"guest_mac\": \"52:54:00:00:00:02\"}'" ]
	dry --nic user,mac=52:54:00:00:00:02 -- sim --net 'unix:{socket0},{mac0}'
	[[ "$output" == "sim --net unix:/run/user/"*"/netgrant-run.XXXXXX/nic0,52:54:00:00:00:02" ]]
}

@test "QEMU itself: tunnels and forwards over IPv6" {
	in_qemu --nic udp,address=::1,port=5001,local-port=5002 \
		--nic server,address=::1,port=5004,backend=qemu --nic client,address=::1,port=5004,backend=qemu \
		--nic user,hostfwd=tcp:[::1]:2022-:22
}

@test "QEMU itself: link=down leaves it its own monitor" {
	in_qemu --nic user,link=down
	# shellcheck disable=SC2016 # for that shell
	run as_user alice sh -c 'printf "\001cinfo network\nquit\n" | exec "$@"' sh "$NETGRANT" run --nic user,link=down -- \
		qemu-system-x86_64 -accel tcg -m 32 -nographic -S
	[ "$status" -eq 0 ]
	[[ "$output" == *netdev-nic0:*type=user* ]]
}

@test "backend=passt is told the MTU" {
	command -v passt >/dev/null || skip "no passt"
	# It wants a way out.
	in_ns ip addr add 192.0.2.2/24 dev br0
	in_ns ip route add default via 192.0.2.1
	start --nic user,backend=passt,mtu=1400 -- bash -c 'echo ready {fd}; exec sleep 300'
	until_true eval '[ -n "$(mine "[^ ]*passt.* --mtu=1400")" ]'
	kill "$RUN"
}

@test "MAC addresses: the same for the same guest and place, and for nobody else" {
	macs() { grep -o 'mac=[0-9a-f:]*' <<<"$output" | sort -u; }
	dry --nic user --nic user qemu-system-x86_64
	first=$(macs)
	[ "$(wc -l <<<"$first")" = 2 ]
	if grep -qv '^mac=52:54:00:' <<<"$first"; then return 1; fi
	dry --nic user --nic user qemu-system-x86_64 -m 2G
	[ "$(macs)" = "$first" ]
	go alice --dry-run --name other --nic user --nic user qemu-system-x86_64
	other=$(macs)
	go bob --dry-run --name t --nic user --nic user qemu-system-x86_64
	bobs=$(macs)
	[ "$(sort -u <<<"$first"$'\n'"$other"$'\n'"$bobs" | wc -l)" = 6 ]
	# Without a name: QEMU's, else the whole command.
	go alice --dry-run --nic user qemu-system-x86_64 -name t -m 1G
	named=$(macs)
	go alice --dry-run --nic user qemu-system-x86_64 -name t -m 2G
	[ "$(macs)" = "$named" ]
	go alice --dry-run --nic user qemu-system-x86_64 a.img
	one=$(macs)
	go alice --dry-run --nic user qemu-system-x86_64 b.img
	[ "$(macs)" != "$one" ]
	# Not one that a later NIC was given.
	dry --nic user qemu-system-x86_64
	dry --nic user --nic "user,$(macs)" qemu-system-x86_64
	[ "$(macs | wc -l)" = 2 ]
}

@test "the emulator gets the tap, and nothing else that was open" {
	run --separate-stderr as_user alice "$NETGRANT" run --nic bridge,source=br0 -- sh -c 'readlink "/proc/self/fd/{fd}"; ls /proc/self/fd; cat "/proc/self/fdinfo/{fd}"'
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = /dev/net/tun ]
	# 0, 1, 2, the tap, and the folder that ls reads.
	with=$(grep -cx '[0-9]*' <<<"$output")
	# What the caller itself had open goes on; not so what netgrant run opened for itself.
	without=$(as_user alice ls /proc/self/fd | wc -l)
	[ "$with" -eq $((without + 1)) ]
	[[ "$output" == *"iff:"*"vnet0"* ]]
	until_true no_taps
	go alice --nic ethernet,script=no,queues=2,target=vnet%d -- sh -c 'echo {fds} {ifname} {mac}; readlink /proc/self/fd/{fd}'
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" =~ ^[0-9]+:[0-9]+\ vnet[0-9]+\ 52:54:00:[0-9a-f:]{8}$ ]]
	until_true no_taps
}

@test "a companion's end of the emulator: a stream with QEMU's framing, frames for User-mode Linux" {
	local which='import socket, sys; print(socket.socket(fileno=int(sys.argv[1])).type.name)' emulator nic
	for emulator in none:SOCK_STREAM uml:SOCK_DGRAM; do
		for nic in user server,address=127.0.0.1,port=5558 'hub,source=h --hub h=user'; do
			# shellcheck disable=SC2086 # words are wanted
			go alice --emulator "${emulator%:*}" --nic $nic -- python3 -c "$which" '{fd}'
			[ "$output" = "${emulator#*:}" ]
		done
	done
}

@test "a companion gets nothing that the caller had open" {
	exec 7</etc/passwd
	start --nic server,address=127.0.0.1,port=5558 --nic user,backend=netgrant -- bash -c 'readlink /proc/self/fd/7; echo ready {fd0} {fd1}; exec sleep 300'
	exec 7<&-
	until_true grep -q ready "$BATS_TEST_TMPDIR/out"
	# The emulator may be meant to have it.
	grep -qx /etc/passwd "$BATS_TEST_TMPDIR/out"
	for pid in $(mine '[^ ]*/netgrant-switch') $(mine '[^ ]*/netgrant-slirp'); do
		ls -l "/proc/$pid/fd" >&2
		if find "/proc/$pid/fd" -lname /etc/passwd | grep .; then return 1; fi
	done
	kill "$RUN"
}

@test "a denial ends it before the emulator starts: the helper's words, and what is allowed" {
	before=$(world)
	go mallory --nic bridge,source=br0 -- sh -c 'echo started {fd}'
	[ "$status" -eq 3 ]
	[[ "${stderr_lines[0]}" == "bridge-helper: denied: no rule in $POLICY allows bridge 'br0' to mallory (uid $(id -u mallory))"* ]]
	[[ "$stderr" == *"grants no bridge to mallory"* ]]
	[[ "$output" != *started* ]]
	go alice --nic bridge,source=br0 --nic ethernet,script=no,target=eth7 -- sh -c 'echo started {fd0} {fd1}'
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"tap-creator: denied"*br0* ]]
	[[ "$output" != *started* ]]
	until_true same_world "$before"
	echo 'allow br0 usr=alice' >"$POLICY"
	go alice --nic bridge,source=br0 -- sh -c 'echo started {fd}'
	[ "$status" -eq 4 ]
	[[ "$stderr" == "bridge-helper: $POLICY:1:"* ]]
}

@test "exit status: the emulator's, 128 + N for a signal, 127 and 126 as a shell has them" {
	go alice -- sh -c 'exit 7'
	[ "$status" -eq 7 ]
	go alice -- sh -c 'kill -SEGV $$'
	[ "$status" -eq 139 ]
	run -127 --separate-stderr as_user alice "$NETGRANT" run -- /none/emulator
	[ "$stderr" = "netgrant: /none/emulator: No such file or directory" ]
	run -126 --separate-stderr as_user alice "$NETGRANT" run -- /etc/passwd
	# Standard input and output are the emulator's own.
	run as_user alice sh -c "echo hello | '$NETGRANT' run -- cat"
	[ "$output" = hello ]
}

@test "a caller that ignores its children's ends" {
	run timeout 60 ip netns exec "$NS" "$NG_TOOLS/as-user" alice env --ignore-signal=CHLD "$NETGRANT" run --nic bridge,source=br0 --nic user,backend=netgrant -- sh -c 'echo {fd0} {fd1}; exit 7'
	[ "$status" -eq 7 ]
}

# So that it ends what User-mode Linux leaves behind; what is not of it is somebody else's.
@test "--emulator uml: its children go with it, and those of the caller stay" {
	# shellcheck disable=SC2016 # for the emulator's shell
	in_ns bash -c 'exec > >(while read -r line; do echo "$line"; sleep 0.2; done >>"$1/lines"); sleep 300 & echo $! >"$1/job"
		exec "${@:2}"' bash "$BATS_TEST_TMPDIR" "$NG_TOOLS/as-user" alice "$NETGRANT" run --emulator uml --nic null -- \
		sh -c 'sh -c "sleep 300 & sleep 300 & wait" & trap "" TERM; seq 5; while [ "$(pgrep -c -P $!)" != 2 ]; do :; done; kill -9 $$' ||
		status=$?
	[ "$status" -eq 137 ]
	[ "$(here -u alice -x sleep)" = "" ]
	kill -0 "$(cat "$BATS_TEST_TMPDIR/job")"
	kill "$(cat "$BATS_TEST_TMPDIR/job")"
	wait_until grep -qx 5 "$BATS_TEST_TMPDIR/lines"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/lines")" -eq 5 ]
}

# bats test_tags=nosanitizers
@test "--emulator uml: children of it that trace each other keep nobody waiting" {
	# shellcheck disable=SC2016 # for the emulator's shell
	run timeout 60 ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NETGRANT" run --emulator uml --nic null -- \
		sh -c 'sleep 300 & strace -o /dev/null -p $! & until grep -q "^TracerPid:.[1-9]" /proc/$(pgrep -o -P $$)/status; do :; done; kill -STOP $!; exit 3'
	[ "$status" -eq 3 ]
	[ "$(here -u alice -x 'sleep|strace')" = "" ]
}

@test "--emulator uml: what may be left of it is said" {
	# shellcheck disable=SC2016 # for the emulator's shell
	run -5 --separate-stderr timeout 60 ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NETGRANT" run --emulator uml --nic null -- \
		sh -c 'sleep 300 >/dev/null 2>&1 3>&- & prlimit --pid $PPID --nofile=0: && exit 5'
	[ "$stderr" = "netgrant: cannot find what the emulator left behind, which may still run: Too many open files" ]
	kill $(here -u alice -x sleep)
}

@test "--emulator uml: ends with netgrant run, ignoring signals or stopped" {
	local how pid
	for how in 'trap "" TERM' ':'; do
		start --emulator uml --nic user -- bash -c "$how; echo ready; exec -a fake-emulator sleep 300"
		until_true grep -q ready "$BATS_TEST_TMPDIR/out"
		until_true eval '[ "$(mine fake-emulator | wc -l)" -eq 1 ]'
		# shellcheck disable=SC2046 # words are wanted
		[ "$how" != : ] || kill -STOP "$(mine fake-emulator)" $(pgrep -P "$RUN")
		kill -9 "$RUN"
		wait_until none fake-emulator
		wait_until none '[^ ]*/netgrant'
	done
}

# Of two it would end the first way to end.
# bats test_tags=nosanitizers
@test "--emulator uml: one SIGTERM is one, to whomever else it was sent, and whoever ends meanwhile" {
	local attendant tracer
	start --emulator uml --nic null -- bash -c 'trap "echo TERM" TERM; trap "echo WINCH" WINCH; echo ready; while :; do sleep 0.05; done'
	until_true grep -q ready "$BATS_TEST_TMPDIR/out"
	attendant=$(pgrep -P "$RUN")
	# As to a group, of which the emulator is one, too. The second of these is passed on last.
	kill -TERM "$attendant"
	kill -WINCH "$RUN"
	until_true grep -q WINCH "$BATS_TEST_TMPDIR/out"
	if grep TERM "$BATS_TEST_TMPDIR/out"; then return 1; fi
	# One that was passed on, and then who passed it on ends before it is read.
	strace -qq -e trace=kill -o "$BATS_TEST_TMPDIR/calls" -p "$attendant" 3>&- &
	tracer=$!
	echo "$tracer" >>"$BATS_TEST_TMPDIR/pids"
	until_true grep -q '^TracerPid:.[1-9]' "/proc/$attendant/status"
	kill -STOP "$attendant"
	until_true grep -q 'stopped by SIGSTOP' "$BATS_TEST_TMPDIR/calls"
	kill -TERM "$RUN"
	until_true grep -q '^ShdPnd:.0*4000$' "/proc/$attendant/status"
	kill -KILL "$RUN"
	until_true no kill -0 "$attendant"
	wait "$tracer" || :
	cat "$BATS_TEST_TMPDIR/calls"
	[ "$(grep -c '^kill(.* SIGTERM)' "$BATS_TEST_TMPDIR/calls")" -eq 1 ]
}

@test "a companion's end that nobody hears of does not end the emulator" {
	mkfifo "$BATS_TEST_TMPDIR/words"
	cat "$BATS_TEST_TMPDIR/words" >/dev/null 3>&- &
	listener=$!
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice env --default-signal "$NETGRANT" run --nic server,address=127.0.0.1,port=5558 -- bash -c 'echo ready {fd}; exec -a fake-emulator sleep 300' >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/words" 3>&- &
	RUN=$!
	echo "$RUN" >>"$BATS_TEST_TMPDIR/pids"
	until_true eval '[ -n "$(mine fake-emulator)" ]' # its word comes first
	kill "$listener"
	wait "$listener" || :
	kill -9 "$(mine '[^ ]*/netgrant-switch')"
	until_true none '[^ ]*/netgrant-switch'
	# Once a signal that comes later has been passed on, the first one would have been.
	kill -CONT "$RUN"
	sleep 0.3
	[ -n "$(mine fake-emulator)" ]
	kill "$RUN"
}

@test "signals are passed on" {
	for signal in TERM HUP INT USR1 WINCH; do
		start -- bash -c "trap 'echo got $signal; exit 9' $signal; echo ready; while :; do sleep 0.05; done"
		until_true grep -q ready "$BATS_TEST_TMPDIR/out"
		kill "-$signal" "$RUN"
		status=0
		wait "$RUN" || status=$?
		[ "$status" -eq 9 ]
		grep -q "got $signal" "$BATS_TEST_TMPDIR/out"
	done
}

@test "whoever ends first, nothing stays: the emulator, netgrant run, a companion" {
	before=$(world)
	args=(--nic bridge,source=br0 --nic server,address=127.0.0.1,port=5558 --nic user,backend=netgrant
		-- bash -c 'echo ready {fd0} {fd1} {fd2}; exec -a fake-emulator sleep 300')
	# The emulator.
	start "${args[@]}"
	until_true eval '[ -n "$(mine fake-emulator)" ]' # its word comes first
	[ "$(mine '[^ ]*/netgrant-switch' | wc -l)" = 1 ]
	[ "$(mine '[^ ]*/netgrant-slirp' | wc -l)" = 1 ]
	kill -9 "$(mine fake-emulator)"
	status=0
	wait "$RUN" || status=$?
	[ "$status" -eq 137 ]
	none '[^ ]*/netgrant-switch'
	none '[^ ]*/netgrant-slirp'
	until_true same_world "$before"
	# netgrant run itself.
	start "${args[@]}"
	until_true eval '[ -n "$(mine fake-emulator)" ]' # its word comes first
	kill -9 "$RUN"
	wait "$RUN" || :
	until_true none fake-emulator
	until_true none '[^ ]*/netgrant-switch'
	until_true none '[^ ]*/netgrant-slirp'
	until_true same_world "$before"
	# A companion: that is told, and the emulator goes on.
	start "${args[@]}"
	until_true eval '[ -n "$(mine fake-emulator)" ]' # its word comes first
	kill -9 "$(mine '[^ ]*/netgrant-switch')"
	until_true grep -q 'ended before the emulator: its NIC is cut off' "$BATS_TEST_TMPDIR/err"
	[ -n "$(mine fake-emulator)" ]
	kill "$RUN"
	wait "$RUN" || :
	until_true same_world "$before"
}

@test "a companion that does not start ends it, with its own words" {
	before=$(world)
	in_ns timeout 60 "$NG_TOOLS/talk" serve tcp 5558 busy 3>&- &
	until_true sh -c "ip netns exec $NS ss -Htln 'sport = 5558' | grep -q ."
	go alice --nic bridge,source=br0 --nic server,address=127.0.0.1,port=5558 -- sh -c 'echo started {fd0} {fd1}'
	kill "$(mine '[^ ]*/talk serve tcp 5558')"
	[ "$status" -eq 1 ]
	[[ "$stderr" == "netgrant-switch: "*"in use"* ]]
	[[ "$output" != *started* ]]
	until_true same_world "$before"
}

@test "{socket}: a companion listens in a folder of its own, which goes with it" {
	go alice --nic user -- sh -c 'stat -c "%F %a" {socket}; stat -c "%a %U" "$(dirname {socket})"'
	[ "$status" -eq 0 ]
	[ "${lines[0]}" = 'socket 600' ]
	[ "${lines[1]}" = '700 alice' ]
	if compgen -G "$RUNTIME/*"; then return 1; fi
	# A tap behind a path.
	go alice --nic bridge,source=br0 -- sh -c 'test -S {socket} && echo there'
	[ "$status" -eq 0 ]
	[ "$output" = there ]
	until_true no_taps
	# However it ends.
	start --nic user -- bash -c 'echo {socket} ready; exec -a fake-emulator sleep 300'
	until_true grep -q ready "$BATS_TEST_TMPDIR/out"
	compgen -G "$RUNTIME/*"
	kill -9 "$RUN"
	until_true none fake-emulator
	no_folder() { ! compgen -G "$RUNTIME/*"; }
	until_true no_folder
	# Its name may be asked for, too.
	go alice --nic ethernet,script=no,target=vnet%d -- sh -c 'ip -o link show {ifname}; test -S {socket} && echo there'
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == *vnet* ]]
	[ "${lines[1]}" = there ]
	until_true no_taps
}

@test "{ifname} alone: a tap that lasts as long as the emulator, however that ends" {
	go alice --nic ethernet,script=no,target=vnet%d -- sh -c 'ip -o link show {ifname}; ls -l /proc/self/fd'
	[ "$status" -eq 0 ]
	[[ "${lines[0]}" == *vnet* ]]
	# The emulator opens it itself.
	[[ "$output" != *net/tun* ]]
	until_true no_taps
	start --nic ethernet,script=no -- bash -c 'echo {ifname} ready; exec -a fake-emulator sleep 300'
	until_true grep -q ready "$BATS_TEST_TMPDIR/out"
	[ "$(taps)" = 1 ]
	kill -9 "$RUN"
	until_true none fake-emulator
	until_true no_taps
}

@test "{ifname} alone: no tap stays, whenever netgrant run is killed" {
	for delay in 05 10 15 20 25 30 35 40 45; do
		for signal in KILL INT; do
			start --nic ethernet,script=no -- sleep '30{ifname}'
			sleep "0.0$delay"
			kill "-$signal" "$RUN" || :
			wait "$RUN" || :
		done
	done
	until_true no_taps
}

# emulator NAME: a program of that name, in $EMULATOR, which takes taps only, as that one does.
emulator() {
	mkdir -p "$NG_WORK/home/bin"
	EMULATOR=$NG_WORK/home/bin/$1
	cp "$BATS_TEST_DIRNAME/tools/tap-emulator.py" "$EMULATOR"
	chmod 0755 "$NG_WORK/home/bin" "$EMULATOR"
}

@test "a tap of our own: the user network, for emulators that take nothing else" {
	for name in cloud-hypervisor crosvm; do
		emulator "$name"
		go alice --nic user,mtu=1400,mac=52:54:00:00:00:07 -- "$EMULATOR" router
		[ "$status" -eq 0 ] || { echo "$stderr" >&2; return 1; }
		[ "${lines[0]}" = "tap=vnet0 mtu=1400 uid=62001 gid=62001 caps=0000000000000000" ]
		[ "${lines[1]}" = "router=52:55:0a:00:02:02" ]
	done
	# By its name; and root, who needs no user namespace.
	emulator firecracker
	set -- run --nic user --nic user -- "$EMULATOR" router '{"host_dev_name": "{ifname1}", "guest_mac": "{mac1}"}' '{ifname0}'
	for who in 'as_user alice' in_ns; do
		run --separate-stderr $who "$NETGRANT" "$@"
		[ "$status" -eq 0 ] || { echo "$stderr" >&2; return 1; }
		[[ "${lines[0]}" == "tap=vnet1 mtu=1500 uid="* ]]
		[ "${lines[1]}" = "router=52:55:0a:00:02:02" ]
	done
	# Nor does it get a capability of its file, with which it would outlive netgrant run.
	cp /bin/grep "$NG_WORK/home/bin/capable"
	setcap cap_net_admin+ep "$NG_WORK/home/bin/capable"
	run --separate-stderr as_user alice "$NG_WORK/home/bin/capable" -c '^CapPrm:.*1000$' /proc/self/status
	[ "$output" = 1 ]
	go alice --nic user --emulator crosvm -- sh -c "exec $NG_WORK/home/bin/capable -c '^CapPrm:.*[1-9a-f]' /proc/self/status" '{fd}'
	[ "$output" = 0 ]
	# QEMU, too, where it is told so; what it would do itself a companion does.
	emulator qemu-system-x86_64
	go alice --nic user --nic user -- "$EMULATOR" router host_dev_name={ifname1}
	[ "$status" -eq 0 ] || { echo "$stderr" >&2; return 1; }
	[[ "${lines[0]}" == "tap=vnet1 mtu=1500 "*" caps=0000000000000000" ]]
	[ "${lines[1]}" = "router=52:55:0a:00:02:02" ]
	until_true none '[^ ]*/netgrant-slirp'
	[ "$(taps)" = 0 ]
}

@test "a tap of our own: tunnels and hubs" {
	emulator crosvm
	start --nic server,address=127.0.0.1,port=5558,mac=52:54:00:00:00:01 -- "$EMULATOR" talk
	until_true grep -q tap= "$BATS_TEST_TMPDIR/out"
	go alice --nic client,address=127.0.0.1,port=5558,mac=52:54:00:00:00:02 -- "$EMULATOR" talk
	[ "${lines[1]}" = "heard=52:54:00:00:00:01" ]
	wait "$RUN"
	grep -qx 'heard=52:54:00:00:00:02' "$BATS_TEST_TMPDIR/out"
	# A tap of a helper cannot be beside it, but behind it.
	in_ns ip addr add 10.0.2.2/24 dev br0
	go alice --hub lan=bridge,source=br0 --nic hub,source=lan -- "$EMULATOR" router
	[ "${lines[1]}" = "router=$(in_ns cat /sys/class/net/br0/address)" ]
	until_true no_taps
}

# without_namespaces COMMAND...: as alice, who may have none: each user namespace has a limit of
# its own for those in it (user_namespaces(7)).
without_namespaces() {
	run --separate-stderr in_ns python3 - "$@" <<-'EOF'
		import ctypes, os, sys
		there, mapped = os.pipe(), os.pipe()
		child = os.fork()
		if child == 0:
		    assert ctypes.CDLL(None).unshare(0x10000000) == 0
		    os.write(there[1], b"x")
		    os.read(mapped[0], 1)
		    with open("/proc/sys/user/max_user_namespaces", "w") as limit:
		        limit.write("0")
		    os.setgroups([])
		    os.setgid(62001)
		    os.setuid(62001)
		    os.execv(sys.argv[1], sys.argv[1:])
		os.read(there[0], 1)
		for kind in "uid", "gid":
		    with open(f"/proc/{child}/{kind}_map", "w") as ids:
		        ids.write("0 0 65000")
		os.write(mapped[1], b"x")
		sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
	EOF
}

@test "a tap of our own: no namespace to be had is one line, and nothing is started" {
	emulator crosvm
	without_namespaces "$NETGRANT" run --nic user -- "$EMULATOR" router
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[ "${#stderr_lines[@]}" -eq 1 ]
	[[ "$stderr" == "netgrant: cannot make a namespace for the tap that the emulator takes: No space left on device; these sysctls say whether users may: user.max_user_namespaces,"* ]]
	without_namespaces "$NETGRANT" check
	[ "$status" -eq 0 ]
	[ "${lines[-1]}" = "user namespaces: No space left on device: netgrant run has no taps without a helper for emulators that take only those; to allow it: sysctl -w user.max_user_namespaces=10000" ]
	run as_user alice "$NETGRANT" check
	[[ "$output" != *namespaces* ]]
	# Nor is there a device for taps.
	chmod 0600 /dev/net/tun
	go alice --nic user -- "$EMULATOR" router
	chmod 0666 /dev/net/tun
	[ "$status" -eq 1 ]
	[ "$stderr" = "netgrant: cannot open /dev/net/tun: Permission denied" ]
}

# With sanitizers the programs themselves take more descriptors.
# bats test_tags=nosanitizers
@test "few descriptors: one line that says so, whoever runs out of them" {
	local n
	for n in {6..20}; do
		run --separate-stderr as_user alice bash -c "ulimit -n $n; exec env XDG_RUNTIME_DIR=$RUNTIME $NETGRANT run --nic user -- sh -c 'echo started' sh {ifname0}"
		[ "$status" -eq 1 ] || { echo "$n: $status $output $stderr" >&2; return 1; }
		[ -z "$output" ] || { echo "$n: $output" >&2; return 1; }
		[ "${#stderr_lines[@]}" -eq 1 ] || { echo "$n: $stderr" >&2; return 1; }
		[[ "$stderr" == *": Too many open files" ]] || { echo "$n: $stderr" >&2; return 1; }
	done
}

@test "a tap of our own: emulator and companion end together, whoever is killed" {
	emulator crosvm
	for victim in run emulator slirp; do
		start --nic user -- "$EMULATOR" stay
		until_true grep -q tap= "$BATS_TEST_TMPDIR/out"
		# Not in our namespace, so mine() does not see it.
		emulator=$(pgrep -P "$RUN" -f "$EMULATOR stay")
		slirp=$(mine '[^ ]*/netgrant-slirp')
		case $victim in
		run) kill -9 "$RUN" ;;
		emulator) kill -9 "$emulator" ;;
		slirp)
			kill -9 "$slirp"
			until_true grep -q 'its NIC is cut off' "$BATS_TEST_TMPDIR/err"
			kill -0 "$emulator"
			kill "$RUN"
			;;
		esac
		wait "$RUN" || :
		until_true no kill -0 "$emulator"
		until_true no kill -0 "$slirp"
	done
}

@test "small: the parent takes less than 2 MiB" {
	start --nic bridge,source=br0 -- bash -c 'echo {fd} ready; exec sleep 300'
	until_true grep -q ready "$BATS_TEST_TMPDIR/out"
	pid=$RUN
	kb=$(sed -n 's/^VmRSS:[[:space:]]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
	echo "# $kb kB" >&3
	[ -n "${NG_SANITIZERS-}" ] || [ "$kb" -le 2048 ]
	# It has no descriptor of the tap, or the tap would outlive the emulator.
	if find "/proc/$pid/fd" -lname '/dev/net/tun' | grep .; then return 1; fi
	kill "$RUN"
}

# left WORLD: nothing of a run is there: process, tap, folder.
left() {
	local i
	for ((i = 0; i < 600; i++)); do
		no pgrep -f "^fake-own.$NS" >/dev/null 2>&1 && none '[^ ]*/netgrant-switch' && none '[^ ]*/netgrant-slirp' && none 'fake-emulator' && none '[^ ]*/tap-creator' &&
			[ "$(world)" = "$1" ] && return 1
		sleep 0.05
	done
	diff <(echo "$1") <(world) >&2
	return 0
}

# By root, or the traced helpers would have no capability. LeakSanitizer does not like it.
# bats test_tags=nosanitizers
@test "killed at each of its system calls: no process, tap or folder is left" {
	killed_at_each run --name x --nic bridge,source=br0 --nic ethernet,script=no,target=vnet%d --nic server,address=127.0.0.1,port=5558 -- \
		bash -c 'exec -a fake-emulator sleep 0.1' '{fd0}' '{ifname1}' '{fd2}'
	killed_at_each run --name x --emulator crosvm --nic user --nic hub,source=h -- \
		bash -c 'exec -a "fake-own.$1" sleep 0.1' bash "$NS" '{fd0}' '{ifname1}'
}

killed_at_each() {
	local args=("$@") before calls n
	before=$(world)
	calls=$(in_ns "$NG_TOOLS/killat" /bin/netgrant 0 "$NG_TOOLS/as-user" alice "$NETGRANT" "${args[@]}" 2>/dev/null | sed -n 's/^ended //p')
	echo "# $calls calls" >&3
	[ "$calls" -ge 7 ]
	if left "$before"; then return 1; fi
	for ((n = 1; n <= calls; n++)); do
		in_ns "$NG_TOOLS/killat" /bin/netgrant "$n" "$NG_TOOLS/as-user" alice "$NETGRANT" "${args[@]}" >"$BATS_TEST_TMPDIR/killed" 2>&1 || :
		if left "$before"; then
			echo "killed at call $n: $(cat "$BATS_TEST_TMPDIR/killed")" >&2
			return 1
		fi
	done
}

@test "a hundred times: the emulator, netgrant run, the helper or a companion is killed at any moment" {
	before=$(world)
	for ((n = 0; n < 100; n++)); do
		if ((n % 8 < 4)); then
			start --name x --nic bridge,source=br0 --nic server,address=127.0.0.1,port=5558 --nic user,backend=netgrant -- \
				bash -c 'exec -a fake-emulator sleep 5' '{fd0}' '{fd1}' '{fd2}'
		else
			start --name x --emulator crosvm --nic user --nic server,address=127.0.0.1,port=5558 -- \
				bash -c 'exec -a "fake-own.$1" sleep 5' bash "$NS" '{fd0}' '{ifname1}'
		fi
		sleep "0.0$((RANDOM % 6))$((RANDOM % 10))"
		case $((n % 4)) in
		0) kill -9 "$RUN" ;;
		1) pgrep -P "$RUN" -f '^fake-' | xargs -r kill -9 2>/dev/null || : ;;
		2) mine '[^ ]*/bridge-helper' | xargs -r kill -9 2>/dev/null || : ;;
		3) mine '[^ ]*/netgrant-s' | xargs -r kill -9 2>/dev/null || : ;;
		esac
		# Whoever did not live yet was not killed.
		sleep 0.05
		kill "$RUN" 2>/dev/null || :
		wait "$RUN" || :
	done
	if left "$before"; then return 1; fi
}

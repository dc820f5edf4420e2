#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # bats sets status, output and stderr
# The same list for a guest behind QEMU's own -netdev user and for one behind netgrant-slirp, so
# that a difference shows; the world is that of guest/world.bash. Runs as network-guest.bats does.
bats_require_minimum_version 1.5.0

# shellcheck source=tests/guest/guest.bash
source "$BATS_TEST_DIRNAME/guest/guest.bash"

MAC=52:54:00:aa:00:51

setup_file() {
	[ -n "${NG_GUEST_IMAGE-}" ] || guest_fail "set NG_GUEST_IMAGE to a folder that tests/guest/make-image filled"
	guest_sandbox
	guest_image "$NG_GUEST_IMAGE"
	# shellcheck source=tests/guest/world.bash
	source "$GUEST_DIR/world.bash"
	world_up
	chmod 0644 /etc/resolv.conf
	in_host sysctl -qw net.ipv4.ping_group_range='0 2147483647'
	# A service of the host that is for the host alone, and one that is for everybody.
	(guest_spawn ip netns exec "$GUEST_HOST" "$GUEST_WORK/peer" serve host 9) </dev/null >"$GUEST_WORK/host.log" 2>&1 &
	echo $! >"$GUEST_WORK/host.pid"
	mkdir -m 0755 "$GUEST_WORK/tftp" "$GUEST_WORK/secret"
	cp "$GUEST_WORK/kernel" "$GUEST_WORK/initrd" "$GUEST_WORK/tftp/"
	echo secret >"$GUEST_WORK/secret/file"
	ln -s "$GUEST_WORK/secret/file" "$GUEST_WORK/tftp/link"
	ln -s ../secret/file "$GUEST_WORK/tftp/relative"
	printf '%s\n' '#!ipxe' 'kernel tftp://10.0.2.2/kernel console=ttyS0 quiet ng.mode=none' \
		'initrd tftp://10.0.2.2/initrd' boot >"$GUEST_WORK/tftp/boot.ipxe"
	chmod 0644 "$GUEST_WORK/tftp"/{kernel,initrd,boot.ipxe} "$GUEST_WORK/secret/file"
}

teardown_file() {
	kill "$(cat "$GUEST_WORK/host.pid")" || :
	source "$GUEST_DIR/world.bash"
	world_down
	guest_sandbox_down
}

setup() {
	# shellcheck source=tests/guest/world.bash
	source "$GUEST_DIR/world.bash"
	RUN=$GUEST_WORK/run
	rm -rf "$RUN"
	mkdir -m 0777 "$RUN"
	SLIRP_PIDS=()
}

# Whatever a test began ends here.
teardown() {
	local pid
	guests_kill
	for pid in "${SLIRP_PIDS[@]}"; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
}

# slirp ARGUMENT...: netgrant-slirp as alice, once it is ready; its socket is $RUN/sock.
slirp() { begin_slirp --listen "unix:$RUN/sock" "$@"; }

# begin_slirp ARGUMENT...: the guest's side is among the arguments.
begin_slirp() {
	mkfifo "$RUN/ready"
	(exec 9>"$RUN/ready" && exec ip netns exec "$GUEST_HOST" setpriv --reuid alice --regid alice --init-groups \
		--inh-caps=-all -- "$NG_PREFIX/bin/netgrant-slirp" --ready-fd 9 "$@") \
		</dev/null >"$RUN/slirp.log" 2>&1 3>&- &
	SLIRP_PIDS+=("$!")
	timeout 60 cat "$RUN/ready" >"$RUN/ready.text"
	[ -s "$RUN/ready.text" ] || guest_fail "netgrant-slirp: $(cat "$RUN/slirp.log")"
}

# boot ours|qemus OPTION...: a guest g behind it; OPTIONs are QEMU's, of -netdev user.
boot() {
	local which=$1 option args=() netdev="user,id=n0"
	shift
	for option; do
		netdev+=",$option"
		case $option in
		restrict=on) args+=(--restrict) ;;
		*) args+=("--${option%%=*}=${option#*=}") ;;
		esac
	done
	if [ "$which" = ours ]; then
		slirp "${args[@]}" "${OURS[@]}"
		netdev="stream,id=n0,server=off,addr.type=unix,addr.path=$RUN/sock"
	fi
	guest_start g alice "$MAC" "$netdev" ng.mode=dhcp ng.ip6=ra ng.wait=900
	guest_says g ready
}

OURS=()

the_list() {
	[ "$(guest_lease g)" = 10.0.2.15 ]
	guest_says g 'ra fec0::5054:ff:feaa:51' 0
	# Names, TCP and UDP out, in the host's name; nothing where nobody listens.
	guest_does g 'dns www.example.test' "$WORLD6,$WORLD4"
	guest_does g "tcp $WORLD4 7" "world $UPLINK4"
	guest_does g "udp $WORLD4 7" "world $UPLINK4"
	guest_does g "tcp $WORLD6 7" "world $UPLINK6"
	guest_does g "udp $WORLD6 7" "world $UPLINK6"
	guest_does g "http $WORLD4 file" 280000
	guest_does g "tcp $WORLD4 9" fail
	# Ping: the router always, and out, as this host lets everybody.
	guest_ping g 10.0.2.2 ok
	guest_ping g fec0::2 ok
	guest_ping g "$WORLD4" ok
	# TFTP, and nothing above its folder.
	guest_does g 'tftp 10.0.2.2 initrd' "$(stat -c %s "$GUEST_WORK/tftp/initrd")"
	guest_does g 'tftp 10.0.2.2 ../secret/file' fail
	guest_does g 'tftp 10.0.2.2 nothing' fail
	# In: forwards, TCP and UDP, and who the guest sees.
	guest_does g 'listen 22' ok
	host_asks tcp 127.0.0.1 2222 "guest 10.0.2.2"
	host_asks udp 127.0.0.1 2222 "guest 10.0.2.2"
	world_asks tcp "$UPLINK4" 2223 "guest 198.51.100.1"
}

# host_asks tcp|udp ADDRESS PORT ANSWER: what the host gets from there.
host_asks() {
	local answer
	answer=$(in_host "$GUEST_WORK/peer" "$1" "$2" "$3") || answer=fail
	[[ $answer == "$4" ]] || guest_fail "the host: '$1 $2 $3' gave '$answer', not '$4'"
}

FORWARDS=(hostfwd=tcp:127.0.0.1:2222-:22 hostfwd=udp:127.0.0.1:2222-10.0.2.15:22 hostfwd=tcp::2223-:22)

@test "the list, behind QEMU's own user network" {
	boot qemus "tftp=$GUEST_WORK/tftp" "${FORWARDS[@]}" guestfwd=tcp:10.0.2.100:80-tcp:127.0.0.1:9
	the_list
	guest_does g 'tcp 10.0.2.100 80' 'host 127.0.0.1'
	# What netgrant-slirp differs in: the host's own loopback, and links out of the folder.
	guest_does g 'tcp 10.0.2.2 9' 'host 127.0.0.1'
	guest_does g 'tftp 10.0.2.2 link' 7
}

@test "the list, behind netgrant-slirp" {
	boot ours "tftp=$GUEST_WORK/tftp" "${FORWARDS[@]}" guestfwd=tcp:10.0.2.100:80-tcp:127.0.0.1:9
	the_list
	# Each of the guest's connections is one of the host's.
	guest_does g 'tcp 10.0.2.100 80' 'host 127.0.0.1'
	guest_does g 'tcp 10.0.2.100 80' 'host 127.0.0.1'
	guest_does g 'tcp 10.0.2.2 9' fail
	guest_does g 'udp 10.0.2.2 9' fail
	guest_does g 'tcp fec0::2 9' fail
	guest_does g 'tftp 10.0.2.2 link' fail
	guest_does g 'tftp 10.0.2.2 relative' fail
	# The host's other addresses are part of the world.
	guest_does g "tcp $UPLINK4 9" "host $UPLINK4"
	[ ! -s "$RUN/slirp.log" ]
}

@test "--allow-host-loopback: as QEMU's" {
	OURS=(--allow-host-loopback)
	boot ours
	guest_does g 'tcp 10.0.2.2 9' 'host 127.0.0.1'
	guest_does g 'udp 10.0.2.2 9' 'host 127.0.0.1'
	guest_does g 'tcp fec0::2 9' 'host ::1'
}

restricted_list() {
	[ "$(guest_lease g)" = 10.0.2.15 ]
	guest_does g "tcp $WORLD4 7" fail
	guest_does g "udp $WORLD4 7" fail
	guest_does g "tcp $WORLD6 7" fail
	guest_does g 'tcp 10.0.2.2 9' fail
	guest_does g 'tcp 10.0.2.100 80' 'host 127.0.0.1'
	guest_does g 'listen 22' ok
	host_asks tcp 127.0.0.1 2222 "guest 10.0.2.2"
}

@test "restrict, behind QEMU's own user network" {
	boot qemus restrict=on "${FORWARDS[@]}" guestfwd=tcp:10.0.2.100:80-tcp:127.0.0.1:9
	restricted_list
}

@test "restrict, behind netgrant-slirp" {
	boot ours restrict=on "${FORWARDS[@]}" guestfwd=tcp:10.0.2.100:80-tcp:127.0.0.1:9
	restricted_list
}

# pxe NETDEV: a guest that finds its kernel by DHCP and TFTP.
pxe() {
	: >"$GUEST_WORK/p.out"
	# shellcheck disable=SC2046 # words are wanted
	(guest_spawn ip netns exec "$GUEST_HOST" setpriv --reuid alice --regid alice --init-groups \
		--inh-caps=-all --pdeathsig KILL -- qemu-system-x86_64 $(guest_machine) \
		-netdev "$1" -device "virtio-net-pci,netdev=n0,mac=$MAC,bootindex=1") \
		</dev/null >"$GUEST_WORK/p.out" 2>"$GUEST_WORK/p.err" &
	GUEST_PID[p]=$!
	GUEST_PIDS+=("$!")
	guest_says p "up $MAC" 300
}

@test "a guest boots by TFTP, behind QEMU's own user network" {
	pxe "user,id=n0,tftp=$GUEST_WORK/tftp,bootfile=boot.ipxe"
}

@test "a guest boots by TFTP, behind netgrant-slirp" {
	slirp --tftp "$GUEST_WORK/tftp" --bootfile boot.ipxe
	pxe "stream,id=n0,server=off,addr.type=unix,addr.path=$RUN/sock"
}

@test "datagrams and descriptors: stock QEMU's -netdev dgram, and stream on a socket it was given" {
	begin_slirp --dgram "unix:$RUN/s,$RUN/q"
	guest_start g alice "$MAC" "dgram,id=n0,local.type=unix,local.path=$RUN/q,remote.type=unix,remote.path=$RUN/s" \
		ng.mode=dhcp ng.wait=900
	guest_says g ready
	[ "$(guest_lease g)" = 10.0.2.15 ]
	guest_does g "tcp $WORLD4 7" "world $UPLINK4"
	guest_does g "http $WORLD4 file" 280000
}

@test "an emulator that knows only taps, in a namespace of the user's own" {
	local page=$BATS_TEST_DIRNAME/../man/netgrant-slirp.1 i
	sed -n '/^#!\/bin\/sh -e/,/^exec/p' "$page" >"$RUN/inside"
	grep -q '^netgrant-slirp --tap up0 --netns \$!$' "$page"
	chmod 0755 "$RUN/inside"
	GUEST_UNDER=(unshare -Urn "$RUN/inside")
	guest_start g alice "$MAC" tap,id=n0,ifname=guest0,script=no,downscript=no ng.mode=dhcp ng.ip6=ra ng.wait=900
	wait_until eval 'as alice nsenter -t "${GUEST_PID[g]}" -U --preserve-credentials -n ip link show up0 | grep -q "master br0"'
	begin_slirp --tap up0 --netns "${GUEST_PID[g]}"
	guest_says g ready
	[ "$(guest_lease g)" = 10.0.2.15 ]
	guest_does g 'dns www.example.test' "$WORLD6,$WORLD4"
	guest_does g "tcp $WORLD4 7" "world $UPLINK4"
	guest_does g "udp $WORLD6 7" "world $UPLINK6"
	guest_does g "http $WORLD4 file" 280000
	# It ends with the guest.
	guest_quit g
	wait "${SLIRP_PIDS[0]}"
	[ ! -s "$RUN/slirp.log" ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2154 # bats sets status, output and stderr
# netgrant-slirp without guests that boot: its command line, its sandbox, its control socket, and
# a network namespace behind it that stands for a guest with all of a host's tools.
bats_require_minimum_version 1.5.0

load lib.bash

SLIRP=$NG_PREFIX/bin/netgrant-slirp
NETGRANT_BIN=$NG_PREFIX/bin/netgrant
HUB='qemu-system-x86_64 -M none -nodefaults -display none -monitor none -serial none'

setup() {
	ns_setup
	in_ns ip addr add 192.0.2.1/32 dev lo
	# Where users may go, too.
	AREA=$NG_WORK/slirp-$BATS_TEST_NUMBER
	RUN=$AREA/run
	mkdir -m 0777 "$AREA" "$RUN"
	GUEST=ngg-$BATS_TEST_NUMBER-$$
}

teardown() {
	ns_teardown
	netns_end "$GUEST"
	rm -rf "$AREA"
}

# background COMMAND...: until the test ends; its process number is in $PID.
background() {
	"$@" </dev/null 3>&- &
	PID=$!
	echo "$PID" >>"$BATS_TEST_TMPDIR/pids"
}

# slirp ARGUMENT...: as alice, once it is ready; its process number is in $PID.
slirp() {
	rm -f "$RUN/ready"
	mkfifo "$RUN/ready"
	background bash -c 'exec 9>"$0/ready"; exec ip netns exec "$1" "$NG_TOOLS/as-user" alice "${@:2}" --ready-fd 9 2>"$0/log"' \
		"$RUN" "$NS" ${SLIRP_UNDER-} "$SLIRP" "$@"
	timeout 120 cat "$RUN/ready" >"$RUN/is-ready"
	[ -s "$RUN/is-ready" ] || { cat "$RUN/log" >&2; return 1; }
}

# listens NAMESPACE PORT: somebody does, now or in a moment.
listens() {
	local namespace=$1 port=$2
	wait_until eval '[ -n "$(ip netns exec "$namespace" ss -Hlnt "sport = $port")" ]'
}

# end_slirp: ends what slirp() began.
end_slirp() {
	local i pid
	# A child of its has the same command line.
	pid=$(here -o -f "^$SLIRP --listen unix:$RUN/")
	kill "$pid"
	wait_until no kill -0 "$pid"
}

in_guest() {
	timeout -k 5 60 ip netns exec "$GUEST" "$@"
}

# guest NETDEV...: a namespace whose tap0 a hub of QEMU's joins with that back end.
guest() {
	local i
	ip netns add "$GUEST"
	in_guest ip link set lo up
	in_guest ip tuntap add tap0 mode tap
	in_guest sysctl -qw net.ipv6.conf.tap0.accept_dad=0
	in_guest ip link set tap0 up
	in_guest ip addr add 10.0.2.15/24 dev tap0
	in_guest ip route add default via 10.0.2.2
	# QEMU's own user network has to be in the host's namespace, and so the tap opened before.
	# shellcheck disable=SC2086 # words are wanted
	background bash -c 'exec nsenter --net="/run/netns/$0" -- "${@:3}"' "$GUEST" x x $HUB \
		-netdev tap,id=t,ifname=tap0,script=no,downscript=no -netdev hubport,hubid=0,id=ht,netdev=t \
		-netdev "$1,id=n" -netdev hubport,hubid=0,id=hn,netdev=n
	wait_until eval 'in_guest ip link show tap0 | grep -q "state UP"'
}

ours() {
	slirp --listen "unix:$RUN/sock" "$@"
	guest "stream,server=off,addr.type=unix,addr.path=$RUN/sock"
}

# service ADDRESS PORT TEXT: says it to whoever connects.
service() {
	background ip netns exec "$NS" socat "TCP-LISTEN:$2,bind=$1,fork,reuseaddr" "SYSTEM:echo $3"
	listens "$NS" "$2"
}

# asks NAMESPACE ADDRESS PORT: what is said there, in three seconds.
asks() {
	timeout 90 ip netns exec "$1" socat -t 3 -T 3 - "TCP:$2:$3,connect-timeout=3" 2>/dev/null </dev/null
}

# says NAMESPACE ADDRESS PORT TEXT: that is what is said there, in the end.
says() { wait_until eval "[ \"\$(asks '$1' '$2' '$3')\" = '$4' ]"; }

# ---- the command line

@test "an error in an option is one line that names it, and status 2" {
	local line options text count=0
	while IFS='|' read -r options text; do
		read -ra line <<<"$options"
		run --separate-stderr timeout 60 "$SLIRP" "${line[@]}"
		[ "$status" -eq 2 ] && [ -z "$output" ] && [ "${#stderr_lines[@]}" -eq 1 ] &&
			[[ $stderr == "netgrant-slirp: "*"$text"* ]] || {
			echo "'$options': status $status: $stderr" >&2
			return 1
		}
		count=$((count + 1))
	done <<-'EOF'
		|the guest's side is missing
		--fd|--fd needs a value
		--fd=x|--fd: 'x' is no descriptor, 3 or more
		--fd=999|--fd: descriptor 999 is not open
		--listen=tcp:1|--listen: 'tcp:1' has to be unix:PATH
		--dgram=unix:a|unix:a
		--connect=unix:/b --listen=unix:/a|--listen: the guest's side is given by --connect already
		--lisen=unix:/a|unknown option '--lisen'; did you mean '--listen'; see --help
		--tap=a/b|--tap: interface name 'a/b' has a character
		--tap=a --listen=unix:/a|--listen: the guest's side is given by --tap already
		--netns=3|--tap NAME is missing
		--tap=a --netns=x|--netns: 'x' is neither a process number nor the path
		nothing|unexpected argument 'nothing'
		--once=1|--once takes no value
		--net=10.0.2.0|--net: '10.0.2.0' has to be ADDRESS/BITS
		--net=10.0.2.1/24|has bits behind its prefix
		--net=10.0.2.0/28|no length of a prefix; 8 to 27
		--net=fec0::/24|is no IPv4 address
		--host=10.0.3.2|--host: 10.0.3.2 is outside the network of --net
		--dns=10.0.2.2|--host and --dns are the same address
		--dns=10.0.2.20|--dns lies among the addresses of --dhcpstart
		--dhcpstart=10.0.2.245|--dhcpstart: 10.0.2.245 and the 15 addresses behind it
		--smb-server=10.0.2.0|--smb-server: 10.0.2.0 is outside
		--smb=/ --dns=10.0.2.4|--dns and --smb-server are the same address
		--smb-server=10.0.2.3|--dns and --smb-server are the same address
		--ipv6-net=fec0::/60|no length of a prefix; 64 to 64
		--ipv6-host=fec1::2|--ipv6-host is outside
		--ipv6-dns=fec0::2|--ipv6-host and --ipv6-dns are the same
		--no-ipv4 --no-ipv6|leave nothing
		--mtu=1000|--mtu: '1000' is no MTU; 1280 to 65520
		--mtu=65521|--mtu: '65521' is no MTU
		--hostname=a_b!|'a_b!' is no name
		--domain=|--domain: '' has to have 1 to 253 bytes
		--hostfwd=tcp::22|--hostfwd 'tcp::22': is not [tcp|udp]
		--hostfwd=tcp::22-:22 --hostfwd=tcp::22-:23|there is one already
		--guestfwd=tcp:10.0.2.9:1-cmd:x|cmd: is not served here
		--ready-fd=77|--ready-fd: descriptor 77 is not open
		--exit-with=1|--exit-with: '1' is no descriptor, 3 or more
	EOF
	[ "$count" -eq 38 ]
	run "$SLIRP" --version
	[ "$status" -eq 0 ]
	[[ $output == 'netgrant-slirp '* ]]
	run "$SLIRP" --help
	[ "$status" -eq 0 ]
	[[ $output == 'Usage: netgrant-slirp'* ]]
}

@test "what cannot be opened is named, and status 1" {
	local option spec text
	run --separate-stderr as_user alice "$SLIRP" --listen "unix:/nowhere/sock"
	[ "$status" -eq 1 ]
	[[ ${stderr_lines[*]} == *'/nowhere/sock'*'No such file'* ]]
	run --separate-stderr as_user alice "$SLIRP" --listen "unix:$RUN/a" --hostfwd tcp:203.0.113.9:80-:80
	[ "$status" -eq 1 ]
	[[ $stderr == *'hostfwd=tcp:203.0.113.9:80-:80: Cannot assign'* ]]
	run --separate-stderr as_user alice "$SLIRP" --tap tap9
	[ "$status" -eq 1 ]
	[[ $stderr == *"--tap: cannot use the tap 'tap9': Operation not permitted" ]]
	ip netns add "$GUEST"
	run --separate-stderr as_user alice "$SLIRP" --tap tap9 --netns "/run/netns/$GUEST"
	[ "$status" -eq 1 ]
	[[ $stderr == *"--tap: cannot enter the network namespace of '/run/netns/$GUEST': Operation not permitted" ]]
	run --separate-stderr as_user alice "$SLIRP" --tap tap9 --netns 2147483647
	[ "$status" -eq 1 ]
	[[ $stderr == *"--tap: process '2147483647': No such process" ]]
	run --separate-stderr as_user alice "$SLIRP" --tap tap9 --netns /etc/passwd
	[ "$status" -eq 1 ]
	[[ $stderr == *"--tap: '/etc/passwd' is no network namespace" ]]
	run --separate-stderr as_user alice "$SLIRP" --listen "unix:$RUN/b" --tftp /nowhere
	[ "$status" -eq 1 ]
	[[ $stderr == *"--tftp '/nowhere': No such file"* ]]
	run --separate-stderr as_user alice "$SLIRP" --listen "unix:$RUN/c" --guestfwd tcp:10.0.3.1:80-unix:/x
	[ "$status" -eq 1 ]
	[[ $stderr == *"outside the guest's network"* ]]
	while IFS='|' read -r option spec text; do
		# shellcheck disable=SC2086 # none is none
		run --separate-stderr as_user alice timeout 60 "$SLIRP" --listen "unix:$RUN/d" $option --hostfwd "$spec"
		[ "$status" -eq 1 ] && [[ $stderr == "netgrant-slirp: hostfwd=$spec: the guest's side $text" ]] ||
			{ echo "$option $spec: status $status: $stderr" >&2; return 1; }
	done <<-'EOF'
		--no-ipv4|tcp:127.0.0.1:2222-:22|is IPv4, and --no-ipv4 was given; [ADDRESS]:PORT is IPv6
		--no-ipv6|tcp:[::1]:2222-[fec0::15]:22|is IPv6, and --no-ipv6 was given; ADDRESS:PORT is IPv4
		|tcp:[::1]:2222-[::]:22|needs an address: the guest chooses its IPv6 addresses itself
		|udp:127.0.0.1:2222-10.0.2.2:22|is the router or its DNS
		|tcp:127.0.0.1:2222-10.0.2.3:22|is the router or its DNS
		|tcp:[::1]:2222-[fec0::3]:22|is the router or its DNS
	EOF
}

# bats test_tags=nosanitizers
@test "it ends with --exit-with, and with --once when its guest has gone" {
	mkfifo "$RUN/life"
	exec 8<>"$RUN/life"
	background bash -c 'exec 9<"$0/life" 8>&-; exec ip netns exec "$1" "$2" --listen "unix:$0/sock" --exit-with 9' \
		"$RUN" "$NS" "$SLIRP"
	wait_until test -S "$RUN/sock"
	kill -0 "$PID"
	exec 8>&-
	wait "$PID"
	slirp --listen "unix:$RUN/once" --once
	# A frame that is too short is nobody's; then the end.
	printf '\0\0\0\1x' | timeout 60 socat -u - "UNIX-CONNECT:$RUN/once"
	wait "$PID"
	[ ! -s "$RUN/log" ]
}

@test "a stream that cannot be followed is closed with one line; the next guest is served" {
	local length
	slirp --listen "unix:$RUN/sock" --control "$RUN/control"
	for length in '\377\377\377\377' '\0\1\020\1'; do
		printf "${length}xxxxxxxxxxxxxxxx" | timeout 60 socat -t 5 - "UNIX-CONNECT:$RUN/sock"
	done
	# Cut anywhere, and lengths that say nothing.
	for length in '\0' '\0\0\0' '\0\0\0\0' '\0\0\0\15xxxxxxxxxxxxx' '\0\0\0\100x'; do
		printf "$length" | timeout 60 socat -t 1 - "UNIX-CONNECT:$RUN/sock"
	done
	[ "$(grep -c 'sent a frame that is too long' "$RUN/log")" -eq 2 ]
	[ "$(wc -l <"$RUN/log")" -eq 2 ]
	kill -0 "$PID"
	guest "stream,server=off,addr.type=unix,addr.path=$RUN/sock"
	wait_until in_guest ping -c 1 -W 5 10.0.2.2
}

# ---- the sandbox

# bats test_tags=nosanitizers
@test "the sandbox: no capability, no new privileges, a filter, not dumpable" {
	local value
	# As root, with every capability at the start.
	background ip netns exec "$NS" "$SLIRP" --listen "unix:$RUN/sock"
	wait_until grep -q '^Seccomp:[[:space:]]*2' "/proc/$PID/status"
	for value in CapInh:0000000000000000 CapPrm:0000000000000000 CapEff:0000000000000000 \
		CapAmb:0000000000000000 NoNewPrivs:1 Seccomp:2; do
		grep -q "^${value%:*}:[[:space:]]*${value#*:}\$" "/proc/$PID/status" || { echo "$value" >&2; return 1; }
	done
	kill "$PID"
	slirp --listen "unix:$RUN/sock2"
	# Of a process that is not dumpable, /proc is root's.
	PID=$(here -f "^$SLIRP --listen unix:$RUN/sock2")
	[ "$(stat -c %U "/proc/$PID/environ")" = root ]
}

@test "its files: /etc/resolv.conf's folder and --tftp's, and no other" {
	if ! grep -qw landlock_create_ruleset /proc/kallsyms; then skip "no landlock"; fi
	echo inside >"$RUN/file"
	echo outside >"$AREA/outside"
	ln -s ../outside "$RUN/link"
	ours --tftp "$RUN"
	in_guest busybox tftp -g -r file -l "$AREA/got" 10.0.2.2
	[ "$(cat "$AREA/got")" = inside ]
	if in_guest timeout 5 busybox tftp -g -r link -l "$AREA/got2" 10.0.2.2; then return 1; fi
	if in_guest timeout 5 busybox tftp -g -r ../outside -l "$AREA/got3" 10.0.2.2; then return 1; fi
	[ ! -s "$AREA/got2" ]
	[ ! -s "$AREA/got3" ]
}

# bats test_tags=nosanitizers
@test "ended at any moment of its start, it leaves no folder" {
	local call when made
	command -v strace >/dev/null || skip "no strace"
	# The first socket that is bound is the emulator's.
	while read -r call when; do
		run ip netns exec "$NS" timeout 60 strace -qq -o "$RUN/trace" -e 'trace=/^(mkdir|rmdir|unlink|bind)' \
			-e "inject=/^$call:signal=SIGTERM:when=$when" "$SLIRP" --listen "unix:$RUN/$call$when"
		[ "$status" -eq 143 ] || { echo "at $call: status $status: $output" >&2; return 1; }
		made=$(grep -c '^mkdir.*"/tmp/netgrant-slirp\..* = 0' "$RUN/trace")
		[ "$made" = "$(grep -c '^\(rmdir\|unlinkat\).*"/tmp/netgrant-slirp\.[A-Za-z0-9]*".* = 0' "$RUN/trace")" ] &&
			[ "$(grep -c '^bind.*/tmp/netgrant-slirp\..* = 0' "$RUN/trace")" = "$(grep -c '^unlink.*/tmp/netgrant-slirp\.[A-Za-z0-9]*/s".* = 0' "$RUN/trace")" ] ||
			{ echo "at $call:" >&2; cat "$RUN/trace" >&2; return 1; }
		[ "$made" -eq 1 ]
	done <<-'EOF'
		mkdir 1
		bind 2
		unlink 1
		bind 9
		rmdir 1
	EOF
}

@test "a resolver with a scope in /etc/resolv.conf: names are asked for" {
	# Which "ip netns exec" puts in the place of the host's.
	mkdir -p "/etc/netns/$NS"
	printf 'nameserver %s\n' fe80::1%lo 127.0.0.1 >"/etc/netns/$NS/resolv.conf"
	ours
	background ip netns exec "$NS" socat UDP-LISTEN:53,bind=127.0.0.1,fork PIPE
	wait_until eval '[ -n "$(in_ns ss -Hlnu "sport = 53")" ]'
	in_guest python3 - <<-'EOF'
		import socket
		s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
		s.settimeout(50)
		s.sendto(b"a name", ("10.0.2.3", 53))
		assert s.recv(100) == b"a name"
	EOF
	rm -r "/etc/netns/$NS"
}

# ---- the control socket

control() {
	as_user alice "$NETGRANT_BIN" "$@"
}

@test "forwards are added, listed and removed while it runs" {
	local spec
	# The SMB server's address is free where there is none.
	ours --control "$RUN/control" --dns 10.0.2.4 --hostfwd tcp:127.0.0.1:2201-:22
	[ "$(stat -c %a "$RUN/control")" = 600 ]
	background ip netns exec "$GUEST" socat TCP-LISTEN:22,fork,reuseaddr 'SYSTEM:echo guest'
	listens "$GUEST" 22
	says "$NS" 127.0.0.1 2201 guest
	control slirp-add "$RUN/control" hostfwd=tcp:127.0.0.1:2202-10.0.2.15:22
	control slirp-add "$RUN/control" "hostfwd=unix:$RUN/fwd-:22"
	# An address of the guest's that its network does not have is one, too.
	in_guest ip addr add 192.168.7.7/32 dev tap0
	control slirp-add "$RUN/control" hostfwd=tcp:127.0.0.1:2203-192.168.7.7:22
	wait_until eval '[ "$(asks "$NS" 127.0.0.1 2203)" = guest ]'
	control slirp-remove "$RUN/control" hostfwd=tcp:127.0.0.1:2203
	service 192.0.2.1 80 web
	control slirp-add "$RUN/control" guestfwd=tcp:10.0.2.99:8080-tcp:192.0.2.1:80
	says "$NS" 127.0.0.1 2202 guest
	wait_until eval '[ "$(in_ns socat -t 3 -T 3 - "UNIX:$RUN/fwd" </dev/null)" = guest ]'
	says "$GUEST" 10.0.2.99 8080 web
	run control slirp-status "$RUN/control"
	for spec in hostfwd=tcp:127.0.0.1:2201-:22 hostfwd=tcp:127.0.0.1:2202-10.0.2.15:22 "hostfwd=unix:$RUN/fwd-:22" \
		guestfwd=tcp:10.0.2.99:8080-tcp:192.0.2.1:80; do
		grep -qxF "forward  $spec" <<<"$output"
	done
	grep -q '^guest    connected; [1-9]' <<<"$output"
	# A connection that lasts is a flow.
	background ip netns exec "$GUEST" socat -u "TCP:192.0.2.1:80" - </dev/null
	background ip netns exec "$NS" socat TCP-LISTEN:81,bind=192.0.2.1 SYSTEM:'sleep 30'
	listens "$NS" 81
	background ip netns exec "$GUEST" socat -u TCP:192.0.2.1:81,retry=20,interval=0.1 -
	flows() {
		control slirp-status --json "$RUN/control" >"$RUN/json"
		jq -e '.flows[] | select(.protocol == "tcp" and .state == "ESTABLISHED" and .to == "192.0.2.1:81")' "$RUN/json"
	}
	wait_until flows
	jq -e '(.forwards | length == 4) and .guest.connected and .guest.frames_in > 0' "$RUN/json"
	jq -e '.flows[] | select(.to == "192.0.2.1:81") | .from | startswith("10.0.2.15:")' "$RUN/json"
	for spec in hostfwd=tcp:127.0.0.1:2202 "hostfwd=unix:$RUN/fwd" guestfwd=tcp:10.0.2.99:8080; do
		control slirp-remove "$RUN/control" "$spec"
	done
	[ ! -e "$RUN/fwd" ]
	if asks "$NS" 127.0.0.1 2202; then return 1; fi
	[ -z "$(asks "$GUEST" 10.0.2.99 8080 | grep web)" ]
	says "$NS" 127.0.0.1 2201 guest
	[ "$(control slirp-status --json "$RUN/control" | jq '.forwards | length')" = 1 ]
}

@test "a forward from a unix socket: what nobody listens on any more makes room, and nothing else" {
	local spec="unix:$RUN/fwd-:22"
	slirp --listen "unix:$RUN/sock" --control "$RUN/control" --hostfwd "$spec"
	end_slirp
	[ -S "$RUN/fwd" ]
	slirp --listen "unix:$RUN/sock" --control "$RUN/control" --hostfwd "$spec"
	# It is served.
	in_ns socat -u OPEN:/dev/null "UNIX-CONNECT:$RUN/fwd"
	run --separate-stderr as_user alice "$SLIRP" --listen "unix:$RUN/sock2" --hostfwd "$spec"
	[ "$status" -eq 1 ]
	[[ $stderr == *"hostfwd=$spec: Address already in use" ]]
	in_ns socat -u OPEN:/dev/null "UNIX-CONNECT:$RUN/fwd"
	end_slirp
	# The same while it runs.
	slirp --listen "unix:$RUN/sock" --control "$RUN/control"
	control slirp-add "$RUN/control" "hostfwd=$spec"
	in_ns socat -u OPEN:/dev/null "UNIX-CONNECT:$RUN/fwd"
	run --separate-stderr control slirp-add "$RUN/control" "hostfwd=$spec"
	[ "$status" -eq 1 ]
	[[ $stderr == *'there is one already' ]]
	in_ns socat -u OPEN:/dev/null "UNIX-CONNECT:$RUN/fwd"
	echo text >"$RUN/file"
	run --separate-stderr control slirp-add "$RUN/control" "hostfwd=unix:$RUN/file-:22"
	[ "$status" -eq 1 ]
	[[ $stderr == *'Address already in use' ]]
	[ "$(cat "$RUN/file")" = text ]
}

@test "the control socket refuses what is wrong, and who is not its owner" {
	slirp --listen "unix:$RUN/sock" --control "$RUN/control" --hostfwd tcp:127.0.0.1:2201-:22
	run --separate-stderr control slirp-add "$RUN/control" hostfwd=tcp:127.0.0.1:2201-:23
	[ "$status" -eq 1 ]
	[[ $stderr == *'there is one already'* ]]
	run --separate-stderr control slirp-add "$RUN/control" hostfwd=tcp:127.0.0.1:99999-:23
	[ "$status" -eq 2 ]
	[[ $stderr == *"'99999' is no port"* ]]
	run --separate-stderr control slirp-add "$RUN/control" guestfwd=tcp:10.0.2.2:80-tcp:192.0.2.1:80
	[ "$status" -eq 1 ]
	[[ $stderr == *"the guest's side is the router or its DNS"* ]]
	run --separate-stderr control slirp-add "$RUN/control" hostfwd=tcp:127.0.0.1:2202-10.0.2.3:22
	[ "$status" -eq 1 ]
	[[ $stderr == *"the guest's side is the router or its DNS"* ]]
	run --separate-stderr control slirp-add "$RUN/control" hostfwd=tcp:203.0.113.9:80-:80
	[ "$status" -eq 1 ]
	[[ $stderr == *'Cannot assign requested address'* ]]
	run --separate-stderr control slirp-remove "$RUN/control" hostfwd=tcp:127.0.0.1:1
	[ "$status" -eq 1 ]
	[[ $stderr == *'there is no such forward'* ]]
	run --separate-stderr control slirp-status /nowhere
	[ "$status" -eq 1 ]
	[[ $stderr == *"cannot ask netgrant-slirp at '/nowhere'"* ]]
	# By its mode, and where that has been changed, by who asks.
	run as_user bob "$NETGRANT_BIN" slirp-status "$RUN/control"
	[ "$status" -eq 1 ]
	chmod 0666 "$RUN/control"
	run --separate-stderr as_user bob "$NETGRANT_BIN" slirp-status "$RUN/control"
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	in_ns "$NETGRANT_BIN" slirp-status "$RUN/control"
	# Nonsense, a line without end, and many who say nothing.
	run in_ns socat -t 3 - "UNIX-CONNECT:$RUN/control" <<<'shut up'
	[[ $output == "error 'shut up' is no request"* ]]
	head -c 5000 /dev/zero | tr '\0' x | in_ns socat -t 3 - "UNIX-CONNECT:$RUN/control" || :
	for ((i = 0; i < 20; i++)); do
		background ip netns exec "$NS" sleep 30 | ip netns exec "$NS" socat - "UNIX-CONNECT:$RUN/control" &
		echo $! >>"$BATS_TEST_TMPDIR/pids"
	done
	control slirp-status "$RUN/control"
	# A name that somebody serves is not taken; one that nobody does, is.
	run --separate-stderr as_user alice "$SLIRP" --listen "unix:$RUN/sock2" --control "$RUN/control"
	[ "$status" -eq 1 ]
	[[ $stderr == *"--control '$RUN/control': Address already in use"* ]]
	end_slirp
	slirp --listen "unix:$RUN/sock3" --control "$RUN/control"
	control slirp-status "$RUN/control"
}

# ---- what is out of reach

@test "the host's loopback is out of reach, however the guest writes it" {
	service 127.0.0.1 9 loopback
	service 192.0.2.1 80 web
	background ip netns exec "$NS" socat TCP6-LISTEN:9,bind=[::1],fork,reuseaddr 'SYSTEM:echo loopback'
	ours
	says "$GUEST" 192.0.2.1 80 web
	if asks "$GUEST" 10.0.2.2 9; then return 1; fi
	# The guest's own loopback out of the way, it sends these to the router.
	in_guest sysctl -qw net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.tap0.route_localnet=1
	in_guest ip addr flush dev lo
	in_guest ip route add 127.0.0.0/8 via 10.0.2.2 src 10.0.2.15
	in_guest ip -6 addr add fec0::15/64 dev tap0 nodad
	in_guest ip -6 route add ::1/128 via fec0::2 src fec0::15
	if asks "$GUEST" 127.0.0.1 9; then return 1; fi
	if asks "$GUEST" '[::1]' 9; then return 1; fi
	if asks "$GUEST" '[fec0::2]' 9; then return 1; fi
	# The library makes a datagram of a ping that it may not send.
	background ip netns exec "$NS" socat -u UDP-RECV:7,bind=127.0.0.1 "CREATE:$RUN/pinged"
	in_guest ip route add 255.255.255.255/32 dev tap0
	in_guest ping -b -c 2 -i 0.3 -W 1 255.255.255.255 || :
	[ ! -s "$RUN/pinged" ]
	# Nor at the DNS's address, with a port that is not DNS's.
	if asks "$GUEST" '[fec0::3]' 9; then return 1; fi
	if asks "$GUEST" 10.0.2.3 9; then return 1; fi
	# They did come as far as here: with the option they are answered.
	end_slirp
	ip netns del "$GUEST"
	ours --allow-host-loopback
	says "$GUEST" 10.0.2.2 9 loopback
	in_guest sysctl -qw net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.tap0.route_localnet=1
	in_guest ip addr flush dev lo
	in_guest ip route add 127.0.0.0/8 via 10.0.2.2 src 10.0.2.15
	says "$GUEST" 127.0.0.1 9 loopback
}

# bats test_tags=nosanitizers
@test "a guest that uses all descriptors up: whoever waits for it costs no time" {
	local i pid before after
	service 192.0.2.1 80 web
	background ip netns exec "$NS" python3 -c '
import socket, time
s = socket.create_server(("192.0.2.1", 81), backlog=200)
time.sleep(50)'
	SLIRP_UNDER="prlimit --nofile=64:64" ours --control "$RUN/control" --hostfwd tcp:127.0.0.1:2201-:22 \
		--guestfwd tcp:10.0.2.99:8080-tcp:192.0.2.1:80
	background ip netns exec "$GUEST" socat TCP-LISTEN:22,fork,reuseaddr 'SYSTEM:echo guest'
	listens "$GUEST" 22
	says "$NS" 127.0.0.1 2201 guest
	pid=$(pgrep -o -f "^$SLIRP --listen unix:$RUN/")
	background timeout 120 ip netns exec "$GUEST" python3 -c '
import socket, sys, time
def open(port, address="192.0.2.1"):
    s = socket.socket()
    s.setblocking(False)
    s.connect_ex((address, port))
    return s
# Some of them by the forward, which takes two descriptors here.
s = [open(8080, "10.0.2.99") for i in range(20)] + [open(81) for i in range(80)]
time.sleep(8)'
	wait_until test -e "/proc/$pid/fd/63"
	[ -e "/proc/$pid/fd/63" ]
	background timeout 60 ip netns exec "$NS" socat -T 20 - TCP:127.0.0.1:2201 </dev/null
	control slirp-status "$RUN/control" >/dev/null
	sleep 0.5
	before=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	sleep 1
	after=$(awk '{ print $14 + $15 }' "/proc/$pid/stat")
	echo "# $((after - before))/100 s" >&3
	[ $((after - before)) -lt 30 ]
	# And when there are some again, it is served.
	wait_until eval '[ "$(asks "$NS" 127.0.0.1 2201)" = guest ]'
	says "$NS" 127.0.0.1 2201 guest
	wait_until eval '[ "$(asks "$GUEST" 10.0.2.99 8080)" = web ]'
}

# ---- taps

# The namespace is process $1's; as whoever made it.
inside() {
	timeout -k 5 60 "$NG_TOOLS/as-user" alice nsenter -t "$1" -U --preserve-credentials -n -- "${@:2}"
}

@test "a tap of a namespace that the user made, and its end with the process" {
	local process slirp
	service 192.0.2.1 80 web
	background ip netns exec "$NS" "$NG_TOOLS/as-user" alice unshare -Urn sleep 100
	process=$PID
	wait_until inside "$process" ip link show lo
	slirp --tap eth0 --netns "$process" --control "$RUN/control" --hostfwd udp:127.0.0.1:2201-:22
	slirp=$PID
	# Where it has been is not where it is.
	[ "$(readlink "/proc/$slirp/ns/net")" = "$(in_ns readlink /proc/self/ns/net)" ]
	[ "$(readlink "/proc/$slirp/ns/user")" = "$(readlink /proc/self/ns/user)" ]
	inside "$process" sh -ec 'ip link set eth0 up; ip addr add 10.0.2.15/24 dev eth0; ip route add default via 10.0.2.2'
	inside "$process" ping -c 2 -i 0.2 -W 5 10.0.2.2
	[ "$(inside "$process" socat -t 5 -T 5 - TCP:192.0.2.1:80 </dev/null)" = web ]
	# What goes while the interface is down is lost, and nothing more.
	inside "$process" ip link set eth0 down
	loses() {
		echo lost | in_ns socat -u - UDP:127.0.0.1:2201
		control slirp-status --json "$RUN/control" | jq -e '.guest.dropped > 0'
	}
	wait_until loses
	inside "$process" ip link set eth0 up
	inside "$process" ip route add default via 10.0.2.2
	[ "$(inside "$process" socat -t 5 -T 5 - TCP:192.0.2.1:80 </dev/null)" = web ]
	run --separate-stderr in_ns "$NG_TOOLS/as-user" alice "$SLIRP" --tap lo --netns "$process"
	[ "$status" -eq 1 ]
	[[ $stderr == *"--tap: 'lo' is there, but no tap of one queue" ]]
	run --separate-stderr in_ns "$NG_TOOLS/as-user" alice "$SLIRP" --tap eth0 --netns "$process"
	[ "$status" -eq 1 ]
	[[ $stderr == *"--tap: cannot use the tap 'eth0': Device or resource busy" ]]
	run --separate-stderr in_ns "$NG_TOOLS/as-user" alice "$SLIRP" --tap eth1 --netns $$
	[ "$status" -eq 1 ]
	[[ $stderr == *"--tap: cannot open the network namespace of '$$': Permission denied" ]]
	run --separate-stderr ip netns exec "$NS" "$SLIRP" --tap eth1 --netns "$process"
	[ "$status" -eq 1 ]
	[[ $stderr == *"--tap: '$process' is in a namespace of user 62001's, who has to start this" ]]
	run --separate-stderr in_ns "$NG_TOOLS/as-user" alice "$SLIRP" --tap eth1 --netns /proc/self/ns/net
	[ "$status" -eq 1 ]
	[[ $stderr == *"--tap: '/proc/self/ns/net' is in this network namespace" ]]
	# By its file, too.
	background timeout 150 ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$SLIRP" --tap eth1 --netns "/proc/$process/ns/net"
	wait_until inside "$process" ip link show eth1
	# It does not end with the process; and timeout(1), killed, would leave it.
	kill "$PID"
	wait "$PID" || :
	kill "$process"
	# LeakSanitizer, which cannot work in the sandbox, makes it another status.
	wait "$slirp" || [ -n "${NG_SANITIZERS-}" ]
}

# by_descriptor FLAGS: of a tap that somebody left as QEMU would, who takes whole segments that
# nobody summed up.
by_descriptor() {
	local slirp i
	service 192.0.2.1 80 web
	ip netns add "$GUEST"
	in_guest ip link set lo up
	mkfifo "$RUN/ready"
	background ip netns exec "$GUEST" python3 -c '
import fcntl, os, struct, sys
def tap(flags):
    fd = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", b"tap0", flags))
    return fd
fd = tap(0x5002)
fcntl.ioctl(fd, 0x400454D0, 7)
fcntl.ioctl(fd, 0x400454CB, 1)
os.close(fd)
os.dup2(tap(int(sys.argv[1], 16)), 7)
os.dup2(os.open(sys.argv[2] + "/ready", os.O_WRONLY), 9)
os.execvp("ip", ["ip", "netns", "exec"] + sys.argv[3:] + ["--fd", "7", "--ready-fd", "9"])' \
		"$1" "$RUN" "$NS" "$NG_TOOLS/as-user" alice "$SLIRP"
	slirp=$PID
	timeout 120 cat "$RUN/ready" >"$RUN/is-ready"
	[ -s "$RUN/is-ready" ]
	in_guest ip link set tap0 up
	in_guest ip addr add 10.0.2.15/24 dev tap0
	in_guest ip route add default via 10.0.2.2
	wait_until in_guest ping -c 2 -i 0.2 -W 5 10.0.2.2
	says "$GUEST" 192.0.2.1 80 web
	background ip netns exec "$NS" socat -u TCP-LISTEN:81,bind=192.0.2.1 "CREATE:$RUN/came"
	listens "$NS" 81
	head -c 1000000 /dev/zero | in_guest socat -u - TCP:192.0.2.1:81
	wait_until eval '[ "$(stat -c %s "$RUN/came" || echo 0)" -ge 1000000 ]'
	[ "$(stat -c %s "$RUN/came")" -eq 1000000 ]
	in_guest ip link del tap0
	# LeakSanitizer, which cannot work in the sandbox, makes it another status.
	wait "$slirp" || [ -n "${NG_SANITIZERS-}" ]
}

@test "a tap by its descriptor; it ends with the interface" { by_descriptor 1002; }

@test "a tap by its descriptor, with a header before each frame" { by_descriptor 5002; }

# ---- the network

@test "every piece of the network can be set" {
	service 192.0.2.1 80 web
	slirp --listen "unix:$RUN/sock" --net 172.20.0.0/16 --host 172.20.9.9 --dns 172.20.9.10 --dhcpstart 172.20.1.1 \
		--hostname box --domain example.test --dns-search a.test --dns-search b.test \
		--ipv6-net fd00:1::/64 --ipv6-host fd00:1::99 --ipv6-dns fd00:1::53 --mtu 9000 \
		--tftp "$RUN" --bootfile boot/file --tftp-server-name tftpd
	guest "stream,server=off,addr.type=unix,addr.path=$RUN/sock"
	in_guest ip addr flush dev tap0 scope global
	printf '%s\n' '#!/bin/sh' 'set >"$OUT.$1"' >"$RUN/script"
	chmod +x "$RUN/script"
	OUT=$RUN/dhcp in_guest busybox udhcpc -i tap0 -n -q -f -t 30 -T 1 -O search -O bootfile -O tftp -s "$RUN/script"
	for line in "ip='172.20.1.1'" "mask='16'" "router='172.20.9.9'" "dns='172.20.9.10'" "hostname='box'" \
		"domain='example.test'" "search='a.test b.test'" "boot_file='boot/file'"; do
		grep -qxF "$line" "$RUN/dhcp.bound" || { echo "$line"; cat "$RUN/dhcp.bound"; return 1; } >&2
	done
	in_guest ip addr add 172.20.1.1/16 dev tap0
	in_guest ip route add default via 172.20.9.9
	in_guest ip link set tap0 mtu 9000
	wait_until in_guest ping -c 1 -W 5 -s 8000 172.20.9.9
	# A link that comes up asks for the router's advertisement.
	in_guest sh -c 'ip link set tap0 down; ip link set tap0 up'
	wait_until eval 'in_guest ip -6 addr show dev tap0 | grep -q "inet6 fd00:1::"'
	wait_until in_guest ping -c 1 -W 5 fd00:1::99
	in_guest ip addr replace 172.20.1.1/16 dev tap0
	in_guest ip route replace default via 172.20.9.9
	says "$GUEST" 192.0.2.1 80 web
}

@test "ping goes out where net.ipv4.ping_group_range allows; netgrant check says so" {
	ours
	in_ns sysctl -qw net.ipv4.ping_group_range='1 0'
	wait_until in_guest ping -c 1 -W 5 10.0.2.2
	if in_guest ping -c 1 -W 2 192.0.2.1; then return 1; fi
	run control check
	[[ $output == *"can ping nothing but their router; to allow it: sysctl -w net.ipv4.ping_group_range='0 2147483647'" ]]
	in_ns sh -c "$(sed -n 's/.*to allow it: //p' <<<"$output")"
	wait_until in_guest ping -c 1 -W 5 192.0.2.1
	run control check
	[[ $output == *'guests behind your netgrant-slirp can ping out' ]]
}

@test "fragments: in order they are one datagram; in another order they hurt nobody" {
	ours
	background ip netns exec "$NS" socat UDP-LISTEN:7,bind=192.0.2.1,fork PIPE
	wait_until eval '[ -n "$(in_ns ss -Hlnu "sport = 7")" ]'
	wait_until in_guest ping -c 1 -W 10 -s 5000 10.0.2.2
	# libslirp 4.7.0 crashes at the first of these, and QEMU with it.
	in_guest python3 - <<-'EOF'
		import socket, struct
		def packet(offset, more, length, identification):
		    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + length, identification, more << 13 | offset, 64, 17, 0,
		                       bytes([10, 0, 2, 15]), bytes([192, 0, 2, 1]))
		    total = sum(struct.unpack(">10H", head))
		    total = (total & 0xFFFF) + (total >> 16)
		    return head[:10] + struct.pack(">H", ~(total + (total >> 16)) & 0xFFFF) + head[12:] + bytes(length)
		s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
		s.bind(("tap0", 0))
		for packet in (packet(1, 0, 120, 1), packet(15, 0, 120, 2), packet(0, 1, 120, 2), packet(1, 0, 0, 3), packet(0, 1, 0, 3)):
		    s.send(bytes.fromhex("52550a000202525400000001") + b"\x08\0" + packet)
	EOF
	[ "$(head -c 4000 /dev/zero | tr '\0' x | in_guest socat -b 8000 -t 10 -T 10 - UDP:192.0.2.1:7 | wc -c)" = 4000 ]
	wait_until in_guest ping -c 1 -W 10 10.0.2.2
}

@test "the commands of the README and of the page" {
	local page=$BATS_TEST_DIRNAME/../man/netgrant-slirp.1 command line
	mkdir -p /run/user/1000
	chown alice /run/user/1000
	as() {
		as_user alice env PATH="$NG_PREFIX/bin:$PATH" XDG_RUNTIME_DIR=/run/user/1000 "$@"
	}
	command=$(sed -n 's/^    \(netgrant-slirp --listen .*\) &$/\1/p' "$BATS_TEST_DIRNAME/../README.md")
	[ -n "$command" ]
	background timeout 150 ip netns exec "$NS" "$NG_TOOLS/as-user" alice env PATH="$NG_PREFIX/bin:$PATH" \
		sh -c "exec $command"
	listens "$NS" 2222
	in_ns ss -Hlx | grep -q /run/user/1000/vm1
	kill "$PID"
	wait "$PID" || :
	command=$(sed -n '/^netgrant-slirp --listen/,/&$/p' "$page" | sed 's/\\e$/\\/; s/ &$//')
	background timeout 150 ip netns exec "$NS" "$NG_TOOLS/as-user" alice env PATH="$NG_PREFIX/bin:$PATH" \
		XDG_RUNTIME_DIR=/run/user/1000 sh -c "exec $command"
	wait_until as netgrant slirp-status /run/user/1000/vm1.ctl
	[ "$(grep -c '^netgrant slirp-' "$page")" -eq 3 ]
	while read -r line; do
		as sh -c "$line" </dev/null
	done < <(grep '^netgrant slirp-' "$page")
	[ "$(as netgrant slirp-status --json /run/user/1000/vm1.ctl | jq -c .forwards)" = '["hostfwd=tcp:127.0.0.1:2222-:22"]' ]
	kill "$PID"
	rm -rf /run/user
}

# ---- a shared folder

# share: lists it, writes a file to it and reads one.
share() {
	local user
	mkdir -p -m 0777 "$RUN/share"
	echo hello >"$RUN/share/from-host"
	echo from the guest >"$RUN/up"
	wait_until eval "in_guest smbclient -N -s /dev/null -c 'put $RUN/up from-guest; get from-host $RUN/down; ls' '\\\\10.0.2.4\\qemu' >'$RUN/smb.out' 2>&1" || { cat "$RUN/smb.out" >&2; return 1; }
	grep -q from-host "$RUN/smb.out"
	[ "$(cat "$RUN/down")" = hello ]
	[ "$(cat "$RUN/share/from-guest")" = 'from the guest' ]
	wait_until eval "in_guest smbclient -N -s /dev/null -g -L 10.0.2.4 | grep '^Disk|qemu|'"
	# Nothing out of the folder.
	if in_guest smbclient -N -s /dev/null -c "get ../up $RUN/out" '\\10.0.2.4\qemu'; then return 1; fi
	[ ! -e "$RUN/out" ]
}

# servers: the processes of smbd that our netgrant-slirp has started.
servers() { here -u alice -f '^/usr/sbin/smbd .*netgrant-smb' | grep .; }

# smb_folder: theirs, by the command line of one that has not ended meanwhile.
smb_folder() {
	local pid
	for pid in $(servers); do tr '\0' '\n' <"/proc/$pid/cmdline"; done 2>/dev/null |
		sed -n 's|.*\(/tmp/netgrant-smb[^/]*\)/smb.conf.*|\1|p' | head -n 1 | grep .
}

@test "a folder is shared by smbd, as the user, and all of it is gone with us" {
	local folder
	mkdir -p -m 0777 "$RUN/share"
	ours --smb "$RUN/share"

	share
	[ "$(stat -c %U "$RUN/share/from-guest")" = alice ]
	# One that is in use.
	background ip netns exec "$GUEST" socat TCP:10.0.2.4:445 'SYSTEM:sleep 30'
	wait_until smb_folder
	folder=$(smb_folder)
	[ "$(stat -c '%a %U' "$folder")" = '700 alice' ]
	end_slirp
	wait_until no test -d "$folder"
	[ ! -e "$folder" ]
	wait_until no pgrep -f "$folder"
}

@test "a folder is shared, and gone, whoever ignores children's ends" {
	local folder i
	mkdir -p -m 0777 "$RUN/share"
	SLIRP_UNDER="env --ignore-signal=CHLD" ours --smb "$RUN/share"
	# Each takes a server; there are 16 places.
	for ((i = 0; i < 20; i++)); do
		# Samba says NT_STATUS_NO_MEMORY now and then, on a machine that has much else to do.
		wait_until in_guest smbclient -N -s /dev/null -c ls '\\10.0.2.4\qemu'
	done
	background ip netns exec "$GUEST" socat TCP:10.0.2.4:445 'SYSTEM:sleep 30'
	wait_until smb_folder
	folder=$(smb_folder)
	[ -d "$folder" ]
	end_slirp
	wait_until no test -d "$folder"
	[ ! -e "$folder" ]
	wait_until no pgrep -f "$folder"
}

@test "the same folder, behind QEMU's own user network" {
	local i
	mkdir -p -m 0777 "$RUN/share"
	# shellcheck disable=SC2086 # words are wanted
	background ip netns exec "$NS" "$NG_TOOLS/as-user" alice $HUB \
		-netdev "user,id=u,smb=$RUN/share" -netdev hubport,hubid=0,id=hu,netdev=u \
		-netdev "stream,id=t,server=on,addr.type=unix,addr.path=$RUN/sock" -netdev hubport,hubid=0,id=ht,netdev=t
	wait_until test -S "$RUN/sock"
	guest "stream,server=off,addr.type=unix,addr.path=$RUN/sock"

	share
}

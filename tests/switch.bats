#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# netgrant-switch: each kind of port, what it learns, what it says of itself.
bats_require_minimum_version 1.5.0
# On a busy machine, or with sanitizers, some take more than a minute.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-400}

# shellcheck disable=SC2154 # bats sets status, output and stderr
load lib
load switch

setup() { switch_setup; }
teardown() {
	netns_end "$NS-b"
	switch_teardown
}

@test "every kind of port reaches every other kind" {
	switch a "listen:unix:$D/u" listen:tcp:127.0.0.1:5558 'listen:tcp:[::1]:5559' \
		"dgram:unix:$D/q,$D/p" udp:127.0.0.1:6001,127.0.0.1:6002 'udp:[::1]:6003,[::1]:6004' \
		mcast:230.0.0.9:5560,local=127.0.0.1
	peers <<-'EOF'
		plugs = [Plug(spec, n) for n, spec in enumerate((
		    f"unix:{D}/u", "tcp:127.0.0.1:5558", "tcp:::1:5559", f"dgram:{D}/p,{D}/q",
		    "udp:127.0.0.1:6002,127.0.0.1:6001", "udp:::1:6004,::1:6003", "mcast:230.0.0.9:5560"))]
		time.sleep(0.3)
		group = plugs[-1]
		for a in plugs:
		    others = [b for b in plugs if b is not a]
		    said = a.send(text=b"hello")
		    if a is group:
		        a.expect(said)  # members hear themselves
		    for b in others:
		        b.expect(said)
		    for b in others:
		        # Each has been heard by now, or is the first one's, which is flooded.
		        answer = b.send(a.mac, b"answer")
		        a.expect(answer)
		        if b is group:
		            b.expect(answer)
		for a in plugs:
		    a.silent(0.1)
	EOF
	[[ "$(statistics a)" == *"group mcast:230.0.0.9:5560,local=127.0.0.1: in 7 frames "* ]]
	finish a TERM
}

@test "unicast goes to one, broadcast and the unknown to all; a hub repeats all" {
	switch a "listen:unix:$D/u"
	switch h --hub "listen:unix:$D/h"
	peers <<-'EOF'
		a, b, c = (Plug(f"unix:{D}/u", n) for n in range(3))
		time.sleep(0.5)
		hear(a, b, c)
		b.expect(a.send(b.mac, b"for b"))
		c.silent()
		unknown = a.send(mac(99), b"for nobody")
		b.expect(unknown)
		c.expect(unknown)
		a.silent(0.1)
		# A station that moves is found where it spoke last.
		said = c.send(text=b"I am b now", src=b.mac)
		a.expect(said)
		b.expect(said)
		c.expect(a.send(b.mac, b"for the new b"))
		b.silent()
		# From a group address nothing comes.
		a.send(text=b"bad", src=b"\x01" + a.mac[1:])
		b.silent(0.2)
		a, b, c = (Plug(f"unix:{D}/h", n) for n in range(3))
		time.sleep(0.5)
		hear(a, b, c)
		for plug in (b, c):
		    while plug.recv(0.2):
		        pass
		said = a.send(b.mac, b"for b")
		b.expect(said)
		c.expect(said)
	EOF
}

@test "addresses are forgotten after --age" {
	switch a --age 1 "listen:unix:$D/u"
	peers <<-'EOF'
		a, b, c = (Plug(f"unix:{D}/u", n) for n in range(3))
		time.sleep(0.5)
		hear(a, b, c)
		time.sleep(2.2)
		said = a.send(b.mac, b"where are you?")
		b.expect(said)
		c.expect(said)
	EOF
}

@test "isolated ports reach the others only" {
	switch a "listen:unix:$D/u" "listen:unix:$D/i,isolated"
	peers <<-'EOF'
		a = Plug(f"unix:{D}/u", 1)
		b, c = (Plug(f"unix:{D}/i", n) for n in (2, 3))
		time.sleep(0.5)
		hear(a, b)
		c.recv()
		said = c.send(text=b"hello")
		a.expect(said)
		b.silent()
		c.send(b.mac, b"for b")
		b.silent()
		a.silent(0.1)
		b.expect(a.send(b.mac, b"for b"))
	EOF
}

@test "frames of 14 to 69632 bytes pass, on streams in any pieces; runts do not" {
	switch a "listen:unix:$D/u" listen:tcp:127.0.0.1:5558
	peers <<-'EOF'
		a, b = Plug(f"unix:{D}/u", 1), Plug("tcp:127.0.0.1:5558", 2)
		time.sleep(0.5)
		for length in (14, 60, 1514, 9000, 65536, 69632):
		    b.expect(a.send(length=length))
		    a.expect(b.send(length=length))
		frames = [frame(b.mac, a.mac, bytes([n]), 14 + 97 * n) for n in range(40)]
		stream = b"".join(struct.pack(">I", len(f)) + f for f in frames)
		for step in (1, 3, 7, 1000, len(stream)):
		    for at in range(0, len(stream), step):
		        a.raw(stream[at : at + step])
		    for f in frames:
		        b.expect(f)
		a.raw(b"".join(struct.pack(">I", n) + bytes(n) for n in (0, 1, 13)))
		b.expect(a.send(b.mac, b"and on"))
		b.silent(0.1)
	EOF
	[[ "$(statistics a)" == *"bad 3 "* ]]
}

@test "no frame is lost between two streams, however slow one reads" {
	switch a "listen:unix:$D/u" listen:tcp:127.0.0.1:5558
	peers <<-'EOF'
		import threading
		for spec in f"unix:{D}/u", "tcp:127.0.0.1:5558":
		    a, b = Plug(f"unix:{D}/u", 1), Plug(spec, 2)
		    time.sleep(0.5)
		    b.send()
		    a.recv()
		    def send():
		        for n in range(20000):
		            a.send(b.mac, n.to_bytes(4, "big"), 1514)
		    a.sock.settimeout(40)
		    sender = threading.Thread(target=send)
		    sender.start()
		    for n in range(20000):
		        assert b.recv(40)[14:18] == n.to_bytes(4, "big"), n
		        if n % 4000 == 0:
		            time.sleep(0.1)
		    sender.join()
		    a.close()
		    b.close()
	EOF
	[[ "$(statistics a)" == *"gone, 4 ports: "*" full 0 "* ]]
}

@test "connect: made again after the other end went, with growing intervals" {
	switch a "listen:unix:$D/u" connect:tcp:127.0.0.1:5558 "connect:unix:$D/late"
	peers <<-'EOF'
		def listen(family, address):
		    s = socket.socket(family)
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		    s.bind(address)
		    s.listen(1)
		    s.settimeout(40)
		    return s
		a = Plug(f"unix:{D}/u", 1)
		time.sleep(0.5)
		tcp = listen(socket.AF_INET, ("127.0.0.1", 5558))
		unix = listen(socket.AF_UNIX, f"{D}/late")
		os.chmod(f"{D}/late", 0o777)
		b, c = Plug(tcp.accept()[0], 2), Plug(unix.accept()[0], 3)
		time.sleep(0.5)
		hear(a, b, c)
		for _ in range(2):
		    b.close()
		    b = Plug(tcp.accept()[0], 2)
		    time.sleep(0.5)
		    said = a.send(text=b"again")
		    b.expect(said)
		    c.expect(said)
	EOF
}

@test "a group: our own frames are not heard again, others' on this host are" {
	switch a "listen:unix:$D/u" mcast:230.0.0.9:5560,local=127.0.0.1
	switch b "listen:unix:$D/v" mcast:230.0.0.9:5560,local=127.0.0.1
	peers <<-'EOF'
		a, b, m = Plug(f"unix:{D}/u", 1), Plug(f"unix:{D}/v", 2), Plug("mcast:230.0.0.9:5560", 3)
		time.sleep(0.5)
		said = a.send(text=b"hello")
		b.expect(said)
		m.expect(said)
		said = m.send(text=b"from the group")
		m.expect(said)
		a.expect(said)
		b.expect(said)
		for plug in (a, b, m):
		    plug.silent(0.2)
	EOF
	[[ "$(statistics a)" == *"own 1 "* ]]
	[[ "$(statistics b)" == *"own 0 "* ]]
}

@test "an IPv6 group: on the interface that has the local address" {
	local i command
	ip netns add "$NS-b"
	ip -n "$NS-b" link set lo up
	for i in 0 1; do
		in_ns ip link add "wire$i" type veth peer name "wire$i" netns "$NS-b"
		for command in "$NS 1" "$NS-b 2"; do
			ip -n "${command% *}" addr add "fd00:$i::${command#* }/64" dev "wire$i" nodad
			ip -n "${command% *}" link set "wire$i" up
		done
	done
	for i in 0 1; do
		switch "a$i" "listen:unix:$D/a$i" "mcast:[ff15::9]:556$i,local=fd00:$i::1"
		SWITCH_NS=$NS-b switch "b$i" "listen:unix:$D/b$i" "mcast:[ff15::9]:556$i,local=fd00:$i::2"
		# Members there, and nowhere else.
		in_ns ip -6 maddr show dev "wire$i" | grep -w ff15::9
		[ "$i" -eq 1 ] || no eval 'in_ns ip -6 maddr show dev wire1 | grep -w ff15::9'
	done
	peers <<-'EOF'
		for i in range(2):
		    other = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
		    other.bind((f"wire{1 - i}", 3))
		    other.setblocking(False)
		    a, b = Plug(f"unix:{D}/a{i}", 1), Plug(f"unix:{D}/b{i}", 2)
		    for _ in range(200):  # the interface may not have a route yet
		        said = a.send(text=b"hello")
		        if b.recv(0.3) == said:
		            break
		    else:
		        raise AssertionError("never heard")
		    said = b.send(a.mac, b"answer")
		    while (got := a.recv(12)) != said:
		        assert got
		    seen = []
		    while True:
		        try:
		            seen.append(other.recv(4096))
		        except BlockingIOError:
		            break
		    assert not any(b"hello" in packet for packet in seen)
	EOF
	# Unlike this one, which nobody has.
	run --separate-stderr as_user alice "$SWITCH" "mcast:[ff15::9]:5560,local=fd00:2::1"
	[ "$status" -eq 1 ]
	[ "$stderr" = "netgrant-switch: 'mcast:[ff15::9]:5560,local=fd00:2::1': Cannot assign requested address" ]
}

@test "datagrams: a peer may come late, go, and come again; none of length zero is sent" {
	switch a "listen:unix:$D/u" "dgram:unix:$D/q,$D/p" udp:127.0.0.1:6001,127.0.0.1:6002
	peers <<-'EOF'
		a = Plug(f"unix:{D}/u", 1)
		time.sleep(0.5)
		a.send(text=b"nobody is there")
		time.sleep(0.3)
		for n in range(3):
		    b, c = Plug(f"dgram:{D}/p,{D}/q", 2), Plug("udp:127.0.0.1:6002,127.0.0.1:6001", 3)
		    said = a.send(text=b"hello")
		    b.expect(said)
		    c.expect(said)
		    for data in (b"", b"x" * 13):
		        b.raw(data)
		        c.raw(data)
		    a.raw(struct.pack(">I", 0))
		    b.expect(a.send(b.mac, b"b") if n else c.send(b.mac, b"b"))
		    c.recv(0.1)
		    a.recv(0.1)
		    b.close()
		    c.close()
		    time.sleep(2.2)
		    # The new one speaks first.
		    b = Plug(f"dgram:{D}/p,{D}/q", 2)
		    a.expect(b.send(text=b"I am new"))
		    b.close()
	EOF
}

@test "fd: sockets, a listener, a tap with and without a header" {
	in_ns ip tuntap add tap0 mode tap
	in_ns ip tuntap add tap1 mode tap vnet_hdr
	for tap in tap0 tap1; do in_ns ip link set "$tap" up addrgenmode none; done
	peers "SWITCH=$SWITCH" <<-'EOF'
		import fcntl
		import subprocess
		def tap(name, flags):
		    fd = os.open("/dev/net/tun", os.O_RDWR)
		    fcntl.ioctl(fd, 0x400454CA, struct.pack("16sH22x", name, flags))
		    return fd
		pair, dgram = socket.socketpair(), socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
		listener = socket.socket(socket.AF_UNIX)
		listener.bind(f"{D}/l")
		listener.listen(5)
		ready, tell = os.pipe()
		fds = [pair[1].fileno(), dgram[1].fileno(), listener.fileno(), tap(b"tap0", 0x1002), tap(b"tap1", 0x5002), tell]
		switch = subprocess.Popen([os.environ["SWITCH"], "--ready-fd", str(tell)] + [f"fd:{n}" for n in fds[:-1]], pass_fds=fds)
		os.read(ready, 1)
		def packet(name):
		    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x88B5)
		    s.bind((name, 0x88B5))
		    return s
		a, b, c = Plug(pair[0], 1), Plug(dgram[0], 2), Plug(f"unix:{D}/l", 3)
		time.sleep(0.5)
		d, e = Plug(packet("tap0"), 4), Plug(packet("tap1"), 5)
		while d.recv(0.2) or e.recv(0.2):
		    pass
		for plug in (a, b, c, d, e):
		    hear(plug, *(other for other in (a, b, c, d, e) if other is not plug))
		    for tap in (d, e):
		        while tap.recv(0.1):
		            pass
		switch.terminate()
		assert switch.wait(60) == 0
	EOF
}

# bats test_tags=nosanitizers
@test "many streams with a frame each: what comes next is let gather; one alone never waits" {
	SWITCH_UNDER="strace -o $D/trace -e trace=ppoll" switch a "listen:unix:$D/u"
	here -f "^$SWITCH --ready-fd" >"$D/a.pid"
	cat "$D/a.pid" >>"$BATS_TEST_TMPDIR/pids"
	peers <<-'EOF'
		import signal
		switch = int(open(f"{D}/a.pid").read())
		waits = lambda: open(f"{D}/trace").read().count("ppoll(")
		plugs = [Plug(f"unix:{D}/u", n) for n in range(9)]
		time.sleep(0.3)
		hear(*plugs)
		# There and back, and much in one write: neither is what waiting would help.
		a, b = plugs[:2]
		before = waits()
		for n in range(20):
		    b.expect(a.send(b.mac, b"ping"))
		    a.expect(b.send(a.mac, b"pong"))
		frames = [frame(b.mac, a.mac, bytes([n])) for n in range(64)]
		a.raw(b"".join(struct.pack(">I", len(f)) + f for f in frames))
		for f in frames:
		    b.expect(f)
		assert waits() == before, waits()
		def stop():
		    os.kill(switch, signal.SIGSTOP)
		    while open(f"/proc/{switch}/stat").read().rsplit(")", 1)[1].split()[0] not in "tT":
		        time.sleep(0.01)
		# Nor is it when nine ports do so at once.
		for n in range(3):
		    stop()
		    sent = [(to, plug.send(to.mac, b"one")) for plug, to in zip(plugs, plugs[1:] + plugs[:1])]
		    os.kill(switch, signal.SIGCONT)
		    for to, f in sent:
		        to.expect(f)
		assert waits() == before, waits()
		# Two frames each, in one turn.
		stop()
		sent = [(to, plug.send(to.mac, bytes([n]))) for n in range(2) for plug, to in zip(plugs, plugs[1:] + plugs[:1])]
		os.kill(switch, signal.SIGCONT)
		for to, f in sent:
		    to.expect(f)
		time.sleep(0.5)
		assert waits() == before + 1, waits()
	EOF
}

@test "--allow and --max-peers turn clients away" {
	switch a --allow 127.0.0.0/30 --allow ::1 --max-peers 2 listen:tcp::5558 "listen:unix:$D/u"
	peers <<-'EOF'
		stranger = socket.socket()
		stranger.bind(("127.0.0.4", 0))
		stranger.connect(("127.0.0.1", 5558))
		assert Plug(stranger).ended()
		a, b = Plug("tcp:127.0.0.1:5558", 1), Plug("tcp:::1:5558", 2)
		time.sleep(0.5)
		hear(a, b)
		assert Plug(f"unix:{D}/u", 3).ended()
		b.close()
		time.sleep(0.5)
		hear(a, Plug(f"unix:{D}/u", 3))
	EOF
	[[ "$(statistics a)" == *"(3 ever, 2 refused)"* ]]
}

@test "--allow is asked for datagrams of a group, too" {
	switch a --allow 192.0.2.0/24 "listen:unix:$D/u" mcast:230.0.0.9:5560,local=127.0.0.1
	peers <<-'EOF'
		a, m = Plug(f"unix:{D}/u", 1), Plug("mcast:230.0.0.9:5560", 2)
		time.sleep(0.5)
		m.send(text=b"let me in")
		a.silent()
	EOF
	[[ "$(statistics a)" == *"denied 1"* ]]
}

@test "--pcap: tshark reads the frames, each on the interface it came by" {
	command -v tshark >/dev/null || skip "no tshark"
	switch a --pcap "$D/c.pcapng" "listen:unix:$D/u" "dgram:unix:$D/q,$D/p"
	peers <<-'EOF'
		a, b = Plug(f"unix:{D}/u", 1), Plug(f"dgram:{D}/p,{D}/q", 2)
		time.sleep(0.5)
		b.expect(a.send(text=b"one"))
		a.expect(b.send(a.mac, b"two", 1514))
		b.expect(a.send(b.mac, b"three", 61))
	EOF
	finish a TERM
	[ "$(stat -c %a "$D/c.pcapng")" = 600 ]
	run -0 --separate-stderr tshark -r "$D/c.pcapng" -T fields -e frame.interface_name -e frame.len -e eth.src
	[ "${#lines[@]}" = 3 ] || { echo "$output" >&2; return 1; }
	[ "${lines[0]}" = "listen:unix:$D/u#1	60	52:54:00:00:00:01" ]
	[ "${lines[1]}" = "dgram:unix:$D/q,$D/p	1514	52:54:00:00:00:02" ]
	[ "${lines[2]}" = "listen:unix:$D/u#1	61	52:54:00:00:00:01" ]
}

@test "--control and switch-status, in text and JSON; only for its owner" {
	switch a --control "$D/c" "listen:unix:$D/u"
	peers <<-'EOF'
		a, b = Plug(f"unix:{D}/u", 1), Plug(f"unix:{D}/u", 2)
		time.sleep(0.5)
		hear(a, b)
		time.sleep(0.1)
	EOF
	run -0 as_user alice "$NETGRANT_BIN" switch-status "$D/c"
	[ "${lines[0]}" = "switch, 0 ports, 0 addresses, 0 clients (2 ever, 0 refused)" ]
	[[ "${lines[1]}" == "gone, 2 ports: in 2 frames 120 bytes, out 2 frames 120 bytes, dropped: full 0 "* ]]
	in_ns python3 -c 'import socket, sys, time; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); time.sleep(30)' "$D/u" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	one_client() {
		run -0 as_user alice "$NETGRANT_BIN" switch-status --json "$D/c"
		[[ "$output" == *'"clients":1,'* ]]
	}
	wait_until one_client
	python3 -c '
import json, sys
s = json.loads(sys.argv[1])
assert s["mode"] == "switch" and s["clients"] == 1, s
assert s["ports"][0]["kind"] == "stream" and s["ports"][0]["in_frames"] == 0, s' "$output"
	run -1 --separate-stderr as_user bob "$NETGRANT_BIN" switch-status "$D/c"
	[[ "$stderr" == "netgrant: '$D/c': "* ]]
	run -1 --separate-stderr as_user alice "$NETGRANT_BIN" switch-status "$D/none"
	[ "$stderr" = "netgrant: '$D/none': No such file or directory" ]
}

@test "--exit-with: ends quietly when the other end closes" {
	mkfifo "$D/life"
	exec 8<>"$D/life"
	switch a --exit-with 7 "listen:unix:$D/u" 7<"$D/life" 8>&-
	sleep 0.3
	kill -0 "$(cat "$D/a.pid")"
	exec 8>&-
	status=0
	wait "$(cat "$D/a.pid")" || status=$?
	[ "$status" = 0 ]
	[ ! -s "$D/a.err" ]
}

@test "socket activation" {
	peers "SWITCH=$SWITCH" <<-'EOF'
		listener = socket.socket(socket.AF_UNIX)
		listener.bind(f"{D}/l")
		listener.listen(5)
		def start(*ports):
		    child = os.fork()
		    if child == 0:
		        os.dup2(listener.fileno(), 3)
		        os.set_inheritable(3, True)
		        os.environ.update(LISTEN_FDS="1", LISTEN_PID=str(os.getpid()))
		        os.execv(os.environ["SWITCH"], ["netgrant-switch", *ports])
		    return child
		# It is a port already.
		assert os.waitstatus_to_exitcode(os.waitpid(start("fd:3"), 0)[1]) == 2
		child = start()
		a, b = Plug(f"unix:{D}/l", 1), Plug(f"unix:{D}/l", 2)
		time.sleep(0.5)
		hear(a, b)
		os.kill(child, 15)
		assert os.waitpid(child, 0)[1] == 0
	EOF
}

# bats test_tags=nosanitizers
@test "behind its fence: no capability, no new privileges, not dumpable, a filter" {
	switch a "listen:unix:$D/u"
	pid=$(cat "$D/a.pid")
	grep -qx 'CapPrm:	0*' "/proc/$pid/status"
	grep -qx 'NoNewPrivs:	1' "/proc/$pid/status"
	grep -qx 'Seccomp:	2' "/proc/$pid/status"
	# What is not dumpable belongs to root.
	[ "$(stat -c %u "/proc/$pid/mem")" = 0 ]
	# One that root runs has none, either.
	(in_ns "$SWITCH" "listen:unix:$D/root" 3>&- & echo $! >"$D/root.pid")
	wait_until test -S "$D/root"
	pid=$(pgrep -f "listen:unix:$D/root\$" | tail -n 1)
	wait_until grep -qx 'Seccomp:	2' "/proc/$pid/status"
	echo "$pid" >>"$BATS_TEST_TMPDIR/pids"
	grep -qx 'CapEff:	0*' "/proc/$pid/status"
	grep -qx 'CapPrm:	0*' "/proc/$pid/status"
}

@test "one clear error for what is wrong" {
	refuse() { # STATUS TEXT ARGUMENT...
		local status_wanted=$1 text=$2
		shift 2
		run --separate-stderr as_user alice "$SWITCH" "$@"
		[ "$status" = "$status_wanted" ] || { echo "$*: status $status: $stderr" >&2; return 1; }
		[ "$stderr" = "netgrant-switch: $text" ] || { echo "$*: $stderr" >&2; return 1; }
	}
	refuse 2 'no port is given; see netgrant-switch --help'
	refuse 2 "unknown option '--hubs' (did you mean '--hub'?)" --hubs "listen:unix:$D/u"
	refuse 2 "--age: '0' is no number from 1 to 1000000" --age 0
	refuse 2 "option '--pcap' needs a value" --pcap
	refuse 2 "option '--hub' takes no value" --hub=yes
	refuse 2 "--allow: '10.0.0.0/33' is no network; it is an address or ADDRESS/BITS" --allow 10.0.0.0/33
	refuse 2 "--ready-fd: '77' is no open descriptor from 3" --ready-fd 77
	refuse 2 "'fd:77,isolated': descriptor 77 is a port already" fd:77 fd:78 fd:77,isolated
	refuse 2 "'fd:8': descriptor 8 is given to --exit-with, too" fd:8 --exit-with 8 8</dev/null
	refuse 2 "'listen:tcp:5558': the port is missing; it is listen:tcp:HOST:PORT" listen:tcp:5558
	refuse 1 "'listen:tcp:192.0.2.1:5558': Cannot assign requested address" listen:tcp:192.0.2.1:5558
	refuse 1 "'listen:unix:/proc/u': Operation not permitted" listen:unix:/proc/u ||
		refuse 1 "'listen:unix:/proc/u': No such file or directory" listen:unix:/proc/u
	refuse 1 "--pcap: '/no/folder': No such file or directory" --pcap /no/folder "listen:unix:$D/u"
	refuse 1 "--pcap: '/dev/null': Invalid argument" --pcap /dev/null "listen:unix:$D/v"
	switch a "listen:unix:$D/w"
	refuse 1 "'listen:unix:$D/w': Address already in use" "listen:unix:$D/w"
	run -0 as_user alice "$SWITCH" --version
	[[ "$output" == "netgrant-switch "* ]]
	run -0 as_user alice "$SWITCH" --help
	[[ "$output" == "Usage: netgrant-switch [OPTION...] PORT..."* ]]
}

# page_block N: the Nth display of netgrant-switch(1)'s examples.
page_block() {
	sed '1,/^\.Sh EXAMPLES/d; /^\.Sh SEE/,$d' "$BATS_TEST_DIRNAME/../man/netgrant-switch.1" |
		awk -v n="$1" '/^\.Bd/ { i++; on = 1; next } /^\.Ed/ { on = 0 } on && i == n' |
		sed 's/\\e$/\\/; s/qemu-system-x86_64 \.\.\./qemu-system-x86_64 -S -M q35 -nodefaults -display none/'
}

# page_runs PATTERN: those lines of $BLOCK that begin so, as one command in the background, by alice.
page_runs() {
	local command
	command=$(awk -v p="$1" 'index($0, p) == 1 { on = 1 } on { print } on && !/\\$/ { exit }' <<<"$BLOCK")
	[ -n "$command" ]
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice env PATH="$NG_PREFIX/bin:$PATH" XDG_RUNTIME_DIR="$D" \
		sh -c "cd $D && exec $command" 2>>"$D/page.err" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	PAGE_PID=$!
}

# Ends all that this test has started.
switch_stop() {
	local pid
	while read -r pid; do
		kill "$pid" 2>/dev/null || :
		wait "$pid" || :
	done <"$BATS_TEST_TMPDIR/pids"
	: >"$BATS_TEST_TMPDIR/pids"
}

# page_until TEXT: ss, of the sockets in our namespace, says so.
page_until() {
	local i
	local want=$1
	wait_until eval 'in_ns ss -Hanp | grep -q -e "$want"' && return 0
	in_ns ss -Hanp >&2
	cat "$D/page.err" >&2
	return 1
}

@test "the commands of the page" {
	local emulator
	in_ns ip addr add 192.168.0.1/32 dev lo

	# TCP, and a unix socket that leads there.
	BLOCK=$(page_block 1)
	page_runs netgrant-switch
	page_until 'LISTEN.*192.168.0.1:5558.*netgrant-switch'
	page_runs qemu-system-x86_64
	emulator=$PAGE_PID
	page_until 'ESTAB.*192.168.0.1:5558 .*qemu-system'
	BLOCK=$(page_block 3)
	page_runs netgrant-switch
	page_until "LISTEN.*$D/lan .*netgrant-switch"
	page_until '192.168.0.1:5558 *users:(("netgrant-switch'
	page_runs qemu-system-x86_64
	page_until "ESTAB.*$D/lan .*netgrant-switch"
	kill -0 "$PAGE_PID" "$emulator"
	switch_stop

	BLOCK=$(page_block 4)
	page_runs netgrant-switch
	page_until 'LISTEN.*127.0.0.1:5558.*netgrant-switch'
	page_runs qemu-system-x86_64
	page_until 'UNCONN.*230.0.0.1:5558.*qemu-system'
	kill -0 "$PAGE_PID"
	switch_stop

	BLOCK=$(page_block 5)
	page_runs netgrant-switch
	page_until "LISTEN.*$D/lan.ctl .*netgrant-switch"
	page_until "LISTEN.*$D/lan .*netgrant-switch"
	page_runs 'netgrant switch-status'
	wait "$PAGE_PID"
	page_runs tshark
	wait "$PAGE_PID"
}

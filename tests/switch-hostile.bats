#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# netgrant-switch among hostile peers: threats 78 to 80.
bats_require_minimum_version 1.5.0

# shellcheck disable=SC2154 # bats sets status, output and stderr
load lib
load switch

setup() { switch_setup; }
teardown() { switch_teardown; }

# resident NAME: kilobytes of memory that the switch has.
resident() {
	sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB$/\1/p' "/proc/$(cat "$D/$1.pid")/status"
}

@test "framing defects end the connection that has them, and no other" {
	switch a "listen:unix:$D/u"
	peers <<-'EOF'
		a, b = Plug(f"unix:{D}/u", 1), Plug(f"unix:{D}/u", 2)
		time.sleep(0.5)
		hear(a, b)
		for length in (69633, 70000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF):
		    for step in (1, 4):
		        bad = Plug(f"unix:{D}/u", 3)
		        said = bad.send()
		        a.expect(said)
		        b.expect(said)
		        data = struct.pack(">I", length)
		        for at in range(0, 4, step):
		            bad.raw(data[at : at + step])
		        assert bad.ended(), length
		# Those that mean nothing are passed over; those that end half way leave nothing behind.
		for length in (0, 1, 13):
		    bad = Plug(f"unix:{D}/u", 3)
		    bad.raw(struct.pack(">I", length) + bytes(length))
		    said = bad.send()
		    a.expect(said)
		    b.expect(said)
		data = struct.pack(">I", 60) + frame(BROADCAST, mac(3))
		for cut in range(len(data)):
		    bad = Plug(f"unix:{D}/u", 3)
		    bad.raw(data[:cut])
		    bad.close()
		hear(a, b)
		a.silent(0.2)
		b.silent(0.1)
	EOF
	[[ "$(statistics a)" == *"gone, "*" bad 13 "* ]] || { statistics a >&2; return 1; }
}

@test "a frame that comes a byte at a time costs the others nothing" {
	switch a "listen:unix:$D/u"
	peers <<-'EOF'
		a, b, slow = (Plug(f"unix:{D}/u", n) for n in range(3))
		time.sleep(0.5)
		hear(a, b)
		slow.recv()
		data = struct.pack(">I", 69632) + frame(b.mac, slow.mac, length=69632)
		for at in range(0, 69636):
		    slow.raw(data[at : at + 1])
		    if at % 1000 == 0:
		        b.expect(a.send(b.mac))
		b.expect(data[4:])
	EOF
}

# The reads of a turn share memory that is as large as eight of them.
@test "sixty streams at once, each with the rest of a frame in front: no read leaves the memory for reads" {
	switch a --control "$D/c" "listen:unix:$D/u"
	peers "PID=$(cat "$D/a.pid")" <<-'EOF'
		import fcntl, signal, termios
		PID = int(os.environ["PID"])
		def until(what, true):
		    end = time.monotonic() + 60
		    while not true():
		        assert time.monotonic() < end, what
		        time.sleep(0.02)
		def unread(plug):
		    return struct.unpack("i", fcntl.ioctl(plug.sock, termios.TIOCOUTQ, bytes(4)))[0]
		def state():
		    with open(f"/proc/{PID}/stat") as f:
		        return f.read().rsplit(")", 1)[1].split()[0]
		# Nobody's: from a group address, so that each is counted and goes nowhere.
		def one(length):
		    return struct.pack(">I", length) + frame(mac(1), b"\x03" + bytes(5), length=length)
		full = one(60000) * 2 + one(131076 - 2 * 60004 - 4)
		big = one(69632)
		frames = 0
		a, b = Plug(f"unix:{D}/u", 1), Plug(f"unix:{D}/u", 2)
		plugs = [Plug(f"unix:{D}/u", 10 + n) for n in range(60)]
		for plug in plugs:
		    plug.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
		# What fills the memory to within a read, and then, or always, more than is left.
		for late in (7, 0):
		    parts = [n >= late for n in range(60)]
		    for plug, part in zip(plugs, parts):
		        plug.raw(one(60) + (big[:14] if part else b""))
		    until("all is read", lambda: not any(map(unread, plugs)))
		    os.kill(PID, signal.SIGSTOP)
		    until("it stands still", lambda: state() == "T")
		    for n, (plug, part) in enumerate(zip(plugs, parts)):
		        plug.raw((big[14:] if part else b"") + (one(70000 - 4 - 1000) if late and n == late - 1 else full))
		        frames += 1 + part + (1 if late and n == late - 1 else 3)
		    os.kill(PID, signal.SIGCONT)
		    until("all is read", lambda: not any(map(unread, plugs)))
		hear(a, b)
		with open(D + "/frames", "w") as f:
		    f.write(str(frames + 2))
	EOF
	# None has ended before its time, and nothing is missing.
	wait_until eval '[[ "$(statistics a)" == *"gone, 62 ports: in $(cat "$D/frames") "*" bad 0 "* ]]' || { statistics a >&2; return 1; }
}

@test "a million addresses: the table is bounded, and what was known stays known" {
	switch a "listen:unix:$D/u"
	before=$(resident a)
	peers <<-'EOF'
		a, b, bad = (Plug(f"unix:{D}/u", n) for n in range(3))
		time.sleep(0.5)
		hear(a, b)
		bad.recv()
		bad.sock.settimeout(30)
		for block in range(1000):
		    bad.raw(b"".join(struct.pack(">I", 14) + mac(0) + b"\x02" + (block * 1000 + n).to_bytes(5, "big") + b"\x88\xb5"
		            for n in range(1000)))
		while a.recv(0.5):
		    pass
		a.send(b.mac, b"for b")
		b.expect(frame(b.mac, a.mac, b"for b"))
		bad.silent()
	EOF
	after=$(resident a)
	echo "memory: $before kB, then $after kB"
	[[ "$(statistics a)" == *"gone, 3 ports: in 100000"* ]]
	[ "${NG_SANITIZERS-0}" = 1 ] || [ "$((after - before))" -lt 6000 ]
}

@test "one that never reads: nobody else loses a frame or waits for it" {
	switch a --control "$D/c" "listen:unix:$D/u"
	peers <<-'EOF'
		import threading
		a, b, deaf = (Plug(f"unix:{D}/u", n) for n in range(3))
		time.sleep(0.5)
		hear(a, b)
		deaf.recv()
		deaf.send()
		a.recv()
		b.recv()
		a.sock.settimeout(40)
		# Every second frame is for the one that does not read, so that it is not only flooded.
		def send():
		    for n in range(20000):
		        a.send(b.mac, n.to_bytes(4, "big"), 1000)
		        a.send(deaf.mac, b"take that", 1000)
		        if n % 100 == 0:
		            a.send(text=b"all", length=1000)
		sender = threading.Thread(target=send)
		sender.start()
		n = 0
		while n < 20000:
		    got = b.recv(30)
		    assert got, n
		    if got[:6] == b.mac:
		        assert got[14:18] == n.to_bytes(4, "big"), n
		        n += 1
		sender.join()
		# It is heard, and what it has not read is bounded.
		said = deaf.send(b.mac, b"I am deaf")
		while b.recv() != said:
		    pass
	EOF
	run -0 statistics a
	[[ "$output" =~ "gone, 3 ports: in ".*"dropped: full "([0-9]+)" " ]]
	[ "${BASH_REMATCH[1]}" -gt 10000 ]
}

@test "one that nobody but a talks to and that stops reading keeps a for a second at most" {
	switch a "listen:unix:$D/u"
	peers <<-'EOF'
		a, b, deaf = (Plug(f"unix:{D}/u", n) for n in range(3))
		time.sleep(0.5)
		hear(a, b)
		deaf.recv()
		deaf.send()
		a.recv()
		b.recv()
		a.sock.settimeout(20)
		start = time.monotonic()
		for n in range(20000):
		    a.send(deaf.mac, b"take that", 1000)
		b.expect(a.send(b.mac, b"at last"), 20)
		assert time.monotonic() - start < 15
		# And later no more, for what the deaf one drops does not stop a again.
		for n in range(2000):
		    a.send(deaf.mac, b"take that", 1000)
		    b.expect(a.send(b.mac, b"at once"), 5)
	EOF
}

@test "peers that connect and vanish: nothing of them is left" {
	switch a --max-peers 512 "listen:unix:$D/u" listen:tcp:127.0.0.1:5558
	peers "SECONDS_LONG=${NG_VANISH_SECONDS-4}" "PID=$(cat "$D/a.pid")" <<-'EOF'
		import random
		def resident():
		    with open(f"/proc/{os.environ['PID']}/status") as f:
		        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))
		def storm(seconds):
		    ever, peers, end = 0, [], time.monotonic() + seconds
		    random.seed(1)
		    while time.monotonic() < end:
		        while len(peers) < 510:
		            peer = Plug(random.choice((f"unix:{D}/u", "tcp:127.0.0.1:5558")), ever % 60000)
		            ever += 1
		            peers.append(peer)
		            try:
		                what = random.randrange(4)
		                if what == 0:
		                    peer.send()
		                elif what == 1:
		                    peer.raw(struct.pack(">I", 69632) + bytes(30000))
		                elif what == 2:
		                    peer.raw(b"\0")
		            except OSError:
		                pass
		        random.shuffle(peers)
		        for peer in peers[:256]:
		            peer.close()
		        del peers[:256]
		    for peer in peers:
		        peer.close()
		    time.sleep(0.5)
		    return ever
		def drain():
		    for plug in (a, b):
		        while plug.recv(0.3):
		            pass
		a, b = Plug(f"unix:{D}/u", 100001), Plug(f"unix:{D}/u", 100002)
		time.sleep(0.5)
		hear(a, b)
		storm(2)
		drain()
		before = resident()
		ever = storm(float(os.environ["SECONDS_LONG"]))
		drain()
		after = resident()
		print(f"{ever} peers; memory before {before} kB, after {after} kB")
		hear(a, b)
		for _ in range(300):
		    if len(os.listdir(f"/proc/{os.environ['PID']}/fd")) < 20:
		        break
		    time.sleep(0.1)
		else:
		    assert False, "descriptors stay"
		assert after <= before + 1024 or os.environ.get("NG_SANITIZERS")
	EOF
	run -0 statistics a
	[[ "${lines[0]}" == "switch, 0 ports, 0 addresses, 0 clients ("* ]]
}

# bats test_tags=nosanitizers
@test "descriptors run out: who is there stays, and others come when there are some again" {
	SWITCH_UNDER="prlimit --nofile=20:20" switch a "listen:unix:$D/u"
	peers <<-'EOF'
		a, b = Plug(f"unix:{D}/u", 1), Plug(f"unix:{D}/u", 2)
		time.sleep(0.5)
		more = [Plug(f"unix:{D}/u", 10 + n) for n in range(30)]
		time.sleep(0.5)
		said = a.send(text=b"still here")
		b.expect(said)
		for plug in more:
		    plug.close()
		time.sleep(2.5)
		c = Plug(f"unix:{D}/u", 3)
		time.sleep(1.5)
		said = c.send(text=b"in at last")
		a.expect(said)
		b.recv()
	EOF
}

# cpu NAME: hundredths of a second of processor time that it has used.
cpu() {
	awk '{ print $14 + $15 }' "/proc/$(cat "$D/$1.pid")/stat"
}

# bats test_tags=nosanitizers
@test "descriptors run out: who asks then costs no time, and is answered" {
	SWITCH_UNDER="prlimit --nofile=20:20" switch a --control "$D/control" "listen:unix:$D/u"
	peers <<-'EOF' 3>&- &
		more = [Plug(f"unix:{D}/u", 10 + n) for n in range(30)]
		open(D + "/full", "w").close()
		while not os.path.exists(D + "/done"):
		    time.sleep(0.05)
	EOF
	wait_until test -e "$D/full"
	sleep 0.5
	for i in 1 2 3; do
		run -0 as_user alice timeout 120 "$NETGRANT_BIN" switch-status "$D/control"
		[[ "$output" == "switch, "* ]]
	done
	before=$(cpu a)
	in_ns sleep 30 | in_ns timeout 1 socat - "UNIX-CONNECT:$D/control" 3>&- &
	in_ns timeout 1 socat -u "UNIX-CONNECT:$D/control" - 3>&- || :
	after=$(cpu a)
	touch "$D/done"
	echo "# $((after - before))/100 s" >&3
	[ $((after - before)) -lt 30 ]
}

@test "nobody reads what the switch says: it goes on" {
	# Nobody is there any more.
	mkfifo "$D/words"
	sleep 30 <"$D/words" 3>&- &
	reader=$!
	exec {ready}> >(cat >"$D/ready")
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice env --default-signal "$SWITCH" --ready-fd 9 "listen:unix:$D/u" 2>"$D/words" 9>&"$ready" 3>&- {ready}>&- &
	pid=$!
	echo "$pid" >>"$BATS_TEST_TMPDIR/pids"
	exec {ready}>&-
	wait_until test -s "$D/ready"
	kill "$reader"
	wait "$reader" || :
	peers <<-'EOF'
		a, b, bad = (Plug(f"unix:{D}/u", n) for n in range(3))
		time.sleep(0.5)
		bad.raw(b"\xff\xff\xff\xff")
		assert bad.ended()
		hear(a, b)
	EOF
	kill -0 "$pid"
}

@test "somebody is there but reads no words: the switch does not wait" {
	mkfifo "$D/words"
	# Full from the beginning.
	exec {words}<>"$D/words"
	timeout 1 dd if=/dev/zero bs=4096 of="$D/words" 2>/dev/null 3>&- || :
	exec {ready}> >(cat >"$D/ready")
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$SWITCH" --ready-fd 9 "listen:unix:$D/u" 2>"$D/words" 9>&"$ready" 3>&- {ready}>&- {words}>&- &
	pid=$!
	echo "$pid" >>"$BATS_TEST_TMPDIR/pids"
	exec {ready}>&-
	wait_until test -s "$D/ready"
	peers <<-'EOF'
		a, b, bad = (Plug(f"unix:{D}/u", n) for n in range(3))
		time.sleep(0.5)
		bad.raw(b"\xff\xff\xff\xff")
		time.sleep(0.5)
		hear(a, b)
	EOF
}

@test "--control where somebody listens who takes no more: that is said, and not waited for" {
	peers <<-'EOF' 3>&- &
		s = socket.socket(socket.AF_UNIX)
		s.bind(D + "/control")
		os.chmod(D + "/control", 0o777)
		s.listen(0)
		more = []
		try:
		    while True:
		        c = socket.socket(socket.AF_UNIX)
		        c.setblocking(False)
		        c.connect(D + "/control")
		        more.append(c)
		except BlockingIOError:
		    open(D + "/full", "w").close()
		while not os.path.exists(D + "/done"):
		    time.sleep(0.05)
	EOF
	wait_until test -e "$D/full"
	run --separate-stderr as_user alice timeout 60 "$SWITCH" --control "$D/control" "listen:unix:$D/u"
	touch "$D/done"
	[ "$status" -eq 1 ]
	[ "$stderr" = "netgrant-switch: --control: '$D/control': Address already in use" ]
}

@test "an answer with sequences for a terminal in it is printed without them" {
	peers <<-'EOF' 3>&- &
		s = socket.socket(socket.AF_UNIX)
		s.bind(D + "/control")
		s.listen(1)
		open(D + "/listens", "w").close()
		c, _ = s.accept()
		while not c.recv(100).endswith(b"\n"):
		    pass
		c.sendall(b"ok\nswitch \x1b]0;x\x07\x7f,\n1 port\n")
	EOF
	wait_until test -e "$D/listens"
	run -0 in_ns timeout 120 "$NETGRANT_BIN" switch-status "$D/control"
	[ "$output" = $'switch ?]0;x??,\n1 port' ]
}

#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# netgrant-switch with what nobody here wrote: each network back end of stock QEMU, vde, and
# the kernel's bridge, on one host and on two.
bats_require_minimum_version 1.5.0

# shellcheck disable=SC2154 # bats sets status, output and stderr
load lib
load switch

setup() { switch_setup; }
teardown() {
	netns_end "$NS-b"
	switch_teardown
}

@test "every back end of stock QEMU" {
	switch a "listen:unix:$D/u" listen:tcp:127.0.0.1:5558 connect:tcp:127.0.0.1:5559 "dgram:unix:$D/q,$D/p" \
		udp:127.0.0.1:6001,127.0.0.1:6002 udp:127.0.0.1:6003,127.0.0.1:6004 mcast:230.0.0.9:5560,local=127.0.0.1
	peers "SWITCH=$SWITCH" "AS_USER=$NG_TOOLS/as-user" <<-'EOF'
		import subprocess
		# Each QEMU is a hub between the back end in question and a unix socket, where we are.
		pair, dgram = socket.socketpair(), socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
		inherit = [pair[0].fileno(), dgram[0].fileno()]
		ends = [pair[1].fileno(), dgram[1].fileno()]
		ready, tell = os.pipe()
		switch = subprocess.Popen([os.environ["AS_USER"], "alice", os.environ["SWITCH"], "--ready-fd", str(tell), f"connect:unix:{D}/u"] + [f"fd:{n}" for n in inherit],
		    pass_fds=inherit + [tell])
		os.read(ready, 1)
		os.umask(0)
		backends = (
		    "socket,connect=127.0.0.1:5558",
		    "socket,listen=127.0.0.1:5559",
		    "socket,mcast=230.0.0.9:5560,localaddr=127.0.0.1",
		    "socket,udp=127.0.0.1:6001,localaddr=127.0.0.1:6002",
		    f"stream,server=off,addr.type=unix,addr.path={D}/u",
		    "stream,server=off,addr.type=inet,addr.host=127.0.0.1,addr.port=5558",
		    f"stream,server=off,addr.type=fd,addr.str={ends[0]}",
		    f"dgram,local.type=unix,local.path={D}/p,remote.type=unix,remote.path={D}/q",
		    "dgram,local.type=inet,local.host=127.0.0.1,local.port=6004,remote.type=inet,remote.host=127.0.0.1,remote.port=6003",
		    f"dgram,local.type=fd,local.str={ends[1]}",
		)
		processes, plugs = [switch], []
		for n, backend in enumerate(backends):
		    kind, rest = backend.split(",", 1)
		    ours = f"{D}/qemu{n}"
		    processes.append(subprocess.Popen(
		        ["qemu-system-x86_64", "-M", "none", "-nodefaults", "-display", "none", "-monitor", "none", "-serial", "none",
		         "-netdev", f"{kind},id=a,{rest}", "-netdev", "hubport,id=ha,hubid=0,netdev=a",
		         "-netdev", f"stream,id=b,server=on,addr.type=unix,addr.path={ours}", "-netdev", "hubport,id=hb,hubid=0,netdev=b"],
		        pass_fds=ends, stderr=subprocess.PIPE, text=True))
		    end = time.monotonic() + 60
		    while True:
		        try:
		            plugs.append(Plug(f"unix:{ours}", n))
		            break
		        except OSError:
		            assert processes[-1].poll() is None and time.monotonic() < end, (backend, processes[-1].stderr.read())
		            time.sleep(0.1)
		# The switch dials again only after a while.
		deaf, end = set(plugs[1:]), time.monotonic() + 60
		while deaf:
		    assert time.monotonic() < end, [backends[plugs.index(b)] for b in deaf]
		    plugs[0].send(text=b"anybody?")
		    deaf = {b for b in deaf if not b.recv(0.5)}
		group = plugs[2]
		def drain():
		    for plug in plugs:
		        while plug.recv(0.05):
		            pass
		for a, backend in zip(plugs, backends):
		    drain()
		    said = a.send(text=b"hello", length=1514)
		    for b in plugs:
		        if b is not a:
		            assert b.recv(5) == said, (backend, backends[plugs.index(b)])
		    # QEMU hears its own frames of a group; nobody else's come twice.
		    if a is group:
		        assert a.recv(20) == said
		    else:
		        a.silent(0.1)
		drain()
		for a, backend in zip(plugs, backends):
		    b = plugs[(plugs.index(a) + 3) % len(plugs)]
		    b.expect(a.send(b.mac, b"for you", 69632 if not backend.startswith(("dgram", "socket,udp", "socket,mcast")) and
		        plugs.index(b) in (0, 1, 4, 5) else 1500), 5)
		    drain()
		for process in processes:
		    process.terminate()
	EOF
}

@test "vde: by vde_plug, and by the bridge that both are on" {
	command -v vde_switch >/dev/null || skip "no vde2"
	# Silent by itself, as its ports are.
	in_ns ip link add vbr type bridge forward_delay 0 mcast_snooping 0
	in_ns sh -c 'echo 1 >/proc/sys/net/ipv6/conf/vbr/disable_ipv6'
	in_ns ip link set vbr up
	mkfifo "$D/console"
	exec 8<>"$D/console" # its end would be the end of vde_switch
	ip netns exec "$NS" vde_switch -s "$D/ctl" -tap vt0 <&8 >/dev/null 3>&- 8>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until test -e "$D/ctl/ctl"
	in_ns ip tuntap add t0 mode tap
	for dev in vt0 t0; do
		in_ns sh -c "echo 1 >/proc/sys/net/ipv6/conf/$dev/disable_ipv6"
		in_ns ip link set "$dev" master vbr up
	done
	peers "SWITCH=$SWITCH" <<-'EOF'
		import fcntl
		import subprocess
		class VdePlug(Plug):
		    """vde_plug: frames with two bytes of length, on standard input and output."""
		    def __init__(self, n):
		        ours, theirs = socket.socketpair()
		        self.process = subprocess.Popen(["vde_plug", f"{D}/ctl"], stdin=theirs, stdout=theirs)
		        super().__init__(ours, n)
		        self.stream = True
		    def raw(self, data):
		        super().raw(data[2:])
		    def recv(self, timeout=3.0):
		        end = time.monotonic() + timeout
		        while time.monotonic() < end:
		            if len(self.rest) >= 2 and len(self.rest) >= 2 + (n := int.from_bytes(self.rest[:2], "big")):
		                data, self.rest = self.rest[2 : 2 + n], self.rest[2 + n :]
		                return data
		            if select.select([self.sock], [], [], max(0, end - time.monotonic()))[0]:
		                self.rest += self.sock.recv(65536)
		        return None
		tap = os.open("/dev/net/tun", os.O_RDWR)
		fcntl.ioctl(tap, 0x400454CA, struct.pack("16sH22x", b"t0", 0x1002))
		ready, tell = os.pipe()
		switch = subprocess.Popen([os.environ["SWITCH"], "--ready-fd", str(tell), f"fd:{tap}", f"listen:unix:{D}/v"], pass_fds=(tap, tell))
		os.read(ready, 1)
		a, v = Plug(f"unix:{D}/v", 1), VdePlug(2)
		end = time.monotonic() + 60
		while True: # until vde_plug is there
		    a.send(text=b"anybody?")
		    if v.recv(0.5):
		        break
		    assert time.monotonic() < end
		while a.recv(0.2) or v.recv(0.2):
		    pass
		hear(a, v)
		hear(v, a)
		v.expect(a.send(v.mac, b"for vde", 1514))
		switch.terminate()
		v.process.terminate()
	EOF
}

@test "two hosts: a group here, TCP between, there a bridge by a tap from bridge-helper" {
	policy 'allow br0 user=alice'
	ip netns add "$NS-b"
	in_ns ip link add wire type veth peer name wire netns "$NS-b"
	in_ns ip addr add 192.0.2.1/24 dev wire
	in_ns ip link set wire up
	for command in 'link set lo up' 'link set wire up' 'addr add 192.0.2.2/24 dev wire' 'route add 224.0.0.0/4 dev lo'; do
		# shellcheck disable=SC2086 # words are wanted
		ip -n "$NS-b" $command
	done
	# alice gets a tap from the helper and makes it the switch's.
	cat >"$D/there.py" <<-'EOF'
		import array, os, socket, subprocess, sys
		helper, switch = sys.argv[1:3]
		ours, theirs = socket.socketpair()
		subprocess.run([helper, "--br=br0", f"--fd={theirs.fileno()}"], pass_fds=[theirs.fileno()], check=True)
		_, control, _, _ = ours.recvmsg(1, socket.CMSG_SPACE(4))
		tap = array.array("i", control[0][2])[0]
		os.set_inheritable(tap, True)
		os.execv(switch, ["netgrant-switch", "--allow", "192.0.2.2", f"fd:{tap}", "listen:tcp::5558"])
	EOF
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice python3 "$D/there.py" "$BRIDGE_HELPER" "$SWITCH" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	SWITCH_NS=$NS-b switch here connect:tcp:192.0.2.1:5558 mcast:230.0.0.9:5560,local=127.0.0.1
	wait_until eval '[[ "$(statistics here)" == *"stream connect:tcp:192.0.2.1:5558:"* ]]'
	peers "HERE=/run/netns/$NS-b" <<-'EOF'
		import ctypes
		libc = ctypes.CDLL(None, use_errno=True)
		packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88B5))
		packet.bind(("up1", 0x88B5))  # what is plugged into the bridge
		b = Plug(packet, 2)
		with open(os.environ["HERE"]) as here:
		    assert libc.setns(here.fileno(), 0) == 0
		a = Plug("mcast:230.0.0.9:5560", 1)
		a.to = ("230.0.0.9", 5560)
		def hears(plug, data, seconds=5):
		    end = time.monotonic() + seconds
		    while time.monotonic() < end:
		        if plug.recv(0.2) == data:
		            return
		    raise AssertionError(data)
		def not_again(plug, data, seconds=0.2):  # the bridge may say something of its own
		    while heard := plug.recv(seconds):
		        assert heard != data
		for _ in range(2):
		    said = a.send(text=b"from the group")
		    hears(a, said)  # itself, once
		    hears(b, said)
		    not_again(a, said)
		    hears(a, b.send(a.mac, b"from the bridge", 1514))
		    hears(b, a.send(b.mac, b"and back"))
	EOF
}

# SPDX-License-Identifier: GPL-2.0-or-later
"""What an emulator's network back end does, for tests of netgrant-switch: QEMU's wire formats,
spoken by somebody else than netgrant. Import it; each Plug is one NIC."""
import os
import select
import socket
import struct
import time

BROADCAST = b"\xff" * 6


def mac(n):
    """The address of NIC n."""
    return b"\x52\x54\x00" + n.to_bytes(3, "big")


def frame(dst, src, text=b"", length=60):
    """An Ethernet frame of an experimental type."""
    body = dst + src + b"\x88\xb5" + text
    return body + bytes(max(0, length - len(body)))


def host_port(text):
    host, port = text.rsplit(":", 1)
    return host.strip("[]"), int(port)


class Plug:
    """spec: unix:PATH, tcp:HOST:PORT, dgram:OWN,PEER, udp:OWN,PEER, mcast:GROUP:PORT (by lo),
    or a connected socket. n: its address."""

    def __init__(self, spec, n=1):
        self.mac = mac(n)
        self.rest = b""
        self.to = None
        self.stream = False
        if isinstance(spec, socket.socket):
            self.sock = spec
            self.stream = spec.type == socket.SOCK_STREAM
        else:
            kind, rest = spec.split(":", 1)
            getattr(self, "open_" + kind)(rest)
        self.sock.settimeout(5)

    def open_unix(self, path):
        self.sock, self.stream = socket.socket(socket.AF_UNIX), True
        self.sock.connect(path)

    def open_tcp(self, text):
        self.sock, self.stream = socket.create_connection(host_port(text), 5), True

    def open_dgram(self, text):
        own, self.to = text.split(",")
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        if os.path.exists(own):
            os.unlink(own)
        self.sock.bind(own)
        os.chmod(own, 0o777)  # the switch is another user's

    def open_udp(self, text):
        own, peer = map(host_port, text.split(","))
        family = socket.AF_INET6 if ":" in own[0] else socket.AF_INET
        self.sock = socket.socket(family, socket.SOCK_DGRAM)
        self.sock.bind(own)
        self.to = peer

    def open_mcast(self, text):
        group, port = host_port(text)
        lo = socket.inet_aton("127.0.0.1")
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.sock.bind((group, port))
        self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(group) + lo)
        self.sock.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, lo)
        self.to = (group, port)

    def raw(self, data):
        if self.to:
            self.sock.sendto(data, self.to)
        else:
            self.sock.sendall(data)

    def send(self, dst=BROADCAST, text=b"", length=60, src=None):
        data = frame(dst, src or self.mac, text, length)
        self.raw(struct.pack(">I", len(data)) + data if self.stream else data)
        return data

    def recv(self, timeout=3.0):
        """The next frame; None: none came. ConnectionError: the stream has ended."""
        end = time.monotonic() + timeout
        while True:
            if self.stream and len(self.rest) >= 4:
                length = struct.unpack(">I", self.rest[:4])[0]
                if len(self.rest) >= 4 + length:
                    data, self.rest = self.rest[4 : 4 + length], self.rest[4 + length :]
                    return data
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.sock], [], [], left)[0]:
                return None
            data = self.sock.recv(1 << 18)
            if not self.stream:
                return data
            if not data:
                raise ConnectionError("ended")
            self.rest += data

    def expect(self, data, timeout=12.0):
        got = self.recv(timeout)
        assert got == data, f"wanted {data[:40]!r}, got {got[:40] if got else got!r}"

    def silent(self, timeout=0.3):
        got = self.recv(timeout)
        assert got is None, f"unexpected {got[:40]!r}"

    def ended(self, timeout=12.0):
        """Has the other side ended the connection?"""
        try:
            end = time.monotonic() + timeout
            while time.monotonic() < end:
                self.recv(0.1)
        except OSError:
            return True
        return False

    def close(self):
        self.sock.close()


def hear(a, *others):
    """All others hear what a says, and each may be answered by a unicast."""
    said = a.send(text=b"hello")
    for other in others:
        other.expect(said)
    for other in others:
        a.expect(other.send(a.mac, b"answer"))

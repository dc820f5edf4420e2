#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What cloud-hypervisor, crosvm and firecracker do with a network, for tests of netgrant run: they
take a tap, by descriptor or by name, and want frames with a virtio header from it.

tap-emulator.py WHAT [MAC] OPTION...: the tap is in an option of theirs. WHAT: router, asks who
10.0.2.2 is; talk, until somebody else is heard; stay, until it is killed."""
import fcntl
import os
import re
import select
import socket
import struct
import sys
import time

TUNSETIFF, TUNGETIFF, TUNSETVNETHDRSZ, TUNSETOFFLOAD = 0x400454CA, 0x800454D2, 0x400454D8, 0x400454D0
FLAGS = 0x0002 | 0x1000 | 0x4000  # tap, no packet information, virtio header
HEADER = bytes(12)


def open_tap(words):
    found = re.search(r"host_dev_name\W+(\w+)", words)
    if not found:
        fd = int(re.search(r"\b(?:tap-)?fd=(\d+)", words)[1])
        name = fcntl.ioctl(fd, TUNGETIFF, bytes(40))[:16]
    else:
        name = found[1].encode()
        fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name, FLAGS))
    os.set_blocking(fd, False)
    fcntl.ioctl(fd, TUNSETVNETHDRSZ, struct.pack("i", len(HEADER)))
    fcntl.ioctl(fd, TUNSETOFFLOAD, 7)  # checksums, segments of IPv4 and IPv6
    return fd, name.rstrip(b"\0")


def mtu_of(name):
    with socket.socket(socket.AF_UNIX) as s:
        return struct.unpack("16si20x", fcntl.ioctl(s, 0x8921, struct.pack("16s24x", name)))[1]


def frames(fd, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            yield os.read(fd, 70000)[len(HEADER) :]


def ask_router(fd, mac):
    ask = b"\xff" * 6 + mac + struct.pack(">HHHBBH", 0x806, 1, 0x800, 6, 4, 1)
    ask += mac + bytes([10, 0, 2, 15]) + bytes(6) + bytes([10, 0, 2, 2])
    for _ in range(30):
        os.write(fd, HEADER + ask)
        for frame in frames(fd, 1):
            if frame[12:14] == b"\x08\x06" and frame[20:22] == b"\0\2":
                return frame[6:12].hex(":")
    return "none"


def talk(fd, mac):
    heard = None
    for _ in range(300):
        # To a group that no bridge passes on unless it is told to (IEEE 802.1Q, 8.6.3).
        os.write(fd, HEADER + b"\x01\x80\xc2\0\0\x0e" + mac + b"\x88\xb5" + bytes(46))
        for frame in frames(fd, 0.2):
            if frame[12:14] == b"\x88\xb5" and frame[6:12] != mac:
                heard = heard or time.monotonic()
                found = frame[6:12].hex(":")
        # The other one has to hear us, too.
        if heard and time.monotonic() > heard + 2:
            return found
    return "nobody"


what, words = sys.argv[1], " ".join(sys.argv[2:])
fd, name = open_tap(words)
found = re.search(r"mac\W+([0-9a-f:]{17})", words)
mac = bytes.fromhex(found[1].replace(":", "")) if found else b"\x52\x54\0\0\0\1"
with open("/proc/self/status", encoding="ascii") as status:
    caps = re.search(r"CapEff:\s*(\w+)", status.read())[1]
print(f"tap={name.decode()} mtu={mtu_of(name)} uid={os.getuid()} gid={os.getgid()} caps={caps}", flush=True)
if what == "router":
    print("router=" + ask_router(fd, mac), flush=True)
elif what == "talk":
    print("heard=" + talk(fd, mac), flush=True)
else:
    while True:
        time.sleep(60)

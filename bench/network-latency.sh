#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# network-latency.sh [RUNS]: nat-setup up and down beside libvirt's net-start and net-destroy, for the
# same NATed network with DHCP and DNS, in turn in one run; the hundredth network beside the
# first; a tap on a network beside bridge-helper's on a bridge. Needs root, NG_BUILD, and
# libvirt-daemon and libvirt-clients (without them that case is left out).
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
if [ -z "${NG_WORK-}" ]; then
	exec "$top/tests/sandbox" "$0" "$@"
fi
runs=${1:-30}
nat=$NG_PREFIX/libexec/netgrant/nat-setup

cp "$NG_BUILD/bench/fdlatency" "$NG_WORK/fdlatency"
mkdir -p /etc/netgrant/networks
: >"$NG_WORK/times"
"$NG_TOOLS/log-sink" /dev/null &
sink=$!
trap 'kill $sink' EXIT

network() { # NAME SUBNET
	printf '%s\n' '[network]' mode=nat '[ipv4]' "address=$2.1/24" "dhcp=$2.2-$2.254" '[dns]' \
		"domain=$1.internal" >"/etc/netgrant/networks/$1.conf"
}

# timed NAME COMMAND...: one line "NAME MILLISECONDS".
timed() {
	local name=$1 from to
	shift
	from=${EPOCHREALTIME/./}
	"$@" >/dev/null
	to=${EPOCHREALTIME/./}
	echo "$name $(((to - from) / 1000)).$(printf %03d $(((to - from) % 1000)))" >>"$NG_WORK/times"
}

# median NAME
median() {
	awk -v n="$1" '$1 == n { print $2 }' "$NG_WORK/times" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

ratio() { # TITLE OURS THEIRS
	awk -v t="$1" -v a="$(median "$2")" -v b="$(median "$3")" \
		'BEGIN { printf "%-44s %8.1f ms %8.1f ms   ratio %.2f\n", t, a, b, a / b }'
}

libvirt() {
	mkdir -p /run/libvirt /etc/libvirt /var/lib/libvirt/dnsmasq
	printf '%s\n' 'auth_unix_rw = "none"' 'auth_unix_ro = "none"' 'log_outputs = "3:stderr"' >/etc/libvirt/libvirtd.conf
	getent group libvirt >/dev/null || echo 'libvirt:x:62300:' >>/etc/group
	getent passwd libvirt-dnsmasq >/dev/null || echo 'libvirt-dnsmasq:x:62300:62300::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
	getent passwd libvirt-qemu >/dev/null || echo 'libvirt-qemu:x:62301:62300::/nonexistent:/usr/sbin/nologin' >>/etc/passwd
	for group in kvm libvirt-qemu; do
		getent group $group >/dev/null || echo "$group:x:62302:" >>/etc/group
	done
	# Nothing of QEMU is run here.
	printf '%s\n' 'user = "root"' 'group = "root"' >/etc/libvirt/qemu.conf
	libvirtd --config /etc/libvirt/libvirtd.conf >"$NG_WORK/libvirtd.log" 2>&1 &
	cat >"$NG_WORK/net.xml" <<-EOF
		<network><name>peer</name><forward mode='nat'/><bridge name='virbr9'/><domain name='peer.internal'/>
		<ip address='192.168.60.1' netmask='255.255.255.0'><dhcp><range start='192.168.60.2' end='192.168.60.254'/></dhcp></ip>
		</network>
	EOF
	local i
	for ((i = 0; i < 100; i++)); do
		virsh -q -c network:///system net-list >/dev/null 2>&1 && break
		sleep 0.1
	done
	virsh -q -c network:///system net-list >/dev/null || {
		tail -5 "$NG_WORK/libvirtd.log" >&2
		return 1
	}
	virsh -q -c network:///system net-define "$NG_WORK/net.xml"
}

network ours 192.168.61
if command -v libvirtd >/dev/null && command -v virsh >/dev/null; then
	libvirt
	for ((i = -2; i < runs; i++)); do
		((i != 0)) || : >"$NG_WORK/times"
		timed up "$nat" up ours
		timed start virsh -q -c network:///system net-start peer
		timed down "$nat" down ours
		timed destroy virsh -q -c network:///system net-destroy peer
	done
	ratio 'up beside virsh net-start' up start
	ratio 'down beside virsh net-destroy' down destroy
fi

for ((i = 0; i < 100; i++)); do network "n$i" "10.99.$i"; done
: >"$NG_WORK/times"
for ((i = 0; i < 100; i++)); do
	name=middle
	((i >= 10)) || name=first
	((i < 90)) || name=last
	timed "$name" "$nat" up "n$i"
done
ratio 'networks 91 to 100 beside 1 to 10' last first
"$nat" down --all

ip link add br0 type bridge
ip link set br0 up
"$nat" up ours
echo 'allow br0' >/etc/netgrant/bridge.conf
echo 'allow ours' >/etc/netgrant/network.conf
echo
echo '## a tap on a network beside one on a bridge'
"$NG_TOOLS/as-user" alice "$NG_WORK/fdlatency" -n 300 \
	"bridge-helper=$NG_PREFIX/libexec/netgrant/bridge-helper --use-vnet --br=br0 --fd={fd}" \
	"nat-setup=$nat --use-vnet --network=ours --fd={fd}"
"$nat" down ours

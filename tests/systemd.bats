#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A real systemd, process 1 of a PID namespace, with nothing of the host's to start: what is
# installed for it does what it is there for.
# bats file_tags=nosanitizers
bats_require_minimum_version 1.5.0

load wait

export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-400}
NAT_SETUP=$NG_PREFIX/libexec/netgrant/nat-setup
SYSTEMD=/lib/systemd/systemd

# inside SCRIPT: what is run as the first process, in namespaces of its own.
inside() {
	set -e
	mount -t proc proc /proc
	# The sandbox's tools stay; the rest of /tmp, and what services write, is nobody else's.
	mkdir /run/keep
	mount --rbind "$NG_WORK" /run/keep
	mount -t tmpfs -o mode=1777 tmpfs /tmp
	mkdir -p "$NG_WORK"
	mount --move /run/keep "$NG_WORK"
	mount -t tmpfs tmpfs /run
	mount -t tmpfs -o mode=1777 tmpfs /var/tmp
	mount -t tmpfs tmpfs /var/log
	mount -t tmpfs tmpfs /etc/systemd
	# Nothing is started but what is asked for.
	mkdir /run/none
	for wants in /lib/systemd/system/*.wants /lib/systemd/system-generators; do
		mount --bind /run/none "$wants"
	done
	mkdir -p /etc/systemd/system/service.d
	printf '%s\n' '[Service]' StandardError=append:/run/said >/etc/systemd/system/service.d/said.conf
	printf '%s\n' '[Unit]' DefaultDependencies=no >/etc/systemd/system/test.target
	printf '%s\n' '[Manager]' ShowStatus=no >/etc/systemd/system.conf
	mount -t sysfs sysfs /sys
	mount -t cgroup2 cgroup2 /sys/fs/cgroup
	container=netgrant-test exec "$SYSTEMD" --unit=test.target --log-target=console --log-level=warning
}

setup_file() {
	local i
	[ -x "$SYSTEMD" ] || return 0
	mkdir "$NG_WORK/cgroup2"
	mount -t cgroup2 cgroup2 "$NG_WORK/cgroup2" || return 0
	# A cgroup namespace begins where its first process is.
	CGROUP=$NG_WORK/cgroup2$(sed -n 's/^0:://p' /proc/self/cgroup)/netgrant-test-$$
	export CGROUP SYSTEMD NG_WORK
	mkdir "$CGROUP" || return 0
	(
		echo "$BASHPID" >"$CGROUP/cgroup.procs"
		export -f inside
		exec unshare --mount --pid --net --ipc --uts --cgroup --fork --kill-child bash -c inside </dev/null 3>&-
	) >"$BATS_FILE_TMPDIR/log" 2>&1 &
	UNSHARE=$!
	export UNSHARE
	for ((i = 0; i < 600; i++)); do
		INIT=$(cat "/proc/$UNSHARE/task/$UNSHARE/children") || break
		INIT=${INIT%% *}
		export INIT
		[ -z "$INIT" ] || ! sd systemctl is-active test.target >/dev/null 2>&1 || return 0
		sleep 0.1
	done
	cat "$BATS_FILE_TMPDIR/log" >&2
	return 1
}

teardown_file() {
	[ -n "${UNSHARE-}" ] || return 0
	kill -KILL "$INIT" "$UNSHARE" 2>/dev/null || :
	wait "$UNSHARE" 2>/dev/null || :
	wait_until cgroup_end
}

# Once the last process has gone.
cgroup_end() {
	find "$CGROUP" -depth -type d -exec rmdir {} + || :
	[ ! -e "$CGROUP" ]
}

# sd COMMAND...: beside that systemd
sd() {
	timeout -k 5 100 nsenter --target "$INIT" --mount --pid --net --ipc --uts --cgroup "$@"
}

setup() {
	[ -x "$SYSTEMD" ] || skip 'no systemd here'
	[ -n "${INIT-}" ] || skip 'no cgroup2 here'
	mkdir -p /etc/netgrant/networks
	printf '%s\n' '[network]' mode=nat '[ipv4]' address=192.168.22.1/24 dhcp=192.168.22.2-192.168.22.254 \
		'[dns]' domain=lab.internal '[record www]' address=10.1.2.3 \
		>/etc/netgrant/networks/default.conf
	echo 'allow default user=alice' >/etc/netgrant/network.conf
}

teardown() {
	[ -n "${INIT-}" ] || return 0
	# Whatever a test that failed has left.
	{
		end_port
		sd systemctl stop firewalld NetworkManager systemd-networkd.socket systemd-networkd dbus.socket dbus.service
		sd systemctl stop netgrant-network@default nftables netgrant-reload
		sd systemctl reset-failed
		sd nft flush ruleset
		sd ip netns del g
		sd ip link del other
	} >/dev/null 2>&1 || :
	rm -rf /etc/netgrant
}

dnsmasq_pid() { sd pgrep -u netgrant-dnsmasq -f networks/default/dnsmasq.conf; }
tables() { sd nft list tables | grep -c ' netgrant-default$'; }
whole() { [ "$(tables)" = 2 ]; }
# The job that an other service's drop-in asked for has ended.
settled() { [ "$(sd systemctl show -P ActiveState netgrant-reload)" = active ] && [ -z "$(sd systemctl list-jobs --plain --no-legend)" ]; }

@test "the unit: up, a user's port, reload, down; dnsmasq is the unit's, and nothing is left" {
	sd systemctl start netgrant-network@default
	run -0 sd "$NAT_SETUP" status default
	[[ $output == 'default: up'*'dnsmasq: runs'*'firewall rules: in place'* ]]
	sd grep -q '/netgrant-network@default.service$' "/proc/$(dnsmasq_pid)/cgroup"
	run -0 sd "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" "$NAT_SETUP" --network=default '--fd={fd}'
	[[ $output == *descriptors=1* ]]

	sd kill -9 "$(dnsmasq_pid)"
	wait_until no dnsmasq_pid
	sd nft flush ruleset
	sd systemctl reload netgrant-network@default
	whole
	sd grep -q '/netgrant-network@default.service$' "/proc/$(dnsmasq_pid)/cgroup"

	sd systemctl stop netgrant-network@default
	no dnsmasq_pid
	[ "$(tables || :)" = 0 ]
	no sd ip link show ng-default
	[ "$(sd "$NAT_SETUP" list)" = 'default         down     nat      ng-default 192.168.22.1/24' ]
	[ "$(sd systemctl is-failed netgrant-network@default || :)" = inactive ]
}

@test "the unit: a network that cannot be, fails with the reason" {
	sed -i 's/^mode=.*/mode=nta/' /etc/netgrant/networks/default.conf
	run sd systemctl start netgrant-network@default
	[ "$status" -ne 0 ]
	[ "$(sd systemctl show -P ExecMainStatus netgrant-network@default)" = 4 ]
	sd grep -q '/etc/netgrant/networks/default.conf:2: ' /run/said
}

@test "nftables.service: its start and its reload bring the networks' rules back" {
	[ -e /lib/systemd/system/nftables.service ] || skip 'no nftables.service here'
	sd systemctl start netgrant-network@default
	whole
	# Debian's /etc/nftables.conf begins with flush ruleset.
	for verb in start reload restart; do
		sd systemctl "$verb" nftables
		wait_until settled
		whole
		sd nft list table inet filter >/dev/null
		sd nft delete table inet filter
	done
	# One that comes while the first is at work, and has done with a network, is not lost.
	for i in {1..20}; do
		printf '%s\n' '[network]' mode=isolated '[ipv4]' "address=10.8.$i.1/24" >"/etc/netgrant/networks/z$i.conf"
		sd "$NAT_SETUP" up "z$i"
	done
	# Whoever looks for that moment does not wait for others.
	local end=$((SECONDS + 120)) state=
	while [ "$state" != activating ] && ((SECONDS < end)); do
		sd systemctl stop netgrant-reload
		sd systemctl reload nftables
		state=$(sd chrt -f 50 sh -c 'until nft list tables | grep -q netgrant-; do :; done
			for p in nat-setup network-worker; do pkill -STOP -x $p; done
			systemctl show -P ActiveState netgrant-reload
			systemctl reload nftables
			for p in nat-setup network-worker; do pkill -CONT -x $p; done; :')
		wait_until settled
		[ "$(sd nft list tables | grep -c ' netgrant-')" = 42 ]
	done
	[ "$state" = activating ]
	[ -n "$(dnsmasq_pid)" ]
	sd "$NAT_SETUP" down --all
	sd systemctl stop netgrant-network@default
	sd systemctl reload nftables
	[ "$(tables || :)" = 0 ]
	no sd systemctl is-failed netgrant-reload
}

# plug NAMESPACE: a guest on default, by a veth in place of a tap, with an address of its own
plug() {
	sd ip netns add "$1"
	sd ip link add p0 type veth peer name eth0 netns "$1"
	sd ip -n "$1" link set eth0 up
	# ip(8) takes no group that large.
	sd sh -c 'echo $((0x40000000 | $(cat /sys/class/net/ng-default/ifindex))) >/sys/class/net/p0/netdev_group'
	sd ip link set p0 master ng-default up
	sd ip -n "$1" addr add 192.168.22.5/24 dev eth0
}

dns() { sd timeout 5 ip netns exec g busybox nslookup -type=a www.lab.internal 192.168.22.1 | grep -q 10.1.2.3; }
in_the_way() { sd "$NAT_SETUP" status default | grep -q "in the way: .*'inet firewalld'"; }

@test "firewalld itself: it is in the way, the remedy helps, and its reload brings the rules back" {
	[ -e /lib/systemd/system/firewalld.service ] || skip 'no firewalld here'
	sd systemctl start firewalld
	# The unit is there before its rules are.
	wait_until sd nft list chain inet firewalld filter_FORWARD
	wait_until sd firewall-cmd --state
	sd systemctl start netgrant-network@default
	plug g
	wait_until in_the_way
	no dns
	remedy=$(sd "$NAT_SETUP" status default | sed -n 's/^    remedy: //p')
	[ "$remedy" = 'firewall-cmd --permanent --zone=trusted --add-interface=ng-default && firewall-cmd --reload' ]
	sd sh -c "$remedy"
	wait_until no in_the_way
	wait_until dns

	sd nft delete table inet netgrant-default
	sd systemctl reload firewalld
	wait_until whole
	wait_until dns
	no in_the_way
}

# managed DEVICE: what networkd says of it
managed() { sd sh -c "sed -n s/^ADMIN_STATE=//p /run/systemd/netif/links/\$(cat /sys/class/net/$1/ifindex)"; }

# without_udev SERVICE: in a container whose /sys it cannot write, it waits for no udev.
without_udev() {
	sd sh -ec "mkdir -p /etc/systemd/system/$1.service.d
		printf '%s\n' '[Service]' ReadOnlyPaths=/sys >/etc/systemd/system/$1.service.d/sys.conf"
}

# port: of alice's, vnet0; until end_port
port() {
	# It would not last as long as sd() allows.
	nsenter --target "$INIT" --mount --pid --net --ipc --uts --cgroup \
		"$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" --hold=600 "$NAT_SETUP" --network=default '--fd={fd}' \
		>/dev/null 2>&1 3>&- &
	wait_until sd ip link show vnet0
}
end_port() { sd pkill -KILL -x recv-fd; }

@test "networkd itself: told to take all devices, it leaves bridges and ports alone" {
	[ -e /lib/systemd/system/systemd-networkd.service ] || skip 'no networkd here'
	without_udev systemd-networkd
	sd sh -ec 'mkdir -p /etc/systemd/network
		printf "%s\n" "[Match]" "Name=*" "[Network]" Address=10.66.0.1/24 >/etc/systemd/network/99-all.network'
	sd ip link add other type veth peer name other2
	sd systemctl start systemd-networkd netgrant-network@default
	port
	wait_until eval '[ "$(managed vnet0)" = unmanaged ]'
	[ "$(managed ng-default)" = unmanaged ]
	wait_until eval 'sd ip -br addr show other | grep "10.66.0.1/24"'
	[[ "$(managed other)" == configur* ]]
	[[ "$(sd ip -br addr show ng-default)" == *" 192.168.22.1/24 "* ]]
	[ -z "$(sd ip -o -4 addr show vnet0)" ]
}

# nm DEVICE: what NetworkManager makes of it
nm() { sd nmcli -t -f DEVICE,STATE device | sed -n "s/^$1://p"; }

@test "NetworkManager itself leaves bridges and ports alone" {
	[ -e /lib/systemd/system/NetworkManager.service ] || skip 'no NetworkManager here'
	without_udev NetworkManager
	sd ip link add other type bridge
	sd ip addr add 10.66.0.1/24 dev other
	sd ip link set other up
	sd systemctl start NetworkManager netgrant-network@default
	port
	wait_until eval '[[ "$(nm other)" == connected* ]]'
	wait_until eval '[ "$(nm vnet0)" = unmanaged ]'
	[ "$(nm ng-default)" = unmanaged ]
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# After guest.bash: a host with an uplink, and behind it "the internet", for guests on the
# networks of nat-setup. The namespace GUEST_HOST is the host, GUEST_LAN the internet:
#
#   host  up0    198.51.100.2/24   2001:db8:100::2/64      default routes to .1 and ::1
#   world wan0   198.51.100.1/24   2001:db8:100::1/64      knows the way to every guest's address
#         lo     203.0.113.1 and 2001:db8:113::1           "world" answers, TCP and UDP 7 and 8; HTTP 80
#                203.0.113.53                              DNS: www.example.test
#
# The world has routes to the guests' subnets so that what does not come in was stopped by
# the host, and not merely lost.

WORLD4=203.0.113.1
WORLD6=2001:db8:113::1
UPLINK4=198.51.100.2
UPLINK6=2001:db8:100::2
WORLD_DNS=203.0.113.53
NAT_SETUP=$NG_PREFIX/libexec/netgrant/nat-setup
NETWORKS=/etc/netgrant/networks
export NETWORK_POLICY=/etc/netgrant/network.conf

# world_links MTU
world_links() {
	in_host ip link set up0 mtu "$1" && in_lan ip link set wan0 mtu "$1"
}

world_addresses() {
	in_host ip addr add "$UPLINK4/24" dev up0 && in_host ip addr add "$UPLINK6/64" dev up0 nodad &&
		in_host ip link set up0 up && in_host ip link set lo up &&
		in_lan ip addr add 198.51.100.1/24 dev wan0 && in_lan ip addr add 2001:db8:100::1/64 dev wan0 nodad &&
		in_lan ip link set lo up && in_lan ip link set wan0 up &&
		in_lan ip addr add "$WORLD4/32" dev lo && in_lan ip addr add "$WORLD6/128" dev lo nodad &&
		in_lan ip addr add "$WORLD_DNS/32" dev lo &&
		in_lan ip route add 192.168.0.0/16 via "$UPLINK4" && in_lan ip route add fd00::/8 via "$UPLINK6" &&
		in_host ip route add default via 198.51.100.1 && in_host ip route add default via 2001:db8:100::1
}

# world_spawn LOG READY COMMAND...: in the world, until world_down.
world_spawn() {
	local log=$GUEST_WORK/$1 ready=$2
	shift 2
	(guest_spawn ip netns exec "$GUEST_LAN" "$@") </dev/null >"$log" 2>&1 &
	WORLD_PIDS+=" $!"
	[[ -z $ready ]] || guest_wait_for "$log" "$ready" 60 || guest_fail "$1: $(cat "$log")"
}

world_up() {
	WORLD_PIDS=
	ip netns add "$GUEST_HOST" && ip netns add "$GUEST_LAN" &&
		in_host ip link add up0 type veth peer name wan0 netns "$GUEST_LAN" &&
		world_addresses || return
	mkdir -p "$NETWORKS" "$GUEST_WORK/www"
	seq -f %013.0f 20000 >"$GUEST_WORK/www/file" # 280000 bytes
	chmod 0755 "$GUEST_WORK/www"
	echo "nameserver $WORLD_DNS" >/etc/resolv.conf
	world_spawn world.log ready "$GUEST_WORK/peer" serve world 7 8 &&
		world_spawn httpd.log '' busybox httpd -f -p 80 -h "$GUEST_WORK/www" &&
		world_spawn dns.log 'started' dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --no-resolv \
			--no-hosts --user=nobody --group=nogroup --listen-address="$WORLD_DNS" --bind-interfaces \
			--host-record="www.example.test,$WORLD4,$WORLD6" --log-queries --log-facility=- || return
	export WORLD_PIDS
}

world_down() {
	local pid netns
	if [[ -e /run/netns/$GUEST_HOST && -x $NAT_SETUP ]]; then in_host "$NAT_SETUP" down --all || :; fi
	for pid in ${WORLD_PIDS-}; do
		kill "$pid" 2>/dev/null || :
	done
	netns_end "$GUEST_HOST" "$GUEST_LAN"
}

# network NAME: its file is standard input.
network() {
	cat >"$NETWORKS/$1.conf"
}

# on NETWORK: QEMU's -netdev for it.
on() {
	echo "tap,id=n0,helper=$NAT_SETUP --network=$1"
}

# world_asks tcp|udp ADDRESS PORT ANSWER: what the world gets from there; "fail" is nothing.
world_asks() {
	local answer i
	for i in 1 2 3; do
		answer=$(in_lan "$GUEST_WORK/peer" "$1" "$2" "$3") || answer=fail
		[[ $answer == fail && $4 != fail ]] || break
	done
	[[ $answer == "$4" ]] || guest_fail "the world: '$1 $2 $3' gave '$answer', not '$4'"
}

# world_reaches ADDRESS PORT WHAT: of "tcp udp ping", what gets an answer, or "nothing".
world_reaches() {
	local got i peer=$GUEST_WORK/peer
	for i in 1 2 3; do
		got=$( {
			(in_lan ping -c 3 -i 0.5 -W 1 "$1" >/dev/null && echo 3 ping) &
			(in_lan "$peer" udp "$1" "$2" >/dev/null && echo 2 udp) &
			(in_lan "$peer" tcp "$1" "$2" >/dev/null && echo 1 tcp) &
			wait
		} 2>/dev/null | sort | cut -d' ' -f 2 | paste -sd' ' -)
		# Fewer than are to be reached may have been kept waiting, not out.
		((${#got} < ${#3})) && [[ $3 != nothing ]] || break
	done
	[[ ${got:-nothing} == "$3" ]] || guest_fail "the world reaches $1 port $2 by '$got', not '$3'"
}

# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# A host with bridges, a router behind them and QEMU guests on them, for tests/guest.bats,
# tests/network-guest.bats and scripts/demo. Needs root in a mount namespace of its own; names:
# GUEST_HOST is the network namespace with the bridges, GUEST_LAN the one of the router.
#
# In: NG_PREFIX, where netgrant is installed; or NG_BUILD, a build folder to install from.

GUEST_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/wait.bash
source "$GUEST_DIR/../wait.bash"
GUEST_USERS='alice bob mallory'
GUEST_HOST=ngguest-host
GUEST_LAN=ngguest-lan
# What a boot may take on a machine that is busy with something else.
GUEST_BOOT=180

guest_fail() {
	echo "guest: $*" >&2
	return 1
}

# ---- the sandbox

# Only where an ancestor lives in other namespaces is it certain that ours are not the host's.
# What cannot be read proves nothing: process 1 may be hidden even from root.
guest_is_private() {
	local pid=$$ mnt net theirs_mnt theirs_net
	mnt=$(readlink /proc/self/ns/mnt) || return
	net=$(readlink /proc/self/ns/net) || return
	while pid=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$pid/status" 2>/dev/null) && ((pid > 0)); do
		theirs_mnt=$(readlink "/proc/$pid/ns/mnt") || continue
		theirs_net=$(readlink "/proc/$pid/ns/net") || continue
		[[ $theirs_mnt != mnt:* || $theirs_net != net:* || $theirs_mnt == "$mnt" || $theirs_net == "$net" ]] ||
			return 0
	done
	return 1
}

# guest_mounted FOLDER TYPE: notes the mount just made there, after a look that it is there and
# of that type; what is written to FOLDER otherwise would be written to the host's.
guest_mounted() {
	export GUEST_MOUNTS="$1 ${GUEST_MOUNTS-}"
	if [[ $(stat -f -c %T "$1") == "$2" ]] && mountpoint -q "$1"; then
		return 0
	fi
	guest_fail "the mount on $1 did not take; nothing is written there"
}

guest_overlay() {
	local upper=$GUEST_WORK/overlay$1/upper work=$GUEST_WORK/overlay$1/work
	mkdir -p "$upper" "$work" || return
	mount -t overlay overlay -o "lowerdir=$1,upperdir=$upper,workdir=$work" "$1" || return
	guest_mounted "$1" overlayfs || return
	: >"$upper/.netgrant-guest"
	[[ -e $1/.netgrant-guest ]] || guest_fail "$1 is not our overlay"
}

# Devices of our own: the host's /dev/net/tun may be closed to users, or missing.
guest_dev() {
	local new=$GUEST_WORK/dev node major minor
	mkdir -p "$new"/{net,pts,shm}
	while read -r node major minor; do
		mknod -m 0666 "$new/$node" c "$major" "$minor" || return
	done <<-EOF
		null 1 3
		zero 1 5
		full 1 7
		random 1 8
		urandom 1 9
		tty 5 0
		ptmx 5 2
		net/tun 10 200
	EOF
	ln -s /proc/self/fd "$new/fd"
	mount --bind /dev/pts "$new/pts" && mount -t tmpfs -o mode=1777 tmpfs "$new/shm" &&
		mount --rbind "$new" /dev && guest_mounted /dev tmpfs
}

guest_users() {
	local user uid=61500
	for user in $GUEST_USERS; do
		uid=$((uid + 1))
		id -u "$user" >/dev/null 2>&1 && continue
		echo "$user:x:$uid:$uid::/nonexistent:/bin/sh" >>/etc/passwd
		echo "$user:x:$uid:" >>/etc/group
	done
	# nat-setup knows its dnsmasq by the user, and we share process numbers with the host, which
	# may have a network of the same name: a user that nobody else has.
	uid=$((70000 + $$))
	sed -i '/^netgrant-dnsmasq:/d' /etc/passwd /etc/group
	echo "netgrant-dnsmasq:x:$uid:$uid::/nonexistent:/usr/sbin/nologin" >>/etc/passwd
	echo "netgrant-dnsmasq:x:$uid:" >>/etc/group
	sed -i '/^netgrant-ifup:/d' /etc/passwd /etc/group
	echo "netgrant-ifup:x:61600:61600::/nonexistent:/usr/sbin/nologin" >>/etc/passwd
	echo "netgrant-ifup:x:61600:" >>/etc/group
}

# Everything that is changed here is changed in layers of our own, made first and without
# asking whether somebody else made some: /etc, /dev, /run and, to install, /usr/local. Every
# step has to work, or the next one would be the host's. GUEST_WORK is a folder that everybody
# may enter.
guest_sandbox() {
	guest_is_private || guest_fail "this would change the host; run it under 'unshare -mn'" || return
	[[ -n ${NG_PREFIX-}${NG_BUILD-} ]] ||
		guest_fail "set NG_PREFIX (where netgrant is installed) or NG_BUILD (where it is built)" || return
	mount --make-rprivate / || return
	GUEST_WORK=$(mktemp -d /tmp/netgrant-guest.XXXXXX) || return
	export GUEST_WORK
	mount -t tmpfs -o mode=0755 tmpfs "$GUEST_WORK" && guest_mounted "$GUEST_WORK" tmpfs || return
	guest_overlay /etc && guest_overlay /var/lib || return
	mount -t tmpfs -o mode=0755 tmpfs /run && guest_mounted /run tmpfs || return
	guest_dev || return
	guest_users && rm -rf /etc/netgrant /etc/qemu || return
	if [[ -z ${NG_PREFIX-} ]]; then
		guest_overlay /usr/local || return
		make -C "$NG_BUILD" install >"$GUEST_WORK/install.log" 2>&1 ||
			{ tail -n 20 "$GUEST_WORK/install.log" >&2; return 1; }
	fi
	export NG_PREFIX=${NG_PREFIX:-/usr/local}
	export BRIDGE_HELPER=$NG_PREFIX/libexec/netgrant/bridge-helper
	[[ -x $BRIDGE_HELPER ]] || guest_fail "$BRIDGE_HELPER is missing" || return
	export GUEST_POLICY=/etc/netgrant/bridge.conf
	mkdir -p /etc/netgrant
}

# Unmounts what guest_sandbox mounted, the last first.
guest_sandbox_down() {
	local folder
	for folder in ${GUEST_MOUNTS-}; do
		umount -l "$folder" || return
	done
	GUEST_MOUNTS=
	[[ -z ${GUEST_WORK-} ]] || rmdir "$GUEST_WORK"
}

# guest_image FOLDER: what make-image keeps in FOLDER, copied to where users may read; and
# linux.uml, which is Debian's with a processor it does not know of made bearable.
guest_image() {
	"$GUEST_DIR/make-image" "$1" && cp "$1"/{kernel,initrd,peer,uml.initrd,uml-registers.so} "$GUEST_WORK/" &&
		chmod 0644 "$GUEST_WORK"/{kernel,initrd,uml.initrd,uml-registers.so} || return
	cat >"$GUEST_WORK/linux.uml" <<-EOF
		#!/bin/sh
		LD_PRELOAD=$GUEST_WORK/uml-registers.so exec linux.uml "\$@"
	EOF
	chmod 0755 "$GUEST_WORK/linux.uml"
	mkdir -m 1777 "$GUEST_WORK/uml.d"
}

# ---- the network

in_host() { ip netns exec "$GUEST_HOST" "$@"; }
in_lan() { ip netns exec "$GUEST_LAN" "$@"; }

# guest_spawn COMMAND...: becomes COMMAND, with nothing open but 0, 1 and 2: for ( … ) &, so
# that $! is the command itself and a runner's pipes are not held open.
guest_spawn() {
	local fd
	for fd in "/proc/$BASHPID/fd"/*; do
		fd=${fd##*/}
		((fd <= 2)) || eval "exec $fd>&-"
	done
	exec "$@"
}

# guest_network BRIDGE=A.B.C...: bridges, each with a router at A.B.C.1 that serves DHCP from
# .100 on. No bridge has an address of its own: it takes a port's, as on most hosts.
guest_network() {
	local arg bridge net options=()
	ip netns add "$GUEST_HOST" && ip netns add "$GUEST_LAN" || return
	in_lan ip link set lo up
	for arg; do
		bridge=${arg%%=*} net=${arg#*=}
		in_host ip link add "$bridge" type bridge forward_delay 0 &&
			in_host ip link add "up-$bridge" type veth peer name "lan-$bridge" netns "$GUEST_LAN" &&
			in_host ip link set "up-$bridge" master "$bridge" up &&
			in_host ip link set "$bridge" up &&
			in_lan ip addr add "$net.1/24" dev "lan-$bridge" &&
			in_lan ip link set "lan-$bridge" up || return
		options+=("--interface=lan-$bridge" "--dhcp-range=$net.100,$net.199,255.255.255.0,10m")
	done
	(guest_spawn ip netns exec "$GUEST_LAN" dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --port=0 \
		--user=nobody --group=nogroup --leasefile-ro --no-ping --dhcp-authoritative \
		--bind-dynamic --log-facility=- "${options[@]}") </dev/null >"$GUEST_WORK/dnsmasq.log" 2>&1 &
	GUEST_DNSMASQ=$!
	export GUEST_DNSMASQ
	guest_wait_for "$GUEST_WORK/dnsmasq.log" 'DHCP, IP range' 60 ||
		guest_fail "dnsmasq: $(cat "$GUEST_WORK/dnsmasq.log")"
}

guest_network_down() {
	local netns
	[[ -z ${GUEST_DNSMASQ-} ]] || kill "$GUEST_DNSMASQ" 2>/dev/null || :
	netns_end "$GUEST_HOST" "$GUEST_LAN"
}

# What a helper could leave behind.
guest_links() {
	in_host ip -o link | sed 's/^\([0-9]*: [^:]*\):.*\(master [^ ]*\|\)\(.*\)/\1 \2 \3/'
	in_host bridge fdb show | grep -v 'vnet' | sort
}

# guest_same_links BEFORE: nothing is there that was not; devices go with a delay.
guest_same_links() {
	local i now
	for ((i = 0; i < 600; i++)); do
		now=$(guest_links)
		[[ $now != "$1" ]] || return 0
		sleep 0.05
	done
	diff <(echo "$1") <(echo "$now") >&2
	return 1
}

# ---- guests

GUEST_PIDS=()
# -g: bats reads this file inside a function.
declare -gA GUEST_PID=() GUEST_CONSOLE=()

# as USER COMMAND...: on the host with the bridges, without any privilege.
as() {
	local user=$1
	shift
	in_host setpriv --reuid "$user" --regid "$user" --init-groups --inh-caps=-all -- "$@"
}

# guest_wait_for FILE PATTERN SECONDS
guest_wait_for() {
	local end=$((SECONDS + $3))
	until grep -a -q -e "$2" "$1" 2>/dev/null; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

# The options of QEMU that have nothing to do with the network. (To the kernel: no_timer_check, or one
# that gets too little of a processor while it boots takes its timer for broken, and panics.)
guest_machine() {
	echo "-M q35 -accel tcg -cpu max -m 128 -nodefaults -no-user-config -display none -no-reboot -serial stdio"
}

# guest_begin NAME WHERE USER COMMAND...: in the namespace WHERE, as USER; its console takes orders.
guest_begin() {
	local name=$1 where=$2 user=$3 console
	shift 3
	mkfifo "$GUEST_WORK/$name.orders" || return
	exec {console}<>"$GUEST_WORK/$name.orders"
	GUEST_CONSOLE[$name]=$console
	: >"$GUEST_WORK/$name.out"
	(guest_spawn ip netns exec "$where" setpriv --reuid "$user" --regid "$user" --init-groups \
		--inh-caps=-all --pdeathsig KILL -- "$@") <&"$console" >"$GUEST_WORK/$name.out" 2>"$GUEST_WORK/$name.err" &
	GUEST_PID[$name]=$!
	GUEST_PIDS+=("$!")
}

# guest_start NAME USER MAC NETDEV ORDERS...: starts QEMU as USER; the NIC is of netdev n0. With
# "pxe" instead of orders it boots from the network. What stands in GUEST_UNDER starts QEMU,
# GUEST_NIC is more of the NIC, GUEST_MORE of the machine.
GUEST_UNDER=()
guest_start() {
	local name=$1 user=$2 mac=$3 netdev=$4
	shift 4
	local from=(-kernel "$GUEST_WORK/kernel" -initrd "$GUEST_WORK/initrd" -append "console=ttyS0 quiet no_timer_check $*") rom=,romfile=
	[[ $1 != pxe ]] || from=(-boot n) rom=
	# shellcheck disable=SC2046 # words are wanted
	guest_begin "$name" "$GUEST_HOST" "$user" "${GUEST_UNDER[@]}" qemu-system-x86_64 $(guest_machine) ${GUEST_MORE-} \
		"${from[@]}" -netdev "$netdev" -device "virtio-net-pci,netdev=n0,mac=$mac$rom${GUEST_NIC-}"
}

# uml_words NAME: User-mode Linux with all but NICs and orders, as the words of UML.
uml_words() {
	UML=("$GUEST_WORK/linux.uml" mem=64M "initrd=$GUEST_WORK/uml.initrd" rdinit=/first con=null con0=fd:0,fd:1
		"uml_dir=$GUEST_WORK/uml.d" "umid=$1" quiet "ng.name=$1" ng.wait=900)
}

# uml_start NAME USER WORD...: User-mode Linux; its NIC and its orders are WORDs.
uml_start() {
	local UML=()
	uml_words "$1"
	guest_begin "$1" "$GUEST_HOST" "$2" "${UML[@]}" "${@:3}"
}

# guest_run NAME USER [RUN-OPTION...] -- ORDERS...: as guest_start, by netgrant run. GUEST_WHERE is
# the namespace, GUEST_HOST unless set; GUEST_NICS is more for QEMU.
guest_run() {
	local name=$1 user=$2 options=() rest=()
	split_options "${@:3}"
	# shellcheck disable=SC2046 # words are wanted
	guest_begin "$name" "${GUEST_WHERE:-$GUEST_HOST}" "$user" "$NG_PREFIX/bin/netgrant" run --name "$name" "${options[@]}" -- \
		qemu-system-x86_64 $(guest_machine) ${GUEST_NICS-} -kernel "$GUEST_WORK/kernel" -initrd "$GUEST_WORK/initrd" \
		-append "console=ttyS0 quiet no_timer_check ng.wait=900 ng.name=$name ${rest[*]}"
}

# split_options WORD... -- WORD...: as the caller's options and rest.
split_options() {
	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	rest=("${@:2}")
}

# uml_run NAME USER [RUN-OPTION...] -- WORD...: as uml_start, by netgrant run.
uml_run() {
	local name=$1 user=$2 options=() rest=() UML=()
	split_options "${@:3}"
	uml_words "$name"
	guest_begin "$name" "$GUEST_HOST" "$user" "$NG_PREFIX/bin/netgrant" run --name "$name" "${options[@]}" -- "${UML[@]}" "${rest[@]}"
}

# guest_says NAME LINE [SECONDS [NTH]]: has the guest said "NG LINE" (a basic regular
# expression, for the whole line) NTH times? Ends early when the guest does.
guest_says() {
	local end=$((SECONDS + ${3-$GUEST_BOOT})) gone=
	until (($(tr -d '\r' <"$GUEST_WORK/$1.out" | grep -a -c "^NG $2\$") >= ${4-1})); do
		if ((SECONDS >= end)) || [[ -n $gone ]]; then
			echo "guest $1 did not say '$2':" >&2
			tail -n 20 "$GUEST_WORK/$1.out" "$GUEST_WORK/$1.err" >&2
			return 1
		fi
		# Once more after its end: it may just have said it.
		kill -0 "${GUEST_PID[$1]}" 2>/dev/null || gone=1
		sleep 0.1
	done
}

guest_order() {
	echo "$2" >&"${GUEST_CONSOLE[$1]}"
}

# guest_lease NAME: its address.
guest_lease() {
	tr -d '\r' <"$GUEST_WORK/$1.out" | sed -n 's/^NG lease //p'
}

# guest_asks NAME ORDER: what the guest's answer adds to the order, in GUEST_ANSWER.
guest_asks() {
	local line count
	# As a pattern, only dots are special in an order.
	line="${2//./\\.}\\( .*\\|\\)"
	# grep fails where it counts none.
	count=$(tr -d '\r' <"$GUEST_WORK/$1.out" | grep -a -c "^NG $line\$") || :
	guest_order "$1" "$2"
	guest_says "$1" "$line" 150 $((count + 1)) || return
	GUEST_ANSWER=$(tr -d '\r' <"$GUEST_WORK/$1.out" | sed -n "s/^NG ${2//\//\\/}\\( \\|\$\\)//p" | tail -n 1)
}

# guest_does NAME ORDER ANSWER: wants that answer. What is expected to work may have been kept waiting
# for a processor, twice: it is tried again.
guest_does() {
	local i
	for i in 1 2 3; do
		guest_asks "$1" "$2" || return
		[[ $GUEST_ANSWER == fail && $3 != fail ]] || break
	done
	[[ $GUEST_ANSWER == "$3" ]] || guest_fail "guest $1: '$2' gave '$GUEST_ANSWER', not '$3'"
}

# guest_ping NAME ADDRESS ok|fail: orders a ping and wants that result.
guest_ping() {
	guest_does "$1" "ping $2" "$3"
}

# guest_quit NAME: lets it end by itself; its QEMU's exit status.
guest_quit() {
	guest_order "$1" quit
	wait_until no kill -0 "${GUEST_PID[$1]}" || guest_fail "guest $1 does not end" || return
	wait "${GUEST_PID[$1]}"
}

# Ends what guest_start began, and only that.
guests_kill() {
	local pid
	kill_jobs "${GUEST_PIDS[@]}"
	for pid in "${GUEST_PIDS[@]}"; do wait "$pid" 2>/dev/null || :; done
	# User-mode Linux leaves processes behind when it is killed; nobody else has this folder.
	pkill -KILL -f "linux.uml .*initrd=$GUEST_WORK/" || :
	GUEST_PIDS=()
	rm -f "$GUEST_WORK"/*.orders
}

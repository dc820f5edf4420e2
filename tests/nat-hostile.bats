#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# nat-setup and network-worker, asked by somebody hostile who has a rule with `start`, and in the
# company of a dnsmasq that has been taken over. The numbers are those of the list of threats.
bats_require_minimum_version 1.5.0

# shellcheck disable=SC2154 # bats sets status, output and stderr
load lib
load net

setup() {
	net_setup
	simple default nat
	echo 'allow default user=alice start' >"$NETWORK_POLICY"
	ALICE=62001
}
teardown() {
	in_ns "$NAT_SETUP" down --all 2>/dev/null || :
	[ ! -e "$BATS_TEST_TMPDIR/cgroup" ] || cgroup_end
	net_teardown
}

# under OPTION... -- ARGUMENT...: nat-setup as alice under those conditions; sets what run does.
under() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run --separate-stderr in_ns "$NG_TOOLS/under" --groups=0 "--uid=$ALICE" "$NG_TOOLS/under" "${options[@]}" "$NAT_SETUP" "$@"
}

# never COMMAND...: fails where the command does not; `!` would not fail a test.
never() {
	if "$@" >/dev/null 2>&1; then return 1; fi
}

workers_up() { here -f '^network-worker up' | grep .; }

is_up() { nat status default >/dev/null && [ -n "$(dnsmasq_pid default)" ]; }

is_down() {
	never in_ns ip link show ng-default 2>/dev/null
	[ -z "$(in_ns nft list ruleset)" ]
	[ -z "$(dnsmasq_pid default)" ]
	[ ! -e /run/netgrant/networks/default ]
}

field() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }

# LeakSanitizer wants a process more than RLIMIT_NPROC leaves.
# bats test_tags=nosanitizers
@test "threat 66: limits of the caller that would be dnsmasq's for good: refused, nothing changed" {
	local limit
	for limit in FSIZE,0 FSIZE,1 FSIZE,4096 CPU,3600 NPROC,1 NPROC,100 NOFILE,32 NOFILE,128 AS,67108864 DATA,67108864 STACK,65536; do
		under "--limit=$limit" -- up default
		[ "$status" -eq 1 ] || { echo "$limit: $status $stderr" >&2; return 1; }
		is_down
		# Where no file can be written, nor can that of bats.
		[[ "$limit" != FSIZE,[01] ]] || continue
		[ "${#stderr_lines[@]}" -eq 1 ] || { echo "$limit: $stderr" >&2; return 1; }
		[[ "$stderr" == "nat-setup: "*"RLIMIT_${limit%,*} is "* || "$stderr" == *"cannot fork"* ]] || { echo "$limit: $stderr" >&2; return 1; }
	done
}

# Outside of the port group, no rule of the network would be for it.
@test "bridge-helper: no port on a network's bridge, unless a rule names it" {
	local rule netgrant=$NG_PREFIX/bin/netgrant
	nat up default
	echo 'deny all user=mallory' >>"$NETWORK_POLICY"
	for rule in 'allow all' 'allow ng-*' 'allow [!x]*'; do
		policy "$rule" 'allow br0'
		ask mallory -- --br=br0
		[ "$status" -eq 0 ]
		ask mallory -- --br=ng-default
		[ "$status" -eq 3 ]
		said="denied: no rule in $POLICY allows bridge 'ng-default' to mallory (uid 62004); root can add the line: allow ng-default user=mallory; it is a network's, of which nat-setup --network= hands out ports: only a rule with just its name allows it here"
		[ "$stderr" = "bridge-helper: $said" ]
		run -3 as_user mallory "$netgrant" explain bridge ng-default
		[ "${lines[0]}" = "$said" ]
		run -0 as_user mallory "$netgrant" allowed
		[[ "$output" == *"br0 "* && "$output" != *ng-default* ]]
	done
	policy 'allow all limit=1' 'allow ng-default user=mallory'
	ask mallory -- --br=ng-default --describe
	[ "$status" -eq 0 ]
	[[ "$output" == *"rule=$POLICY:2"* ]]
	run -0 as_user mallory "$netgrant" explain bridge ng-default
	[[ "$output" == "granted: $POLICY:2 allows "* ]]
	run -0 as_user mallory "$netgrant" allowed
	[[ "$output" == *"ng-default "*"$POLICY:2"* ]]
	policy 'allow ng-default' 'deny ng-*'
	ask mallory -- --br=ng-default
	[ "$status" -eq 3 ]
	[[ "$stderr" == *"$POLICY:2 denies"* ]]
}

@test "threat 66: what limits remain: those of dnsmasq and the watcher are the hard ones, none is deadly" {
	network default '[network]' mode=isolated stop=last-port '[ipv4]' address=192.168.22.1/24 dhcp=192.168.22.2-192.168.22.9
	# Small limits that are soft only are no reason to refuse.
	run --separate-stderr as_user alice bash -c "ulimit -S -f 0; ulimit -S -t 5; ulimit -S -n 40; ulimit -S -s 512; exec $NAT_SETUP up default"
	[ "$status" -eq 0 ] || { echo "$stderr" >&2; return 1; }
	is_up
	for pid in $(dnsmasq_pid default) $(here -f '^network-worker watch default'); do
		grep -q '^Max cpu time *unlimited *unlimited' "/proc/$pid/limits"
		grep -q '^Max file size *unlimited *unlimited' "/proc/$pid/limits"
		[ "$(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits")" -ge 256 ]
	done
}

@test "threat 73: nice, processors, scheduling, timer slack, personality, OOM score, umask, no folder" {
	under --umask=0 --no-cwd --nice=19 -- up default
	[ "$status" -eq 1 ]
	[[ "$stderr" == *"was started with nice 19; at most 10 is possible here" ]]
	is_down
	run --separate-stderr as_user alice chrt --idle 0 "$NAT_SETUP" up default
	[ "$status" -eq 1 ]
	[[ "$stderr" == *"was started with the scheduling policy idle" ]]
	is_down
	run --separate-stderr as_user alice bash -c "
		umask 0
		echo 1000 >/proc/self/oom_score_adj
		exec nice -n 5 chrt --batch 0 ionice -c 3 taskset -c 0 setarch --uname-2.6 $NAT_SETUP up default"
	[ "$status" -eq 0 ] || { echo "$stderr" >&2; return 1; }
	is_up
	pid=$(dnsmasq_pid default)
	[ "$(cat "/proc/$pid/oom_score_adj")" -le "$(cat /proc/self/oom_score_adj)" ]
	[ "$(field "$pid" Cpus_allowed)" = "$(field self Cpus_allowed)" ]
	[ "$(chrt -p "$pid" | sed -n 's/.*policy: //p')" = SCHED_OTHER ]
	[[ "$(ionice -p "$pid")" != idle* ]]
	[ "$(cat "/proc/$pid/personality")" = 00000000 ]
	[ "$(readlink "/proc/$pid/cwd")" = / ]
	[ -z "$(find /run/netgrant /var/lib/netgrant -perm -o+w ! -type l | grep .)" ]
}

@test "threats 64, 65: every signal ignored or blocked; nothing of it is dnsmasq's or the watcher's" {
	local mode
	network default '[network]' mode=isolated stop=last-port '[ipv4]' address=192.168.22.1/24 dhcp=192.168.22.2-192.168.22.9
	for mode in ignore block qemu; do
		under "--signals=$mode" -- up default
		[ "$status" -eq 0 ] || { echo "$mode: $stderr" >&2; return 1; }
		is_up
		watcher=$(here -f '^network-worker watch default')
		[ "$(field "$watcher" SigIgn)" = 0000000000000000 ]
		[ "$(field "$watcher" SigBlk)" = 0000000000000000 ]
		pid=$(dnsmasq_pid default)
		[ "$(field "$pid" SigBlk)" = 0000000000000000 ]
		[ $((0x$(field "$pid" SigIgn) & ~0x1000)) -eq 0 ] # SIGPIPE, its own wish
		kill "$watcher"
		nat down default
		is_down
	done
}

# bats test_tags=nosanitizers
@test "threat 35: a dnsmasq that is taken over: no namespace, file, other dnsmasq, nftables, BPF, io_uring, keys" {
	simple default nat
	simple other isolated 192.168.23
	nat up default
	nat up other
	pid=$(dnsmasq_pid default)
	[ "$(field "$pid" NoNewPrivs)" = 1 ]
	[ "$(field "$pid" Seccomp)" = 2 ]
	nat down default
	# What this kernel refuses to dnsmasq's user by itself proves nothing of a filter.
	run in_ns setpriv --reuid "$(id -u netgrant-dnsmasq)" --clear-groups --inh-caps=-all,+net_admin,+net_raw,+net_bind_service \
		--ambient-caps=-all,+net_admin,+net_raw,+net_bind_service "$NG_TOOLS/as-dnsmasq"
	[[ "$output" == *"a signal to "*"a file in /tmp; "* ]] || { echo "$output" >&2; return 1; }
	[[ "$output" =~ ([0-9]+)\ of\ 29\ refused$ ]]
	[ "${BASH_REMATCH[1]}" -lt 8 ]
	mount --bind "$NG_TOOLS/as-dnsmasq" "$(command -v dnsmasq)"
	run --separate-stderr nat up default
	umount "$(command -v dnsmasq)"
	[ "$status" -eq 1 ]
	[[ "$stderr" == *"dnsmasq of network 'default' does not start: others looked for, 29 of 29 refused" ]] || { echo "$stderr" >&2; return 1; }
}

@test "threat 65: standard error that nobody reads keeps nobody else out" {
	local i
	# Overlapping, so that there is something to say with the lock held.
	in_ns ip addr add 192.168.22.77/16 dev up1
	mkfifo -m 0666 "$BATS_TEST_TMPDIR/fifo"
	chmod 0755 "$BATS_TEST_TMPDIR"
	as_user alice bash -c "exec 2<>'$BATS_TEST_TMPDIR/fifo'; head -c 65536 /dev/zero >&2; exec $NAT_SETUP up default" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	sleep 1
	wait_until no workers_up
	in_ns ip addr del 192.168.22.77/16 dev up1
	timeout 180 ip netns exec "$NS" "$NAT_SETUP" up default
	is_up
	# A closed pipe.
	nat down default
	under --fd=2,closed-pipe -- up default
	[ "$status" -eq 0 ]
	is_up
}

@test "threats 65, 69: the asker is killed, again and again: no worker stays that waits for the lock" {
	local i
	mkdir -p /run/netgrant
	flock --no-fork /run/netgrant/lock sleep 300 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until no flock -n /run/netgrant/lock true
	for ((i = 0; i < 10; i++)); do
		in_ns "$NG_TOOLS/under" --groups=0 "--uid=$ALICE" /usr/bin/timeout -s KILL 0.2 "$NAT_SETUP" up default 3>&- || :
	done
	# One that did not see that nobody asks any more would wait half a minute for the lock.
	WAIT_SECONDS=15 wait_until no workers_up
	no flock -n /run/netgrant/lock true
}

@test "threat 69: however many one user asks, one of them waits with the others'" {
	local i
	mkdir -p /run/netgrant
	exec 7>/run/netgrant/lock
	flock 7
	for ((i = 0; i < 8; i++)); do
		as_user alice "$NAT_SETUP" up default 3>&- 7>&- &
		echo $! >>"$BATS_TEST_TMPDIR/pids"
	done
	waiting() {
		local pid n=0
		for pid in $(here -f '^network-worker up'); do
			! readlink "/proc/$pid/fd/"* | grep -qx /run/netgrant/lock || n=$((n + 1))
		done
		[ "$n" -eq 1 ]
	}
	wait_until eval '[ "$(workers_up | wc -l)" -eq 8 ]'
	wait_until waiting
	sleep 0.5
	waiting
	[ "$(stat -c %a:%u /run/netgrant/lock."$ALICE")" = 600:0 ]
	exec 7>&-
	wait_until no workers_up
	is_up
}

@test "threats 62, 70, 71: the worker cannot be signalled, traced or read by who asked, nor run alone" {
	mkdir -p /run/netgrant
	exec 7>/run/netgrant/lock
	flock 7
	as_user alice "$NAT_SETUP" up default 3>&- 7>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until workers_up
	worker=$(workers_up)
	# It is what it will be once it waits.
	wait_until eval 'readlink "/proc/$worker/fd/"* | grep -x /run/netgrant/lock'
	[ "$(field "$worker" Uid | tr '\t' ' ')" = '0 0 0 0' ]
	[ "$(field "$worker" Gid | tr '\t' ' ')" = '0 0 0 0' ]
	[ "$(field "$worker" Groups)" = '' ]
	[ "$(field "$worker" NoNewPrivs)" = 1 ]
	[ "$(field "$worker" CapInh)" = 0000000000000000 ]
	[ "$(field "$worker" CapAmb)" = 0000000000000000 ]
	[ $((0x$(field "$worker" CapPrm))) -eq $((0x34c0)) ]
	[ "$(tr '\0' ' ' <"/proc/$worker/environ")" = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C ' ]
	[ "$(cut -d' ' -f6,7 "/proc/$worker/stat")" = "$worker 0" ] # a session of its own, no terminal
	for s in STOP KILL TERM INT TSTP ALRM; do
		never as_user alice kill "-$s" "$worker" 2>/dev/null
		never as_user netgrant-dnsmasq kill "-$s" "$worker" 2>/dev/null
	done
	never as_user alice cat "/proc/$worker/environ" 2>/dev/null
	never as_user alice ls "/proc/$worker/fd" 2>/dev/null
	# Nothing of the caller's is open in it.
	[ -z "$(readlink "/proc/$worker/fd/"* | grep -vE '^(/dev/null|socket:|pipe:|/run/netgrant$|/run/netgrant/lock(\.62001)?)')" ]
	exec 7>&-
	wait_until no workers_up
	for verb in up down reload watch; do
		run --separate-stderr as_user mallory "$HELPERS/network-worker" "$verb" default
		[ "$status" -eq 5 ]
	done
	is_up
}

cgroup_mount() {
	mkdir -p /sys/fs/cgroup 2>/dev/null
	mount -t cgroup2 cgroup2 /sys/fs/cgroup 2>/dev/null || skip 'no cgroup2 here'
	touch "$BATS_TEST_TMPDIR/cgroup"
	mkdir "/sys/fs/cgroup/$NS"
	chown -R "$ALICE" "/sys/fs/cgroup/$NS"
	[ -e "/sys/fs/cgroup/$NS/cgroup.freeze" ] || skip 'no cgroup.freeze here'
}

cgroup_end() {
	[ ! -e "/sys/fs/cgroup/$NS/cgroup.freeze" ] || echo 0 >"/sys/fs/cgroup/$NS/cgroup.freeze"
	for p in $(cat "/sys/fs/cgroup/$NS/cgroup.procs" 2>/dev/null); do echo "$p" >/sys/fs/cgroup/cgroup.procs || :; done
	rmdir "/sys/fs/cgroup/$NS" 2>/dev/null || :
	umount /sys/fs/cgroup || :
}

@test "threats 69, 73: neither worker, dnsmasq nor watcher is in a control group that the caller can freeze or kill" {
	network default '[network]' mode=isolated stop=last-port '[ipv4]' address=192.168.22.1/24 dhcp=192.168.22.2-192.168.22.9
	cgroup_mount
	bash -c "echo 0 >/sys/fs/cgroup/$NS/cgroup.procs; mount --bind /sys/fs/cgroup /mnt
		exec ip netns exec $NS bash -c 'mount --bind /mnt /sys/fs/cgroup; exec $NG_TOOLS/as-user alice $NAT_SETUP up default'"
	is_up
	umount /mnt || :
	for pid in $(dnsmasq_pid default) $(here -f '^network-worker watch default'); do
		never grep -q "$NS" "/proc/$pid/cgroup"
	done
}

@test "threats 21, 53, 56: the environment reaches neither worker nor dnsmasq" {
	mkdir -p "$NG_WORK/evil"
	chmod 0777 "$NG_WORK/evil"
	echo '__attribute__((constructor)) static void f(void) { __builtin_trap(); }' | gcc -shared -fPIC -x c -o "$NG_WORK/evil/evil.so" -
	run --separate-stderr as_user alice env "LD_PRELOAD=$NG_WORK/evil/evil.so" LD_DEBUG=all "LD_DEBUG_OUTPUT=$NG_WORK/evil/d" \
		"LD_LIBRARY_PATH=$NG_WORK/evil" "PATH=$NG_WORK/evil" GLIBC_TUNABLES=glibc.malloc.mxfast=x NFT_DEBUG=all IFS=/ "$NAT_SETUP" up default
	[ "$status" -eq 0 ] || { echo "$status $stderr" >&2; return 1; }
	is_up
	pid=$(dnsmasq_pid default)
	[ "$(tr '\0' ' ' <"/proc/$pid/environ")" = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C ' ]
	[ -z "$(ls "$NG_WORK/evil" | grep -v evil.so)" ]
}

@test "threats 26, 44, 52: no argv, a long one, random ones, and words that are not the verb's own" {
	local before seed
	nat up default
	nat down default
	before=$(end_state default)
	under --empty-argv --
	[ "$status" -eq 2 ]
	for name in '' ../x /bin/sh; do
		under "--name=$name" -- up nowhere
		[ "$status" -eq 3 ]
		[[ "$stderr" == "nat-setup: "* ]]
	done
	under --long-name=100000 -- status
	[ "$status" -le 1 ]
	for seed in {1..40}; do
		under "--random=$seed" --
		[ "$status" -ge 1 ] && [ "$status" -le 5 ] || { echo "$seed: $status" >&2; return 1; }
	done
	for words in 'up --for-user default' 'up --for-user=0 default' 'up --all' 'up default --all' 'watch default' \
		'up default default' 'up --fd=3 default' 'up -- default' 'list --all' 'status --all'; do
		# shellcheck disable=SC2086 # words are wanted
		under -- $words
		[ "$status" -eq 2 ] || { echo "$words: $status $stderr" >&2; return 1; }
	done
	for name in . .. '' a/b ../default '*' 'a b' $'a\nb' $'\e[2J' 'ä' "$(printf 'a%.0s' {1..5000})" -- '%s%n'; do
		under -- up "$name"
		[ "$status" -eq 2 ]
		never grep -q '[^ -~]' <<<"$stderr"
		under -- "--network=$name" --fd=1
		[ "$status" -eq 2 ]
		never grep -q '[^ -~]' <<<"$stderr"
	done
	same_state "$before" default
}

@test "threat 58: any of 0, 1 and 2 closed" {
	local mask n options
	for mask in {1..7}; do
		options=()
		for n in 0 1 2; do ((mask >> n & 1)) && options+=("--close=$n"); done
		under "${options[@]}" -- up default
		[ "$status" -eq 0 ]
		is_up
		nat down default
	done
}

@test "threat 76: in a user namespace of one's own: no privilege, and one line that says so" {
	unshare -Ur true 2>/dev/null || skip 'no user namespaces here'
	install -m 4755 "$NAT_SETUP" "$NG_WORK/nat-setup.suid"
	chmod 0755 "$NG_WORK"
	for program in "$NAT_SETUP" "$NG_WORK/nat-setup.suid"; do
		for flags in -Ur -Urn -Urm -Urmn -U; do
			run --separate-stderr as_user alice unshare "$flags" "$program" up default
			[ "$status" -ge 1 ] && [ "$status" -le 5 ] || { echo "$program $flags: $status $stderr" >&2; return 1; }
			[[ "$stderr" == *"user namespace"* || "$stderr" == *"it must be owned by root"* ]] || { echo "$program $flags: $status $stderr" >&2; return 1; }
		done
	done
	is_down
}

@test "threats 7, 62, 72: setuid root without file capabilities, root itself: the same ends, the same sets" {
	local caps
	mkdir -p "$NG_WORK/other"
	chmod 0755 "$NG_WORK" "$NG_WORK/other"
	install -m 4755 "$NAT_SETUP" "$NG_WORK/other/nat-setup"
	under -- up default
	caps=$(grep -E '^(Cap(Inh|Prm|Eff|Amb)|Uid|Gid|Groups|NoNewPrivs)' "/proc/$(dnsmasq_pid default)/status")
	nat down default
	run --separate-stderr as_user alice "$NG_WORK/other/nat-setup" up default
	[ "$status" -eq 0 ] || { echo "$stderr" >&2; return 1; }
	is_up
	[ "$(grep -E '^(Cap(Inh|Prm|Eff|Amb)|Uid|Gid|Groups|NoNewPrivs)' "/proc/$(dnsmasq_pid default)/status")" = "$caps" ]
	run --separate-stderr as_user mallory "$NG_WORK/other/nat-setup" down default
	[ "$status" -eq 3 ]
	run --separate-stderr as_user alice "$NG_TOOLS/recv-fd" "$NG_WORK/other/nat-setup" --network=default '--fd={fd}'
	[ "$status" -eq 0 ]
	nat down default
	nat up default
	[ "$(grep -E '^(Cap(Inh|Prm|Eff|Amb)|Uid|Gid|Groups|NoNewPrivs)' "/proc/$(dnsmasq_pid default)/status")" = "$caps" ]
}

@test "threats 11, 22, 61: whatever dnsmasq's user makes of its folder: nothing is followed, believed or waited for" {
	local dir=/var/lib/netgrant/default
	nat up default
	cp -a /etc/shadow "$BATS_TEST_TMPDIR/shadow" 2>/dev/null || :
	for what in 'ln -sf /etc/shadow leases' 'mkfifo leases' 'mkdir leases' 'truncate -s 3M leases' \
		'yes "2000000000 52:54:00:aa:00:01 192.168.22.7 web *" | head -n 9000 >leases' \
		'printf "2000000000 52:54:00:aa:00:0%d 192.168.22.7 web *\n" 1 2 3 >leases' \
		'printf "2000000000 52:54:00:aa:00:01 %s web *\n" 192.168.22.1 0.0.0.0 255.255.255.255 192.168.22.255 10.1.1.1 224.0.0.1 >leases' \
		'printf "2000000000 %s 192.168.22.7 web *\n" 00:00:00:00:00:00 ff:ff:ff:ff:ff:ff 01:00:5e:00:00:01 >leases' \
		'awk "BEGIN { for (i = 0; i < 20000; i++) printf \"0 52:54:00:aa:%02x:%02x 192.168.%d.%d * *\\n\", i / 256, i % 256, i / 250 % 256, i % 250 }" >leases'; do
		as_user netgrant-dnsmasq bash -c "cd $dir && rm -rf leases dnsmasq.pid && echo 1 >dnsmasq.pid && $what"
		SECONDS=0
		run --separate-stderr timeout 180 ip netns exec "$NS" "$NAT_SETUP" reload default
		echo "$what: $SECONDS s"
		[ "$status" -eq 0 ] || { echo "$what: $status $stderr" >&2; return 1; }
		timeout 90 ip netns exec "$NS" "$NAT_SETUP" leases default >/dev/null 2>&1 || [ $? -lt 5 ]
		is_up
		# No address that is not the network's to lease, and least of all the host's.
		[ -z "$(in_ns nft list table bridge netgrant-default | grep -A20 'elements' | grep -Ei '0xc0a81601[^0-9a-f]|0x0a010101')" ]
	done
	[ "$(stat -c %U:%G:%a "$dir")" = root:netgrant-dnsmasq:775 ]
	# The process whose number stands in the pid file is root's, and none of ours; nor can another
	# user's process look like dnsmasq.
	as_user mallory bash -c "exec -a '$(tr '\0' '\n' <"/proc/$(dnsmasq_pid default)/cmdline" | head -1)' sleep 40" 3>&- &
	decoy=$!
	echo "$decoy" >>"$BATS_TEST_TMPDIR/pids"
	timeout 180 ip netns exec "$NS" "$NAT_SETUP" down default
	kill -0 "$decoy"
	is_down
}

@test "threats 35, 69: a dnsmasq that its own user stops while it starts holds nobody up for long" {
	local name=fz$$
	simple "$name" isolated 192.168.44
	cat >"$NG_WORK/stopper" <<-END
		#!/bin/bash
		while :; do kill -STOP \$(pgrep -u netgrant-dnsmasq -f networks/$name/); done 2>/dev/null
	END
	chmod 0755 "$NG_WORK" "$NG_WORK/stopper"
	as_user netgrant-dnsmasq "$NG_WORK/stopper" 3>&- &
	sleep 0.5
	run --separate-stderr timeout 100 ip netns exec "$NS" "$NAT_SETUP" up "$name"
	echo "stopped in its start: $status $stderr"
	[ "$status" -le 1 ]
	here -f "$NG_WORK/stopper" | xargs -r kill -9
	timeout 180 ip netns exec "$NS" "$NAT_SETUP" down "$name"
	[ -z "$(dnsmasq_pid "$name")" ]
	timeout 180 ip netns exec "$NS" "$NAT_SETUP" up "$name"
	[ -n "$(dnsmasq_pid "$name")" ]
}

@test "threat 61: folders of state that are not root's alone are refused" {
	local what
	for what in 'mkdir -m 0777 /run/netgrant' 'ln -s /tmp /run/netgrant' 'install -d -o alice /run/netgrant' \
		'mkdir -p /run/netgrant && mkdir -m 0777 /run/netgrant/networks' \
		'mkdir -p /run/netgrant/networks && ln -s /etc /run/netgrant/networks/default'; do
		rm -rf /run/netgrant
		bash -c "$what"
		run --separate-stderr nat up default
		[ "$status" -eq 1 ] || { echo "$what: $status $stderr" >&2; return 1; }
		never in_ns ip link show ng-default 2>/dev/null
	done
	rm -rf /run/netgrant
}

@test "threats 10, 18: nobody but root takes down; a denied or failed up changes nothing" {
	local before
	nat up default
	nat down default
	before=$(end_state default)
	under -- down default
	[ "$status" -eq 3 ]
	under -- down --all
	[ "$status" -eq 3 ]
	under -- reload default
	[ "$status" -eq 3 ]
	run --separate-stderr as_user mallory "$NAT_SETUP" up default
	[ "$status" -eq 3 ]
	echo 'mode=wrong' >>"$NETWORKS/default.conf"
	under -- up default
	[ "$status" -eq 4 ]
	same_state "$before" default
	simple default nat
	nat up default
	before=$(end_state default)
	# Up already: alice's up touches nothing, even where the file says something else by now.
	simple default isolated 192.168.99
	under -- up default
	[ "$status" -eq 0 ]
	same_state "$before" default
}

@test "threats 28, 69: up, down and ports at once, from several: no hang, and what remains is whole" {
	local i jobs=()
	for i in 1 2 3; do
		(for _ in 1 2 3 4; do nat_as alice up default; done) >/dev/null 2>&1 3>&- &
		jobs+=($!)
		(for _ in 1 2 3 4; do nat down default; done) >/dev/null 2>&1 3>&- &
		jobs+=($!)
		(for _ in 1 2 3 4; do as_user alice "$NG_TOOLS/recv-fd" "$NAT_SETUP" --network=default '--fd={fd}'; done) >/dev/null 2>&1 3>&- &
		jobs+=($!)
	done
	wait "${jobs[@]}" || :
	nat down default
	is_down
	[ -z "$(in_ns ip -o link | grep vnet)" ]
	nat up default
	is_up
}

# bats test_tags=nosanitizers
@test "threats 7, 72: a port is made behind the system call fence, and sent without any capability" {
	local log=$BATS_TEST_TMPDIR/strace fence make drop sent
	nat up default
	in_ns "$NG_TOOLS/recv-fd" /usr/bin/strace -q -o "$log" -e trace=seccomp,prctl,ioctl,capset,sendmsg -u alice \
		"$NAT_SETUP" --network=default '--fd={fd}'
	fence=$(grep -nE '^(seccomp\(SECCOMP_SET_MODE_FILTER|prctl\(PR_SET_SECCOMP).* = 0$' "$log" | tail -1 | cut -d: -f1)
	make=$(grep -n TUNSETIFF "$log" | head -1 | cut -d: -f1)
	drop=$(grep -nE '^capset.*effective=0, permitted=0, inheritable=0.* = 0$' "$log" | tail -1 | cut -d: -f1)
	sent=$(grep -n 'SCM_RIGHTS' "$log" | tail -1 | cut -d: -f1)
	[ "$fence" -lt "$make" ]
	[ "$make" -lt "$drop" ]
	[ "$drop" -lt "$sent" ]
	# Nothing but CAP_NET_ADMIN since before the fence.
	[ -z "$(tail -n "+$fence" "$log" | grep capset | grep -E 'NET_RAW|SETUID|SETGID|BIND')" ]
}

@test "threat 22: the dnsmasq of a network of the same name in another namespace is left alone" {
	local other=ng-other-$$ pid
	nat up default
	pid=$(dnsmasq_pid default)
	ip netns add "$other"
	# Its own /run and /var/lib, as a container has them.
	run --separate-stderr ip netns exec "$other" unshare -m bash -c "
		ip link set lo up; mount -t tmpfs -o mode=0755 x /run; mount -t tmpfs -o mode=0755 x /var/lib
		$NAT_SETUP up default && $NAT_SETUP reload default && $NAT_SETUP status default && $NAT_SETUP down default"
	ip netns del "$other"
	[ "$status" -eq 0 ] || { echo "$status $stderr $output" >&2; return 1; }
	kill -0 "$pid"
	is_up
}

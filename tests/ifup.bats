#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2016 # what stands in '' is the scripts'
# ifup-runner: what the script gets, what becomes of the tap. Run inside tests/sandbox.
bats_require_minimum_version 1.5.0
# On a busy machine, or with sanitizers, some take more than a minute.
export BATS_TEST_TIMEOUT=${BATS_TEST_TIMEOUT:-400}
source "$BATS_TEST_DIRNAME/lib.bash"
source "$BATS_TEST_DIRNAME/ifup.bash"

setup() { ifup_setup; }
teardown() { ifup_teardown; }

# ---- what a script gets

@test "rows 21, 56, 63: arguments as QEMU gives them, an environment from nothing, no descriptors, a session of its own" {
	script up "{ echo \"args \$#: \$1\"; env | sort; } >$OUT/env" "ls -l /proc/self/fd >$OUT/fds" \
		"cat /proc/self/stat >$OUT/stat; cat >$OUT/stdin" "umask >$OUT/umask; pwd >$OUT/pwd"
	run as_user alice env LD_PRELOAD=/tmp/x.so PATH=/tmp BASH_ENV=/tmp/x ENV=/tmp/x IFS=/ EVIL=1 NETGRANT_UID=0 \
		"$NG_TOOLS/recv-fd" "$RUNNER" "--script=$UP" "--downscript=no" '--fd={fd}'
	[ "$status" -eq 0 ]
	[ "$(cat "$OUT/env")" = "args 1: vnet0
NETGRANT_ACTION=up
NETGRANT_IFNAME=vnet0
NETGRANT_UID=62001
NETGRANT_USER=alice
PATH=/usr/sbin:/usr/bin:/sbin:/bin
PWD=/" ]
	# 0 is /dev/null, 1 here a file, 2 a pipe, 3 the script, and ls's own.
	[ "$(grep -c -- '->' "$OUT/fds")" -eq 5 ]
	grep -q ' 0 -> /dev/null' "$OUT/fds"
	grep -q " 3 -> $UP\$" "$OUT/fds"
	[ ! -s "$OUT/stdin" ]
	# Group, session; no terminal.
	read -r pid _ _ _ group session tty _ <"$OUT/stat"
	[ "$group" = "$session" ]
	[ "$tty" = 0 ]
	[ "$pid" != "$session" ]
	[ "$(cat "$OUT/umask")" = 0022 ]
	[ "$(cat "$OUT/pwd")" = / ]
	all_over
}

@test "rows 24, 62: a user without rights, with two capabilities, no groups and no_new_privs" {
	script up "id -u >$OUT/id; grep -E '^(Groups|Cap(Inh|Prm|Eff|Amb)|NoNew|Sig(Blk|Ign))' /proc/self/status >$OUT/status"
	up_ask alice -- --downscript=no
	granted
	[ "$(cat "$OUT/id")" = "$(id -u netgrant-ifup)" ]
	[ "$(tr -d '\t ' <"$OUT/status")" = "Groups:
SigBlk:0000000000000000
SigIgn:0000000000000000
CapInh:0000000000003000
CapPrm:0000000000003000
CapEff:0000000000003000
CapAmb:0000000000003000
NoNewPrivs:1" ]
	all_over
}

@test "row 24: run-as= and caps=: that user, all of its groups and no other, what is named" {
	ifup_policy "allow $UP user=alice run-as=bob caps=cap_net_admin" "allow $DOWN user=alice run-as=root caps=none"
	script up "id -u >$OUT/id; grep -E '^(Groups|CapEff)' /proc/self/status | tr -d '\t' >$OUT/status"
	script down "id -u >$OUT/id2; grep -E '^(Groups|Cap(Inh|Prm|Eff|Amb))' /proc/self/status | tr -d '\t ' >$OUT/status2"
	up_ask alice --
	granted
	[ "$(cat "$OUT/id")" = "$(id -u bob)" ]
	# bob is in lab.
	[ "$(cat "$OUT/status")" = "Groups:62100 
CapEff:0000000000001000" ]
	all_over
	[ "$(cat "$OUT/id2")" = 0 ]
	[ "$(cat "$OUT/status2")" = "Groups:
CapInh:0000000000000000
CapPrm:0000000000000000
CapEff:0000000000000000
CapAmb:0000000000000000" ]
}

@test "run-as=root: uid 0 with the same small capabilities, and no way to more" {
	ifup_policy "allow $UP user=alice run-as=root"
	script up "id -u >$OUT/id; grep -E '^Cap(Prm|Eff)' /proc/self/status | tr -d '\t' >$OUT/status" \
		"cat /etc/shadow >/dev/null 2>$OUT/shadow; mount -t tmpfs x /mnt 2>$OUT/mount; true"
	up_ask alice -- --downscript=no
	granted
	[ "$(cat "$OUT/id")" = 0 ]
	[ "$(cat "$OUT/status")" = "CapPrm:0000000000003000
CapEff:0000000000003000" ]
	[ -s "$OUT/mount" ]
	all_over
}

@test "row 72: inheritable and ambient capabilities of the caller's are not the script's" {
	ifup_policy "allow $UP user=0"
	script up "grep -E '^Cap(Inh|Prm|Eff|Amb)' /proc/self/status | tr -d '\t' >$OUT/status"
	in_ns setpriv --inh-caps=+net_admin,+setuid,+sys_admin --ambient-caps=+net_admin,+setuid,+sys_admin -- \
		"$NG_TOOLS/recv-fd" "$RUNNER" "--script=$UP" --downscript=no '--fd={fd}'
	[ "$(cat "$OUT/status")" = "CapInh:0000000000003000
CapPrm:0000000000003000
CapEff:0000000000003000
CapAmb:0000000000003000" ]
	all_over
}

# bats test_tags=nosanitizers
@test "rows 59, 60: nothing is executed but the worker and the script, each by its path or descriptor" {
	ifup_policy "allow $UP user=0"
	run timeout 90 ip netns exec "$NS" strace -f -qq -e trace=execve,execveat -o "$OUT/strace" \
		"$NG_TOOLS/recv-fd" "$RUNNER" "--script=$UP" --downscript=no '--fd={fd}'
	[ "$status" -eq 0 ]
	[ "$(sed -n 's/^[0-9]* *\(exec[a-z]*([^,]*, "\?[^",]*\).*/\1/p' "$OUT/strace" | grep -v recv-fd | cut -d, -f1)" = "execve(\"$RUNNER\"
execve(\"$HELPERS/ifup-worker\"
execveat(3" ]
	all_over
}

@test "the capabilities work: the script connects the tap" {
	script up 'ip link set "$1" up && ip link set "$1" master br0'
	up_hold one alice
	in_ns ip -o link show master br0 | grep -q "$(held_name one): "
	release one
	all_over
}

@test "IPv6 is off, there is no address, and the first byte of the MAC is fe" {
	script up 'ip link set "$1" up'
	up_hold one alice --ifname=vnet7
	[ -z "$(in_ns ip -o addr show dev vnet7)" ]
	[ "$(in_ns cat /proc/sys/net/ipv6/conf/vnet7/disable_ipv6)" = 1 ]
	in_ns ip link show vnet7 | grep -q 'link/ether fe:'
	release one
	once vnet7
}

@test "--ifname: a name, a pattern; what is wrong with one" {
	up_ask alice -- --ifname=vnet%d
	granted && [ "$(value name)" = vnet0 ]
	all_over
	up_ask alice -- --ifname=vnet42 --describe
	granted && [ "$(value name)" = vnet42 ]
	[[ $output == *"interface=vnet42 index="*" rule=$IFUP_POLICY:1"* ]]
	all_over
	for name in '' 'vnet%d%d' 'vnet%s' 'a b' ../x vnet12345678901x 'vnet%d1234567890x' 'x:1'; do
		up_ask alice -- "--ifname=$name"
		up_refused 2 '--ifname='
	done
	in_ns ip link add vnet9 type bridge
	before=$(world)
	up_ask alice -- --ifname=vnet9
	up_refused 1 'vnet9'
	same_world "$before"
}

@test "a name that the rule does not have never exists, not even for a moment" {
	ifup_policy "allow $UP user=alice"
	ip netns exec "$NS" ip -o monitor link >"$BATS_TEST_TMPDIR/seen" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	# ip(8) listens a moment after it was started.
	wait_until eval 'in_ns ip link add mark0 type bridge; in_ns ip link del mark0; grep -q mark0 "$BATS_TEST_TMPDIR/seen"'
	for name in lab0 eth5 eth%d lab%d; do
		up_ask alice -- "--ifname=$name" --downscript=no
		up_refused 3 "but not for an interface called '${name/\%d/0}'"
	done
	up_ask alice -- --ifname=vnet%d --downscript=no
	granted
	wait_until grep -q vnet0 "$BATS_TEST_TMPDIR/seen"
	if grep ' lab\| eth' "$BATS_TEST_TMPDIR/seen"; then return 1; fi
	all_over
}

@test "ifname= of the rule: what it does not match is denied, and without it only vnet*" {
	before=$(world)
	up_ask alice -- --ifname=lab0
	up_refused 3 "$IFUP_POLICY:1 allows script '$UP', but not for an interface called 'lab0'"
	same_world "$before"
	ifup_policy "allow $UP user=alice ifname=lab*" "allow $DOWN user=alice ifname=lab0"
	up_ask alice -- --ifname=lab0
	granted
	all_over
	# The down script's rule counts as well.
	up_ask alice -- --ifname=lab1
	up_refused 3 "$IFUP_POLICY:2 allows script '$DOWN', but not for an interface called 'lab1'"
	# A name of real devices takes a rule that says it in full.
	ifup_policy "allow $UP user=alice ifname=eth*"
	up_ask alice -- --ifname=eth5 --downscript=no
	up_refused 3 eth5
	ifup_policy "allow $UP user=alice ifname=eth5"
	up_ask alice -- --ifname=eth5 --downscript=no
	granted
	all_over
}

# ---- who may

@test "both scripts have to be allowed, each to this user" {
	up_ask mallory --
	up_refused 3 "denied: no rule in $IFUP_POLICY allows script '$UP' to mallory"
	ifup_policy "allow $UP user=alice"
	up_ask alice --
	up_refused 3 "denied: no rule in $IFUP_POLICY allows script '$DOWN' to alice"
	ifup_policy "allow $UP user=alice" "allow $DOWN user=alice" "deny $DOWN group=alice"
	up_ask alice --
	up_refused 3 "denied: $IFUP_POLICY:3 denies script '$DOWN' to alice"
	rm "$IFUP_POLICY"
	before=$(world)
	up_ask alice --
	up_refused 3 "root can add the line: allow $UP user=alice"
	[ ! -e "$OUT/ups" ]
	same_world "$before"
}

@test "paths are taken whole and plain" {
	for path in up ./up ../etc/netgrant/up /etc/netgrant/../netgrant/up /etc//netgrant/up '/etc/netgrant/up ' \
		"/etc/netgrant/up;id" $'/etc/netgrant/up\n' "/$(printf 'a%.0s' {1..200})"; do
		up_ask alice -- "--script=$path"
		up_refused 2 '--script='
	done
	# What cannot be noted whole in the alias is refused, not cut.
	long=/etc/netgrant/$(printf 'a%.0s' {1..112})
	ifup_policy "allow $UP user=alice" "allow $long user=alice run-as=$(printf 'u%.0s' {1..32})"
	up_ask alice -- "--downscript=$long"
	up_refused 2 'is too long to be noted'
	all_over
	[ ! -e "$OUT/ups" ]
}

@test "limit= counts the taps of the rule that a user holds" {
	ifup_policy "allow $UP user=alice limit=1" "allow $DOWN user=alice" "allow /etc/netgrant/down2 user=alice"
	script down2 ":"
	up_hold one alice
	# With another down script it is still the same rule.
	up_ask alice -- --downscript=/etc/netgrant/down2
	up_refused 3 'holds 1 of the 1'
	release one
	once vnet0
	up_ask alice --
	granted
}

# ---- scripts that must not be run

@test "rows 22, 23, 61: a script that is not root's, or that others can change, does not run" {
	before=$(world)
	chown alice "$UP"
	up_ask alice --
	up_refused 1 "'$UP': is owned by uid 62001; it must be owned by root"
	chown root "$UP" && chmod 775 "$UP"
	up_ask alice --
	up_refused 1 'it must not be writable by group or others'
	chmod 755 "$UP"
	mkdir -m 777 /etc/netgrant/open
	cp "$UP" /etc/netgrant/open/up
	ifup_policy "allow /etc/netgrant/* user=alice" "allow /etc/netgrant/open/* user=alice"
	up_ask alice -- --script=/etc/netgrant/open/up
	up_refused 1 "'/etc/netgrant/open': has mode 0777"
	ln -s /tmp/evil /etc/netgrant/link
	up_ask alice -- --script=/etc/netgrant/link
	up_refused 1 "script '/etc/netgrant/link'"
	mkfifo /etc/netgrant/fifo
	up_ask alice -- --script=/etc/netgrant/fifo
	up_refused 1 'is not a regular file'
	up_ask alice -- --script=/etc/netgrant/missing
	up_refused 1 'No such file'
	# The down script is looked at before anything has been done.
	up_ask alice -- --downscript=/etc/netgrant/missing
	up_refused 1 "script '/etc/netgrant/missing'"
	rm -r /etc/netgrant/{open,link,fifo}
	all_over
	[ ! -e "$OUT/ups" ]
	[ ! -e "$OUT/downs" ]
}

@test "what cannot be executed: one message, and the down script does not run" {
	chmod 644 "$UP"
	up_ask alice --
	up_refused 1 "cannot be run: Permission denied; has that user the right to read and to execute it?"
	[ "${#stderr_lines[@]}" -eq 1 ]
	printf '#!/no/such\n' >"$UP"
	chmod 755 "$UP"
	up_ask alice --
	up_refused 1 'the interpreter that it names does not exist'
	printf 'echo\n' >"$UP"
	up_ask alice --
	up_refused 1 'its first line has to name an interpreter'
	script up :
	ifup_policy "allow $UP user=alice run-as=nobody-here" "allow $DOWN user=alice"
	up_ask alice --
	up_refused 1 "there is no user 'nobody-here' in /etc/passwd"
	all_over
	[ ! -e "$OUT/downs" ]
}

@test "a program that is no script runs as well, with no descriptor" {
	cp /bin/true /etc/netgrant/true
	ifup_policy "allow /etc/netgrant/true user=alice"
	up_ask alice -- --script=/etc/netgrant/true --downscript=no
	granted
	all_over
}

@test "row 26: a script that is swapped for a user's own is never run" {
	cat >"$OUT/swap" <<-EOF
		#!/bin/bash
		for ((i = 0; ; i++)); do
			printf '#!/bin/sh\ntouch $OUT/evil\n' >/etc/netgrant/x && chmod 755 /etc/netgrant/x
			chown alice /etc/netgrant/x && mv /etc/netgrant/x $UP
			printf '#!/bin/sh\n:\n' >/etc/netgrant/x && chmod 755 /etc/netgrant/x && mv /etc/netgrant/x $UP
		done
	EOF
	bash "$OUT/swap" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	good=0 bad=0
	for _ in {1..40}; do
		up_ask alice -- --downscript=no
		if [ "$status" -eq 0 ]; then ((++good)); else ((++bad)); fi
	done
	kill "$(tail -1 "$BATS_TEST_TMPDIR/pids")"
	echo "ran $good, refused $bad"
	[ ! -e "$OUT/evil" ]
	all_over
}

@test "row 26: whatever argv[0] is" {
	for name in '' ../x "$(printf 'a%.0s' {1..4000})"; do
		run as_user alice bash -c 'exec -a "$0" "$@"' "$name" "$RUNNER" --version
		[ "$status" -eq 0 ]
		[[ $output == "ifup-runner (netgrant) "* ]]
	done
}

# ---- scripts that misbehave

@test "it fails half way: its status, all undone, the down script has run" {
	script up "ip link set \"\$1\" up; echo begun >>$OUT/ups; echo something is wrong >&2; exit 3"
	before=$(world)
	up_ask alice -- --ifname=vnet7
	up_refused 1 "ifup-runner: up script '$UP' for 'vnet7' as user 'netgrant-ifup' exited with status 3"
	[ "$stderr" = "ifup-runner: $UP: something is wrong
ifup-runner: up script '$UP' for 'vnet7' as user 'netgrant-ifup' exited with status 3" ]
	once vnet7
	same_world "$before"
}

@test "it kills itself: the signal is told" {
	script up 'kill -SEGV $$'
	up_ask alice --
	up_refused 1 'was ended by signal 11'
	once vnet0
}

@test "it hangs, its children left the group and ignore signals: all are gone after timeout=" {
	ifup_policy "allow $UP user=alice timeout=10" "allow $DOWN user=alice"
	script up "setsid sh -c 'trap \"\" TERM HUP INT; echo \$\$ >$OUT/pid; sleep 1000' & sleep 1000"
	up_ask alice --
	up_refused 1 'took longer than 10 s'
	once vnet0
	pid=$(cat "$OUT/pid")
	if kill -0 "$pid" 2>/dev/null; then return 1; fi
}

@test "the down script hangs: the tap goes all the same" {
	ifup_policy "allow $UP user=alice" "allow $DOWN user=alice timeout=10"
	script down "echo \"\$1\" >>$OUT/downs; ip link show \"\$1\" >$OUT/seen; sleep 1000"
	up_ask alice --
	granted
	once vnet0
}

@test "it leaves a daemon that keeps its output: nobody waits for it, and it lives on" {
	script up "sh -c 'echo \$\$ >$OUT/pid; exec sleep 300' &" "while [ ! -s $OUT/pid ]; do :; done; echo started"
	up_hold one alice
	pid=$(cat "$OUT/pid")
	echo "$pid" >>"$BATS_TEST_TMPDIR/pids"
	kill -0 "$pid"
	grep -q "ifup-runner: $UP: started" "$BATS_TEST_TMPDIR/one.err"
	release one
	once vnet0
	kill -0 "$pid"
}

@test "it prints a gigabyte: a little of it is passed on" {
	script up "head -c 1000000000 /dev/zero | tr '\\0' x; echo; yes | head -n 100000; echo end >>$OUT/ups"
	up_ask alice --
	granted
	[ "$(cat "$OUT/ups")" = end ]
	[ "${#stderr}" -lt 20000 ]
	[[ $stderr == *"$UP: (the rest of its output is left out)" ]]
	once vnet0
}

@test "what it prints cannot do anything to a terminal" {
	script up "printf 'a\\033[2Jb\\n\\nno end \\377'"
	up_ask alice --
	granted
	[ "$stderr" = "ifup-runner: $UP: a\\x1b[2Jb
ifup-runner: $UP: 
ifup-runner: $UP: no end \\xff" ]
}

# ---- the down script, exactly once

@test "the holder exits: the down script runs once, with the interface there, which then goes" {
	before=$(world)
	up_ask alice --
	granted
	once "$(value name)"
	[ "$(lines "$OUT/ups")" -eq 1 ]
	same_world "$before"
}

@test "the holder is killed: the same" {
	up_hold one alice
	[ ! -e "$OUT/downs" ]
	release one
	once vnet0
}

@test "the interface is up, and on a bridge: the same" {
	script up 'ip link set "$1" up master br0'
	up_hold one alice
	release one
	once vnet0
}

@test "only the last descriptor counts" {
	run as_user alice bash -c "
		$NG_TOOLS/recv-fd --hold=600 $RUNNER --script=$UP --downscript=$DOWN '--fd={fd}' >$OUT/said &
		while ! grep -q ready $OUT/said; do sleep 0.05; done
		kill -STOP \$!; sleep 2; ls $OUT/downs; kill -CONT \$!; kill -9 \$!"
	[[ $output == *"No such file"* ]]
	once vnet0
}

@test "the holder fakes the loss of the carrier, or gives the tap to himself: nothing happens until he lets go" {
	script up 'ip link set "$1" up'
	name=one
	BRIDGE_HELPER=$RUNNER
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" --no-carrier --owner=62001 --hold=600 \
		"$RUNNER" "--script=$UP" "--downscript=$DOWN" '--fd={fd}' >"$BATS_TEST_TMPDIR/$name" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	echo $! >"$BATS_TEST_TMPDIR/$name.pid"
	wait_until grep -q ready "$BATS_TEST_TMPDIR/$name"
	wait_until eval 'in_ns ip link show vnet0 | grep -q NO-CARRIER'
	sleep 2.5
	[ ! -e "$OUT/downs" ]
	release one
	once vnet0
}

@test "the holder makes the tap go with him: the down script runs once all the same" {
	as_user alice "$NG_TOOLS/recv-fd" --no-persist "$RUNNER" "--script=$UP" "--downscript=$DOWN" '--fd={fd}'
	all_over
	[ "$(cat "$OUT/downs")" = vnet0 ]
}

@test "root renames the interface, or takes it away, while it is held" {
	up_hold one alice
	in_ns ip link set vnet0 name lab7
	release one
	once lab7
	rm "$OUT"/*
	up_hold two alice
	in_ns ip link del vnet0
	all_over
	[ "$(cat "$OUT/downs")" = vnet0 ]
	release two
}

@test "--downscript=no, and none by default where there is none" {
	up_ask alice -- --downscript=no
	granted
	all_over
	mv /etc/qemu-ifdown "$OUT/" 2>/dev/null || :
	run --separate-stderr as_user alice "$NG_TOOLS/recv-fd" "$RUNNER" "--script=$UP" '--fd={fd}'
	[ ! -e "$OUT/qemu-ifdown" ] || mv "$OUT/qemu-ifdown" /etc/
	granted
	all_over
	[ ! -e "$OUT/downs" ]
}

@test "fifty that are killed at the same moment: fifty down scripts, no two of the same" {
	for i in {1..50}; do
		ip netns exec "$NS" "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" --hold=600 "$RUNNER" \
			"--script=$UP" "--downscript=$DOWN" '--fd={fd}' >"$BATS_TEST_TMPDIR/h$i" 2>&1 3>&- &
		echo $! >>"$BATS_TEST_TMPDIR/pids"
	done
	for i in {1..50}; do wait_until grep -q ready "$BATS_TEST_TMPDIR/h$i"; done
	[ "$(watchers | wc -l)" -eq 50 ]
	xargs kill -9 <"$BATS_TEST_TMPDIR/pids"
	all_over
	[ "$(sort "$OUT/downs" | uniq | wc -l)" -eq 50 ]
	[ "$(lines "$OUT/downs")" -eq 50 ]
}

# bats test_tags=nosanitizers
@test "ifup-runner is killed at each system call: the down script ran as often as the up script" {
	ifup_policy "allow $UP user=0" "allow $DOWN user=0"
	before=$(world)
	for ((n = 1; n < 200; n++)); do
		rm -f "$OUT/ups" "$OUT/downs"
		run timeout 60 ip netns exec "$NS" "$NG_TOOLS/killat" ifup-runner "$n" "$NG_TOOLS/recv-fd" "$RUNNER" \
			"--script=$UP" "--downscript=$DOWN" '--fd={fd}' 3>&-
		all_over || { echo "after call $n: $output" >&2; return 1; }
		[ "$(lines "$OUT/ups")" = "$(lines "$OUT/downs")" ] ||
			{ echo "after call $n: up $(lines "$OUT/ups"), down $(lines "$OUT/downs")" >&2; return 1; }
		[[ $output != *ended* ]] || break
	done
	[[ $output == *ended* ]]
	[ "$n" -gt 10 ]
	same_world "$before"
}

# ---- the process that watches

@test "rows 70, 71: it is root's, out of reach, and holds nothing of the tap or of the caller" {
	up_hold one alice
	pid=$(watchers)
	[ "$(awk '/^Uid/ { print $2 $3 $4 $5 }' "/proc/$pid/status")" = 0000 ]
	[ "$(awk '/^CapEff/ { print $2 }' "/proc/$pid/status")" = 0000000000000000 ]
	[ "$(awk '/^CapPrm/ { print $2 }' "/proc/$pid/status")" = 00000000000030c0 ]
	# Its own: /dev/null three times, two netlink sockets, /dev/net/tun without a tap; the log.
	for fd in "/proc/$pid/fd/"*; do
		case $(readlink "$fd") in
		/dev/null | /dev/net/tun) ;;
		socket:*) if grep -q "$(readlink "$fd" | tr -dc 0-9)" <(in_ns cat /proc/net/unix) && [ ! -e /dev/log ]; then return 1; fi ;;
		*) return 1 ;;
		esac
	done
	if grep -q 'iff:[[:space:]]*[a-z]' "/proc/$pid/fdinfo/"*; then return 1; fi
	[ "$(awk '{ print $6 }' "/proc/$pid/stat")" = "$pid" ]
	for how in 'kill -9' 'kill -STOP' 'renice -n 19 -p' 'ionice -c3 -p' 'prlimit --nofile=1 --pid' \
		'taskset -p 1' 'chrt -i -p 0' 'strace -o /dev/null -p'; do
		command -v "${how%% *}" >/dev/null || continue
		# shellcheck disable=SC2086
		if as_user alice timeout 5 $how "$pid" 2>/dev/null; then
			echo "$how worked" >&2
			return 1
		fi
	done
	for file in mem environ exe fd root; do
		if as_user alice ls -lL "/proc/$pid/$file/" 2>/dev/null || as_user alice cat "/proc/$pid/$file" 2>/dev/null; then
			echo "$file can be read" >&2
			return 1
		fi
	done
	kill -0 "$pid"
	release one
	once vnet0
}

# bats test_tags=nosanitizers
@test "it takes at most 1 MiB of its own" {
	up_hold one alice
	sleep 0.5
	kb=$(awk '/^Private_/ { sum += $2 } END { print sum }' "/proc/$(watchers)/smaps_rollup")
	echo "$kb kB" >&2
	[ "$kb" -le 1024 ]
	release one
	once vnet0
}

@test "the caller's limits, priority, signals and timers do not go with it" {
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice bash -c "
		ulimit -S -n 100 -f 100000
		trap '' TERM HUP PIPE
		exec nice -n 5 $NG_TOOLS/recv-fd --hold=600 $RUNNER --script=$UP --downscript=$DOWN '--fd={fd}'" 3>&- &
	holder=$!
	echo "$holder" >>"$BATS_TEST_TMPDIR/pids"
	# While the script runs there are two.
	wait_until eval '[ -e "$OUT/ups" ] && [ "$(watchers | wc -l)" -eq 1 ]'
	pid=$(watchers)
	grep -q '^SigIgn:[[:space:]]*0*$' "/proc/$pid/status"
	grep -q '^SigBlk:[[:space:]]*0*$' "/proc/$pid/status"
	[ "$(cat "/proc/$pid/oom_score_adj")" = 0 ]
	[ "$(awk '/^Max open files/ { print $4 }' "/proc/$pid/limits")" -ge 256 ]
	kill -9 "$holder"
	once vnet0
}

@test "limits that a script cannot live with are refused, before anything was done" {
	before=$(world)
	for limit in '-t 5' '-f 10' '-n 100'; do
		run --separate-stderr as_user alice bash -c "
			ulimit $limit && exec $NG_TOOLS/recv-fd $RUNNER --script=$UP --downscript=$DOWN '--fd={fd}'"
		[ "$status" -eq 1 ] || { echo "ulimit $limit: $status $stderr" >&2; return 1; }
	done
	[ ! -e "$OUT/ups" ]
	same_world "$before"
}

@test "row 64: many descriptors, all signals ignored and blocked, no standard descriptors" {
	run --separate-stderr as_user alice bash -c "
		trap '' \$(seq 1 16) \$(seq 18 31) 2>/dev/null
		for i in {20..60}; do eval \"exec \$i</etc/passwd\"; done
		exec $NG_TOOLS/recv-fd $RUNNER --script=$UP --downscript=$DOWN '--fd={fd}' </dev/null 2>&-"
	[ "$(value descriptors)" = 1 ]
	once vnet0
}

# ---- netgrant status and gc

@test "netgrant status: in use, with its down script; for programs" {
	up_hold one alice
	run as_user bob netgrant status
	[ "$status" -eq 0 ]
	[[ "$output" =~ ^"on no bridge
  vnet0           alice (uid 62001)  ifup-runner  $IFUP_POLICY:1  in use  down script $DOWN  sent "[0-9]+" received "[0-9]+" bytes"$ ]]
	# Whose it is may see who has it; so may root.
	run as_user alice netgrant status
	[[ "$output" == *"down script $DOWN  recv-fd (process $(cat "$BATS_TEST_TMPDIR/one.pid"))  sent "* ]]
	run in_ns netgrant status --json
	[ "$(jq -r '.[0] | "\(.program) \(.pid) \(.sent >= 0) \(.received >= 0)"' <<<"$output")" = \
		"recv-fd $(cat "$BATS_TEST_TMPDIR/one.pid") true true" ]
	run as_user bob netgrant status --json
	[ "$(jq -r '.[0] | "\(.interface) \(.uid) \(.user) \(.helper) \(.rule) \(.bridge) \(.downscript) \(.state)"' <<<"$output")" = \
		"vnet0 62001 alice ifup-runner $IFUP_POLICY:1 null $DOWN in use" ]
	release one
	all_over
	run as_user bob netgrant status
	[ "$output" = "nothing is given out" ]
}

@test "an admin kills it: left behind; gc runs what was missed, once" {
	up_hold one alice
	kill -9 "$(watchers)"
	wait_until no_watchers
	release one
	wait_until eval '[[ "$(in_ns netgrant status)" == *"left behind"* ]]'
	[ ! -e "$OUT/downs" ]
	run in_ns netgrant status
	[[ $output == *"left behind  down script $DOWN"*"netgrant gc" ]]
	run as_user alice netgrant gc
	[ "$status" -eq 3 ]
	run in_ns netgrant gc
	[ "$status" -eq 0 ]
	[ "$output" = "vnet0: ran $DOWN, and removed it" ]
	once vnet0
	run in_ns netgrant gc
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	[ "$(lines "$OUT/downs")" -eq 1 ]
}

@test "killed while the tap is in use: gc has it watched again, once, and leaves it alone otherwise" {
	up_hold one alice
	run in_ns netgrant gc
	[ "$status" -eq 0 ]
	[ -z "$output" ]
	kill -9 "$(watchers)"
	wait_until no_watchers
	run in_ns netgrant gc
	[ "$output" = "vnet0: is in use; its end is waited for again" ]
	run in_ns netgrant gc
	[ -z "$output" ]
	[ "$(watchers | wc -l)" -eq 1 ]
	[ ! -e "$OUT/downs" ]
	release one
	once vnet0
}

@test "ten gcs at once, of ten taps: each down script once" {
	for i in {1..10}; do
		up_hold "h$i" alice
	done
	watchers | xargs kill -9
	wait_until no_watchers
	for i in {1..10}; do release "h$i"; done
	for i in {1..10}; do
		in_ns netgrant gc >/dev/null 2>&1 3>&- &
		gcs[i]=$!
	done
	wait "${gcs[@]}"
	all_over
	[ "$(lines "$OUT/downs")" -eq 10 ]
	[ "$(sort -u "$OUT/downs" | wc -l)" -eq 10 ]
}

@test "killed while the down script ran: it is not begun again" {
	script down "echo \"\$1\" >>$OUT/downs; for i in \$(seq 300); do [ -e $OUT/enough ] || sleep 0.2; done"
	up_ask alice --
	granted
	wait_until test -e "$OUT/downs"
	watchers | xargs kill -9
	wait_until no_watchers
	run in_ns netgrant gc
	touch "$OUT/enough"
	[ "$output" = "vnet0: removed; its down script had been begun before, and is not run again" ]
	all_over
	[ "$(lines "$OUT/downs")" -eq 1 ]
}

@test "a port that its holder made persistent: left behind, and gc takes it away" {
	policy 'allow br0 user=alice'
	# Makes its folder.
	in_ns netgrant gc
	before=$(world)
	ask alice --persist -- --br=br0
	granted
	run in_ns netgrant status
	[[ $output == "br0
  vnet0 "*" bridge-helper "*"left behind"* ]]
	run in_ns netgrant gc
	[ "$output" = "vnet0: removed" ]
	same_world "$before"
}

@test "rows 22, 61, 71: a fake watcher does not keep gc away" {
	up_hold one alice
	index=$(in_ns cat /sys/class/net/vnet0/ifindex)
	net=$(in_ns readlink /proc/self/ns/net)
	kill -9 "$(watchers)"
	# It is not dumpable, so that its folder in /proc is root's.
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice perl -e '
		syscall(157, 4, 0); # prctl(PR_SET_DUMPABLE, 0)
		$0 = sprintf("%s\0%011d\0watch", $ARGV[0], $ARGV[1]);
		sleep 50' "$net/ifup-worker" "$index" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until eval '[ "$(tr "\0" " " <"/proc/$(tail -1 "$BATS_TEST_TMPDIR/pids")/cmdline")" != "" ]'
	release one
	run in_ns netgrant gc
	[[ $output == "vnet0: ran $DOWN"* ]]
	once vnet0
}

# ---- Debian's own scripts

@test "Debian's /etc/qemu-ifup and /etc/qemu-ifdown, unchanged: the bridge with the default route" {
	[ -x /etc/qemu-ifup ] || skip "qemu-system-common is not installed"
	dpkg -V qemu-system-common | grep -q /etc/qemu-if && { echo "they were changed" >&2; return 1; }
	ifup_policy 'allow /etc/qemu-ifup user=alice' 'allow /etc/qemu-ifdown user=alice'
	in_ns ip addr add 192.168.77.1/24 dev br0
	in_ns ip route add default via 192.168.77.254
	BRIDGE_HELPER=$RUNNER hold one alice --br=br0 --use-vnet
	in_ns ip -o link show master br0 | grep -q "vnet0: <BROADCAST,MULTICAST,UP"
	[ ! -s "$BATS_TEST_TMPDIR/one.err" ]
	release one
	all_over
}

# ---- the documents

PAGE=$BATS_TEST_DIRNAME/../man/ifup-runner.8

@test "ifup.conf.example, netgrant-ifup.conf(5) and the README: each line is in order" {
	cp "$BATS_TEST_DIRNAME/../etc/ifup.conf.example" "$IFUP_POLICY"
	up_ask alice --
	up_refused 3 'no rule in'
	sed -n 's/^#\(allow\|deny\)/\1/p' "$BATS_TEST_DIRNAME/../etc/ifup.conf.example" >"$IFUP_POLICY"
	[ "$(wc -l <"$IFUP_POLICY")" -eq 5 ]
	in_ns netgrant check --print "$IFUP_POLICY"
	sed -n '/^\.Sh EXAMPLES/,/^\.Ed/{/^[^.]/p}' "$BATS_TEST_DIRNAME/../man/netgrant-ifup.conf.5" >"$IFUP_POLICY"
	[ "$(grep -c '^\(allow\|deny\) ' "$IFUP_POLICY")" -eq 5 ]
	in_ns netgrant check --print "$IFUP_POLICY"
	sed -n 's/^    \(allow \/.*\)/\1/p' "$BATS_TEST_DIRNAME/../README.md" >"$IFUP_POLICY"
	[ "$(cat "$IFUP_POLICY")" = 'allow /etc/qemu-ifup   user=alice
allow /etc/qemu-ifdown user=alice' ]
	in_ns netgrant explain script /etc/qemu-ifup --user alice
	grep -q "helper=$RUNNER\$" "$BATS_TEST_DIRNAME/../README.md"
}

@test "ifup-runner(8): its script, its options, what it says of helper=" {
	sed -n '/^#!\/bin\/sh/,/^\.Ed/{/^\.Ed/!p}' "$PAGE" >/etc/qemu-ifup-mynet
	chmod 755 /etc/qemu-ifup-mynet
	ifup_policy 'allow /etc/qemu-ifup-mynet user=alice ifname=vnet7'
	grep -q "^  --script=/etc/qemu-ifup-mynet --downscript=no --ifname=vnet7" "$PAGE"
	BRIDGE_HELPER=$RUNNER hold one alice --script=/etc/qemu-ifup-mynet --downscript=no --ifname=vnet7
	in_ns nft list table ip mynet | grep -q 'ip saddr 10.9.9.0/24 masquerade'
	in_ns ip addr show vnet7 | grep -q 'inet 10.9.9.1/24'
	[ ! -s "$BATS_TEST_TMPDIR/one.err" ]
	release one
	all_over
	rm /etc/qemu-ifup-mynet
	for option in --script= --downscript= --ifname= --use-vnet --br= --describe --fd=; do
		"$RUNNER" --help | grep -q -e "$option"
		grep -q -e "Fl -${option#--}" "$PAGE" || { echo "$option" >&2; return 1; }
	done
}

@test "what is said in the log: a grant, and what a down script prints" {
	"$NG_TOOLS/log-sink" "$BATS_TEST_TMPDIR/log" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until test -S /dev/log
	script down "echo \"\$1\" >>$OUT/downs; ip link show \"\$1\" >$OUT/seen; printf 'a\\033b\\n'; exit 7"
	up_ask alice --
	granted
	once vnet0
	wait_until grep -q 'exited with status 7' "$BATS_TEST_TMPDIR/log"
	rm -f /dev/log
	run cat "$BATS_TEST_TMPDIR/log"
	[[ "${lines[0]}" == *"ifup-runner["*"]: granted uid=62001 script=$UP downscript=$DOWN interface=vnet0 rule=$IFUP_POLICY:1" ]]
	[[ "$output" == *"ifup-runner["*"]: $DOWN: a"*"x1b"* ]]
}

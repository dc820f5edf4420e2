#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Every helper, run by a caller who is hostile in every way that has gone wrong in programs
# of this kind before. The numbers are those of the list of threats; what a test does to one
# helper it does to all of the table below.
# Tests tagged nosanitizers are about what is shipped and a sanitizer build is not: static
# helpers with name-lookup, the filter, few system calls, little memory, an environment that
# is not obeyed.
bats_require_minimum_version 1.5.0
load lib

# name | arguments that are granted | its policy | what allows them | what denies them to ... |
# the option with the object's name | what has to be there, and how it goes: functions | its bridge
HOSTILE_HELPERS=(
	'bridge-helper|--br=br0|/etc/netgrant/bridge.conf|allow br0|deny br0 user=|--br=|:|:|br0'
	'nat-setup|--network=lab|/etc/netgrant/network.conf|allow lab|deny lab user=|--network=|lab_up|lab_down|ng-lab'
	'ifup-runner|--script=/etc/netgrant/up --downscript=no|/etc/netgrant/ifup.conf|allow /etc/netgrant/up|deny /etc/netgrant/up user=|--script=|up_up|up_down|br0'
	'tap-creator|--ifname=vnet%d|/etc/netgrant/tap.conf|allow vnet*|deny vnet* user=|--ifname=|:|:|br0'
)
# NG_HOSTILE: of these only the one of that name.

# bats starts its clock before a test can say anything: one limit for all.
export BATS_TEST_TIMEOUT=900

# each FUNCTION: with H_NAME, H_PATH, H_ARGS, H_POLICY, H_ALLOW, H_DENY, H_NAMED, H_BRIDGE of each
# helper.
each() {
	local row args up down
	for row in "${HOSTILE_HELPERS[@]}"; do
		IFS='|' read -r H_NAME args H_POLICY H_ALLOW H_DENY H_NAMED up down H_BRIDGE <<<"$row"
		[ "${NG_HOSTILE-$H_NAME}" = "$H_NAME" ] || continue
		echo "# $H_NAME"
		H_PATH=$HELPERS/$H_NAME
		H_FOLLOW=(-f) H_DIRECT=(-f)
		[ "$H_NAME" != ifup-runner ] || H_FOLLOW=()
		read -ra H_ARGS <<<"$args"
		rm -rf /etc/netgrant /etc/qemu
		mkdir -p /etc/netgrant /etc/qemu
		# Some leave it changed.
		cp -a "$BATS_TEST_TMPDIR"/{passwd,group,nsswitch.conf} /etc/
		rm -rf /etc/userdb "$NG_WORK/other"
		$up
		"$1"
		$down
	done
}

# Where a tap is granted, the worker of ifup-runner outlives its holder, who here waits for strace
# to end: it is let go when it is executed.
follow_no_worker() {
	[ "$H_NAME" != ifup-runner ] || H_DIRECT=(-f -b execve)
}

lab_up() {
	mkdir -p /etc/netgrant/networks
	printf '%s\n' '[network]' mode=isolated '[ipv4]' address=192.168.22.1/24 >/etc/netgrant/networks/lab.conf
	in_ns "$HELPERS/nat-setup" up lab
	# A carrier, whatever comes and goes.
	in_ns ip link add lab0 type veth peer name lab1
	in_ns sh -c 'echo 1 | tee /proc/sys/net/ipv6/conf/lab[01]/disable_ipv6 >/dev/null'
	in_ns ip link set lab0 master ng-lab up
	in_ns ip link set lab1 up
}

lab_down() {
	in_ns ip link del lab0
	in_ns "$HELPERS/nat-setup" down lab
	rm -rf /run/netgrant /var/lib/netgrant
}

up_up() {
	printf '#!/bin/sh\n:\n' >/etc/netgrant/up
	chmod 755 /etc/netgrant/up
}

# Its taps go a moment after their holders.
up_down() {
	local i
	wait_until eval '! in_ns ip -o link show type tun | grep -q .'
}

setup() {
	ns_setup
	cp -a /etc/passwd /etc/group /etc/nsswitch.conf "$BATS_TEST_TMPDIR/"
	LOOKUP=$HELPERS/name-lookup
	ALICE=62001
	unset stderr_lines
}

teardown() {
	cp -a "$BATS_TEST_TMPDIR"/{passwd,group,nsswitch.conf} /etc/
	rm -rf /etc/userdb "$NG_WORK/other"
	# Where a test failed in between.
	[ ! -e /etc/netgrant/networks/lab.conf ] || in_ns "$HELPERS/nat-setup" down lab 2>/dev/null || :
	ns_teardown
	rm -rf /run/netgrant /var/lib/netgrant
}

# What a helper could leave behind; the policies are the tests' own business.
world() {
	in_ns ip -o link
	in_ns ip -o addr
	in_ns bridge fdb show | sort
	in_ns nft list ruleset 2>/dev/null || :
	in_ns tc qdisc show
	listing /run /dev/shm
}

allow() { echo "$H_ALLOW" >"$H_POLICY"; }

# A deny by name, which takes the user database to apply.
deny() { printf '%s\n' "$H_ALLOW" "$H_DENY$1" >"$H_POLICY"; }

# asked COMMAND...: the command, which runs recv-fd; sets status, said (recv-fd's words) and
# stderr. Quicker than `run`.
asked() {
	status=0
	said=$(timeout -k 2 40 ip netns exec "$NS" "$@" 2>"$BATS_TEST_TMPDIR/stderr" 3>&-) || status=$?
	stderr=$(tr -d '\0' <"$BATS_TEST_TMPDIR/stderr")
}

# under OPTION... -- ARGUMENT...: the helper as alice, under those conditions.
under() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	asked "$NG_TOOLS/under" --groups=0 "--uid=$ALICE" "$NG_TOOLS/recv-fd" "$NG_TOOLS/under" "${options[@]}" "$H_PATH" "$@" '--fd={fd}'
}

said() { sed -n "s/^$1=//p" <<<"$said"; }
fail() {
	echo "$*: status $status; $said; stderr: $stderr" >&2
	return 1
}

gets_it() { [ "$status" -eq 0 ] && [ "$(said descriptors)" = 1 ] && [ -z "$stderr" ] || fail "$* not granted"; }

# Nothing was sent, the status is one of ours, and one line says why.
gets_nothing() {
	[ "$(said descriptors)" != 1 ] || fail "$* granted"
	[ "$status" -ge 1 ] && [ "$status" -le 5 ] || fail "$* wrong status"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/stderr")" -eq 1 ] && [[ "$stderr" == "$H_NAME: "* ]] || fail "$* not one line"
	! grep -q '[^ -~]' <<<"$stderr" || fail "$* control characters"
}

# Granted or cleanly refused; by a limit that leaves no room to start, killed.
works_or_refuses() {
	[ "$(said descriptors)" = 1 ] && gets_it "$*" && return 0
	case $(said signal) in
	9 | 11 | 24) return 0 ;;
	esac
	gets_nothing "$*"
}

never_gets_it() {
	[ "$(said descriptors)" != 1 ] && [ "$status" -ne 0 ] || fail "$* granted"
	[ "$(said signal)" != 31 ] || fail "$* SIGSYS"
}

# stopped STRACE-OPTION... -- COMMAND...: runs the command under strace of root with those
# options, which stop a process; $pid is that process.
stopped() {
	local options=() i
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	rm -f "$BATS_TEST_TMPDIR/strace"
	ip netns exec "$NS" timeout 100 "$NG_TOOLS/recv-fd" --hold=0 /usr/bin/strace "${H_DIRECT[@]}" -q -o "$BATS_TEST_TMPDIR/strace" "${options[@]}" "$@" '--fd={fd}' \
		>"$BATS_TEST_TMPDIR/said" 2>"$BATS_TEST_TMPDIR/stderr" 3>&- &
	job=$!
	echo "$job" >>"$BATS_TEST_TMPDIR/pids"
	for ((i = 0; i < 2000; i++)); do
		pid=$(sed -n 's/^\([0-9]*\) *--- stopped by SIGSTOP ---.*/\1/p' "$BATS_TEST_TMPDIR/strace" 2>/dev/null | tail -1)
		[ -n "$pid" ] && return 0
		sleep 0.02
	done
	cat "$BATS_TEST_TMPDIR/strace" "$BATS_TEST_TMPDIR/stderr" >&2
	return 1
}

# Lets it, and whatever else is stopped in the same place, go on; waits for the end.
go_on() {
	local i p
	for ((i = 0; i < 2000; i++)); do
		for p in $(sed -n 's/^\([0-9]*\) *--- stopped by SIGSTOP ---.*/\1/p' "$BATS_TEST_TMPDIR/strace"); do
			kill -CONT "$p" 2>/dev/null || : # it may have been killed
		done
		kill -0 "$job" 2>/dev/null || break
		sleep 0.02
	done
	status=0
	wait "$job" || status=$?
	said=$(cat "$BATS_TEST_TMPDIR/said")
	stderr=$(cat "$BATS_TEST_TMPDIR/stderr")
}

went_well() { [ "$status" -eq 0 ] || { echo "status $status, said '$said', stderr '$stderr'" >&2; return 1; }; }

at_policy() { echo -P "$H_POLICY" -e inject=newfstatat,lstat:signal=STOP:when=1; }

# The first port pins the bridge's address; those after it need fewer system calls.
warm() {
	allow
	asked "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	gets_it
}

# A copy of the helper in another mode: file-caps, setuid or none.
another() {
	mkdir -p "$NG_WORK/other"
	chmod 0755 "$NG_WORK" "$NG_WORK/other"
	rm -f "$NG_WORK/other/$H_NAME"
	cp "$H_PATH" "$NG_WORK/other/$H_NAME"
	case $1 in
	file-caps) setcap "$(awk -v n="$H_NAME" '$1 == n { print $2 }' "$BATS_TEST_DIRNAME/../packaging/filecaps.list")" "$NG_WORK/other/$H_NAME" ;;
	setuid) chmod 4755 "$NG_WORK/other/$H_NAME" ;;
	none) : ;;
	esac
	OTHER=$NG_WORK/other/$H_NAME
}

# eve, of uid 62001 (alice's), is known to a database other than files.
eve_in_userdb() {
	mkdir -p /etc/userdb
	echo '{"userName":"eve","uid":62001,"gid":62001,"disposition":"regular","homeDirectory":"/","shell":"/bin/sh"}' >/etc/userdb/eve.user
	ln -sf eve.user /etc/userdb/62001.user
}

nsswitch() { sed -i "s/^\(passwd\|group\):.*/\1: $*/" /etc/nsswitch.conf; }

# ---- A. network helpers and their kin

t_1() {
	local n name
	allow
	before=$(world)
	for n in 14 15 16 17 255 4096 100000; do
		name=$(head -c "$n" /dev/zero | tr '\0' b)
		printf '%s\n' "allow ${name:0:15}" "deny ${name:0:14}" >"$H_POLICY"
		asked "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" "$H_PATH" "$H_NAMED$name" '--fd={fd}'
		# What is allowed, and does not have to be there.
		if [ "$H_NAME" = tap-creator ] && [ "$n" = 15 ]; then gets_it; else gets_nothing "$n bytes"; fi
	done
	same_world "$before"
}
@test "threat 1: names longer than the kernel's are refused whole" { each t_1; }

t_6() {
	local i
	before=$(world)
	for ((i = 0; i < 100; i++)); do
		echo "include /etc/netgrant/deep.$((i + 1))" >"/etc/netgrant/deep.$i"
	done
	allow
	cp "$H_POLICY" /etc/netgrant/deep.100
	echo 'include /etc/netgrant/deep.0' >"$H_POLICY"
	under -- "${H_ARGS[@]}"
	gets_nothing depth
	[[ "$stderr" == *"deep"* ]] || fail depth
	echo 'include /etc/netgrant/b' >/etc/netgrant/a
	echo 'include /etc/netgrant/a' >/etc/netgrant/b
	printf '%s\n' "$H_ALLOW" 'include /etc/netgrant/a' >"$H_POLICY"
	under -- "${H_ARGS[@]}"
	gets_nothing cycle
	[[ "$stderr" == *"is a loop"* ]] || fail cycle
	: >/etc/netgrant/empty
	{
		allow
		echo "$H_ALLOW"
		yes 'include /etc/netgrant/empty' | head -n 100000
	} >"$H_POLICY"
	under -- "${H_ARGS[@]}"
	gets_nothing count
	[[ "$stderr" == *"more than "*" includes"* ]] || fail count
	# Both bounds together: 2^100 openings if they were none.
	printf 'include /etc/netgrant/c\ninclude /etc/netgrant/c\n' >/etc/netgrant/c
	printf '%s\n' "$H_ALLOW" 'include /etc/netgrant/c' >"$H_POLICY"
	under -- "${H_ARGS[@]}"
	gets_nothing bomb
	same_world "$before"
}
@test "threats 5, 6: includes in depth, in a circle, 100000 of them: status 4, at once" { each t_6; }

field() { sed -n "s/^$1:[[:space:]]*//p" "/proc/$pid/status"; }

# expect_caps UID PERMITTED BOUNDING: of the stopped process.
expect_caps() {
	local name
	[ "$(field Uid)" = "$1	$1	$1	$1" ] || { grep Uid "/proc/$pid/status" >&2; return 1; }
	[ "$(field Gid)" = "$1	$1	$1	$1" ]
	[ "$(field CapPrm)" = "$2" ] || { grep Cap "/proc/$pid/status" >&2; return 1; }
	for name in CapEff CapInh CapAmb; do
		[ "$(field $name)" = 0000000000000000 ] || { grep Cap "/proc/$pid/status" >&2; return 1; }
	done
	[ "$3" = any ] || [ "$(field CapBnd)" = "$3" ]
	[ "$(field NoNewPrivs)" = 1 ]
	grep -q 'Max core file size *0 *0 ' "/proc/$pid/limits"
	[ "$(stat -c %u "/proc/$pid/mem")" = 0 ] # not dumpable
}

# The permitted set that packaging/filecaps.list gives, as the kernel prints it.
listed() {
	local caps=0 name list
	list=$(awk -v n="$H_NAME" '$1 == n { print $2 }' "$BATS_TEST_DIRNAME/../packaging/filecaps.list")
	for name in $(tr ',' ' ' <<<"${list%=p}"); do
		case $name in
		cap_setgid) caps=$((caps | 1 << 6)) ;;
		cap_setuid) caps=$((caps | 1 << 7)) ;;
		cap_net_bind_service) caps=$((caps | 1 << 10)) ;;
		cap_net_admin) caps=$((caps | 1 << 12)) ;;
		cap_net_raw) caps=$((caps | 1 << 13)) ;;
		*) return 1 ;;
		esac
	done
	printf '%016x' "$caps"
}

NONE=0000000000000000

t_7() {
	local listed bounding=$NONE
	listed=$(listed)
	# See lib/caps.h: for who is to become root.
	(((0x$listed & 1 << 7) == 0)) || bounding=$listed
	allow
	follow_no_worker
	# shellcheck disable=SC2046
	stopped $(at_policy) -u alice -- "$H_PATH" "${H_ARGS[@]}"
	expect_caps "$ALICE" "$listed" any
	[ "$(field Groups)" = "62001 62100 " ]
	go_on
	went_well
	another setuid
	# shellcheck disable=SC2046
	stopped $(at_policy) -u alice -- "$OTHER" "${H_ARGS[@]}"
	expect_caps "$ALICE" "$listed" "$bounding"
	[ "$(field Groups)" = "62001 62100 " ]
	go_on
	went_well
	# shellcheck disable=SC2046
	stopped $(at_policy) -- "$H_PATH" "${H_ARGS[@]}"
	expect_caps 0 "$listed" "$bounding"
	go_on
	went_well
	another none
	# Followed past an exec: denied, for the reason above.
	[ "$H_NAME" != ifup-runner ] || { H_DIRECT=(-f) && deny alice; }
	# shellcheck disable=SC2046
	stopped $(at_policy) -- /usr/bin/setpriv --reuid "$ALICE" --regid "$ALICE" --clear-groups \
		--inh-caps +net_admin,+net_raw,+setuid,+setgid,+net_bind_service,+sys_admin \
		--ambient-caps +net_admin,+net_raw,+setuid,+setgid,+net_bind_service,+sys_admin "$OTHER" "${H_ARGS[@]}"
	expect_caps "$ALICE" "$listed" any
	go_on
	[ "$H_NAME" = ifup-runner ] && [ "$status" -eq 3 ] || [ "$status" -eq 0 ]
}
# bats test_tags=nosanitizers
@test "threats 7, 72: capability sets when the policy is opened: file capabilities, setuid, root, ambient" { each t_7; }

t_7b() {
	local n
	warm
	asked "$NG_TOOLS/recv-fd" /usr/bin/strace -q -e trace=sendmsg -o "$BATS_TEST_TMPDIR/count" -u alice "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	n=$(grep -c '^sendmsg(' "$BATS_TEST_TMPDIR/count")
	grep -q SCM_RIGHTS <(tail -3 "$BATS_TEST_TMPDIR/count")
	follow_no_worker
	stopped -e trace=sendmsg -e "inject=sendmsg:signal=STOP:when=$n" -u alice -- "$H_PATH" "${H_ARGS[@]}"
	expect_caps "$ALICE" $NONE any
	[ "$(field Seccomp)" = 2 ]
	go_on
	went_well
}
# bats test_tags=nosanitizers
@test "threat 7: no capability is left, and the filter is on, when the descriptor is sent" { each t_7b; }

t_8() {
	allow
	mac=$(in_ns cat "/sys/class/net/$H_BRIDGE/address")
	asked "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" --set-mac=00:00:00:00:00:02 --persist --owner=62002 "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	gets_it
	[ "$(in_ns cat "/sys/class/net/$H_BRIDGE/address")" = "$mac" ]
	in_ns ip link show up0 | grep -q 'mtu 1500'
	# ifup-runner's is watched, and taken away.
	if [ "$H_NAME" = ifup-runner ]; then up_down && return; fi
	in_ns ip -o link | grep -q "alias netgrant uid=$ALICE helper=$H_NAME "
}
@test "threat 8: what the holder of the descriptor does changes no address, and the device says whose it is" { each t_8; }

t_9() {
	in_ns ip link set "$H_BRIDGE" mtu 9000
	in_ns ip link add br9 type bridge
	allow
	# The bridge's MTU is changed after the helper has read it.
	# shellcheck disable=SC2046
	stopped $(at_policy) -u alice -- "$H_PATH" "${H_ARGS[@]}"
	in_ns ip link set "$H_BRIDGE" mtu 8000
	go_on
	[ "$(in_ns cat "/sys/class/net/$H_BRIDGE/mtu")" = 8000 ]
}
@test "threat 9: no port changes the MTU of its bridge" { each t_9; }

t_14() {
	local n
	for n in 0 1 64 65536; do
		allow
		asked "$NG_TOOLS/under" "--groups=$n" "--uid=$ALICE" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_it "$n groups"
		# The last one counts, and no other.
		[ "$n" -gt 0 ] || continue
		echo "${H_ALLOW} group=$((100000 + n - 1))" >"$H_POLICY"
		asked "$NG_TOOLS/under" "--groups=$n" "--uid=$ALICE" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_it "last of $n groups"
		echo "${H_ALLOW} group=$((100000 + n)),99999,0" >"$H_POLICY"
		asked "$NG_TOOLS/under" "--groups=$n" "--uid=$ALICE" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_nothing "none of $n groups"
	done
}
@test "threat 14: a caller in 0, 1, 64 and 65536 groups" { each t_14; }

t_15() {
	local uid
	for uid in 0 9999 10000 65534 65536 2147483648 4294967294; do
		echo "${H_ALLOW} user=$uid" >"$H_POLICY"
		asked "$NG_TOOLS/under" --groups=0 "--uid=$uid" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_it "uid $uid"
		# What a number that is cut to 16 or 31 bits, or negative, would be.
		echo "${H_ALLOW} user=$((uid % 65536 == uid ? uid + 65536 : uid % 65536)),$(((uid + 1) % 4294967295))" >"$H_POLICY"
		asked "$NG_TOOLS/under" --groups=0 "--uid=$uid" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_nothing "uid $uid"
		[ "$status" -eq 3 ]
		[[ "$stderr" == *"uid $uid)"* || "$stderr" == *"uid $uid;"* ]] || fail "uid $uid is not named"
	done
}
@test "threat 15: uids at and over every border" { each t_15; }

t_17() {
	before=$(world)
	for user in alice mallory; do
		asked "$NG_TOOLS/as-user" "$user" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_nothing "$user"
		[ "$status" -eq 3 ]
	done
	same_world "$before"
}
@test "threat 17: a fresh installation denies everything to everybody" { each t_17; }

t_20() {
	local mode
	another setuid
	for H_PATH in "$HELPERS/$H_NAME" "$OTHER"; do
		for mode in 0600 0640; do
			# Wrong in each line, and secret.
			printf 'hunter2 is the password\n' >/etc/netgrant/secret
			chmod "$mode" /etc/netgrant/secret
			printf '%s\n' "$H_ALLOW" "include /etc/netgrant/secret" >"$H_POLICY"
			under -- "${H_ARGS[@]}"
			gets_it
			cp -p /etc/netgrant/secret "$H_POLICY"
			under -- "${H_ARGS[@]}"
			gets_nothing
			[[ "$stderr" != *hunter2* && "$stderr" == *"Permission denied"* ]] || fail told
			rm -f "$H_POLICY"
		done
	done
	H_PATH=$HELPERS/$H_NAME
}
@test "threats 11, 20: nothing of a file that the caller cannot read is told, in any install" { each t_20; }

t_21() {
	local dir=$NG_WORK/other name env=()
	mkdir -p "$dir"
	chmod 0777 "$dir"
	echo 'int evil(void) { return 0; } __attribute__((constructor)) static void f(void) { __builtin_trap(); }' |
		gcc -shared -fPIC -x c -o "$dir/evil.so" -
	chmod 0755 "$dir/evil.so"
	for name in LD_PRELOAD LD_AUDIT; do env+=("$name=$dir/evil.so"); done
	for name in LD_LIBRARY_PATH LOCPATH GCONV_PATH NLSPATH TZDIR TMPDIR NIS_PATH GETCONF_DIR HOME XDG_CONFIG_HOME; do env+=("$name=$dir"); done
	for name in LD_DEBUG_OUTPUT MALLOC_TRACE HOSTALIASES RESOLV_CONF RES_OPTIONS TZ LD_PROFILE_OUTPUT GCOV_PREFIX LLVM_PROFILE_FILE SYSTEMD_LOG_TARGET SYSTEMD_BYPASS_USERDB NSS_WRAPPER_PASSWD; do env+=("$name=$dir/$name"); done
	env+=(LD_DEBUG=all LD_PROFILE=libc.so.6 LD_BIND_NOW=1 LD_SHOW_AUXV=1 LD_USE_LOAD_BIAS=1 LD_ORIGIN_PATH=/ NLCB=debug NLDBG=7 \
		MALLOC_CHECK_=7 MALLOC_PERTURB_=255 MALLOC_ARENA_MAX=0 MALLOC_TOP_PAD_=4294967295 MALLOC_MMAP_MAX_=0 \
		GLIBC_TUNABLES=glibc.malloc.mxfast=glibc.malloc.mxfast=A:glibc.malloc.tcache_count=0 \
		LANG=../../../tmp LC_ALL=de_DE.UTF-8 LANGUAGE=../../etc CHARSET=x POSIXLY_CORRECT=1 PATH=. IFS=/ SHELLOPTS=xtrace \
		SEGFAULT_SIGNALS=all SYSTEMD_LOG_LEVEL=debug LISTEN_FDS=3 NOTIFY_SOCKET=/dev/log ASAN_OPTIONS=log_path=/tmp/asan)
	env+=("EMPTY=" "LONG=$(head -c 100000 /dev/zero | tr '\0' x)")
	{
		echo '#!/bin/sh'
		printf 'exec /usr/bin/env -i'
		printf " '%s'" "${env[@]}"
		echo ' "$@"'
	} >"$dir/with-env"
	chmod 0755 "$dir/with-env"
	allow
	asked "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" /usr/bin/env -i "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	gets_it 'empty environment'
	# MALLOC_CHECK_ and the like reach env(1) itself; LD_* only what it starts.
	another setuid
	for H_PATH in "$H_PATH" "$OTHER"; do
		for policy in allow 'deny eve'; do
			nsswitch systemd files
			eve_in_userdb
			$policy
			asked "$NG_TOOLS/recv-fd" /usr/bin/strace "${H_FOLLOW[@]}" -q -o "$dir/strace" -e trace=openat,open,stat,newfstatat,access,execve,execveat,connect -u alice \
				"$dir/with-env" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
			if [ "$policy" = allow ]; then gets_it "$policy"; else never_gets_it "$policy"; fi
			! sed '1,/execve("'"${H_PATH//\//\\/}"'/d' "$dir/strace" | grep -E "$dir|locale|gconv|zoneinfo|resolv.conf|libnl" || return 1
		done
	done
	[ "$(ls "$dir")" = "$(printf '%s\n' "$H_NAME" evil.so strace with-env | sort)" ]
	if ls /tmp/asan* 2>/dev/null; then return 1; fi
}
# bats test_tags=nosanitizers
@test "threats 21, 53, 55: the environment: nothing is read, written, loaded or said because of it" { each t_21; }

t_26() {
	local name
	allow
	for name in --empty-argv --name= --name=../x --name='%s%n' --long-name=100000 "--name=$(printf 'a\nb\033[2J')"; do
		another file-caps
		under "$name" -- "${H_ARGS[@]}"
		if [ "$name" = --empty-argv ]; then gets_nothing "$name"; else gets_it "$name"; fi
		under "$name" -- --nosuch
		gets_nothing "$name"
	done
	under --long-arg=100000 -- "${H_ARGS[@]}"
	gets_nothing 'a long argument'
	# Beside a copy of ours: nothing is found through argv[0] or the program's own place.
	mkdir -p "$NG_WORK/other/qemu-bundle/etc/qemu" "$NG_WORK/other/qemu-bundle/etc/netgrant"
	echo "$H_ALLOW" >"$NG_WORK/other/qemu-bundle/etc/qemu/$(basename "$H_POLICY")"
	rm "$H_POLICY"
	asked "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" "$OTHER" "${H_ARGS[@]}" '--fd={fd}'
	gets_nothing bundle
	[ "$status" -eq 3 ]
}
@test "threats 26, 44: no argument at all, hostile argv[0], arguments of 100 kB" { each t_26; }

# ---- C. setuid programs in general

t_45() {
	local seed
	before=$(world)
	allow
	for ((seed = 1; seed <= 150; seed++)); do
		asked "$NG_TOOLS/as-user" alice "$NG_TOOLS/under" --fd=9,stream "--random=$seed" "$H_PATH"
		case $status in
		0) : ;; # --help, or what is granted
		1 | 2 | 3) [ "$(wc -l <"$BATS_TEST_TMPDIR/stderr")" -eq 1 ] || fail "seed $seed" ;;
		*) fail "seed $seed" ;;
		esac
		! grep -aq '[^ -~]' <<<"$stderr" || fail "seed $seed: control characters"
	done
	same_world "$before"
}
@test "threat 45: random arguments" { each t_45; }

t_46() {
	local who
	before=$(world)
	for who in -1 4294967295 4294967296 +0 0x0 00 -0; do
		echo "${H_ALLOW} user=$who" >"$H_POLICY"
		for uid in 0 "$ALICE"; do
			asked "$NG_TOOLS/under" --groups=0 "--uid=$uid" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
			gets_nothing "user=$who, uid $uid"
		done
	done
	same_world "$before"
}
@test "threat 46: no number of a user means anybody else" { each t_46; }

t_49() {
	local name escape=$'\033' i=0
	allow
	for name in '../../x' '..' 'a/b' "al${escape}[2Jice" 'two words' 'x,root' '0' '%s%n' "$(head -c 5000 /dev/zero | tr '\0' n)"; do
		sed -i '/:x:62001:/d' /etc/passwd
		printf '%s:x:62001:62001::/:/bin/sh\n' "$name" >>/etc/passwd
		echo "${H_ALLOW}" >"$H_POLICY"
		asked "$NG_TOOLS/under" --groups=0 "--uid=$ALICE" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_it "$name"
		: >"$H_POLICY"
		asked "$NG_TOOLS/under" --groups=0 "--uid=$ALICE" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_nothing "$name"
		[[ "$stderr" == *"uid 62001"* ]] || fail "$name"
		# The line that root is told to write must stand for this user and nobody else.
		[[ "$stderr" == *" user=62001" ]] || fail "$name: another user would be meant"
	done
}
@test "threats 49, 68: user names with slashes, dots, escapes, blanks, commas and digits" { each t_49; }

sink() {
	timeout 120 "$NG_TOOLS/log-sink" "$BATS_TEST_TMPDIR/log" 3>&- &
	echo $! >>"$BATS_TEST_TMPDIR/pids"
	wait_until test -S /dev/log
}

t_54() {
	rm -f "$BATS_TEST_TMPDIR/log"
	sink
	allow
	under --long-name=4096 -- "${H_ARGS[@]}"
	gets_it
	under "--name=$(printf 'x\nFAKE[1]: granted uid=0')" -- "${H_ARGS[@]}"
	gets_it
	: >"$H_POLICY"
	under --long-name=4096 -- "${H_ARGS[@]}"
	gets_nothing
	printf '%s\n' "include /etc/netgrant/$(printf 'x\tgranted')" >"$H_POLICY"
	under -- "${H_ARGS[@]}"
	gets_nothing
	wait_until eval '[ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -ge 4 ]'
	rm -f /dev/log
	[ "$(wc -l <"$BATS_TEST_TMPDIR/log")" -eq 4 ]
	[ "$(grep -c "^<85>$H_NAME\[[0-9]*\]: \(granted\|denied\|failed\) uid=$ALICE " "$BATS_TEST_TMPDIR/log")" -eq 4 ]
	if grep -q '[^ -~]' "$BATS_TEST_TMPDIR/log"; then return 1; fi
}
@test "threats 54, 68: the log: long and forged names, one line each" { each t_54; }

t_log() {
	local call nth
	rm -f "$BATS_TEST_TMPDIR/log"
	sink
	warm
	asked "$NG_TOOLS/recv-fd" /usr/bin/strace -q -o "$BATS_TEST_TMPDIR/calls" -u alice "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	gets_it
	# Killed by its caller as soon as the descriptor is out, at the next system call: it is in the log
	# all the same.
	: >"$BATS_TEST_TMPDIR/log"
	read -r call nth < <(awk -v last="$(grep -c '^sendmsg(' "$BATS_TEST_TMPDIR/calls")" '{ sub(/\(.*/, ""); n[$0]++ }
		out { print $0, n[$0]; exit } $0 == "sendmsg" && n[$0] == last { out = 1 }' "$BATS_TEST_TMPDIR/calls")
	asked "$NG_TOOLS/recv-fd" /usr/bin/strace -q -e "trace=$call" -e "inject=$call:signal=KILL:when=$nth" \
		-o /dev/null -u alice "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	[ "$(said descriptors)" = 1 ]
	[ "$(said signal)" = 9 ]
	wait_until test -s "$BATS_TEST_TMPDIR/log"
	rm -f /dev/log
	grep -q "granted uid=$ALICE" "$BATS_TEST_TMPDIR/log"
}
# bats test_tags=nosanitizers
@test "a grant is in the log even where the caller kills the helper when it has the descriptor" { each t_log; }

t_58() {
	local set options fd
	allow
	for set in '' 0 1 2 '0 1' '0 2' '1 2' '0 1 2'; do
		options=(--umask=22)
		for fd in $set; do options+=("--close=$fd"); done
		under "${options[@]}" -- "${H_ARGS[@]}"
		gets_it "closed: $set"
		[ "$(said tap)" = 1 ]
		: >"$H_POLICY"
		under "${options[@]}" -- "${H_ARGS[@]}"
		never_gets_it "closed: $set"
		[ "$status" -eq 3 ]
		allow
	done
}
@test "threat 58: descriptors 0 to 2 closed, in all 8 ways" { each t_58; }

t_58b() {
	eve_in_userdb
	nsswitch systemd files
	deny eve
	# Neither the reply socket nor anything with privilege reaches the program that looks
	# names up; and it has all of its standard descriptors.
	stopped -P /etc/nsswitch.conf -e inject=newfstatat:signal=STOP:when=3 -u alice -- "$NG_TOOLS/under" --close=0 --close=1 --close=2 "$H_PATH" "${H_ARGS[@]}"
	[ "$(cat "/proc/$pid/comm")" = name-lookup ]
	fds=$(ls -l "/proc/$pid/fd" | sed -n 's/.* \([0-9]* -> .*\)/\1/p')
	echo "$fds" >&2
	[ "$(grep -c '^[01] -> socket' <<<"$fds")" -eq 2 ]
	grep -q '^2 -> /dev/null' <<<"$fds"
	[ "$(grep -c 'socket' <<<"$fds")" -eq 2 ]
	if grep -v '^[012] ' <<<"$fds" | grep -v nsswitch.conf; then return 1; fi
	go_on
	[ "$status" -eq 3 ]
}
# bats test_tags=nosanitizers
@test "threat 58: what name-lookup has of its helper's descriptors" { each t_58b; }

t_62() {
	local mode option answers
	printf '%s\n' "$H_ALLOW user=alice" "$H_DENY"mallory >"$H_POLICY"
	for user in alice mallory bob; do
		for option in "${H_ARGS[*]}" "${H_ARGS[*]} --use-vnet" "${H_ARGS[*]} --describe" '--nosuch' ''; do
			answers=()
			for mode in file-caps setuid; do
				another $mode
				# shellcheck disable=SC2086
				asked "$NG_TOOLS/as-user" "$user" "$NG_TOOLS/recv-fd" "$OTHER" $option '--fd={fd}'
				answers+=("$status $(sed 's/index=[0-9]*\|name=.*\|mac=[^ ]*\|vnet[0-9]*//g' <<<"$said") $stderr")
			done
			[ "${answers[0]}" = "${answers[1]}" ] || { printf '%s\n' "$user $option" "${answers[@]}" >&2; return 1; }
		done
	done
	# Root is one user among others.
	asked "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	gets_nothing root
	[ "$status" -eq 3 ]
	echo "$H_ALLOW user=root" >"$H_POLICY"
	asked "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	gets_it root
	another none
	asked "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" "$OTHER" "${H_ARGS[@]}" '--fd={fd}'
	gets_nothing none
	[ "$status" -eq 5 ]
}
@test "threat 62: every install gives the same answers" { each t_62; }

t_64() {
	local mode
	for mode in ignore block qemu; do
		allow
		under "--signals=$mode" -- "${H_ARGS[@]}"
		gets_it "$mode"
		eve_in_userdb
		nsswitch systemd files
		deny eve
		under "--signals=$mode" -- "${H_ARGS[@]}"
		gets_nothing "$mode"
		[ "$status" -eq 3 ]
		cp "$BATS_TEST_TMPDIR/nsswitch.conf" /etc/
	done
}
@test "threat 64: all signals ignored, all blocked, QEMU's" { each t_64; }

t_65() {
	before=$(world)
	: >"$H_POLICY"
	for options in --fd=2,closed-pipe '--fd=2,closed-pipe --signals=qemu' --fd=2,/dev/full; do
		# shellcheck disable=SC2086
		under $options -- "${H_ARGS[@]}"
		never_gets_it "$options"
		[ "$status" -eq 3 ] || fail "$options"
	done
	same_world "$before"
	allow
	under --fd=1,closed-pipe --fd=2,closed-pipe -- "${H_ARGS[@]}"
	gets_it
}
@test "threat 65: standard error a closed pipe, or full" { each t_65; }

t_66() {
	local services limit value
	for services in 'files' 'files systemd' 'systemd files'; do
		nsswitch "$services"
		[ "$services" = files ] && who=alice || who=eve
		eve_in_userdb
		for limit in NOFILE AS DATA STACK CPU FSIZE NPROC MEMLOCK CORE SIGPENDING RTTIME LOCKS MSGQUEUE; do
			case $limit in
			NOFILE) values='0 1 2 3 4 5 6 7 8 10 12 31 32 33' ;;
			AS | DATA) values='0 1 4096 1048576 8388608 67108863 67108864' ;;
			STACK) values='0 1 16384 65536 131072' ;;
			*) values='0 1 8' ;;
			esac
			for value in $values; do
				deny "$who"
				under "--limit=$limit,$value" -- "${H_ARGS[@]}"
				never_gets_it "$services, $limit=$value, denied"
				[ "$services" = files ] || continue
				allow
				under "--limit=$limit,$value" -- "${H_ARGS[@]}"
				# A refusal cannot be written to the file that takes it here.
				[ "$H_NAME,$limit" != ifup-runner,FSIZE ] || { never_gets_it "FSIZE=$value" && continue; }
				works_or_refuses "$limit=$value"
			done
		done
	done
}
# bats test_tags=nosanitizers
@test "threat 66: each resource limit at 0, 1 and small: it works or refuses, and no deny vanishes" { each t_66; }

# dora and her group are known to that database only.
dora_in_userdb() {
	mkdir -p /etc/userdb
	echo '{"userName":"dora","uid":62050,"gid":62050,"disposition":"regular","homeDirectory":"/","shell":"/bin/sh"}' >/etc/userdb/dora.user
	echo '{"groupName":"doras","gid":62050,"disposition":"regular"}' >/etc/userdb/doras.group
	ln -sf dora.user /etc/userdb/62050.user
	ln -sf doras.group /etc/userdb/62050.group
}

# starved_lookup N ARGUMENT...: the helper as dora, with N descriptors for name-lookup.
starved_lookup() {
	local n=$1
	shift
	# The kernel lets a user set the limits of every process of his own.
	stopped -P /etc/nsswitch.conf -e inject=newfstatat:signal=STOP:when=3 -- "$NG_TOOLS/under" --groups=0 --uid=62050 "$H_PATH" "$@"
	[ "$(cat "/proc/$pid/comm")" = name-lookup ]
	"$NG_TOOLS/under" --groups=0 --uid=62050 /usr/bin/prlimit --pid "$pid" "--nofile=$n:"
	go_on
}

t_66b() {
	local n what
	dora_in_userdb
	nsswitch systemd files
	for what in user=dora group=doras; do
		printf '%s\n' "$H_ALLOW" "${H_DENY%user=}$what" >"$H_POLICY"
		asked "$NG_TOOLS/under" --groups=0 --uid=62050 "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_nothing "$what"
		[ "$status" -eq 3 ] || fail "$what"
		for n in 0 1 2 3 4 5 6 7 8 9; do
			starved_lookup "$n" "${H_ARGS[@]}"
			never_gets_it "$what, NOFILE=$n while names are looked up"
		done
	done
}
# bats test_tags=nosanitizers
@test "threat 66: the limits of name-lookup, lowered while it works: no deny vanishes" { each t_66b; }

# By the first of two rules, or not at all: a granted request says by which.
by_rule_1() {
	if [ "$(said descriptors)" = 1 ]; then
		[[ "$said" == *"rule=$H_POLICY:1"* ]] || fail "$* by another rule"
	else
		[ "$status" -ne 0 ] || fail "$*"
	fi
}

t_66c() {
	local limit n services tight=limit=9
	case $H_NAME in
	bridge-helper | nat-setup) tight+=' isolated mac=52:54:00:aa:00:01' ;;
	tap-creator) tight+=' mac=52:54:00:aa:00:01' ;;
	ifup-runner) tight+=' run-as=netgrant-ifup caps=none' ;;
	esac
	dora_in_userdb
	printf '%s\n' "$H_ALLOW user=dora $tight" "$H_ALLOW group=62050" >"$H_POLICY"
	for services in 'files systemd' 'systemd files'; do
		nsswitch "$services"
		asked "$NG_TOOLS/under" --groups=0 --uid=62050 "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" --describe '--fd={fd}'
		gets_it "$services"
		by_rule_1 "$services"
		for limit in NPROC,0 NPROC,1 NOFILE,32 AS,67108864 DATA,67108864 STACK,65536; do
			asked "$NG_TOOLS/under" --groups=0 --uid=62050 "$NG_TOOLS/recv-fd" "$NG_TOOLS/under" "--limit=$limit" "$H_PATH" "${H_ARGS[@]}" --describe '--fd={fd}'
			by_rule_1 "$services, $limit"
		done
		# Too few for a grant, after which strace would wait for ifup-runner's worker.
		for n in 0 1 2 3; do
			starved_lookup "$n" "${H_ARGS[@]}" --describe
			by_rule_1 "$services, NOFILE=$n while names are looked up"
		done
	done
	# The C library passes over a database that it cannot load: dora has no number, and her number
	# has no name.
	nsswitch systemd
	starved_lookup 3 "${H_ARGS[@]}" --describe
	by_rule_1 'a database that cannot be loaded'
	[ "$status" -eq 1 ] && [[ "$stderr" == *"$H_POLICY:1: cannot tell whether it is for uid 62050, before $H_POLICY:2 may allow more: "* ]] || fail text
}
# bats test_tags=nosanitizers
@test "threat 66: limits lowered as above: no looser rule takes the place of one that comes first" { each t_66c; }

t_68() {
	local name i
	before=$(world)
	allow
	for i in $(seq 1 255); do
		printf -v name '%b' "\\x$(printf %02x "$i")"
		[[ "$name" == [A-Za-z0-9_.-] ]] && continue
		asked "$NG_TOOLS/as-user" alice "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" "${H_NAMED}x$name" '--fd={fd}'
		gets_nothing "byte $i"
		[ "$status" -eq 2 ]
	done
	same_world "$before"
}
# Three hundred requests, which take a sanitizer's build too long.
# bats test_tags=nosanitizers
@test "threats 2, 68, 75: every byte that is not for names, in a name" { each t_68; }

t_70() {
	local victim
	eve_in_userdb
	nsswitch systemd files
	deny eve
	printf '%s\n' "$H_ALLOW" >>"$H_POLICY"
	# shellcheck disable=SC2046
	stopped $(at_policy) -u alice -- "$H_PATH" "${H_ARGS[@]}"
	run "$NG_TOOLS/under" "--uid=$ALICE" "$NG_TOOLS/poke" "$pid"
	[ "$status" -eq 0 ] || { echo "helper: $output" >&2; return 1; }
	go_on
	[ "$status" -eq 3 ]
	stopped -P /etc/nsswitch.conf -e inject=newfstatat:signal=STOP:when=3 -u alice -- "$H_PATH" "${H_ARGS[@]}"
	[ "$(cat "/proc/$pid/comm")" = name-lookup ]
	run "$NG_TOOLS/under" "--uid=$ALICE" "$NG_TOOLS/poke" "$pid"
	[ "$status" -eq 0 ] || { echo "name-lookup: $output" >&2; return 1; }
	[ "$(field CapPrm)" = $NONE ]
	[ "$(tr '\0' '\n' <"/proc/$pid/environ" | wc -c)" -eq 0 ]
	# Killed before it answers: no answer is not "there is no such user".
	"$NG_TOOLS/under" "--uid=$ALICE" /bin/kill -9 "$pid"
	go_on
	[ "$status" -eq 1 ]
	# The tool itself works: on a process that may be poked it finds everything.
	ip netns exec "$NS" "$NG_TOOLS/as-user" alice sleep 600 3>&- &
	victim=$!
	echo "$victim" >>"$BATS_TEST_TMPDIR/pids"
	wait_until grep -qx sleep "/proc/$victim/comm"
	run "$NG_TOOLS/under" "--uid=$ALICE" "$NG_TOOLS/poke" "$victim"
	[ "$status" -eq 1 ]
	[[ "$output" == *mem* && "$output" == *pidfd_getfd* && "$output" == *PTRACE_SEIZE* ]]
}
# bats test_tags=nosanitizers
@test "threats 70, 73: neither the helper nor name-lookup can be traced, read, written or robbed of a descriptor" { each t_70; }

t_70b() {
	eve_in_userdb
	nsswitch systemd files
	deny eve
	for mode in 0755 0751 0715 0731; do
		chmod "$mode" "$LOOKUP"
		under -- "${H_ARGS[@]}"
		chmod 0711 "$LOOKUP"
		gets_nothing "$mode"
		[ "$status" -eq 1 ] || fail "$mode"
	done
	setfacl -m u:alice:rx "$LOOKUP" 2>/dev/null && {
		under -- "${H_ARGS[@]}"
		setfacl -b "$LOOKUP"
		chmod 0711 "$LOOKUP"
		gets_nothing acl
		[ "$status" -eq 1 ]
	}
	chown mallory "$LOOKUP"
	under -- "${H_ARGS[@]}"
	chown root "$LOOKUP"
	gets_nothing owner
	mv "$LOOKUP" "$LOOKUP.away"
	under -- "${H_ARGS[@]}"
	mv "$LOOKUP.away" "$LOOKUP"
	gets_nothing away
	[ "$status" -eq 1 ]
	under -- "${H_ARGS[@]}"
	[ "$status" -eq 3 ]
}
# bats test_tags=nosanitizers
@test "threat 70: name-lookup is not used where it is readable, not root's, or away" { each t_70b; }

t_names() {
	local line
	eve_in_userdb
	# What nsswitch.conf says, as the C library reads it; eve is known to systemd only.
	for line in 'passwd: files systemd' 'passwd: systemd files' 'passwd:systemd' 'passwd : files systemd' \
		'passwd files systemd' '  passwd: files systemd' 'passwd:	files	systemd' 'passwd: compat systemd' \
		'passwd: files [NOTFOUND=continue] systemd' 'passwd: files [SUCCESS=continue] systemd'; do
		sed -i '/^[[:space:]]*passwd/d' /etc/nsswitch.conf
		echo "$line" >>/etc/nsswitch.conf
		[ -n "$(getent passwd eve)" ] || { echo "the C library does not take '$line'" >&2; return 1; }
		deny eve
		under -- "${H_ARGS[@]}"
		[ "$status" -eq 3 ] && never_gets_it "$line" || fail "$line"
		deny alice
		[ -z "$(getent passwd alice)" ] && continue
		under -- "${H_ARGS[@]}"
		[ "$status" -eq 3 ] && never_gets_it "$line" || fail "$line"
	done
	# Two lines: the last one counts.
	printf 'passwd: files\npasswd: files systemd\n' >/etc/nsswitch.conf
	[ -n "$(getent passwd eve)" ]
	deny eve
	under -- "${H_ARGS[@]}"
	[ "$status" -eq 3 ] && never_gets_it 'two lines' || fail 'two lines'
	# Where files are all there is, eve is nobody.
	for line in 'passwd: files' 'passwd: files [NOTFOUND=return] systemd' ''; do
		echo "$line" >/etc/nsswitch.conf
		[ -n "$line" ] || rm /etc/nsswitch.conf
		[ -z "$(getent passwd eve)" ] || { echo "eve is known by '$line'" >&2; return 1; }
		deny eve
		under -- "${H_ARGS[@]}"
		gets_it "$line"
		deny alice
		under -- "${H_ARGS[@]}"
		gets_nothing "$line"
	done
}
@test "names: every shape of nsswitch.conf, as the C library takes it" { each t_names; }

t_names_allow() {
	eve_in_userdb
	nsswitch files systemd
	# A user of another database is that user, not uid 0 and not anybody.
	echo "$H_ALLOW user=eve" >"$H_POLICY"
	under -- "${H_ARGS[@]}"
	gets_it eve
	for uid in 0 62002; do
		asked "$NG_TOOLS/under" --groups=0 "--uid=$uid" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_nothing "uid $uid is not eve"
		[ "$status" -eq 3 ]
	done
	cp "$BATS_TEST_TMPDIR/nsswitch.conf" /etc/
	# Two entries of one name: the first one, as in the C library; a mangled one is none.
	printf 'dup:x:62002:62002::/:\ndup:x:%s:62001::/:\n' "$ALICE" >>/etc/passwd
	echo "$H_ALLOW user=dup" >"$H_POLICY"
	under -- "${H_ARGS[@]}"
	gets_nothing dup
	[ "$(getent passwd dup | cut -d: -f3)" = 62002 ]
	# A name as long as a rule's may be is not the beginning of a longer one.
	who=$(head -c 255 /dev/zero | tr '\0' n)
	echo "${who}nnnn:x:62070:62070::/:" >>/etc/passwd
	nsswitch systemd files
	echo "$H_ALLOW user=$who" >"$H_POLICY"
	asked "$NG_TOOLS/under" --groups=0 --uid=62070 "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	gets_nothing 'cut name'
	cp "$BATS_TEST_TMPDIR/nsswitch.conf" /etc/
	# Entries that the C library takes and a careless reader does not.
	printf '  blank:x:%s:62001::/:\nzero:x:0%s:62001::/:\n' "$ALICE" "$ALICE" >>/etc/passwd
	for who in blank zero; do
		[ "$(getent passwd "$who" | cut -d: -f3)" = "$ALICE" ]
		nsswitch files
		deny "$who"
		under -- "${H_ARGS[@]}"
		never_gets_it "deny $who"
	done
}
@test "names: who is meant, and nobody else" { each t_names_allow; }

t_73() {
	local options
	allow
	for options in --umask=0 --umask=777 --no-cwd --nice=19 --traced --share-fs --no-new-privs; do
		under "$options" -- "${H_ARGS[@]}"
		case $options in
		--traced | --share-fs | --no-new-privs) # the kernel gives it no privilege then
			gets_nothing "$options"
			[ "$status" -eq 5 ] || fail "$options" ;;
		*) gets_it "$options" ;;
		esac
	done
	another setuid
	H_PATH=$OTHER
	for options in --traced --share-fs --no-new-privs; do
		under "$options" -- "${H_ARGS[@]}"
		gets_nothing "setuid $options"
		[ "$status" -eq 5 ] || fail "setuid $options"
	done
	# No core, whatever the limit was.
	mkdir -p "$NG_WORK/other/cores"
	chmod 0777 "$NG_WORK/other/cores"
	H_PATH=$HELPERS/$H_NAME
	# shellcheck disable=SC2046
	stopped $(at_policy) -u alice -- "$H_PATH" "${H_ARGS[@]}"
	kill -SEGV "$pid"
	go_on
	[ "$(said signal)" = 11 ]
	if grep -q 'core dumped' "$BATS_TEST_TMPDIR/strace"; then return 1; fi
}
# bats test_tags=nosanitizers
@test "threat 73: umask, no working folder, nice, traced, shared file system state, no_new_privs, core" { each t_73; }

t_74() {
	local kind file=$NG_WORK/other/file
	mkdir -p "$NG_WORK/other"
	: >"$file"
	before=$(world)
	allow
	for kind in "$file" path:/ "path:$file" /dev/null /dev/tty1 tty udp tcp dgram seqpacket unconnected listening pipe closed-pipe /dev/net/tun; do
		[ "$kind" != /dev/tty1 ] || [ -e "$kind" ] || continue
		# Opened by root, who then becomes alice.
		asked "$NG_TOOLS/under" "--fd=9,$kind" --groups=0 "--uid=$ALICE" "$H_PATH" "${H_ARGS[@]}" --fd=9
		gets_nothing "$kind"
		[ "$status" -eq 2 ] || fail "$kind"
	done
	[ ! -s "$file" ]
	for fd in 0 1 2; do
		asked "$NG_TOOLS/under" "--fd=$fd,stream" --groups=0 "--uid=$ALICE" "$H_PATH" "${H_ARGS[@]}" "--fd=$fd"
		[ "$status" -eq 2 ] || fail "fd $fd"
	done
	# Connected once, and then not: the send fails, and nothing stays.
	asked "$NG_TOOLS/under" --fd=9,shut --groups=0 "--uid=$ALICE" "$H_PATH" "${H_ARGS[@]}" --fd=9
	gets_nothing shut
	[ "$status" -eq 1 ] || [ "$status" -eq 2 ] || fail shut
	# A socket at the highest number there can be.
	asked "$NG_TOOLS/under" --fd=19999,stream --groups=0 "--uid=$ALICE" "$H_PATH" "${H_ARGS[@]}" --fd=2147483647
	gets_nothing 'high number'
	same_world "$before"
}
@test "threat 74: descriptors that are no connected unix stream socket" { each t_74; }

t_76() {
	before=$(world)
	allow
	asked "$NG_TOOLS/as-user" alice /usr/bin/unshare -Urn "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	gets_nothing 'user namespace'
	# File capabilities do count there, for what belongs to that namespace.
	for options in -U -Un -Ur -Urm; do
		asked "$NG_TOOLS/as-user" alice /usr/bin/unshare "$options" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_nothing "user namespace, $options"
	done
	another setuid
	asked "$NG_TOOLS/as-user" alice /usr/bin/unshare -Urnm "$NG_TOOLS/recv-fd" "$OTHER" "${H_ARGS[@]}" '--fd={fd}'
	gets_nothing 'user namespace, setuid'
	# Root of the whole system in a user namespace of its own.
	asked /usr/bin/unshare -Ur "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	gets_nothing 'root in a user namespace'
	same_world "$before"
}
@test "threat 76: in a user namespace" { each t_76; }

t_install() {
	before=$(world)
	allow
	under --no-new-privs -- "${H_ARGS[@]}"
	gets_nothing no_new_privs
	[ "$status" -eq 5 ] && [[ "$stderr" == *"no_new_privs"* ]] || fail no_new_privs
	asked /usr/bin/unshare -m sh -c "mount -t tmpfs -o nosuid,mode=755 t $NG_WORK/home && cp --preserve=all $H_PATH $NG_WORK/home/ && \
		exec $NG_TOOLS/as-user alice $NG_TOOLS/recv-fd $NG_WORK/home/$H_NAME ${H_ARGS[*]} '--fd={fd}'"
	gets_nothing nosuid
	[ "$status" -eq 5 ] && [[ "$stderr" == *"nosuid"* ]] || fail nosuid
	chmod 0600 /dev/net/tun
	under -- "${H_ARGS[@]}"
	chmod 0666 /dev/net/tun
	gets_nothing tun
	[ "$status" -eq 1 ] && [[ "$stderr" == *"/dev/net/tun"*"0666"* ]] || fail tun
	same_world "$before"
}
@test "threat 76, F: no_new_privs, nosuid, /dev/net/tun of mode 0600: what is wrong is said" { each t_install; }

t_bounding() {
	allow
	another setuid
	# libvirt's session daemon leaves CAP_NET_ADMIN only.
	for H_PATH in "$HELPERS/$H_NAME" "$OTHER"; do
		asked "$NG_TOOLS/under" --bounding=12 --groups=0 "--uid=$ALICE" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		# Scripts take more than that.
		if [ "$H_NAME" = ifup-runner ]; then
			gets_nothing "$H_PATH"
			[ "$status" -eq 5 ] || fail "$H_PATH"
		else
			gets_it "$H_PATH"
		fi
		asked "$NG_TOOLS/under" --bounding=0 --groups=0 "--uid=$ALICE" "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		never_gets_it "$H_PATH without CAP_NET_ADMIN"
	done
}
@test "F: libvirt's bounding set" { each t_bounding; }

# ---- ended or failing at each step

# steps FILE: the helper's system calls, each as its name and its number among those of that
# name: "openat 3". (strace counts each name for itself.)
steps() {
	asked "$NG_TOOLS/recv-fd" /usr/bin/strace -q -o "$BATS_TEST_TMPDIR/all" -u alice "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' "$BATS_TEST_TMPDIR/all" | awk '{ print $1, ++n[$1] }' >"$1"
	[ "$(wc -l <"$1")" -gt 40 ]
}

at_step() {
	asked "$NG_TOOLS/recv-fd" /usr/bin/strace -q -o "$BATS_TEST_TMPDIR/step" "${@:3}" -e "inject=$2:$1" -u alice "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
}

links() { in_ns ip -o link | cut -d: -f2 | sort; }

t_kill() {
	local name n missed=0
	warm
	up_down
	steps "$BATS_TEST_TMPDIR/steps"
	[ "$H_NAME" != ifup-runner ] || up_down
	before=$(world)
	while read -r name n; do
		at_step "signal=KILL:when=$n" "$name" </dev/null
		[ "$(said signal)" != 9 ] || continue
		# A read that a child's end interrupts is one more, and not in every run.
		[ "$(grep -c "^$name(" "$BATS_TEST_TMPDIR/step")" -lt "$n" ] && [ "$((missed += 1))" -le 2 ] || fail "$name $n"
	done < <(grep -v -e '^execve ' -e '^exit_group ' "$BATS_TEST_TMPDIR/steps")
	same_world "$before"
}
# bats test_tags=nosanitizers
@test "ended with SIGKILL at each system call: nothing is left" { each t_kill; }

# What the filter lets through, from its source.
fence() {
	sed -n 's/.*\(CALL\|WITH\)(\([a-z0-9_]*\)[,)].*/\2/p' "$BATS_TEST_DIRNAME/../policy/seccomp/profiles.c"
	echo ioctl
}

t_error() {
	local name n beyond
	warm
	up_down
	steps "$BATS_TEST_TMPDIR/steps"
	[ "$H_NAME" != ifup-runner ] || up_down
	before=$(world)
	while read -r name n; do
		# A failure is a call of another number to the filter: so this is without it, and
		# the calls behind the place where it would be are compared with its list.
		at_step "error=EIO:when=$n" "$name" -e inject=seccomp:retval=0 </dev/null
		beyond=$(sed '1,/^seccomp(/d' "$BATS_TEST_TMPDIR/step" | sed -n 's/^\([a-z0-9_]*\)(.*/\1/p' | sort -u | grep -vxF -f <(fence)) || :
		[ -z "$beyond" ] || fail "$name $n: behind the fence: $beyond"
		case $status,$(said descriptors) in
		0,1) gets_it "$name $n" ;;
		[1-5],0) gets_nothing "$name $n" ;;
		*) # The C library's own beginning may give up in its own ways.
			[ "$(grep -n "^$name(" "$BATS_TEST_TMPDIR/all" | sed -n "${n}s/:.*//p")" -lt 16 ] || fail "$name $n" ;;
		esac
	done < <(grep -v -e '^execve ' -e '^exit_group ' -e '^seccomp ' "$BATS_TEST_TMPDIR/steps")
	at_step error=EIO seccomp
	gets_nothing 'no filter'
	[[ "$stderr" == *"system call filter"* ]] || fail 'no filter'
	same_world "$before"
}
# bats test_tags=nosanitizers
@test "each system call failing once: status 1 to 5, or granted; nothing is left" { each t_error; }

t_error_denied() {
	local name n
	printf '%s\n' "$H_ALLOW" "include /etc/netgrant/more" >"$H_POLICY"
	echo "${H_DENY}alice" >/etc/netgrant/more
	nsswitch files
	steps "$BATS_TEST_TMPDIR/steps"
	[ "$status" -eq 3 ]
	while read -r name n; do
		at_step "error=EMFILE:when=$n" "$name" </dev/null
		never_gets_it "$name $n"
		# Who one is cannot fail.
	done < <(grep -v -e '^execve ' -e '^exit_group ' -e '^gete\?[ug]id ' "$BATS_TEST_TMPDIR/steps")
}
# bats test_tags=nosanitizers
@test "each system call failing once: no deny vanishes" { each t_error_denied; }

# number CALL PATTERN: which of the calls of that name in steps' run is the first like that.
number() {
	awk -v call="^$1[(]" -v what="$2" '$0 ~ call { n++; if ($0 ~ what) { print n; exit } }' "$BATS_TEST_TMPDIR/all"
}

# fails_at CALL NUMBER ERROR: as in t_error.
fails_at() {
	at_step "error=$3:when=$2" "$1" -e inject=seccomp:retval=0
	grep -q "^$1(.*$3 .*INJECTED" "$BATS_TEST_TMPDIR/step" || fail "$1 $2: no $3"
}

# What is below, the caller can bring about: limits can be lowered while the helper runs.
t_scarce() {
	local n error
	warm
	up_down
	steps "$BATS_TEST_TMPDIR/steps"
	[ "$H_NAME" != ifup-runner ] || up_down
	before=$(world)
	n=$(number openat /disable_ipv6)
	for error in EMFILE ENFILE ENOMEM ENOENT EINTR; do
		fails_at openat "$n" "$error"
		gets_nothing "disable_ipv6, $error"
		[ "$status" -eq 1 ] && [[ "$stderr" == *"cannot turn IPv6 off on 'vnet"* ]] || fail "disable_ipv6, $error"
	done
	n=$(number socket 'AF_UNIX, SOCK_DGRAM')
	for error in EMFILE ENFILE ENOMEM ENOBUFS; do
		fails_at socket "$n" "$error"
		gets_nothing "log, $error"
		[ "$status" -eq 1 ] && [[ "$stderr" == *"cannot open the log: "* ]] || fail "log, $error"
	done
	same_world "$before"
	# And what is so for everybody: a read-only /proc/sys, and nobody who logs.
	n=$(number openat /disable_ipv6)
	for error in EROFS EACCES EPERM; do
		fails_at openat "$n" "$error"
		gets_it "disable_ipv6, $error"
		[ "$H_NAME" != ifup-runner ] || up_down
	done
	n=$(number connect /dev/log)
	for error in ENOENT ENOTDIR EACCES ECONNREFUSED EPROTOTYPE; do
		fails_at connect "$n" "$error"
		gets_it "log, $error"
		[ "$H_NAME" != ifup-runner ] || up_down
	done
}
# bats test_tags=nosanitizers
@test "threat 66: IPv6 that cannot be turned off, a log that cannot be opened: nothing is granted" { each t_scarce; }

# ---- races

t_stale_name() {
	[ "$H_NAME" = bridge-helper ] || return 0
	in_ns ip link add lan type bridge
	printf '%s\n' 'allow br0' 'deny lan' >"$H_POLICY"
	# The helper has looked br0 up and is stopped by its caller; root moves the names.
	# shellcheck disable=SC2046
	stopped $(at_policy) -u alice -- "$H_PATH" "${H_ARGS[@]}"
	in_ns ip link del lan
	in_ns ip link set br0 down
	in_ns ip link set br0 name lan
	in_ns ip link add br0 type bridge
	go_on
	[ "$status" -ne 0 ]
	[ "$(said descriptors)" = 0 ]
}
@test "a bridge that is renamed after it was looked up: no port on what is now denied" { each t_stale_name; }

t_stale_mac() {
	[ "$H_NAME" = bridge-helper ] || return 0
	in_ns ip link del br0
	in_ns ip link add br0 type bridge
	allow
	# shellcheck disable=SC2046
	stopped $(at_policy) -u alice -- "$H_PATH" "${H_ARGS[@]}"
	in_ns ip link set up0 address 02:00:00:00:00:01
	in_ns ip link set up0 master br0
	# A bridge takes the address of its first port, until it is given one.
	[ "$(in_ns cat /sys/class/net/br0/address)" = 02:00:00:00:00:01 ]
	go_on
	[ "$(in_ns cat /sys/class/net/br0/address)" = 02:00:00:00:00:01 ]
}
@test "a bridge whose address changes after it was looked up keeps the new one" { each t_stale_mac; }

t_race_policy() {
	local i
	echo "$H_ALLOW" >/etc/netgrant/yes
	printf '%s\n' "$H_ALLOW" "${H_DENY}alice" "$H_ALLOW" >/etc/netgrant/no
	cp /etc/netgrant/no "$H_POLICY"
	(
		for ((i = 0; i < 4000; i++)); do
			ln -f /etc/netgrant/yes /etc/netgrant/t && mv -f /etc/netgrant/t "$H_POLICY"
			ln -f /etc/netgrant/no /etc/netgrant/t && mv -f /etc/netgrant/t "$H_POLICY"
		done
	) 3>&- &
	# Not %1: that is the countdown of the test's time.
	replacer=$!
	echo "$replacer" >>"$BATS_TEST_TMPDIR/pids"
	for ((i = 0; i < 60; i++)); do
		under -- "${H_ARGS[@]}"
		case $status in
		0) gets_it race ;;
		3) gets_nothing race && [[ "$stderr" == *":2 denies"* ]] ;;
		*) fail race ;;
		esac
	done
	kill "$replacer" 2>/dev/null || :
}
@test "a policy that is replaced over and over: allowed or denied, never a mixture" { each t_race_policy; }

t_race_bridge() {
	local i
	[ "$H_NAME" = bridge-helper ] || return 0
	printf '%s\n' 'allow all' >"$H_POLICY"
	cat >"$BATS_TEST_TMPDIR/churn" <<-'EOS'
		for i in $(seq 1000); do
			ip link set br0 down; ip link set br0 name brx; ip link set brx name br0
			ip link del br0; ip link add br0 type bridge
		done
	EOS
	ip netns exec "$NS" sh "$BATS_TEST_TMPDIR/churn" 2>/dev/null 3>&- &
	churn=$!
	echo "$churn" >>"$BATS_TEST_TMPDIR/pids"
	for ((i = 0; i < 80; i++)); do
		under -- "${H_ARGS[@]}"
		if [ "$status" -eq 0 ]; then gets_it churn; else gets_nothing churn; fi
	done
	kill "$churn"
	up_down
}
@test "a bridge that is renamed, deleted and made anew: granted or refused, nothing is left" { each t_race_bridge; }

t_race_many() {
	local i user granted
	printf '%s\n' "$H_ALLOW user=alice limit=3" "$H_ALLOW user=bob" "${H_DENY}mallory" >"$H_POLICY"
	for i in $(seq 51); do
		case $((i % 3)) in 0) user=alice ;; 1) user=bob ;; *) user=mallory ;; esac
		ip netns exec "$NS" "$NG_TOOLS/as-user" $user "$NG_TOOLS/recv-fd" --hold=600 "$H_PATH" "${H_ARGS[@]}" '--fd={fd}' \
			>"$BATS_TEST_TMPDIR/r.$user.$i" 2>&1 3>&- &
		echo $! >>"$BATS_TEST_TMPDIR/pids"
	done
	WAIT_SECONDS=240 wait_until eval '[ "$(cat "$BATS_TEST_TMPDIR"/r.* | grep -c ^status=)" = 51 ]'
	[ "$(cat "$BATS_TEST_TMPDIR"/r.alice.* | grep -c '^status=0')" = 3 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/r.alice.* | grep -c '^status=3')" = 14 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/r.bob.* | grep -c '^status=0')" = 17 ]
	[ "$(cat "$BATS_TEST_TMPDIR"/r.mallory.* | grep -c '^status=3')" = 17 ]
	# shellcheck disable=SC2046 # words are wanted
	kill_jobs $(cat "$BATS_TEST_TMPDIR/pids")
	up_down
}
@test "51 requests at once under three rules: each gets its own answer, nothing is left" { each t_race_many; }

t_place() {
	echo "$H_ALLOW limit=1" >"$H_POLICY"
	# The second one counts: a bridge's first port takes a message more, which pins its address.
	for _ in 1 2; do
		asked "$NG_TOOLS/recv-fd" /usr/bin/strace -q -e trace=sendmsg -o "$BATS_TEST_TMPDIR/count" -u alice "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
		gets_it
		up_down
	done
	follow_no_worker
	# alice's helper is stopped when it is about to send, with her only place taken ...
	stopped -e trace=sendmsg -e "inject=sendmsg:signal=STOP:when=$(grep -c '^sendmsg(' "$BATS_TEST_TMPDIR/count")" -u alice -- "$H_PATH" "${H_ARGS[@]}"
	in_ns ip link | grep -q "altname netgrant-limit-$ALICE-[0-9a-f]*-1$"
	under -- "${H_ARGS[@]}"
	gets_nothing 'no place'
	[ "$status" -eq 3 ] && [[ "$stderr" == *"holds 1 of the 1 "* ]] || fail 'no place'
	# ... which is no other user's trouble, and ends with it.
	asked "$NG_TOOLS/as-user" bob "$NG_TOOLS/recv-fd" "$H_PATH" "${H_ARGS[@]}" '--fd={fd}'
	gets_it bob
	kill -9 "$pid"
	go_on || :
	wait_until eval '! in_ns ip link | grep -q "altname netgrant-limit-$ALICE-"'
	under -- "${H_ARGS[@]}"
	gets_it alice
}
# bats test_tags=nosanitizers
@test "threat 69: a stopped helper has its place of limit= only, hinders no other, and its end frees it" { each t_place; }

# Rows of the list that no test above is named after, and why.
#
#   3           the alternative name: bridge.bats
#   4           lines that are cut: the tests of the policy reader
#   10, 16, 51  no helper enters a namespace that the caller names
#   12, 50      no helper opens a path of the caller's; what it tells, the caller could read
#   13, 18      only tap-creator deletes: tap.bats
#   19, 52, 60  no shell; options of other verbs: bridge.bats, wrong arguments
#   22, 23, 61  no state on disk, no pid files, no chown
#   24, 56, 59, 63   bridge-helper and tap-creator run no program but name-lookup: its environment
#               and groups are looked at in threats 58 and 70; nat-setup's: nat-hostile.bats
#   25, 28-43   no filter rules, no DHCP, DNS or forwarding here
#   27, 48, 57  the fuzzers of the policy language
#   47          /proc/PID/stat is not read
#   67          numbers: threat 46 here, and the tests of num.c
#   71          the caller is who runs the process; nobody is asked over a socket or bus
#   77-80       no packets are parsed here
#   E           threat 8 here, and bridge.bats

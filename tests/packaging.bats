#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What make install brings for systemd and NetworkManager: their own tools read the files, and
# nat-setup runs under what they ask for. A systemd that runs is in systemd.bats.
bats_require_minimum_version 1.5.0

load lib
load net

UNITS=$NG_PREFIX/lib/systemd/system
UNIT=$UNITS/netgrant-network@.service

setup() { net_setup; }
teardown() { net_teardown; }

needs() {
	command -v "$1" >/dev/null || skip "no $1 here"
}

# of_unit KEY: its values in the unit.
of_unit() { sed -n "s/^$1=//p" "$UNIT"; }

@test "units: systemd reads them without a complaint" {
	needs systemd-analyze
	systemctl=$(command -v systemctl) || skip 'no systemctl here'
	[ -x "$systemctl" ]
	cp "$UNIT" "$BATS_TEST_TMPDIR/netgrant-network@.service"
	for unit in "$UNITS/netgrant-network@default.service" "$UNITS/netgrant-reload.service"; do
		run systemd-analyze verify --man=no "$unit"
		[ "$status" -eq 0 ]
		! grep -E 'netgrant' <<<"$output" || false
	done
	# The drop-in, in a service that has nothing else.
	mkdir -p "$BATS_TEST_TMPDIR/u/nftables.service.d"
	printf '%s\n' '[Service]' Type=oneshot ExecStart=/bin/true >"$BATS_TEST_TMPDIR/u/nftables.service"
	cp "$UNITS/nftables.service.d/netgrant.conf" "$BATS_TEST_TMPDIR/u/nftables.service.d/"
	run systemd-analyze verify --man=no "$BATS_TEST_TMPDIR/u/nftables.service"
	[ "$status" -eq 0 ]
	! grep -E 'netgrant|nftables.service' <<<"$output" || false
	cmp "$UNITS/nftables.service.d/netgrant.conf" "$UNITS/firewalld.service.d/netgrant.conf"
}

@test "units: as safe as systemd's own measure asks" {
	needs systemd-analyze
	run systemd-analyze security --offline=true --threshold=35 "$UNIT"
	echo "$output" | tail -3
	[ "$status" -eq 0 ]
}

@test "units: the capabilities are those of packaging/filecaps.list" {
	want=$(sed -n 's/^nat-setup *\(.*\)=p$/\1/p' "$BATS_TEST_DIRNAME/../packaging/filecaps.list" | tr ',' '\n' | sort)
	[ "$(of_unit CapabilityBoundingSet | tr 'A-Z ' 'a-z\n' | sort)" = "$want" ]
	diff <(grep -E '^[A-Z][A-Za-z]*=' "$UNIT" | grep -vE '^(Description|Documentation|Exec|After|Before|WantedBy)') \
		<(grep -E '^[A-Z][A-Za-z]*=' "$UNITS/netgrant-reload.service" | grep -vE '^(Description|Documentation|Exec|After|KillMode)')
}

# confined COMMAND...: with the unit's capabilities, without a way to more, where nothing can be
# written but what the unit lets be.
confined() {
	local caps
	caps=$(of_unit CapabilityBoundingSet | tr 'A-Z' 'a-z' | sed 's/cap_/+/g; s/ /,/g')
	mkdir -p /run/netgrant "$LEASES"
	in_ns unshare --mount --propagation private bash -c '
		for d in /run/netgrant /var/lib/netgrant; do mount --bind $d $d; done
		mount -t tmpfs tmpfs /tmp
		mount -t tmpfs -o ro tmpfs /home
		for d in / /etc /usr/local /var/lib /run /dev; do
			mountpoint -q $d && mount -o remount,bind,ro $d
		done
		for d in /run/netgrant /var/lib/netgrant; do mount -o remount,bind,rw $d; done
		caps=$1
		shift
		exec setpriv --bounding-set "-all,$caps" --inh-caps -all --no-new-privs "$@"' confined "$caps" "$@"
}

@test "units: up, reload and down do with what the unit leaves them" {
	simple default nat
	confined "$NAT_SETUP" up default
	[ "$(dnsmasq_pid default | wc -l)" = 1 ]
	in_ns nft flush ruleset
	dnsmasq_kill default
	confined "$NAT_SETUP" reload default
	[ "$(dnsmasq_pid default | wc -l)" = 1 ]
	nat status default
	confined "$NAT_SETUP" reload --all
	confined "$NAT_SETUP" down default
	if in_ns ip link show ng-default 2>/dev/null; then return 1; fi
	[ -z "$(in_ns nft list ruleset)" ]
}

# Every system call of the groups, on lines of their own.
filter() {
	systemd-analyze syscall-filter "$1" | sed -n 's/^    \([^#]\)/\1/p' | while read -r word; do
		case $word in @*) filter "$word" ;; *) echo "$word" ;; esac
	done
}

# LeakSanitizer does not work under strace.
# bats test_tags=nosanitizers
@test "units: the system call filter lets through all that up, dnsmasq and down need" {
	needs systemd-analyze
	needs strace
	network default '[network]' mode=nat '[ipv4]' address=192.168.22.1/24 dhcp=192.168.22.2-192.168.22.254 \
		'[ipv6]' address=fd00:22::1/64 '[dns]' domain=default.internal
	for word in $(of_unit SystemCallFilter); do
		case $word in @*) filter "$word" ;; *) echo "$word" ;; esac
	done | sort -u >"$BATS_TEST_TMPDIR/may"
	[ "$(wc -l <"$BATS_TEST_TMPDIR/may")" -gt 200 ]
	i=0 tracers=()
	for verb in up reload down; do
			# The first strace ends with dnsmasq, which it follows.
		in_ns timeout 170 strace -f -qq -o "$BATS_TEST_TMPDIR/$verb" "$NAT_SETUP" "$verb" default 3>&- &
		tracers[$i]=$!
		if [ "$verb" = up ]; then
			wait_until nat status default
		else
			wait "${tracers[$i]}"
		fi
		i=$((i + 1))
	done
	wait "${tracers[0]}"
	cat "$BATS_TEST_TMPDIR"/{up,reload,down} | sed -nE 's/^[0-9]+ +([a-z0-9_]+)\(.*/\1/p' | sort -u >"$BATS_TEST_TMPDIR/does"
	grep -qx execve "$BATS_TEST_TMPDIR/does"
	grep -qx capset "$BATS_TEST_TMPDIR/does"
	[ -z "$(comm -23 "$BATS_TEST_TMPDIR/does" "$BATS_TEST_TMPDIR/may" | tee /dev/stderr)" ]
	# Address families that the unit does not let be.
	cat "$BATS_TEST_TMPDIR"/{up,reload,down} | sed -nE 's/^[0-9]+ +socket\((AF_[A-Z0-9]+),.*/\1/p; s/^[0-9]+ +socket\((PF_[A-Z0-9]+),.*/\1/p' |
		sort -u >"$BATS_TEST_TMPDIR/families"
	[ -z "$(grep -vxFf <(of_unit RestrictAddressFamilies | tr ' ' '\n') "$BATS_TEST_TMPDIR/families" | tee /dev/stderr)" ]
}

@test "sysusers and tmpfiles make the user and the folders" {
	needs systemd-sysusers
	needs systemd-tmpfiles
	root=$BATS_TEST_TMPDIR/root
	mkdir -p "$root/etc"
	systemd-sysusers --root="$root" "$NG_PREFIX/lib/sysusers.d/netgrant.conf"
	run -0 grep '^netgrant-dnsmasq:' "$root/etc/passwd"
	IFS=: read -r _ _ uid _ _ _ shell <<<"$output"
	[ "$uid" -gt 0 ]
	[ "$uid" -lt 1000 ]
	[ "$shell" = /usr/sbin/nologin ]
	grep -q '^netgrant-dnsmasq:[!*]' "$root/etc/shadow"
	rm -rf /run/netgrant "$LEASES"
	systemd-tmpfiles --create "$NG_PREFIX/lib/tmpfiles.d/netgrant.conf"
	for folder in /run/netgrant /var/lib/netgrant; do
		[ "$(stat -c '%a %u %g' "$folder")" = '755 0 0' ]
	done
	# What dnsmasq's group may write is not taken back.
	simple default nat
	nat up default
	before=$(stat -c '%n %a %u %g' /var/lib/netgrant/*)
	systemd-tmpfiles --create "$NG_PREFIX/lib/tmpfiles.d/netgrant.conf"
	[ "$(stat -c '%n %a %u %g' /var/lib/netgrant/*)" = "$before" ]
	nat down default
}

# matches NAME PATTERNS
matches() {
	local glob globs
	read -ra globs <<<"$2"
	for glob in "${globs[@]}"; do
		# shellcheck disable=SC2053 # a pattern is wanted
		[[ $1 == $glob ]] && return 0
	done
	return 1
}

@test "names of devices: what networkd and NetworkManager leave alone is what we make" {
	network lab '[network]' mode=isolated bridge=lab0
	network default '[network]' mode=isolated
	echo 'allow default user=alice' >"$NETWORK_POLICY"
	nat up lab
	nat up default
	net_hold one alice default
	globs=$(sed -n 's/^Name=//p' "$NG_PREFIX/lib/systemd/network/10-netgrant.network")
	manager=$(sed -n 's/^match-device=//p' /etc/NetworkManager/conf.d/90-netgrant.conf | sed 's/interface-name://g; s/;/ /g')
	grep -qx Unmanaged=yes "$NG_PREFIX/lib/systemd/network/10-netgrant.network"
	grep -qx managed=0 /etc/NetworkManager/conf.d/90-netgrant.conf
	seen=0
	for dev in $(in_ns ls /sys/class/net); do
		is_ours=no by_networkd=no by_manager=no
		[[ "$(in_ns cat "/sys/class/net/$dev/ifalias")" != 'netgrant '* ]] || is_ours=yes
		# networkd compares alternative names, too.
		for name in "$dev" $(in_ns ip link show "$dev" | sed -n 's/^ *altname //p'); do
			! matches "$name" "$globs" || by_networkd=yes
		done
		! matches "$dev" "$manager" || by_manager=yes
		[ "$by_networkd" = "$is_ours" ] || { echo "networkd: $dev" >&2; return 1; }
		[ "$dev" = lab0 ] || [ "$by_manager" = "$is_ours" ] || { echo "manager: $dev" >&2; return 1; }
		[ "$is_ours" = no ] || seen=$((seen + 1))
	done
	[ "$seen" = 3 ]
	release one
	nat down lab
	nat down default
}

@test "installed where configure was told to, or not at all" {
	[ -n "${NG_BUILD-}" ] || skip 'no build'
	src=$BATS_TEST_DIRNAME/..
	grep -q '^sysusersdir = \${prefix}/lib/sysusers.d$' "$NG_BUILD/Makefile"
	make -s -C "$NG_BUILD" install "DESTDIR=$BATS_TEST_TMPDIR/a" prefix=/p exec_prefix=/p sysconfdir=/p/etc \
		networkmanagerconfdir=no sysusersdir=no >/dev/null
	[ -e "$BATS_TEST_TMPDIR/a/p/lib/systemd/system/netgrant-network@.service" ]
	[ -e "$BATS_TEST_TMPDIR/a/p/lib/tmpfiles.d/netgrant.conf" ]
	[ "$(ls "$BATS_TEST_TMPDIR/a")" = p ]
	if find "$BATS_TEST_TMPDIR/a" -path '*sysusers*' -o -path '*NetworkManager*' | grep .; then return 1; fi
	make -s -C "$NG_BUILD" uninstall "DESTDIR=$BATS_TEST_TMPDIR/a" prefix=/p exec_prefix=/p sysconfdir=/p/etc \
		networkmanagerconfdir=no sysusersdir=no >/dev/null
	[ -z "$(find "$BATS_TEST_TMPDIR/a" -type f)" ]
	# What is active is nobody's permission.
	[ -e /etc/netgrant/network.conf.example ] || [ -e "$src/etc/network.conf.example" ]
}

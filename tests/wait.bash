# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# For all tests, and for the demo.

# wait_until COMMAND...: asks again, in silence, until it is true; after a minute (or WAIT_SECONDS)
# it is false, and says why. Where a machine has much else to do, that costs patience and no failure.
wait_until() {
	local end=$((SECONDS + ${WAIT_SECONDS-60}))
	until "$@" >/dev/null 2>&1; do
		if ((SECONDS >= end)); then
			echo "not within ${WAIT_SECONDS-60} s: $*" >&2
			"$@" >&2
			return
		fi
		sleep 0.05
	done
}

# no COMMAND...: it fails, which is no error of the test; "!" would not end one.
no() {
	if "$@"; then
		echo "succeeds: $*" >&2
		return 1
	fi
}

# netns_end NAME...: deletes these namespaces that are ours, with whoever is still in them: a child
# of what was killed, mostly, which would keep them.
netns_end() {
	local name
	for name; do
		[[ -e /run/netns/$name ]] || continue
		ip netns pids "$name" | xargs -r kill -KILL 2>/dev/null || :
		ip netns del "$name" || return
	done
}

# kill_jobs NUMBER...: ends these processes, as far as they are jobs of this shell that have not
# ended: any other number may be somebody else's by now.
kill_jobs() {
	local pid open
	open=" $(jobs -rp) $(jobs -sp) "
	open=${open//$'\n'/ }
	for pid; do
		[[ $open == *" $pid "* ]] || continue
		# It would leave its command behind.
		if [[ $(cat "/proc/$pid/comm" 2>/dev/null) == timeout ]]; then kill "$pid"; else kill -KILL "$pid"; fi || :
	done 2>/dev/null
}

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

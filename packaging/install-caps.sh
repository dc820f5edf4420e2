#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# install-caps.sh LIST FOLDER: gives the installed helpers their file capabilities, or
# says what root has to run where that cannot be done now.
set -eu
list=$1
folder=$2
told=
grep -v '^[[:space:]]*\(#\|$\)' "$list" | while read -r program caps; do
	if [ -z "${DESTDIR-}" ] && [ "$(id -u)" = 0 ] &&
		"${SETCAP:-setcap}" "$caps" "$folder/$program" 2>/dev/null; then
		echo "  $folder/$program: $caps"
		continue
	fi
	[ -n "$told" ] || echo "The helpers have no privilege yet. On the system they are for, as root, run:"
	told=1
	echo "  setcap $caps $folder/$program"
done

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a machine can see of the house rules (CONTRIBUTING.md). Run by scripts/test.
set -uo pipefail
shopt -s lastpipe
cd "$(dirname "$0")/.." || exit 1
bad=0

complain() { # TEXT, and the places on standard input
	local places
	places=$(cat)
	[ -n "$places" ] || return 0
	echo "lint: $1"
	sed 's/^/  /' <<<"$places"
	bad=1
}

mapfile -t code < <(git ls-files '*.c' '*.h')
mapfile -t privileged < <(git ls-files 'helpers/*.c' 'lib/*.c' 'policy/*.c' 'network/*.c')

mapfile -t shipped < <(git ls-files 'helpers/*.[ch]' 'lib/*.[ch]' 'policy/*.[ch]' 'network/*.[ch]' 'unpriv/*.[ch]')
grep -nE '\b(system|popen|strcpy|strcat|strncpy|sprintf|vsprintf|atoi|atol|strtol|strtoul|gets|fgets|strtok|alloca|signal|tmpnam|mktemp|dup|getenv|execlp|execvp)[[:space:]]*\(' \
	"${shipped[@]}" |
	grep -vE '^[^:]+:[0-9]+:[[:space:]]*(\*|/\*|//)' |
	# netgrant run finds the emulator, and its own folder, as the user's shell would.
	grep -vE '^unpriv/run/(life|companion)\.c:[0-9]+:.*\b(execvp|getenv)[[:space:]]*\(' |
	complain "calls that this code does without"

grep -nE '\b(printf|fprintf|puts|perror|err|errx|exit|abort)[[:space:]]*\(' lib/*.c policy/*.c |
	grep -v '_exit' | complain "lib/ and policy/ neither print nor exit"

grep -nE '#include "(helpers|unpriv)/' lib/*.[ch] policy/*.[ch] | complain "lib/ and policy/ know no program"
grep -nE '#include "policy/' lib/*.[ch] | complain "lib/ knows no policy"
grep -nE '#include "lib/(caller|names|secure_open|caps|tap|link|fdpass|stdfds|sandbox|sysctl|authlog)' \
	policy/policy*.[ch] policy/vocab.c | complain "the language is pure (policy/reader.c is where it meets the system)"
git ls-files 'unpriv/*.[ch]' | grep -vxE 'unpriv/run/own_tap\.c|unpriv/wire/confine\.c' |
	xargs grep -nE '#include "lib/(caps|tap|link|sysctl|sandbox)' | complain "unpriv/ links nothing that runs with privilege"
grep -ln 'cap-ng.h' "${code[@]}" | grep -vxE 'lib/caps.c|unpriv/check[a-z_-]*.c' | complain "cap-ng.h belongs in lib/caps.c"
grep -ln '<netlink/' "${code[@]}" | grep -vxE 'lib/(link(_port|_priv|_net)?|nft_table).[ch]' | complain "netlink belongs in lib/link*.c"
grep -ln '<seccomp.h>' "${code[@]}" | grep -vx 'policy/seccomp/profiles.c' | complain "seccomp.h belongs in policy/seccomp/profiles.c"

for f in $(git ls-files '*.c' '*.h' '*.sh' '*.bats' '*.bash' '*.mk' 'scripts/*' '*.ac' '*.am' '*.m4'); do
	case $f in *.mk) continue ;; esac
	head -3 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' || echo "$f"
done | complain "no SPDX line"

wc -l "${privileged[@]}" | awk '$2 != "total" && $1 > 500' | complain "longer than 500 lines: does it still have one job?"
grep -nE '\b(TODO|FIXME|XXX)\b' "${code[@]}" | complain "unfinished"
git grep -nE '/wor[k]/|[.][.]/shared' | complain "what lies outside the project"

if command -v clang-format >/dev/null; then
	for f in "${code[@]}"; do
		clang-format --dry-run -Werror "$f" >/dev/null 2>&1 || echo "$f"
	done | complain "not as clang-format writes it"
fi
if command -v shellcheck >/dev/null; then
	shellcheck -x -S warning scripts/* tests/sandbox build-aux/lint.sh packaging/*.sh autogen.sh .ci/run 2>&1 |
		complain "shellcheck"
fi
if command -v mandoc >/dev/null; then
	for page in man/*.[158]; do
		[ -e "$page" ] && mandoc -Tlint -W warning "$page" 2>&1
	done | complain "mandoc"
fi
[ "$bad" = 0 ] && echo "lint: nothing to say"
exit "$bad"

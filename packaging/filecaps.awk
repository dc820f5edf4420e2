# SPDX-License-Identifier: GPL-2.0-or-later
# packaging/filecaps.list as a C header.
BEGIN { print "/* Made from packaging/filecaps.list; do not edit. */" }
/^[ \t]*(#|$)/ { next }
NF != 2 || $2 !~ /^cap_[a-z_]+(,cap_[a-z_]+)*=p$/ {
	print FILENAME ":" FNR ": not 'program capabilities=p'" > "/dev/stderr"
	bad = 1
	exit 1
}
{
	name = toupper($1)
	gsub(/-/, "_", name)
	printf "#define FILECAPS_%s \"%s\"\n", name, $2
	all = all sprintf("\t{\"%s\", \"%s\"},\\\n", $1, $2)
}
END {
	if (bad)
		exit 1
	printf "/* All of them, as {program, capabilities}. */\n#define FILECAPS_ALL \\\n%s\n", all
}

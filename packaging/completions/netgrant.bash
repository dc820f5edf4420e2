# SPDX-License-Identifier: GPL-2.0-or-later
# netgrant(1) for bash-completion. What there is, netgrant itself says: nothing is listed twice.

# _netgrant_listed ARGUMENT...: the first word of each indented line of that help text.
_netgrant_listed() {
	command netgrant "$@" 2>/dev/null | sed -n 's/^  \([a-z-][a-z-]*\).*/\1/p'
}

# _netgrant_names bridge|network|tap: those that I may use.
_netgrant_names() {
	command netgrant allowed --json 2>/dev/null |
		grep -o "\"object\":\"$1\",\"name\":\"[A-Za-z0-9_.-]*\"" | sed 's/.*:"//; s/"$//'
}

# _netgrant_value TYPE KEY: what KEY may be.
_netgrant_value() {
	case $2 in
	source)
		case $1 in bridge | network) _netgrant_names "$1" ;; esac
		;;
	backend)
		echo qemu netgrant
		[ "$1" != user ] || echo passt
		;;
	link) echo up down ;;
	vhost | restrict) echo on off ;;
	model) echo virtio e1000e rtl8139 ;;
	script | downscript) echo no ;;
	esac
}

# TYPE, then KEY=VALUE, parted by commas. cur is all of it.
_netgrant_nic() {
	local type=${cur%%,*} before=${cur%,*}, last=${cur##*,} key
	if [[ $cur != *,* ]]; then
		compopt -o nospace
		mapfile -t COMPREPLY < <(compgen -W "$(_netgrant_listed run --nic help)" -- "$cur")
	elif [[ $last != *=* ]]; then
		compopt -o nospace
		mapfile -t COMPREPLY < <(compgen -P "$before" -S = \
			-W "$(_netgrant_listed run --nic "$type,help")" -- "$last")
	else
		compopt -o nospace
		key=${last%%=*}
		mapfile -t COMPREPLY < <(compgen -P "$before$key=" -W "$(_netgrant_value "$type" "$key")" \
			-- "${last#*=}")
	fi
	# Readline replaces what stands behind the last of these.
	before=${cur%"${cur##*[=:]}"}
	COMPREPLY=("${COMPREPLY[@]#"$before"}")
}

# Where the emulator's command begins; 0: not yet.
_netgrant_command() {
	local i
	for ((i = 2; i < cword; i++)); do
		case ${words[i]} in
		--) echo $((i + 1)); return ;;
		--nic | --hub | --name | --emulator | --interface | --domain) ((i++)) ;;
		-*) ;;
		*) echo "$i"; return ;;
		esac
	done
	echo 0
}

_netgrant_run() {
	local at
	at=$(_netgrant_command)
	if ((at)); then
		_command_offset "$at"
		return
	fi
	case $prev in
	--nic) _netgrant_nic ;;
	--interface | --domain) _filedir ;;
	--emulator)
		mapfile -t COMPREPLY < <(compgen -W "qemu cloud-hypervisor crosvm firecracker uml none" -- "$cur")
		;;
	--hub | --name) ;;
	*)
		if [[ $cur == -* ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_netgrant_listed run --help)" -- "$cur")
		else
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		fi
		;;
	esac
}

_netgrant() {
	local cur prev words cword options
	_init_completion -n =: || return
	if ((cword == 1)); then
		mapfile -t COMPREPLY < <(compgen -W "$(_netgrant_listed --help | grep -v '^-') --help --version" -- "$cur")
		return
	fi
	if [[ ${words[1]} == run ]]; then
		_netgrant_run
		return
	fi
	if [[ $prev == --user ]]; then
		mapfile -t COMPREPLY < <(compgen -u -- "$cur")
	elif [[ $cur == -* ]]; then
		options=$(command netgrant "${words[1]}" --help 2>/dev/null | grep -o -e '--[a-z]*')
		mapfile -t COMPREPLY < <(compgen -W "$options --help" -- "$cur")
	elif [[ ${words[1]} == explain ]]; then
		case $prev in
		bridge | network | tap) mapfile -t COMPREPLY < <(compgen -W "$(_netgrant_names "$prev")" -- "$cur") ;;
		script) _filedir ;;
		*) mapfile -t COMPREPLY < <(compgen -W "bridge network tap script" -- "$cur") ;;
		esac
	elif [[ ${words[1]} == convert && " ${words[*]} " == *" --xml "* ]]; then
		_netgrant_nic
	elif [[ ${words[1]} == leases ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_netgrant_names network)" -- "$cur")
	elif [[ ${words[1]} == slirp-@(add|remove) && $cword -gt 2 ]]; then
		compopt -o nospace
		mapfile -t COMPREPLY < <(compgen -S = -W "hostfwd guestfwd" -- "$cur")
	elif [[ ${words[1]} == @(switch|slirp)-* ]]; then
		_filedir
	elif [[ ${words[1]} == check || ${words[1]} == import-network || ${words[1]} == convert ]]; then
		_filedir
	fi
} && complete -F _netgrant netgrant

# SPDX-License-Identifier: GPL-2.0-or-later
# netgrant(1) for fish. What there is, netgrant itself says: nothing is listed twice.

# The indented lines of a help text: a word, and what it is for.
function __netgrant_listed
    command netgrant $argv 2>/dev/null | string replace -rf '^  ([a-z][a-z-]*) +(.*)' '$1\t$2'
end

# Those that I may use.
function __netgrant_names
    command netgrant allowed --json 2>/dev/null |
        string match -ra '"object":"'$argv[1]'","name":"[A-Za-z0-9_.-]*"' |
        string replace -r '.*:"(.*)"' '$1'
end

# TYPE, then KEY=VALUE, parted by commas.
function __netgrant_nic
    set -l cur (commandline -ct | string replace -r '^--nic=' '')
    set -l type (string split -m 1 , -- $cur)[1]
    if not string match -q '*,*' -- $cur
        __netgrant_listed run --nic help
        return
    end
    set -l before (string replace -r '[^,]*$' '' -- $cur)
    set -l last (string replace -r '.*,' '' -- $cur)
    if not string match -q '*=*' -- $last
        __netgrant_listed run --nic $type,help | string replace -r '^([a-z-]+)' $before'$1='
        return
    end
    set -l key (string split -m 1 = -- $last)[1]
    set -l values
    switch $key
        case source
            contains -- $type bridge network; and set values (__netgrant_names $type)
        case backend
            set values qemu netgrant
            test $type = user; and set -a values passt
        case link
            set values up down
        case vhost restrict
            set values on off
        case model
            set values virtio e1000e rtl8139
        case script downscript
            set values no
    end
    for value in $values
        echo $before$key=$value
    end
end

function __netgrant_verb
    set -l words (commandline -opc)
    test (count $words) -ge 2; and contains -- $words[2] $argv
end

complete -c netgrant -f
complete -c netgrant -n __fish_use_subcommand -a '(__netgrant_listed --help)'
complete -c netgrant -n __fish_use_subcommand -l help -d 'the subcommands and options'
complete -c netgrant -n __fish_use_subcommand -l version -d 'the version'
complete -c netgrant -n '__netgrant_verb run' -l nic -x -a '(__netgrant_nic)' -d 'a NIC'
complete -c netgrant -n '__netgrant_verb run' -l hub -x -d 'something else on a hub'
complete -c netgrant -n '__netgrant_verb run' -l interface -r -F -d 'libvirt\'s <interface> elements'
complete -c netgrant -n '__netgrant_verb run' -l domain -r -F -d 'those of a libvirt <domain>'
complete -c netgrant -n '__netgrant_verb run' -l name -x -d 'of the guest'
complete -c netgrant -n '__netgrant_verb run' -l emulator -x -a 'qemu cloud-hypervisor crosvm firecracker uml none'
complete -c netgrant -n '__netgrant_verb run' -l dry-run -d 'prints the command'
complete -c netgrant -n '__netgrant_verb run' -a '(__fish_complete_subcommand --fcs-skip=2)'
complete -c netgrant -n '__netgrant_verb explain allowed' -l user -x -a '(__fish_complete_users)' -d 'about that user'
complete -c netgrant -n '__netgrant_verb check explain allowed status leases switch-status slirp-status' -l json -d 'for programs'
complete -c netgrant -n '__netgrant_verb check' -l print -d 'the rules in their normal form'
complete -c netgrant -n '__netgrant_verb import-network convert run' -l lenient -d 'comments, not errors'
complete -c netgrant -n '__netgrant_verb convert' -l domain -d 'a whole <domain>'
complete -c netgrant -n '__netgrant_verb convert' -l xml -d 'from --nic to XML'
complete -c netgrant -n '__netgrant_verb check import-network convert switch-status slirp-status slirp-add slirp-remove' -F
complete -c netgrant -n '__netgrant_verb slirp-add slirp-remove' -a 'hostfwd= guestfwd='
complete -c netgrant -n '__netgrant_verb leases' -a '(__netgrant_names network)'
complete -c netgrant -n '__netgrant_verb explain; and not __fish_seen_subcommand_from bridge network tap script' -a 'bridge network tap script'
complete -c netgrant -n '__netgrant_verb explain; and __fish_seen_subcommand_from bridge' -a '(__netgrant_names bridge)'
complete -c netgrant -n '__netgrant_verb explain; and __fish_seen_subcommand_from network' -a '(__netgrant_names network)'
complete -c netgrant -n '__netgrant_verb explain; and __fish_seen_subcommand_from tap' -a '(__netgrant_names tap)'
complete -c netgrant -n '__netgrant_verb explain; and __fish_seen_subcommand_from script' -F

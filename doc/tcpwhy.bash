# SPDX-License-Identifier: BSD-2-Clause
# Completion of tcpwhy for bash. Words with fixed values come from the program itself.
# shellcheck shell=bash

# Without the package bash-completion: what it would have found out. An = is a word of its own.
_tcpwhy_words()
{
	COMPREPLY=()
	cur=${COMP_WORDS[COMP_CWORD]}
	prev=${COMP_WORDS[COMP_CWORD - 1]}
	if [[ $cur == = ]]; then
		cur=
	elif [[ $prev == = ]]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}
	fi
}

_tcpwhy_files()
{
	if declare -F _filedir >/dev/null; then
		_filedir
	else
		compopt -o filenames
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

_tcpwhy()
{
	local cur prev words cword
	if declare -F _init_completion >/dev/null; then
		_init_completion -s -n = || return
	else
		_tcpwhy_words
	fi

	case $prev in
	--color)
		COMPREPLY=($(compgen -W 'auto always never' -- "$cur"))
		return
		;;
	--explain)
		COMPREPLY=($(compgen -W "$(tcpwhy --explain 2>/dev/null |
			awk '/^  [a-z]/ { print $1 }')" -- "$cur"))
		return
		;;
	--fail-if)
		local before=
		[[ $cur == *,* ]] && before=${cur%,*},
		COMPREPLY=($(compgen -P "$before" -W "failure $(tcpwhy --explain 2>/dev/null |
			sed -n 's/^\([a-z-]*\): .*/\1/p')" -- "${cur##*,}"))
		compopt -o nospace
		return
		;;
	--limit)
		COMPREPLY=($(compgen -W "list $(tcpwhy --limit list 2>/dev/null |
			sed -n 's/^\([a-z-]*=\).*/\1/p')" -- "$cur"))
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
		return
		;;
	-f | --filter | -c | --count | --duration | -s | --snaplen | -B | --buffer-size | --keep | \
		--max-memory | --recall | --recall-memory | --threads | --rotate-size | --rotate-time)
		return
		;;
	-i | --interface)
		COMPREPLY=($(compgen -W "any $(ls /sys/class/net 2>/dev/null)" -- "$cur"))
		return
		;;
	-Z | --user)
		COMPREPLY=($(compgen -u -- "$cur"))
		return
		;;
	--json)
		[[ $cur == -* ]] || _tcpwhy_files
		return
		;;
	esac

	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(tcpwhy --help 2>/dev/null |
			grep -o -- '  --[a-z-]*[=[]*\|, --[a-z-]*[=[]*' | tr -d '[, ')" -- "$cur"))
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
		return
	fi
	_tcpwhy_files
}

complete -F _tcpwhy tcpwhy

# SPDX-License-Identifier: BSD-2-Clause
# Completion of tcpwhy for bash. Words with fixed values come from the program itself.
# shellcheck shell=bash

_tcpwhy()
{
	local cur prev words cword
	_init_completion -s -n = || return

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
	-f | --filter)
		return
		;;
	--json)
		[[ $cur == -* ]] || _filedir
		return
		;;
	esac

	if [[ $cur == -* ]]; then
		COMPREPLY=($(compgen -W "$(tcpwhy --help 2>/dev/null |
			grep -o -- '  --[a-z-]*[=[]*\|, --[a-z-]*[=[]*' | tr -d '[, ')" -- "$cur"))
		[[ ${COMPREPLY[0]-} == *= ]] && compopt -o nospace
		return
	fi
	_filedir
}

complete -F _tcpwhy tcpwhy

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# In the sandbox, what the program needs works; whatever else is tried is refused or ends it.
# shellcheck disable=SC1091
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

probe=$top_builddir/tests/sandbox_probe
[ -x "$probe" ] || skip_all 'tests/sandbox_probe is not built'

# shellcheck disable=SC3045 # shells without it leave core files
ulimit -c 0 2>/dev/null
mkdir -p "$scratch/area/inside"
ln -s ../../kept "$scratch/area/inside/link"
"$probe" list >"$scratch/deeds"
"$probe" landlock
landlock=$?

# act DEED: leaves code and words.
act() {
	echo 'readable' >"$scratch/area/inside/readable"
	echo 'victim' >"$scratch/area/inside/victim"
	echo 'kept' >"$scratch/area/kept"
	rm -f "$scratch/area/inside/linked"
	{
		"$probe" "$1" "$scratch/area/inside" >"$scratch/words" </dev/null
		code=$?
	} 2>/dev/null # the shell, too, says that it was a bad system call
	words=$(cat "$scratch/words")
}

act nothing
[ "$code" -ne 77 ] || skip_all "$words"
check 'the sandbox can be entered' [ "$code" -eq 0 ]
check 'it says what holds' [ "${words#sandbox: system calls are limited, files are}" != "$words" ]

while read -r deed wanted judge; do
	claim="$deed works"
	[ "$wanted" -eq 0 ] || claim="$deed is refused (error $wanted)"
	[ "$wanted" -ne 159 ] || claim="$deed is fatal"
	if [ "$judge" = landlock ] && [ "$landlock" -ne 0 ]; then
		skip "$claim" 'this kernel has no Landlock'
		continue
	fi
	act "$deed"
	if [ "$code" -eq "$wanted" ]; then
		ok "$claim"
	elif [ "$code" -eq 77 ]; then
		skip "$claim" 'the loopback interface may not be captured'
	else
		not_ok "$claim"
		echo "exit code $code: $words" | diag
	fi
done <"$scratch/deeds"

check 'nothing was made outside' [ ! -e "$scratch/area/outside" ]
check 'nothing was moved outside' [ ! -e "$scratch/area/moved" ]
check 'nothing outside was changed' [ "$(cat "$scratch/area/kept")" = kept ]
done_testing

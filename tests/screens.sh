#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the screen shows, to the letter: each tests/screens/NAME.keys is played without a terminal, and
# must give NAME.screen. The first line of a script names the capture. UPDATE=1 rewrites the screens.
# shellcheck disable=SC1091,SC2154
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

play=$top_builddir/tests/screen_play
[ -x "$play" ] || skip_all 'screen_play was not built'
TERMINFO_DIRS=${TERMINFO_DIRS-} infocmp xterm >/dev/null 2>&1 || skip_all 'no terminal type xterm'
screens=$top_srcdir/tests/screens

for keys in "$screens"/*.keys; do
	name=$(basename "$keys" .keys)
	capture=$(sed -n '1s/^# *capture: *//p' "$keys")
	locale=$(sed -n '2s/^# *locale: *//p' "$keys")
	# the version stands in the first line and is none of our business
	(cd "$top_srcdir" && LC_ALL=${locale:-C.UTF-8} "$play" "$capture" "$keys") \
		>"$scratch/raw" 2>"$scratch/err" || echo "exit $?" >>"$scratch/err"
	sed 's/^tcpwhy [0-9][0-9.]*/tcpwhy VERSION/' "$scratch/raw" >"$scratch/$name.screen"
	empty "$name: no complaint" "$scratch/err"
	if [ -n "${UPDATE-}" ]; then
		cp "$scratch/$name.screen" "$screens/$name.screen"
	fi
	same "$name: the screens are as expected" "$screens/$name.screen" "$scratch/$name.screen"
done

done_testing

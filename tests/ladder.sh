#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Ladders to the letter: each tests/ladders/NAME.txt begins with the words that draw it. UPDATE=1 rewrites
# them.
# shellcheck disable=SC1091,SC2154,SC2086
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

draw=$top_builddir/tests/draw_ladder
[ -x "$draw" ] || skip_all 'draw_ladder was not built'
for wanted in "$top_srcdir"/tests/ladders/*.txt; do
	words=$(sed -n '1s/^\$ //p' "$wanted")
	{
		echo "\$ $words"
		(cd "$top_srcdir/pcaps" && "$draw" $words) 2>&1
	} >"$scratch/got"
	[ -z "${UPDATE-}" ] || cp "$scratch/got" "$wanted"
	same "$words" "$wanted" "$scratch/got"
done
done_testing

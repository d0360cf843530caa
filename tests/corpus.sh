#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The fuzz targets bear every file of their corpus.
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

for corpus in "$top_srcdir"/tests/corpus/*/; do
	target=$(basename "$corpus")
	program=$top_builddir/tests/fuzz_$target
	# Built by libFuzzer the program wants to be told that it is not to go on by itself.
	if "$program" -help=1 2>&1 | grep -q libFuzzer; then
		check "$target bears its corpus" "$program" -runs=0 "$corpus"
	else
		check "$target bears its corpus" "$program" "$corpus"
	fi
done

done_testing

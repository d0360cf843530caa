#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The corpus: captures of other projects, well and badly formed. Each is read to its end, without a
# crash, and holds as many TCP frames as its list says.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

corpus=$top_srcdir/../shared/corpus
[ -r "$corpus/SOURCES.tsv" ] || skip_all "the corpus is not beside the source tree"

# Captures whose number of TCP frames differs on purpose: "capture count reason", by tabs.
differences=$top_srcdir/tests/corpus-differences.tsv

wanted_frames() {
	[ -r "$differences" ] && awk -F '\t' -v f="$1" '$1 == f {print $2; found = 1} END {exit !found}' \
		"$differences" && return
	awk -F '\t' -v f="$1" 'NR == 1 {for (i = 1; i <= NF; i++) if ($i == "tcp_frames") c = i}
		$1 == f {print $c}' "$corpus/SOURCES.tsv"
}

awk -F '\t' 'NR > 1 {print $1}' "$corpus/SOURCES.tsv" >"$scratch/files"
while read -r file; do
	timeout 60 "$TCPWHY" --json "$corpus/$file" >"$scratch/json" 2>"$scratch/error"
	status=$?
	if [ "$status" -ne 0 ] && [ "$status" -ne 2 ]; then
		not_ok "$file: exit status $status"
		diag <"$scratch/error"
		continue
	fi
	found=$(sed -n '/"record": *"summary"/s/.*"tcp_segments": *\([0-9]*\).*/\1/p' "$scratch/json")
	wanted=$(wanted_frames "$file")
	if [ "$found" = "$wanted" ]; then
		ok "$file: $wanted TCP frames"
	else
		not_ok "$file: $wanted TCP frames, found ${found:-no summary}"
	fi
done <"$scratch/files"

done_testing

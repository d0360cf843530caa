#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The sample captures are judged as the table in pcaps/README.md says; the table names them all, and every verdict.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

table=$top_srcdir/pcaps/README.md

# Rows of the table: file, verdicts, frames, separated by tabs.
rows() {
	awk -F ' *[|] *' '$2 ~ /\.pcap$/ {print $2 "\t" $4 "\t" $5}' "$table"
}

# "2 open-at-end, refused-by-rst" as one verdict per line, sorted.
wanted_verdicts() {
	echo "$1" | tr , '\n' | awk 'NF == 1 {print $1} NF == 2 {for (i = 0; i < $1; i++) print $2}' | sort
}

# Verdicts in the flow records, one per line, sorted.
found_verdicts() {
	sed -n '/"record": *"flow"/s/.*"verdict": *"\([^"]*\)".*/\1/p' "$1" | sort
}

# Frame numbers that any flow record names as evidence.
found_frames() {
	sed -n '/"record": *"flow"/p' "$1" | grep -o '"frame": *[0-9]*' | tr -dc '0-9\n' | sort -un
}

tab=$(printf '\t')
rows >"$scratch/rows"
while IFS=$tab read -r file verdicts frames; do
	"$TCPWHY" --json "$top_srcdir/pcaps/$file" >"$scratch/json" 2>"$scratch/error"
	status=$?
	wanted_verdicts "$verdicts" >"$scratch/wanted"
	found_verdicts "$scratch/json" >"$scratch/found"
	if [ "$status" -ne 0 ]; then
		not_ok "$file: exit status $status"
		diag <"$scratch/error"
		continue
	fi
	same "$file: $verdicts" "$scratch/wanted" "$scratch/found"
	echo "$frames" | tr -d ' ' | tr , '\n' | sort >"$scratch/wanted"
	found_frames "$scratch/json" | sort >"$scratch/found"
	comm -23 "$scratch/wanted" "$scratch/found" >"$scratch/missing"
	empty "$file: evidence has frames $frames" "$scratch/missing"
done <"$scratch/rows"

cut -f 1 "$scratch/rows" | sort >"$scratch/wanted"
(cd "$top_srcdir/pcaps" && ls -- *.pcap) | sort >"$scratch/found"
same 'the table names every sample' "$scratch/wanted" "$scratch/found"

"$TCPWHY" --explain | awk '/^Findings/ {exit} /^  [a-z0-9-]+ / && $1 != "unclassified" {print $1}' | sort >"$scratch/wanted"
cut -f 2 "$scratch/rows" | while read -r verdicts; do wanted_verdicts "$verdicts"; done | sort -u >"$scratch/found"
same 'every verdict but unclassified has a sample' "$scratch/wanted" "$scratch/found"

done_testing

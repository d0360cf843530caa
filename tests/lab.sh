#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The lab: real failures of real kernels, captured at both ends. Every verdict is compared with
# EXPECTED.tsv, except where tests/lab-differences.tsv says why ours is another one.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

lab=$top_srcdir/../shared/lab
differences=$top_srcdir/tests/lab-differences.tsv
[ -r "$lab/EXPECTED.tsv" ] || skip_all "the lab captures are not beside the source tree"

# Lines "capture port verdict" for every flow of a capture; the idle gaps of the lab are 4.5 s.
judge() {
	"$TCPWHY" --json --limit=idle=2s "$lab/$1" 2>"$scratch/error" |
		sed -n '/"record": *"flow"/s/.*"client_port": *\([0-9]*\).*"verdict": *"\([^"]*\)".*/\1\t\2/p' |
		sed "s/^/$1\t/"
}

# EXPECTED.tsv with our differences put in: "capture port verdict", sorted; the file of reasons may
# name the same flow once for each verdict that it replaces.
expected() {
	awk -F '\t' -v OFS='\t' '
		FNR == 1 && NR != FNR {next}
		NR == FNR {if (FNR > 1 && $1 !~ /^#/) ours[$1, $2, ++have[$1, $2]] = $3; next}
		{
			key = $1 SUBSEP $2
			n = ++seen[key]
			print $1, $2, (have[key] >= n ? ours[$1, $2, n] : $3)
		}' "$1" "$lab/EXPECTED.tsv" | sort
}

[ -r "$differences" ] || {
	printf 'capture\tclient_port\tverdict\treason\n' >"$scratch/none"
	differences=$scratch/none
}
expected "$differences" >"$scratch/expected"
cut -f 1 "$scratch/expected" | sort -u >"$scratch/captures"
tab=$(printf '\t')
while read -r capture; do
	judge "$capture" | sort >"$scratch/got"
	grep "^$capture$tab" "$scratch/expected" >"$scratch/wanted"
	comm -3 "$scratch/wanted" "$scratch/got" >"$scratch/odd"
	if [ ! -s "$scratch/odd" ]; then
		ok "$capture"
		continue
	fi
	not_ok "$capture"
	{
		echo "expected, and second column: got"
		cat "$scratch/odd" "$scratch/error"
	} | diag
done <"$scratch/captures"

done_testing

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The lab: real failures of real kernels, captured at both ends. Every verdict is compared with
# EXPECTED.tsv, except where tests/lab-differences.tsv says why ours is another one.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

lab=$top_srcdir/../shared/lab
differences=$top_srcdir/tests/lab-differences.tsv
[ -r "$lab/EXPECTED.tsv" ] || skip_all "the lab captures are not beside the source tree"

# Verdicts whose rules come in the next step: counted, not compared.
later=" tls-alert-server tls-alert-client tls13-server-alert-suspected tls-no-server-hello \
tls-to-plaintext-port plaintext-to-tls-port ssh-no-common-kex ssh-no-common-hostkey \
ssh-refused-banner ssh-preauth-timeout "

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
waiting=0
while read -r capture; do
	judge "$capture" | sort >"$scratch/got"
	grep "^$capture$tab" "$scratch/expected" >"$scratch/wanted"
	comm -3 "$scratch/wanted" "$scratch/got" >"$scratch/odd"
	if [ ! -s "$scratch/odd" ]; then
		ok "$capture"
		continue
	fi
	# A flow that waits for its rule may be judged otherwise until then.
	comm -23 "$scratch/wanted" "$scratch/got" >"$scratch/missing"
	failed=
	while IFS=$tab read -r _ port verdict; do
		case $later in
		*" $verdict "*) waiting=$((waiting + 1)) ;;
		*) failed=$port ;;
		esac
	done <"$scratch/missing"
	if [ -z "$failed" ] && [ "$(wc -l <"$scratch/wanted")" -eq "$(wc -l <"$scratch/got")" ]; then
		ok "$capture (a rule comes later)"
		continue
	fi
	not_ok "$capture"
	{
		echo "expected, and second column: got"
		cat "$scratch/odd" "$scratch/error"
	} | diag
done <"$scratch/captures"
echo "# $waiting flows wait for rules of the next step"

done_testing

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# --compare: pairs of captures, with what is known to have happened between them.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

lab=$top_srcdir/../shared/lab

# told CLAIM PATTERN CAPTURE...: the comparison succeeds, and its report has such a line.
told() {
	claim=$1
	pattern=$2
	shift 2
	if "$TCPWHY" --compare "$@" >"$scratch/out" 2>"$scratch/err" &&
		grep -qE "$pattern" "$scratch/out"; then
		ok "$claim"
	else
		not_ok "$claim"
		cat "$scratch/out" "$scratch/err" | diag
	fi
}

# refused CLAIM CODE PATTERN CAPTURE...
refused() {
	claim=$1
	wanted=$2
	pattern=$3
	shift 3
	"$TCPWHY" --compare "$@" >"$scratch/out" 2>"$scratch/err"
	code=$?
	check "$claim" test "$code" -eq "$wanted"
	check "$claim: it is said why" grep -q "$pattern" "$scratch/err"
}

one=$top_srcdir/pcaps/normal-close.pcap
cp "$one" "$scratch/copy.pcap"
: >"$scratch/empty.pcap"
told 'a copy is recognised' 'both captures seem to be of one place' "$one" "$scratch/copy.pcap"
told 'a copy has the same flows' '0 only at the first, 0 only at the second' "$one" "$scratch/copy.pcap"
told 'captures of different things' 'nothing pairs' "$one" "$top_srcdir/pcaps/refused.pcap"
told 'forged RSTs of a sample are injected, all of them' 'to client .* 3 injected' \
	"$top_srcdir/pcaps/forged-resets.pcap" "$top_srcdir/pcaps/forged-resets-at-server.pcap"
refused 'the same file twice' 1 'the same file' "$one" "$one"
refused 'standard input' 1 'reads each capture twice' - "$one"
refused 'an empty file' 2 'empty' "$one" "$scratch/empty.pcap"
refused 'one capture' 1 'two or more captures' "$one"

if [ -r "$lab/EXPECTED.tsv" ]; then
	told 'forged RSTs are isolated' 'to client .* 3 injected' \
		"$lab/blind-rst.c.pcap" "$lab/blind-rst.s.pcap"
	told 'a proxy is two connections' 'proxied +1 flows' \
		"$lab/synproxy.c.pcap" "$lab/synproxy.s.pcap"
	told 'a stripped option has both values' 'sack-permitted.*: 1 .* to -1' \
		"$lab/options-stripped.c.pcap" "$lab/options-stripped.s.pcap"
	told 'the order does not matter' 'compared the other way round' \
		"$lab/tls13-ok.s.pcap" "$lab/tls13-ok.c.pcap"
	told 'a lost segment is counted' 'to server .*14 segments, 1 lost' \
		"$lab/fast-retransmit.c.pcap" "$lab/fast-retransmit.s.pcap"
else
	skip 'pairs of the lab' 'the lab captures are not beside the source tree'
fi

done_testing

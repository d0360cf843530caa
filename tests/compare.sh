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
told 'a copy has the same flows' '1 flow paired, 0 failed; lost 0 of' "$one" "$scratch/copy.pcap"
told 'captures of different things' 'nothing pairs' "$one" "$top_srcdir/pcaps/refused.pcap"
told 'forged RSTs of a sample are injected, all of them' 'to the client; 3 injected' \
	"$top_srcdir/pcaps/forged-resets.pcap" "$top_srcdir/pcaps/forged-resets-at-server.pcap"
"$TCPWHY" --compare "$top_srcdir/pcaps/forged-resets.pcap" \
	"$top_srcdir/pcaps/forged-resets-at-server.pcap" >"$scratch/out" 2>&1
check 'the ladder shows each of the forged ones once' \
	[ "$(grep -c '#[0-9]* *<-* RST.ACK injected, beside the path' "$scratch/out")" -eq 3 ]
check 'the ladder has what is at both points on one line' grep -q '#1 *SYN -*> *#1$' "$scratch/out"
if command -v awk >/dev/null; then
	awk '/^## Two captures/ { on = 1 } /^## Read on/ { on = 0 } on && /^    / { print substr($0, 5) }
		on && /^$/ { print "" }' "$top_srcdir/README.md" | sed '/./,$!d' >"$scratch/wanted"
	sed -n '/./,$p' "$scratch/out" >"$scratch/said"
	sed -i -e :a -e '/^\n*$/{$d;N;ba' -e '}' "$scratch/wanted" "$scratch/said"
	same 'the example of README.md is true' "$scratch/wanted" "$scratch/said"
fi
refused 'the same file twice' 1 'the same file' "$one" "$one"
refused 'standard input' 1 'reads each capture twice' - "$one"
refused 'an empty file' 2 'empty' "$one" "$scratch/empty.pcap"
refused 'one capture' 1 'two or more captures' "$one"

if [ -r "$lab/EXPECTED.tsv" ]; then
	cp "$lab/fast-retransmit.s.pcap" "$scratch/third.pcap"
	told 'forged RSTs are isolated' 'to the client; 3 injected' \
		"$lab/blind-rst.c.pcap" "$lab/blind-rst.s.pcap"
	told 'a proxy is two connections' ' 1 proxied' \
		"$lab/synproxy.c.pcap" "$lab/synproxy.s.pcap"
	told 'a stripped option has both values' 'SACK-permitted option: there at the client.s side, absent' \
		"$lab/options-stripped.c.pcap" "$lab/options-stripped.s.pcap"
	told 'the order does not matter' 'given with the server.s first' \
		"$lab/tls13-ok.s.pcap" "$lab/tls13-ok.c.pcap"
	told 'answers that went another way were lost, and nothing made up for it' \
		'^X 8 flows: synack-lost$' \
		"$lab/synq-full-syncookies1.c.pcap" "$lab/synq-full-syncookies1.s.pcap"
	told 'three points are two hops' '^fast-retransmit.s.pcap -> third.pcap: 1 flow paired' \
		"$lab/fast-retransmit.c.pcap" "$lab/fast-retransmit.s.pcap" "$scratch/third.pcap"
	told 'a lost segment is counted' 'lost 1 of 14 segments to the server' \
		"$lab/fast-retransmit.c.pcap" "$lab/fast-retransmit.s.pcap"
else
	skip 'pairs of the lab' 'the lab captures are not beside the source tree'
fi

done_testing

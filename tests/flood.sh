#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A SYN flood that is far larger than the flow table: it streams through, what makes place is counted and
# never one of the real connections amid it, and the findings name the flood and its target.
# tests/flood 50000000 10000 | tcpwhy - is the same at full length (doc/robustness.md).
# shellcheck source=tests/lib.sh
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

flood=$top_builddir/tests/flood
peak=$top_builddir/tests/peak
[ -x "$flood" ] || skip_all 'tests/flood is not built'

# judged CLAIM SYNS CLIENTS EVICTED: what is in $scratch/json tells the flood, its target, every real connection
# and what made place, at least so much.
judged() {
	served=$(grep -c '"client_ip":"10\.0\..*"verdict":"closed-normal"' "$scratch/json")
	check "$1: $3 real connections are judged as they went (here $served)" [ "$served" -eq "$3" ]
	check "$1: the flood is named, and its target" \
		grep -q '"code":"syn-flood".*203\.0\.113\.80' "$scratch/json"
	summary=$(grep '"record":"summary"' "$scratch/json")
	evicted=${summary#*\"evicted\":}
	evicted=${evicted%%,*}
	flows=${summary#*\"flows\":}
	flows=${flows%%,*}
	check "$1: every attempt is a flow (here $flows)" [ "$flows" -eq $(($2 + $3)) ]
	check "$1: what made place is counted (here $evicted)" [ "$evicted" -ge "$4" ]
}

# try CLAIM SYNS CLIENTS ANSWERED LIMIT EVICTED: through tables of that size.
try() {
	"$flood" "$2" "$3" "$4" | "$TCPWHY" --json --limit "max-flows=$5" --limit "max-attempts=$5" - \
		>"$scratch/json" 2>"$scratch/error"
	check "$1: it is read" [ $? -eq 0 ]
	judged "$1" "$2" "$3" "$6"
}

# within CLAIM SYNS CLIENTS ANSWERED MIB EVICTED: through tables of any size, with --max-memory.
within() {
	"$flood" "$2" "$3" "$4" |
		"$peak" "$scratch/peak" "$TCPWHY" --json "--max-memory=$5M" - \
			>"$scratch/json" 2>"$scratch/error"
	check "$1: it is read" [ $? -eq 0 ]
	judged "$1" "$2" "$3" "$6"
	if [ -n "$SANITIZERS" ]; then
		skip "$1: the bound on memory is kept" 'sanitizers take memory of their own'
		return
	fi
	kilobytes=$(cat "$scratch/peak")
	check "$1: at most $5 MB are resident (here $kilobytes KB)" \
		[ "$kilobytes" -le $(($5 * 1024)) ]
}

try 'unanswered' 300000 300 0 20000 280000
try 'a seventh answered' 300000 300 7 20000 250000
try 'all answered' 100000 300 1 20000 80000
# Without the bound the second of these takes 178 MB.
within 'bounded' 300000 300 0 80 200000
within 'bounded, all answered' 200000 300 1 80 150000
"$flood" 100000 30 1 | "$TCPWHY" --color=never --max-memory=80M - >"$scratch/text" 2>"$scratch/error"
check 'bounded: the report says what was judged early, and which option gives it room' \
	grep -q 'flows judged early for lack of room (--max-memory' "$scratch/text"
done_testing

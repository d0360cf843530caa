#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A SYN flood that is far larger than the flow table: it streams through, what makes place is counted and
# never one of the real connections amid it, and the findings name the flood and its target.
# tests/flood 50000000 10000 | tcpwhy - is the same at full length (doc/robustness.md).
# shellcheck source=tests/lib.sh
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

flood=$top_builddir/tests/flood
[ -x "$flood" ] || skip_all 'tests/flood is not built'

# try CLAIM SYNS CLIENTS ANSWERED LIMIT EVICTED: at least so many make place.
try() {
	"$flood" "$2" "$3" "$4" | "$TCPWHY" --json --limit "max-flows=$5" --limit "max-attempts=$5" - \
		>"$scratch/json" 2>"$scratch/error"
	check "$1: it is read" [ $? -eq 0 ]
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
	check "$1: what made place is counted (here $evicted)" [ "$evicted" -ge "$6" ]
}

try 'unanswered' 300000 300 0 20000 280000
try 'a seventh answered' 300000 300 7 20000 250000
try 'all answered' 100000 300 1 20000 80000
done_testing

# SPDX-License-Identifier: BSD-2-Clause
# TAP for shell tests: source this first, call ok, not_ok, skip or check for each claim, and
# done_testing at the end. $scratch is a directory of the test's own that is removed afterwards.
# shellcheck shell=sh

: "${top_srcdir:=$(cd "$(dirname "$0")/.." && pwd)}"
: "${top_builddir:=$(pwd)}"
: "${TCPWHY:=$top_builddir/tcpwhy}"
: "${NM:=nm}"
: "${SANITIZERS:=}"

test_count=0
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tcpwhy-test.XXXXXX") || {
	echo 'Bail out! no temporary directory'
	exit 1
}
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM

# ok CLAIM: the claim holds.
ok() {
	test_count=$((test_count + 1))
	echo "ok $test_count - $1"
}

# not_ok CLAIM: it does not; text on standard input that tells why can follow by way of diag.
not_ok() {
	test_count=$((test_count + 1))
	echo "not ok $test_count - $1"
}

# skip CLAIM REASON: it cannot be tested here.
skip() {
	test_count=$((test_count + 1))
	echo "ok $test_count - $1 # SKIP $2"
}

# diag: copies standard input to the log.
diag() {
	sed 's/^/# /'
}

# check CLAIM COMMAND...: holds when the command succeeds; else its output is the diagnosis.
check() {
	claim=$1
	shift
	if "$@" >"$scratch/check.out" 2>&1; then
		ok "$claim"
	else
		not_ok "$claim"
		diag <"$scratch/check.out"
	fi
}

# empty CLAIM FILE: holds when the file is empty; else its lines are the diagnosis.
empty() {
	if [ ! -s "$2" ]; then
		ok "$1"
	else
		not_ok "$1"
		diag <"$2"
	fi
}

# same CLAIM WANTED-FILE GOT-FILE: holds when both are equal; else their difference is shown.
same() {
	check "$1" diff -u "$2" "$3"
}

# skip_all REASON: the whole test cannot run here.
skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

done_testing() {
	echo "1..$test_count"
}

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The layers hold: dissect <- analyzer <- ui, and the first two touch nothing but memory.
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

# --- what the sources include

# includes FILE...: lines "FILE:HEADER", with "" or <> around the header as written.
includes() {
	(
		cd "$top_srcdir" || exit 1
		for file; do
			[ -e "$file" ] || continue
			sed -n "s|^[[:space:]]*#[[:space:]]*include[[:space:]]*\([\"<][^\">]*[\">]\).*|$file:\1|p" \
				"$file"
		done
	)
}

# list PATTERN...: the source files, relative to the top.
list() {
	# shellcheck disable=SC2086,SC2048 # the patterns are to expand, there
	(cd "$top_srcdir" && ls $* 2>/dev/null)
}
capture=$(list 'dissect/capture*.[ch]')
pure=$(list 'dissect/*.[ch]' | grep -v '^dissect/capture')
analyzer=$(list 'analyzer/*.[ch]')
ui=$(list 'ui/*.[ch]')

# allow CLAIM PATTERN FILE...: whatever the files include matches the pattern.
# forbid CLAIM PATTERN FILE...: nothing that they include matches it.
allow() {
	judge_includes '-vE' "$@"
}
forbid() {
	judge_includes '-E' "$@"
}
judge_includes() {
	sense=$1
	claim=$2
	pattern=$3
	shift 3
	if [ $# -eq 0 ]; then
		not_ok "$claim (no files found)"
		return
	fi
	includes "$@" | grep "$sense" ":($pattern)\$" >"$scratch/broken"
	empty "$claim" "$scratch/broken"
}

plain='assert|inttypes|limits|stdalign|stdbool|stddef|stdint|string'
# shellcheck disable=SC2086 # lists of plain file names
{
	allow 'dissect includes nothing of the project but dissect/' \
		'<.*>|"config\.h"|"dissect/.*"' $pure $capture
	forbid 'pure dissect files do not know the capture' '"dissect/capture.*"' $pure
	allow 'pure dissect files use only headers about types and memory' "\".*\"|<($plain)\.h>" $pure
	allow 'analyzer includes only analyzer/ and what describes packets and bytes' \
		'<.*>|"analyzer/.*"|"dissect/(bytes|dissect|frame|packet|payload)\.h"' $analyzer
	allow 'analyzer uses only headers about types and memory' \
		"\".*\"|<($plain|stdlib)\.h>" $analyzer
	allow 'ui includes nothing of the project but ui/, analyzer/ and dissect/' \
		'<.*>|"config\.h"|"(ui|analyzer|dissect)/.*"' $ui
	forbid 'only ui knows jansson' '<jansson.*>' $pure $capture $analyzer
}

# --- what the libraries need from outside

dissect_a=$top_builddir/libdissect.a
capture_a=$top_builddir/libcapture.a
analyzer_a=$top_builddir/libanalyzer.a
ui_a=$top_builddir/libui.a

# defined LIBRARY, undefined LIBRARY: its global symbols, sorted.
defined() {
	"$NM" -P -g "$1" 2>/dev/null | awk '$2 ~ /^[A-TV-Z]$/ && $2 != "U" { print $1 }' | sort -u
}
undefined() {
	"$NM" -P -g "$1" 2>/dev/null | awk '$2 ~ /^[Uvw]$/ { print $1 }' | sort -u
}

# Added by compilers: stack protector, fortified memory functions, sanitizers, coverage.
by_compiler='__stack_chk_fail|__stack_chk_guard|_GLOBAL_OFFSET_TABLE_|__mem[a-z]*_chk'
by_compiler="$by_compiler|__(asan|ubsan|tsan|msan|lsan|sanitizer|sancov|gcov|llvm)_.*"
by_compiler="$by_compiler|__start___sancov_.*|__stop___sancov_.*|__afl_.*"
memory='mem(chr|cmp|cpy|move|set)|bcmp'

# needs_only CLAIM ALLOWED LIBRARY OTHER...: the library needs nothing from outside but symbols
# that match ALLOWED and those that it or the other libraries define.
needs_only() {
	claim=$1
	allowed=$2
	shift 2
	: >"$scratch/known"
	for library; do
		defined "$library" >>"$scratch/known"
	done
	sort -u "$scratch/known" -o "$scratch/known"
	if [ -z "$(defined "$1")" ]; then
		not_ok "$claim (nm finds nothing in $1)"
		return
	fi
	undefined "$1" | comm -23 - "$scratch/known" | grep -vxE "$allowed" >"$scratch/needs"
	empty "$claim" "$scratch/needs"
}

# needs_none CLAIM LIBRARY OTHER...: the library needs nothing that the others define.
needs_none() {
	claim=$1
	if [ -z "$(defined "$2")" ]; then
		not_ok "$claim (nm finds nothing in $2)"
		return
	fi
	undefined "$2" >"$scratch/needed"
	shift 2
	for library; do
		defined "$library"
	done | sort -u | comm -12 - "$scratch/needed" >"$scratch/needs"
	empty "$claim" "$scratch/needs"
}

LC_ALL=C
export LC_ALL
needs_only 'libdissect.a needs nothing but memory functions' "$memory|$by_compiler" "$dissect_a"
needs_only 'libanalyzer.a needs nothing but memory, strings, qsort and libdissect.a' \
	"$memory|str(chr|cmp|len|ncmp)|malloc|aligned_alloc|calloc|realloc|free|qsort|__assert_fail|$by_compiler" \
	"$analyzer_a" "$dissect_a"
needs_none 'libcapture.a needs nothing of analyzer and ui' "$capture_a" "$analyzer_a" "$ui_a"

# --- what the libraries keep

# variables LIBRARY: its symbols in writable sections. Constant tables of pointers lie in
# .data.rel.ro, which is sealed before main() runs.
variables() {
	"$NM" -f sysv "$1" 2>/dev/null | awk -F '|' '
		NF < 7 { next }
		{ section = $7; gsub(/[ \t]/, "", section); name = $1; gsub(/ +$/, "", name) }
		section ~ /^\.data\.rel\.ro/ { next }
		$3 ~ /[dDbBcCgGsS]/ && section ~ /^(\.data|\.bss|\.sdata|\.sbss|\.tdata|\.tbss|\*COM\*)/ {
			print name " in " section
		}'
}

keeps_nothing() {
	claim="$(basename "$1") has no variables"
	if [ -n "$SANITIZERS" ]; then
		skip "$claim" 'sanitizers add theirs'
	elif undefined "$1" | grep -qE '^__(gcov|sanitizer|llvm)_'; then
		skip "$claim" 'instrumented'
	elif [ -z "$(defined "$1")" ]; then
		not_ok "$claim (nm finds nothing in it)"
	elif ! "$NM" -f sysv "$1" >/dev/null 2>&1; then
		skip "$claim" 'this nm does not name sections'
	else
		variables "$1" >"$scratch/variables"
		empty "$claim" "$scratch/variables"
	fi
}
keeps_nothing "$dissect_a"
keeps_nothing "$analyzer_a"

done_testing

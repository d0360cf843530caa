#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# One truth about verdicts and findings: doc/verdicts.md and doc/findings.md, the tables of
# analyzer/verdict.h and analyzer/findings.h, and --explain agree.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

document=$top_srcdir/doc/verdicts.md
header=$top_srcdir/analyzer/verdict.h

# --- what the program says

# Lines "slug<TAB>class".
explained_list() {
	"$TCPWHY" --explain | awk '
		/^Findings/ {exit}
		/^[a-z-]+: / {class = substr($1, 1, length($1) - 1)}
		/^  [a-z0-9-]+ / {print $1 "\t" class}' | sort
}

# explained SLUG: a line "slug<TAB>class<TAB>base<TAB>meaning".
explained() {
	"$TCPWHY" --explain="$1" | awk -v slug="$1" '
		NR == 1 && $1 == slug && $2 == "(class" {class = $3; sub(/:$/, "", class)}
		NF == 0 {paragraph++}
		NF > 0 && paragraph == 1 && !/^What/ {sub(/^ +/, ""); meaning = meaning (meaning == "" ? "" : " ") $0}
		/^Confidence [0-9]+ %/ {base = $2}
		END {print slug "\t" class "\t" base + 0 "\t" meaning}'
}

# --- what the tables of the source say

# rows MACRO [HEADER]: the arguments of every MACRO(...) with a string in it, one line each.
rows() {
	sed 's/[[:space:]]*\\$//' "${2:-$header}" | tr '\n' ' ' | tr -s '\t ' ' ' | grep -oE "[^A-Z_]$1\([A-Z0-9_]+, [^)]*\"[^\"]*\"( \"[^\"]*\")*\)" |
		sed -e "s/^.$1(//" -e 's/)$//' -e 's/" "//g'
}

# Lines "sentence<TAB>points" of confidence reasons or RST features.
pointed() {
	rows "$1" | sed 's/^[A-Z0-9_]*, \(-\{0,1\}[0-9]*\), "\(.*\)"$/\2\t\1/' | sort
}

# Slugs of all tags.
tags() {
	rows TAG | sed 's/.*"\(.*\)"$/\1/' | sort
}

# --- what the document says; all take its path

# Lines "slug<TAB>class<TAB>base<TAB>meaning": the meaning is as long as the program's is.
documented() {
	awk '
		function flush() {if (slug != "") print slug "\t" class "\t" base "\t" text}
		/^#/ {flush(); slug = ""}
		/^### [a-z0-9-]+$/ {slug = $2; class = base = text = ""; part = 0}
		slug == "" || NF == 0 {next}
		/^D[0-9]+ · class / {
			class = base = $0
			sub(/^D[0-9]+ · class /, "", class)
			sub(/ · .*/, "", class)
			sub(/.* · base confidence /, "", base)
			next
		}
		/^\*\*/ {part = 1}
		part == 0 && !/^###/ {text = text (text == "" ? "" : " ") $0}
		END {flush()}' "$1"
}

# Lines "cell<TAB>second cell" of the rows of all tables.
cells() {
	awk -F ' *[|] *' '/^[|]/ {print $2 "\t" $3}' "$1"
}

# Sections of verdicts that lack one of their parts.
lacking() {
	awk '
		function flush() {if (slug != "" && parts != "DPEN") print slug ": has only parts " parts}
		/^#/ {flush(); slug = ""}
		/^### [a-z0-9-]+$/ {slug = $2; parts = ""}
		slug == "" {next}
		/^D[0-9]+ · class [a-z-]+ · base confidence [0-9]+$/ {parts = parts "D"}
		/^\*\*Proof\.\*\* ./ {parts = parts "P"}
		/^\*\*Else\.\*\* ./ {parts = parts "E"}
		/^\*\*Next\.\*\* ./ {parts = parts "N"}
		END {flush()}' "$1"
}

# --- comparing both; each prints what is wrong, nothing if all is well

# missing WANTED GOT: lines that are only in one of both.
missing() {
	comm -23 "$1" "$2" | sed 's/^/not in the document: /'
	comm -13 "$1" "$2" | sed 's/^/only in the document: /'
}

slugs_differ() {
	cut -f 1 "$scratch/explained" | sort >"$scratch/wanted"
	documented "$1" | cut -f 1 | sort >"$scratch/got"
	missing "$scratch/wanted" "$scratch/got"
}

classes_differ() {
	cut -f 1-3 "$scratch/explained" | sort >"$scratch/wanted"
	documented "$1" | cut -f 1-3 | sort >"$scratch/got"
	missing "$scratch/wanted" "$scratch/got"
}

# The section begins with the program's sentence; it may go on.
meanings_differ() {
	documented "$1" | sort >"$scratch/got"
	awk -F '\t' '
		NR == FNR {said[$1] = $4; next}
		$1 in said && index(said[$1], $4) != 1 {print $1 ": does not begin with: " $4}
	' "$scratch/got" "$scratch/explained"
}

# points_differ MACRO DOCUMENT
points_differ() {
	pointed "$1" >"$scratch/wanted"
	[ -s "$scratch/wanted" ] || echo "no $1 in the header"
	cells "$2" | sort -u >"$scratch/got"
	comm -23 "$scratch/wanted" "$scratch/got" | sed 's/^/not in the document: /'
}

# Rows of a table with points whose sentence is none of the program's.
points_unknown() {
	{
		pointed REASON
		pointed FEATURE
	} | sort >"$scratch/wanted"
	cells "$1" | grep -E "$(printf '\t')-?[0-9]+$" | sort -u >"$scratch/got"
	comm -13 "$scratch/wanted" "$scratch/got" | sed 's/^/only in the document: /'
}

tags_differ() {
	tags >"$scratch/wanted"
	[ -s "$scratch/wanted" ] || echo 'no TAG in the header'
	awk '/^## / {here = $0 == "## Tags"} here' "$1" >"$scratch/section"
	cells "$scratch/section" | awk -F '\t' '
		$1 ~ /^\140[a-z0-9-]+\140$/ {gsub(/\140/, "", $1); print $1}' | sort >"$scratch/got"
	missing "$scratch/wanted" "$scratch/got"
}

# Limits that are named and do not exist.
limits_unknown() {
	grep -oE -- '--limit [a-z-]+' "$1" | sed 's/--limit //' | sort -u >"$scratch/got"
	sed -n 's/.*LIMIT([a-z_]*, "\([a-z-]*\)".*/\1/p' "$top_srcdir/analyzer/limits.h" | sort >"$scratch/wanted"
	comm -13 "$scratch/wanted" "$scratch/got"
}

# finds CLAIM COMMAND...: holds when the command, given a damaged document, finds something.
finds() {
	claim=$1
	shift
	if [ -n "$("$@")" ]; then
		ok "$claim"
	else
		not_ok "$claim"
	fi
}

explained_list >"$scratch/list"
check 'the program lists verdicts' test -s "$scratch/list"
cut -f 1 "$scratch/list" >"$scratch/slugs"
while read -r slug; do
	explained "$slug"
done <"$scratch/slugs" >"$scratch/explained"

cut -f 1-2 "$scratch/explained" | sort >"$scratch/pages"
same 'every verdict has a page of the class that the list says' "$scratch/list" "$scratch/pages"
awk -F '\t' '$2 == "" || $4 == "" || ($3 == 0 && $1 != "unclassified")' "$scratch/explained" >"$scratch/odd"
empty 'every page tells class, meaning and confidence' "$scratch/odd"

# What a page says under its headings is what the section says, mark for mark.
# said SLUGS-FILE: lines "slug<TAB>part".
said() {
	while read -r slug; do
		"$TCPWHY" --explain="$slug" | awk -v slug="$slug" '
			function flush() {if (text != "") print slug "\t" text; text = ""}
			/^What |^Confidence/ {flush(); next}
			NR > 1 && NF > 0 {sub(/^ +/, ""); text = text (text == "" ? "" : " ") $0}
			END {flush()}'
	done <"$1" | sort
}
said "$scratch/slugs" >"$scratch/said"
written() {
	awk '
		function flush() {if (slug != "" && text != "") print slug "\t" text; text = ""}
		/^#/ {flush(); slug = ""}
		/^### [a-z0-9-]+$/ {slug = $2; next}
		slug == "" || NF == 0 || /^D[0-9]+ · class |^about .* · / {next}
		sub(/^\*\*(Proof|Else|Next)\.\*\* /, "") {line = $0; flush(); $0 = line}
		{gsub(/\140|\*\*/, ""); text = text (text == "" ? "" : " ") $0}
		END {flush()}' "$1" | sort
}
pages_differ() {
	written "$1" >"$scratch/written"
	missing "$scratch/said" "$scratch/written"
}

# claim CLAIM COMMAND...: holds when the command finds nothing wrong.
claim() {
	text=$1
	shift
	"$@" >"$scratch/wrong"
	empty "$text" "$scratch/wrong"
}
claim 'every verdict has a section, and every section a verdict' slugs_differ "$document"
claim 'class and base confidence agree' classes_differ "$document"
claim 'every section begins with the meaning' meanings_differ "$document"
claim 'every section has number, proof, alternatives and next steps' lacking "$document"
claim 'every page says what its section says' pages_differ "$document"
claim 'every confidence reason stands there with its points' points_differ REASON "$document"
claim 'every feature of RSTs stands there with its points' points_differ FEATURE "$document"
claim 'no other points stand there' points_unknown "$document"
claim 'every tag stands there, and no other' tags_differ "$document"
claim 'every limit that is named exists' limits_unknown "$document"

# The same comparisons find mistakes that are put in.
damage() {
	sed "$1" "$document" >"$scratch/damaged.md"
}
damage '/^### closed-normal$/d'
finds 'a missing section is found' slugs_differ "$scratch/damaged.md"
damage 's/^### closed-normal$/### closed-nominal/'
finds 'a section too many is found' slugs_differ "$scratch/damaged.md"
damage 's/^\(D51 .*\)95$/\194/'
finds 'a wrong confidence is found' classes_differ "$scratch/damaged.md"
damage 's/^D51 · class ok/D51 · class info/'
finds 'a wrong class is found' classes_differ "$scratch/damaged.md"
damage 's/^Data was exchanged/Data was sent/'
finds 'a wrong meaning is found' meanings_differ "$scratch/damaged.md"
damage '/^### closed-normal$/,/^###/s/application was happy/application was sad/'
finds 'a page that differs is found' pages_differ "$scratch/damaged.md"
damage '/^### closed-normal$/,/^###/s/^\*\*Next/Next/'
finds 'a missing part is found' lacking "$scratch/damaged.md"
damage 's/^\(| only two SYNs were seen | \)-15/\1-16/'
finds 'a reason with other points is found' points_differ REASON "$scratch/damaged.md"
finds 'points that nothing has are found' points_unknown "$scratch/damaged.md"
damage '/^| it carries payload /d'
finds 'a missing feature is found' points_differ FEATURE "$scratch/damaged.md"
damage '/^| .keepalive. /d'
finds 'a missing tag is found' tags_differ "$scratch/damaged.md"
damage 's/--limit cut/--limit cat/'
finds 'an unknown limit is found' limits_unknown "$scratch/damaged.md"

# --- findings

findings_document=$top_srcdir/doc/findings.md
findings_header=$top_srcdir/analyzer/findings.h

# Lines "slug<TAB>meaning" of the table.
rows FINDING "$findings_header" | sed 's/^[A-Z0-9_]*, "\([a-z0-9-]*\)", "\(.*\)"$/\1\t\2/' | sort >"$scratch/table"
check 'the header lists findings' test -s "$scratch/table"
cut -f 1 "$scratch/table" >"$scratch/finding-slugs"
"$TCPWHY" --explain | awk '/^Findings/ {here = 1} here && /^  [a-z0-9-]+ / {print $1}' | sort >"$scratch/listed"
same 'the program lists the findings of the header' "$scratch/finding-slugs" "$scratch/listed"

# Lines "slug<TAB>subjects and severity<TAB>first paragraph".
documented_findings() {
	awk '
		function flush() {if (slug != "") print slug "\t" about "\t" text}
		/^#/ {flush(); slug = ""}
		/^### [a-z0-9-]+$/ {slug = $2; about = text = ""; part = 0}
		slug == "" || NF == 0 {next}
		/^about / && about == "" {about = $0; next}
		/^\*\*/ {part = 1}
		part == 0 && !/^###/ {text = text (text == "" ? "" : " ") $0}
		END {flush()}' "$1" | sort
}
finding_slugs_differ() {
	documented_findings "$1" | cut -f 1 >"$scratch/got"
	missing "$scratch/finding-slugs" "$scratch/got"
}
finding_meanings_differ() {
	documented_findings "$1" >"$scratch/got"
	awk -F '\t' '
		NR == FNR {said[$1] = $3; next}
		$1 in said && index(said[$1], $2) != 1 {print $1 ": does not begin with: " $2}
	' "$scratch/got" "$scratch/table"
}
# Subjects and severities are words of the tables.
finding_subjects_unknown() {
	kinds=$(rows SUBJECT "$findings_header" | sed 's/.*"\(.*\)"$/\1/' | paste -s -d '|')
	severities=$(rows SEVERITY "$findings_header" | sed 's/.*"\(.*\)"$/\1/' | paste -s -d '|')
	documented_findings "$1" | cut -f 1,2 | grep -vE \
		"	about (a|the) ($kinds)(, ($kinds))*( or (the )?($kinds))? · ($severities)( or ($severities))?\$"
}
findings_lacking() {
	awk '
		function flush() {if (slug != "" && parts != "APEN") print slug ": has only parts " parts}
		/^#/ {flush(); slug = ""}
		/^### [a-z0-9-]+$/ {slug = $2; parts = ""}
		slug == "" {next}
		/^about / {parts = parts "A"}
		/^\*\*Proof\.\*\* ./ {parts = parts "P"}
		/^\*\*Else\.\*\* ./ {parts = parts "E"}
		/^\*\*Next\.\*\* ./ {parts = parts "N"}
		END {flush()}' "$1"
}
finding_pages_differ() {
	written "$1" >"$scratch/written"
	missing "$scratch/finding-said" "$scratch/written"
}
said "$scratch/finding-slugs" >"$scratch/finding-said"
claim 'every finding has a section, and every section a finding' finding_slugs_differ "$findings_document"
claim 'every section of a finding begins with the meaning' finding_meanings_differ "$findings_document"
claim 'every section of a finding names subjects and severities that exist' \
	finding_subjects_unknown "$findings_document"
claim 'every section of a finding has proof, alternatives and next steps' findings_lacking "$findings_document"
claim 'every page of a finding says what its section says' finding_pages_differ "$findings_document"
claim 'every limit that is named there exists' limits_unknown "$findings_document"

document=$findings_document
damage '/^### syn-flood$/d'
finds 'a missing section of a finding is found' finding_slugs_differ "$scratch/damaged.md"
damage 's/^SYNs from many sources/SYNs of many sources/'
finds 'a wrong meaning of a finding is found' finding_meanings_differ "$scratch/damaged.md"
damage 's/^about a listener · critical/about a listner · critical/'
finds 'a wrong subject is found' finding_subjects_unknown "$scratch/damaged.md"
damage 's/ · critical/ · fatal/'
finds 'a wrong severity is found' finding_subjects_unknown "$scratch/damaged.md"
damage '/^### syn-flood$/,/^###/s/^\*\*Else/Else/'
finds 'a missing part of a finding is found' findings_lacking "$scratch/damaged.md"
damage '/^### syn-flood$/,/^###/s/repeat theirs/do not/'
finds 'a page of a finding that differs is found' finding_pages_differ "$scratch/damaged.md"

done_testing

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Every record that the program writes about any capture at hand fits doc/schema.json.
# shellcheck disable=SC1091
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

python3 -c 'from jsonschema import Draft202012Validator' 2>/dev/null ||
	skip_all 'python3 with jsonschema 4 is missing (Debian: python3-jsonschema)'

# Reads records on standard input, those of each capture after a line "# NAME"; tells what does not
# fit, and fails.
validate() {
	python3 -c '
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(schema)
kinds = {}
for kind in ("flow", "finding", "summary", "pair", "hop", "comparison"):
    kinds[kind] = Draft202012Validator({**schema, "oneOf": [{"$ref": "#/$defs/" + kind}]})
wrong = 0
name = last = None

def complain(*words):
    global wrong
    wrong += 1
    print(name, *words)

def end():
    if name is not None and last not in ("summary", "comparison"):
        complain("does not end with a summary")

for line in sys.stdin:
    if line.startswith("# "):
        end()
        name = line[2:].strip()
        last = None
        continue
    if last in ("summary", "comparison"):
        complain("has records after the summary")
    record = json.loads(line)
    last = record["record"]
    if list(record) != schema["$defs"][last]["required"]:
        complain(last, "has other keys, or in another order")
    for error in kinds[last].iter_errors(record):
        for part in error.context or [error]:
            complain(last, "/".join(map(str, part.path)), part.message[:200])
    if wrong > 9:
        sys.exit(1)
end()
sys.exit(wrong > 0)
' "$top_srcdir/doc/schema.json"
}

# judge NAME CAPTURE...: writes a line with the name and the records. 0: analysed, 2: damaged.
judge() {
	echo "# $1"
	shift
	"$TCPWHY" --json --all "$@" 2>"$scratch/complaints"
	case $? in
	0 | 2) ;;
	*) diag <"$scratch/complaints" ;;
	esac
}

# judge_all NAME DIRECTORY: one claim for a folder.
judge_all() {
	count=0
	for capture in "$2"/*.pcap "$2"/*.pcapng "$2"/*.pcap.gz; do
		[ -f "$capture" ] || continue
		count=$((count + 1))
		judge "${capture##*/}" "$capture"
	done >"$scratch/records"
	if [ "$count" -eq 0 ]; then
		skip "records of $1 fit the schema" 'no captures there'
	else
		check "records of $count captures in $1 fit the schema" validate <"$scratch/records"
	fi
}

judge_all pcaps "$top_srcdir/pcaps"
judge_all shared/lab "$top_srcdir/../shared/lab"
judge_all shared/corpus "$top_srcdir/../shared/corpus"

# Several files, where the evidence names its file.
set -- "$top_srcdir"/pcaps/*.pcap
if [ -f "$1" ]; then
	judge 'all of pcaps' "$@" >"$scratch/records"
	check 'records of many files at once fit the schema' validate <"$scratch/records"
	check 'their evidence names its file' grep -q '"what":"[^"]*","file":"' "$scratch/records"
fi

# Comparisons: a pair of samples, unrelated ones, and the pairs of the lab.
compared() {
	echo "# $1 and $2"
	"$TCPWHY" --json --compare "$1" "$2" 2>"$scratch/complaints" || diag <"$scratch/complaints"
}
{
	compared "$top_srcdir/pcaps/forged-resets.pcap" "$top_srcdir/pcaps/forged-resets-at-server.pcap"
	compared "$top_srcdir/pcaps/forged-resets.pcap" "$top_srcdir/pcaps/normal-close.pcap"
	for near in "$top_srcdir"/../shared/lab/*.c.pcap; do
		far=${near%.c.pcap}.s.pcap
		[ ! -s "$near" ] || [ ! -s "$far" ] || compared "$near" "$far"
	done
} >"$scratch/records"
check 'records of comparisons fit the schema' validate <"$scratch/records"

# Every finding about every kind of subject, made by hand.
"$top_builddir/tests/write_findings" >"$scratch/findings"
check 'findings are made by hand' [ "$(wc -l <"$scratch/findings")" -ge 100 ]
check 'records of findings made by hand fit the schema' validate <"$scratch/findings"

# The validator itself must be able to say no.
for change in 's/"severity":"[a-z]*"/"severity":"severe"/' 's/"flows":412/"flows":412.5/' 's/"kind":"listener"/"kind":"port"/' \
	's/"outage_us":/"outage_s":/' 's/"verdict":null/"verdict":""/' 's/"name":null/"surname":null/'; do
	sed "$change" "$scratch/findings" >"$scratch/records"
	if cmp -s "$scratch/findings" "$scratch/records" || validate <"$scratch/records" >/dev/null 2>&1; then
		not_ok "a finding changed by $change is noticed"
	else
		ok "a finding changed by $change is noticed"
	fi
done
printf '%s\n' '# a summary of nothing' '{"schema":"tcpwhy.summary/1","record":"summary"}' \
	>"$scratch/records"
if validate <"$scratch/records" >/dev/null 2>&1; then
	not_ok 'a record without its keys is noticed'
else
	ok 'a record without its keys is noticed'
fi

done_testing

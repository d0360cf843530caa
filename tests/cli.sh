#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The command as its users meet it: exit codes, complaints, outputs that fail.
# shellcheck disable=SC1091,SC2016
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"

# A capture with one refused connection, made of bytes: nothing else has to be built for this test.
# pcap, Ethernet; 10.0.0.1:40000 -> 10.0.0.2:81 SYN, RST+ACK.
make_capture() {
	{
		printf '\324\303\262\241\2\0\4\0\0\0\0\0\0\0\0\0\0\0\4\0\1\0\0\0'
		printf '\1\0\0\146\0\0\0\0\66\0\0\0\66\0\0\0'
		printf '\2\0\0\0\0\2\2\0\0\0\0\1\10\0'
		printf '\105\0\0\50\0\1\100\0\100\6\46\315\12\0\0\1\12\0\0\2'
		printf '\234\100\0\121\0\0\3\350\0\0\0\0\120\2\377\377\44\1\0\0'
		printf '\1\0\0\146\144\0\0\0\66\0\0\0\66\0\0\0'
		printf '\2\0\0\0\0\1\2\0\0\0\0\2\10\0'
		printf '\105\0\0\50\0\0\100\0\100\6\46\316\12\0\0\2\12\0\0\1'
		printf '\0\121\234\100\0\0\0\0\0\0\3\351\120\24\0\0\43\357\0\0'
	} >"$1"
}

# run ARGUMENTS...: leaves code, out and err.
run() {
	"$TCPWHY" "$@" >"$scratch/out" 2>"$scratch/err" </dev/null
	code=$?
}

# exits CLAIM CODE: what run left must be that code, and no sanitizer may have spoken.
exits() {
	if [ "$code" -eq "$2" ] && ! grep -q 'Sanitizer\|runtime error' "$scratch/err"; then
		ok "$1 (exit $2)"
	else
		not_ok "$1 (exit $2, got $code)"
		diag <"$scratch/err"
	fi
}

# usage CLAIM WORDS: run must have refused the command line, in up to three lines that say so.
usage() {
	exits "$1" 1
	check "$1: said in up to three lines" [ "$(wc -l <"$scratch/err")" -ge 1 -a \
		"$(wc -l <"$scratch/err")" -le 3 ]
	check "$1: says $2" grep -qF -e "$2" "$scratch/err"
	empty "$1: nothing on standard output" "$scratch/out"
}

capture=$scratch/a.pcap
make_capture "$capture"
head -c 130 "$capture" >"$scratch/cut.pcap"
echo 'this is no capture' >"$scratch/text"
: >"$scratch/empty"
escape=$(printf '\033')

# What is analysed.
run "$capture"
exits 'a capture is analysed' 0
check 'the first line is the answer' sh -c \
	'head -n 1 "$1" | grep -q "^a.pcap: 1 TCP flow in 100 us, 1 failed; capture quality good$"' \
	sh "$scratch/out"
check 'the verdict and its proof are there' grep -q 'refused-by-rst, [0-9]* %' "$scratch/out"
check 'the next command is filled in' grep -q "ss -lntp 'sport = :81'" "$scratch/out"
empty 'no complaint' "$scratch/err"
check 'no escape code in a file' sh -c '! grep -q "$1" "$2"' sh "$escape" "$scratch/out"
cp "$scratch/out" "$scratch/first"

run -r "$capture"
same '-r FILE is FILE' "$scratch/first" "$scratch/out"
"$TCPWHY" - <"$capture" >"$scratch/out" 2>"$scratch/err"
code=$?
exits '- reads standard input' 0
check 'standard input is called so' grep -q '^standard input: 1 TCP flow' "$scratch/out"
run -q "$capture"
check '-q is one line' [ "$(wc -l <"$scratch/out")" -eq 1 ]
run --color=always "$capture"
check '--color=always colours a file too' grep -q "$escape" "$scratch/out"
run -f 'tcp port 82' "$capture"
exits 'a filter that leaves nothing' 0
check 'a filter that leaves nothing is named' grep -q 'no TCP connection in 0 frames that the filter' \
	"$scratch/out"
for filter in 'port 8080' 'port 8080 or icmp'; do
	run -f "$filter" "$top_srcdir/pcaps/demo.pcap"
	tr '\n' ' ' <"$scratch/out" | tr -s ' ' >"$scratch/line"
	check "the filter '$filter' is told" grep -qE "THE CAPTURE - the filter '$filter' rejected [0-9]+ frames?" \
		"$scratch/line"
	case $filter in
	*icmp)
		check 'a filter that lets ICMP pass hides none' sh -c '! grep -q "ICMP error" "$1"' sh "$scratch/line"
		check 'and casts no doubt' sh -c '! grep -q "takes ICMP errors away" "$1"' sh "$scratch/line"
		;;
	*)
		check 'ICMP errors that a filter hides are told' grep -q 'among them 1 ICMP error' "$scratch/line"
		check 'and make silence doubtful' grep -q 'filter takes ICMP errors away' "$scratch/line"
		;;
	esac
done
run -f 'nonsense (' "$capture"
exits 'a filter that does not compile' 1

# The first example of README.md is what the program says.
sed -n '/^    demo\.pcap: /,/^[^ ]/s/^    //p' "$top_srcdir/README.md" >"$scratch/wanted"
check 'README.md has an example' [ "$(wc -l <"$scratch/wanted")" -gt 20 ]
run "$top_srcdir/pcaps/demo.pcap"
grep . "$scratch/out" | head -n "$(wc -l <"$scratch/wanted")" >"$scratch/said"
same 'the example of README.md is true' "$scratch/wanted" "$scratch/said"
# The one before it, of many flows, is how the report on that sample begins.
sed -n '/^    office\.pcap\.xz: /,/^[^ ]/s/^    //p' "$top_srcdir/README.md" >"$scratch/wanted"
LC_ALL=C.UTF-8 "$TCPWHY" "$top_srcdir/pcaps/office.pcap.xz" 2>"$scratch/error" | grep . |
	head -n "$(wc -l <"$scratch/wanted")" >"$scratch/said"
check 'README.md has an example of findings' [ "$(wc -l <"$scratch/wanted")" -gt 20 ]
same 'the example of findings in README.md is true' "$scratch/wanted" "$scratch/said"

# --fail-if.
run --fail-if=refused "$capture"
exits '--fail-if finds its class' 10
run --fail-if=reset,timeout "$capture"
exits '--fail-if finds no other' 0
run --fail-if=failure "$capture" "$scratch/cut.pcap"
exits 'damage wins over --fail-if' 2

# Inputs that fail.
run "$scratch/nowhere.pcap"
exits 'no such file' 2
check 'no such file is one line' [ "$(wc -l <"$scratch/err")" -eq 1 ]
check 'no such file is named' grep -q 'nowhere.pcap' "$scratch/err"
run "$scratch/text"
exits 'a file that is no capture' 2
check 'a file that is no capture is one line' [ "$(wc -l <"$scratch/err")" -eq 1 ]
empty 'a file that is no capture gives no report' "$scratch/out"
run "$scratch/empty"
exits 'an empty file' 2
run "$scratch/cut.pcap"
exits 'a capture cut short' 2
check 'a capture cut short: its frames are judged' grep -q '^cut.pcap: 1 TCP flow' "$scratch/out"
check 'a capture cut short: the report names it' grep -q 'cut short at byte' "$scratch/out"
check 'a capture cut short: one line of complaint' [ "$(wc -l <"$scratch/err")" -eq 1 ]
ln -s a.pcap "$scratch/again.pcap"
run "$capture" "$scratch/again.pcap"
exits 'a file under two names' 0
check 'a file under two names is named as the cause of copies' grep -q '1 file given more than once' "$scratch/out"
check 'a file under two names: no mirror port is blamed' sh -c '! grep -q mirror "$1"' sh "$scratch/out"
rm "$scratch/again.pcap"
mkdir "$scratch/captures" "$scratch/void"
cp "$capture" "$scratch/captures"
run "$scratch/captures"
exits 'a directory of captures' 0
check 'a directory of captures is read' grep -q '1 TCP flow' "$scratch/out"
run "$scratch/void"
exits 'a directory without captures' 2
if [ "$(id -u)" -ne 0 ]; then
	cp "$capture" "$scratch/secret.pcap"
	chmod 0 "$scratch/secret.pcap"
	run "$scratch/secret.pcap"
	exits 'a file that may not be read' 2
	check 'a file that may not be read: the reason' grep -qi 'denied' "$scratch/err"
else
	skip 'a file that may not be read' 'root may read everything'
fi
cp "$capture" "$scratch/evil${escape}[2J.pcap"
run "$scratch/evil${escape}[2J.pcap"
check 'a hostile file name is made safe' sh -c '! grep -q "$1" "$2"' sh "$escape" "$scratch/out"

# An input that is interrupted; SIGINT is ignored by what a shell runs in the background.
mkfifo "$scratch/slow"
"$TCPWHY" --json="$scratch/slow.json" --text "$scratch/slow" >"$scratch/out" 2>"$scratch/err" </dev/null &
child=$!
exec 9>"$scratch/slow"
cat "$capture" >&9
sleep 1
kill -TERM "$child"
wait "$child"
code=$?
exec 9>&-
exits 'a file whose reading is interrupted' 2
check 'an interrupt is one line of complaint' [ "$(wc -l <"$scratch/err")" -eq 1 ]
check 'an interrupt is named' grep -q 'interrupted: the rest of the input was not read' "$scratch/err"
check 'an interrupt: what was read is reported' grep -q '^slow: .*; interrupted$' "$scratch/out"
"$TCPWHY" - <"$scratch/slow" >"$scratch/out" 2>"$scratch/err" &
child=$!
exec 9>"$scratch/slow"
cat "$capture" >&9
sleep 1
kill -TERM "$child"
wait "$child"
code=$?
exec 9>&-
exits 'a pipe ends with an interrupt' 0

# Outputs that fail.
for format in --text --json --help; do
	{
		sleep 1 # until nobody reads any more
		"$TCPWHY" $format "$capture" 2>"$scratch/err"
		echo $? >"$scratch/code"
	} | :
	check "a pipe that closes ends $format" [ "$(cat "$scratch/code")" -ne 0 ]
	empty "a pipe that closes makes no noise under $format" "$scratch/err"
done
if [ -c /dev/full ]; then
	for format in --text --json --json=/dev/full; do
		"$TCPWHY" $format "$capture" >/dev/full 2>"$scratch/err"
		code=$?
		exits "a full disk under $format" 2
		check "a full disk under $format is named" grep -qi 'no space' "$scratch/err"
	done
	"$TCPWHY" --help >/dev/full 2>"$scratch/err"
	code=$?
	exits 'a full disk under --help' 2
else
	skip 'a full disk' 'there is no /dev/full'
fi
"$TCPWHY" "$capture" >&- 2>"$scratch/err"
code=$?
exits 'a closed standard output' 2

TMPDIR=$scratch/nowhere "$TCPWHY" --all "$capture" >"$scratch/out" 2>"$scratch/err"
code=$?
exits 'no place for temporary files' 2
check 'no place for temporary files: TMPDIR is named' grep -q 'nowhere (TMPDIR)' "$scratch/err"
(
	trap '' XFSZ
	ulimit -f 0
	"$TCPWHY" --all "$capture" 2>&1
	echo "code $?"
) | cat >"$scratch/out"
check 'no room for temporary files' grep -q '^code 2$' "$scratch/out"
check 'no room for temporary files: the answer is there' grep -q '^a.pcap: 1 TCP flow' "$scratch/out"
check 'no room for temporary files: TMPDIR is named' grep -q '(TMPDIR).*list of flows is missing' "$scratch/out"

# --json=FILE.
json=$scratch/out.ndjson
run "--json=$json" "$capture"
exits '--json=FILE' 0
empty '--json=FILE leaves standard output alone' "$scratch/out"
check '--json=FILE holds the flow and the summary' sh -c \
	'[ "$(grep -c "\"record\":\"flow\"" "$1")" -eq 1 ] && tail -n 1 "$1" | grep -q "\"record\":\"summary\""' \
	sh "$json"
check '--json=FILE is for the owner only' sh -c 'ls -l "$1" | grep -q "^-rw-------"' sh "$json"
check '--json=FILE leaves no other file' sh -c '[ "$(ls "$1".* 2>/dev/null | wc -l)" -eq 0 ]' sh "$json"
run "--json=$json" --text "$capture"
same '--json=FILE --text writes both' "$scratch/first" "$scratch/out"
echo untouched >"$scratch/target"
ln -s "$scratch/target" "$scratch/link"
run "--json=$scratch/link" "$capture"
exits 'a symbolic link is not followed' 2
check 'a symbolic link is not followed: its target is untouched' grep -q untouched "$scratch/target"
check 'a symbolic link is not replaced either' [ -L "$scratch/link" ]
cp "$capture" "$scratch/copy.pcap"
run "--json=$scratch/copy.pcap" "$scratch/copy.pcap"
exits 'an input is no output' 2
same 'an input is no output: it is untouched' "$capture" "$scratch/copy.pcap"
run "--json=$scratch/nowhere/x" "$capture"
exits 'a directory that is not there' 2

# Interfaces.
run -D
exits '-D' 0
check '-D lists any' grep -q '^any  *all of them$' "$scratch/out"
if [ -d /sys/class/net/lo ]; then
	check '-D lists the loopback with its address' grep -Eq '^lo  *(up|down|no link) .*127\.0\.0\.1|^lo  *down' "$scratch/out"
fi

# Threads change nothing, and bounded memory nothing that fits.
: >"$scratch/wrong"
for sample in "$capture" "$top_srcdir"/pcaps/*.pcap*; do
	for form in '--all --verbose' '--json --all'; do
		# shellcheck disable=SC2086 # words
		"$TCPWHY" --threads 1 $form "$sample" >"$scratch/one" 2>&1
		# shellcheck disable=SC2086
		"$TCPWHY" --threads 2 $form "$sample" >"$scratch/two" 2>&1
		cmp -s "$scratch/one" "$scratch/two" || echo "$form $sample" >>"$scratch/wrong"
		# shellcheck disable=SC2086
		"$TCPWHY" --max-memory 100M $form "$sample" >"$scratch/two" 2>&1
		cmp -s "$scratch/one" "$scratch/two" || echo "bounded $form $sample" >>"$scratch/wrong"
	done
done
empty 'one thread or two, the report is the same to the byte' "$scratch/wrong"
cat "$top_srcdir"/pcaps/*.pcap | "$TCPWHY" --threads 1 --all - >"$scratch/one" 2>/dev/null
cat "$top_srcdir"/pcaps/*.pcap | "$TCPWHY" --threads 2 --all - >"$scratch/two" 2>/dev/null
same 'one thread or two, from a pipe of many captures' "$scratch/one" "$scratch/two"
"$TCPWHY" --threads 2 --all "$top_srcdir"/pcaps 2>"$scratch/err" | head -n 1 >"$scratch/out"
check 'two threads, and nobody who reads on' [ "$(wc -l <"$scratch/out")" -eq 1 ]
empty 'two threads, and nobody who reads on: no noise' "$scratch/err"

# Command lines that are wrong.
run --max-memory=10M "$capture"
usage 'memory that is not enough' 'are needed here'
run --max-memory=plenty "$capture"
usage 'memory that is no size' 'a size is needed'
run --threads=0 "$capture"
usage 'no threads' 'a number from 1'
run --nonsense "$capture"
usage 'an unknown option' 'no option --nonsense'
run --limit idle=soon "$capture"
usage 'a limit that is no time' 'a time is needed'
run --limit nonsense=1 "$capture"
usage 'an unknown limit' '--limit list'
run --limit max-flows=0 "$capture"
usage 'a limit of nothing' 'whole number'
run --fail-if=nonsense "$capture"
usage 'an unknown class' 'half-open'
run -i eth0 -f tcp port 80
usage 'two filters of a live capture' 'both a filter'
run -w x.pcapng "$capture"
usage 'a capture of failing flows, offline' 'for a live capture'
run -i tcpwhy-nowhere
exits 'an interface that is not there' "$([ "$(id -u)" -eq 0 ] && echo 2 || echo "$code")"
check 'it is named' grep -q tcpwhy-nowhere "$scratch/err"
run --compare "$capture" "$capture"
usage 'comparison' 'the same file'
run --json --text "$capture"
usage 'two reports for one output' 'standard output'
run --explain=nonsense
usage 'an unknown verdict' '--explain lists'

# Options that only print.
run --help
exits '--help' 0
run -V
exits '-V' 0
check '-V prints name and version' grep -q '^tcpwhy [0-9]' "$scratch/out"
run --limit idle=2s --limit list
exits '--limit list' 0
check '--limit list shows what was set' grep -q '^idle=2s$' "$scratch/out"
run --explain
exits '--explain' 0
sed -n 's/^  \([a-z0-9-]*\)  .*/\1/p' "$scratch/out" >"$scratch/codes"
check '--explain lists more than 50 verdicts' [ "$(sed '/^Findings/,$d' "$scratch/out" | grep -c '^  ')" -gt 50 ]
check '--explain lists more than 20 findings' [ "$(sed '1,/^Findings/d' "$scratch/out" | grep -c '^  ')" -gt 20 ]
run --explain refused-by-rst service-restart
exits '--explain with several codes' 0
check '--explain tells of each' [ "$(grep -c '^What to do next$' "$scratch/out")" -eq 2 ]
run --explain refused-by-rst nonsense
exits 'a verdict that is unknown behind --explain' 1
check 'an unknown verdict is repeated' grep -q "'nonsense'" "$scratch/err"
: >"$scratch/wrong"
while read -r slug; do
	run "--explain=$slug"
	[ "$code" -eq 0 ] && [ "$(wc -l <"$scratch/out")" -ge 5 ] || echo "$slug" >>"$scratch/wrong"
done <"$scratch/codes"
empty 'every verdict and finding has its page' "$scratch/wrong"

# The completion also works where bash-completion is missing.
completes() {
	PATH=$(dirname "$TCPWHY"):$PATH bash --norc -c '
		compopt() { :; }
		. "$1"; shift
		COMP_WORDS=(tcpwhy "$@"); COMP_CWORD=$#
		_tcpwhy; printf "%s\n" "${COMPREPLY[@]}"' bash "$top_srcdir/doc/tcpwhy.bash" "$@" \
		>"$scratch/out" 2>"$scratch/err"
}
if bash -c 'mapfile -t x </dev/null' 2>/dev/null; then
	completes --color = al
	check 'a word after = is completed' grep -qx always "$scratch/out"
	completes --explain refused-by-r
	check 'a verdict is completed' grep -qx refused-by-rst "$scratch/out"
	completes --explain service-r
	check 'a finding is completed' grep -qx service-restart "$scratch/out"
	completes --fail-if refu
	check 'a class is completed' grep -qx refused "$scratch/out"
	completes "$scratch/a.p"
	check 'a file is completed' grep -qx "$scratch/a.pcap" "$scratch/out"
	empty 'completion makes no noise' "$scratch/err"
else
	skip 'completion' 'there is no bash 4'
fi

# The manual and the completion know every option.
run --help
: >"$scratch/wrong"
grep -o -- '--[a-z-]*' "$scratch/out" | sort -u | while read -r option; do
	name=${option#--}
	grep -q "\\\\-$(echo "$name" | sed 's/-/[\\\\-]*/g')" "$top_srcdir/doc/tcpwhy.1" ||
		echo "$option" >>"$scratch/wrong"
done
empty 'the manual has every option of --help' "$scratch/wrong"

done_testing

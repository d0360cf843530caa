#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# A long day: live traffic in two network namespaces of this script's own, while memory and descriptors
# of the watching process are measured. Not part of make check: it takes as long as it is told.
#
# endurance.sh [SECONDS [FRAMES-PER-SECOND [FILE]]]   (3600, 2000, endurance.tsv)
# Writes a line "seconds RSS-in-KB descriptors" every ten seconds into FILE, and at the end whether both
# stayed flat: after the first third, in which tables fill, memory grows by less than a twentieth. Files
# are rotated all the while, the log of records once a minute by SIGHUP; each one must be whole.
# Exit code: 0 flat and rotated, 1 not, 77 it cannot be tried here. Needs root, ip(8), and the test
# programs.
: "${top_builddir:=.}"
seconds=${1:-3600}
rate=${2:-2000}
file=${3:-endurance.tsv}
client=h8c$$
server=h8s$$

[ "$(id -u)" -eq 0 ] || { echo 'endurance.sh: needs root' && exit 77; }
for program in tcpwhy tests/blast tests/sockets; do
	[ -x "$top_builddir/$program" ] || { echo "endurance.sh: $program is missing" && exit 77; }
done
scratch=$(mktemp -d "${TMPDIR:-/tmp}/endurance.XXXXXX") || exit 77
chmod 711 "$scratch"
mkdir -m 777 "$scratch/out"
ip netns add "$client" || exit 77

running=
cleanup() {
	# shellcheck disable=SC2086 # a list of process numbers, all started here
	[ -z "$running" ] || kill $running
	ip netns del "$client"
	ip netns del "$server"
	rm -rf "$scratch"
} 2>/dev/null
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

ip netns add "$server" &&
	ip -n "$client" link add c0 type veth peer name s0 netns "$server" &&
	ip -n "$client" addr add 10.77.0.1/24 dev c0 && ip -n "$server" addr add 10.77.0.2/24 dev s0 &&
	ip -n "$client" link set c0 up && ip -n "$server" link set s0 up || exit 77

# A shell that ignores SIGHUP, as under nohup, hands that on, and then no log would be begun anew.
listening=
env --default-signal=HUP true 2>/dev/null && listening='env --default-signal=HUP'

# The process that is watched writes everything that it can: records, and failing flows in rotation.
# shellcheck disable=SC2086 # words
ip netns exec "$server" $listening "$top_builddir/tcpwhy" -i s0 --json="$scratch/out/records.json" \
	-w "$scratch/out/kept.pcapng" --rotate-time=20s --keep=3 >/dev/null 2>"$scratch/errors" &
watcher=$!
running=$watcher
ip netns exec "$server" "$top_builddir/tests/sockets" serve 10.77.0.2 80 >/dev/null &
running="$running $!"
sleep 2
kill -0 "$watcher" || { cat "$scratch/errors" && exit 1; }
ip netns exec "$client" "$top_builddir/tests/blast" --rate "$rate" c0 $((seconds * rate)) \
	>"$scratch/blast" 2>&1 &
running="$running $!"

: >"$file"
elapsed=0
pause=10
logs=0
records=0
faults=0
fault() {
	echo "endurance.sh: $*"
	faults=$((faults + 1))
}

# take_log FILE: a log that nothing is added to any more ends with a whole record.
take_log() {
	logs=$((logs + 1))
	records=$((records + $(wc -l <"$1")))
	[ -s "$1" ] || fault "log $logs is empty"
	[ "$(tail -c 1 "$1" | od -An -tx1)" = ' 0a' ] || fault "log $logs ends within a record"
}

while [ "$elapsed" -lt "$seconds" ]; do
	# real failures among the forged traffic, so that files are written and rotated
	ip netns exec "$client" "$top_builddir/tests/sockets" connect 10.77.0.2 81 open 500 >/dev/null
	ip netns exec "$client" "$top_builddir/tests/sockets" connect 10.77.0.2 80 open 500 say 500 \
		abort >/dev/null
	sleep "$pause"
	pause=10
	elapsed=$((elapsed + 10))
	# the log of records is rotated once a minute, as logrotate does
	if [ $((elapsed % 60)) -eq 0 ]; then
		mv "$scratch/out/records.json" "$scratch/out/records.old"
		kill -HUP "$watcher"
		sleep 2
		pause=8
		if [ -e "$scratch/out/records.json" ]; then
			take_log "$scratch/out/records.old"
		else
			fault "at $elapsed s no new log was begun"
			mv "$scratch/out/records.old" "$scratch/out/records.json"
		fi
	fi
	rss=$(awk '/^VmRSS:/ { print $2 }' "/proc/$watcher/status") || break
	[ -n "$rss" ] || break
	printf '%s\t%s\t%s\n' "$elapsed" "$rss" "$(find "/proc/$watcher/fd" -mindepth 1 | wc -l)" >>"$file"
done
kill -0 "$watcher" || { echo 'the watcher has ended' && cat "$scratch/errors" && exit 1; }
kill -INT "$watcher"
wait "$watcher"
echo "exit code $?"
sed 's/^/# /' "$scratch/errors"
take_log "$scratch/out/records.json"
files=0
for kept in "$scratch"/out/kept.pcapng*; do
	files=$((files + 1))
	"$top_builddir/tcpwhy" --json "$kept" >"$scratch/again" 2>&1 || fault "$kept cannot be read: $(cat "$scratch/again")"
done
[ "$seconds" -lt 60 ] || [ "$files" -eq 4 ] || fault "$files files of failing flows instead of 4"
[ "$seconds" -lt 60 ] || [ "$logs" -gt $((seconds / 60)) ] || fault "only $logs logs"
echo "$logs logs of $records records, $files files of failing flows at the end, $faults faults"
for count in kernel_drops ring_drops flows; do
	printf '%s ' "$count" && grep '"record":"summary"' "$scratch/out/records.json" | tail -n 1 |
		grep -o "\"$count\":[0-9]*" | head -n 1 | sed 's/.*://'
done

awk -v third=$((seconds / 3)) '
	$1 >= third && !first { first = $2; descriptors = $3 }
	{ last = $2; most = $2 > most ? $2 : most; if (first && $3 != descriptors) moved = 1 }
	END {
		printf "RSS %d KB after a third, %d KB at the end, %d KB at most; %d descriptors%s\n",
			first, last, most, descriptors, moved ? ", not always" : ""
		exit !(first && last < first + first / 20 && !moved)
	}' "$file" || faults=$((faults + 1))
[ "$faults" -eq 0 ]

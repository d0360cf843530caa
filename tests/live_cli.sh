#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Live: how a run is begun, steered and ended. In a network namespace of this test's own.
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all 'LIVE RUNS ARE NOT TESTED: needs root'
command -v ip >/dev/null 2>&1 || skip_all 'LIVE RUNS ARE NOT TESTED: ip is missing'
sockets=$top_builddir/tests/sockets
space=twl$$
ip netns add "$space" 2>/dev/null ||
	skip_all 'LIVE RUNS ARE NOT TESTED: no network namespaces here'
running=
cleanup() {
	# shellcheck disable=SC2086 # a list of process numbers, all started here
	[ -z "$running" ] || kill -9 $running 2>/dev/null
	ip netns del "$space"
	rm -rf "$scratch"
} 2>/dev/null
trap cleanup EXIT
ip -n "$space" link set lo up
chmod 711 "$scratch"
mkdir -m 777 "$scratch/out"
cd "$scratch/out" || exit 1

until_true() {
	tries=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}
now() {
	date +%s%N | cut -c1-13
}
watching() {
	[ "$(awk '/^Threads:/ { print $2 }' "/proc/$watcher/status" 2>/dev/null)" -ge 2 ]
}
# watch ARGUMENT...: begins a run in the background and waits until it captures.
watch() {
	ip netns exec "$space" "$TCPWHY" -i lo "$@" >"$scratch/stdout" 2>"$scratch/stderr" &
	watcher=$!
	running="$running $watcher"
	until_true 10 watching
}
# ended: waits for it; its exit code is in $code, the time since $began in $took.
ended() {
	wait "$watcher"
	code=$?
	took=$(($(now) - began))
}
# fail_once PORT: a connection that is refused.
fail_once() {
	ip netns exec "$space" "$sockets" connect 127.0.0.1 "$1" open 500 >/dev/null
}
# run ARGUMENT...: a run that ends by itself.
run() {
	ip netns exec "$space" "$TCPWHY" "$@" >"$scratch/stdout" 2>"$scratch/stderr" </dev/null
	code=$?
}
says() {
	grep -q -e "$1" "$scratch/stdout"
}
complains() {
	grep -q -e "$1" "$scratch/stderr"
}

# --- what cannot be begun

run -i nowhere0
check 'an interface that is not there: exit 2' [ "$code" -eq 2 ]
check 'it is named, and those that are' complains 'nowhere0.*lo'
run -i lo 'port eighty'
check 'a filter that is none: exit 1' [ "$code" -eq 1 ]
check 'its mistake is told' complains 'eighty'
run -i lo -w "$scratch/missing/x.pcapng"
check 'a directory that is not there: exit 2' [ "$code" -eq 2 ]
check 'the file is named' complains 'missing/x.pcapng'
run -i lo -Z nobody-of-that-name
check 'a user that is not there: no run' [ "$code" -ne 0 ]
check 'the user is named' complains 'nobody-of-that-name'
ln -s /etc/passwd "$scratch/out/link.pcapng"
run -i lo -w "$scratch/out/link.pcapng" --duration 1s
check 'a symbolic link is not written through' [ "$code" -eq 2 ]
if command -v setpriv >/dev/null 2>&1 && [ -z "$SANITIZERS" ]; then
	cp "$TCPWHY" "$scratch/out/tcpwhy"
	ip netns exec "$space" setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$scratch/out/tcpwhy" -i lo 'port 80' >"$scratch/stdout" 2>"$scratch/stderr"
	code=$?
	check 'without the right to capture: exit 3' [ "$code" -eq 3 ]
	check 'the line that helps is there' complains "sudo .*tcpwhy -i lo 'port 80'"
else
	skip 'without the right to capture: exit 3' 'setpriv is missing, or sanitizers'
fi

# --- how it ends

began=$(now)
run -i lo --duration 1s --text
check '--duration ends it' [ "$code" -eq 0 ]
watch --text -c 4
fail_once 81
began=$(now)
fail_once 82
ended
check '-c ends it' [ "$code" -eq 0 ]
check 'with as many frames' says '^lo: 2 TCP flows in .*, 2 failed'
watch --text --fail-if=refused
fail_once 81
until_true 3 says refused-by-rst
check 'text says at once what fails' says '^[0-9:.]* X 127.0.0.1:[0-9]* -> 127.0.0.1:81  refused-by-rst'
began=$(now)
kill -TERM "$watcher"
ended
check 'SIGTERM ends it within a second' [ "$took" -lt 1000 ]
check '--fail-if has its exit code' [ "$code" -eq 10 ]
check 'the report is there' says '^WHAT IS WRONG'

# head reads one line and goes away
ip netns exec "$space" "$TCPWHY" -i lo --json 2>"$scratch/stderr" | head -n 1 >"$scratch/stdout" &
sleep 1
began=$(now)
for _ in 1 2 3 4 5 6 7 8 9 10; do
	fail_once 81
	sleep 0.2
done
gone() {
	! pgrep -f "$TCPWHY -i lo --json\$" >/dev/null
}
check 'nobody reads any more: it ends' until_true 3 gone
check 'without a complaint' [ ! -s "$scratch/stderr" ]

# --- what it writes meanwhile

watch --json=records.json -w kept.pcapng --recall 1s
fail_once 81
until_true 3 grep -q refused-by-rst records.json
check 'records grow under their own name' grep -q '"final":false' records.json
until_true 5 test -s kept.pcapng
mv records.json records.old
mv kept.pcapng kept.old
kill -HUP "$watcher"
check 'SIGHUP begins files anew' until_true 3 test -e records.json -a -e kept.pcapng
fail_once 82
check 'records go there' until_true 3 grep -q '"server_port":82' records.json
sleep 2.5 # the recorder gives up what is older than a second: it is written then
kill -USR1 "$watcher"
check 'SIGUSR1 gives a line' until_true 2 complains 'frames, 2 flows in .*; 0 dropped'
began=$(now)
kill -TERM "$watcher"
ended
check 'it ends well' [ "$code" -eq 0 -a "$took" -lt 1000 ]
"$TCPWHY" --json kept.old >"$scratch/old" 2>"$scratch/old.err"
check 'the old capture is whole' [ ! -s "$scratch/old.err" ]
"$TCPWHY" --json kept.pcapng >"$scratch/new" 2>"$scratch/new.err"
check 'and the new one' [ ! -s "$scratch/new.err" ]
cat "$scratch/old" "$scratch/new" >"$scratch/both"
check 'both failures are in them' sh -c \
	'grep -q "\"server_port\":81," "$1" && grep -q "\"server_port\":82," "$1"' sh "$scratch/both"
check 'mode 0600' [ "$(stat -c %a kept.pcapng records.json | sort -u)" = 600 ]

# --- a full disk

if mkdir full && mount -t tmpfs -o size=16k,mode=777 none full 2>/dev/null; then
	watch --json=full/records.json
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
		fail_once 81
	done
	sleep 1
	began=$(now)
	kill -TERM "$watcher"
	ended
	check 'a full disk: exit 2' [ "$code" -eq 2 ]
	check 'with the reason' complains 'full/records.json: No space left'
	umount full
else
	skip 'a full disk: exit 2' 'no tmpfs can be mounted here'
fi

done_testing

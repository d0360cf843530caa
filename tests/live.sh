#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Live: real kernels that fail for real reasons, in two network namespaces of this test's own. Each
# failure must show in time, and the flow's own packets must say the same offline.
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all 'LIVE CAPTURE IS NOT TESTED: needs root'
for tool in ip nft; do
	command -v "$tool" >/dev/null 2>&1 || skip_all "LIVE CAPTURE IS NOT TESTED: $tool is missing"
done
sockets=$top_builddir/tests/sockets
forge=$top_builddir/tests/forge

client=twc$$
server=tws$$
ip netns add "$client" 2>/dev/null ||
	skip_all 'LIVE CAPTURE IS NOT TESTED: no network namespaces here'
running=
cleanup() {
	# shellcheck disable=SC2086 # a list of process numbers, all started here
	[ -z "$running" ] || kill $running 2>/dev/null
	ip netns del "$client"
	ip netns del "$server"
	rm -rf "$scratch"
} 2>/dev/null
trap cleanup EXIT
{
	ip netns add "$server" &&
		ip -n "$client" link add c0 type veth peer name s0 netns "$server" &&
		ip -n "$client" addr add 10.77.0.1/24 dev c0 &&
		ip -n "$server" addr add 10.77.0.2/24 dev s0 &&
		ip -n "$client" link set c0 up && ip -n "$server" link set s0 up &&
		ip -n "$client" link set lo up && ip -n "$server" link set lo up
} >"$scratch/setup" 2>&1 || {
	diag <"$scratch/setup"
	skip_all 'LIVE CAPTURE IS NOT TESTED: no veth pair here'
}

# until_true SECONDS COMMAND...: tries ten times a second.
until_true() {
	tries=$(($1 * 10))
	shift
	while ! "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || return 1
		sleep 0.1
	done
}

# started FILE: a program has written "ready" there.
started() {
	until_true 10 grep -q ready "$1"
}

# serve PORT ARGUMENT...: a server in the background; its number is in $pid.
serve() {
	# not by way of in_server: the number must be the program's, not a shell's
	ip netns exec "$server" "$sockets" serve 10.77.0.2 "$@" >"$scratch/serve.$1" 2>&1 &
	pid=$!
	running="$running $pid"
	started "$scratch/serve.$1"
}

# connect NAME PORT STEP...: a client in the background.
connect() {
	name=$1
	shift
	ip netns exec "$client" "$sockets" connect 10.77.0.2 "$@" >"$scratch/$name.client" 2>&1 &
	running="$running $!"
}
now() {
	date +%s%N | cut -c1-13
}

# --- a watcher on the server's side

records=$scratch/records.json
kept=$scratch/kept.pcapng
chmod 711 "$scratch"
mkdir -m 777 "$scratch/out"
kept=$scratch/out/kept.pcapng
ip netns exec "$server" "$TCPWHY" -i s0 --json -w "$kept" --whole --limit idle=2s -v \
	>"$records" 2>"$scratch/errors" &
watcher=$!
running="$running $watcher"
# shellcheck disable=SC2016 # expanded later
watching() {
	[ "$(awk '/^Threads:/ { print $2 }' "/proc/$watcher/status" 2>/dev/null)" -ge 2 ]
}
if ! until_true 10 watching; then
	not_ok 'the watcher starts'
	diag <"$scratch/errors"
	done_testing
	exit
fi
ok 'the watcher starts'

status_is() {
	awk -v name="$1:" -v wanted="$2" '$1 == name { found = $2 == wanted } END { exit !found }' \
		"/proc/$watcher/status"
}
check 'it is no longer root' status_is Uid 65534
check 'it has no capability' status_is CapEff 0000000000000000
check 'none that it could get back' status_is CapPrm 0000000000000000
check 'and no new privileges' status_is NoNewPrivs 1
if [ -n "$SANITIZERS" ]; then
	skip 'it is in the sandbox' 'sanitizers cannot be'
else
	check 'it is in the sandbox' status_is Seccomp 2
fi

# --- failures, all at once

nft_server() {
	ip netns exec "$server" nft "$@"
}
nft_server -f - <<'END'
table ip test {
	chain input {
		type filter hook input priority 0;
		tcp dport 82 drop
		tcp dport 83 reject with icmp type admin-prohibited
		tcp dport 88 reject with tcp reset
	}
}
END
serve 80
serve 84 1 lazy
lazy=$pid
serve 87
serve 89 128 lazy # an answer of its own would race with the forged RST
ip netns exec "$client" "$forge" c0 89 33 >"$scratch/forge" 2>&1 &
running="$running $!"
started "$scratch/forge"

connect good 80 open 2000 say 2000 close
connect refused 81 open 1000
connect dropped 82 open 12000
connect rejected 83 open 2000
connect rejected-by-rst 88 open 1000
connect idle 87 open 1000 say 1000 wait 3000 say 6000
connect forged 89 open 1000 say 1000 wait 500
for i in 1 2 3 4 5; do
	connect "queue$i" 84 open 8000 say 8000
done
began=$(now)

# verdict PORT-OF-CLIENT: the latest that the records have.
verdict() {
	sed -n "s/.*\"client_port\":$1,.*\"verdict\":\"\([a-z-]*\)\".*/\1/p" "$records" | tail -n 1
}
port_of() {
	sed -n 's/^port //p' "$scratch/$1.client"
}
# is NAME PATTERN
is() {
	# shellcheck disable=SC2254 # a pattern
	case $(verdict "$(port_of "$1")") in
	$2) ;;
	*) false ;;
	esac
}

margin=2000
[ -z "$SANITIZERS" ] || margin=4000 # they slow everything down, the clients too

# shows NAME VERDICT MS: the client's flow has it, at most two seconds after it could be known.
shows() {
	while ! is "$1" "$2" && [ $(($(now) - began)) -lt $(($3 + 8000)) ]; do
		sleep 0.05
	done
	took=$(($(now) - began))
	if is "$1" "$2" && [ "$took" -le $(($3 + margin)) ]; then
		ok "$1 is $2 in time"
	else
		not_ok "$1 is $2 within $(($3 + margin)) ms (after $took ms: $(verdict "$(port_of "$1")"))"
	fi
}
shows refused refused-by-rst 0
shows rejected filtered-by-icmp 0
shows rejected-by-rst refused-by-rst 0
shows forged reset-injected 300
nft_server add rule ip test input tcp dport 87 drop
shows dropped syn-unanswered 3300
shows idle blackholed-after-idle 4800
# Which of the five found room in the queue is chance; those that did are reset with their listener.
waits_in_queue() {
	for i in 1 2 3 4 5; do
		! grep -q 'open: connected' "$scratch/queue$i.client" || echo "queue$i"
	done
}
left_out() {
	for i in 1 2 3 4 5; do
		grep -q 'open: connected' "$scratch/queue$i.client" || echo "queue$i"
	done
}
accepted=$(waits_in_queue | head -n 1)
refused=$(left_out | head -n 1)
check 'the kernel has completed some, and has no room for others' [ -n "$accepted" -a -n "$refused" ]
check 'those without room are unanswered' is "$refused" syn-unanswered
kill -9 "$lazy"
began=$(now)
# whether they count as idle depends on how long the tests before took
shows "$accepted" 'reset-*' 0

# --- the end

kill -USR1 "$watcher"
check 'SIGUSR1 gives a line of status' until_true 3 grep -q 'flows in .*; 0 dropped' "$scratch/errors"
sleep 1
# a shell without job control has its background processes ignore SIGINT
kill -TERM "$watcher"
began=$(now)
wait "$watcher"
result=$?
took=$(($(now) - began))
check "SIGTERM ends it well (exit code $result)" [ "$result" -eq 0 ]
check "and soon ($took ms)" [ "$took" -lt 1500 ]
tail -n 1 "$records" >"$scratch/summary"
check 'the summary is the last record' grep -q '"record":"summary"' "$scratch/summary"
check 'nothing was lost' grep -q '"kernel_drops":0,"interface_drops":0,"ring_drops":0' "$scratch/summary"
check 'it names the interface' grep -q '"source":\["s0"\]' "$scratch/summary"
check 'it names the addresses of the host' grep -q '"local_addrs":\[[^]]*"10.77.0.2"' "$scratch/summary"

# final FILE: "port verdict" of the decided flows that failed, sorted.
final() {
	sed -n 's/.*"record":"flow",.*"final":true,.*"client_port":\([0-9]*\),.*"verdict":"\([a-z-]*\)","class":"\([a-z-]*\)".*/\1 \2 \3/p' \
		"$1" | grep -vE ' (ok|info|incomplete|probe)$' | sort
}
final "$records" >"$scratch/live"
check 'failures are recorded as final' test -s "$scratch/live"
"$TCPWHY" --json --limit idle=2s "$kept" >"$scratch/offline.json" 2>"$scratch/offline.errors"
final "$scratch/offline.json" >"$scratch/offline"
same 'offline their packets say the same' "$scratch/live" "$scratch/offline"
empty 'and the capture is whole' "$scratch/offline.errors"
check 'only failing flows are in it' \
	sh -c "! grep -q '\"client_port\":$(port_of good),' '$scratch/offline.json'"

done_testing

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The screen in a real terminal (tmux): opening, keys, sizes, colours, and terminals that go away.
# shellcheck disable=SC1003,SC1091,SC2016,SC2154
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

command -v tmux >/dev/null || skip_all 'tmux is not installed: the screen was NOT tried in a terminal'
LC_ALL=C.UTF-8
export LC_ALL
socket=tcpwhy-test-$$
pane() { tmux -L "$socket" -f /dev/null "$@"; }
trap 'pane kill-server >/dev/null 2>&1; rm -rf "$scratch"' EXIT
new_session() {
	pane new-session -d -x 80 -y 24 \
		"sh '$scratch/inner'; echo \$? >'$scratch/code'; exec sleep 60"
}

# start SETTINGS ARGUMENTS: runs tcpwhy in a new terminal of 80x24; its number and its exit code are
# left in files. SETTINGS are words for env(1) or for the shell before.
start() {
	rm -f "$scratch/pid" "$scratch/code" "$scratch/err"
	cat >"$scratch/inner" <<-END
		$1
		cd "$scratch" || exit 1
		echo \$\$ >"$scratch/pid"
		exec "$TCPWHY" $2 2>"$scratch/err"
	END
	# a server that was just told to go may still be there, and refuse
	within 30 new_session 2>"$scratch/refused" || cat "$scratch/refused"
}

# shows WORDS: they appear on the screen within ten seconds.
shows() {
	tries=0
	while [ $tries -lt 100 ]; do
		pane capture-pane -p >"$scratch/pane" 2>/dev/null
		grep -qF -e "$1" "$scratch/pane" && return 0
		tries=$((tries + 1))
		sleep 0.1
	done
	cat "$scratch/pane"
	return 1
}

# within TENTHS COMMAND...: it succeeds within that time.
within() {
	tries=$1
	shift
	while [ "$tries" -gt 0 ]; do
		"$@" && return 0
		tries=$((tries - 1))
		sleep 0.1
	done
	return 1
}

# a process that nobody has waited for yet has ended all the same
is_gone() { ! ps -o stat= -p "$1" 2>/dev/null | grep -q '^[^Z]'; }
has_code() { [ -s "$scratch/code" ]; }
press() { pane send-keys "$@"; }

office=$top_srcdir/pcaps/office.pcap.xz
demo=$top_srcdir/pcaps/demo.pcap

# --- a walk
start '' "--tui '$office'"
check 'the list of flows appears' shows 'FAIL 90'
check 'a failing flow is under the cursor' shows '>X '
press Enter
check 'Enter says why' shows 'suspect'
press q Tab
check 'Tab shows the findings' shows 'every connection is refused'
press Tab
check 'and the listeners' shows 'LISTENER'
press '?'
check '? shows the keys' shows 'Shift-Tab'
press Escape
sleep 0.2
press Tab '\' refused Enter
check 'the filter counts what it lets pass' shows '1/18 of 3090'
pane resize-window -x 15 -y 4
check 'a terminal of 15x4 is too small' shows 'too small'
pane resize-window -x 80 -y 24
check 'and back it is as before' shows '1/18 of 3090'
pane capture-pane -p >"$scratch/after"
check 'with no garbage below' sh -c '[ "$(grep -c "F1 Help" "$1")" -eq 1 ]' sh "$scratch/after"
press e t
check 'the flow is written to a file' shows 'wrote tcpwhy-flow-'
check 'that only its owner can read' sh -c '
	[ "$(stat -c %a "$1"/tcpwhy-flow-*.txt)" = 600 ]' sh "$scratch"
press e t
check 'and not over it' shows '-2.txt'
press q
check 'q in the list quits' within 20 has_code
check 'with exit code 0' [ "$(cat "$scratch/code")" = 0 ]
empty 'and without a complaint' "$scratch/err"
pane kill-server 2>/dev/null

# --- what is asked for too is written
start '' "--tui --json='$scratch/out.json' '$demo'"
check 'a screen and records' shows 'FAIL 5'
press Q
within 20 has_code
check 'the records are complete' sh -c 'tail -n 1 "$1" | grep -q "tcpwhy.summary/1"' sh \
	"$scratch/out.json"
pane kill-server 2>/dev/null

# --- terminals that go away
for before in '' "trap '' HUP"; do
	killed="the terminal is killed${before:+, SIGHUP ignored}"
	start "$before" "--tui '$demo'"
	check "$killed: the screen is there" shows 'FAIL 5'
	pid=$(cat "$scratch/pid")
	pane kill-server 2>/dev/null
	if within 10 is_gone "$pid"; then
		ok "$killed: gone within a second"
	else
		not_ok "$killed: gone within a second"
		ps -o pid,stat,time,args -p "$pid" | diag
		kill -9 "$pid" 2>/dev/null
	fi
done
start '' "--tui '$demo'"
check 'SIGTERM: the screen is there' shows 'FAIL 5'
kill -TERM "$(cat "$scratch/pid")"
check 'SIGTERM ends it in order' within 20 has_code
pane capture-pane -p >"$scratch/after"
check 'the terminal is given back' sh -c '! grep -q "F1 Help" "$1"' sh "$scratch/after"
pane kill-server 2>/dev/null

# --- colours and characters
# colours SETTINGS ARGUMENTS: whether anything on the screen has a colour.
colours() {
	start "$1" "$2"
	shows 'FAIL 5' >/dev/null
	pane capture-pane -p -e >"$scratch/colours"
	pane kill-server 2>/dev/null
	grep -q "$(printf '\033\\[[0-9;]*3[1-6]m')" "$scratch/colours"
}
check 'failures are red' colours 'TERM=screen-256color; export TERM' "--tui '$demo'"
if colours 'NO_COLOR=1; TERM=screen-256color; export NO_COLOR TERM' "--tui '$demo'"; then
	not_ok 'NO_COLOR takes colours away'
else
	ok 'NO_COLOR takes colours away'
fi
if colours 'TERM=screen-256color; export TERM' "--tui --color=never '$demo'"; then
	not_ok '--color=never takes colours away'
else
	ok '--color=never takes colours away'
fi
start 'LC_ALL=C; export LC_ALL' "--tui '$top_srcdir/pcaps/synack-lost.pcap'"
shows 'FAIL 1' >/dev/null
press Tab Tab
check 'in the locale C graphs are of ASCII' shows '####'
pane kill-server 2>/dev/null

# --- where there can be no screen
start 'TERM=dumb; export TERM' "--tui '$demo'"
within 20 has_code
check 'TERM=dumb is an error' [ "$(cat "$scratch/code")" = 1 ]
check 'that is said in a line' sh -c '[ "$(wc -l <"$1")" -eq 1 ] && grep -q dumb "$1"' sh "$scratch/err"
pane kill-server 2>/dev/null
"$TCPWHY" --tui "$demo" >"$scratch/out" 2>"$scratch/err" </dev/null
check 'without a terminal the exit code is 1' [ $? = 1 ]
check 'and one line says so' sh -c '[ "$(wc -l <"$1")" -eq 1 ] && grep -q terminal "$1"' sh \
	"$scratch/err"
empty 'and nothing else is written' "$scratch/out"

done_testing

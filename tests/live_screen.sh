#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The screen of a live run in a real terminal (tmux), in a network namespace of this test's own.
# shellcheck disable=SC1091,SC2154
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

[ "$(id -u)" -eq 0 ] || skip_all 'THE LIVE SCREEN IS NOT TESTED: needs root'
for tool in ip tmux; do
	command -v "$tool" >/dev/null 2>&1 ||
		skip_all "THE LIVE SCREEN IS NOT TESTED: $tool is missing"
done
LC_ALL=C.UTF-8
export LC_ALL
sockets=$top_builddir/tests/sockets
space=twn$$
ip netns add "$space" 2>/dev/null ||
	skip_all 'THE LIVE SCREEN IS NOT TESTED: no network namespaces here'
terminal=tcpwhy-live-$$
pane() { tmux -L "$terminal" -f /dev/null "$@"; }
cleanup() {
	pane kill-server
	ip netns del "$space"
	rm -rf "$scratch"
} >/dev/null 2>&1
trap cleanup EXIT
ip -n "$space" link set lo up
chmod 711 "$scratch"
mkdir -m 777 "$scratch/out"

# within TENTHS COMMAND...: it succeeds within that time.
within() {
	tries=$1
	shift
	while [ "$tries" -gt 0 ]; do
		"$@" >/dev/null && return 0
		tries=$((tries - 1))
		sleep 0.1
	done
	return 1
}
new_session() {
	pane new-session -d -x 80 -y 24 \
		"sh '$scratch/inner'; echo \$? >'$scratch/code'; exec sleep 60"
}
# start ARGUMENTS: a live run in a new terminal; its number and its exit code are left in files.
start() {
	rm -f "$scratch/pid" "$scratch/code"
	cat >"$scratch/inner" <<-END
		cd "$scratch/out" || exit 1
		echo \$\$ >"$scratch/pid"
		exec ip netns exec "$space" "$TCPWHY" -i lo $1 2>"$scratch/err"
	END
	# a server that was just told to go may still be there, and refuse
	within 30 new_session 2>"$scratch/refused" || cat "$scratch/refused"
	shows 'lo  00:00:'
}
look() {
	pane capture-pane -p >"$scratch/pane" 2>/dev/null
	grep -qF -e "$1" "$scratch/pane"
}
shows() {
	within 100 look "$1" && return 0
	cat "$scratch/pane"
	return 1
}
lacks() { ! look "$1"; }
is_gone() { ! ps -o stat= -p "$1" 2>/dev/null | grep -q '^[^Z]'; }
has_code() { [ -s "$scratch/code" ]; }
press() { pane send-keys "$@"; }
ticks() { awk '{ print $14 + $15 }' "/proc/$(cat "$scratch/pid")/stat"; }

start '-w kept.pcapng'
check 'the screen appears' shows 'flows 0'
ip netns exec "$space" "$sockets" connect 127.0.0.1 81 open 500 >/dev/null
check 'a failing flow shows within two seconds' within 20 look '>X~ refused-by-rst'
check 'and is counted' within 30 look 'FAIL 1'
press Enter
check 'Enter says why' shows 'answered the SYN after'
check 'with a ladder' shows 'RST seq=0'
check 'and the next step' shows 'nothing listens on port 81'
press e
check 'e asks for the form' shows 'c capture'
press c
check 'the flow becomes a capture' shows 'wrote tcpwhy-flow-1.pcapng, 2 packets'
check 'which says the same' sh -c \
	'"$TCPWHY" "$1" | grep -q "refused-by-rst"' sh "$scratch/out/tcpwhy-flow-1.pcapng"
pane resize-window -x 15 -y 4
sleep 0.3
pane resize-window -x 80 -y 24
check 'a tiny terminal is survived' shows 'answered the SYN after'
press q
check 'q goes back' shows 'HISTORY'
before=$(ticks)
sleep 3
spent=$(($(ticks) - before))
if [ -n "$SANITIZERS" ]; then
	skip 'an idle screen costs less than 1 % of a core' 'sanitizers are slow'
else
	check "an idle screen costs less than 1 % of a core ($spent ticks in 3 s)" [ "$spent" -le 3 ]
fi
press q
check 'q leaves within a second' within 10 has_code
check 'with exit code 0' [ "$(cat "$scratch/code")" = 0 ]
check 'the packets of the failing flow were kept' sh -c \
	'"$TCPWHY" "$1" | grep -q "refused-by-rst"' sh "$scratch/out/kept.pcapng"

start ''
press C-c
check 'Ctrl-C leaves within a second' within 10 has_code
check 'with exit code 0' [ "$(cat "$scratch/code")" = 0 ]

start ''
watcher=$(cat "$scratch/pid")
pane kill-server
check 'a terminal that is closed ends it within a second' within 10 is_gone "$watcher"

done_testing

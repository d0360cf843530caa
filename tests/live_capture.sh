#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Live capture: every frame that was sent is delivered or counted as lost, and interfaces may go and
# come. All of it in network namespaces of the test's own, which needs root and ip(8).
# shellcheck source=tests/lib.sh
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

watch=$top_builddir/tests/watch
blast=$top_builddir/tests/blast
here=tcpwhy-$$-here   # where it is captured: v1, w1
there=tcpwhy-$$-there # where it is sent from: v0, w0

[ "$(id -u)" = 0 ] || skip_all 'NOT TESTED: live capture needs root'
command -v ip >/dev/null || skip_all 'NOT TESTED: live capture needs ip (Debian: iproute2)'
[ -x "$blast" ] || skip_all 'NOT TESTED: live capture needs frames made by libnet (Debian: libnet1-dev)'
ip netns add "$here" 2>/dev/null || skip_all 'NOT TESTED: no network namespaces here'

watcher=
clean_up() {
	[ -z "$watcher" ] || kill "$watcher" 2>/dev/null
	ip netns del "$here" 2>/dev/null
	ip netns del "$there" 2>/dev/null
	rm -rf "$scratch"
}
trap clean_up EXIT

# link X: a cable from X0 there to X1 here, both up, without a word of their own.
link() {
	ip -n "$there" link add "$1"0 type veth peer name "$1"1 netns "$here" &&
		ip -n "$there" link set "$1"0 up && ip -n "$here" link set "$1"1 up
}

silence() {
	for scope in all default; do
		echo 1 | ip netns exec "$1" tee "/proc/sys/net/ipv6/conf/$scope/disable_ipv6"
	done >/dev/null 2>&1
}

# start ARGUMENT...: captures in the background, from now on when it returns.
start() {
	: >"$scratch/watch"
	ip netns exec "$here" "$watch" -t 20 "$@" >"$scratch/watch" 2>&1 &
	watcher=$!
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		grep -q '^ready' "$scratch/watch" && return
		sleep 0.1
	done
}

# finish: ends it, and waits for what it says.
finish() {
	kill "$watcher" 2>/dev/null
	wait "$watcher"
	watcher=
}

# send ARGUMENT...: forged frames.
send() {
	ip netns exec "$there" "$blast" "$@" >"$scratch/blast" 2>&1
}

# value INTERFACE KEY: what was counted for it; the line of all is that of interface "all".
value() {
	sed -n "s/^\(interface=\)\{0,1\}$1[= ]/&/; /^\(interface=\)\{0,1\}$1[= ]/s/.* $2=\([^ ]*\).*/\1/p" \
		"$scratch/watch"
}

# equal CLAIM INTERFACE KEY WANTED [KEY WANTED]...
equal() {
	claim=$1
	interface=$2
	shift 2
	: >"$scratch/wrong"
	while [ $# -gt 1 ]; do
		[ "$(value "$interface" "$1")" = "$2" ] ||
			echo "$1 of $interface is not $2" >>"$scratch/wrong"
		shift 2
	done
	[ ! -s "$scratch/wrong" ] || cat "$scratch/watch" "$scratch/blast" >>"$scratch/wrong"
	empty "$claim" "$scratch/wrong"
}

# above CLAIM NUMBER LEAST, below CLAIM NUMBER MOST
above() {
	check "$1: $2" test "${2:-0}" -ge "$3"
}
below() {
	check "$1: $2" test "${2:-$3}" -lt "$3"
}

silence "$here"
ip netns add "$there" && silence "$there"
ip -n "$here" link set lo up
if ! link v || ! link w; then
	skip_all 'NOT TESTED: no veth interfaces here'
fi

# --- nothing is lost

start v1
send --rate 50000 v0 50000
sleep 0.3
finish
equal 'all frames are delivered' v1 delivered 50000 frames 50000 kernel_frames 50000 \
	missing 0 ring_drops 0 kernel_drops 0 linktype 1 outages 0 down 0

above 'the reader was woken' "$(value all wakes)" 3
below 'no frame was long on its way (ms)' "$(value all latest_ms)" 1500

start -s 60 v1
send --rate 20000 v0 10000
finish
equal 'long frames are cut, short ones are not' v1 delivered 10000 snapped 2000

start -f 'tcp[tcpflags] & tcp-syn != 0' v1
send --rate 20000 v0 10000
finish
equal 'the filter is applied by the kernel' v1 delivered 2000 kernel_frames 2000 missing 0

start v1
(sleep 0.3 && kill "$watcher") &
send --rate 50000 v0 50000
finish
above 'ended amid traffic, there is something' "$(value v1 delivered)" 100
equal 'ended amid traffic, what the kernel counted is delivered' v1 \
	kernel_frames "$(value v1 delivered)" missing 0

# --- what is lost is counted

start -R 65536 -z 2000 v1
send --rate 100000 v0 50000
finish
above 'a reader that is too slow loses frames' "$(value v1 ring_drops)" 1000
equal 'ring drops and delivered frames are all that were sent' v1 frames 50000 \
	missing "$(value v1 ring_drops)" delivered $((50000 - $(value v1 ring_drops)))

start -B 524288 v1
kill -STOP "$watcher"
send --rate 100000 v0 20000
kill -CONT "$watcher"
finish
above 'a capture that sleeps loses frames' "$(value v1 kernel_drops)" 1000
equal 'kernel drops and delivered frames are all that were sent' v1 kernel_frames 20000 \
	delivered $((20000 - $(value v1 kernel_drops))) missing 0

# --- interfaces that go and come

start v1
send --rate 20000 v0 1000
ip -n "$here" link set v1 down
sleep 0.5
ip -n "$here" link set v1 up
sleep 0.5
send --rate 20000 v0 1000
finish
equal 'an interface that was down is captured from again' v1 delivered 2000 outages 1 down 0

start -u 65534 v1
send --rate 20000 v0 1000
ip -n "$here" link del v1
sleep 0.5
link v
sleep 0.5
send --rate 20000 v0 1000
finish
equal 'an interface that was gone is captured from again, without any privilege' v1 delivered 2000 outages 1 down 0

start v1
send --rate 20000 v0 1000
ip -n "$here" link set v1 down
sleep 2
finish
equal 'an interface that stays down is said to be down' v1 delivered 1000 outages 1 down 1
below 'a dead interface costs less than 1 % of a processor (us in 2 s)' "$(value all thread_us)" 20000

ip netns exec "$here" "$watch" v1 >"$scratch/out" 2>&1
check 'an interface that is down is not opened, in so many words' \
	grep -q '^error=-7 v1: the interface is down' "$scratch/out"
ip -n "$here" link set v1 up

start v1
sleep 2
finish
below 'an idle interface costs less than 1 % of a processor (us in 2 s)' "$(value all thread_us)" 20000

# --- more than one

start v1 w1
send --rate 20000 v0 10000 &
other=$!
ip netns exec "$there" "$blast" --rate 10000 w0 5000 >/dev/null
wait "$other"
sleep 1.5
finish
equal 'the first of two interfaces is complete' v1 delivered 10000 missing 0 ring_drops 0
equal 'the second of two interfaces is complete' w1 delivered 5000 missing 0 ring_drops 0
equal 'frames of two interfaces come in order of time' all delivered 15000 disordered 0

below 'no frame waited long for those of the other interface (ms)' "$(value all latest_ms)" 1200

start any
send --rate 20000 v0 1000
ip netns exec "$there" "$blast" --rate 20000 w0 500 >/dev/null
finish
equal 'any is all interfaces, with their numbers' any delivered 1500 linktype 276 missing 0

# --- directions

mac=$(ip -n "$here" link show v1 | sed -n 's/.*link\/ether \([^ ]*\).*/\1/p')
start v1
send --rate 20000 --to "$mac" v0 200
send --rate 20000 --from "$mac" v0 100
send --rate 20000 v0 50
finish
equal 'hardware addresses tell the direction' v1 delivered 350 inbound 200 outbound 100

# --- errors

ip netns exec "$here" "$watch" nosuch >"$scratch/out" 2>&1
check 'an interface that does not exist is named, and those that do' \
	grep -qx 'error=-7 nosuch: no such interface; there are lo, .*v1.*, and "any" for all of them' \
	"$scratch/out"
ip netns exec "$here" "$watch" -f 'tcp prot 80' v1 >"$scratch/out" 2>&1
check 'a wrong filter is the reason given' grep -q '^error=-3 filter: .*syntax error' "$scratch/out"
ip netns exec "$here" "$watch" v1 v1 >"$scratch/out" 2>&1
check 'an interface is not named twice' grep -qx 'error=-7 v1: named twice' "$scratch/out"

claim='without the privilege that is the reason given'
if ! command -v setpriv >/dev/null; then
	skip "$claim" 'needs setpriv (Debian: util-linux)'
else
	# Others may not enter the build directory: the program is opened before.
	cp "$watch" "$scratch/watcher" && chmod 755 "$scratch" "$scratch/watcher"
	unprivileged() {
		ip netns exec "$here" setpriv --reuid 65534 --regid 65534 --clear-groups \
			--bounding-set -all "$scratch/watcher" "$1"
	}
	unprivileged v1 >"$scratch/out" 2>&1
	check "$claim" grep -qx \
		'error=-6 v1: capturing needs root or the capability CAP_NET_RAW' "$scratch/out"
	unprivileged nosuch >"$scratch/out" 2>&1
	check 'without the privilege, too, a wrong name is a wrong name' \
		grep -q '^error=-7 nosuch: no such interface' "$scratch/out"
fi

done_testing

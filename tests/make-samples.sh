#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes pcaps/ anew: make-samples.sh MKPCAP LAB-DIRECTORY. Some captures are written from scenarios by
# tests/mkpcap, some are copies of lab captures of real kernels; demo.pcap is put together from these.
# Needs editcap and mergecap (Debian: wireshark-common) for demo.pcap.
set -eu

mkpcap=$1
lab=$2
top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/pcaps
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# NAME LAB-CAPTURE: real kernels.
while read -r name capture; do
	cp "$lab/$capture.pcap" "$out/$name.pcap"
	chmod 644 "$out/$name.pcap"
done <<'END'
normal-close ok-fin.c
refused closed-port.c
icmp-prohibited icmp-admin-prohibited.c
host-unreachable arp-fail-host-unreach.c
firewall-drop syn-dropped-20s.c
synack-lost synack-lost-6s.s
accept-queue-full accept-overflow.c
served-late accept-overflow-realclient.c
client-gave-up client-gave-up-late-synack.c
health-checks healthcheck-rst.c
late-data-after-close data-after-full-close.c
unread-data-reset close-unread-rst.c
server-lost-state server-lost-state.c
silent-application accepted-by-kernel-app-silent.c
time-wait-stale-ack timewait-old-syn.c
one-sided asymmetric-one-sided.c
fin-unanswered fin-unacked.s
accept-queue-ack-ignored accept-overflow-req-expired.s
listener-closed listener-closed-with-queued.s
forged-resets injected-rst-then-data.c
forged-resets-at-server injected-rst-then-data.s
keepalive-unanswered keepalive-then-timeout.s
path-broken established-blackhole-rto.c
tls-hello-dropped clienthello-blackholed.c
tls-hello-reset clienthello-then-rst.c
tls-version-mismatch tls-version-mismatch.c
tls-unknown-ca tls12-unknown-ca.c
tls13-client-certificate-missing tls13-client-cert-required.c
tls-to-http-port tls-to-http-port.c
ssh-no-common-kex ssh-no-kex.c
ssh-no-common-hostkey ssh-no-hostkey-alg.c
ssh-too-many-logins ssh-maxstartups.c
ssh-login-too-slow ssh-logingrace.c
END

# NAME SCENARIO: what the lab does not have.
while read -r name scenario; do
	"$mkpcap" "$top/tests/scenarios/$scenario.tw" "$out/$name.pcap"
done <<'END'
bogus-rst bogus-rst-is-not-a-refusal
killed-in-mid-answer response-shorter-than-it-says-is-closed-by-server-midway
backscatter synack-without-a-syn-is-unsolicited
syn-scan prompt-synack-met-by-rst-is-half-open-probe
closed-without-a-word server-closes-first-without-a-word-is-closed-by-server-no-data
idle-timer close-at-an-idle-timer-is-closed-after-idle
close-wait-leak server-fin-without-client-fin-leaks-close-wait
connection-met-midstream midstream-with-rst-is-midstream-reset
ipv6-filtered icmpv6-codes-are-told-apart
flag-scan flags-that-no-tcp-sends-are-a-probe
reset-after-synack rst-from-the-server-after-its-synack-is-reset-before-handshake-ack
request-met-by-reset first-data-met-by-rst-is-reset-on-first-data
nat-forgot-silently data-after-silence-never-acknowledged-is-blackholed-after-idle
firewall-forgot-and-reset data-after-silence-met-by-near-rst-is-reset-after-idle
large-segments-lost headers-alone-show-a-pmtu-blackhole
receiver-stopped-reading closed-window-for-good-is-zero-window-stall
http-to-tls-port answer-about-https-is-plaintext-to-tls-port
ssh-no-common-cipher-to-server disjoint-ciphers-to-the-server-are-ssh-no-common-cipher-c2s
ssh-no-common-cipher-to-client disjoint-ciphers-to-the-client-are-ssh-no-common-cipher-s2c
ssh-no-common-mac-to-server disjoint-macs-to-the-server-are-ssh-no-common-mac-c2s
ssh-no-common-mac-to-client disjoint-macs-to-the-client-are-ssh-no-common-mac-s2c
ssh-no-common-compression disjoint-compression-is-ssh-no-common-comp
capture-began-late data-first-is-midstream-open
capture-saw-only-the-end midstream-with-fins-is-midstream-closed
capture-ended-at-syn syn-at-the-end-is-handshake-cut
capture-ended-at-fin fin-at-the-end-is-close-cut
END

# SECONDS LAB-CAPTURE: when each conversation begins in demo.pcap, a minute and a half of one client.
base=1704096000
parts=
while read -r at capture; do
	first=$(od -An -j24 -N8 -t u4 --endian=little "$lab/$capture.pcap" |
		awk '{printf "%d.%06d", $1, $2}')
	shift=$(awk -v first="$first" -v base=$base -v at="$at" \
		'BEGIN {split(first, f, "."); printf "%.6f", base - f[1] + at - f[2] / 1000000}')
	editcap -F pcap -t "$shift" "$lab/$capture.pcap" "$scratch/$at.pcap"
	parts="$parts $scratch/$at.pcap"
done <<'END'
00 ok-fin.c
02.1 ssh-auth-fail.c
07.5 syn-dropped-20s.c
11.3 closed-port.c
15.1 healthcheck-rst.c
24.6 icmp-admin-prohibited.c
36.0 close-unread-rst.c
43.2 data-after-full-close.c
48.8 tls13-ok.c
55.5 accepted-by-kernel-app-silent.c
66.4 half-close.c
74.9 tfo.c
86.2 fast-retransmit.c
END
# shellcheck disable=SC2086 # a list of names without blanks
mergecap -F pcap -w "$out/demo.pcap" $parts
chmod 644 "$out/demo.pcap"

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# What the flight recorder wrote of the flows that failed is judged as they were in the whole capture.
# shellcheck source=tests/lib.sh
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

record=$top_builddir/tests/record
office=$top_srcdir/pcaps/office.pcap.xz

# Verdicts that are told by what was said inside a connection.
application='(tls|ssh|http)-[a-z-]*'

# verdicts CAPTURE: a line for each flow, as tests/record prints them, sorted.
verdicts() {
	"$TCPWHY" --json "$1" 2>/dev/null | sed -n 's/.*"record":"flow".*"ts_us":\([0-9]*\),.*'"\
"'"client_ip":"\([^"]*\)","client_port":\([0-9]*\),"server_ip":"\([^"]*\)",'"\
"'"server_port":\([0-9]*\),.*"verdict":"\([^"]*\)".*/\2 \3 \4 \5 \1 \6/p' | sort
}

# missing CAPTURE [-w]: records it; verdicts that the recording does not bear out.
missing() {
	# shellcheck disable=SC2086 # the option may be absent
	"$record" $2 64 "$1" "$scratch/recording" 2>&1 | sort >"$scratch/wanted"
	verdicts "$scratch/recording" | comm -23 "$scratch/wanted" - >"$scratch/missing"
}

missing "$office" -w
check 'the office fails often enough' test "$(wc -l <"$scratch/wanted")" -gt 50
empty 'with payload, every failure of the office is judged the same from its recording' \
	"$scratch/missing"
missing "$office"
grep -vxE ".* $application" "$scratch/missing" >"$scratch/others"
empty 'with headers alone, all but what applications said' "$scratch/others"
check 'the recording is a fraction of the capture' \
	test "$(wc -c <"$scratch/recording")" -lt 200000

: >"$scratch/all"
for sample in "$top_srcdir"/pcaps/*.pcap; do
	missing "$sample" -w
	sed "s|^|$(basename "$sample"): |" "$scratch/missing" >>"$scratch/all"
done
empty 'every failure among the samples is judged the same from its recording' "$scratch/all"

# The comment of each frame leads back to the capture.
if command -v tshark >/dev/null && command -v capinfos >/dev/null; then
	sample=$top_srcdir/pcaps/demo.pcap
	missing "$sample"
	tshark -r "$scratch/recording" -T fields -e frame.comment -e frame.time_epoch -e frame.len \
		2>/dev/null | sed 's/^frame //' >"$scratch/found"
	tshark -r "$sample" -T fields -e frame.number -e frame.time_epoch -e frame.len \
		2>/dev/null >"$scratch/frames"
	check 'Wireshark reads the recording' test -s "$scratch/found"
	grep -vxFf "$scratch/frames" "$scratch/found" >"$scratch/strange"
	empty 'each frame says its number in the capture' "$scratch/strange"
	capinfos "$scratch/recording" >"$scratch/info" 2>&1
	check 'the recording says who made it' grep -q 'Capture application: *tcpwhy' "$scratch/info"
	check 'its frames are in the order of time' grep -q 'Strict time order: *True' "$scratch/info"
else
	skip 'Wireshark reads the recording' 'tshark or capinfos is missing'
fi

done_testing

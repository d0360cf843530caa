#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# The unit for systemd is one that systemd understands, with the options that the program has.
# shellcheck disable=SC1091,SC2016
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

unit=$top_builddir/doc/tcpwhy.service
check 'the unit is made' [ -s "$unit" ]
check 'nothing is left to be substituted' sh -c '! grep -q "@[a-z]*@" "$1"' sh "$unit"
check 'the program is named with its full path' grep -q '^ExecStart=/[^ ]*/tcpwhy ' "$unit"

if ! systemd-analyze --version >/dev/null 2>&1; then
	skip 'systemd understands the unit' 'systemd-analyze is missing'
	skip 'systemd finds it well confined' 'systemd-analyze is missing'
	done_testing
	exit 0
fi

# The program does not have to be installed: a file that can be executed takes its place.
sed "s|^ExecStart=[^ ]*|ExecStart=/bin/true|" "$unit" >"$scratch/tcpwhy.service"
SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$scratch/tcpwhy.service" \
	>"$scratch/verify" 2>&1
grep 'tcpwhy\.service' "$scratch/verify" >"$scratch/complaints"
empty 'systemd understands the unit' "$scratch/complaints"

# Tenths of the exposure level, from 0 to 100; versions differ in what they count.
if systemd-analyze security --offline=true --no-pager "$scratch/tcpwhy.service" \
	>"$scratch/security" 2>/dev/null; then
	level=$(sed -n 's/.*exposure level[^0-9]*\([0-9]*\)\.\([0-9]\).*/\1\2/p' "$scratch/security")
	check 'systemd finds it well confined' [ "${level:-100}" -lt 25 ]
else
	skip 'systemd finds it well confined' 'systemd-analyze security has no --offline'
fi
done_testing

#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Rights are given up for good, whoever starts the program; the user it goes on as is the right one.
# shellcheck disable=SC1091
. "${top_srcdir:-$(dirname "$0")/..}/tests/lib.sh"

probe=$top_builddir/tests/privileges_probe
[ -x "$probe" ] || skip_all 'tests/privileges_probe is not built'
unset SUDO_UID SUDO_GID

chmod 711 "$scratch" # so that others reach what is for them

# run WORDS...: leaves code and $scratch/out.
run() {
	"$@" >"$scratch/out" 2>&1 </dev/null
	code=$?
}

# has FIELD VALUE...: the field of the status that run left is that, however it is spaced.
has() {
	field=$1
	shift
	got=$(sed -n "s/^$field:[[:space:]]*//p" "$scratch/out" | tr -s '[:space:]' ' ' | sed 's/ $//')
	[ "$got" = "$*" ] || {
		echo "$field: wanted '$*', got '$got'"
		cat "$scratch/out"
		return 1
	}
}

none=0000000000000000

# powerless CLAIM: the status that run left shows no rights that could be used.
powerless() {
	check "$1: succeeds" [ "$code" -eq 0 ]
	for set in CapInh CapPrm CapEff CapAmb; do
		check "$1: $set is empty" has "$set" "$none"
	done
	check "$1: no new rights" has NoNewPrivs 1
	check "$1: no core dumps" has Dumpable 0
	check "$1: umask" has Umask 0077
	check "$1: no packet socket" has PacketSocket Operation not permitted
}

# goes_on_as CLAIM UID GID: for what root started.
goes_on_as() {
	powerless "$1"
	check "$1: user" has Uid "$2" "$2" "$2" "$2"
	check "$1: group" has Gid "$3" "$3" "$3" "$3"
	check "$1: no supplementary groups" has Groups
	if [ "$bounding" = yes ]; then
		check "$1: CapBnd is empty" has CapBnd "$none"
	else
		skip "$1: CapBnd is empty" 'CAP_SETPCAP is missing'
	fi
}

# refused CLAIM WORDS: run was refused with a sentence that has these words.
refused() {
	check "$1: refused" [ "$code" -eq 1 ]
	check "$1: in one sentence" [ "$(wc -l <"$scratch/out")" -eq 1 ]
	check "$1: says why" grep -qF -e "$2" "$scratch/out"
}

as_anybody() {
	run "$probe" thread
	refused 'beside another thread' 'other threads run already'
	run "$probe" write "$scratch/missing"
	refused 'a missing directory' "$scratch/missing: user "
	check 'a missing directory: the reason' grep -q 'No such file or directory' "$scratch/out"
}

as_user() {
	run "$probe" drop
	powerless 'an ordinary user'
	check 'an ordinary user stays' has Uid "$(id -u)" "$(id -u)" "$(id -u)" "$(id -u)"
	run "$probe" drop root
	refused '-Z by an ordinary user' '-Z is for root; this is user '
	run "$probe" write "$scratch"
	check 'an ordinary user may write to a directory of its own' [ "$code" -eq 0 ]
	run "$probe" write /
	refused 'a directory of root' '/: user '
}

# What root can find out.
as_root() {
	nobody=$(id -u nobody)
	nogroup=$(id -g nobody)
	bounding=no
	# CAP_SETPCAP is bit 8
	effective=$(awk '$1 == "CapEff:" { print $2 }' /proc/self/status)
	[ $((0x$effective >> 8 & 1)) -eq 0 ] || bounding=yes

	run "$probe" drop
	goes_on_as 'root' "$nobody" "$nogroup"
	run "$probe" drop daemon
	goes_on_as '-Z daemon' "$(id -u daemon)" "$(id -g daemon)"
	run "$probe" drop "$(id -u daemon)"
	goes_on_as '-Z and a number' "$(id -u daemon)" "$(id -g daemon)"
	run "$probe" drop root
	goes_on_as '-Z root' 0 0
	run "$probe" drop 'no such user'
	refused '-Z with a name that is none' '-Z no such user: there is no such user'

	run env SUDO_UID="$(id -u daemon)" SUDO_GID="$(id -g daemon)" "$probe" drop
	goes_on_as 'sudo by daemon' "$(id -u daemon)" "$(id -g daemon)"
	run env SUDO_UID="$(id -u daemon)" SUDO_GID="$(id -g daemon)" "$probe" drop bin
	goes_on_as 'sudo by daemon with -Z bin' "$(id -u bin)" "$(id -g bin)"
	for pair in 0:1 1:0 1: :1 1x:1 1:-1 4294967295:1 4294967296:1 18446744073709551617:1 ' 1:1' \
		54321987:1; do
		run env SUDO_UID="${pair%:*}" SUDO_GID="${pair#*:}" "$probe" drop
		check "SUDO_UID:SUDO_GID=$pair is not believed" has Uid "$nobody" "$nobody" "$nobody" \
			"$nobody"
	done
	as_root_with_directories
	as_root_with_setpriv
}

as_root_with_directories() {
	mkdir -m 755 "$scratch/root"
	mkdir -m 777 "$scratch/all"
	mkdir -m 700 "$scratch/daemon"
	chown daemon "$scratch/daemon"
	run "$probe" write "$scratch/all"
	check 'nobody may write where all may' grep -qx "$nobody:$nogroup 600" "$scratch/out"
	run "$probe" write "$scratch/root"
	refused 'nobody in a directory of root' "user nobody cannot make files there"
	check 'nobody in a directory of root: a remedy' grep -qF -e \
		'; -Z root makes them as its owner, or name another directory' "$scratch/out"
	run "$probe" write "$scratch/root" root
	check 'root without capabilities may write to its own' grep -qx '0:0 600' "$scratch/out"
	run "$probe" write "$scratch/daemon" root
	refused 'root without capabilities in a directory of daemon' '-Z daemon makes them as its owner'
	run "$probe" write "$scratch/daemon" daemon
	check 'daemon may write to its own' [ "$code" -eq 0 ]
	# a search permission is missing on the way
	mkdir -m 777 "$scratch/daemon/all"
	run "$probe" write "$scratch/daemon/all"
	refused 'a directory that cannot be reached' 'user nobody cannot make files there'
}

as_root_with_setpriv() {
	if ! setpriv --version >/dev/null 2>&1 || [ "$bounding" = no ]; then
		skip 'a user with ambient CAP_NET_RAW' 'setpriv or CAP_SETPCAP is missing'
		skip 'a setuid binary' 'setpriv or CAP_SETPCAP is missing'
		return
	fi
	# The build may lie where others cannot reach it.
	cp "$probe" "$scratch/probe"
	chmod 755 "$scratch/probe"
	daemon=$(id -u daemon)
	run setpriv --groups 1,2,3 "$probe" drop
	goes_on_as 'root with supplementary groups' "$nobody" "$nogroup"
	run setpriv --groups 1,2,3 "$probe" drop root
	goes_on_as 'root with supplementary groups and -Z root' 0 0
	run setpriv --reuid daemon --regid daemon --clear-groups --inh-caps +net_raw \
		--ambient-caps +net_raw "$scratch/probe" drop
	powerless 'a user with ambient CAP_NET_RAW'
	check 'a user with ambient CAP_NET_RAW stays' has Uid "$daemon" "$daemon" "$daemon" "$daemon"
	run setpriv --reuid daemon --clear-groups --inh-caps +net_raw --ambient-caps +net_raw \
		cat /proc/self/status
	check 'the capability was there before' has CapEff 0000000000002000

	# A shell of that user may not become root by running another program either.
	run "$scratch/probe" exec /bin/cat /proc/self/status
	check 'a program run later: CapEff is empty' has CapEff "$none"

	# What a setuid binary is told by its caller does not count.
	chmod 4755 "$scratch/probe"
	run setpriv --reuid daemon --regid daemon --clear-groups env SUDO_UID=2 SUDO_GID=2 \
		"$scratch/probe" drop
	if [ -s "$scratch/out" ] && has Uid "$daemon" "$daemon" "$daemon" "$daemon" >/dev/null; then
		powerless 'a setuid binary'
		ok 'a setuid binary goes on as its caller'
	else
		not_ok 'a setuid binary goes on as its caller'
		diag <"$scratch/out"
	fi
	run setpriv --reuid daemon --regid daemon --clear-groups "$scratch/probe" drop root
	refused '-Z to a setuid binary' '-Z is for root; this is user daemon'
}

as_anybody
if [ "$(id -u)" -eq 0 ]; then
	as_root
else
	as_user
	skip 'root goes on as another user' 'this is not root'
fi
done_testing

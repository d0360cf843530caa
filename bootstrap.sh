#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# From a fresh checkout to a first answer (demo) or to a tested build (check).
# Only build/ and the files of autoreconf are written. Needs no bash and asks no question.
set -u

demo_capture=pcaps/demo.pcap

# What must be there: Debian package, kind of probe, what to probe for.
build_needs='gcc compiler cc
libc6-dev header stdio.h
make program make
autoconf program autoreconf
automake program automake
pkg-config program pkg-config
libpcap-dev library libpcap
libjansson-dev library jansson
libarchive-dev library libarchive
libmd-dev library libmd
libncurses-dev library ncursesw
libcap-ng-dev library libcap-ng
libseccomp-dev library libseccomp'
test_needs='libcmocka-dev library cmocka
libnet1-dev header libnet.h'
# Tests that want these are skipped without them.
test_wishes='python3-jsonschema python jsonschema
tmux program tmux
valgrind program valgrind
iproute2 program ip
nftables program nft'

usage() {
	cat <<'END'
Usage: sh bootstrap.sh demo|check
  demo   installs the missing libraries, builds, explains a bundled capture
  check  the same with warnings as errors, and runs every test; then again with sanitizers, and the
         unit tests in valgrind
Packages come from apt-get (as root or through sudo without a password), only when missing;
on other systems install the libraries first. All output goes to build/.
Exit: 0 good, 1 something failed, 2 wrong usage, 3 packages are missing: run the line shown.
END
}

say() {
	printf '%s\n' "$*"
}

passed=0
failed=0
skipped=0

tally() {
	if [ "$skipped" -gt 0 ]; then
		say "$passed passed, $failed failed, $skipped skipped"
	else
		say "$passed passed, $failed failed"
	fi
	[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# Ends the run: the failure counts as one when results are counted.
die() {
	[ $# -eq 0 ] || say "bootstrap.sh: $*"
	if [ "$mode" = check ]; then
		failed=$((failed + 1))
		tally
	fi
	exit 1
}

show_end() {
	say "--- the end of $1:"
	tail -n 30 "$1"
	say "---"
}

# logged LOG COMMAND...: runs quietly; on failure shows the end of the log.
logged() {
	log=$1
	shift
	printf '\n$ %s\n' "$*" >>"$log"
	(
		LC_ALL=C
		export LC_ALL
		"$@"
	) </dev/null >>"$log" 2>&1 && return 0
	show_end "$log"
	return 1
}

newer() {
	[ ! -e "$2" ] || [ -n "$(find "$1" -newer "$2")" ]
}

# --- packages

compiler() {
	for candidate in ${CC:-gcc cc clang}; do
		command -v "$candidate" && return 0
	done
	return 1
}

# there PACKAGE KIND WHAT: installed by Debian's package or in any other way.
there() {
	case $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) in
	installed) return 0 ;;
	esac
	case $2 in
	compiler) compiler ;;
	program) command -v "$3" ;;
	header) cc=$(compiler) && echo "#include <$3>" | $cc -E - ;;
	library) pkg-config --exists "$3" ;;
	python) python3 -c "import $3" ;;
	esac >/dev/null 2>&1
}

# missing NEEDS: the packages among them that are not there, each with a space before it.
missing() {
	say "$1" | while read -r package kind what; do
		there "$package" "$kind" "$what" || printf ' %s' "$package"
	done
}

# install_packages NEEDS WISHES: returns when all needs are met, and perhaps the wishes.
install_packages() {
	needs=$(missing "$1")
	wishes=
	[ -z "$2" ] || wishes=$(missing "$2")
	[ -n "$needs$wishes" ] || return 0

	if ! command -v apt-get >/dev/null 2>&1; then
		[ -z "$needs" ] || say "not found (Debian package names), no apt-get here:$needs"
		return 0
	fi
	sudo=
	if [ "$(id -u)" -ne 0 ]; then
		if sudo -n true >/dev/null 2>&1 </dev/null; then
			sudo='sudo -n'
		elif [ -n "$needs" ]; then
			say "some packages are missing; as root run:"
			say "sudo apt-get install -y --no-install-recommends$needs$wishes"
			exit 3
		else
			say "not installed, some tests will be skipped:$wishes"
			return 0
		fi
	fi
	say "installing:$needs$wishes"
	log=build/install.log
	: >"$log"
	apt="$sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
	# Without network the update fails, and packages at hand still install.
	LC_ALL=C $apt update </dev/null >>"$log" 2>&1
	# shellcheck disable=SC2086 # lists of words
	LC_ALL=C $apt install -y --no-install-recommends $needs $wishes </dev/null >>"$log" 2>&1 &&
		return 0
	if [ -z "$needs" ]; then
		say "not installed, some tests will be skipped:$wishes"
		return 0
	fi
	show_end "$log"
	die "the packages could not be installed"
}

# --- building

configure_in() {
	cd "$1" || return 1
	shift
	../../configure "$@"
}

# Whether build/NAME must be configured: never done, outdated, or done when the test libraries
# that check has since installed were not there.
unconfigured() {
	status=build/$1/config.status
	newer configure.ac "$status" || newer Makefile.am "$status" ||
		[ ! -e "build/$1/Makefile" ] || {
		[ "$mode" = check ] && grep -q 'HAVE_[A-Z]*_TRUE"\]="#"' "$status"
	}
}

# build NAME FLAG...: configures and builds in build/NAME; quick when nothing changed.
build() {
	name=$1
	shift
	if newer configure.ac configure || newer configure.ac Makefile.in ||
		newer Makefile.am Makefile.in; then
		say "preparing (log: build/autoreconf.log)"
		: >build/autoreconf.log
		logged build/autoreconf.log autoreconf -fi || return 1
	fi
	# Objects of other flags are of no use.
	[ "$(cat "build/$name/flags" 2>/dev/null)" = "$*" ] || rm -rf "build/$name"
	mkdir -p "build/$name"
	say "building (log: build/$name.log)"
	: >"build/$name.log"
	if unconfigured "$name"; then
		logged "build/$name.log" configure_in "build/$name" "$@" || return 1
		say "$*" >"build/$name/flags"
	fi
	logged "build/$name.log" make -j "$jobs" -C "build/$name"
}

# --- testing

# count SUITE WORD...: the sum of these counters in an automake test-suite.log.
count() {
	suite=$1
	shift
	sum=0
	for word; do
		number=$(sed -n "s/^# $word: *\([0-9][0-9]*\)\$/\1/p" "$suite" | head -n 1)
		sum=$((sum + ${number:-0}))
	done
	echo "$sum"
}

# show_failures LOG: what a TAP log says against the tests; all of its end when it says nothing.
show_failures() {
	awk '/^ok |^(PASS|FAIL|SKIP): / { bad = 0 }
		/^not ok / { bad = 1 }
		bad || /^ERROR: |runtime error|Sanitizer/' "$1" | tail -n 30 >build/failures
	say "--- from $1:"
	if [ -s build/failures ]; then
		cat build/failures
	else
		tail -n 30 "$1"
	fi
	say "---"
}

# test_in NAME [TARGET]: runs the tests of build/NAME and adds to the counters.
test_in() {
	dir=build/$1
	log=build/$1.log
	target=${2:-check}
	say "testing (log: $log)"
	rm -f "$dir/test-suite.log"
	printf '\n$ make %s\n' "$target" >>"$log"
	LC_ALL=C make -j "$jobs" -C "$dir" "$target" </dev/null >>"$log" 2>&1
	result=$?
	if [ ! -e "$dir/test-suite.log" ]; then
		show_end "$log"
		failed=$((failed + 1))
		return
	fi
	good=$(count "$dir/test-suite.log" PASS XFAIL)
	bad=$(count "$dir/test-suite.log" FAIL XPASS ERROR)
	left=$(count "$dir/test-suite.log" SKIP)
	if [ "$bad" -gt 0 ]; then
		grep -lE '^:global-test-result: (FAIL|XPASS|ERROR)' "$dir"/tests/*.trs |
			while read -r trs; do
				show_failures "${trs%.trs}.log"
			done
	elif [ "$result" -ne 0 ]; then
		show_end "$log"
		bad=1
	fi
	passed=$((passed + good))
	failed=$((failed + bad))
	skipped=$((skipped + left))
}

# --- what was asked for

mode=${1:-}
case $#,$mode in
1,demo | 1,check) ;;
0,)
	usage
	exit 2
	;;
1,-h | 1,--help | 1,help)
	usage
	exit 0
	;;
*)
	usage >&2
	exit 2
	;;
esac

cd "$(dirname "$0")" || exit 1
unset MAKEFLAGS MFLAGS MAKELEVEL
mkdir -p build || exit 1
[ ! -e config.status ] || die "the sources were configured in place: run 'make distclean' first"
jobs=$(nproc 2>/dev/null) || jobs=2

if [ "$mode" = demo ]; then
	install_packages "$build_needs" ''
	build demo || die "the build failed"
	say "\$ build/demo/tcpwhy $demo_capture"
	build/demo/tcpwhy "$demo_capture"
	exit
fi

install_packages "$build_needs
$test_needs" "$test_wishes"
build werror --enable-werror || die "the build failed"
say "judging $demo_capture (report: build/report.txt)"
: >build/report.txt
logged build/report.txt build/werror/tcpwhy "$demo_capture" || die "that failed"
test_in werror

# Warnings are no errors here: sanitizers make compilers see things.
sanitizers=address,undefined
if [ ! -e /proc/self/task ]; then
	say "/proc is not mounted: going without the address sanitizer, which needs it"
	sanitizers=undefined
fi
if build sanitizers "--enable-sanitizers=$sanitizers"; then
	test_in sanitizers
else
	failed=$((failed + 1))
fi

# Only what has threads, and only where the compiler can.
if echo 'int main(void) { return 0; }' >build/threads.c &&
	"$(compiler)" -fsanitize=thread -o build/threads.out build/threads.c 2>/dev/null &&
	build/threads.out 2>/dev/null; then
	if build threads --enable-sanitizers=thread; then
		test_in threads check-threads
	else
		failed=$((failed + 1))
	fi
else
	say "going without the thread sanitizer, which does not work here"
fi
rm -f build/threads.c build/threads.out
if command -v valgrind >/dev/null 2>&1; then
	say "once more, unit tests in valgrind"
	test_in werror valgrind
else
	say "valgrind is not installed: unit tests are not run in it"
fi

say "testing the release archive (log: build/distcheck.log)"
: >build/distcheck.log
if logged build/distcheck.log make -j "$jobs" -C build/werror distcheck; then
	passed=$((passed + 1))
else
	grep -E '^(FAIL|XPASS|ERROR): ' build/distcheck.log
	failed=$((failed + 1))
fi
tally

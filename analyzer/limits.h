/* SPDX-License-Identifier: BSD-2-Clause */
/* Every threshold of the analyzer: its name on the command line, default, and the reason for it. */
#ifndef TCPWHY_LIMITS_H
#define TCPWHY_LIMITS_H

#include <stddef.h>
#include <stdint.h>

enum {
	NS_PER_US = 1000,
	NS_PER_MS = 1000000,
};
#define NS_PER_S INT64_C(1000000000)

/* LIMIT(member, name, kind, default, reason): kind TIME is in nanoseconds, COUNT is a plain number.
 * "measured" means on Linux kernels, see doc/verdicts.md. */
#define LIMITS(LIMIT)                                                                              \
	LIMIT(cut_ns, "cut", TIME, 1200 * INT64_C(1000000),                                        \
	      "a SYN or SYN-ACK younger than this at the end of the capture proves nothing: Linux " \
	      "resends first after 1.003 to 1.036 s (measured)")                                   \
	LIMIT(syn_ns, "syn", TIME, 3200 * INT64_C(1000000),                                        \
	      "watching time that covers several SYN retransmissions (at 1, 2, 3 s or 1, 3 s)")    \
	LIMIT(stall_ns, "stall", TIME, 1000 * INT64_C(1000000),                                    \
	      "data resent this long without acknowledgement is a stall; tail loss probes alone "   \
	      "resend three times in 0.42 s (measured)")                                           \
	LIMIT(stall_count, "stall-count", COUNT, 3,                                                \
	      "transmissions of the same data that a stall needs")                                 \
	LIMIT(idle_ns, "idle", TIME, 30 * NS_PER_S,                                                \
	      "silence that may have outlived a middlebox timer; these are mostly 60 s and more")  \
	LIMIT(response_ns, "response", TIME, 5 * NS_PER_S,                                         \
	      "a request acknowledged this long without one byte of answer was not served")        \
	LIMIT(finwait_ns, "finwait", TIME, 60 * NS_PER_S,                                          \
	      "a half-closed connection older than this outlives Linux tcp_fin_timeout")           \
	LIMIT(ssh_grace_ns, "ssh-grace", TIME, 120 * NS_PER_S,                                     \
	      "how long an SSH server waits for a login: LoginGraceTime of OpenSSH is 120 s")       \
	LIMIT(late_synack_ns, "late-synack", TIME, 900 * INT64_C(1000000),                         \
	      "a SYN-ACK later than this may meet a client that has given up")                     \
	LIMIT(duplicate_ns, "duplicate", TIME, 50 * INT64_C(1000000),                              \
	      "the same packet captured twice (mirror port, any-interface) is this close together") \
	LIMIT(duplicate_weak_ns, "duplicate-weak", TIME, 5 * INT64_C(1000000),                     \
	      "the same, when neither IP ID nor timestamp option tells copies from resends")       \
	LIMIT(reset_window, "reset-window", COUNT, 1048576,                                        \
	      "bytes above the expected sequence number within which an RST counts as a guess")    \
	LIMIT(linger_ns, "linger", TIME, 60 * NS_PER_S,                                            \
	      "late segments of a closed flow still belong to it: TIME-WAIT lasts 60 s on Linux")  \
	LIMIT(unanswered_ns, "unanswered", TIME, 180 * NS_PER_S,                                   \
	      "an attempt without any new packet is decided: Linux waits 64 s after its last SYN, " \
	      "RFC 1122 4.2.3.5 asks for 3 minutes")                                               \
	LIMIT(max_flows, "max-flows", COUNT, 1048576,                                              \
	      "flows held at once (about 800 bytes each); beyond it the oldest are judged early")  \
	LIMIT(max_attempts, "max-attempts", COUNT, 5242880,                                        \
	      "attempts with nothing but one SYN, kept apart from flows (68 to 92 bytes each); "   \
	      "beyond it the oldest are judged early")                                             \
	LIMIT(max_closed, "max-closed", COUNT, 32768,                                              \
	      "ended flows kept for late segments at once; beyond it the oldest are reported "     \
	      "before their linger is over, which changes nothing but where stragglers count")     \
	LIMIT(coverage_ns, "coverage", TIME, 10 * NS_PER_S,                                        \
	      "silence between one file and the next that counts as time in which nobody watched") \
	LIMIT(compare_window_ns, "compare-window", TIME, 10 * NS_PER_S,                            \
	      "a flow without partner at the other point is given up when that point is so much "  \
	      "further: delays are shorter, and so are the first retransmissions")                 \
	LIMIT(compare_segments, "compare-segments", COUNT, 4194304,                                \
	      "segments held for comparison at each point (72 bytes each), a quarter of them of "  \
	      "one flow at most; further ones are counted and not judged")                         \
	LIMIT(fragment_ns, "fragment", TIME, 30 * NS_PER_S,                                        \
	      "missing fragments are given up after this time, as Linux does")

struct limits {
#define LIMIT(member, name, kind, value, reason) int64_t member;
	LIMITS(LIMIT)
#undef LIMIT
};

enum limit_kind { LIMIT_TIME, LIMIT_COUNT };

/* One row per limit, for --limit and its list. */
struct limit_info {
	const char *name;
	enum limit_kind kind;
	size_t offset; /* of the int64_t within struct limits */
	int64_t value; /* the default */
	const char *reason;
};

extern const struct limit_info limit_infos[];
extern const size_t limit_info_count;

/* Fills *limits with the defaults. */
void limits_init(struct limits *limits);

#endif

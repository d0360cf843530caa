/* SPDX-License-Identifier: BSD-2-Clause */
/* Why one flow ended as it did: the codes, what supports them and what weakens them. */
#ifndef TCPWHY_VERDICT_H
#define TCPWHY_VERDICT_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/flow.h"
#include "analyzer/limits.h"

/* Classes group verdicts for counting; those up to CLASS_PROBE are no failures. */
#define VERDICT_CLASSES(CLASS)                                                                     \
	CLASS(OK, "ok")                                                                            \
	CLASS(INFO, "info")                                                                        \
	CLASS(PROBE, "probe")                                                                      \
	CLASS(INCOMPLETE, "incomplete")                                                            \
	CLASS(REFUSED, "refused")                                                                  \
	CLASS(FILTERED, "filtered")                                                                \
	CLASS(UNREACHABLE, "unreachable")                                                          \
	CLASS(TIMEOUT, "timeout")                                                                  \
	CLASS(HALF_OPEN, "half-open")                                                              \
	CLASS(OVERFLOW, "overflow")                                                                \
	CLASS(RESET, "reset")                                                                      \
	CLASS(INJECTED, "injected")                                                                \
	CLASS(STALLED, "stalled")                                                                  \
	CLASS(IDLE, "idle")                                                                        \
	CLASS(APPLICATION, "application")

enum verdict_class {
#define CLASS(id, slug) CLASS_##id,
	VERDICT_CLASSES(CLASS)
#undef CLASS
	CLASSES
};

/* VERDICT(id, slug, class, base confidence, meaning): the meaning says what the packets prove; causes
 * are hypotheses and stand elsewhere. The numbers D.. are those of doc/verdicts.md. */
#define VERDICTS(VERDICT)                                                                          \
	/* D01 */                                                                                  \
	VERDICT(INVALID_FLAGS_PROBE, "invalid-flags-probe", PROBE, 90,                             \
		"Only segments with flags that no TCP sends: a port scan.")                        \
	/* D02..D06: the capture is incomplete, nobody is blamed */                                \
	VERDICT(MIDSTREAM_OPEN, "midstream-open", INCOMPLETE, 95,                                  \
		"The connection was already open when the capture began; no end was seen.")        \
	VERDICT(MIDSTREAM_CLOSED, "midstream-closed", INCOMPLETE, 95,                              \
		"The connection was already open when the capture began, and was closed with FIN.") \
	VERDICT(MIDSTREAM_RESET, "midstream-reset", RESET, 70,                                     \
		"The connection was already open when the capture began, and ended with an RST.")  \
	VERDICT(ONE_SIDED_CAPTURE, "one-sided-capture", INCOMPLETE, 90,                            \
		"Only one direction was captured, and it proves that the other one is alive.")     \
	VERDICT(HANDSHAKE_CUT, "handshake-cut", INCOMPLETE, 90,                                    \
		"The capture ended before the handshake could be answered.")                       \
	VERDICT(SYNACK_UNSOLICITED, "synack-unsolicited", INCOMPLETE, 80,                          \
		"A SYN-ACK whose SYN was not captured.")                                           \
	/* D10..D19: no connection came about */                                                   \
	VERDICT(REFUSED_BY_RST, "refused-by-rst", REFUSED, 95,                                     \
		"The SYN was answered by an RST that acknowledges it: connection refused.")        \
	VERDICT(REFUSED_BY_ICMP, "refused-by-icmp", REFUSED, 95,                                   \
		"The SYN was answered by ICMP port or protocol unreachable.")                      \
	VERDICT(FILTERED_BY_ICMP, "filtered-by-icmp", FILTERED, 95,                                \
		"The SYN was answered by ICMP administratively prohibited: a filter said no.")     \
	VERDICT(UNREACHABLE_BY_ICMP, "unreachable-by-icmp", UNREACHABLE, 95,                       \
		"The SYN was answered by ICMP unreachable: a router cannot deliver it.")           \
	VERDICT(SYN_RST_BOGUS, "syn-rst-bogus", RESET, 60,                                         \
		"The SYN met only RSTs that do not acknowledge it; a TCP must ignore those.")      \
	VERDICT(SYN_ANSWERED_STALE_ACK, "syn-answered-stale-ack", TIMEOUT, 90,                     \
		"The SYN was answered by an ACK of something else: the server remembers an "       \
		"older connection with the same ports.")                                           \
	VERDICT(CONNECT_ABORTED_BY_CLIENT, "connect-aborted-by-client", TIMEOUT, 90,               \
		"The client gave up before the handshake was complete.")                           \
	VERDICT(HALF_OPEN_PROBE, "half-open-probe", PROBE, 85,                                     \
		"The SYN-ACK was answered by an RST at once: a SYN scan, or nobody asked.")        \
	VERDICT(RESET_BEFORE_HANDSHAKE_ACK, "reset-before-handshake-ack", RESET, 80,               \
		"The server's side sent SYN-ACK and then RST, before the client's ACK.")           \
	VERDICT(SYNACK_UNACKED, "synack-unacked", HALF_OPEN, 90,                                   \
		"The SYN-ACK was never acknowledged: the connection stayed half-open.")            \
	VERDICT(SYN_UNANSWERED, "syn-unanswered", TIMEOUT, 90,                                     \
		"Nothing answered the SYN.")                                                       \
	/* D21..D23: complete on the wire, not for the server */                                   \
	VERDICT(HANDSHAKE_ACK_IGNORED, "handshake-ack-ignored", OVERFLOW, 90,                      \
		"The server repeats its SYN-ACK although the handshake was completed.")            \
	VERDICT(RESET_AT_ACCEPT, "reset-at-accept", RESET, 85,                                     \
		"The server's side reset the connection right after the handshake.")               \
	VERDICT(RESET_KEEPALIVE_TIMEOUT, "reset-keepalive-timeout", RESET, 90,                     \
		"Keep-alive probes went unanswered, then the prober reset the connection.")        \
	/* D30..D31 */                                                                             \
	VERDICT(PROBE_CONNECT_RESET, "probe-connect-reset", PROBE, 90,                             \
		"The client connected and reset at once without sending anything: a check.")       \
	VERDICT(PROBE_CONNECT_CLOSE, "probe-connect-close", PROBE, 90,                             \
		"The client connected and closed without sending anything: a check.")              \
	/* D32..D40: the next rules to come */                                                     \
	VERDICT(RESET_INJECTED, "reset-injected", INJECTED, 85,                                    \
		"The RST does not fit the endpoint in whose name it was sent.")                    \
	VERDICT(TLS_ALERT_SERVER, "tls-alert-server", APPLICATION, 95,                             \
		"The server ended the TLS handshake with an alert.")                               \
	VERDICT(TLS_ALERT_CLIENT, "tls-alert-client", APPLICATION, 95,                             \
		"The client ended the TLS handshake with an alert.")                               \
	VERDICT(TLS13_SERVER_ALERT_SUSPECTED, "tls13-server-alert-suspected", APPLICATION, 55,     \
		"The server ended the TLS handshake with what looks like an encrypted alert.")     \
	VERDICT(TLS_NO_SERVER_HELLO, "tls-no-server-hello", APPLICATION, 85,                       \
		"The TLS client hello was never answered by a server hello.")                      \
	VERDICT(TLS_TO_PLAINTEXT_PORT, "tls-to-plaintext-port", APPLICATION, 95,                   \
		"The client spoke TLS to a port that does not.")                                   \
	VERDICT(PLAINTEXT_TO_TLS_PORT, "plaintext-to-tls-port", APPLICATION, 85,                   \
		"The client spoke plain text to a port that expects TLS.")                         \
	VERDICT(SSH_NO_COMMON_KEX, "ssh-no-common-kex", APPLICATION, 95,                           \
		"The SSH offers of client and server share no key exchange method.")               \
	VERDICT(SSH_NO_COMMON_HOSTKEY, "ssh-no-common-hostkey", APPLICATION, 95,                   \
		"The SSH offers of client and server share no host key algorithm.")                \
	VERDICT(SSH_NO_COMMON_CIPHER_C2S, "ssh-no-common-cipher-c2s", APPLICATION, 95,             \
		"The SSH offers share no cipher for the way to the server.")                       \
	VERDICT(SSH_NO_COMMON_CIPHER_S2C, "ssh-no-common-cipher-s2c", APPLICATION, 95,             \
		"The SSH offers share no cipher for the way to the client.")                       \
	VERDICT(SSH_NO_COMMON_MAC_C2S, "ssh-no-common-mac-c2s", APPLICATION, 95,                   \
		"The SSH offers share no MAC for the way to the server.")                          \
	VERDICT(SSH_NO_COMMON_MAC_S2C, "ssh-no-common-mac-s2c", APPLICATION, 95,                   \
		"The SSH offers share no MAC for the way to the client.")                          \
	VERDICT(SSH_NO_COMMON_COMP, "ssh-no-common-comp", APPLICATION, 95,                         \
		"The SSH offers of client and server share no compression method.")                \
	VERDICT(SSH_REFUSED_BANNER, "ssh-refused-banner", APPLICATION, 95,                         \
		"The SSH server refused before its banner.")                                       \
	VERDICT(SSH_PREAUTH_TIMEOUT, "ssh-preauth-timeout", APPLICATION, 85,                       \
		"The SSH server closed because nobody authenticated in time.")                     \
	/* D41..D45: stalls */                                                                     \
	VERDICT(ZERO_WINDOW_STALL, "zero-window-stall", STALLED, 90,                               \
		"The receiver closed its window and did not open it again.")                       \
	VERDICT(PMTU_BLACKHOLE, "pmtu-blackhole", STALLED, 90,                                     \
		"Large segments vanish while small ones pass.")                                    \
	VERDICT(BLACKHOLED_FIRST_DATA, "blackholed-first-data", STALLED, 80,                       \
		"The first data after the handshake was never acknowledged.")                      \
	VERDICT(BLACKHOLED_AFTER_IDLE, "blackholed-after-idle", IDLE, 85,                          \
		"After a silence the data was never acknowledged.")                                \
	VERDICT(BLACKHOLED_MIDFLOW, "blackholed-midflow", STALLED, 85,                             \
		"In mid-flow the data was no longer acknowledged.")                                \
	/* D46..D50: resets */                                                                     \
	VERDICT(CLOSED_FIN_THEN_RST, "closed-fin-then-rst", OK, 90,                                \
		"The connection was being closed with FIN; an RST then cut the rest short.")       \
	VERDICT(RESET_AFTER_IDLE, "reset-after-idle", IDLE, 85,                                    \
		"After a silence the connection was reset.")                                       \
	VERDICT(RESET_ON_FIRST_DATA, "reset-on-first-data", RESET, 85,                             \
		"The first data of the client was answered by an RST.")                            \
	VERDICT(RESET_BY_SERVER, "reset-by-server", RESET, 90,                                     \
		"An RST in the server's name ended the connection.")                               \
	VERDICT(RESET_BY_CLIENT, "reset-by-client", RESET, 90,                                     \
		"An RST in the client's name ended the connection.")                               \
	/* D51..D58: FIN endings and silence */                                                    \
	VERDICT(CLOSED_NORMAL, "closed-normal", OK, 95, "Data was exchanged and both sides closed.") \
	VERDICT(CLOSED_BY_SERVER_NO_DATA, "closed-by-server-no-data", APPLICATION, 85,             \
		"The server closed before anything was said.")                                     \
	VERDICT(SERVER_NO_RESPONSE, "server-no-response", APPLICATION, 85,                         \
		"The request was acknowledged, but the server never answered it.")                 \
	VERDICT(CLOSED_BY_SERVER_EARLY, "closed-by-server-early", APPLICATION, 80,                 \
		"The server closed after the request without answering a byte.")                   \
	VERDICT(CLOSED_BY_SERVER_MIDWAY, "closed-by-server-midway", APPLICATION, 85,               \
		"The server closed before the answer that it announced was complete.")             \
	VERDICT(CLOSED_AFTER_IDLE, "closed-after-idle", OK, 85,                                    \
		"The connection was closed after a silence, with nothing outstanding.")            \
	VERDICT(HALF_CLOSED_OPEN, "half-closed-open", INFO, 85,                                    \
		"One side closed, the other one has not closed yet.")                              \
	VERDICT(FIN_UNANSWERED, "fin-unanswered", TIMEOUT, 90,                                     \
		"The FIN was sent again and again and never acknowledged.")                        \
	VERDICT(CLOSE_CUT, "close-cut", INCOMPLETE, 90,                                            \
		"The capture ended while the connection was being closed.")                        \
	VERDICT(CLIENT_NO_REQUEST, "client-no-request", INFO, 70,                                  \
		"The connection is open and nobody has said anything.")                            \
	VERDICT(OPEN_AT_END, "open-at-end", OK, 90,                                                \
		"The connection was alive when the capture ended.")                                \
	VERDICT(UNCLASSIFIED, "unclassified", INCOMPLETE, 0, "No rule fits: please report this flow.")

enum verdict_code {
#define VERDICT(id, slug, class, base, meaning) VERDICT_##id,
	VERDICTS(VERDICT)
#undef VERDICT
	VERDICT_CODES
};

struct verdict_info {
	const char *slug, *meaning;
	uint8_t verdict_class; /* enum verdict_class */
	uint8_t base;	       /* confidence before additions and deductions, 0 to 100 */
};

extern const struct verdict_info verdict_infos[VERDICT_CODES];
extern const char *const verdict_class_slugs[CLASSES];

/* Whom the evidence points at; a passive observer only suspects. */
#define SUSPECTS(SUSPECT)                                                                          \
	SUSPECT(NONE, "none")                                                                      \
	SUSPECT(CLIENT, "client")                                                                  \
	SUSPECT(CLIENT_PATH, "client-path")                                                        \
	SUSPECT(PATH, "path")                                                                      \
	SUSPECT(SERVER_PATH, "server-path")                                                        \
	SUSPECT(SERVER, "server")                                                                  \
	SUSPECT(MIDDLEBOX, "middlebox")                                                            \
	SUSPECT(APPLICATION, "application")                                                        \
	SUSPECT(CAPTURE, "capture")                                                                \
	SUSPECT(UNKNOWN, "unknown")

enum suspect {
#define SUSPECT(id, slug) SUSPECT_##id,
	SUSPECTS(SUSPECT)
#undef SUSPECT
	SUSPECT_CODES
};

extern const char *const suspect_slugs[SUSPECT_CODES];

/* Where the capture was taken, as far as this flow tells. */
enum vantage { VANTAGE_UNKNOWN, VANTAGE_CLIENT, VANTAGE_SERVER, VANTAGE_BETWEEN, VANTAGE_BOTH };

/* What made us believe so; bits. */
enum vantage_reason {
	VANTAGE_BY_DIRECTION = 1U << 0, /* the capture marks frames as outgoing */
	VANTAGE_BY_CHECKSUM = 1U << 1,	/* checksums not yet filled in by the sender's card */
	VANTAGE_BY_OVERSIZE = 1U << 2,	/* segments larger than the MSS, before segmentation */
	VANTAGE_BY_TTL = 1U << 3,	/* TTL of one side untouched by any router, the other's not */
	VANTAGE_BY_RTT = 1U << 4,	/* nearly all of the handshake's delay is on the other side */
	VANTAGE_BY_LOOPBACK = 1U << 5,	/* both addresses are the same host */
};

/* Additions to and deductions from the base confidence: REASON(id, points, sentence). */
#define CONFIDENCE_REASONS(REASON)                                                                 \
	REASON(CAPTURE_LOSS, -20, "the capture lacks bytes that were acknowledged")                \
	REASON(ROLE_INFERRED, -15, "no SYN was seen: client and server are guessed")               \
	REASON(VANTAGE_UNKNOWN, -15, "the cause depends on where the capture was taken")           \
	REASON(TRUNCATED, -10, "headers or options were cut by the snapshot length")               \
	REASON(SHORT_WATCH, -25, "the capture ended soon after")                                   \
	REASON(SHORT_WAIT, -25, "the client did not wait long for an answer")                      \
	REASON(STILL_OPEN, -30, "the flow was still open: the answer may have come later")         \
	REASON(ONE_WAY, -20, "a protocol in which only the client speaks looks the same")          \
	REASON(ORIGIN_DOUBTFUL, -15, "the RST fits its sender only in part")                       \
	REASON(NOTHING_OUTSTANDING, -40, "all data was acknowledged and the answer came: nothing need be lost") \
	REASON(DATA_MISSING, -20, "the last data before the RST is missing here")                  \
	REASON(DROPPED, -20, "the capture lost packets while the flow was watched")                \
	REASON(ERRORS_HIDDEN, -25, "the filter takes ICMP errors away, which might say why")       \
	REASON(EVICTED, -20, "judged early: the flow table was full")                              \
	REASON(ONE_DIRECTION, -20, "only one direction was captured")                              \
	REASON(SINGLE_SYN, -40, "a single SYN without retransmission: scanner or impatient client") \
	REASON(TWO_SYNS, -15, "only two SYNs were seen")                                           \
	REASON(REPEATED_BEFORE, -15, "earlier SYNs of the same attempt stayed unanswered")         \
	REASON(LATE_START, -10, "the flow began with the capture: its beginning may be missing")   \
	REASON(NO_SACK_PROOF, -20, "no later smaller segment is known to have arrived")            \
	REASON(OTHER_CAUSES_FIT, -20, "other causes look the same in packets")                     \
	REASON(ACK_MAY_BE_LOST, -20, "the client's ACK may have been lost behind the capture point") \
	REASON(RST_MAYBE_IGNORED, -20, "its receiver ignores the RST if the data before it had arrived") \
	REASON(MAY_BE_DEFERRED, -10, "a listener that defers accept until data comes looks the same") \
	REASON(UNANSWERED_DATA, -30, "data at the end was resent and not acknowledged")            \
	REASON(PORT_HINT, -25, "no answer proves the protocol: it is known by port or other flows") \
	REASON(SIBLINGS_AGREE, 10, "three or more flows to this listener ended the same way")

enum confidence_reason {
#define REASON(id, points, sentence) CONFIDENCE_##id,
	CONFIDENCE_REASONS(REASON)
#undef REASON
	CONFIDENCE_REASON_CODES
};

struct confidence_reason_info {
	int8_t points;
	const char *sentence;
};

extern const struct confidence_reason_info confidence_reason_infos[CONFIDENCE_REASON_CODES];

/* Hypotheses about why; their sentences are in ui/explain.c. */
#define CAUSES(CAUSE)                                                                              \
	CAUSE(CAPTURE_STARTED_LATE, "capture-started-late")                                        \
	CAUSE(SYN_NOT_CAPTURED, "syn-not-captured")                                                \
	CAUSE(ASYMMETRIC_ROUTING, "asymmetric-routing")                                            \
	CAUSE(CAPTURE_ONE_DIRECTION, "capture-one-direction")                                      \
	CAUSE(BACKSCATTER, "backscatter")                                                          \
	CAUSE(PEER_LOST_STATE, "peer-lost-state")                                                  \
	CAUSE(DELIBERATE_ABORT, "deliberate-abort")                                                \
	CAUSE(NO_LISTENER, "no-listener")                                                          \
	CAUSE(HOST_FIREWALL_REJECT, "host-firewall-reject")                                        \
	CAUSE(PATH_FIREWALL_REJECT, "path-firewall-reject")                                        \
	CAUSE(SERVICE_RESTARTING, "service-restarting")                                            \
	CAUSE(ACL_PROHIBITED, "acl-prohibited")                                                    \
	CAUSE(NO_ROUTE, "no-route")                                                                \
	CAUSE(HOST_DOWN, "host-down")                                                              \
	CAUSE(ROUTING_LOOP, "routing-loop")                                                        \
	CAUSE(GUESSED_RST, "guessed-rst")                                                          \
	CAUSE(OLD_CONNECTION_HELD, "old-connection-held")                                          \
	CAUSE(TIME_WAIT_HELD, "time-wait-held")                                                    \
	CAUSE(ISN_REWRITTEN, "isn-rewritten")                                                      \
	CAUSE(CLIENT_TIMEOUT_SHORT, "client-timeout-short")                                        \
	CAUSE(NETWORK_SLOW, "network-slow")                                                        \
	CAUSE(SYN_SCAN, "syn-scan")                                                                \
	CAUSE(PORT_SCAN, "port-scan")                                                              \
	CAUSE(HEALTH_CHECK, "health-check")                                                        \
	CAUSE(CONNECTION_RACE, "connection-race")                                                  \
	CAUSE(SYNACK_LOST, "synack-lost")                                                          \
	CAUSE(HANDSHAKE_ACK_LOST, "handshake-ack-lost")                                            \
	CAUSE(SPOOFED_SOURCE, "spoofed-source")                                                    \
	CAUSE(CLIENT_FIREWALL_DROP, "client-firewall-drop")                                        \
	CAUSE(SERVER_FIREWALL_DROP, "server-firewall-drop")                                        \
	CAUSE(SERVER_OUTPUT_DROP, "server-output-drop")                                            \
	CAUSE(ACCEPT_QUEUE_FULL, "accept-queue-full")                                              \
	CAUSE(SYN_QUEUE_FULL, "syn-queue-full")                                                    \
	CAUSE(RETURN_PATH_FILTER, "return-path-filter")                                            \
	CAUSE(PATH_DROP, "path-drop")                                                              \
	CAUSE(RETURN_PATH_LOSS, "return-path-loss")                                                \
	CAUSE(DEFER_ACCEPT, "defer-accept")                                                        \
	CAUSE(SERVER_KILLED_REQUEST, "server-killed-request")                                      \
	CAUSE(INJECTED, "injected")                                                                \
	CAUSE(UNREAD_DATA_AT_CLOSE, "unread-data-at-close")                                        \
	CAUSE(PROCESS_KILLED, "process-killed")                                                    \
	CAUSE(IDLE_STATE_EXPIRED, "idle-state-expired")                                            \
	CAUSE(LATE_DATA, "late-data")                                                              \
	CAUSE(FIN_WAIT_EXPIRED, "fin-wait-expired")                                                \
	CAUSE(ACCESS_LIST, "access-list")                                                          \
	CAUSE(CONNECTION_LIMIT, "connection-limit")                                                \
	CAUSE(APPLICATION_HUNG, "application-hung")                                                \
	CAUSE(APPLICATION_NOT_ACCEPTING, "application-not-accepting")                              \
	CAUSE(UPSTREAM_SLOW, "upstream-slow")                                                      \
	CAUSE(REQUEST_REJECTED, "request-rejected")                                                \
	CAUSE(IDLE_TIMER, "idle-timer")                                                            \
	CAUSE(CLOSE_WAIT_LEAK, "close-wait-leak")                                                  \
	CAUSE(PEER_VANISHED, "peer-vanished")                                                      \
	CAUSE(SYN_PROXY, "syn-proxy")                                                              \
	CAUSE(PATH_MTU, "path-mtu")                                                                \
	CAUSE(CONTENT_FILTER, "content-filter")                                                    \
	CAUSE(SERVER_WAITS_FIRST, "server-waits-first")                                            \
	CAUSE(SYN_COOKIE_ACK_LOST, "syn-cookie-ack-lost")                                          \
	CAUSE(CERTIFICATE_EXPIRED, "certificate-expired")                                          \
	CAUSE(CERTIFICATE_REVOKED, "certificate-revoked")                                          \
	CAUSE(CERTIFICATE_BAD, "certificate-bad")                                                  \
	CAUSE(CERTIFICATE_UNTRUSTED, "certificate-untrusted")                                      \
	CAUSE(CERTIFICATE_CHAIN, "certificate-chain")                                              \
	CAUSE(TLS_INTERCEPTED, "tls-intercepted")                                                  \
	CAUSE(CLIENT_CERTIFICATE_MISSING, "client-certificate-missing")                            \
	CAUSE(CLIENT_CERTIFICATE_REJECTED, "client-certificate-rejected")                          \
	CAUSE(NO_COMMON_CIPHER, "no-common-cipher")                                                \
	CAUSE(TLS_VERSION, "tls-version")                                                          \
	CAUSE(NAME_NOT_SERVED, "name-not-served")                                                  \
	CAUSE(NO_COMMON_ALPN, "no-common-alpn")                                                    \
	CAUSE(TLS_STACK_ERROR, "tls-stack-error")                                                  \
	CAUSE(WRONG_PORT, "wrong-port")                                                            \
	CAUSE(TLS_NOT_ENABLED, "tls-not-enabled")                                                  \
	CAUSE(NO_BACKEND, "no-backend")                                                            \
	CAUSE(OLD_SOFTWARE, "old-software")                                                        \
	CAUSE(CRYPTO_POLICY, "crypto-policy")                                                      \
	CAUSE(MAX_STARTUPS, "max-startups")                                                        \
	CAUSE(LOGIN_GRACE, "login-grace")                                                          \
	CAUSE(CLIENT_HANGS, "client-hangs")                                                        \
	CAUSE(TIMESTAMPS_REJECTED, "timestamps-rejected")

enum cause {
#define CAUSE(id, slug) CAUSE_##id,
	CAUSES(CAUSE)
#undef CAUSE
	CAUSE_CODES
};

extern const char *const cause_slugs[CAUSE_CODES];

/* What to do next; the commands are in ui/explain.c, with addresses and ports filled in. */
enum advice {
	ADVICE_CAPTURE_AT_SERVER,
	ADVICE_CAPTURE_AT_CLIENT,
	ADVICE_CAPTURE_LONGER,
	ADVICE_MORE_ROOM,	/* in the flow table, which was full */
	ADVICE_CAPTURE_ANY,	/* both directions: -i any, all interfaces */
	ADVICE_CAPTURE_FULL_SNAPLEN,
	ADVICE_LISTENING,	/* ss -lntp on the server */
	ADVICE_ACCEPT_QUEUE,	/* ss -lnt, nstat ListenOverflows */
	ADVICE_SYN_RECV,	/* ss state syn-recv */
	ADVICE_SERVER_FIREWALL,
	ADVICE_CLIENT_FIREWALL,
	ADVICE_DEVICE,		/* look at the device that answered (icmp_from) */
	ADVICE_TRACE,		/* traceroute/mtr with TCP to the port */
	ADVICE_OTHER_PORT,	/* compare with another port of the server */
	ADVICE_ROUTES,		/* ip route get, rp_filter */
	ADVICE_RP_FILTER_COUNTER,
	ADVICE_CONNTRACK,
	ADVICE_CHALLENGE_COUNTERS,
	ADVICE_CLIENT_TIMEOUT,
	ADVICE_SERVICE_LOG,
	ADVICE_ABORT_COUNTERS,
	ADVICE_KERNEL_LOG,
	ADVICE_CLOSE_WAIT,	/* ss state close-wait */
	ADVICE_THREADS,		/* is the application stuck */
	ADVICE_KEEPALIVE,
	ADVICE_MTU,		/* ping -M do with the stuck size, MSS clamp, ICMP blocked */
	ADVICE_ARP,		/* ip neigh on the last router */
	ADVICE_TLS_TRY,		/* openssl s_client with the name */
	ADVICE_TLS_CERTIFICATE, /* dates, issuer and names of the server's certificate */
	ADVICE_HTTP_TRY,	/* curl without and with TLS */
	ADVICE_SSH_TRY,		/* ssh -vv */
	ADVICE_SSHD_CONFIG,	/* sshd -T */
	/* about many flows */
	ADVICE_SYN_FLOOD,	 /* SYN cookies, limits upstream */
	ADVICE_BACKLOG_SIZE,	 /* somaxconn, tcp_max_syn_backlog, ss -lnt */
	ADVICE_SOURCE,		 /* who is that source */
	ADVICE_FILTER_BY_SOURCE, /* rules that name the source */
	ADVICE_SERVICE_RESTARTS, /* what systemd and the journal say of the outage */
	ADVICE_NIC_DROPS,	 /* ip -s link, ethtool -S */
	ADVICE_PATH_LOSS,	 /* mtr */
	ADVICE_PORT_RANGE,	 /* ip_local_port_range, pooling */
	ADVICE_NAT_TIMERS,	 /* conntrack timeouts */
	ADVICE_LB_CONFIG,	 /* the checks of the load balancer */
	ADVICE_LAG_MEMBER,	 /* one member of a bundle or one of equal paths */
	ADVICE_INJECTOR,	 /* capture at both ends and compare */
	ADVICE_CAPTURE_BUFFER,	 /* tcpdump -B, -s */
	ADVICE_CODES
};

/* Warnings that travel with any verdict: TAG(id, slug). */
#define TAGS(TAG)                                                                                  \
	TAG(DUP_CAPTURE, "dup-capture")                                                            \
	TAG(CAPTURE_LOSS, "capture-loss")                                                          \
	TAG(SNAPLEN, "snaplen")                                                                    \
	TAG(SYN_RETRANSMITTED, "syn-retransmitted")                                                \
	TAG(SYNACK_RETRANSMITTED, "synack-retransmitted")                                          \
	TAG(SINGLE_SYN, "single-syn")                                                              \
	TAG(SYN_CHALLENGED, "syn-challenged")                                                      \
	TAG(TIMEWAIT_REOPENED, "timewait-reopened")                                                \
	TAG(PORT_REUSED, "port-reused")                                                            \
	TAG(SIMULTANEOUS_OPEN, "simultaneous-open")                                                \
	TAG(TFO_USED, "tfo-used")                                                                  \
	TAG(TFO_IGNORED, "tfo-ignored")                                                            \
	TAG(MPTCP, "mptcp")                                                                        \
	TAG(HANDSHAKE_STALLED, "handshake-stalled")                                                \
	TAG(CHALLENGE_ACK, "challenge-ack")                                                        \
	TAG(FORGED_RST_ATTEMPT, "forged-rst-attempt")                                              \
	TAG(RST_BAD_CHECKSUM, "rst-bad-checksum")                                                  \
	TAG(ZERO_WINDOW, "zero-window")                                                            \
	TAG(KEEPALIVE, "keepalive")                                                                \
	TAG(RETRANSMISSION_FAST, "retransmission-fast")                                            \
	TAG(RETRANSMISSION_RTO, "retransmission-rto")                                              \
	TAG(RETRANSMISSION_SPURIOUS, "retransmission-spurious")                                    \
	TAG(RETRANSMISSION_TLP, "retransmission-tlp")                                              \
	TAG(OUT_OF_ORDER, "out-of-order")                                                          \
	TAG(FRAG_NEEDED_SEEN, "frag-needed-seen")                                                  \
	TAG(ICMP_SOFT, "icmp-soft")                                                                \
	TAG(TTL_EXCEEDED, "ttl-exceeded")                                                          \
	TAG(SYNACK_WIN0, "synack-win0")                                                            \
	TAG(SYNACK_TTL_DIFFERS, "synack-ttl-differs")                                              \
	TAG(SYNACK_WITHOUT_WSCALE, "synack-without-wscale")                                        \
	TAG(RST_BY_NONEXISTENT_CLIENT, "rst-by-nonexistent-client")                                \
	TAG(OFFLOAD, "offload")                                                                    \
	TAG(FRAGMENTED, "fragmented")                                                              \
	TAG(UNACKED_AT_END, "unacked-at-end")                                                      \
	TAG(SYNACK_AFTER_ACK, "synack-after-ack")                                                  \
	TAG(LATE_DATA_LOST, "late-data-lost")                                                      \
	TAG(WINDOW_SCALE_MISMATCH, "window-scale-mismatch")                                        \
	TAG(SYN_SCHEDULE_LINEAR, "syn-schedule-linear")                                                \
	TAG(SYN_SCHEDULE_CLASSIC, "syn-schedule-classic")                                              \
	TAG(EVICTED, "evicted")                                                                    \
	TAG(SNI_ABSENT, "sni-absent")                                                              \
	TAG(RESPONSE_TRUNCATED, "response-truncated")                                              \
	TAG(CLIENTHELLO_BLACKHOLED, "clienthello-blackholed")

enum tag {
#define TAG(id, slug) TAG_##id,
	TAGS(TAG)
#undef TAG
	TAG_CODES
};

extern const char *const tag_slugs[TAG_CODES];

/* What happened at an evidence frame. */
enum evidence_kind {
	EVIDENCE_SYN,
	EVIDENCE_SYN_LAST, /* count says how many SYNs there were */
	EVIDENCE_SYNACK,
	EVIDENCE_SYNACK_LAST,
	EVIDENCE_SYNACK_AFTER_ACK,
	EVIDENCE_HANDSHAKE_ACK,
	EVIDENCE_FIRST_FRAME,
	EVIDENCE_LAST_FRAME,
	EVIDENCE_DATA_FIRST,
	EVIDENCE_DATA_LAST,
	EVIDENCE_FIN,
	EVIDENCE_FIN_LAST,
	EVIDENCE_RST,
	EVIDENCE_RST_IGNORED, /* not believed by its receiver */
	EVIDENCE_ICMP,
	EVIDENCE_STALE_ACK,
	EVIDENCE_STALLED_FIRST, /* first and last transmission of data that is never acknowledged */
	EVIDENCE_STALLED_LAST,
	EVIDENCE_ZERO_WINDOW,
	EVIDENCE_KEEPALIVE, /* the first of count that nobody heard */
	EVIDENCE_IDLE_FROM,
	EVIDENCE_CAPTURE_LOSS,
	EVIDENCE_TLS_HELLO,
	EVIDENCE_TLS_ALERT,
	EVIDENCE_TLS_SHORT_RECORD, /* an encrypted one of the length of an alert */
	EVIDENCE_SSH_BANNER,
	EVIDENCE_SSH_KEXINIT,
	EVIDENCE_TEXT, /* readable text where something else was expected */
	EVIDENCE_KINDS
};

struct evidence {
	struct moment at;
	uint8_t kind;	   /* enum evidence_kind */
	uint8_t direction; /* enum direction of the frame */
	uint16_t count;	   /* of such frames, where the kind says so; else 1 */
};

extern const char *const rst_form_slugs[RST_FORMS]; /* [RST_FORM_NONE] is NULL */

/* Who made an RST, as far as its fields and its company tell. */
#define RST_ORIGINS(ORIGIN)                                                                        \
	ORIGIN(NONE, NULL)                                                                         \
	ORIGIN(ENDPOINT, "endpoint")                                                               \
	ORIGIN(KERNEL_WITHOUT_STATE, "endpoint-kernel-without-state")                              \
	ORIGIN(UNKNOWN, "unknown")                                                                 \
	ORIGIN(IN_PATH_DEVICE, "in-path-device")                                                   \
	ORIGIN(PROXY, "proxy")                                                                     \
	ORIGIN(ON_PATH_INJECTOR, "on-path-injector")

enum rst_origin {
#define ORIGIN(id, slug) RST_ORIGIN_##id,
	RST_ORIGINS(ORIGIN)
#undef ORIGIN
	RST_ORIGIN_CODES
};

extern const char *const rst_origin_slugs[RST_ORIGIN_CODES]; /* [RST_ORIGIN_NONE] is NULL */

/* Features of an RST: FEATURE(id, points, sentence). Positive points speak against the endpoint in whose
 * name it was sent. Calibrated on 44 RSTs of one lab (doc/verdicts.md, section C). */
#define RST_FEATURES(FEATURE)                                                                      \
	FEATURE(TTL_SEEN, -15, "its TTL is that of the sender's other packets")                    \
	FEATURE(TTL_NEAR, 20, "its TTL differs by one from the sender's other packets")            \
	FEATURE(TTL_OFF, 30, "its TTL differs by two to four from the sender's other packets")     \
	FEATURE(TTL_FAR, 40, "its TTL is far from that of the sender's other packets")             \
	FEATURE(IP_ID_FITS, -30, "its IP ID continues the sender's counter")                       \
	FEATURE(IP_ID_JUMPS, 20, "its IP ID does not continue the sender's counter")               \
	FEATURE(ACTIVE_ABORT, -30, "its fields are those of a live socket that aborts")            \
	FEATURE(OTHER_FIELDS, 5, "its fields are neither a live socket's nor a closed port's")     \
	FEATURE(IN_WINDOW_GUESS, 45, "its number is a guess inside the window")                    \
	FEATURE(OUT_OF_WINDOW, 25, "its number is outside the window")                             \
	FEATURE(NO_TIMESTAMP, 10, "it lacks the timestamp option that was negotiated")             \
	FEATURE(SEQUENCE_CHANGES, 35, "another RST came with a higher number that no data reached") \
	FEATURE(ACK_CHANGES, 25, "RSTs came with different acknowledgements that fit no data")      \
	FEATURE(DATA_AFTER, 40, "the same sender went on with data that it cannot have after it")   \
	FEATURE(ACK_AFTER, 15, "the same sender went on acknowledging after it")                    \
	FEATURE(DATA_BEFORE, 30, "the same sender had already sent data beyond it")                 \
	FEATURE(PAYLOAD, 10, "it carries payload")                                                 \
	FEATURE(COPIES, 15, "identical copies of it were sent")                                    \
	FEATURE(TOO_EARLY, 25, "it came sooner than its sender could have answered")

enum rst_feature {
#define FEATURE(id, points, sentence) RST_FEATURE_##id,
	RST_FEATURES(FEATURE)
#undef FEATURE
	RST_FEATURE_CODES
};

struct rst_feature_info {
	int8_t points;
	const char *sentence;
};

extern const struct rst_feature_info rst_feature_infos[RST_FEATURE_CODES];

enum {
	VERDICT_REASON_MAX = 8,
	VERDICT_CAUSE_MAX = 6,
	VERDICT_ADVICE_MAX = 5,
	VERDICT_EVIDENCE_MAX = 10,
};

struct verdict {
	uint8_t code;	    /* enum verdict_code */
	uint8_t confidence; /* 0 to 100 */
	uint8_t suspect;    /* enum suspect */
	uint8_t vantage;    /* enum vantage */
	uint8_t vantage_reasons; /* enum vantage_reason bits */
	uint8_t rst_form;   /* enum rst_form of the deciding RST */
	uint8_t rst_from;   /* enum direction, valid if rst_form */
	uint8_t rst_origin; /* enum rst_origin */
	int16_t rst_score;  /* sum of the features' points, valid if rst_form */
	uint32_t rst_features; /* bit per enum rst_feature that fired */
	uint8_t reason_count, cause_count, advice_count, evidence_count;
	uint8_t reasons[VERDICT_REASON_MAX]; /* enum confidence_reason */
	uint8_t causes[VERDICT_CAUSE_MAX];   /* enum cause, most likely first */
	uint8_t advice[VERDICT_ADVICE_MAX];  /* enum advice, cheapest first */
	uint64_t tags;			     /* bit per enum tag */
	uint32_t drops; /* packets that the capture lost while the flow was watched; saturates */
	int64_t watched_us; /* how long the capture went on after the deciding moment */
	int64_t waited_us;  /* what the sentence speaks of: how long somebody waited; 0 n/a */
	struct evidence evidence[VERDICT_EVIDENCE_MAX]; /* in the order of time */
};

/* What the rules know beside the flow. */
struct rule_context {
	const struct limits *limits;
	int64_t first_ns, last_ns; /* of the capture so far */
	bool at_end;		   /* the capture has ended (else the flow was decided earlier) */
	uint64_t drops;		   /* packets that the capture lost while the flow was watched */
	bool errors_hidden;  /* ICMP errors are in the capture and were kept from us */
	bool listener_known; /* the server endpoint has answered other SYNs */
	uint8_t host_ttl[2]; /* TTL of client and server in other flows, 0 unknown */
	uint8_t listener_protocol; /* enum protocol that the server spoke in this or other flows */
};

/* Judges a flow: exactly one verdict, never none. Pure. */
void flow_judge(const struct flow *flow, const struct rule_context *context,
		struct verdict *ret_verdict);

/* Says that other flows to the same listener ended the same way: adds the reason and its points. */
void verdict_siblings_agree(struct verdict *verdict);

/* Sets vantage and vantage_reasons. host_ttl stands in where the flow shows no TTL of a half. Pure. */
void verdict_infer_vantage(const struct flow *flow, const uint8_t host_ttl[2],
			   struct verdict *verdict);

#endif

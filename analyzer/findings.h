/* SPDX-License-Identifier: BSD-2-Clause */
/* Statements about many flows: what is wrong, where, since when, how often.
 *
 * Every decided flow is taken in with its verdict, in any order; what is kept is bounded: counters,
 * sketches, and the moments that can prove a finding. States that were made of parts of a capture
 * (or by threads, or on hosts) are added up with findings_merge() and say the same as one state that
 * saw it all, as long as no table overflowed. Conclusions are drawn when they are asked for. */
#ifndef TCPWHY_FINDINGS_H
#define TCPWHY_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/flow.h"
#include "analyzer/tracker.h"
#include "analyzer/verdict.h"

/* How bad: what needs nobody, somebody, or somebody now. */
#define FINDING_SEVERITIES(SEVERITY)                                                               \
	SEVERITY(INFO, "info")                                                                     \
	SEVERITY(WARNING, "warning")                                                               \
	SEVERITY(CRITICAL, "critical")

enum finding_severity {
#define SEVERITY(id, slug) SEVERITY_##id,
	FINDING_SEVERITIES(SEVERITY)
#undef SEVERITY
	SEVERITIES
};

extern const char *const severity_slugs[SEVERITIES];

/* FINDING(id, slug, meaning); the rules are those of doc/findings.md. */
#define FINDINGS(FINDING)                                                                          \
	FINDING(LISTENER_REFUSING, "listener-refusing",                                            \
		"Every attempt at this listener is refused.")                                      \
	FINDING(LISTENER_DARK, "listener-dark", "Nothing ever answers at this endpoint.")          \
	FINDING(SELECTIVE_FILTER, "selective-filter",                                              \
		"The listener serves some sources and never others.")                              \
	FINDING(ACCEPT_QUEUE_OVERFLOW, "accept-queue-overflow",                                    \
		"The application accepts too slowly: its queue of complete connections is full.")  \
	FINDING(SYN_BACKLOG_OVERFLOW, "syn-backlog-overflow",                                      \
		"The queue of half-open connections is full, and further SYNs are dropped.")       \
	FINDING(SYNCOOKIES_ACTIVE, "syncookies-active",                                            \
		"The listener answers with SYN cookies: its queue of half-open ones was full.")    \
	FINDING(SYN_FLOOD, "syn-flood", "SYNs from many sources of which none goes on.")           \
	FINDING(PORT_SCAN, "port-scan", "One source tries many ports of a host.")                  \
	FINDING(HOST_SWEEP, "host-sweep", "One source tries one port of many hosts.")              \
	FINDING(BACKSCATTER, "backscatter",                                                        \
		"Answers to SYNs that somebody sent with forged source addresses.")                \
	FINDING(ASYMMETRIC_ROUTING, "asymmetric-routing",                                          \
		"The capture sees one direction only of many flows.")                              \
	FINDING(CAPTURE_BAD, "capture-bad", "The capture itself is not good enough.")              \
	FINDING(LOST_SYN, "lost-syn",                                                              \
		"Connections come about late, because the first SYNs or SYN-ACKs are lost.")       \
	FINDING(RETRANSMISSION_STORM, "retransmission-storm",                                      \
		"Many retransmissions at once.")                                                   \
	FINDING(PATH_LOSS, "path-loss", "The path loses segments all the time.")                   \
	FINDING(RST_STORM, "rst-storm", "One sender resets many connections at once.")             \
	FINDING(SERVICE_RESTART, "service-restart",                                                \
		"The service went away, and mostly came back.")                                            \
	FINDING(IDLE_TIMEOUT_CLUSTER, "idle-timeout-cluster",                                      \
		"Connections die after the same time of silence: a timer.")                        \
	FINDING(KEEPALIVE_MISSING, "keepalive-missing",                                            \
		"Silent connections die, and nothing keeps them alive.")                           \
	FINDING(PAWS_NAT_DROP, "paws-nat-drop",                                                    \
		"SYNs with older timestamps from one address are dropped: PAWS behind a NAT.")     \
	FINDING(NAT_MULTI_HOST, "nat-multi-host", "Several hosts share this address.")             \
	FINDING(PMTU_CLUSTER, "pmtu-cluster", "Large segments to this network vanish.")            \
	FINDING(RESET_INJECTION_CLUSTER, "reset-injection-cluster",                                \
		"Somebody in between forges RSTs.")                                                \
	FINDING(LB_HEALTH_CHECKS, "lb-health-checks",                                              \
		"A load balancer or monitor checks the listener at regular intervals.")            \
	FINDING(PORT_REUSE_COLLISION, "port-reuse-collision",                                      \
		"Ports are used again while the server still holds the old connection.")           \
	FINDING(EPHEMERAL_PRESSURE, "ephemeral-pressure",                                          \
		"A client is about to run out of ports to this listener.")                         \
	FINDING(TLS_FAILURE_CLUSTER, "tls-failure-cluster",                                        \
		"TLS handshakes with this listener fail in the same way.")                         \
	FINDING(SSH_FAILURE_CLUSTER, "ssh-failure-cluster",                                        \
		"SSH connections to this listener fail in the same way.")                          \
	FINDING(FAILURE_CLUSTER, "failure-cluster",                                                \
		"Flows to this listener fail in the same way.")

enum finding_code {
#define FINDING(id, slug, meaning) FINDING_##id,
	FINDINGS(FINDING)
#undef FINDING
	FINDING_CODES
};

struct finding_info {
	const char *slug, *meaning;
};

extern const struct finding_info finding_infos[FINDING_CODES];

/* What a finding is about. */
#define FINDING_SUBJECTS(SUBJECT)                                                                  \
	SUBJECT(CAPTURE, "capture") /* no address */                                               \
	SUBJECT(LISTENER, "listener") /* address and port of a server */                           \
	SUBJECT(HOST, "host")	      /* address of a server */                                    \
	SUBJECT(SOURCE, "source")     /* address of a client */                                    \
	SUBJECT(NETWORK, "network")   /* address and prefix_length */                              \
	SUBJECT(DEVICE, "device")     /* address of who said no by ICMP, or hops away */           \
	SUBJECT(PATH, "path")	      /* from peer (a client) to address and port (0: any) */

enum finding_subject_kind {
#define SUBJECT(id, slug) SUBJECT_##id,
	FINDING_SUBJECTS(SUBJECT)
#undef SUBJECT
	SUBJECT_KINDS
};

extern const char *const subject_slugs[SUBJECT_KINDS];

struct finding_subject {
	struct ip_addr addr, peer;
	uint16_t port;
	uint8_t kind;	       /* enum finding_subject_kind */
	uint8_t ip_version;    /* 4 or 6; 0: addr is not valid */
	uint8_t prefix_length; /* SUBJECT_NETWORK: of addr, 0 to 32 or 128 */
	uint8_t hops;	       /* SUBJECT_DEVICE without address: routers away from the capture */
};

/* The numbers of a finding: NUMBER(id, slug, unit). Units: "" plain count, "us" microseconds, "bytes",
 * "permille" of something that the name tells. */
#define FINDING_NUMBERS(NUMBER)                                                                    \
	NUMBER(TOTAL, "total", "")	 /* flows of the subject, probes left out */               \
	NUMBER(RATE, "rate_permille", "permille")	  /* failing of total */                   \
	NUMBER(RATE_LOW, "rate_low_permille", "permille") /* at least, with 95 % confidence */     \
	NUMBER(SOURCES, "sources", "")	 /* distinct addresses */                                  \
	NUMBER(HOSTS, "hosts", "")                                                                 \
	NUMBER(PORTS, "ports", "")                                                                 \
	NUMBER(LISTENERS, "listeners", "")						           \
	NUMBER(REFUSED, "refused", "")                                                             \
	NUMBER(RESET, "reset", "")                                                                 \
	NUMBER(CLOSED, "closed", "")	 /* by FIN, without having been asked */                   \
	NUMBER(UNANSWERED, "unanswered", "")                                                       \
	NUMBER(ACKS_IGNORED, "acks_ignored", "")                                                   \
	NUMBER(STALLED, "stalled", "")	 /* served late */                                         \
	NUMBER(SYNS, "syns", "")                                                                   \
	NUMBER(ESTABLISHED, "established", "")                                                     \
	NUMBER(RESENDING, "resending_permille", "permille") /* of the unanswered: sent SYN again */ \
	NUMBER(SYNACKED, "synacked_permille", "permille")   /* of them: got a SYN-ACK */           \
	NUMBER(VICTIMS, "victims", "")	 /* flows of real clients that failed meanwhile */         \
	NUMBER(PER_SECOND, "per_second", "") /* on average   */                                     \
	NUMBER(PEAK, "half_open_peak", "")                                                         \
	NUMBER(PEAK_AT, "half_open_peak_us", "us")	/* since 1970 */                           \
	NUMBER(PLATEAU, "half_open_plateau", "")	/* the queue's limit */                    \
	NUMBER(PLATEAU_LENGTH, "plateau_duration_us", "us")                                        \
	NUMBER(AGE_MEDIAN, "half_open_age_p50_us", "us")                                           \
	NUMBER(AGE_HIGH, "half_open_age_p90_us", "us")                                             \
	NUMBER(WAITERS, "accept_waiters_peak", "") /* at least so many */                          \
	NUMBER(OUTAGE, "outage_us", "us")                                                          \
	NUMBER(SURVIVED, "idle_survived_us", "us") /* longest */                                   \
	NUMBER(DIED, "idle_died_us", "us")	   /* shortest */                                  \
	NUMBER(DIED_LONGEST, "idle_died_longest_us", "us")                                         \
	NUMBER(SURVIVORS, "idle_survivors", "")	   /* silences that were outlived */               \
	NUMBER(PERIOD, "period_us", "us")                                                          \
	NUMBER(DELAY, "delay_us", "us")		   /* median that it cost */                       \
	NUMBER(TTL, "ttl", "")                                                                     \
	NUMBER(HOPS, "hops", "")	           /* routers between it and the capture */        \
	NUMBER(SEGMENTS, "segments", "")                                                           \
	NUMBER(RETRANSMISSIONS, "retransmissions", "")                                             \
	NUMBER(LOSS_TO_SERVER, "loss_to_server_permille", "permille")                              \
	NUMBER(LOSS_TO_CLIENT, "loss_to_client_permille", "permille")                              \
	NUMBER(STUCK_SIZE, "stuck_bytes", "bytes") /* smallest payload that vanishes */            \
	NUMBER(PASSED_SIZE, "passed_bytes", "bytes") /* largest payload that arrives */            \
	NUMBER(ALERT, "tls_alert", "")                                                             \
	NUMBER(REUSED_AFTER, "reused_after_us", "us") /* shortest */                               \
	NUMBER(DUPLICATES, "duplicates", "")                                                       \
	NUMBER(UNSEEN, "unseen_bytes", "bytes")                                                    \
	NUMBER(SNAPPED, "snapped", "")                                                             \
	NUMBER(DROPS, "drops", "")                                                                 \
	NUMBER(MIDSTREAM, "midstream", "")                                                         \
	NUMBER(ONE_SIDED, "one_sided", "")                                                         \
	NUMBER(UNSOLICITED, "unsolicited", "")

enum finding_number_id {
#define NUMBER(id, slug, unit) NUMBER_##id,
	FINDING_NUMBERS(NUMBER)
#undef NUMBER
	NUMBER_CODES
};

struct finding_number_info {
	const char *slug, *unit;
};

extern const struct finding_number_info number_infos[NUMBER_CODES];

/* What sets the failing flows of a listener apart from the good ones. */
#define CONTRAST_DIMENSIONS(DIMENSION)                                                             \
	DIMENSION(SOURCE, "source")	 /* the client's address */                                \
	DIMENSION(NETWORK, "network")	 /* its /24, or /64 */                                     \
	DIMENSION(NEXT_HOP, "next-hop")	 /* MAC address from which the client's frames come */     \
	DIMENSION(TTL, "ttl")		 /* of the client's packets */                             \
	DIMENSION(CONTEXT, "vlan")	 /* VLANs and tunnel */                                    \
	DIMENSION(PORT_BUCKET, "port-bucket") /* source port modulo 8 */                           \
	DIMENSION(SIZE, "size")		 /* largest payload sent, see enum contrast_size */        \
	DIMENSION(OPTIONS, "options")	 /* fingerprint of the SYN */                              \
	DIMENSION(SNI, "sni")		 /* name in the TLS client hello */

enum contrast_dimension {
#define DIMENSION(id, slug) CONTRAST_##id,
	CONTRAST_DIMENSIONS(DIMENSION)
#undef DIMENSION
	CONTRAST_CODES
};

extern const char *const contrast_slugs[CONTRAST_CODES];

/* Classes of the largest payload: up to 536 bytes, up to 1200, up to 1380, above. */
enum contrast_size { CONTRAST_UP_TO_536, CONTRAST_UP_TO_1200, CONTRAST_UP_TO_1380, CONTRAST_ABOVE };

enum { CONTRAST_NAME_SIZE = 64 };

/* The SYN's options and sizes, as tools for fingerprinting systems use them. */
struct syn_fingerprint {
	uint16_t options; /* enum tcp_option_bit */
	uint16_t window, mss;
	uint8_t wscale, ttl; /* initial TTL: 32, 64, 128 or 255 */
};

/* One value of one dimension: of bad_total failing flows bad have it, of good_total good ones good.
 * lift: how many times more often a flow with it fails than one without, in percent (200: twice);
 * UINT32_MAX: none without it fails. */
struct contrast {
	uint8_t dimension; /* enum contrast_dimension */
	uint8_t ip_version;
	uint32_t bad, bad_total, good, good_total;
	uint32_t lift;
	union {
		struct ip_addr addr;	    /* SOURCE, NETWORK (of 24 or 64 bits) */
		uint8_t mac[6];		    /* NEXT_HOP */
		uint64_t number;	    /* TTL, PORT_BUCKET, SIZE */
		packet_context context;	    /* CONTEXT */
		struct syn_fingerprint syn; /* OPTIONS */
		char name[CONTRAST_NAME_SIZE]; /* SNI, NUL-terminated, as on the wire (not safe) */
	} value;
};

/* A frame that proves something, and the flow it belongs to. */
struct finding_evidence {
	int64_t at_ns;
	uint32_t flow; /* its number */
	uint32_t frame;
	uint16_t source; /* capture file */
};

/* The half-open backlog of a listener over time. points[i] is the number of half-open requests at
 * start_ns + i * step_ns; waiters[i] of connections that wait for accept, at least. */
enum { BACKLOG_POINTS = 64 };

struct backlog_curve {
	int64_t start_ns, step_ns;
	uint32_t count; /* of points; 0: there is no curve */
	uint32_t points[BACKLOG_POINTS], waiters[BACKLOG_POINTS];
};

enum {
	FINDING_NUMBER_MAX = 20,
	FINDING_EVIDENCE_MAX = 6,
	FINDING_CONTRAST_MAX = 3,
	FINDING_NETWORK_MAX = 4,
	FINDING_TIMER_MAX = 6,
};

/* The flow that stands for the others where words need one: for commands and causes. */
struct finding_example {
	struct ip_addr client, server, icmp_from;
	uint16_t client_port, server_port;
	uint8_t ip_version;
	uint8_t icmp_version; /* 0: no ICMP error */
	uint8_t icmp_type, icmp_code;
	uint32_t number; /* of the flow */
	int64_t first_ns, event_ns; /* its first frame, and what happened to it */
};

struct finding {
	uint8_t code;	  /* enum finding_code */
	uint8_t severity; /* enum finding_severity */
	uint8_t suspect;  /* enum suspect */
	uint8_t confidence; /* 0 to 100 */
	uint8_t verdict;  /* enum verdict_code that all its flows share; VERDICT_CODES: none or several */
	uint8_t rst_form;   /* enum rst_form shared by its RSTs, else RST_FORM_NONE */
	uint8_t rst_origin; /* enum rst_origin likewise */
	uint8_t direction;  /* enum direction that is concerned, where the code has one */
	uint8_t number_count, evidence_count, contrast_count, network_count, timer_count;
	uint8_t cause_count, advice_count;
	struct finding_subject subject;
	int64_t first_ns, last_ns; /* of what it is about */
	uint64_t flows;		   /* how many it is about */
	struct {
		uint8_t id; /* enum finding_number_id */
		int64_t value;
	} numbers[FINDING_NUMBER_MAX];
	struct finding_evidence evidence[FINDING_EVIDENCE_MAX]; /* in the order of time */
	struct contrast contrasts[FINDING_CONTRAST_MAX];
	/* sources or networks that it concerns most */
	struct {
		struct ip_addr addr;
		uint8_t ip_version, prefix_length;
		uint32_t flows;
	} networks[FINDING_NETWORK_MAX];
	uint8_t timers[FINDING_TIMER_MAX]; /* indexes into idle_timers that fit */
	uint8_t causes[VERDICT_CAUSE_MAX];
	uint8_t advice[VERDICT_ADVICE_MAX];
	struct finding_example example;
	struct backlog_curve backlog;
	char name[CONTRAST_NAME_SIZE]; /* SNI or such, as on the wire; "" none */
};

/* Failing flows of one listener with one verdict. explained: those that a finding is about. */
struct failure_group {
	struct ip_addr server;
	uint16_t server_port;
	uint8_t ip_version;
	uint8_t verdict; /* enum verdict_code */
	uint64_t flows, explained;
};

/* Who sends the RSTs that end connections: an endpoint, or a device that speaks in its name. */
struct rst_source {
	struct ip_addr addr; /* in whose name */
	uint16_t port;	     /* of the listener; 0: a client's */
	uint8_t ip_version;
	uint8_t origin; /* enum rst_origin */
	uint8_t ttl;	/* of its RSTs here */
	uint8_t hops;	/* routers away, UINT8_MAX unknown */
	uint64_t flows; /* ended by it, refusals included */
	uint64_t refusals;
};

enum { RST_SOURCE_MAX = 16 };

/* All that was concluded. Most severe first, then most flows, then earliest. */
struct findings_report {
	struct finding *findings;
	size_t count;
	struct failure_group *groups; /* those with unexplained flows, most first */
	size_t group_count;
	struct rst_source rst_sources[RST_SOURCE_MAX]; /* most flows first */
	size_t rst_source_count;
	uint64_t rst_flows; /* ended by RSTs, refusals included */
	uint64_t overflowed; /* flows that found no room in the tables: findings may lack them */
};

/* What only the reader of the capture knows. */
struct capture_facts {
	const struct tracker_stats *stats;
	uint64_t kernel_drops, interface_drops;
};

struct findings;

/* Returns NULL when memory is short. The limits are copied. Free with findings_free(). */
struct findings *findings_new(const struct limits *limits);
void findings_free(struct findings *findings);

/* Takes in a decided flow; any order. Nothing of it is kept by reference. */
void findings_take(struct findings *findings, const struct flow *flow,
		   const struct verdict *verdict);

/* Adds what from has seen. Flow numbers of both must be distinct for evidence to make sense. */
void findings_merge(struct findings *findings, const struct findings *from);

/* Draws the conclusions; the state stays as it is and can take in more. NULL when memory is short.
 * Free with findings_report_free(). */
struct findings_report *findings_conclude(const struct findings *findings,
					  const struct capture_facts *facts);
void findings_report_free(struct findings_report *report);

/* Value of a number; false if the finding has none of that name. */
bool finding_number(const struct finding *finding, enum finding_number_id id, int64_t *ret_value);

/* Bytes held, tables included: bounded whatever comes. */
size_t findings_memory(const struct findings *findings);

#endif

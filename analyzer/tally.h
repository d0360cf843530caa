/* SPDX-License-Identifier: BSD-2-Clause */
/* What is kept of decided flows for the findings: records per listener, group of failures, pair,
 * source, scan, path and sender of RSTs. For analyzer/findings*.c and tally*.c only.
 *
 * Everything is a sum, a minimum, a maximum, a sketch or a bounded sample by a rule that does not
 * depend on the order, so that tallies of parts add up. */
#ifndef TCPWHY_TALLY_H
#define TCPWHY_TALLY_H

#include "analyzer/backlog.h"
#include "analyzer/contrast.h"
#include "analyzer/episodes.h"
#include "analyzer/findings.h"
#include "analyzer/presence.h"
#include "analyzer/sketch.h"
#include "analyzer/table.h"
#include "analyzer/timeline.h"

enum {
	TALLY_LISTENERS = 2048,
	TALLY_GROUPS = 2048,
	TALLY_BACKLOGS = 256,
	TALLY_PAIRS = 16384,
	TALLY_SOURCES = 2048,
	TALLY_SCANS = 1024,
	TALLY_PATHS = 1024,
	TALLY_BARE_HOSTS = 512,
	TALLY_RSTS = 1024,
	PROOFS_SOME = 4,
	PAIR_TIMES = 12,
	SOURCE_SAMPLES = 16,
	GROUP_FORMS = 8,
};

/* Events closer than this are one episode from the start. */
#define TALLY_JOIN_NS (NS_PER_S / 5)
/* Silences that differ by no more are one. */
#define TALLY_IDLE_JOIN_NS (NS_PER_S / 2)

/* Frames that prove something: the earliest, the latest, and a few by chance, so that some lie where
 * most of it happened. */
struct proofs {
	uint8_t count; /* of some[]; 0: nothing happened */
	struct finding_evidence first, last, some[PROOFS_SOME];
};

/* A service as its flows show it. Probes are counted apart and in nothing else. */
struct listener {
	struct table_key key; /* a: server, port */
	uint64_t flows, good, bad, probes, incomplete;
	uint64_t answered;    /* flows in which the server sent anything */
	uint64_t established;
	int64_t first_ns, last_ns; /* of flows' beginnings */
	/* handshakes completed by a server that went on: exact times where they are rare, whether
	 * there were any, and how many */
	struct episodes served;
	struct presence present;
	struct timeline serving;
	struct runs dropped; /* connections that the server ended without having been asked */
	struct runs refused; /* attempts that were refused */
	/* attempts with nothing but one SYN from the client, and their addresses */
	uint64_t bare, bare_synacked;
	uint64_t bare_flows; /* of them, those that are no probes */
	struct episodes bare_at;
	struct distinct bare_sources;
	struct proofs bare_proofs;
	/* SYN-ACKs that were never acknowledged and watched for long: sent once, sent again */
	uint64_t synack_once, synack_again;
	struct episodes synack_once_at;
	struct proofs synack_once_proofs;
	/* handshakes that cost another SYN */
	uint64_t late, late_answered; /* the latter: the server repeated its SYN-ACK */
	uint64_t late_delay[4]; /* up to 2, 5, 10 s, more */
	struct episodes late_at;
	struct proofs late_proofs;
	/* served after the server had repeated its SYN-ACK */
	uint64_t stalled;
	struct episodes stalled_at;
	struct proofs stalled_proofs;
	/* one direction only; SYN-ACKs without SYN */
	uint64_t one_sided, unsolicited;
	struct episodes one_sided_at, unsolicited_at;
	struct distinct unsolicited_sources;
	struct proofs one_sided_proofs, unsolicited_proofs;
	struct ip_addr one_sided_client; /* smallest and whether there are others */
	bool one_sided_clients;
	/* silences: outlived, deadly, ended in order */
	uint64_t survivors;
	int64_t survived_ns; /* longest */
	struct episodes died, retired;
	struct episodes died_at, retired_at;
	struct proofs died_proofs, retired_proofs;
	uint64_t unprobed; /* deaths of flows that never sent a keep-alive */
	struct contrast_counts contrast;
};

/* Failing flows of one listener with one verdict. */
struct group {
	struct table_key key; /* a: server, port, code: verdict, sub: TLS alert and the like */
	uint64_t flows;
	uint64_t resending, synacked;
	struct episodes at;
	struct distinct sources;
	struct values clients; /* whom it meets; for reset-injected and pmtu-blackhole see tally.c */
	struct proofs proofs;
	uint64_t confidence; /* sum */
	uint64_t suspects[SUSPECT_CODES];
	uint64_t forms[GROUP_FORMS], origins[RST_ORIGIN_CODES];
	uint64_t at_server; /* seen from the server's side, and sure */
	uint64_t seen_at_server; /* however sure */
	uint8_t ttl_least, ttl_most; /* of the deciding RSTs; 0: none */
	uint16_t stuck_least, passed_most; /* payload sizes of pmtu-blackhole; 0: none */
	struct ip_addr device; /* that sent ICMP errors: the smallest */
	uint8_t device_version;
	bool devices; /* there were several */
	uint8_t cause_count, advice_count;
	uint8_t causes[VERDICT_CAUSE_MAX], advice[VERDICT_ADVICE_MAX]; /* of the example */
	struct finding_example example; /* the earliest */
	char name[CONTRAST_NAME_SIZE];	/* of the earliest */
};

/* The half-open backlog of a listener. */
struct backlog_record {
	struct table_key key; /* a: server, port */
	struct backlog backlog;
};

/* A client and a listener. */
struct pair {
	struct table_key key; /* a: client, b: server, port */
	uint32_t flows, good, bad, silent, probes;
	uint8_t times;		    /* of probe_ns */
	int64_t probe_ns[PAIR_TIMES]; /* the earliest, in order */
	int64_t probe_last_ns;
	int64_t silent_first_ns, silent_last_ns;
	int64_t good_last_ns; /* valid if good > 0 */
	struct proofs probe_proofs, silent_proofs;
	/* flows per minute, the latest minutes */
	int64_t minute[4];
	uint32_t minute_flows[4];
	uint32_t busiest; /* of any minute that was left */
	uint32_t reused;  /* ports that came again within a minute */
};

/* A SYN of a source, for clocks. */
struct syn_sample {
	uint64_t order; /* hash: the smallest are kept */
	int64_t at_us;
	uint32_t tsval;
	uint32_t server; /* hash: a clock may differ for each, as Linux had it from 4.10 on */
	uint16_t port;
	bool has_timestamp, good, silent;
};

/* A client address. */
struct source {
	struct table_key key; /* a: client */
	uint64_t flows, good, bad;
	/* [1]: unanswered ones, which are rare and must not be crowded out */
	uint32_t samples[2];
	uint64_t silent_without; /* unanswered SYNs without timestamp option */
	/* attempts that met an older connection of the same ports */
	uint64_t collisions;
	struct episodes collided_at;
	struct proofs collision_proofs;
	int64_t reused_us; /* shortest time after which ports came again; 0: never */
	int64_t first_ns, last_ns;
	struct proofs proofs;
	/* as many as samples[] says; not cleared when the record is used again */
	struct syn_sample sample[2][SOURCE_SAMPLES];
};

enum scan_kind { SCAN_PORTS = 1, SCAN_HOSTS };

/* Fruitless attempts of one source at the ports of a host (b), or at a port of many hosts. */
struct scan {
	struct table_key key; /* a: source; b: host or port; code: enum scan_kind */
	uint64_t flows, refused, unanswered, open;
	struct distinct targets;
	struct episodes at;
	struct proofs proofs;
};

enum path_kind { PATH_HOST = 1, PATH_NETWORK };

/* A server host, or a network of clients: what its flows lost on the way. */
struct path {
	struct table_key key; /* a: host or network; code: enum path_kind */
	uint64_t flows;
	uint64_t segments[2], retransmissions[2]; /* by direction */
	uint64_t storms, storm_retransmissions;
	struct episodes storm_at; /* when they began */
	int64_t storm_last_ns;	  /* when the last one ended */
	struct proofs proofs, storm_proofs;
	int64_t first_ns, last_ns;
	/* pmtu-blackhole towards this network or host */
	uint64_t stuck;
	uint16_t stuck_least, passed_most;
	struct episodes stuck_at;
	struct proofs stuck_proofs;
	struct finding_example stuck_example;
	struct ip_addr stuck_server; /* smallest; and whether there are others */
	uint16_t stuck_port;
	bool stuck_servers;
	uint8_t stuck_direction;
};

/* Attempts at a host, at whatever port, of which nothing but one SYN came. */
struct bare_host {
	struct table_key key; /* a: server */
	uint64_t bare, synacked;
	struct episodes at;
	struct distinct sources;
	struct proofs proofs;
};

/* RSTs in the name of one address, by what they look like. */
struct rst_sender {
	struct table_key key; /* a: address, port (0: a client), code: form, sub: origin, b.lo: TTL */
	uint64_t flows, refusals;
	struct episodes at; /* of those that ended a connection */
	struct proofs proofs;
	struct finding_example example;
};

struct tally {
	struct limits limits;
	struct table listeners, groups, backlogs, pairs, sources, scans, paths, bare_hosts, rsts;
	uint64_t flows, good, bad, probes, incomplete, established;
	struct episodes midstream_at; /* beginnings of flows that were met in mid-stream */
	int64_t first_ns, last_ns;
	uint64_t payload; /* bytes of all flows */
	uint64_t beyond;  /* flows with anything but SYN and SYN-ACK */
	uint64_t lossy;	  /* flows of which the capture lacks bytes */
	uint64_t options_cut; /* flows of which it lacks TCP options */
	struct proofs loss_proofs;
};

bool tally_init(struct tally *tally, const struct limits *limits);
void tally_release(struct tally *tally);
void tally_take(struct tally *tally, const struct flow *flow, const struct verdict *verdict);
void tally_merge(struct tally *tally, const struct tally *from);

/* What several files need. */
void proofs_add(struct proofs *proofs, const struct finding_evidence *evidence);
void proofs_merge(struct proofs *proofs, const struct proofs *from);

static inline const struct listener *
tally_listener(const struct tally *tally, struct ip_addr server, uint16_t port, uint8_t ip_version)
{
	const struct table_key key = { .a = server, .port = port, .ip_version = ip_version };
	return table_find(&tally->listeners, &key);
}

#endif

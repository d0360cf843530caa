/* SPDX-License-Identifier: BSD-2-Clause */
/* One connection attempt and its life: what each side sent, and the moments that can prove it. */
#ifndef TCPWHY_FLOW_H
#define TCPWHY_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/packet.h"

/* Index of the half that sent; also the direction of what it sends. Rules are written once, for
 * half[dir] and half[!dir]. */
enum direction {
	TO_SERVER = 0, /* sent by the client */
	TO_CLIENT = 1, /* sent by the server */
};

/* Where a half stands; the pair of halves is the state of the flow (analyzer/state.c). */
enum half_state {
	HALF_NONE,	/* nothing seen that binds it */
	HALF_SYN_SENT,	/* its SYN was seen */
	HALF_SYN_RCVD,	/* its SYN-ACK was seen */
	HALF_OPEN,	/* its SYN is acknowledged, or it was met in mid-stream */
	HALF_FIN_SENT,	/* its FIN was seen */
	HALF_FIN_ACKED, /* its FIN is acknowledged */
	HALF_RESET,	/* it sent an RST that the other side had to believe */
	HALF_DEAD,	/* it received such an RST */
	HALF_STATES
};

/* Something that happened at one frame. 12 bytes: time is kept in microseconds since the flow's
 * first frame, 48 bits (8.9 years). frame 0: never happened. */
struct moment {
	uint32_t frame;
	uint32_t us_low;
	uint16_t us_high;
	uint16_t source; /* capture file, see struct frame */
};

/* One side of a flow. All counters saturate. What every segment needs stands in the first two cache
 * lines, what data needs in the third. */
struct half {
	packet_context context; /* VLANs and tunnel in which it sends */
	uint64_t payload;	/* payload bytes seen, retransmissions included */
	uint64_t span;		/* bytes in sequence space, each once; SYN and FIN not counted */
	int64_t next_ns;	/* when next_seq last moved */
	int64_t ack_ns;		/* when it last acknowledged anything new */
	int64_t last_ns;	/* time of its last packet that is no RST */
	int64_t empty_ack_ns;	/* time of its last acknowledgement without data */
	uint32_t isn;		/* valid if isn_known; in mid-stream the first seq seen minus 1 */
	uint32_t next_seq;	/* highest end of what it sent or the peer acknowledged (snd_nxt) */

	uint32_t seen_end;	/* highest end of what was seen of it */
	uint32_t last_seq;	/* first sequence number of its last new segment */
	uint32_t ack;		/* highest acknowledgement it sent; valid if has_ack */
	uint32_t edge;		/* right edge it offered: highest ack + scaled window */
	uint32_t max_window;	/* largest window it offered, scaled */
	uint32_t tsval;		/* its last timestamp value, valid if the timestamp option was used */
	uint32_t packets;	/* all its frames, duplicates and rejected segments included */
	uint32_t retransmissions; /* SYN, data and FIN */
	uint16_t window; /* last seen, unscaled */
	uint16_t ip_id;	 /* of its last packet */
	uint16_t last_length;	/* payload of its last packet */
	uint16_t sent_length, acked_length; /* largest payload sent, and known to be acknowledged */
	uint16_t fin_count, rst_count;
	uint8_t wscale;	       /* of its SYN or SYN-ACK, at most 14 */
	uint8_t ttl;	       /* of its last packet that is neither SYN nor RST; 0: none seen */
	uint8_t ttl_other;     /* another TTL that such packets had; 0: none */
	uint8_t ip_id_steps;   /* IP IDs in a row that grew by 1 to 64 */
	uint8_t state;	       /* enum half_state */
	uint8_t unheard_keepalives; /* in a row, up to now: it got no answer to them */
	uint8_t dup_acks;      /* in a row, for fast retransmission */
	uint8_t checksums;     /* bit per enum checksum_state seen */
	uint8_t zeek_state;    /* analyzer/compat.c, as the next two */
	uint8_t zeek_before;
	uint8_t zeek_seen;
	uint8_t tos_syn;
	bool isn_known : 1;    /* SYN or SYN-ACK seen */
	bool presumed : 1;     /* met in mid-stream */
	bool has_ack : 1;
	bool has_wscale : 1;
	bool has_context : 1;
	bool outbound : 1;     /* the capture said that its frames left this host */
	bool inbound : 1;
	bool over_mss : 1;     /* sent segments longer than the MSS allows: offload on this host */
	bool zero_window : 1;  /* its last window was 0 */
	bool sacked_beyond : 1; /* the peer has received something behind what it acknowledges */
	bool synack_win0 : 1;  /* its SYN-ACK offered no window: a SYN proxy does that */
	bool options_cut : 1;  /* TCP options missing in the snapshot */
	bool has_holes : 1;    /* something is or was missing in what was seen of it */
	bool cut_payload : 1;  /* payload missing in the snapshot since the last acknowledgement */
	bool ack_moved : 1;    /* its acknowledgements moved beyond one value */
	bool seq_known : 1;    /* isn and next_seq are valid: seen, or deduced from the peer's ACK */

	struct moment data_first; /* first payload */
	struct moment data_last;
	uint16_t mss;	 /* 0: no option seen */
	uint16_t zeek_gaps;	/* analyzer/compat.c */
	uint8_t payload_kind;  /* enum payload_kind of its first payload */
	uint8_t ttl_syn;       /* of its first SYN or SYN-ACK; 0: none seen */
	uint16_t syn_count, synack_count;
	uint16_t options;      /* enum tcp_option_bit of its SYN or SYN-ACK */
	struct moment fin;	  /* first FIN */
	uint32_t fin_end;	/* sequence number after its FIN; valid if fin_count > 0 */
	uint32_t zeek_fin;	/* end of its last FIN, analyzer/compat.c */
	struct moment syn;	  /* first SYN or SYN-ACK */
	struct moment syn_last;	  /* last one with the same ISN */
	struct moment rst;	  /* first RST, effective or not */
	uint64_t link_source;	/* of its first frame, see struct packet; 0 not known */
	uint64_t unseen;	/* bytes that the peer acknowledged and the capture lacks */
	uint32_t syn_tsval;	/* timestamp value of its first SYN or SYN-ACK, as tsval */
	uint32_t out_of_order;
	uint32_t odd_end; /* end of its last data that was too far away to be believed */
	uint16_t duplicates;	/* frames that were captured twice (dup-capture) */
	uint16_t keepalives;	/* keep-alive probes it sent */
	uint16_t window_probes; /* zero-window probes it sent */
	uint16_t syn_length;	/* payload of its SYN */
	uint16_t syn_window;	/* window of its SYN or SYN-ACK */
	uint16_t challenge_acks; /* pure ACKs that answered something unacceptable */
};

/* How a half's RST relates to what its receiver must believe (RFC 9293 3.10.7, RFC 5961 3). */
enum rst_effect {
	RST_EFFECTIVE,	   /* exactly what the receiver expects */
	RST_IN_WINDOW,	   /* calls for a challenge ACK, does not reset */
	RST_OUT_OF_WINDOW, /* ignored */
	RST_BAD_ACK,	   /* in SYN-SENT: does not acknowledge our SYN; ignored */
	RST_BAD_CHECKSUM,  /* damaged; ignored */
};

/* The form of an RST (doc/verdicts.md, section C). */
enum rst_form {
	RST_FORM_NONE,
	RST_FORM_ACTIVE_ABORT,	  /* F1 */
	RST_FORM_STATELESS_ACK,	  /* F2 */
	RST_FORM_STATELESS_SYN,	  /* F3 */
	RST_FORM_EXACT_OTHER,	  /* F4 */
	RST_FORM_IN_WINDOW_GUESS, /* F5 */
	RST_FORM_OUT_OF_WINDOW,	  /* F6 */
	RST_FORMS
};

/* One RST as it was seen; the attribution works on these. */
struct rst_record {
	struct moment at;
	uint32_t seq, ack;
	uint32_t next_seq; /* where its sender stood */
	uint32_t payload_length;
	uint16_t window, ip_id;
	uint8_t flags, ttl, tos;
	uint8_t direction; /* enum direction: who is said to have sent it */
	uint8_t effect;	   /* enum rst_effect */
	uint8_t form;	   /* enum rst_form */
	bool has_options;
	bool has_timestamp;
	bool answered;	   /* its receiver went on afterwards: it did not believe it */
	bool data_after;   /* within 2 s its sender sent data or FIN at or beyond its number */
	bool ack_after;	   /* ... only empty ACKs */
	bool data_before;  /* its sender had sent data beyond its number */
	bool ip_id_counts; /* its sender's IP IDs were a counter so far */
	uint8_t copies;	   /* further captures of the same packet */
	uint16_t ip_id_gap; /* from its sender's packet before, modulo 2^16 */
	uint16_t wire_segments; /* that the packet before may have been cut into */
	int64_t after_us;  /* since its receiver's last packet: what it can be the answer to; -1 none */
};

struct icmp_record {
	struct moment at;
	struct ip_addr from;
	uint32_t mtu;
	uint8_t type, code, ip_version;
	uint8_t quoted; /* enum direction of the packet it complains about */
	bool quotes_syn;
};

/* Classes of retransmission (doc/verdicts.md, section D). */
enum retransmission {
	RETRANSMISSION_SYN,
	RETRANSMISSION_SYNACK_TIMER,
	RETRANSMISSION_SYNACK_TRIGGERED, /* answers a repeated SYN */
	RETRANSMISSION_FIN,
	RETRANSMISSION_SPURIOUS, /* of bytes already acknowledged */
	RETRANSMISSION_TLP,	 /* tail loss probe */
	RETRANSMISSION_FAST,
	RETRANSMISSION_RTO,
	RETRANSMISSION_LOST_BEFORE, /* first copy never reached the capture: lost upstream */
	RETRANSMISSIONS
};

enum {
	FLOW_RST_MAX = 6,  /* records kept: the first five and the last */
	FLOW_HOLE_MAX = 8, /* gaps in sequence space kept per half */
	FLOW_HISTORY_MAX = 28,
	FLOW_LINE = 64, /* bytes of a cache line */
};

/* A gap in what we saw of a half: [left, right). */
struct hole {
	uint32_t left, right;
	bool bridged; /* several in one: some of it was seen */
};

/* The longest row of transmissions of the same data without progress of its acknowledgement. */
struct stall {
	uint32_t seq;
	uint32_t length;	 /* of the stuck segment */
	uint16_t transmissions;	 /* of that seq, the first included */
	struct moment first, last;
};

/* Retransmissions that come thick: STORM_COUNT within storm_window_us make a storm, which lasts
 * until that long none came. Tail loss probes, spurious ones and FINs do not count. */
enum { STORM_COUNT = 10 };

struct storm {
	struct moment from;  /* where the current row began */
	struct moment first, last; /* of the first storm; first.frame 0: there was none */
	uint32_t count;	     /* of the current row */
	uint32_t storm_count; /* retransmissions of the first storm */
	bool raging;	     /* the current row is that storm */
};

/* What only odd flows need; allocated from the tracker's pool when it is first needed. */
struct detail {
	struct rst_record rst[FLOW_RST_MAX];
	struct icmp_record icmp; /* first that decides, else the first */
	struct hole hole[2][FLOW_HOLE_MAX];
	struct stall stall[2]; /* current, by direction of the data */
	struct storm storm[2]; /* likewise */
	struct moment fin_last[2];
	struct moment keepalive[2]; /* first of the keep-alives that were not heard, by half */
	uint32_t syn_gap_ms[2]; /* between the client's first three SYNs; 0 unknown */
	struct moment stale_ack;	/* first pure ACK that answers the SYN wrongly */
	struct moment synack_after_ack; /* first SYN-ACK timer retransmission after the handshake */
	struct moment zero_window[2];	/* when the current or longest zero window began */
	struct moment idle_from;	/* start of the longest silence */
	struct moment loss;		/* first acknowledgement of bytes the capture lacks */
	uint64_t zero_window_us[2];	/* longest zero window, by who closed it */
	uint32_t retransmission[2][RETRANSMISSIONS];
	uint32_t stale_ack_value;
	uint32_t keepalive_tsecr[2]; /* what the last keep-alive of each half echoed */
	uint32_t sack_right[2]; /* highest right edge that the peer of half[i] reported by SACK */
	uint32_t synack_after_ack_count;
	uint32_t zeek_count[2][3]; /* how often C, T, W happened, by half */
	uint32_t zeek_last_rst[2];
	uint32_t after_reset[2]; /* packets by each half after the first effective RST */
	uint16_t rst_seen; /* all RSTs, beyond what is kept */
	uint16_t icmp_seen;
	uint8_t hole_count[2];
};

/* How the client and server halves were told apart. */
enum role {
	ROLE_SEEN,     /* by SYN or SYN-ACK */
	ROLE_INFERRED, /* guessed: a port known to listen, else the lower port is the server's */
};

struct application;

/* RTT values are in microseconds; UINT32_MAX: unknown. The first line of the cache finds it, the second
 * is written by every segment; then come the halves, and at the end what is seldom needed. */
struct flow {
	struct ip_addr client, server;
	uint16_t client_port, server_port;
	uint32_t hash_next;	   /* pool index + 1, 0 none */
	uint32_t hash;
	uint32_t list_next, list_previous; /* expiry list */
	uint32_t number;      /* in the order of first frames, from 1 */
	int64_t first_ns; /* time of the first frame */

	int64_t last_ns;  /* latest time seen */
	int64_t listed_ns; /* when it was put at the end of its expiry list */
	uint64_t idle_max_us; /* longest silence between two frames */
	struct detail *detail; /* NULL while nothing odd happened */
	struct application *application; /* NULL while nothing readable was said */
	struct moment last_moment;   /* its last frame */
	uint16_t truncated; /* segments whose payload or options the snapshot cut */
	uint8_t told;	    /* what the reviewer returned last, see tracker_review(); 0: nothing */
	uint8_t list;	    /* expiry list it is on */
	uint8_t completeness; /* tshark's bits: 1 SYN 2 SYN-ACK 4 ACK 8 data 16 FIN 32 RST */
	uint8_t history_length;
	uint8_t last_data;  /* enum direction of the last payload */
	uint8_t first_fin;  /* enum direction of the first FIN; valid if either fin_count */
	bool established : 1; /* handshake complete on the wire */
	bool evicted : 1;     /* judged early because the table was full */
	bool superseded : 1;  /* a newer incarnation took its endpoints */
	bool simultaneous : 1;
	bool fast_open : 1;	 /* data on the SYN was acknowledged */
	bool fast_open_ignored : 1;
	bool mptcp : 1;
	bool synack_first : 1; /* the SYN-ACK stood before the SYN in the capture */
	bool time_wait_based : 1; /* time_wait_base is valid */
	bool zeek_flipped : 1; /* Zeek takes our server for the originator */
	bool syn_challenged : 1; /* a stale ACK answered the SYN, and the handshake went on */
	bool reassembled : 1;
	bool data_before_rst : 1; /* payload was seen before the first effective RST */
	bool fin_before_rst : 1;
	uint8_t ip_version;
	uint8_t role; /* enum role */

	struct half half[2]; /* by enum direction of what it sends */

	struct moment handshake_ack; /* the segment that completed the handshake */
	uint32_t handshake_rtt_us, client_rtt_us, server_rtt_us;
	char history[FLOW_HISTORY_MAX]; /* Zeek's letters, history_length of them */
	uint32_t first_frame;
	uint16_t source, interface;
	uint32_t previous;	   /* the incarnation before, pool index + 1, while still held */
	uint32_t successor;	   /* the incarnation after, likewise */
	uint32_t previous_number; /* the flow whose endpoints this one reuses, 0 none */
	uint32_t reused_after_ms; /* how long that one had been silent, saturating */
	uint32_t time_wait_base; /* where the server stood in the incarnation before */
	uint16_t invalid;   /* segments with a flag combination that no TCP sends */
	int64_t superseded_ns; /* when its endpoints were used again, if superseded */
};

/* Adds one, unless that would begin anew. */
static inline void
counter_add(uint16_t *counter)
{
	if (*counter < UINT16_MAX)
		(*counter)++;
}

/* The moment of a packet of this flow. */
static inline struct moment
flow_moment(const struct flow *flow, const struct packet *packet)
{
	int64_t us = (packet->ts_ns - flow->first_ns) / 1000;
	if (us < 0)
		us = 0; /* stamped before the flow's first frame: the capture is out of order */
	return (struct moment){
		.frame = packet->frame,
		.us_low = (uint32_t)us,
		.us_high = (uint16_t)(us >> 32),
		.source = packet->source,
	};
}

static inline int64_t
moment_offset_us(struct moment moment)
{
	return (int64_t)moment.us_high << 32 | moment.us_low;
}

/* Microseconds since 1970 of a moment of this flow. */
static inline int64_t
flow_moment_us(const struct flow *flow, struct moment moment)
{
	return flow->first_ns / 1000 + moment_offset_us(moment);
}

static inline bool
moment_happened(struct moment moment)
{
	return moment.frame != 0;
}

/* Microseconds from a to b; both of the same flow. */
static inline int64_t
moment_distance_us(struct moment a, struct moment b)
{
	return moment_offset_us(b) - moment_offset_us(a);
}

/* SYNs without ACK, both sides. */
unsigned flow_syn_count(const struct flow *flow);

/* The half that opened with a SYN, SYN-ACK seen, and so on: questions that rules ask. */
bool flow_has_syn(const struct flow *flow);
bool flow_has_synack(const struct flow *flow);
bool flow_has_payload(const struct flow *flow);
/* Whether it sent payload, seen or, because the peer acknowledged it, missed by the capture. */
bool half_has_spoken(const struct half *half);
bool flow_has_fin(const struct flow *flow);

/* The first RST that its receiver had to believe, NULL if none. */
const struct rst_record *flow_effective_rst(const struct flow *flow);

/* Zeek's conn_state of the flow as it stands, such as "SF". */
const char *flow_conn_state(const struct flow *flow);

/* The state as a TCP knows it: "SYN_SENT", "ESTABLISHED", "CLOSE_WAIT" ... */
const char *flow_state_name(const struct flow *flow);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files with rules share: the state of one judgement and the words to build a verdict. */
#ifndef TCPWHY_RULES_H
#define TCPWHY_RULES_H

#include "analyzer/verdict.h"

/* One judgement: the flow, what is known around it, and facts that many rules ask for. */
struct judgement {
	const struct flow *flow;
	const struct rule_context *context;
	const struct half *client, *server;
	const struct detail *detail; /* never NULL: an empty one stands in */
	const struct rst_record *rst; /* the RST that ended the flow, NULL none */
	int64_t watched_us; /* how long the capture went on after the flow's last frame */
	bool one_direction; /* only one half was captured */
	unsigned facts;	    /* enum fact bits */
	struct verdict *verdict;
};

/* A rule says whether it applies, and if so explains the verdict. It changes nothing but
 * judgement->verdict, and that only if it returns true. */
typedef bool rule_fn(struct judgement *judgement);

/* Facts without which a rule cannot apply: most flows lack most of them, and most rules need not be
 * asked. A rule still checks what it needs; the facts only spare the question. */
enum fact {
	FACT_RST = 1U << 0,	    /* an RST ended it */
	FACT_RST_SEEN = 1U << 1,    /* there was an RST at all */
	FACT_DETAIL = 1U << 2,	    /* anything odd happened */
	FACT_STALL = 1U << 3,	    /* data was sent again without progress */
	FACT_ZERO_WINDOW = 1U << 4, /* a half offers no window at present */
	FACT_FIN = 1U << 5,	    /* a FIN was sent */
	FACT_APPLICATION = 1U << 6, /* something readable was said */
	FACT_INVALID = 1U << 7,	    /* impossible flags were seen */
	FACT_MIDSTREAM = 1U << 8,   /* neither ISN is known */
	FACT_ONE_DIRECTION = 1U << 9, /* one half was not captured */
	FACT_NO_SYN = 1U << 10,	    /* the client's SYN was not seen */
};

struct rule {
	enum verdict_code code;
	rule_fn *applies; /* NULL: the place of a rule that is still to come */
	unsigned needs;	  /* enum fact bits, all of them */
};

/* In order: the first that applies decides. The last always applies. */
extern const struct rule rules_incomplete[], rules_connect[], rules_open[];
extern const unsigned rules_incomplete_count, rules_connect_count, rules_open_count;

/* Rules of analyzer/rules_reset.c, which stand in the list of rules_open.c. */
rule_fn reset_injected, closed_fin_then_rst, reset_by;

/* Rules of analyzer/rules_stall.c, which stand in the list of rules_open.c. */
rule_fn handshake_ack_ignored, reset_keepalive_timeout, reset_at_accept, zero_window_stall,
	pmtu_blackhole, blackholed_first_data, blackholed_after_idle, blackholed_midflow,
	reset_after_idle, reset_on_first_data;

/* Rules of analyzer/rules_application.c, likewise; and the tags that come from there. */
rule_fn tls_alert, tls13_server_alert_suspected, tls_no_server_hello, tls_to_plaintext_port,
	plaintext_to_tls_port, ssh_no_common, ssh_refused_banner, ssh_preauth_timeout;
/* Whether the connection ended before the HTTP answer was as long as it had announced. */
bool response_truncated(const struct judgement *judgement);
void tag_application(struct judgement *judgement);

void verdict_evidence(struct judgement *judgement, struct moment at, enum evidence_kind kind,
		      enum direction dir, unsigned count);
void verdict_suspect(struct judgement *judgement, enum suspect suspect);
void verdict_cause(struct judgement *judgement, enum cause cause);
void verdict_advice(struct judgement *judgement, enum advice advice);
/* Adds points to the confidence, as the reason's table says. */
void verdict_reason(struct judgement *judgement, enum confidence_reason reason);

/* Whether all that the sender sent is acknowledged. */
bool all_acked(const struct half *sender, const struct half *receiver);
/* The suspect for what one side did. */
enum suspect suspect_side(enum direction dir);

/* Evidence that many rules cite. */
void cite_handshake(struct judgement *judgement);
void cite_syns(struct judgement *judgement);
void cite_synacks(struct judgement *judgement);
void cite_data(struct judgement *judgement);
void cite_fins(struct judgement *judgement);
void cite_rst(struct judgement *judgement);

/* Whether a moment follows at once on a silence that may have outlived an idle timer. */
bool follows_silence(const struct judgement *judgement, struct moment at);

/* Microseconds from a moment of the flow to the end of watching (capture's end, or the moment when
 * the endpoints were used again). */
int64_t watched_since(const struct judgement *judgement, struct moment moment);

#endif

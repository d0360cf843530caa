/* SPDX-License-Identifier: BSD-2-Clause */
/* Failing flows grouped by verdict and server endpoint, or by the device that said no by ICMP, in
 * bounded memory: top of the report. */
#ifndef TCPWHY_DIGEST_H
#define TCPWHY_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/findings.h"
#include "analyzer/flow.h"
#include "analyzer/verdict.h"

enum {
	DIGEST_GROUPS = 1024,
	DIGEST_SLOTS = 2 * DIGEST_GROUPS, /* a power of two */
	DIGEST_CLIENTS = 8,		  /* counted exactly up to here */
	DIGEST_REGISTERS = 256,		  /* for counting clients: 6.5 % error */
};

/* Which clients were seen: the first few by address, all by a bit each (linear counting). */
struct client_set {
	struct ip_addr first[DIGEST_CLIENTS];
	uint8_t registers[DIGEST_REGISTERS]; /* longest row of zeros, by part of the hash */
	uint8_t known;			     /* of first[] */
	bool more;			     /* than first[] holds */
};

struct digest_group {
	struct ip_addr key; /* the server, or the device that sent the ICMP errors */
	struct ip_addr server;
	uint64_t count;
	uint64_t explained; /* of count: flows that findings are about, see digest_explain() */
	int64_t first_ns, last_ns; /* beginnings of the first and last flow */
	uint32_t number;	   /* of the flow that opened the group */
	uint16_t key_port;	   /* 0 for a device */
	uint16_t server_port;
	uint8_t code; /* enum verdict_code */
	uint8_t ip_version;
	uint8_t device_version; /* IP version of the device that sent the ICMP errors, 0: none */
	bool several_servers;	/* server is only one of them; never without a device */
	uint8_t suspect;	/* SUSPECT_UNKNOWN when its flows differ */
	uint8_t confidence_least, confidence_most;
	uint8_t cause_count, advice_count; /* of the flow that opened the group */
	uint8_t causes[VERDICT_CAUSE_MAX];
	uint8_t advice[VERDICT_ADVICE_MAX];
	struct client_set clients;
	char *what, *command; /* its first advice in words; NULL or "" if there is none */
};

struct digest {
	size_t count;
	uint64_t overflow;	      /* flows that found no group */
	bool lacked; /* memory for the words of an advice */
	uint16_t slots[DIGEST_SLOTS]; /* index + 1 */
	struct digest_group groups[DIGEST_GROUPS];
};

/* NULL when memory is short. */
struct digest *digest_new(void);
void digest_free(struct digest *digest);

/* Adds a failing flow. Returns its group, NULL if there is no room for another one. */
struct digest_group *digest_add(struct digest *digest, const struct flow *flow,
				const struct verdict *verdict);

/* Notes how many flows of each group a finding is about. */
void digest_explain(struct digest *digest, const struct findings_report *report);

/* The groups, worst first: most flows that nothing explains, then the class that hurts more, then the
 * earliest. Fills order with digest->count of them. */
void digest_order(const struct digest *digest, const struct digest_group *order[DIGEST_GROUPS]);

/* How many clients; *ret_exact tells whether that is counted or estimated. */
uint64_t client_set_count(const struct client_set *set, bool *ret_exact);

/* How much a class of failure hurts: bigger is worse. */
unsigned class_severity(enum verdict_class verdict_class);

#endif

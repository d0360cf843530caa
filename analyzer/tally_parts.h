/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the tally share: a decided flow, seen as the records need it. */
#ifndef TCPWHY_TALLY_PARTS_H
#define TCPWHY_TALLY_PARTS_H

#include "analyzer/tally.h"

struct sighting {
	const struct flow *flow;
	const struct verdict *verdict;
	const struct rst_record *rst; /* the effective one, NULL none */
	struct moment event;	      /* that made it fail */
	int64_t event_ns;
	bool good, bad, probe, incomplete;
	bool bare;   /* one SYN from the client, and nothing else from it */
	bool passing; /* no connection came about: may be one of very many that never come again */
	bool silent; /* asked again and again, or was filtered */
	bool served; /* the handshake was completed, and the server went on */
};

/* GROUP_SUB_BARE: of the groups whose flows may be bare. Groups of class RESET have the origin of the
 * RST as their sub, those of TLS alerts the alert. */
enum { GROUP_SUB_BARE = 1, GROUP_SUB_ANY = 255 };

struct sighting sighting_make(const struct flow *flow, const struct verdict *verdict);
struct finding_evidence tally_evidence(const struct flow *flow, struct moment moment);
int64_t tally_moment_ns(const struct flow *flow, struct moment moment);

void tally_take_group(struct tally *tally, const struct sighting *sighting);
void tally_take_pair(struct tally *tally, const struct sighting *sighting);
void tally_take_source(struct tally *tally, const struct sighting *sighting);
void tally_take_scan(struct tally *tally, const struct sighting *sighting);
void tally_take_path(struct tally *tally, const struct sighting *sighting);
void tally_take_rst(struct tally *tally, const struct sighting *sighting);

/* What merging needs: further flows in a minute, a further sample. */
void pair_note_minute(struct pair *pair, int64_t minute, uint32_t flows);
void source_add_sample(struct source *source, const struct syn_sample *sample);

/* RSTs cannot be told apart finer than this: form in the low half, TTL above. */
static inline struct ip_addr
tally_rst_look(uint8_t form, uint8_t ttl)
{
	return (struct ip_addr){ 0, (uint64_t)ttl << 8 | form };
}

#endif

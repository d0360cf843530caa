/* SPDX-License-Identifier: BSD-2-Clause */
/* A chi-square test on two by two counts; the threshold allows for a few hundred looks. */
#include "analyzer/contrast.h"

#include <string.h>

enum {
	/* of the chi-square statistic with one degree of freedom: 1 in 3,000,000 by chance */
	CHI_SQUARE_LEAST = 26,
	CONTRAST_BAD_LEAST = 5,	  /* failing flows that must have the value */
	CONTRAST_LIFT_LEAST = 200, /* percent */
	CONTRAST_COVER = 50,	  /* percent of the failing flows that must have it */
};

static enum contrast_size
size_class(const struct flow *flow)
{
	unsigned length = flow->half[0].sent_length > flow->half[1].sent_length
				  ? flow->half[0].sent_length
				  : flow->half[1].sent_length;
	return length <= 536    ? CONTRAST_UP_TO_536
	       : length <= 1200 ? CONTRAST_UP_TO_1200
	       : length <= 1380 ? CONTRAST_UP_TO_1380
				: CONTRAST_ABOVE;
}

static uint8_t
initial_ttl(uint8_t ttl)
{
	return ttl <= 32 ? 32 : ttl <= 64 ? 64 : ttl <= 128 ? 128 : 255;
}

static struct ip_addr
fingerprint_of(const struct half *client)
{
	return (struct ip_addr){
		.hi = (uint64_t)client->options << 32 | (uint64_t)client->syn_window << 16 |
		      client->mss,
		.lo = (uint64_t)client->wscale << 8 | initial_ttl(client->ttl_syn),
	};
}

static struct syn_fingerprint
fingerprint_from(struct ip_addr key)
{
	return (struct syn_fingerprint){
		.options = (uint16_t)(key.hi >> 32),
		.window = (uint16_t)(key.hi >> 16),
		.mss = (uint16_t)key.hi,
		.wscale = (uint8_t)(key.lo >> 8),
		.ttl = (uint8_t)key.lo,
	};
}

void
contrast_server_name(const struct flow *flow, char *name, size_t size)
{
	const struct application *application = flow->application;
	name[0] = '\0';
	if (application == NULL || application->half[TO_SERVER].protocol != PROTOCOL_TLS)
		return;
	const struct application_half *half = &application->half[TO_SERVER];
	size_t length = half->text_length < size - 1 ? half->text_length : size - 1;
	memcpy(name, half->text, length);
	name[length] = '\0';
}

static void
add_name(struct contrast_counts *counts, const struct contrast_name *more)
{
	for (int i = 0; i < CONTRAST_NAMES; i++) {
		struct contrast_name *entry = &counts->name[i];
		if (entry->bad + entry->good == 0)
			*entry = (struct contrast_name){ .bad = 0 };
		if (entry->name[0] == '\0')
			memcpy(entry->name, more->name, sizeof(entry->name));
		if (strcmp(entry->name, more->name) != 0)
			continue;
		entry->bad += more->bad;
		entry->good += more->good;
		return;
	}
}

void
contrast_take(struct contrast_counts *counts, const struct flow *flow, bool bad)
{
	const struct half *client = &flow->half[TO_SERVER];
	counts->bad += bad;
	counts->good += !bad;
	counts->bucket[flow->client_port % CONTRAST_BUCKETS][bad]++;
	/* who never came to send anything did not fail by its size */
	if (flow->half[0].sent_length > 0 || flow->half[1].sent_length > 0)
		counts->size[size_class(flow)][bad]++;
	values_add(&counts->next_hop, (struct ip_addr){ 0, client->link_source }, bad, false);
	values_add(&counts->context, (struct ip_addr){ 0, client->context }, bad, false);
	if (client->syn_count > 0) {
		values_add(&counts->ttl, (struct ip_addr){ 0, client->ttl_syn }, bad, false);
		values_add(&counts->options, fingerprint_of(client), bad, false);
	}
	struct contrast_name name = { .bad = bad, .good = !bad };
	contrast_server_name(flow, name.name, sizeof(name.name));
	if (name.name[0] != '\0')
		add_name(counts, &name);
}

void
contrast_merge(struct contrast_counts *counts, const struct contrast_counts *from)
{
	counts->bad += from->bad;
	counts->good += from->good;
	for (int bad = 0; bad < 2; bad++) {
		for (int i = 0; i < CONTRAST_BUCKETS; i++)
			counts->bucket[i][bad] += from->bucket[i][bad];
		for (int i = 0; i < CONTRAST_SIZES; i++)
			counts->size[i][bad] += from->size[i][bad];
	}
	values_merge(&counts->next_hop, &from->next_hop);
	values_merge(&counts->ttl, &from->ttl);
	values_merge(&counts->context, &from->context);
	values_merge(&counts->options, &from->options);
	for (int i = 0; i < CONTRAST_NAMES; i++)
		if (from->name[i].name[0] != '\0')
			add_name(counts, &from->name[i]);
}

bool
contrast_judge(const struct contrast_cell *cell, struct contrast *ret_contrast)
{
	/* with: a failing, b good; without: c failing, d good */
	double a = (double)cell->bad, b = (double)cell->good;
	double c = (double)(cell->bad_total - cell->bad), d = (double)(cell->good_total - cell->good);
	double all = a + b + c + d;
	if (cell->bad < CONTRAST_BAD_LEAST || a * 100 < (a + c) * CONTRAST_COVER || c + d < 1 ||
	    cell->good_total == 0)
		return false;
	double expected = (a + b) * (a + c) / all;
	if (a <= expected || (a + b) * (c + d) * (a + c) * (b + d) <= 0)
		return false;
	double odd = a * d - b * c;
	double chi_square = all * odd * odd / ((a + b) * (c + d) * (a + c) * (b + d));
	if (chi_square < CHI_SQUARE_LEAST)
		return false;
	double lift = c > 0 ? a / (a + b) / (c / (c + d)) * 100 : (double)UINT32_MAX;
	if (lift < CONTRAST_LIFT_LEAST)
		return false;
	ret_contrast->bad = (uint32_t)cell->bad;
	ret_contrast->bad_total = (uint32_t)cell->bad_total;
	ret_contrast->good = (uint32_t)cell->good;
	ret_contrast->good_total = (uint32_t)cell->good_total;
	ret_contrast->lift = lift < (double)UINT32_MAX ? (uint32_t)lift : UINT32_MAX;
	return true;
}

/* What tells more: more of the failing and fewer of the good flows. */
static int64_t
telling(const struct contrast *contrast)
{
	return (int64_t)contrast->bad * 1000 / contrast->bad_total -
	       (int64_t)contrast->good * 1000 /
		       (contrast->good_total > 0 ? contrast->good_total : 1);
}

void
contrast_offer(struct finding *finding, const struct contrast *contrast)
{
	unsigned at = finding->contrast_count;
	while (at > 0 && telling(contrast) > telling(&finding->contrasts[at - 1]))
		at--;
	if (at == FINDING_CONTRAST_MAX)
		return;
	if (finding->contrast_count < FINDING_CONTRAST_MAX)
		finding->contrast_count++;
	memmove(&finding->contrasts[at + 1], &finding->contrasts[at],
		(finding->contrast_count - 1 - at) * sizeof(*contrast));
	finding->contrasts[at] = *contrast;
}

static void
offer_values(const struct contrast_counts *counts, const struct values *values,
	     enum contrast_dimension dimension, struct finding *finding)
{
	for (uint32_t i = 0; i < values->used; i++) {
		const struct value *value = &values->at[i];
		struct contrast contrast = { .dimension = (uint8_t)dimension };
		const struct contrast_cell cell = { value->bad, counts->bad, value->good,
						    counts->good };
		bool known = value->key.lo != 0 || dimension == CONTRAST_CONTEXT;
		if (!known || !contrast_judge(&cell, &contrast))
			continue;
		if (dimension == CONTRAST_NEXT_HOP)
			for (int byte = 0; byte < 6; byte++)
				contrast.value.mac[byte] =
					(uint8_t)(value->key.lo >> (40 - 8 * byte));
		else if (dimension == CONTRAST_OPTIONS)
			contrast.value.syn = fingerprint_from(value->key);
		else if (dimension == CONTRAST_CONTEXT)
			contrast.value.context = value->key.lo;
		else
			contrast.value.number = value->key.lo;
		contrast_offer(finding, &contrast);
	}
}

static void
offer_array(const uint32_t (*array)[2], int first, int length, enum contrast_dimension dimension,
	    struct finding *finding)
{
	uint64_t total[2] = { 0, 0 };
	for (int i = 0; i < length; i++)
		for (int bad = 0; bad < 2; bad++)
			total[bad] += array[i][bad];
	for (int i = first; i < length; i++) {
		struct contrast contrast = { .dimension = (uint8_t)dimension };
		const struct contrast_cell cell = { array[i][1], total[1], array[i][0], total[0] };
		if (!contrast_judge(&cell, &contrast))
			continue;
		contrast.value.number = (uint64_t)i;
		contrast_offer(finding, &contrast);
	}
}

void
contrast_conclude(const struct contrast_counts *counts, struct finding *finding)
{
	offer_values(counts, &counts->next_hop, CONTRAST_NEXT_HOP, finding);
	offer_values(counts, &counts->ttl, CONTRAST_TTL, finding);
	offer_values(counts, &counts->context, CONTRAST_CONTEXT, finding);
	offer_array(counts->bucket, 0, CONTRAST_BUCKETS, CONTRAST_PORT_BUCKET, finding);
	/* a failure cuts transfers short, so only large payloads can be a cause */
	offer_array(counts->size, CONTRAST_UP_TO_1380, CONTRAST_SIZES, CONTRAST_SIZE, finding);
	offer_values(counts, &counts->options, CONTRAST_OPTIONS, finding);
	uint64_t named[2] = { 0, 0 };
	for (int i = 0; i < CONTRAST_NAMES; i++) {
		named[0] += counts->name[i].good;
		named[1] += counts->name[i].bad;
	}
	for (int i = 0; i < CONTRAST_NAMES; i++) {
		const struct contrast_name *name = &counts->name[i];
		struct contrast contrast = { .dimension = CONTRAST_SNI };
		const struct contrast_cell cell = { name->bad, named[1], name->good, named[0] };
		if (name->name[0] == '\0' || !contrast_judge(&cell, &contrast))
			continue;
		memcpy(contrast.value.name, name->name, sizeof(name->name));
		contrast_offer(finding, &contrast);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Evidence for two flows being the same adds up to points. Candidates are found by what any pair has in
 * common: endpoints, an ISN or a payload. */
#include "analyzer/compare_pair.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/limits.h"
#include "analyzer/seq.h"

/* What two flows have in common, and what it is worth. */
enum {
	WORTH_ENDPOINTS = 30, /* all four */
	WORTH_SERVER = 10,    /* address and port */
	WORTH_PORT = 5,	      /* one port or address of them */
	WORTH_ISN = 40,
	WORTH_OTHER_ISN = -10,
	WORTH_NUMBERS = 25,   /* met in mid-stream: ranges overlap */
	WORTH_OTHER_NUMBERS = -20,
	WORTH_TSVAL = 30,    /* of the SYN or SYN-ACK: 32 bits, but some hosts share one clock among flows */
	WORTH_PAYLOAD = 5,
	WORTH_RARE_PAYLOAD = 20, /* no other flow of either point has it */
	WORTH_TIME = 10,
	ENOUGH = 40,
	ROUNDS = 4,
	ALIKE_MIN = 3,	/* flows that have nothing in common but rare payloads */
	BUCKET_MAX = 64, /* candidates by one common thing; beyond it, it tells nothing */
};

static const int64_t near_ns = 2 * NS_PER_S;
/* Of a SYN that is sent again and again the points may have different copies (Linux: up to 64 s apart). */
static const int64_t again_ns = 64 * NS_PER_S;

/* By what candidates are found. */
enum handle {
	BY_ENDPOINTS,
	BY_CLIENT_ISN,
	BY_SERVER_ISN,
	BY_STAMP, /* timestamp value of the SYN */
	BY_REQUEST,
	BY_ANSWER,
	HANDLES
};

struct entry {
	uint64_t hash;
	uint32_t index;
};

struct best {
	uint32_t index; /* plus 1; 0 none */
	int score;
	bool tied;
};

struct work {
	const struct compare_flow *const *a, *const *b;
	size_t a_count, b_count;
	const struct pairing *pairing;
	struct entry *index[2][HANDLES]; /* sorted by hash, of a and b */
	size_t count[2][HANDLES];
	struct best *best[2];
	uint32_t *a_taken, *b_taken; /* partner plus 1 */
};

static uint64_t
handle_of(const struct compare_flow *flow, enum handle handle)
{
	switch (handle) {
	case BY_ENDPOINTS:
		return compare_mix(compare_mix(flow->client.lo ^ flow->client.hi, flow->server.lo) ^
					   flow->server.hi,
				   (uint64_t)flow->client_port << 16 | flow->server_port);
	case BY_CLIENT_ISN:
		return flow->has_isn[TO_SERVER] ? compare_mix(flow->isn[TO_SERVER], 1) : 0;
	case BY_SERVER_ISN:
		return flow->has_isn[TO_CLIENT] ? compare_mix(flow->isn[TO_CLIENT], 2) : 0;
	case BY_STAMP:
		return flow->has_syn_tsval[TO_SERVER] ? compare_mix(flow->syn_tsval[TO_SERVER], 3) : 0;
	case BY_REQUEST:
		return flow->payload[TO_SERVER];
	case BY_ANSWER:
		return flow->payload[TO_CLIENT];
	case HANDLES:
		break;
	}
	return 0;
}

static int
compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	if (left->hash != right->hash)
		return left->hash < right->hash ? -1 : 1;
	return (left->index > right->index) - (left->index < right->index);
}

static bool
build_index(const struct compare_flow *const *flows, size_t count, enum handle handle,
	    struct entry **ret_index, size_t *ret_count)
{
	struct entry *index = malloc((count + 1) * sizeof(*index));
	size_t used = 0;
	if (index == NULL)
		return false;
	for (size_t i = 0; i < count; i++) {
		uint64_t hash = handle_of(flows[i], handle);
		if (hash != 0)
			index[used++] = (struct entry){ .hash = hash, .index = (uint32_t)i };
	}
	qsort(index, used, sizeof(*index), compare_entries);
	*ret_index = index;
	*ret_count = used;
	return true;
}

/* The first entry with that hash; *ret_count of them. */
static const struct entry *
find(const struct work *work, int side, enum handle handle, uint64_t hash, size_t *ret_count)
{
	const struct entry *index = work->index[side][handle];
	size_t from = 0, to = work->count[side][handle];
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (index[middle].hash < hash)
			from = middle + 1;
		else
			to = middle;
	}
	size_t count = 0;
	while (from + count < work->count[side][handle] && index[from + count].hash == hash &&
	       count <= BUCKET_MAX)
		count++;
	*ret_count = count;
	return index + from;
}

static bool
is_rare(const struct work *work, enum handle handle, uint64_t hash)
{
	size_t here, there;
	find(work, 0, handle, hash, &here);
	find(work, 1, handle, hash, &there);
	return here == 1 && there == 1;
}

static int
score_endpoints(const struct compare_flow *a, const struct compare_flow *b)
{
	bool client = ip_addr_equal(a->client, b->client), server = ip_addr_equal(a->server, b->server);
	bool client_port = a->client_port == b->client_port;
	bool server_port = a->server_port == b->server_port;
	if (client && server && client_port && server_port)
		return WORTH_ENDPOINTS;
	return (server && server_port ? WORTH_SERVER : server_port ? WORTH_PORT : 0) +
	       (client ? WORTH_PORT : 0) + (client_port ? WORTH_PORT : 0);
}

static bool
ranges_overlap(const struct compare_flow *a, const struct compare_flow *b, int dir)
{
	return seq_leq(a->first_seq[dir], b->last_seq[dir]) &&
	       seq_leq(b->first_seq[dir], a->last_seq[dir]);
}

static int
score_numbers(const struct compare_flow *a, const struct compare_flow *b)
{
	int score = 0;
	for (int dir = 0; dir < 2; dir++) {
		if (a->has_isn[dir] && b->has_isn[dir])
			score += a->isn[dir] == b->isn[dir] ? WORTH_ISN : WORTH_OTHER_ISN;
		else if (a->has_numbers[dir] && b->has_numbers[dir])
			score += ranges_overlap(a, b, dir) ? WORTH_NUMBERS : WORTH_OTHER_NUMBERS;
	}
	return score;
}

static int
score_payload(const struct work *work, const struct compare_flow *a, const struct compare_flow *b)
{
	int score = 0;
	for (int dir = 0; dir < 2; dir++) {
		enum handle handle = dir == TO_SERVER ? BY_REQUEST : BY_ANSWER;
		if (a->payload[dir] == 0 || a->payload[dir] != b->payload[dir])
			continue;
		score += is_rare(work, handle, a->payload[dir]) ? WORTH_RARE_PAYLOAD : WORTH_PAYLOAD;
	}
	return score;
}

/* 0: they are not the same flow. */
static int
score(const struct work *work, const struct compare_flow *a, const struct compare_flow *b)
{
	const struct pairing *pairing = work->pairing;
	int worth = score_endpoints(a, b) + score_numbers(a, b) + score_payload(work, a, b);
	for (int dir = 0; dir < 2; dir++)
		if (a->has_syn_tsval[dir] && b->has_syn_tsval[dir] &&
		    a->syn_tsval[dir] == b->syn_tsval[dir])
			worth += WORTH_TSVAL;
	if (pairing->time_known) {
		int64_t slack = pairing->slack_ns + near_ns;
		bool same_syn = a->has_isn[TO_SERVER] && b->has_isn[TO_SERVER] &&
				a->isn[TO_SERVER] == b->isn[TO_SERVER] &&
				score_endpoints(a, b) == WORTH_ENDPOINTS;
		if (same_syn)
			slack += again_ns;
		if (a->first_ns > b->last_ns + slack || b->first_ns > a->last_ns + slack)
			return 0;
		int64_t apart = a->first_ns - b->first_ns;
		if (apart < slack && apart > -slack) {
			worth += WORTH_TIME;
			/* a firewall that changes ISNs keeps the endpoints: nothing else does both */
			if (score_endpoints(a, b) == WORTH_ENDPOINTS)
				worth += WORTH_TIME;
		}
	}
	return worth >= ENOUGH ? worth : 0;
}

static void
consider(struct best *best, uint32_t index, int worth)
{
	if (best->index == index + 1)
		return; /* found by another handle before */
	if (worth > best->score) {
		*best = (struct best){ .index = index + 1, .score = worth };
	} else if (worth == best->score) {
		best->tied = true;
	}
}

/* The best of the other side for a[i], and what a[i] is for them. */
static void
look_around(struct work *work, uint32_t i)
{
	uint32_t seen[HANDLES * BUCKET_MAX];
	size_t seen_count = 0;
	for (int handle = 0; handle < HANDLES; handle++) {
		uint64_t hash = handle_of(work->a[i], (enum handle)handle);
		size_t count = 0;
		const struct entry *entry =
			hash != 0 ? find(work, 1, (enum handle)handle, hash, &count) : NULL;
		if (count > BUCKET_MAX)
			continue;
		for (size_t j = 0; j < count; j++) {
			uint32_t candidate = entry[j].index;
			bool known = work->b_taken[candidate] != 0;
			for (size_t k = 0; k < seen_count && !known; k++)
				known = seen[k] == candidate;
			if (known)
				continue;
			seen[seen_count++] = candidate;
			int worth = score(work, work->a[i], work->b[candidate]);
			if (worth == 0)
				continue;
			consider(&work->best[0][i], candidate, worth);
			consider(&work->best[1][candidate], i, worth);
		}
	}
}

/* One round: who is free looks around, and who chose each other is paired. Returns how many. */
static size_t
play_round(struct work *work)
{
	size_t paired = 0;
	memset(work->best[0], 0, work->a_count * sizeof(struct best));
	memset(work->best[1], 0, work->b_count * sizeof(struct best));
	for (size_t i = 0; i < work->a_count; i++)
		if (work->a_taken[i] == 0)
			look_around(work, (uint32_t)i);
	for (size_t i = 0; i < work->a_count; i++) {
		const struct best *mine = &work->best[0][i];
		if (work->a_taken[i] != 0 || mine->index == 0 || mine->tied)
			continue;
		const struct best *theirs = &work->best[1][mine->index - 1];
		if (theirs->tied || theirs->index != i + 1)
			continue;
		work->a_taken[i] = mine->index;
		work->b_taken[mine->index - 1] = (uint32_t)i + 1;
		paired++;
	}
	return paired;
}

/* A proxy makes another connection, of which nothing but the payload is the same. One request that is
 * alike may be an accident; several, each of them the only one of its kind at both points, are not. */
static void
pair_by_payload(struct work *work)
{
	const struct pairing *pairing = work->pairing;
	for (int pass = 0; pass < 2; pass++) {
		size_t found = 0;
		for (size_t i = 0; i < work->a_count; i++) {
			size_t count = 0;
			uint64_t hash = handle_of(work->a[i], BY_REQUEST);
			if (work->a_taken[i] != 0 || hash == 0 || !is_rare(work, BY_REQUEST, hash))
				continue;
			uint32_t j = find(work, 1, BY_REQUEST, hash, &count)->index;
			const struct compare_flow *a = work->a[i], *b = work->b[j];
			int64_t slack = pairing->slack_ns + near_ns;
			if (work->b_taken[j] != 0 ||
			    (pairing->time_known && (a->first_ns > b->last_ns + slack ||
						     b->first_ns > a->last_ns + slack)))
				continue;
			found++;
			if (pass == 0)
				continue;
			work->a_taken[i] = j + 1;
			work->b_taken[j] = (uint32_t)i + 1;
		}
		if (found < ALIKE_MIN)
			break;
	}
}

static bool
prepare(struct work *work)
{
	bool well = true;
	for (int handle = 0; handle < HANDLES && well; handle++)
		well = build_index(work->a, work->a_count, (enum handle)handle,
				   &work->index[0][handle], &work->count[0][handle]) &&
		       build_index(work->b, work->b_count, (enum handle)handle,
				   &work->index[1][handle], &work->count[1][handle]);
	work->best[0] = calloc(work->a_count + 1, sizeof(struct best));
	work->best[1] = calloc(work->b_count + 1, sizeof(struct best));
	return well && work->best[0] != NULL && work->best[1] != NULL;
}

static void
clean_up(struct work *work)
{
	for (int handle = 0; handle < HANDLES; handle++) {
		free(work->index[0][handle]);
		free(work->index[1][handle]);
	}
	free(work->best[0]);
	free(work->best[1]);
}

bool
compare_pair(const struct compare_flow *const *a, size_t a_count,
	     const struct compare_flow *const *b, size_t b_count, const struct pairing *pairing,
	     uint32_t *ret_partner, uint32_t *ret_back)
{
	struct work work = {
		.a = a,
		.b = b,
		.a_count = a_count,
		.b_count = b_count,
		.pairing = pairing,
		.a_taken = ret_partner,
		.b_taken = ret_back,
	};
	memset(ret_partner, 0, a_count * sizeof(*ret_partner));
	memset(ret_back, 0, b_count * sizeof(*ret_back));
	bool well = prepare(&work);
	for (int round = 0; well && round < ROUNDS && play_round(&work) > 0; round++)
		continue;
	if (well)
		pair_by_payload(&work);
	for (size_t i = 0; well && i < a_count; i++)
		if (ret_partner[i] == 0 && work.best[0][i].index != 0)
			ret_partner[i] = PAIR_AMBIGUOUS;
	for (size_t j = 0; well && j < b_count; j++)
		if (ret_back[j] == 0 && work.best[1][j].index != 0)
			ret_back[j] = PAIR_AMBIGUOUS;
	clean_up(&work);
	return well;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* A small hash table over groups, and counting of clients without keeping them. */
#include "ui/digest.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/sketch.h"
#include "ui/explain.h"

unsigned
class_severity(enum verdict_class verdict_class)
{
	static const uint8_t severity[CLASSES] = {
		[CLASS_OVERFLOW] = 11,	 [CLASS_TIMEOUT] = 10, [CLASS_UNREACHABLE] = 9,
		[CLASS_FILTERED] = 8,	 [CLASS_REFUSED] = 7,  [CLASS_INJECTED] = 6,
		[CLASS_RESET] = 5,	 [CLASS_STALLED] = 4,  [CLASS_HALF_OPEN] = 3,
		[CLASS_APPLICATION] = 2, [CLASS_IDLE] = 1,
	};
	return severity[verdict_class];
}

/* Spreads 64 bits (the finalizer of splitmix64). */
static uint64_t
mix(uint64_t value)
{
	value ^= value >> 30;
	value *= UINT64_C(0xbf58476d1ce4e5b9);
	value ^= value >> 27;
	value *= UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static uint64_t
hash_address(struct ip_addr address)
{
	return mix(address.lo ^ mix(address.hi));
}

struct digest *
digest_new(void)
{
	return calloc(1, sizeof(struct digest));
}

void
digest_free(struct digest *digest)
{
	for (size_t i = 0; digest != NULL && i < digest->count; i++) {
		free(digest->groups[i].what);
		free(digest->groups[i].command);
	}
	free(digest);
}

static void
client_set_add(struct client_set *set, struct ip_addr client)
{
	/* HyperLogLog (Flajolet and others, 2007) */
	uint64_t hash = hash_address(client);
	uint8_t *reg = &set->registers[hash % DIGEST_REGISTERS];
	uint8_t zeros = 1;
	for (hash /= DIGEST_REGISTERS; hash % 2 == 0 && zeros < 57; hash /= 2)
		zeros++;
	if (zeros > *reg)
		*reg = zeros;
	for (unsigned i = 0; i < set->known; i++)
		if (ip_addr_equal(set->first[i], client))
			return;
	if (set->known < DIGEST_CLIENTS)
		set->first[set->known++] = client;
	else
		set->more = true;
}

uint64_t
client_set_count(const struct client_set *set, bool *ret_exact)
{
	*ret_exact = !set->more;
	if (!set->more)
		return set->known;
	return registers_estimate(set->registers, DIGEST_REGISTERS);
}

/* What the flows of a group have in common beside the verdict. */
struct digest_key {
	struct ip_addr address;
	uint16_t port;
	uint8_t code, device_version;
};

/* A device that answers for others answers for many: it is what they have in common. */
static struct digest_key
find_key(const struct flow *flow, enum verdict_code code)
{
	const struct icmp_record *icmp = flow->detail != NULL ? &flow->detail->icmp : NULL;
	bool told = code == VERDICT_REFUSED_BY_ICMP || code == VERDICT_FILTERED_BY_ICMP ||
		    code == VERDICT_UNREACHABLE_BY_ICMP;
	if (told && icmp != NULL && moment_happened(icmp->at))
		return (struct digest_key){
			.address = icmp->from,
			.code = (uint8_t)code,
			.device_version = icmp->ip_version,
		};
	return (struct digest_key){
		.address = flow->server,
		.port = flow->server_port,
		.code = (uint8_t)code,
	};
}

/* Returns whether there was the memory for it. */
static bool
open_group(struct digest_group *group, const struct digest_key *key, const struct flow *flow,
	   const struct verdict *verdict)
{
	*group = (struct digest_group){
		.key = key->address,
		.key_port = key->port,
		.device_version = key->device_version,
		.server = flow->server,
		.server_port = flow->server_port,
		.code = verdict->code,
		.ip_version = flow->ip_version,
		.number = flow->number,
		.first_ns = flow->first_ns,
		.last_ns = flow->first_ns,
		.suspect = verdict->suspect,
		.confidence_least = verdict->confidence,
		.confidence_most = verdict->confidence,
		.cause_count = verdict->cause_count,
		.advice_count = verdict->advice_count,
	};
	memcpy(group->causes, verdict->causes, sizeof(group->causes));
	memcpy(group->advice, verdict->advice, sizeof(group->advice));
	if (verdict->advice_count > 0) {
		char what[EXPLAIN_SIZE];
		char command[EXPLAIN_SIZE];
		explain_advice(flow, verdict, verdict->advice[0], what, command);
		group->what = strdup(what);
		group->command = strdup(command);
		return group->what != NULL && group->command != NULL;
	}
	return true;
}

/* The slot that holds the group of this key, or the empty one where it belongs. */
static uint16_t *
find_slot(struct digest *digest, const struct digest_key *key)
{
	uint64_t hash = hash_address(key->address) ^ mix((uint64_t)key->port << 8 | key->code);
	for (size_t i = hash % DIGEST_SLOTS;; i = (i + 1) % DIGEST_SLOTS) {
		if (digest->slots[i] == 0)
			return &digest->slots[i];
		const struct digest_group *group = &digest->groups[digest->slots[i] - 1];
		if (group->code == key->code && group->key_port == key->port &&
		    group->device_version == key->device_version &&
		    ip_addr_equal(group->key, key->address))
			return &digest->slots[i];
	}
}

struct digest_group *
digest_add(struct digest *digest, const struct flow *flow, const struct verdict *verdict)
{
	const struct digest_key key = find_key(flow, verdict->code);
	uint16_t *slot = find_slot(digest, &key);
	if (*slot == 0 && digest->count == DIGEST_GROUPS) {
		digest->overflow++;
		return NULL;
	}
	if (*slot == 0) {
		digest->lacked |=
			!open_group(&digest->groups[digest->count], &key, flow, verdict);
		*slot = (uint16_t)++digest->count;
	}
	struct digest_group *group = &digest->groups[*slot - 1];
	group->count++;
	group->several_servers |= !ip_addr_equal(group->server, flow->server) ||
				  group->server_port != flow->server_port;
	if (flow->first_ns < group->first_ns)
		group->first_ns = flow->first_ns;
	if (flow->first_ns > group->last_ns)
		group->last_ns = flow->first_ns;
	if (verdict->confidence < group->confidence_least)
		group->confidence_least = verdict->confidence;
	if (verdict->confidence > group->confidence_most)
		group->confidence_most = verdict->confidence;
	if (verdict->suspect != group->suspect)
		group->suspect = SUSPECT_UNKNOWN;
	client_set_add(&group->clients, flow->client);
	return group;
}

/* How many flows of the verdict no finding is about: to that server, or to any for a device that
 * answers in the name of several. */
static uint64_t
count_unexplained(const struct findings_report *report, const struct digest_group *group)
{
	uint64_t count = 0;
	for (size_t i = 0; i < report->group_count; i++) {
		const struct failure_group *failures = &report->groups[i];
		if (failures->verdict == group->code &&
		    (group->several_servers || (failures->server_port == group->server_port &&
						ip_addr_equal(failures->server, group->server))))
			count += failures->flows - failures->explained;
	}
	return count;
}

void
digest_explain(struct digest *digest, const struct findings_report *report)
{
	for (size_t i = 0; i < digest->count; i++) {
		struct digest_group *group = &digest->groups[i];
		uint64_t left = count_unexplained(report, group);
		/* a listener that found no room in the tables looks as if it were explained */
		if (left == 0 && group->count <= report->overflowed)
			left = group->count;
		group->explained = left < group->count ? group->count - left : 0;
	}
}

static int
compare_groups(const void *left, const void *right)
{
	const struct digest_group *a = *(const struct digest_group *const *)left;
	const struct digest_group *b = *(const struct digest_group *const *)right;
	unsigned severity_a = class_severity(verdict_infos[a->code].verdict_class);
	unsigned severity_b = class_severity(verdict_infos[b->code].verdict_class);
	uint64_t count_a = a->count - a->explained;
	uint64_t count_b = b->count - b->explained;
	if (count_a != count_b)
		return count_a > count_b ? -1 : 1;
	if (severity_a != severity_b)
		return severity_a > severity_b ? -1 : 1;
	if (a->first_ns != b->first_ns)
		return a->first_ns < b->first_ns ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

void
digest_order(const struct digest *digest, const struct digest_group *order[DIGEST_GROUPS])
{
	for (size_t i = 0; i < digest->count; i++)
		order[i] = &digest->groups[i];
	qsort(order, digest->count, sizeof(order[0]), compare_groups);
}

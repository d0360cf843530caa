/* SPDX-License-Identifier: BSD-2-Clause */
/* What the path does: large segments that vanish, losses, storms, late handshakes; and the capture. */
#include <assert.h>
#include <stdlib.h>

#include "analyzer/findings_parts.h"

enum {
	STUCK_LEAST = 2,
	STORMS_LEAST = 3, /* flows in ten seconds */
	STORM_COVER = 80, /* percent of the storms that the widest subject must hold */
	LOSS_SEGMENTS = 1000,
	LOSS_PERMILLE = 10,
	LOSS_BAD_PERMILLE = 30,
	LATE_LEAST = 5,
	LATE_PERMILLE = 10,
	LATE_HOSTS = 3,
	THIN_LEAST = 10, /* late handshakes of all listeners together */
	DUPLICATE_PERMILLE = 10,
	CUT_PERMILLE = 10,
	DROP_PERMILLE = 1,
	LOST_PERMILLE = 1,	/* of the bytes, in LOSSY_FLOWS */
	LOST_BAD_PERMILLE = 10, /* likewise, in however few */
	LOST_BYTES = 1460,	/* a segment: less proves little about a capture */
	LOSSY_FLOWS = 3,
	TELLING_SEGMENTS = 100,
	MIDSTREAM_PERMILLE = 50,
	MIDSTREAM_LEAST = 10,
};

static const int64_t storm_window_ns = 10 * NS_PER_S;
static const int64_t storm_pause_ns = 60 * NS_PER_S;
static const int64_t midstream_from_ns = 60 * NS_PER_S;

static const struct path **
sorted_paths(struct conclusion *conclusion)
{
	const struct path **paths =
		(const struct path **)table_sorted(&conclusion->tally->paths);
	if (paths == NULL)
		conclusion->failed = true;
	return paths;
}

/* A host, or a network of its length. */
static void
about_path(struct finding *finding, const struct path *path)
{
	bool network = path->key.code == PATH_NETWORK;
	finding_about(finding, network ? SUBJECT_NETWORK : SUBJECT_HOST, &path->key);
	if (network)
		finding->subject.prefix_length =
			(uint8_t)sketch_network_length(path->key.ip_version);
}

static void
explain_stuck(struct conclusion *conclusion, struct ip_addr network)
{
	for (size_t i = 0; i < conclusion->group_count; i++) {
		if (conclusion->groups[i]->key.code != VERDICT_PMTU_BLACKHOLE)
			continue;
		const struct value *value = values_find(&conclusion->groups[i]->clients, network);
		if (value != NULL)
			conclude_explain(conclusion, i, value->bad);
	}
}

void
conclude_mtu(struct conclusion *conclusion)
{
	const struct path **paths = sorted_paths(conclusion);
	for (size_t i = 0; paths != NULL && i < conclusion->tally->paths.used; i++) {
		const struct path *path = paths[i];
		if (path->stuck < STUCK_LEAST)
			continue;
		struct finding *finding =
			conclude_add(conclusion, FINDING_PMTU_CLUSTER, SEVERITY_WARNING);
		about_path(finding, path);
		finding->verdict = VERDICT_PMTU_BLACKHOLE;
		finding->suspect = SUSPECT_PATH;
		finding->confidence = 90;
		finding->direction = path->stuck_direction;
		finding->flows = path->stuck;
		finding_span(finding, path->stuck_at.at[0].first,
			     path->stuck_at.at[path->stuck_at.used - 1].last);
		finding_set(finding, NUMBER_STUCK_SIZE, path->stuck_least);
		if (path->passed_most > 0)
			finding_set(finding, NUMBER_PASSED_SIZE, path->passed_most);
		finding_prove(finding, &path->stuck_proofs);
		finding_add_cause(finding, CAUSE_PATH_MTU);
		finding_add_advice(finding, ADVICE_MTU);
		finding->example = path->stuck_example;
		explain_stuck(conclusion, path->key.a);
	}
	free(paths);
}

/* When so many flows were in a storm at about the same time. */
static bool
find_storms(const struct path *path, struct episodes *ret_storms)
{
	episodes_bursts(&path->storm_at, storm_window_ns / 2, storm_window_ns, STORMS_LEAST,
			storm_pause_ns, ret_storms);
	return ret_storms->used > 0;
}

static bool
has_storm(const struct path *path)
{
	struct episodes storms;
	return find_storms(path, &storms);
}

/* What all findings about the segments of a path have in common; its window is known. */
static void
tell_of_path(struct finding *finding, const struct path *path)
{
	finding_add_advice(finding, ADVICE_PATH_LOSS);
	finding_add_advice(finding, ADVICE_NIC_DROPS);
	finding->example = (struct finding_example){
		.server = path->key.a,
		.client = path->key.a,
		.ip_version = path->key.ip_version,
		.first_ns = finding->first_ns,
		.event_ns = finding->first_ns,
	};
}

static void
tell_storm(struct conclusion *conclusion, const struct path *path, const struct episode *storm,
	   bool last)
{
	struct finding *finding =
		conclude_add(conclusion, FINDING_RETRANSMISSION_STORM, SEVERITY_WARNING);
	about_path(finding, path);
	finding->suspect = SUSPECT_PATH;
	finding->confidence = 85;
	finding->flows = storm->count;
	finding_span(finding, storm->first, last ? path->storm_last_ns : storm->last);
	finding_set_rate(finding, storm->count, path->flows);
	finding_set(finding, NUMBER_RETRANSMISSIONS, (int64_t)path->storm_retransmissions);
	finding_set(finding, NUMBER_SEGMENTS,
		    (int64_t)(path->segments[0] + path->segments[1]));
	for (int dir = 0; dir < 2; dir++)
		if (path->segments[dir] > 0)
			finding_set(finding, dir == TO_SERVER ? NUMBER_LOSS_TO_SERVER
							      : NUMBER_LOSS_TO_CLIENT,
				    (int64_t)(path->retransmissions[dir] * 1000 /
					      path->segments[dir]));
	finding_prove(finding, &path->storm_proofs);
	tell_of_path(finding, path);
	for (size_t i = 0; i < conclusion->group_count; i++) {
		const struct group *group = conclusion->groups[i];
		if (group->key.code != VERDICT_BLACKHOLED_MIDFLOW ||
		    (path->key.code == PATH_HOST && !ip_addr_equal(group->key.a, path->key.a)))
			continue;
		conclude_explain(conclusion, i,
				 episodes_within(&group->at, finding->first_ns - storm_window_ns,
						 finding->last_ns + storm_window_ns));
	}
}

static void
tell_storms(struct conclusion *conclusion, const struct path *path)
{
	struct episodes storms;
	find_storms(path, &storms);
	for (uint32_t i = 0; i < storms.used; i++)
		tell_storm(conclusion, path, &storms.at[i], i + 1 == storms.used);
}

/* Hosts or networks, whichever are fewer: the narrowest statement that holds. */
static void
storms(struct conclusion *conclusion, const struct path **paths, size_t count)
{
	size_t found[3] = { 0 };
	for (size_t i = 0; i < count; i++)
		found[paths[i]->key.code] += has_storm(paths[i]);
	if (found[PATH_HOST] + found[PATH_NETWORK] == 0)
		return;
	bool hosts = found[PATH_HOST] > 0 &&
		     (found[PATH_NETWORK] == 0 || found[PATH_HOST] <= found[PATH_NETWORK]);
	for (size_t i = 0; i < count; i++)
		if (paths[i]->key.code == (hosts ? PATH_HOST : PATH_NETWORK))
			tell_storms(conclusion, paths[i]);
}

static bool
is_lossy(const struct path *path, int dir)
{
	return path->segments[dir] >= LOSS_SEGMENTS &&
	       sketch_proven_permille(path->retransmissions[dir], path->segments[dir]) >=
		       LOSS_PERMILLE;
}

static bool
has_finding(const struct conclusion *conclusion, enum finding_code code)
{
	for (size_t i = 0; i < conclusion->report->count; i++)
		if (conclusion->report->findings[i].code == code)
			return true;
	return false;
}

static void
tell_loss(struct conclusion *conclusion, const struct path *path)
{
	uint32_t worst = 0;
	uint64_t retransmissions = 0;
	for (int dir = 0; dir < 2; dir++) {
		uint32_t proven = is_lossy(path, dir)
					  ? sketch_proven_permille(path->retransmissions[dir],
								   path->segments[dir])
					  : 0;
		worst = proven > worst ? proven : worst;
		retransmissions += path->retransmissions[dir];
	}
	struct finding *finding =
		conclude_add(conclusion, FINDING_PATH_LOSS,
			     worst >= LOSS_BAD_PERMILLE ? SEVERITY_WARNING : SEVERITY_INFO);
	about_path(finding, path);
	finding->suspect = SUSPECT_PATH;
	finding->confidence = 85;
	finding->flows = path->flows;
	finding_span(finding, path->first_ns, path->last_ns);
	finding_set(finding, NUMBER_RETRANSMISSIONS, (int64_t)retransmissions);
	finding_set(finding, NUMBER_SEGMENTS, (int64_t)(path->segments[0] + path->segments[1]));
	for (int dir = 0; dir < 2; dir++)
		if (is_lossy(path, dir))
			finding_set(finding, dir == TO_SERVER ? NUMBER_LOSS_TO_SERVER
							      : NUMBER_LOSS_TO_CLIENT,
				    (int64_t)(path->retransmissions[dir] * 1000 /
					      path->segments[dir]));
	finding_prove(finding, &path->proofs);
	tell_of_path(finding, path);
}

static void
losses(struct conclusion *conclusion, const struct path **paths, size_t count)
{
	size_t found[3] = { 0 };
	if (has_finding(conclusion, FINDING_RETRANSMISSION_STORM) ||
	    has_finding(conclusion, FINDING_PMTU_CLUSTER))
		return; /* the same segments */
	for (size_t i = 0; i < count; i++)
		found[paths[i]->key.code] += is_lossy(paths[i], 0) || is_lossy(paths[i], 1);
	bool hosts = found[PATH_HOST] > 0 &&
		     (found[PATH_NETWORK] == 0 || found[PATH_HOST] <= found[PATH_NETWORK]);
	for (size_t i = 0; i < count; i++)
		if (paths[i]->key.code == (hosts ? PATH_HOST : PATH_NETWORK) &&
		    (is_lossy(paths[i], 0) || is_lossy(paths[i], 1)))
			tell_loss(conclusion, paths[i]);
}

void
conclude_storms(struct conclusion *conclusion)
{
	const struct path **paths = sorted_paths(conclusion);
	if (paths != NULL) {
		storms(conclusion, paths, conclusion->tally->paths.used);
		losses(conclusion, paths, conclusion->tally->paths.used);
	}
	free(paths);
}

static bool
is_late(const struct conclusion *conclusion, size_t index)
{
	const struct listener *listener = conclusion->listeners[index];
	return listener->late >= LATE_LEAST && !conclusion->flooded[index] &&
	       !conclude_has(conclusion, FINDING_ACCEPT_QUEUE_OVERFLOW, listener) &&
	       sketch_proven_permille(listener->late, listener->established) >= LATE_PERMILLE;
}

static int64_t
median_delay_us(const uint64_t classes[4])
{
	static const int64_t typical_us[4] = { 1000000, 3000000, 7000000, 15000000 };
	uint64_t all = classes[0] + classes[1] + classes[2] + classes[3], seen = 0;
	for (int i = 0; i < 4; i++) {
		seen += classes[i];
		if (seen * 2 >= all)
			return typical_us[i];
	}
	return typical_us[3];
}

static void
add_late(struct finding *finding, const struct listener *listener, uint64_t delays[4])
{
	finding->flows += listener->late;
	finding_span(finding, listener->late_at.at[0].first,
		     listener->late_at.at[listener->late_at.used - 1].last);
	finding_prove(finding, &listener->late_proofs);
	for (int i = 0; i < 4; i++)
		delays[i] += listener->late_delay[i];
}

/* One finding for the listeners [first, end), of which at least one is late. */
static void
tell_late(struct conclusion *conclusion, size_t first, size_t end, bool everywhere)
{
	uint64_t delays[4] = { 0 }, established = 0, late = 0, answered = 0;
	const struct listener *example = NULL;
	struct finding *finding = conclude_add(conclusion, FINDING_LOST_SYN, SEVERITY_WARNING);
	for (size_t i = first; i < end; i++) {
		const struct listener *listener = conclusion->listeners[i];
		if (!is_late(conclusion, i))
			continue;
		example = example == NULL ? listener : example;
		late++;
		answered += listener->late_answered;
		established += listener->established;
		add_late(finding, listener, delays);
	}
	assert(example != NULL);
	finding_about(finding, late > 1 ? SUBJECT_HOST : SUBJECT_LISTENER, &example->key);
	if (late > 1)
		finding->subject.port = 0;
	if (everywhere)
		finding->subject = (struct finding_subject){ .kind = SUBJECT_CAPTURE };
	finding->suspect = SUSPECT_PATH;
	finding->confidence = 85;
	finding_set_rate(finding, finding->flows, established);
	finding_set(finding, NUMBER_DELAY, median_delay_us(delays));
	/* SYN-ACKs that left again and again were lost behind us; else it is the way to the server, or
	 * what came back was lost before it reached us */
	if (answered * 2 > finding->flows) {
		finding->direction = TO_CLIENT;
		finding_add_cause(finding, CAUSE_SYNACK_LOST);
	}
	finding_add_advice(finding, ADVICE_PATH_LOSS);
	finding_add_advice(finding, ADVICE_NIC_DROPS);
	finding_add_advice(finding, answered * 2 > finding->flows ? ADVICE_CAPTURE_AT_CLIENT
								  : ADVICE_CAPTURE_AT_SERVER);
	finding->example = (struct finding_example){
		.server = example->key.a,
		.server_port = example->key.port,
		.ip_version = example->key.ip_version,
		.first_ns = finding->first_ns,
		.event_ns = finding->first_ns,
	};
}

/* Too thin at each listener, and yet everywhere: the path that all of them share. */
static void
tell_thin_losses(struct conclusion *conclusion)
{
	uint64_t delays[4] = { 0 }, late = 0, established = 0, listeners = 0;
	for (size_t i = 0; i < conclusion->listener_count; i++) {
		const struct listener *listener = conclusion->listeners[i];
		if (conclusion->flooded[i] ||
		    conclude_has(conclusion, FINDING_ACCEPT_QUEUE_OVERFLOW, listener))
			continue;
		late += listener->late;
		listeners += listener->late > 0;
		established += listener->established;
	}
	if (late < THIN_LEAST || listeners < LATE_HOSTS ||
	    sketch_proven_permille(late, established) < LATE_PERMILLE)
		return;
	struct finding *finding = conclude_add(conclusion, FINDING_LOST_SYN, SEVERITY_WARNING);
	for (size_t i = 0; i < conclusion->listener_count; i++) {
		const struct listener *listener = conclusion->listeners[i];
		if (listener->late == 0 || conclusion->flooded[i] ||
		    conclude_has(conclusion, FINDING_ACCEPT_QUEUE_OVERFLOW, listener))
			continue;
		if (finding->flows == 0)
			conclude_example(finding, listener);
		add_late(finding, listener, delays);
	}
	finding->subject.kind = SUBJECT_CAPTURE;
	finding->suspect = SUSPECT_PATH;
	finding->confidence = 85;
	finding_set(finding, NUMBER_LISTENERS, (int64_t)listeners);
	finding_set_rate(finding, finding->flows, established);
	finding_set(finding, NUMBER_DELAY, median_delay_us(delays));
	finding_add_advice(finding, ADVICE_PATH_LOSS);
	finding_add_advice(finding, ADVICE_NIC_DROPS);
}

void
conclude_late(struct conclusion *conclusion)
{
	size_t hosts = 0, end;
	for (int pass = 0; pass < 2; pass++) {
		for (size_t first = 0; first < conclusion->listener_count; first = end) {
			bool late = false;
			for (end = first; end < conclusion->listener_count &&
					  ip_addr_equal(conclusion->listeners[end]->key.a,
							conclusion->listeners[first]->key.a);
			     end++)
				late |= is_late(conclusion, end);
			if (pass == 0)
				hosts += late;
			else if (late)
				tell_late(conclusion, first, end, false);
		}
		if (pass == 0 && hosts == 0) {
			tell_thin_losses(conclusion);
			return;
		}
		if (pass == 0 && hosts >= LATE_HOSTS) {
			tell_late(conclusion, 0, conclusion->listener_count, true);
			return;
		}
	}
}

void
conclude_capture(struct conclusion *conclusion)
{
	const struct tally *tally = conclusion->tally;
	const struct tracker_stats *stats = conclusion->facts->stats;
	uint64_t drops = conclusion->facts->kernel_drops + conclusion->facts->interface_drops;
	uint64_t midstream = episodes_within(&tally->midstream_at,
					     conclusion->first_ns + midstream_from_ns, INT64_MAX);
	/* a single lost segment is told with its flow */
	uint64_t all = tally->payload + stats->unseen_bytes;
	bool lossy = stats->unseen_bytes * 1000 > all * LOST_PERMILLE &&
		     stats->unseen_bytes >= LOST_BYTES &&
		     (tally->lossy >= LOSSY_FLOWS ||
		      (stats->unseen_bytes * 1000 > all * LOST_BAD_PERMILLE &&
		       stats->segments >= TELLING_SEGMENTS));
	bool dropped = drops * 1000 >= stats->segments * DROP_PERMILLE && drops > 0;
	bool joined_late = midstream >= MIDSTREAM_LEAST &&
			   sketch_proven_permille(midstream, tally->flows) >= MIDSTREAM_PERMILLE;
	bool cut = tally->options_cut * 1000 > tally->flows * CUT_PERMILLE &&
		   tally->options_cut >= LOSSY_FLOWS;
	bool doubled = stats->duplicates * 1000 > stats->segments * DUPLICATE_PERMILLE &&
		       stats->segments >= TELLING_SEGMENTS;
	/* flows that began before are not judged, but nothing of the rest is lost */
	bool bad = lossy || dropped || cut;
	if (!bad && !doubled && !joined_late)
		return;
	struct finding *finding = conclude_add(conclusion, FINDING_CAPTURE_BAD,
					       bad ? SEVERITY_WARNING : SEVERITY_INFO);
	finding->subject.kind = SUBJECT_CAPTURE;
	finding->suspect = SUSPECT_CAPTURE;
	finding->confidence = 95;
	finding->flows = lossy ? tally->lossy : joined_late ? midstream : tally->options_cut;
	finding_span(finding, conclusion->first_ns, conclusion->last_ns);
	if (lossy)
		finding_set(finding, NUMBER_UNSEEN, (int64_t)stats->unseen_bytes);
	if (dropped)
		finding_set(finding, NUMBER_DROPS, (int64_t)drops);
	if (joined_late)
		finding_set(finding, NUMBER_MIDSTREAM, (int64_t)midstream);
	if (cut)
		finding_set(finding, NUMBER_SNAPPED, (int64_t)tally->options_cut);
	if (doubled)
		finding_set(finding, NUMBER_DUPLICATES, (int64_t)stats->duplicates);
	finding_set(finding, NUMBER_SEGMENTS, (int64_t)stats->segments);
	finding_prove(finding, &tally->loss_proofs);
	if (lossy || dropped)
		finding_add_advice(finding, ADVICE_CAPTURE_BUFFER);
	if (cut)
		finding_add_advice(finding, ADVICE_CAPTURE_FULL_SNAPLEN);
	if (joined_late)
		finding_add_advice(finding, ADVICE_CAPTURE_LONGER);
	if (lossy)
		finding_add_advice(finding, ADVICE_CAPTURE_ANY);
}

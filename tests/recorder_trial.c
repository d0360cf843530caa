/* SPDX-License-Identifier: BSD-2-Clause */
/* The list knows every frame that ever was; the recorder tells only how many of them it still holds. */
#include "tests/recorder_trial.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dissect/dissect.h"

enum {
	LINK_RAW = 101,
	PATH_SIZE = 512,
	PATHS = 4,
	IP_LENGTH = 20,
	ICMP_LENGTH = 8,
};

static const uint8_t client_address[4] = { 10, 0, 0, 1 };
static const uint8_t server_address[4] = { 10, 0, 1, 1 };

static struct ip_addr
address(const uint8_t bytes[4])
{
	return (struct ip_addr){ 0, UINT64_C(0xffff) << 32 | (uint64_t)bytes[0] << 24 |
					    (uint64_t)bytes[1] << 16 | (uint64_t)bytes[2] << 8 |
					    bytes[3] };
}

struct recorder_key
trial_key(unsigned flow)
{
	return (struct recorder_key){ address(client_address), address(server_address),
				      (uint16_t)(1000 + flow), 80 };
}

static void
put16(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static void
put_ip(uint8_t *ip, uint8_t protocol, uint32_t length, bool from_client)
{
	ip[0] = 0x45;
	put16(ip + 2, length);
	ip[8] = 64;
	ip[9] = protocol;
	memcpy(ip + 12, from_client ? client_address : server_address, 4);
	memcpy(ip + 16, from_client ? server_address : client_address, 4);
}

/* Its sequence number is the number of the frame. */
static void
put_segment(uint8_t *bytes, unsigned flow, bool from_client, uint32_t payload, uint32_t number)
{
	uint8_t *tcp = bytes + IP_LENGTH;
	put_ip(bytes, 6, TRIAL_HEADERS + payload, from_client);
	put16(tcp + (from_client ? 0 : 2), 1000 + flow);
	put16(tcp + (from_client ? 2 : 0), 80);
	put16(tcp + 4, number >> 16);
	put16(tcp + 6, number);
	tcp[12] = 5 << 4;
	tcp[13] = TCP_ACK;
	memset(bytes + TRIAL_HEADERS, (int)number & 0xff, payload);
}

static void
put_error(uint8_t *bytes, unsigned flow, uint32_t number)
{
	put_ip(bytes, 1, TRIAL_ERROR_LENGTH, false);
	bytes[IP_LENGTH] = 3;
	bytes[IP_LENGTH + 1] = 13;
	put_segment(bytes + IP_LENGTH + ICMP_LENGTH, flow, true, 1000, number);
	/* what follows the quoted headers is in the error, too */
}

struct trial *
trial_begin(const struct recorder_options *options)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	assert_non_null(trial);
	trial->options = *options;
	trial->recorder = recorder_new(options);
	assert_non_null(trial->recorder);
	return trial;
}

void
trial_end(struct trial *trial)
{
	recorder_free(trial->recorder);
	free(trial);
}

/* Brings the list up to what the recorder still holds, which must always be the newest. */
static void
settle(struct trial *trial)
{
	struct recorder_stats stats;
	recorder_stats(trial->recorder, &stats);
	assert_int_equal(stats.added, trial->count);
	assert_true(stats.held <= trial->count);
	size_t from = trial->count - stats.held;
	assert_true(from >= trial->held_from);
	trial->held_from = from;
	assert_true(stats.oldest_ns == (stats.held > 0 ? trial->record[from].ts_ns : 0));
	if (trial->options.age_ns > 0 && stats.held > 0)
		assert_true(llabs(trial->now_ns - trial->record[from].ts_ns) <=
			    trial->options.age_ns);
}

static void
pass_time(struct trial *trial, int64_t now_ns)
{
	trial->now_ns = now_ns;
	for (unsigned i = 0; i < TRIAL_FLOWS; i++)
		if (trial->options.age_ns > 0 &&
		    now_ns - trial->mark_last_ns[i] > trial->options.age_ns)
			trial->mark[i] = false;
}

static void
add(struct trial *trial, unsigned flow, const uint8_t *bytes, uint32_t length, uint32_t kept,
    int64_t ts_ns)
{
	struct packet packet;
	const struct frame frame = {
		.ts_ns = ts_ns,
		.data = bytes,
		.number = (uint32_t)trial->count + 1,
		.caplen = length,
		.wirelen = length,
		.linktype = LINK_RAW,
		.direction = FRAME_INBOUND,
	};
	assert_true(trial->count < TRIAL_FRAMES);
	assert_int_equal(dissect_frame(&frame, &packet), DISSECT_OK);
	pass_time(trial, ts_ns);
	trial->record[trial->count++] = (struct trial_record){
		.ts_ns = ts_ns,
		.wirelen = length,
		.caplen = trial->options.whole ? length : kept,
		.flow = (uint16_t)flow,
		.marked = trial->mark[flow],
	};
	trial->mark_last_ns[flow] = ts_ns;
	recorder_add(trial->recorder, &frame, &packet);
	settle(trial);
}

void
trial_add(struct trial *trial, unsigned flow, bool from_client, uint32_t payload, int64_t ts_ns)
{
	uint8_t bytes[TRIAL_FRAME_MAX] = { 0 };
	assert_true(payload <= sizeof(bytes) - TRIAL_HEADERS);
	put_segment(bytes, flow, from_client, payload, (uint32_t)trial->count + 1);
	add(trial, flow, bytes, TRIAL_HEADERS + payload, TRIAL_HEADERS, ts_ns);
}

void
trial_add_error(struct trial *trial, unsigned flow, int64_t ts_ns)
{
	uint8_t bytes[TRIAL_FRAME_MAX] = { 0 };
	put_error(bytes, flow, (uint32_t)trial->count + 1);
	add(trial, flow, bytes, TRIAL_ERROR_LENGTH, 256, ts_ns);
}

void
trial_advance(struct trial *trial, int64_t now_ns)
{
	pass_time(trial, now_ns);
	recorder_advance(trial->recorder, now_ns);
	settle(trial);
}

void
trial_mark(struct trial *trial, unsigned flow, int64_t since_ns)
{
	const struct recorder_key key = trial_key(flow);
	recorder_mark(trial->recorder, &key, since_ns);
	if (!trial->mark[flow])
		trial->mark_last_ns[flow] = trial->now_ns;
	trial->mark[flow] = true;
	for (size_t i = trial->held_from; i < trial->count; i++)
		if (trial->record[i].flow == flow && trial->record[i].ts_ns >= since_ns)
			trial->record[i].marked = true;
}

static uint32_t
number_in(const uint8_t *data)
{
	const uint8_t *ip = data[9] == 1 ? data + IP_LENGTH + ICMP_LENGTH : data;
	const uint8_t *seq = ip + IP_LENGTH + 4;
	return (uint32_t)seq[0] << 24 | (uint32_t)seq[1] << 16 | (uint32_t)seq[2] << 8 | seq[3];
}

/* The frame is the one of that index, and kept as it should be. */
static void
expect_frame(const struct trial *trial, size_t index, const struct frame *frame)
{
	const struct trial_record *record = &trial->record[index];
	assert_int_equal(number_in(frame->data), index + 1);
	assert_true(frame->ts_ns == record->ts_ns);
	assert_int_equal(frame->caplen, record->caplen);
	assert_int_equal(frame->wirelen, record->wirelen);
	assert_int_equal(frame->linktype, LINK_RAW);
	assert_int_equal(frame->direction, FRAME_INBOUND);
	if (record->caplen > TRIAL_HEADERS && frame->data[9] == 6)
		assert_int_equal(frame->data[record->caplen - 1], (index + 1) & 0xff);
}

void
trial_find(struct trial *trial, unsigned flow, int64_t since_ns, size_t max)
{
	const struct recorder_key key = trial_key(flow);
	const struct recorder_key back = { key.server, key.client, key.server_port,
					   key.client_port };
	struct recorder_frame *frames = calloc(max + 1, sizeof(*frames));
	bool cut, lost = false;
	size_t count = recorder_find(trial->recorder, &key, since_ns, frames, max, &cut);
	size_t at = count, index = trial->count;
	while (index > trial->held_from && at > 0) {
		const struct trial_record *record = &trial->record[--index];
		if (record->flow != flow || record->ts_ns < since_ns)
			continue;
		expect_frame(trial, index, &frames[--at].frame);
		assert_int_equal(frames[at].frame.number, index + 1);
		assert_int_equal(frames[at].marked, record->marked);
	}
	assert_int_equal(at, 0);
	while (index > 0 && !lost) {
		const struct trial_record *record = &trial->record[--index];
		lost = record->flow == flow && record->ts_ns >= since_ns;
		if (lost && index >= trial->held_from)
			assert_int_equal(count, max);
	}
	if (lost)
		assert_true(cut);
	if (trial->held_from == 0)
		assert_int_equal(cut, lost);
	assert_int_equal(recorder_find(trial->recorder, &back, since_ns, frames, max, NULL), count);
	free(frames);
}

/* The next frame of the capture; false at its end. */
static bool
next_frame(struct capture *capture, struct frame *frame)
{
	if (capture_read(capture, frame, 1) == 1)
		return true;
	assert_int_equal(capture_source(capture, 0)->damage, CAPTURE_INTACT);
	return false;
}

static struct capture *
open_capture(const char *path)
{
	char text[256];
	struct capture *capture;
	const struct capture_options options = { .paths = &path, .path_count = 1 };
	assert_int_equal(capture_open(&capture, &options, text, sizeof(text)), CAPTURE_OK);
	return capture;
}

static void
expect(struct trial *trial, size_t from, int flow, int64_t since_ns, const char *path)
{
	struct capture *capture = open_capture(path);
	struct frame frame;
	for (size_t i = from; i < trial->count; i++) {
		const struct trial_record *record = &trial->record[i];
		if (flow < 0 ? !record->marked : record->flow != flow || record->ts_ns < since_ns)
			continue;
		assert_true(next_frame(capture, &frame));
		expect_frame(trial, i, &frame);
	}
	assert_false(next_frame(capture, &frame));
	capture_close(capture);
}

void
trial_expect_marked(struct trial *trial, const char *path)
{
	expect(trial, 0, -1, 0, path);
}

void
trial_expect_flow(struct trial *trial, unsigned flow, int64_t since_ns, const char *path)
{
	expect(trial, trial->held_from, (int)flow, since_ns, path);
}

size_t
trial_count(const char *path, uint32_t *ret_first, uint32_t *ret_last)
{
	struct capture *capture = open_capture(path);
	struct frame frame;
	size_t count = 0;
	*ret_first = *ret_last = 0;
	while (next_frame(capture, &frame)) {
		*ret_last = number_in(frame.data);
		if (count++ == 0)
			*ret_first = *ret_last;
	}
	capture_close(capture);
	return count;
}

const char *
trial_directory(void)
{
	static char path[PATH_SIZE];
	const char *parent = getenv("TMPDIR");
	if (path[0] != '\0')
		return path;
	snprintf(path, sizeof(path), "%s/tcpwhy-recorder.XXXXXX", parent != NULL ? parent : "/tmp");
	assert_non_null(mkdtemp(path));
	return path;
}

const char *
trial_path(const char *name)
{
	static char paths[PATHS][2 * PATH_SIZE];
	static unsigned next;
	char *path = paths[next++ % PATHS];
	snprintf(path, sizeof(paths[0]), "%s/%s", trial_directory(), name);
	return path;
}

void
trial_remove_directory(void)
{
	DIR *directory = opendir(trial_directory());
	struct dirent *entry;
	while ((entry = readdir(directory)) != NULL)
		unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
	rmdir(trial_directory());
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of pcap files (draft-ietf-opsawg-pcap), with a doubting look at each. */
#include "dissect/capture_file.h"

enum {
	RECORD_HEADER_LENGTH = 16,
	RECORD_HEADER_PADDED = 24,
	YEAR_SECONDS = 366 * 24 * 3600,
	SNAPLEN_MAX = 1024 * 1024, /* a larger one is no promise but an absurdity */
	CHAIN_MAX = 16,		   /* records followed before a guess is given up */
	DOUBT_MAX = 4,		   /* records that are odd, each in its way, but hold together */
	PACKET_OUTGOING = 4,	   /* Linux packet type, in padded records */
};

static const uint32_t magic_micro = 0xa1b2c3d4;
static const uint32_t magic_nano = 0xa1b23c4d;
static const uint32_t magic_padded = 0xa1b2cd34;

struct record {
	uint32_t seconds, fraction, caplen, wirelen;
};

/* The magic number in this host's byte order, 0 when it is none. */
static uint32_t
find_magic(const uint8_t *data, size_t size, bool *ret_swapped)
{
	uint32_t magic;

	if (size < sizeof(magic))
		return 0;
	for (int swapped = 0; swapped < 2; swapped++) {
		magic = capture_get32(data, swapped);
		if (magic == magic_micro || magic == magic_nano || magic == magic_padded) {
			*ret_swapped = swapped;
			return magic;
		}
	}
	return 0;
}

bool
pcap_has_magic(const uint8_t *data, size_t size)
{
	bool swapped;

	return find_magic(data, size, &swapped) != 0;
}

bool
pcap_parse_header(const uint8_t *data, size_t size, struct pcap_form *ret_form)
{
	bool swapped = false;
	uint32_t magic = find_magic(data, size, &swapped);
	uint32_t snaplen;

	if (magic == 0 || size < PCAP_HEADER_LENGTH)
		return false;
	snaplen = capture_get32(data + 16, swapped);
	*ret_form = (struct pcap_form){
		.swapped = swapped,
		.padded = magic == magic_padded,
		.known_version = capture_get16(data + 4, swapped) == 2,
		.fraction_limit = magic == magic_nano ? 1000000000 : 1000000,
		.fraction_ns = magic == magic_nano ? 1 : 1000,
		.snaplen = snaplen,
		.caplen_max = CAPTURE_CAPLEN_MAX,
		/* Above it: length of the frame check sequence and flags. */
		.linktype = (uint16_t)capture_get32(data + 20, swapped),
	};
	if (snaplen > CAPTURE_CAPLEN_MAX && snaplen <= SNAPLEN_MAX)
		ret_form->caplen_max = snaplen;
	return true;
}

void
pcap_start(struct capture_file *file, const struct pcap_form *form)
{
	const struct capture_interface interface = { .source = file->source_index,
						     .linktype = form->linktype,
						     .snaplen = form->snaplen };
	int index = capture_interfaces_add(file->interfaces, &interface, NULL, 0);

	file->format = CAPTURE_PCAP;
	file->form = *form;
	file->interface = (uint16_t)(index < 0 ? 0 : index);
	file->has_last = false;
	file->input.keep = 0;
	if (!file->has_linktype)
		file->source->first_linktype = form->linktype;
	file->has_linktype = true;
}

static inline struct record
record_at(const uint8_t *data, bool swapped)
{
	return (struct record){
		.seconds = capture_get32(data, swapped),
		.fraction = capture_get32(data + 4, swapped),
		.caplen = capture_get32(data + 8, swapped),
		.wirelen = capture_get32(data + 12, swapped),
	};
}

/* Nobody would doubt this record. */
static inline bool
is_plausible(const struct record *record, const struct pcap_form *form, bool has_last,
	     uint32_t last_seconds)
{
	return record->caplen <= record->wirelen && record->caplen <= form->caplen_max &&
	       record->fraction < form->fraction_limit && record->wirelen > 0 &&
	       record->wirelen <= CAPTURE_WIRELEN_MAX && has_last &&
	       record->seconds - last_seconds + YEAR_SECONDS <= 2U * YEAR_SECONDS;
}

static bool
is_file_header(const uint8_t *data, size_t size)
{
	bool swapped;

	return pcap_has_magic(data, size) || pcapng_is_section(data, size, &swapped);
}

/* Odd, but some program may have written it so. Zeros only are what a crash leaves on disk. */
static bool
is_possible(const struct record *record, const struct pcap_form *form)
{
	return record->caplen <= form->caplen_max && record->wirelen <= CAPTURE_WIRELEN_MAX &&
	       (record->seconds | record->fraction | record->caplen | record->wirelen) != 0;
}

enum capture_guess
pcap_guess_header(struct capture_file *file, size_t at)
{
	const struct capture_input *input = &file->input;
	const uint8_t *data = input->data - input->keep + at;
	size_t left = input->keep + input->size - at;
	size_t length = PCAP_HEADER_LENGTH + RECORD_HEADER_LENGTH;
	struct pcap_form form;
	struct record record;

	if (!pcap_has_magic(data, left))
		return GUESS_NO;
	if (left < length && input->end == INPUT_GOES_ON) {
		file->need = at + length - input->keep;
		return GUESS_WAIT;
	}
	if (!pcap_parse_header(data, left, &form) || !form.known_version)
		return GUESS_NO;
	if (left < length)
		return GUESS_YES;
	record = record_at(data + PCAP_HEADER_LENGTH, form.swapped);
	return is_plausible(&record, &form, true, record.seconds) ? GUESS_YES : GUESS_NO;
}

/* One sound record proves little, but that it leads to another, or just to the end of the file, is
 * no accident. From within the last record's bytes the way must lead past the damaged place, as
 * bytes that are missing there are the only reason to look for records in there. */
enum capture_guess
pcap_guess(struct capture_file *file, size_t at)
{
	const struct capture_input *input = &file->input;
	const uint8_t *data = input->data - input->keep;
	size_t size = input->keep + input->size;
	size_t header = file->form.padded ? RECORD_HEADER_PADDED : RECORD_HEADER_LENGTH;
	bool ended = input->end != INPUT_GOES_ON;
	size_t proof = file->scan_tail ? 2 : 1;
	struct record record;

	for (size_t steps = 0; steps < CHAIN_MAX; steps++) {
		if (size - at < header && !ended) {
			file->need = at + header - input->keep;
			return GUESS_WAIT;
		}
		if (size - at < header)
			return steps > 0 ? GUESS_YES : GUESS_NO;
		record = record_at(data + at, file->form.swapped);
		if (!is_plausible(&record, &file->form, true,
				  file->has_last ? file->last_seconds : record.seconds))
			return GUESS_NO;
		if (steps >= proof && at > input->keep)
			return GUESS_YES;
		at += header + record.caplen;
		if (at > size && ended)
			return GUESS_NO;
		if (at > size) {
			file->need = at + header - input->keep;
			return GUESS_WAIT;
		}
	}
	return GUESS_NO;
}

static bool
is_near(uint32_t seconds, uint32_t other)
{
	return seconds - other + YEAR_SECONDS <= 2U * YEAR_SECONDS;
}

/* Is this what a writer of odd records would write next? */
static bool
follows(const struct capture_file *file, const struct record *record, const struct record *next)
{
	const uint32_t limit = file->form.fraction_limit;

	return (is_near(next->seconds, record->seconds) ||
		(file->has_last && is_near(next->seconds, file->last_seconds))) &&
	       (next->fraction < limit || record->fraction >= limit);
}

/* Did bytes go missing from the last record, so that the next does not begin here? */
static enum capture_guess
look_back(struct capture_file *file)
{
	enum capture_guess guess = GUESS_NO;

	file->scan_tail = false;
	for (size_t at = 0; at < file->input.keep && guess == GUESS_NO; at++)
		guess = pcap_guess(file, at);
	return guess;
}

/* Do records follow that may be meant so, even if each is odd in its way? */
static enum capture_guess
look_ahead(struct capture_file *file, const struct record *record)
{
	const struct capture_input *input = &file->input;
	const size_t header = file->form.padded ? RECORD_HEADER_PADDED : RECORD_HEADER_LENGTH;
	size_t at = header + record->caplen;
	struct record next;

	for (size_t steps = 0; steps < DOUBT_MAX; steps++) {
		file->need = at + header;
		if (input->size < file->need)
			return input->end == INPUT_GOES_ON ? GUESS_WAIT : GUESS_YES;
		if (is_file_header(input->data + at, input->size - at))
			return GUESS_YES;
		next = record_at(input->data + at, file->form.swapped);
		if (!is_possible(&next, &file->form))
			return GUESS_NO;
		if (follows(file, record, &next))
			return GUESS_YES;
		at += header + next.caplen;
	}
	return GUESS_YES;
}

/* A second opinion on a record, the next in sight, that is not plausible. Wild times alone are no
 * reason to drop what holds together. */
static enum capture_guess
doubt(struct capture_file *file, const struct record *record)
{
	const struct capture_input *input = &file->input;
	enum capture_guess guess;

	if (is_file_header(input->data, input->size)) {
		file->need = PCAP_HEADER_LENGTH;
		return input->size < file->need && input->end == INPUT_GOES_ON ? GUESS_WAIT
									       : GUESS_NO;
	}
	/* The first record has no time to be compared with. */
	if (!file->has_last && is_plausible(record, &file->form, true, record->seconds))
		return GUESS_YES;
	if (!is_possible(record, &file->form))
		return GUESS_NO;
	guess = look_back(file);
	if (guess == GUESS_NO)
		return look_ahead(file, record);
	return guess == GUESS_YES ? GUESS_NO : GUESS_WAIT;
}

/* Not a whole record is left, and nothing will follow. */
static void
end_walk(struct capture_file *file, size_t header, bool doubted)
{
	file->need = 0;
	if (file->input.size < header) {
		capture_file_finish(file);
		return;
	}
	/* A cut end is no reason to look for records in the one before it; an odd one is. */
	if (!doubted)
		file->input.keep = 0;
	capture_file_scan(file, true);
}

static inline void
fill_frame(struct frame *frame, struct capture_file *file, const struct record *record,
	   const uint8_t *data)
{
	const uint32_t limit = file->form.fraction_limit;
	uint32_t fraction = record->fraction < limit ? record->fraction : limit - 1;

	*frame = (struct frame){
		.ts_ns = (int64_t)record->seconds * 1000000000 +
			 (int64_t)fraction * file->form.fraction_ns,
		.data = data,
		.number = ++file->number,
		.caplen = record->caplen,
		.wirelen = record->wirelen < record->caplen ? record->caplen : record->wirelen,
		.linktype = file->form.linktype,
		.source = file->source_index,
		.interface = file->interface,
	};
}

/* The walk; inlined once for each byte order. */
static inline size_t
walk(struct capture_file *file, struct frame *frames, size_t max, const bool swapped)
{
	struct capture_input *input = &file->input;
	const struct pcap_form *form = &file->form;
	const size_t header = form->padded ? RECORD_HEADER_PADDED : RECORD_HEADER_LENGTH;
	const uint8_t *data = input->data;
	const uint8_t *end = data + input->size;
	enum capture_guess guess = GUESS_YES;
	struct record record;
	bool doubted = false;
	size_t count = 0;

	while (count < max) {
		file->need = header;
		if ((size_t)(end - data) < header)
			break;
		record = record_at(data, swapped);
		doubted = !is_plausible(&record, form, file->has_last, file->last_seconds);
		if (doubted) {
			/* Behind frames, the next call does so. */
			guess = count == 0 ? doubt(file, &record) : GUESS_WAIT;
			if (guess != GUESS_YES)
				break;
		}
		file->need = header + record.caplen;
		if ((size_t)(end - data) < file->need)
			break;
		fill_frame(&frames[count++], file, &record, data + header);
		if (form->padded && data[22] == PACKET_OUTGOING)
			frames[count - 1].direction = FRAME_OUTBOUND;
		file->last_seconds = record.seconds;
		file->has_last = true;
		data += file->need;
	}
	if (count > 0) {
		file->need = 0;
		input->keep = frames[count - 1].caplen;
		capture_input_skip(input, data - input->data);
	} else if (guess == GUESS_NO) {
		file->need = 0;
		if (!capture_file_join(file))
			capture_file_scan(file, false);
	} else if (max > 0 && input->end != INPUT_GOES_ON) {
		end_walk(file, header, doubted);
	}
	return count;
}

size_t
pcap_walk(struct capture_file *file, struct frame *frames, size_t max)
{
	if (file->form.swapped)
		return walk(file, frames, max, true);
	return walk(file, frames, max, false);
}

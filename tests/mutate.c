/* SPDX-License-Identifier: BSD-2-Clause */
/* Every sample capture, cut behind every byte and with bits turned round: the program comes back in
 * time, without a sanitizer's complaint, writes whole records only, and a file that was cut inside a
 * record is called cut.
 *
 * mutate.t [STEP [FILE...]]: cuts behind every STEP-th byte, 1 being all, and turns a few bits for each of
 * them; 1 also turns every single bit of the first 100 bytes, which are headers. Without arguments a test
 * of a few seconds over pcaps/, in which the smallest samples (of SMALL bytes) are treated like that. */
#include <glob.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/bytes.h"
#include "tests/trial.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif
/* With sanitizers a run takes a hundred times as long. */
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
enum { SMALL = 0 };
#else
enum { SMALL = 200 };
#endif

enum {
	CASES_SOME =
		3, /* of a sample, when no step is given; of a large one, which takes long, one */
	LARGE = 1 << 17,
	HEADERS = 100,
	HEADER = 24,
	RECORD = 16,
	GOOD = 1 << 0 | 1 << 2, /* exit codes: read well, or something is damaged */
};

struct sample {
	const char *path;
	char *bytes;
	size_t size;
};

/* xorshift64*: the same bits are turned on every run. */
static uint64_t
draw(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* Whether a pcap file of these bytes (little-endian, as all samples are) ends between records. */
static bool
ends_between_records(const struct sample *sample, size_t size)
{
	const uint8_t *bytes = (const uint8_t *)sample->bytes;
	size_t at = HEADER;
	while (at < size && at + RECORD <= sample->size)
		at += RECORD + load_le32(bytes + at + 8);
	return at == size;
}

static bool
is_pcap(const struct sample *sample)
{
	return sample->size >= HEADER && memcmp(sample->bytes, "\xd4\xc3\xb2\xa1", 4) == 0;
}

/* What is wrong with how the program took it; NULL: nothing. */
static const char *
judge(struct trial *trial, bool json, bool must_be_damaged)
{
	char path[TRIAL_PATH];
	trial_path(trial, "input", path);
	const char *arguments[] = { json ? "--json" : "--all", "--color=never", path, NULL };
	trial_run(trial, arguments, NULL, NULL);
	const char *fault = trial_fault(trial, GOOD);
	if (fault != NULL)
		return fault;
	if (!trial_is_clean(trial->out, trial->out_bytes) ||
	    !trial_is_clean(trial->error, trial->error_bytes))
		return "it writes bytes that a terminal obeys";
	if (json && !trial_is_json(trial->out, trial->out_bytes))
		return "what it writes is no JSON";
	if (trial->code == 2 && trial->error_bytes == 0)
		return "it fails without a word";
	if (must_be_damaged && trial->code != 2)
		return "the damage is not told of";
	return NULL;
}

static unsigned
report(const struct trial *trial, const struct sample *sample, const char *what, size_t at,
       const char *fault)
{
	if (fault == NULL)
		return 0;
	printf("# %s, %s %zu: %s (code %d, signal %d)\n%.2000s\n", sample->path, what, at, fault,
	       trial->code, trial->signal, trial->error != NULL ? trial->error : "");
	return 1;
}

static unsigned
cut(struct trial *trial, const struct sample *sample, size_t size)
{
	bool damaged =
		is_pcap(sample) && size != sample->size && !ends_between_records(sample, size);
	if (!trial_write(trial, "input", sample->bytes, size))
		return report(trial, sample, "cut at", size, "cannot be written");
	return report(trial, sample, "cut at", size, judge(trial, size % 2 == 0, damaged));
}

/* Turns up to four bits, somewhere. */
static unsigned
flip(struct trial *trial, const struct sample *sample, size_t number)
{
	uint64_t random = number * 2654435761U + sample->size;
	char *copy = malloc(sample->size + 1);
	if (copy == NULL)
		return 1;
	memcpy(copy, sample->bytes, sample->size);
	for (uint64_t bits = 1 + draw(&random) % 4; bits > 0 && sample->size > 0; bits--) {
		uint64_t place = draw(&random);
		copy[place / 8 % sample->size] ^= (char)(1 << place % 8);
	}
	bool written = trial_write(trial, "input", copy, sample->size);
	free(copy);
	return report(trial, sample, "flip", number,
		      written ? judge(trial, number % 2 == 0, false) : "cannot be written");
}

/* Each bit of the headers by itself. */
static unsigned
flip_headers(struct trial *trial, const struct sample *sample)
{
	unsigned faults = 0;
	size_t size = sample->size < HEADERS ? sample->size : HEADERS;
	for (size_t bit = 0; bit < 8 * size; bit++) {
		sample->bytes[bit / 8] ^= (char)(1 << bit % 8);
		bool written = trial_write(trial, "input", sample->bytes, sample->size);
		faults += report(trial, sample, "bit", bit,
				 written ? judge(trial, bit % 2 == 0, false) : "cannot be written");
		sample->bytes[bit / 8] ^= (char)(1 << bit % 8);
	}
	return faults;
}

static void
try_sample(struct trial *trial, const char *path, size_t step, unsigned number)
{
	struct sample sample = { .path = path };
	unsigned faults = 0;
	sample.bytes = trial_read(path, &sample.size);
	if (sample.bytes == NULL) {
		printf("not ok %u - %s cannot be read\n", number, path);
		return;
	}
	if (step == 0)
		step = sample.size <= SMALL  ? 1
		       : sample.size > LARGE ? sample.size
					     : sample.size / CASES_SOME + 1;
	if (step == 1)
		faults += flip_headers(trial, &sample);
	for (size_t at = step / 2; at < sample.size; at += step) {
		faults += cut(trial, &sample, at);
		faults += flip(trial, &sample, at);
	}
	const char *name = strrchr(path, '/');
	printf("%sok %u - %s can be cut and bent\n", faults > 0 ? "not " : "", number,
	       name != NULL ? name + 1 : path);
	free(sample.bytes);
}

int
main(int argc, char **argv)
{
	struct trial trial;
	glob_t found = { 0 };
	char pattern[TRIAL_PATH];
	const char *top = getenv("top_srcdir");
	size_t step = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 0;
	unsigned number = 0;
	snprintf(pattern, sizeof(pattern), "%s/pcaps/*.pcap*", top != NULL ? top : ".");
	if (!trial_open(&trial))
		return EXIT_FAILURE;
	for (int i = 2; i < argc; i++)
		try_sample(&trial, argv[i], step, ++number);
	if (argc <= 2 && glob(pattern, 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			try_sample(&trial, found.gl_pathv[i], step, ++number);
	globfree(&found);
	trial_close(&trial);
	printf("1..%u\n", number);
	return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: any bytes in both directions, cut into segments at will, tell the same as whole;
 * with gaps and cuts they may tell less, and never crash. Input: pieces of two bytes of control
 * (direction, cut, length) and their payload. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/application_talk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	CONTROL = 2,
	LENGTH_MASK = 0x3ff,
	FROM_SERVER = 0x8000,
	MISSING = 0x4000,  /* a byte is lost before this piece */
	SNAPPED = 0x2000,  /* only half of it was captured */
	SINGLE_BYTES = 64, /* pieces up to this length are also said byte by byte */
};

/* Unlike assert() this is there in every build. */
static void
must(bool holds, const char *claim)
{
	if (holds)
		return;
	fprintf(stderr, "does not hold: %s\n", claim);
	abort();
}

/* How the pieces are said: as they are, or in two, or byte by byte; honest leaves out losses. */
static void
say_all(struct saying *saying, const uint8_t *data, size_t size, unsigned cut, bool honest)
{
	while (size >= CONTROL) {
		unsigned control = (unsigned)data[0] << 8 | data[1];
		size_t length = control & LENGTH_MASK;
		enum direction dir = control & FROM_SERVER ? TO_CLIENT : TO_SERVER;
		data += CONTROL;
		size -= CONTROL;
		if (length > size)
			length = size;
		size_t first = cut == 0 ? length : cut == 1 ? length / 2 : 1;
		if (!honest && control & MISSING)
			say_unseen(saying, dir, 1);
		if (!honest && control & SNAPPED) {
			say(saying, dir, data, length, length / 2);
		} else if (cut > 1 && length <= SINGLE_BYTES) {
			for (size_t i = 0; i < length; i++)
				say(saying, dir, data + i, 1, 1);
		} else if (length > 0) {
			say(saying, dir, data, first, first);
			say(saying, dir, data + first, length - first, length - first);
		}
		data += length;
		size -= length;
	}
}

static void
check_offers(const struct saying *saying)
{
	const struct application *application = saying->flow->application;
	const uint8_t *names;
	uint32_t length;
	if (application == NULL || !application->ssh_mismatch)
		return;
	must(application->offers != NULL, "offers that do not fit are kept");
	for (int dir = TO_SERVER; dir <= TO_CLIENT; dir++)
		must(ssh_offer_list(&application->offers->offer[dir],
				    (enum ssh_list)application->ssh_list, &names, &length),
		     "both offers have the list that does not fit");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct heard whole, heard;
	for (unsigned cut = 0; cut < 3; cut++) {
		struct saying saying;
		saying_init(&saying);
		say_all(&saying, data, size, cut, true);
		hear(&saying, cut == 0 ? &whole : &heard);
		if (cut > 0)
			must(memcmp(&heard, &whole, sizeof(heard)) == 0, "cuts change nothing");
		check_offers(&saying);
		saying_release(&saying);
	}
	struct saying saying;
	saying_init(&saying);
	say_all(&saying, data, size, 1, false);
	hear(&saying, &heard);
	check_offers(&saying);
	saying_release(&saying);
	return 0;
}

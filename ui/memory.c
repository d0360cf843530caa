/* SPDX-License-Identifier: BSD-2-Clause */
/* What does not grow with the flows is subtracted, the rest is shared between the flows that are held and
 * those that the screen shows. */
#include "ui/memory.h"

#include <stdint.h>
#include <stdio.h>

#include "dissect/capture.h"
#include "ui/journal.h"

#define MIB (UINT64_C(1) << 20)

enum {
	LIVE_ROWS = 200000,
	FILE_ROWS = 1 << 22, /* memory comes as it fills */
	JOURNAL_SHARE = 3,   /* the part of bounded memory for the rows, and that for the copies */
	FLOWS_LEAST = 8,     /* MiB */
};

/* Measured (doc/performance.md): the program, its libraries, and the tables of the findings when they
 * are full. */
static const uint64_t fixed_bytes = 72 * MIB;
/* A live run concludes again and again, in tables of their own. */
static const uint64_t drawing_bytes = 48 * MIB;

static bool
has_screen(const struct options *options)
{
	return options->tui || (options->live && !options->text && !options->json);
}

static uint64_t
others_bytes(const struct options *options)
{
	uint64_t bytes = fixed_bytes;
	if (options->live)
		bytes += drawing_bytes + CAPTURE_RING_BYTES * (uint64_t)options->interface_count;
	if (options->write_path != NULL || has_screen(options))
		bytes += options->recall_bytes;
	return bytes;
}

struct memory_plan
memory_plan(const struct options *options)
{
	struct memory_plan plan = {
		.journal_rows = options->live ? LIVE_ROWS : FILE_ROWS,
		.journal_copy_bytes = (options->live ? 64 : 1024) * MIB,
	};
	if (options->memory_bytes == 0)
		return plan;
	uint64_t left = options->memory_bytes - others_bytes(options);
	if (has_screen(options)) {
		uint64_t share = left / JOURNAL_SHARE;
		uint64_t rows = share / sizeof(struct journal_row) + 1;
		plan.journal_rows = rows < plan.journal_rows ? rows : plan.journal_rows;
		plan.journal_copy_bytes =
			share < plan.journal_copy_bytes ? share : plan.journal_copy_bytes;
		left -= plan.journal_rows * sizeof(struct journal_row) + plan.journal_copy_bytes;
	}
	plan.flow_bytes = left;
	return plan;
}

bool
memory_suffices(const struct options *options, char *text, size_t text_size)
{
	uint64_t least = others_bytes(options) + FLOWS_LEAST * MIB * (has_screen(options) ? 3 : 1);
	if (options->memory_bytes == 0 || options->memory_bytes >= least)
		return true;
	snprintf(text, text_size, "tcpwhy: --max-memory: at least %lluM are needed here%s\n",
		 (unsigned long long)((least + MIB - 1) / MIB),
		 least - fixed_bytes > options->recall_bytes &&
				 (has_screen(options) || options->write_path != NULL)
			 ? "; a smaller --recall-memory=SIZE leaves more to the flows"
			 : "");
	return false;
}

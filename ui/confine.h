/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures of strangers are read in the sandbox: whatever takes over a decompressor or a dissector finds
 * the inputs, the outputs that are open, and nothing else. */
#ifndef TCPWHY_CONFINE_H
#define TCPWHY_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "dissect/capture.h"
#include "ui/options.h"
#include "ui/outputs.h"

/* Enters it (ui/sandbox.h) for the rest of the process's life: when the files are known, the filter is
 * compiled and the outputs are open, before a byte is read. What stays possible: to read the files of
 * capture, to give open outputs their names, with --tui also what the screen needs. False, with a line in
 * text, when it failed half-way. Where the system has no sandbox it returns true. */
bool confine_reading(const struct options *options, const struct capture *capture,
		     const struct outputs *outputs, char *text, size_t size);

/* The same for a comparison, which opens its captures, options->paths, twice: they can be opened, whatever
 * they turn out to be, and read. output: the file that gets its name at the end, or NULL. */
bool confine_comparing(const struct options *options, const char *output, char *text, size_t size);

#endif

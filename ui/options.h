/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line. One table is the parser, the help text and the list that the tests check. */
#ifndef TCPWHY_OPTIONS_H
#define TCPWHY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/limits.h"

struct sink;

/* Exit codes. */
enum exit_code {
	EXIT_OK = 0,
	EXIT_USAGE = 1,
	EXIT_INPUT = 2,	     /* input, capture or output failed, in whole or in part */
	EXIT_PERMISSION = 3, /* capturing is not allowed */
	EXIT_FOUND = 10,     /* --fail-if */
	EXIT_KILLED = 130,   /* second SIGINT */
};

enum option_task {
	TASK_ANALYZE,
	TASK_HELP,
	TASK_VERSION,
	TASK_LIST_LIMITS,
	TASK_LIST_INTERFACES,
	TASK_EXPLAIN_ALL,
	TASK_EXPLAIN, /* the code in options.explain, or if that is NULL those in options.paths */
};

enum color_mode { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/* Strings point into argv. */
struct options {
	enum option_task task;
	const char **paths; /* owned; path_count of them */
	size_t path_count;
	const char *filter;    /* BPF, or NULL */
	char *filter_words;    /* owned: where filter was put together from words, else NULL */
	const char *json_path; /* NULL: standard output */
	const char *explain;
	struct limits limits;
	uint32_t fail_if; /* bit per enum verdict_class */
	enum color_mode color;
	bool text, json;
	bool tui; /* show the screen; reports are written only if they are asked for too */
	bool all, quiet, verbose, ascii;
	bool compare; /* the paths are captures of different points, in the order of the path */
	bool live;		 /* watch interfaces instead of reading paths */
	const char **interfaces; /* owned; interface_count of them */
	size_t interface_count;
	uint32_t snaplen;      /* bytes; 0: the default */
	uint32_t buffer_bytes; /* of the kernel; 0: the default */
	uint64_t frame_max;    /* stop after so many; 0: never */
	int64_t duration_ns;   /* stop after this time; 0: never */
	bool promiscuous;
	const char *user;	/* to become after opening; NULL: the default */
	const char *write_path; /* capture file for failing flows, or NULL */
	uint64_t rotate_bytes;	/* 0: never */
	int64_t rotate_ns;	/* 0: never */
	uint32_t keep;		/* rotated files that stay */
	int64_t recall_ns;	/* packets are remembered so long */
	uint64_t recall_bytes;	/* in so much memory */
	bool whole;		/* remember whole packets, not only their headers */
	unsigned threads;	/* that work on captures that are read; 0: as many as help */
	uint64_t memory_bytes;	/* that all of it may take; 0: no bound but those of the limits */
	bool numeric;		/* changes nothing: names are never looked up */
};

/* Fills *ret_options from the command line; release it with options_release() in any case.
 * Returns true, or false with one to three lines for people in text, newline-terminated. */
bool options_parse(struct options *ret_options, int argc, char **argv, char *text,
		   size_t text_size);
void options_release(struct options *options);

/* The whole of --help. */
void options_print_help(struct sink *sink);

/* Names of the long options in the order of the table, NULL at its end; for the tests. */
const char *options_long_name(size_t index);

#endif

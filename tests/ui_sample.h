/* SPDX-License-Identifier: BSD-2-Clause */
/* Flows, verdicts and a capture made by hand, for tests of what is written about them. */
#ifndef TCPWHY_TESTS_UI_SAMPLE_H
#define TCPWHY_TESTS_UI_SAMPLE_H

#include "analyzer/flow.h"
#include "analyzer/verdict.h"
#include "dissect/capture.h"
#include "ui/report.h"
#include "ui/sink.h"

enum { SAMPLE_SOURCES = 3 };

/* Stands in for the real one: the accessors of dissect/capture.h are in ui_sample.c. */
struct capture {
	struct capture_source source[SAMPLE_SOURCES];
	size_t source_count, passed_over;
};

/* 2024-05-06T07:08:09.123456Z, when all sample flows begin. */
#define SAMPLE_FIRST_NS INT64_C(1714979289123456000)

/* One intact file "a.pcap" of 10 s. */
struct capture sample_capture(void);

struct moment sample_moment(uint32_t frame, uint32_t us);

/* Flow 7: three SYNs from 10.0.0.1:40000 to 10.0.0.2:81, frames 37, 60 and 61, and no answer. */
struct flow sample_flow(void);
struct verdict sample_verdict(void);

/* A flow of the same endpoints that ended well. */
struct verdict sample_good_verdict(void);

/* All that the sink holds, to be freed; the sink is a spool. */
char *sample_read(struct sink *spool);

#endif

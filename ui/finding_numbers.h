/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of templates that are numbers of findings, for ui/finding_values.c. */
#ifndef TCPWHY_FINDING_NUMBERS_H
#define TCPWHY_FINDING_NUMBERS_H

#include "analyzer/findings.h"

/* Writes the value into text; leaves it as it is, empty, when the value is unknown. */
typedef void finding_value_fn(const struct finding *finding, char *text, size_t size);

/* Lists of what there was, such as "93 refused, 4 accepted". */
finding_value_fn put_outcome;
finding_value_fn put_interrupted;
finding_value_fn put_overflow;
finding_value_fn put_defects;

/* Writes the number of that name, with its unit. Returns false if there is none of that name. */
bool put_named_number(const struct finding *finding, const char *name, size_t length, char *text,
		      size_t size);

/* "350 s", as timers are configured; "4.50 s" below 100 s. */
void format_silence(uint64_t us, char *text, size_t size);

/* Value of a number; 0 if the finding has none of that name. */
uint64_t finding_count(const struct finding *finding, enum finding_number_id id);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Whether a record says what a scenario expects of it. */
#ifndef TCPWHY_EXPECT_H
#define TCPWHY_EXPECT_H

#include <jansson.h>
#include <stdbool.h>

#include "tests/script.h"

/* Whether the record holds what is expected; a key that is not there never does. */
bool expectation_holds(const struct expectation *expectation, const json_t *record);

/* The value as expectations spell it: null, numbers and strings bare, arrays joined by commas.
 * Returns a string to be freed. */
char *record_value_text(const json_t *value);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Quantities as they are typed on the command line. */
#ifndef TCPWHY_QUANTITY_H
#define TCPWHY_QUANTITY_H

#include <stdbool.h>
#include <stdint.h>

/* Each returns false, and leaves the result alone, when the text is not such a quantity. */

/* "1.5s", "200ms", "2min" -> nanoseconds. A bare number counts seconds. */
bool quantity_time(const char *value, int64_t *ret_ns);

/* "64M", "512k", "1G", with or without a B, in powers of 1024; a bare number counts bytes. From 1. */
bool quantity_size(const char *value, uint64_t *ret_bytes);

/* A whole number from 1 to max. */
bool quantity_count(const char *value, uint64_t max, uint64_t *ret_count);

#endif

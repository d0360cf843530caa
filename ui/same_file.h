/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are given under more than one name. */
#ifndef TCPWHY_SAME_FILE_H
#define TCPWHY_SAME_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "dissect/capture.h"

/* Whether path is one of the captures that are read: an output must not take the place of an input. */
bool file_is_source(const struct capture *capture, const char *path);

/* How many inputs are the same file as another one. */
uint64_t sources_given_twice(const struct capture *capture);

#endif

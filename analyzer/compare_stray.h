/* SPDX-License-Identifier: BSD-2-Clause */
/* Flows that were met in mid-stream and have nothing by which flows are usually recognised: they are known
 * by the segments themselves. */
#ifndef TCPWHY_COMPARE_STRAY_H
#define TCPWHY_COMPARE_STRAY_H

#include "analyzer/compare.h"

/* An index of the segments of some flows of one point. */
struct stray_index;

/* Returns NULL when memory is short. The flows must stay as they are until stray_index_free(). */
struct stray_index *stray_index_new(const struct compare_flow *const *flows, size_t count);
void stray_index_free(struct stray_index *index);

/* The flow that has the most data segments of the stray one, the numbers and the payload of each being the
 * same: as a number of `flows`, from 0; -1 if there is none, or if two are as good. One segment in common
 * is enough only if its timestamp agrees. */
int64_t stray_find(const struct stray_index *index, const struct compare_flow *stray);

#endif

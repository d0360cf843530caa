/* SPDX-License-Identifier: BSD-2-Clause */
/* The same bytes in segments that were cut or joined on the way. */
#ifndef TCPWHY_COMPARE_RANGES_H
#define TCPWHY_COMPARE_RANGES_H

#include "analyzer/compare_match.h"

/* Finds, for data segments of a direction that have no partner, in which segments of the other point
 * their bytes are: sets covered and recut at both points. */
bool compare_ranges(const struct compare_pairing *pairing, int dir,
		    struct compare_matches *matches);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* Is what looks like one connection two, with a proxy between them? */
#ifndef TCPWHY_COMPARE_PROXY_H
#define TCPWHY_COMPARE_PROXY_H

#include "analyzer/compare_fate.h"

enum proxy_sign compare_find_proxy(const struct compare_pairing *pairing,
				   const struct compare_watch watch[2],
				   const struct compare_matches *matches);

#endif

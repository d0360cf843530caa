/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of limits and its defaults. */
#include "analyzer/limits.h"

const struct limit_info limit_infos[] = {
#define LIMIT(member, limit_name, limit_kind, limit_value, limit_reason)                           \
	{                                                                                          \
		.name = limit_name,                                                                \
		.kind = LIMIT_##limit_kind,                                                        \
		.offset = offsetof(struct limits, member),                                         \
		.value = limit_value,                                                              \
		.reason = limit_reason,                                                            \
	},
	LIMITS(LIMIT)
#undef LIMIT
};

const size_t limit_info_count = sizeof(limit_infos) / sizeof(limit_infos[0]);

void
limits_init(struct limits *limits)
{
	*limits = (struct limits){
#define LIMIT(member, limit_name, limit_kind, limit_value, limit_reason) .member = limit_value,
		LIMITS(LIMIT)
#undef LIMIT
	};
}

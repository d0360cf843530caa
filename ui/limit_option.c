/* SPDX-License-Identifier: BSD-2-Clause */
/* Values of thresholds: read, checked, listed. */
#include "ui/limit_option.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/quantity.h"
#include "ui/sink.h"
#include "ui/wrap.h"

enum { LIMIT_TEXT_SIZE = 32 };

static bool
parse_count(const char *value, int64_t *ret_count)
{
	char *end;
	if (value[0] < '0' || value[0] > '9')
		return false;
	errno = 0;
	long long count = strtoll(value, &end, 10);
	if (errno != 0 || *end != '\0' || count < 1 || count > INT32_MAX)
		return false;
	*ret_count = count;
	return true;
}

bool
limit_assign(struct limits *limits, const char *assignment, char *text, size_t text_size)
{
	size_t length = strcspn(assignment, "=");
	for (size_t i = 0; i < limit_info_count; i++) {
		const struct limit_info *info = &limit_infos[i];
		if (strlen(info->name) != length || memcmp(info->name, assignment, length) != 0)
			continue;
		int64_t number;
		bool is_time = info->kind == LIMIT_TIME;
		const char *given = assignment + length + (assignment[length] == '=');
		if (is_time ? quantity_time(given, &number) : parse_count(given, &number)) {
			memcpy((char *)limits + info->offset, &number, sizeof(number));
			return true;
		}
		snprintf(text, text_size, "--limit %s=%s: %s", info->name, given,
			 is_time ? "a time is needed, such as 2s, 1.5s, 200ms or 5min"
				 : "a whole number from 1 to 2147483647 is needed");
		return false;
	}
	snprintf(text, text_size, "no limit is called '%.*s'; tcpwhy --limit list shows them all",
		 (int)length, assignment);
	return false;
}

static void
format_limit(const struct limit_info *info, int64_t value, char *text, size_t size)
{
	if (info->kind == LIMIT_COUNT)
		snprintf(text, size, "%" PRId64, value);
	else if (value % NS_PER_S == 0)
		snprintf(text, size, "%" PRId64 "s", value / NS_PER_S);
	else if (value % NS_PER_MS == 0)
		snprintf(text, size, "%" PRId64 "ms", value / NS_PER_MS);
	else
		snprintf(text, size, "%" PRId64 "ns", value);
}

void
limits_print(struct sink *sink, const struct limits *limits)
{
	for (size_t i = 0; i < limit_info_count; i++) {
		const struct limit_info *info = &limit_infos[i];
		char value[LIMIT_TEXT_SIZE];
		int64_t number;
		memcpy(&number, (const char *)limits + info->offset, sizeof(number));
		format_limit(info, number, value, sizeof(value));
		sink_printf(sink, "%s=%s\n", info->name, value);
		wrap_text(sink, "    ", "    ", info->reason);
	}
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Times, sizes and counts in words. */
#include "ui/quantity.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/limits.h"

bool
quantity_time(const char *value, int64_t *ret_ns)
{
	static const struct {
		const char *name;
		int64_t ns;
	} units[] = {
		{ "", NS_PER_S },
		{ "s", NS_PER_S },
		{ "ms", NS_PER_MS },
		{ "us", NS_PER_US },
		{ "ns", 1 },
		{ "m", 60 * NS_PER_S },
		{ "min", 60 * NS_PER_S },
		{ "h", 3600 * NS_PER_S },
	};
	size_t digits = strspn(value, "0123456789.");
	const char *unit = value + digits;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(unit, units[i].name) != 0)
			continue;
		const char *at = value;
		int64_t whole = 0;
		int64_t fraction = 0;
		size_t numerals = 0;
		for (; *at >= '0' && *at <= '9'; at++, numerals++) {
			if (whole > INT64_C(1000000000000))
				return false;
			whole = whole * 10 + (*at - '0');
		}
		if (*at == '.')
			at++;
		for (int64_t place = units[i].ns; *at >= '0' && *at <= '9'; at++, numerals++) {
			place /= 10;
			fraction += place * (*at - '0');
		}
		if (at != unit || numerals == 0 || whole > (INT64_MAX / 2) / units[i].ns)
			return false;
		*ret_ns = whole * units[i].ns + fraction;
		return true;
	}
	return false;
}

bool
quantity_count(const char *value, uint64_t max, uint64_t *ret_count)
{
	char *end;
	if (value[0] < '0' || value[0] > '9')
		return false;
	errno = 0;
	unsigned long long count = strtoull(value, &end, 10);
	if (errno != 0 || *end != '\0' || count < 1 || count > max)
		return false;
	*ret_count = count;
	return true;
}

bool
quantity_size(const char *value, uint64_t *ret_bytes)
{
	static const char units[] = "kMG";
	char digits[24];
	size_t length = strspn(value, "0123456789");
	if (length == 0 || length >= sizeof(digits))
		return false;
	memcpy(digits, value, length);
	digits[length] = '\0';
	uint64_t factor = 1;
	const char *unit = value + length;
	const char *known = *unit != '\0' ? strchr(units, *unit == 'K' ? 'k' : *unit) : NULL;
	if (*unit != '\0' && (known == NULL || (unit[1] != '\0' && strcmp(unit + 1, "B") != 0)))
		return false;
	for (const char *at = units; known != NULL && at <= known; at++)
		factor *= 1024;
	if (!quantity_count(digits, UINT64_MAX / factor, ret_bytes))
		return false;
	*ret_bytes *= factor;
	return true;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Formatting by integers only: the same value always gives the same text. */
#include "ui/format.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	US_PER_S = 1000000,
	US_PER_MS = 1000,
	S_PER_MIN = 60,
	S_PER_H = 3600,
	S_PER_D = 86400,
};

static void
store_be64(uint64_t value, uint8_t *bytes)
{
	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (56 - 8 * i));
}

void
format_address(struct ip_addr address, unsigned ip_version, char *text, size_t size)
{
	uint8_t bytes[16];
	store_be64(address.hi, bytes);
	store_be64(address.lo, bytes + 8);
	const char *done = ip_version == 4 ? inet_ntop(AF_INET, bytes + 12, text, (socklen_t)size)
					   : inet_ntop(AF_INET6, bytes, text, (socklen_t)size);
	if (done == NULL && size > 0)
		text[0] = '\0';
}

void
format_endpoint(struct ip_addr address, unsigned ip_version, uint16_t port, char *text, size_t size)
{
	char ip[FORMAT_ADDRESS_SIZE];
	format_address(address, ip_version, ip, sizeof(ip));
	snprintf(text, size, ip_version == 4 ? "%s:%u" : "[%s]:%u", ip, (unsigned)port);
}

void
format_network(struct ip_addr address, unsigned ip_version, unsigned prefix_length, char *text,
	       size_t size)
{
	char ip[FORMAT_ADDRESS_SIZE];
	format_address(address, ip_version, ip, sizeof(ip));
	if (prefix_length >= (ip_version == 4 ? 32U : 128U))
		snprintf(text, size, "%s", ip);
	else
		snprintf(text, size, "%s/%u", ip, prefix_length);
}

/* Splits into whole seconds and the microseconds above them, also before 1970. */
static struct tm
broken_down(int64_t us, int *ret_us)
{
	int64_t seconds = us / US_PER_S;
	int64_t rest = us % US_PER_S;
	if (rest < 0) {
		rest += US_PER_S;
		seconds--;
	}
	time_t time = (time_t)seconds;
	struct tm tm = { 0 };
	gmtime_r(&time, &tm);
	*ret_us = (int)rest;
	return tm;
}

void
format_timestamp(int64_t us, char *text, size_t size)
{
	int rest;
	struct tm tm = broken_down(us, &rest);
	snprintf(text, size, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, rest);
}

void
format_date_time(int64_t us, char *text, size_t size)
{
	int rest;
	struct tm tm = broken_down(us, &rest);
	snprintf(text, size, "%04d-%02d-%02d %02d:%02d:%02d", tm.tm_year + 1900, tm.tm_mon + 1,
		 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

void
format_clock(int64_t us, char *text, size_t size)
{
	int rest;
	struct tm tm = broken_down(us, &rest);
	snprintf(text, size, "%02d:%02d:%02d.%02d", tm.tm_hour, tm.tm_min, tm.tm_sec,
		 rest / (US_PER_S / 100));
}

void
format_window(int64_t first_us, int64_t last_us, char *text, size_t size)
{
	char first[FORMAT_TIME_SIZE];
	char last[FORMAT_TIME_SIZE];
	format_date_time(first_us, first, sizeof(first));
	format_date_time(last_us, last, sizeof(last));
	bool same = strcmp(first, last) == 0;
	bool same_day = memcmp(first, last, sizeof("2024-05-06") - 1) == 0;
	snprintf(text, size, "%s%s%s UTC", first, same ? "" : " to ",
		 same ? "" : last + (same_day ? sizeof("2024-05-06") : 0));
}

/* value/unit, rounded to three significant digits: 1.03, 92.1, 417. */
static void
three_digits(uint64_t value, uint64_t unit, const char *name, char *text, size_t size)
{
	uint64_t whole = value / unit;
	uint64_t rounded;
	if (whole >= 100) {
		snprintf(text, size, "%" PRIu64 " %s", whole + (value % unit >= unit / 2), name);
	} else if (whole >= 10) {
		rounded = (value * 10 + unit / 2) / unit;
		snprintf(text, size, "%" PRIu64 ".%" PRIu64 " %s", rounded / 10, rounded % 10,
			 name);
	} else {
		rounded = (value * 100 + unit / 2) / unit;
		snprintf(text, size, "%" PRIu64 ".%02" PRIu64 " %s", rounded / 100, rounded % 100,
			 name);
	}
}

void
format_duration(int64_t us, char *text, size_t size)
{
	uint64_t value = us < 0 ? 0 - (uint64_t)us : (uint64_t)us;
	uint64_t s = value / US_PER_S;
	if (us < 0 && size > 1) {
		*text++ = '-';
		size--;
	}
	if (value == 0)
		snprintf(text, size, "0 s");
	else if (value < US_PER_MS)
		snprintf(text, size, "%" PRIu64 " us", value);
	else if (value < US_PER_S)
		three_digits(value, US_PER_MS, "ms", text, size);
	else if (s < 2 * S_PER_MIN)
		three_digits(value, US_PER_S, "s", text, size);
	else if (s < 2 * S_PER_H)
		snprintf(text, size, "%" PRIu64 " min %" PRIu64 " s", s / S_PER_MIN, s % S_PER_MIN);
	else if (s < 2 * S_PER_D)
		snprintf(text, size, "%" PRIu64 " h %" PRIu64 " min", s / S_PER_H,
			 s % S_PER_H / S_PER_MIN);
	else
		snprintf(text, size, "%" PRIu64 " d %" PRIu64 " h", s / S_PER_D,
			 s % S_PER_D / S_PER_H);
}

void
format_bytes(uint64_t bytes, char *text, size_t size)
{
	static const struct {
		uint64_t unit;
		const char *name;
	} units[] = {
		{ 1000, "kB" },
		{ 1000000, "MB" },
		{ 1000000000, "GB" },
		{ UINT64_C(1000000000000), "TB" },
	};
	if (bytes < 1000) {
		format_count(bytes, "byte", text, size);
		return;
	}
	size_t i = 0;
	while (i < 3 && bytes / units[i].unit >= 1000)
		i++;
	three_digits(bytes, units[i].unit, units[i].name, text, size);
}

void
format_number(uint64_t number, char *text, size_t size)
{
	char digits[FORMAT_AMOUNT_SIZE];
	size_t used = 0;
	int count = snprintf(digits, sizeof(digits), "%" PRIu64, number);
	for (int i = 0; i < count && used + 2 < size; i++) {
		if (i > 0 && (count - i) % 3 == 0)
			text[used++] = ',';
		text[used++] = digits[i];
	}
	text[used] = '\0';
}

void
format_count(uint64_t count, const char *word, char *text, size_t size)
{
	char number[FORMAT_AMOUNT_SIZE];
	size_t length = strlen(word);
	bool hisses = length > 0 && word[length - 1] == 's';
	format_number(count, number, sizeof(number));
	snprintf(text, size, "%s %s%s", number, word, count == 1 ? "" : hisses ? "es" : "s");
}

void
format_share(uint64_t permille, char *text, size_t size)
{
	uint64_t tenths = permille % 10;
	bool exact = permille < 100 || (permille > 990 && permille < 1000);
	if (exact && tenths != 0)
		snprintf(text, size, "%" PRIu64 ".%" PRIu64 " %%", permille / 10, tenths);
	else
		snprintf(text, size, "%" PRIu64 " %%", (permille + 5) / 10);
}

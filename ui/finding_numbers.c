/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of findings as values of templates: one by one, and as lists of what there was. A
 * number that is zero and would say nothing counts as unknown. */
#include "ui/finding_numbers.h"

#include <stdio.h>
#include <string.h>

#include "ui/format.h"

enum {
	EXACT_UP_TO = 64, /* addresses and ports; more of them are estimated */
	US_PER_S = 1000000,
};

/* How a number is said. */
enum form {
	FORM_COUNT,   /* "412 flows": with its noun */
	FORM_ABOUT,   /* "about 9,990 addresses": the same, of an estimate */
	FORM_PLAIN,   /* "412" */
	FORM_SHARE,   /* "2 %" of thousandths, "none" */
	FORM_TIME,    /* "3.81 s" of microseconds */
	FORM_SILENCE, /* "350 s": in seconds, as timers are configured */
};

static const struct number_row {
	const char *name;
	uint8_t id; /* enum finding_number_id */
	uint8_t form;
	const char *noun;
} rows[] = {
	{ "age_high", NUMBER_AGE_HIGH, FORM_TIME, NULL },
	{ "age_median", NUMBER_AGE_MEDIAN, FORM_TIME, NULL },
	{ "delay", NUMBER_DELAY, FORM_TIME, NULL },
	{ "died", NUMBER_DIED, FORM_SILENCE, NULL },
	{ "established", NUMBER_ESTABLISHED, FORM_COUNT, "connection" },
	{ "hops", NUMBER_HOPS, FORM_COUNT, "router" },
	{ "hosts", NUMBER_HOSTS, FORM_ABOUT, "host" },
	{ "listeners", NUMBER_LISTENERS, FORM_COUNT, "listener" },
	{ "outage", NUMBER_OUTAGE, FORM_TIME, NULL },
	{ "passed", NUMBER_PASSED_SIZE, FORM_COUNT, "byte" },
	{ "per_second", NUMBER_PER_SECOND, FORM_PLAIN, NULL },
	{ "period", NUMBER_PERIOD, FORM_TIME, NULL },
	{ "plateau", NUMBER_PLATEAU, FORM_PLAIN, NULL },
	{ "plateau_length", NUMBER_PLATEAU_LENGTH, FORM_TIME, NULL },
	{ "ports", NUMBER_PORTS, FORM_ABOUT, "port" },
	{ "rate_low", NUMBER_RATE_LOW, FORM_SHARE, NULL },
	{ "reset", NUMBER_RESET, FORM_PLAIN, NULL },
	{ "resending", NUMBER_RESENDING, FORM_SHARE, NULL },
	{ "retransmissions", NUMBER_RETRANSMISSIONS, FORM_PLAIN, NULL },
	{ "reused_after", NUMBER_REUSED_AFTER, FORM_TIME, NULL },
	{ "segments", NUMBER_SEGMENTS, FORM_COUNT, "segment" },
	{ "sources", NUMBER_SOURCES, FORM_ABOUT, "address" },
	{ "stuck", NUMBER_STUCK_SIZE, FORM_COUNT, "byte" },
	{ "survived", NUMBER_SURVIVED, FORM_SILENCE, NULL },
	{ "survivors", NUMBER_SURVIVORS, FORM_COUNT, "time" },
	{ "synacked", NUMBER_SYNACKED, FORM_SHARE, NULL },
	{ "total", NUMBER_TOTAL, FORM_COUNT, "flow" },
	{ "ttl", NUMBER_TTL, FORM_PLAIN, NULL },
	{ "unanswered", NUMBER_UNANSWERED, FORM_PLAIN, NULL },
	{ "unsolicited", NUMBER_UNSOLICITED, FORM_COUNT, "answer" },
	{ "victims", NUMBER_VICTIMS, FORM_COUNT, "flow" },
	{ "waiters", NUMBER_WAITERS, FORM_COUNT, "connection" },
};

uint64_t
finding_count(const struct finding *finding, enum finding_number_id id)
{
	int64_t value = 0;
	return finding_number(finding, id, &value) && value > 0 ? (uint64_t)value : 0;
}

void
format_silence(uint64_t us, char *text, size_t size)
{
	char seconds[FORMAT_AMOUNT_SIZE];
	if (us < 100 * (uint64_t)US_PER_S) {
		format_duration((int64_t)us, text, size);
		return;
	}
	format_number((us + US_PER_S / 2) / US_PER_S, seconds, sizeof(seconds));
	snprintf(text, size, "%s s", seconds);
}

static void
put_number(const struct finding *finding, const struct number_row *row, char *text, size_t size)
{
	char counted[FORMAT_COUNT_SIZE];
	int64_t value;
	if (!finding_number(finding, (enum finding_number_id)row->id, &value) || value < 0 ||
	    (value == 0 && row->form != FORM_SHARE))
		return;
	switch ((enum form)row->form) {
	case FORM_COUNT:
		format_count((uint64_t)value, row->noun, text, size);
		break;
	case FORM_ABOUT:
		format_count((uint64_t)value, row->noun, counted, sizeof(counted));
		snprintf(text, size, "%s%s", value > EXACT_UP_TO ? "about " : "", counted);
		break;
	case FORM_PLAIN:
		format_number((uint64_t)value, text, size);
		break;
	case FORM_SHARE:
		format_share((uint64_t)value, text, size);
		if (value == 0)
			snprintf(text, size, "none");
		break;
	case FORM_TIME:
		format_duration(value, text, size);
		break;
	case FORM_SILENCE:
		format_silence((uint64_t)value, text, size);
		break;
	}
}

/* A list of what there was, such as "93 refused, 4 open": parts that count nothing are left out. */
struct part {
	uint8_t id;		/* enum finding_number_id */
	const char *one, *many; /* what follows the number */
};

static void
put_parts(const struct finding *finding, const struct part *parts, size_t count, char *text,
	  size_t size)
{
	size_t used = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t value = finding_count(finding, (enum finding_number_id)parts[i].id);
		char amount[FORMAT_AMOUNT_SIZE];
		if (value == 0)
			continue;
		if (strcmp(number_infos[parts[i].id].unit, "bytes") == 0)
			format_bytes(value, amount, sizeof(amount));
		else
			format_number(value, amount, sizeof(amount));
		int length = snprintf(text + used, size - used, "%s%s %s", used > 0 ? ", " : "",
				      amount, value == 1 ? parts[i].one : parts[i].many);
		if (length < 0 || (size_t)length >= size - used)
			return;
		used += (size_t)length;
	}
}

#define PUT_PARTS(finding, parts, text, size)                                                      \
	put_parts(finding, parts, sizeof(parts) / sizeof((parts)[0]), text, size)

void
put_outcome(const struct finding *finding, char *text, size_t size)
{
	static const struct part parts[] = {
		{ NUMBER_REFUSED, "refused", "refused" },
		{ NUMBER_UNANSWERED, "unanswered", "unanswered" },
		{ NUMBER_RESET, "reset", "reset" },
		{ NUMBER_ESTABLISHED, "accepted", "accepted" },
	};
	PUT_PARTS(finding, parts, text, size);
}

void
put_interrupted(const struct finding *finding, char *text, size_t size)
{
	static const struct part parts[] = {
		{ NUMBER_RESET, "connection reset", "connections reset" },
		{ NUMBER_CLOSED, "connection closed", "connections closed" },
		{ NUMBER_REFUSED, "refused meanwhile", "refused meanwhile" },
		{ NUMBER_UNANSWERED, "unanswered meanwhile", "unanswered meanwhile" },
	};
	PUT_PARTS(finding, parts, text, size);
}

void
put_overflow(const struct finding *finding, char *text, size_t size)
{
	static const struct part parts[] = {
		{ NUMBER_ACKS_IGNORED, "final ACK ignored", "final ACKs ignored" },
		{ NUMBER_UNANSWERED, "attempt unanswered", "attempts unanswered" },
		{ NUMBER_STALLED, "connection served late", "connections served late" },
	};
	PUT_PARTS(finding, parts, text, size);
	if (text[0] == '\0')
		format_count(finding->flows, "connection", text, size);
}

void
put_defects(const struct finding *finding, char *text, size_t size)
{
	static const struct part parts[] = {
		{ NUMBER_DROPS, "packet dropped", "packets dropped" },
		{ NUMBER_UNSEEN, "acknowledged but missing", "acknowledged but missing" },
		{ NUMBER_DUPLICATES, "segment captured twice", "segments captured twice" },
		{ NUMBER_SNAPPED, "flow whose options are cut off",
		  "flows whose options are cut off" },
		{ NUMBER_MIDSTREAM, "flow without its beginning", "flows without their beginning" },
		{ NUMBER_ONE_SIDED, "flow with one direction only",
		  "flows with one direction only" },
	};
	PUT_PARTS(finding, parts, text, size);
}

bool
put_named_number(const struct finding *finding, const char *name, size_t length, char *text,
		 size_t size)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (strlen(rows[i].name) != length || memcmp(rows[i].name, name, length) != 0)
			continue;
		put_number(finding, &rows[i], text, size);
		return true;
	}
	return false;
}

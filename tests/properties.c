/* SPDX-License-Identifier: BSD-2-Clause */
/* Properties of verdicts over every capture at hand: what must not change them does not, and a capture
 * that ends too early blames nobody.
 *
 * properties.t [FILE...]: without files all scenarios, the sample captures and, where it lies beside
 * the source tree, the lab. A file may be a scenario or a capture. */
#include <glob.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/property_change.h"
#include "tests/property_sample.h"

enum {
	BATCH = 32,
	CUTS_ALL = 40,	   /* a capture is cut behind each of its first packets */
	CUTS_SAMPLED = 40, /* and in about so many places of the rest */
	BLAMING = 60,	   /* a confidence from here on claims something */
};

/* Whether two verdicts on the same flow are as equal as a property demands. */
typedef bool equal_fn(const struct verdict *a, const struct verdict *b);
struct property;
/* Looks for violations in a sample. */
typedef void check_fn(const struct property *property, const struct sample *sample,
		      const struct outcomes *whole);

struct property {
	const char *name; /* for the table of known violations */
	const char *claim;
	check_fn *check;
	change_fn *change; /* for check_change() */
	equal_fn *equal;
	size_t batch; /* for check_batch() */
	bool waits;   /* for check_cuts(): until just before the next packet */
};

/* What makes a violation no mistake. */
static const char stalled[] = "it was true: the server took the connection up only later, and the "
			      "whole flow says so by handshake-stalled";
static const char wordless[] = "both are true: the server closed without a word, and the RST that "
			       "came later is what the whole flow is named after";
static const char refused[] = "it was true: connect() had failed; that this stack tries again by itself "
			      "cannot be known";
static const char cookie[] = "it was true: for seconds nothing acknowledged the SYN-ACK, and a server with "
			     "SYN cookies does not repeat it";
static const char three_synacks[] =
	"three SYN-ACKs in three seconds stayed without an ACK: true when "
	"said, and the confidence is low enough to say so";
static const char three_hops[] =
	"a packet captured at three hops, in two VLANs: only the first copy "
	"is compared with";

/* Violations that are understood: listed with the reason, shown, and not failed for. One that is no
 * longer there fails, so that the list stays true. */
static struct known {
	const char *property, *sample, *why;
	bool met, loaded;
} known[] = {
	{ "cut", "scenarios/served-after-thirteen-seconds-is-handshake-stalled.tw", stalled, 0, 0 },
	{ "cut", "pcaps/served-late.pcap", stalled, 0, 0 },
	{ "cut", "lab/accept-overflow-realclient.c.pcap", stalled, 0, 0 },
	{ "cut", "lab/accept-overflow-realclient.s.pcap", stalled, 0, 0 },
	{ "cut", "scenarios/refusal-that-was-retried-with-success-is-no-reset.tw", refused, 0, 0 },
	{ "cut", "pcaps/demo.pcap", wordless, 0, 0 },
	{ "cut", "pcaps/late-data-after-close.pcap", wordless, 0, 0 },
	{ "cut", "lab/data-after-full-close.c.pcap", wordless, 0, 0 },
	{ "cut", "lab/data-after-full-close.s.pcap", wordless, 0, 0 },
	{ "cut", "lab/finwait2-timeout-then-fin.c.pcap", wordless, 0, 0 },
	{ "cut", "lab/finwait2-timeout-then-fin.s.pcap", wordless, 0, 0 },
	{ "cut", "lab/third-ack-lost.s.pcap", three_synacks, 0, 0 },
	{ "wait", "scenarios/served-after-thirteen-seconds-is-handshake-stalled.tw", stalled, 0, 0 },
	{ "wait", "pcaps/served-late.pcap", stalled, 0, 0 },
	{ "wait", "lab/accept-overflow-realclient.c.pcap", stalled, 0, 0 },
	{ "wait", "lab/accept-overflow-realclient.s.pcap", stalled, 0, 0 },
	{ "wait", "scenarios/refusal-that-was-retried-with-success-is-no-reset.tw", refused, 0, 0 },
	{ "wait", "pcaps/demo.pcap", wordless, 0, 0 },
	{ "wait", "pcaps/late-data-after-close.pcap", wordless, 0, 0 },
	{ "wait", "lab/data-after-full-close.c.pcap", wordless, 0, 0 },
	{ "wait", "lab/data-after-full-close.s.pcap", wordless, 0, 0 },
	{ "wait", "lab/finwait2-timeout-then-fin.c.pcap", wordless, 0, 0 },
	{ "wait", "lab/finwait2-timeout-then-fin.s.pcap", wordless, 0, 0 },
	{ "wait", "lab/third-ack-lost.s.pcap", three_synacks, 0, 0 },
	{ "wait", "lab/syncookie-third-ack-lost.s.pcap", cookie, 0, 0 },
	{ "routed-copies", "scenarios/trap-08-routed-copies-in-another-vlan-are-one-flow.tw",
	  three_hops, 0, 0 },
	{ NULL, NULL, NULL, 0, 0 },
};

static unsigned tests, violations, excused;

static void violate(const struct property *property, const struct sample *sample,
		    const char *format, ...) __attribute__((format(printf, 3, 4)));

static void
violate(const struct property *property, const struct sample *sample, const char *format, ...)
{
	const char *why = NULL;
	for (struct known *row = known; row->property != NULL; row++) {
		if (strcmp(row->property, property->name) != 0 ||
		    strcmp(row->sample, sample->name) != 0)
			continue;
		row->met = true;
		why = row->why;
	}
	va_list arguments;
	va_start(arguments, format);
	printf("# %s%s: %s: ", why != NULL ? "known: " : "", property->name, sample->name);
	vprintf(format, arguments);
	printf("%s%s\n", why != NULL ? "; " : "", why != NULL ? why : "");
	va_end(arguments);
	if (why != NULL)
		excused++;
	else
		violations++;
}

/* A failure is blamed with confidence although the flow, seen whole, was none. */
static bool
contradicts(const struct outcome *shorter, const struct outcome *whole)
{
	return outcome_class(shorter) >= CLASS_REFUSED && shorter->verdict.confidence >= BLAMING &&
	       outcome_class(whole) <= CLASS_PROBE;
}

/* Violations of one flow, one after the other, are told as one. */
struct cut_row {
	size_t first, last, number;
	uint8_t code, least, most;
};

static void
tell_cuts(const struct property *property, const struct sample *sample, const struct outcome *whole,
	  const struct cut_row *row)
{
	if (row->number == 0)
		return;
	violate(property, sample,
		"flow %u (client port %u), cut behind packets %zu to %zu (frames %u to %u): %s %u to "
		"%u %%, but whole it is %s %u %%",
		(unsigned)whole->number, (unsigned)whole->client_port, row->first, row->last,
		(unsigned)sample->packets[row->first - 1].frame,
		(unsigned)sample->packets[row->last - 1].frame, verdict_infos[row->code].slug,
		(unsigned)row->least, (unsigned)row->most, outcome_slug(whole),
		(unsigned)whole->verdict.confidence);
}

static void
add_cut(const struct property *property, const struct sample *sample, const struct outcome *whole,
	struct cut_row *row, size_t cut, const struct outcome *shorter)
{
	uint8_t confidence = shorter->verdict.confidence;
	if (row->number > 0 && row->code == shorter->verdict.code) {
		row->last = cut;
		row->number++;
		row->least = confidence < row->least ? confidence : row->least;
		row->most = confidence > row->most ? confidence : row->most;
		return;
	}
	tell_cuts(property, sample, whole, row);
	*row = (struct cut_row){
		.first = cut,
		.last = cut,
		.number = 1,
		.code = shorter->verdict.code,
		.least = confidence,
		.most = confidence,
	};
}

static size_t
next_cut(const struct sample *sample, size_t cut)
{
	size_t step = sample->count / CUTS_SAMPLED;
	return cut < CUTS_ALL || step < 1 ? cut + 1 : cut + step;
}

static void
check_cuts(const struct property *property, const struct sample *sample,
	   const struct outcomes *whole)
{
	struct cut_row *rows = calloc(whole->count + 1, sizeof(*rows));
	if (rows == NULL)
		abort();
	for (size_t cut = 1; cut < sample->count; cut = next_cut(sample, cut)) {
		struct outcomes shorter = sample_judge(sample, cut, BATCH, property->waits);
		for (size_t i = 0; i < shorter.count; i++) {
			const struct outcome *after = outcomes_find(whole, &shorter.list[i]);
			if (after == NULL)
				violate(property, sample,
					"flow %u of the first %zu packets is none of the whole",
					(unsigned)shorter.list[i].number, cut);
			else if (contradicts(&shorter.list[i], after))
				add_cut(property, sample, after, &rows[after - whole->list], cut,
					&shorter.list[i]);
		}
		outcomes_release(&shorter);
	}
	for (size_t i = 0; i < whole->count; i++)
		tell_cuts(property, sample, &whole->list[i], &rows[i]);
	free(rows);
}

static void
compare(const struct property *property, const struct sample *sample, const struct outcomes *whole,
	const struct outcomes *other)
{
	if (whole->count != other->count)
		violate(property, sample, "%zu flows become %zu", whole->count, other->count);
	for (size_t i = 0; i < whole->count && i < other->count; i++) {
		const struct verdict *before = &whole->list[i].verdict;
		const struct verdict *after = &other->list[i].verdict;
		if (property->equal(before, after))
			continue;
		violate(property, sample, "flow %u (client port %u): %s %u %% becomes %s %u %%",
			(unsigned)whole->list[i].number, (unsigned)whole->list[i].client_port,
			outcome_slug(&whole->list[i]), (unsigned)before->confidence,
			outcome_slug(&other->list[i]), (unsigned)after->confidence);
	}
}

static void
check_change(const struct property *property, const struct sample *sample,
	     const struct outcomes *whole)
{
	struct sample changed;
	if (!property->change(sample, &changed))
		return;
	struct outcomes other = sample_judge(&changed, changed.count, BATCH, false);
	compare(property, sample, whole, &other);
	outcomes_release(&other);
	sample_release(&changed);
}

static void
check_batch(const struct property *property, const struct sample *sample,
	    const struct outcomes *whole)
{
	struct outcomes other = sample_judge(sample, sample->count, property->batch, false);
	compare(property, sample, whole, &other);
	outcomes_release(&other);
}

/* Short ways through the tracker (analyzer/predict.h) change nothing, down to the last counter. */
static void
check_long_way(const struct property *property, const struct sample *sample,
	       const struct outcomes *whole)
{
	struct sample same = *sample;
	same.long_way = true;
	struct outcomes other = sample_judge(&same, sample->count, BATCH, false);
	compare(property, sample, whole, &other);
	for (size_t i = 0; i < whole->count && i < other.count; i++)
		if (whole->list[i].digest != other.list[i].digest)
			violate(property, sample, "flow %u (client port %u) is kept differently",
				(unsigned)whole->list[i].number,
				(unsigned)whole->list[i].client_port);
	outcomes_release(&other);
}

/* Seconds after which a live run must show what the capture so far proves. */
static const int64_t shown_within_ns = 2 * NS_PER_S;

/* In every silence long enough, the latest reviews say what the capture so far says. */
static void
check_live(const struct property *property, const struct sample *sample,
	   const struct outcomes *whole)
{
	(void)whole;
	for (size_t cut = 1; cut < sample->count; cut = next_cut(sample, cut)) {
		if (sample->packets[cut].ts_ns - sample->packets[cut - 1].ts_ns < shown_within_ns)
			continue;
		struct outcomes shown = sample_watch(sample, cut);
		struct outcomes so_far = sample_judge(sample, cut, BATCH, true);
		compare(property, sample, &so_far, &shown);
		outcomes_release(&shown);
		outcomes_release(&so_far);
	}
}

static bool
same_code(const struct verdict *a, const struct verdict *b)
{
	return a->code == b->code;
}

static bool
same_confidence(const struct verdict *a, const struct verdict *b)
{
	return a->code == b->code && a->confidence == b->confidence && a->suspect == b->suspect;
}

static bool
same_evidence(const struct verdict *a, const struct verdict *b)
{
	if (a->evidence_count != b->evidence_count)
		return false;
	for (unsigned i = 0; i < a->evidence_count; i++) {
		const struct evidence *left = &a->evidence[i], *right = &b->evidence[i];
		if (left->at.frame != right->at.frame || left->kind != right->kind ||
		    left->direction != right->direction || left->count != right->count)
			return false;
	}
	return true;
}

static bool
identical(const struct verdict *a, const struct verdict *b)
{
	return same_confidence(a, b) && same_evidence(a, b) && a->vantage == b->vantage &&
	       a->tags == b->tags && a->rst_form == b->rst_form && a->rst_score == b->rst_score &&
	       a->rst_features == b->rst_features && a->reason_count == b->reason_count &&
	       memcmp(a->reasons, b->reasons, sizeof(a->reasons)) == 0 &&
	       memcmp(a->causes, b->causes, sizeof(a->causes)) == 0 &&
	       memcmp(a->advice, b->advice, sizeof(a->advice)) == 0 &&
	       a->watched_us == b->watched_us && a->waited_us == b->waited_us;
}

/* clang-format off */
static const struct property properties[] = {
	{ .name = "cut", .claim = "cut short, no flow that ends well is called a failure",
	  .check = check_cuts },
	{ .name = "wait", .claim = "cut just before the next packet, no flow that ends well is called a failure",
	  .check = check_cuts, .waits = true },
	{ .name = "copies", .claim = "captured twice, verdicts stay",
	  .check = check_change, .change = change_copy, .equal = same_code },
	{ .name = "routed-copies", .claim = "captured before and behind a router, verdicts stay",
	  .check = check_change, .change = change_routed_copy, .equal = same_code },
	{ .name = "day", .claim = "a day later verdicts stay",
	  .check = check_change, .change = change_day, .equal = same_confidence },
	{ .name = "fraction", .claim = "a fraction of a second later verdicts stay",
	  .check = check_change, .change = change_fraction, .equal = same_confidence },
	{ .name = "addresses", .claim = "with other addresses verdicts stay",
	  .check = check_change, .change = change_addresses, .equal = same_confidence },
	{ .name = "cooked", .claim = "as a cooked capture verdicts stay",
	  .check = check_change, .change = change_to_cooked, .equal = same_confidence },
	{ .name = "raw", .claim = "as a raw IP capture verdicts stay",
	  .check = check_change, .change = change_to_raw, .equal = same_confidence },
	{ .name = "vlan", .claim = "in a VLAN verdicts stay",
	  .check = check_change, .change = change_to_vlan, .equal = same_confidence },
	{ .name = "batch-1", .claim = "one packet at a time, all stays",
	  .check = check_batch, .equal = identical, .batch = 1 },
	{ .name = "long-way", .claim = "segment by segment the long way, every flow is kept the same",
	  .check = check_long_way, .equal = identical },
	{ .name = "live", .claim = "two seconds later at most, a live run shows what the capture proves",
	  .check = check_live, .equal = same_code },
	{ .name = "batch-7", .claim = "seven packets at a time, all stays",
	  .check = check_batch, .equal = identical, .batch = 7 },
};
/* clang-format on */
enum { PROPERTIES = sizeof(properties) / sizeof(properties[0]) };

static void
report(bool good, const char *claim, const char *of)
{
	printf("%s %u - %s: %s\n", good ? "ok" : "not ok", ++tests, of, claim);
}

/* The name by which the table of known violations has a file: its last folder and its name. */
static const char *
short_name(const char *path)
{
	const char *name = path + strlen(path);
	for (unsigned slashes = 0; name > path; name--)
		if (name[-1] == '/' && ++slashes == 2)
			break;
	return name;
}

static void
mark_loaded(const char *name)
{
	for (struct known *row = known; row->property != NULL; row++)
		if (strcmp(row->sample, name) == 0)
			row->loaded = true;
}

/* Checks every property over the files that the patterns match. */
static void
check_group(const char *group, const glob_t *files, int64_t idle_ns)
{
	unsigned violated[PROPERTIES] = { 0 }, unread = 0;
	for (size_t i = 0; i < files->gl_pathc; i++) {
		struct sample sample;
		if (!sample_load(&sample, files->gl_pathv[i], short_name(files->gl_pathv[i]))) {
			unread++;
			sample_release(&sample);
			continue;
		}
		sample.limits.idle_ns = idle_ns > 0 ? idle_ns : sample.limits.idle_ns;
		mark_loaded(sample.name);
		struct outcomes whole = sample_judge(&sample, sample.count, BATCH, false);
		for (unsigned j = 0; j < PROPERTIES; j++) {
			violations = 0;
			properties[j].check(&properties[j], &sample, &whole);
			violated[j] += violations;
		}
		outcomes_release(&whole);
		sample_release(&sample);
	}
	report(unread == 0 && files->gl_pathc > 0, "every capture is read", group);
	for (unsigned j = 0; j < PROPERTIES; j++)
		report(violated[j] == 0, properties[j].claim, group);
}

/* Checks the files of a folder below the source tree. */
static void
check_folder(const char *group, const char *const *patterns, int64_t idle_ns)
{
	const char *top = getenv("top_srcdir");
	glob_t files = { 0 };
	for (unsigned i = 0; patterns[i] != NULL; i++) {
		char pattern[4096];
		snprintf(pattern, sizeof(pattern), "%s/%s", top != NULL ? top : ".", patterns[i]);
		glob(pattern, i > 0 ? GLOB_APPEND : 0, NULL, &files);
	}
	if (files.gl_pathc == 0 && idle_ns > 0)
		printf("ok %u - %s # SKIP not beside the source tree\n", ++tests, group);
	else
		check_group(group, &files, idle_ns);
	globfree(&files);
}

static void
check_known(void)
{
	bool good = true;
	for (const struct known *row = known; row->property != NULL; row++) {
		if (!row->loaded || row->met)
			continue;
		printf("# no longer: %s: %s\n", row->property, row->sample);
		good = false;
	}
	printf("# %u are known\n", excused);
	report(good, "they are still there, or the list is to be shortened", "known violations");
}

int
main(int argc, char **argv)
{
	static const char *const scenarios[] = { "tests/scenarios/*.tw", NULL };
	static const char *const samples[] = { "pcaps/*.pcap", NULL };
	static const char *const lab[] = { "../shared/lab/*.pcap", NULL }; /* silent for 4.5 s */
	if (argc > 1) {
		glob_t files = { 0 };
		for (int i = 1; i < argc; i++)
			glob(argv[i], GLOB_NOCHECK | (i > 1 ? GLOB_APPEND : 0), NULL, &files);
		check_group("given", &files, 0);
		globfree(&files);
	} else {
		check_folder("scenarios", scenarios, 0);
		check_folder("samples", samples, 0);
		check_folder("lab", lab, 2 * NS_PER_S);
	}
	check_known();
	printf("1..%u\n", tests);
	return 0;
}

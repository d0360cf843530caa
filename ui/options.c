/* SPDX-License-Identifier: BSD-2-Clause */
/* Command line -> struct options. What the table does not say is not an option. */
#include "ui/options.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/verdict.h"
#include "ui/limit_option.h"
#include "ui/quantity.h"
#include "ui/sink.h"
#include "ui/wrap.h"

/* What is being parsed and where complaints go. */
struct parse {
	struct options *options;
	char *text;
	size_t text_size;
	bool failed;
};

enum {
	SNAPLEN_MAX = 262144, /* the largest that libpcap takes */
	BUFFER_KIB_MAX = 1 << 21,
	KEEP_MAX = 9999,
	KEEP_DEFAULT = 10,
	RECALL_MIB = 64,
	THREADS_MAX = 1024, /* more are a slip of the finger */
};

enum argument { ARGUMENT_NONE, ARGUMENT_NEEDED, ARGUMENT_OPTIONAL };

/* value is the argument, NULL if there is none. */
typedef void option_fn(struct parse *parse, const char *value);

struct option_row {
	char letter; /* 0: long form only */
	enum argument argument;
	const char *name;
	const char *value; /* how the help calls the argument */
	option_fn *apply;  /* NULL: the option only sets the bool at offset flag */
	size_t flag;
	const char *help; /* NULL: understood, not offered */
};

static void __attribute__((format(printf, 2, 3)))
complain(struct parse *parse, const char *format, ...)
{
	if (parse->failed)
		return; /* the first complaint is the useful one */
	parse->failed = true;
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(parse->text, parse->text_size, format, arguments);
	va_end(arguments);
	if (length >= 0 && (size_t)length >= parse->text_size)
		memcpy(parse->text + parse->text_size - 5, "...\n", 5);
}

static void
add_path(struct parse *parse, const char *path)
{
	struct options *options = parse->options;
	if (path[0] == '\0')
		complain(parse, "tcpwhy: an empty file name\n");
	for (size_t i = 0; i < options->path_count; i++)
		if (strcmp(path, "-") == 0 && strcmp(options->paths[i], "-") == 0)
			complain(parse, "tcpwhy: - (standard input) can be read only once\n");
	const char **paths =
		realloc(options->paths, (options->path_count + 1) * sizeof(*options->paths));
	if (paths == NULL) {
		complain(parse, "tcpwhy: out of memory\n");
		return;
	}
	options->paths = paths;
	options->paths[options->path_count++] = path;
}

static void
apply_filter(struct parse *parse, const char *value)
{
	if (parse->options->filter != NULL)
		complain(parse, "tcpwhy: two filters; join them: -f '(%s) and (%s)'\n",
			 parse->options->filter, value);
	parse->options->filter = value;
}

static void
apply_json(struct parse *parse, const char *value)
{
	if (value != NULL && value[0] == '\0')
		complain(parse, "tcpwhy: --json= needs a file name\n");
	parse->options->json = true;
	parse->options->json_path = value != NULL && strcmp(value, "-") != 0 ? value : NULL;
}

static void
apply_limit(struct parse *parse, const char *value)
{
	char text[200];
	if (strcmp(value, "list") == 0)
		parse->options->task = TASK_LIST_LIMITS;
	else if (!limit_assign(&parse->options->limits, value, text, sizeof(text)))
		complain(parse, "tcpwhy: %s\n", text);
}

static void
apply_list_interfaces(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->task = TASK_LIST_INTERFACES;
}

static void
apply_explain(struct parse *parse, const char *value)
{
	parse->options->task = value != NULL ? TASK_EXPLAIN : TASK_EXPLAIN_ALL;
	parse->options->explain = value;
}

/* Adds the class, or all classes of failure, to --fail-if. */
static bool
add_class(struct options *options, const char *name, size_t length)
{
	bool found = false;
	for (unsigned i = 0; i < CLASSES; i++) {
		const char *slug = verdict_class_slugs[i];
		bool same = strlen(slug) == length && memcmp(slug, name, length) == 0;
		bool any = length == 7 && memcmp(name, "failure", 7) == 0 && i >= CLASS_REFUSED;
		if (same || any) {
			options->fail_if |= 1U << i;
			found = true;
		}
	}
	return found;
}

static void
apply_fail_if(struct parse *parse, const char *value)
{
	for (const char *at = value;; at++) {
		size_t length = strcspn(at, ",");
		if (!add_class(parse->options, at, length)) {
			char known[256] = "failure";
			size_t column = strlen(known);
			for (unsigned i = 0; i < CLASSES; i++) {
				size_t width = 1 + strlen(verdict_class_slugs[i]);
				bool fits = column + width <= WRAP_COLUMNS;
				strcat(known, fits ? " " : "\n");
				strcat(known, verdict_class_slugs[i]);
				column = fits ? column + width : width - 1;
			}
			complain(parse,
				 "tcpwhy: --fail-if: no class is called '%.*s'; there are\n%s\n",
				 (int)length, at, known);
			return;
		}
		at += length;
		if (*at == '\0')
			return;
	}
}

static void
apply_color(struct parse *parse, const char *value)
{
	static const char *const modes[] = {
		[COLOR_AUTO] = "auto",
		[COLOR_ALWAYS] = "always",
		[COLOR_NEVER] = "never",
	};
	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strcmp(value, modes[i]) == 0) {
			parse->options->color = (enum color_mode)i;
			return;
		}
	}
	complain(parse, "tcpwhy: --color=%s: auto, always or never is needed\n", value);
}

static void
apply_version(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->task = TASK_VERSION;
}

static void
apply_help(struct parse *parse, const char *value)
{
	(void)value;
	parse->options->task = TASK_HELP;
}

static void
apply_interface(struct parse *parse, const char *value)
{
	struct options *options = parse->options;
	if (value[0] == '\0')
		complain(parse, "tcpwhy: an empty interface name\n");
	const char **interfaces = realloc(options->interfaces, (options->interface_count + 1) *
								       sizeof(*interfaces));
	if (interfaces == NULL) {
		complain(parse, "tcpwhy: out of memory\n");
		return;
	}
	options->interfaces = interfaces;
	options->interfaces[options->interface_count++] = value;
	options->live = true;
}

/* A number of at least 1, or a complaint that names the option. */
static uint64_t
number(struct parse *parse, const char *option, const char *value, uint64_t max)
{
	uint64_t count = 0;
	if (!quantity_count(value, max, &count))
		complain(parse, "tcpwhy: %s '%s': a number from 1 to %llu is needed\n", option, value,
			 (unsigned long long)max);
	return count;
}

static uint64_t
size(struct parse *parse, const char *option, const char *value)
{
	uint64_t bytes = 0;
	if (!quantity_size(value, &bytes))
		complain(parse, "tcpwhy: %s '%s': a size is needed, such as 64M\n", option, value);
	return bytes;
}

static int64_t
duration(struct parse *parse, const char *option, const char *value)
{
	int64_t ns = 0;
	if (!quantity_time(value, &ns) || ns == 0)
		complain(parse, "tcpwhy: %s '%s': a time is needed, such as 10s or 5min\n", option,
			 value);
	return ns;
}

static void
apply_snaplen(struct parse *parse, const char *value)
{
	/* 0 means everything, as for tcpdump */
	parse->options->snaplen = strcmp(value, "0") == 0
					  ? SNAPLEN_MAX
					  : (uint32_t)number(parse, "-s", value, SNAPLEN_MAX);
}

static void
apply_buffer(struct parse *parse, const char *value)
{
	parse->options->buffer_bytes = 1024 * (uint32_t)number(parse, "-B", value, BUFFER_KIB_MAX);
}

static void
apply_count(struct parse *parse, const char *value)
{
	parse->options->frame_max = number(parse, "-c", value, INT64_MAX);
}

static void
apply_duration(struct parse *parse, const char *value)
{
	parse->options->duration_ns = duration(parse, "--duration", value);
}

static void
apply_threads(struct parse *parse, const char *value)
{
	parse->options->threads = (unsigned)number(parse, "--threads", value, THREADS_MAX);
}

static void
apply_max_memory(struct parse *parse, const char *value)
{
	parse->options->memory_bytes = size(parse, "--max-memory", value);
}

static void
apply_user(struct parse *parse, const char *value)
{
	parse->options->user = value;
}

static void
apply_write(struct parse *parse, const char *value)
{
	if (value[0] == '\0')
		complain(parse, "tcpwhy: -w needs a file name\n");
	parse->options->write_path = value;
}

static void
apply_rotate_size(struct parse *parse, const char *value)
{
	parse->options->rotate_bytes = size(parse, "--rotate-size", value);
}

static void
apply_rotate_time(struct parse *parse, const char *value)
{
	parse->options->rotate_ns = duration(parse, "--rotate-time", value);
}

static void
apply_keep(struct parse *parse, const char *value)
{
	parse->options->keep = (uint32_t)number(parse, "--keep", value, KEEP_MAX);
}

static void
apply_recall(struct parse *parse, const char *value)
{
	parse->options->recall_ns = duration(parse, "--recall", value);
}

static void
apply_recall_memory(struct parse *parse, const char *value)
{
	parse->options->recall_bytes = size(parse, "--recall-memory", value);
}

/* clang-format off */
#define FLAG(member) offsetof(struct options, member)
static const struct option_row rows[] = {
	{ 'i', ARGUMENT_NEEDED, "interface", "IFACE", apply_interface, 0,
	  "watch this interface, any for all of them; may be given several times" },
	{ 'D', ARGUMENT_NONE, "list-interfaces", NULL, apply_list_interfaces, 0,
	  "list the interfaces that can be watched" },
	{ 'r', ARGUMENT_NEEDED, "read", "FILE", add_path, 0,
	  "read this capture; the same as naming FILE without -r" },
	{ 'f', ARGUMENT_NEEDED, "filter", "EXPR", apply_filter, 0,
	  "judge only what this pcap-filter(7) expression selects" },
	{ 0, ARGUMENT_NONE, "text", NULL, NULL, FLAG(text),
	  "report for people, on standard output (the default)" },
	{ 0, ARGUMENT_NONE, "tui", NULL, NULL, FLAG(tui),
	  "show the flows and findings on the screen, with keys; ? there lists them" },
	{ 0, ARGUMENT_OPTIONAL, "json", "FILE", apply_json, 0,
	  "one JSON object per line for every flow and finding, a summary as the last one" },
	{ 0, ARGUMENT_NONE, "compare", NULL, NULL, FLAG(compare),
	  "the files are captures of different points, the client's first: say what was lost where" },
	{ 0, ARGUMENT_NONE, "all", NULL, NULL, FLAG(all),
	  "list every flow, also those that ended well" },
	{ 'c', ARGUMENT_NEEDED, "count", "NUMBER", apply_count, 0,
	  "live: stop after so many frames" },
	{ 0, ARGUMENT_NEEDED, "duration", "TIME", apply_duration, 0,
	  "live: stop after this time, such as 30s or 5min" },
	{ 'w', ARGUMENT_NEEDED, "write", "FILE", apply_write, 0,
	  "live: write the packets of failing flows to this capture file" },
	{ 0, ARGUMENT_NEEDED, "rotate-size", "SIZE", apply_rotate_size, 0,
	  "begin a new -w file when it is this large, such as 100M; FILE.1 is the one before" },
	{ 0, ARGUMENT_NEEDED, "rotate-time", "TIME", apply_rotate_time, 0,
	  "begin a new -w file after this time" },
	{ 0, ARGUMENT_NEEDED, "keep", "NUMBER", apply_keep, 0,
	  "keep so many older -w files (10)" },
	{ 0, ARGUMENT_NEEDED, "recall", "TIME", apply_recall, 0,
	  "remember packets so long, for -w and the screen (60s)" },
	{ 0, ARGUMENT_NEEDED, "recall-memory", "SIZE", apply_recall_memory, 0,
	  "memory for that (64M)" },
	{ 0, ARGUMENT_NONE, "whole", NULL, NULL, FLAG(whole),
	  "remember whole packets, not only their headers" },
	{ 's', ARGUMENT_NEEDED, "snaplen", "BYTES", apply_snaplen, 0,
	  "live: capture so much of each packet (2048; 0: all of it)" },
	{ 'B', ARGUMENT_NEEDED, "buffer-size", "KIB", apply_buffer, 0,
	  "live: buffer of the kernel for each interface (65536)" },
	{ 0, ARGUMENT_NONE, "promiscuous", NULL, NULL, FLAG(promiscuous),
	  "live: also packets that are not for this host" },
	{ 'Z', ARGUMENT_NEEDED, "user", "USER", apply_user, 0,
	  "live: become this user once the interfaces are open" },
	{ 0, ARGUMENT_NEEDED, "max-memory", "SIZE", apply_max_memory, 0,
	  "judge the oldest flows early rather than use more memory than this, such as 500M" },
	{ 0, ARGUMENT_NEEDED, "threads", "NUMBER", apply_threads, 0,
	  "files: 1 does all in one thread, 2 report in another (2 with two processors)" },
	{ 0, ARGUMENT_NEEDED, "limit", "NAME=VALUE", apply_limit, 0,
	  "set a threshold, such as idle=2s; --limit list shows them with reasons" },
	{ 0, ARGUMENT_OPTIONAL, "explain", "CODE", apply_explain, 0,
	  "say what verdicts and findings mean (--explain CODE ...), or list them all" },
	{ 0, ARGUMENT_NEEDED, "fail-if", "CLASS[,...]", apply_fail_if, 0,
	  "exit 10 if a flow of such a class is found; failure means any failure" },
	{ 0, ARGUMENT_NEEDED, "color", "WHEN", apply_color, 0,
	  "auto (on a terminal, unless NO_COLOR is set), always or never" },
	{ 0, ARGUMENT_NONE, "ascii", NULL, NULL, FLAG(ascii),
	  "write nothing but ASCII" },
	{ 'n', ARGUMENT_NONE, "numeric", NULL, NULL, FLAG(numeric),
	  NULL },
	{ 'q', ARGUMENT_NONE, "quiet", NULL, NULL, FLAG(quiet),
	  "only the line with the answer, no progress" },
	{ 'v', ARGUMENT_NONE, "verbose", NULL, NULL, FLAG(verbose),
	  "more about each flow: counts, round-trip times, where it was captured" },
	{ 'V', ARGUMENT_NONE, "version", NULL, apply_version, 0,
	  "print the version" },
	{ 'h', ARGUMENT_NONE, "help", NULL, apply_help, 0,
	  "print this" },
};
#undef FLAG
/* clang-format on */

enum {
	ROWS = sizeof(rows) / sizeof(rows[0]),
	FIRST_LONG = 256,
	HELP_MARGIN = 28,
};

/* Prepares what getopt_long(3) wants from the table. Long options without a letter get the number
 * FIRST_LONG + row. */
static void
build_getopt(char letters[3 * ROWS + 2], struct option longs[ROWS + 1])
{
	char *letter = letters;
	*letter++ = ':';
	for (int i = 0; i < ROWS; i++) {
		longs[i] = (struct option){
			.name = rows[i].name,
			.has_arg = rows[i].argument == ARGUMENT_NEEDED	   ? required_argument
				   : rows[i].argument == ARGUMENT_OPTIONAL ? optional_argument
									   : no_argument,
			.val = FIRST_LONG + i,
		};
		if (rows[i].letter == 0)
			continue;
		*letter++ = rows[i].letter;
		if (rows[i].argument == ARGUMENT_NEEDED)
			*letter++ = ':';
	}
	*letter = '\0';
	longs[ROWS] = (struct option){ 0 };
}

static const struct option_row *
find_row(int value)
{
	if (value >= FIRST_LONG)
		return &rows[value - FIRST_LONG];
	for (int i = 0; i < ROWS; i++)
		if (rows[i].letter == value)
			return &rows[i];
	return NULL;
}

/* Says why getopt_long() returned ? or :. */
static void
complain_option(struct parse *parse, int result, char **argv)
{
	const char *word = argv[optind - 1];
	if (result == ':')
		complain(parse, "tcpwhy: %s needs an argument\n", word);
	else if (optopt >= FIRST_LONG)
		complain(parse, "tcpwhy: --%s takes no argument\n", rows[optopt - FIRST_LONG].name);
	else if (optopt != 0)
		complain(parse, "tcpwhy: no option -%c; tcpwhy --help lists them\n", optopt);
	else
		complain(parse, "tcpwhy: no option %s; tcpwhy --help lists them\n", word);
}

/* Words behind the options of a live capture are its filter, as for tcpdump. */
static void
join_filter(struct parse *parse)
{
	struct options *options = parse->options;
	size_t length = 1;
	if (options->path_count == 0)
		return;
	if (options->filter != NULL) {
		complain(parse,
			 "tcpwhy: -f and words behind the options ('%s' ...) are both a filter; with "
			 "-i no file is read\n",
			 options->paths[0]);
		return;
	}
	for (size_t i = 0; i < options->path_count; i++)
		length += strlen(options->paths[i]) + 1;
	options->filter_words = calloc(1, length);
	if (options->filter_words == NULL) {
		complain(parse, "tcpwhy: out of memory\n");
		return;
	}
	for (size_t i = 0; i < options->path_count; i++) {
		strcat(options->filter_words, i > 0 ? " " : "");
		strcat(options->filter_words, options->paths[i]);
	}
	options->filter = options->filter_words;
	options->path_count = 0;
}

/* Options of a live capture make no sense for a file. */
static void
check_live(struct parse *parse)
{
	struct options *options = parse->options;
	if (options->live || options->path_count == 0)
		return;
	const char *option = options->write_path != NULL	? "-w"
			     : options->frame_max > 0	? "-c"
			     : options->duration_ns > 0 ? "--duration"
							: NULL;
	if (option != NULL)
		complain(parse, "tcpwhy: %s is for a live capture (-i IFACE), and '%s' is a file\n",
			 option, options->paths[0]);
}

/* What can be said only when all options are known. */
static void
check_together(struct parse *parse)
{
	struct options *options = parse->options;
	if (options->task == TASK_EXPLAIN_ALL && options->path_count > 0)
		options->task = TASK_EXPLAIN; /* --explain CODE ... */
	if (options->task != TASK_ANALYZE)
		return;
	if ((options->text || options->tui) && options->json && options->json_path == NULL)
		complain(parse,
			 "tcpwhy: %s and --json both want standard output; "
			 "use --json=FILE for one of them\n",
			 options->text ? "--text" : "--tui");
	if (options->compare && (options->live || options->path_count < 2))
		complain(parse, "tcpwhy: --compare needs two or more captures: CLIENT-CAPTURE "
				"SERVER-CAPTURE\n");
	if (options->compare && options->tui)
		complain(parse, "tcpwhy: --compare has no screen: it writes text or --json\n");
	check_live(parse);
	if (options->live)
		join_filter(parse);
	else if (options->path_count == 0)
		options->live = true; /* nothing named: everything that passes here */
	if (options->live && options->interface_count == 0)
		apply_interface(parse, "any");
	if (!options->live && !options->text && !options->json && !options->tui)
		options->text = true;
}

bool
options_parse(struct options *ret_options, int argc, char **argv, char *text, size_t text_size)
{
	struct parse parse = { .options = ret_options, .text = text, .text_size = text_size };
	char letters[3 * ROWS + 2];
	struct option longs[ROWS + 1];
	*ret_options = (struct options){
		.task = TASK_ANALYZE,
		.keep = KEEP_DEFAULT,
		.recall_ns = 60 * NS_PER_S,
		.recall_bytes = (uint64_t)RECALL_MIB << 20,
	};
	limits_init(&ret_options->limits);
	build_getopt(letters, longs);
	opterr = 0;
	optind = 0; /* start anew: tests parse more than once */
	for (;;) {
		int result = getopt_long(argc, argv, letters, longs, NULL);
		if (result == -1)
			break;
		const struct option_row *row =
			result == '?' || result == ':' ? NULL : find_row(result);
		if (row == NULL)
			complain_option(&parse, result, argv);
		else if (row->apply != NULL)
			row->apply(&parse, optarg);
		else
			*(bool *)((char *)ret_options + row->flag) = true;
	}
	for (int i = optind; i < argc; i++)
		add_path(&parse, argv[i]);
	check_together(&parse);
	return !parse.failed;
}

void
options_release(struct options *options)
{
	free(options->paths);
	free(options->interfaces);
	free(options->filter_words);
	options->paths = options->interfaces = NULL;
	options->filter_words = NULL;
	options->path_count = options->interface_count = 0;
}

const char *
options_long_name(size_t index)
{
	return index < ROWS ? rows[index].name : NULL;
}

/* "  -r, --read=FILE           " */
static void
format_option(const struct option_row *row, char *text, size_t size)
{
	char form[HELP_MARGIN];
	const char *open = row->argument == ARGUMENT_NEEDED	? "="
			   : row->argument == ARGUMENT_OPTIONAL ? "[="
								: "";
	char letter[] = { '-', row->letter, ',', ' ', '\0' };
	snprintf(form, sizeof(form), "%s--%s%s%s%s", row->letter != 0 ? letter : "    ", row->name,
		 open, row->value != NULL ? row->value : "",
		 row->argument == ARGUMENT_OPTIONAL ? "]" : "");
	snprintf(text, size, "  %-*s ", HELP_MARGIN - 3, form);
}

void
options_print_help(struct sink *sink)
{
	char margin[HELP_MARGIN + 1];
	snprintf(margin, sizeof(margin), "%*s", HELP_MARGIN, "");
	sink_puts(sink, "usage: tcpwhy [OPTIONS] FILE...\n"
			"       tcpwhy [OPTIONS] [-i IFACE] [FILTER...]\n"
			"       tcpwhy [OPTIONS] --compare CLIENT-CAPTURE SERVER-CAPTURE\n\n");
	wrap_text(sink, "", "",
		  "Says of every TCP connection attempt what became of it, and why: in a capture "
		  "(pcap or pcapng, plain or compressed with gz, zst, xz, bz2; a directory of them; "
		  "- for standard input; several are merged by time), or live on interfaces, all of "
		  "them if none is named. Live at a terminal it shows a screen; else it writes each "
		  "failing flow as it fails, and the report at the end.");
	sink_puts(sink, "\n");
	for (int i = 0; i < ROWS; i++) {
		char left[2 * HELP_MARGIN];
		if (rows[i].help == NULL)
			continue;
		format_option(&rows[i], left, sizeof(left));
		wrap_text(sink, left, margin, rows[i].help);
	}
	sink_puts(sink, "\n");
	wrap_text(sink, "", "",
		  "Exit: 0 analysed, 1 usage, 2 input or output failed (what could be read was "
		  "reported), 3 no permission to capture, 10 --fail-if. tcpwhy(1) has examples and the records.");
}

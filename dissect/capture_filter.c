/* SPDX-License-Identifier: BSD-2-Clause */
/* A BPF filter expression for frames of any link type: one program each, compiled when needed. */
#include "dissect/capture_filter.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/capture_file.h"
#include "dissect/capture_linktype.h"
#include "dissect/dissect.h"

struct program {
	struct bpf_program code;
	struct program *next;
	uint16_t linktype;
	bool usable;
	char text[PCAP_ERRBUF_SIZE]; /* why not */
};

struct capture_filter {
	struct program *programs; /* the one used last comes first */
	bool complete;		  /* no more will be compiled */
	char expression[];
};

static struct program *
compile(struct capture_filter *filter, uint16_t linktype)
{
	struct program *program = calloc(1, sizeof(*program));
	pcap_t *pcap;

	if (!program)
		return NULL;
	program->linktype = linktype;
	pcap = pcap_open_dead(linktype_to_dlt(linktype), CAPTURE_CAPLEN_MAX);
	if (pcap) {
		program->usable = pcap_compile(pcap, &program->code, filter->expression, 1,
					       PCAP_NETMASK_UNKNOWN) == 0;
		if (!program->usable)
			snprintf(program->text, sizeof(program->text), "%s", pcap_geterr(pcap));
		pcap_close(pcap);
	}
	program->next = filter->programs;
	filter->programs = program;
	return program;
}

static struct program *
find_program(struct capture_filter *filter, uint16_t linktype)
{
	struct program **link = &filter->programs;
	struct program *program = *link;

	if (program && program->linktype == linktype)
		return program;
	for (; (program = *link); link = &program->next) {
		if (program->linktype != linktype)
			continue;
		*link = program->next;
		program->next = filter->programs;
		filter->programs = program;
		return program;
	}
	return filter->complete ? NULL : compile(filter, linktype);
}

struct capture_filter *
capture_filter_new(const char *expression)
{
	size_t length = strlen(expression) + 1;
	struct capture_filter *filter = malloc(sizeof(*filter) + length);

	if (!filter)
		return NULL;
	filter->programs = NULL;
	filter->complete = false;
	memcpy(filter->expression, expression, length);
	return filter;
}

/* A host whose name is not found is not found for other link types either, after the same wait. */
static bool
name_is_missing(const struct program *program)
{
	return !program->usable && strstr(program->text, "unknown host") != NULL;
}

bool
capture_filter_complete(struct capture_filter *filter)
{
	for (uint32_t linktype = 0; linktype <= UINT16_MAX; linktype++) {
		const struct program *program;

		if (!dissect_linktype_known((uint16_t)linktype))
			continue;
		program = find_program(filter, (uint16_t)linktype);
		if (!program)
			return false;
		if (name_is_missing(program))
			break;
	}
	filter->complete = true;
	return true;
}

bool
capture_filter_check(struct capture_filter *filter, uint16_t linktype, char *text, size_t text_size)
{
	const struct program *program = find_program(filter, linktype);

	/* what cannot be dissected cannot be filtered either: that is no mistake in the expression */
	if (program ? program->usable : filter->complete)
		return true;
	snprintf(text, text_size, "%s", program ? program->text : "out of memory");
	return false;
}

enum capture_filter_answer
capture_filter_ask(struct capture_filter *filter, const struct frame *frame)
{
	const struct program *program = find_program(filter, frame->linktype);
	const struct pcap_pkthdr header = { .caplen = frame->caplen, .len = frame->wirelen };

	if (!program || !program->usable)
		return FILTER_UNUSABLE;
	return pcap_offline_filter(&program->code, &header, frame->data) ? FILTER_ACCEPT
									 : FILTER_REJECT;
}

void
capture_filter_free(struct capture_filter *filter)
{
	struct program *program;

	if (!filter)
		return;
	while ((program = filter->programs)) {
		filter->programs = program->next;
		pcap_freecode(&program->code);
		free(program);
	}
	free(filter);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports are opened, fed and closed together. */
#include "ui/outputs.h"

#include <errno.h>
#include <string.h>

#include "ui/complain.h"
#include "ui/same_file.h"
#include "ui/terminal.h"

bool
outputs_open(struct outputs *outputs, const struct options *options, const struct capture *capture,
	     const struct report_ops *ops, const char *path)
{
	struct output *output = &outputs->list[outputs->count];
	const struct report_settings settings = terminal_settings(options, capture, path == NULL);
	int error = 0;
	output->ops = ops;
	output->path = path;
	if (path == NULL)
		sink_open_stdout(&output->sink);
	else if (capture_is_live(capture))
		error = sink_open_log(&output->sink, path);
	else if (file_is_source(capture, path))
		error = EEXIST;
	else
		error = sink_open_file(&output->sink, path);
	if (error != 0) {
		complain("%s: %s", path,
			 error == ELOOP	   ? "is a symbolic link; name the file itself"
			 : error == EEXIST ? "is one of the captures to be read"
					   : strerror(error));
		return false;
	}
	outputs->count++;
	output->state = ops->begin(&settings, &output->sink);
	if (output->state == NULL)
		complain("no memory, or no temporary files in %s (TMPDIR): %s",
			 sink_spool_directory(), strerror(errno));
	return output->state != NULL;
}

int
outputs_failure(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].sink.path != NULL && outputs->list[i].sink.error != 0)
			return outputs->list[i].sink.error;
	return 0;
}

bool
outputs_work(const struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].sink.error == 0)
			return true;
	return outputs->count == 0;
}

void
outputs_flow(struct outputs *outputs, const struct flow *flow, const struct verdict *verdict)
{
	for (size_t i = 0; i < outputs->count; i++)
		outputs->list[i].ops->flow(outputs->list[i].state, flow, verdict);
}

void
outputs_provisional(struct outputs *outputs, const struct flow *flow, const struct verdict *verdict)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].ops->provisional != NULL)
			outputs->list[i].ops->provisional(outputs->list[i].state, flow, verdict);
}

void
outputs_heartbeat(struct outputs *outputs, const struct report_totals *totals)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].ops->heartbeat != NULL)
			outputs->list[i].ops->heartbeat(outputs->list[i].state, totals);
}

void
outputs_concluded(struct outputs *outputs, const struct report_totals *totals)
{
	for (size_t i = 0; i < outputs->count; i++)
		if (outputs->list[i].ops->concluded != NULL)
			outputs->list[i].ops->concluded(outputs->list[i].state, totals);
}

void
outputs_flush(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++)
		sink_flush(&outputs->list[i].sink);
}

void
outputs_reopen(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		int error = output->path != NULL ? sink_reopen_log(&output->sink) : 0;
		if (error != 0)
			complain("%s: cannot be opened anew: %s; going on with the old file",
				 output->path, strerror(error));
	}
}

bool
outputs_close(struct outputs *outputs, const struct report_totals *totals)
{
	bool well = true;
	for (size_t i = 0; i < outputs->count; i++) {
		struct output *output = &outputs->list[i];
		if (output->state == NULL || totals == NULL) {
			if (output->state != NULL)
				output->ops->give_up(output->state);
			sink_abandon(&output->sink);
			continue;
		}
		output->ops->end(output->state, totals);
		bool spool_failed = output->sink.spool_failed;
		int error = sink_close(&output->sink);
		if (error == 0)
			continue;
		well = false;
		if (spool_failed)
			complain("temporary files in %s (TMPDIR): %s; the list of flows is missing",
				 sink_spool_directory(), strerror(error));
		else if (error != EPIPE) /* who closed the pipe knows */
			complain("writing %s: %s",
				 output->path != NULL ? output->path : "standard output",
				 strerror(error));
	}
	outputs->count = 0;
	return well;
}

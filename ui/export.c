/* SPDX-License-Identifier: BSD-2-Clause */
/* Names are taken by creating the file, so that nobody can put something else there in between. */
#include "ui/export.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/format.h"
#include "ui/json.h"
#include "ui/sanitize.h"
#include "ui/sink.h"
#include "ui/text_capture.h"
#include "ui/text_flow.h"

enum { EXPORT_PATH = 1024, NAMES_TRIED = 100 };

static const char *const suffixes[] = {
	[EXPORT_JSON] = "json",
	[EXPORT_TICKET] = "txt",
	[EXPORT_CAPTURE] = "pcapng",
};

/* Makes a file of a name that is free. Returns its descriptor, or -1 with the reason in errno. */
static int
create_in(const char *directory, uint32_t number, enum screen_export form, char path[EXPORT_PATH])
{
	for (int i = 1; i <= NAMES_TRIED; i++) {
		char again[16] = "";
		if (i > 1)
			snprintf(again, sizeof(again), "-%d", i);
		int length =
			snprintf(path, EXPORT_PATH, "%s%stcpwhy-flow-%" PRIu32 "%s.%s", directory,
				 directory[0] != '\0' ? "/" : "", number, again, suffixes[form]);
		if (length < 0 || length >= EXPORT_PATH) {
			errno = ENAMETOOLONG;
			return -1;
		}
		/* O_EXCL does not follow a link, not even one that leads nowhere */
		int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

static int
create(uint32_t number, enum screen_export form, char path[EXPORT_PATH])
{
	int fd = create_in("", number, form, path);
	int error = errno;
	if (fd < 0)
		fd = create_in(sink_spool_directory(), number, form, path);
	if (fd < 0 && strcmp(sink_spool_directory(), "/tmp") != 0)
		fd = create_in("/tmp", number, form, path);
	if (fd < 0)
		errno = error; /* about the first directory: that is where it was wanted */
	return fd;
}

/* The record as one line. */
static int
write_json(struct sink *sink, const struct export_context *context, const struct flow *flow,
	   const struct verdict *verdict)
{
	const struct json_context json = {
		.capture = context->totals->capture,
		.provisional = context->provisional,
	};
	json_t *record = json_flow(&json, flow, verdict);
	char *line = record != NULL ? json_dumps(record, JSON_COMPACT) : NULL;
	if (line != NULL)
		sink_printf(sink, "%s\n", line);
	int error = line != NULL ? 0 : ENOMEM;
	free(line);
	json_decref(record);
	return error;
}

/* A head line that names the capture and says how good it is, then the flow as the report has it. */
static int
write_ticket(struct sink *sink, const struct export_context *context, const struct flow *flow,
	     const struct verdict *verdict)
{
	struct report_settings settings = *context->settings;
	char name[SANITIZED_SIZE];
	settings.color = false;
	settings.verbose = true;
	text_capture_name(context->totals, settings.ascii, name, sizeof(name));
	sink_printf(sink, "tcpwhy %s; capture %s, quality %s\n\n", PACKAGE_VERSION, name,
		    quality_slugs[report_quality(context->totals)]);
	if (context->provisional)
		sink_puts(sink, "Not decided yet: this is how it looks at present.\n\n");
	text_flow(sink, &settings, flow, verdict, NULL);
	return 0;
}

static int
write_all(int fd, const char *bytes)
{
	size_t left = strlen(bytes);
	while (left > 0) {
		ssize_t done = write(fd, bytes, left);
		if (done < 0 && errno != EINTR)
			return errno;
		if (done > 0) {
			bytes += done;
			left -= (size_t)done;
		}
	}
	return 0;
}

static int
write_text(int fd, const struct export_context *context, const struct flow *flow,
	   const struct verdict *verdict, enum screen_export form)
{
	struct sink *sink = malloc(sizeof(*sink));
	if (sink == NULL)
		return ENOMEM;
	sink_open_memory(sink);
	int error = form == EXPORT_JSON ? write_json(sink, context, flow, verdict)
					: write_ticket(sink, context, flow, verdict);
	const char *text = sink_text(sink);
	if (error == 0)
		error = text != NULL ? write_all(fd, text) : sink->error;
	sink_abandon(sink);
	free(sink);
	return error;
}

void
export_flow(const struct export_context *context, const struct flow *flow,
	    const struct verdict *verdict, enum screen_export form, char *text, size_t size)
{
	char path[EXPORT_PATH];
	char safe[SANITIZED_SIZE];
	char count[FORMAT_COUNT_SIZE] = "";
	size_t frames = 0;
	if (form == EXPORT_CAPTURE && context->write_capture == NULL) {
		snprintf(text, size, "no packets are kept: the capture has them");
		return;
	}
	int fd = create(flow->number, form, path);
	if (fd < 0) {
		snprintf(text, size, "nothing written: %s", strerror(errno));
		return;
	}
	if (form == EXPORT_CAPTURE)
		unlink(path); /* the name is free; whoever writes it takes no other's */
	int error = form == EXPORT_CAPTURE
			    ? context->write_capture(context->user, flow, path, &frames)
			    : write_text(fd, context, flow, verdict, form);
	if (close(fd) != 0 && error == 0)
		error = errno;
	sanitize_string(path, context->settings->ascii, safe, sizeof(safe));
	if (error != 0) {
		unlink(path);
		snprintf(text, size, "%s not written: %s", safe,
			 error == ENOENT ? "no packet of this flow is held any more"
					 : strerror(error));
		return;
	}
	if (form == EXPORT_CAPTURE)
		format_count(frames, "packet", count, sizeof(count));
	snprintf(text, size, "wrote %s%s%s", safe, count[0] != '\0' ? ", " : "", count);
}

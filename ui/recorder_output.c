/* SPDX-License-Identifier: BSD-2-Clause */
/* The recorder's files: the one of all that failed, and that of a single flow. */
#include <errno.h>
#include <stdlib.h>

#include "ui/recorder_parts.h"

int
recorder_open(struct recorder *recorder, const struct recorder_output *output)
{
	struct recorder_file file;
	if (recorder->file.writer != NULL)
		return EBUSY;
	int error = recorder_file_open(&file, output, recorder->capture);
	if (error == 0)
		recorder->file = file;
	return error;
}

int
recorder_reopen(struct recorder *recorder)
{
	return recorder->file.writer != NULL ? recorder_file_reopen(&recorder->file) : 0;
}

int
recorder_close(struct recorder *recorder)
{
	if (recorder->file.writer == NULL)
		return 0;
	struct record *record = ring_oldest(&recorder->ring);
	for (; record != NULL; record = ring_after(&recorder->ring, record))
		if (record->marked)
			recorder_write(recorder, record);
	int error = recorder_file_close(&recorder->file);
	recorder->stats.files += recorder->file.files;
	recorder->stats.error = error;
	return error;
}

/* The flow's records that are held, newest first. NULL when there are none, or no memory. */
static struct record **
collect(const struct recorder *recorder, uint64_t hash, int64_t since_ns, size_t *ret_count)
{
	struct record **records = NULL;
	size_t count = 0, room = 0;
	bool cut;
	struct record *record = recorder_newest(recorder, hash, &cut);
	for (; record != NULL; record = recorder_follow(recorder, record->previous, &cut)) {
		if (record->key != hash || record->ts_ns < since_ns)
			continue;
		if (count == room) {
			room = room > 0 ? 2 * room : 64;
			struct record **more = realloc(records, room * sizeof(struct record *));
			if (more == NULL) {
				free(records);
				*ret_count = 1; /* there are some */
				return NULL;
			}
			records = more;
		}
		records[count++] = record;
	}
	*ret_count = count;
	return records;
}

int
recorder_export(const struct recorder *recorder, const struct recorder_key *key, int64_t since_ns,
		const char *path, size_t *ret_frames)
{
	struct recorder_file file;
	char temporary[RECORDER_NAME_MAX + 1];
	size_t count;
	struct record **records = collect(recorder, recorder_hash(recorder, key), since_ns, &count);
	if (records == NULL)
		return count == 0 ? ENOENT : ENOMEM;
	int error = recorder_file_new(&file, path, recorder->capture, temporary);
	if (error == 0) {
		for (size_t i = count; i > 0; i--) {
			const struct frame frame = record_frame(records[i - 1]);
			recorder_file_write(&file, &frame);
		}
		error = recorder_file_publish(&file, temporary);
	}
	if (error == 0)
		*ret_frames = count;
	free(records);
	return error;
}

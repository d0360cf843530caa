/* SPDX-License-Identifier: BSD-2-Clause */
/* The flows that are marked: a bounded set, which forgets the one that was silent longest. */
#ifndef TCPWHY_RECORDER_MARKS_H
#define TCPWHY_RECORDER_MARKS_H

#include <stdbool.h>
#include <stdint.h>

enum {
	MARKS_MAX = 65536,
	MARKS_BUCKETS = MARKS_MAX,
};

struct mark {
	uint64_t key;	       /* as in struct record */
	int64_t since_ns;      /* held records from here on are marked */
	int64_t last_ns;       /* of the latest packet */
	uint32_t next;	       /* in the bucket, or of the unused ones */
	uint32_t newer, older; /* by latest packet */
};

/* Marks are named by index + 1, 0 is none. Members are read-only outside recorder_marks.c. */
struct marks {
	struct mark *marks;
	uint32_t *buckets;
	uint32_t unused, used; /* given back; and ever in use, from the start of the array */
	uint32_t newest, oldest;
	uint32_t count;
};

/* Returns false when memory is short. */
bool marks_init(struct marks *marks);
void marks_release(struct marks *marks);

/* The mark with that key, NULL if there is none. */
struct mark *marks_find(const struct marks *marks, uint64_t key);

/* Its flow has spoken: it is the newest now. */
void marks_touch(struct marks *marks, struct mark *mark, int64_t now_ns);

/* Adds a key that is not there. There must be room: marks_oldest() makes some. */
struct mark *marks_add(struct marks *marks, uint64_t key, int64_t since_ns, int64_t now_ns);

/* The mark that was silent longest, NULL if there is none. */
struct mark *marks_oldest(const struct marks *marks);
void marks_remove(struct marks *marks, struct mark *mark);

#endif

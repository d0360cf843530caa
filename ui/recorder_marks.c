/* SPDX-License-Identifier: BSD-2-Clause */
/* Chained hashing over an array of marks, and a list through them in the order of their last packets. */
#include "ui/recorder_marks.h"

#include <assert.h>
#include <stdlib.h>

bool
marks_init(struct marks *marks)
{
	*marks = (struct marks){
		.marks = calloc(MARKS_MAX, sizeof(struct mark)),
		.buckets = calloc(MARKS_BUCKETS, sizeof(uint32_t)),
	};
	return marks->marks != NULL && marks->buckets != NULL;
}

void
marks_release(struct marks *marks)
{
	free(marks->marks);
	free(marks->buckets);
	*marks = (struct marks){ 0 };
}

static struct mark *
at(const struct marks *marks, uint32_t id)
{
	return id != 0 ? &marks->marks[id - 1] : NULL;
}

static uint32_t
id_of(const struct marks *marks, const struct mark *mark)
{
	return (uint32_t)(mark - marks->marks) + 1;
}

/* The recorder's own table takes the low bits. */
static uint32_t *
bucket(const struct marks *marks, uint64_t key)
{
	return &marks->buckets[(key >> 40) % MARKS_BUCKETS];
}

struct mark *
marks_find(const struct marks *marks, uint64_t key)
{
	struct mark *mark = at(marks, *bucket(marks, key));
	while (mark != NULL && mark->key != key)
		mark = at(marks, mark->next);
	return mark;
}

static void
unlink_from_list(struct marks *marks, struct mark *mark)
{
	if (mark->newer != 0)
		at(marks, mark->newer)->older = mark->older;
	else
		marks->newest = mark->older;
	if (mark->older != 0)
		at(marks, mark->older)->newer = mark->newer;
	else
		marks->oldest = mark->newer;
}

static void
put_newest(struct marks *marks, struct mark *mark)
{
	uint32_t id = id_of(marks, mark);
	mark->newer = 0;
	mark->older = marks->newest;
	if (marks->newest != 0)
		at(marks, marks->newest)->newer = id;
	else
		marks->oldest = id;
	marks->newest = id;
}

void
marks_touch(struct marks *marks, struct mark *mark, int64_t now_ns)
{
	mark->last_ns = now_ns;
	if (mark->newer == 0)
		return;
	unlink_from_list(marks, mark);
	put_newest(marks, mark);
}

struct mark *
marks_add(struct marks *marks, uint64_t key, int64_t since_ns, int64_t now_ns)
{
	assert(marks->count < MARKS_MAX);
	uint32_t id = marks->unused;
	if (id != 0)
		marks->unused = at(marks, id)->next;
	else
		id = ++marks->used;
	struct mark *mark = at(marks, id);
	uint32_t *head = bucket(marks, key);
	*mark = (struct mark){ .key = key, .since_ns = since_ns, .last_ns = now_ns, .next = *head };
	*head = id;
	put_newest(marks, mark);
	marks->count++;
	return mark;
}

struct mark *
marks_oldest(const struct marks *marks)
{
	return at(marks, marks->oldest);
}

void
marks_remove(struct marks *marks, struct mark *mark)
{
	uint32_t id = id_of(marks, mark);
	uint32_t *from = bucket(marks, mark->key);
	while (*from != id)
		from = &at(marks, *from)->next;
	*from = mark->next;
	unlink_from_list(marks, mark);
	mark->next = marks->unused;
	marks->unused = id;
	marks->count--;
}

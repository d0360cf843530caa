/* SPDX-License-Identifier: BSD-2-Clause */
#include "ui/json_memory.h"

#include <jansson.h>
#include <stdlib.h>

/* jansson's functions for memory know no context. */
static bool lacked;

static void *
allocate(size_t size)
{
	void *memory = malloc(size);
	lacked |= memory == NULL;
	return memory;
}

void
json_memory_watch(void)
{
	json_set_alloc_funcs(allocate, free);
}

bool
json_memory_lacked(void)
{
	bool answer = lacked;
	lacked = false;
	return answer;
}

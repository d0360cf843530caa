/* SPDX-License-Identifier: BSD-2-Clause */
/* Heights are rounded up, so that what is small can still be seen. */
#include "ui/graph.h"

#include <string.h>

uint32_t
graph_line(const uint32_t *points, size_t count, bool utf8, char *text)
{
	static const char *const blocks[] = { " ",	"\u2581", "\u2582", "\u2583", "\u2584",
					      "\u2585", "\u2586", "\u2587", "\u2588" };
	static const char *const characters[] = { " ", ".", ":", "-", "=", "+", "*", "#" };
	const char *const *heights = utf8 ? blocks : characters;
	uint64_t top = (utf8 ? sizeof(blocks) : sizeof(characters)) / sizeof(char *) - 1;
	uint32_t most = 0;
	for (size_t i = 0; i < count; i++)
		if (points[i] > most)
			most = points[i];
	for (size_t i = 0; i < count; i++) {
		uint64_t height = most > 0 ? (points[i] * top + most - 1) / most : 0;
		size_t length = strlen(heights[height]);
		memcpy(text, heights[height], length);
		text += length;
	}
	*text = '\0';
	return most;
}

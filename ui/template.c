/* SPDX-License-Identifier: BSD-2-Clause */
/* One pass over the template; a part that goes is cut off again at its end. */
#include "ui/template.h"

#include <assert.h>
#include <string.h>

enum { VALUE_SIZE = 512 };

/* The text so far, and where the part that may go began. */
struct expansion {
	template_value_fn *value;
	const void *about;
	char *text;
	size_t size, used;
	size_t part;
	bool in_part, part_empty;
	bool complete;
};

static void
append(struct expansion *expansion, const char *bytes, size_t length)
{
	size_t room = expansion->size - 1 - expansion->used;
	if (length > room)
		length = room;
	memcpy(expansion->text + expansion->used, bytes, length);
	expansion->used += length;
}

/* Takes in "{name}" at template; returns the length of that. */
static size_t
append_value(struct expansion *expansion, const char *template)
{
	char value[VALUE_SIZE] = "";
	size_t length = strcspn(template, "}");
	bool known =
		expansion->value(expansion->about, template + 1, length - 1, value, sizeof(value));
	assert(known && template[length] == '}');
	(void)known;
	append(expansion, value, strlen(value));
	if (value[0] == '\0' && expansion->in_part)
		expansion->part_empty = true;
	else if (value[0] == '\0')
		expansion->complete = false;
	return length + 1;
}

bool
template_expand(const char *template, template_value_fn *value, const void *about, char *text,
		size_t size)
{
	struct expansion expansion = {
		.value = value,
		.about = about,
		.text = text,
		.size = size,
		.complete = true,
	};
	while (*template != '\0') {
		if (*template == '{') {
			template += append_value(&expansion, template);
			continue;
		}
		if (*template == '[') {
			expansion.in_part = true;
			expansion.part_empty = false;
			expansion.part = expansion.used;
		} else if (*template == ']' && expansion.in_part) {
			expansion.in_part = false;
			if (expansion.part_empty)
				expansion.used = expansion.part;
		} else {
			append(&expansion, template, 1);
		}
		template ++;
	}
	text[expansion.used] = '\0';
	return expansion.complete;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* {name} becomes a value, [a part] goes when a value in it is empty. Parts do not nest. */
#include "ui/template.h"

#include <assert.h>
#include <string.h>

#include "ui/sanitize.h"

/* The text so far, and where the part that may go began. */
struct expansion {
	char *text;
	size_t size, used;
	size_t part;
	bool in_part, part_empty;
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
append_value(struct expansion *expansion, const char *template, const struct subject *subject)
{
	char value[SANITIZED_SIZE];
	size_t length = strcspn(template, "}");
	bool known = template_value(template + 1, length - 1, subject, value, sizeof(value));
	assert(known && template[length] == '}');
	(void)known;
	append(expansion, value, strlen(value));
	if (value[0] == '\0')
		expansion->part_empty = true;
	return length + 1;
}

void
template_expand(const char *template, const struct subject *subject, char *text, size_t size)
{
	struct expansion expansion = { .text = text, .size = size };
	while (*template != '\0') {
		if (*template == '{') {
			template += append_value(&expansion, template, subject);
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
}

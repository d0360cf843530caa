/* SPDX-License-Identifier: BSD-2-Clause */
/* A table of interfaces: those that carry no network are left out. */
#include "ui/interfaces.h"

#include <string.h>

#include "dissect/capture.h"
#include "ui/complain.h"
#include "ui/sanitize.h"

static void
print_device(void *user, const struct capture_device *device)
{
	struct sink *sink = user;
	char name[SANITIZED_SIZE];
	if (!device->network)
		return;
	sanitize_string(device->name, false, name, sizeof(name));
	if (strcmp(name, "any") == 0) {
		sink_printf(sink, "%-16s all of them\n", name);
		return;
	}
	sink_printf(sink, "%-16s %-*s", name, device->address_count > 0 ? 8 : 0,
		    !device->up	       ? "down"
		    : !device->running ? "no link"
				       : "up");
	for (size_t i = 0; i < device->address_count; i++)
		sink_printf(sink, " %s", device->addresses[i]);
	sink_puts(sink, "\n");
}

bool
interfaces_print(struct sink *sink)
{
	char text[SANITIZED_SIZE];
	if (capture_list_devices(print_device, sink, text, sizeof(text)) == CAPTURE_OK)
		return true;
	complain("%s", text);
	return false;
}

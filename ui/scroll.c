/* SPDX-License-Identifier: BSD-2-Clause */
/* Moving about in lists. */
#include "ui/scroll.h"

bool
scroll_key(struct scroll *scroll, enum request request, size_t count)
{
	size_t page = scroll->height > 1 ? scroll->height - 1 : 1;
	size_t last = count > 0 ? count - 1 : 0;
	size_t at = scroll->at;
	if (request == REQUEST_UP)
		at -= at > 0;
	else if (request == REQUEST_DOWN)
		at += at < last;
	else if (request == REQUEST_PAGE_UP)
		at -= at < page ? at : page;
	else if (request == REQUEST_PAGE_DOWN)
		at = last - at < page ? last : at + page;
	else if (request == REQUEST_HOME)
		at = 0;
	else if (request == REQUEST_END)
		at = last;
	else
		return false;
	scroll->at = at;
	return true;
}

void
scroll_fit(struct scroll *scroll, size_t count, size_t height)
{
	if (scroll->at >= count)
		scroll->at = count > 0 ? count - 1 : 0;
	if (height == 0)
		height = 1;
	scroll->height = height;
	if (scroll->top > scroll->at)
		scroll->top = scroll->at;
	if (scroll->at - scroll->top >= height)
		scroll->top = scroll->at - height + 1;
	if (scroll->top + height > count)
		scroll->top = count > height ? count - height : 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Codes of curses -> what they ask for. */
#include "ui/keys.h"

#include <curses.h>

#define KEYS_LIST(...)                                                                             \
	{                                                                                          \
		__VA_ARGS__                                                                        \
	}

const struct key_row key_rows[REQUESTS] = {
#define KEY(id, names, codes, footer, meaning) [REQUEST_##id] = { names, footer, meaning, codes },
	KEYS(KEY)
#undef KEY
};

enum request
key_request(int code)
{
	for (int request = 0; code != 0 && request < REQUESTS; request++)
		for (int i = 0; i < KEYS_ALIKE; i++)
			if (key_rows[request].codes[i] == code)
				return (enum request)request;
	return REQUEST_NONE;
}

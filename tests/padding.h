/* SPDX-License-Identifier: BSD-2-Clause */
/* What lies between the members of a struct is the compiler's to fill, and not alike from one to the
 * next; a test that compares whole structs clears it first. A gap that is not named here shows itself
 * as a difference, a member that is forgotten cannot be. */
#ifndef TCPWHY_TESTS_PADDING_H
#define TCPWHY_TESTS_PADDING_H

#include <stddef.h>
#include <string.h>

/* Where the member ends. */
#define PADDING_BEHIND(type, member) (offsetof(type, member) + sizeof(((type *)NULL)->member))

/* Clears what lies between two members that follow each other. */
#define PADDING_CLEAR(type, object, member, next)                                                  \
	memset((char *)(object) + PADDING_BEHIND(type, member), 0,                                 \
	       offsetof(type, next) - PADDING_BEHIND(type, member))

/* Clears what lies behind the last member. */
#define PADDING_CLEAR_END(type, object, member)                                                    \
	memset((char *)(object) + PADDING_BEHIND(type, member), 0,                                 \
	       sizeof(type) - PADDING_BEHIND(type, member))

#endif

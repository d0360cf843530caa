/* SPDX-License-Identifier: BSD-2-Clause */
/* Community ID version 1: the flow hash by which other tools name the same flow. */
#ifndef TCPWHY_COMMUNITY_ID_H
#define TCPWHY_COMMUNITY_ID_H

#include <stddef.h>
#include <stdint.h>

#include "dissect/packet.h"

enum { COMMUNITY_ID_SIZE = 32 }; /* "1:", 28 characters of base64, NUL */

/* Writes the id of a TCP flow with seed 0; both directions give the same. */
void community_id_tcp(struct ip_addr a, uint16_t a_port, struct ip_addr b, uint16_t b_port,
		      unsigned ip_version, char text[COMMUNITY_ID_SIZE]);

#endif

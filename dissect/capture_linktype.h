/* SPDX-License-Identifier: BSD-2-Clause */
/* Link types have two numbers: LINKTYPE_ in files, DLT_ in libpcap on this system. */
#ifndef TCPWHY_CAPTURE_LINKTYPE_H
#define TCPWHY_CAPTURE_LINKTYPE_H

#include <stdint.h>

/* Most numbers are the same on both sides; unknown ones are passed on as they are. */
int linktype_to_dlt(uint16_t linktype);
uint16_t linktype_from_dlt(int dlt);

#endif

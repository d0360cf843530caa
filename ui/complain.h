/* SPDX-License-Identifier: BSD-2-Clause */
/* Complaints on standard error. */
#ifndef TCPWHY_COMPLAIN_H
#define TCPWHY_COMPLAIN_H

/* Writes one line, "tcpwhy: " first; the text may hold what strangers chose and is made safe. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif

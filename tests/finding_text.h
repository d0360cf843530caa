/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings as plain text: to show them, to compare them, and to tell what they are about. */
#ifndef TCPWHY_FINDING_TEXT_H
#define TCPWHY_FINDING_TEXT_H

#include <stdint.h>
#include <stdio.h>

#include "analyzer/findings.h"

enum { FINDING_TEXT_SIZE = 160 };

/* "10.0.0.2:443" (listener), "10.0.0.2" (host, source, device), "10.1.0.0/24" (network), "3 hops"
 * (device without address), "10.1.0.9 > 10.0.0.2:443" (path), "capture". */
void crowd_subject_text(const struct finding_subject *subject, char text[FINDING_TEXT_SIZE]);

/* "port-bucket:3", "network:10.1.0.0/24", "next-hop:02:00:00:00:00:05", "size:above", "vlan:100",
 * "sni:example.org"; without a value of its own "vlan:none". */
void crowd_contrast_text(const struct contrast *contrast, char text[FINDING_TEXT_SIZE]);

/* "10.1.0.0/24" */
void network_text(struct ip_addr addr, unsigned ip_version, unsigned prefix_length,
		  char text[FINDING_TEXT_SIZE]);

/* All fields of a finding over several lines, times in seconds since start_ns. */
void finding_write(FILE *file, const struct finding *finding, int64_t start_ns);

/* All of a report. Returns a string to be freed. */
char *report_text(const struct findings_report *report, int64_t start_ns);

#endif

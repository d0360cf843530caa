/* SPDX-License-Identifier: BSD-2-Clause */
/* Questions that the rules about TLS, SSH and HTTP ask of a flow. */
#ifndef TCPWHY_RULES_APPLICATION_H
#define TCPWHY_RULES_APPLICATION_H

#include "analyzer/application.h"
#include "analyzer/rules.h"

/* What is known of a half; never NULL: an empty record stands in. */
const struct application_half *application_of(const struct judgement *judgement,
					      enum direction dir);

bool speaks(const struct judgement *judgement, enum direction dir, enum protocol protocol);

/* The client's first bytes are a TLS client hello. */
bool sent_hello(const struct judgement *judgement);

/* Whether this half ended the flow: by an RST, or by a FIN before the other's. */
bool ended_by(const struct judgement *judgement, enum direction dir);

#endif

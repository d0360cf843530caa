/* SPDX-License-Identifier: BSD-2-Clause */
/* The state machine of one half of a flow: what it does, and what is done to it. */
#ifndef TCPWHY_STATE_H
#define TCPWHY_STATE_H

#include "analyzer/flow.h"

/* What can happen to a half, after the segment was found acceptable. */
enum half_event {
	EVENT_SYN,	  /* it sends a SYN */
	EVENT_SYNACK,	  /* it sends a SYN-ACK */
	EVENT_ACK,	  /* it sends anything with ACK that is neither SYN, FIN nor RST */
	EVENT_FIN,	  /* it sends a FIN */
	EVENT_RST,	  /* it sends an RST that the other side has to believe */
	EVENT_SYN_ACKED,  /* the other side acknowledges its SYN */
	EVENT_FIN_ACKED,  /* the other side acknowledges its FIN */
	EVENT_RST_GIVEN,  /* it receives an RST that it has to believe */
	HALF_EVENTS
};

/* The state after the event. Never fails: events that make no sense leave the state as it is. */
enum half_state half_step(enum half_state state, enum half_event event);

/* The sentence of that cell, for people who want to know why. */
const char *half_step_reason(enum half_state state, enum half_event event);

#endif

/* SPDX-License-Identifier: BSD-2-Clause */
/* The transition table of a half, a sentence per cell, and the names of the pair of states.
 *
 * We watch from outside and may miss packets, so each half has a state of its own and the state of
 * the connection is the pair. Whether a segment is acceptable at all (right acknowledgement in
 * SYN-SENT, believable RST) was decided before the table is asked (analyzer/segment.c, reset.c).
 *
 *   none      nothing seen that binds this half
 *   syn       it sent SYN and waits for its acknowledgement
 *   rcvd      it sent SYN-ACK (or SYN and then SYN-ACK, simultaneous open)
 *   open      its SYN is acknowledged, or we met it in mid-stream
 *   fin       it sent FIN
 *   finacked  its FIN is acknowledged: it has nothing more to say
 *   reset     it sent an RST that ended the connection
 *   dead      it was told by RST that the connection is over
 */
#include "analyzer/state.h"

struct cell {
	enum half_state next;
	const char *reason;
};

/* clang-format off */
static const struct cell cells[HALF_STATES][HALF_EVENTS] = {
[HALF_NONE] = {
	[EVENT_SYN]       = { HALF_SYN_SENT,   "An attempt begins." },
	[EVENT_SYNACK]    = { HALF_SYN_RCVD,   "It answers a SYN; whether we saw that SYN does not matter." },
	[EVENT_ACK]       = { HALF_OPEN,       "Its SYN was before the capture or is lost: met in mid-stream." },
	[EVENT_FIN]       = { HALF_FIN_SENT,   "Met in mid-stream while closing." },
	[EVENT_RST]       = { HALF_RESET,      "It refuses a SYN, or resets what we did not see." },
	[EVENT_SYN_ACKED] = { HALF_NONE,       "Acknowledged though unseen: it is alive, but we lack its packets." },
	[EVENT_FIN_ACKED] = { HALF_NONE,       "Cannot happen: no FIN was seen." },
	[EVENT_RST_GIVEN] = { HALF_DEAD,       "Told to go away before it said anything that we saw." },
},
[HALF_SYN_SENT] = {
	[EVENT_SYN]       = { HALF_SYN_SENT,   "The same SYN again: it waits." },
	[EVENT_SYNACK]    = { HALF_SYN_RCVD,   "Simultaneous open: both sent SYN, now it answers (RFC 9293 3.5)." },
	[EVENT_ACK]       = { HALF_OPEN,       "It acknowledges the peer's SYN-ACK: for it the connection is open." },
	[EVENT_FIN]       = { HALF_FIN_SENT,   "It gave up after opening, or its ACK carries the FIN already." },
	[EVENT_RST]       = { HALF_RESET,      "It gave up before the handshake was complete." },
	[EVENT_SYN_ACKED] = { HALF_OPEN,       "The peer has acknowledged its SYN." },
	[EVENT_FIN_ACKED] = { HALF_SYN_SENT,   "Cannot happen: no FIN was sent." },
	[EVENT_RST_GIVEN] = { HALF_DEAD,       "Refused." },
},
[HALF_SYN_RCVD] = {
	[EVENT_SYN]       = { HALF_SYN_RCVD,   "Its SYN of a simultaneous open, seen late or again." },
	[EVENT_SYNACK]    = { HALF_SYN_RCVD,   "The same SYN-ACK again: it still waits for the ACK." },
	[EVENT_ACK]       = { HALF_SYN_RCVD,   "It talks before its SYN is acknowledged: early data, or a challenge ACK." },
	[EVENT_FIN]       = { HALF_FIN_SENT,   "It closes before the ACK came, or the ACK is missing from the capture." },
	[EVENT_RST]       = { HALF_RESET,      "It takes its SYN-ACK back." },
	[EVENT_SYN_ACKED] = { HALF_OPEN,       "The handshake is complete." },
	[EVENT_FIN_ACKED] = { HALF_SYN_RCVD,   "Cannot happen: no FIN was sent." },
	[EVENT_RST_GIVEN] = { HALF_DEAD,       "The peer did not want this connection (any more)." },
},
[HALF_OPEN] = {
	[EVENT_SYN]       = { HALF_OPEN,       "An old SYN again; a new one would be a new flow." },
	[EVENT_SYNACK]    = { HALF_OPEN,       "It repeats its SYN-ACK although it was acknowledged: the ACK was lost or ignored." },
	[EVENT_ACK]       = { HALF_OPEN,       "Business as usual." },
	[EVENT_FIN]       = { HALF_FIN_SENT,   "It has nothing more to send." },
	[EVENT_RST]       = { HALF_RESET,      "It ends the connection at once." },
	[EVENT_SYN_ACKED] = { HALF_OPEN,       "Known already." },
	[EVENT_FIN_ACKED] = { HALF_OPEN,       "Cannot happen: no FIN was sent." },
	[EVENT_RST_GIVEN] = { HALF_DEAD,       "The connection is ended for it." },
},
[HALF_FIN_SENT] = {
	[EVENT_SYN]       = { HALF_FIN_SENT,   "An old SYN; a new one would be a new flow." },
	[EVENT_SYNACK]    = { HALF_FIN_SENT,   "An old SYN-ACK." },
	[EVENT_ACK]       = { HALF_FIN_SENT,   "It still receives, or resends what came before its FIN." },
	[EVENT_FIN]       = { HALF_FIN_SENT,   "The same FIN again: not yet acknowledged." },
	[EVENT_RST]       = { HALF_RESET,      "It closed, and now refuses what still arrives." },
	[EVENT_SYN_ACKED] = { HALF_FIN_SENT,   "Known already." },
	[EVENT_FIN_ACKED] = { HALF_FIN_ACKED,  "The peer has everything up to the FIN." },
	[EVENT_RST_GIVEN] = { HALF_DEAD,       "The peer threw away the rest." },
},
[HALF_FIN_ACKED] = {
	[EVENT_SYN]       = { HALF_FIN_ACKED,  "An old SYN; a new one would be a new flow." },
	[EVENT_SYNACK]    = { HALF_FIN_ACKED,  "An old SYN-ACK." },
	[EVENT_ACK]       = { HALF_FIN_ACKED,  "It acknowledges what the peer still sends (half-closed)." },
	[EVENT_FIN]       = { HALF_FIN_ACKED,  "The FIN again: the acknowledgement was lost on the way back." },
	[EVENT_RST]       = { HALF_RESET,      "It no longer wants the peer's data." },
	[EVENT_SYN_ACKED] = { HALF_FIN_ACKED,  "Known already." },
	[EVENT_FIN_ACKED] = { HALF_FIN_ACKED,  "Known already." },
	[EVENT_RST_GIVEN] = { HALF_DEAD,       "The peer ended what was half-closed." },
},
[HALF_RESET] = {
	[EVENT_SYN]       = { HALF_RESET,      "The same SYN again after giving up: a stack that retries a refusal." },
	[EVENT_SYNACK]    = { HALF_SYN_RCVD,   "It refused once and answers now: the service came up, or the RST was not its own." },
	[EVENT_ACK]       = { HALF_RESET,      "It goes on after its own RST: the RST was not its own, or crossed." },
	[EVENT_FIN]       = { HALF_RESET,      "It goes on after its own RST: the RST was not its own, or crossed." },
	[EVENT_RST]       = { HALF_RESET,      "Another RST for what still arrives." },
	[EVENT_SYN_ACKED] = { HALF_RESET,      "The peer had not heard of the RST yet." },
	[EVENT_FIN_ACKED] = { HALF_RESET,      "The peer had not heard of the RST yet." },
	[EVENT_RST_GIVEN] = { HALF_RESET,      "Both reset." },
},
[HALF_DEAD] = {
	[EVENT_SYN]       = { HALF_SYN_SENT,   "Refused, it tries again with the same SYN, as Windows does." },
	[EVENT_SYNACK]    = { HALF_DEAD,       "A SYN-ACK that crossed the RST." },
	[EVENT_ACK]       = { HALF_DEAD,       "A segment that crossed the RST, or the RST was not believed." },
	[EVENT_FIN]       = { HALF_DEAD,       "A FIN that crossed the RST." },
	[EVENT_RST]       = { HALF_DEAD,       "Both reset." },
	[EVENT_SYN_ACKED] = { HALF_DEAD,       "Too late." },
	[EVENT_FIN_ACKED] = { HALF_DEAD,       "Too late." },
	[EVENT_RST_GIVEN] = { HALF_DEAD,       "Told again." },
},
};
/* clang-format on */

enum half_state
half_step(enum half_state state, enum half_event event)
{
	return cells[state][event].next;
}

const char *
half_step_reason(enum half_state state, enum half_event event)
{
	return cells[state][event].reason;
}

/* The names of RFC 9293 3.3.2 for the pair, as netstat would print it at the side that is further. */
const char *
flow_state_name(const struct flow *flow)
{
	enum half_state client = flow->half[TO_SERVER].state, server = flow->half[TO_CLIENT].state;
	if (client == HALF_RESET || client == HALF_DEAD || server == HALF_RESET ||
	    server == HALF_DEAD)
		return "CLOSED";
	bool client_fin = client == HALF_FIN_SENT || client == HALF_FIN_ACKED;
	bool server_fin = server == HALF_FIN_SENT || server == HALF_FIN_ACKED;
	if (client_fin && server_fin) {
		if (client == HALF_FIN_ACKED && server == HALF_FIN_ACKED)
			return "TIME_WAIT";
		return client == HALF_FIN_ACKED || server == HALF_FIN_ACKED ? "LAST_ACK" : "CLOSING";
	}
	if (client_fin || server_fin) {
		enum half_state closer = client_fin ? client : server;
		return closer == HALF_FIN_ACKED ? "CLOSE_WAIT" : "FIN_WAIT1";
	}
	if (server == HALF_SYN_RCVD || client == HALF_SYN_RCVD)
		return flow->established ? "ESTABLISHED" : "SYN_RECV";
	if (client == HALF_SYN_SENT || server == HALF_SYN_SENT)
		return server == HALF_OPEN && client == HALF_OPEN ? "ESTABLISHED" : "SYN_SENT";
	return "ESTABLISHED";
}

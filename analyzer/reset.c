/* SPDX-License-Identifier: BSD-2-Clause */
/* RST validation as receivers do it (RFC 9293 3.10.7.3, RFC 5961 3.2), and the six forms. */
#include "analyzer/reset.h"

#include "analyzer/seq.h"

/* In SYN-SENT an RST counts only if it acknowledges the SYN. */
static bool
refuses_syn(const struct half *syn_sender, const struct packet *packet)
{
	return (packet->flags & TCP_ACK) && seq_gt(packet->ack, syn_sender->isn) &&
	       seq_leq(packet->ack, syn_sender->next_seq);
}

enum rst_effect
reset_effect(const struct flow *flow, const struct packet *packet, enum direction dir,
	     int64_t guess_window)
{
	const struct half *sender = &flow->half[dir], *receiver = &flow->half[!dir];
	bool receiver_waits = receiver->isn_known && receiver->synack_count == 0 &&
			      !sender->isn_known && !sender->seq_known;
	if (receiver_waits)
		return refuses_syn(receiver, packet) ? RST_EFFECTIVE : RST_BAD_ACK;
	if (!sender->seq_known)
		return RST_EFFECTIVE; /* met in mid-stream: nothing speaks against it */

	/* The receiver expects something between the highest that it acknowledged and the highest
	 * that was sent to it; which of these, only it knows. After a FIN the number before that FIN
	 * is taken too. */
	uint32_t low = sender->next_seq;
	if (receiver->has_ack && seq_lt(receiver->ack, low) && seq_geq(receiver->ack, sender->isn))
		low = receiver->ack;
	else if (!receiver->has_ack && sender->isn_known)
		low = sender->isn; /* its SYN may not have arrived: seq isn or isn+1 */
	if (sender->fin_count > 0 && low == sender->fin_end)
		low--;
	if (seq_geq(packet->seq, low) && seq_leq(packet->seq, sender->next_seq))
		return RST_EFFECTIVE;
	if (seq_lt(packet->seq, low))
		return RST_OUT_OF_WINDOW;
	bool in_window = receiver->has_ack ? seq_lt(packet->seq, receiver->edge)
					   : seq_diff(packet->seq, sender->next_seq) < guess_window;
	return in_window ? RST_IN_WINDOW : RST_OUT_OF_WINDOW;
}

enum rst_form
reset_form(const struct flow *flow, const struct packet *packet, enum direction dir)
{
	const struct half *sender = &flow->half[dir], *receiver = &flow->half[!dir];
	const unsigned allowed = TCP_HAS_MD5 | TCP_HAS_AO | TCP_HAS_MPTCP; /* Linux adds these */
	bool bare = packet->window == 0 && (packet->options & ~allowed) == 0;
	bool ack = packet->flags & TCP_ACK;
	/* an aborted close may repeat the number of its own FIN */
	bool refin = sender->fin_count > 0 && packet->seq + 1 == sender->fin_end;
	bool exact = sender->seq_known &&
		     (packet->seq == sender->next_seq || (refin && sender->next_seq == sender->fin_end));

	if (ack && bare && packet->seq == 0 && !(exact && sender->isn_known))
		return RST_FORM_STATELESS_SYN;
	if (!ack && bare && receiver->has_ack && packet->seq == receiver->ack)
		return RST_FORM_STATELESS_ACK;
	bool negotiated = (sender->options & receiver->options & TCP_HAS_TIMESTAMP) != 0;
	bool timestamp = (packet->options & TCP_HAS_TIMESTAMP) != 0;
	bool known = sender->isn_known && receiver->isn_known;
	/* what the peer has sent may still be in flight; what was acknowledged stays so */
	bool acks_sanely = !receiver->seq_known ||
			(seq_leq(packet->ack, receiver->next_seq) &&
			 seq_gt(packet->ack, receiver->isn) &&
			 (!sender->has_ack || seq_geq(packet->ack, sender->ack)));
	bool same_host = packet->ttl == sender->ttl;
	/* Windows and the BSDs abort with window 0, and so do forgers: there the TTL has to fit */
	bool live = ack && acks_sanely && (packet->window != 0 || same_host) &&
		    (!known || timestamp == negotiated);
	if (live && exact)
		return RST_FORM_ACTIVE_ABORT;
	/* all fits but the number, which lies ahead: its last data is missing here, not its right */
	bool ahead = sender->seq_known && seq_gt(packet->seq, sender->next_seq) &&
		     receiver->has_ack && seq_leq(packet->seq, receiver->edge);
	if (live && ahead && same_host && known)
		return RST_FORM_ACTIVE_ABORT;
	if (exact || !sender->seq_known)
		return RST_FORM_EXACT_OTHER;
	if (seq_gt(packet->seq, sender->next_seq) && receiver->has_ack &&
	    seq_lt(packet->seq, receiver->edge))
		return RST_FORM_IN_WINDOW_GUESS;
	return RST_FORM_OUT_OF_WINDOW;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Verdicts and evidence in words. The summary says what the packets show and nothing beyond. */
#include "ui/phrases.h"

#include <stddef.h>

#define SSH_OFFERS "[ The client offers {client_offer};][ the server {server_offer}.]"

const struct verdict_phrases verdict_phrases[VERDICT_CODES] = {
	[VERDICT_INVALID_FLAGS_PROBE] = {
		"scanned with impossible flags",
		"{client_ip} sent segments to {server} with flags that no TCP sends: a port scan.",
	},
	[VERDICT_MIDSTREAM_OPEN] = {
		"already open when the capture began",
		"Already open when the capture began[; {duration} of it were seen], no end was "
		"seen.",
	},
	[VERDICT_MIDSTREAM_CLOSED] = {
		"already open, then closed",
		"Already open when the capture began, closed with FIN[ {fin_age} later].",
	},
	[VERDICT_MIDSTREAM_RESET] = {
		"already open, then reset",
		"Already open when the capture began[; {rst_age} later] an RST in the "
		"name of the {rst_side} ended it[ ({rst_form})].",
	},
	[VERDICT_ONE_SIDED_CAPTURE] = {
		"only one direction was captured",
		"Only what the {captured_side} sent was captured; its acknowledgements show that "
		"the {missing_side} was alive and answering.",
	},
	[VERDICT_HANDSHAKE_CUT] = {
		"the capture ended during the handshake",
		"{Ending}[ {watched}] after the last packet of the handshake, before an answer "
		"could be expected.",
	},
	[VERDICT_SYNACK_UNSOLICITED] = {
		"a SYN-ACK without a SYN",
		"{server} sent {synacks}[ over {synack_span}] to {client}, but the SYN it answers "
		"is not in the capture.",
	},
	[VERDICT_REFUSED_BY_RST] = {
		"connection refused by RST",
		"An RST in the name of {server} answered the SYN[ after {rst_delay}]: connection "
		"refused.",
	},
	[VERDICT_REFUSED_BY_ICMP] = {
		"connection refused by ICMP",
		"{icmp_from}, {icmp_who}, refused the SYN to {server}[ after {icmp_delay}] with "
		"ICMP {icmp_what}.",
	},
	[VERDICT_FILTERED_BY_ICMP] = {
		"a filter said no by ICMP",
		"{icmp_from}, {icmp_who}, filtered the SYN to {server}[ after {icmp_delay}]: ICMP "
		"{icmp_what}.",
	},
	[VERDICT_UNREACHABLE_BY_ICMP] = {
		"not reachable, a router says by ICMP",
		"{icmp_from}, {icmp_who}, could not deliver the SYN to {server}: ICMP {icmp_what}"
		"[ after {icmp_delay}].",
	},
	[VERDICT_SYN_RST_BOGUS] = {
		"the SYN met only RSTs that do not fit it",
		"The SYN to {server} met only RSTs that do not acknowledge it, which a TCP must "
		"ignore, and no SYN-ACK.",
	},
	[VERDICT_SYN_ANSWERED_STALE_ACK] = {
		"the server holds an older connection",
		"{server} answered {syns} not with SYN-ACK but with an ACK of something else: it "
		"still holds an older connection with the same addresses and ports.",
	},
	[VERDICT_CONNECT_ABORTED_BY_CLIENT] = {
		"the client gave up connecting",
		"The client gave up[ after {waited}], before the handshake with {server} was "
		"complete.",
	},
	[VERDICT_HALF_OPEN_PROBE] = {
		"SYN-ACK answered by RST at once",
		"{client_ip} answered the SYN-ACK of {server} with an RST[ after "
		"{rst_after_synack}]: a SYN scan, or a host that never asked.",
	},
	[VERDICT_RESET_BEFORE_HANDSHAKE_ACK] = {
		"RST right after the SYN-ACK",
		"An RST in the name of {server} followed its SYN-ACK[ after {rst_after_synack}], "
		"before any ACK of the client.",
	},
	[VERDICT_SYNACK_UNACKED] = {
		"the SYN-ACK was never acknowledged",
		"{server} sent {synacks} to {client} and got neither ACK nor RST back[ in "
		"{synack_watch}].",
	},
	[VERDICT_SYN_UNANSWERED] = {
		"nothing answered the SYN",
		"{client_ip} sent {syns} to {server} and got nothing back[ in {syn_watch}]: no "
		"SYN-ACK, no RST, no ICMP.",
	},
	[VERDICT_HANDSHAKE_ACK_IGNORED] = {
		"handshake complete, server ignores it",
		"The client completed the handshake, yet {server} sent its SYN-ACK again"
		"[ {synacks_again}] and nothing else.",
	},
	[VERDICT_RESET_AT_ACCEPT] = {
		"reset right after the handshake",
		"An RST in the name of {server} ended the connection[ {rst_after_handshake} after "
		"the handshake], before any data[ ({rst_form})].",
	},
	[VERDICT_RESET_KEEPALIVE_TIMEOUT] = {
		"reset after unanswered keep-alive probes",
		"The {rst_side} sent keep-alive probes, saw no answer and reset the connection"
		"[ after {rst_age}].",
	},
	[VERDICT_PROBE_CONNECT_RESET] = {
		"connected and reset without data",
		"{client_ip} connected to {server} and reset at once without sending anything: a "
		"health check or a port scan.",
	},
	[VERDICT_PROBE_CONNECT_CLOSE] = {
		"connected and closed without data",
		"{client_ip} connected to {server} and closed without sending anything: a health "
		"check, a port scan or a spare connection.",
	},
	[VERDICT_RESET_INJECTED] = {
		"reset by somebody else",
		"The RST in the name of the {rst_side} does not fit what that side really sends.",
	},
	[VERDICT_TLS_ALERT_SERVER] = {
		"TLS: the server refused by alert",
		"The server ended the TLS handshake[ for {asked_for}] with alert {alert}.",
	},
	[VERDICT_TLS_ALERT_CLIENT] = {
		"TLS: the client refused by alert",
		"The client ended the TLS handshake[ with {asked_for}] by alert[ {alert}].",
	},
	[VERDICT_TLS13_SERVER_ALERT_SUSPECTED] = {
		"TLS 1.3: the server probably refused",
		"Right after the client finished its part of the TLS 1.3 handshake the server "
		"sent one short encrypted record and closed: it looks like an alert.",
	},
	[VERDICT_TLS_NO_SERVER_HELLO] = {
		"TLS: client hello never answered",
		"The TLS client hello[ for {asked_for}] was never answered by a server hello.",
	},
	[VERDICT_TLS_TO_PLAINTEXT_PORT] = {
		"TLS spoken to a plain port",
		"The client spoke TLS to {server}, which answered in plain text[: {server_line}].",
	},
	[VERDICT_PLAINTEXT_TO_TLS_PORT] = {
		"plain text spoken to a TLS port",
		"The client spoke plain text to {server}, which expects TLS.",
	},
	[VERDICT_SSH_NO_COMMON_KEX] = {
		"SSH: no key exchange method in common",
		"SSH client and server have no key exchange method in common." SSH_OFFERS,
	},
	[VERDICT_SSH_NO_COMMON_HOSTKEY] = {
		"SSH: no host key algorithm in common",
		"SSH client and server have no host key algorithm in common." SSH_OFFERS,
	},
	[VERDICT_SSH_NO_COMMON_CIPHER_C2S] = {
		"SSH: no cipher to the server in common",
		"SSH client and server have no cipher to the server in common." SSH_OFFERS,
	},
	[VERDICT_SSH_NO_COMMON_CIPHER_S2C] = {
		"SSH: no cipher to the client in common",
		"SSH client and server have no cipher to the client in common." SSH_OFFERS,
	},
	[VERDICT_SSH_NO_COMMON_MAC_C2S] = {
		"SSH: no MAC to the server in common",
		"SSH client and server have no MAC to the server in common." SSH_OFFERS,
	},
	[VERDICT_SSH_NO_COMMON_MAC_S2C] = {
		"SSH: no MAC to the client in common",
		"SSH client and server have no MAC to the client in common." SSH_OFFERS,
	},
	[VERDICT_SSH_NO_COMMON_COMP] = {
		"SSH: no compression method in common",
		"SSH client and server have no compression method in common." SSH_OFFERS,
	},
	[VERDICT_SSH_REFUSED_BANNER] = {
		"SSH: refused before the banner",
		"{server} refused before its SSH banner[, saying: {server_line}].",
	},
	[VERDICT_SSH_PREAUTH_TIMEOUT] = {
		"SSH: nobody authenticated in time",
		"{server} closed[ after {server_fin_age}] because nobody authenticated.",
	},
	[VERDICT_ZERO_WINDOW_STALL] = {
		"the receiver stopped reading",
		"A receiver closed its window and did not open it again before {ending}.",
	},
	[VERDICT_PMTU_BLACKHOLE] = {
		"large segments vanish",
		"Large segments were never acknowledged while small ones passed[ ({stalled})].",
	},
	[VERDICT_BLACKHOLED_FIRST_DATA] = {
		"the first data vanished",
		"The handshake worked, but the first data was never acknowledged[ ({stalled})].",
	},
	[VERDICT_BLACKHOLED_AFTER_IDLE] = {
		"data after a silence vanished",
		"After[ {idle} of] silence the data was never acknowledged[ ({stalled})].",
	},
	[VERDICT_BLACKHOLED_MIDFLOW] = {
		"data in mid-flow vanished",
		"In mid-flow the data stopped being acknowledged[ ({stalled})].",
	},
	[VERDICT_CLOSED_FIN_THEN_RST] = {
		"closed, the rest cut by RST",
		"The {closer} was closing with FIN when an RST of the {rst_side} cut the rest "
		"short.",
	},
	[VERDICT_RESET_AFTER_IDLE] = {
		"reset after a silence",
		"After[ {idle} of] silence an RST in the name of the {rst_side} ended the "
		"connection[ ({rst_form})].",
	},
	[VERDICT_RESET_ON_FIRST_DATA] = {
		"reset at the first data",
		"The first data of the client was answered by an RST[ ({rst_form})].",
	},
	[VERDICT_RESET_BY_SERVER] = {
		"reset by the server's side",
		"An RST in the name of {server} ended the connection after {server_data} from it "
		"and {client_data} to it[ ({rst_form})].",
	},
	[VERDICT_RESET_BY_CLIENT] = {
		"reset by the client's side",
		"An RST in the name of {client} ended the connection after {client_data} from it "
		"and {server_data} to it[ ({rst_form})].",
	},
	[VERDICT_CLOSED_NORMAL] = {
		"closed by both sides",
		"{client_data} to the server, {server_data} back, closed by both sides[ after "
		"{duration}].",
	},
	[VERDICT_CLOSED_BY_SERVER_NO_DATA] = {
		"the server closed without a word",
		"{server} accepted and closed[ after {server_fin_age}] without a byte in either "
		"direction.",
	},
	[VERDICT_SERVER_NO_RESPONSE] = {
		"the server never answered the request",
		"The {client_data} that the client sent were acknowledged, but {server} sent "
		"nothing back[ in {waited}].",
	},
	[VERDICT_CLOSED_BY_SERVER_EARLY] = {
		"the server closed without answering",
		"{server} took {client_data} and closed[ after {server_fin_age}] without sending a byte.",
	},
	[VERDICT_CLOSED_BY_SERVER_MIDWAY] = {
		"the server closed in mid-answer",
		"{server} closed[ after {server_fin_age}] before the HTTP answer was as long as it "
		"had announced.",
	},
	[VERDICT_CLOSED_AFTER_IDLE] = {
		"closed after a silence",
		"Closed by the {closer} after[ {idle} of] silence, with nothing outstanding.",
	},
	[VERDICT_HALF_CLOSED_OPEN] = {
		"one side has not closed",
		"The {closer} closed[ {waited} before {ending}], the {other} has not closed yet.",
	},
	[VERDICT_FIN_UNANSWERED] = {
		"the FIN was never acknowledged",
		"{fins} and no acknowledgement: the other side, or the path to it, was gone at "
		"the close.",
	},
	[VERDICT_CLOSE_CUT] = {
		"the capture ended during the close",
		"{Ending} while the connection was being closed.",
	},
	[VERDICT_CLIENT_NO_REQUEST] = {
		"open, and nobody says anything",
		"Connected to {server}, and not a byte was sent by either side[ in {waited}].",
	},
	[VERDICT_OPEN_AT_END] = {
		"alive when the capture ended",
		"Alive when {ending}: {client_data} to the server, {server_data} back"
		"[ in {duration}].",
	},
	[VERDICT_UNCLASSIFIED] = {
		"no rule fits",
		"No rule fits this flow: please report it with a capture.",
	},
};

const char *const evidence_phrases[EVIDENCE_KINDS] = {
	[EVIDENCE_SYN] = "SYN",
	[EVIDENCE_SYN_LAST] = "SYN again[, {count} in all]",
	[EVIDENCE_SYNACK] = "SYN-ACK",
	[EVIDENCE_SYNACK_LAST] = "SYN-ACK again[, {count} in all]",
	[EVIDENCE_SYNACK_AFTER_ACK] = "SYN-ACK again although it was acknowledged",
	[EVIDENCE_HANDSHAKE_ACK] = "ACK: handshake complete",
	[EVIDENCE_FIRST_FRAME] = "first frame seen",
	[EVIDENCE_LAST_FRAME] = "last frame seen",
	[EVIDENCE_DATA_FIRST] = "first data of the {sender}",
	[EVIDENCE_DATA_LAST] = "last data of the {sender}",
	[EVIDENCE_FIN] = "FIN of the {sender}",
	[EVIDENCE_FIN_LAST] = "FIN of the {sender} again[, {count} in all]",
	[EVIDENCE_RST] = "RST in the name of the {sender}",
	[EVIDENCE_RST_IGNORED] = "RST in the name of the {sender} that the {receiver} must ignore",
	[EVIDENCE_ICMP] = "ICMP[ {icmp_what} from {icmp_from}]",
	[EVIDENCE_STALE_ACK] = "ACK of an older connection instead of SYN-ACK",
	[EVIDENCE_STALLED_FIRST] = "data of the {sender} that is never acknowledged",
	[EVIDENCE_STALLED_LAST] = "the same data again[, {count} in all]",
	[EVIDENCE_ZERO_WINDOW] = "the {sender} closes its window",
	[EVIDENCE_KEEPALIVE] = "keep-alive of the {sender}[, {count} in all], unheard",
	[EVIDENCE_IDLE_FROM] = "the silence begins[, {idle} long]",
	[EVIDENCE_TLS_HELLO] = "TLS hello of the {sender}",
	[EVIDENCE_TLS_ALERT] = "TLS alert of the {sender}[, {alert}]",
	[EVIDENCE_TLS_SHORT_RECORD] =
		"encrypted record of the {sender} that is as short as an alert",
	[EVIDENCE_SSH_BANNER] = "SSH banner of the {sender}",
	[EVIDENCE_SSH_KEXINIT] = "SSH offer of the {sender}",
	[EVIDENCE_TEXT] = "plain text of the {sender}",
	[EVIDENCE_CAPTURE_LOSS] = "acknowledges bytes that the capture lacks",
};

const char *const suspect_phrases[SUSPECT_CODES] = {
	[SUSPECT_NONE] = "nobody",
	[SUSPECT_CLIENT] = "the client's host",
	[SUSPECT_CLIENT_PATH] = "the client's side of the path",
	[SUSPECT_PATH] = "the path",
	[SUSPECT_SERVER_PATH] = "the server's side of the path",
	[SUSPECT_SERVER] = "the server's host",
	[SUSPECT_MIDDLEBOX] = "a device in between (firewall, load balancer, proxy)",
	[SUSPECT_APPLICATION] = "the application",
	[SUSPECT_CAPTURE] = "the capture itself",
	[SUSPECT_UNKNOWN] = "cannot be told from this capture",
};

const char *const class_phrases[CLASSES] = {
	[CLASS_OK] = "ended well or still alive",
	[CLASS_INFO] = "worth a look, no failure",
	[CLASS_PROBE] = "checks and scans",
	[CLASS_INCOMPLETE] = "cannot be judged",
	[CLASS_REFUSED] = "refused",
	[CLASS_FILTERED] = "filtered",
	[CLASS_UNREACHABLE] = "unreachable",
	[CLASS_TIMEOUT] = "unanswered",
	[CLASS_HALF_OPEN] = "half-open",
	[CLASS_OVERFLOW] = "server too busy to accept",
	[CLASS_RESET] = "reset",
	[CLASS_INJECTED] = "reset by somebody else",
	[CLASS_STALLED] = "stalled",
	[CLASS_IDLE] = "lost while idle",
	[CLASS_APPLICATION] = "failed in the application",
};

const char *const rst_form_phrases[RST_FORMS] = {
	[RST_FORM_ACTIVE_ABORT] = "by a TCP that had the connection open",
	[RST_FORM_STATELESS_ACK] = "by somebody who knows no such connection",
	[RST_FORM_STATELESS_SYN] = "by somebody who knows no such connection",
	[RST_FORM_EXACT_OTHER] = "right sequence number, unusual form",
	[RST_FORM_IN_WINDOW_GUESS] = "sequence number guessed",
	[RST_FORM_OUT_OF_WINDOW] = "sequence number out of window",
};

const char *const vantage_phrases[VANTAGE_BOTH + 1] = {
	[VANTAGE_UNKNOWN] = NULL,
	[VANTAGE_CLIENT] = "on the client or next to it",
	[VANTAGE_SERVER] = "on the server or next to it",
	[VANTAGE_BETWEEN] = "between client and server",
	[VANTAGE_BOTH] = "on the host of both",
};

const char *const vantage_reason_phrases[VANTAGE_REASONS] = {
	"frames are marked as coming and going",
	"checksums not yet filled in",
	"segments not yet cut to size",
	"its TTL untouched by routers",
	"the handshake's delay is all on the other side",
	"both addresses are one host's",
};

const char *
vantage_reason_phrase(const struct verdict *verdict, int bit)
{
	if (verdict->vantage == VANTAGE_BETWEEN && 1U << bit == VANTAGE_BY_TTL)
		return "the TTLs of both sides lowered by routers";
	return vantage_reason_phrases[bit];
}

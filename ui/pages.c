/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages of --explain: how a verdict is told from others, what is behind it, what it is not. */
#include "ui/phrases.h"

static const char ssh_page[] =
	"Before encryption begins both sides send what they can do, readable for everybody. One "
	"of these lists has nothing in common, so one of them hangs up. Typical for an old client "
	"with a new server, or the other way round.";

const char *const verdict_pages[VERDICT_CODES] = {
	[VERDICT_INVALID_FLAGS_PROBE] =
		"No flags at all, FIN without ACK, FIN+PSH+URG: scanners send these to see how a "
		"stack reacts. No connection was attempted.",
	[VERDICT_MIDSTREAM_OPEN] =
		"Neither SYN nor SYN-ACK is in the capture, and no end. Within the first seconds "
		"of a capture this is normal. Later it means that the SYN was not captured: "
		"drops, the other direction of an asymmetric path, or a filter.",
	[VERDICT_MIDSTREAM_CLOSED] =
		"As midstream-open, but the end was seen, and it was an orderly one.",
	[VERDICT_MIDSTREAM_RESET] =
		"The beginning is missing, the RST is there. An RST without ACK that answers data "
		"says: I know no such connection (restart, failover, expired state). An RST with "
		"ACK and the right numbers is a deliberate abort.",
	[VERDICT_ONE_SIDED_CAPTURE] =
		"Packets of one side only, but its acknowledgements move on: somebody answers it. "
		"The path back is another one, or the mirror port or filter passes one direction. "
		"No timeout is ever concluded from such a flow.",
	[VERDICT_HANDSHAKE_CUT] =
		"The last SYN or SYN-ACK is younger than the limit cut (1.2 s), so a missing "
		"answer proves nothing. Capture longer.",
	[VERDICT_SYNACK_UNSOLICITED] =
		"The SYN was lost by the capture or took another way; or, when one server sends "
		"SYN-ACKs to many addresses, somebody floods it with forged ones and this is the "
		"echo.",
	[VERDICT_REFUSED_BY_RST] =
		"An RST that acknowledges the SYN: the client's connect() fails at once with "
		"connection refused. A closed port does exactly this; a port where nothing "
		"listens never times out. A firewall with REJECT tcp-reset looks the same, except "
		"for its TOS and, when it is not the server itself, its TTL. A firewall with DROP "
		"is silent: see syn-unanswered.",
	[VERDICT_REFUSED_BY_ICMP] =
		"Port or protocol unreachable. A plain Linux TCP never says this about a TCP "
		"port; a firewall rule with REJECT does. The source of the ICMP is the device to "
		"look at.",
	[VERDICT_FILTERED_BY_ICMP] =
		"Administratively prohibited: an access list or firewall says so openly. The "
		"source of the ICMP is the device to look at.",
	[VERDICT_UNREACHABLE_BY_ICMP] =
		"No route, host unreachable, or TTL exceeded. Host unreachable after some 3 s "
		"comes from the last router when nobody answers its ARP or neighbour request: the "
		"server is down or in another subnet. At once means that there is no route. TTL "
		"exceeded is mostly a routing loop.",
	[VERDICT_SYN_RST_BOGUS] =
		"While a SYN is open only an RST that acknowledges it counts. These do not: "
		"somebody guessed, or they belong to an older connection.",
	[VERDICT_SYN_ANSWERED_STALE_ACK] =
		"The server still has a connection with the same addresses and ports and answers "
		"a new SYN with an ACK of the old one (RFC 5961 challenge ACK), or holds it in "
		"TIME-WAIT. Normally the client's RST clears that and the next SYN works, so look "
		"for what keeps that RST away. Clients that rebooted and NAT devices that reuse "
		"ports early cause this.",
	[VERDICT_CONNECT_ABORTED_BY_CLIENT] =
		"The client sent RST or FIN before the SYN-ACK came, or answered a late SYN-ACK "
		"with an RST because the socket was gone. Its connect timeout is shorter than the "
		"answer took. The question is what delayed the answer.",
	[VERDICT_HALF_OPEN_PROBE] =
		"A raw SYN whose kernel knows nothing of it: it answers the SYN-ACK with a bare "
		"RST at once. SYN scanners work like this, and hosts whose address somebody "
		"forged.",
	[VERDICT_RESET_BEFORE_HANDSHAKE_ACK] =
		"Rare: the listener was closed in that moment, a device killed the request, or "
		"the RST is somebody else's.",
	[VERDICT_SYNACK_UNACKED] =
		"The server answered and heard no more. If the client repeated its SYN, the "
		"SYN-ACK did not reach it. If not, the address may be forged, or the client died "
		"or dropped the SYN-ACK. How often Linux repeats a SYN-ACK is tcp_synack_retries, "
		"not tcp_syn_retries.",
	[VERDICT_SYN_UNANSWERED] =
		"Silence. A closed port would have sent RST, so something discards: a firewall on "
		"the way or on the server (DROP), an address that nobody has, a lost answer, or a "
		"full accept queue, for which Linux drops the SYN too. Captured at the client, "
		"these look alike: capture at the server. If the SYN arrives there, it is the "
		"host; if not, it is the path.",
	[VERDICT_HANDSHAKE_ACK_IGNORED] =
		"For the client the connection is open; the server repeats its SYN-ACK as if the "
		"ACK had not come. Seen at the server this is a full accept queue: the "
		"application does not call accept() fast enough. Seen at the client the ACK may "
		"also have been lost, and with TCP_DEFER_ACCEPT the server waits for data on "
		"purpose.",
	[VERDICT_RESET_AT_ACCEPT] =
		"The handshake was complete, nothing was said, and an RST came. An application "
		"that accepts and aborts, a listener that closes with connections waiting, "
		"tcp_abort_on_overflow, a load balancer or SYN proxy whose real server refuses.",
	[VERDICT_RESET_KEEPALIVE_TIMEOUT] =
		"Keep-alive probes stayed without answer until the prober gave up and reset. The "
		"other host or the path to it had gone, possibly long before.",
	[VERDICT_PROBE_CONNECT_RESET] =
		"Load balancers and monitors check a port like this. Never a failure by itself.",
	[VERDICT_PROBE_CONNECT_CLOSE] =
		"Health checks, connect scans, spare connections of a pool, and the losers of a "
		"race between IPv6 and IPv4. Never a failure by itself.",
	[VERDICT_RESET_INJECTED] =
		"TTL, IP ID, sequence number or what the sender did next speak against the "
		"endpoint in whose name the RST came. Firewalls and intrusion prevention do this. "
		"A capture on the other side settles it: the RST is not there.",
	[VERDICT_TLS_ALERT_SERVER] =
		"The alert's name tells: handshake_failure (no common cipher, or a client "
		"certificate is missing), protocol_version, unrecognized_name (SNI), certificate "
		"alerts (about the client's certificate), no_application_protocol (ALPN).",
	[VERDICT_TLS_ALERT_CLIENT] =
		"Mostly the client does not trust the server's certificate: unknown_ca, "
		"certificate_expired, bad_certificate. In TLS 1.3 the certificate itself is "
		"encrypted; the alert is all that is visible.",
	[VERDICT_TLS13_SERVER_ALERT_SUSPECTED] =
		"One record of the length of an encrypted alert and then FIN, right after the "
		"client's Finished: often a missing client certificate. A guess by length; the "
		"server's log knows.",
	[VERDICT_TLS_NO_SERVER_HELLO] =
		"TCP worked, the client hello went out, and no server hello came. Reset: the "
		"service or a device objects. FIN: no backend, or the name is not served. "
		"Silence: the hello did not arrive or is filtered by name or size.",
	[VERDICT_TLS_TO_PLAINTEXT_PORT] =
		"The server answered the client hello with readable text. Wrong port, or TLS is "
		"not enabled.",
	[VERDICT_PLAINTEXT_TO_TLS_PORT] =
		"The client's first bytes are plain text and the server answers as TLS does. "
		"Wrong port or scheme.",
	[VERDICT_SSH_NO_COMMON_KEX] = ssh_page,
	[VERDICT_SSH_NO_COMMON_HOSTKEY] = ssh_page,
	[VERDICT_SSH_NO_COMMON_CIPHER_C2S] = ssh_page,
	[VERDICT_SSH_NO_COMMON_CIPHER_S2C] = ssh_page,
	[VERDICT_SSH_NO_COMMON_MAC_C2S] = ssh_page,
	[VERDICT_SSH_NO_COMMON_MAC_S2C] = ssh_page,
	[VERDICT_SSH_NO_COMMON_COMP] = ssh_page,
	[VERDICT_SSH_REFUSED_BANNER] =
		"The server said something else than an SSH banner and closed, for instance that "
		"MaxStartups is exceeded.",
	[VERDICT_SSH_PREAUTH_TIMEOUT] =
		"LoginGraceTime ran out (120 s by default): a port scan, or a client that hangs "
		"before authentication.",
	[VERDICT_ZERO_WINDOW_STALL] =
		"The receiving application does not read. The network is fine. Look at Recv-Q of "
		"the receiver (ss -tnm) and at what its process does.",
	[VERDICT_PMTU_BLACKHOLE] =
		"Segments above a size are never acknowledged, smaller ones are. A link with a "
		"smaller MTU on the way, and the ICMP that would say so is filtered. ping -M do "
		"-s 1372 finds the size; MSS clamping is the usual cure.",
	[VERDICT_BLACKHOLED_FIRST_DATA] =
		"The handshake passed and the first data did not: filtered by content, too large, "
		"a firewall that lost the state, or a server that never accepted.",
	[VERDICT_BLACKHOLED_AFTER_IDLE] =
		"A NAT, firewall or load balancer forgot the connection during a silence and now "
		"drops it. TCP keep-alives more often than its timer prevent this.",
	[VERDICT_BLACKHOLED_MIDFLOW] =
		"The other host or the path went away in the middle. Linux gives up only after "
		"some 15 minutes (tcp_retries2).",
	[VERDICT_CLOSED_FIN_THEN_RST] =
		"An RST after a FIN is mostly harmless: late data for a closed socket, or the "
		"side that closed first lost patience. It matters when the late data was a "
		"request: clients that reuse a connection which the server is just closing lose "
		"it.",
	[VERDICT_RESET_AFTER_IDLE] =
		"Something remembered that the connection is gone, and said so by RST: a firewall "
		"or load balancer with an idle timer, or a server that restarted in the meantime. "
		"Compare the silence with their timers.",
	[VERDICT_RESET_ON_FIRST_DATA] =
		"The first data of the client met an RST: an intermediate device judges by "
		"content, or the server no longer knew the connection.",
	[VERDICT_RESET_BY_SERVER] =
		"Either the application or kernel aborted on purpose (unread data at close, "
		"SO_LINGER 0, a killed process), or the host knows no such connection. The RST's "
		"form tells which. A device in between may have sent it in the server's name.",
	[VERDICT_RESET_BY_CLIENT] =
		"As reset-by-server, the other way round. Seen at the server, a bare RST right "
		"after its data can also mean that the client's connection was killed by an RST "
		"that is not visible here.",
	[VERDICT_CLOSED_NORMAL] =
		"SYN, data, FIN from both sides. Whether the application was happy is another "
		"question.",
	[VERDICT_CLOSED_BY_SERVER_NO_DATA] =
		"The server accepted and closed first, without a byte: an allow-list, a "
		"connection limit, or a load balancer without backend.",
	[VERDICT_SERVER_NO_RESPONSE] =
		"The kernel of the server acknowledges data even when the application never "
		"accepts or reads. So the network works and the application does not answer: "
		"hung, overloaded, or waiting for something behind it.",
	[VERDICT_CLOSED_BY_SERVER_EARLY] =
		"The server read the request, or at least got it, and closed without answering. "
		"Its log should know.",
	[VERDICT_CLOSED_AFTER_IDLE] =
		"An idle timer of the application, orderly. Harmless, unless the client believed "
		"the connection usable.",
	[VERDICT_HALF_CLOSED_OPEN] =
		"Legal, and used on purpose by some protocols. If it lasts, the side that has not "
		"closed forgot a socket: it sits in CLOSE-WAIT. A lost final ACK is something "
		"else: that leaves LAST-ACK, which repeats its FIN.",
	[VERDICT_FIN_UNANSWERED] =
		"The FIN was repeated and never acknowledged: the peer or the path was gone by "
		"then. What was exchanged before is complete.",
	[VERDICT_CLOSE_CUT] = "The capture stopped between the first FIN and the end of the close.",
	[VERDICT_CLIENT_NO_REQUEST] =
		"Connected, and neither side speaks. Either the protocol lets the server speak "
		"first and it does not, or the client is stuck, or the server lost the "
		"handshake's ACK while using SYN cookies and does not know of the connection.",
	[VERDICT_OPEN_AT_END] = "Nothing was wrong until the capture stopped.",
	[VERDICT_UNCLASSIFIED] =
		"Every flow should fit a rule. This one does not, which is a defect of tcpwhy.",
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings in words. Every number may be missing, so each stands in a part that can go; only
 * {subject}, {where} and the number of flows are always known. */
#include "ui/finding_phrases.h"

const struct finding_phrases finding_phrases[FINDING_CODES] = {
	[FINDING_LISTENER_REFUSING] = {
		"every connection is refused",
		"All {refusals} {where} between {first} and {last} UTC were refused[, from "
		"{sources}][; {reset} of its connections were cut when that began]. The answer comes "
		"at once, so the way there is open: nothing listens on that port, or a firewall "
		"rejects.",
		"refused",
	},
	[FINDING_LISTENER_DARK] = {
		"nothing ever answers",
		"None of {attempts} {where}[ at {ports}][ from {sources}] got an answer of any kind: "
		"no SYN-ACK, no RST, no ICMP. Nobody is there, or SYNs or answers are dropped "
		"without a word.",
		"unanswered",
	},
	[FINDING_SELECTIVE_FILTER] = {
		"some sources are served, others never",
		"{attempts} {where}[ from {sources}] stayed unanswered[, while {established} of "
		"other sources came about]. No source is on both sides: something decides by "
		"source address.",
		"unanswered",
	},
	[FINDING_ACCEPT_QUEUE_OVERFLOW] = {
		"the accept queue is full",
		"{subject} accepts too slowly: {overflow}.[ At least {waiters} waited to be accepted "
		"at the same time.] The queue of complete connections is full, so the kernel "
		"ignores the ACKs that would complete more of them, and drops SYNs.",
		"ignored, unanswered or served late",
	},
	[FINDING_SYN_BACKLOG_OVERFLOW] = {
		"the queue of half-open connections is full",
		"The queue of half-open connections of {subject} is full[ at {plateau}][, for "
		"{plateau_length}]: meanwhile further SYNs are dropped[ ({unanswered} unanswered)]."
		"[ Half of its entries were older than {age_median}.][ One in ten was older than "
		"{age_high}.][ {victims} of real clients failed meanwhile.]",
		"unanswered or half-open",
	},
	[FINDING_SYNCOOKIES_ACTIVE] = {
		"SYN cookies are in use",
		"{subject} answers SYNs without remembering them ({attempts}): SYN cookies, which "
		"begin when the queue of half-open connections is full. Clients are still served, "
		"unless their final ACK is lost.",
		"answered and not remembered",
	},
	[FINDING_SYN_FLOOD] = {
		"SYN flood",
		"{syns}[ from {sources}][ in {span}][ (about {per_second} a second)] against {subject}: "
		"none of them went on[, {resending} were sent again][, {synacked} got a SYN-ACK]."
		"[ {established} of others came about meanwhile.][ {victims} of others failed.] Real "
		"clients repeat their SYN or answer; forged sources do neither.",
		"never went on",
	},
	[FINDING_PORT_SCAN] = {
		"port scan",
		"{subject} made {attempts}[ at {ports}][ of {hosts}][ in {span}][: {outcome}]. One "
		"source that tries so many ports is a scanner; the ports themselves are not at "
		"fault.",
		"tried",
	},
	[FINDING_HOST_SWEEP] = {
		"one port of many hosts is tried",
		"{subject} made {attempts}[ at port {port}][ of {hosts}][ in {span}][: {outcome}]. One "
		"source that tries the same port everywhere searches for a service; the hosts "
		"themselves are not at fault.",
		"tried",
	},
	[FINDING_BACKSCATTER] = {
		"answers to somebody else's forged SYNs",
		"{subject} answered SYNs that nobody here sent[: {unsolicited}][ to {sources}]. "
		"Somebody sends SYNs there with forged source addresses of this network; nothing here "
		"is at fault.",
		"answers without a SYN",
	},
	[FINDING_ASYMMETRIC_ROUTING] = {
		"only one direction is seen",
		"{one_sided}[ ({share})] {where} were captured in one direction only. The other "
		"one takes another way or interface, or the mirror port or filter passes one "
		"direction; such flows cannot be judged.",
		"one direction only",
	},
	[FINDING_CAPTURE_BAD] = {
		"the capture itself is imperfect",
		"The capture itself is imperfect[: {defects}]. What rests on missing frames is less "
		"certain; a better capture tells more.",
		"what is missing shows at",
	},
	[FINDING_LOST_SYN] = {
		"connections come about late",
		"{connections}[ ({share})] {where} came about only after SYN or SYN-ACK were sent "
		"again[, which mostly cost {delay}]. Packets of the handshake get lost on the way.",
		"came about late",
	},
	[FINDING_RETRANSMISSION_STORM] = {
		"many retransmissions at once",
		"On {flows} {where} much was sent again within a short time"
		"[: {retransmissions} of {segments}][, up to {per_second} a second]. Something "
		"on the way lost them then, or stood still.",
		"sent again",
	},
	[FINDING_PATH_LOSS] = {
		"the path loses segments",
		"On connections {where}, {losses} had to be sent again[; {segments} were seen]. That "
		"goes on all the time and not at one moment: the path loses segments.",
		"sent again",
	},
	[FINDING_RST_STORM] = {
		"many connections are reset at once",
		"RSTs in the name of {subject} ended {connections}[ within {span}][, up to "
		"{per_second} a second][ ({rst_form})].[ Their TTL here is {ttl}.][ Their sender is "
		"{hops} away.]",
		"reset",
	},
	[FINDING_SERVICE_RESTART] = {
		"the service went away[ and came back after {outage}]",
		"{subject} went down at {first} UTC[ and answered again at {back} UTC][ ({outage})]"
		"[: {interrupted}].",
		"reset, closed or refused",
	},
	[FINDING_IDLE_TIMEOUT_CLUSTER] = {
		"silent connections {end} by a timer",
		"Connections {where} that were silent[ for {silence}] {end} ({flows})[; silences of up "
		"to {survived} survived][ ({survivors})].[ Fits: {timers}.]",
		"ended after the silence",
	},
	[FINDING_KEEPALIVE_MISSING] = {
		"silent connections die, nothing keeps them alive",
		"{connections} {where} died after a silence[ of {silence}][; silences of up to "
		"{survived} survived]. Most of them had never seen a keep-alive[; one more often than "
		"every {died} would hold them].",
		"died after the silence",
	},
	[FINDING_PAWS_NAT_DROP] = {
		"SYNs with older timestamps are dropped",
		"{attempts} {where} stayed unanswered, all with timestamps older than the latest from "
		"the same address[; {established} with newer ones came about]. The server takes "
		"them for old duplicates (PAWS) because several hosts share that address.",
		"from that address",
	},
	[FINDING_NAT_MULTI_HOST] = {
		"several hosts share an address",
		"The timestamps {where} run on several clocks: {several_hosts} share one address. It "
		"is that of a NAT or a proxy; by itself that is no fault.",
		"from that address",
	},
	[FINDING_PMTU_CLUSTER] = {
		"large segments vanish",
		"Segments {where}[ of {stuck} or more] were never acknowledged ({flows})[, while up to "
		"{passed} passed]. A link on the way takes smaller packets only, and the ICMP that "
		"would say so does not arrive.",
		"large segments lost",
	},
	[FINDING_RESET_INJECTION_CLUSTER] = {
		"somebody in between forges RSTs",
		"{connections} {where} were ended by RSTs that do not fit the endpoint in whose name "
		"they came[ (TTL {ttl})][, sent {hops} away][; the client asked for {name}]. "
		"Somebody in between sends them.",
		"reset",
	},
	[FINDING_LB_HEALTH_CHECKS] = {
		"regular health checks",
		"{connections} {where} opened and ended without data[, one every {period} from the "
		"same source]: a load balancer or monitor checks the service. They do not count as "
		"failures.",
		"checks",
	},
	[FINDING_PORT_REUSE_COLLISION] = {
		"ports are used again too early",
		"{attempts} {where} used ports whose old connection the server still held[, used "
		"again after {reused_after} at the earliest]. A NAT or client that runs through "
		"its ports so fast collides with itself.",
		"met the old connection",
	},
	[FINDING_EPHEMERAL_PRESSURE] = {
		"a client is about to run out of ports",
		"{connections} {where} were opened[, {ports} within one minute][, a port again after "
		"{reused_after}]. Linux has 28,232 ports for one listener and holds a used one for 60 "
		"s; when none is left, connecting fails without a packet.",
		"opened",
	},
	[FINDING_TLS_FAILURE_CLUSTER] = {
		"TLS handshakes fail alike",
		"{connections}[ ({share})] {where}[ for {name}] failed in the TLS handshake"
		"[, by alert {alert}][ ({other_verdict})].",
		"failed",
	},
	[FINDING_SSH_FAILURE_CLUSTER] = {
		"SSH connections fail alike",
		"{connections}[ ({share})] {where} failed while SSH began[ ({verdict})].",
		"failed",
	},
	[FINDING_FAILURE_CLUSTER] = {
		"{alike}",
		"{flows}[ ({share})] {where} failed in the same way[, at {listeners}][: {verdict}].[ "
		"{rst_maker}.]",
		"failed",
	},
};

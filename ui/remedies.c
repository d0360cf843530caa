/* SPDX-License-Identifier: BSD-2-Clause */
/* Causes are hypotheses and sound like it; commands are for Linux and can be pasted as they are. */
#include <stddef.h>

#include "ui/phrases.h"

const char *const cause_phrases[CAUSE_CODES] = {
	[CAUSE_CAPTURE_STARTED_LATE] = "the capture was started after the connection",
	[CAUSE_SYN_NOT_CAPTURED] =
		"the SYN went by uncaptured: drops, another interface or a filter",
	[CAUSE_ASYMMETRIC_ROUTING] = "the other direction takes another path or interface",
	[CAUSE_CAPTURE_ONE_DIRECTION] = "mirror port or capture filter passes one direction only",
	[CAUSE_BACKSCATTER] = "answers to SYNs that somebody sent with a forged source address",
	[CAUSE_PEER_LOST_STATE] = "the peer no longer knows the connection: restart, failover or "
				  "expired state",
	[CAUSE_DELIBERATE_ABORT] =
		"the application aborted on purpose (SO_LINGER 0, timeout, error path)",
	[CAUSE_NO_LISTENER] = "nothing listens on port {port} of {server_ip}, or only on another "
			      "address such as 127.0.0.1",
	[CAUSE_HOST_FIREWALL_REJECT] = "a firewall on the server rejects with an answer (REJECT)",
	[CAUSE_PATH_FIREWALL_REJECT] =
		"a firewall or load balancer on the way answers in the server's name",
	[CAUSE_SERVICE_RESTARTING] = "the service was just restarting",
	[CAUSE_ACL_PROHIBITED] = "an access list or firewall rule[ on {icmp_from}] forbids it",
	[CAUSE_NO_ROUTE] = "the router that answered has no route to {server_ip}",
	[CAUSE_HOST_DOWN] =
		"{server_ip} is down or not in that subnet: the last router gets no ARP or "
		"neighbour answer",
	[CAUSE_ROUTING_LOOP] = "a routing loop, or a TTL that is too small for the path",
	[CAUSE_GUESSED_RST] = "somebody sent RSTs by guess",
	[CAUSE_OLD_CONNECTION_HELD] =
		"the server still holds the old connection: the client rebooted, or "
		"NAT reused the port too early",
	[CAUSE_TIME_WAIT_HELD] =
		"the server holds the old connection in TIME-WAIT and the SYN looks older",
	[CAUSE_ISN_REWRITTEN] = "a NAT or firewall changed the sequence number of a repeated SYN",
	[CAUSE_CLIENT_TIMEOUT_SHORT] =
		"the client's connect timeout is shorter than path and server need",
	[CAUSE_NETWORK_SLOW] = "path or server answered too late",
	[CAUSE_SYN_SCAN] = "a SYN scan: the scanner's kernel knows nothing of the SYN",
	[CAUSE_PORT_SCAN] = "a port scan",
	[CAUSE_HEALTH_CHECK] = "a load balancer's or monitor's health check",
	[CAUSE_CONNECTION_RACE] =
		"one of several parallel attempts that another one won (happy eyeballs), "
		"or a spare connection",
	[CAUSE_SYNACK_LOST] =
		"the SYN-ACK does not reach the client: lost, filtered or routed elsewhere",
	[CAUSE_HANDSHAKE_ACK_LOST] = "the client's ACK is lost on its way to the server",
	[CAUSE_SPOOFED_SOURCE] =
		"the SYN came from a forged address: nobody there waits for an answer",
	[CAUSE_CLIENT_FIREWALL_DROP] = "a firewall on the client drops what comes in",
	[CAUSE_SERVER_FIREWALL_DROP] = "a firewall on the server drops the SYN without a word",
	[CAUSE_SERVER_OUTPUT_DROP] =
		"the server answers, and its own outgoing rules drop the SYN-ACK",
	[CAUSE_ACCEPT_QUEUE_FULL] =
		"the accept queue is full: the application does not call accept() fast "
		"enough",
	[CAUSE_SYN_QUEUE_FULL] =
		"the queue of half-open connections is full and SYN cookies are off",
	[CAUSE_RETURN_PATH_FILTER] =
		"reverse path filtering drops it: the route back leaves by another "
		"interface",
	[CAUSE_PATH_DROP] =
		"a firewall, security group or access list on the way drops it silently",
	[CAUSE_RETURN_PATH_LOSS] = "the answer is lost on its way back",
	[CAUSE_DEFER_ACCEPT] =
		"TCP_DEFER_ACCEPT: the server waits for data before it accepts, and the "
		"client waits for the server",
	[CAUSE_SERVER_KILLED_REQUEST] =
		"the server dropped the half-open connection: listener closed or "
		"memory short",
	[CAUSE_INJECTED] = "a device in between sent the RST in another's name",
	[CAUSE_UNREAD_DATA_AT_CLOSE] =
		"the application closed with data still unread: the kernel then "
		"sends RST",
	[CAUSE_PROCESS_KILLED] =
		"the process died or was killed (out of memory, crash, deployment)",
	[CAUSE_IDLE_STATE_EXPIRED] =
		"a NAT, firewall or load balancer forgot the connection while it was "
		"idle",
	[CAUSE_LATE_DATA] = "data arrived for a socket that was closed already",
	[CAUSE_FIN_WAIT_EXPIRED] =
		"the side that closed first waited for the other FIN until its timer ran "
		"out",
	[CAUSE_ACCESS_LIST] =
		"an allow-list of the service (tcp wrappers, pg_hba, ACL) turned the client "
		"away",
	[CAUSE_CONNECTION_LIMIT] = "the service is at its connection limit",
	[CAUSE_APPLICATION_HUNG] =
		"the application hangs: lock, garbage collection, disk, exhausted pool",
	[CAUSE_APPLICATION_NOT_ACCEPTING] =
		"the kernel acknowledged, the application never accepted (file "
		"descriptors, threads)",
	[CAUSE_UPSTREAM_SLOW] = "what the server itself depends on is slow",
	[CAUSE_REQUEST_REJECTED] =
		"the server did not like the request and says so only in its log",
	[CAUSE_IDLE_TIMER] =
		"an idle timer ran out (keep-alive timeout of server, proxy or load balancer)",
	[CAUSE_CLOSE_WAIT_LEAK] = "the application forgot to close its socket (CLOSE-WAIT leak)",
	[CAUSE_PEER_VANISHED] = "the other host or its link went away",
	[CAUSE_SERVER_WAITS_FIRST] = "both sides wait for the other to speak first",
	[CAUSE_SYN_PROXY] =
		"a SYN proxy or load balancer completed the handshake itself; the real server "
		"behind it refused",
	[CAUSE_PATH_MTU] =
		"a link on the way carries only smaller packets, and the ICMP that would say so "
		"is filtered",
	[CAUSE_CONTENT_FILTER] =
		"a device on the way drops it because of what it says (server name, "
		"protocol, size)",
	[CAUSE_SYN_COOKIE_ACK_LOST] =
		"the handshake's ACK was lost while the server used SYN cookies: it "
		"knows nothing of the connection",
	[CAUSE_CERTIFICATE_EXPIRED] =
		"the certificate of the other side has expired, or a clock is wrong",
	[CAUSE_CERTIFICATE_REVOKED] = "the certificate of the other side was revoked",
	[CAUSE_CERTIFICATE_BAD] =
		"the certificate is damaged, of a kind that is not supported, or not for "
		"that name",
	[CAUSE_CERTIFICATE_UNTRUSTED] =
		"the certificate was issued by an authority that the other side does "
		"not trust (private or missing CA)",
	[CAUSE_CERTIFICATE_CHAIN] = "the intermediate certificate is not sent along",
	[CAUSE_TLS_INTERCEPTED] = "a proxy that opens TLS presents its own certificate",
	[CAUSE_CLIENT_CERTIFICATE_MISSING] =
		"the server wants a client certificate and the client sends none",
	[CAUSE_CLIENT_CERTIFICATE_REJECTED] = "the server does not accept the client's certificate",
	[CAUSE_NO_COMMON_CIPHER] =
		"client and server have no cipher, curve or signature algorithm in common",
	[CAUSE_TLS_VERSION] = "client and server have no TLS version in common",
	[CAUSE_NAME_NOT_SERVED] = "the server does not serve the name that the client asked for"
				  "[, {asked_for}]",
	[CAUSE_NO_COMMON_ALPN] = "client and server have no application protocol in common (ALPN)",
	[CAUSE_TLS_STACK_ERROR] =
		"one of the TLS stacks failed or misunderstood the other; its log says how",
	[CAUSE_WRONG_PORT] = "the client uses the wrong port or scheme",
	[CAUSE_TLS_NOT_ENABLED] = "TLS is not enabled on that port of the server",
	[CAUSE_NO_BACKEND] = "the load balancer or proxy has no working backend for this",
	[CAUSE_OLD_SOFTWARE] =
		"one side is much older than the other and knows only what the other has "
		"dropped",
	[CAUSE_CRYPTO_POLICY] = "a policy on one side has switched off what the other needs",
	[CAUSE_MAX_STARTUPS] =
		"MaxStartups: too many SSH connections that are not yet authenticated",
	[CAUSE_LOGIN_GRACE] = "LoginGraceTime ran out, 120 s by default",
	[CAUSE_CLIENT_HANGS] =
		"the client hangs before it authenticates (agent, prompt, automation)",
	[CAUSE_TIMESTAMPS_REJECTED] = "the server drops SYNs whose timestamp is older than the last "
				      "one from that address (tcp_tw_recycle, or PAWS per host)",
};

const struct advice_phrases advice_phrases[ADVICE_CODES] = {
	[ADVICE_CAPTURE_AT_SERVER] = {
		"capture on the server too: what arrives, what leaves?",
		"tcpdump -ni any -w server.pcap '(host {client_ip} and port {port}) or icmp "
		"or icmp6'",
	},
	[ADVICE_CAPTURE_AT_CLIENT] = {
		"capture on the client too: what leaves, what arrives?",
		"tcpdump -ni any -w client.pcap '(host {server_ip} and port {port}) or icmp "
		"or icmp6'",
	},
	[ADVICE_CAPTURE_LONGER] = {
		"capture again, started before the failure and stopped 10 s after it",
		"tcpdump -ni any -w longer.pcap[ '(host {server_ip} and port {port}) or icmp "
		"or icmp6']",
	},
	[ADVICE_MORE_ROOM] = {
		"give the flow table more room, or judge only the flows in question",
		"tcpwhy --limit max-flows=4000000[ -f '(host {server_ip} and port {port}) or icmp "
		"or icmp6'] FILE",
	},
	[ADVICE_CAPTURE_ANY] = {
		"capture on all interfaces, so that both directions are seen",
		"tcpdump -ni any -w both.pcap[ '(host {client_ip} and host {server_ip}) or "
		"icmp or icmp6']",
	},
	[ADVICE_CAPTURE_FULL_SNAPLEN] = {
		"capture whole packets",
		"tcpdump -ni any -s 0 -w whole.pcap[ '(host {client_ip} and host {server_ip}) or "
		"icmp or icmp6']",
	},
	[ADVICE_LISTENING] = {
		"on the server: does anything listen, and on which address?",
		"ss -lntp 'sport = :{port}'",
	},
	[ADVICE_ACCEPT_QUEUE] = {
		"on the server: is the accept queue full (Recv-Q above Send-Q, counters that "
		"grow)?",
		"ss -lnt 'sport = :{port}'; nstat -az TcpExtListenOverflows TcpExtListenDrops",
	},
	[ADVICE_SYN_RECV] = {
		"on the server: are there half-open connections, did the SYN get that far?",
		"ss -tan state syn-recv 'sport = :{port}'",
	},
	[ADVICE_SERVER_FIREWALL] = {
		"on the server: which rule's counter grows with each attempt?",
		"nft list ruleset; ip[{six}]tables -nvL INPUT --line-numbers",
	},
	[ADVICE_CLIENT_FIREWALL] = {
		"on the client: which rule's counter grows with each attempt?",
		"nft list ruleset; ip[{six}]tables -nvL --line-numbers",
	},
	[ADVICE_DEVICE] = {
		"look at the rules and routes of the device that answered[, {icmp_from}]",
		NULL,
	},
	[ADVICE_TRACE] = {
		"from the client: where does the path to that port end?",
		"traceroute -n -T -p {port} {server_ip}",
	},
	[ADVICE_OTHER_PORT] = {
		"from the client: does another port of the server answer, such as 22?",
		"nc -nvz -w 3 {server_ip} 22",
	},
	[ADVICE_ROUTES] = {
		"on the server: by which interface does the way back lead?",
		"ip route get {client_ip}",
	},
	[ADVICE_RP_FILTER_COUNTER] = {
		"on the server: does the reverse path filter count drops?",
		"nstat -az TcpExtIPReversePathFilter",
	},
	[ADVICE_CONNTRACK] = {
		"on NAT and firewalls on the way: what do they remember of it?",
		"conntrack -L -p tcp -s {client_ip} -d {server_ip} --dport {port}",
	},
	[ADVICE_CHALLENGE_COUNTERS] = {
		"on the server: do the counters of challenged and outdated segments grow?",
		"nstat -az | grep -E 'Challenge|PAWS'",
	},
	[ADVICE_CLIENT_TIMEOUT] = {
		"compare the client's connect timeout with the time an answer takes[; it gave up "
		"after {waited}]",
		NULL,
	},
	[ADVICE_SERVICE_LOG] = {
		"on the {log_host}: what did the application log at that moment?",
		"journalctl --since '{log_from} UTC' --until '{log_to} UTC'",
	},
	[ADVICE_ABORT_COUNTERS] = {
		"on the {reset_host}, in whose name the RST came: which abort counter grows?",
		"nstat -az | grep -E 'AbortOn|OutRsts'",
	},
	[ADVICE_KERNEL_LOG] = {
		"on the {reset_host}: did the kernel kill the process or complain?",
		"dmesg -T | grep -iE 'killed process|out of memory|flooding|nf_conntrack|segfault'",
	},
	[ADVICE_CLOSE_WAIT] = {
		"on the side that did not close: do sockets pile up in CLOSE-WAIT?",
		"ss -tanp state close-wait '( sport = :{port} or dport = :{port} )'",
	},
	[ADVICE_THREADS] = {
		"on the server: is the application stuck, is it out of file descriptors or "
		"threads?",
		"for p in $(fuser {port}/tcp); do ps -o stat,nlwp $p; ls /proc/$p/fd | wc -l; "
		"done",
	},
	[ADVICE_KEEPALIVE] = {
		"send TCP keep-alives more often than the idle timer; is one running "
		"(timer:keepalive)?",
		"ss -tno 'dport = :{port}'; sysctl net.ipv4.tcp_keepalive_time",
	},
	[ADVICE_MTU] = {
		"from both ends: which size still passes undivided? Clamp the MSS or let ICMP "
		"through",
		"ping -M do -c 2 -s 1372 {server_ip}; tracepath -n {server_ip}",
	},
	[ADVICE_ARP] = {
		"on the last router: does it know the server's link address?",
		"ip neigh show {server_ip}",
	},
	[ADVICE_TLS_TRY] = {
		"from the client: how does the TLS handshake go by hand?",
		"openssl s_client -connect {server}[ -servername {server_name}] -msg </dev/null",
	},
	[ADVICE_TLS_CERTIFICATE] = {
		"from the client: dates, issuer and names of the server's certificate",
		"openssl s_client -connect {server}[ -servername {server_name}] </dev/null 2>/dev/null "
		"| openssl x509 -noout "
		"-dates -issuer -subject -ext subjectAltName",
	},
	[ADVICE_HTTP_TRY] = {
		"from the client: which of the two does the port speak?",
		"curl -vso /dev/null http://{server}/; curl -vkso /dev/null "
		"https://{server}/",
	},
	[ADVICE_SSH_TRY] = {
		"from the client: what do both sides offer?",
		"ssh -vv -p {port} {server_ip} true 2>&1 | grep -E 'kex|host key|cipher|MAC|offer'",
	},
	[ADVICE_SSHD_CONFIG] = {
		"on the server: what is sshd configured for?",
		"sshd -T | grep -iE 'kex|hostkeyalg|cipher|mac|maxstartups|logingrace'",
	},
	[ADVICE_SYN_FLOOD] = {
		"on the server: are SYN cookies on (1), and do they work (counters that grow)? "
		"Against more than they can hold only a limit further up helps",
		"sysctl net.ipv4.tcp_syncookies; nstat -az TcpExtSyncookiesSent "
		"TcpExtTCPReqQFullDoCookies TcpExtTCPReqQFullDrop",
	},
	[ADVICE_BACKLOG_SIZE] = {
		"on the server: how long may the queues become? The least of these and of the "
		"backlog that the application passes to listen() counts (Send-Q)",
		"sysctl net.core.somaxconn net.ipv4.tcp_max_syn_backlog net.ipv4.tcp_syncookies; "
		"ss -lnt[ 'sport = :{port}']",
	},
	[ADVICE_SOURCE] = {
		"find out who that source is; block it if it is none of yours",
		"getent hosts {client_ip}; whois {client_ip}",
	},
	[ADVICE_FILTER_BY_SOURCE] = {
		"look for a rule that matches the source: firewall, fail2ban, security group[ (not "
		"served: {client_ip})]",
		"nft list ruleset; ip[{six}]tables -nvL --line-numbers; fail2ban-client banned",
	},
	[ADVICE_SERVICE_RESTARTS] = {
		"on the server: who restarted or killed the service, and what does its log say?",
		"journalctl --since '{since} UTC' --until '{until} UTC'[; systemctl show -p "
		"Id,NRestarts,ExecMainStartTimestamp $(ps -o unit= $(fuser {port}/tcp) | sort -u)]",
	},
	[ADVICE_NIC_DROPS] = {
		"on both hosts: do drops and errors of the interfaces grow?",
		"ip -s link; for i in $(ls /sys/class/net); do ethtool -S $i | "
		"grep -iE 'drop|err|miss|discard' | grep -v ': 0$'; done",
	},
	[ADVICE_PATH_LOSS] = {
		"from the client: from which hop on are packets lost?",
		"mtr -rwzc 100[ -T -P {port}] {server_ip}",
	},
	[ADVICE_PORT_RANGE] = {
		"on the client: how many ports are there, how many are taken? Connections that are "
		"kept and used again need fewer",
		"sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse; ss -s[; ss -Htan 'dst "
		"{server_ip}' | cut -d ' ' -f 1 | sort | uniq -c]",
	},
	[ADVICE_NAT_TIMERS] = {
		"on NAT and firewalls on the way: after how many seconds is a silent connection "
		"forgotten?",
		"sysctl -a 2>/dev/null | grep nf_conntrack_tcp_timeout",
	},
	[ADVICE_LB_CONFIG] = {
		"nothing has to be done; if the checks are unwanted, look at interval and targets in "
		"the load balancer or monitor[, {client_ip}]",
		NULL,
	},
	[ADVICE_LAG_MEMBER] = {
		"look at that one member of the link bundle or ECMP group: errors, and whether it "
		"forwards at all; other source ports take another member",
		"for p in $(seq 40000 40007); do nc -nz -w 3 -p $p {server_ip} {port} && echo $p "
		"passes || echo $p fails; done",
	},
	[ADVICE_INJECTOR] = {
		"capture on both ends at the same time: an RST that only its receiver sees was made "
		"in between",
		"tcpdump -ni any -w this-end.pcap '(host {server_ip} and port {port}) or icmp or "
		"icmp6'",
	},
	[ADVICE_CAPTURE_BUFFER] = {
		"capture again with a large buffer, to the local disk and not through ssh",
		"tcpdump -ni any -B 65536 -s 0 -w better.pcap[ '(host {server_ip} and port {port}) "
		"or icmp or icmp6']",
	},
};

/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of idle timers; facts from the products' documentation (doc/verdicts.md, idle timers). */
#include "analyzer/idle.h"

static const int64_t second_us = INT64_C(1000000);

const struct idle_timer idle_timers[] = {
	{ 5, "Apache KeepAliveTimeout" },
	{ 10, "Linux conntrack CLOSE" },
	{ 15, "Envoy route timeout" },
	{ 30, "Google Cloud NAT transitory timeout" },
	{ 60, "AWS ALB and CLB idle timeout" },
	{ 60, "nginx header, send and read timeouts" },
	{ 60, "Linux FIN-WAIT-2, conntrack SYN_RECV and CLOSE_WAIT" },
	{ 75, "nginx keepalive_timeout" },
	{ 120, "sshd LoginGraceTime" },
	{ 120, "Linux conntrack SYN_SENT, FIN_WAIT and TIME_WAIT" },
	{ 240, "Azure Load Balancer idle timeout" },
	{ 300, "Linux conntrack with unacknowledged data" },
	{ 300, "Envoy stream idle timeout" },
	{ 350, "AWS NLB idle timeout" },
	{ 350, "AWS Network Firewall idle timeout" },
	{ 600, "Google Cloud VPC connection tracking" },
	{ 3600, "Envoy TCP and HTTP idle timeout" },
	{ 7200, "Linux tcp_keepalive_time" },
	{ 7440, "the least that RFC 5382 asks of a NAT" },
	{ 28800, "MySQL and MariaDB wait_timeout" },
	{ 432000, "Linux and EC2 security group conntrack, established" },
};

const size_t idle_timer_count = sizeof(idle_timers) / sizeof(idle_timers[0]);

bool
idle_timer_fits(const struct idle_timer *timer, int64_t silence_us)
{
	int64_t exact = timer->seconds * second_us;
	int64_t slack = exact / 50 > second_us / 2 ? exact / 50 : second_us / 2;
	return silence_us >= exact - slack && silence_us <= exact + slack;
}

bool
idle_timer_known(int64_t silence_us)
{
	/* the shortest is asked for by every flow that ends: spare it the table */
	if (silence_us < idle_timers[0].seconds * second_us - second_us / 2)
		return false;
	for (size_t i = 0; i < idle_timer_count; i++)
		if (idle_timer_fits(&idle_timers[i], silence_us))
			return true;
	return false;
}

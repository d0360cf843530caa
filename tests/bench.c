/* SPDX-License-Identifier: BSD-2-Clause */
/* `make bench`: what tcpwhy costs beside the bare loop of libpcap, in one run on one machine.
 *
 * bench TCPWHY [ROUNDS]: makes each workload in $TMPDIR, runs both on it in turns, and prints the medians:
 * CPU time (user and system) per packet, their ratio, peak memory. Fails nothing by time. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench.h"

enum { ROUNDS = 5, ROUNDS_MOST = 101, PATH_SIZE = 4096 };

/* clang-format off */
static const struct workload workloads[] = {
	{ "small", "small packets, ten a flow, 50,000 flows at once", 2000000, 50000, 96, 0, false },
	{ "few", "the same, 1,000 at once", 2000000, 1000, 96, 0, false },
	{ "many", "the same, 200,000 at once", 4000000, 200000, 96, 0, false },
	{ "flood", "SYN flood from forged addresses, 1 % good flows", 2000000, 20000, 96, 99, false },
	{ "bulk", "full-size segments, 100 flows", 500000, 100, 65535, 0, true },
};
/* clang-format on */

struct cost {
	double seconds; /* user and system */
	long kilobytes; /* at most */
};

static void
count(u_char *user, const struct pcap_pkthdr *header, const u_char *data)
{
	(void)header;
	(void)data;
	++*(uint64_t *)(void *)user;
}

/* What every program pays that reads through libpcap. */
static int
loop(const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	uint64_t packets = 0;
	pcap_t *pcap = pcap_open_offline(path, error);
	if (pcap == NULL)
		return 1;
	int result = pcap_loop(pcap, -1, count, (u_char *)&packets);
	pcap_close(pcap);
	return result == 0 ? 0 : 1;
}

/* Runs a program on a capture, or with program NULL the bare loop. */
static bool
run(const char *program, const char *path, struct cost *ret_cost)
{
	struct rusage usage;
	int status;
	pid_t child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);
		if (program == NULL)
			_exit(loop(path));
		dup2(null, STDOUT_FILENO);
		execl(program, program, path, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0)
		return false;
	ret_cost->seconds = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			    (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
	ret_cost->kilobytes = usage.ru_maxrss;
	return true;
}

static int
compare(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;
	return (left > right) - (left < right);
}

static double
median(double *values, unsigned rounds)
{
	qsort(values, rounds, sizeof(*values), compare);
	return values[rounds / 2];
}

static double
measure(const char *program, const struct workload *workload, const char *path, unsigned rounds)
{
	double bare[ROUNDS_MOST], whole[ROUNDS_MOST], ratio[ROUNDS_MOST];
	uint64_t packets, flows;
	long kilobytes = 0;
	if (!bench_make(workload, path, &packets, &flows)) {
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
		return 0;
	}
	for (unsigned i = 0; i < rounds; i++) {
		struct cost base, cost;
		if (!run(NULL, path, &base) || !run(program, path, &cost)) {
			fprintf(stderr, "bench: %s failed on %s\n", program, path);
			return 0;
		}
		bare[i] = base.seconds;
		whole[i] = cost.seconds;
		ratio[i] = base.seconds > 0 ? cost.seconds / base.seconds : 0;
		kilobytes = cost.kilobytes > kilobytes ? cost.kilobytes : kilobytes;
	}
	double cost_ns = median(whole, rounds) / (double)packets * 1e9;
	printf("%-6s %10" PRIu64 " %9" PRIu64 " %8.0f %8.0f %7.1f %7ld  %s\n", workload->name,
	       packets, flows, median(bare, rounds) / (double)packets * 1e9, cost_ns,
	       median(ratio, rounds), kilobytes / 1024, workload->what);
	fflush(stdout);
	return cost_ns;
}

int
main(int argc, char **argv)
{
	const char *directory = getenv("TMPDIR");
	unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : ROUNDS;
	double costs[sizeof(workloads) / sizeof(workloads[0])];
	char path[PATH_SIZE];
	if (argc < 2 || rounds < 1 || rounds > ROUNDS_MOST) {
		fprintf(stderr, "usage: bench TCPWHY [ROUNDS]\n");
		return 1;
	}
	snprintf(path, sizeof(path), "%s/tcpwhy-bench.XXXXXX",
		 directory != NULL && directory[0] != '\0' ? directory : "/tmp");
	int fd = mkstemp(path);
	if (fd < 0) {
		fprintf(stderr, "bench: %s: %s\n", path, strerror(errno));
		return 1;
	}
	close(fd);
	printf("CPU time per packet, user and system, medians of %u rounds in turns; ratio to a bare "
	       "pcap_loop()\n",
	       rounds);
	printf("%-6s %10s %9s %8s %8s %7s %7s\n", "", "packets", "flows", "loop ns", "ns", "ratio",
	       "MB");
	bool good = true;
	for (size_t i = 0; i < sizeof(workloads) / sizeof(workloads[0]); i++) {
		costs[i] = measure(argv[1], &workloads[i], path, rounds);
		good = good && costs[i] > 0;
	}
	unlink(path);
	if (good)
		printf("from 1,000 to 200,000 flows at once a packet costs %.2f times as much\n",
		       costs[2] / costs[1]);
	return good ? 0 : 1;
}

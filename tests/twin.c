/* SPDX-License-Identifier: BSD-2-Clause */
/* Two captures of traffic of which all is known: the comparison must pair every flow, name every lost
 * and every forged segment and none else, and give the offset of the clocks within its own bound.
 *
 * twin.t [SEED [NAME [DIRECTORY]]]: SEED is added to those of the plans; NAME: only this plan;
 * DIRECTORY: the captures are left there. */
#include "tests/twin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/trial.h"

static const struct twin_plan plans[] = {
	{ .name = "nothing happens", .seed = 1 },
	{ .name = "loss towards the server", .seed = 2, .loss_permille = { 30, 0 } },
	{ .name = "loss towards the client", .seed = 3, .loss_permille = { 0, 30 } },
	{ .name = "loss both ways", .seed = 4, .loss_permille = { 20, 20 } },
	{ .name = "heavy loss", .seed = 5, .loss_permille = { 150, 150 } },
	{ .name = "segments overtake each other", .seed = 6, .loss_permille = { 20, 20 },
	  .jitter_us = 8000, .overtake = true },
	{ .name = "the network makes copies", .seed = 7, .loss_permille = { 10, 10 },
	  .copy_permille = 20 },
	{ .name = "copies look alike", .seed = 8, .loss_permille = { 20, 20 },
	  .no_ids = true, .no_timestamps = true },
	{ .name = "a clock that is hours ahead", .seed = 9, .loss_permille = { 20, 20 },
	  .offset_ms = 7200123 },
	{ .name = "a clock that is a day behind", .seed = 10, .loss_permille = { 20, 20 },
	  .offset_ms = -86400456 },
	{ .name = "a clock that is fast", .seed = 11, .loss_permille = { 20, 20 },
	  .spread_ms = 600000, .flows = 200, .skew_ppm = 200 },
	{ .name = "a clock that is slow", .seed = 12, .loss_permille = { 20, 20 },
	  .skew_ppm = -200 },
	{ .name = "a clock that is set", .seed = 13, .loss_permille = { 20, 20 },
	  .step_ms = 1900 },
	{ .name = "a clock that is set back", .seed = 14, .loss_permille = { 20, 20 },
	  .step_ms = -2500 },
	{ .name = "NAT", .seed = 15, .loss_permille = { 20, 20 }, .nat = true },
	{ .name = "NAT, all say the same", .seed = 16, .loss_permille = { 20, 20 },
	  .nat = true, .same_content = true },
	{ .name = "NAT of both ends", .seed = 17, .loss_permille = { 20, 20 },
	  .nat = true, .server_nat = true, .same_content = true },
	{ .name = "other numbers", .seed = 18, .loss_permille = { 20, 20 },
	  .shift = true },
	{ .name = "other numbers and NAT", .seed = 19, .loss_permille = { 20, 20 },
	  .shift = true, .nat = true },
	{ .name = "MSS clamped, timestamps stripped", .seed = 20, .loss_permille = { 20, 20 }, .clamp = true, .strip = true },
	{ .name = "IPv6", .seed = 21, .loss_permille = { 20, 20 }, .ipv6 = true },
	{ .name = "cards cut and join", .seed = 22, .loss_permille = { 20, 20 },
	  .joined = true },
	{ .name = "RSTs are forged beside the path", .seed = 23, .loss_permille = { 10, 10 }, .forger = FORGE_ON_PATH, .forge_permille = 300 },
	{ .name = "a device in the path takes requests and resets", .seed = 24, .loss_permille = { 10, 10 }, .forger = FORGE_IN_PATH, .forge_permille = 300 },
	{ .name = "a device refuses", .seed = 25, .loss_permille = { 10, 10 },
	  .forger = FORGE_REFUSAL, .forge_permille = 300 },
	{ .name = "SYNs are dropped", .seed = 26, .loss_permille = { 10, 10 },
	  .blocked_permille = 200 },
	{ .name = "SYN-ACKs are dropped", .seed = 27, .loss_permille = { 10, 10 },
	  .mute_permille = 200 },
	{ .name = "a proxy shakes hands", .seed = 28, .proxy = true },
	{ .name = "one capture begins late, the other ends early", .seed = 29, .loss_permille = { 20, 20 }, .from_permille = { 0, 300 },
	  .until_permille = { 700, 0 } },
	{ .name = "the captures drop frames", .seed = 30, .dropped_permille = { 20, 20 } },
	{ .name = "the captures drop frames of a path that loses", .seed = 31, .loss_permille = { 20, 20 }, .dropped_permille = { 20, 20 } },
	{ .name = "many at once", .seed = 32, .loss_permille = { 20, 20 }, .flows = 400,
	  .spread_ms = 2000, .nat = true, .clients = 100 },
	{ .name = "a NAT forgets connections that are idle", .seed = 36, .forget_permille = 200,
	  .nat = true },
	{ .name = "a late capture, and all say the same", .seed = 37, .loss_permille = { 10, 10 },
	  .same_content = true, .flows = 300, .spread_ms = 10000, .from_permille = { 0, 200 } },
	{ .name = "a late capture behind NAT", .seed = 38, .loss_permille = { 10, 10 },
	  .nat = true, .flows = 300, .spread_ms = 10000, .from_permille = { 0, 200 } },
	{ .name = "a few flows", .seed = 33, .loss_permille = { 50, 50 }, .flows = 3 },
	{ .name = "a path of microseconds", .seed = 34, .loss_permille = { 20, 20 },
	  .delay_us = { 60, 70 }, .jitter_us = 30 },
	{ .name = "a lopsided path", .seed = 35, .loss_permille = { 20, 20 },
	  .delay_us = { 5000, 300000 }, .jitter_us = 3000 },
};

/* What a plan does not say: a minute of requests over an ordinary path. */
static void
complete(struct twin_plan *plan)
{
	plan->flows = plan->flows != 0 ? plan->flows : 60;
	plan->clients = plan->clients != 0 ? plan->clients : 7;
	plan->spread_ms = plan->spread_ms != 0 ? plan->spread_ms : 60000;
	plan->request = 4000;
	plan->answer = 30000;
	plan->offset_ms = plan->offset_ms != 0 ? plan->offset_ms : 3217;
	if (plan->delay_us[0] == 0) {
		plan->delay_us[0] = 9000;
		plan->delay_us[1] = 11000;
	}
	plan->jitter_us = plan->jitter_us != 0 ? plan->jitter_us : 400;
}

static unsigned
try_plan(struct trial *trial, const struct twin_plan *plan)
{
	char client[TRIAL_PATH], server[TRIAL_PATH];
	struct twin twin;
	unsigned wrong = 1;
	trial_path(trial, "client.pcap", client);
	trial_path(trial, "server.pcap", server);
	twin_play(plan, &twin);
	if (twin_write(&twin, client, server)) {
		const char *arguments[] = { "--compare", "--json", client, server, NULL };
		trial_run(trial, arguments, NULL, NULL);
		const char *fault = trial_fault(trial, 1 << 0);
		if (fault != NULL)
			printf("#   %s: %.500s\n", fault, trial->error);
		else
			wrong = twin_check(&twin, trial->out);
	} else {
		printf("#   the captures cannot be written\n");
	}
	twin_release(&twin);
	return wrong;
}

int
main(int argc, char **argv)
{
	struct trial trial;
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 0;
	unsigned number = 0;
	if (!trial_open(&trial))
		return EXIT_FAILURE;
	char own[TRIAL_PATH];
	memcpy(own, trial.directory, sizeof(own));
	if (argc > 3)
		snprintf(trial.directory, sizeof(trial.directory), "%s", argv[3]);
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		struct twin_plan plan = plans[i];
		complete(&plan);
		plan.seed += seed * 1000;
		if (argc > 2 && strcmp(argv[2], plan.name) != 0)
			continue;
		unsigned wrong = try_plan(&trial, &plan);
		printf("%sok %u - %s\n", wrong > 0 ? "not " : "", ++number, plan.name);
	}
	memcpy(trial.directory, own, sizeof(own));
	trial_close(&trial);
	printf("1..%u\n", number);
	return EXIT_SUCCESS;
}

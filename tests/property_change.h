/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes to a sample that must not change what is said of its flows. */
#ifndef TCPWHY_PROPERTY_CHANGE_H
#define TCPWHY_PROPERTY_CHANGE_H

#include "tests/property_sample.h"

/* Each fills *ret_sample, to be released, and returns true; or returns false, with nothing to be
 * released, where it has no meaning for the sample. */
typedef bool change_fn(const struct sample *sample, struct sample *ret_sample);

/* Every frame a second time at once: as a mirror port delivers it. */
change_fn change_copy;
/* The same, the copy with its outer TTL one less: as "any" on a router delivers it. IPv4 only. */
change_fn change_routed_copy;
/* Later by a day; later by a bit over a third of a second. */
change_fn change_day, change_fraction;
/* Other addresses, in the opposite order of value. */
change_fn change_addresses;
/* Ethernet becomes Linux cooked v2, raw IP, Ethernet in a VLAN. */
change_fn change_to_cooked, change_to_raw, change_to_vlan;

#endif

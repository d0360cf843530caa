/* SPDX-License-Identifier: BSD-2-Clause */
/* IEEE 802.11 data frames in the clear. */
#include "dissect/layers.h"

/* IEEE 802.11 9.3.2.1: data frames in the clear; aggregates (A-MSDU) are not taken apart. */
enum dissect_status
wireless_dissect(struct layers *layers)
{
	enum { TYPE_MASK = 0x0c, TYPE_DATA = 0x08, NO_DATA = 0x40, QOS = 0x80 };
	enum { BOTH_WAYS = 0x03, PROTECTED = 0x40, ORDER = 0x80, AGGREGATE = 0x80 };
	const uint8_t *control = bytes_take(&layers->bytes, 24);
	const uint8_t *qos;

	if (control == NULL)
		return layers_failure(layers);
	if ((control[0] & TYPE_MASK) != TYPE_DATA || (control[0] & NO_DATA) != 0 ||
	    (control[1] & PROTECTED) != 0)
		return layers_not_tcp(layers);
	if ((control[1] & BOTH_WAYS) == BOTH_WAYS)
		bytes_skip(&layers->bytes, 6);
	if ((control[0] & QOS) != 0) {
		qos = bytes_take(&layers->bytes, 2);
		if (qos != NULL && (qos[0] & AGGREGATE) != 0)
			return layers_not_tcp(layers);
		if ((control[1] & ORDER) != 0)
			bytes_skip(&layers->bytes, 4);
	}
	return link_llc(layers);
}

/* radiotap.org: version, pad, own length in little-endian order. */
enum dissect_status
wireless_radiotap(struct layers *layers)
{
	const uint8_t *header = bytes_peek(&layers->bytes, 4);

	bytes_skip(&layers->bytes, header == NULL ? 4 : load_le16(header + 2));
	return wireless_dissect(layers);
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening an interface with libpcap, and saying in one line why that failed. */
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "dissect/capture_linktype.h"
#include "dissect/capture_tap.h"

enum {
	NAMES_MAX = 8,	     /* interfaces listed to somebody who named another one */
	RING_FRAMES_MIN = 4, /* of full length: a smaller ring would never take one */
};

static const char any[] = "any";

static int
complain_missing(const struct complaint *complaint, const char *name)
{
	struct if_nameindex *interfaces = if_nameindex();
	size_t count = 0;

	capture_complain(complaint, CAPTURE_ERROR_INTERFACE, name, "no such interface; there are ");
	while (interfaces && interfaces[count].if_index != 0 && count < NAMES_MAX) {
		complain_more(complaint, interfaces[count++].if_name);
		complain_more(complaint, ", ");
	}
	complain_more(complaint, interfaces && interfaces[count].if_index != 0 ? "more, " : "");
	complain_more(complaint, "and \"any\" for all of them");
	if_freenameindex(interfaces);
	return CAPTURE_ERROR_INTERFACE;
}

/* libpcap knows some that are no network interfaces, as nflog and usbmon1. */
static bool
exists(const char *name)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_if_t *list = NULL;
	bool found = strcmp(name, any) == 0 || if_nametoindex(name) != 0;

	if (found || pcap_findalldevs(&list, error) != 0)
		return found;
	for (const pcap_if_t *item = list; item && !found; item = item->next)
		found = strcmp(item->name, name) == 0;
	pcap_freealldevs(list);
	return found;
}

/* What pcap_activate() answered, in words. */
static int
complain_activation(const struct complaint *complaint, const char *name, pcap_t *pcap, int status)
{
	const char *detail = pcap_geterr(pcap);

	switch (status) {
	case PCAP_ERROR_NO_SUCH_DEVICE:
		return complain_missing(complaint, name);
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		/* The privilege is asked for before the interface is looked for. */
		if (!exists(name))
			return complain_missing(complaint, name);
		return capture_complain(complaint, CAPTURE_ERROR_PERMISSION, name,
				"capturing needs root or the capability CAP_NET_RAW");
	case PCAP_ERROR_IFACE_NOT_UP:
		return capture_complain(complaint, CAPTURE_ERROR_INTERFACE, name,
				"the interface is down; \"any\" sees it as soon as it is up");
	default:
		return capture_complain(complaint, CAPTURE_ERROR_INTERFACE, name,
				*detail != '\0' ? detail : pcap_statustostr(status));
	}
}

static int
clamp(uint32_t value, uint32_t otherwise)
{
	uint32_t chosen = value != 0 ? value : otherwise;

	return chosen < INT_MAX ? (int)chosen : INT_MAX;
}

static int
activate(struct capture_tap *tap, const struct capture_options *options,
	 const struct complaint *complaint)
{
	pcap_t *pcap = tap->pcap;
	int status;

	pcap_set_snaplen(pcap, (int)tap->snaplen);
	pcap_set_promisc(pcap, options->promiscuous);
	pcap_set_timeout(pcap, TAP_BLOCK_TIMEOUT_MS);
	pcap_set_buffer_size(pcap, clamp(options->buffer_bytes, CAPTURE_BUFFER_BYTES));
	tap->fraction_ns =
		pcap_set_tstamp_precision(pcap, PCAP_TSTAMP_PRECISION_NANO) == 0 ? 1 : 1000;
	status = pcap_activate(pcap); /* above 0: a warning, about promiscuous mode */
	if (status < 0)
		return complain_activation(complaint, tap->name, pcap, status);
#ifdef DLT_LINUX_SLL2
	/* The newer of the two headers of cooked captures has the interface's index. */
	if (pcap_datalink(pcap) == DLT_LINUX_SLL)
		pcap_set_datalink(pcap, DLT_LINUX_SLL2);
#endif
	tap->linktype = linktype_from_dlt(pcap_datalink(pcap));
	return CAPTURE_OK;
}

/* Without any expression a program is needed as well: only that makes the kernel cut frames, and
 * so hold more of them. */
static int
set_filter(struct capture_tap *tap, const char *expression, const struct complaint *complaint)
{
	struct bpf_program code;
	int status;

	if (pcap_compile(tap->pcap, &code, expression ? expression : "", 1, PCAP_NETMASK_UNKNOWN) !=
	    0)
		return complain_filter(complaint, expression, pcap_geterr(tap->pcap));
	status = pcap_setfilter(tap->pcap, &code);
	pcap_freecode(&code);
	if (status == 0)
		return CAPTURE_OK;
	return capture_complain(complaint, CAPTURE_ERROR_INTERFACE, tap->name, pcap_geterr(tap->pcap));
}

/* Reading is never to wait: pcap_dispatch() would wait for the first frame, however long. */
static int
set_nonblocking(struct capture_tap *tap, const struct complaint *complaint)
{
	char error[PCAP_ERRBUF_SIZE] = "";

	if (pcap_setnonblock(tap->pcap, 1, error) != 0)
		return capture_complain(complaint, CAPTURE_ERROR_INTERFACE, tap->name, error);
	tap->descriptor = pcap_get_selectable_fd(tap->pcap);
	if (tap->descriptor < 0)
		return capture_complain(complaint, CAPTURE_ERROR_INTERFACE, tap->name,
				"it cannot be waited for");
	return CAPTURE_OK;
}

int
tap_open(struct capture_tap *tap, const char *name, uint16_t source,
	 const struct capture_options *options, const struct complaint *complaint)
{
	uint32_t ring_bytes = options->ring_bytes != 0 ? options->ring_bytes : CAPTURE_RING_BYTES;
	char error[PCAP_ERRBUF_SIZE] = "";
	int status;

	tap->source = source;
	tap->snaplen = (uint32_t)clamp(options->snaplen, CAPTURE_SNAPLEN);
	tap->promiscuous = options->promiscuous;
	if (ring_bytes / RING_FRAMES_MIN < tap->snaplen)
		ring_bytes = tap->snaplen < CAPTURE_RING_BYTES_MAX / RING_FRAMES_MIN
				     ? tap->snaplen * RING_FRAMES_MIN
				     : CAPTURE_RING_BYTES_MAX;
	tap->name = strdup(name);
	if (!tap->name || !capture_ring_init(&tap->ring, ring_bytes))
		return complain_errno(complaint, NULL, ENOMEM);
	tap->pcap = pcap_create(name, error);
	if (!tap->pcap)
		return capture_complain(complaint, CAPTURE_ERROR_INTERFACE, name, error);
	status = activate(tap, options, complaint);
	if (status == CAPTURE_OK)
		status = set_filter(tap, options->filter, complaint);
	if (status == CAPTURE_OK)
		status = set_nonblocking(tap, complaint);
	if (status != CAPTURE_OK)
		return status;
	tap->can_go_down = strcmp(name, any) != 0 && if_nametoindex(name) != 0;
	tap_learn_address(tap);
	return CAPTURE_OK;
}

void
tap_close(struct capture_tap *tap)
{
	if (tap->pcap)
		pcap_close(tap->pcap);
	capture_ring_release(&tap->ring);
	free(tap->name);
}

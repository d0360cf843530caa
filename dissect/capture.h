/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture files, or interfaces, as one stream of frames in time order. The only part of dissect/ that
 * does input. */
#ifndef TCPWHY_CAPTURE_H
#define TCPWHY_CAPTURE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dissect/frame.h"

struct capture;

enum capture_format { CAPTURE_UNKNOWN, CAPTURE_PCAP, CAPTURE_PCAPNG };

/* Damage found in a source, from harmless to worst. Everything that could be read around it was
 * delivered. */
enum capture_damage {
	CAPTURE_INTACT,
	CAPTURE_JOINED,	   /* a second file header inside: captures put end to end; all was read */
	CAPTURE_TRUNCATED, /* the file ends inside a record: an interrupted writer or transfer */
	CAPTURE_GARBAGE,   /* bytes that are no record, stepped over to the next plausible one */
	CAPTURE_NOT_CAPTURE, /* neither pcap nor pcapng at its start: nothing was delivered */
	CAPTURE_READ_ERROR, /* the operating system or the decompressor failed: see errno_value, text */
	CAPTURE_EMPTY,	    /* zero bytes */
};

/* One input file (or standard input) and what became of it. Strings are owned by the capture. */
struct capture_source {
	const char *name;	 /* as given, or as found in a directory; "-" is standard input */
	const char *compression; /* "gzip", "zstd", "xz", "bzip2", "lz4"; NULL: plain */
	enum capture_format format;
	uint16_t first_linktype;
	enum capture_damage damage; /* the worst found */
	uint64_t damage_offset;	    /* where the first damage is, bytes in the plain stream */
	uint64_t skipped_bytes;	    /* bytes stepped over as garbage */
	uint32_t damages;	    /* how many places */
	int errno_value;	    /* for CAPTURE_READ_ERROR, 0 when text tells more */
	char text[160];		    /* for CAPTURE_READ_ERROR, NUL-terminated, may be empty */
	uint64_t frames;	    /* frames in the file as Wireshark numbers them, so far */
	uint64_t bytes;		    /* bytes of the plain stream consumed, so far */
	uint64_t snapped;	    /* delivered frames with caplen < wirelen */
	uint64_t rejected;	    /* frames that the filter rejected */
	uint64_t rejected_errors;   /* of them ICMP errors, which tell why TCP failed */
	uint64_t unfiltered; /* frames rejected as the filter has no meaning for their link type */
	uint64_t kernel_drops;	   /* pcapng isb_osdrop, summed over interfaces; live: ps_drop */
	uint64_t interface_drops;  /* pcapng isb_ifdrop, summed over interfaces; live: ps_ifdrop */
	uint64_t ring_drops;	   /* live: frames for which our own ring had no room */
	uint64_t kernel_frames;	   /* live: ps_recv */
	bool down;		   /* live: the interface is down or gone at present */
	uint32_t outages;	   /* live: how often it went down */
	int64_t first_ns, last_ns; /* smallest and largest time stamp delivered; 0 when none was */
};

struct capture_interface {
	const char *name; /* pcapng if_name, else NULL */
	uint16_t source;
	uint16_t linktype;
	uint32_t snaplen; /* 0: no limit */
};

struct capture_options {
	const char *const *paths; /* files, directories (read without descending), "-" */
	size_t path_count;
	const char *filter; /* BPF expression in pcap-filter(7) syntax, or NULL */
	/* NULL, or what a signal handler sets to end all input at once: a read that waits on a pipe
	 * is given up within a quarter of a second, and that is no damage. Not looked at live, where
	 * reading never waits: capture_stop() ends that, and what was caught can still be read. */
	const volatile sig_atomic_t *stop;
	/* Files: NULL, or called once when all that needs names was looked up (which files there are, the
	 * filter for every link type), before a byte of them is read: the moment to give up rights.
	 * Later no more is opened than what capture_path() lists, for reading only. Returns false, with a
	 * line in text, to give up. */
	bool (*before_reading)(void *user, const struct capture *capture, char *text,
			       size_t text_size);
	void *user;

	/* Live, instead of paths: each interface is a source, "any" is all of them at once. */
	const char *const *interfaces;
	size_t interface_count;
	uint32_t snaplen;      /* bytes kept of a frame; 0: CAPTURE_SNAPLEN */
	uint32_t buffer_bytes; /* of the kernel, for each interface; 0: CAPTURE_BUFFER_BYTES */
	uint32_t
		ring_bytes; /* between the capture thread and capture_read(); 0: CAPTURE_RING_BYTES */
	bool promiscuous;
};

enum {
	CAPTURE_SNAPLEN = 2048, /* headers and the first payload of a full-size Ethernet frame */
	CAPTURE_BUFFER_BYTES = 64 << 20, /* libpcap's 2 MB lost packets from 500,000 a second on */
	CAPTURE_RING_BYTES = 32 << 20,
};

/* Opening fails as a whole only for these; a damaged source is no reason. */
enum capture_error {
	CAPTURE_OK = 0,
	CAPTURE_ERROR_MEMORY = -1,
	CAPTURE_ERROR_OPEN = -2,   /* the only path cannot be opened; among several: READ_ERROR */
	CAPTURE_ERROR_FILTER = -3, /* the expression does not compile */
	CAPTURE_ERROR_EMPTY_DIRECTORY = -4, /* a directory holds no capture */
	CAPTURE_ERROR_TOO_MANY = -5,	    /* more than 65535 files */
	CAPTURE_ERROR_PERMISSION = -6,	    /* capturing needs CAP_NET_RAW */
	CAPTURE_ERROR_INTERFACE = -7,	    /* no such interface, or it cannot be captured from */
	CAPTURE_ERROR_GIVEN_UP = -8,	    /* before_reading() said so */
};

/* Opens all inputs. On success *ret_capture is to be closed with capture_close().
 * On failure returns a negative enum capture_error and writes one line about it (path and reason,
 * no trailing newline) into text, which holds text_size bytes. */
int capture_open(struct capture **ret_capture, const struct capture_options *options, char *text,
		 size_t text_size);

/* The files that options.paths stand for, known from before_reading() on; NULL behind the last. Not all
 * of them become sources: some in directories are no captures. */
const char *capture_path(const struct capture *capture, size_t index);

/* Reads the next frames, in time order over all sources (file order within one source).
 * Returns how many of frames[0..max-1] were filled; 0 at the end. The frames' data stay valid until
 * the next call. Frames that the filter rejects are numbered but not delivered. */
size_t capture_read(struct capture *capture, struct frame *frames, size_t max);

size_t capture_source_count(const struct capture *capture);
const struct capture_source *capture_source(const struct capture *capture, size_t index);
size_t capture_interface_count(const struct capture *capture);
const struct capture_interface *capture_interface(const struct capture *capture, size_t index);
/* How many regular files in the given directories were passed over as they hold no capture. */
size_t capture_passed_over(const struct capture *capture);
/* Bytes of input consumed, as they lie on disk, and, when all inputs are regular files, how many
 * there are in all (else 0), for progress. */
void capture_progress(const struct capture *capture, uint64_t *ret_done, uint64_t *ret_total);

enum { CAPTURE_DEVICE_ADDRESSES = 8, CAPTURE_ADDRESS_SIZE = 46 };

/* Something that libpcap can capture from. Strings are valid during the call only. */
struct capture_device {
	const char *name;
	const char *description; /* NULL: none */
	bool up, running;
	bool network; /* an interface of the network, or all of them; else usbmon1, nflog and such */
	size_t address_count;
	char addresses[CAPTURE_DEVICE_ADDRESSES][CAPTURE_ADDRESS_SIZE]; /* the first ones */
};

typedef void capture_device_fn(void *user, const struct capture_device *device);

/* Calls fn for each. Returns 0, or CAPTURE_ERROR_INTERFACE with one line in text. */
int capture_list_devices(capture_device_fn *fn, void *user, char *text, size_t text_size);

/* Live. capture_open() needs the privilege to capture; capture_start() needs none: it starts the
 * thread that moves frames from the kernel into the ring. Returns 0 or an errno. */
int capture_start(struct capture *capture);
bool capture_is_live(const struct capture *capture);

/* A descriptor to poll for reading: frames wait, or the state of an interface changed. Reading
 * (capture_read() until it returns 0, which it does at once when no frame waits) clears it. */
int capture_wait_fd(const struct capture *capture);

/* Brings drops and states in the sources up to date; cheap, for every screen or record. */
void capture_update(struct capture *capture);

/* Ends the thread; what is in the kernel's buffers and in the ring can still be read. The counters
 * are final when capture_read() has returned 0 after it. */
void capture_stop(struct capture *capture);

void capture_close(struct capture *capture);

#endif

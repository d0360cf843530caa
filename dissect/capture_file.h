/* SPDX-License-Identifier: BSD-2-Clause */
/* One capture file as a sequence of frames in file order, read around its damage. */
#ifndef TCPWHY_CAPTURE_FILE_H
#define TCPWHY_CAPTURE_FILE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "dissect/capture.h"
#include "dissect/capture_clock.h"
#include "dissect/capture_input.h"
#include "dissect/frame.h"

enum {
	/* The largest record that tcpdump and Wireshark write or accept for network traffic. */
	CAPTURE_CAPLEN_MAX = 262144,
	CAPTURE_WIRELEN_MAX = 16 * 1024 * 1024, /* more is no length of a packet */
	CAPTURE_BLOCK_MAX = 16 * 1024 * 1024,	/* of a pcapng block; Wireshark's bound as well */
};

/* The interfaces of all files; grows, and stays where it is: another thread may look at those of frames
 * that it was given while this one reads on. */
struct capture_interfaces {
	struct capture_interface **items; /* as many as there can be, once there is one */
	atomic_size_t count;
};

/* Adds an interface; name (name_length bytes, may be NULL) is copied, as far as its first NUL.
 * Returns its index, or -1 when there are 65535 already or memory is out. */
int capture_interfaces_add(struct capture_interfaces *interfaces,
			   const struct capture_interface *interface, const char *name,
			   size_t name_length);
/* Forgets all but the first count. */
void capture_interfaces_cut(struct capture_interfaces *interfaces, size_t count);
void capture_interfaces_release(struct capture_interfaces *interfaces);

/* How the records of a pcap file are written. */
struct pcap_form {
	bool swapped;	    /* against this host's byte order */
	bool padded;	    /* 24 instead of 16 bytes before each frame, from patched libpcaps */
	bool known_version; /* 2.x: all that was ever written in this format */
	uint32_t fraction_limit; /* parts of a second: 1000000 or 1000000000 */
	int32_t fraction_ns;	 /* how long such a part is */
	uint32_t snaplen;
	uint32_t caplen_max;
	uint16_t linktype;
};

struct pcapng_interface {
	struct capture_clock clock;
	uint64_t kernel_drops, interface_drops;
	uint32_t snaplen;
	uint16_t linktype;
	uint16_t index; /* among all files' interfaces */
};

struct capture_file {
	struct capture_input input;
	struct capture_source *source; /* kept up to date, but for what depends on delivery */
	struct capture_interfaces *interfaces; /* where new ones are announced */
	uint16_t source_index;
	enum capture_format format; /* of what is being read; a joined file may change it */
	bool ended;
	bool has_linktype; /* source->first_linktype is known */
	size_t need;	   /* bytes that must be in sight to go on */
	uint32_t number;   /* of the last frame */

	/* Looking for the next record behind damage. */
	bool scanning;
	bool scan_tail;	      /* what is damaged may be no more than a cut end */
	size_t scan_at;	      /* next place to look at, counted from input.data - input.keep */
	uint64_t scan_offset; /* where the damage is */

	/* pcap */
	struct pcap_form form;
	uint16_t interface;
	bool has_last;
	uint32_t last_seconds;

	/* pcapng */
	bool section_swapped;
	struct pcapng_interface *section; /* the interfaces of this section */
	size_t section_count, section_room;
	int64_t last_ns;
};

/* Opens path and finds out what it holds. Returns 0, or an errno value when it cannot be opened or
 * memory is out. Everything else that can be wrong is noted as damage in source, which must be all
 * zero but for its name and outlive the file. */
int capture_file_open(struct capture_file *file, const char *path,
		      const struct capture_input_options *options, struct capture_source *source,
		      uint16_t source_index, struct capture_interfaces *interfaces);
/* The same for bytes in memory, as for capture_input_open_memory(). */
void capture_file_open_memory(struct capture_file *file, const uint8_t *data, size_t size,
			      size_t block_bytes, struct capture_source *source,
			      struct capture_interfaces *interfaces);

/* Reads the next frames from what is in sight. 0 when there is none, or max is 0; then file->ended
 * or capture_file_refill() is due. Frames of earlier calls stay valid. */
size_t capture_file_walk(struct capture_file *file, struct frame *frames, size_t max);
/* Brings more into sight. Frames of earlier calls lose their data. */
void capture_file_refill(struct capture_file *file);

void capture_file_close(struct capture_file *file);

/* Shared by the walkers. */

static inline uint16_t
capture_get16(const uint8_t *data, bool swapped)
{
	uint16_t value;

	memcpy(&value, data, sizeof(value));
	return swapped ? __builtin_bswap16(value) : value;
}

static inline uint32_t
capture_get32(const uint8_t *data, bool swapped)
{
	uint32_t value;

	memcpy(&value, data, sizeof(value));
	return swapped ? __builtin_bswap32(value) : value;
}

static inline uint64_t
capture_get64(const uint8_t *data, bool swapped)
{
	uint64_t value;

	memcpy(&value, data, sizeof(value));
	return swapped ? __builtin_bswap64(value) : value;
}

/* What lies at some place in the window. */
enum capture_guess {
	GUESS_NO,
	GUESS_YES,
	GUESS_WAIT, /* cannot be told before file->need bytes are in sight */
};

/* Notes one more damaged place. */
void capture_file_damage(struct capture_file *file, enum capture_damage damage, uint64_t offset);
/* The rest is less than a whole record: tells why, and ends the file. */
void capture_file_finish(struct capture_file *file);
/* Starts looking for the next record from the byte after the one at hand, or, when the last record
 * is kept, from its data on. tail: the damage may be only that the file was cut here. */
void capture_file_scan(struct capture_file *file, bool tail);

/* A file header lies in the middle of the file: goes on with it. False when there is none. */
bool capture_file_join(struct capture_file *file);

/* pcap: capture_pcap.c */
enum {
	PCAP_HEADER_LENGTH = 24,
};
bool pcap_has_magic(const uint8_t *data, size_t size);
bool pcap_parse_header(const uint8_t *data, size_t size, struct pcap_form *ret_form);
void pcap_start(struct capture_file *file, const struct pcap_form *form);
size_t pcap_walk(struct capture_file *file, struct frame *frames, size_t max);
/* The same for a file header there. */
enum capture_guess pcap_guess_header(struct capture_file *file, size_t at);
/* Do sound records start at this place? Counted as scan_at is; need is set for GUESS_WAIT. */
enum capture_guess pcap_guess(struct capture_file *file, size_t at);

/* pcapng: capture_pcapng.c */
/* Can these bytes, too few for pcapng_is_section(), be the start of a section? */
bool pcapng_has_magic(const uint8_t *data, size_t size);
bool pcapng_is_section(const uint8_t *data, size_t size, bool *ret_swapped);
size_t pcapng_walk(struct capture_file *file, struct frame *frames, size_t max);
enum capture_guess pcapng_guess(struct capture_file *file, size_t at);

#endif

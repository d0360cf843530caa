/* SPDX-License-Identifier: BSD-2-Clause */
/* SSH as long as it is in the clear: the banner, then packets up to NEWKEYS (RFC 4253 4.2, 6,
 * 7.1). */
#include "analyzer/application_parts.h"
#include "dissect/bytes.h"

enum {
	BANNER_MAX = 255,
	PACKET_MAX = 35000,
	COOKIE_LENGTH = 16,
	MESSAGE_DISCONNECT = 1,
	MESSAGE_KEXINIT = 20,
	MESSAGE_NEWKEYS = 21,
};

static uint32_t
banner_feed(struct application_half *half, const uint8_t *bytes, uint32_t length)
{
	struct ssh_half *ssh = &half->ssh;
	uint32_t used = 0;
	while (used < length && bytes[used] != '\n')
		used++;
	text_append(half, bytes, used);
	ssh->collect += used; /* counts the banner until packets begin */
	if (ssh->collect > BANNER_MAX)
		half->lost = true;
	if (used == length || half->lost)
		return used;
	if (half->text_length > 0 && half->text[half->text_length - 1] == '\r')
		half->text_length--;
	half->text_done = true;
	ssh->banner = true;
	ssh->collect = 0;
	return used + 1;
}

/* The length, the padding's length and the message number are known. */
static void
begin_packet(struct application_half *half)
{
	struct ssh_half *ssh = &half->ssh;
	uint32_t length = load_be32(ssh->header), padding = ssh->header[4];
	if (length > PACKET_MAX || length < padding + 2) {
		half->lost = true;
		return;
	}
	ssh->left = length - 2;
	uint32_t body = ssh->left - padding;
	switch (ssh->header[5]) {
	case MESSAGE_KEXINIT:
		if (ssh->kexinit || body < COOKIE_LENGTH)
			return;
		ssh->collecting = true;
		ssh->cookie_left = COOKIE_LENGTH;
		ssh->collect = body - COOKIE_LENGTH;
		return;
	case MESSAGE_NEWKEYS:
		ssh->newkeys = true;
		return;
	case MESSAGE_DISCONNECT:
		ssh->refused = true;
		return;
	default:
		return;
	}
}

/* The cookie, the name-lists as far as there is room, the rest. Returns how many bytes were
 * taken. */
static uint32_t
kexinit_feed(struct ssh_half *ssh, struct ssh_offer *offer, const uint8_t *bytes, uint32_t length)
{
	if (ssh->cookie_left > 0) {
		uint32_t used = smaller(length, ssh->cookie_left);
		ssh->cookie_left = (uint8_t)(ssh->cookie_left - used);
		return used;
	}
	uint32_t used = smaller(length, ssh->collect);
	ssh->collect -= used;
	if (offer == NULL)
		return used;
	uint32_t part = smaller(used, SSH_OFFER_MAX - offer->length);
	memcpy(offer->bytes + offer->length, bytes, part);
	offer->length = (uint16_t)(offer->length + part);
	return used;
}

static void
end_packet(struct application_half *half, struct moment at)
{
	struct ssh_half *ssh = &half->ssh;
	ssh->header_length = 0;
	if (!ssh->collecting)
		return;
	ssh->collecting = false;
	ssh->kexinit = true;
	half->second = at;
}

void
ssh_feed(struct application_half *half, const struct application_input *input, const uint8_t *bytes,
	 uint32_t length)
{
	struct ssh_half *ssh = &half->ssh;
	if (!moment_happened(half->begin))
		half->begin = input->at;
	while (length > 0 && !half->lost && !ssh->newkeys) {
		uint32_t used = 1;
		if (!ssh->banner) {
			used = banner_feed(half, bytes, length);
		} else if (ssh->header_length < sizeof(ssh->header)) {
			ssh->header[ssh->header_length++] = bytes[0];
			if (ssh->header_length == sizeof(ssh->header))
				begin_packet(half);
		} else {
			used = smaller(length, ssh->left);
			if (ssh->collecting && ssh->cookie_left + ssh->collect > 0)
				used = kexinit_feed(ssh, input->offer, bytes, used);
			ssh->left -= used;
		}
		if (ssh->header_length == sizeof(ssh->header) && ssh->left == 0)
			end_packet(half, input->at);
		bytes += used;
		length -= used;
	}
}

bool
ssh_offer_list(const struct ssh_offer *offer, enum ssh_list list, const uint8_t **ret_names,
	       uint32_t *ret_length)
{
	struct bytes bytes = bytes_make(offer->bytes, offer->length, offer->length);
	for (unsigned i = 0; i < (unsigned)list; i++)
		bytes_skip(&bytes, bytes_u32(&bytes));
	uint32_t length = bytes_u32(&bytes);
	const uint8_t *names = bytes_take(&bytes, length);
	if (names == NULL)
		return false;
	*ret_names = names;
	*ret_length = length;
	return true;
}

struct name {
	const uint8_t *text;
	uint32_t length;
};

/* Takes the next name off a list; false at its end. */
static bool
next_name(struct name *list, struct name *ret_name)
{
	if (list->length == 0)
		return false;
	uint32_t length = 0;
	while (length < list->length && list->text[length] != ',')
		length++;
	*ret_name = (struct name){ list->text, length };
	uint32_t used = smaller(length + 1, list->length);
	list->text += used;
	list->length -= used;
	return true;
}

static bool
begins_with(struct name name, const char *word)
{
	size_t length = strlen(word);
	return name.length >= length && memcmp(name.text, word, length) == 0;
}

/* Entries that announce an extension and are no algorithm (RFC 8308 2.1). */
static bool
is_signal(struct name name)
{
	return begins_with(name, "ext-info-") || begins_with(name, "kex-strict-");
}

/* Ciphers that need no MAC (RFC 5647). */
static bool
is_aead(struct name name)
{
	static const char *const names[] = { "chacha20-poly1305", "aes128-gcm@", "aes256-gcm@",
					     "AEAD_AES_" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (begins_with(name, names[i]))
			return true;
	return false;
}

/* The client's first name that the server has, too (RFC 4253 7.1). */
static bool
chosen(struct name client, struct name server, struct name *ret_name)
{
	struct name offered, known;
	while (next_name(&client, &offered)) {
		if (is_signal(offered))
			continue;
		struct name rest = server;
		while (next_name(&rest, &known)) {
			if (known.length == offered.length &&
			    memcmp(known.text, offered.text, known.length) == 0) {
				*ret_name = offered;
				return true;
			}
		}
	}
	return false;
}

int
ssh_compare(const struct ssh_offer *client, const struct ssh_offer *server, enum ssh_list *ret_list)
{
	bool aead[SSH_LISTS] = { false };
	for (unsigned i = 0; i < SSH_LISTS; i++) {
		struct name ours, theirs, name;
		if (!ssh_offer_list(client, (enum ssh_list)i, &ours.text, &ours.length) ||
		    !ssh_offer_list(server, (enum ssh_list)i, &theirs.text, &theirs.length))
			return -1;
		bool common = chosen(ours, theirs, &name);
		if (i == SSH_CIPHER_C2S || i == SSH_CIPHER_S2C)
			aead[i] = common && is_aead(name);
		bool needless = (i == SSH_MAC_C2S && aead[SSH_CIPHER_C2S]) ||
				(i == SSH_MAC_S2C && aead[SSH_CIPHER_S2C]);
		if (!common && !needless) {
			*ret_list = (enum ssh_list)i;
			return 1;
		}
	}
	return 0;
}

/* SPDX-License-Identifier: BSD-2-Clause */
/* HTTP/1: the first message of a half, as far as its length and its meaning can be told (RFC
 * 9112). */
#include "analyzer/application_parts.h"

enum {
	LENGTH_DIGITS_MAX = 15,
	BAD_REQUEST = 400,
};

/* What servers that expect TLS write into their 400: nginx, Go, Apache httpd, Tomcat. The first
 * character of each stands nowhere else in it, so that it can be looked for without going back. */
static const char *const tls_phrases[] = { "HTTPS port", "HTTPS server", "-enabled server port",
					   "requires TLS" };

static uint8_t
lower(char byte)
{
	return (uint8_t)(byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
}

/* The value of a header line if it has that name, else NULL; name in small letters, with colon. */
static const char *
header_value(const struct http_half *http, const char *name, uint32_t *ret_length)
{
	uint32_t i = 0, end = http->line_length;
	while (name[i] != '\0' && i < end && lower(http->line[i]) == (uint8_t)name[i])
		i++;
	if (name[i] != '\0')
		return NULL;
	while (i < end && (http->line[i] == ' ' || http->line[i] == '\t'))
		i++;
	while (end > i && (http->line[end - 1] == ' ' || http->line[end - 1] == '\t'))
		end--;
	*ret_length = end - i;
	return http->line + i;
}

static int64_t
number(const char *digits, uint32_t length)
{
	int64_t value = 0;
	if (length == 0 || length > LENGTH_DIGITS_MAX)
		return -1;
	for (uint32_t i = 0; i < length; i++) {
		if (digits[i] < '0' || digits[i] > '9')
			return -1;
		value = value * 10 + (digits[i] - '0');
	}
	return value;
}

static void
first_line(struct http_half *http)
{
	const char *line = http->line;
	uint32_t space = 0;
	http->started = true;
	http->content_length = -1;
	http->head = http->request && http->line_length > 5 && memcmp(line, "HEAD ", 5) == 0;
	while (space < http->line_length && line[space] != ' ')
		space++;
	if (!http->request && space + 4 <= http->line_length) {
		int64_t status = number(line + space + 1, 3);
		http->status = (uint16_t)(status < 0 ? 0 : status);
	}
}

static void
header_line(struct application_half *half)
{
	struct http_half *http = &half->http;
	uint32_t length;
	const char *value = header_value(http, "content-length:", &length);
	if (value != NULL)
		http->content_length = number(value, length);
	if (header_value(http, "transfer-encoding:", &length) != NULL)
		http->chunked = true;
	value = http->request ? header_value(http, "host:", &length) : NULL;
	if (value != NULL && half->text_length == 0)
		text_append(half, (const uint8_t *)value, length);
}

static void
end_line(struct application_half *half, uint32_t offset)
{
	struct http_half *http = &half->http;
	if (http->line_length > 0 && http->line[http->line_length - 1] == '\r')
		http->line_length--;
	if (!http->started)
		first_line(http);
	else if (http->line_length == 0)
		http->header_end = half->taken + offset;
	else
		header_line(half);
	http->line_length = 0;
}

static void
look_for_phrases(struct http_half *http, char byte)
{
	for (size_t i = 0; i < sizeof(tls_phrases) / sizeof(tls_phrases[0]); i++) {
		const char *phrase = tls_phrases[i];
		uint8_t known = http->phrase[i];
		http->phrase[i] = (uint8_t)(byte == phrase[known] ? known + 1 : byte == phrase[0]);
		if (phrase[http->phrase[i]] == '\0') {
			http->wants_tls = true;
			http->phrase[i] = 0;
		}
	}
}

void
http_feed(struct application_half *half, const struct application_input *input,
	  const uint8_t *bytes, uint32_t length)
{
	struct http_half *http = &half->http;
	if (!moment_happened(half->begin))
		half->begin = input->at;
	for (uint32_t i = 0; i < length; i++) {
		if (http->header_end == 0 && bytes[i] == '\n')
			end_line(half, i + 1);
		else if (http->header_end == 0 && http->line_length < HTTP_LINE_MAX)
			http->line[http->line_length++] = (char)bytes[i];
		else if (http->header_end != 0 && http->status != BAD_REQUEST)
			return;
		else if (http->header_end != 0)
			look_for_phrases(http, (char)bytes[i]);
	}
}

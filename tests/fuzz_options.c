/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzzing of the command line: any words, one on a line; what is refused is refused in words. */
#include <stdlib.h>
#include <string.h>

#include "ui/options.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORDS_MAX = 32, TEXT_SIZE = 1024 };

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *bytes = malloc(size + 1);
	char *words[WORDS_MAX + 2] = { (char[]){ "tcpwhy" } };
	struct options options;
	char text[TEXT_SIZE];
	int count = 1;
	if (bytes == NULL)
		return 0;
	memcpy(bytes, data, size);
	bytes[size] = '\0';
	char *rest = NULL;
	for (char *word = strtok_r(bytes, "\n", &rest); word != NULL && count <= WORDS_MAX;
	     word = strtok_r(NULL, "\n", &rest))
		words[count++] = word;
	memset(text, 'x', sizeof(text));
	if (!options_parse(&options, count, words, text, sizeof(text)) &&
	    (memchr(text, '\0', sizeof(text)) == NULL || text[0] == '\0' ||
	     text[strlen(text) - 1] != '\n'))
		abort();
	options_release(&options);
	free(bytes);
	return 0;
}

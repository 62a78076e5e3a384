/* SPDX-License-Identifier: Apache-2.0 */
/* The table is written by scripts/symbols.py between the two links. */
#include <lib/symbols.h>

#include <lib/image.h>

#define DEPTH_MAX 32 /* of codes in codes */

extern const uint32_t symbol_count;
extern const uint32_t symbol_warm_count; /* then come the cold part's */
extern const uint32_t symbol_step;       /* bytes */
extern const uint8_t symbol_steps[];
extern const uint8_t symbol_pairs[256][2];
extern const uint8_t symbol_names[];

static char name_buffer[SYMBOL_NAME_MAX];

/* Characters that are still to come: of a code, and of the table. */
struct reader {
	const uint8_t *at;
	uint8_t stack[DEPTH_MAX + 1];
	unsigned int depth;
};

static char next_char(struct reader *r)
{
	for (;;) {
		uint8_t code = r->depth ? r->stack[--r->depth] : *r->at++;

		if (symbol_pairs[code][0] == code)
			return (char)code;
		r->stack[r->depth++] = symbol_pairs[code][1];
		r->stack[r->depth++] = symbol_pairs[code][0];
	}
}

static const char *name_of(uint32_t index)
{
	struct reader r = {.at = symbol_names};
	size_t len = 0;
	char c;

	while (index)
		if (!next_char(&r))
			index--;
	while ((c = next_char(&r)) && len < SYMBOL_NAME_MAX - 1)
		name_buffer[len++] = c;
	name_buffer[len] = '\0';
	return name_buffer;
}

/* One byte below 128, else two, the higher one first. */
static uint64_t step_read(const uint8_t **at)
{
	uint64_t step = *(*at)++;

	if (step >= 128)
		step = (step - 128) << 8 | *(*at)++;
	return step * symbol_step;
}

const char *symbol_lookup(uint64_t pc, uint64_t *offset)
{
	uint64_t at = (uint64_t)(uintptr_t)image.text;
	const uint8_t *steps = symbol_steps;
	uint64_t begin = 0;
	uint32_t i;

	for (i = 0; i < symbol_count; i++) {
		if (i == symbol_warm_count)
			at = (uint64_t)(uintptr_t)image.cold_text;
		at += step_read(&steps);
		if (at > pc)
			break;
		begin = at;
	}
	if (!i)
		return NULL;
	*offset = pc - begin;
	return name_of(i - 1);
}

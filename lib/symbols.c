/* SPDX-License-Identifier: Apache-2.0 */
/* The table is written by scripts/symbols.py between the two links. */
#include <lib/symbols.h>

#define FIRST_CODE 128
#define STEP 4 /* bytes */
/* Pairs may hold codes of pairs: a name of 64 bytes needs no deeper stack. */
#define STACK_MAX 64

extern const uint32_t symbol_count;
extern const uint16_t symbol_steps[];
extern const uint8_t symbol_pairs[][2];
extern const uint8_t symbol_names[];

static char name_buffer[SYMBOL_NAME_MAX];

/* Write the bytes that one code stands for at @at; return where they end. */
static size_t expand(uint8_t code, size_t at)
{
	uint8_t stack[STACK_MAX];
	size_t depth = 0;

	stack[depth++] = code;
	while (depth && at < SYMBOL_NAME_MAX - 1) {
		code = stack[--depth];
		if (code < FIRST_CODE) {
			name_buffer[at++] = (char)code;
			continue;
		}
		if (depth + 2 > STACK_MAX)
			break;
		stack[depth++] = symbol_pairs[code - FIRST_CODE][1];
		stack[depth++] = symbol_pairs[code - FIRST_CODE][0];
	}
	return at;
}

static const char *name_of(uint32_t index)
{
	const uint8_t *text = symbol_names;
	size_t at = 0;

	while (index--)
		while (*text++)
			;
	while (*text)
		at = expand(*text++, at);
	name_buffer[at] = '\0';
	return name_buffer;
}

const char *symbol_lookup(uint64_t link_offset, uint64_t *offset)
{
	uint64_t at = 0;
	uint32_t i;

	for (i = 0; i < symbol_count; i++) {
		if (at + symbol_steps[i] * STEP > link_offset)
			break;
		at += symbol_steps[i] * STEP;
	}
	if (!i)
		return NULL;
	*offset = link_offset - at;
	return name_of(i - 1);
}

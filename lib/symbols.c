/* SPDX-License-Identifier: Apache-2.0 */
/* The table is written by scripts/symbols.py between the two links. */
#include <lib/symbols.h>

#include <lib/image.h>

#define DEPTH_MAX 32 /* of codes in codes */

extern const uint32_t symbol_count, symbol_cold_count;
extern const uint32_t symbol_step; /* bytes */
extern const uint8_t symbol_steps[];
extern const uint8_t symbol_pairs[256][2];
extern const uint8_t symbol_names[];
/* in the cold part */
extern const uint8_t symbol_cold_steps[], symbol_cold_names[];

static bool cold_is_there; /* atomic */
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

static const char *name_of(const uint8_t *names, uint32_t index)
{
	struct reader r = {.at = names};
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

void symbols_add_cold(void)
{
	__atomic_store_n(&cold_is_there, true, __ATOMIC_RELEASE);
}

const char *symbol_lookup(uint64_t pc, uint64_t *offset)
{
	bool cold = pc >= (uint64_t)(uintptr_t)image.cold_text;
	uint64_t at =
		(uint64_t)(uintptr_t)(cold ? image.cold_text : image.text);
	const uint8_t *steps = cold ? symbol_cold_steps : symbol_steps;
	uint32_t count = cold ? symbol_cold_count : symbol_count;
	uint64_t begin = 0;
	uint32_t i;

	if (cold && !__atomic_load_n(&cold_is_there, __ATOMIC_ACQUIRE))
		return NULL;
	for (i = 0; i < count; i++) {
		at += step_read(&steps);
		if (at > pc)
			break;
		begin = at;
	}
	if (!i)
		return NULL;
	*offset = pc - begin;
	return name_of(cold ? symbol_cold_names : symbol_names, i - 1);
}

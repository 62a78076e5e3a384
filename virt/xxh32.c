/* SPDX-License-Identifier: Apache-2.0 */
/* By xxHash's specification, 0.2.0: "XXH32 Algorithm Description". */
#include "xxh32.h"

#include <lib/bytes.h>
#include <lib/util.h>
#include <string.h>

#define PRIME_1 0x9e3779b1u
#define PRIME_2 0x85ebca77u
#define PRIME_3 0xc2b2ae3du
#define PRIME_4 0x27d4eb2fu
#define PRIME_5 0x165667b1u

static uint32_t rotate(uint32_t v, unsigned int by)
{
	return v << by | v >> (32 - by);
}

static void stripe(struct xxh32 *x, const uint8_t *p)
{
	for (unsigned int i = 0; i < 4; i++)
		x->lanes[i] =
			rotate(x->lanes[i] + get32(p + 4 * i) * PRIME_2, 13) *
			PRIME_1;
}

void xxh32_begin(struct xxh32 *x)
{
	*x = (struct xxh32){
		.lanes = {PRIME_1 + PRIME_2, PRIME_2, 0, 0u - PRIME_1},
	};
}

void xxh32_add(struct xxh32 *x, const void *data, size_t len)
{
	const uint8_t *p = data;
	size_t have = x->total % 16;

	x->total += len;
	if (have) {
		size_t part = MIN(len, 16 - have);

		memcpy(x->rest + have, p, part);
		p += part;
		len -= part;
		if (have + part < 16)
			return;
		stripe(x, x->rest);
	}
	for (; len >= 16; p += 16, len -= 16)
		stripe(x, p);
	memcpy(x->rest, p, len);
}

uint32_t xxh32_end(const struct xxh32 *x)
{
	const uint8_t *p = x->rest;
	size_t left = x->total % 16;
	uint32_t h = PRIME_5;

	if (x->total >= 16)
		h = rotate(x->lanes[0], 1) + rotate(x->lanes[1], 7) +
		    rotate(x->lanes[2], 12) + rotate(x->lanes[3], 18);
	h += (uint32_t)x->total;
	for (; left >= 4; p += 4, left -= 4)
		h = rotate(h + get32(p) * PRIME_3, 17) * PRIME_4;
	for (; left; p++, left--)
		h = rotate(h + *p * PRIME_5, 11) * PRIME_1;
	h = (h ^ h >> 15) * PRIME_2;
	h = (h ^ h >> 13) * PRIME_3;
	return h ^ h >> 16;
}

uint32_t xxh32(const void *data, size_t len)
{
	struct xxh32 x;

	xxh32_begin(&x);
	xxh32_add(&x, data, len);
	return xxh32_end(&x);
}

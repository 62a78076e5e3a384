/* SPDX-License-Identifier: Apache-2.0 */
/* XXH32, the checksum of LZ4's frames, with seed 0. */
#ifndef VIRT_XXH32_H
#define VIRT_XXH32_H

#include <lib/types.h>

struct xxh32 {
	uint32_t lanes[4];
	uint8_t rest[16];
	uint64_t total;
};

void xxh32_begin(struct xxh32 *x);
void xxh32_add(struct xxh32 *x, const void *data, size_t len);
uint32_t xxh32_end(const struct xxh32 *x);
/** xxh32() - of one piece */
uint32_t xxh32(const void *data, size_t len);

#endif

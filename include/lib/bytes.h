/* SPDX-License-Identifier: Apache-2.0 */
/* Little-endian numbers in files and on disks, at any address. */
#ifndef LIB_BYTES_H
#define LIB_BYTES_H

#include <lib/types.h>

static inline uint16_t get16(const void *at)
{
	const uint8_t *b = at;

	return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t get32(const void *at)
{
	return get16(at) | (uint32_t)get16((const uint8_t *)at + 2) << 16;
}

static inline uint64_t get64(const void *at)
{
	return get32(at) | (uint64_t)get32((const uint8_t *)at + 4) << 32;
}

static inline uint32_t get32_be(const void *at)
{
	return __builtin_bswap32(get32(at));
}

static inline void put16(void *at, uint16_t value)
{
	uint8_t *b = at;

	b[0] = (uint8_t)value;
	b[1] = (uint8_t)(value >> 8);
}

static inline void put32(void *at, uint32_t value)
{
	put16(at, (uint16_t)value);
	put16((uint8_t *)at + 2, (uint16_t)(value >> 16));
}

#endif

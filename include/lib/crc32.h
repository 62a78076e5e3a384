/* SPDX-License-Identifier: Apache-2.0 */
/* The two CRCs of 32 bits on disks, reflected */
#ifndef LIB_CRC32_H
#define LIB_CRC32_H

#include <lib/types.h>

/* Which: the remainders of the sixteen half-bytes */
extern const uint32_t crc32_ieee[16];       /* ISO 3309 */
extern const uint32_t crc32_castagnoli[16]; /* ext4: crc32c */

/** crc32_step() - @crc after @len more bytes, inverted at no end */
uint32_t crc32_step(const uint32_t table[16], uint32_t crc, const void *data,
		    size_t len);

/**
 * crc32() - of ISO 3309, as gzip and GPT have it: @crc after @len more bytes
 * @crc: 0 at the beginning
 *
 * zlib calls it by the types of its own, see scripts/third_party.mk.
 */
unsigned long crc32(unsigned long crc, const unsigned char *data,
		    unsigned int len);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The two CRCs of 32 bits on disks, reflected, without inversion at the ends */
#ifndef FS_CRC32_H
#define FS_CRC32_H

#include <lib/types.h>

/* Which: the remainders of the sixteen half-bytes */
extern const uint32_t crc32_ieee[16];       /* GPT */
extern const uint32_t crc32_castagnoli[16]; /* ext4: crc32c */

/** crc32_step() - @crc after @len more bytes */
uint32_t crc32_step(const uint32_t table[16], uint32_t crc, const void *data,
		    size_t len);

#endif

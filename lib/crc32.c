/* SPDX-License-Identifier: Apache-2.0 */
/* CRCs by half-bytes: two tables of 64 bytes, about ten instructions a byte. */
#include <lib/crc32.h>

/* Remainders of n·x^28 modulo 0xedb88320 (reflected 0x04c11db7) */
const uint32_t crc32_ieee[16] = {
	0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
	0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
	0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
};

/* The same of 0x82f63b78 (reflected 0x1edc6f41) */
const uint32_t crc32_castagnoli[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
	0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
	0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t crc32_step(const uint32_t table[16], uint32_t crc, const void *data,
		    size_t len)
{
	const uint8_t *at = data;

	while (len--) {
		crc ^= *at++;
		crc = crc >> 4 ^ table[crc & 15];
		crc = crc >> 4 ^ table[crc & 15];
	}
	return crc;
}

unsigned long crc32(unsigned long crc, const unsigned char *data,
		    unsigned int len)
{
	return (uint32_t)~crc32_step(crc32_ieee, (uint32_t)~crc, data, len);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the compiler calls where the ISA has no instruction for it (Zbb): its
 * own run-time library is not linked.
 */
#include <stdint.h>

int __ctzdi2(uint64_t value);
int __clzdi2(uint64_t value);
uint64_t __bswapdi2(uint64_t value);
uint32_t __bswapsi2(uint32_t value);

/* By halves: where the lower one is empty, it lies in the upper one. */
int __ctzdi2(uint64_t value)
{
	int count = 0;

	for (int half = 32; half; half /= 2) {
		if (value << (64 - half))
			continue;
		value >>= half;
		count += half;
	}
	return count;
}

int __clzdi2(uint64_t value)
{
	int count = 0;

	for (int half = 32; half; half /= 2) {
		if (value >> (64 - half))
			continue;
		value <<= half;
		count += half;
	}
	return count;
}

uint32_t __bswapsi2(uint32_t value)
{
	value = (value >> 8 & 0x00ff00ff) | (value & 0x00ff00ff) << 8;
	return value >> 16 | value << 16;
}

uint64_t __bswapdi2(uint64_t value)
{
	value = (value >> 8 & 0x00ff00ff00ff00ff) | (value & 0x00ff00ff00ff00ff)
							    << 8;
	value = (value >> 16 & 0x0000ffff0000ffff) |
		(value & 0x0000ffff0000ffff) << 16;
	return value >> 32 | value << 32;
}

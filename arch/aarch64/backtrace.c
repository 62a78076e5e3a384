/* SPDX-License-Identifier: Apache-2.0 */
/* Frame records: AAPCS64 6.4.6, pairs of (caller's record, return address). */
#include <arch/cpu.h>

unsigned int arch_backtrace(hva_t frame, hva_t stack_lo, hva_t stack_hi,
			    uint64_t *pcs, unsigned int max)
{
	uint64_t fp = frame.v;
	uint64_t lowest = stack_lo.v;
	unsigned int count = 0;

	if (fp == 0)
		fp = (uintptr_t)__builtin_frame_address(0);
	while (count < max) {
		const uint64_t *record = (const uint64_t *)(uintptr_t)fp;

		if (fp < lowest || fp % 16 || stack_hi.v < 16 ||
		    fp > stack_hi.v - 16)
			break;
		if (record[1] == 0)
			break;
		pcs[count++] = record[1];
		lowest = fp + 16; /* only upwards: no loops */
		fp = record[0];
	}
	return count;
}

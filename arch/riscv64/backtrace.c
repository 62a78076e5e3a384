/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frame records: RISC-V psABI, "Frame Pointer Convention": below where s0
 * points stand the return address and, below that, the caller's s0.
 *
 * A function that calls none has no return address to save: its caller's s0
 * stands in that place. Where a trap met such a one, the caller is known by
 * the register ra alone, which the report shows; here it is left out.
 */
#include <arch/cpu.h>

static bool is_record(uint64_t fp, uint64_t lowest, uint64_t end)
{
	return fp % 16 == 0 && fp >= lowest && fp - lowest >= 16 && fp <= end;
}

unsigned int arch_backtrace(hva_t frame, hva_t stack_lo, hva_t stack_hi,
			    uint64_t *pcs, unsigned int max)
{
	uint64_t fp = frame.v;
	uint64_t lowest = stack_lo.v;
	unsigned int count = 0;

	if (fp == 0)
		fp = (uintptr_t)__builtin_frame_address(0);
	while (count < max && is_record(fp, lowest, stack_hi.v)) {
		const uint64_t *record = (const uint64_t *)(uintptr_t)fp - 2;

		lowest = fp; /* only upwards: no loops */
		if (is_record(record[1], lowest, stack_hi.v)) {
			fp = record[1];
			continue;
		}
		if (record[1] == 0)
			break;
		pcs[count++] = record[1];
		fp = record[0];
	}
	return count;
}

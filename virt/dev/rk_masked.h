/* SPDX-License-Identifier: Apache-2.0 */
/* Registers of Rockchip's that are written by the bits that a mask names. */
#ifndef VIRT_DEV_RK_MASKED_H
#define VIRT_DEV_RK_MASKED_H

#include <lib/types.h>

/** rk_masked_write() - others may be at other bits of it. Return: what it was
 */
static inline uint32_t rk_masked_write(uint32_t *cell, uint32_t mask,
				       uint32_t value)
{
	uint32_t old = __atomic_load_n(cell, __ATOMIC_RELAXED), new;

	do {
		new = (old & ~mask) | (value & mask);
	} while (!__atomic_compare_exchange_n(
		cell, &old, new, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	return old;
}

#endif

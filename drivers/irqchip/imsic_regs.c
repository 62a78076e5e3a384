/* SPDX-License-Identifier: Apache-2.0 */
#include "imsic_regs.h"

void imsic_cpu_init(const struct imsic *imsic)
{
	arch_imsic_write(IMSIC_EIDELIVERY, 0);
	for (unsigned int id = 0; id <= imsic->id_count; id += 64) {
		/* two of 32 bits each, of which only the even number is one */
		arch_imsic_write(IMSIC_EIP0 + id / 32, 0);
		arch_imsic_write(IMSIC_EIE0 + id / 32, UINT64_MAX);
	}
	arch_imsic_write(IMSIC_EITHRESHOLD, 0); /* none is too low */
	arch_imsic_write(IMSIC_EIDELIVERY, 1);
}

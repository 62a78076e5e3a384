/* SPDX-License-Identifier: Apache-2.0 */
/* What the drivers found, and the calling hart's interrupt file. */
#include <arch/aia.h>

#include <asm/csr.h>
#include <asm/features.h>

static const struct imsic *imsic_found;
static const struct aplic_info *aplic_found;

void arch_imsic_register(const struct imsic *imsic)
{
	imsic_found = imsic;
}

const struct imsic *arch_imsic(void)
{
	return imsic_found;
}

void arch_aplic_register(const struct aplic_info *aplic)
{
	aplic_found = aplic;
}

const struct aplic_info *arch_aplic(void)
{
	return aplic_found;
}

bool arch_imsic_usable(void)
{
	return riscv64_all_have("ssaia");
}

void arch_imsic_write(unsigned int reg, uint64_t value)
{
	csr_write(reg, CSR_SISELECT);
	csr_write(value, CSR_SIREG);
}

/* What is read and written at once is taken; identity and priority are one. */
unsigned int arch_imsic_claim(void)
{
	uint64_t top = csr_swap(0, CSR_STOPEI);

	return (unsigned int)(top >> 16) & IMSIC_ID_MAX;
}

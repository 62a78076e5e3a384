/* SPDX-License-Identifier: Apache-2.0 */
/* What the second stage of this machine's harts is like. */
#include <asm/stage2.h>

#include <asm/csr.h>
#include <asm/features.h>

#include "pgtable_format.h"

#define HGATP_VMID GENMASK(57, 44)
#define HGATP_VMID_SHIFT 44

static const struct pgt_format *stage2_format;
static unsigned int vmid_bits;

/* A mode that is missing leaves hgatp as it was: H 2.10. */
static const struct pgt_format *stage2_find(void)
{
	for (unsigned int levels = RISCV64_LEVELS_MAX;
	     levels >= RISCV64_LEVELS_MIN; levels--) {
		const struct pgt_format *f = riscv64_stage2_format(
			levels, riscv64_features()->svpbmt);
		uint64_t wanted = riscv64_hgatp(f, hpa(0), 0);

		csr_write(wanted, CSR_HGATP);
		if (csr_read(CSR_HGATP) == wanted)
			return f;
	}
	return NULL;
}

static unsigned int vmid_bits_find(const struct pgt_format *f)
{
	uint64_t bits;

	csr_write(riscv64_hgatp(f, hpa(0), 0) | HGATP_VMID, CSR_HGATP);
	bits = (csr_read(CSR_HGATP) & HGATP_VMID) >> HGATP_VMID_SHIFT;
	return (unsigned int)__builtin_popcountll(bits);
}

const char *riscv64_stage2_probe(void)
{
	stage2_format = stage2_find();
	if (stage2_format)
		vmid_bits = vmid_bits_find(stage2_format);
	csr_write(0, CSR_HGATP);
	return stage2_format ? NULL : "no mode that is known";
}

uint64_t riscv64_stage2_hgatp(hpa_t root, uint16_t vmid)
{
	return riscv64_hgatp(stage2_format, root, vmid);
}

const struct pgt_format *arch_stage2_format(void)
{
	return stage2_format;
}

unsigned int arch_stage2_vmid_bits(void)
{
	return vmid_bits;
}

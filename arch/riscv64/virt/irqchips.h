/* SPDX-License-Identifier: Apache-2.0 */
/* Which interrupt controllers a guest has, and where they stand. */
#ifndef RISCV64_VIRT_IRQCHIPS_H
#define RISCV64_VIRT_IRQCHIPS_H

#include <lib/types.h>
#include <lib/util.h>

struct vm_config;

enum irqchip_kind {
	IRQCHIP_PLIC,
	IRQCHIP_APLIC, /* one that interrupts the harts directly */
	IRQCHIP_AIA,   /* IMSICs, and an APLIC that sends them messages */
};

/**
 * struct irqchips - constant for a VM
 * @sources: of PLIC or APLIC
 * @base, @size_bytes: its window
 * @files, @files_bytes: AIA: the vCPUs' interrupt files, a page each
 * @ids:     AIA: identities are 1 to this
 */
struct irqchips {
	enum irqchip_kind kind;
	unsigned int sources;
	uint64_t base, size_bytes;
	uint64_t files, files_bytes;
	unsigned int ids;
};

/**
 * irqchips_choose() - what emu_devices says, else what the machine itself has
 * @fdt: of the host
 *
 * Return: 0; -EINVAL with a logged reason.
 */
int __must_check irqchips_choose(const struct vm_config *config,
				 const void *fdt, struct irqchips *chips);

#endif

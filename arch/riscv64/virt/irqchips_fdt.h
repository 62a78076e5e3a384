/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RISCV64_VIRT_IRQCHIPS_FDT_H
#define RISCV64_VIRT_IRQCHIPS_FDT_H

#include <lib/types.h>
#include <lib/util.h>

struct irqchips;

/**
 * irqchips_fdt_fixup() - a guest's tree has the controllers that the guest has
 * @hartids: of each vCPU
 *
 * The node that devices name as their controller stays, or gives its phandle
 * to the one that takes its place; all others go. Interrupts of devices are
 * written anew where the new controller has other cells. A PLIC's node is there
 * afterwards, but for what vplic_fdt_fixup() says.
 *
 * Return: 0; -ENOENT: the tree has no controller, or no interrupt controller
 * of a vCPU; -ENOSPC; -EINVAL: damaged.
 */
int __must_check irqchips_fdt_fixup(const struct irqchips *chips,
				    const uint64_t *hartids, unsigned int vcpus,
				    void *fdt);

#endif

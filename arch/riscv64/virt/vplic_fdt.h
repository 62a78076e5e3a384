/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RISCV64_VIRT_VPLIC_FDT_H
#define RISCV64_VIRT_VPLIC_FDT_H

#include <lib/types.h>
#include <lib/util.h>

struct vplic;

/**
 * vplic_fdt_fixup() - the PLIC's node in a guest's tree says what there is
 * @base, @size_bytes: its window
 * @hartids: of each vCPU
 *
 * Its contexts are the virtual one's in their order, those that are empty not
 * connected (-1). A hart's interrupt controller that has no phandle gets one.
 *
 * Return: 0; -ENOENT: the tree has no PLIC, or no interrupt controller of a
 * vCPU that has a context; -ENOSPC; -EINVAL: damaged.
 */
int __must_check vplic_fdt_fixup(const struct vplic *p, uint64_t base,
				 uint64_t size_bytes, const uint64_t *hartids,
				 void *fdt);

/** hart_intc_phandle() - of a hart's own interrupt controller, which is given
 * one where it has none. Return: 0; libfdt's error */
int __must_check hart_intc_phandle(void *fdt, uint64_t hartid,
				   uint32_t *phandle);

#endif

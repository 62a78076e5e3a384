/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PLIC in a guest's tree: bindings sifive,plic-1.0.0 (riscv,plic0) and
 * riscv,cpu-intc.
 */
#include "vplic_fdt.h"

#include "vplic.h"

#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>

#define NOT_CONNECTED 0xffffffffu

static int fdt_err(int rc)
{
	if (rc >= 0)
		return 0;
	if (rc == -FDT_ERR_NOTFOUND)
		return -ENOENT;
	return rc == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
}

/* A cpu node's reg is a hart id of one or two cells. */
static bool is_hart(const void *fdt, int node, uint64_t hartid)
{
	const fdt32_t *reg;
	uint64_t id;
	int len;

	reg = fdt_prop(fdt, node, "reg", &len);
	if (!reg || (len != 4 && len != 8))
		return false;
	id = fdt32_to_cpu(reg[0]);
	if (len == 8)
		id = id << 32 | fdt32_to_cpu(reg[1]);
	return id == hartid;
}

/* the interrupt controller inside the hart's node; or libfdt's error */
static int intc_of(const void *fdt, uint64_t hartid)
{
	static const char *const intc[] = {"riscv,cpu-intc", NULL};
	int cpus = fdt_path_node(fdt, "/cpus", 5);
	int cpu, node;

	if (cpus < 0)
		return -FDT_ERR_NOTFOUND;
	fdt_for_each_child (cpu, fdt, cpus) {
		if (!is_hart(fdt, cpu, hartid))
			continue;
		fdt_for_each_child (node, fdt, cpu) {
			if (fdt_node_compatible_any(fdt, node, intc))
				return node;
		}
	}
	return -FDT_ERR_NOTFOUND;
}

int hart_intc_phandle(void *fdt, uint64_t hartid, uint32_t *phandle)
{
	int node = intc_of(fdt, hartid);

	if (node < 0)
		return node;
	*phandle = fdt_get_phandle(fdt, node);
	if (*phandle)
		return 0;
	*phandle = fdt_phandle_unused(fdt);
	if (!*phandle)
		return -FDT_ERR_NOPHANDLES;
	return fdt_setprop_u32(fdt, node, "phandle", *phandle);
}

/* A context that is empty needs a hart's controller all the same: any. */
static int contexts_write(const struct vplic *p, const uint64_t *hartids,
			  void *fdt, fdt32_t *cells)
{
	for (unsigned int c = 0; c < p->contexts; c++) {
		bool empty = p->vcpu_of[c] == VPLIC_NOBODY;
		uint32_t phandle;
		int rc = hart_intc_phandle(
			fdt, hartids[empty ? 0 : p->vcpu_of[c]], &phandle);

		if (rc < 0)
			return rc;
		cells[2 * c] = cpu_to_fdt32(phandle);
		cells[2 * c + 1] =
			cpu_to_fdt32(empty ? NOT_CONNECTED : VPLIC_CAUSE_S);
	}
	return 0;
}

static int cells_append(void *fdt, int node, int cells, uint64_t value)
{
	if (cells == 2)
		return fdt_appendprop_u64(fdt, node, "reg", value);
	if (cells != 1 || value >> 32)
		return -FDT_ERR_BADNCELLS;
	return fdt_appendprop_u32(fdt, node, "reg", (uint32_t)value);
}

static int reg_set(void *fdt, int node, uint64_t base, uint64_t size_bytes)
{
	int parent = fdt_parent(fdt, node);
	int rc = fdt_drop(fdt, node, "reg");

	if (!rc)
		rc = cells_append(fdt, node, fdt_address_cells(fdt, parent),
				  base);
	if (!rc)
		rc = cells_append(fdt, node, fdt_size_cells(fdt, parent),
				  size_bytes);
	return rc;
}

int vplic_fdt_fixup(const struct vplic *p, uint64_t base, uint64_t size_bytes,
		    const uint64_t *hartids, void *fdt)
{
	static const char *const plic[] = {"riscv,plic0", "sifive,plic-1.0.0",
					   NULL};
	fdt32_t cells[2 * VPLIC_CONTEXT_MAX];
	int node, rc;

	/* phandles first: they move the nodes behind */
	rc = contexts_write(p, hartids, fdt, cells);
	if (rc < 0)
		return fdt_err(rc);
	node = fdt_first_compatible(fdt, plic);
	if (node < 0)
		return -ENOENT;
	rc = fdt_setprop(fdt, node, "interrupts-extended", cells,
			 (int)(2 * sizeof(*cells)) * p->contexts);
	if (!rc)
		rc = fdt_setprop_u32(fdt, node, "riscv,ndev", p->sources);
	return fdt_err(rc ? rc : reg_set(fdt, node, base, size_bytes));
}

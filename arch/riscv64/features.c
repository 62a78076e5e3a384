/* SPDX-License-Identifier: Apache-2.0 */
/* What every hart of the host tree can: a task may run on any of them. */
#include <asm/features.h>

#include <asm/csr.h>
#include <lib/fdt.h>
#include <lib/util.h>
#include <libfdt.h>

#include <asm/isa.h>

static struct riscv64_features features;

const struct riscv64_features *riscv64_features(void)
{
	return &features;
}

/* A block's size, 0 where the extension or a usable size is missing. */
static uint32_t block_bytes(const void *fdt, int node, const char *ext,
			    const char *size_name)
{
	uint32_t size = fdt_u32(fdt, node, size_name, 0);

	if (!isa_node_has(fdt, node, ext) || size & (size - 1) || size < 8 ||
	    size > PAGE_SIZE)
		return 0;
	return size;
}

/*
 * Has firmware turned it on, in menvcfg? Only then can henvcfg have the bit, and
 * without it the types are reserved bits, which fault (Privileged ISA, "Svpbmt").
 * A hart without H cannot be asked.
 */
static bool pbmte_is_on(const void *fdt, int node)
{
	bool on;

	if (!isa_node_has(fdt, node, "h"))
		return true;
	csr_write(HENVCFG_PBMTE, CSR_HENVCFG);
	on = csr_read(CSR_HENVCFG) & HENVCFG_PBMTE;
	csr_write(0, CSR_HENVCFG);
	return on;
}

/* Blocks of different sizes are used by the least of them, or not. */
static void cpu_joins(const void *fdt, int node, bool first)
{
	uint32_t cbom =
		block_bytes(fdt, node, "zicbom", "riscv,cbom-block-size");
	uint32_t cboz =
		block_bytes(fdt, node, "zicboz", "riscv,cboz-block-size");

	if (first) {
		features.sstc = true;
		features.svpbmt = true;
		features.cbom_bytes = cbom;
		features.cboz_bytes = cboz;
	}
	features.sstc = features.sstc && isa_node_has(fdt, node, "sstc");
	features.svpbmt = features.svpbmt &&
			  isa_node_has(fdt, node, "svpbmt") &&
			  pbmte_is_on(fdt, node);
	features.cbom_bytes = MIN(features.cbom_bytes, cbom);
	if (features.cboz_bytes != cboz)
		features.cboz_bytes = 0;
}

void riscv64_features_probe(const void *fdt)
{
	int parent = fdt_child(fdt, 0, "cpus");
	bool first = true;
	int node;

	if (parent < 0)
		return;
	features.timebase_hz = fdt_u32(fdt, parent, "timebase-frequency", 0);
	fdt_for_each_child (node, fdt, parent) {
		if (!fdt_prop(fdt, node, "riscv,isa", NULL) &&
		    !fdt_prop(fdt, node, "riscv,isa-extensions", NULL))
			continue;
		if (!fdt_node_enabled(fdt, node))
			continue;
		if (!features.timebase_hz)
			features.timebase_hz =
				fdt_u32(fdt, node, "timebase-frequency", 0);
		cpu_joins(fdt, node, first);
		first = false;
	}
}

bool riscv64_all_have(const char *ext)
{
	const void *fdt = host_fdt();
	int cpus = fdt_path_node(fdt, "/cpus", 5);
	bool any = false;
	int node;

	if (cpus < 0)
		return false;
	fdt_for_each_child (node, fdt, cpus) {
		if ((!fdt_prop(fdt, node, "riscv,isa", NULL) &&
		     !fdt_prop(fdt, node, "riscv,isa-extensions", NULL)) ||
		    !fdt_node_enabled(fdt, node))
			continue;
		if (!isa_node_has(fdt, node, ext))
			return false;
		any = true;
	}
	return any;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* CPUs at boot: the tree's /cpus becomes the table of cpus[]. */
#include "core.h"

#include <arch/cpu.h>
#include <core/cpu.h>
#include <lib/fdt.h>
#include <lib/log.h>

#include <lib/fdt_walk.h>

#define LOG_TAG "cpus"

/* Return: the node's first reg entry, its affinity; false: it has none. */
static bool cpu_hwid(const void *fdt, int node, int address_cells,
		     uint64_t *hwid)
{
	int len;
	const void *reg = fdt_prop(fdt, node, "reg", &len);

	if (!reg || len != 4 * address_cells)
		return false;
	*hwid = address_cells == 2
			? (uint64_t)fdt_cell(reg, 0) << 32 | fdt_cell(reg, 1)
			: fdt_cell(reg, 0);
	return true;
}

static bool is_cpu(const void *fdt, int node)
{
	static const char type[] = "cpu";
	int len;
	const char *value = fdt_prop(fdt, node, "device_type", &len);

	return value && len == (int)sizeof(type) && value[0] == type[0] &&
	       value[1] == type[1] && value[2] == type[2] && !value[3];
}

static void cpu_found(const void *fdt, int node, uint64_t hwid,
		      const char *name)
{
	if (hwid == cpus[0].hwid) {
		cpus[0].node = node;
		return;
	}
	if (!fdt_node_enabled(fdt, node)) {
		log_info("%s is disabled by the device tree", name);
		return;
	}
	if (cpu_find_hwid(hwid)) {
		log_warn("%s: a second CPU %#lx, ignored", name,
			 (unsigned long)hwid);
		return;
	}
	if (cpu_count == CPU_MAX) {
		log_warn("%s is left off: built for %d CPUs", name, CPU_MAX);
		return;
	}
	cpus[cpu_count].id = cpu_count;
	cpus[cpu_count].hwid = hwid;
	cpus[cpu_count].node = node;
	cpu_count++;
}

static int address_cells_of(const void *fdt, int node)
{
	int len;
	const void *value = fdt_prop(fdt, node, "#address-cells", &len);

	return value && len == 4 ? (int)fdt_cell(value, 0) : 0;
}

void boot_cpus(void)
{
	const void *fdt = host_fdt();
	int parent = fdt_child(fdt, 0, "cpus");
	int address_cells = parent < 0 ? 0 : address_cells_of(fdt, parent);
	struct fdt_walk walk;
	enum fdt_token token;
	uint64_t hwid;

	cpus[0].hwid = arch_hwid();
	cpus[0].node = -1;
	cpu_count = 1;
	if (address_cells < 1 || address_cells > 2 ||
	    !fdt_walk_at(&walk, fdt, parent)) {
		log_warn("no usable /cpus in the device tree: one CPU");
		return;
	}
	do {
		token = fdt_walk_next(&walk);
		if (token != FDT_TOKEN_NODE || walk.depth != 2 ||
		    !is_cpu(fdt, walk.node))
			continue;
		if (cpu_hwid(fdt, walk.node, address_cells, &hwid))
			cpu_found(fdt, walk.node, hwid, walk.name);
		else
			log_warn("%s: malformed reg, ignored", walk.name);
	} while (token != FDT_TOKEN_DONE && walk.depth > 0);
	if (cpus[0].node < 0)
		log_warn("the boot CPU %#lx is not in the device tree",
			 (unsigned long)cpus[0].hwid);
}

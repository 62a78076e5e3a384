/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What no guest is given: the console's UART, the interrupt controller, the
 * timers and the firmware interface (the architecture names them), memory and
 * CPUs, and what other VMs own already.
 */
#include "plan.h"

#include <arch/virt.h>
#include <core/console.h>
#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vm.h>

static void *grown(void *old, unsigned int count, unsigned int *room,
		   size_t size)
{
	void *new;

	if (count < *room)
		return old;
	new = heap_alloc_array(*room ? 2 * *room : 32, size);
	if (!new)
		return NULL;
	*room = *room ? 2 * *room : 32;
	if (count)
		memcpy(new, old, count * size);
	heap_free(old);
	return new;
}

static int range_keep(struct host_kept *kept, uint64_t base,
		      uint64_t size_bytes, const char *name,
		      enum kept_kind kind)
{
	struct kept_range *ranges = grown(kept->ranges, kept->range_count,
					  &kept->range_room, sizeof(*ranges));

	if (!ranges)
		return -ENOMEM;
	kept->ranges = ranges;
	ranges[kept->range_count++] =
		(struct kept_range){base, size_bytes, name, kind};
	return 0;
}

static bool is_memory(const struct fdt_scan *scan)
{
	int len;
	const char *type = fdt_prop(scan->fdt, scan->node, "device_type", &len);

	return type && len == sizeof("memory") && !strcmp(type, "memory");
}

static int node_keep(struct host_kept *kept, const struct fdt_scan *scan,
		     bool has_addresses)
{
	int *nodes = grown(kept->nodes, kept->node_count, &kept->node_room,
			   sizeof(*nodes));
	struct fdt_reg reg;
	int err = 0;

	if (!nodes)
		return -ENOMEM;
	kept->nodes = nodes;
	nodes[kept->node_count++] = scan->node;
	for (unsigned int i = 0;
	     has_addresses && !err && !fdt_scan_reg(scan, i, &reg); i++)
		err = range_keep(kept, reg.addr, reg.size, scan->name,
				 is_memory(scan) ? KEPT_BANK : KEPT_REGISTERS);
	return err;
}

/* Is it the host's, with all that is below it? */
static bool subtree_is_hosts(const struct fdt_scan *scan)
{
	const struct console_dev *console = console_dev();
	const char *name = scan->name;

	if (scan->depth == 1 &&
	    (!strcmp(name, "cpus") || !strcmp(name, "reserved-memory") ||
	     !strcmp(name, "chosen") || !strcmp(name, "aliases")))
		return true;
	return (console && console->node == scan->node) || is_memory(scan) ||
	       fdt_node_compatible_any(scan->fdt, scan->node,
				       arch_fdt_rules()->always_compatible);
}

/* CPU nodes' reg is no address, reserved memory lies inside memory. */
static bool reg_is_address(const char *top)
{
	return strcmp(top, "cpus") && strcmp(top, "reserved-memory");
}

static int hosts_own(struct host_kept *kept, const void *fdt)
{
	int kept_depth = -1, err = 0;
	bool has_addresses = false;
	struct fdt_scan scan;

	if (!fdt_scan_init(&scan, fdt))
		return -EINVAL;
	while (!err && fdt_scan_next(&scan)) {
		if (scan.depth == 0)
			continue;
		if (kept_depth >= 0 && scan.depth <= kept_depth)
			kept_depth = -1;
		if (kept_depth < 0) {
			if (!subtree_is_hosts(&scan))
				continue;
			kept_depth = scan.depth;
			has_addresses = reg_is_address(scan.name);
		}
		err = node_keep(kept, &scan, has_addresses);
	}
	return err;
}

static int others_own(struct host_kept *kept, const void *fdt,
		      const struct vm *vm)
{
	const struct fdt_selection *sel = &vm->plan->selection;
	struct fdt_scan scan;
	int err = 0;

	if (!sel->own)
		return 0;
	if (!fdt_scan_init(&scan, fdt))
		return -EINVAL;
	for (unsigned int i = 0;
	     !err && i < sel->node_count && fdt_scan_next(&scan); i++)
		if (sel->own[i / 8] & BIT(i % 8))
			err = node_keep(kept, &scan, true);
	return err;
}

/* Memory that another VM was given by its host address. */
static int others_ram(struct host_kept *kept, const struct vm *vm)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < vm->ram_count; i++)
		if (!vm->ram[i].mapped)
			err = range_keep(
				kept, vm->ram[i].hpa.v, vm->ram[i].size_bytes,
				"another VM's memory", KEPT_OTHERS_RAM);
	return err;
}

int host_kept_find(const struct vm *vm, struct host_kept *kept)
{
	const void *fdt = host_fdt();
	int err;

	*kept = (struct host_kept){0};
	err = hosts_own(kept, fdt);
	for (const struct vm *other = vm_first(); !err && other;
	     other = other->next) {
		if (other == vm)
			continue;
		err = others_own(kept, fdt, other);
		if (!err)
			err = others_ram(kept, other);
	}
	if (err)
		host_kept_free(kept);
	return err;
}

void host_kept_free(struct host_kept *kept)
{
	heap_free(kept->nodes);
	heap_free(kept->ranges);
	*kept = (struct host_kept){0};
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What no guest is given: the console's UART, the interrupt controller, the
 * timers and the firmware interface (the architecture names them), memory and
 * CPUs, and what other VMs own already.
 */
#define LOG_TAG "passthrough"
#include "host_disks.h"
#include "plan.h"
#include "ranges.h"

#include <arch/virt.h>
#include <core/console.h>
#include <drivers/block.h>
#include <drivers/watchdog.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vm.h>

static int range_keep(struct host_kept *kept, uint64_t base,
		      uint64_t size_bytes, const char *name,
		      enum kept_kind kind)
{
	struct kept_range *ranges =
		array_grown(kept->ranges, kept->range_count, &kept->range_room,
			    sizeof(*ranges));

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
	int *nodes = array_grown(kept->nodes, kept->node_count,
				 &kept->node_room, sizeof(*nodes));
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
	/* a disk behind PCI has its own in there */
	for (unsigned int i = 0;
	     has_addresses && !err && pci_window(scan, i, &reg); i++)
		err = range_keep(kept, reg.addr, reg.size, scan->name,
				 KEPT_REGISTERS);
	return err;
}

/* Of the machine, not on a bus: every guest's tree has its own. */
static bool is_structure(const struct fdt_scan *scan)
{
	const char *name = scan->name;

	return (scan->depth == 1 && (fdt_name_is(name, "cpus") ||
				     fdt_name_is(name, "reserved-memory") ||
				     fdt_name_is(name, "chosen") ||
				     fdt_name_is(name, "aliases"))) ||
	       is_memory(scan);
}

/* A disk that it holds, or a device whose registers share a page with one. */
static bool is_with_disk(const struct host_kept *kept,
			 const struct fdt_scan *scan)
{
	return IS_ENABLED(CONFIG_BLOCK) && kept->disk_pages.count &&
	       host_disks_near(&kept->disk_pages, scan);
}

/* Is it the host's, with all that is below it? */
static bool subtree_is_hosts(const struct host_kept *kept,
			     const struct fdt_scan *scan)
{
	const struct arch_fdt_rules *rules = arch_fdt_rules();
	const struct console_dev *console = console_dev();

	return is_structure(scan) || (console && console->node == scan->node) ||
	       is_with_disk(kept, scan) ||
	       (IS_ENABLED(CONFIG_DW_WDT) && scan->node == watchdog_node()) ||
	       fdt_node_compatible_any(scan->fdt, scan->node,
				       rules->always_compatible) ||
	       fdt_node_compatible_any(scan->fdt, scan->node,
				       rules->kept_compatible);
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
			if (!subtree_is_hosts(kept, &scan))
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

bool reg_overlaps(const struct fdt_scan *scan, const struct vm_pt_device *dev)
{
	struct fdt_reg reg;

	for (unsigned int i = 0; !fdt_scan_reg(scan, i, &reg); i++)
		if (range_overlaps(reg.addr, reg.size, dev->hpa,
				   dev->size_bytes))
			return true;
	return false;
}

bool path_covers(const char *prefix, const char *path)
{
	size_t len = strlen(prefix);

	while (len && prefix[len - 1] == '/')
		len--;
	return !strncmp(prefix, path, len) &&
	       (path[len] == '/' || path[len] == '\0');
}

/*
 * What other VMs name, made or yet to be made: neither order of the guest
 * files gives a device to two of them, or to one that asked for "/".
 */

/* The nodes of a path with all below it, or of a tuple. */
static int claim_keep(struct host_kept *kept, const void *fdt,
		      const struct vm_pt_device *dev)
{
	int top = dev->path ? fdt_path_offset(fdt, dev->path) : -1;
	int top_depth = -1, err = 0;
	struct fdt_scan scan;

	if (!fdt_scan_init(&scan, fdt))
		return -EINVAL;
	if (!dev->path)
		err = range_keep(kept, dev->hpa, dev->size_bytes, dev->name,
				 KEPT_REGISTERS);
	while (!err && fdt_scan_next(&scan)) {
		if (scan.depth <= top_depth)
			top_depth = -1;
		if (scan.node == top)
			top_depth = scan.depth;
		if (top_depth >= 0 || (!dev->path && reg_overlaps(&scan, dev)))
			err = node_keep(kept, &scan, true);
	}
	return err;
}

/* Of two paths the longer one holds; of equal ones the first VM's. */
static bool is_cut_out(const struct vm_config *mine, const char *path)
{
	bool above = false;

	for (unsigned int i = 0; i < mine->pt_device_count; i++) {
		const char *own = mine->pt_devices[i].path;

		if (!own)
			continue;
		if (path_covers(path, own))
			return false;
		above |= path_covers(own, path);
	}
	return above;
}

static int claims_keep(struct host_kept *kept, const void *fdt,
		       const struct vm_config *mine,
		       const struct vm_config *other)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < other->pt_device_count; i++) {
		const struct vm_pt_device *dev = &other->pt_devices[i];

		if (!dev->path || is_cut_out(mine, dev->path))
			err = claim_keep(kept, fdt, dev);
	}
	return err;
}

/* Boot makes VMs in their table's order. */
static int pending_claims(struct host_kept *kept, const void *fdt,
			  const struct vm_config *mine)
{
	unsigned int i = 0;
	int err = 0;

	while (i < vm_boot_count && vm_boot_table[i] != mine)
		i++;
	for (i++; !err && i < vm_boot_count; i++)
		err = claims_keep(kept, fdt, mine, vm_boot_table[i]);
	return err;
}

int host_kept_find(const struct vm *vm, struct host_kept *kept)
{
	const void *fdt = host_fdt();
	int err;

	*kept = (struct host_kept){0};
	err = IS_ENABLED(CONFIG_BLOCK) ? host_disks_held(&kept->disk_pages) : 0;
	if (!err)
		err = hosts_own(kept, fdt);
	kept->own_count = kept->node_count;
	for (const struct vm *other = vm_first(); !err && other;
	     other = other->next) {
		if (other == vm)
			continue;
		err = others_own(kept, fdt, other);
		if (!err)
			err = others_ram(kept, other);
		if (!err)
			err = claims_keep(kept, fdt, vm->config, other->config);
	}
	if (!err)
		err = pending_claims(kept, fdt, vm->config);
	if (err)
		host_kept_free(kept);
	return err;
}

static bool path_wanted(const struct vm_config *config, const char *path)
{
	bool wanted = false;

	for (unsigned int i = 0; i < config->excluded_count; i++)
		if (path_covers(config->excluded[i], path))
			return false;
	for (unsigned int i = 0; i < config->pt_device_count && !wanted; i++)
		wanted = config->pt_devices[i].path &&
			 path_covers(config->pt_devices[i].path, path);
	return wanted;
}

/* Who has a node: NULL: nobody yet. */
static const char *keeper_of(const struct host_kept *kept, int node)
{
	for (unsigned int i = 0; i < kept->node_count; i++)
		if (kept->nodes[i] == node)
			return i < kept->own_count ? "the host" : "another VM";
	return NULL;
}

/* An emulated device stands there, which said so or was asked for. */
static bool is_stood_for(const struct vm *vm, const struct fdt_scan *scan)
{
	struct fdt_reg reg;

	if (fdt_scan_reg(scan, 0, &reg))
		return false;
	for (unsigned int i = 0; i < vm->vdev_count; i++)
		if (range_overlaps(vm->vdevs[i].gpa.v, vm->vdevs[i].size_bytes,
				   reg.addr, reg.size))
			return true;
	return false;
}

static bool is_device(const struct fdt_scan *scan)
{
	struct fdt_irq irq;
	struct fdt_reg reg;

	return !fdt_scan_reg(scan, 0, &reg) ||
	       !fdt_node_irq(scan->fdt, scan->node, 0, &irq);
}

static void node_warn(const struct vm *vm, const struct fdt_scan *scan,
		      const char *keeper)
{
	char path[128];

	if (fdt_scan_path(scan, path, sizeof(path)) &&
	    path_wanted(vm->config, path))
		log_warn("%s: %s stays with %s", vm->config->name, path,
			 keeper);
}

void host_kept_warn(const struct vm *vm, const struct host_kept *kept)
{
	struct fdt_scan scan;
	int told_depth = -1;

	if (!vm->config->pt_device_count || !fdt_scan_init(&scan, host_fdt()))
		return;
	while (fdt_scan_next(&scan)) {
		const char *keeper;

		if (told_depth >= 0 && scan.depth > told_depth)
			continue; /* goes with what it is below */
		told_depth = -1;
		keeper = scan.depth ? keeper_of(kept, scan.node) : NULL;
		if (!keeper || !(is_structure(&scan) || is_device(&scan)))
			continue;
		told_depth = scan.depth;
		/* of those in a disk's page, the disk is news */
		if (is_with_disk(kept, &scan) && !block_node_is_held(scan.node))
			continue;
		if (!is_structure(&scan) && !is_stood_for(vm, &scan))
			node_warn(vm, &scan, keeper);
	}
}

void host_kept_free(struct host_kept *kept)
{
	heap_free(kept->nodes);
	heap_free(kept->ranges);
	range_set_free(&kept->disk_pages);
	*kept = (struct host_kept){0};
}

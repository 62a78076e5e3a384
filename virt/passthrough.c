/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host devices in a VM: their registers in stage 2, their interrupts noted in
 * vm->irq_owned (vm_start() connects them).
 *
 * Everything at its own address is gathered in one set, what the host keeps,
 * the guest's RAM and the emulated devices are cut out, page by page, and what
 * is left is mapped. A tuple with another guest address goes the same way by
 * itself.
 */
#define LOG_TAG "passthrough"
#include "plan.h"
#include "ranges.h"

#include <arch/virt.h>
#include <core/cold.h>
#include <core/irq.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vm.h>

static int set_add_pages(struct range_set *set, uint64_t base, uint64_t size)
{
	uint64_t start = ALIGN_DOWN(base, PAGE_SIZE);

	if (!size || base + size < base || base + size > UINT64_MAX - PAGE_SIZE)
		return 0; /* no registers, or nonsense in the tree */
	return range_set_add(set, start,
			     ALIGN_UP(base + size, PAGE_SIZE) - start);
}

static int set_remove_pages(struct range_set *set, uint64_t base, uint64_t size)
{
	uint64_t start = ALIGN_DOWN(base, PAGE_SIZE);
	uint64_t end = base + size;

	if (!size)
		return 0;
	if (end < base || end > UINT64_MAX - PAGE_SIZE)
		end = UINT64_MAX;
	else
		end = ALIGN_UP(end, PAGE_SIZE);
	return range_set_remove(set, start, end - start);
}

/*
 * Cutting and mapping
 */

/* @delta: host address minus guest address, the same for the whole set */
static int cut_guests(struct vm *vm, struct range_set *set, uint64_t delta)
{
	struct arch_window window;
	int err = 0;

	for (unsigned int i = 0; err >= 0 && i < vm->ram_count; i++)
		err = set_remove_pages(set, vm->ram[i].gpa.v + delta,
				       vm->ram[i].size_bytes);
	for (unsigned int i = 0; err >= 0 && i < vm->vdev_count; i++)
		err = set_remove_pages(set, vm->vdevs[i].gpa.v + delta,
				       vm->vdevs[i].size_bytes);
	/* interrupt controllers, where the architecture placed them */
	for (unsigned int i = 0; err >= 0 && arch_vm_window(vm, i, &window);
	     i++)
		err = set_remove_pages(set, window.base + delta,
				       window.size_bytes);
	return err < 0 ? err : 0;
}

static int cut_kept(struct vm *vm, struct range_set *set,
		    const struct host_kept *kept, bool quiet)
{
	for (unsigned int i = 0; i < kept->range_count; i++) {
		const struct kept_range *range = &kept->ranges[i];
		int cut = set_remove_pages(set, range->base, range->size_bytes);

		if (cut < 0)
			return cut;
		if (cut && !quiet)
			log_warn("%s: 0x%llx + 0x%llx (%s) stays with the host",
				 vm->config->name,
				 (unsigned long long)range->base,
				 (unsigned long long)range->size_bytes,
				 range->name);
	}
	return 0;
}

static int window_note(struct vm *vm, struct vm_window window)
{
	struct vm_window *windows =
		array_grown(vm->windows, vm->window_count, &vm->window_room,
			    sizeof(*windows));

	if (!windows)
		return -ENOMEM;
	vm->windows = windows;
	windows[vm->window_count++] = window;
	return 0;
}

void vm_passthrough_destroy(struct vm *vm)
{
	if (IS_ENABLED(CONFIG_CLK) && vm->plan->soc.resets)
		vm_soc_destroy(vm);
	heap_free(vm->windows);
	vm->windows = NULL;
	vm->window_count = vm->window_room = 0;
}

static int set_map(struct vm *vm, const struct range_set *set, uint64_t delta)
{
	for (unsigned int i = 0; i < set->count; i++) {
		const struct vm_range *r = &set->ranges[i];
		int err = stage2_map(&vm->stage2, gpa(r->base - delta),
				     hpa(r->base), r->size_bytes,
				     PGT_R | PGT_W | PGT_DEVICE);

		if (!err)
			err = window_note(
				vm, (struct vm_window){gpa(r->base - delta),
						       hpa(r->base),
						       r->size_bytes});
		if (err) {
			log_err("%s: passthrough of 0x%llx + 0x%llx failed, %d",
				vm->config->name, (unsigned long long)r->base,
				(unsigned long long)r->size_bytes, err);
			return err;
		}
	}
	return 0;
}

/*
 * Interrupts
 */

static void irq_own(struct vm *vm, unsigned int irq, const char *name)
{
	if (vm->irq_mode == VM_IRQ_NONE || !irq_chip()->is_shared(irq))
		return;
	if (!irq_is_free(irq)) {
		log_warn("%s: interrupt %u of %s is in use, not routed",
			 vm->config->name, irq, name);
		return;
	}
	for (unsigned int i = 0; i < vm->vdev_count; i++)
		if (vm->vdevs[i].virq == irq)
			return; /* an emulated device drives that line */
	vm->irq_owned[irq / 64] |= BIT(irq % 64);
}

static void spec_own(struct vm *vm, const struct fdt_irq *spec,
		     const char *name)
{
	enum irq_trigger trigger;
	/* other parents (GPIO controllers …) are devices of some VM */
	int irq = irq_of_fdt(spec, &trigger);

	if (irq > 0)
		irq_own(vm, (unsigned int)irq, name);
}

/* A bus that carries its children's interrupts (PCI): every mapped one. */
static void map_own(struct vm *vm, const void *fdt, int node, const char *name)
{
	int len;
	const fdt32_t *map = fdt_prop(fdt, node, "interrupt-map", &len);
	unsigned int left = map ? (unsigned int)len / 4 : 0;
	unsigned int child = fdt_u32(fdt, node, "#address-cells", 2) +
			     fdt_u32(fdt, node, "#interrupt-cells", 1);

	while (child < left) {
		struct fdt_irq spec = {0};
		unsigned int skip;

		spec.parent = fdt_node_offset_by_phandle(
			fdt, fdt32_to_cpu(map[child]));
		if (spec.parent < 0)
			return;
		skip = child + 1 +
		       fdt_u32(fdt, spec.parent, "#address-cells", 0);
		spec.cell_count =
			fdt_u32(fdt, spec.parent, "#interrupt-cells", 0);
		if (!spec.cell_count ||
		    spec.cell_count > ARRAY_SIZE(spec.cells) || skip > left ||
		    spec.cell_count > left - skip)
			return;
		for (unsigned int i = 0; i < spec.cell_count; i++)
			spec.cells[i] = fdt32_to_cpu(map[skip + i]);
		spec_own(vm, &spec, name);
		map += skip + spec.cell_count;
		left -= skip + spec.cell_count;
	}
}

/*
 * Nodes
 */

static int node_own(struct vm *vm, const struct fdt_scan *scan,
		    struct range_set *set)
{
	const void *fdt = scan->fdt;
	const char *name = scan->name;
	int node = scan->node;
	struct fdt_irq spec;
	struct fdt_reg reg;
	int err = 0, got;

	for (unsigned int i = 0;; i++) {
		got = fdt_scan_reg(scan, i, &reg);
		if (got)
			break; /* the end, or no CPU address */
		err = set_add_pages(set, reg.addr, reg.size);
		if (err)
			return err;
	}
	for (unsigned int i = 0; !err && pci_window(scan, i, &reg); i++)
		err = set_add_pages(set, reg.addr, reg.size);
	for (unsigned int i = 0; !fdt_node_irq(fdt, node, i, &spec); i++)
		spec_own(vm, &spec, name);
	map_own(vm, fdt, node, name);
	return err;
}

static int nodes_own(struct vm *vm, const void *fdt, struct range_set *set)
{
	const struct fdt_selection *sel = &vm->plan->selection;
	struct fdt_scan scan;
	int err = 0;

	if (!fdt_scan_init(&scan, fdt))
		return -EINVAL;
	for (unsigned int i = 0;
	     !err && i < sel->node_count && fdt_scan_next(&scan); i++)
		if (sel->own[i / 8] & BIT(i % 8))
			err = node_own(vm, &scan, set);
	return err;
}

#define DUMMIES_END 32 /* on a GIC no such number is a device's */

/*
 * A tuple's number that is a device's elsewhere: on a PLIC the dummies that
 * such files carry are sources, too.
 */
static bool is_dummy(const void *fdt, const struct vm_pt_device *dev)
{
	enum irq_trigger trigger;
	struct fdt_irq spec;
	struct fdt_scan scan;
	bool found = false;

	fdt_scan_init(&scan, fdt); /* nodes_own() did, too */
	while (fdt_scan_next(&scan))
		for (unsigned int i = 0;
		     !fdt_node_irq(fdt, scan.node, i, &spec); i++) {
			if (irq_of_fdt(&spec, &trigger) != (int)dev->irq)
				continue;
			if (reg_overlaps(&scan, dev))
				return false;
			found = true;
		}
	return found;
}

/* Everything below the highest register that the host tree knows. */
static int policy_add(const void *fdt, struct range_set *set)
{
	struct fdt_reg reg;
	struct fdt_scan scan;
	uint64_t top = 0;

	fdt_scan_init(&scan, fdt); /* nodes_own() did, too */
	while (fdt_scan_next(&scan))
		for (unsigned int i = 0; !fdt_scan_reg(&scan, i, &reg); i++)
			if (reg.addr + reg.size > top)
				top = reg.addr + reg.size;
	if (top > UINT64_MAX - SIZE_1G)
		return -EINVAL;
	return range_set_add(set, 0, ALIGN_UP(top, SIZE_1G));
}

static int identity_create(struct vm *vm, const struct host_kept *kept,
			   struct range_set *set)
{
	const struct vm_config *config = vm->config;
	const void *fdt = host_fdt();
	int err = nodes_own(vm, fdt, set);

	for (unsigned int i = 0; !err && i < config->pt_address_count; i++)
		err = set_add_pages(set, config->pt_addresses[i].base,
				    config->pt_addresses[i].size_bytes);
	for (unsigned int i = 0; !err && i < config->pt_device_count; i++) {
		const struct vm_pt_device *dev = &config->pt_devices[i];

		if (dev->path)
			continue;
		if (!IS_ENABLED(CONFIG_TUPLE_DUMMIES) ||
		    dev->irq >= DUMMIES_END || !is_dummy(fdt, dev))
			irq_own(vm, dev->irq, dev->name);
		if (dev->gpa == dev->hpa)
			err = set_add_pages(set, dev->hpa, dev->size_bytes);
	}
	if (!err)
		err = cut_kept(vm, set, kept, false);
	/* the policy means everything but these: no news */
	if (!err && config->address_policy == VM_ADDR_PASSTHROUGH) {
		err = policy_add(fdt, set);
		if (!err)
			err = cut_kept(vm, set, kept, true);
	}
	if (!err)
		err = cut_guests(vm, set, 0);
	return err ? err : set_map(vm, set, 0);
}

static int tuple_create(struct vm *vm, const struct vm_pt_device *dev,
			const struct host_kept *kept,
			const struct range_set *identity)
{
	struct range_set set = {0};
	uint64_t delta = dev->hpa - dev->gpa;
	int err = set_add_pages(&set, dev->hpa, dev->size_bytes);

	if (!err)
		err = cut_kept(vm, &set, kept, false);
	if (!err)
		err = cut_guests(vm, &set, delta);
	for (unsigned int i = 0; err >= 0 && i < identity->count; i++)
		err = set_remove_pages(&set, identity->ranges[i].base + delta,
				       identity->ranges[i].size_bytes);
	if (err >= 0)
		err = set_map(vm, &set, delta);
	range_set_free(&set);
	return err;
}

/* Does it have anything that may stand on power, clocks, pins and resets? */
static bool has_devices(const struct vm *vm)
{
	const struct fdt_selection *sel = &vm->plan->selection;
	bool has = vm->config->pt_device_count || vm->config->pt_address_count;

	for (unsigned int i = 0; !has && i < sel->node_count; i++)
		has = sel->own[i / 8] & BIT(i % 8);
	return has;
}

int vm_passthrough_create(struct vm *vm, const struct host_kept *kept)
{
	const struct vm_config *config = vm->config;
	struct range_set identity = {0};
	int err = identity_create(vm, kept, &identity);

	for (unsigned int i = 0; !err && i < config->pt_device_count; i++) {
		const struct vm_pt_device *dev = &config->pt_devices[i];

		if (!dev->path && dev->gpa != dev->hpa)
			err = tuple_create(vm, dev, kept, &identity);
	}
	range_set_free(&identity);
	if (IS_ENABLED(CONFIG_CLK) && !err && has_devices(vm) && !cold_load())
		err = vm_soc_create(vm, kept);
	return err;
}

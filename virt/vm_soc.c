/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a VM's host devices stand on: power, clocks and pins, which they get
 * when the VM is made, and resets, in which they are while it is stopped. One
 * that masters the bus would else go on writing to where its guest's buffers
 * were, after that memory has become another's.
 */
#define LOG_TAG "passthrough"
#include "plan.h"
#include "ranges.h"

#include <core/timer.h>
#include <drivers/reset.h>
#include <drivers/soc.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <virt/vm.h>

/** struct owned - @kept: of what else may be asked for, this is not the VM's */
struct owned {
	struct vm *vm;
	const struct host_kept *kept;
};

static bool is_kept(const struct host_kept *kept, const struct fdt_scan *scan)
{
	struct fdt_reg reg;

	for (unsigned int i = 0; i < kept->node_count; i++)
		if (kept->nodes[i] == scan->node)
			return true;
	for (unsigned int n = 0; !fdt_scan_reg(scan, n, &reg); n++)
		for (unsigned int i = 0; i < kept->range_count; i++)
			if (range_overlaps(reg.addr, reg.size,
					   kept->ranges[i].base,
					   kept->ranges[i].size_bytes))
				return true;
	return false;
}

static bool is_given(const struct owned *owned, const struct fdt_scan *scan,
		     unsigned int index)
{
	const struct fdt_selection *sel = &owned->vm->plan->selection;
	const struct vm_config *config = owned->vm->config;
	bool given =
		index < sel->node_count && sel->own[index / 8] & BIT(index % 8);
	struct fdt_reg reg;

	for (unsigned int i = 0; !given && i < config->pt_device_count; i++)
		given = !config->pt_devices[i].path &&
			reg_overlaps(scan, &config->pt_devices[i]);
	if (!given && !fdt_scan_reg(scan, 0, &reg))
		for (unsigned int i = 0; !given && i < config->pt_address_count;
		     i++)
			given = range_overlaps(
				reg.addr, reg.size,
				config->pt_addresses[i].base,
				config->pt_addresses[i].size_bytes);
	return given && !is_kept(owned->kept, scan);
}

/*
 * A guest without the clock unit and its like cannot give its devices power,
 * clocks and pins: the host does so. One that has any of these, because its
 * devices refer to them, is left to itself.
 */
static void devices_on(const struct owned *owned, const void *fdt)
{
	const struct vm *vm = owned->vm;
	struct fdt_scan scan;
	bool itself = vm->config->address_policy == VM_ADDR_PASSTHROUGH;

	fdt_scan_init(&scan, fdt); /* nodes_own() did, too */
	for (unsigned int i = 0; !itself && fdt_scan_next(&scan); i++)
		itself = soc_is_provider(fdt, scan.node) &&
			 is_given(owned, &scan, i);
	if (itself)
		return;
	fdt_scan_init(&scan, fdt);
	for (unsigned int i = 0; fdt_scan_next(&scan); i++)
		if (is_given(owned, &scan, i) &&
		    fdt_node_enabled(fdt, scan.node) &&
		    soc_device_on(fdt, scan.node))
			log_err("%s: %s has no power", vm->config->name,
				scan.name);
}

static unsigned int reset_find(const struct vm_soc *soc,
			       const struct reset *reset)
{
	unsigned int i = 0;

	while (i < soc->reset_count && (soc->resets[i].reg != reset->reg ||
					soc->resets[i].bit != reset->bit))
		i++;
	return i;
}

static int reset_note(struct vm_soc *soc, const struct reset *reset)
{
	struct reset *resets;

	if (reset_find(soc, reset) < soc->reset_count)
		return 0;
	resets = array_grown(soc->resets, soc->reset_count, &soc->reset_room,
			     sizeof(*resets));
	if (!resets)
		return -ENOMEM;
	soc->resets = resets;
	resets[soc->reset_count++] = *reset;
	return 0;
}

/* Of one device. Return: 1: there are some; 0: none that is known; -ENOMEM. */
static int resets_note(struct vm_soc *soc, const void *fdt, int node)
{
	struct reset reset;
	int err = 0, found = 0;

	/* it turns the machine off before that burns, with a guest or without */
	if (fdt_prop(fdt, node, "#thermal-sensor-cells", NULL))
		return 0;
	for (unsigned int i = 0; err != -ERANGE && err != -EINVAL; i++) {
		err = reset_get(fdt, node, i, &reset);
		if (err)
			continue;
		if (reset_note(soc, &reset))
			return -ENOMEM;
		found = 1;
	}
	return found;
}

/* What is another device's as well, the host's or another VM's, is not ours. */
static void shared_drop(struct vm *vm, const struct fdt_scan *scan)
{
	struct vm_soc *soc = &vm->plan->soc;
	struct reset reset;
	int err = 0;

	for (unsigned int i = 0; err != -ERANGE && err != -EINVAL; i++) {
		unsigned int at;

		err = reset_get(scan->fdt, scan->node, i, &reset);
		at = err ? soc->reset_count : reset_find(soc, &reset);
		if (at == soc->reset_count)
			continue;
		soc->resets[at] = soc->resets[--soc->reset_count];
		log_warn("%s: a reset of its devices is %s's, too: not done",
			 vm->config->name, scan->name);
	}
}

static int resets_find(const struct owned *owned, const void *fdt)
{
	struct vm *vm = owned->vm;
	struct vm_soc *soc = &vm->plan->soc;
	unsigned int with = 0, without = 0;
	struct fdt_scan scan;
	struct fdt_reg reg;

	fdt_scan_init(&scan, fdt); /* nodes_own() did, too */
	for (unsigned int i = 0; fdt_scan_next(&scan); i++) {
		int found;

		if (!is_given(owned, &scan, i) ||
		    !fdt_node_enabled(fdt, scan.node))
			continue;
		found = resets_note(soc, fdt, scan.node);
		if (found < 0)
			return found;
		with += (unsigned int)found;
		without += !found && !fdt_scan_reg(&scan, 0, &reg);
	}
	fdt_scan_init(&scan, fdt);
	for (unsigned int i = 0; soc->reset_count && fdt_scan_next(&scan); i++)
		if (fdt_node_enabled(fdt, scan.node) &&
		    !is_given(owned, &scan, i))
			shared_drop(vm, &scan);
	if (with || without)
		log_info("%s: devices in reset while it is stopped: %u; "
			 "without a known reset, they go on: %u",
			 vm->config->name, with, without);
	return 0;
}

int vm_soc_create(struct vm *vm, const struct host_kept *kept)
{
	const struct owned owned = {vm, kept};
	const void *fdt = host_fdt();

	devices_on(&owned, fdt);
	return IS_ENABLED(CONFIG_CLK_ROCKCHIP) ? resets_find(&owned, fdt) : 0;
}

static void resets_write(struct vm *vm, bool in_reset)
{
	struct vm_soc *soc = &vm->plan->soc;

	if (!IS_ENABLED(CONFIG_CLK_ROCKCHIP) || soc->in_reset == in_reset)
		return; /* without that there are none */
	soc->in_reset = in_reset;
	for (unsigned int i = 0; i < soc->reset_count; i++)
		reset_write(&soc->resets[i], in_reset);
	time_delay_us(RESET_PULSE_US);
}

void vm_soc_stop(struct vm *vm)
{
	/* before its first start they are as firmware left them */
	if (__atomic_load_n(&vm->plan->loads, __ATOMIC_ACQUIRE))
		resets_write(vm, true);
}

void vm_soc_start(struct vm *vm)
{
	resets_write(vm, false);
}

void vm_soc_destroy(struct vm *vm)
{
	/* whoever has them next finds them quiet, and reachable */
	resets_write(vm, false);
	heap_free(vm->plan->soc.resets);
	vm->plan->soc = (struct vm_soc){0};
}

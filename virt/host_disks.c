/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose a disk's controller is. A page of registers has one owner:
 *
 * - what a guest file of the Image names, by a path other than "/" or by
 *   addresses, the host does not even look at;
 * - of the rest the host finds the disks before it makes VMs;
 * - a disk that the host holds, because it is mounted, is no guest's;
 * - any other one leaves the host when a VM gets its registers.
 */
#define LOG_TAG "disks"
#include "host_disks.h"

#include <drivers/block.h>
#include <drivers/storage.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <string.h>
#include <virt/vm.h>

/* What guest files of the Image name; only while disks are looked for. */
static struct range_set named;

static int pages_add(struct range_set *set, uint64_t base, uint64_t size)
{
	uint64_t start = ALIGN_DOWN(base, PAGE_SIZE);

	if (!size || base + size < base || base + size > UINT64_MAX - PAGE_SIZE)
		return 0; /* no registers, or nonsense in the tree */
	return range_set_add(set, start,
			     ALIGN_UP(base + size, PAGE_SIZE) - start);
}

static int node_add(struct range_set *set, const struct fdt_scan *scan)
{
	struct fdt_reg reg;
	int err = 0;

	for (unsigned int i = 0; !err && !fdt_scan_reg(scan, i, &reg); i++)
		err = pages_add(set, reg.addr, reg.size);
	return err;
}

/* Tuples and addresses, which are the same whatever the tree says. */
static int addresses_add(struct range_set *set, const struct vm_config *config)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < config->pt_address_count; i++)
		err = pages_add(set, config->pt_addresses[i].base,
				config->pt_addresses[i].size_bytes);
	for (unsigned int i = 0; !err && i < config->pt_device_count; i++)
		if (!config->pt_devices[i].path)
			err = pages_add(set, config->pt_devices[i].hpa,
					config->pt_devices[i].size_bytes);
	return err;
}

static bool shares_page(const struct range_set *set,
			const struct fdt_scan *scan)
{
	struct fdt_reg reg;

	for (unsigned int i = 0; set->count && !fdt_scan_reg(scan, i, &reg);
	     i++)
		for (unsigned int j = 0; j < set->count; j++)
			if (range_overlaps(ALIGN_DOWN(reg.addr, PAGE_SIZE),
					   reg.size + reg.addr % PAGE_SIZE,
					   set->ranges[j].base,
					   set->ranges[j].size_bytes))
				return true;
	return false;
}

/*
 * Before there are VMs
 */

static bool is_below(const struct fdt_scan *scan, int top)
{
	for (int i = 1; i <= scan->depth; i++)
		if (scan->chain[i] == top)
			return true;
	return false;
}

static bool is_excluded(const struct fdt_scan *scan,
			const struct vm_config *config)
{
	bool excluded = false;

	for (unsigned int i = 0; !excluded && i < config->excluded_count; i++)
		excluded = is_below(
			scan, fdt_path_node(scan->fdt, config->excluded[i],
					    strlen(config->excluded[i])));
	return excluded;
}

/* A node with all below it. Nothing is below "/" by name. */
static int path_add(const struct vm_config *config, const char *path)
{
	int top = fdt_path_node(host_fdt(), path, strlen(path)), err = 0;
	struct fdt_scan scan;

	if (top <= 0 || !fdt_scan_init(&scan, host_fdt()))
		return 0;
	while (!err && fdt_scan_next(&scan))
		if (is_below(&scan, top) && !is_excluded(&scan, config))
			err = node_add(&named, &scan);
	return err;
}

static int named_find(const struct vm_config *config)
{
	int err = addresses_add(&named, config);

	for (unsigned int i = 0; !err && i < config->pt_device_count; i++)
		if (config->pt_devices[i].path)
			err = path_add(config, config->pt_devices[i].path);
	return err;
}

static bool is_guests(const struct fdt_scan *scan)
{
	return shares_page(&named, scan);
}

void host_disks_find(void)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < vm_config_count; i++)
		err = named_find(vm_config_table[i]);
	if (err)
		log_err("no disks, error %d", err);
	else
		storage_probe(is_guests);
	range_set_free(&named);
}

/*
 * When a VM is made
 */

int host_disks_held(struct range_set *pages)
{
	struct fdt_reg reg;
	int err = 0;

	for (struct block_device *dev = block_next(NULL); !err && dev;
	     dev = block_next(dev)) {
		if (!block_node_is_held(dev->node))
			continue;
		for (unsigned int i = 0;
		     !err && !fdt_node_reg(host_fdt(), dev->node, i, &reg); i++)
			err = pages_add(pages, reg.addr, reg.size);
	}
	return err;
}

bool host_disks_near(const struct range_set *pages, const struct fdt_scan *scan)
{
	return shares_page(pages, scan);
}

/* All that the VM is about to get, by page. */
static int gets(const struct vm *vm, struct range_set *set)
{
	const struct fdt_selection *sel = &vm->plan->selection;
	int err = addresses_add(set, vm->config);
	struct fdt_scan scan;

	if (!sel->own || err)
		return err;
	if (!fdt_scan_init(&scan, host_fdt()))
		return -EINVAL;
	for (unsigned int i = 0;
	     !err && i < sel->node_count && fdt_scan_next(&scan); i++)
		if (sel->own[i / 8] & BIT(i % 8))
			err = node_add(set, &scan);
	return err;
}

static int leave(const struct vm *vm, const struct range_set *set)
{
	struct fdt_scan scan;

	if (!fdt_scan_init(&scan, host_fdt()))
		return -EINVAL;
	while (fdt_scan_next(&scan)) {
		int count;

		if (vm->config->address_policy != VM_ADDR_PASSTHROUGH &&
		    !shares_page(set, &scan))
			continue;
		count = block_node_quit(scan.node);
		/* held ones are cut out of what the VM gets */
		if (count > 0)
			log_info("%s: has the disk at %s, the host lets go",
				 vm->config->name, scan.name);
	}
	return 0;
}

int host_disks_leave(const struct vm *vm)
{
	struct range_set set = {0};
	int err = 0;

	if (!block_next(NULL))
		return 0;
	err = gets(vm, &set);
	if (!err)
		err = leave(vm, &set);
	range_set_free(&set);
	return err;
}

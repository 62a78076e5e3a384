/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Putting a VM's device tree together: the filtered or given tree, nodes for
 * the emulated devices, the architecture's last word.
 */
#define LOG_TAG "tree"
#include "plan.h"

#include <arch/virt.h>
#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>
#include <lib/log.h>
#include <lib/random.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vm.h>

/* Room for what is added to a tree: cpus, nodes of devices, chosen. */
#define TREE_ROOM (16u * 1024)

/* Chunks of one region are one piece of RAM to the guest. */
static struct guest_fdt_ram *ram_list(const struct vm *vm, unsigned int *count)
{
	struct guest_fdt_ram *list =
		heap_alloc_array(vm->ram_count, sizeof(*list));

	*count = 0;
	for (unsigned int i = 0; list && i < vm->ram_count; i++) {
		const struct vm_ram *ram = &vm->ram[i];
		struct guest_fdt_ram *last = *count ? &list[*count - 1] : NULL;

		if (ram->prot & PGT_DEVICE)
			continue;
		if (last && last->gpa + last->size_bytes == ram->gpa.v)
			last->size_bytes += ram->size_bytes;
		else
			list[(*count)++] = (struct guest_fdt_ram){
				ram->gpa.v, ram->size_bytes};
	}
	return list;
}

/* The node of a tree whose registers begin at @gpa; < 0: none */
static int node_at(const void *fdt, gpa_t gpa)
{
	struct fdt_scan scan;
	struct fdt_reg reg;

	if (!fdt_scan_init(&scan, fdt))
		return -EINVAL;
	while (fdt_scan_next(&scan))
		if (!fdt_scan_reg(&scan, 0, &reg) && reg.addr == gpa.v)
			return scan.node;
	return -ENOENT;
}

static const struct vdev *console_find(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vdev_count; i++)
		if (vm->vdevs[i].ops->console_input &&
		    vm->vdevs[i].ops->fdt_node)
			return &vm->vdevs[i];
	return NULL;
}

static void stdout_path(const struct vm *vm, const void *given, char *path,
			size_t size)
{
	const struct vdev *console = console_find(vm);
	int node;

	path[0] = '\0';
	if (!console)
		return;
	node = given ? node_at(given, console->gpa) : -ENOENT;
	if (node >= 0 && !fdt_get_path(given, node, path, (int)size))
		return;
	path[0] = '/';
	vdev_node_name(console, path + 1, size - 1);
}

static int devices_add(const struct vm *vm, void *fdt)
{
	for (unsigned int i = 0; i < vm->vdev_count; i++) {
		const struct vdev *dev = &vm->vdevs[i];
		int err;

		if (!dev->ops->fdt_node || node_at(fdt, dev->gpa) >= 0)
			continue;
		err = dev->ops->fdt_node(dev, fdt, 0);
		if (err)
			return err;
	}
	return 0;
}

static int tree_begin(struct vm *vm, void *buf, size_t size)
{
	const struct vm_config *config = vm->config;
	const struct vm_images *images = &vm->plan->images;
	const void *given = images->dtb;
	uint64_t hwids[VM_MAX_VCPUS];
	uint8_t seed[GUEST_FDT_SEED_BYTES];
	char path[128];
	unsigned int ram_count;
	struct guest_fdt_ram *ram = ram_list(vm, &ram_count);
	struct guest_fdt_desc desc = {
		.bootargs = config->cmdline,
		.ram = ram,
		.ram_count = ram_count,
		.cpu_hwids = hwids,
		.cpu_count = vm->vcpu_count,
		.cpu_enable_method = arch_fdt_rules()->enable_method,
	};
	int err;

	if (!ram)
		return -ENOMEM;
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		hwids[i] = vm->vcpus[i]->hwid;
	if (images->image[IMAGE_RAMDISK].used) {
		desc.initrd_start = vm->plan->ramdisk_gpa.v;
		desc.initrd_end = desc.initrd_start +
				  images->image[IMAGE_RAMDISK].size_bytes;
	}
	stdout_path(vm, given, path, sizeof(path));
	desc.stdout_path = path[0] ? path : NULL;
	desc.rng_seed = random_bytes(seed, sizeof(seed)) ? seed : NULL;

	if (given)
		err = guest_fdt_adopt(given,
				      images->image[IMAGE_DTB].size_bytes,
				      host_fdt(), &desc, buf, size);
	else
		err = guest_fdt_generate(host_fdt(), &vm->plan->selection,
					 &desc, buf, size);
	heap_free(ram);
	return err;
}

void vm_tree_reseed(struct vm *vm)
{
	uint8_t seed[GUEST_FDT_SEED_BYTES];
	int chosen = fdt_path_offset(vm->plan->dtb, "/chosen");

	if (chosen >= 0 && random_bytes(seed, sizeof(seed)))
		fdt_setprop_inplace(vm->plan->dtb, chosen, "rng-seed", seed,
				    sizeof(seed));
}

/* What a tree really takes: loaders leave up to a MiB of room behind it. */
static size_t tree_used(const void *fdt)
{
	return fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt);
}

int vm_tree_create(struct vm *vm)
{
	const struct vm_config *config = vm->config;
	size_t size = tree_used(host_fdt()) + TREE_ROOM;
	void *buf;
	int err;

	size += vm->plan->images.image[IMAGE_DTB].size_bytes;
	if (config->cmdline)
		size += strlen(config->cmdline);
	buf = heap_alloc(size);
	if (!buf)
		return -ENOMEM;

	err = tree_begin(vm, buf, size);
	if (!err)
		err = devices_add(vm, buf);
	if (!err)
		err = arch_fdt_fixup(vm, buf);
	if (!err && fdt_pack(buf))
		err = -EINVAL;
	if (err) {
		log_err("%s: no device tree for the guest, error %d",
			config->name, err);
		goto out;
	}

	heap_free(vm->plan->dtb); /* of the start before */
	vm->plan->dtb_size = fdt_totalsize(buf);
	vm->plan->dtb = heap_alloc(vm->plan->dtb_size);
	if (vm->plan->dtb)
		memcpy(vm->plan->dtb, buf, vm->plan->dtb_size);
	else
		err = -ENOMEM;
out:
	heap_free(buf);
	return err;
}

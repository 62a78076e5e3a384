/* SPDX-License-Identifier: Apache-2.0 */
/* Emulated devices: finding their kind, and the one behind an address. */
#include <virt/vdev.h>

#include <arch/virt.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/util.h>
#include <libfdt.h>
#include <core/cold.h>
#include <stdio.h>
#include <virt/vm.h>

extern const struct vdev_ops *const __vdevs_start[], *const __vdevs_end[];

/* What is cold may be called from here on, or is not there. */
static const struct vdev_ops *called(const struct vdev_ops *ops)
{
	return ops && ops->cold && cold_load() ? NULL : ops;
}

/* Order in the section means nothing. */
const struct vdev_ops *vdev_find_ops(uint32_t type)
{
	const struct vdev_ops *found = NULL;

	for (const struct vdev_ops *const *ops = __vdevs_start;
	     ops < __vdevs_end; ops++)
		if ((*ops)->type == type &&
		    (!found || (*ops)->kind < found->kind))
			found = *ops;
	return called(found);
}

const struct vdev_ops *vdev_find_ops_kind(uint32_t type, uint32_t kind)
{
	for (const struct vdev_ops *const *ops = __vdevs_start;
	     ops < __vdevs_end; ops++)
		if ((*ops)->type == type && (*ops)->kind == kind)
			return called(*ops);
	return NULL;
}

const struct vdev_ops *vdev_find_ops_compatible(const void *fdt, int node)
{
	for (const struct vdev_ops *const *ops = __vdevs_start;
	     ops < __vdevs_end; ops++)
		if ((*ops)->compatible &&
		    fdt_node_compatible_any(fdt, node, (*ops)->compatible))
			return called(*ops);
	return NULL;
}

struct vdev *vdev_at(struct vm *vm, gpa_t gpa, unsigned int width)
{
	unsigned int lo = 0, hi = vm->vdev_count;

	while (lo < hi) {
		unsigned int mid = lo + (hi - lo) / 2;
		struct vdev *dev = &vm->vdevs[mid];
		uint64_t offset = gpa.v - dev->gpa.v;

		if (gpa.v < dev->gpa.v)
			hi = mid;
		else if (offset >= dev->size_bytes)
			lo = mid + 1;
		else
			return width <= dev->size_bytes - offset ? dev : NULL;
	}
	return NULL;
}

bool vdev_quick(struct vm *vm, gpa_t gpa, unsigned int width, bool write,
		uint64_t *value)
{
	struct vdev *dev = vdev_at(vm, gpa, width);

	return dev && dev->ops->quick &&
	       dev->ops->quick(dev, gpa.v - dev->gpa.v, width, write, value);
}

bool vdev_call(struct vm *vm, uint32_t fn)
{
	bool done = false;

	for (unsigned int i = 0; !done && i < vm->vdev_count; i++) {
		struct vdev *dev = &vm->vdevs[i];

		done = dev->ops->call && dev->ops->call(dev, fn);
	}
	return done;
}

void vdev_node_name(const struct vdev *dev, char *name, size_t size)
{
	snprintf(name, size, "%s@%llx", dev->ops->name,
		 (unsigned long long)dev->gpa.v);
}

/* The root's interrupt parent, or the guest's own controller. */
static int controller_find(const void *fdt)
{
	const fdt32_t *parent = fdt_prop(fdt, 0, "interrupt-parent", NULL);

	if (parent)
		return fdt_phandle_node(fdt, fdt32_to_cpu(*parent));
	return fdt_first_compatible(fdt, arch_fdt_rules()->always_compatible);
}

/*
 * Of a GIC: type (0: SPI), number, trigger; further cells are zero. Of a PLIC:
 * the number alone; of an APLIC the number and the trigger.
 */
static unsigned int irq_cells(const struct vdev *dev, unsigned int count,
			      fdt32_t *cells)
{
	if (count <= 2) {
		cells[0] = cpu_to_fdt32(dev->virq);
		cells[1] = cpu_to_fdt32(4);
		return count;
	}
	if (dev->virq < 32 || count < 3 || count > 4)
		return 0;
	cells[0] = 0;
	cells[1] = cpu_to_fdt32(dev->virq - 32);
	cells[2] = cpu_to_fdt32(4);
	cells[3] = 0;
	return count;
}

int vdev_fdt_irq(const struct vdev *dev, void *fdt, int node)
{
	int len, controller = controller_find(fdt);
	const fdt32_t *count = NULL;
	unsigned int filled = 0;
	fdt32_t cells[4];
	uint32_t phandle;

	if (controller >= 0)
		count = fdt_prop(fdt, controller, "#interrupt-cells", &len);
	if (count && len == 4)
		filled = irq_cells(dev, fdt32_to_cpu(*count), cells);
	if (!filled)
		return -EINVAL;
	phandle = fdt_get_phandle(fdt, controller);
	if (!fdt_prop(fdt, 0, "interrupt-parent", NULL) &&
	    fdt_setprop_u32(fdt, node, "interrupt-parent", phandle))
		return -ENOSPC;
	return fdt_setprop(fdt, node, "interrupts", cells,
			   (int)(filled * sizeof(cells[0])))
		       ? -ENOSPC
		       : 0;
}

int vdev_fdt_clock(void *fdt, int parent, const char *name, uint32_t freq_hz,
		   uint32_t *phandle)
{
	int node = fdt_add_subnode(fdt, parent, name);
	int err;

	if (node == -FDT_ERR_EXISTS) {
		node = fdt_subnode_offset(fdt, parent, name);
		*phandle = fdt_get_phandle(fdt, node);
		return *phandle ? 0 : -EINVAL;
	}
	*phandle = fdt_phandle_unused(fdt);
	if (node < 0 || !*phandle)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, node, "compatible", "fixed-clock");
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#clock-cells", 0);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "clock-frequency", freq_hz);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "phandle", *phandle);
	return err ? -ENOSPC : 0;
}

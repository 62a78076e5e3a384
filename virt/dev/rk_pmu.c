/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated PMU of Rockchip's: its power domains for a guest. */
#include "rk_pmu.h"

#include <drivers/rockchip_pmu.h>
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <virt/config.h>
#include <virt/vdev.h>

static bool is_3568(const struct vdev *dev)
{
	return dev->config->cfg[0] == VM_RK3568;
}

static const struct rk_pmu_soc *soc_of(const struct vdev *dev)
{
	return is_3568(dev) ? &rk_pmu_rk3568 : &rk_pmu_rk3588;
}

static uint64_t pmu_read(struct vdev *dev, uint64_t offset,
			 unsigned int width __unused_arg)
{
	return rk_pmu_read(dev->state, soc_of(dev), ALIGN_DOWN(offset, 4)) >>
	       (8 * (offset & 3));
}

static void pmu_write(struct vdev *dev, uint64_t offset,
		      unsigned int width __unused_arg, uint64_t value)
{
	if (!(offset & 3))
		rk_pmu_write(dev->state, soc_of(dev), offset, (uint32_t)value);
}

static void pmu_reset(struct vdev *dev)
{
	rk_pmu_cold(dev->state);
}

static int put_domain(void *fdt, int controller, unsigned int id)
{
	char name[24];
	int node, err;

	snprintf(name, sizeof(name), "power-domain@%u", id);
	node = fdt_add_subnode(fdt, controller, name);
	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop_u32(fdt, node, "reg", id);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#power-domain-cells", 0);
	return err ? -ENOSPC : 0;
}

static int put_controller(const struct rk_pmu_soc *soc, void *fdt, int parent)
{
	int node = fdt_add_subnode(fdt, parent, "power-controller");
	int err;

	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, node, "compatible", soc->compatible);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#power-domain-cells", 1);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#address-cells", 1);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#size-cells", 0);
	for (unsigned int i = 0; !err && i < soc->count; i++)
		err = put_domain(fdt, node, soc->domains[i].id);
	return err ? -ENOSPC : 0;
}

static int pmu_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	char name[40];
	int node, err;

	vdev_node_name(dev, name, sizeof(name));
	node = fdt_add_subnode(fdt, parent, name);
	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, node, "compatible",
				 is_3568(dev) ? "rockchip,rk3568-pmu"
					      : "rockchip,rk3588-pmu");
	if (!err)
		err = fdt_appendprop_string(fdt, node, "compatible", "syscon");
	if (!err)
		err = fdt_appendprop_string(fdt, node, "compatible",
					    "simple-mfd");
	if (!err)
		err = fdt_appendprop_addrrange(fdt, parent, node, "reg",
					       dev->gpa.v,
					       is_3568(dev) ? 0x1000 : 0x400);
	return err ? -ENOSPC : put_controller(soc_of(dev), fdt, node);
}

static const struct vdev_ops rk_pmu_ops __found = {
	.name = "power-management",
	.type = VM_EMU_ROCKCHIP_PMU,
	.cold = true,
	.state_size = sizeof(struct rk_pmu),
	.reset = pmu_reset,
	.read = pmu_read,
	.write = pmu_write,
	.fdt_node = pmu_fdt_node,
};
VDEV(rk_pmu_ops);

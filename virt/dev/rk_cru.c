/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated clock and reset unit of Rockchip's: its registers for a guest. */
#include "rk_cru.h"

#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <virt/config.h>
#include <virt/vdev.h>

#define XIN24M_HZ 24000000u
#define XIN32K_HZ 32768u
#define SPLL_HZ                                                                \
	702000000u /* the secure part's, that Linux has no registers of */

static const struct rk_cru_soc *soc_of(const struct vdev *dev)
{
	return dev->config->cfg[0] == VM_RK3568 ? &rk_cru_rk3568
						: &rk_cru_rk3588;
}

static uint64_t cru_read(struct vdev *dev, uint64_t offset,
			 unsigned int width __unused_arg)
{
	return rk_cru_read(dev->state, soc_of(dev), ALIGN_DOWN(offset, 4)) >>
	       (8 * (offset & 3));
}

static void cru_write(struct vdev *dev, uint64_t offset,
		      unsigned int width __unused_arg, uint64_t value)
{
	if (!(offset & 3))
		rk_cru_write(dev->state, soc_of(dev), offset, (uint32_t)value);
}

static void cru_reset(struct vdev *dev)
{
	rk_cru_cold(dev->state, soc_of(dev));
}

/* As the binding has it: xin24m and xin32k. Linux finds parents by name. */
static int put_node(const struct vdev *dev, void *fdt, int parent,
		    unsigned int nth, const uint32_t *phandles)
{
	const struct rk_cru_soc *soc = soc_of(dev);
	uint64_t base = dev->gpa.v + soc->nodes[nth].offset;
	char name[40];
	int node, err;

	snprintf(name, sizeof(name), "clock-controller@%llx",
		 (unsigned long long)base);
	node = fdt_add_subnode(fdt, parent, name);
	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, node, "compatible",
				 soc->nodes[nth].compatible);
	if (!err)
		err = fdt_appendprop_addrrange(fdt, parent, node, "reg", base,
					       soc->nodes[nth].bytes);
	for (unsigned int i = 0; !err && i < 2; i++) {
		err = fdt_appendprop_u32(fdt, node, "clocks", phandles[i]);
		if (!err)
			err = fdt_appendprop_string(fdt, node, "clock-names",
						    i ? "xin32k" : "xin24m");
	}
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#clock-cells", 1);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#reset-cells", 1);
	return err ? -ENOSPC : 0;
}

static int cru_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	const struct rk_cru_soc *soc = soc_of(dev);
	uint32_t phandles[3];
	int err;

	/* first, because nodes move */
	err = vdev_fdt_clock(fdt, parent, "xin24m", XIN24M_HZ, &phandles[0]);
	if (!err)
		err = vdev_fdt_clock(fdt, parent, "xin32k", XIN32K_HZ,
				     &phandles[1]);
	if (!err && soc == &rk_cru_rk3588)
		err = vdev_fdt_clock(fdt, parent, "spll", SPLL_HZ,
				     &phandles[2]);
	for (unsigned int i = 0;
	     !err && i < ARRAY_SIZE(soc->nodes) && soc->nodes[i].compatible;
	     i++)
		err = put_node(dev, fdt, parent, i, phandles);
	return err;
}

static const struct vdev_ops rk_cru_ops __found = {
	.name = "clock-controller",
	.type = VM_EMU_ROCKCHIP_CRU,
	.cold = true,
	.state_size = sizeof(struct rk_cru),
	.reset = cru_reset,
	.read = cru_read,
	.write = cru_write,
	.fdt_node = cru_fdt_node,
};
VDEV(rk_cru_ops);

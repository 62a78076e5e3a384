/* SPDX-License-Identifier: Apache-2.0 */
/* Emulated IOCs or GRFs of Rockchip's: the pin controller for a guest. */
#include "rk_ioc.h"

#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>
#include <virt/config.h>
#include <virt/vdev.h>

static const struct rk_ioc_soc *soc_of(const struct vdev *dev)
{
	return dev->config->cfg[0] == VM_RK3568 ? &rk_ioc_rk3568
						: &rk_ioc_rk3588;
}

static uint64_t ioc_read(struct vdev *dev, uint64_t offset,
			 unsigned int width __unused_arg)
{
	return rk_ioc_read(dev->state, soc_of(dev), ALIGN_DOWN(offset, 4)) >>
	       (8 * (offset & 3));
}

static void ioc_write(struct vdev *dev, uint64_t offset,
		      unsigned int width __unused_arg, uint64_t value)
{
	if (!(offset & 3))
		rk_ioc_write(dev->state, soc_of(dev), offset, (uint32_t)value);
}

/* Every pin is a GPIO. */
static void ioc_reset(struct vdev *dev)
{
	memset(dev->state, 0, sizeof(struct rk_ioc));
}

/* Return: an error of libfdt's; 0. @phandle: result */
static int put_phandle(void *fdt, int node, uint32_t *phandle)
{
	*phandle = fdt_phandle_unused(fdt);
	return *phandle ? fdt_setprop_u32(fdt, node, "phandle", *phandle)
			: -FDT_ERR_NOPHANDLES;
}

static int put_syscon(const struct vdev *dev, void *fdt, int parent,
		      unsigned int nth, uint32_t *phandle)
{
	const struct rk_ioc_soc *soc = soc_of(dev);
	uint64_t base = dev->gpa.v + soc->nodes[nth].offset;
	char name[40];
	int node, err;

	snprintf(name, sizeof(name), "syscon@%llx", (unsigned long long)base);
	node = fdt_add_subnode(fdt, parent, name);
	if (node < 0)
		return node;
	err = fdt_setprop_string(fdt, node, "compatible",
				 soc->nodes[nth].compatible);
	if (!err)
		err = fdt_appendprop_string(fdt, node, "compatible", "syscon");
	if (!err)
		err = fdt_appendprop_addrrange(fdt, parent, node, "reg", base,
					       soc->nodes[nth].bytes);
	return err ? err : put_phandle(fdt, node, phandle);
}

/* UART2's, with their pull up. */
static int put_group(const struct rk_ioc_soc *soc, void *fdt, int controller,
		     uint32_t pull_up)
{
	int err = 0, node = fdt_add_subnode(fdt, controller, "uart2");

	if (node >= 0)
		node = fdt_add_subnode(fdt, node, "uart2m0-xfer");
	if (node < 0)
		return node;
	for (unsigned int i = 0; !err && i < 2 * 4; i++)
		err = fdt_appendprop_u32(fdt, node, "rockchip,pins",
					 i % 4 == 3 ? pull_up
						    : soc->pins[i / 4][i % 4]);
	return err;
}

static int put_controller(const struct rk_ioc_soc *soc, void *fdt, int parent,
			  const uint32_t *phandles)
{
	int node = fdt_add_subnode(fdt, parent, "pinctrl"), pull, err;
	uint32_t pull_up;

	if (node < 0)
		return node;
	err = fdt_setprop_string(fdt, node, "compatible", soc->compatible);
	for (unsigned int i = 0; !err && i < 2 && soc->nodes[i].link; i++)
		err = fdt_setprop_u32(fdt, node, soc->nodes[i].link,
				      phandles[i]);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#address-cells", 2);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#size-cells", 2);
	if (!err)
		err = fdt_setprop_empty(fdt, node, "ranges");
	if (err)
		return err;
	pull = fdt_add_subnode(fdt, node, "pcfg-pull-up");
	if (pull < 0)
		return pull;
	err = fdt_setprop_empty(fdt, pull, "bias-pull-up");
	if (!err)
		err = put_phandle(fdt, pull, &pull_up);
	return err ? err : put_group(soc, fdt, node, pull_up);
}

static int ioc_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	const struct rk_ioc_soc *soc = soc_of(dev);
	uint32_t phandles[2];
	int err = 0;

	for (unsigned int i = 0; !err && i < 2 && soc->nodes[i].compatible; i++)
		err = put_syscon(dev, fdt, parent, i, &phandles[i]);
	if (!err)
		err = put_controller(soc, fdt, parent, phandles);
	/* of a tree of the user's */
	if (err == -FDT_ERR_EXISTS)
		return -EEXIST;
	return err ? -ENOSPC : 0;
}

static const struct vdev_ops rk_ioc_ops __found = {
	.name = "syscon",
	.type = VM_EMU_ROCKCHIP_IOC,
	.cold = true,
	.state_size = sizeof(struct rk_ioc),
	.reset = ioc_reset,
	.read = ioc_read,
	.write = ioc_write,
	.fdt_node = ioc_fdt_node,
};
VDEV(rk_ioc_ops);

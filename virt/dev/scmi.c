/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated SCMI server, as firmware of Rockchip's boards has it: shared
 * memory, and a call that says that there is a message.
 */
#include "scmi_server.h"

#include <errno.h>
#include <lib/fdt.h>
#include <lib/lock.h>
#include <libfdt.h>
#include <string.h>
#include <virt/config.h>
#include <virt/vdev.h>

/** struct scmi - @lock: guards @server, that several vCPUs write and ring */
struct scmi {
	struct spinlock lock;
	struct scmi_server server;
};

static uint32_t call_of(const struct vdev *dev)
{
	return vm_scmi_call(dev->config->cfg, dev->config->cfg_count);
}

static uint64_t scmi_read(struct vdev *dev, uint64_t offset, unsigned int width)
{
	struct scmi *p = dev->state;
	uint64_t value = 0;

	if (offset > SCMI_AREA_BYTES - width)
		return 0;
	spin_lock(&p->lock);
	memcpy(&value, (const uint8_t *)p->server.area + offset, width);
	spin_unlock(&p->lock);
	return value;
}

static void scmi_write(struct vdev *dev, uint64_t offset, unsigned int width,
		       uint64_t value)
{
	struct scmi *p = dev->state;

	if (offset > SCMI_AREA_BYTES - width)
		return;
	spin_lock(&p->lock);
	memcpy((uint8_t *)p->server.area + offset, &value, width);
	spin_unlock(&p->lock);
}

static bool scmi_call(struct vdev *dev, uint32_t fn)
{
	struct scmi *p = dev->state;

	if (fn != call_of(dev))
		return false;
	spin_lock(&p->lock);
	scmi_server_ring(&p->server, &scmi_server_rk3588);
	spin_unlock(&p->lock);
	return true;
}

static int scmi_init(struct vdev *dev)
{
	struct scmi *p = dev->state;

	spin_init(&p->lock, LOCK_RANK_DEVICE);
	return 0;
}

static void scmi_reset(struct vdev *dev)
{
	struct scmi *p = dev->state;

	spin_lock(&p->lock);
	scmi_server_cold(&p->server, &scmi_server_rk3588);
	spin_unlock(&p->lock);
}

static int put_cells(void *fdt, int node, uint32_t address, uint32_t size)
{
	int err = fdt_setprop_u32(fdt, node, "#address-cells", address);

	return err ? err : fdt_setprop_u32(fdt, node, "#size-cells", size);
}

/* The binding's place for it: part of an SRAM. */
static int put_memory(const struct vdev *dev, void *fdt, int parent,
		      uint32_t *phandle)
{
	unsigned int count = 0;
	fdt32_t ranges[4];
	char name[40];
	int node, err;

	/* from 0 in it to its place */
	ranges[count++] = 0;
	if (fdt_address_cells(fdt, parent) == 2)
		ranges[count++] = cpu_to_fdt32(dev->gpa.v >> 32);
	ranges[count++] = cpu_to_fdt32((uint32_t)dev->gpa.v);
	ranges[count++] = cpu_to_fdt32(SCMI_AREA_BYTES);
	vdev_node_name(dev, name, sizeof(name));
	*phandle = fdt_phandle_unused(fdt);
	node = fdt_add_subnode(fdt, parent, name);
	if (node < 0 || !*phandle)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, node, "compatible", "mmio-sram");
	if (!err)
		err = fdt_appendprop_addrrange(fdt, parent, node, "reg",
					       dev->gpa.v, SCMI_AREA_BYTES);
	if (!err)
		err = put_cells(fdt, node, 1, 1);
	if (!err)
		err = fdt_setprop(fdt, node, "ranges", ranges,
				  (int)(count * sizeof(ranges[0])));
	node = err ? -1 : fdt_add_subnode(fdt, node, "scmi-shmem@0");
	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, node, "compatible", "arm,scmi-shmem");
	if (!err)
		err = fdt_setprop_u64(fdt, node, "reg", SCMI_AREA_BYTES);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "phandle", *phandle);
	return err ? -ENOSPC : 0;
}

/* A tree of the board's may have it already, and clocks that name it. */
static int node_get(void *fdt, int parent, const char *name)
{
	int node = fdt_subnode_offset(fdt, parent, name);

	return node < 0 ? fdt_add_subnode(fdt, parent, name) : node;
}

static int put_clocks(void *fdt, int parent)
{
	int err = put_cells(fdt, parent, 1, 0), node;

	node = err ? -1 : node_get(fdt, parent, "protocol@14");
	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop_u32(fdt, node, "reg", 0x14);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "#clock-cells", 1);
	return err ? -ENOSPC : 0;
}

static int scmi_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	uint32_t phandle;
	int node, err;

	err = put_memory(dev, fdt, parent, &phandle);
	if (err)
		return err;
	node = node_get(fdt, 0, "firmware");
	if (node >= 0)
		node = node_get(fdt, node, "scmi");
	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, node, "compatible", "arm,scmi-smc");
	if (!err)
		err = fdt_setprop_u32(fdt, node, "arm,smc-id", call_of(dev));
	if (!err)
		err = fdt_setprop_u32(fdt, node, "shmem", phandle);
	return err ? -ENOSPC : put_clocks(fdt, node);
}

static const struct vdev_ops scmi_ops __found = {
	.name = "sram",
	.type = VM_EMU_SCMI,
	.cold = true,
	.state_size = sizeof(struct scmi),
	.init = scmi_init,
	.reset = scmi_reset,
	.read = scmi_read,
	.write = scmi_write,
	.call = scmi_call,
	.fdt_node = scmi_fdt_node,
};
VDEV(scmi_ops);

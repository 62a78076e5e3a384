/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The doorbell: what a VM sees of its channels' events. The state is in
 * virt/ivc_doorbell.c, where the hypercalls reach it as well.
 * Documentation/hypercalls.md describes the registers.
 *
 * AxVisor's files name a range with this type in which channels are shown, with
 * no interrupt that is one. So the window's first page is the registers when
 * there is an interrupt, and the rest is where channels go first.
 */
#include <virt/ivc.h>

#include <arch/pgtable.h>
#include <errno.h>
#include <libfdt.h>
#include <virt/config.h>
#include <virt/vdev.h>
#include <virt/vm.h>

enum {
	ID = 0x00,
	VERSION = 0x04,
	VM_ID = 0x08,
	SLOTS = 0x0c,
	PENDING = 0x10,
	ENABLE = 0x14,
	ACK = 0x18,
	RING = 0x1c,
	CONNECTED = 0x20,
	TAKE = 0x24,
	EVENTS = 0x100, /* one for each slot */
	EVENTS_END = EVENTS + 4 * IVC_SLOTS,
};

#define ID_VALUE 0x43564943 /* "CIVC" */

static bool has_registers(const struct vdev *dev)
{
	return dev->virq >= 32 && dev->size_bytes >= PAGE_SIZE;
}

static uint32_t reg_read(struct vdev *dev, uint64_t reg)
{
	struct vm *vm = dev->vm;

	switch (reg) {
	case ID:
		return ID_VALUE;
	case VERSION:
		return 1;
	case VM_ID:
		return vm->config->id;
	case SLOTS:
		return IVC_SLOTS;
	case PENDING:
		return ivc_pending(vm);
	case ENABLE:
		return ivc_enabled(vm);
	case CONNECTED:
		return ivc_connected(vm);
	case TAKE:
		return ivc_take(vm);
	default:
		break;
	}
	if (reg >= EVENTS && reg < EVENTS_END)
		return ivc_events(vm, (unsigned int)(reg - EVENTS) / 4);
	return 0;
}

/* 32-bit registers: a wider or narrower access reads zero, writes nothing. */
static bool is_access(const struct vdev *dev, uint64_t offset,
		      unsigned int width)
{
	return width == 4 && !(offset & 3) && offset < PAGE_SIZE &&
	       has_registers(dev);
}

static uint64_t ivc_read(struct vdev *dev, uint64_t offset, unsigned int width)
{
	return is_access(dev, offset, width) ? reg_read(dev, offset) : 0;
}

static void ivc_write(struct vdev *dev, uint64_t offset, unsigned int width,
		      uint64_t value)
{
	if (!is_access(dev, offset, width))
		return;
	switch (offset) {
	case ENABLE:
		ivc_enable(dev->vm, (uint32_t)value);
		return;
	case ACK:
		ivc_ack(dev->vm, (uint32_t)value);
		return;
	case RING:
		ivc_notify(dev->vm, (unsigned int)value);
		return;
	default:
		break;
	}
	if (offset >= EVENTS && offset < EVENTS_END)
		ivc_events_clear(dev->vm, (unsigned int)(offset - EVENTS) / 4,
				 (uint32_t)value);
}

static int ivc_init(struct vdev *dev)
{
	ivc_doorbell_attach(dev, has_registers(dev) ? PAGE_SIZE : 0);
	return 0;
}

static void ivc_reset(struct vdev *dev)
{
	ivc_doorbell_reset(dev->vm);
}

/* Only where a driver has something to drive. */
static int ivc_fdt_node(const struct vdev *dev, void *fdt, int parent)
{
	char name[32];
	int node;

	if (!has_registers(dev) || !ivc_doorbell_is(dev))
		return 0;
	vdev_node_name(dev, name, sizeof(name));
	node = fdt_add_subnode(fdt, parent, name);
	if (node < 0 ||
	    fdt_setprop_string(fdt, node, "compatible", "cvisor,ivc") ||
	    fdt_appendprop_addrrange(fdt, parent, node, "reg", dev->gpa.v,
				     PAGE_SIZE))
		return -ENOSPC;
	return vdev_fdt_irq(dev, fdt, node);
}

static const struct vdev_ops ivc_ops = {
	.name = "ivc",
	.type = VM_EMU_IVC,
	.init = ivc_init,
	.reset = ivc_reset,
	.read = ivc_read,
	.write = ivc_write,
	.fdt_node = ivc_fdt_node,
};
VDEV(ivc_ops);

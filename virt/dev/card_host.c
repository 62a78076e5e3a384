/* SPDX-License-Identifier: Apache-2.0 */
#include "card_host.h"

#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>
#include <virt/guest_mem.h>
#include <virt/vdisk.h>
#include <virt/vm.h>

/* Page by page: what is contiguous for the guest need not be for the host. */
int card_host_move(struct vdev *dev, struct card *card, uint64_t at,
		   uint32_t len, bool to_card, uint32_t *moved)
{
	*moved = 0;
	while (*moved < len) {
		uint64_t from = at + *moved;
		uint32_t n = MIN(len - *moved,
				 (uint32_t)(PAGE_SIZE - from % PAGE_SIZE));
		void *p = guest_ptr(dev->vm, gpa(from), n);
		uint32_t done;

		if (!p)
			return -EFAULT;
		done = to_card ? card_take(card, dev->disk, p, n)
			       : card_give(card, dev->disk, p, n);
		*moved += done;
		if (done < n)
			return -EIO;
	}
	return 0;
}

void card_host_insert(const struct vdev *dev, struct card *card,
		      enum card_kind kind)
{
	card->read_only = dev->disk->read_only;
	card_init(card, kind, dev->disk->bytes, card_host_serial(dev));
}

/* What does not move, and its registers, are nothing to wait for. */
bool card_host_is_ready(struct vdev *dev, const struct card *card, uint32_t len,
			bool to_card)
{
	uint32_t n = (uint32_t)MIN((uint64_t)len, card->left);
	uint64_t at = card->at;

	if (card->state != (to_card ? CARD_RECEIVE : CARD_DATA) ||
	    card->reg_bytes || !n)
		return true;
	/* a disk has whole blocks */
	n += to_card ? card->filled : (uint32_t)(at % CARD_BLOCK);
	at = ALIGN_DOWN(at, CARD_BLOCK);
	return vdisk_is_ready(dev->disk, at, ALIGN_UP(n, CARD_BLOCK),
			      ALIGN_UP(card->want, CARD_BLOCK), to_card);
}

int card_host_commit(struct vdev *dev, struct card *card, bool to_card)
{
	int err = to_card ? vdisk_commit(dev->disk) : 0;

	if (err == -EIO)
		card->errors |= CARD_ERROR;
	return err;
}

uint32_t card_host_serial(const struct vdev *dev)
{
	return dev->vm->config->id << 16 ^ (uint32_t)(dev->gpa.v >> 12);
}

static int put_node(const struct card_host_node *desc, const struct vdev *dev,
		    void *fdt, int parent, uint32_t phandle)
{
	char name[32];
	int node, err;

	vdev_node_name(dev, name, sizeof(name));
	node = fdt_add_subnode(fdt, parent, name);
	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop(fdt, node, "compatible", desc->compatible,
			  (int)desc->compatible_bytes);
	if (!err)
		err = fdt_appendprop_addrrange(fdt, parent, node, "reg",
					       dev->gpa.v, dev->size_bytes);
	if (!err)
		err = fdt_setprop(fdt, node, "clock-names", desc->clocks,
				  (int)desc->clocks_bytes);
	for (uint32_t i = 0; !err && i < desc->clocks_bytes; i++)
		if (!desc->clocks[i])
			err = fdt_appendprop_u32(fdt, node, "clocks", phandle);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "max-frequency", desc->max_hz);
	if (!err)
		err = fdt_setprop_u32(fdt, node, "bus-width", desc->lines);
	for (const char *const *flag = desc->flags; !err && *flag; flag++)
		err = fdt_setprop_empty(fdt, node, *flag);
	return err ? -ENOSPC : node;
}

int card_host_fdt_node(const struct card_host_node *desc,
		       const struct vdev *dev, void *fdt, int parent)
{
	uint32_t phandle;
	int node, err;

	/* first, because nodes move */
	err = vdev_fdt_clock(fdt, parent, desc->clock_node, desc->clock_hz,
			     &phandle);
	if (err)
		return err;
	node = put_node(desc, dev, fdt, parent, phandle);
	if (node >= 0 && dev->virq)
		err = vdev_fdt_irq(dev, fdt, node);
	return err ? err : node;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "primecell.h"

#include <errno.h>
#include <libfdt.h>

uint32_t primecell_id(const struct primecell *cell, uint64_t reg)
{
	static const uint8_t pcell_id[] = {0x0d, 0xf0, 0x05, 0xb1};

	if (reg < PRIMECELL_ID0 || reg >= PRIMECELL_ID0 + 8 * 4)
		return 0;
	reg = (reg - PRIMECELL_ID0) / 4;
	return reg < 4 ? cell->periph_id[reg] : pcell_id[reg - 4];
}

static int put_node(const struct primecell *cell, const struct vdev *dev,
		    void *fdt, int parent, const uint32_t *phandles)
{
	char name[32];
	int node, err;

	vdev_node_name(dev, name, sizeof(name));
	node = fdt_add_subnode(fdt, parent, name);
	if (node < 0)
		return -ENOSPC;
	err = fdt_setprop_string(fdt, node, "compatible", cell->compatible);
	if (!err)
		err = fdt_appendprop_string(fdt, node, "compatible",
					    "arm,primecell");
	if (!err)
		err = fdt_appendprop_addrrange(fdt, parent, node, "reg",
					       dev->gpa.v, dev->size_bytes);
	for (unsigned int i = 0; !err && i < 2 && cell->clocks[i].name; i++) {
		err = fdt_appendprop_u32(fdt, node, "clocks", phandles[i]);
		if (!err)
			err = fdt_appendprop_string(fdt, node, "clock-names",
						    cell->clocks[i].name);
	}
	return err ? -ENOSPC : node;
}

int primecell_fdt_node(const struct primecell *cell, const struct vdev *dev,
		       void *fdt, int parent)
{
	uint32_t phandles[2];
	int node, err = 0;

	/* first, because nodes move */
	for (unsigned int i = 0; !err && i < 2 && cell->clocks[i].name; i++)
		err = vdev_fdt_clock(fdt, parent, cell->clocks[i].node,
				     cell->clocks[i].freq_hz, &phandles[i]);
	if (err)
		return err;
	node = put_node(cell, dev, fdt, parent, phandles);
	if (node >= 0 && dev->virq)
		err = vdev_fdt_irq(dev, fdt, node);
	return err ? err : node;
}

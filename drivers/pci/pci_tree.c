/* SPDX-License-Identifier: Apache-2.0 */
/* Windows, buses and interrupts of a PCI host bridge, from its node. */
#include "pci_tree.h"

#include <errno.h>

/* phys.hi: the space in bits 25 and 24, bus, device, function in 23 to 8 */
#define SPACE(hi) ((hi) >> 24 & 3)
#define SPACE_MEM32 2u
#define SPACE_MEM64 3u
#define SIZE_4G ((uint64_t)1 << 32)

static uint64_t cells2(const void *cells, unsigned int at)
{
	return (uint64_t)fdt_cell(cells, at) << 32 | fdt_cell(cells, at + 1);
}

bool pci_tree_window(const struct fdt_scan *scan, bool wide,
		     struct pci_window *window)
{
	int len;
	const void *cells = fdt_prop(scan->fdt, scan->node, "ranges", &len);
	unsigned int parent = fdt_u32(scan->fdt, scan->chain[scan->depth - 1],
				      "#address-cells", 2);
	unsigned int row = 5 + parent, count;

	if (!cells || len < 0 || parent < 1 || parent > 2)
		return false;
	count = (unsigned int)len / 4;
	for (unsigned int at = 0; count - at >= row; at += row) {
		unsigned int space = SPACE(fdt_cell(cells, at));
		struct pci_window w = {
			.bus = cells2(cells, at + 1),
			.cpu = parent == 2 ? cells2(cells, at + 3)
					   : fdt_cell(cells, at + 3),
			.size_bytes = cells2(cells, at + 3 + parent),
		};

		if (space < SPACE_MEM32 || !w.size_bytes ||
		    w.bus + w.size_bytes < w.bus ||
		    w.cpu + w.size_bytes < w.cpu ||
		    (w.bus + w.size_bytes > SIZE_4G) != wide)
			continue;
		*window = w;
		return true;
	}
	return false;
}

void pci_tree_buses(const struct fdt_scan *scan, uint8_t *first, uint8_t *last)
{
	int len;
	const void *cells = fdt_prop(scan->fdt, scan->node, "bus-range", &len);

	*first = 0;
	*last = 255;
	if (!cells || len != 8 || fdt_cell(cells, 0) > 255 ||
	    fdt_cell(cells, 1) > 255 || fdt_cell(cells, 1) < fdt_cell(cells, 0))
		return;
	*first = (uint8_t)fdt_cell(cells, 0);
	*last = (uint8_t)fdt_cell(cells, 1);
}

/* Linux interrupt-map: (3 address cells, pin) parent, its cells */
int pci_tree_irq(const void *fdt, int node, uint8_t bus, uint8_t devfn,
		 unsigned int pin, struct fdt_irq *irq)
{
	int map_len, mask_len;
	const void *map = fdt_prop(fdt, node, "interrupt-map", &map_len);
	const void *mask = fdt_prop(fdt, node, "interrupt-map-mask", &mask_len);
	uint32_t hi = (uint32_t)bus << 16 | (uint32_t)devfn << 8;
	uint32_t hi_mask = mask && mask_len == 16 ? fdt_cell(mask, 0) : ~0u;
	uint32_t pin_mask = mask && mask_len == 16 ? fdt_cell(mask, 3) : ~0u;
	unsigned int at = 0, count;

	if (!map)
		return -ENOENT;
	count = (unsigned int)map_len / 4;
	while (count - at >= 5) {
		int parent = fdt_phandle_node(fdt, fdt_cell(map, at + 4));
		bool fits =
			(fdt_cell(map, at) & hi_mask) == (hi & hi_mask) &&
			(fdt_cell(map, at + 3) & pin_mask) == (pin & pin_mask);
		unsigned int skip, n;

		if (parent < 0)
			return -EINVAL;
		skip = fdt_u32(fdt, parent, "#address-cells", 0);
		n = fdt_u32(fdt, parent, "#interrupt-cells", 0);
		at += 5;
		if (!n || n > ARRAY_SIZE(irq->cells) || skip > count - at ||
		    n > count - at - skip)
			return -EINVAL;
		at += skip;
		if (fits) {
			*irq = (struct fdt_irq){.parent = parent,
						.cell_count = n};
			for (unsigned int i = 0; i < n; i++)
				irq->cells[i] = fdt_cell(map, at + i);
			return 0;
		}
		at += n;
	}
	return -ENOENT;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where a PCI host bridge's functions have their registers. */
#include "plan.h"

#include <lib/fdt.h>
#include <string.h>

/* A cell's number may be in one cell or two. */
static uint64_t number_of(const void *cells, unsigned int at,
			  unsigned int count)
{
	uint64_t number = 0;

	while (count--)
		number = number << 32 | fdt_cell(cells, at++);
	return number;
}

/* IEEE 1275 PCI Bus Binding, 2.2.1.1: 3 child, parent, 2 size cells each */
bool pci_window(const struct fdt_scan *scan, unsigned int index,
		struct fdt_reg *window)
{
	int len, cells_len;
	const char *type = fdt_prop(scan->fdt, scan->node, "device_type", &len);
	const void *ranges, *cells;
	unsigned int parent = 2, row, at;

	if (!scan->depth || !type || len != sizeof("pci") ||
	    memcmp(type, "pci", sizeof("pci")))
		return false;
	ranges = fdt_prop(scan->fdt, scan->node, "ranges", &len);
	if (!ranges)
		return false;
	cells = fdt_prop(scan->fdt, scan->chain[scan->depth - 1],
			 "#address-cells", &cells_len);
	if (cells && cells_len == 4)
		parent = fdt_cell(cells, 0);
	if (parent < 1 || parent > 2)
		return false;
	row = 5 + parent;
	at = index * row;
	if (at + row > (unsigned int)len / 4)
		return false;
	window->addr = number_of(ranges, at + 3, parent);
	window->size = number_of(ranges, at + 3 + parent, 2);
	return true;
}

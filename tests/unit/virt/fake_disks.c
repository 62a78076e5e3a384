/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_disks.h"

#include <drivers/block.h>
#include <drivers/storage.h>
#include <errno.h>
#include <string.h>

struct fake_disk fake_disk = {.node = -1};
char fake_probed[256];

struct block_device *block_next(const struct block_device *prev)
{
	static struct block_device dev;

	dev.node = fake_disk.node;
	return prev || fake_disk.node < 0 ? NULL : &dev;
}

bool block_node_is_held(int node)
{
	return node == fake_disk.node && fake_disk.held;
}

int block_node_quit(int node)
{
	if (node != fake_disk.node)
		return 0;
	if (fake_disk.held)
		return -EBUSY;
	return fake_disk.quits++ == 0;
}

void storage_probe(bool (*is_guests)(const struct fdt_scan *scan))
{
	static const char *const list[] = {"virtio,mmio", NULL};
	struct fdt_scan scan;

	fake_probed[0] = 0;
	if (!fdt_scan_init(&scan, host_fdt()))
		return;
	while (fdt_scan_next(&scan)) {
		if (!fdt_node_compatible_any(scan.fdt, scan.node, list) ||
		    is_guests(&scan))
			continue;
		strcat(fake_probed, scan.name);
		strcat(fake_probed, " ");
	}
}

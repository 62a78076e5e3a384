/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The disks' controllers. One pass over the tree, which knows each node's
 * parents: there may be dozens of them without a disk, as on QEMU's machines,
 * and this comes before the first guest.
 */
#include <drivers/storage.h>

#include <drivers/driver.h>
#include <errno.h>
#include <lib/log.h>

#define LOG_TAG "drivers"

/* Made by the linker script of the pointers that DRIVER() stores. */
extern const struct driver *const __drivers_start[], *const __drivers_end[];

static bool is_enabled(const struct fdt_scan *scan)
{
	for (int i = scan->depth; i > 0; i--)
		if (!fdt_node_enabled(scan->fdt, scan->chain[i]))
			return false;
	return true;
}

static const struct driver *driver_of(const struct fdt_scan *scan,
				      const struct driver *const *entry)
{
	int len;
	const char *strings =
		fdt_prop(scan->fdt, scan->node, "compatible", &len);

	for (; strings && entry < __drivers_end; entry++)
		if ((*entry)->probe_at &&
		    fdt_strings_have(strings, (uint32_t)len,
				     (*entry)->compatible))
			return *entry;
	return NULL;
}

void storage_probe(bool (*is_guests)(const struct fdt_scan *scan))
{
	const struct driver *const *first = __drivers_start;
	struct fdt_scan scan;
	int err;

	while (first < __drivers_end && !(*first)->probe_at)
		first++;
	if (first == __drivers_end || !fdt_scan_init(&scan, host_fdt()))
		return;
	while (fdt_scan_next(&scan)) {
		const struct driver *driver = driver_of(&scan, first);

		if (!driver || !is_enabled(&scan) || is_guests(&scan))
			continue;
		err = driver->probe_at(&scan);
		if (err && err != -ENODEV)
			log_err("%s: %s: error %d", driver->name, scan.name,
				err);
	}
}

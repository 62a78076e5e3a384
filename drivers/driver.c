/* SPDX-License-Identifier: Apache-2.0 */
/* Binding drivers to nodes of the host tree. */
#include <drivers/driver.h>

#include <core/fdt.h>
#include <errno.h>
#include <lib/log.h>
#include <libfdt.h>

#define LOG_TAG "drivers"

/* Made by the linker script of the pointers that DRIVER() stores. */
extern const struct driver *const __drivers_start[], *const __drivers_end[];

static bool matches(const struct driver *driver, const char *list, int len)
{
	for (const char *const *name = driver->compatible; *name; name++)
		if (fdt_stringlist_contains(list, len, *name))
			return true;
	return false;
}

/* The first driver that takes the node keeps it. */
static void bind(const void *fdt, int node, enum driver_phase phase)
{
	int len;
	const char *list = fdt_getprop(fdt, node, "compatible", &len);
	const struct driver *const *entry;
	int err;

	if (!list)
		return;
	for (entry = __drivers_start; entry < __drivers_end; entry++) {
		if ((*entry)->phase != phase || !matches(*entry, list, len))
			continue;
		err = (*entry)->probe(fdt, node);
		if (err == 0)
			return;
		if (err != -ENODEV)
			log_err("%s: %s: error %d", (*entry)->name,
				fdt_get_name(fdt, node, NULL), err);
	}
}

void drivers_probe(enum driver_phase phase)
{
	const void *fdt = host_fdt();
	int depth = 0;
	int off_depth = -1; /* of a disabled node: what is below is off too */
	int node;

	for (node = fdt_next_node(fdt, -1, &depth); node >= 0 && depth >= 0;
	     node = fdt_next_node(fdt, node, &depth)) {
		if (off_depth >= 0 && depth > off_depth)
			continue;
		off_depth = -1;
		if (fdt_node_enabled(fdt, node))
			bind(fdt, node, phase);
		else
			off_depth = depth;
	}
}

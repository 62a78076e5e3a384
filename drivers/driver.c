/* SPDX-License-Identifier: Apache-2.0 */
/* Binding drivers to nodes of the host tree. */
#include <drivers/driver.h>

#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>

#define LOG_TAG "drivers"

/* Made by the linker script of the pointers that DRIVER() stores. */
extern const struct driver *const __drivers_start[], *const __drivers_end[];

/* The first driver that takes the node keeps it. */
static int bind(void *ctx, const void *fdt, int node, const char *compatible,
		int len)
{
	const enum driver_phase *phase = ctx;
	const struct driver *const *entry;
	int err;

	for (entry = __drivers_start; entry < __drivers_end; entry++) {
		if ((*entry)->phase != *phase ||
		    !fdt_strings_have(compatible, (uint32_t)len,
				      (*entry)->compatible))
			continue;
		err = (*entry)->probe(fdt, node);
		if (err == 0)
			break;
		if (err != -ENODEV)
			log_err("%s: %s: error %d", (*entry)->name,
				fdt_get_name(fdt, node, NULL), err);
	}
	return 0;
}

void drivers_probe(enum driver_phase phase)
{
	const struct driver *const *entry = __drivers_start;

	while (entry < __drivers_end && (*entry)->phase != phase)
		entry++;
	if (entry < __drivers_end)
		(void)fdt_for_each_device(host_fdt(), bind, &phase);
}

const char *drivers_wanted(enum driver_phase phase)
{
	const struct driver *const *entry;

	for (entry = __drivers_start; entry < __drivers_end; entry++)
		if ((*entry)->phase == phase && (*entry)->wanted)
			return (*entry)->wanted;
	return "one whose driver is built in";
}

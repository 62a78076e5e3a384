/* SPDX-License-Identifier: Apache-2.0 */
#include "mmc_tree.h"

#include <lib/fdt.h>
#include <lib/util.h>

static bool has(const void *fdt, int node, const char *name)
{
	return fdt_prop(fdt, node, name, NULL);
}

static bool has_any(const void *fdt, int node, const char *const *names)
{
	while (*names && !has(fdt, node, *names))
		names++;
	return *names;
}

/*
 * GPIOs have no driver: a card behind "cd-gpios" counts as there, as where
 * nothing detects it, and shows by its answers. One whose switch is behind
 * "wp-gpios" may be protected.
 */
void mmc_wires_read(const void *fdt, int node, struct mmc_wires *wires)
{
	/* whoever may go faster may do this */
	static const char *const fast[] = {
		"cap-sd-highspeed", "cap-mmc-highspeed",
		"sd-uhs-sdr25",     "sd-uhs-sdr50",
		"sd-uhs-sdr104",    "mmc-hs200-1_8v",
		"mmc-hs400-1_8v",   NULL,
	};
	static const char *const blind[] = {
		"non-removable", "broken-cd", "cd-gpios", "cd-gpio", NULL,
	};
	static const char *const no_switch[] = {
		"non-removable",
		"disable-wp",
		NULL,
	};
	static const char *const elsewhere[] = {"wp-gpios", "wp-gpio", NULL};
	uint32_t lines = fdt_u32(fdt, node, "bus-width", 1);

	*wires = (struct mmc_wires){
		.lines = lines == 4 || lines == 8 ? lines : 1,
		.max_hz = fdt_u32(fdt, node, "max-frequency", 0),
		.high_speed = has_any(fdt, node, fast),
		.detects = !has_any(fdt, node, blind),
	};
	if (has_any(fdt, node, no_switch))
		return;
	wires->unread_switch = has_any(fdt, node, elsewhere);
	wires->protectable = !wires->unread_switch;
}

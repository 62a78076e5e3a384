/* SPDX-License-Identifier: Apache-2.0 */
#include "mmc_tree.h"

#include <lib/fdt.h>
#include <lib/log.h>
#include <lib/util.h>
#include <stdio.h>

#define LOG_TAG "mmc"

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
static void wires_read(struct mmc_host *host, const void *fdt, int node)
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
	static const char *const gpios[] = {"wp-gpios", "wp-gpio", NULL};
	uint32_t lines = fdt_u32(fdt, node, "bus-width", 1);
	bool elsewhere;

	host->lines = lines == 4 || lines == 8 ? lines : 1;
	host->max_hz = fdt_u32(fdt, node, "max-frequency", 0);
	host->high_speed = has_any(fdt, node, fast);
	host->removable = !has_any(fdt, node, blind);
	if (has_any(fdt, node, no_switch))
		return;
	elsewhere = has_any(fdt, node, gpios);
	host->protect = elsewhere;
	host->protectable = !elsewhere;
}

void mmc_tree_describe(struct mmc_host *host, const struct fdt_scan *scan)
{
	*host = (struct mmc_host){
		.node = scan->node,
		.dma.coherent = dma_is_coherent(scan->fdt, scan->node),
		.dma.max = UINT64_MAX,
	};
	snprintf(host->name, sizeof(host->name), "%s", scan->name);
	io_wait_init(&host->wait);
	io_wait_init(&host->poll);
	wires_read(host, scan->fdt, scan->node);
	if (host->protect)
		log_warn("%s: \"wp-gpios\" cannot be read: not to be written",
			 host->name);
}

void mmc_tree_quit(struct mmc_host *host)
{
	if (host->irq)
		irq_free(host->irq);
	host->irq = 0;
}

int mmc_tree_start(struct mmc_host *host, const struct fdt_scan *scan,
		   irq_handler_t handler)
{
	int irq =
		io_irq_connect(scan->fdt, scan->node, 0, handler, host, "disk");
	int err;

	host->irq = irq > 0 ? (unsigned int)irq : 0;
	host->wait.has_irq = irq > 0;
	err = mmc_attach(host);
	if (err)
		mmc_tree_quit(host);
	return err;
}

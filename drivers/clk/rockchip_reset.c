/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resets of Rockchip's CRU: CRU_SOFTRST_CON…, a 1 is a reset; the upper half
 * says which bits are written. RK3568 TRM part 1 and RK3588 TRM part 1, "CRU".
 */
#include <asm/io.h>
#include <core/timer.h>
#include <drivers/reset.h>
#include <errno.h>
#include <lib/fdt_args.h>
#include <lib/log.h>
#include <libfdt.h>

#include "clk.h"
#include "rockchip_cru.h"

#define LOG_TAG "reset"

/* More of a device's list is damage. */
#define LIST_MAX 32u

/* The slowest clock, 400 kHz, has some edges in it. */
#define PULSE_US 20u

/* Bit @id of all: register * 16 + bit; < 0: there is none. */
static int bit_of(const struct cru_soc *soc, uint32_t id)
{
	if (!soc->reset_bits)
		return id < soc->reset_count * 16u ? (int)id : -ENOENT;
	for (unsigned int i = 0; i < soc->reset_count * 16u; i++)
		if (soc->reset_bits[i / 16] & 1u << i % 16 && !id--)
			return (int)i;
	return -ENOENT;
}

/* Entry @index of a device: 0; -ERANGE: behind the last one; -Exxx. */
static int entry_write(const void *fdt, int node, unsigned int index,
		       bool in_reset)
{
	const struct clk_provider *cru;
	const struct cru_soc *soc;
	struct fdt_args args;
	int bit, err = fdt_args(fdt, node, "resets", "#reset-cells", index,
				&args);

	if (!err && args.count != 1)
		err = -EINVAL;
	if (!err)
		err = clk_provider_get(fdt, args.node, &cru);
	if (!err && cru->ops != &cru_clk_ops)
		err = -ENODEV;
	if (err)
		return err;
	soc = cru->soc;
	bit = bit_of(soc, args.cells[0]);
	if (bit < 0)
		return bit;
	io_write32(cru->regs + soc->reset + 4u * ((unsigned int)bit / 16),
		   (0x10000u | in_reset) << bit % 16);
	return 0;
}

static void all_write(const void *fdt, int node, bool in_reset)
{
	int err = 0;

	for (unsigned int i = 0; i < LIST_MAX && err != -EINVAL; i++) {
		err = entry_write(fdt, node, i, in_reset);
		if (err == -ERANGE)
			return;
		if (err && !in_reset)
			log_warn("%s: reset %u: error %d, left as it is",
				 fdt_get_name(fdt, node, NULL), i, err);
	}
}

void reset_node_release(const void *fdt, int node)
{
	all_write(fdt, node, false);
}

void reset_node_pulse(const void *fdt, int node)
{
	if (!fdt_prop(fdt, node, "resets", NULL))
		return;
	all_write(fdt, node, true);
	time_delay_us(PULSE_US);
	all_write(fdt, node, false);
}

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

int reset_get(const void *fdt, int node, unsigned int index,
	      struct reset *reset)
{
	const struct clk_provider *cru;
	const struct cru_soc *soc;
	struct fdt_args args;
	int bit, err = index < LIST_MAX ? fdt_args(fdt, node, "resets",
						   "#reset-cells", index, &args)
					: -ERANGE;

	if (!err && args.count != 1)
		err = -ENODEV;
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
	*reset = (struct reset){
		.reg = cru->regs + soc->reset + 4u * ((unsigned int)bit / 16),
		.bit = (uint32_t)bit % 16,
	};
	return 0;
}

void reset_write(const struct reset *reset, bool in_reset)
{
	io_write32(reset->reg, (0x10000u | in_reset) << reset->bit);
	(void)io_read32(reset->reg); /* it has got there */
}

static void all_write(const void *fdt, int node, bool in_reset)
{
	struct reset reset;
	int err = 0;

	for (unsigned int i = 0; err != -ERANGE && err != -EINVAL; i++) {
		err = reset_get(fdt, node, i, &reset);
		if (!err)
			reset_write(&reset, in_reset);
		else if (err != -ERANGE && !in_reset)
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
	time_delay_us(RESET_PULSE_US);
	all_write(fdt, node, false);
}

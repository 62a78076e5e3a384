/* SPDX-License-Identifier: Apache-2.0 */
#include <drivers/clk.h>
#include <drivers/reset.h>
#include <drivers/soc.h>
#include <lib/util.h>

void soc_device_on(const void *fdt, int node)
{
	if (IS_ENABLED(CONFIG_SOC_ROCKCHIP))
		pins_node_apply(fdt, node);
	clk_node_start(fdt, node);
	if (IS_ENABLED(CONFIG_CLK_ROCKCHIP))
		reset_node_release(fdt, node);
}

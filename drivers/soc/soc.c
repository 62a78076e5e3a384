/* SPDX-License-Identifier: Apache-2.0 */
#include <drivers/clk.h>
#include <drivers/reset.h>
#include <drivers/soc.h>
#include <lib/fdt.h>
#include <lib/util.h>

int soc_device_on(const void *fdt, int node)
{
	if (IS_ENABLED(CONFIG_SOC_ROCKCHIP)) {
		int err = power_node_on(fdt, node);

		if (err)
			return err;
		pins_node_apply(fdt, node);
	}
	clk_node_start(fdt, node);
	if (IS_ENABLED(CONFIG_CLK_ROCKCHIP))
		reset_node_release(fdt, node);
	return 0;
}

bool soc_is_provider(const void *fdt, int node)
{
	static const char *const kinds[] = {
		"rockchip,rk3568-cru",
		"rockchip,rk3568-pmucru",
		"rockchip,rk3588-cru",
		"rockchip,rk3568-power-controller",
		"rockchip,rk3588-power-controller",
		"rockchip,rk3568-pinctrl",
		"rockchip,rk3588-pinctrl",
		NULL,
	};

	return fdt_node_compatible_any(fdt, node, kinds);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "uart_rate.h"

#include <lib/fdt.h>
#include <stdlib.h>
#include <string.h>

/* Devicetree Specification v0.4, 3.6: behind the path, ":1500000n8" and such */
static uint64_t stdout_speed(const void *fdt, int node)
{
	int chosen = fdt_path_node(fdt, "/chosen", strlen("/chosen")), len;
	const char *path, *options;

	if (chosen < 0 || fdt_stdout_node(fdt) != node)
		return 0;
	path = fdt_prop(fdt, chosen, "stdout-path", &len);
	if (!path || !len || path[len - 1])
		return 0;
	options = strchr(path, ':');
	return options ? strtoul(options + 1, NULL, 10) : 0;
}

unsigned int uart_divisor(const void *fdt, int node)
{
	uint64_t hz = fdt_u32(fdt, node, "clock-frequency", 0);
	uint64_t speed = fdt_u32(fdt, node, "current-speed", 0);
	uint64_t divisor = 0;

	if (!speed)
		speed = stdout_speed(fdt, node);
	if (speed && speed <= UINT32_MAX)
		divisor = (hz + 8 * speed) / (16 * speed);
	return divisor <= UINT16_MAX ? (unsigned int)divisor : 0;
}

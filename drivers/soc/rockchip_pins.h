/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROCKCHIP_PINS_H
#define ROCKCHIP_PINS_H

#include <lib/types.h>

/**
 * struct pin_route - on RK3568 a function that has several places: with this
 * pin at this function it comes in from here
 * @pin:    bank * 32 + number
 * @reg:    of GRF_IOFUNC_SEL0 …; 7: PMUGRF_SOC_CON4
 * @value:  of a field of @width bits
 */
struct pin_route {
	uint32_t pin : 8, function : 3, reg : 3, shift : 4, width : 2,
		value : 2;
};

#define PIN_ROUTE_PMU 7

extern const struct pin_route rk3568_routes[];
extern const unsigned int rk3568_route_count;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pins of RK3568 and RK3588: function, pull, drive strength and Schmitt
 * trigger, as the binding "rockchip,pinctrl" has them in the tree. GPIOs stay
 * inputs or outputs as they were.
 *
 * RK3568 TRM part 1, "GRF" and "PMUGRF": GRF_GPIO1A_IOMUX_L, _P, _DS_0, _SMT
 * and on, PMUGRF_GPIO0…; RK3588 TRM part 1, "IOC": BUS_IOC_GPIO…_IOMUX_SEL_L,
 * PMU1_IOC_…, VCCIO…_IOC_…, EMMC_IOC_…, as U-Boot's pinctrl-rk3568.c and
 * pinctrl-rk3588.c tell them. The upper half of a register says which bits of
 * the lower one are written.
 */
#include "rockchip_pins.h"

#include <asm/io.h>
#include <drivers/soc.h>
#include <errno.h>
#include <lib/fdt_args.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/heap.h>
#include <mm/host_map.h>
#include <stdio.h>

#define LOG_TAG "pins"

#define BANKS 5u
#define BANK_PINS 32u
#define CELLS 4u /* bank, pin, function, configuration */

/* of RK3588's IOCs, from the first */
#define PMU2_IOC 0x4000u
#define BUS_IOC 0x8000u
#define VCCIO1_4_IOC 0x9000u
#define VCCIO3_5_IOC 0xa000u
#define VCCIO2_IOC 0xb000u
#define VCCIO6_IOC 0xc000u
#define EMMC_IOC 0xd000u
#define IOC_BYTES 0xe000u

#define GRF_BYTES 0x858u
#define PMUGRF_BYTES 0x114u
#define GRF_IOFUNC_SEL0 0x300u
#define PMUGRF_SOC_CON4 0x110u

/* that function 8 and above of GPIO0_B4 and on are a matter of BUS_IOC */
#define BY_BUS_IOC 8u

enum pull { PULL_NONE, PULL_UP, PULL_DOWN };

/** struct pins - @grf: of RK3588 the IOCs; @pmu: of RK3568 */
struct pins {
	const void *fdt;
	int node;
	bool is_3588;
	volatile uint8_t *grf, *pmu;
};

/** struct place - a field: @width 0: there is none */
struct place {
	volatile uint8_t *reg;
	unsigned int shift, width;
};

static struct pins *the_pins; /* atomic: complete, for ever */

static void place_write(struct place at, uint32_t value)
{
	uint32_t mask = (1u << at.width) - 1;

	if (at.width)
		io_write32(at.reg, (mask << 16 | (value & mask)) << at.shift);
}

/*
 * RK3588: who has a pin's pull and the like. Registers of banks 1 to 4 follow
 * each other in one range of numbers, but lie in the IOC of the pins' supply.
 */
static unsigned int supply_ioc(unsigned int bank, unsigned int pin,
			       unsigned int emmc_end)
{
	switch (bank) {
	case 1:
		return VCCIO1_4_IOC;
	case 2:
		return pin < emmc_end || pin >= 24 ? EMMC_IOC : VCCIO3_5_IOC;
	case 3:
		return VCCIO3_5_IOC;
	default:
		return pin < 18   ? VCCIO6_IOC
		       : pin < 24 ? VCCIO3_5_IOC
				  : VCCIO2_IOC;
	}
}

/* Eight pins a register, @bits each: in bank 0 at @low, from B5 on @high. */
static struct place of_eights(const struct pins *pins, unsigned int bank,
			      unsigned int pin, unsigned int bits,
			      unsigned int low, unsigned int high,
			      unsigned int others)
{
	unsigned int at = 4 * (pin / 8);

	if (bank)
		at += supply_ioc(bank, pin, 6) + others + 0x10 * (bank - 1);
	else if (pin < 13)
		at += low;
	else
		at += PMU2_IOC + high - 4;
	return (struct place){pins->grf + at, pin % 8 * bits, bits};
}

static struct place drive_3588(const struct pins *pins, unsigned int bank,
			       unsigned int pin)
{
	unsigned int at = 4 * (pin / 4);

	if (bank)
		at += supply_ioc(bank, pin, 4) + 0x20 + 0x20 * (bank - 1);
	else
		at += pin < 12 ? 0x10 : PMU2_IOC + 0x14 - 12;
	return (struct place){pins->grf + at, pin % 4 * 4, 4};
}

static void function_3588(const struct pins *pins, unsigned int bank,
			  unsigned int pin, uint32_t function)
{
	unsigned int at = 0x20 * bank + 4 * (pin / 4);
	struct place place = {pins->grf + at, pin % 4 * 4, 4};

	if (bank) {
		place.reg += BUS_IOC;
	} else if (pin >= 12) {
		if (function >= BY_BUS_IOC) {
			place.reg += BUS_IOC;
			place_write(place, function);
			place.reg -= BUS_IOC;
			function = BY_BUS_IOC;
		}
		place.reg += PMU2_IOC - 12;
	}
	place_write(place, function);
}

static void config_3588(const struct pins *pins, const void *fdt, int config,
			unsigned int bank, unsigned int pin, enum pull pull)
{
	/* enable below, up above */
	static const uint8_t values[] = {[PULL_UP] = 3, [PULL_DOWN] = 1};
	uint32_t strength = fdt_u32(fdt, config, "drive-strength", ~0u);

	place_write(of_eights(pins, bank, pin, 2, 0x20, 0x28, 0x110),
		    values[pull]);
	if (strength <= 15)
		place_write(drive_3588(pins, bank, pin), strength);
	if (fdt_prop(fdt, config, "input-schmitt-enable", NULL))
		place_write(of_eights(pins, bank, pin, 1, 0x30, 0x40, 0x210),
			    1);
}

/*
 * RK3568: bank 0 is PMUGRF's, the others are GRF's, one after another.
 */
static struct place place_3568(const struct pins *pins, unsigned int bank,
			       unsigned int pin, unsigned int bits,
			       unsigned int pmu, unsigned int grf)
{
	unsigned int each = 16 / bits, at = 4 * (pin / each);
	volatile uint8_t *reg = pins->pmu + pmu + at;

	if (bank)
		reg = pins->grf + grf + (bank - 1) * 4 * (BANK_PINS / each) +
		      at;
	return (struct place){reg, pin % each * bits, bits};
}

static void route_3568(const struct pins *pins, unsigned int bank,
		       unsigned int pin, uint32_t function)
{
	for (unsigned int i = 0; i < rk3568_route_count; i++) {
		const struct pin_route *route = &rk3568_routes[i];
		volatile uint8_t *reg =
			route->reg == PIN_ROUTE_PMU
				? pins->pmu + PMUGRF_SOC_CON4
				: pins->grf + GRF_IOFUNC_SEL0 + 4 * route->reg;

		if (route->pin == bank * BANK_PINS + pin &&
		    route->function == function)
			place_write(
				(struct place){reg, route->shift, route->width},
				route->value);
	}
}

/* Those that have a second driver for the same pin. */
static void drive_3568(const struct pins *pins, unsigned int bank,
		       unsigned int pin, uint32_t level)
{
	static const struct {
		uint8_t pin, reg;
	} twins[] = {{1 * 32 + 21, 0x40}, {2 * 32 + 2, 0x44},
		     {2 * 32 + 8, 0x48},  {3 * 32 + 0, 0x4c},
		     {3 * 32 + 6, 0x50},  {4 * 32 + 0, 0x54}};
	uint32_t value = (2u << level) - 1;

	place_write(place_3568(pins, bank, pin, 8, 0x70, 0x200), value);
	for (unsigned int i = 0; i < ARRAY_SIZE(twins); i++)
		if (twins[i].pin == bank * BANK_PINS + pin)
			place_write(
				(struct place){pins->grf + 0x800 + twins[i].reg,
					       0, 8},
				value);
}

static void config_3568(const struct pins *pins, const void *fdt, int config,
			unsigned int bank, unsigned int pin, enum pull pull)
{
	static const uint8_t values[] = {[PULL_UP] = 1, [PULL_DOWN] = 2};
	uint32_t strength = fdt_u32(fdt, config, "drive-strength", ~0u);
	uint32_t value = values[pull];

	/* GPIO0_D3 to D6 are of another kind */
	if (pull == PULL_UP && !bank && pin >= 27 && pin <= 30)
		value = 3;
	place_write(place_3568(pins, bank, pin, 2, 0x20, 0x80), value);
	if (strength <= 5)
		drive_3568(pins, bank, pin, strength);
	if (fdt_prop(fdt, config, "input-schmitt-enable", NULL))
		place_write(place_3568(pins, bank, pin, 2, 0x30, 0xc0), 1);
}

/* Nothing is said of its pull: false. */
static bool pull_of(const void *fdt, int config, enum pull *pull)
{
	if (fdt_prop(fdt, config, "bias-disable", NULL))
		*pull = PULL_NONE;
	else if (fdt_prop(fdt, config, "bias-pull-up", NULL))
		*pull = PULL_UP;
	else if (fdt_prop(fdt, config, "bias-pull-down", NULL))
		*pull = PULL_DOWN;
	else
		return false;
	return true;
}

static int pin_apply(const struct pins *pins, const void *fdt,
		     const void *entry)
{
	uint32_t bank = fdt_cell(entry, 0), pin = fdt_cell(entry, 1);
	uint32_t function = fdt_cell(entry, 2);
	int config = fdt_phandle_node(fdt, fdt_cell(entry, 3));
	enum pull pull;

	if (bank >= BANKS || pin >= BANK_PINS || config < 0 ||
	    function > (pins->is_3588 ? 15u : 7u))
		return -EINVAL;
	if (pins->is_3588) {
		function_3588(pins, bank, pin, function);
		if (pull_of(fdt, config, &pull))
			config_3588(pins, fdt, config, bank, pin, pull);
		return 0;
	}
	place_write(place_3568(pins, bank, pin, 4, 0, 0), function);
	route_3568(pins, bank, pin, function);
	if (pull_of(fdt, config, &pull))
		config_3568(pins, fdt, config, bank, pin, pull);
	return 0;
}

static volatile uint8_t *syscon(const struct pins *pins, const char *name,
				uint64_t size_bytes)
{
	uint32_t phandle = fdt_u32(pins->fdt, pins->node, name, 0);
	int node = phandle ? fdt_phandle_node(pins->fdt, phandle) : -1;
	struct fdt_reg reg;

	if (node < 0 || fdt_node_reg(pins->fdt, node, 0, &reg) ||
	    reg.addr % 4 || reg.size < size_bytes)
		return NULL;
	return host_map_device(hpa(reg.addr), reg.size);
}

static const struct pins *pins_get(const void *fdt)
{
	static const char *const kinds[] = {"rockchip,rk3588-pinctrl",
					    "rockchip,rk3568-pinctrl", NULL};
	struct pins *pins = __atomic_load_n(&the_pins, __ATOMIC_ACQUIRE);
	struct pins *none = NULL;

	if (pins)
		return pins;
	pins = heap_alloc(sizeof(*pins));
	if (!pins)
		return NULL;
	*pins = (struct pins){.fdt = fdt};
	pins->node = fdt_find_compatible(fdt, kinds);
	if (pins->node >= 0) {
		pins->is_3588 =
			!fdt_node_check_compatible(fdt, pins->node, kinds[0]);
		pins->grf = syscon(pins, "rockchip,grf",
				   pins->is_3588 ? IOC_BYTES : GRF_BYTES);
		if (!pins->is_3588)
			pins->pmu = syscon(pins, "rockchip,pmu", PMUGRF_BYTES);
	}
	if (!pins->grf || (!pins->is_3588 && !pins->pmu)) {
		heap_free(pins);
		return NULL;
	}
	/* somebody else was as fast: the first one stays */
	if (!__atomic_compare_exchange_n(&the_pins, &none, pins, false,
					 __ATOMIC_RELEASE, __ATOMIC_ACQUIRE)) {
		heap_free(pins);
		return none;
	}
	return pins;
}

static int group_apply(const struct pins *pins, const void *fdt,
		       uint32_t phandle)
{
	int len, err = 0, node = fdt_phandle_node(fdt, phandle);
	const uint8_t *entries =
		node < 0 ? NULL : fdt_prop(fdt, node, "rockchip,pins", &len);

	if (!entries || len % (4 * CELLS))
		return -EINVAL;
	for (int at = 0; at < len; at += 4 * CELLS)
		if (pin_apply(pins, fdt, entries + at))
			err = -EINVAL;
	return err;
}

void pins_node_apply(const void *fdt, int node)
{
	int index = fdt_strings_index(fdt, node, "pinctrl-names", "default");
	const struct pins *pins;
	const void *groups;
	char name[16];
	int len;

	snprintf(name, sizeof(name), "pinctrl-%d", index < 0 ? 0 : index);
	groups = fdt_prop(fdt, node, name, &len);
	if (!groups)
		return;
	pins = pins_get(fdt);
	for (int i = 0; i < len / 4; i++)
		if (!pins ||
		    group_apply(pins, fdt, fdt_cell(groups, (unsigned int)i)))
			log_warn("%s: %s, group %d: left as it is",
				 fdt_get_name(fdt, node, NULL), name, i);
}

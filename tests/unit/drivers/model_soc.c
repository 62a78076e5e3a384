/* SPDX-License-Identifier: Apache-2.0 */
/* See model_soc.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <core/timer.h>

#include "../../../virt/dev/rk_cru.h"
#include "model_soc.h"

struct soc_model soc_model;

#define CELLS 1024

static struct {
	uint64_t addr;
	uint32_t value;
} cells[CELLS];
static unsigned int cell_count;

/* the one that guests get */
static struct rk_cru unit;

static const struct rk_cru_soc *cru_soc(void)
{
	return soc_model.is_3588 ? &rk_cru_rk3588 : &rk_cru_rk3568;
}

/* From its beginning, or far away. */
static uint64_t cru_reg(uint64_t addr)
{
	return addr - (soc_model.is_3588 ? 0xfd7c0000 : 0xfdd00000);
}

static uint32_t *cell(uint64_t addr)
{
	uint32_t *reg = rk_cru_cell(&unit, cru_soc(), cru_reg(addr));

	if (reg)
		return reg;
	for (unsigned int i = 0; i < cell_count; i++)
		if (cells[i].addr == addr)
			return &cells[i].value;
	assert_true(cell_count < CELLS);
	cells[cell_count].addr = addr;
	cells[cell_count].value = 0;
	return &cells[cell_count++].value;
}

uint32_t soc_model_peek(uint64_t addr)
{
	return *cell(addr);
}

void soc_model_poke(uint64_t addr, uint32_t value)
{
	*cell(addr) = value;
}

/* CRU, PMUCRU; GRF, PMUGRF or the IOCs; PMU. */
static bool is_there(uint64_t addr)
{
	if (addr % 4)
		return false;
	if (soc_model.is_3588)
		return (addr >= 0xfd7c0000 && addr < 0xfd81c000) ||
		       (addr >= 0xfd5f0000 && addr < 0xfd600000) ||
		       (addr >= 0xfd8d8000 && addr < 0xfd8d8400);
	return (addr >= 0xfdd00000 && addr < 0xfdd01000) ||
	       (addr >= 0xfdd20000 && addr < 0xfdd21000) ||
	       (addr >= 0xfdc20000 && addr < 0xfdc30000) ||
	       (addr >= 0xfdc60000 && addr < 0xfdc70000) ||
	       (addr >= 0xfdd90000 && addr < 0xfdd91000);
}

/*
 * The PMU: PMU_PWR_GATE_SFTCON and what follows. Of RK3588: VOP, NPU and
 * NPUTOP, GMAC, SDIO, SDMMC; of RK3568: GPU, PIPE.
 */
static const struct {
	uint8_t power, gate, repair, memory, bus, bus_mask;
} domains_3588[] = {
	{17, 99, 16, 25, 13, 3}, {1, 1, 99, 99, 99, 0},
	{3, 99, 2, 11, 1, 1},    {22, 99, 21, 30, 99, 0},
	{26, 99, 24, 34, 19, 1}, {29, 99, 26, 37, 99, 0},
};
static const struct {
	uint8_t power, bus;
} domains_3568[] = {{0, 1}, {8, 11}};

static void bit_set(uint64_t reg, unsigned int bit, bool set)
{
	uint32_t *at = cell(reg + 4 * (bit / 32));

	if (bit != 99)
		*at = (*at & ~(1u << bit % 32)) | (uint32_t)set << bit % 32;
}

static bool bit_get(uint64_t reg, unsigned int bit)
{
	return *cell(reg + 4 * (bit / 32)) >> bit % 32 & 1;
}

/* 16 to a register, as they are written */
static bool wish_get(uint64_t reg, unsigned int bit)
{
	return *cell(reg + 4 * (bit / 16)) >> bit % 16 & 1;
}

static void pmu_step_3588(void)
{
	const uint64_t pmu = 0xfd8d8000;

	for (unsigned int i = 0;
	     i < sizeof(domains_3588) / sizeof(domains_3588[0]); i++) {
		const unsigned int memory = domains_3588[i].memory;
		bool on = !wish_get(pmu + 0x14c, domains_3588[i].power);
		bool restart = wish_get(pmu + 0x1a0, domains_3588[i].power);

		bit_set(pmu + 0x180, domains_3588[i].gate, !on);
		if (!on) {
			bit_set(pmu + 0x290, domains_3588[i].repair, false);
			bit_set(pmu + 0x1f0, memory, false);
		} else if (memory != 99) {
			bit_set(pmu + 0x1f0, memory, true);
			/* repaired when they went off and on */
			if (bit_get(pmu + 0x1f8, memory) && !restart)
				bit_set(pmu + 0x290, domains_3588[i].repair,
					true);
			bit_set(pmu + 0x1f8, memory, restart);
		}
		for (unsigned int j = 0; domains_3588[i].bus_mask >> j; j++) {
			unsigned int bus = domains_3588[i].bus + j;
			bool idle = wish_get(pmu + 0x10c, bus);

			bit_set(pmu + 0x118, bus, idle);
			bit_set(pmu + 0x120, bus, idle);
		}
	}
}

static void pmu_step(void)
{
	const uint64_t pmu = 0xfdd90000;

	if (soc_model.stuck)
		return;
	if (soc_model.is_3588)
		pmu_step_3588();
	for (unsigned int i = 0; !soc_model.is_3588 && i < 2; i++) {
		bool idle = wish_get(pmu + 0x50, domains_3568[i].bus);

		bit_set(pmu + 0x98, domains_3568[i].power,
			wish_get(pmu + 0xa0, domains_3568[i].power));
		bit_set(pmu + 0x60, domains_3568[i].bus, idle);
		bit_set(pmu + 0x68, domains_3568[i].bus, idle);
	}
}

void soc_model_all_off(void)
{
	const uint64_t power = soc_model.is_3588 ? 0xfd8d814c : 0xfdd900a0;
	const uint64_t bus = soc_model.is_3588 ? 0xfd8d810c : 0xfdd90050;

	for (unsigned int i = 0; i < 2; i++) {
		*cell(power + 4 * i) = 0xffff;
		*cell(bus + 4 * i) = 0xffff;
	}
	pmu_step();
}

uint32_t soc_model_read(uint64_t addr)
{
	if (!is_there(addr))
		fail_msg("%llx is not read", (unsigned long long)addr);
	if (rk_cru_cell(&unit, cru_soc(), cru_reg(addr)))
		return rk_cru_read(&unit, cru_soc(), cru_reg(addr));
	return *cell(addr);
}

void soc_model_write(uint64_t addr, uint32_t value)
{
	uint32_t mask = value >> 16;

	if (!is_there(addr))
		fail_msg("%llx is not written to", (unsigned long long)addr);
	/* whoever writes without a mask writes nothing */
	assert_int_not_equal(mask, 0);
	assert_int_equal(value & 0xffff & ~mask, 0);
	assert_true(soc_model.write_count < SOC_WRITES_MAX);
	soc_model.writes[soc_model.write_count].addr = addr;
	soc_model.writes[soc_model.write_count++].value = value;
	if (rk_cru_cell(&unit, cru_soc(), cru_reg(addr)))
		rk_cru_write(&unit, cru_soc(), cru_reg(addr), value);
	else
		*cell(addr) = (*cell(addr) & ~mask) | (value & mask);
	pmu_step();
}

static void new_3588(void)
{
	const uint64_t cru = 0xfd7c0000;

	/* CLKSEL_CON77: eMMC's bus of GPLL / 8, its card's clock GPLL / 6 */
	soc_model_poke(cru + 0x434, 7 << 2 | 5 << 8);
	/* UART2 of the crystal: CLKSEL_CON45, 1..0: 2 */
	soc_model_poke(cru + 0x300 + 45 * 4, 2);
	/* GATE_CON31 and CON12, CON13: eMMC and UARTs are shut */
	soc_model_poke(cru + 0x800 + 31 * 4, 0xffff);
	soc_model_poke(cru + 0x800 + 12 * 4, 0xffff);
	soc_model_poke(cru + 0x800 + 13 * 4, 0xffff);
}

static void new_3568(void)
{
	const uint64_t cru = 0xfdd20000;

	/* CON28: eMMC at 200 MHz; CON30: SDMMC0 at 50; CON54: UART2 at 24 */
	soc_model_poke(cru + 0x100 + 28 * 4, 1 << 12);
	soc_model_poke(cru + 0x100 + 30 * 4, 4 << 8);
	soc_model_poke(cru + 0x100 + 54 * 4, 2 << 12);
	/* GATE_CON09, CON15, CON28: eMMC, SDMMC0, UART2 are shut */
	soc_model_poke(cru + 0x300 + 9 * 4, 0xffff);
	soc_model_poke(cru + 0x300 + 15 * 4, 0xffff);
	soc_model_poke(cru + 0x300 + 28 * 4, 0xffff);
}

void soc_model_new(bool is_3588)
{
	soc_model = (struct soc_model){.is_3588 = is_3588};
	memset(cells, 0, sizeof(cells));
	cell_count = 0;
	rk_cru_cold(&unit, cru_soc());
	if (is_3588)
		new_3588();
	else
		new_3568();
}

void time_delay_us(uint32_t us)
{
	assert_true(us > 0);
	soc_model.waited_us += us;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* See model_soc.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <core/timer.h>
#include <drivers/rockchip_pmu.h>

#include "../../../virt/dev/rk_cru.h"
#include "../../../virt/dev/rk_ioc.h"
#include "../../../virt/dev/rk_pmu.h"
#include "model_soc.h"

struct soc_model soc_model;

/* those that guests get */
static struct rk_cru unit;
static struct rk_pmu pmu;
static struct rk_ioc ioc;

static const struct rk_cru_soc *cru_soc(void)
{
	return soc_model.is_3588 ? &rk_cru_rk3588 : &rk_cru_rk3568;
}

/* From its beginning, or far away. */
static uint64_t cru_reg(uint64_t addr)
{
	return addr - (soc_model.is_3588 ? 0xfd7c0000 : 0xfdd00000);
}

static const struct rk_pmu_soc *pmu_soc(void)
{
	return soc_model.is_3588 ? &rk_pmu_rk3588 : &rk_pmu_rk3568;
}

static uint64_t pmu_reg(uint64_t addr)
{
	return addr - (soc_model.is_3588 ? 0xfd8d8000 : 0xfdd90000);
}

static bool is_pmu(uint64_t addr)
{
	return pmu_reg(addr) < (soc_model.is_3588 ? 0x400u : 0x1000u);
}

static const struct rk_ioc_soc *ioc_soc(void)
{
	return soc_model.is_3588 ? &rk_ioc_rk3588 : &rk_ioc_rk3568;
}

static uint64_t ioc_reg(uint64_t addr)
{
	return addr - (soc_model.is_3588 ? 0xfd5f0000 : 0xfdc20000);
}

/* What CRU and IOC keep; NULL: neither is there. */
static uint32_t *cell(uint64_t addr)
{
	uint32_t *reg = rk_cru_cell(&unit, cru_soc(), cru_reg(addr));

	return reg ? reg : rk_ioc_cell(&ioc, ioc_soc(), ioc_reg(addr));
}

static bool is_there(uint64_t addr)
{
	return addr % 4 == 0 && (is_pmu(addr) || cell(addr));
}

uint32_t soc_model_peek(uint64_t addr)
{
	if (is_pmu(addr))
		return rk_pmu_read(&pmu, pmu_soc(), pmu_reg(addr));
	assert_non_null(cell(addr));
	return *cell(addr);
}

void soc_model_poke(uint64_t addr, uint32_t value)
{
	assert_non_null(cell(addr));
	*cell(addr) = value;
}

void soc_model_all_off(void)
{
	pmu.power = pmu.request = UINT32_MAX;
	pmu.repaired = 0;
}

uint32_t soc_model_read(uint64_t addr)
{
	if (!is_there(addr))
		fail_msg("%llx is not read", (unsigned long long)addr);
	if (rk_cru_cell(&unit, cru_soc(), cru_reg(addr)))
		return rk_cru_read(&unit, cru_soc(), cru_reg(addr));
	return soc_model_peek(addr);
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
	else if (!is_pmu(addr))
		rk_ioc_write(&ioc, ioc_soc(), ioc_reg(addr), value);
	else if (!soc_model.stuck)
		rk_pmu_write(&pmu, pmu_soc(), pmu_reg(addr), value);
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
	rk_cru_cold(&unit, cru_soc());
	rk_pmu_cold(&pmu);
	memset(&ioc, 0, sizeof(ioc));
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

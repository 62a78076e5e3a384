/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rockchip's eMMC controllers: their binding, the clock unit's field, and the
 * registers of their own. What the test plays beside the emulated controller is
 * of the RK3568 and RK3588 TRM, part 1, "CRU": CRU_CLKSEL_CON28 and
 * CRU_CLKSEL_CON77. test_dwcmshc_clk.c does the same with drivers of the clock
 * unit, on model_soc.c.
 */
#ifndef WITH_CLOCKS
#undef CONFIG_CLK_ROCKCHIP
#endif

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <arch/pgtable.h>
#include <cmocka.h>

#include "../../../drivers/mmc/dwcmshc_rockchip.c"
#include "../../fake/io_wait.h"
#include "host_cases.h"
#include "model_sdhci.h"
#include "model_soc.h"

#define model sdhci_model

#define REGS 0xfe2e0000ull
#define CRU (chip.is_3588 ? 0xfd7c0000ull : 0xfdd20000ull)
#define CRYSTAL_HZ 24000000u

/** struct chip - @clksel: the clock unit's register at @offset */
static struct chip {
	bool is_3588;
	size_t offset;
	uint32_t clksel;
	bool wrong;
	uint32_t pointer; /* then, in place of the right one */
	unsigned int commands;
} chip;

static uint32_t clksel(void)
{
	return IS_ENABLED(CONFIG_CLK_ROCKCHIP)
		       ? soc_model_peek(CRU + chip.offset)
		       : chip.clksel;
}

static uint32_t core_hz(void)
{
	uint32_t value = clksel();

	if (!chip.is_3588) {
		if ((value >> 12 & 7) == 5)
			return CRYSTAL_HZ / 64;
		return value >> 12 & 7 ? 200000000 : CRYSTAL_HZ;
	}
	return ((value >> 14 & 3) == 2 ? CRYSTAL_HZ : 1188000000) /
	       ((value >> 8 & 0x3f) + 1);
}

/* Whether its own divider works or not: the card's clock is right. */
static void starts(uint8_t index)
{
	uint32_t hz = core_hz();

	chip.commands++;
	assert_int_equal(sdhci_model_divider(), 1);
	assert_true(hz <= (index <= 3 ? 400000 : 26000000));
	/* at 52 MHz or less: no delay lines, no conflict check; an eMMC */
	assert_int_equal(sdhci_model_reg(0x800, 4), 0x01000001);
	assert_int_equal(sdhci_model_reg(0x804, 4), 0x80000000);
	assert_int_equal(sdhci_model_reg(0x808, 4) | sdhci_model_reg(0x80c, 4) |
				 sdhci_model_reg(0x810, 4),
			 0);
	assert_int_equal(sdhci_model_reg(0x508, 4) & 0x11, 0x10);
	assert_int_equal(sdhci_model_reg(0x52c, 2) & ~1u, 0x00c);
}

static uint64_t pa_of(const volatile void *addr)
{
	return (uintptr_t)addr - (uintptr_t)phys_to_virt(hpa(0));
}

static bool is_cru(const volatile void *addr)
{
	const volatile uint8_t *cru = phys_to_virt(hpa(CRU));
	size_t offset = (size_t)((const volatile uint8_t *)addr - cru);

	if ((const volatile uint8_t *)addr < cru || offset >= 0x5c000)
		return false;
	if (!IS_ENABLED(CONFIG_CLK_ROCKCHIP))
		assert_int_equal(offset, chip.offset);
	return true;
}

static size_t offset_of(const volatile void *addr, unsigned int width)
{
	size_t offset =
		(size_t)((const volatile uint8_t *)addr - host_model.at);

	/* EMMC_BOOT_CTRL is the other half of its word */
	assert_int_equal(offset == 0x52c && width != 2, 0);
	return offset;
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	size_t offset;

	if (is_cru(addr)) {
		/* without a driver it is only written to */
		assert_true(IS_ENABLED(CONFIG_CLK_ROCKCHIP));
		return soc_model_read(pa_of(addr));
	}
	offset = offset_of(addr, width);
	if (offset == 0xe8 && chip.wrong)
		return chip.pointer;
	return sdhci_model_read(offset, width);
}

/* The upper half says which bits of the lower one are written. */
void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	uint32_t mask = (uint32_t)value >> 16;

	if (!is_cru(addr)) {
		size_t offset = offset_of(addr, width);

		/* the delay lines: while the card has no clock */
		if (offset >= 0x800)
			assert_int_equal(sdhci_model_reg(0x2c, 2) & 4, 0);
		sdhci_model_write(offset, width, value);
		return;
	}
	assert_int_equal(width, 4);
	if (IS_ENABLED(CONFIG_CLK_ROCKCHIP)) {
		/* its gates are opened before, once */
		if (pa_of(addr) == CRU + chip.offset)
			assert_int_equal(sdhci_model_reg(0x2c, 2) & 4, 0);
		soc_model_write(pa_of(addr), (uint32_t)value);
		return;
	}
	/* the field of this clock alone, while the card has none */
	assert_int_equal(mask, chip.is_3588 ? 0xff00 : 0x7000);
	assert_int_equal(sdhci_model_reg(0x2c, 2) & 4, 0);
	chip.clksel = (chip.clksel & ~mask) | ((uint32_t)value & mask);
}

#define CRU_NAME (chip.is_3588 ? "rockchip,rk3588-cru" : "rockchip,rk3568-cru")
#define CRU_CLOCK (chip.is_3588 ? 0x12c : 0x7c)

static char props[256], nodes[256];

static void node_text(const char *cru, uint32_t clock)
{
	snprintf(
		props, sizeof(props),
		"compatible = \"rockchip,rk35%s-dwcmshc\"; "
		"reg = <0 0xfe2e0000 0 0x10000>; clocks = <&cru %u>, <&cru 5>; "
		"clock-names = \"core\", \"bus\";",
		chip.is_3588 ? "88" : "68", clock);
	snprintf(nodes, sizeof(nodes),
		 "cru: clock-controller { compatible = \"%s\"; "
		 "reg = <0 0x%llx 0 0x5c000>; #clock-cells = <1>; };",
		 cru, CRU);
}

/* As U-Boot leaves it: 200 MHz, delay lines locked, enhanced strobe. */
static void model_cold(volatile uint8_t *at, bool is_3588)
{
	sdhci_model_new(at);
	model.caps = 0x012c0000; /* nothing about its clock */
	model.version = 5;
	model.boundary = 128 << 20;
	model.starts = starts;
	soc_model_new(is_3588);
	chip = (struct chip){
		.is_3588 = is_3588,
		.offset = is_3588 ? 0x434 : 0x170,
		.clksel = is_3588 ? 0x0583 : 0x1123,
	};
	/* HOST_CTRL3, EMMC_CTRL; DLL_CTRL, RXCLK, TXCLK, STRBIN, CMDOUT */
	sdhci_model_set(0x508, 4, 1);
	sdhci_model_set(0x52c, 2, 0x10c);
	sdhci_model_set(0x800, 4, 1);
	sdhci_model_set(0x804, 4, 0x0a000010);
	sdhci_model_set(0x808, 4, 0x0b000010);
	sdhci_model_set(0x80c, 4, 0x09000004);
	sdhci_model_set(0x810, 4, 0x0c000008);
	node_text(CRU_NAME, CRU_CLOCK);
}

/* of the next one */
static bool next_is_3588;

static void model_new(enum fake_kind kind, bool is_3588)
{
	next_is_3588 = is_3588;
	host_new(kind);
	next_is_3588 = false;
}

#define EMMC_NODE                                                              \
	"bus-width = <8>; max-frequency = <200000000>; non-removable; no-sd; " \
	"no-sdio; mmc-hs400-1_8v;"

static void rig_new(volatile uint8_t *at)
{
	model_cold(at, next_is_3588);
}

static bool is_quiet(void)
{
	return !sdhci_model_reg(0x38, 4);
}

static bool is_silenced(void)
{
	return !sdhci_model_reg(0x29, 1) && !sdhci_model_reg(0x2c, 2);
}

static void lines_check(unsigned int lines)
{
	assert_int_equal(sdhci_model_reg(0x28, 1) & 0x22, lines == 8   ? 0x20
							  : lines == 4 ? 0x02
								       : 0);
}

static const struct host_fault data_faults[] = {
	{{0x208000, 0}, 0, true},  /* CRC */
	{{0x108000, 0}, 0, true},  /* no data in time */
	{{0x408000, 0}, 0, true},  /* no end bit */
	{{0x2008000, 0}, 0, true}, /* ADMA */
};

static const struct host_fault command_faults[] = {
	{{0x28000, 0}, -EIO, false}, /* CRC */
	{{0x48000, 0}, -EIO, false}, /* no end bit */
	{{0x88000, 0}, -EIO, false}, /* index */
	{{0x18000, 0}, -ETIMEDOUT, false},
};

static const struct host_stuck stuck[] = {
	{offsetof(struct host_model, never_resets), "does not reset"},
};

const struct host_rig host_rig = {
	.driver = &dwcmshc_rockchip_driver,
	.name = "dwcmshc",
	.node = "mmc@fe2e0000",
	.props = props,
	.nodes = nodes,
	.slot = "bus-width = <4>; disable-wp;",
	.emmc = EMMC_NODE,
	.regs = REGS,
	.irq = 237,
	.emmc_lines = 8,
	.descs = 16,
	.card_hz = CRYSTAL_HZ,
	.slow = true,
	.model_new = rig_new,
	.hz = core_hz,
	.is_open = sdhci_model_open,
	.is_quiet = is_quiet,
	.is_silenced = is_silenced,
	.lines_check = lines_check,
	.data_faults = data_faults,
	.data_fault_count = ARRAY_SIZE(data_faults),
	.command_faults = command_faults,
	.command_fault_count = ARRAY_SIZE(command_faults),
	.stuck = stuck,
	.stuck_count = ARRAY_SIZE(stuck),
};

static int attach_with(const char *cru, uint32_t clock, const char *more)
{
	node_text(cru, clock);
	return host_attach(more);
}

static int attach(void)
{
	return attach_with(CRU_NAME, CRU_CLOCK, EMMC_NODE);
}

static struct block_device *disk_new(void)
{
	node_text(CRU_NAME, CRU_CLOCK);
	return host_disk(EMMC_NODE);
}

static void disks(void **state)
{
	uint8_t *buf = dma_alloc(UINT64_MAX, CARD_BYTES);

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct block_device *dev;

		model_new(EMMC, i);
		dev = disk_new();
		assert_string_equal(dev->driver, "dwcmshc");
		assert_int_equal(card.is->lines, 8);
		assert_int_equal(sdhci_model_reg(0x28, 1) & 0x26, 0x20);
		assert_false(card.is->high_speed);
		assert_int_equal(core_hz(), CRYSTAL_HZ);
		assert_int_equal(sdhci_model_reg(0x52c, 2) & 1, 1);
		/* the others of the register are as they were */
		if (IS_ENABLED(CONFIG_CLK_ROCKCHIP))
			assert_int_equal(clksel() & 0xff, i ? 0x1c : 0);
		else
			assert_int_equal(clksel() & 0xff, i ? 0x83 : 0x23);
		assert_true(chip.commands > 5);
		assert_int_equal(block_read(dev, 0, buf, CARD_BYTES / 512), 0);
		assert_memory_equal(buf, card.data, CARD_BYTES);
		memset(buf, 0x34, 99 * 512);
		assert_int_equal(block_write(dev, 1001, buf, 99), 0);
		assert_memory_equal(buf, card.data + 1001 * 512, 99 * 512);
		assert_int_equal(block_node_quit(dev->node), 1);
		assert_int_equal(host_freed, 1);
	}
	dma_free(buf, CARD_BYTES);
	/* a card in a slot is no eMMC */
	model_new(SDHC, false);
	(void)host_disk(host_rig.slot);
	assert_int_equal(sdhci_model_reg(0x52c, 2) & 1, 0);
}

/* The controller's counter does not carry beyond 128 MiB. */
static void boundary(void **state)
{
	uint8_t *buf = phys_to_virt(hpa((9ull << 27) - 512 - 128));
	struct block_device *dev;
	struct mmc_host *host;
	struct mmc_command command = {
		.index = 18,
		.response = MMC_R1,
		.arg = 7,
		.data = buf,
		.size = 512,
		.count = 80,
		.stop = true,
	};

	(void)state;
	model_new(EMMC, true);
	dev = disk_new();
	host = container_of(dev, struct mmc_host, block);
	assert_int_equal(host->ops->command(host, &command), 0);
	assert_memory_equal(buf, card.data + 7 * 512, 80 * 512);
}

static void refused(void **state)
{
	(void)state;
	model_new(EMMC, true);
	/* no clock of it, or one that is not the card's: 9 is a CPU's */
	assert_true(attach_with("rockchip,rk3588-cru", 9, "") < 0);
	assert_non_null(strstr(fake_log, "core clock"));
	assert_int_equal(attach_with("some,cru", 0x12c, ""), -ENODEV);
	assert_int_equal(chip.commands, 0);
	for (unsigned int i = 0; i < 4; i++) {
		const uint32_t bad[] = {0, 0xfff, 0x502, 0x7f0};

		model_new(EMMC, true);
		chip.wrong = true;
		chip.pointer = bad[i];
		assert_int_equal(attach(), -EIO);
		assert_non_null(strstr(fake_log, "registers of its own"));
	}
	model_new(EMMC, true);
	model.caps = UINT32_MAX;
	assert_int_equal(attach(), -EIO);
	model_new(EMMC, true);
	host_model.never_resets = true;
	assert_int_equal(attach(), -EIO);
	model_new(NO_CARD, true);
	host_model.present = true;
	assert_int_equal(attach(), -ENODEV);
	assert_int_equal(host_freed, 1);
}

static void faults(void **state)
{
	struct block_device *dev;
	struct mmc_host *host;
	uint8_t buf[512];

	(void)state;
	model_new(EMMC, false);
	dev = disk_new();
	host_model.data_fault.raw = 0x208000;
	assert_int_not_equal(block_write(dev, 3, buf, 1), 0);
	model_new(EMMC, false);
	dev = disk_new();
	card.bad = 42;
	assert_int_equal(block_read(dev, 42, buf, 1), -EIO);
	card.bad = UINT64_MAX;
	/* it began anew, at 375 kHz: starts() saw to it; now it is fast */
	assert_int_equal(core_hz(), CRYSTAL_HZ);
	assert_int_equal(block_read(dev, 42, buf, 1), 0);
	/* interrupts that nobody waits for do not come again */
	sdhci_model_set(0x38, 4, 0xffff);
	host_model.line();
	assert_int_equal(sdhci_model_reg(0x38, 4), 0);
	host = container_of(dev, struct mmc_host, block);
	assert_int_equal(sdhci_model_reg(0x2c, 2) & 4, 4);
	assert_int_equal(sdhci_model_reg(0x29, 1) & 1, 1);
	host->ops->silence(host);
	assert_int_equal(sdhci_model_reg(0x2c, 2), 0);
	assert_int_equal(sdhci_model_reg(0x29, 1), 0);
	/* one that answers no more */
	host_model.silent = host_model.never_resets = true;
	assert_int_equal(block_read(dev, 1000, buf, 1), -ENODEV);
	assert_true(block_is_gone(dev));
}

/* What the wires cannot carry, no card gets. */
static void slow_wires(void **state)
{
	(void)state;
	model_new(EMMC, true);
	assert_int_equal(attach_with("rockchip,rk3588-cru", 0x12c,
				     "non-removable; "
				     "max-frequency = <20000000>;"),
			 0);
	assert_int_equal(core_hz(),
			 IS_ENABLED(CONFIG_CLK_ROCKCHIP) ? 400000 : 375000);
	assert_int_equal(card.is->lines, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_CASES,
		cmocka_unit_test(disks),
		cmocka_unit_test(boundary),
		cmocka_unit_test(refused),
		cmocka_unit_test(faults),
		cmocka_unit_test(slow_wires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

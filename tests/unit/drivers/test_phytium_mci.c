/* SPDX-License-Identifier: Apache-2.0 */
/* Phytium's controllers of cards: the cases of all, and what is their own. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <arch/pgtable.h>
#include <cmocka.h>

#include "../../../drivers/mmc/phytium_mci_tree.c"
#include "../../fake/io_wait.h"
#include "dw_rig.h"

#define model host_model

/* as configs/phytium-pi.dts has it, and a node of an eMMC */
#define SLOT                                                                   \
	"bus-width = <4>; max-frequency = <50000000>; cap-sd-highspeed; "      \
	"no-mmc; disable-wp; "
#define SOLDERED                                                               \
	"bus-width = <8>; max-frequency = <50000000>; cap-mmc-highspeed; "     \
	"no-sd; no-sdio; non-removable; "

static const struct host_fault data_faults[] = {
	DW_DATA_FAULTS,
	{{0, 0x204}, 0, true}, /* DMA: fatal bus error */
	{{0, 0x210}, 0, true}, /* DMA: no descriptor */
};

static const struct host_stuck stuck[] = {
	DW_STUCK,
	{offsetof(struct host_model, never_empty), "does not reset"},
	{offsetof(struct host_model, never_ready), "clock does not start"},
};

static bool is_silenced(void)
{
	return !dw_model_reg(0x80) && !dw_model_reg(0x108) && !dw_model_hz();
}

const struct host_rig host_rig = {
	.driver = &phytium_mci_driver,
	.name = "phytium-mci",
	.node = "mmc@28000000",
	.props = "compatible = \"phytium,mci\"; "
		 "reg = <0 0x28000000 0 0x1000>;",
	.slot = SLOT,
	.emmc = SOLDERED,
	.regs = 0x28000000,
	.irq = 104,
	.emmc_lines = 8,
	.descs = 128,
	.model_new = mci_model_new,
	.is_silenced = is_silenced,
	DW_RIG,
};

/* Never faster than the card, the wires and the tree allow. */
static void clocks(void **state)
{
	(void)state;
	/* wires for 25 MHz, one line; the numbers of the vendor's driver */
	host_new(SDHC);
	(void)host_disk("disable-wp;");
	assert_false(card.is->high_speed);
	assert_int_equal(dw_model_reg(0x18), 0);
	assert_int_equal(dw_model_hz(), 25000000);
	assert_int_equal(dw_model_reg(0x108), 0x102);
	assert_int_equal(dw_model_reg(0x08), 7 << 16 | 6 << 8 | 12);
	assert_int_equal(dw_model_reg(0x114), 24);
	host_new(NO_CARD);
	assert_int_equal(host_attach(SLOT), -ENODEV);
	assert_int_equal(dw_model_hz(), 400000);
	assert_int_equal(dw_model_reg(0x108), 0x502);
	assert_int_equal(dw_model_reg(0x08), 0x7e7dfa);
	host_new(SDHC);
	(void)host_disk("cap-sd-highspeed; max-frequency = <30000000>;");
	assert_true(dw_model_hz() <= 30000000 && dw_model_hz() >= 25000000);
	/* the tree says another clock: 100 MHz */
	host_new(SDHC);
	model.base_hz = 100000000;
	(void)host_disk(SLOT "clocks = <&c>; }; c: c { #clock-cells = <0>; "
			     "compatible = \"fixed-clock\"; "
			     "clock-frequency = <100000000>;");
	assert_int_equal(dw_model_hz(), 12500000);
	assert_int_equal(dw_model_reg(0x08), 1 << 16 | 2);
	/* nobody drives that one: as where nothing is said */
	host_new(SDHC);
	(void)host_disk(SLOT "clocks = <&c 1>; }; c: c { #clock-cells = <1>; "
			     "compatible = \"x\";");
	assert_int_equal(dw_model_hz(), 50000000);
}

/* Half of the board's RAM is above 4 GiB: descriptors and data there. */
static void high_memory(void **state)
{
	uint8_t *buf = phys_to_virt(hpa(0x2012346000));
	struct phytium_mci *mci;
	struct mmc_command command = {
		.index = 18,
		.response = MMC_R1,
		.arg = 7,
		.data = buf,
		.size = 512,
		.count = 9,
		.stop = true,
	};

	(void)state;
	host_new(SDHC);
	mci = container_of(host_disk(SLOT), struct phytium_mci, mmc.block);
	mci->mmc.table_at = hpa(0x2012345000);
	mci->mmc.table = phys_to_virt(mci->mmc.table_at);
	assert_int_equal(mmc_command(&mci->mmc, &command), 0);
	assert_int_equal(model.descs, 2);
	assert_memory_equal(buf, card.data + 7 * 512, 9 * 512);
}

static void own(void **state)
{
	uint8_t buf[512] = {0};
	struct block_device *dev;

	(void)state;
	/* soldered on: at 1.8 V, and not held in reset */
	for (unsigned int i = 0; i < 2; i++) {
		host_new(i ? EMMC : SDHC);
		model.delayed = true;
		host_moves(host_disk(i ? SOLDERED : SLOT));
		assert_int_equal(dw_model_reg(0x74), i);
		assert_int_equal(dw_model_reg(0x78), i);
		assert_true(model.irqs > 0);
		assert_int_equal(model.irqs, model.irqs_over);
	}
	/* a radio's: nothing of it is touched */
	host_new(SDHC);
	assert_int_equal(host_attach("no-sd; no-mmc; non-removable;"), -ENODEV);
	assert_int_equal(model.resets, 0);
	assert_int_equal(dw_model_reg(0x04), 0);
	/* the answer to ACMD41 behind its bit */
	host_new(SDHC);
	model.late_reads = 2;
	assert_int_equal(host_attach(SLOT), 0);
	assert_int_equal(card.polls, 3);
	/* DMA's own bits are missing: the descriptor tells */
	host_new(SDHC);
	model.mute_dma = true;
	host_moves(host_disk(SLOT));
	/* of a write, that bit says that the card is not busy any more */
	host_new(SDHC);
	dev = host_disk(SLOT);
	model.data_extra = 0x2000;
	assert_int_equal(block_write(dev, 42, buf, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		HOST_CASES,
		cmocka_unit_test(clocks),
		cmocka_unit_test(high_memory),
		cmocka_unit_test(own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

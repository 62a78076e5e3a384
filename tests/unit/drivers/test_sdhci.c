/* SPDX-License-Identifier: Apache-2.0 */
/* SDHCI and the cards' protocol: SD Host Controller 3.00 as the test plays it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>

#include "../../../drivers/mmc/sdhci.h"
#include "../../fake/fake.h"
#include "../../fake/io_wait.h"
#include "model_card.h"
#include "model_sdhci.h"

#define BASE_HZ 100000000u

static uint8_t window[0x900];

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	return sdhci_model_read(
		(size_t)((const volatile uint8_t *)addr - window), width);
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	sdhci_model_write((size_t)((volatile uint8_t *)addr - window), width,
			  value);
}

static void silence(struct mmc_host *mmc)
{
	(void)mmc;
	sdhci_model.silenced++;
}

static void quit(struct mmc_host *mmc)
{
	(void)mmc;
	sdhci_model.quits++;
}

static const struct mmc_host_ops ops = {
	.reset = sdhci_reset,
	.set_clock = sdhci_set_clock,
	.set_width = sdhci_set_width,
	.command = sdhci_command,
	.abort = sdhci_abort,
	.has_card = sdhci_has_card,
	.is_protected = sdhci_is_protected,
	.silence = silence,
	.quit = quit,
};

static struct sdhci hosts[32];
static unsigned int host_count;

static void model_new(enum fake_kind kind)
{
	card_new(kind);
	sdhci_model_new(window);
	fake_log_start();
}

static int attach(void)
{
	struct sdhci *host = &hosts[host_count++];
	int err;

	*host = (struct sdhci){
		.regs = window,
		.mmc = {.ops = &ops,
			.removable = true,
			.protectable = true,
			.name = "model",
			.driver = "test",
			.node = (int)(100 + host_count),
			.lines = 8,
			.dma = {.coherent = true, .max = UINT64_MAX}},
	};
	err = sdhci_init(host);
	return err ? err : mmc_attach(&host->mmc);
}

static struct block_device *disk_new(void)
{
	struct block_device *dev = NULL, *last = NULL;

	assert_int_equal(attach(), 0);
	while ((dev = block_next(dev)))
		last = dev;
	return last;
}

static uint32_t clock_hz(void)
{
	return BASE_HZ / sdhci_model_divider();
}

static void moves(struct block_device *dev)
{
	uint8_t *buf = dma_alloc(UINT64_MAX, CARD_BYTES);

	assert_int_equal(dev->block_count, CARD_BYTES / 512);
	assert_int_equal(block_read(dev, 0, buf, CARD_BYTES / 512), 0);
	assert_memory_equal(buf, card.data, CARD_BYTES);
	card.busy_polls = 5;
	memset(buf, 0x12, 99 * 512);
	assert_int_equal(block_write(dev, 1001, buf, 99), 0);
	assert_int_equal(card.busy_left, 0);
	assert_int_equal(block_write(dev, 5, buf, 1), 0);
	assert_memory_equal(buf, card.data + 1001 * 512, 99 * 512);
	assert_memory_equal(buf, card.data + 5 * 512, 512);
	assert_int_equal(block_flush(dev), 0);
	assert_int_equal(block_errors(dev), 0);
	dma_free(buf, CARD_BYTES);
}

static void cards(void **state)
{
	static const enum fake_kind kinds[] = {SDHC, SDSC, SD1, EMMC};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct block_device *dev;
		bool emmc = kinds[i] == EMMC;

		model_new(kinds[i]);
		dev = disk_new();
		assert_string_equal(dev->model, emmc ? "CVISOR" : "CVISO");
		assert_int_equal(card.is->lines, emmc ? 8 : 4);
		assert_int_equal(sdhci_model_reg(0x28, 1) & 0x22,
				 emmc ? 0x20 : 0x02);
		assert_true(card.is->high_speed);
		assert_int_equal(sdhci_model_reg(0x28, 1) & 0x04, 0x04);
		assert_true(clock_hz() <= (emmc ? 52000000u : 50000000u));
		assert_true(clock_hz() >= 25000000u);
		moves(dev);
		assert_true(sdhci_model.longest_desc <= 32768);
		assert_int_equal(block_node_quit(dev->node), 1);
		assert_int_equal(sdhci_model.quits, 1);
		assert_int_equal(sdhci_model_reg(0x29, 1), 0xf);
	}
}

/* Of version 2.00 the divisor is a power of two. */
static void clocks(void **state)
{
	(void)state;
	model_new(SDHC);
	sdhci_model.version = 1;
	sdhci_model.caps = 0x012c0000 | 50 << 8;
	(void)disk_new();
	assert_int_equal(sdhci_model_reg(0x2c, 2) >> 8, 0);
	sdhci_set_clock(&hosts[host_count - 1].mmc, 400000, false);
	assert_int_equal(sdhci_model_reg(0x2c, 2) >> 8, 0x40);
	assert_int_equal(sdhci_model_reg(0x28, 1) & 0x04, 0);
	model_new(SDHC);
	sdhci_model.caps = 0x012c0000; /* nobody says what its clock is */
	assert_int_equal(attach(), -EIO);
	model_new(SDHC);
	sdhci_model.caps &= ~0x80000u;
	assert_int_equal(attach(), -EIO);
	assert_non_null(strstr(fake_log, "ADMA2"));
}

static void one_line(void **state)
{
	(void)state;
	model_new(EMMC);
	card.only_1_line = true;
	moves(disk_new());
	assert_int_equal(card.is->lines, 1);
	assert_int_equal(sdhci_model_reg(0x28, 1) & 0x22, 0);
}

static void no_card(void **state)
{
	uint64_t frames = fake_frames_out();

	(void)state;
	model_new(NO_CARD);
	assert_int_equal(attach(), -ENODEV);
	assert_string_equal(fake_log, "");
	/* it took memory, and has given it back */
	assert_int_equal(fake_frames_out(), frames);
	model_new(NO_CARD); /* something that answers nothing */
	host_model.present = true;
	assert_int_equal(attach(), -ENODEV);
	model_new(SDHC);
	card.never_ready = true;
	assert_int_equal(attach(), -EIO);
	assert_non_null(strstr(fake_log, "does not power up"));
	model_new(SDHC);
	card.locked = true;
	assert_int_equal(attach(), -EIO);
	assert_non_null(strstr(fake_log, "locked"));
	model_new(SDHC);
	host_model.never_resets = true;
	assert_int_equal(attach(), -EIO);
	model_new(SDHC);
	host_model.protected = true;
	assert_true(disk_new()->read_only);
}

static void errors(void **state)
{
	struct block_device *dev;
	uint8_t buf[512];
	unsigned int resets;

	(void)state;
	model_new(SDHC);
	dev = disk_new();
	card.bad = 42;
	assert_int_equal(block_read(dev, 42, buf, 1), -EIO);
	assert_int_equal(block_read(dev, 43, buf, 1), 0);
	assert_memory_equal(buf, card.data + 43 * 512, 512);
	card.bad = UINT64_MAX;
	host_model.data_fault.raw = 0x208000;
	resets = card.resets;
	assert_int_equal(block_write(dev, 3, buf, 1), -EIO);
	assert_true(card.resets > resets); /* it began anew */
	host_model.data_fault.raw = 0;
	assert_int_equal(block_read(dev, 42, buf, 1), 0);

	/* a controller that does nothing any more */
	host_model.silent = true;
	assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);
	assert_int_equal(sdhci_model.silenced, 1);
	assert_true(block_is_gone(dev));

	model_new(SDHC);
	dev = disk_new();
	host_model.present = false;
	assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);
	assert_non_null(strstr(fake_log, "taken out"));

	/* another card in its place */
	model_new(SDHC);
	dev = disk_new();
	host_model.data_fault.raw = 0x208000;
	card.is->serial++;
	assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cards),    cmocka_unit_test(clocks),
		cmocka_unit_test(one_line), cmocka_unit_test(no_card),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

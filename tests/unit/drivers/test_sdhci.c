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

#define BASE_HZ 100000000u

/* Offsets are the specification's, not the driver's macros. */
static struct model {
	uint32_t caps, arg, status, enable, signal, adma;
	uint32_t response[4];
	uint16_t block_size, block_count, mode, clock, version;
	uint8_t control, power;
	bool present, writable;
	unsigned int silenced, quits, resets;
	/* faults */
	bool silent, never_resets, never_stable, crc_errors;
	unsigned int longest_desc;
} model;

static uint8_t window[0x100];

static uint32_t present_state(void)
{
	return (model.present ? 0x10000u : 0) | 0x20000u |
	       (model.writable ? 0x80000u : 0);
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	size_t offset = (size_t)((const volatile uint8_t *)addr - window);

	switch (offset) {
	case 0x10:
	case 0x14:
	case 0x18:
	case 0x1c:
		assert_int_equal(width, 4);
		return model.response[(offset - 0x10) / 4];
	case 0x24:
		return present_state();
	case 0x2c:
		return model.clock | (model.never_stable ? 0 : 2);
	case 0x2f:
		assert_int_equal(width, 1);
		return model.never_resets;
	case 0x30:
		return model.status;
	case 0x40:
		return model.caps;
	case 0xfe:
		return model.version;
	default:
		fail_msg("unexpected register %zx", offset);
		return 0;
	}
}

/* 1.13: a table of pieces; @data is them in one. Return: their bytes */
static uint32_t adma_run(uint8_t *data, bool write)
{
	const uint8_t *entry = phys_to_virt(hpa(model.adma));
	uint32_t bytes = 0;

	for (;; entry += 8) {
		uint16_t attr, length;
		uint32_t address;

		memcpy(&attr, entry, 2);
		memcpy(&length, entry + 2, 2);
		memcpy(&address, entry + 4, 4);
		assert_int_equal(attr & 0x21, 0x21);
		assert_int_not_equal(length, 0);
		model.longest_desc = MAX(model.longest_desc, length);
		if (write)
			memcpy(data + bytes, phys_to_virt(hpa(address)),
			       length);
		else
			memcpy(phys_to_virt(hpa(address)), data + bytes,
			       length);
		bytes += length;
		if (attr & 2)
			return bytes;
	}
}

static void command(uint16_t value)
{
	static uint8_t data[CARD_BYTES];
	uint8_t index = (uint8_t)(value >> 8);
	bool write = !(model.mode & 0x10), has_data = value & 0x20;
	uint32_t bytes = (uint32_t)model.block_size * model.block_count;
	uint32_t answer[4] = {0};

	if (model.silent)
		return;
	if (!model.present || !(model.power & 1) || !(model.clock & 4)) {
		model.status |= 0x18000; /* command timeout */
		return;
	}
	if (has_data && write)
		assert_int_equal(adma_run(data, true), bytes);
	if (has_data)
		assert_int_equal(model.mode & 0x23,
				 model.block_count > 1 ? 0x23 : 0x03);
	if (!card_command(index, model.arg, answer, data, bytes)) {
		model.status |= 0x18000;
		return;
	}
	if (has_data && !write && !(answer[0] & 0x00200000))
		assert_int_equal(adma_run(data, false), bytes);
	model.response[0] = answer[0];
	if ((value & 3) == 1) /* 2.2.7: without the lowest eight bits */
		for (unsigned int i = 0; i < 4; i++)
			model.response[3 - i] =
				answer[i] >> 8 | (i ? answer[i - 1] << 24 : 0);
	model.status |= 1;
	if (has_data || (value & 3) == 3)
		model.status |= 2;
	if (model.crc_errors && has_data)
		model.status |= 0x208000; /* data CRC */
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	size_t offset = (size_t)((volatile uint8_t *)addr - window);

	(void)width;
	switch (offset) {
	case 0x04:
		model.block_size = (uint16_t)value;
		break;
	case 0x06:
		model.block_count = (uint16_t)value;
		break;
	case 0x08:
		model.arg = (uint32_t)value;
		break;
	case 0x0c:
		model.mode = (uint16_t)value;
		break;
	case 0x0e:
		assert_int_equal(width, 2);
		command((uint16_t)value);
		break;
	case 0x28:
		model.control = (uint8_t)value;
		break;
	case 0x29:
		model.power = (uint8_t)value;
		break;
	case 0x2c:
		model.clock = (uint16_t)value;
		break;
	case 0x2e:
		break;
	case 0x2f:
		model.status = 0;
		model.resets++;
		if (value & 1)
			model.clock = model.power = 0;
		break;
	case 0x30:
		model.status &= ~(uint32_t)value;
		if (!(model.status & 0xffff0000))
			model.status &= ~0x8000u;
		break;
	case 0x34:
		model.enable = (uint32_t)value;
		break;
	case 0x38:
		model.signal = (uint32_t)value;
		break;
	case 0x58:
		model.adma = (uint32_t)value;
		break;
	default:
		fail_msg("unexpected register %zx", offset);
	}
}

static void silence(struct mmc_host *mmc)
{
	(void)mmc;
	model.silenced++;
}

static void quit(struct mmc_host *mmc)
{
	(void)mmc;
	model.quits++;
}

static const struct mmc_host_ops ops = {
	.reset = sdhci_reset,
	.set_clock = sdhci_set_clock,
	.set_width = sdhci_set_width,
	.command = sdhci_command,
	.has_card = sdhci_has_card,
	.is_protected = sdhci_is_protected,
	.silence = silence,
	.quit = quit,
};

static struct sdhci hosts[32];
static unsigned int host_count;

static void model_new(enum card_kind kind)
{
	memset(&model, 0, sizeof(model));
	/* ADMA2, high speed, 3.3 V, 8 lines, 100 MHz; version 3.00 */
	model.caps = 0x012c0000 | 100 << 8;
	model.version = 2;
	model.present = kind != CARD_NONE;
	model.writable = true;
	card_new(kind);
	fake_log_start();
}

static int attach(void)
{
	struct sdhci *host = &hosts[host_count++];
	int err;

	*host = (struct sdhci){
		.regs = window,
		.removable = true,
		.mmc = {.ops = &ops,
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
	uint32_t n = (model.clock >> 8 & 0xff) | (model.clock & 0xc0) << 2;

	return n ? BASE_HZ / (2 * n) : BASE_HZ;
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
	static const enum card_kind kinds[] = {CARD_SDHC, CARD_SDSC, CARD_SD1,
					       CARD_EMMC};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct block_device *dev;
		bool emmc = kinds[i] == CARD_EMMC;

		model_new(kinds[i]);
		dev = disk_new();
		assert_string_equal(dev->model, emmc ? "CARDXY" : "CARDX");
		assert_int_equal(card.lines, emmc ? 8 : 4);
		assert_int_equal(model.control & 0x22, emmc ? 0x20 : 0x02);
		assert_true(card.high_speed);
		assert_int_equal(model.control & 0x04, 0x04);
		assert_true(clock_hz() <= (emmc ? 52000000u : 50000000u));
		assert_true(clock_hz() >= 25000000u);
		moves(dev);
		assert_true(model.longest_desc <= 32768);
		assert_int_equal(block_node_quit(dev->node), 1);
		assert_int_equal(model.quits, 1);
		assert_int_equal(model.power, 0xf);
	}
}

/* Of version 2.00 the divisor is a power of two. */
static void clocks(void **state)
{
	(void)state;
	model_new(CARD_SDHC);
	model.version = 1;
	model.caps = 0x012c0000 | 50 << 8;
	(void)disk_new();
	assert_int_equal(model.clock >> 8, 0);
	sdhci_set_clock(&hosts[host_count - 1].mmc, 400000, false);
	assert_int_equal(model.clock >> 8, 0x40);
	assert_int_equal(model.control & 0x04, 0);
	model_new(CARD_SDHC);
	model.caps = 0x012c0000; /* nobody says what its clock is */
	assert_int_equal(attach(), -EIO);
	model_new(CARD_SDHC);
	model.caps &= ~0x80000u;
	assert_int_equal(attach(), -EIO);
	assert_non_null(strstr(fake_log, "ADMA2"));
}

static void one_line(void **state)
{
	(void)state;
	model_new(CARD_EMMC);
	card.only_1_line = true;
	moves(disk_new());
	assert_int_equal(card.lines, 1);
	assert_int_equal(model.control & 0x22, 0);
}

static void no_card(void **state)
{
	(void)state;
	model_new(CARD_NONE);
	assert_int_equal(attach(), -ENODEV);
	assert_string_equal(fake_log, "");
	model_new(CARD_NONE); /* something that answers nothing */
	model.present = true;
	assert_int_equal(attach(), -ENODEV);
	model_new(CARD_SDHC);
	card.never_ready = true;
	assert_int_equal(attach(), -EIO);
	assert_non_null(strstr(fake_log, "does not power up"));
	model_new(CARD_SDHC);
	card.locked = true;
	assert_int_equal(attach(), -EIO);
	assert_non_null(strstr(fake_log, "locked"));
	model_new(CARD_SDHC);
	model.never_resets = true;
	assert_int_equal(attach(), -EIO);
	model_new(CARD_SDHC);
	model.writable = false;
	assert_true(disk_new()->read_only);
}

static void errors(void **state)
{
	struct block_device *dev;
	uint8_t buf[512];
	unsigned int resets;

	(void)state;
	model_new(CARD_SDHC);
	dev = disk_new();
	card.bad = 42;
	assert_int_equal(block_read(dev, 42, buf, 1), -EIO);
	assert_int_equal(block_read(dev, 43, buf, 1), 0);
	assert_memory_equal(buf, card.data + 43 * 512, 512);
	card.bad = UINT64_MAX;
	model.crc_errors = true;
	resets = card.resets;
	assert_int_equal(block_write(dev, 3, buf, 1), -EIO);
	assert_true(card.resets > resets); /* it began anew */
	model.crc_errors = false;
	assert_int_equal(block_read(dev, 42, buf, 1), 0);

	/* a controller that does nothing any more */
	model.silent = true;
	assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);
	assert_int_equal(model.silenced, 1);
	assert_true(block_is_gone(dev));

	model_new(CARD_SDHC);
	dev = disk_new();
	model.present = false;
	assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);
	assert_non_null(strstr(fake_log, "taken out"));

	/* another card in its place */
	model_new(CARD_SDHC);
	dev = disk_new();
	model.crc_errors = true;
	card.serial++;
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

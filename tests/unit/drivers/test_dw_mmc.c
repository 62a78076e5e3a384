/* SPDX-License-Identifier: Apache-2.0 */
/* Rockchip's DesignWare controllers: their binding, and what they do. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../../../drivers/mmc/dw_mmc_rockchip.c"
#include "../../fake/dts.h"
#include "../../fake/fake.h"
#include "../../fake/io_wait.h"
#include "model_card.h"
#include "model_dw_mmc.h"
#include "model_soc.h"

#define model dw_model

/* as the trees of the boards have it: Debian's rk3588-orangepi-5-plus.dtb */
#define SLOT                                                                   \
	"bus-width = <4>; cap-sd-highspeed; disable-wp; no-sdio; no-mmc; "     \
	"sd-uhs-sdr104; max-frequency = <150000000>; fifo-depth = <0x100>; "
#define REGS 0xfe2c0000ull

static uint8_t tree[4096];
static irq_handler_t handler;
static void *handler_arg;
static unsigned int freed;

int io_irq_connect(const void *fdt, int node, unsigned int index,
		   irq_handler_t fn, void *arg, const char *name)
{
	(void)fdt, (void)node, (void)name;
	assert_int_equal(index, 0);
	handler = fn;
	handler_arg = arg;
	return 235;
}

void irq_free(unsigned int irq)
{
	assert_int_equal(irq, 235);
	freed++;
}

static void line(void)
{
	assert_int_equal(handler(235, handler_arg), IRQ_HANDLED);
}

static void model_new(enum fake_kind kind)
{
	card_new(kind);
	dw_model_new((volatile uint8_t *)phys_to_virt(hpa(REGS)));
	model.line = line;
	fake_log_start();
	freed = 0;
}

/* A node of its own for each: the block layer knows disks by their nodes. */
static int attach(const char *props)
{
	static unsigned int count;
	struct fdt_scan scan;
	struct fdt_reg reg;
	char text[1024];
	size_t at;

	at = (size_t)snprintf(
		text, sizeof(text),
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; ");
	for (unsigned int i = 0; i <= count; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "n%u {};",
				       i);
	count++;
	snprintf(text + at, sizeof(text) - at,
		 "mmc@fe2c0000 { compatible = \"rockchip,rk3588-dw-mshc\", "
		 "\"rockchip,rk3288-dw-mshc\"; reg = <0 0xfe2c0000 0 0x4000>; "
		 "%s }; };",
		 props);
	dts_text(text, tree, sizeof(tree));
	assert_true(fdt_scan_init(&scan, tree));
	do {
		assert_true(fdt_scan_next(&scan));
	} while (strcmp(scan.name, "mmc@fe2c0000"));
	assert_int_equal(fdt_scan_reg(&scan, 0, &reg), 0);
	return dw_mmc_rockchip_driver.probe_at(&scan, &reg);
}

static struct block_device *disk_new(const char *props)
{
	struct block_device *dev = NULL, *last = NULL;

	assert_int_equal(attach(props), 0);
	while ((dev = block_next(dev)))
		last = dev;
	return last;
}

static void moves(struct block_device *dev)
{
	uint8_t *buf = dma_alloc(UINT64_MAX, CARD_BYTES);

	assert_int_equal(dev->block_count, CARD_BYTES / 512);
	/* all of the table, and from its last one back to the first */
	assert_int_equal(block_read(dev, 0, buf, CARD_BYTES / 512), 0);
	assert_int_equal(model.descs, 256);
	assert_int_equal(model.behind, dw_model_reg(0x88));
	assert_memory_equal(buf, card.data, CARD_BYTES);
	card.busy_polls = 5;
	model.busy_reads = 7;
	memset(buf, 0x12, 99 * 512);
	assert_int_equal(block_write(dev, 1001, buf, 99), 0);
	assert_int_equal(model.descs, 13);
	assert_int_equal(card.busy_left, 0);
	assert_int_equal(block_write(dev, 5, buf, 1), 0);
	assert_memory_equal(buf, card.data + 1001 * 512, 99 * 512);
	assert_memory_equal(buf, card.data + 5 * 512, 512);
	assert_int_equal(block_errors(dev), 0);
	assert_false(model.live);
	assert_false(dw_model_open());
	dma_free(buf, CARD_BYTES);
}

static void cards(void **state)
{
	static const enum fake_kind kinds[] = {SDHC, SDSC, SD1, EMMC};

	(void)state;
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(kinds); i++) {
		struct block_device *dev;
		unsigned int irqs;

		model_new(kinds[i / 2]);
		model.delayed = i % 2; /* by interrupts, as it really is */
		dev = disk_new(SLOT "cd-gpios = <&{/n0} 4 1>;");
		assert_null(strstr(fake_log, " E "));
		assert_null(strstr(fake_log, " W "));
		assert_string_equal(dev->driver, "dw-mmc");
		assert_int_equal(card.is->lines, 4);
		assert_int_equal(dw_model_reg(0x18), 1);
		assert_true(card.is->high_speed);
		assert_int_equal(dw_model_hz(), 50000000);
		irqs = model.irqs;
		moves(dev);
		assert_int_equal(model.irqs > irqs, i % 2);
		assert_int_equal(block_node_quit(dev->node), 1);
		assert_int_equal(freed, 1);
		assert_int_equal(dw_model_reg(0x24), 0);
		assert_int_equal(dw_model_reg(0x90), 0);
	}
}

/* Never faster than the card, the wires and the tree allow. */
static void clocks(void **state)
{
	(void)state;
	model_new(SDHC); /* wires for 25 MHz, one line */
	(void)disk_new("fifo-depth = <0x100>;");
	assert_false(card.is->high_speed);
	assert_int_equal(card.is->lines, 1);
	assert_int_equal(dw_model_reg(0x18), 0);
	assert_int_equal(dw_model_hz(), 25000000);
	model_new(SDHC);
	(void)disk_new("cap-sd-highspeed; max-frequency = <30000000>;");
	assert_true(dw_model_hz() <= 30000000 && dw_model_hz() >= 25000000);
	/* somebody knows: ciu 100 MHz, half of it gets there */
	model_new(SDHC);
	model.base_hz = 50000000;
	(void)disk_new("cap-sd-highspeed; clock-frequency = <100000000>;");
	assert_int_equal(dw_model_divider(), 0);
	model_new(SDHC);
	assert_int_equal(attach("clock-frequency = <1>;"), -EIO);
	assert_int_equal(attach("clock-frequency = <0xffffffff>;"), -EIO);
	assert_non_null(strstr(fake_log, "cannot be divided"));
	model_new(EMMC);
	(void)disk_new("bus-width = <8>; cap-mmc-highspeed;");
	assert_int_equal(card.is->lines, 8);
	assert_int_equal(dw_model_reg(0x18), 0x10000);
	assert_true(dw_model_hz() <= 52000000);
}

/* RK3568's clock unit: gates, 100 MHz for 50 at the card, phases. */
static void clock_unit(void **state)
{
	const uint64_t cru = 0xfdd20000;
	const char *with =
		"bus-width = <4>; cap-sd-highspeed; disable-wp; "
		"clocks = <&cru 176>, <&cru 177>, <&cru 394>, <&cru 395>; "
		"clock-names = \"biu\", \"ciu\", \"ciu-drive\", "
		"\"ciu-sample\"; resets = <&cru 212>; }; "
		"cru: cru { compatible = \"rockchip,rk3568-cru\"; "
		"#clock-cells = <1>; #reset-cells = <1>; "
		"reg = <0 0xfdd20000 0 0x1000>;";

	(void)state;
	model_new(SDHC);
	soc_model_new(false);
	soc_model_poke(cru + 0x584, 0x7f8);
	soc_model_poke(cru + 0x434, 0x10); /* in reset */
	model.in_soc = true;
	model.base_hz = 50000000;
	(void)disk_new(with);
	assert_true(card.is->high_speed);
	assert_int_equal(dw_model_hz(), 50000000);
	assert_int_equal(dw_model_reg(0x08), 0);
	assert_int_equal(soc_model_peek(cru + 0x178), 3 << 8);
	assert_int_equal(soc_model_peek(cru + 0x33c), 0xfffc);
	assert_int_equal(soc_model_peek(cru + 0x580), 2);
	assert_int_equal(soc_model_peek(cru + 0x584), 0);
	assert_int_equal(soc_model_peek(cru + 0x434), 0);
	assert_true(soc_model.waited_us > 0);
	assert_null(strstr(fake_log, " W "));
	/* CPLL is off: 24 MHz is what there is, 12 at the card */
	model_new(SDHC);
	soc_model_new(false);
	soc_model_poke(cru + 0xc0, 0);
	model.in_soc = true;
	model.base_hz = 12000000;
	(void)disk_new(with);
	assert_int_equal(dw_model_hz(), 12000000);
}

static void wires(void **state)
{
	uint64_t frames = fake_frames_out();

	(void)state;
	/* its own input, high: no card; nothing is logged, nobody waits */
	model_new(SDHC);
	model.present = false;
	assert_int_equal(attach(SLOT), -ENODEV);
	assert_int_equal(freed, 1);
	assert_string_equal(fake_log, "");
	/* it took memory, and has given it back */
	assert_int_equal(fake_frames_out(), frames);
	/* nobody reads the GPIO: the card does not answer */
	model_new(NO_CARD);
	assert_int_equal(attach(SLOT "cd-gpios = <1 4 1>;"), -ENODEV);
	assert_string_equal(fake_log, "");
	model_new(SDHC);
	model.protected = true;
	assert_false(disk_new(SLOT)->read_only);
	assert_true(disk_new("bus-width = <4>;")->read_only);
	assert_false(disk_new("non-removable;")->read_only);
	model_new(SDHC);
	assert_false(disk_new("bus-width = <4>;")->read_only);
	assert_true(disk_new("wp-gpios = <1 2 3>;")->read_only);
	assert_non_null(strstr(fake_log, "wp-gpios"));
}

/* What is there but cannot be driven. */
static void refused(void **state)
{
	(void)state;
	model_new(SDHC);
	model.hcon |= 3u << 16; /* no DMA */
	assert_int_equal(attach(SLOT), -EIO);
	assert_non_null(strstr(fake_log, "cannot be driven"));
	model_new(SDHC);
	model.hcon |= 1u << 27;
	assert_int_equal(attach(SLOT), -EIO);
	model_new(SDHC);
	model.absent = true; /* nobody is there */
	assert_int_equal(attach(SLOT), -EIO);
	model_new(SDHC);
	assert_int_equal(attach("fifo-depth = <2>;"), -EIO);
	assert_non_null(strstr(fake_log, "FIFO"));
	model_new(SDHC);
	card.locked = true;
	assert_int_equal(attach(SLOT), -EIO);
	model_new(SDHC);
	fake_frames_fail_after = 0;
	assert_int_equal(attach(SLOT), -ENOMEM);
	fake_frames_fail_after = -1;
	assert_int_equal(freed, 1);
}

/* It never ends a reset, takes no command, or its clock's: an end by time. */
static void stuck(void **state)
{
	(void)state;
	model_new(SDHC);
	model.never_resets = true;
	assert_int_equal(attach(SLOT), -EIO);
	assert_non_null(strstr(fake_log, "does not reset"));
	model_new(SDHC);
	model.never_dma_resets = true;
	assert_int_equal(attach(SLOT), -EIO);
	assert_non_null(strstr(fake_log, "does not reset"));
	model_new(SDHC);
	model.never_takes = true;
	assert_int_equal(attach(SLOT), -EIO);
	assert_non_null(strstr(fake_log, "does not take its clock"));
	model_new(SDHC);
	model.locked = true;
	assert_int_equal(attach(SLOT), -EIO);
	model_new(SDHC);
	model.silent = true;
	assert_int_equal(attach(SLOT), -ENODEV);
	model_new(SDHC);
	model.stuck_busy = true;
	assert_int_not_equal(attach(SLOT), 0);
}

static void data_errors(void **state)
{
	static const struct {
		uint32_t rintsts, idsts;
		bool writing_too;
	} faults[] = {
		{0x088, 0, true},   /* data CRC */
		{0x208, 0, true},   /* no data in time */
		{0x400, 0, true},   /* starved */
		{0x800, 0, true},   /* FIFO over- or underrun */
		{0x1000, 0, true},  /* written to while busy */
		{0x2008, 0, false}, /* no start bit; of a write: not busy now */
		{0x8008, 0, true},  /* no end bit */
		{0, 0x2204, true},  /* DMA: fatal bus error */
	};
	uint8_t buf[512], was[512];

	(void)state;
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(faults); i++) {
		const bool write = i % 2;
		struct block_device *dev;
		unsigned int resets;

		if (write && !faults[i / 2].writing_too)
			continue;
		model_new(SDHC);
		model.delayed = true;
		dev = disk_new(SLOT);
		model.data_fault = faults[i / 2].rintsts;
		model.dma_fault = faults[i / 2].idsts;
		resets = card.resets;
		memcpy(was, card.data + 42 * 512, 512);
		/* the next identification fails by it as well: SCR */
		assert_int_equal(write ? block_write(dev, 42, buf, 1)
				       : block_read(dev, 42, buf, 1),
				 -EIO);
		assert_true(card.resets > resets); /* it began anew */
		assert_false(model.live);
		model.data_fault = model.dma_fault = 0;
		assert_int_equal(block_read(dev, 43, buf, 1), 0);
		assert_memory_equal(buf, card.data + 43 * 512, 512);
	}
	/* of a write, that bit says that the card is not busy any more */
	model_new(SDHC);
	model.data_fault = 0;
	{
		struct block_device *dev = disk_new(SLOT);

		model.data_extra = 0x2000;
		assert_int_equal(block_write(dev, 42, buf, 1), 0);
	}
}

static int ask(struct block_device *dev, uint8_t index,
	       enum mmc_response response)
{
	struct mmc_host *host = container_of(dev, struct mmc_host, block);
	struct mmc_command command = {
		.index = index,
		.response = response,
		.arg = (uint32_t)host->card.rca << 16,
	};

	return mmc_command(host, &command);
}

static void command_errors(void **state)
{
	static const struct {
		uint32_t rintsts;
		int err;
	} faults[] = {
		{0x0044, -EIO}, /* CRC of the response */
		{0x0006, -EIO}, /* its bits */
		{0x0104, -ETIMEDOUT},
		{0x1000, -EIO},
	};
	struct block_device *dev;
	uint8_t buf[512];

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(faults); i++) {
		model_new(SDHC);
		dev = disk_new(SLOT);
		model.command_fault = faults[i].rintsts;
		assert_int_equal(ask(dev, 13, MMC_R1), faults[i].err);
		model.command_fault = 0;
		assert_int_equal(ask(dev, 13, MMC_R1), 0);
		model.command_fault = faults[i].rintsts;
		assert_int_equal(block_read(dev, 1, buf, 1), -ENODEV);
		assert_false(model.live);
	}
	/* busy behind the answer, for longer than it may be */
	model_new(SDHC);
	dev = disk_new(SLOT);
	model.busy_reads = 1000;
	card.is->state = CARD_STANDBY;
	assert_int_equal(ask(dev, 7, MMC_R1B), 0);
	assert_int_equal(model.busy_left, 0);
	card.is->state = CARD_STANDBY;
	model.busy_reads = 1000000;
	assert_int_equal(ask(dev, 7, MMC_R1B), -ETIMEDOUT);
	/* the card's own word */
	model_new(SDHC);
	dev = disk_new(SLOT);
	card.bad = 42;
	assert_int_equal(block_read(dev, 42, buf, 1), -EIO);
	assert_int_equal(block_read(dev, 43, buf, 1), 0);
	assert_false(model.live);
}

/* Deadlines, of data and of a card that stays busy. */
static void timeouts(void **state)
{
	struct block_device *dev;
	uint8_t buf[1024] = {0};
	uint64_t from;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		model_new(SDHC);
		dev = disk_new(SLOT);
		model.never_data = i == 0;
		model.never_dma = i == 1;
		model.silent = i == 2;
		model.stuck_busy = i == 3;
		from = fake_now_ns;
		assert_true(block_write(dev, 3, buf, 2) < 0);
		assert_true(fake_now_ns - from < 30000000000ull);
		assert_false(model.live);
	}
	/* one that is gone for good reaches no memory */
	model_new(SDHC);
	dev = disk_new(SLOT);
	model.silent = model.never_resets = true;
	assert_int_equal(block_read(dev, 3, buf, 1), -ENODEV);
	assert_int_equal(dw_model_reg(0x80), 0);
	assert_true(model.power_offs > 0);
	assert_true(block_is_gone(dev));
}

static void taken_out(void **state)
{
	uint8_t buf[1024];
	struct block_device *dev;

	(void)state;
	model_new(SDHC);
	dev = disk_new(SLOT);
	model.taken_in_data = true;
	assert_int_equal(block_read(dev, 3, buf, 2), -ENODEV);
	assert_non_null(strstr(fake_log, "taken out"));
	assert_false(model.live);
	assert_true(block_is_gone(dev));
	/* behind a GPIO it shows by its silence */
	model_new(SDHC);
	dev = disk_new(SLOT "cd-gpios = <1 2 3>;");
	model.taken_in_data = true;
	assert_int_equal(block_read(dev, 3, buf, 2), -ENODEV);
	assert_true(block_is_gone(dev));
	/* another card in its place */
	model_new(SDHC);
	dev = disk_new(SLOT);
	model.data_fault = 0x88;
	card.is->serial++;
	assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cards),       cmocka_unit_test(clocks),
		cmocka_unit_test(clock_unit),  cmocka_unit_test(wires),
		cmocka_unit_test(refused),     cmocka_unit_test(stuck),
		cmocka_unit_test(data_errors), cmocka_unit_test(timeouts),
		cmocka_unit_test(taken_out),   cmocka_unit_test(command_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "host_cases.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <arch/pgtable.h>

#include "../../../drivers/mmc/mmc.h"
#include "../../fake/dts.h"
#include "../../fake/fake.h"
#include "../../fake/io_wait.h"

#define model host_model
#define rig host_rig

unsigned int host_freed;

static uint8_t tree[4096];
static irq_handler_t handler;
static void *handler_arg;

int io_irq_connect(const void *fdt, int node, unsigned int index,
		   irq_handler_t fn, void *arg, const char *name)
{
	(void)fdt, (void)node, (void)name;
	assert_int_equal(index, 0);
	handler = fn;
	handler_arg = arg;
	return (int)rig.irq;
}

void irq_free(unsigned int irq)
{
	assert_int_equal(irq, rig.irq);
	host_freed++;
}

static void line(void)
{
	assert_int_equal(handler(rig.irq, handler_arg), IRQ_HANDLED);
}

void host_new(enum fake_kind kind)
{
	card_new(kind);
	rig.model_new((volatile uint8_t *)phys_to_virt(hpa(rig.regs)));
	model.line = line;
	fake_log_start();
	host_freed = 0;
}

/* A node of its own for each: the block layer knows disks by their nodes. */
int host_attach(const char *props)
{
	static unsigned int count;
	struct fdt_scan scan;
	struct fdt_reg reg;
	char text[4096];
	size_t at;

	at = (size_t)snprintf(
		text, sizeof(text),
		"/dts-v1/; / { #address-cells = <2>; #size-cells = <2>; ");
	for (unsigned int i = 0; i <= count; i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "n%u {};",
				       i);
	count++;
	snprintf(text + at, sizeof(text) - at, "%s { %s %s }; %s };", rig.node,
		 rig.props, props, rig.nodes ? rig.nodes : "");
	dts_text(text, tree, sizeof(tree));
	assert_true(fdt_scan_init(&scan, tree));
	do {
		assert_true(fdt_scan_next(&scan));
	} while (strcmp(scan.name, rig.node));
	assert_int_equal(fdt_scan_reg(&scan, 0, &reg), 0);
	return rig.driver->probe_at(&scan, &reg);
}

struct block_device *host_disk(const char *props)
{
	struct block_device *dev = NULL, *last = NULL;

	assert_int_equal(host_attach(props), 0);
	while ((dev = block_next(dev)))
		last = dev;
	return last;
}

static struct block_device *slot_with(enum fake_kind kind)
{
	host_new(kind);
	return host_disk(rig.slot);
}

void host_moves(struct block_device *dev)
{
	uint8_t *buf = dma_alloc(UINT64_MAX, CARD_BYTES);

	assert_int_equal(dev->block_count, CARD_BYTES / 512);
	/* the whole table of descriptors, at least once */
	assert_int_equal(block_read(dev, 0, buf, CARD_BYTES / 512), 0);
	assert_int_equal(model.descs, rig.descs);
	assert_memory_equal(buf, card.data, CARD_BYTES);
	card.busy_polls = 5;
	model.busy_reads = 7;
	memset(buf, 0x12, 99 * 512);
	assert_int_equal(block_write(dev, 1001, buf, 99), 0);
	assert_int_equal(card.busy_left, 0);
	assert_int_equal(block_write(dev, 5, buf, 1), 0);
	assert_int_equal(model.descs, 1);
	assert_memory_equal(buf, card.data + 1001 * 512, 99 * 512);
	assert_memory_equal(buf, card.data + 5 * 512, 512);
	assert_int_equal(block_errors(dev), 0);
	assert_false(model.live);
	assert_false(rig.is_open());
	dma_free(buf, CARD_BYTES);
}

void host_cards(void **state)
{
	static const enum fake_kind kinds[] = {SDHC, SDSC, SD1, EMMC};

	(void)state;
	for (unsigned int i = 0; i < 2 * ARRAY_SIZE(kinds); i++) {
		bool emmc = kinds[i / 2] == EMMC;
		struct block_device *dev;
		uint64_t frames = fake_frames_out();
		unsigned int irqs;

		host_new(kinds[i / 2]);
		model.delayed = i % 2; /* by interrupts, as it really is */
		dev = host_disk(emmc ? rig.emmc : rig.slot);
		assert_null(strstr(fake_log, " E "));
		assert_null(strstr(fake_log, " W "));
		assert_string_equal(dev->driver, rig.name);
		assert_int_equal(card.is->lines, emmc ? rig.emmc_lines : 4);
		rig.lines_check(card.is->lines);
		assert_int_equal(card.is->high_speed, !rig.slow);
		assert_int_equal(rig.hz(), rig.card_hz);
		irqs = model.irqs;
		host_moves(dev);
		assert_true(!model.delayed || model.irqs > irqs);
		assert_int_equal(block_node_quit(dev->node), 1);
		assert_int_equal(host_freed, 1);
		assert_true(rig.is_quiet());
		/* its own memory went back: what is left is the disk's */
		assert_true(fake_frames_out() <= frames + 1);
	}
}

void host_wires(void **state)
{
	uint64_t frames = fake_frames_out();

	(void)state;
	/* its own input: no card; nothing is logged, nobody waits */
	host_new(SDHC);
	model.present = false;
	assert_int_equal(host_attach(rig.slot), -ENODEV);
	assert_int_equal(host_freed, 1);
	assert_string_equal(fake_log, "");
	/* it took memory, and has given it back */
	assert_int_equal(fake_frames_out(), frames);
	/* nobody reads the GPIO: the card does not answer */
	host_new(NO_CARD);
	assert_int_equal(host_attach("broken-cd; disable-wp; "
				     "cd-gpios = <1 4 1>;"),
			 -ENODEV);
	assert_string_equal(fake_log, "");
	assert_int_equal(fake_frames_out(), frames);
	host_new(SDHC);
	model.protected = true;
	assert_false(host_disk(rig.slot)->read_only);
	assert_true(host_disk("bus-width = <4>;")->read_only);
	assert_false(host_disk("non-removable;")->read_only);
	host_new(SDHC);
	assert_false(host_disk("bus-width = <4>;")->read_only);
	assert_true(host_disk("wp-gpios = <1 2 3>;")->read_only);
	assert_non_null(strstr(fake_log, "wp-gpios"));
}

/* What is there but cannot be driven. */
void host_refused(void **state)
{
	uint64_t frames = fake_frames_out();

	(void)state;
	host_new(SDHC);
	model.absent = true; /* nobody is there */
	assert_int_equal(host_attach(rig.slot), -EIO);
	host_new(SDHC);
	card.locked = true;
	assert_int_equal(host_attach(rig.slot), -EIO);
	for (long i = 0; i < 2; i++) {
		host_new(SDHC);
		fake_frames_fail_after = i;
		assert_int_equal(host_attach(rig.slot), -ENOMEM);
		fake_frames_fail_after = -1;
	}
	assert_int_equal(fake_frames_out(), frames);
}

/* It never ends a reset, takes no command, or its clock's: an end by time. */
void host_stuck(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < rig.stuck_count; i++) {
		host_new(SDHC);
		*(bool *)((uint8_t *)&model + rig.stuck[i].flag) = true;
		assert_int_equal(host_attach(rig.slot), -EIO);
		assert_non_null(strstr(fake_log, rig.stuck[i].says));
	}
	host_new(SDHC);
	model.silent = true;
	assert_int_equal(host_attach(rig.slot), -ENODEV);
	host_new(SDHC);
	model.stuck_busy = true;
	assert_int_not_equal(host_attach(rig.slot), 0);
}

void host_data_errors(void **state)
{
	uint8_t buf[512] = {0};
	struct block_device *dev;

	(void)state;
	for (unsigned int i = 0; i < 2 * rig.data_fault_count; i++) {
		const struct host_fault *fault = &rig.data_faults[i / 2];
		const bool write = i % 2;
		unsigned int resets;

		if (write && !fault->writing)
			continue;
		host_new(SDHC);
		model.delayed = true;
		dev = host_disk(rig.slot);
		model.data_fault = fault->bits;
		resets = card.resets;
		/* the next identification fails by it as well: SCR */
		assert_int_equal(write ? block_write(dev, 42, buf, 1)
				       : block_read(dev, 42, buf, 1),
				 -EIO);
		assert_true(card.resets > resets); /* it began anew */
		assert_false(model.live);
		memset(&model.data_fault, 0, sizeof(model.data_fault));
		assert_int_equal(block_read(dev, 43, buf, 1), 0);
		assert_memory_equal(buf, card.data + 43 * 512, 512);
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

void host_command_errors(void **state)
{
	struct block_device *dev;
	uint8_t buf[512];

	(void)state;
	for (unsigned int i = 0; i < rig.command_fault_count; i++) {
		const struct host_fault *fault = &rig.command_faults[i];

		dev = slot_with(SDHC);
		model.command_fault = fault->bits.raw;
		assert_int_equal(ask(dev, 13, MMC_R1), fault->err);
		model.command_fault = 0;
		assert_int_equal(ask(dev, 13, MMC_R1), 0);
		/* the card has its clock again */
		assert_int_equal(rig.hz(), rig.card_hz);
		model.command_fault = fault->bits.raw;
		assert_int_equal(block_read(dev, 1, buf, 1), -ENODEV);
		assert_false(model.live);
	}
	/* busy behind the answer, for longer than it may be */
	dev = slot_with(SDHC);
	model.busy_reads = 1000;
	card.is->state = CARD_STANDBY;
	assert_int_equal(ask(dev, 7, MMC_R1B), 0);
	assert_int_equal(model.busy_left, 0);
	card.is->state = CARD_STANDBY;
	model.busy_reads = 1000000;
	assert_int_equal(ask(dev, 7, MMC_R1B), -ETIMEDOUT);
	/* the card's own word */
	dev = slot_with(SDHC);
	card.bad = 42;
	assert_int_equal(block_read(dev, 42, buf, 1), -EIO);
	assert_int_equal(block_read(dev, 43, buf, 1), 0);
	assert_false(model.live);
}

/* Deadlines, of data and of a card that stays busy. */
void host_timeouts(void **state)
{
	struct block_device *dev;
	uint8_t buf[1024] = {0};
	uint64_t from;

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		dev = slot_with(SDHC);
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
	dev = slot_with(SDHC);
	model.silent = model.never_resets = true;
	assert_int_equal(block_read(dev, 3, buf, 1), -ENODEV);
	assert_true(rig.is_silenced());
	assert_true(model.power_offs > 0);
	assert_true(block_is_gone(dev));
}

void host_taken_out(void **state)
{
	uint8_t buf[1024] = {0};
	struct block_device *dev;

	(void)state;
	dev = slot_with(SDHC);
	model.taken_in_data = true;
	assert_int_equal(block_read(dev, 3, buf, 2), -ENODEV);
	assert_non_null(strstr(fake_log, "taken out"));
	assert_false(model.live);
	assert_true(block_is_gone(dev));
	/* behind a GPIO it shows by its silence */
	host_new(SDHC);
	dev = host_disk("disable-wp; cd-gpios = <1 2 3>;");
	model.taken_in_data = true;
	assert_int_equal(block_read(dev, 3, buf, 2), -ENODEV);
	assert_true(block_is_gone(dev));
	/* another card in its place */
	dev = slot_with(SDHC);
	model.data_fault = rig.data_faults[0].bits;
	card.is->serial++;
	assert_int_equal(block_write(dev, 3, buf, 1), -ENODEV);
}

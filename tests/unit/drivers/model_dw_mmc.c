/* SPDX-License-Identifier: Apache-2.0 */
#include "model_dw_mmc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>

#include "../../fake/io_wait.h"
#include "model_card.h"
#include "model_soc.h"

struct dw_model dw_model;

#define model dw_model
#define REG(offset) model.regs[(offset) / 4]

/* Interrupts go out as CTRL, INTMASK and IDINTEN let them. */
static bool is_raised(void)
{
	uint32_t dma = REG(0x8c) & REG(0x90) & 0x37;
	uint32_t summary = dma & 0x03 ? 0x100 : 0;

	summary |= dma & 0x34 ? 0x200 : 0;
	return (REG(0x00) & 0x10) &&
	       ((REG(0x44) & REG(0x24)) || (summary & REG(0x90)));
}

static void step(void)
{
	if (model.later_count) {
		REG(0x44) |= model.later[0].rintsts;
		REG(0x8c) |= model.later[0].idsts;
		model.later[0] = model.later[1];
		memset(&model.later[1], 0, sizeof(model.later[1]));
		model.later_count--;
		/* nobody would look, but for a lost interrupt's sake */
		assert_true(is_raised());
	}
	if (is_raised() && model.line) {
		model.irqs++;
		model.line();
		assert_false(is_raised());
	}
}

void dw_model_new(volatile uint8_t *at)
{
	memset(&model, 0, sizeof(model));
	model.at = at;
	model.present = true;
	model.base_hz = 200000000;
	REG(0x4c) = 0x00ff0000; /* RX_WMark: depth - 1 */
	REG(0x6c) = 0x5342270a;
	REG(0x70) = 0x00c43081;
	fake_device_step = step;
}

uint32_t dw_model_hz(void)
{
	if (!model.enabled)
		return 0;
	return model.divider ? model.base_hz / (2 * model.divider)
			     : model.base_hz;
}

/* 7.2.1: the divider changes while the card's clock is off */
static void clock_update(void)
{
	if (REG(0x08) != model.divider)
		assert_false(model.enabled || (REG(0x10) & 1));
	model.divider = REG(0x08);
	model.enabled = REG(0x10) & 1;
	assert_int_equal(REG(0x0c), 0);
}

static void happen(unsigned int when, uint32_t rintsts, uint32_t idsts)
{
	if (!model.delayed) {
		REG(0x44) |= rintsts;
		REG(0x8c) |= idsts;
		return;
	}
	model.later[when].rintsts |= rintsts;
	model.later[when].idsts |= idsts;
	model.later_count = MAX(model.later_count, when + 1);
}

/* 8: a chain of descriptors, each given back as it is done. */
static void chain_run(uint8_t *data, uint32_t bytes, bool write)
{
	uint32_t at = REG(0x88), done = 0;
	uint32_t desc[4];

	/* use_internal_dmac, dma_enable */
	assert_int_equal(REG(0x00) & 0x02000020, 0x02000020);
	assert_int_equal(REG(0x80) & 0x81, 0x80);
	model.descs = 0;
	for (;;) {
		assert_int_equal(at % 4, 0);
		memcpy(desc, phys_to_virt(hpa(at)), sizeof(desc));
		if (done == bytes)
			break;
		assert_int_equal(desc[0] & 0x80000010, 0x80000010);
		assert_int_equal(!!(desc[0] & 8), !done);
		assert_in_range(desc[1], 1, 8191);
		assert_int_equal(desc[1] % 4, 0);
		assert_int_equal(desc[2] % 4, 0);
		assert_true(done + desc[1] <= bytes);
		if (write)
			memcpy(data + done, phys_to_virt(hpa(desc[2])),
			       desc[1]);
		else
			memcpy(phys_to_virt(hpa(desc[2])), data + done,
			       desc[1]);
		done += desc[1];
		assert_int_equal(!!(desc[0] & 4), done == bytes);
		assert_int_equal(!!(desc[0] & 2), done != bytes);
		desc[0] &= ~0x80000000u;
		memcpy(phys_to_virt(hpa(at)), desc, 4);
		at = desc[3];
		model.descs++;
	}
	model.behind = at;
	/* what comes next was looked at, and is not its own: it suspends */
	assert_int_equal(desc[0] & 0x80000000, 0);
	REG(0x8c) |= 0x10;
}

static void data_end(bool write)
{
	uint32_t good = model.never_data ? 0 : 0x08;

	if (model.taken_in_data) {
		model.present = false;
		happen(1, 0x208, 0);
		return;
	}
	if (model.data_fault || model.dma_fault) {
		happen(1, model.data_fault, model.dma_fault);
		return;
	}
	happen(1, good, model.never_dma ? 0 : write ? 0x101 : 0x102);
	if (!model.never_data && !model.never_dma)
		model.live = false;
}

static void answer_set(const uint32_t answer[4], bool is_long)
{
	for (unsigned int i = 0; i < 4; i++)
		REG(0x30 + 4 * i) = is_long ? answer[3 - i] : 0;
	if (!is_long)
		REG(0x30) = answer[0];
}

static bool card_answers(uint32_t value, uint32_t answer[4], uint8_t *data)
{
	uint8_t index = value & 0x3f;

	if (!model.present || !(REG(0x04) & 1) || !model.enabled)
		return false;
	/* SD 4.2: identification, 400 kHz at most; 80 clocks before the first */
	if (index == 0)
		assert_true(value & 0x8000);
	if (index <= 3)
		assert_true(dw_model_hz() <= 400000);
	if (index != 12)
		return card_command(index, REG(0x28), answer, data, REG(0x20));
	assert_true(model.open && (value & 0x4000));
	model.open = false;
	answer[0] = 0x900;
	return true;
}

static void command(uint32_t value)
{
	static uint8_t data[CARD_BYTES];
	uint8_t index = value & 0x3f;
	bool write = value & 0x400, has_data = value & 0x200;
	uint32_t answer[4] = {0};

	if (model.silent)
		return;
	if (model.command_fault) {
		happen(0, model.command_fault, 0);
		return;
	}
	assert_true(!model.open || index == 12 || index == 13 || index == 0);
	if (index == 0)
		model.open = false;
	assert_int_equal(REG(0x14), 0xffffffff);
	assert_true(value & 0x20000000);
	if (has_data) {
		assert_int_equal(REG(0x20) % REG(0x1c), 0);
		assert_true(value & 0x2000);
		model.live = true;
		if (write)
			chain_run(data, REG(0x20), true);
	}
	if (!card_answers(value, answer, data)) {
		happen(0, 0x104, 0); /* response timeout, command done */
		return;
	}
	if (has_data && !write && !(answer[0] & 0x00200000) &&
	    !model.data_fault && !model.dma_fault && !model.taken_in_data)
		chain_run(data, REG(0x20), false);
	answer_set(answer, value & 0x80);
	happen(0, 0x04, 0);
	if (has_data && (answer[0] & 0x00200000))
		happen(1, 0x208, 0); /* no data comes */
	else if (has_data)
		data_end(write);
	model.open = has_data && (index == 18 || index == 25);
	if (index == 7 || index == 12 || write)
		model.busy_left = model.busy_reads;
}

/* 6: bit 31 clears when the command was taken */
static void cmd_write(uint32_t value)
{
	bool was = REG(0x2c) & 0x80000000;

	REG(0x2c) = value;
	if (!(value & 0x80000000))
		return;
	if (was || model.locked) {
		REG(0x44) |= 0x1000;
		if (model.locked)
			REG(0x2c) &= ~0x80000000u;
		return;
	}
	if (model.never_takes)
		return;
	REG(0x2c) &= ~0x80000000u;
	if (value & 0x200000)
		clock_update();
	else
		command(value);
}

static void ctrl_write(uint32_t value)
{
	if (value & 7)
		model.resets++;
	if (value & 1) {
		/* of the card's side: it waits for its clock anew */
		model.enabled = false;
		model.later_count = 0;
		memset(model.later, 0, sizeof(model.later));
		REG(0x2c) &= ~0x80000000u;
	}
	REG(0x00) = model.never_resets ? value : value & ~7u;
	if ((value & 4) && !model.never_resets && !(REG(0x80) & 0x80))
		model.live = false;
}

static uint64_t pa_of(const volatile void *addr)
{
	return (uintptr_t)addr - (uintptr_t)phys_to_virt(hpa(0));
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	size_t offset = (size_t)((const volatile uint8_t *)addr - model.at);

	assert_int_equal(width, 4);
	if (model.in_soc && offset >= sizeof(model.regs))
		return soc_model_read(pa_of(addr));
	assert_true(offset < sizeof(model.regs));
	switch (offset) {
	case 0x48:
		if (model.busy_left)
			model.busy_left--;
		return model.busy_left || model.stuck_busy ? 0x306 : 0x106;
	case 0x50:
		return !model.present;
	case 0x54:
		return model.protected;
	}
	return REG(offset);
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	size_t offset = (size_t)((volatile uint8_t *)addr - model.at);
	uint32_t word = (uint32_t)value;

	assert_int_equal(width, 4);
	if (model.in_soc && offset >= sizeof(model.regs)) {
		soc_model_write(pa_of(addr), word);
		return;
	}
	switch (offset) {
	case 0x00:
		ctrl_write(word);
		return;
	case 0x04:
		model.power_offs += !(word & 1);
		break;
	case 0x2c:
		cmd_write(word);
		return;
	case 0x44:
	case 0x8c:
		REG(offset) &= ~word;
		return;
	case 0x80:
		if (!model.never_dma_resets)
			word &= ~1u;
		break;
	case 0x08:
	case 0x0c:
	case 0x10:
	case 0x14:
	case 0x18:
	case 0x1c:
	case 0x20:
	case 0x24:
	case 0x28:
		/* 6: not while a command waits */
		assert_false(REG(0x2c) & 0x80000000 && !model.never_takes);
		break;
	case 0x88:
		/* 8: while the DMA is off */
		assert_int_equal(REG(0x80) & 0x80, 0);
		break;
	case 0x4c:
	case 0x74:
	case 0x84:
	case 0x90:
		break;
	default:
		fail_msg("register %zx is not written to", offset);
	}
	REG(offset) = word;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model_phytium_mci.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>

#include "../../fake/io_wait.h"
#include "model_card.h"

struct mci_model mci_model;

#define model mci_model
#define REG(offset) (model.regs[(offset) / 4])

static struct card inside;

uint32_t mci_model_reg(size_t offset)
{
	return REG(offset);
}

/* Interrupts go out as the two masks and the one above them let them. */
static bool is_raised(void)
{
	uint32_t dma = model.dma & REG(0x94) & 0x37;
	uint32_t summary = dma & 0x03 ? 0x100 : 0;

	summary |= dma & 0x34 ? 0x200 : 0;
	return (REG(0x00) & 0x10) &&
	       ((model.raw & REG(0x24)) || (summary & REG(0x94)));
}

static void step(void)
{
	if (model.later_count) {
		model.raw |= model.later[0].raw;
		model.dma |= model.later[0].dma;
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

void mci_model_new(volatile uint8_t *at)
{
	memset(&model, 0, sizeof(model));
	model.at = at;
	model.present = true;
	model.base_hz = 1200000000;
	memset(&REG(0x88), 0xa5, 8); /* as whoever was there left it */
	memset(&inside, 0, sizeof(inside));
	card_insert(&inside);
	card_power_on(&inside);
	fake_device_step = step;
}

static bool is_source_on(void)
{
	return REG(0x108) & 2;
}

uint32_t mci_model_hz(void)
{
	uint32_t by = (REG(0x108) >> 8 & 0x7f) + 1;

	if (!model.clocked || !is_source_on())
		return 0;
	return model.base_hz / by / (2 * model.divider);
}

bool mci_model_open(void)
{
	return inside.open &&
	       (inside.state == CARD_DATA || inside.state == CARD_RECEIVE);
}

static void tell(uint32_t raw, uint32_t dma)
{
	/* a command's word comes first, the data's after it */
	unsigned int at = raw & 0x146 && !(raw & 0x8) ? 0 : 1;

	if (!model.delayed) {
		model.raw |= raw;
		model.dma |= dma;
		return;
	}
	model.later[at].raw |= raw;
	model.later[at].dma |= dma;
	if (model.later_count < at + 1)
		model.later_count = at + 1;
}

static uint32_t lines(void)
{
	return REG(0x18) & 0x10000 ? 8 : REG(0x18) & 1 ? 4 : 1;
}

static bool buffer_move(uint64_t at, uint32_t bytes, bool write)
{
	void *buf = phys_to_virt(hpa(at));
	uint32_t done = write ? card_take(&inside, NULL, buf, bytes)
			      : card_give(&inside, NULL, buf, bytes);

	return done == bytes;
}

/* A chain of all the data and no more. Return: the card did its part */
static bool chain_run(uint32_t bytes, bool write, bool move, bool give_back)
{
	uint64_t at = REG(0x88) | (uint64_t)REG(0x8c) << 32;
	uint32_t done = 0;
	uint32_t desc[8];

	for (model.descs = 0; done < bytes; model.descs++) {
		bool last;

		assert_int_equal(at % 8, 0);
		memcpy(desc, phys_to_virt(hpa(at)), sizeof(desc));
		assert_in_range(desc[2], 1, 4096);
		assert_int_equal(desc[1] | desc[3], 0);
		assert_int_equal(desc[4] % 4, 0);
		last = done + desc[2] == bytes;
		assert_true(done + desc[2] <= bytes);
		/* own, first, last, in a chain, quiet */
		assert_int_equal(desc[0], 0x80000000 | (done ? 0 : 8) |
						  (last ? 4 : 0x12));
		if (move && !buffer_move(desc[4] | (uint64_t)desc[5] << 32,
					 desc[2], write))
			return false;
		desc[0] &= 0x7fffffff;
		if (give_back)
			memcpy(phys_to_virt(hpa(at)), desc, 4);
		done += desc[2];
		at = desc[6] | (uint64_t)desc[7] << 32;
	}
	assert_int_equal(at, 0);
	return true;
}

/* Data ends by a fault, not by the device. Return: it does */
static bool is_faulty(void)
{
	if (model.taken_in_data) {
		model.present = false;
		tell(0x208, 0);
	} else if (model.data_fault || model.dma_fault) {
		tell(model.data_fault, model.dma_fault);
	} else if (model.never_dma) {
		tell(0x08, 0);
	} else if (!model.never_data) {
		return false;
	}
	return true;
}

static void data_run(bool write)
{
	uint32_t bytes = REG(0x20);

	/* the internal DMA, and it is on */
	assert_int_equal(REG(0x00) & 0x2000030, 0x2000010);
	assert_int_equal(REG(0x80) & 0x81, 0x80);
	assert_int_equal(bytes % REG(0x1c), 0);
	if (is_faulty()) {
		(void)chain_run(bytes, write, false, false);
		model.live = true;
		/* the card has sent its block, whatever came of it */
		if (inside.state == CARD_DATA && !inside.open)
			inside.state = CARD_TRANSFER;
	} else if (inside.state != (write ? CARD_RECEIVE : CARD_DATA) ||
		   inside.lines != lines() ||
		   !chain_run(bytes, write, true, true)) {
		tell(write ? 0x88 : 0x208, 0x220);
	} else {
		tell(0x08 | model.data_extra, model.mute_dma ? 0
					      : write        ? 0x101
							     : 0x102);
	}
}

static void command_check(uint32_t value)
{
	uint8_t index = value & 0x3f;

	if (model.present && mci_model_open())
		assert_true(index == 12 || index == 13 || index == 0);
	assert_int_equal(REG(0x14), 0xffffffff);
	assert_int_equal(REG(0x4c), 0x20070100);
	assert_int_equal(REG(0x100), 0x800001);
	assert_int_equal(REG(0x04), 1);
	/* SD 4.2: identification, 400 kHz at most; 80 clocks before the first */
	if (index == 0)
		assert_true(value & 0x8000);
	if (index <= 3)
		assert_true(mci_model_hz() <= 400000);
	if (index == 12)
		assert_true(mci_model_open());
	/* a busy card is only reset or asked */
	if (index != 0 && index != 13)
		assert_false(model.busy_left || model.stuck_busy);
}

static void answer_set(uint8_t index, const struct card_answer *answer)
{
	bool is_long = answer->form == CARD_LONG;

	if (index == 41 && model.late_reads) {
		model.op_cond = answer->words[0];
		model.late_left = model.late_reads;
		return;
	}
	model.index = index == 41 ? 63 : index;
	for (unsigned int i = 0; i < (is_long ? 4 : 1); i++)
		REG(0x30 + 4 * i) = answer->words[is_long ? 3 - i : 0];
	if (!is_long)
		REG(0x30) = (REG(0x30) | card.set) & ~card.clear;
}

static void command_run(uint32_t value)
{
	struct card_answer answer = {.form = CARD_SILENT};
	uint8_t index = value & 0x3f, now = index;
	uint32_t arg = REG(0x28);
	bool has_data = value & 0x200, write = value & 0x400;

	if (model.present && mci_model_hz() &&
	    card_starts(&now, &arg, has_data ? REG(0x20) : 0))
		card_command(&inside, now, arg, &answer);
	if (answer.form == CARD_SILENT) {
		/* of one that nobody answers, it is done */
		tell(value & 0x40 ? 0x104 : 0x4, 0);
		return;
	}
	answer_set(index, &answer);
	tell(0x4, 0);
	if (has_data)
		data_run(write);
	card_ends(index);
	if (index == 7 || index == 12 || write)
		model.busy_left = model.busy_reads;
}

/* The half at the card takes the divider over while its clock is off. */
static void clock_taken(void)
{
	uint32_t value = REG(0x08), divider = value & 0xff;
	bool on = REG(0x10) & 1;

	if (on) {
		assert_false(model.clocked && divider != model.divider);
		assert_true(divider >= 2);
		assert_true((value >> 8 & 0xff) < divider);
		assert_true((value >> 16 & 0xff) < divider);
		assert_int_equal(REG(0x114), 2 * divider);
		model.divider = divider;
	}
	model.clocked = on;
}

static void cmd_comes(uint32_t value)
{
	if (!(value & 0x80000000))
		return;
	if (model.stuck_cmd || model.locked) {
		model.raw |= 0x1000;
	} else if (model.never_takes || !is_source_on()) {
		model.stuck_cmd = value;
	} else if (value & 0x200000) {
		clock_taken();
	} else if (model.command_fault && !model.silent) {
		model.raw |= model.command_fault;
	} else if (!model.silent) {
		command_check(value);
		command_run(value);
	}
}

static void ctrl_comes(uint32_t value)
{
	if (value & 7)
		model.resets++;
	if (value & 1) {
		/* of the card's side: what was to come does not */
		model.later_count = 0;
		memset(model.later, 0, sizeof(model.later));
		model.clocked = false;
		model.stuck_cmd = 0;
	}
	/* nobody says whether bit 0 clears by itself: here it stays */
	REG(0x00) = value & ~6u;
	model.stuck_ctrl = model.never_resets ? value & 6 : 0;
	if ((value & 4) && !model.never_resets && !(REG(0x80) & 0x80))
		model.live = false;
}

static uint32_t status(void)
{
	if (model.busy_left)
		model.busy_left--;
	if (model.late_left && !--model.late_left) {
		REG(0x30) = model.op_cond;
		model.index = 63;
	}
	return (model.busy_left || model.stuck_busy ? 0x200 : 0) |
	       (model.never_empty ? 0 : 4) | model.index << 11;
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	size_t offset = (size_t)((const volatile uint8_t *)addr - model.at);

	assert_int_equal(width, 4);
	assert_true(offset < 0x1000);
	if (model.absent)
		return UINT32_MAX;
	switch (offset) {
	case 0x00:
		return REG(offset) | model.stuck_ctrl;
	case 0x2c:
		return model.stuck_cmd;
	case 0x44:
		return model.raw;
	case 0x48:
		return status();
	case 0x50:
		return !model.present;
	case 0x54:
		return model.protected;
	case 0x58:
		return is_source_on() && !model.never_ready;
	case 0x80:
		return (REG(offset) & ~1u) | model.stuck_mode;
	case 0x90:
		return model.dma;
	}
	return REG(offset);
}

static void of_clock(size_t offset, uint32_t value)
{
	/* the card gets no clock while that changes */
	if (offset == 0x108 && value != REG(offset))
		assert_false(model.clocked && value);
	if (offset == 0x08)
		assert_false(model.clocked);
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	size_t offset = (size_t)((volatile uint8_t *)addr - model.at);
	uint32_t word = (uint32_t)value;

	assert_int_equal(width, 4);
	switch (offset) {
	case 0x00:
		ctrl_comes(word);
		return;
	case 0x2c:
		cmd_comes(word);
		return;
	case 0x44:
		model.raw &= ~word;
		return;
	case 0x90:
		model.dma &= ~word;
		return;
	case 0xfd0:
		model.irqs_over++;
		return;
	case 0x04:
		model.power_offs += !(word & 1);
		break;
	case 0x80:
		model.stuck_mode = model.never_dma_resets ? word & 1 : 0;
		break;
	case 0x88:
	case 0x8c:
		assert_int_equal(REG(0x80) & 0x80, 0);
		break;
	case 0x08:
	case 0x108:
		of_clock(offset, word);
		break;
	case 0x10:
	case 0x14:
	case 0x18:
	case 0x1c:
	case 0x20:
	case 0x24:
	case 0x28:
	case 0x4c:
	case 0x74:
	case 0x78:
	case 0x94:
	case 0x100:
	case 0x10c:
	case 0x114:
		break;
	default:
		fail_msg("register %zx is not written to", offset);
	}
	REG(offset) = word;
}

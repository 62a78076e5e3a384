/* SPDX-License-Identifier: Apache-2.0 */
/* the device registers itself in a section only the Image has: take it whole */
#include "../../../virt/dev/dw_mshc.c"

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

static struct vdev dev;
static struct dw_mshc state;

uint32_t dw_model_reg(size_t offset)
{
	return (uint32_t)dev.ops->read(&dev, offset, 4);
}

static void set(size_t offset, uint32_t value)
{
	dev.ops->write(&dev, offset, 4, value);
}

/* What the driver sees of the two status registers. */
static uint32_t seen_rintsts(void)
{
	return (dw_model_reg(0x44) & ~model.hidden.rintsts) |
	       model.injected.rintsts;
}

static uint32_t seen_idsts(void)
{
	return (dw_model_reg(0x8c) & ~model.hidden.idsts) |
	       model.injected.idsts;
}

/* Interrupts go out as CTRL, INTMASK and IDINTEN let them. */
static bool is_raised(void)
{
	uint32_t dma = seen_idsts() & dw_model_reg(0x90) & 0x37;
	uint32_t summary = dma & 0x03 ? 0x100 : 0;
	bool raised;

	summary |= dma & 0x34 ? 0x200 : 0;
	raised = (dw_model_reg(0x00) & 0x10) &&
		 ((seen_rintsts() & dw_model_reg(0x24)) ||
		  (summary & dw_model_reg(0x90)));
	/* without faults, it is the device's own word */
	if (!model.hidden.rintsts && !model.hidden.idsts &&
	    !model.injected.rintsts && !model.injected.idsts)
		assert_int_equal(raised, card_line);
	return raised;
}

static void step(void)
{
	if (model.later_count) {
		model.hidden.rintsts &= ~model.later[0].rintsts;
		model.hidden.idsts &= ~model.later[0].idsts;
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
	card_device(&dev, &dw_mshc_ops, &state);
	card_insert(&state.card);
	model.hcon = dw_model_reg(0x70);
	fake_device_step = step;
}

uint32_t dw_model_divider(void)
{
	return state.divider;
}

uint32_t dw_model_hz(void)
{
	if (!state.clocked)
		return 0;
	return state.divider ? model.base_hz / (2 * state.divider)
			     : model.base_hz;
}

bool dw_model_open(void)
{
	return state.card.open && (state.card.state == CARD_DATA ||
				   state.card.state == CARD_RECEIVE);
}

/* 7.2.1: the divider changes while the card's clock is off */
static void clock_check(void)
{
	if (dw_model_reg(0x08) != state.divider)
		assert_false(state.clocked || (dw_model_reg(0x10) & 1));
	assert_int_equal(dw_model_reg(0x0c), 0);
}

/*
 * 8: a chain of descriptors of all the data and no more; what comes behind the
 * last one is not the device's when that was given back.
 */
static void chain_check(uint32_t bytes)
{
	uint32_t at = dw_model_reg(0x88), done = 0;
	uint32_t desc[4];

	/* use_internal_dmac, dma_enable */
	assert_int_equal(dw_model_reg(0x00) & 0x02000020, 0x02000020);
	assert_int_equal(dw_model_reg(0x80) & 0x81, 0x80);
	for (model.descs = 0; done < bytes; model.descs++) {
		assert_int_equal(at % 4, 0);
		memcpy(desc, phys_to_virt(hpa(at)), sizeof(desc));
		assert_int_equal(desc[0] & 0x80000010, 0x80000010);
		assert_int_equal(!!(desc[0] & 8), !done);
		assert_in_range(desc[1], 1, 8191);
		assert_int_equal(desc[1] % 4, 0);
		assert_int_equal(desc[2] % 4, 0);
		done += desc[1];
		assert_true(done <= bytes);
		assert_int_equal(!!(desc[0] & 4), done == bytes);
		assert_int_equal(!!(desc[0] & 2), done != bytes);
		at = desc[3];
	}
	model.behind = at;
	assert_int_equal(at, dw_model_reg(0x88));
}

static void inject(uint32_t rintsts, uint32_t idsts)
{
	model.injected.rintsts |= rintsts;
	model.injected.idsts |= idsts;
}

/* What has happened comes in the next steps, if it is delayed. */
static void delay(uint32_t old_idsts)
{
	uint32_t rintsts = dw_model_reg(0x44);
	uint32_t idsts = dw_model_reg(0x8c) & ~old_idsts;
	uint32_t of_command = rintsts & 0x146;

	if (!model.delayed)
		return;
	model.hidden.rintsts = rintsts;
	model.hidden.idsts = idsts;
	model.later[0].rintsts = of_command;
	model.later[0].idsts = 0;
	model.later[1].rintsts = rintsts & ~of_command;
	model.later[1].idsts = idsts;
	model.later_count = rintsts == of_command && !idsts ? 1 : 2;
}

/* Data ends by a fault, not by the device. Return: it does */
static bool is_faulty(void)
{
	if (model.taken_in_data) {
		model.present = false;
		inject(0x208, 0);
	} else if (model.data_fault || model.dma_fault) {
		inject(model.data_fault, model.dma_fault);
	} else if (model.never_dma) {
		inject(0x08, 0);
	} else if (!model.never_data) {
		return false;
	}
	return true;
}

static void command_check(uint32_t value)
{
	uint8_t index = value & 0x3f;

	assert_true(!dw_model_open() || index == 12 || index == 13 ||
		    index == 0);
	assert_int_equal(dw_model_reg(0x14), 0xffffffff);
	assert_true(value & 0x20000000);
	/* SD 4.2: identification, 400 kHz at most; 80 clocks before the first */
	if (index == 0 && state.clocked)
		assert_true(value & 0x8000);
	if (index <= 3)
		assert_true(dw_model_hz() <= 400000);
	if (index == 12)
		assert_true(dw_model_open() && (value & 0x4000));
	if (!(value & 0x200))
		return;
	assert_int_equal(dw_model_reg(0x20) % dw_model_reg(0x1c), 0);
	assert_true(value & 0x2000);
	chain_check(dw_model_reg(0x20));
}

static void command_run(uint32_t value)
{
	uint8_t index = value & 0x3f, now = index;
	uint32_t arg = dw_model_reg(0x28), idsts = dw_model_reg(0x8c), first;
	bool has_data = value & 0x200, write = value & 0x400;
	bool faulty = false;

	if (!model.present ||
	    !card_starts(&now, &arg, has_data ? dw_model_reg(0x20) : 0)) {
		inject(0x104, 0); /* response timeout, command done */
		return;
	}
	set(0x28, arg);
	if (has_data && is_faulty()) {
		model.live = faulty = true;
		value &= ~0x200u;
		has_data = false;
	}
	set(0x2c, (value & ~0x3fu) | now);
	/* the card has sent its block, whatever came of it */
	if (faulty && state.card.state == CARD_DATA && !state.card.open)
		state.card.state = CARD_TRANSFER;
	card_ends(index);
	if (has_data && (dw_model_reg(0x44) & 0xff80) == 0) {
		memcpy(&first, phys_to_virt(hpa(model.behind)), 4);
		assert_int_equal(first & 0x80000000, 0);
	}
	if (has_data)
		inject(model.data_extra, 0);
	if (index == 7 || index == 12 || write)
		model.busy_left = model.busy_reads;
	delay(idsts);
}

/* 6: bit 31 clears when the command was taken */
static void cmd_comes(uint32_t value)
{
	if (!(value & 0x80000000)) {
		set(0x2c, value);
	} else if (model.stuck_cmd || model.locked) {
		inject(0x1000, 0);
	} else if (model.never_takes) {
		model.stuck_cmd = value;
	} else if (value & 0x200000) {
		clock_check();
		set(0x2c, value);
	} else if (model.command_fault && !model.silent) {
		inject(model.command_fault, 0);
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
		memset(&model.hidden, 0, sizeof(model.hidden));
		model.stuck_cmd = 0;
	}
	set(0x00, value);
	model.stuck_ctrl = model.never_resets ? value & 7 : 0;
	if ((value & 4) && !model.never_resets && !(dw_model_reg(0x80) & 0x80))
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
	if (model.in_soc && offset >= 0x100)
		return soc_model_read(pa_of(addr));
	assert_true(offset < 0x100);
	if (model.absent)
		return UINT32_MAX;
	switch (offset) {
	case 0x00:
		return dw_model_reg(offset) | model.stuck_ctrl;
	case 0x2c:
		return dw_model_reg(offset) | model.stuck_cmd;
	case 0x30:
		return (dw_model_reg(offset) | card.set) & ~card.clear;
	case 0x44:
		return seen_rintsts();
	case 0x48:
		if (model.busy_left)
			model.busy_left--;
		return dw_model_reg(offset) |
		       (model.busy_left || model.stuck_busy ? 0x200 : 0);
	case 0x50:
		return !model.present;
	case 0x54:
		return model.protected;
	case 0x70:
		return model.hcon;
	case 0x80:
		return dw_model_reg(offset) | model.stuck_bmod;
	case 0x8c:
		return seen_idsts();
	}
	return dw_model_reg(offset);
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	size_t offset = (size_t)((volatile uint8_t *)addr - model.at);
	uint32_t word = (uint32_t)value;

	assert_int_equal(width, 4);
	if (model.in_soc && offset >= 0x100) {
		soc_model_write(pa_of(addr), word);
		return;
	}
	switch (offset) {
	case 0x00:
		ctrl_comes(word);
		return;
	case 0x2c:
		cmd_comes(word);
		return;
	case 0x44:
		model.injected.rintsts &= ~word;
		break;
	case 0x8c:
		model.injected.idsts &= ~word;
		break;
	case 0x04:
		model.power_offs += !(word & 1);
		break;
	case 0x80:
		model.stuck_bmod = model.never_dma_resets ? word & 1 : 0;
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
		assert_false(model.stuck_cmd && !model.never_takes);
		break;
	case 0x88:
		/* 8: while the DMA is off */
		assert_int_equal(dw_model_reg(0x80) & 0x80, 0);
		break;
	case 0x4c:
	case 0x74:
	case 0x84:
	case 0x90:
		break;
	default:
		fail_msg("register %zx is not written to", offset);
	}
	set(offset, word);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "model_dw.h"

#include "../../../virt/dev/dw_mshc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <arch/pgtable.h>

#include "model_card.h"
#include "model_soc.h"

struct dw_mshc dw_model_state;

#define model host_model

static struct vdev dev;
static const struct dw_model_kind *kind;
static struct {
	uint32_t answer, status; /* what was there before it */
	bool reset;              /* as it was written last */
} before;

uint32_t dw_model_reg(size_t offset)
{
	return (uint32_t)dev.ops->read(&dev, offset, 4);
}

static void set(size_t offset, uint32_t value)
{
	dev.ops->write(&dev, offset, 4, value);
}

/* What the driver sees of the two status registers. */
static uint32_t seen_raw(void)
{
	return (dw_model_reg(0x44) & ~model.hidden.raw) | model.injected.raw;
}

static uint32_t seen_dma(void)
{
	uint32_t dma = model.mute_dma ? 0 : dw_model_reg(kind->dma_status);

	return (dma & ~model.hidden.dma) | model.injected.dma;
}

/* Interrupts go out as CTRL, INTMASK and IDINTEN let them. */
static bool is_raised(void)
{
	uint32_t enabled = dw_model_reg(kind->dma_status + 4);
	uint32_t dma = seen_dma() & enabled & 0x37;
	uint32_t summary = dma & 0x03 ? 0x100 : 0;
	bool raised;

	summary |= dma & 0x34 ? 0x200 : 0;
	raised = (dw_model_reg(0x00) & 0x10) &&
		 ((seen_raw() & dw_model_reg(0x24)) || (summary & enabled));
	if (host_is_honest()) /* it is the device's own word */
		assert_int_equal(raised, card_line);
	return raised;
}

void dw_model_power_on(volatile uint8_t *at, const struct dw_model_kind *which)
{
	host_model_new(at, is_raised);
	memset(&before, 0, sizeof(before));
	kind = which;
	card_device(&dev, kind->ops, &dw_model_state);
	card_insert(&dw_model_state.card);
}

uint32_t dw_model_divider(void)
{
	return dw_model_state.divider;
}

uint32_t dw_model_hz(void)
{
	return dw_model_state.clocked ? kind->hz() : 0;
}

bool dw_model_is_quiet(void)
{
	return !dw_model_reg(0x24) && !dw_model_reg(kind->dma_status + 4);
}

bool dw_model_open(void)
{
	return dw_model_state.card.open &&
	       (dw_model_state.card.state == CARD_DATA ||
		dw_model_state.card.state == CARD_RECEIVE);
}

static uint64_t list_at(void)
{
	return dw_model_reg(0x88) |
	       (dw_model_state.kind.wide ? (uint64_t)dw_model_reg(0x8c) << 32
					 : 0);
}

/*
 * 8: a chain of descriptors of all the data and no more; what comes behind the
 * last one is not the device's when that was given back.
 */
static void chain_check(uint32_t bytes)
{
	uint64_t at = list_at();
	uint32_t done = 0;

	assert_int_equal(dw_model_reg(0x00) & dw_model_state.kind.dma_bits,
			 dw_model_state.kind.dma_bits);
	assert_int_equal(dw_model_reg(0x80) & 0x81, 0x80);
	for (model.descs = 0; done < bytes; model.descs++) {
		uint32_t control, n;
		bool last;

		assert_int_equal(at % 4, 0);
		at = kind->desc_read(at, &control, &n);
		assert_in_range(n, 4, 4096);
		last = done + n == bytes;
		assert_true(done + n <= bytes);
		/* own; first, last, quiet */
		assert_int_equal(control & 0x8000000e,
				 0x80000000 | (done ? 0 : 8) | (last ? 4 : 2));
		done += n;
	}
	model.behind = at;
}

static void command_check(uint32_t value)
{
	uint8_t index = value & 0x3f;

	if (model.present)
		assert_true(!dw_model_open() || index == 12 || index == 13 ||
			    index == 0);
	assert_int_equal(dw_model_reg(0x14), 0xffffffff);
	/* SD 4.2: identification, 400 kHz at most; 80 clocks before the first */
	if (index == 0 && dw_model_state.clocked)
		assert_true(value & 0x8000);
	if (index <= 3)
		assert_true(dw_model_hz() <= 400000);
	if (index == 12)
		assert_true(dw_model_open());
	kind->command_check(value);
	if (!(value & 0x200))
		return;
	assert_int_equal(dw_model_reg(0x20) % dw_model_reg(0x1c), 0);
	chain_check(dw_model_reg(0x20));
}

/* The answer to ACMD41 may come behind the bit that tells of it. */
static void answer_late(uint8_t index, uint32_t answer, uint32_t status)
{
	if (index != 41 || !model.late_reads)
		return;
	model.late_left = model.late_reads;
	before.answer = answer;
	before.status = status;
}

static void command_run(uint32_t value)
{
	uint8_t index = value & 0x3f, now = index;
	uint32_t arg = dw_model_reg(0x28), dma = dw_model_reg(kind->dma_status);
	uint32_t answer = dw_model_reg(0x30), status = dw_model_reg(0x48);
	bool has_data = value & 0x200, write = value & 0x400;
	bool faulty = false;
	uint32_t first;

	if (!model.present ||
	    !card_starts(&now, &arg, has_data ? dw_model_reg(0x20) : 0)) {
		/* of one that nobody answers, it is done */
		host_inject(value & 0x40 ? 0x104 : 0x4, 0);
		return;
	}
	set(0x28, arg);
	if (has_data && host_is_faulty(0x208, 0x08)) {
		faulty = true;
		value &= ~0x200u;
		has_data = false;
	}
	set(0x2c, (value & ~0x3fu) | now);
	answer_late(index, answer, status);
	/* the card has sent its block, whatever came of it */
	if (faulty && dw_model_state.card.state == CARD_DATA &&
	    !dw_model_state.card.open)
		dw_model_state.card.state = CARD_TRANSFER;
	card_ends(index);
	if (has_data && (dw_model_reg(0x44) & 0xff80) == 0) {
		memcpy(&first, phys_to_virt(hpa(list_at())), 4);
		assert_int_equal(first & 0x80000000, 0);
	}
	if (has_data)
		host_inject(model.data_extra, 0);
	if (index == 7 || index == 12 || write)
		model.busy_left = model.busy_reads;
	host_delay((struct host_events){dw_model_reg(0x44),
					dw_model_reg(kind->dma_status) & ~dma},
		   0x146);
}

/* 6: bit 31 clears when the command was taken */
static void cmd_comes(uint32_t value)
{
	if (!(value & 0x80000000)) {
		set(0x2c, value);
	} else if (model.stuck_cmd || model.locked) {
		host_inject(0x1000, 0);
	} else if (model.never_takes) {
		model.stuck_cmd = value;
	} else if (value & 0x200000) {
		kind->clock_check();
		set(0x2c, value);
	} else if (model.command_fault && !model.silent) {
		host_inject(model.command_fault, 0);
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
		/* of the card's side */
		host_delay_end();
		model.stuck_cmd = 0;
	}
	before.reset = value & 1;
	set(0x00, value);
	model.stuck_ctrl = model.never_resets ? value & 7 : 0;
	if ((value & 4) && !model.never_resets && !(dw_model_reg(0x80) & 0x80))
		model.live = false;
}

static uint64_t pa_of(const volatile void *addr)
{
	return (uintptr_t)addr - (uintptr_t)phys_to_virt(hpa(0));
}

static uint32_t status_seen(void)
{
	uint32_t value = dw_model_reg(0x48);

	if (model.busy_left)
		model.busy_left--;
	if (model.late_left && --model.late_left)
		value = before.status;
	return (value & ~(model.never_empty ? 4u : 0)) |
	       (model.busy_left || model.stuck_busy ? 0x200 : 0);
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	size_t offset = (size_t)((const volatile uint8_t *)addr - model.at);

	assert_int_equal(width, 4);
	if (model.in_soc && offset >= 0x1000)
		return soc_model_read(pa_of(addr));
	assert_true(offset < 0x1000);
	if (model.absent)
		return UINT32_MAX;
	switch (offset) {
	case 0x00:
		return dw_model_reg(offset) | model.stuck_ctrl |
		       (kind->keeps_reset && before.reset);
	case 0x2c:
		return dw_model_reg(offset) | model.stuck_cmd;
	case 0x30:
		if (model.late_left)
			return before.answer;
		return (dw_model_reg(offset) | card.set) & ~card.clear;
	case 0x44:
		return seen_raw();
	case 0x48:
		return status_seen();
	case 0x50:
		return !model.present;
	case 0x54:
		return model.protected;
	case 0x80:
		return dw_model_reg(offset) | model.stuck_bmod;
	}
	if (offset == kind->dma_status)
		return seen_dma();
	return kind->read(offset, dw_model_reg(offset));
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	size_t offset = (size_t)((volatile uint8_t *)addr - model.at);
	uint32_t word = (uint32_t)value;

	assert_int_equal(width, 4);
	if (model.in_soc && offset >= 0x1000) {
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
		model.injected.raw &= ~word;
		break;
	case 0x04:
		model.power_offs += !(word & 1);
		break;
	case 0x80:
		model.stuck_bmod = model.never_dma_resets ? word & 1 : 0;
		break;
	case 0x88:
		/* 8: while the DMA is off */
		assert_int_equal(dw_model_reg(0x80) & 0x80, 0);
		break;
	case 0x08:
	case 0x10:
	case 0x14:
	case 0x18:
	case 0x1c:
	case 0x20:
	case 0x24:
	case 0x28:
	case 0x4c:
	case 0x74:
		/* 6: not while a command waits */
		assert_false(model.stuck_cmd && !model.never_takes);
		break;
	default:
		if (offset == kind->dma_status)
			model.injected.dma &= ~word;
		else if (offset != kind->dma_status + 4 &&
			 !kind->write(offset, word))
			fail_msg("register %zx is not written to", offset);
		break;
	}
	set(offset, word);
}

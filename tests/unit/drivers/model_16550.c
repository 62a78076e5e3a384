/* SPDX-License-Identifier: Apache-2.0 */
/* See model_16550.h. Values stand here again: not what the driver thinks. */
#include "model_16550.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct model_16550 model;
uint8_t model_window[0x1000];

static bool fifos_on(void)
{
	return model.fifo_size && (model.fcr & 1);
}

static unsigned int tx_room(void)
{
	return (fifos_on() ? model.fifo_size : 1) - model.tx_count;
}

static bool rx_ready(void)
{
	return model.rx_break_for_ever || model.rx_head < model.rx_count;
}

static bool dlab(void)
{
	return model.lcr & 0x80;
}

/* Time goes on with every access. */
static void tick(void)
{
	model.accesses++;
	if (!model.tx_count || !model.ticks_a_byte ||
	    ++model.ticks < model.ticks_a_byte)
		return;
	model.ticks = 0;
	assert_true(model.sent_count < MODEL_BYTES_MAX);
	model.sent[model.sent_count++] = model.tx[0];
	memmove(model.tx, model.tx + 1, --model.tx_count);
	if (!model.tx_count)
		model.thre_irq = true;
}

static uint8_t iir(void)
{
	uint8_t fifos = fifos_on() ? 0xc0 : 0;

	if ((model.ier & 1) && rx_ready())
		return fifos | 0x4;
	if ((model.ier & 1) && model.timeout_irq)
		return fifos | 0xc;
	if ((model.ier & 2) && model.thre_irq)
		return fifos | 0x2;
	if (model.busy_irq)
		return fifos | 0x7;
	return fifos | 0x1;
}

bool model_line(void)
{
	return (iir() & 0xf) != 1;
}

static uint8_t read_iir(void)
{
	uint8_t value = iir();

	if ((value & 0xf) == 2)
		model.thre_irq = false;
	return value;
}

static bool at_break(void)
{
	return model.rx_break_for_ever ||
	       (model.rx_head < model.rx_count &&
		model.rx[model.rx_head] & MODEL_BREAK);
}

static uint8_t read_lsr(void)
{
	uint8_t lsr = 0;

	if (rx_ready())
		lsr |= 0x01;
	if (at_break() && !model.break_told)
		lsr |= 0x10;
	if (!model.tx_count)
		lsr |= 0x60;
	/* errors are told once */
	model.break_told = at_break();
	return lsr;
}

static uint8_t read_rbr(void)
{
	model.timeout_irq = false;
	model.break_told = false;
	if (model.rx_break_for_ever || model.rx_head == model.rx_count)
		return 0;
	return (uint8_t)model.rx[model.rx_head++];
}

static bool busy(void)
{
	return model.is_dw && (model.tx_count || rx_ready());
}

static unsigned int reg_of(const volatile void *addr, unsigned int width)
{
	size_t at = (size_t)((const volatile uint8_t *)addr - model_window);

	assert_int_equal(width, model.width);
	assert_int_equal(at & ((1u << model.shift) - 1), 0);
	tick();
	return (unsigned int)(at >> model.shift);
}

uint64_t fake_io_read(const volatile void *addr, unsigned int width)
{
	switch (reg_of(addr, width)) {
	case 0:
		return dlab() ? model.dll : read_rbr();
	case 1:
		return dlab() ? model.dlm : model.ier;
	case 2:
		return read_iir();
	case 3:
		return model.lcr;
	case 4:
		return model.mcr;
	case 5:
		return read_lsr();
	case 31:
		assert_true(model.is_dw);
		model.usr_reads++;
		model.busy_irq = false;
		return busy();
	default:
		fail_msg("unexpected register");
		return 0;
	}
}

static void write_thr(uint8_t value)
{
	assert_int_not_equal(tx_room(), 0);
	model.thre_irq = false;
	model.tx[model.tx_count++] = value;
}

static void write_ier(uint8_t value)
{
	if ((value & ~model.ier & 2) && !model.tx_count)
		model.thre_irq = true;
	model.ier = value;
}

static void write_fcr(uint8_t value)
{
	if (!model.fifo_size)
		return;
	if (((value ^ model.fcr) & 1) || (value & 4)) {
		model.lost_tx += model.tx_count;
		model.tx_count = 0;
	}
	model.fcr = value & 0xc9;
}

static void write_lcr(uint8_t value)
{
	if (busy()) {
		model.lcr_refused++;
		model.busy_irq = true;
		return;
	}
	model.lcr = value;
}

void fake_io_write(volatile void *addr, unsigned int width, uint64_t value)
{
	uint8_t v = (uint8_t)value;

	assert_int_equal(value, v);
	switch (reg_of(addr, width)) {
	case 0:
		if (dlab())
			model.dll = v;
		else
			write_thr(v);
		break;
	case 1:
		if (dlab())
			model.dlm = v;
		else
			write_ier(v);
		break;
	case 2:
		write_fcr(v);
		break;
	case 3:
		write_lcr(v);
		break;
	case 4:
		model.mcr = v;
		break;
	default:
		fail_msg("unexpected register");
	}
}

void model_receive(uint16_t c)
{
	assert_true(model.rx_count < MODEL_BYTES_MAX);
	model.rx[model.rx_count++] = c;
}

void model_reset(void)
{
	memset(&model, 0, sizeof(model));
	model.width = 1;
	model.fifo_size = 16;
	model.ticks_a_byte = 1;
}

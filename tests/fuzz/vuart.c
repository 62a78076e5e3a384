/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests, their users and a slow console do to an emulated 16550A, in any
 * order: a plain model of the PC16550D says what each register reads, what is
 * sent, whether it interrupts.
 */
/* the tested code, or the copy with the planted bug */
#include "ns16550.c"

#include "../unit/virt/fake_virt.h"

#include <string.h>

#include "input.h"

#define IRQ 10
#define STEPS 400

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static struct vm vm;
static struct vdev dev;
static struct ns16550 device;
static bool full;
static uint8_t sent;
static unsigned int sent_count;

static struct {
	uint8_t ier, fcr, lcr, mcr, scr, low, high;
	bool due; /* the transmitter has something to say */
	uint8_t queue[16];
	unsigned int count;
	unsigned int sent_count;
} model;

struct vconsole *vconsole_create(struct vm *v, struct vdev *d)
{
	(void)v;
	(void)d;
	return (struct vconsole *)&device;
}

bool vconsole_put(struct vconsole *con, uint8_t byte)
{
	(void)con;
	sent = byte;
	sent_count++;
	return !full;
}

bool vconsole_full(struct vconsole *con)
{
	(void)con;
	return full;
}

void vconsole_pump(struct vconsole *con)
{
	(void)con;
}

/*
 * The model
 */

static bool dlab(void)
{
	return model.lcr & 0x80;
}

static bool loop(void)
{
	return model.mcr & 0x10;
}

static bool model_push(uint8_t byte)
{
	if (model.count >= (model.fcr & 1 ? 16u : 1u))
		return false;
	model.queue[model.count++] = byte;
	return true;
}

static uint8_t model_pop(void)
{
	uint8_t byte = model.queue[0];

	if (!model.count)
		return 0;
	memmove(model.queue, model.queue + 1, --model.count);
	return byte;
}

/* Table IV without line and modem status */
static uint8_t model_cause(void)
{
	static const uint8_t levels[] = {1, 4, 8, 14};
	unsigned int level = model.fcr & 1 ? levels[model.fcr >> 6] : 1;

	if ((model.ier & 1) && model.count)
		return model.count >= level ? 4 : 12;
	return (model.ier & 2) && model.due ? 2 : 1;
}

static uint8_t model_read(uint64_t reg)
{
	uint8_t cause = model_cause(), m = model.mcr;

	switch (reg) {
	case 0:
		return dlab() ? model.low : model_pop();
	case 1:
		return dlab() ? model.high : model.ier;
	case 2:
		if (cause == 2)
			model.due = false;
		return cause | (model.fcr & 1 ? 0xc0 : 0);
	case 3:
		return model.lcr;
	case 4:
		return m;
	case 5:
		return (model.count ? 1 : 0) | (full ? 0 : 0x60);
	case 6: /* DTR, RTS, OUT1 and OUT2 as DSR, CTS, RI and DCD */
		return loop() ? (uint8_t)((m & 1) << 5 | (m & 2) << 3 |
					  (m & 4) << 4 | (m & 8) << 4)
			      : 0xb0;
	case 7:
		return model.scr;
	default:
		return 0;
	}
}

static void model_write(uint64_t reg, uint8_t value)
{
	switch (reg) {
	case 0:
		if (dlab()) {
			model.low = value;
		} else if (loop()) {
			model_push(value);
			model.due = true;
		} else {
			model.sent_count++;
			model.due = !full;
		}
		break;
	case 1:
		if (dlab()) {
			model.high = value;
			break;
		}
		if ((value & 2) && !(model.ier & 2))
			model.due = true;
		model.ier = value & 15;
		break;
	case 2:
		if (((value ^ model.fcr) & 1) || (value & 2))
			model.count = 0;
		model.fcr = value & 1 ? value & 0xc1 : 0;
		break;
	case 3:
		model.lcr = value;
		break;
	case 4:
		model.mcr = value & 0x1f;
		break;
	case 7:
		model.scr = value;
		break;
	default:
		break;
	}
}

/*
 * Both
 */

static void read_both(uint64_t reg, unsigned int width)
{
	uint8_t wanted = model_read(reg);
	uint64_t value = 0;

	if (!dev.ops->quick(&dev, reg, width, false, &value))
		value = dev.ops->read(&dev, reg, width);
	must(value == wanted, "register %u: 0x%x for 0x%x", (unsigned int)reg,
	     (unsigned int)value, wanted);
}

static void write_both(uint64_t reg, unsigned int width, uint64_t value)
{
	model_write(reg, (uint8_t)value);
	if (!dev.ops->quick(&dev, reg, width, true, &value))
		dev.ops->write(&dev, reg, width, value);
	must(sent_count == model.sent_count, "what is sent");
	must(reg || dlab() || loop() || sent == (uint8_t)value);
}

static void step(struct input *in)
{
	uint8_t op = input_u8(in), value;
	unsigned int width = 1u << (op >> 6);
	uint64_t reg = op >> 3 & 7;

	switch (op & 7) {
	case 0:
		value = input_u8(in);
		must(dev.ops->console_input(&dev, value) ==
		     (!loop() && model_push(value)));
		break;
	case 1:
		if (full && (op & 8)) {
			full = false;
			model.due = true;
			dev.ops->console_room(&dev);
		} else {
			full = op & 8;
		}
		break;
	case 2:
		if (op >> 3)
			break;
		memset(&model, 0, sizeof(model));
		sent_count = 0;
		dev.ops->reset(&dev);
		break;
	case 3 ... 4:
		if (op == 0xfc)
			reg = input_u16(in) & 0xfff;
		read_both(reg, width);
		break;
	default:
		write_both(reg, width,
			   width == 1 ? input_u8(in) : input_u32(in));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	dev = (struct vdev){.ops = &ns16550_ops,
			    .vm = &vm,
			    .state = &device,
			    .size_bytes = 0x1000,
			    .virq = IRQ};
	vm.console = NULL;
	memset(&device, 0, sizeof(device));
	memset(&model, 0, sizeof(model));
	memset(fake_virq_level, 0, sizeof(fake_virq_level));
	sent_count = 0;
	full = false;
	must(!dev.ops->init(&dev));
	dev.ops->reset(&dev);
	for (unsigned int i = 0; in.left && i < STEPS; i++) {
		step(&in);
		must(fake_virq_level[IRQ] == (model_cause() != 1),
		     "it interrupts: %d", fake_virq_level[IRQ]);
	}
	return 0;
}

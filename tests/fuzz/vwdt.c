/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests and time do to an emulated DesignWare watchdog, in any order: a
 * plain model, which lives through one round after the other, says what each
 * register reads, whether it interrupts, and when the VM ends.
 */
/* the tested code, or the copy with the planted bug */
#include "dw_wdt.c"

#include <virt/vm.h>

#include "../unit/virt/fake_timer.h"
#include "../unit/virt/fake_virt.h"

#include <string.h>

#include "input.h"

#define IRQ 10
#define STEPS 300

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static struct vm_config config;
static struct vm vm = {.config = &config};
static struct vdev dev;
static struct dw_wdt device;
static unsigned int wakes;
static uint64_t paused_ns; /* all pauses together */
static bool paused;

static struct {
	uint8_t cr, torr;
	bool runs, raised, ended;
	uint64_t begin, length, next; /* ticks */
} model;

void vmm_wake(void)
{
	wakes++;
}

void vm_guest_ended(struct vm *v, enum vm_stop_reason reason, bool reset,
		    const char *detail)
{
	(void)v;
	(void)detail;
	must(reason == VM_STOP_FAULT && !reset && model.ended);
}

static uint64_t now(void)
{
	return (time_ns() - paused_ns) * 3 / 125;
}

static void model_round(void)
{
	model.begin = now();
	model.length = model.next;
}

static void model_reset(void)
{
	memset(&model, 0, sizeof(model));
	model.torr = 0xff;
	model.length = model.next = 0x80000000;
	paused_ns = 0;
	paused = false;
	wakes = 0;
}

static void model_now(void)
{
	while (model.runs && !model.ended &&
	       now() - model.begin >= model.length) {
		model.begin += model.length;
		model.length = model.next;
		if (!(model.cr & 2) || model.raised)
			model.ended = true;
		else
			model.raised = true;
	}
}

static uint32_t model_count(void)
{
	if (model.ended)
		return 0;
	return (uint32_t)(model.length - 1 -
			  (model.runs ? now() - model.begin : 0));
}

static void write_both(uint64_t at, uint32_t value)
{
	if (at == 0) {
		model.cr = (value & 0x3f) | (model.cr & 1);
		if ((model.cr & 1) && !model.runs) {
			model.next = 65536ull << (model.torr >> 4);
			model_round();
			model.next = 65536ull << (model.torr & 15);
			model.runs = true;
		}
	} else if (at == 4) {
		model.torr = (uint8_t)value;
		model.next = 65536ull << (model.torr & 15);
	} else if (at == 12 && (value & 0xff) == 0x76) {
		model.raised = false;
		if (!model.ended)
			model_round();
	}
	dev.ops->write(&dev, at, 4, value);
}

static void read_both(uint64_t at)
{
	uint32_t wanted[] = {model.cr, model.torr, model_count(), 0,
			     model.raised};
	uint32_t value = (uint32_t)dev.ops->read(&dev, at, 4);

	if (at == 0x14)
		model.raised = false;
	/* an ended one's counter says nothing */
	must((at == 8 && model.ended) ||
		     value == (at < 0x14 ? wanted[at / 4] : 0),
	     "register 0x%x: 0x%x", (unsigned int)at, value);
}

/* Up to some rounds of whatever length; to the end of this one, about. */
static void pass(struct input *in, uint8_t op)
{
	uint64_t ns = (uint64_t)input_u16(in) << (op >> 4) * 2;

	if (op & 8)
		ns = model.length * 125 / 3 - ns % 4096;
	fake_time_pass(ns);
	if (paused)
		paused_ns += ns;
	model_now();
}

static void pause(bool on)
{
	if (on)
		dev.ops->pause(&dev);
	else
		dev.ops->resume(&dev);
	paused = on;
	must(!on || !fake_timer_armed);
}

/* A VM that stands does nothing. */
static void step(struct input *in)
{
	uint8_t op = input_u8(in);

	switch (op & 7) {
	case 0 ... 2:
		pass(in, op);
		break;
	case 3:
		if (op & 0x80)
			pause(op & 0x40);
		else if (op & 0x40)
			dev.ops->work(&dev);
		break;
	case 4:
		if (!paused)
			read_both(op >> 3 & 0x1c);
		break;
	case 5:
		if (!paused)
			write_both(12, op & 0x80 ? input_u8(in) : 0x76);
		break;
	case 6:
		if (op >> 3)
			break;
		dev.ops->reset(&dev);
		model_reset();
		paused_ns = 0;
		break;
	default:
		if (!paused)
			write_both(op >> 3 & 0x1c, input_u8(in));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	fake_time_start(0);
	dev = (struct vdev){.ops = &dw_wdt_ops,
			    .vm = &vm,
			    .state = &device,
			    .size_bytes = 0x1000,
			    .virq = IRQ};
	memset(&device, 0, sizeof(device));
	memset(fake_virq_level, 0, sizeof(fake_virq_level));
	must(!dev.ops->init(&dev));
	dev.ops->reset(&dev);
	model_reset();
	for (unsigned int i = 0; in.left && i < STEPS; i++) {
		step(&in);
		must(fake_virq_level[IRQ] == model.raised, "it interrupts: %d",
		     fake_virq_level[IRQ]);
		must(wakes == model.ended);
	}
	return 0;
}

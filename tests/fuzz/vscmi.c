/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests write to an emulated SCMI server, and when they ring: a plain
 * model says what is in every byte of its memory afterwards.
 */
#include "scmi.c"

#include "../unit/virt/fake_virt.h"

#include "input.h"

#define STEPS 200
#define CALL 0x82000010u
#define CLOCKS 24u

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static struct vm_config config;
static struct vm vm = {.config = &config};
static const struct vm_emu_device emu = {.type = 0x4b};
static struct vdev dev;
static struct scmi device;

static struct {
	uint8_t area[256];
	uint64_t hz[CLOCKS];
	bool off[CLOCKS];
} model;

static uint32_t word(uint32_t at)
{
	uint32_t value;

	memcpy(&value, model.area + at, 4);
	return value;
}

static void set_word(uint32_t at, uint32_t value)
{
	memcpy(model.area + at, &value, 4);
}

static void model_reset(void)
{
	memset(&model, 0, sizeof(model));
	model.area[4] = 1;
	for (uint32_t i = 0; i < CLOCKS; i++)
		model.hz[i] = scmi_server_rk3588.clocks[i].cold_hz;
}

/* By going through what there is. */
static uint64_t model_rate(uint32_t flags, uint32_t id, uint64_t hz)
{
	const struct scmi_server_clock *c = &scmi_server_rk3588.clocks[id];
	uint64_t below = 0, above = 0;

	for (uint64_t at = c->min_hz; at <= c->max_hz; at += c->step_hz) {
		if (at <= hz)
			below = at;
		if (at >= hz && !above)
			above = at;
	}
	if (!below || !above)
		return 0;
	if (!(flags & 8))
		return flags & 4 ? above : below;
	return hz - below <= above - hz ? below : above;
}

/* @words: of the answer, -1 for those that are not looked at */
static int32_t model_base(uint32_t id, uint32_t in, int64_t *words)
{
	switch (id) {
	case 0:
		words[0] = 0x20000;
		return 0;
	case 1:
		words[0] = 0x101;
		return 0;
	case 2:
		words[0] = 0;
		return in < 8 ? 0 : -4;
	case 5:
		words[0] = 1;
		return 0;
	case 6:
		words[0] = in ? 0 : 1;
		words[1] = in ? 0 : 0x14;
		return in > 1 ? -2 : 0;
	case 7:
		words[0] = in == UINT32_MAX ? 1 : in;
		return in > 1 && in != UINT32_MAX ? -4 : 0;
	default:
		return 0;
	}
}

static int32_t model_clock(uint32_t id, const uint32_t *in, int64_t *words)
{
	uint32_t which = in[id == 5];
	uint64_t hz;

	if (id == 0)
		words[0] = 0x20000;
	if (id == 1)
		words[0] = CLOCKS;
	if (id == 2) {
		words[0] = 0;
		return in[0] < 8 ? 0 : -4;
	}
	if (id < 3)
		return 0;
	if (which >= CLOCKS)
		return -4;
	switch (id) {
	case 3:
		words[0] = !model.off[which];
		return 0;
	case 4:
		return 0;
	case 5:
		if (in[0] > 15)
			return -2;
		if (in[0] & 1)
			return -1;
		hz = model_rate(in[0], which, (uint64_t)in[3] << 32 | in[2]);
		if (hz)
			model.hz[which] = hz;
		return hz ? 0 : -2;
	case 6:
		words[0] = (int64_t)model.hz[which];
		words[1] = 0;
		return 0;
	default:
		if (in[1] > 1)
			return -2;
		model.off[which] = !in[1];
		return 0;
	}
}

/* What it does not look at it takes over from the device. */
static void model_ring(void)
{
	static const uint8_t params[2][8] = {{0, 0, 1, 0, 0, 0, 1, 1},
					     {0, 0, 1, 1, 2, 4, 1, 2}};
	static const uint8_t results[2][8] = {{1, 1, 1, 4, 4, 1, 2, 5},
					      {1, 1, 1, 6, 7, 0, 2, 0}};
	uint32_t header = word(0x18), length = word(0x14), count = 0, in[4];
	uint32_t id = header & 0xff, protocol = header >> 10 & 0xff;
	bool clock = protocol == 0x14;
	int64_t words[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
	int32_t status;

	if ((word(4) & 3) || length < 4 || length > 0xe8) {
		set_word(4, 3);
		return;
	}
	memcpy(in, model.area + 0x1c, sizeof(in));
	if (header >> 8 & 3)
		status = -10;
	else if ((protocol != 0x10 && !clock) || id > 7)
		status = -1;
	else if (length != 4 + 4u * params[clock][id])
		status = -10;
	else if (clock)
		status = model_clock(id, in, words);
	else
		status = model_base(id, in[0], words);
	if (!status)
		count = results[clock][id];
	for (uint32_t i = 0; i < count; i++)
		set_word(0x20 + 4 * i, words[i] >= 0
					       ? (uint32_t)words[i]
					       : device.server.area[8 + i]);
	set_word(0x1c, (uint32_t)status);
	set_word(0x14, 8 + 4 * count);
	set_word(4, 1);
}

static void write_both(uint32_t at, unsigned int width, uint64_t value)
{
	dev.ops->write(&dev, at, width, value);
	for (unsigned int i = 0; at + width <= 256 && i < width; i++)
		model.area[at + i] = (uint8_t)(value >> 8 * i);
}

/* A message that may be one. */
static void prepare(struct input *in, uint8_t op)
{
	uint8_t kind = input_u8(in), count = input_u8(in);

	write_both(0x04, 4, 0);
	write_both(0x14, 4, op & 0x10 ? count : 4 + 4u * (count % 5));
	write_both(0x18, 4,
		   (kind & 0x80 ? 0x14u : 0x10u) << 10 | (kind & 0x0f) |
			   (uint32_t)op << 20);
	write_both(0x1c, 4, op & 0x20 ? input_u32(in) : input_u8(in) % 32u);
	write_both(0x20, 4, op & 0x40 ? input_u32(in) : input_u8(in) % 32u);
	write_both(0x24, 8, (uint64_t)input_u32(in) << (op & 0x80 ? 8 : 0));
}

static void ring(void)
{
	must(!dev.ops->call(&dev, CALL ^ 1));
	must(dev.ops->call(&dev, CALL));
	model_ring();
}

static void step(struct input *in)
{
	uint8_t op = input_u8(in);
	unsigned int width = 1u << (op >> 3 & 3);
	uint32_t at;

	switch (op & 7) {
	case 0:
	case 1:
		at = input_u8(in) + (op & 0x80 ? 0xf8u : 0);
		write_both(at, width, (uint64_t)input_u32(in) << (op >> 5 & 3));
		break;
	case 2:
		at = input_u16(in) & 0xfff;
		must(at + width <= 256 || !dev.ops->read(&dev, at, width));
		break;
	case 3:
		ring();
		break;
	case 4:
		if (op == 0xfc) {
			dev.ops->reset(&dev);
			model_reset();
		}
		break;
	default:
		prepare(in, op);
		ring();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};

	dev = (struct vdev){.ops = &scmi_ops,
			    .vm = &vm,
			    .config = &emu,
			    .state = &device,
			    .size_bytes = 0x1000};
	memset(&device, 0, sizeof(device));
	must(!dev.ops->init(&dev));
	dev.ops->reset(&dev);
	model_reset();
	for (unsigned int i = 0; in.left && i < STEPS; i++) {
		step(&in);
		for (uint32_t at = 0; at < 256; at += 8) {
			uint64_t wanted;

			memcpy(&wanted, model.area + at, 8);
			must(dev.ops->read(&dev, at, 8) == wanted,
			     "at 0x%x: 0x%llx", at, (unsigned long long)wanted);
		}
	}
	return 0;
}

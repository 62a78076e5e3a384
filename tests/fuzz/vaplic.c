/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests and devices do to a virtual APLIC, in any order and both modes:
 * the plain model of the unit test says what is read, sent and pending, and no
 * vCPU's level changes without its being told.
 */
#include "../unit/arch/vaplic_model.h"

#include <string.h>

#include "input.h"

#define STEPS 200

static struct vaplic aplic;
static struct model model;
static struct model_sent sent, expected;

static void send(void *ctx, unsigned int vcpu, unsigned int id)
{
	must(ctx == &aplic);
	must(vcpu < MODEL_VCPUS && id && id < 2048);
	sent.count[vcpu][id]++;
}

static uint64_t offset(struct input *in)
{
	static const uint32_t numbers[] = {0,      0x1cdc, 0x1ddc, 0x1edc,
					   0x1fdc, 0x2000, 0x2004, 0x3000};
	uint64_t what = input_u8(in);
	uint64_t which = input_u8(in);

	switch (what % 8) {
	case 0:
		return 4 * which;
	case 1:
		return 0x3000 + 4 * which;
	case 2:
		return 0x1c00 + 4 * which;
	case 3:
		return 0x1e00 + 4 * which;
	case 4:
		return 0x4000 + 4 * (which % 40);
	case 5:
		return input_u32(in) % 0x6000;
	default:
		return numbers[which % ARRAY_SIZE(numbers)];
	}
}

static uint32_t value_for(uint64_t off, struct input *in)
{
	uint32_t byte = input_u8(in);

	if (off >= 0x3000 && off < 0x4000)
		return (byte & 3) << 18 | (byte >> 2) | (byte & 0x80) << 5;
	if (off == 0x2004)
		return byte << 24;
	if (!off)
		return byte << 7;
	if (off < 0x1000 || (off & 0xdc) == 0xdc || off >= 0x2000)
		return byte;
	return byte * 0x1010101u;
}

static void step(struct input *in, struct vaplic_out *out)
{
	uint8_t op = input_u8(in);
	unsigned int width = op & 0x80 ? 1u << (op >> 4 & 3) : 4;
	unsigned int source;
	uint64_t off;
	uint32_t value;

	switch (op % 8) {
	case 0 ... 1:
		source = input_u8(in);
		model_line(&model, source, op & 0x40);
		vaplic_line_set(&aplic, source, op & 0x40, out);
		return;
	case 2 ... 3:
		off = offset(in);
		value = model_read(&model, off, width);
		must(vaplic_read(&aplic, off, width, out) == value);
		return;
	case 4:
		if (op != 0xfc)
			return;
		model_reset(&model);
		vaplic_reset(&aplic);
		out->told = ~(uint64_t)0;
		return;
	default:
		off = offset(in);
		value = value_for(off, in);
		model_write(&model, off, width, value, &expected);
		vaplic_write(&aplic, off, width, value, out);
	}
}

/* as a guest leaves it that wants all it can get on each vCPU */
static void machine(unsigned int sources, bool msi)
{
	struct vaplic_out out = {.send = send, .ctx = &aplic};

	must(!vaplic_init(&aplic, sources, MODEL_VCPUS, msi));
	model = (struct model){.sources = sources, .msi = msi};
	memset(&sent, 0, sizeof(sent));
	memset(&expected, 0, sizeof(expected));
	for (unsigned int i = 1; i <= sources; i++) {
		const uint32_t writes[][2] = {
			{4 * i, 4 + i % 4},
			{0x3000 + 4 * i, i % MODEL_VCPUS << 18 | i},
			{0x1edc, i},
			{0x4000 + 32 * (i % MODEL_VCPUS), 1},
			{0, 0x100},
		};

		for (unsigned int w = 0; w < ARRAY_SIZE(writes); w++) {
			model_write(&model, writes[w][0], 4, writes[w][1],
				    &expected);
			model_settle(&model, &expected);
			vaplic_write(&aplic, writes[w][0], 4, writes[w][1],
				     &out);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	bool eip[MODEL_VCPUS];
	uint8_t first = input_u8(&in);

	machine(1 + first % 96, first & 0x80);
	for (unsigned int v = 0; v < MODEL_VCPUS; v++)
		eip[v] = model_eip(&model, v);
	for (unsigned int i = 0; in.left && i < STEPS; i++) {
		struct vaplic_out out = {.send = send, .ctx = &aplic};

		step(&in, &out);
		model_settle(&model, &expected);
		for (unsigned int v = 0; v < MODEL_VCPUS; v++) {
			bool now = model_eip(&model, v);

			must(vaplic_eip(&aplic, v) == now);
			must(now == eip[v] || (out.told & BIT(v)),
			     "vCPU %u is not told", v);
			eip[v] = now;
		}
	}
	must(!memcmp(&sent, &expected, sizeof(sent)));
	return 0;
}

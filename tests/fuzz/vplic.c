/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests and devices do to a virtual PLIC, in any order: the plain model
 * of the unit test says what is read, completed and pending, and no vCPU's
 * level changes without its being told.
 */
#include "../unit/arch/vplic_model.h"

#include "input.h"

#define STEPS 200

static struct vplic plic;
static struct model model;

static uint64_t offset(struct input *in)
{
	uint64_t what = input_u8(in);
	uint64_t which = input_u8(in);

	switch (what % 8) {
	case 0:
		return 4 * which;
	case 1:
		return 0x1000 + 4 * (which % 40);
	case 2:
		return 0x2000 + 4 * which;
	case 3:
		return 0x200000 + 0x1000 * (which % 8);
	case 4:
		return input_u32(in) % (VPLIC_SIZE + 0x1000);
	default:
		return 0x200004 + 0x1000 * (which % 8);
	}
}

static uint32_t value_for(uint64_t off, struct input *in)
{
	if (off < 0x1000 || off >= 0x200000)
		return input_u8(in);
	return input_u32(in);
}

/* Return: who is told */
static uint64_t step(struct input *in)
{
	uint8_t op = input_u8(in);
	unsigned int width = op & 0x80 ? 1u << (op >> 4 & 3) : 4;
	uint64_t told = 0;
	unsigned int source;
	uint64_t off;
	uint32_t value;

	switch (op % 8) {
	case 0 ... 1:
		source = input_u8(in);
		model_line(&model, source, op & 0x40);
		return vplic_line_set(&plic, source, op & 0x40);
	case 2 ... 3:
		off = offset(in);
		value = model_read(&model, off, width);
		must(vplic_read(&plic, off, width, &told) == value);
		return told;
	case 4:
		if (op != 0xfc)
			return 0;
		model_reset(&model);
		vplic_reset(&plic);
		return ~(uint64_t)0;
	default:
		off = offset(in);
		value = value_for(off, in);
		source = model_write(&model, off, width, value);
		must(vplic_write(&plic, off, width, value, &told) == source);
		return told;
	}
}

static void write_both(uint64_t off, uint32_t value)
{
	uint64_t told = 0;

	model_write(&model, off, 4, value);
	vplic_write(&plic, off, 4, value, &told);
}

/* as a guest leaves it that wants all it can get on each vCPU */
static void machine(unsigned int sources)
{
	must(model_machine(&plic, &model, sources));
	for (unsigned int i = 1; i <= sources; i++)
		write_both(4 * i, 1 + i % 3);
	for (unsigned int v = 0; v < MODEL_VCPUS; v++)
		for (unsigned int w = 0; w <= sources / 32; w++)
			write_both(0x2080 + 0x100 * v + 4 * w, ~0u);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	bool eip[MODEL_VCPUS] = {false};

	machine(1 + input_u8(&in) % 96);
	for (unsigned int i = 0; in.left && i < STEPS; i++) {
		uint64_t told = step(&in);

		for (unsigned int v = 0; v < MODEL_VCPUS; v++) {
			bool now = model_eip(&model, v);

			must(vplic_eip(&plic, v) == now);
			must(now == eip[v] || (told & BIT(v)),
			     "vCPU %u is not told", v);
			eip[v] = now;
		}
	}
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* What guests do to an emulated eMMC and its controller, in any order. */
#include "dwcmshc.c"

#include "cards.h"

static struct dwcmshc state;

/* as a driver does it, up to transfer state */
static void identify(void)
{
	static const uint32_t commands[][2] = {
		{0x00000000, 0},       {0x01020000, 0x40300000},
		{0x02090000, 0},       {0x031a0000, 1 << 16},
		{0x071b0000, 1 << 16},
	};

	wr(0x34, UINT32_MAX);
	wr(0x28, 0x0f10);
	wr(0x2c, 5);
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++) {
		wr(0x08, commands[i][1]);
		wr(0x0c, commands[i][0]);
	}
	wr(0x58, RAM);
}

/* A read or a write of blocks, by whatever descriptors there are. */
static void data(struct input *in)
{
	uint8_t op = input_u8(in);

	wr(0x04, op & 8 ? word(in) : 0x200u | (uint32_t)(op >> 4) << 16);
	wr(0x08, op & 4 ? word(in) : input_u16(in) / 32);
	wr(0x58, RAM);
	wr(0x0c, (op & 1 ? 0x183a0000u : 0x113a0010u) +
			 (op & 2 ? 0x01000022u : 0) + (op & 0x80 ? 0 : 1) +
			 (op >> 4 & 3) * 4u);
}

/* One that is valid. */
static void desc(struct input *in)
{
	static const uint16_t attrs[] = {0x21, 0x23, 0x31, 0x01};
	uint8_t op = input_u8(in);
	uint32_t words[] = {
		attrs[op & 3] | (uint32_t)input_u16(in) << 16,
		op & 4 ? word(in) : RAM + (op & 0xf0) * 16,
	};

	memcpy((uint8_t *)phys_to_virt(hpa(HOST)) + 8 * (op >> 3 & 7), words,
	       sizeof(words));
}

static void step(struct input *in)
{
	uint8_t op = input_u8(in);
	unsigned int width = 1u << (op >> 6);

	switch (op & 7) {
	case 0:
		if (op & 8)
			identify();
		else if (!(op >> 4))
			dev.ops->reset(&dev);
		else
			dev.ops->write(&dev, 0x2f, 1, op >> 4);
		break;
	case 1:
		data(in);
		break;
	case 2:
		desc(in);
		break;
	case 3:
		ram_put(in);
		break;
	case 4:
		(void)dev.ops->read(&dev, input_u16(in) & 0xfff, width);
		break;
	case 5:
		dev.ops->write(&dev, input_u16(in) & 0xfff, width, word(in));
		break;
	default:
		dev.ops->write(&dev, input_u8(in), width, word(in));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input in = {bytes, size};
	uint8_t how = input_u8(&in);

	machine_start(&dwcmshc_ops, &state, how & 2);
	if (how & 1)
		identify();
	for (unsigned int i = 0; in.left && i < STEPS; i++) {
		uint64_t before = moved;

		step(&in);
		if (i % 4 == 3)
			slow_step(input_u8(&in));
		must(moved - before <= CARD_COMMAND_BYTES);
		must(state.sdhci.data_left <= CARD_COMMAND_BYTES);
		must(state.sdhci.block_left <= state.sdhci.data_left);
		must(fake_virq_level[IRQ] ==
		     !!(rd(0x30) & rd(0x38) & ~0x8000u));
		card_holds(&state.sdhci.card);
	}
	guards_hold();
	return 0;
}

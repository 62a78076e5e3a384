/* SPDX-License-Identifier: Apache-2.0 */
/* What guests do to an emulated DesignWare MMC and its card, in any order. */
/* the tested code, or the copy with the planted bug */
#include "dw_mshc.c"

#include "cards.h"

static struct dw_mshc state;

/* as a driver does it, up to transfer state */
static void identify(void)
{
	static const uint32_t commands[][2] = {
		{0xa0008000, 0},          {0xa0000148, 0x1aa}, {0xa0000177, 0},
		{0xa0000069, 0x40300000}, {0xa00001c2, 0},     {0xa0000143, 0},
		{0xa0000147, 0x53440000},
	};

	wr(0x04, 1);
	wr(0x10, 1);
	wr(0x2c, 0x80202000);
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++) {
		wr(0x28, commands[i][1]);
		wr(0x2c, commands[i][0]);
	}
	wr(0x00, 0x02000030);
	wr(0x80, 0x80);
	wr(0x88, RAM);
}

/* A read or a write of blocks, by whatever descriptors there are. */
static void data(struct input *in)
{
	uint8_t op = input_u8(in);

	wr(0x20, op & 8 ? word(in) : 512u * (op >> 4));
	wr(0x28, op & 4 ? word(in) : input_u16(in) / 64 * 512u);
	wr(0x2c, (op & 1 ? 0xa0000740u + 24 : 0xa0000340u + 17) + !!(op & 2) +
			 (op & 0x80 ? 0x1000 : 0));
}

/* One that is the controller's. */
static void desc(struct input *in)
{
	uint8_t op = input_u8(in);
	const uint32_t words[] = {
		0x80000010 ^ (op & 0x32),
		input_u16(in) % 1024 * (op & 4 ? 4 : 1),
		op & 8 ? word(in) : RAM + 0x1000 + (op & 0x80) * 64,
		RAM + 16 * (op >> 6),
	};

	memcpy((uint8_t *)phys_to_virt(hpa(HOST)) + 16 * (op >> 6), words,
	       sizeof(words));
}

static void step(struct input *in)
{
	uint8_t op = input_u8(in);

	switch (op & 7) {
	case 0:
		if (op & 8)
			identify();
		else if (!(op >> 4))
			dev.ops->reset(&dev);
		else
			wr(0x84, 1);
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
		(void)dev.ops->read(&dev, input_u16(in) & 0xfff,
				    1u << (op >> 6));
		break;
	case 5:
		wr(0x28, word(in));
		wr(0x2c, 0x80000000 | (word(in) & ~0x3fu) | (op >> 3 & 31));
		break;
	default:
		dev.ops->write(&dev, input_u8(in) * 4u, 4, word(in));
	}
}

static bool line_model(void)
{
	uint32_t dma = rd(0x8c) & rd(0x90);

	return (rd(0x00) & 0x10) &&
	       (rd(0x40) || ((dma & 0x03) && (dma & 0x100)) ||
		((dma & 0x34) && (dma & 0x200)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input in = {bytes, size};

	machine_start(&dw_mshc_ops, &state);
	if (input_u8(&in) & 1)
		identify();
	for (unsigned int i = 0; in.left && i < STEPS; i++) {
		uint64_t before = moved;

		step(&in);
		must(moved - before <= CARD_COMMAND_BYTES);
		must(state.data_left <= CARD_COMMAND_BYTES);
		must(fake_virq_level[IRQ] == line_model());
		card_holds(&state.card);
	}
	guards_hold();
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guests do to an emulated controller of DesignWare's kind and its card, in
 * any order. A target includes its device, then this, and says OPS, IDSTS_AT,
 * DESC, DMA_ON and own_start() as tests/unit/virt/dw_mshc_cases.h has them.
 */
#ifndef TESTS_FUZZ_DW_CARDS_H
#define TESTS_FUZZ_DW_CARDS_H

#include "cards.h"

static struct dw_mshc state;

static void own_start(void);

/* as a driver does it, up to transfer state */
static void identify(void)
{
	static const uint32_t commands[][2] = {
		{0xa0008000, 0},          {0xa0000148, 0x1aa}, {0xa0000177, 0},
		{0xa0000069, 0x40300000}, {0xa00001c2, 0},     {0xa0000143, 0},
		{0xa0000147, 0x53440000},
	};

	own_start();
	wr(0x04, 1);
	wr(0x10, 1);
	wr(0x2c, 0x80202000);
	for (unsigned int i = 0; i < ARRAY_SIZE(commands); i++) {
		wr(0x28, commands[i][1]);
		wr(0x2c, commands[i][0]);
	}
	wr(0x00, DMA_ON);
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
	uint32_t control = 0x80000010 ^ (op & 0x32);
	uint32_t sizes = input_u16(in) % 1024 * (op & 4 ? 4 : 1);
	uint32_t at = op & 8 ? word(in) : RAM + 0x1000 + (op & 0x80) * 64;
	uint32_t next = RAM + DESC * (op >> 6);
	const uint32_t words[] = {control, sizes, at, next};
	const uint32_t high = (op & 0xc) == 0xc ? word(in) : 0;
	const uint32_t wide[] = {control, 0, sizes, 0, at, high, next, 0};

	memcpy((uint8_t *)phys_to_virt(hpa(HOST)) + DESC * (op >> 6),
	       DESC == 16 ? words : wide, DESC);
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
	case 6: /* data by the FIFO */
		for (unsigned int i = 0; i < (op >> 3) * 32u; i++)
			wr(0x200, i);
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
	uint32_t dma = rd(IDSTS_AT) & rd(IDSTS_AT + 4);

	return (rd(0x00) & 0x10) &&
	       (rd(0x40) || ((dma & 0x03) && (dma & 0x100)) ||
		((dma & 0x34) && (dma & 0x200)));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct input in = {bytes, size};
	uint8_t how = input_u8(&in);

	machine_start(&OPS, &state, how & 2);
	if (how & 1)
		identify();
	for (unsigned int i = 0; in.left && i < STEPS; i++) {
		uint64_t before = moved;

		step(&in);
		if (i % 4 == 3)
			slow_step(input_u8(&in));
		must(moved - before <= CARD_COMMAND_BYTES);
		must(state.data_left <= CARD_COMMAND_BYTES);
		must(state.fifo_count <= state.kind.fifo_words);
		must(fake_virq_level[IRQ] == line_model());
		card_holds(&state.card);
	}
	guards_hold();
	return 0;
}

#endif

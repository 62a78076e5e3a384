/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a guest, well-meaning or not, does with a controller of DesignWare's
 * kind. A test includes its device, then this, and says:
 *
 *	OPS, IDSTS_AT, DESC: bytes of a descriptor, DMA_ON: of CTRL,
 *	own_start(): before the card's clock can be turned on
 */
#ifndef TESTS_DW_MSHC_CASES_H
#define TESTS_DW_MSHC_CASES_H

#include "../../../virt/dev/card_regs.h"
#include "card_machine.h"

static struct dw_mshc state;

static void own_start(void);

#define CHAIN RAM /* where the tests' descriptors are */
#define DATA (RAM + 0x2000u)

static void setup_machine(void)
{
	machine_start(&OPS, &state);
	own_start();
}

static int setup(void **s)
{
	(void)s;
	setup_machine();
	return 0;
}

/* Bits 44 after one command; the response is in 30. */
static uint32_t send(uint32_t flags, uint32_t index, uint32_t arg)
{
	wr(0x44, UINT32_MAX);
	wr(0x28, arg);
	wr(0x2c, 0xa0000000 | flags | index);
	assert_int_equal(rd(0x2c) & 0x80000000, 0);
	return rd(0x44);
}

static void clock_on(void)
{
	own_start();
	wr(0x04, 1);
	wr(0x08, 2);
	wr(0x10, 1);
	wr(0x2c, 0x80202000);
}

#define R 0x140u /* response, with CRC */
#define READ (R | 0x200u)
#define WRITE (READ | 0x400u)

/* To transfer state, four lines: SD 4.2, 4.3 */
static void identify(void)
{
	clock_on();
	assert_int_equal(send(0x8000, 0, 0), 4);
	assert_int_equal(send(R, 8, 0x1aa), 4);
	assert_int_equal(rd(0x30), 0x1aa);
	assert_int_equal(send(R, 55, 0), 4);
	assert_int_equal(send(0x40, 41, 0x40300000), 4);
	assert_int_equal(rd(0x30), 0x80ff8000);
	assert_int_equal(send(0x1c0, 2, 0), 4);
	assert_int_equal(send(R, 3, 0), 4);
	assert_int_equal(rd(0x30) >> 16, 0x5344);
	assert_int_equal(send(R, 7, 0x53440000), 4);
	assert_int_equal(send(R, 55, 0x53440000), 4);
	assert_int_equal(send(R, 6, 2), 4);
	wr(0x18, 1);
	wr(0x00, DMA_ON);
	wr(0x80, 0x80);
	wr(0x88, CHAIN);
}

static void desc_put(unsigned int n, uint32_t control, uint32_t sizes,
		     uint32_t first, uint32_t second)
{
	const uint32_t words[] = {control, sizes, first, second};
	const uint32_t wide[] = {control, 0, sizes, 0, first, 0, second, 0};

	if (DESC == 16)
		memcpy(ram_at(CHAIN + DESC * n), words, sizeof(words));
	else
		memcpy(ram_at(CHAIN + DESC * n), wide, sizeof(wide));
}

static uint32_t desc_control(unsigned int n)
{
	uint32_t word;

	memcpy(&word, ram_at(CHAIN + DESC * n), 4);
	return word;
}

/* Of @bytes at byte @at of an SDSC card. Return: RINTSTS */
static uint32_t blocks(bool write, uint32_t at, uint32_t bytes)
{
	wr(0x1c, 512);
	wr(0x20, bytes);
	return send(write ? WRITE : READ, (write ? 24 : 17) + (bytes > 512),
		    at);
}

static void stop(void)
{
	assert_int_equal(send(R | 0x4000, 12, 0) & 0x104, 4);
}

/* No power, no clock, one that was not handed over, another card: silence. */
static void silence(void **s)
{
	(void)s;
	assert_int_equal(send(R, 8, 0x1aa), 0x104);
	wr(0x04, 1);
	wr(0x10, 1);
	assert_int_equal(send(R, 8, 0x1aa), 0x104);
	clock_on();
	assert_int_equal(send(R, 8, 0x1aa), 4);
	assert_int_equal(send(R | 0x10000, 8, 0x1aa), 0x104);
	assert_int_equal(send(0, 0, 0), 4);
	/* none comes of it: who waits for one waits for long */
	assert_int_equal(send(R, 0, 0), 0x104);
	/* a reset of its side forgets the clock */
	wr(0x00, 1);
	assert_int_equal(rd(0x00), 0);
	assert_int_equal(send(R, 8, 0x1aa), 0x104);
	wr(0x2c, 0x80202000);
	assert_int_equal(send(R, 8, 0x1aa), 4);
	identify();
	wr(0x04, 0); /* it has forgotten who it is */
	clock_on();
	assert_int_equal(send(R, 13, 0x53440000), 0x104);
	/* data that nobody sends */
	assert_int_equal(send(READ, 17, 0), 0x104);
}

static void answers(void **s)
{
	uint32_t cid[4];

	(void)s;
	clock_on();
	(void)send(0x8000, 0, 0);
	(void)send(R, 55, 0);
	(void)send(0x40, 41, 0x300000);
	(void)send(0x1c0, 2, 0);
	card_cid(&state.card, cid);
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(rd(0x30 + 4 * i), cid[3 - i]);
	assert_int_equal(cid[0] & 0xff, 'C');
	assert_int_equal(cid[1], 'V' << 24 | 'I' << 16 | 'S' << 8 | 'O');
}

static void interrupts(void **s)
{
	(void)s;
	clock_on();
	wr(0x24, 4);
	assert_int_equal(send(0x8000, 0, 0), 4);
	assert_false(line());
	wr(0x00, 0x10);
	assert_true(line());
	assert_int_equal(rd(0x40), 4);
	wr(0x24, 8);
	assert_false(line());
	assert_int_equal(rd(0x40), 0);
	wr(0x24, 4);
	assert_true(line());
	wr(0x44, 8);
	assert_true(line());
	wr(0x44, 4);
	assert_false(line());
	/* of the DMA: it and its summary */
	identify();
	wr(0x24, 0);
	desc_put(0, 0x8000001c, 512, DATA, 0);
	(void)blocks(false, 0, 512);
	assert_int_equal(rd(IDSTS_AT) & 0x337, 0x102);
	assert_false(line());
	wr(IDSTS_AT + 4, 0x002);
	assert_false(line());
	wr(IDSTS_AT + 4, 0x102);
	assert_true(line());
	wr(IDSTS_AT, 0x002);
	assert_false(line());
	wr(IDSTS_AT + 4, 0x102);
	(void)blocks(false, 0, 512);
	dev.ops->reset(&dev);
	assert_false(line());
}

static void chains(void **s)
{
	(void)s;
	identify();
	/* in three pieces, of two pages each, over the seam of the RAM */
	desc_put(0, 0x8000001a, 4096, DATA + 4, CHAIN + DESC);
	desc_put(1, 0x80000012, 4096, RAM_2 - 2048, CHAIN + 3 * DESC);
	desc_put(3, 0x80000014, 4096, RAM_END - 4096, CHAIN);
	assert_int_equal(blocks(false, 512, 12288), 0x0c);
	assert_moved(DATA + 4, 512, 4096);
	assert_moved(RAM_2 - 2048, 4608, 4096);
	assert_moved(RAM_END - 4096, 8704, 4096);
	assert_untouched(DATA, 4);
	assert_untouched(DATA + 4100, 64);
	assert_int_equal(rd(IDSTS_AT), 0x102);
	assert_int_equal(desc_control(0) >> 31, 0);
	assert_int_equal(desc_control(3), 0x14);
	stop();
	/* two buffers each, a gap between descriptors, and from the end to
	 * the beginning; a longer buffer than data */
	wr(0x80, 0x80 | DESC / 4 << 2);
	desc_put(0, 0x80000008, 512 | 1024 << 13, DATA, DATA + 0x1000);
	desc_put(2, 0x80000020, 0, 0, 0);
	assert_int_equal(blocks(true, 1024, 1536), 0x0c);
	assert_memory_equal(content + 1024, ram_at(DATA), 512);
	assert_memory_equal(content + 1536, ram_at(DATA + 0x1000), 1024);
	stop();
	desc_put(0, 0x80000008, 512, DATA, 0);
	desc_put(2, 0x80000024, 8191, DATA + 0x2000, 0);
	assert_int_equal(blocks(false, 1024, 1024), 0x0c);
	assert_moved(DATA + 0x2000, 1536, 512);
	assert_int_equal(state.desc_at, CHAIN);
	stop();
	/* one that is not there yet: it waits for a demand */
	wr(0x80, 0x80);
	wr(IDSTS_AT, UINT32_MAX);
	desc_put(0, 0x80000018, 512, DATA, CHAIN + DESC);
	desc_put(1, 0x00000014, 512, DATA + 512, 0);
	assert_int_equal(blocks(false, 8192, 1024), 4);
	assert_int_equal(rd(IDSTS_AT) & 0x210, 0x210);
	wr(0x84, 1);
	assert_int_equal(rd(0x44), 4);
	desc_put(1, 0x80000014, 512, DATA + 512, 0);
	wr(0x84, 1);
	assert_int_equal(rd(0x44), 0x0c);
	assert_moved(DATA, 8192, 1024);
	stop();
	/* it ends by itself where it is told to */
	desc_put(0, 0x8000001c, 1024, DATA, 0);
	wr(0x1c, 512);
	wr(0x20, 1024);
	assert_int_equal(send(READ | 0x1000, 18, 0), 0x400c);
	assert_int_equal(send(R, 13, 0x53440000), 4);
	assert_int_equal(rd(0x30), 0x900);
}

static void fifo(void **s)
{
	uint32_t word;

	(void)s;
	identify();
	wr(0x00, 0x10);
	wr(0x4c, 7 << 16);
	/* more than it holds: over is what is in it */
	assert_int_equal(blocks(false, 512, 8 * FIFO_WORDS), 0x24);
	assert_int_equal(rd(0x48) >> 17 & 0x1fff, FIFO_WORDS);
	assert_int_equal(rd(0x48) & 0xd, 0x9);
	for (uint32_t i = 0; i < 8 * FIFO_WORDS; i += 4) {
		assert_int_equal(!!(rd(0x44) & 8), i > 4 * FIFO_WORDS - 4);
		word = rd(0x200 + i % 0x100);
		assert_memory_equal(&word, content + 512 + i, 4);
	}
	assert_int_equal(rd(0x48) & 0x4, 0x4);
	wr(0x44, 0x2c);
	assert_int_equal(rd(0x44), 0);
	assert_int_equal(rd(0x200), 0);
	assert_int_equal(rd(0x44), 0x800);
	stop();
	/* as long as there is enough in it, it says so again */
	(void)blocks(false, 512, 512);
	wr(0x44, 0x20);
	assert_int_equal(rd(0x44) & 0x20, 0x20);
	for (unsigned int i = 0; i < 121; i++)
		(void)rd(0x200);
	wr(0x44, 0x20);
	assert_int_equal(rd(0x44) & 0x20, 0);
	wr(0x00, 2); /* emptied */
	assert_int_equal(rd(0x48) >> 17, 0);
	(void)send(0x8000, 0, 0);
	identify();
	wr(0x00, 0x10);
	assert_int_equal(blocks(true, 1024, 1024), 0x14);
	for (uint32_t i = 0; i < 256; i++) {
		assert_int_equal(rd(0x44) & 8, 0);
		wr(0x200, i * 0x01010101);
	}
	assert_int_equal(rd(0x44) & 8, 8);
	assert_int_equal(content[1024 + 1020], 0xff);
	assert_int_equal(content[1024 + 4], 1);
	wr(0x44, UINT32_MAX);
	wr(0x200, 0);
	assert_int_equal(rd(0x44), state.kind.ahead ? 0 : 0x800);
	wr(0x00, 0x12); /* emptied */
	/* a block that never became whole */
	stop();
	(void)blocks(true, 0, 1024);
	for (uint32_t i = 0; i < 127; i++)
		wr(0x200, 0x55555555);
	assert_int_equal(send(R | 0x4000, 12, 0) & 0xc, 0xc);
	assert_int_equal(content[4], 4);
	/* SCR, by words */
	assert_int_equal(send(R, 55, 0x53440000), 4);
	wr(0x20, 8);
	assert_int_equal(send(READ, 51, 0), 0x0c);
	assert_int_equal(rd(0x200), 0x0502);
	assert_int_equal(rd(0x200), 0);
}

/* What no card or controller can do ends as an error, at once. */
static void hostile_chains(void **s)
{
	static const struct {
		uint32_t control, sizes, first, second, chain;
		uint32_t rintsts, idsts; /* besides 4 */
	} rows[] = {
		/* data outside of the RAM, below, behind, over its end */
		{0x80000014, 512, RAM - 4, 0, CHAIN, 0x408, 0x2224},
		{0x80000014, 512, RAM_END, 0, CHAIN, 0x408, 0x2224},
		{0x80000014, 512, RAM_END - 4, 0, CHAIN, 0x408, 0x2224},
		{0x80000014, 512, UINT32_MAX - 3, 0, CHAIN, 0x408, 0x2224},
		{0x80000004, 256 | 256 << 13, DATA, 8, CHAIN, 0x408, 0x2224},
		/* descriptors there, or at no place for one */
		{0x80000014, 512, DATA, 0, RAM_END, 0x408, 0x2224},
		{0x80000014, 512, DATA, 0, RAM_END - DESC / 2, 0x408, 0x2224},
		{0x80000014, 512, DATA, 0, 0, 0x408, 0x2224},
		{0x80000014, 512, DATA, 0, UINT32_MAX - 3, 0x408, 0x2224},
		{0x80000014, 512, DATA, 0, CHAIN + 2, 0x408, 0x2224},
		/* the next one is itself, given back */
		{0x80000010, 4, DATA, CHAIN, CHAIN, 0, 0x312},
		{0x80000010, 0, DATA, CHAIN, CHAIN, 0, 0x312},
		{0x80000010, 4, DATA, RAM - DESC, CHAIN, 0x408, 0x2326},
		/* nobody's */
		{0x00000010, 512, DATA, CHAIN, CHAIN, 0, 0x210},
	};

	(void)s;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		setup_machine();
		identify();
		desc_put(0, rows[i].control, rows[i].sizes, rows[i].first,
			 rows[i].second);
		wr(0x88, rows[i].chain);
		assert_int_equal(blocks(false, 512, 512), 4 | rows[i].rintsts);
		assert_int_equal(rd(IDSTS_AT), rows[i].idsts);
		/* it is as good as ever */
		wr(0x00, DMA_ON | 7);
		wr(0x80, 1);
		clock_on();
		identify();
		desc_put(0, 0x80000014, 512, DATA, 0);
		assert_int_equal(blocks(false, 512, 512), 0x0c);
		assert_moved(DATA, 512, 512);
	}
}

/* Each does nothing, and there are more of them than any data needs. */
static void endless_chain(void **s)
{
	(void)s;
	identify();
	for (unsigned int i = 0; i < RAM_BYTES / DESC; i++)
		desc_put(i, 0x80000012, 0, 0, CHAIN + DESC * (i + 1));
	assert_int_equal(blocks(false, 512, 512), 0x40c);
	assert_int_equal(rd(IDSTS_AT) & 4, 4);
	assert_int_equal(desc_control(65535) >> 31, 0);
	assert_int_equal(desc_control(65536) >> 31, 1);
}

/* Descriptors that the data falls upon. */
static void own_chain(void **s)
{
	(void)s;
	identify();
	memset(content, 0xff, 4096);
	desc_put(0, 0x80000010, 512, CHAIN, CHAIN);
	assert_int_equal(blocks(false, 0, 1024), 0x4);
	assert_int_equal(desc_control(0), 0x10);
}

/* Sizes that no card has. */
static void hostile_sizes(void **s)
{
	static const struct {
		uint32_t at, bytes, rintsts;
		bool write;
	} rows[] = {
		/* beyond its end: what is there comes, then nothing */
		{DISK_BYTES - 512, 1024, 0x20c, false},
		{DISK_BYTES - 512, 1024, 0x08c, true},
		/* more than is moved at once, and all there is */
		{0, (32u << 20) + 512, 0x20c, false},
		{0, UINT32_MAX, 0x20c, false},
		{0, 0x80000000, 0x08c, true},
		/* a single block has no more */
		{0, 0, 0x00c, false},
	};

	(void)s;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		setup_machine();
		identify();
		for (unsigned int j = 0; j < 64; j++)
			desc_put(j, 0x80000010, 4096, DATA,
				 CHAIN + DESC * (j + 1));
		assert_int_equal(
			blocks(rows[i].write, rows[i].at, rows[i].bytes),
			rows[i].rintsts);
		assert_in_range(moved, 0, 512);
	}
	setup_machine();
	identify();
	desc_put(0, 0x80000014, 4096, DATA, 0);
	/* 2 GiB, one byte, the first block behind it: no data */
	for (unsigned int i = 0; i < 3; i++) {
		const uint32_t bad[] = {0x80000000, 1, DISK_BYTES};

		assert_int_equal(blocks(false, bad[i], 512), 0x20c);
		assert_int_equal(rd(0x30),
				 0x900 | (i == 1 ? 0x40000000 : 0x80000000));
	}
	/* one block only, of a command for one */
	wr(0x20, 4096);
	assert_int_equal(send(READ, 17, 0), 0x20c);
	assert_int_equal(moved, 512);
	/* what the disk cannot read; the card tells of it */
	bad_byte = 700;
	desc_put(0, 0x80000014, 4096, DATA, 0);
	assert_int_equal(blocks(false, 0, 4096), 0x20c);
	stop();
	assert_int_equal(rd(0x30) & 0x200000, 0x200000);
}

/* As many lines as the card was told of, or what comes is nonsense. */
static void width(void **s)
{
	(void)s;
	identify();
	desc_put(0, 0x80000014, 512, DATA, 0);
	wr(0x18, 0);
	assert_int_equal(blocks(false, 512, 512), 0x08c);
	assert_untouched(DATA, 512);
}

/* A guest's reset in the midst of it; what the card has stays. */
static void cold(void **s)
{
	(void)s;
	identify();
	wr(0x24, UINT32_MAX);
	desc_put(0, 0x14, 512, DATA, 0); /* not yet */
	(void)blocks(true, 512, 1024);
	assert_true(state.data);
	assert_true(line());
	content[700] = 99;
	dev.ops->reset(&dev);
	assert_false(line());
	assert_int_equal(rd(0x48), 0x106);
	wr(0x84, 1);
	wr(0x200, 1);
	assert_int_equal(content[700], 99);
	identify();
}

/* The command ends by its interrupt, when the host's disk has done its part. */
static void slow_disk(void **s)
{
	const uint32_t at = RAM + 0x10000;

	(void)s;
	identify();
	slow_begin();
	wr(0x24, 0x288);
	wr(0x00, DMA_ON | 0x10);
	desc_put(0, 0x80000018, 1024, at, CHAIN + DESC);
	desc_put(1, 0x80000004, 512 << 13 | 512, at + 4096, at + 8192);
	assert_int_equal(blocks(false, 512, 2048), 4);
	assert_false(line());
	assert_untouched(at, 1024);
	/* for nothing */
	slow_moved(false, -EAGAIN);
	assert_int_equal(rd(0x44), 4);
	slow_moved(true, -EAGAIN);
	assert_int_equal(rd(0x44), 0xc);
	assert_true(line());
	assert_moved(at, 512, 1024);
	assert_moved(at + 4096, 1536, 512);
	assert_moved(at + 8192, 2048, 512);
	stop();
	/* written is what is there to stay */
	memset(ram_at(at), 0x5a, 1024);
	desc_put(0, 0x80000018, 1024, at, CHAIN + DESC);
	assert_int_equal(blocks(true, 4096, 1024), 4);
	assert_false(line());
	/* other commands meanwhile change nothing of that */
	assert_int_equal(send(R, 13, 0x53440000), 4);
	slow_moved(true, 0);
	assert_int_equal(rd(0x44), 0xc);
	stop();
	slow_commit = -EAGAIN;
	desc_put(0, 0x80000018, 1024, at, CHAIN + DESC);
	assert_int_equal(blocks(true, 4096, 1024), 4);
	slow_moved(true, -EIO);
	assert_int_equal(rd(0x44), 0x8c);
	stop();
	assert_int_equal(send(R, 13, 0x53440000), 4);
	/* a guest that gives up, or is stopped: nothing comes afterwards */
	slow_begin();
	desc_put(0, 0x80000018, 1024, at + 65536, CHAIN + DESC);
	assert_int_equal(blocks(false, 512, 1024), 4);
	dev.ops->stop(&dev);
	slow_moved(true, 0);
	assert_int_equal(rd(0x44), 4);
	assert_untouched(at + 65536, 1024);
}

/* The same, through the FIFO */
static void slow_fifo(void **s)
{
	uint32_t word;

	(void)s;
	identify();
	slow_begin();
	wr(0x00, 0x10);
	wr(0x4c, 7 << 16);
	assert_int_equal(blocks(false, 512, 512), 4);
	assert_int_equal(rd(0x48) >> 17, 0);
	slow_moved(true, 0);
	assert_int_equal(rd(0x44), 0x2c);
	for (uint32_t i = 0; i < 512; i += 4) {
		assert_int_equal(rd(0x5c), 512);
		assert_int_equal(rd(0x60), i);
		word = rd(0x200);
		assert_memory_equal(&word, content + 512 + i, 4);
	}
	wr(0x44, UINT32_MAX);
	slow_moved(true, 0);
	assert_int_equal(rd(0x44), 0);
	slow_begin();
	assert_int_equal(blocks(true, 512, 512), 0x14);
	wr(0x200, 0);
	assert_int_equal(rd(0x48) >> 17, 1);
	assert_int_equal(rd(0x5c), 0);
	assert_int_equal(rd(0x60), 4);
	slow_moved(true, -EAGAIN);
	assert_int_equal(rd(0x48) >> 17, 0);
	for (uint32_t i = 4; i < 512; i += 4)
		wr(0x200, i);
	wr(0x44, UINT32_MAX);
	assert_int_equal(rd(0x44), 0);
	/* until it is there, the card is busy */
	assert_int_equal(rd(0x48) & 0x200, 0x200);
	slow_moved(true, -EIO);
	assert_int_equal(rd(0x44), 0x88);
	assert_int_equal(rd(0x48) & 0x200, 0);
	/* stopped in the middle: what was sent is over when it is there */
	slow_begin();
	slow_is_ready = true;
	assert_int_equal(blocks(true, 512, 1024), 0x14);
	for (uint32_t i = 0; i < 512; i += 4)
		wr(0x200, i);
	assert_int_equal(send(R | 0x4000, 12, 0) & 0x10c, 4);
	slow_moved(true, 0);
	assert_int_equal(rd(0x44) & 0x88, 8);
}

/* The host's disk goes on by pieces that are no multiple of the FIFO. */
static void slow_pieces(void **s)
{
	const uint32_t bytes = 10 * 1536 + 512;
	uint32_t done = 0;

	(void)s;
	identify();
	slow_begin();
	slow_stage = 1536;
	slow_at = DISK_BYTES;
	wr(0x00, 0x10);
	(void)blocks(false, 512, bytes);
	while (done < bytes) {
		uint32_t words = rd(0x48) >> 17 & 0x1fff;

		if (!words) {
			slow_at = slow_asked;
			slow_moved(false, 0);
		}
		/* what it has said is there */
		for (; words; words--, done += 4) {
			uint32_t word = rd(0x200);

			assert_memory_equal(&word, content + 512 + done, 4);
		}
	}
	assert_int_equal(rd(0x44) & 0x888, 8);
	stop();
	(void)blocks(true, 512, bytes);
	slow_at = DISK_BYTES;
	for (done = 0; done < bytes;) {
		uint32_t room = FIFO_WORDS - (rd(0x48) >> 17 & 0x1fff);

		room = MIN(room, (bytes - done) / 4);
		if (!room) {
			slow_at = slow_asked;
			slow_moved(false, -EAGAIN);
		}
		for (; room; room--, done += 4)
			wr(0x200, ~done);
	}
	while (rd(0x48) >> 17 & 0x1fff) {
		slow_at = slow_asked;
		slow_moved(false, -EAGAIN);
	}
	slow_moved(false, 0);
	assert_int_equal(rd(0x44) & 0x888, 8);
	for (done = 0; done < bytes; done += 4) {
		uint32_t word = ~done;

		assert_memory_equal(&word, content + 512 + done, 4);
	}
}

/* What cannot be written: no commands for it, and its switch says so. */
static void read_only(void **s)
{
	(void)s;
	dev.disk->read_only = true;
	dev.ops->reset(&dev);
	identify();
	assert_int_equal(rd(0x54), 1);
	assert_int_equal(blocks(true, 0, 512), 0x104);
	assert_int_equal(blocks(true, 0, 1024), 0x104);
	desc_put(0, 0x80000018, 512, RAM, CHAIN + DESC);
	assert_int_equal(blocks(false, 0, 512), 0xc);
}

#define DW_MSHC_CASES                                                          \
	cmocka_unit_test_setup(silence, setup),                                \
		cmocka_unit_test_setup(answers, setup),                        \
		cmocka_unit_test_setup(interrupts, setup),                     \
		cmocka_unit_test_setup(chains, setup),                         \
		cmocka_unit_test_setup(fifo, setup),                           \
		cmocka_unit_test_setup(hostile_chains, setup),                 \
		cmocka_unit_test_setup(endless_chain, setup),                  \
		cmocka_unit_test_setup(own_chain, setup),                      \
		cmocka_unit_test_setup(hostile_sizes, setup),                  \
		cmocka_unit_test_setup(width, setup),                          \
		cmocka_unit_test_setup(cold, setup),                           \
		cmocka_unit_test_setup(slow_disk, setup),                      \
		cmocka_unit_test_setup(slow_fifo, setup),                      \
		cmocka_unit_test_setup(slow_pieces, setup),                    \
		cmocka_unit_test_setup(read_only, setup)

#endif

// SPDX-License-Identifier: Apache-2.0
/*
 * The card guest: an SD card in Phytium's MCI, at MCI_BASE. It prints the text
 * in block 0, copies that block to block 1 backwards, by DMA, and reads both
 * again, by the FIFO. A block 1 that was the copy already is told of. Last, it
 * gives the controller chains of descriptors that no driver makes.
 *
 * Registers are those that drivers/mmc/phytium_mci.h and its sources name.
 */
#include "guest.h"

#define MCI_BASE 0x0a300000UL
#define IRQ_MCI 46

#define CTRL 0x00u
#define POWER 0x04u
#define DIVIDER 0x08u
#define CLOCK 0x10u
#define TIMEOUT 0x14u
#define BYTES 0x20u
#define INT_MASK 0x24u
#define ARG 0x28u
#define CMD 0x2cu
#define RESP0 0x30u
#define INT_RAW 0x44u
#define STATUS 0x48u
#define CLOCK_READY 0x58u
#define BUS_MODE 0x80u
#define DESC_LOW 0x88u
#define DESC_HIGH 0x8cu
#define DMA_STATUS 0x90u
#define SOURCE 0x108u
#define FIFO 0x200u

#define CTRL_INT 0x10u
#define CTRL_DMA 0x2000000u

#define R1 0x140u /* a response, with its CRC */
#define READ (R1 | 0x200u)
#define WRITE (READ | 0x400u)

#define BLOCK 512u

static struct desc {
	uint32_t control, zero1, bytes, zero2;
	uint64_t address, next;
} chain[2] __attribute__((aligned(32)));
static uint8_t first[BLOCK + 1] /* a NUL behind it */, copy[BLOCK],
	again[BLOCK];
static uint32_t rca;

void guest_irq(uint64_t count)
{
	(void)count;
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)pc;
	(void)address;
	print("mci: unexpected exception\n");
	power_off();
}

void guest_unexpected(void)
{
	print("mci: unexpected trap\n");
}

static uint32_t get(uint32_t reg)
{
	return read32(MCI_BASE + reg);
}

static void set(uint32_t reg, uint32_t value)
{
	mb();
	write32(MCI_BASE + reg, value);
}

static void fail(const char *why, uint32_t value)
{
	print("mci: ");
	print(why);
	print(" ");
	print_hex(value);
	print("\n");
	power_off();
}

/* Sleeps until all of @bits. Return: what there is then */
static uint32_t wait_for(uint32_t bits)
{
	while ((get(INT_RAW) & bits) != bits) {
		unsigned int irq;

		set(INT_MASK, bits & ~get(INT_RAW));
		wfi();
		irq = irq_ack();
		if (irq != IRQ_MCI)
			fail("woken by", irq);
		set(INT_MASK, 0);
		irq_end(irq);
	}
	return get(INT_RAW);
}

static void start_command(uint32_t flags, uint32_t index, uint32_t arg)
{
	set(INT_RAW, ~0u);
	set(DMA_STATUS, ~0u);
	set(ARG, arg);
	set(CMD, 0x80000000 | flags | index);
	while (get(CMD) & 0x80000000)
		;
}

static uint32_t command(uint32_t flags, uint32_t index, uint32_t arg)
{
	start_command(flags, index, arg);
	if (wait_for(4) & 0x142)
		fail("no answer to command", index);
	return get(RESP0);
}

static void clock_taken(void)
{
	set(CMD, 0x80200000);
	while (get(CMD) & 0x80000000)
		;
}

/* SD 4.2: to the state in which data moves */
static void identify(void)
{
	set(POWER, 1);
	set(SOURCE, 0);
	set(SOURCE, 0x502);
	while (!(get(CLOCK_READY) & 1))
		;
	set(CTRL, 7);
	while (get(CTRL) & 6)
		;
	set(CTRL, CTRL_INT);
	set(DIVIDER, 0x7e7dfa);
	set(CLOCK, 1);
	clock_taken();
	set(TIMEOUT, ~0u);
	(void)command(0x8000, 0, 0);
	(void)command(R1, 8, 0x1aa);
	do
		(void)command(R1, 55, 0);
	while (!(command(0x40, 41, 0x40300000) & 0x80000000));
	(void)command(0x1c0, 2, 0);
	rca = command(R1, 3, 0) & 0xffff0000;
	(void)command(R1, 7, rca);
}

/* Of one block. */
static void by_dma(uint32_t flags, uint32_t index, uint32_t block, void *buf)
{
	chain[0] = (struct desc){
		.control = 0x8000000c,
		.bytes = BLOCK,
		.address = (uint64_t)buf,
	};
	set(CTRL, CTRL_INT | CTRL_DMA | 6);
	set(CTRL, CTRL_INT | CTRL_DMA);
	set(DESC_LOW, (uint32_t)(uint64_t)chain);
	set(DESC_HIGH, (uint32_t)((uint64_t)chain >> 32));
	set(BUS_MODE, 0x80);
	set(BYTES, BLOCK);
	start_command(flags, index, block * BLOCK);
	if (wait_for(0xc) & 0xaf82)
		fail("data went wrong:", get(INT_RAW));
	mb();
	if (chain[0].control >> 31)
		fail("a descriptor was not given back:", chain[0].control);
}

static void by_fifo(uint32_t block, uint8_t *buf)
{
	set(CTRL, CTRL_INT | 2);
	set(CTRL, CTRL_INT);
	set(BYTES, BLOCK);
	start_command(READ, 17, block * BLOCK);
	if (wait_for(0xc) & 0xaf82)
		fail("data went wrong:", get(INT_RAW));
	for (unsigned int i = 0; i < BLOCK; i += 4) {
		uint32_t word = get(FIFO);

		for (unsigned int j = 0; j < 4; j++)
			buf[i + j] = (uint8_t)(word >> 8 * j);
	}
	if (!(get(STATUS) & 4))
		fail("the FIFO is not empty:", get(STATUS));
}

static bool is_same(const uint8_t *a, const uint8_t *b)
{
	unsigned int i = 0;

	while (i < BLOCK && a[i] == b[i])
		i++;
	return i == BLOCK;
}

/* One that ends by an error; then the card goes on as it was. */
static void hostile(const char *name, uint64_t at, uint64_t data, uint64_t next)
{
	uint32_t raw, dma;

	chain[0] = (struct desc){0x80000012, 0, 0, 0, data, next};
	chain[1] = (struct desc){0x80000010, 0, BLOCK, 0, data, next};
	set(CTRL, CTRL_INT | CTRL_DMA | 6);
	set(CTRL, CTRL_INT | CTRL_DMA);
	set(DESC_LOW, (uint32_t)at);
	set(DESC_HIGH, (uint32_t)(at >> 32));
	set(BUS_MODE, 0x80);
	set(BYTES, BLOCK);
	start_command(READ, 17, 0);
	raw = wait_for(4);
	dma = get(DMA_STATUS);
	print("mci: ");
	print(name);
	print(raw & 0x400 || dma & 0x14 ? ": refused\n" : ": taken\n");
	set(CTRL, CTRL_INT | 7);
	clock_taken();
	(void)command(R1, 12, 0);
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	bool was_there;

	(void)entry_count;
	(void)dtb;
	irq_init(0);
	irq_route(IRQ_MCI);
	identify();
	by_dma(READ, 17, 0, first);
	print("mci: ");
	print((const char *)first);
	print("\n");
	by_dma(READ, 17, 1, again);
	for (unsigned int i = 0; i < BLOCK; i++)
		copy[i] = first[BLOCK - 1 - i];
	was_there = is_same(copy, again);
	by_dma(WRITE, 24, 1, copy);
	by_fifo(1, again);
	if (!is_same(copy, again))
		fail("block 1 is not what was written", again[0]);
	by_fifo(0, again);
	if (!is_same(first, again))
		fail("block 0 has changed", again[0]);
	print(was_there ? "mci: the copy was there\n" : "mci: copied\n");
	hostile("chain outside of RAM", 0x1000, 0, 0);
	hostile("chain above 4 GiB", 0x100000000 | (uint64_t)chain, 0, 0);
	hostile("data outside of RAM", (uint64_t)&chain[1], 0x1000, 0);
	hostile("loop", (uint64_t)chain, (uint64_t)first, (uint64_t)chain);
	by_fifo(0, again);
	if (!is_same(first, again))
		fail("block 0 has changed", again[0]);
	print("mci: done\n");
	power_off();
}

// SPDX-License-Identifier: Apache-2.0
/*
 * arch/aarch64/string.S against copies byte by byte: every small size at
 * every alignment, every overlap, and at the edge of memory that is not there.
 * Not a guest of cvisor's: it runs on the bare machine.
 */
#include "guest.h"

/* as the Makefile names them here */
void *tested_memcpy(void *dst, const void *src, size_t size);
void *tested_memmove(void *dst, const void *src, size_t size);
typedef void *(*copy_fn)(void *dst, const void *src, size_t size);

#define HOLE 0x41000000UL /* 2 MiB that fault */
#define HOLE_END 0x41200000UL
#define AREA_A (HOLE_END + 0x100000)
#define AREA_B (HOLE_END + 0x110000)
#define MARGIN 40u
#define SIZE_MAX_SMALL 200u
#define SIZE_MAX_OVERLAP 130u

static uint64_t cases;
static uint8_t image[2 * SIZE_MAX_OVERLAP + 4 * MARGIN];

void guest_irq(uint64_t count)
{
	(void)count;
}

void guest_unexpected(void)
{
	print("string: FAILED, unexpected trap\n");
	power_off();
}

uint64_t guest_sync(uint64_t esr, uint64_t elr, uint64_t far)
{
	print("string: FAILED, exception ");
	print_hex(esr);
	print(" at ");
	print_hex(elr);
	print(", address ");
	print_hex(far);
	print("\n");
	power_off();
}

static void failed(const char *what, uint8_t *dst, const uint8_t *src,
		   size_t size)
{
	print("string: FAILED, ");
	print(what);
	print(": dst ");
	print_hex((uint64_t)dst);
	print(", src ");
	print_hex((uint64_t)src);
	print(", size ");
	print_dec(size);
	print("\n");
	power_off();
}

/* One GiB of devices, RAM in blocks of 2 MiB, of which one is missing. */
static void mmu_on(void)
{
	static uint64_t top[512] __attribute__((aligned(4096)));
	static uint64_t ram[512] __attribute__((aligned(4096)));

	for (uint64_t i = 0; i < 512; i++) {
		uint64_t at = 0x40000000 + (i << 21);

		ram[i] = at == HOLE ? 0 : at | 1 << 10 | 3 << 8 | 1;
	}
	top[0] = 1 << 10 | 1 << 2 | 1; /* Device-nGnRnE, attribute 1 */
	top[1] = (uint64_t)ram | 3;
	SYSREG_WRITE(mair_el1, 0x00ff);
	SYSREG_WRITE(tcr_el1,
		     25UL | 1 << 8 | 1 << 10 | 3 << 12 | 1 << 23 | 5UL << 32);
	SYSREG_WRITE(ttbr0_el1, (uint64_t)top);
	__asm__ volatile("tlbi vmalle1\n\tdsb nsh\n\tisb" ::: "memory");
	SYSREG_WRITE(sctlr_el1, SYSREG_READ(sctlr_el1) | 1);
	isb();
}

/* No two bytes near each other are equal, nor equal to what is beside. */
static uint8_t source_byte(size_t i)
{
	return (uint8_t)(i * 7 + 1) | 0x80;
}

static uint8_t old_byte(size_t i)
{
	return (uint8_t)(i * 5 + 3) & 0x7f;
}

static bool readable(const uint8_t *p)
{
	return (uint64_t)p < HOLE || (uint64_t)p >= HOLE_END;
}

/* Source and destination apart, either perhaps beside the hole. */
static void apart(copy_fn copy, uint8_t *dst, uint8_t *src, size_t size)
{
	uint8_t *from = dst - MARGIN;

	for (size_t i = 0; i < size; i++)
		src[i] = source_byte(i);
	for (size_t i = 0; i < size + 2 * MARGIN; i++)
		if (readable(from + i))
			from[i] = old_byte(i);
	if (copy(dst, src, size) != dst)
		failed("another result", dst, src, size);
	for (size_t i = 0; i < size + 2 * MARGIN; i++) {
		bool inside = i >= MARGIN && i < MARGIN + size;

		if (readable(from + i) &&
		    from[i] != (inside ? source_byte(i - MARGIN) : old_byte(i)))
			failed(inside ? "a byte copied" : "a byte beside", dst,
			       src, size);
	}
	for (size_t i = 0; i < size; i++)
		if (src[i] != source_byte(i))
			failed("the source", dst, src, size);
	cases++;
}

static void every_alignment(copy_fn copy)
{
	for (size_t size = 0; size <= SIZE_MAX_SMALL; size++)
		for (unsigned int i = 0; i < 256; i++)
			apart(copy, (uint8_t *)AREA_A + MARGIN + i % 16,
			      (uint8_t *)AREA_B + MARGIN + i / 16, size);
}

/* Not a byte more may be touched on either side. */
static void every_edge(copy_fn copy)
{
	for (size_t size = 0; size <= SIZE_MAX_SMALL; size++) {
		for (unsigned int i = 0; i < 16; i++) {
			uint8_t *other = (uint8_t *)AREA_A + MARGIN + i;
			uint8_t *below = (uint8_t *)HOLE - size;
			uint8_t *above = (uint8_t *)HOLE_END;

			apart(copy, other, below, size);
			apart(copy, other, above, size);
			apart(copy, below, other, size);
			apart(copy, above, other, size);
		}
	}
}

/* memmove() inside one piece of memory; a copy by way of `image` is right. */
static void overlap(size_t first, size_t to, size_t size)
{
	uint8_t *area = (uint8_t *)AREA_A;
	size_t end = (first > to ? first : to) + size + MARGIN;

	for (size_t i = 0; i < end; i++)
		area[i] = image[i] = (uint8_t)(i * 7 + 1);
	for (size_t i = 0; i < size; i++)
		image[to + i] = area[first + i];
	if (tested_memmove(area + to, area + first, size) != area + to)
		failed("another result", area + to, area + first, size);
	for (size_t i = 0; i < end; i++)
		if (area[i] != image[i])
			failed("overlapping", area + to, area + first, size);
	cases++;
}

static void every_overlap(void)
{
	for (size_t size = 0; size <= SIZE_MAX_OVERLAP; size++)
		for (size_t first = 0; first < 16; first++)
			for (size_t to = 0; to <= 2 * size + 2; to++)
				overlap(size + first, to + first, size);
}

static void large(copy_fn copy)
{
	for (unsigned int i = 0; i < 200; i++) {
		uint64_t r = random64();

		apart(copy, (uint8_t *)AREA_A + MARGIN + (r & 0xff),
		      (uint8_t *)AREA_B + MARGIN + (r >> 8 & 0xff),
		      r >> 16 & 0x7fff);
	}
}

void guest_main(uint64_t entry_count, uint64_t arg)
{
	(void)entry_count;
	(void)arg;
	mmu_on();
	/* no table: addresses in tables are not relocated */
	for (unsigned int i = 0; i < 2; i++) {
		copy_fn copy = i ? tested_memmove : tested_memcpy;

		every_alignment(copy);
		every_edge(copy);
		large(copy);
	}
	every_overlap();
	print("string: all right, cases ");
	print_dec(cases);
	print("\n");
	power_off();
}

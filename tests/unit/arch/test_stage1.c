/* SPDX-License-Identifier: Apache-2.0 */
/* Guests' translation tables and frames, sound and damaged. */
#include "../../../arch/aarch64/virt/stage1.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define RAM_BASE 0x40000000ull
#define RAM_WORDS (0x80000 / 8)
#define HIGH 0xffff000000000000ull

static uint64_t ram[RAM_WORDS];
static unsigned int reads;
static struct arch_vcpu_state cpu;

static bool ram_read(void *ctx __unused_arg, uint64_t gpa, uint64_t *value)
{
	uint64_t at = gpa - RAM_BASE;

	reads++;
	if (at > sizeof(ram) - 8)
		return false;
	memcpy(value, (char *)ram + at, 8);
	return true;
}

static const struct guest_view view = {.state = &cpu, .read = ram_read};

static void put(uint64_t gpa, uint64_t value)
{
	assert_true(gpa - RAM_BASE <= sizeof(ram) - 8);
	memcpy((char *)ram + (gpa - RAM_BASE), &value, 8);
}

static int setup(void **state __unused_arg)
{
	memset(ram, 0, sizeof(ram));
	memset(&cpu, 0, sizeof(cpu));
	reads = 0;
	return 0;
}

#define TCR(t0sz, t1sz, tg0, tg1)                                              \
	((uint64_t)(t0sz) | (uint64_t)(t1sz) << 16 | (uint64_t)(tg0) << 14 |   \
	 (uint64_t)(tg1) << 30)

/* Tables of a granule at their own granule-sized places. */
static void map(uint64_t va, uint64_t gpa, unsigned int granule,
		unsigned int va_bits, unsigned int leaf)
{
	unsigned int stride = granule - 3;
	unsigned int levels = (va_bits - granule + stride - 1) / stride;
	uint64_t table = RAM_BASE + 0x20000;
	unsigned int top = va_bits;

	cpu.el1.sctlr = 1;
	if (va >> 55)
		cpu.el1.ttbr1 = table;
	else
		cpu.el1.ttbr0 = table;
	for (unsigned int level = 4 - levels;; level++) {
		unsigned int shift = granule + stride * (3 - level);
		uint64_t index = (va & ((1ull << top) - 1)) >> shift;
		uint64_t next = table + (1ull << granule);

		if (level == leaf) {
			put(table + 8 * index, gpa | (leaf == 3 ? 3 : 1));
			return;
		}
		put(table + 8 * index, next | 3);
		table = next;
		top = shift;
	}
}

static void off_is_flat(void **state __unused_arg)
{
	uint64_t gpa;

	assert_true(stage1_walk(&view, 0x40001234, &gpa));
	assert_int_equal(gpa, 0x40001234);
	assert_false(stage1_walk(&view, HIGH, &gpa));
	assert_int_equal(reads, 0);
}

static void granules(void **state)
{
	static const struct {
		unsigned int granule, va_bits, leaf;
		uint64_t tcr, va, to;
	} rows[] = {
		{12, 39, 3, TCR(25, 25, 0, 2), 0x12345678, 0x40777678},
		{12, 39, 3, TCR(25, 25, 0, 2), 0xffffff8012345678, 0x40777678},
		{12, 48, 3, TCR(16, 16, 0, 2), 0xffff800012345678, 0x40777678},
		{12, 48, 2, TCR(16, 16, 0, 2), 0xffff800012345678, 0x40745678},
		{12, 39, 1, TCR(25, 25, 0, 2), 0x12345678, 0x52345678},
		{14, 47, 3, TCR(17, 17, 2, 1), 0x12345678, 0x40775678},
		{14, 36, 2, TCR(28, 28, 2, 1), 0x12345678, 0x42345678},
		{16, 42, 3, TCR(22, 22, 1, 3), 0x3ff12345678, 0x40775678},
		{16, 42, 2, TCR(22, 22, 1, 3), 0xfffffc0012345678, 0x52345678},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		unsigned int shift = rows[i].granule +
				     (rows[i].granule - 3) * (3 - rows[i].leaf);
		uint64_t gpa = 0;

		setup(state);
		cpu.el1.tcr = rows[i].tcr;
		map(rows[i].va, rows[i].to & ~((1ull << shift) - 1),
		    rows[i].granule, rows[i].va_bits, rows[i].leaf);
		assert_true(stage1_walk(&view, rows[i].va, &gpa));
		assert_int_equal(gpa, rows[i].to);
		assert_in_range(reads, 1, 4);
		/* its neighbour is not mapped, nor is what has wrong top bits */
		assert_false(
			stage1_walk(&view, rows[i].va ^ 1ull << shift, &gpa));
		assert_false(stage1_walk(&view, rows[i].va ^ 1ull << 54, &gpa));
		/* a tag in the top byte, where the guest allows that */
		assert_false(stage1_walk(&view, rows[i].va ^ 1ull << 60, &gpa));
		cpu.el1.tcr |= 3ull << 37;
		assert_true(stage1_walk(&view, rows[i].va ^ 1ull << 60, &gpa));
		/* the half is turned off */
		cpu.el1.tcr |= 1 << 7 | 1 << 23;
		assert_false(stage1_walk(&view, rows[i].va, &gpa));
	}
}

static void damaged_tables(void **state)
{
	uint64_t gpa;

	cpu.el1.tcr = TCR(25, 25, 0, 2);
	map(0x12345678, 0x40777000, 12, 39, 3);
	put(RAM_BASE + 0x20000, 0xdead0000000003);
	assert_false(stage1_walk(&view, 0x12345678, &gpa));
	/* a table that is its own next one: three levels, no more */
	setup(state);
	cpu.el1.tcr = TCR(25, 25, 0, 2);
	cpu.el1.sctlr = 1;
	cpu.el1.ttbr0 = RAM_BASE;
	put(RAM_BASE, RAM_BASE | 3);
	assert_true(stage1_walk(&view, 0x123, &gpa));
	assert_int_equal(reads, 3);
	/* a block where none may be, and the reserved leaf */
	setup(state);
	cpu.el1.tcr = TCR(16, 16, 0, 2);
	cpu.el1.sctlr = 1;
	cpu.el1.ttbr0 = RAM_BASE;
	put(RAM_BASE, 0x40000001);
	assert_false(stage1_walk(&view, 0x123, &gpa));
	cpu.el1.tcr = TCR(25, 25, 0, 2);
	put(RAM_BASE, RAM_BASE | 3);
	put(RAM_BASE + 8, RAM_BASE | 1);
	assert_false(stage1_walk(&view, 0x1000, &gpa));
	/* sizes that no CPU has */
	for (unsigned int tsz = 0; tsz < 64; tsz++)
		for (unsigned int tg = 0; tg < 4; tg++) {
			cpu.el1.tcr = TCR(tsz, tsz, tg, tg);
			(void)stage1_walk(&view, 0x123, &gpa);
			(void)stage1_walk(&view, HIGH | 0x123, &gpa);
			(void)stage1_walk(&view, ~0ull, &gpa);
		}
}

static void big_endian_tables(void **state __unused_arg)
{
	uint64_t gpa;

	cpu.el1.tcr = TCR(34, 34, 0, 2);
	cpu.el1.sctlr = 1 | 1 << 25;
	cpu.el1.ttbr0 = RAM_BASE;
	put(RAM_BASE, __builtin_bswap64(0x40200000 | 1));
	assert_true(stage1_walk(&view, 0x1234, &gpa));
	assert_int_equal(gpa, 0x40201234);
}

static void frames(void **state)
{
	uint64_t pcs[8];

	cpu.pc = 0x40001000;
	cpu.x[29] = RAM_BASE + 0x100;
	put(RAM_BASE + 0x100, RAM_BASE + 0x200);
	put(RAM_BASE + 0x108, 0x40002000);
	put(RAM_BASE + 0x200, 0);
	put(RAM_BASE + 0x208, 0x40003000);
	assert_int_equal(frames_follow(&view, pcs, 8), 3);
	assert_int_equal(pcs[0], 0x40001000);
	assert_int_equal(pcs[1], 0x40002000);
	assert_int_equal(pcs[2], 0x40003000);
	assert_int_equal(frames_follow(&view, pcs, 2), 2);
	assert_int_equal(frames_follow(&view, pcs, 0), 0);
	/* to itself, and a loop of two */
	put(RAM_BASE + 0x200, RAM_BASE + 0x200);
	assert_int_equal(frames_follow(&view, pcs, 8), 3);
	put(RAM_BASE + 0x200, RAM_BASE + 0x100);
	assert_int_equal(frames_follow(&view, pcs, 8), 8);
	/* misaligned; outside RAM; at the end of all addresses; none */
	put(RAM_BASE + 0x100, RAM_BASE + 0x201);
	assert_int_equal(frames_follow(&view, pcs, 8), 2);
	put(RAM_BASE + 0x100, RAM_BASE - 8);
	assert_int_equal(frames_follow(&view, pcs, 8), 2);
	put(RAM_BASE + 0x100, ~7ull);
	assert_int_equal(frames_follow(&view, pcs, 8), 2);
	cpu.x[29] = 0;
	assert_int_equal(frames_follow(&view, pcs, 8), 1);
	/* 32-bit code has other frames */
	cpu.x[29] = RAM_BASE + 0x100;
	cpu.pstate = 0x10;
	assert_int_equal(frames_follow(&view, pcs, 8), 1);
	(void)state;
}

/* Signed return addresses, and frames behind the guest's own tables. */
static void frames_of_a_kernel(void **state __unused_arg)
{
	uint64_t pcs[4];

	cpu.el1.tcr = TCR(25, 25, 0, 2);
	map(0xffffff8000001000, RAM_BASE + 0x1000, 12, 39, 3);
	cpu.pc = 0xffffff8000100000;
	cpu.x[29] = 0xffffff8000001100;
	put(RAM_BASE + 0x1100, 0);
	put(RAM_BASE + 0x1108, 0x12ffff8000123456 | 1ull << 55);
	assert_int_equal(frames_follow(&view, pcs, 4), 2);
	assert_int_equal(pcs[1], 0xffffff8000123456);
}

#define TEST(fn) cmocka_unit_test_setup(fn, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(off_is_flat),    TEST(granules),
		TEST(damaged_tables), TEST(big_endian_tables),
		TEST(frames),         TEST(frames_of_a_kernel),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

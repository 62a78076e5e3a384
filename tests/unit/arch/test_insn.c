/* SPDX-License-Identifier: Apache-2.0 */
/* The decoder of loads and stores, held against an assembler's encodings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../arch/aarch64/virt/insn.h"

static const struct {
	const char *text;
	uint32_t insn;
	struct insn_access access;
} good[] = {
	{"ldp x0, x1, [x2]",
	 0xa9400440,
	 {.width = 8, .count = 2, .rn = 2, .rt = {0, 1}, .sixty_four = true}},
	{"ldp w3, w4, [sp, #-8]!",
	 0x29ff13e3,
	 {.offset = -8,
	  .width = 4,
	  .count = 2,
	  .rn = 31,
	  .rt = {3, 4},
	  .writeback = true}},
	{"stp x5, xzr, [x6], #504",
	 0xa89ffcc5,
	 {.offset = 504,
	  .width = 8,
	  .count = 2,
	  .rn = 6,
	  .rt = {5, 31},
	  .write = true,
	  .writeback = true,
	  .post = true,
	  .sixty_four = true}},
	{"stnp w7, w8, [x9, #-256]",
	 0x28202127,
	 {.offset = -256,
	  .width = 4,
	  .count = 2,
	  .rn = 9,
	  .rt = {7, 8},
	  .write = true}},
	{"ldpsw x10, x11, [x12, #4]",
	 0x6940ad8a,
	 {.offset = 4,
	  .width = 4,
	  .count = 2,
	  .rn = 12,
	  .rt = {10, 11},
	  .sign_extend = true,
	  .sixty_four = true}},
	{"ldr w1, [x2], #4",
	 0xb8404441,
	 {.offset = 4,
	  .width = 4,
	  .count = 1,
	  .rn = 2,
	  .rt = {1, 31},
	  .writeback = true,
	  .post = true}},
	{"str x3, [sp, #-256]!",
	 0xf8100fe3,
	 {.offset = -256,
	  .width = 8,
	  .count = 1,
	  .rn = 31,
	  .rt = {3, 31},
	  .write = true,
	  .writeback = true,
	  .sixty_four = true}},
	{"ldrsb x4, [x5], #-1",
	 0x389ff4a4,
	 {.offset = -1,
	  .width = 1,
	  .count = 1,
	  .rn = 5,
	  .rt = {4, 31},
	  .writeback = true,
	  .post = true,
	  .sign_extend = true,
	  .sixty_four = true}},
	{"ldrsh w6, [x7, #2]!",
	 0x78c02ce6,
	 {.offset = 2,
	  .width = 2,
	  .count = 1,
	  .rn = 7,
	  .rt = {6, 31},
	  .writeback = true,
	  .sign_extend = true}},
	{"strb w8, [x9, #1]!",
	 0x38001d28,
	 {.offset = 1,
	  .width = 1,
	  .count = 1,
	  .rn = 9,
	  .rt = {8, 31},
	  .write = true,
	  .writeback = true}},
	{"ldrsw x1, [x2, #16380]",
	 0xb9bffc41,
	 {.offset = 16380,
	  .width = 4,
	  .count = 1,
	  .rn = 2,
	  .rt = {1, 31},
	  .sign_extend = true,
	  .sixty_four = true}},
	{"ldur x1, [x2, #-3]",
	 0xf85fd041,
	 {.offset = -3,
	  .width = 8,
	  .count = 1,
	  .rn = 2,
	  .rt = {1, 31},
	  .sixty_four = true}},
};

static const struct {
	const char *text;
	uint32_t insn;
} bad[] = {
	{"udf #0", 0x00000000},
	{"nop", 0xd503201f},
	{"dc zva, x0", 0xd50b7420},
	{"ldxr x0, [x1]", 0xc85f7c20},
	{"ldadd x0, x1, [x2]", 0xf8200041},
	{"cas x0, x1, [x2]", 0xc8a07c41},
	{"ldp q0, q1, [x2]", 0xad400440},
	{"ldr q0, [x1], #16", 0x3cc10420},
	{"prfm pldl1keep, [x1]", 0xf9800020},
	{"ldr x0, [x1, x2]", 0xf8626820},
	{"ldr x1, [x1], #8", 0xf8408421},
	{"ldp x0, x0, [x1]", 0xa9400020},
	{"ldp x1, x2, [x1], #16", 0xa8c10821},
	{"stg x0, [x1], #16", 0xd9201420},
	{"stgp x0, x1, [x2]", 0x69000440},
	{"ld64b x0, [x2]", 0xf83fd040},
};

static void test_good(void **state)
{
	struct insn_access got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const struct insn_access *want = &good[i].access;

		print_message("%s\n", good[i].text);
		assert_true(insn_decode(good[i].insn, &got));
		assert_int_equal(got.offset, want->offset);
		assert_int_equal(got.width, want->width);
		assert_int_equal(got.count, want->count);
		assert_int_equal(got.rn, want->rn);
		assert_int_equal(got.rt[0], want->rt[0]);
		if (want->count == 2)
			assert_int_equal(got.rt[1], want->rt[1]);
		assert_int_equal(got.write, want->write);
		assert_int_equal(got.writeback, want->writeback);
		assert_int_equal(got.post, want->post);
		assert_int_equal(got.sign_extend, want->sign_extend);
		assert_int_equal(got.sixty_four, want->sixty_four);
	}
}

static void test_bad(void **state)
{
	struct insn_access got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		print_message("%s\n", bad[i].text);
		assert_false(insn_decode(bad[i].insn, &got));
	}
}

/* Whatever it says yes to is something that the emulation can do. */
static void test_any(void **state)
{
	uint32_t insn = 1;
	unsigned int i;

	(void)state;
	for (i = 0; i < 2000000; i++) {
		struct insn_access a;

		insn = insn * 1664525 + 1013904223;
		/* half of them loads and stores */
		if (!insn_decode(i & 1 ? insn
				       : (insn & ~0x1c000000u) | 0x08000000u |
						 (insn & 0x10000000u),
				 &a))
			continue;
		assert_true(a.count == 1 || a.count == 2);
		assert_true(a.width == 1 || a.width == 2 || a.width == 4 ||
			    a.width == 8);
		assert_true(a.rn < 32 && a.rt[0] < 32 && a.rt[1] < 32);
		assert_false(a.post && !a.writeback);
		assert_false(a.write && a.sign_extend);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

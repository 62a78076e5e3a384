/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder of loads and stores, held against an assembler's encodings, and
 * against the ISA's listing as a plain list of masks: each short instruction,
 * and random long ones.
 */
#include "../../fake/fake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "../../../arch/riscv64/virt/insn.h"

#define LOAD(len, bytes, sign, r)                                              \
	{                                                                      \
		.length = len, .width = bytes, .sign_extend = sign, .reg = r   \
	}
#define STORE(len, bytes, r)                                                   \
	{                                                                      \
		.length = len, .width = bytes, .write = true, .reg = r         \
	}

static const struct {
	const char *text;
	uint32_t insn;
	struct insn_access access;
} good[] = {
	{"lb a0,5(a1)", 0x00558503, LOAD(4, 1, true, 10)},
	{"lh s11,-2(sp)", 0xffe11d83, LOAD(4, 2, true, 27)},
	{"lw t0,0(t1)", 0x00032283, LOAD(4, 4, true, 5)},
	{"ld ra,8(gp)", 0x0081b083, LOAD(4, 8, true, 1)},
	{"lbu zero,0(a0)", 0x00054003, LOAD(4, 1, false, 0)},
	{"lhu a5,2(a4)", 0x00275783, LOAD(4, 2, false, 15)},
	{"lwu t6,-4(s0)", 0xffc46f83, LOAD(4, 4, false, 31)},
	{"sb a0,-1(a1)", 0xfea58fa3, STORE(4, 1, 10)},
	{"sh zero,2(a2)", 0x00061123, STORE(4, 2, 0)},
	{"sw t6,2047(s1)", 0x7ff4afa3, STORE(4, 4, 31)},
	{"sd s0,-2048(sp)", 0x80813023, STORE(4, 8, 8)},
	{"c.lw a0,4(a1)", 0x41c8, LOAD(2, 4, true, 10)},
	{"c.ld s1,248(a5)", 0x7fe4, LOAD(2, 8, true, 9)},
	{"c.sw a2,64(s0)", 0xc030, STORE(2, 4, 12)},
	{"c.sd a5,8(a0)", 0xe51c, STORE(2, 8, 15)},
	{"c.lwsp ra,252(sp)", 0x50fe, LOAD(2, 4, true, 1)},
	{"c.ldsp t6,504(sp)", 0x7ffe, LOAD(2, 8, true, 31)},
	{"c.swsp zero,0(sp)", 0xc002, STORE(2, 4, 0)},
	{"c.sdsp s11,8(sp)", 0xe46e, STORE(2, 8, 27)},
	{"c.lbu a0,3(a1)", 0x81e8, LOAD(2, 1, false, 10)},
	{"c.lhu s0,2(s1)", 0x84a0, LOAD(2, 2, false, 8)},
	{"c.lh a5,0(a4)", 0x875c, LOAD(2, 2, true, 15)},
	{"c.sb a2,1(a3)", 0x8ad0, STORE(2, 1, 12)},
	{"c.sh a2,2(a3)", 0x8eb0, STORE(2, 2, 12)},
};

static const struct {
	const char *text;
	uint32_t insn;
	enum insn_kind kind;
} others[] = {
	{"lr.w a0,(a1)", 0x1005a52f, INSN_ATOMIC},
	{"sc.d a0,a2,(a1)", 0x18c5b52f, INSN_ATOMIC},
	{"amoadd.w.aqrl t0,t1,(t2)", 0x0663a2af, INSN_ATOMIC},
	{"amomaxu.d a0,a1,(a2)", 0xe0b6352f, INSN_ATOMIC},
	{"flw fa0,0(a0)", 0x00052507, INSN_OTHER},
	{"fsd fa1,8(a0)", 0x00b53427, INSN_OTHER},
	{"addi a0,a0,1", 0x00150513, INSN_OTHER},
	{"jal ra,.", 0x000000ef, INSN_OTHER},
	{"fence", 0x0ff0000f, INSN_OTHER},
	{"load, funct3 7", 0x00057503, INSN_OTHER},
	{"store, funct3 4", 0x00a5c023, INSN_OTHER},
	{"c.fld fa0,0(a0)", 0x2108, INSN_OTHER},
	{"c.fsdsp fa0,0(sp)", 0xa02a, INSN_OTHER},
	{"c.addi a0,1", 0x0505, INSN_OTHER},
	{"c.jr ra", 0x8082, INSN_OTHER},
	{"c.ebreak", 0x9002, INSN_OTHER},
	{"all zeroes", 0, INSN_OTHER},
	{"48 bits", 0x0000001f, INSN_OTHER},
	{"all ones", 0xffffffff, INSN_OTHER},
};

static void same(const struct insn_access *a, const struct insn_access *b)
{
	assert_int_equal(a->length, b->length);
	assert_int_equal(a->width, b->width);
	assert_int_equal(a->reg, b->reg);
	assert_int_equal(a->write, b->write);
	assert_int_equal(a->sign_extend, b->sign_extend);
}

static void by_assembler(void **state)
{
	struct insn_access access;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		enum insn_kind kind = insn_decode(good[i].insn, &access);

		if (kind != INSN_ACCESS)
			fail_msg("%s: kind %u", good[i].text, kind);
		same(&access, &good[i].access);
		assert_int_equal(insn_length(good[i].insn), access.length);
	}
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		enum insn_kind kind = insn_decode(others[i].insn, &access);

		if (kind != others[i].kind)
			fail_msg("%s: kind %u", others[i].text, kind);
	}
	assert_int_equal(insn_length(0x0000001f), 0);
}

/*
 * The reference: one row for each instruction, where its register stands
 */
enum place { RD, RS2, NEAR, FAR };

static const struct row {
	uint32_t mask, match;
	enum place place;
	struct insn_access access;
} rows[] = {
	{0x707f, 0x0003, RD, LOAD(4, 1, true, 0)},
	{0x707f, 0x1003, RD, LOAD(4, 2, true, 0)},
	{0x707f, 0x2003, RD, LOAD(4, 4, true, 0)},
	{0x707f, 0x3003, RD, LOAD(4, 8, true, 0)},
	{0x707f, 0x4003, RD, LOAD(4, 1, false, 0)},
	{0x707f, 0x5003, RD, LOAD(4, 2, false, 0)},
	{0x707f, 0x6003, RD, LOAD(4, 4, false, 0)},
	{0x707f, 0x0023, RS2, STORE(4, 1, 0)},
	{0x707f, 0x1023, RS2, STORE(4, 2, 0)},
	{0x707f, 0x2023, RS2, STORE(4, 4, 0)},
	{0x707f, 0x3023, RS2, STORE(4, 8, 0)},
	{0xe003, 0x4000, NEAR, LOAD(2, 4, true, 0)},
	{0xe003, 0x6000, NEAR, LOAD(2, 8, true, 0)},
	{0xfc03, 0x8000, NEAR, LOAD(2, 1, false, 0)},
	{0xfc43, 0x8400, NEAR, LOAD(2, 2, false, 0)},
	{0xfc43, 0x8440, NEAR, LOAD(2, 2, true, 0)},
	{0xfc03, 0x8800, NEAR, STORE(2, 1, 0)},
	{0xfc43, 0x8c00, NEAR, STORE(2, 2, 0)},
	{0xe003, 0xc000, NEAR, STORE(2, 4, 0)},
	{0xe003, 0xe000, NEAR, STORE(2, 8, 0)},
	{0xe003, 0x4002, RD, LOAD(2, 4, true, 0)},
	{0xe003, 0x6002, RD, LOAD(2, 8, true, 0)},
	{0xe003, 0xc002, FAR, STORE(2, 4, 0)},
	{0xe003, 0xe002, FAR, STORE(2, 8, 0)},
};

static enum insn_kind reference(uint32_t insn, struct insn_access *access)
{
	static const unsigned int shift[] = {7, 20, 2, 2};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];
		unsigned int reg = insn >> shift[r->place];

		if ((insn & r->mask) != r->match)
			continue;
		reg = r->place == NEAR ? (reg & 7) + 8 : reg & 31;
		/* C.LWSP, C.LDSP: "the code points with rd=x0 are reserved" */
		if (r->access.length == 2 && r->place == RD && !reg)
			return INSN_OTHER;
		*access = r->access;
		access->reg = (uint8_t)reg;
		return INSN_ACCESS;
	}
	return (insn & 0x7f) == 0x2f ? INSN_ATOMIC : INSN_OTHER;
}

static enum insn_kind compare(uint32_t insn)
{
	struct insn_access want = {0}, got;
	enum insn_kind kind = reference(insn, &want);

	memset(&got, 0xa5, sizeof(got));
	if (insn_decode(insn, &got) != kind)
		fail_msg("%#x is not of kind %u", insn, kind);
	if (kind == INSN_ACCESS)
		same(&got, &want);
	return kind;
}

static void each_short_one(void **state)
{
	unsigned int found = 0;

	(void)state;
	for (uint32_t insn = 0; insn < 0x10000; insn++) {
		if ((insn & 3) == 3)
			continue;
		/* what follows in memory is another instruction */
		found += compare(insn) == INSN_ACCESS;
		compare(insn | 0xa5a50000);
		compare(insn | 0xffff0000);
	}
	/*
	 * by the free bits of the listing: C.LW and the like 11; C.LBU, C.SB 8;
	 * C.LHU, C.LH, C.SH 7; with sp 6 and a register, not x0 for loads
	 */
	assert_int_equal(found, 4 * 2048 + 2 * 256 + 3 * 128 + 2 * 64 * 31 +
					2 * 64 * 32);
}

static void random_long_ones(void **state)
{
	unsigned int found[3] = {0};

	(void)state;
	fake_seed(24);
	for (unsigned int i = 0; i < 500000; i++) {
		uint32_t insn = (uint32_t)fake_random((uint64_t)1 << 32);

		insn |= 3;
		/* half of them in the opcodes that matter */
		if (i & 1) {
			static const uint8_t opcodes[] = {0x03, 0x23, 0x2f,
							  0x07, 0x27, 0x73};

			insn = (insn & ~0x7fu) |
			       opcodes[fake_random(ARRAY_SIZE(opcodes))];
		}
		found[compare(insn)]++;
	}
	for (unsigned int i = 0; i < 3; i++)
		assert_true(found[i] > 10000);
}

/*
 * htinst, 8.6.3
 */

/* what a hart makes of a long one */
static uint32_t transform(uint32_t insn, unsigned int offset)
{
	uint32_t keep = (insn & 0x7f) == 0x23 ? 0x01f0707f : 0x7fff;

	if ((insn & 0x7f) == 0x2f)
		keep = ~0xf8000u;
	return (insn & keep) | offset << 15;
}

static void from_htinst(void **state)
{
	/* the long forms of the short ones above, by their order */
	static const uint32_t expanded[] = {
		0x0045a503, 0x0f87b483, 0x04c42023, 0x00f53423, 0x0fc12083,
		0x1f813f83, 0x00012023, 0x01b13423, 0x0035c503, 0x0024d403,
		0x00071783, 0x00c680a3, 0x00c69123,
	};
	struct insn_access access;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		bool is_short = good[i].access.length == 2;
		uint32_t insn = good[i].insn;

		if (is_short)
			insn = expanded[i - (ARRAY_SIZE(good) -
					     ARRAY_SIZE(expanded))];
		insn = transform(insn, 0);
		if (is_short)
			insn &= ~2u;
		assert_int_equal(insn_from_htinst(insn, &access), INSN_ACCESS);
		same(&access, &good[i].access);
		/* it went wrong behind the first byte */
		assert_int_equal(insn_from_htinst(insn | 3u << 15, &access),
				 INSN_OTHER);
	}
	/* of the others atomics alone are told: the rest may mean anything */
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		uint32_t insn = transform(others[i].insn, 0);

		if (insn_length(insn) != 4)
			continue;
		assert_int_equal(insn_from_htinst(insn, &access),
				 others[i].kind == INSN_ATOMIC ? INSN_ATOMIC
							       : INSN_FETCH);
		assert_int_equal(insn_from_htinst(insn & ~2u, &access),
				 INSN_FETCH);
	}
}

/* bits that a transformed instruction has clear */
static void htinst_conforms(void **state)
{
	struct insn_access access;

	(void)state;
	for (unsigned int bit = 20; bit < 64; bit++) {
		/* lw t0, sw t6 */
		assert_int_equal(insn_from_htinst(0x2283 | BIT(bit), &access),
				 INSN_FETCH);
		if (bit < 25)
			continue;
		assert_int_equal(
			insn_from_htinst(0x01f02023 | BIT(bit), &access),
			INSN_FETCH);
	}
	for (unsigned int bit = 7; bit < 12; bit++)
		assert_int_equal(
			insn_from_htinst(0x01f02023 | BIT(bit), &access),
			INSN_FETCH);
}

/* the short way knows the very same loads and stores */
static void usual_ones(void **state)
{
	struct insn_access access, usual;
	uint64_t seen = 0;

	(void)state;
	for (uint64_t i = 0; i < UINT64_C(1) << 22; i++) {
		/* opcode, rd, funct3, rs2; then what has to be zero */
		uint64_t htinst = (i & 0x7f) | (i >> 7 & 0xff) << 7 |
				  (i >> 15 & 0x1f) << 20;

		if (i >> 20 == 1)
			htinst |= BIT(15 + fake_random(17));
		else if (i >> 20 == 2)
			htinst |= BIT(32 + fake_random(32));
		if (!insn_usual(htinst, &usual)) {
			assert_int_not_equal(insn_from_htinst(htinst, &access),
					     INSN_ACCESS);
			continue;
		}
		assert_int_equal(insn_from_htinst(htinst, &access),
				 INSN_ACCESS);
		assert_memory_equal(&access, &usual, sizeof(access));
		seen++;
	}
	assert_true(seen >= 2 * (7 * 32 + 4 * 32));
}

static void htinst_without_instruction(void **state)
{
	static const uint64_t walks[] = {0x2000, 0x2020, 0x3000, 0x3020};
	static const uint64_t unknown[] = {
		0,
		0x1000,
		0x20,
		0x4000,
		0x3040,
		0x3002,
		0x13000,
		0x3004,
		0x1005a52c,
		0x32002,
		0x1f,
		0x100032283,
		0x8000000000003000,
	};
	struct insn_access access;
	bool write;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(walks); i++) {
		assert_int_equal(insn_from_htinst(walks[i], &access),
				 INSN_WALK);
		assert_true(insn_walk(walks[i], &write));
		assert_int_equal(write,
				 walks[i] == 0x2020 || walks[i] == 0x3020);
	}
	for (size_t i = 0; i < ARRAY_SIZE(unknown); i++)
		assert_int_equal(insn_from_htinst(unknown[i], &access),
				 INSN_FETCH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_assembler),
		cmocka_unit_test(each_short_one),
		cmocka_unit_test(random_long_ones),
		cmocka_unit_test(from_htinst),
		cmocka_unit_test(htinst_conforms),
		cmocka_unit_test(usual_ones),
		cmocka_unit_test(htinst_without_instruction),
	};

	return cmocka_run_group_tests_name("riscv64 insn", tests, NULL, NULL);
}

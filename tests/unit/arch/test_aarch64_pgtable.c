/* SPDX-License-Identifier: Apache-2.0 */
/* Descriptors of VMSAv8-64, held against numbers worked out from DDI 0487. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <asm/mmu.h>

static void host_leaves(void **state)
{
	const struct pgt_format *f = &aarch64_host_format;

	(void)state;
	/* page: valid, page, AP[1], inner shareable, AF, index 0 */
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R | PGT_W | PGT_X, 0),
			 0x1743);
	/* read-only, never executed */
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R, 0), 0x400000000017c3);
	/* a 2 MiB block has bit 1 clear */
	assert_int_equal(f->leaf(hpa(SIZE_2M), PGT_R | PGT_X, 1), 0x2007c1);
	/* devices are never executed, whatever is asked */
	assert_int_equal(
		f->leaf(hpa(0x9000000), PGT_R | PGT_W | PGT_X | PGT_DEVICE, 0),
		0x40000009000747);
	assert_int_equal(f->table(hpa(0x123000)), 0x123003);
}

static void stage2_leaves(void **state)
{
	const struct pgt_format *f = aarch64_stage2_format(5);

	(void)state;
	/* S2AP 11, MemAttr 1111, inner shareable, AF */
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R | PGT_W | PGT_X, 0),
			 0x17ff);
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R, 0), 0x4000000000177f);
	assert_int_equal(f->leaf(hpa(0x1000), PGT_W, 0), 0x400000000017bf);
	assert_int_equal(f->leaf(hpa(SIZE_1G), PGT_R | PGT_W | PGT_X, 2),
			 0x400007fd);
	/* MemAttr 0001: Device-nGnRE */
	assert_int_equal(f->leaf(hpa(0x9000000), PGT_R | PGT_W | PGT_DEVICE, 0),
			 0x400000090007c7);
	/* MemAttr 0101: Normal, not cacheable */
	assert_int_equal(f->leaf(hpa(0x1000), PGT_R | PGT_UNCACHED, 0),
			 0x40000000001757);
}

static void check_round_trip(const struct pgt_format *f, unsigned int prot,
			     unsigned int want)
{
	static const uint64_t addresses[] = {0x40000000, 0xffffc0000000};

	for (unsigned int height = 0; height < 3; height++) {
		for (unsigned int i = 0; i < 2; i++) {
			uint64_t pte = f->leaf(hpa(addresses[i]), prot, height);

			assert_true(f->is_valid(pte));
			assert_true(f->is_leaf(pte, height));
			assert_int_equal(f->addr(pte).v, addresses[i]);
			assert_int_equal(f->prot(pte), want);
		}
	}
}

static void rights_come_back(void **state)
{
	const unsigned int all =
		PGT_R | PGT_W | PGT_X | PGT_U | PGT_DEVICE | PGT_UNCACHED;

	(void)state;
	for (unsigned int prot = 0; prot <= all; prot++) {
		unsigned int want = prot;

		if (prot & PGT_DEVICE) /* the stronger kind, without X */
			want &= ~(unsigned int)(PGT_X | PGT_UNCACHED);
		check_round_trip(aarch64_stage2_format(2), prot, want);
		check_round_trip(&aarch64_host_format, prot, want | PGT_R);
	}
}

static void tables_are_not_leaves(void **state)
{
	const struct pgt_format *f = &aarch64_host_format;
	uint64_t pte = f->table(hpa(0x7fff000));

	(void)state;
	assert_true(f->is_valid(pte));
	for (unsigned int height = 1; height < 4; height++)
		assert_false(f->is_leaf(pte, height));
	assert_int_equal(f->addr(pte).v, 0x7fff000);
	assert_false(f->is_valid(0));
}

/* PARange -> width, levels, root tables, T0SZ and SL0: tables D8-12, D8-27 */
static void stage2_by_physical_range(void **state)
{
	static const struct {
		unsigned int range, bits, levels, roots, t0sz, sl0, ps;
	} rows[] = {
		{0, 32, 3, 1, 32, 1, 0},  {1, 36, 3, 1, 28, 1, 1},
		{2, 40, 3, 2, 24, 1, 2},  {3, 42, 3, 8, 22, 1, 3},
		{4, 44, 4, 1, 20, 2, 4},  {5, 48, 4, 1, 16, 2, 5},
		{6, 48, 4, 1, 16, 2, 5}, /* 52 bits: clamped */
		{15, 48, 4, 1, 16, 2, 5},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct pgt_format *f =
			aarch64_stage2_format(rows[i].range);
		uint64_t vtcr = aarch64_vtcr(f, rows[i].range, false);

		assert_int_equal(f->va_bits, rows[i].bits);
		assert_int_equal(f->levels, rows[i].levels);
		assert_int_equal(f->root_tables, rows[i].roots);
		/* the root covers the width exactly, or is one table */
		assert_true(12 + 9 * f->levels >= f->va_bits ||
			    f->root_tables ==
				    1u << (f->va_bits - 12 - 9 * f->levels));
		assert_int_equal(vtcr & 0x3f, rows[i].t0sz);
		assert_int_equal(vtcr >> 6 & 3, rows[i].sl0);
		assert_int_equal(vtcr >> 14 & 3, 0); /* 4 KiB granule */
		assert_int_equal(vtcr >> 16 & 7, rows[i].ps);
		assert_int_equal(vtcr >> 8 & 0x3f, 0x35); /* WB WA, inner */
		assert_int_equal(vtcr >> 19 & 1, 0);
		assert_int_equal(vtcr >> 31, 1);
		assert_int_equal(aarch64_vtcr(f, rows[i].range, true) ^ vtcr,
				 1 << 19);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(host_leaves),
		cmocka_unit_test(stage2_leaves),
		cmocka_unit_test(rights_come_back),
		cmocka_unit_test(tables_are_not_leaves),
		cmocka_unit_test(stage2_by_physical_range),
	};

	return cmocka_run_group_tests_name("aarch64 pgtable", tests, NULL,
					   NULL);
}

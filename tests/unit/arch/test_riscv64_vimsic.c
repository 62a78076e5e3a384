/* SPDX-License-Identifier: Apache-2.0 */
/* The interrupt file in memory, against one that has a bool for each bit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../../arch/riscv64/virt/vimsic.h"
#include "../../fake/fake.h"

#define IDS 191

static struct vimsic file;

static struct {
	bool eip[IDS + 1], eie[IDS + 1];
	uint64_t delivery, threshold;
} model;

static int setup(void **state)
{
	(void)state;
	memset(&file, 0x5a, sizeof(file));
	memset(&model, 0, sizeof(model));
	vimsic_reset(&file);
	return 0;
}

static uint64_t read(uint64_t reg)
{
	uint64_t old;

	assert_true(vimsic_reg(&file, IDS, reg, VIMSIC_READ, 0, &old));
	return old;
}

static void write(uint64_t reg, uint64_t value)
{
	uint64_t old;

	assert_true(vimsic_reg(&file, IDS, reg, VIMSIC_WRITE, value, &old));
}

static void a_message(void **state)
{
	(void)state;
	assert_true(vimsic_post(&file, IDS, 70));
	assert_int_equal(vimsic_top(&file, IDS), 0);
	write(0xc2, BIT(6));
	assert_int_equal(vimsic_top(&file, IDS), 70 << 16 | 70);
	assert_false(vimsic_eip(&file, IDS));
	write(0x70, 1);
	assert_true(vimsic_eip(&file, IDS));
	/* an identity is its priority: those from the threshold on wait */
	write(0x72, 70);
	assert_false(vimsic_eip(&file, IDS));
	write(0x72, 71);
	assert_true(vimsic_eip(&file, IDS));
	assert_int_equal(read(0x82), BIT(6));
	assert_int_equal(vimsic_claim(&file, IDS), 70 << 16 | 70);
	assert_int_equal(vimsic_claim(&file, IDS), 0);
	assert_int_equal(read(0x82), 0);
	assert_false(vimsic_eip(&file, IDS));
}

static void what_is_not_there(void **state)
{
	static const uint64_t none[] = {0,    0x2f, 0x31,  0x40,   0x6f,
					0x71, 0x73, 0x7f,  0x81,   0xbf,
					0xc1, 0xff, 0x100, 0x1080, UINT64_MAX};
	uint64_t old;

	(void)state;
	assert_false(vimsic_post(&file, IDS, 0));
	assert_false(vimsic_post(&file, IDS, IDS + 1));
	assert_false(vimsic_post(&file, IDS, UINT32_MAX));
	for (unsigned int i = 0; i < ARRAY_SIZE(none); i++)
		assert_false(vimsic_reg(&file, IDS, none[i], VIMSIC_WRITE,
					~0ull, &old));
	/* identity 0, and those beyond the last */
	for (unsigned int reg = 0x80; reg < 0x100; reg += 2)
		write(reg, UINT64_MAX);
	assert_int_equal(read(0x80), ~1ull);
	assert_int_equal(read(0xc0), ~1ull);
	assert_int_equal(read(0x84), UINT64_MAX);
	assert_int_equal(read(0x86), 0);
	assert_int_equal(read(0xfe), 0);
	/* delivery by an APLIC is not offered */
	write(0x70, 0x40000000);
	assert_int_equal(read(0x70), 0);
	/* priorities of the hart's own interrupts */
	write(0x30, UINT64_MAX);
	assert_int_equal(read(0x30), 0);
	assert_int_equal(read(0x3e), 0);
}

static uint64_t model_word(const bool *bits, unsigned int word)
{
	uint64_t value = 0;

	for (unsigned int b = 0; b < 64; b++)
		if (word * 64 + b <= IDS && bits[word * 64 + b])
			value |= BIT(b);
	return value;
}

static void model_put(bool *bits, unsigned int word, uint64_t value)
{
	for (unsigned int b = 0; b < 64; b++)
		if (word * 64 + b && word * 64 + b <= IDS)
			bits[word * 64 + b] = value >> b & 1;
}

static uint64_t applied(uint64_t old, enum vimsic_op op, uint64_t value)
{
	return op == VIMSIC_WRITE   ? value
	       : op == VIMSIC_SET   ? old | value
	       : op == VIMSIC_CLEAR ? old & ~value
				    : old;
}

static uint32_t model_top(void)
{
	for (unsigned int id = 1; id <= IDS; id++)
		if (model.eip[id] && model.eie[id] &&
		    (!model.threshold || id < model.threshold))
			return id << 16 | id;
	return 0;
}

static void access(unsigned int i)
{
	static const uint8_t regs[] = {0x70, 0x72, 0x80, 0x82, 0x84,
				       0x86, 0xc0, 0xc2, 0xc4};
	uint64_t reg = regs[fake_random(ARRAY_SIZE(regs))];
	enum vimsic_op op = (enum vimsic_op)fake_random(4);
	uint64_t value = (uint64_t)fake_random(UINT32_MAX) << 32 |
			 (uint64_t)fake_random(UINT32_MAX);
	bool *bits = reg < 0xc0 ? model.eip : model.eie;
	uint64_t old, want;

	if (reg < 0x80)
		value = i % 3 ? value & 0xff : value & 1;
	if (reg == 0x70)
		want = model.delivery;
	else if (reg == 0x72)
		want = model.threshold;
	else
		want = model_word(bits, reg % 64 / 2);
	assert_true(vimsic_reg(&file, IDS, reg, op, value, &old));
	assert_int_equal(old, want);
	value = applied(old, op, value);
	if (reg == 0x70)
		model.delivery = value == 1;
	else if (reg == 0x72)
		model.threshold = value & 0xff;
	else
		model_put(bits, reg % 64 / 2, value);
}

static void random_steps(void **state)
{
	unsigned int claims = 0;

	(void)state;
	fake_seed(11);
	for (unsigned int i = 0; i < 20000; i++) {
		uint32_t id = (uint32_t)fake_random(IDS + 3);

		switch (fake_random(3)) {
		case 0:
			assert_int_equal(vimsic_post(&file, IDS, id),
					 id && id <= IDS);
			if (id && id <= IDS)
				model.eip[id] = true;
			break;
		case 1:
			access(i);
			break;
		default:
			id = model_top();
			assert_int_equal(vimsic_claim(&file, IDS), id);
			model.eip[id >> 16] = false;
			claims += !!id;
		}
		assert_int_equal(vimsic_top(&file, IDS), model_top());
		assert_int_equal(vimsic_eip(&file, IDS),
				 model.delivery && model_top());
	}
	assert_true(claims > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_message, setup),
		cmocka_unit_test_setup(what_is_not_there, setup),
		cmocka_unit_test_setup(random_steps, setup),
	};

	return cmocka_run_group_tests_name("vimsic", tests, NULL, NULL);
}

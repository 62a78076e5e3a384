/* SPDX-License-Identifier: Apache-2.0 */
/* The instructions that scripts/pack_image.py changes, and all others. */
#include <arch/cpu.h>

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void branches(void **state)
{
	/* of place 0x1000 and on: as packed, as it runs */
	static const uint32_t rows[][2] = {
		{0x94000400, 0x94000000}, /* bl to itself, at 0x1000 */
		{0x94000400, 0x97ffffff}, /* bl . - 4 */
		{0x97ffffff, 0x97fffbfd}, /* to the Image's start - 4 */
		{0x14000400, 0x14000400}, /* b stays */
		{0x90008003, 0x90008003}, /* adrp stays */
		{0xffffffff, 0xffffffff}, {0x00000000, 0x00000000},
	};
	uint32_t code[ARRAY_SIZE(rows)];

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		code[i] = rows[i][0];
	arch_code_unpack(code, sizeof(code), 0x1000);
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(code[i], rows[i][1]);
}

/* adr x3, distance: 19 bits in 23 to 5, the lowest two in 30 and 29 */
static uint32_t adr(int32_t distance)
{
	uint32_t imm = (uint32_t)distance & 0x1fffff;

	return 0x10000003 | imm >> 2 << 5 | (imm & 3) << 29;
}

static void addresses(void **state)
{
	static const int32_t targets[] = {0, 1, 2, 3, 0x1000, 0x54321, 0xfffff};
	static const uint32_t places[] = {0, 4, 0x1000, 0x7fffc, 0xffffc};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(targets); i++)
		for (unsigned int j = 0; j < ARRAY_SIZE(places); j++) {
			uint32_t word = adr(targets[i]);

			arch_code_unpack(&word, 4, places[j]);
			assert_int_equal(word,
					 adr(targets[i] - (int32_t)places[j]));
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(branches),
		cmocka_unit_test(addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

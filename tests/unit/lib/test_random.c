/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../../../lib/random.c"

static int setup(void **state)
{
	(void)state;
	memset(key, 0, sizeof(key));
	seeded = false;
	return 0;
}

/* RFC 8439, A.1, test vector 1: key, nonce and counter 0 */
static void known_block(void **state)
{
	static const uint32_t expected[16] = {
		0xade0b876, 0x903df1a0, 0xe56a5d40, 0x28bd8653,
		0xb819d2bd, 0x1aed8da0, 0xccef36a8, 0xc70d778b,
		0x7c5941da, 0x8d485751, 0x3fe02477, 0x374ad8b8,
		0xf4b8436a, 0x1ca11815, 0x69b687c3, 0x8665eeb2,
	};
	uint32_t out[16];

	(void)state;
	block(out);
	assert_memory_equal(out, expected, sizeof(out));
}

static void without_seed(void **state)
{
	uint8_t bytes[8] = {1, 2, 3}, same[8] = {1, 2, 3};

	(void)state;
	random_seed("thirty-one bytes are one short.", 31);
	assert_false(random_bytes(bytes, sizeof(bytes)));
	assert_memory_equal(bytes, same, sizeof(bytes));
}

static void nothing_repeats(void **state)
{
	uint8_t seed[64] = {7}, a[80] = {0}, b[80];
	uint32_t before[KEY_WORDS];

	(void)state;
	random_seed(seed, sizeof(seed));
	memcpy(before, key, sizeof(key));
	assert_true(random_bytes(a, 79));
	assert_int_equal(a[79], 0);
	assert_memory_not_equal(key, before, sizeof(key));
	assert_memory_not_equal(a, a + 32, 32);
	assert_true(random_bytes(b, sizeof(b)));
	assert_memory_not_equal(a, b, 32);
	/* what is given out is not the key of the next */
	assert_memory_not_equal(b + 64, key, 16);
}

/* every byte counts, of the second half and of an odd end too */
static void all_of_the_seed(void **state)
{
	static const unsigned int changed[] = {0, 31, 32, 63, 64};
	uint8_t seed[65] = {0}, a[32], b[32];

	random_seed(seed, sizeof(seed));
	assert_true(random_bytes(a, sizeof(a)));
	for (unsigned int i = 0; i < 5; i++) {
		setup(state);
		memset(seed, 0, sizeof(seed));
		seed[changed[i]] = 1;
		random_seed(seed, sizeof(seed));
		assert_true(random_bytes(b, sizeof(b)));
		assert_memory_not_equal(a, b, sizeof(a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(known_block, setup),
		cmocka_unit_test_setup(without_seed, setup),
		cmocka_unit_test_setup(nothing_repeats, setup),
		cmocka_unit_test_setup(all_of_the_seed, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

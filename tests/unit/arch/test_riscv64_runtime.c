/* SPDX-License-Identifier: Apache-2.0 */
/* What stands in for the compiler's own library, against its built-ins. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

/* under names of their own: the host's compiler has these too */
#define __ctzdi2 rv_ctzdi2
#define __clzdi2 rv_clzdi2
#define __bswapdi2 rv_bswapdi2
#define __bswapsi2 rv_bswapsi2
#include "../../../arch/riscv64/bits.c"
#define __asm__(name)
#include "../../../arch/riscv64/atomic.c"
#undef __asm__

static uint64_t random64(void)
{
	uint64_t value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | (unsigned int)(rand() & 0xff);
	return value;
}

static void test_bits(void **state)
{
	(void)state;
	srand(1);
	for (int i = 0; i < 100000; i++) {
		uint64_t value = random64() >> (i % 64) << (rand() % 64);

		assert_int_equal(rv_bswapdi2(value), __builtin_bswap64(value));
		assert_int_equal(rv_bswapsi2((uint32_t)value),
				 __builtin_bswap32((uint32_t)value));
		if (!value)
			continue;
		assert_int_equal(rv_ctzdi2(value), __builtin_ctzll(value));
		assert_int_equal(rv_clzdi2(value), __builtin_clzll(value));
	}
}

/* Each place in a word, and its neighbours stay. */
static void test_places(void **state)
{
	(void)state;
	for (unsigned int at = 0; at < 4; at++) {
		_Alignas(4) uint8_t bytes[4] = {0x11, 0x22, 0x33, 0xff};
		uint8_t before = bytes[at];

		assert_int_equal(exchange_1(&bytes[at], 0x80, 0), before);
		for (unsigned int i = 0; i < 4; i++)
			assert_int_equal(
				bytes[i],
				i == at ? 0x80
					: (i == 3 ? 0xff : 0x11 * (i + 1)));
	}
	for (unsigned int at = 0; at < 2; at++) {
		_Alignas(4) uint16_t halves[2] = {0xffff, 0xfffe};
		uint16_t before = halves[at];

		/* a carry goes nowhere */
		assert_int_equal(fetch_add_2(&halves[at], 3, 0), before);
		assert_int_equal(halves[at], (uint16_t)(before + 3));
		assert_int_equal(halves[!at], at ? 0xffff : 0xfffe);
		assert_int_equal(exchange_2(&halves[at], 7, 0),
				 (uint16_t)(before + 3));
		assert_int_equal(halves[at], 7);
		assert_int_equal(halves[!at], at ? 0xffff : 0xfffe);
	}
}

#define ROUNDS 200000

static _Alignas(4) uint16_t shared[2];

static void *adder(void *half)
{
	for (int i = 0; i < ROUNDS; i++)
		fetch_add_2(half, 1, 0);
	return NULL;
}

/* Two threads to each half of one word: nothing is lost. */
static void test_threads(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, adder,
						&shared[i % 2]),
				 0);
	for (unsigned int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(shared[0], (uint16_t)(2 * ROUNDS));
	assert_int_equal(shared[1], (uint16_t)(2 * ROUNDS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bits),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

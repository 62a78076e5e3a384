/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the compiler calls for atomics of one and two bytes, which the A
 * extension lacks: its own library is not linked. By LR/SC of the word around
 * them; always in full order, whatever was asked for.
 */
#include <stdbool.h>
#include <stdint.h>

/* The compiler knows the names, with types that it does not tell. */
#define CALLED(name) __asm__(name)
uint8_t exchange_1(void *ptr, uint8_t value, int order)
	CALLED("__atomic_exchange_1");
uint16_t exchange_2(void *ptr, uint16_t value, int order)
	CALLED("__atomic_exchange_2");
uint16_t fetch_add_2(void *ptr, uint16_t value, int order)
	CALLED("__atomic_fetch_add_2");

/* The word around @ptr, and how far its bytes lie from the word's lowest. */
static uint32_t *word_of(void *ptr, unsigned int *shift)
{
	uintptr_t at = (uintptr_t)ptr;

	*shift = at % 4 * 8;
	return (uint32_t *)(at - at % 4);
}

/* *word = (*word & ~mask) | (value & mask). Return: the old word. */
static uint32_t exchange(uint32_t *word, uint32_t mask, uint32_t value)
{
	uint32_t old = __atomic_load_n(word, __ATOMIC_RELAXED);

	while (!__atomic_compare_exchange_n(
		word, &old, (old & ~mask) | (value & mask), true,
		__ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		;
	return old;
}

uint8_t exchange_1(void *ptr, uint8_t value, int order)
{
	unsigned int shift;
	uint32_t *word = word_of(ptr, &shift);

	(void)order;
	return (uint8_t)(exchange(word, UINT32_C(0xff) << shift,
				  (uint32_t)value << shift) >>
			 shift);
}

uint16_t exchange_2(void *ptr, uint16_t value, int order)
{
	unsigned int shift;
	uint32_t *word = word_of(ptr, &shift);

	(void)order;
	return (uint16_t)(exchange(word, UINT32_C(0xffff) << shift,
				   (uint32_t)value << shift) >>
			  shift);
}

uint16_t fetch_add_2(void *ptr, uint16_t value, int order)
{
	unsigned int shift;
	uint32_t *word = word_of(ptr, &shift);
	uint32_t mask = UINT32_C(0xffff) << shift;
	uint32_t old = __atomic_load_n(word, __ATOMIC_RELAXED);
	uint32_t sum;

	(void)order;
	do
		sum = (old + ((uint32_t)value << shift)) & mask;
	while (!__atomic_compare_exchange_n(word, &old, (old & ~mask) | sum,
					    true, __ATOMIC_SEQ_CST,
					    __ATOMIC_RELAXED));
	return (uint16_t)(old >> shift);
}

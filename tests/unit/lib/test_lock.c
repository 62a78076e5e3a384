/* SPDX-License-Identifier: Apache-2.0 */
#include "../../fake/fake.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include <arch/cpu.h>
#include <lib/lock.h>

#define THREADS 4
#define ROUNDS 50000

extern _Thread_local int fake_preempt_count;

static struct spinlock low = SPINLOCK_INIT(LOCK_RANK_VM);
static struct spinlock high = SPINLOCK_INIT(LOCK_RANK_HEAP);
static uint64_t counter;

static void flags_and_preemption(void **state)
{
	unsigned long flags;

	(void)state;
	spin_lock(&low);
	assert_int_equal(fake_preempt_count, 1);
	assert_true(arch_irqs_enabled());
	flags = spin_lock_irqsave(&high);
	assert_int_equal(fake_preempt_count, 2);
	assert_false(arch_irqs_enabled());
	spin_unlock_irqrestore(&high, flags);
	assert_true(arch_irqs_enabled());
	spin_unlock(&low);
	assert_int_equal(fake_preempt_count, 0);

	arch_irq_disable();
	flags = spin_lock_irqsave(&low);
	spin_unlock_irqrestore(&low, flags);
	assert_false(arch_irqs_enabled());
	arch_irq_enable();
}

/* tickets wrap at 65536 on the way */
static void *count(void *arg)
{
	(void)arg;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		spin_lock(&low);
		counter++; /* not atomic: the lock is what keeps it right */
		spin_unlock(&low);
	}
	return NULL;
}

static void contended(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (unsigned int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count, NULL),
				 0);
	for (unsigned int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	assert_int_equal(counter, (uint64_t)THREADS * ROUNDS);
}

static void wrong_order(void)
{
	spin_lock(&high);
	spin_lock(&low);
}

static void same_twice(void)
{
	spin_lock(&low);
	spin_lock(&low);
}

static void same_rank(void)
{
	struct spinlock other;

	spin_init(&other, LOCK_RANK_VM);
	spin_lock(&low);
	spin_lock(&other);
}

static void not_held(void)
{
	spin_unlock(&low);
}

static void out_of_turn(void **state)
{
	(void)state;
	/* unlocking in another order than taken is no error */
	spin_lock(&low);
	spin_lock(&high);
	spin_unlock(&low);
	spin_unlock(&high);
	spin_lock(&low);
	spin_unlock(&low);
}

static void ranks_are_checked(void **state)
{
	(void)state;
	assert_true(fake_panics(wrong_order));
	assert_true(fake_panics(same_twice));
	assert_true(fake_panics(same_rank));
	assert_true(fake_panics(not_held));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_and_preemption),
		cmocka_unit_test(contended),
		cmocka_unit_test(out_of_turn),
		cmocka_unit_test(ranks_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

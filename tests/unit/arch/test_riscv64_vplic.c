/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual PLIC: what each register does, every offset and width, and random
 * steps against a plain model. Races: test_riscv64_vplic_race.c.
 */
#include "../../fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "vplic_machine.h"

static void contexts(void **state)
{
	static struct vplic p;
	uint64_t told = 0;

	(void)state;
	assert_int_equal(vplic_init(&p, 0, 1), -EINVAL);
	assert_int_equal(vplic_init(&p, 1024, 1), -EINVAL);
	assert_int_equal(vplic_init(&p, 95, 0), -EINVAL);
	assert_int_equal(vplic_init(&p, 95, VPLIC_VCPU_MAX + 1), -EINVAL);
	assert_int_equal(vplic_init(&p, 1023, VPLIC_VCPU_MAX), 0);
	/* S-modes alone, in another order, one of a hart that is not there */
	assert_int_equal(vplic_init(&p, 95, 2), 0);
	assert_int_equal(vplic_context_add(&p, VPLIC_CAUSE_S, 1), 0);
	assert_int_equal(vplic_context_add(&p, VPLIC_CAUSE_S, -1), 0);
	assert_int_equal(vplic_context_add(&p, 0xffffffff, 0), 0);
	assert_int_equal(vplic_context_add(&p, VPLIC_CAUSE_S, 1), -EINVAL);
	assert_int_equal(vplic_context_add(&p, VPLIC_CAUSE_S, 2), -EINVAL);
	assert_int_equal(vplic_context_add(&p, VPLIC_CAUSE_S, 0), 0);
	assert_int_equal(p.contexts, 4);
	for (unsigned int context = 0; context < 6; context++) {
		bool there = context == 0 || context == 3;

		vplic_write(&p, THRESHOLD(context), 4, 5, &told);
		vplic_write(&p, ENABLE(context, 1), 4, 1, &told);
		assert_int_equal(vplic_read(&p, THRESHOLD(context), 4, &told),
				 there ? 5 : 0);
		assert_int_equal(vplic_read(&p, ENABLE(context, 1), 4, &told),
				 there ? 1 : 0);
		assert_int_equal(p.threshold[1], 5);
		assert_int_equal(p.threshold[0], context >= 3 ? 5 : 0);
	}
	for (unsigned int i = 4; i < VPLIC_CONTEXT_MAX; i++)
		assert_int_equal(vplic_context_add(&p, 11, 0), 0);
	assert_int_equal(vplic_context_add(&p, 11, 0), -ENOSPC);
}

static void one_interrupt(void **state)
{
	(void)state;
	begin(95);
	assert_int_equal(vplic_line_set(&plic, 33, true), 0);
	assert_int_equal(rd(PENDING(1)), 2);
	assert_int_equal(claim(0), 0);
	/* enabled, but of priority 0: never */
	assert_int_equal(wr(ENABLE(S_MODE(0), 1), 2), 1);
	assert_false(vplic_eip(&plic, 0));
	assert_int_equal(claim(0), 0);
	assert_int_equal(wr(PRIORITY(33), 1), 1);
	assert_true(vplic_eip(&plic, 0));
	assert_int_equal(vplic_next(&plic, 0), 33);
	assert_false(vplic_eip(&plic, 1));
	assert_int_equal(vplic_next(&plic, 1), 0);
	/* the threshold hides it from the hart, not from a claim */
	assert_int_equal(wr(THRESHOLD(S_MODE(0)), 1), 1);
	assert_false(vplic_eip(&plic, 0));
	assert_int_equal(claim(0), 33);
	assert_int_equal(rd(PENDING(1)), 0);
	assert_int_equal(claim(0), 0);
	/* the line is still up: again after the completion */
	wr(THRESHOLD(S_MODE(0)), 0);
	assert_false(vplic_eip(&plic, 0));
	assert_int_equal(complete(0, 33), 1);
	assert_true(vplic_eip(&plic, 0));
	/* a request that was forwarded is not taken back */
	assert_int_equal(vplic_line_set(&plic, 33, false), 0);
	assert_int_equal(claim(0), 33);
	assert_int_equal(complete(0, 33), 0);
	assert_false(vplic_eip(&plic, 0));
	assert_int_equal(rd(PENDING(1)), 0);
	/* sources that are not there */
	assert_int_equal(vplic_line_set(&plic, 0, true), 0);
	assert_int_equal(vplic_line_set(&plic, 96, true), 0);
	assert_int_equal(vplic_line_set(&plic, 5000, true), 0);
	assert_int_equal(rd(PENDING(0)) | rd(PENDING(3)), 0);
}

static void order(void **state)
{
	static const struct {
		unsigned int source, priority;
	} rows[] = {{9, 7}, {40, 7}, {95, 7}, {3, 3}, {70, 3}, {1, 1}};

	(void)state;
	begin(95);
	for (unsigned int w = 0; w < 3; w++)
		wr(ENABLE(S_MODE(1), w), ~0u);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		wr(PRIORITY(rows[i].source), rows[i].priority);
		assert_int_equal(vplic_line_set(&plic, rows[i].source, true),
				 2);
		/* twice up is once */
		assert_int_equal(vplic_line_set(&plic, rows[i].source, true),
				 0);
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		assert_int_equal(claim(1), rows[i].source);
	assert_int_equal(claim(1), 0);
}

static void several_vcpus(void **state)
{
	uint64_t told = 0;

	(void)state;
	begin(95);
	wr(PRIORITY(10), 4);
	wr(ENABLE(S_MODE(0), 0), BIT(10));
	wr(ENABLE(S_MODE(2), 0), BIT(10));
	wr(THRESHOLD(S_MODE(1)), 0);
	/* every one that listens is told */
	assert_int_equal(vplic_line_set(&plic, 10, true), 5);
	/* and when one of them takes it, the other's level falls */
	assert_int_equal(vplic_read(&plic, CLAIM(S_MODE(2)), 4, &told), 10);
	assert_int_equal(told, 5);
	assert_false(vplic_eip(&plic, 0));
	assert_false(vplic_eip(&plic, 2));
	told = 0;
	assert_int_equal(vplic_read(&plic, CLAIM(S_MODE(0)), 4, &told), 0);
	assert_int_equal(told, 1);
	/* whoever has it enabled may complete it, nobody else */
	told = 0;
	assert_int_equal(vplic_write(&plic, CLAIM(S_MODE(1)), 4, 10, &told), 0);
	assert_false(vplic_eip(&plic, 0));
	assert_int_equal(complete(0, 10), 5);
	/* not above the threshold: not told */
	assert_int_equal(claim(0), 10);
	wr(THRESHOLD(S_MODE(0)), 4);
	assert_int_equal(complete(0, 10), 4);
	/* numbers that do not exist, and more than 32 bits */
	wr(CLAIM(S_MODE(0)), 0);
	wr(CLAIM(S_MODE(0)), 96);
	wr(CLAIM(S_MODE(0)), 0xffffffff);
	assert_int_equal(claim(0), 10);
}

/* A source whose line is at a host's controller. */
static void requests(void **state)
{
	(void)state;
	begin(95);
	assert_int_equal(vplic_request(&plic, 0), 0);
	assert_int_equal(vplic_request(&plic, 96), 0);
	assert_int_equal(vplic_request(&plic, UINT32_MAX), 0);
	wr(PRIORITY(10), 1);
	assert_int_equal(vplic_target(&plic, 10), -1);
	wr(ENABLE(S_MODE(2), 0), BIT(10));
	assert_int_equal(vplic_target(&plic, 10), 2);
	wr(ENABLE(S_MODE(1), 0), BIT(10));
	assert_int_equal(vplic_target(&plic, 10), 1);
	assert_int_equal(vplic_target(&plic, 11), -1);
	assert_int_equal(vplic_request(&plic, 10), 6);
	/* one at a time, and none of its own when it is completed */
	assert_int_equal(vplic_request(&plic, 10), 0);
	assert_int_equal(claim(1), 10);
	assert_int_equal(vplic_request(&plic, 10), 0);
	assert_int_equal(claim(1), 0);
	assert_int_equal(complete(1, 10), 0);
	assert_int_equal(claim(1), 0);
	assert_int_equal(vplic_request(&plic, 10), 6);
	/* a reset forgets it: the host's controller has the line */
	vplic_reset(&plic);
	assert_int_equal(rd(PENDING(0)), 0);
	assert_int_equal(vplic_request(&plic, 10), 0);
	assert_int_equal(rd(PENDING(0)), BIT(10));
}

/* One whose line speaks by edges, to a host that tells of each of them. */
static void edges(void **state)
{
	(void)state;
	begin(95);
	assert_int_equal(vplic_edge(&plic, 0), 0);
	assert_int_equal(vplic_edge(&plic, 96), 0);
	assert_int_equal(vplic_edge(&plic, UINT32_MAX), 0);
	wr(PRIORITY(10), 1);
	wr(ENABLE(S_MODE(1), 0), BIT(10));
	assert_int_equal(vplic_edge(&plic, 10), 2);
	/* before the claim it is the same request */
	assert_int_equal(vplic_edge(&plic, 10), 0);
	assert_int_equal(claim(1), 10);
	assert_int_equal(complete(1, 10), 0);
	assert_int_equal(claim(1), 0);
	/* between claim and completion it is another, as are two */
	for (unsigned int n = 1; n <= 2; n++) {
		assert_int_equal(vplic_edge(&plic, 10), 2);
		assert_int_equal(claim(1), 10);
		for (unsigned int i = 0; i < n; i++)
			assert_int_equal(vplic_edge(&plic, 10), 0);
		assert_int_equal(claim(1), 0);
		assert_int_equal(complete(1, 10), 2);
		assert_int_equal(claim(1), 10);
		assert_int_equal(complete(1, 10), 0);
		assert_int_equal(claim(1), 0);
	}
	/* a reset forgets it */
	vplic_edge(&plic, 10);
	claim(1);
	vplic_edge(&plic, 10);
	vplic_reset(&plic);
	wr(ENABLE(S_MODE(1), 0), BIT(10));
	assert_int_equal(complete(1, 10), 0);
	assert_int_equal(rd(PENDING(0)), 0);
}

static void enables_are_found(void **state)
{
	unsigned int word = 99;

	(void)state;
	begin(95);
	assert_true(vplic_enables_at(&plic, ENABLE(S_MODE(0), 0), &word));
	assert_int_equal(word, 0);
	assert_true(vplic_enables_at(&plic, ENABLE(S_MODE(2), 31), &word));
	assert_int_equal(word, 31);
	/* M-mode's, beyond the last context, and other registers */
	assert_false(vplic_enables_at(&plic, ENABLE(0, 0), &word));
	assert_false(vplic_enables_at(&plic, ENABLE(6, 0), &word));
	assert_false(vplic_enables_at(&plic, PENDING(0), &word));
	assert_false(vplic_enables_at(&plic, THRESHOLD(1), &word));
	assert_false(vplic_enables_at(&plic, CLAIM(1), &word));
}

static void fields(void **state)
{
	(void)state;
	begin(95);
	wr(PRIORITY(95), ~0u);
	wr(PRIORITY(96), ~0u);
	wr(PRIORITY(0), ~0u);
	assert_int_equal(rd(PRIORITY(95)), 7);
	assert_int_equal(rd(PRIORITY(96)), 0);
	assert_int_equal(rd(PRIORITY(0)), 0);
	wr(THRESHOLD(S_MODE(2)), 0xfffffff9);
	assert_int_equal(rd(THRESHOLD(S_MODE(2))), 1);
	for (unsigned int w = 0; w < 32; w++)
		wr(ENABLE(S_MODE(2), w), ~0u);
	assert_int_equal(rd(ENABLE(S_MODE(2), 0)), 0xfffffffe);
	assert_int_equal(rd(ENABLE(S_MODE(2), 2)), 0xffffffff);
	assert_int_equal(rd(ENABLE(S_MODE(2), 3)), 0);
	wr(PENDING(0), ~0u);
	assert_int_equal(rd(PENDING(0)), 0);
	/* the last word half and whole */
	begin(64);
	wr(ENABLE(S_MODE(0), 2), ~0u);
	assert_int_equal(rd(ENABLE(S_MODE(0), 2)), 1);
	begin(1023);
	wr(ENABLE(S_MODE(0), 31), ~0u);
	assert_int_equal(rd(ENABLE(S_MODE(0), 31)), 0xffffffff);
	assert_int_equal(vplic_line_set(&plic, 1023, true), 0);
	assert_int_equal(wr(PRIORITY(1023), 1), 1);
	assert_int_equal(claim(0), 1023);
}

static void reset(void **state)
{
	static const struct vplic zero;

	(void)state;
	begin(95);
	wr(PRIORITY(7), 7);
	wr(ENABLE(S_MODE(0), 0), ~0u);
	wr(THRESHOLD(S_MODE(0)), 2);
	vplic_line_set(&plic, 7, true);
	vplic_line_set(&plic, 8, true);
	vplic_line_set(&plic, 8, false);
	assert_int_equal(claim(0), 7);
	vplic_reset(&plic);
	assert_memory_equal(plic.priority, zero.priority,
			    sizeof(zero.priority));
	assert_memory_equal(plic.threshold, zero.threshold,
			    sizeof(zero.threshold));
	assert_memory_equal(plic.enabled, zero.enabled, sizeof(zero.enabled));
	/* what its device still says, and no more */
	assert_int_equal(rd(PENDING(0)), BIT(7));
	wr(PRIORITY(7), 1);
	wr(ENABLE(S_MODE(0), 0), ~0u);
	assert_int_equal(claim(0), 7);
	vplic_line_set(&plic, 7, false);
	complete(0, 7);
	assert_int_equal(rd(PENDING(0)), 0);
}

/*
 * Every offset and width: what is no register reads as 0 and changes nothing
 */

static bool is_register(uint64_t off)
{
	if (off < 0x1000)
		return off && off / 4 <= 95;
	if (off < 0x2000)
		return off < 0x100c;
	if (off < 0x200000)
		return (off - 0x2000) / 0x80 < 6 && (off - 0x2000) / 0x80 % 2 &&
		       off % 0x80 < 12;
	return off < 0x206000 && off / 0x1000 % 2 && off % 0x1000 < 8;
}

static void try_nothing(uint64_t from, uint64_t to)
{
	struct vplic before = plic;
	uint64_t told = 0;

	for (uint64_t off = from; off < to; off++) {
		for (unsigned int width = 1; width <= 8; width *= 2) {
			if (width == 4 && off % 4 == 0 && is_register(off))
				continue;
			if (vplic_read(&plic, off, width, &told) ||
			    vplic_write(&plic, off, width, ~0ull, &told) ||
			    vplic_write(&plic, off, width, 7, &told))
				fail_msg("%u bytes at %#llx", width,
					 (unsigned long long)off);
		}
	}
	assert_int_equal(told, 0);
	assert_memory_equal(&plic, &before, sizeof(plic));
}

static void every_offset(void **state)
{
	(void)state;
	begin(95);
	for (unsigned int i = 1; i <= 95; i++) {
		wr(PRIORITY(i), 3);
		vplic_line_set(&plic, i, true);
	}
	for (unsigned int w = 0; w < 3; w++)
		wr(ENABLE(S_MODE(0), w), ~0u);
	assert_int_equal(claim(0), 1);
	try_nothing(0, 0x3000);
	try_nothing(0x1ffff0, 0x207010);
	for (uint64_t off = 0x3000; off < 0x200000; off += 0xff8)
		try_nothing(off, off + 8);
	for (uint64_t off = 0x207000; off < VPLIC_SIZE; off += 0x11000)
		try_nothing(off, off + 12);
	try_nothing(VPLIC_SIZE - 8, VPLIC_SIZE + 8);
	try_nothing(VPLIC_SIZE + THRESHOLD(1), VPLIC_SIZE + THRESHOLD(1) + 8);
	try_nothing(~0ull - 8, ~0ull);
	/* and the others are registers indeed */
	for (uint64_t off = 0; off < 0x207000; off += 4) {
		if (is_register(off) && off % 0x1000 != 4 &&
		    (off < 0x1000 || off >= 0x2000)) {
			wr(off, 0);
			assert_int_equal(rd(off), 0);
			wr(off, 6);
			assert_int_equal(rd(off), 6);
		}
	}
}

/*
 * Random steps
 */

/* often one of a few, as most would never meet else */
static unsigned int random_source(void)
{
	static const unsigned int few[] = {1, 2, 31, 32, 33, 95, 1023};

	if (fake_random(4))
		return few[fake_random(ARRAY_SIZE(few))];
	return (unsigned int)fake_random(model.sources + 3);
}

static uint64_t random_offset(void)
{
	unsigned int context = (unsigned int)fake_random(7);
	unsigned int source = random_source();

	if (fake_random(4))
		context |= 1;
	switch (fake_random(8)) {
	case 0:
		return PRIORITY(source);
	case 1:
		return PENDING(source / 32);
	case 2:
		return ENABLE(context, source / 32);
	case 3:
		return fake_random(8) ? THRESHOLD(context)
				      : fake_random(0x300000);
	default:
		return CLAIM(context);
	}
}

static uint32_t random_value(uint64_t off)
{
	if (off >= 0x200000 && off % 0x1000 == 4)
		return random_source();
	if (off >= 0x200000)
		return (uint32_t)fake_random(4) * (uint32_t)fake_random(3);
	if (off < 0x1000)
		return (uint32_t)fake_random(9);
	return (uint32_t)(fake_random(1ull << 32) | fake_random(1ull << 32));
}

/* Return: who is told */
static uint64_t random_step(void)
{
	unsigned int width = fake_random(16) ? 4 : 1u << fake_random(4);
	unsigned int source = random_source();
	uint64_t off = random_offset();
	uint32_t value = random_value(off);
	bool level = fake_random(2);
	uint64_t told = 0;

	switch (fake_random(4)) {
	case 0:
		told = vplic_line_set(&plic, source, level);
		model_line(&model, source, level);
		break;
	case 1:
		assert_int_equal(vplic_read(&plic, off, width, &told),
				 model_read(&model, off, width));
		break;
	case 2:
		assert_int_equal(vplic_write(&plic, off, width, value, &told),
				 model_write(&model, off, width, value));
		break;
	default:
		if (fake_random(2000))
			return random_step();
		vplic_reset(&plic);
		model_reset(&model);
		told = ~0ull;
	}
	return told;
}

static void random_steps(void **state)
{
	static const unsigned int sources[] = {1, 31, 32, 95, 1023};
	unsigned int ups = 0;

	(void)state;
	for (size_t s = 0; s < ARRAY_SIZE(sources); s++) {
		bool eip[MODEL_VCPUS] = {false};

		fake_seed(sources[s]);
		begin(sources[s]);
		for (unsigned int i = 0; i < 30000; i++) {
			uint64_t told = random_step();

			for (unsigned int v = 0; v < MODEL_VCPUS; v++) {
				bool now = model_eip(&model, v);

				assert_int_equal(vplic_eip(&plic, v), now);
				/* no change that its vCPU is not told of */
				if (now != eip[v])
					assert_true(told & BIT(v));
				ups += now && !eip[v];
				eip[v] = now;
			}
		}
	}
	assert_true(ups > 5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(contexts),
		cmocka_unit_test(one_interrupt),
		cmocka_unit_test(order),
		cmocka_unit_test(several_vcpus),
		cmocka_unit_test(requests),
		cmocka_unit_test(edges),
		cmocka_unit_test(enables_are_found),
		cmocka_unit_test(fields),
		cmocka_unit_test(reset),
		cmocka_unit_test(every_offset),
		cmocka_unit_test(random_steps),
	};

	return cmocka_run_group_tests_name("riscv64 vplic", tests, NULL, NULL);
}

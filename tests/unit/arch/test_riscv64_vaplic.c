/* SPDX-License-Identifier: Apache-2.0 */
/* The virtual APLIC: by hand, and against a plain model in random steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <errno.h>

#include "../../fake/fake.h"
#include "vaplic_model.h"

#define SOURCES 70

static struct vaplic aplic;
static struct model model;
static struct model_sent sent, expected;
static unsigned int last_vcpu, last_id, messages;

static void send(void *ctx, unsigned int vcpu, unsigned int id)
{
	assert_ptr_equal(ctx, &aplic);
	assert_true(vcpu < MODEL_VCPUS && id && id < 2048);
	sent.count[vcpu][id]++;
	last_vcpu = vcpu;
	last_id = id;
	messages++;
}

static struct vaplic_out out;

static void make(bool msi)
{
	assert_int_equal(vaplic_init(&aplic, SOURCES, MODEL_VCPUS, msi), 0);
	model = (struct model){.sources = SOURCES, .msi = msi};
	memset(&sent, 0, sizeof(sent));
	memset(&expected, 0, sizeof(expected));
	messages = 0;
	out = (struct vaplic_out){.send = send, .ctx = &aplic};
}

static uint32_t get(uint64_t off)
{
	return vaplic_read(&aplic, off, 4, &out);
}

static void put(uint64_t off, uint32_t value)
{
	vaplic_write(&aplic, off, 4, value, &out);
}

static void line(unsigned int source, bool up)
{
	vaplic_line_set(&aplic, source, up, &out);
}

static void refused(void **state)
{
	(void)state;
	assert_int_equal(vaplic_init(&aplic, 0, 1, true), -EINVAL);
	assert_int_equal(vaplic_init(&aplic, 1024, 1, true), -EINVAL);
	assert_int_equal(vaplic_init(&aplic, 1, 0, true), -EINVAL);
	assert_int_equal(vaplic_init(&aplic, 1, VAPLIC_VCPU_MAX + 1, true),
			 -EINVAL);
	assert_int_equal(vaplic_size(8, true), 0x4000);
	assert_int_equal(vaplic_size(8, false), 0x5000);
}

/* As Linux sets a level up, and a device that holds its line. */
static void level_direct(void **state)
{
	(void)state;
	make(false);
	assert_int_equal(get(0), 0x80000000);
	put(0x4 * 10, 6);
	put(0x3000 + 4 * 10, 1u << 18 | 1);
	put(0x1edc, 10);
	put(0x4000 + 32, 1);
	put(0, 0x104);
	assert_int_equal(get(0), 0x80000100);
	assert_false(vaplic_eip(&aplic, 1));
	out.told = 0;
	line(10, true);
	assert_int_equal(out.told, 2);
	assert_true(vaplic_eip(&aplic, 1));
	assert_false(vaplic_eip(&aplic, 0));
	assert_int_equal(vaplic_next(&aplic, 1), 10);
	assert_int_equal(vaplic_next(&aplic, 0), 0);
	assert_int_equal(get(0x4018 + 32), 10u << 16 | 1);
	assert_int_equal(get(0x401c), 0);
	assert_int_equal(get(0x401c + 32), 10u << 16 | 1);
	/* it stays for as long as its line is up */
	assert_true(vaplic_eip(&aplic, 1));
	put(0x1ddc, 10);
	assert_true(vaplic_eip(&aplic, 1));
	out.told = 0;
	line(10, false);
	assert_int_equal(out.told, 2);
	assert_false(vaplic_eip(&aplic, 1));
	assert_int_equal(get(0x401c + 32), 0);
	assert_int_equal(messages, 0);
}

static void level_by_messages(void **state)
{
	(void)state;
	make(true);
	assert_int_equal(get(0), 0x80000004);
	put(4 * 10, 6);
	put(0x3000 + 4 * 10, 2u << 18 | 0x3f000 | 77);
	assert_int_equal(get(0x3000 + 4 * 10), 2u << 18 | 77);
	put(0x1edc, 10);
	put(0, 0x100);
	line(10, true);
	assert_int_equal(messages, 1);
	assert_int_equal(last_vcpu, 2);
	assert_int_equal(last_id, 77);
	assert_int_equal(get(0x1c00), 0);
	assert_int_equal(get(0x1d00), 1 << 10);
	line(10, true);
	assert_int_equal(messages, 1);
	/* whoever has handled it asks for it again */
	put(0x2000, 10);
	assert_int_equal(messages, 2);
	put(0x2004, 10u << 24);
	assert_int_equal(messages, 3);
	line(10, false);
	put(0x2000, 10);
	assert_int_equal(messages, 3);
	/* up while it is off: told when it is on, gone when it fell before */
	put(0x1fdc, 10);
	line(10, true);
	line(10, false);
	put(0x1edc, 10);
	assert_int_equal(messages, 3);
	put(0, 0);
	line(10, true);
	put(0, 0x100);
	assert_int_equal(messages, 4);
	/* messages of the guest's own */
	put(0x3000, 1u << 18 | 5);
	assert_int_equal(messages, 5);
	assert_int_equal(last_vcpu, 1);
	put(0x3000, (uint32_t)MODEL_VCPUS << 18 | 5);
	put(0x3000, 1u << 18);
	assert_int_equal(messages, 5);
	assert_false(vaplic_eip(&aplic, 2));
	assert_int_equal(out.told, 0);
}

/* What is up already when a guest turns it on. */
static void level_was_up(void **state)
{
	(void)state;
	for (unsigned int msi = 0; msi < 2; msi++) {
		make(msi);
		line(3, true);
		put(0, 0x100);
		put(4 * 3, 6);
		put(0x4000, 1);
		put(0x3000 + 4 * 3, 1);
		put(0x1edc, 3);
		assert_int_equal(messages, msi);
		assert_int_equal(vaplic_eip(&aplic, 0), !msi);
		/* cold again: the line is what is left */
		vaplic_reset(&aplic);
		assert_int_equal(get(4 * 3), 0);
		assert_int_equal(get(0x1c00), 0);
		assert_false(vaplic_eip(&aplic, 0));
		put(4 * 3, 6);
		assert_int_equal(get(0x1c00), 8);
	}
}

static void priorities(void **state)
{
	(void)state;
	make(false);
	put(0, 0x100);
	put(0x4000, 1);
	for (unsigned int s = 1; s <= 4; s++) {
		put(4 * s, 1); /* detached */
		put(0x3000 + 4 * s, s == 3 ? 7 : 9);
		put(0x1edc, s);
		put(0x1cdc, s);
	}
	assert_int_equal(get(0x4018), 3u << 16 | 7);
	put(0x4008, 7);
	assert_int_equal(get(0x4018), 0);
	assert_false(vaplic_eip(&aplic, 0));
	put(0x4008, 8);
	assert_int_equal(get(0x401c), 3u << 16 | 7);
	assert_int_equal(get(0x401c), 0);
	put(0x4008, 0);
	assert_int_equal(get(0x401c), 1u << 16 | 9);
	assert_int_equal(get(0x401c), 2u << 16 | 9);
	assert_int_equal(get(0x401c), 4u << 16 | 9);
	put(0x4004, 1);
	assert_true(vaplic_eip(&aplic, 0));
	assert_int_equal(get(0x401c), 0);
	assert_false(vaplic_eip(&aplic, 0));
	/* priority 0 is none */
	put(0x3004, 0);
	assert_int_equal(get(0x3004), 1);
}

/* What an access means to whoever forwards a source. */
static void forwarded(void **state)
{
	unsigned int word = 99;

	(void)state;
	make(true);
	assert_int_equal(vaplic_target(&aplic, 40), -1);
	put(4 * 40, 6);
	put(0x3000 + 4 * 40, 2u << 18 | 40);
	assert_int_equal(vaplic_target(&aplic, 40), 2);
	put(0x3000 + 4 * 40, (uint32_t)MODEL_VCPUS << 18 | 40);
	assert_int_equal(vaplic_target(&aplic, 40), -1);
	assert_int_equal(vaplic_target(&aplic, SOURCES + 1), -1);
	assert_true(vaplic_is_level(&aplic, 40));
	put(4 * 40, 4);
	assert_false(vaplic_is_level(&aplic, 40));
	assert_false(vaplic_is_level(&aplic, SOURCES + 1));

	assert_int_equal(vaplic_asks(&aplic, 0x2000, 4, 40, &word), 1 << 8);
	assert_int_equal(word, 1);
	assert_int_equal(vaplic_asks(&aplic, 0x2004, 4, 5u << 24, &word), 32);
	assert_int_equal(word, 0);
	assert_int_equal(vaplic_asks(&aplic, 0x1cdc, 4, 33, &word), 2);
	assert_int_equal(vaplic_asks(&aplic, 0x1c08, 4, 0x30, &word), 0x30);
	assert_int_equal(word, 2);
	assert_int_equal(vaplic_asks(&aplic, 0x1cdc, 8, 33, &word), 0);
	assert_int_equal(vaplic_asks(&aplic, 0x1cdc, 4, 0, &word), 0);
	assert_int_equal(vaplic_asks(&aplic, 0x1cdc, 4, SOURCES + 1, &word), 0);
	assert_int_equal(vaplic_asks(&aplic, 0x1edc, 4, 33, &word), 0);
	assert_int_equal(vaplic_targets_at(&aplic, 0x3000), 0);
	assert_int_equal(vaplic_targets_at(&aplic, 0x3004), 1);
	assert_int_equal(vaplic_targets_at(&aplic, 0x3000 + 4 * (SOURCES + 1)),
			 0);
	assert_int_equal(vaplic_targets_at(&aplic, 0x4004), 0);
	assert_int_equal(vaplic_claims_at(&aplic, 0x401c, 4), -1);

	make(false);
	assert_int_equal(vaplic_claims_at(&aplic, 0x401c, 4), 0);
	assert_int_equal(vaplic_claims_at(&aplic, 0x403c, 4), 1);
	assert_int_equal(vaplic_claims_at(&aplic, 0x4018, 4), -1);
	assert_int_equal(vaplic_claims_at(&aplic, 0x401c, 2), -1);
	assert_int_equal(vaplic_claims_at(&aplic, 0x401c + 32 * MODEL_VCPUS, 4),
			 -1);
	assert_int_equal(vaplic_claims_at(&aplic, 0x1c, 4), -1);
	/* in direct mode nobody asks so */
	assert_int_equal(vaplic_asks(&aplic, 0x2000, 4, 40, &word), 0);
}

static uint64_t random_offset(void)
{
	static const uint32_t numbers[] = {0,      0x1cdc, 0x1ddc, 0x1edc,
					   0x1fdc, 0x2000, 0x2004, 0x3000};
	uint64_t which = fake_random(80);

	switch (fake_random(9)) {
	case 0 ... 1:
		return 4 * which;
	case 2:
		return 0x3000 + 4 * which;
	case 3:
		return 0x1c00 + 0x100 * fake_random(4) + 4 * fake_random(3);
	case 4:
		return 0x4000 + 32 * fake_random(4) + 4 * fake_random(8);
	case 5:
		return 0x401c + 32 * fake_random(3);
	case 6:
		return fake_random(0x4800);
	default:
		return numbers[fake_random(ARRAY_SIZE(numbers))];
	}
}

static uint32_t random_value(uint64_t off)
{
	uint32_t any = (uint32_t)fake_random(UINT32_MAX);

	if (!off)
		return fake_random(4) ? 0x100 : 0;
	if (off < 0x1000)
		return any & 7;
	if (off == 0x2004)
		return __builtin_bswap32((uint32_t)fake_random(SOURCES + 3));
	if ((off & 0xdc) == 0xdc || off == 0x2000)
		return (uint32_t)fake_random(SOURCES + 3);
	if (off >= 0x3000 && off < 0x4000)
		return (uint32_t)fake_random(4) << 18 | (any & 0x3f8ff);
	return any;
}

/* What is read, pending and sent is the model's, and no level changes without
 * its vCPU being told. */
static void random_steps(bool msi)
{
	bool eip[MODEL_VCPUS] = {false};

	make(msi);
	for (unsigned int i = 0; i < 30000; i++) {
		uint64_t off = random_offset();
		unsigned int width = fake_random(20) ? 4 : 8;
		unsigned int source = (unsigned int)fake_random(SOURCES + 3);
		uint32_t value = random_value(off);
		bool up = fake_random(2);

		out.told = 0;
		switch (fake_random(4)) {
		case 0:
			line(source, up);
			model_line(&model, source, up);
			break;
		case 1:
			value = model_read(&model, off, width);
			assert_int_equal(vaplic_read(&aplic, off, width, &out),
					 value);
			break;
		default:
			vaplic_write(&aplic, off, width, value, &out);
			model_write(&model, off, width, value, &expected);
		}
		if (!fake_random(3000)) {
			vaplic_reset(&aplic);
			model_reset(&model);
			out.told = UINT64_MAX;
		}
		model_settle(&model, &expected);
		assert_memory_equal(&sent, &expected, sizeof(sent));
		for (unsigned int v = 0; v < MODEL_VCPUS; v++) {
			bool now = model_eip(&model, v);

			assert_int_equal(vaplic_eip(&aplic, v), now);
			assert_true(now == eip[v] || (out.told & BIT(v)));
			eip[v] = now;
		}
	}
	/* the steps did reach something */
	assert_true(!msi || messages > 500);
}

static void random_direct(void **state)
{
	(void)state;
	fake_seed(3);
	random_steps(false);
}

static void random_msi(void **state)
{
	(void)state;
	fake_seed(4);
	random_steps(true);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused),
		cmocka_unit_test(level_direct),
		cmocka_unit_test(level_by_messages),
		cmocka_unit_test(level_was_up),
		cmocka_unit_test(priorities),
		cmocka_unit_test(forwarded),
		cmocka_unit_test(random_direct),
		cmocka_unit_test(random_msi),
	};

	return cmocka_run_group_tests_name("vaplic", tests, NULL, NULL);
}

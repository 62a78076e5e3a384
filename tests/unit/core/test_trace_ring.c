/* SPDX-License-Identifier: Apache-2.0 */
/* Rings of trace records: wrapping, loss, a writer that does not wait. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <core/trace_ring.h>

#define SIZE 16

static struct trace_record storage[SIZE];
static struct trace_ring ring;

static void setup(void)
{
	memset(storage, 0xaa, sizeof(storage));
	trace_ring_init(&ring, storage, SIZE);
}

static void put(uint64_t n)
{
	struct trace_record record = {.ticks = n, .a = 3 * n, .b = ~n};

	record.tag_kind = trace_tag_kind(n << 32, TRACE_EXIT, n);
	assert_int_equal(trace_ring_put(&ring, &record), n);
}

static bool is_whole(const struct trace_record *record, uint64_t n)
{
	return record->ticks == n && record->a == 3 * n && record->b == ~n &&
	       trace_record_tag(record) == n << 32 &&
	       trace_record_arg(record) == (n & 0xff);
}

static void test_fields(void **state)
{
	struct trace_record record;

	(void)state;
	record.tag_kind =
		trace_tag_kind(TRACE_TAG_VCPU(0xfedcba98u, 7), TRACE_LIFE, 200);
	assert_int_equal(trace_record_kind(&record), TRACE_LIFE);
	assert_int_equal(trace_record_arg(&record), 200);
	assert_int_equal(trace_tag_vm(trace_record_tag(&record)), 0xfedcba98u);
	assert_int_equal(trace_tag_vcpu(trace_record_tag(&record)), 7);
	assert_true(trace_tag_vcpu(TRACE_TAG_VM(3)) < 0);
	assert_int_equal(trace_tag_vm(TRACE_TAG_VM(3)), 3);
	/* VM 0 and its first vCPU are somebody, too */
	assert_true(TRACE_TAG_VM(0) && TRACE_TAG_VCPU(0, 0));
	assert_int_equal(trace_tag_vcpu(TRACE_TAG_VCPU(0, 0)), 0);
}

static void test_empty(void **state)
{
	struct trace_record record;

	(void)state;
	setup();
	assert_int_equal(trace_ring_head(&ring), 0);
	assert_int_equal(trace_ring_oldest(&ring), 0);
	assert_int_equal(trace_ring_get(&ring, 0, &record), -EAGAIN);
}

static void test_wrap(void **state)
{
	struct trace_record record;

	(void)state;
	setup();
	for (uint64_t n = 0; n < 3 * SIZE + 5; n++) {
		uint64_t oldest;

		put(n);
		oldest = n + 1 > SIZE ? n + 1 - SIZE : 0;
		assert_int_equal(trace_ring_head(&ring), n + 1);
		assert_int_equal(trace_ring_oldest(&ring), oldest);
		assert_int_equal(trace_ring_get(&ring, n, &record), 0);
		assert_true(is_whole(&record, n));
		assert_int_equal(trace_ring_get(&ring, n + 1, &record),
				 -EAGAIN);
		if (oldest)
			assert_int_equal(
				trace_ring_get(&ring, oldest - 1, &record),
				-ESTALE);
	}
	/* the very oldest may be being overwritten, the next is safe */
	assert_int_equal(
		trace_ring_get(&ring, trace_ring_oldest(&ring), &record),
		-ESTALE);
	for (uint64_t n = trace_ring_oldest(&ring) + 1; n < 3 * SIZE + 5; n++) {
		assert_int_equal(trace_ring_get(&ring, n, &record), 0);
		assert_true(is_whole(&record, n));
	}
}

static void test_set_arg(void **state)
{
	struct trace_record record;

	(void)state;
	setup();
	put(0);
	put(1);
	trace_ring_set_arg(&ring, 0, 0, 77);
	assert_int_equal(trace_ring_get(&ring, 0, &record), 0);
	assert_int_equal(trace_record_arg(&record), 77);
	assert_int_equal(record.a, 0);
	/* not written yet, or another one by now: nothing happens */
	trace_ring_set_arg(&ring, 5, 5, 78);
	for (uint64_t n = 2; n <= SIZE; n++)
		put(n);
	trace_ring_set_arg(&ring, 0, 0, 79);
	assert_int_equal(trace_ring_get(&ring, SIZE, &record), 0);
	assert_true(is_whole(&record, SIZE));
}

/*
 * A writer at full speed beside a reader: what the reader gets is whole and
 * the one asked for, however often it is too late.
 */
#define ROUNDS 300000

static void *writer(void *arg)
{
	(void)arg;
	for (uint64_t n = 0; n < ROUNDS; n++)
		put(n);
	return NULL;
}

static void test_concurrent(void **state)
{
	uint64_t pos = 0, got = 0, lost = 0;
	pthread_t thread;

	(void)state;
	setup();
	assert_int_equal(pthread_create(&thread, NULL, writer, NULL), 0);
	while (pos < ROUNDS) {
		struct trace_record record;
		int err = trace_ring_get(&ring, pos, &record);

		if (err == -EAGAIN)
			continue;
		if (err) {
			uint64_t oldest = trace_ring_oldest(&ring) + 1;

			assert_int_equal(err, -ESTALE);
			assert_true(oldest > pos);
			lost += MIN(oldest, (uint64_t)ROUNDS) - pos;
			pos = oldest;
			continue;
		}
		assert_true(is_whole(&record, pos));
		got++;
		pos++;
	}
	pthread_join(thread, NULL);
	assert_int_equal(got + lost, ROUNDS);
	assert_true(got > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_wrap),
		cmocka_unit_test(test_set_arg),
		cmocka_unit_test(test_concurrent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Rings of trace records: one writer, readers that it never waits for. */
#include <core/trace_ring.h>

#include <errno.h>

#define WORDS (sizeof(struct trace_record) / sizeof(uint64_t))

_Static_assert(sizeof(struct trace_record) == 32, "whole words, packed");

/* Reader and writer may meet in a record, so it is moved word by word. */
static void record_copy(struct trace_record *to,
			const struct trace_record *from)
{
	uint64_t *dst = &to->ticks;
	const uint64_t *src = &from->ticks;

	for (unsigned int i = 0; i < WORDS; i++)
		__atomic_store_n(&dst[i],
				 __atomic_load_n(&src[i], __ATOMIC_RELAXED),
				 __ATOMIC_RELAXED);
}

void trace_ring_init(struct trace_ring *ring, struct trace_record *records,
		     uint64_t size)
{
	__atomic_store_n(&ring->head, 0, __ATOMIC_RELAXED);
	ring->size = size;
	/* pairs with the acquire of whoever is about to write or read */
	__atomic_store_n(&ring->records, records, __ATOMIC_RELEASE);
}

uint64_t trace_ring_put(struct trace_ring *ring,
			const struct trace_record *record)
{
	uint64_t pos = ring->head;

	/*
	 * Pairs with the fence in trace_ring_get(): who reads a word of the
	 * record written here also sees the head that the record before it
	 * left, which says that this place is about to change.
	 */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	record_copy(&ring->records[pos & (ring->size - 1)], record);
	/* pairs with the acquire in trace_ring_head() */
	__atomic_store_n(&ring->head, pos + 1, __ATOMIC_RELEASE);
	return pos;
}

void trace_ring_set_arg(struct trace_ring *ring, uint64_t pos, uint64_t ticks,
			unsigned int arg)
{
	struct trace_record *record = &ring->records[pos & (ring->size - 1)];

	if (pos >= ring->head || record->ticks != ticks)
		return;
	__atomic_store_n(&record->tag_kind,
			 (record->tag_kind & ~GENMASK(31, 24)) |
				 (uint64_t)(arg & 0xff) << 24,
			 __ATOMIC_RELAXED);
}

uint64_t trace_ring_head(const struct trace_ring *ring)
{
	return __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE);
}

uint64_t trace_ring_oldest(const struct trace_ring *ring)
{
	uint64_t head = trace_ring_head(ring);

	return head > ring->size ? head - ring->size : 0;
}

int trace_ring_get(const struct trace_ring *ring, uint64_t pos,
		   struct trace_record *record)
{
	if (pos >= trace_ring_head(ring))
		return -EAGAIN;
	record_copy(record, &ring->records[pos & (ring->size - 1)]);
	/* pairs with the fence in trace_ring_put() */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	/* the writer may be in the record that it has not counted yet */
	if (__atomic_load_n(&ring->head, __ATOMIC_RELAXED) - pos >= ring->size)
		return -ESTALE;
	return 0;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ring of trace records with one writer, its CPU, and any readers. Pure.
 *
 * The writer waits for nobody and overwrites the oldest records; a reader
 * finds out that what it was reading was overwritten.
 */
#ifndef CORE_TRACE_RING_H
#define CORE_TRACE_RING_H

#include <lib/types.h>
#include <lib/util.h>

enum trace_kind {
	TRACE_MARK,   /* @arg: enum trace_mark */
	TRACE_SWITCH, /* to a task; @arg: task_state of the one before;
		       * @a, @b: its name */
	TRACE_WAKE,   /* of a task; @a, @b: its name */
	TRACE_EXIT,   /* @arg: reason; @a: guest's pc; @b: syndrome */
	TRACE_ENTRY,  /* back into the guest */
	TRACE_INJECT, /* @a: virtual interrupt */
	TRACE_LIFE,   /* @arg: enum watch_life; @a, @b: the VM's name */
	TRACE_KIND_COUNT,
};

enum trace_mark {
	TRACE_MARK_START,
	TRACE_MARK_PAUSE,
	TRACE_MARK_RESUME,
};

/* An exit's reason is known when it has been handled. */
#define TRACE_REASON_OPEN 0xff

/*
 * Whom a record is about: a VM's number and a vCPU's of it, in one word, which
 * tasks carry too. 0: no guest's.
 */
#define TRACE_TAG_VM(vm) ((uint64_t)(vm) << 32 | 1)
#define TRACE_TAG_VCPU(vm, vcpu) ((uint64_t)(vm) << 32 | ((vcpu) + 2))

static inline uint32_t trace_tag_vm(uint64_t tag)
{
	return (uint32_t)(tag >> 32);
}

/** trace_tag_vcpu() - negative: the VM itself, or no guest's */
static inline int trace_tag_vcpu(uint64_t tag)
{
	return (int)(tag & 0xffff) - 2;
}

/** struct trace_record - one event; @ticks as of arch_counter() */
struct trace_record {
	uint64_t ticks;
	uint64_t tag_kind; /* tag but for bits 16..31: kind, arg */
	uint64_t a;
	uint64_t b;
};

static inline enum trace_kind trace_record_kind(const struct trace_record *r)
{
	return (enum trace_kind)(r->tag_kind >> 16 & 0xff);
}

static inline unsigned int trace_record_arg(const struct trace_record *r)
{
	return r->tag_kind >> 24 & 0xff;
}

static inline uint64_t trace_record_tag(const struct trace_record *r)
{
	return r->tag_kind & ~GENMASK(31, 16);
}

static inline uint64_t trace_tag_kind(uint64_t tag, enum trace_kind kind,
				      unsigned int arg)
{
	return tag | (uint64_t)kind << 16 | (uint64_t)(arg & 0xff) << 24;
}

/**
 * struct trace_ring - the records [head - size, head) are there
 * @head:    records ever written; written by its CPU alone
 * @size:    power of two
 * @records: atomic; NULL: there is no ring
 */
struct trace_ring {
	uint64_t head;
	uint64_t size;
	struct trace_record *records;
} __attribute__((aligned(64)));

/** trace_ring_init() - empty; @size is a power of two */
void trace_ring_init(struct trace_ring *ring, struct trace_record *records,
		     uint64_t size);

/**
 * trace_ring_put() - write a record; on the ring's CPU, interrupts masked
 *
 * Return: its position.
 */
uint64_t trace_ring_put(struct trace_ring *ring,
			const struct trace_record *record);

/**
 * trace_ring_set_arg() - of a record that trace_ring_put() wrote
 * @pos, @ticks: the record; nothing happens when another one is there by now
 */
void trace_ring_set_arg(struct trace_ring *ring, uint64_t pos, uint64_t ticks,
			unsigned int arg);

/** trace_ring_head() - how many were written so far */
uint64_t trace_ring_head(const struct trace_ring *ring);

/** trace_ring_oldest() - position of the oldest that is there; all before it
 * are lost */
uint64_t trace_ring_oldest(const struct trace_ring *ring);

/**
 * trace_ring_get() - copy a record; any CPU, while the writer goes on
 *
 * Return: 0; -EAGAIN when it is not written yet; -ESTALE when it is lost.
 */
int __must_check trace_ring_get(const struct trace_ring *ring, uint64_t pos,
				struct trace_record *record);

#endif

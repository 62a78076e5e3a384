/* SPDX-License-Identifier: Apache-2.0 */
/* What tests see of the pretend machine. */
#ifndef TESTS_FAKE_H
#define TESTS_FAKE_H

#include <arch/pgtable.h>
#include <mm/pgtable.h>

/** fake_panics() - run @fn in a child process. Return: it ended in panic() */
bool fake_panics(void (*fn)(void));

/** fake_random() - repeatable numbers; fake_seed() starts over */
void fake_seed(uint64_t seed);
uint64_t fake_random(uint64_t below);

/* arch_dcache_clean_inval(): the last, and all bytes together */
extern const void *fake_cleaned;
extern uint64_t fake_cleaned_bytes;
/* arch_icache_inval(): so many had been cleaned */
extern uint64_t fake_executable_bytes;

/* tests/fake/frames.c: a page allocator that fails when told, and tells what
 * is out. Small on purpose: it is the reference, not a copy of the real one. */
extern long fake_frames_fail_after; /* so many succeed; negative: all do */
uint64_t fake_frames_out(void);

/* tests/fake/tlb.c: formats, and hardware that caches whatever it may. */
extern const struct pgt_format fake_format_arm;  /* 40 bits, 2 roots, BBM */
extern const struct pgt_format fake_format_odd;  /* 41 bits, 4 roots, no 1G */
extern const struct pgt_format fake_format_host; /* 48 bits, like Arm's */

/**
 * fake_tlb_watch() - model walkers of @pt from now on
 *
 * They look at the tables at every arch_pte_sync() and every flush, and cache
 * each leaf and each table they can reach. A valid entry that is replaced by
 * a different valid one without a flush in between, and a table page that is
 * freed while cached, fail the test.
 */
void fake_tlb_watch(const struct pgtable *pt);
/** fake_tlb_flush() - fits struct pgtable's flush */
void fake_tlb_flush(void *ctx, uint64_t va, uint64_t size_bytes);
/** fake_tlb_settle() - walkers look, @range is flushed: is all up to date? */
bool fake_tlb_settle(const struct pgt_range *range);
/** fake_tlb_table_freed() - by fake frames */
void fake_tlb_table_freed(hpa_t pa);
extern unsigned int fake_tlb_flush_count;

/* arch_stage2_tlb_flush() keeps notes */
struct fake_stage2_flush {
	unsigned int count;
	uint16_t vmid;
	uint64_t gpa;
	uint64_t size_bytes;
};
extern struct fake_stage2_flush fake_stage2_flushed;
extern unsigned int fake_vmid_bits;
extern hpa_t fake_host_root;

#endif

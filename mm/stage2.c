/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests' address spaces and their VMIDs.
 *
 * VMIDs are handed out in ascending order. When they run out, the generation
 * goes up: every VM takes a new one on its next entry, and every CPU flushes
 * its guests' translations before that entry. A VM that is inside a guest on
 * some CPU at that moment keeps its number, since that CPU goes on using it.
 */
#include <mm/stage2.h>

#include <errno.h>

#include <arch/cpu.h>
#include <lib/log.h>

#define GEN_SHIFT 16
#define VMID_MASK 0xffffu
#define VMID_FIRST 1 /* 0 belongs to nobody, for the host at rest */

/**
 * struct vmid_cpu - one CPU's view
 * @active:   what it entered a guest with last; 0: since then a generation
 *            ended. Atomic: written by this CPU, taken away by a roll-over
 * @reserved: what it was using when the generation ended
 * @flush:    it has not flushed since the generation ended
 */
struct vmid_cpu {
	uint64_t active;
	uint64_t reserved;
	bool flush;
};

/* guards all but vmid_generation and active, which are atomic */
static struct spinlock vmid_lock = SPINLOCK_INIT(LOCK_RANK_VMID);
static uint64_t vmid_generation = (uint64_t)1 << GEN_SHIFT;
static uint32_t vmid_next = VMID_FIRST;
static struct vmid_cpu vmid_cpus[CONFIG_MAX_CPUS];

static void stage2_flush(void *ctx, uint64_t gpa_start, uint64_t size_bytes)
{
	struct stage2 *s2 = ctx;
	uint64_t vmid_gen;

	if (s2->root_drop)
		s2->root_drop(s2);
	/*
	 * Pairs with the one in vmid_slow(): either this sees the VMID that a
	 * CPU is about to use, or that CPU's walks see the edited table.
	 */
	arch_mb();
	vmid_gen = __atomic_load_n(&s2->vmid_gen, __ATOMIC_RELAXED);
	if (vmid_gen) /* 0: never entered, nothing is cached */
		arch_stage2_tlb_flush(vmid_gen & VMID_MASK, gpa(gpa_start),
				      size_bytes);
}

int stage2_create(struct stage2 *s2, struct mm_owner *owner) __no_lock_analysis
{
	int err;

	spin_init(&s2->lock, LOCK_RANK_STAGE2);
	s2->vmid_gen = 0;
	s2->root_drop = NULL;
	err = pgtable_init(&s2->pt, arch_stage2_format(), owner);
	if (err)
		return err;
	s2->pt.flush = stage2_flush;
	s2->pt.flush_ctx = s2;
	return 0;
}

void stage2_destroy(struct stage2 *s2) __no_lock_analysis
{
	stage2_flush(s2, 0, UINT64_MAX);
	pgtable_destroy(&s2->pt);
}

int stage2_map(struct stage2 *s2, gpa_t gpa, hpa_t hpa, uint64_t size_bytes,
	       unsigned int prot)
{
	int err;

	spin_lock(&s2->lock);
	err = pgtable_map(&s2->pt, gpa.v, hpa, size_bytes, prot);
	spin_unlock(&s2->lock);
	return err;
}

int stage2_unmap(struct stage2 *s2, gpa_t gpa, uint64_t size_bytes)
{
	struct pgt_range flush;
	int err;

	spin_lock(&s2->lock);
	err = pgtable_unmap(&s2->pt, gpa.v, size_bytes, &flush);
	if (flush.size_bytes)
		stage2_flush(s2, flush.start, flush.size_bytes);
	spin_unlock(&s2->lock);
	return err;
}

int stage2_protect(struct stage2 *s2, gpa_t gpa, uint64_t size_bytes,
		   unsigned int prot)
{
	struct pgt_range flush;
	int err;

	spin_lock(&s2->lock);
	err = pgtable_protect(&s2->pt, gpa.v, size_bytes, prot, &flush);
	if (flush.size_bytes)
		stage2_flush(s2, flush.start, flush.size_bytes);
	spin_unlock(&s2->lock);
	return err;
}

int stage2_redirect(struct stage2 *s2, uint64_t size_bytes,
		    const struct pgt_redirect *to)
{
	int err;

	spin_lock(&s2->lock);
	err = pgtable_redirect(&s2->pt, size_bytes, to);
	spin_unlock(&s2->lock);
	return err;
}

int stage2_lookup(struct stage2 *s2, gpa_t gpa, hpa_t *hpa, unsigned int *prot,
		  uint64_t *left)
{
	int err;

	spin_lock(&s2->lock);
	err = pgtable_lookup(&s2->pt, gpa.v, hpa, prot, left);
	spin_unlock(&s2->lock);
	return err;
}

/*
 * VMIDs
 */

/* does a CPU hold this number over from the last generation */
static bool vmid_is_reserved(uint32_t vmid)
{
	for (unsigned int i = 0; i < CONFIG_MAX_CPUS; i++) {
		if ((vmid_cpus[i].reserved & VMID_MASK) == vmid)
			return true;
	}
	return false;
}

/* all numbers are used up */
static void vmid_roll_over(void)
{
	__atomic_store_n(&vmid_generation, vmid_generation + BIT(GEN_SHIFT),
			 __ATOMIC_RELAXED);
	vmid_next = VMID_FIRST;
	for (unsigned int i = 0; i < CONFIG_MAX_CPUS; i++) {
		struct vmid_cpu *c = &vmid_cpus[i];
		uint64_t active =
			__atomic_exchange_n(&c->active, 0, __ATOMIC_SEQ_CST);

		/* 0: it never came back since the last roll-over */
		if (active)
			c->reserved = active;
		c->flush = true;
	}
}

/* is @old what some CPU held over; then it is kept in the new generation */
static bool vmid_keep_reserved(uint64_t old, uint64_t new)
{
	bool kept = false;

	if (!old)
		return false;
	for (unsigned int i = 0; i < CONFIG_MAX_CPUS; i++) {
		if (vmid_cpus[i].reserved != old)
			continue;
		vmid_cpus[i].reserved = new;
		kept = true;
	}
	return kept;
}

static uint64_t vmid_new(uint64_t old)
{
	uint32_t limit = (uint32_t)1 << arch_stage2_vmid_bits();
	uint64_t kept = vmid_generation | (old & VMID_MASK);

	if (vmid_keep_reserved(old, kept))
		return kept;
	for (;;) {
		while (vmid_next < limit && vmid_is_reserved(vmid_next))
			vmid_next++;
		if (vmid_next < limit)
			return vmid_generation | vmid_next++;
		vmid_roll_over();
		kept = vmid_generation | (old & VMID_MASK);
		if (vmid_keep_reserved(old, kept))
			return kept;
	}
}

static uint64_t vmid_slow(struct stage2 *s2, unsigned int cpu, bool *fresh)
{
	uint64_t vmid_gen;

	spin_lock(&vmid_lock);
	vmid_gen = s2->vmid_gen;
	if (vmid_gen >> GEN_SHIFT != vmid_generation >> GEN_SHIFT) {
		vmid_gen = vmid_new(vmid_gen);
		__atomic_store_n(&s2->vmid_gen, vmid_gen, __ATOMIC_RELAXED);
	}
	*fresh = vmid_cpus[cpu].flush;
	vmid_cpus[cpu].flush = false;
	__atomic_store_n(&vmid_cpus[cpu].active, vmid_gen, __ATOMIC_RELAXED);
	spin_unlock(&vmid_lock);
	arch_pte_sync(); /* before any walk; pairs with stage2_flush() */
	return vmid_gen;
}

uint16_t stage2_vmid_get(struct stage2 *s2, unsigned int cpu, bool *fresh)
{
	uint64_t *active = &vmid_cpus[cpu].active;
	uint64_t was = __atomic_load_n(active, __ATOMIC_RELAXED);
	uint64_t vmid_gen = __atomic_load_n(&s2->vmid_gen, __ATOMIC_RELAXED);

	*fresh = false;
	/*
	 * Entered with this one last time, and no roll-over took it away
	 * since: one that comes now sees it as active and holds it over.
	 */
	if (likely(was && was == vmid_gen))
		return vmid_gen & VMID_MASK;
	/* another VM's turn; the exchange fails if a roll-over came between */
	if (was && vmid_gen &&
	    vmid_gen >> GEN_SHIFT ==
		    __atomic_load_n(&vmid_generation, __ATOMIC_RELAXED) >>
			    GEN_SHIFT &&
	    __atomic_compare_exchange_n(active, &was, vmid_gen, false,
					__ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
		return vmid_gen & VMID_MASK;
	}
	vmid_gen = vmid_slow(s2, cpu, fresh);
	return vmid_gen & VMID_MASK;
}

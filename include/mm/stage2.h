/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's second-stage mappings: guest-physical to host-physical. */
#ifndef MM_STAGE2_H
#define MM_STAGE2_H

#include <lib/lock.h>
#include <lib/types.h>
#include <lib/util.h>
#include <mm/pgtable.h>

/**
 * struct stage2 - one guest-physical address space
 * @lock:       guards @pt
 * @pt:         the tables
 * @vmid_gen:   generation << 16 | VMID, see stage2_vmid_get(); 0: none yet.
 *              Atomic.
 * @root_drop:  NULL, or set by who lets CPUs walk copies of the root: called
 *              before each flush, @lock held. When it returns, no copy leads
 *              to a table that the edit takes out.
 */
struct stage2 {
	struct spinlock lock;
	struct pgtable pt __guarded_by(lock);
	uint64_t vmid_gen;
	void (*root_drop)(struct stage2 *s2);
};

/**
 * stage2_create() - an empty address space in the machine's format
 *
 * Return: 0; -ENOMEM.
 */
int __must_check stage2_create(struct stage2 *s2, struct mm_owner *owner);

/** stage2_destroy() - no vCPU may be using it; flushes its VMID, frees tables
 */
void stage2_destroy(struct stage2 *s2);

/**
 * stage2_map() - give a guest access to host memory
 * @s2:         takes its lock
 * @gpa:        first guest address, page aligned
 * @hpa:        first host address, page aligned
 * @size_bytes: whole pages
 * @prot:       rights the guest receives, enum pgt_prot
 *
 * The whole range is mapped, or nothing changes.
 *
 * Return: 0; -EEXIST on overlap; -ENOMEM; -EINVAL.
 */
int __must_check stage2_map(struct stage2 *s2, gpa_t gpa, hpa_t hpa,
			    uint64_t size_bytes, unsigned int prot);

/**
 * stage2_unmap() - take a range away and flush; when it returns, no CPU can
 * reach it any more
 *
 * Return: as pgtable_unmap().
 */
int __must_check stage2_unmap(struct stage2 *s2, gpa_t gpa,
			      uint64_t size_bytes);

/** stage2_protect() - pgtable_protect() and flush. Return: as
 * pgtable_unmap() */
int __must_check stage2_protect(struct stage2 *s2, gpa_t gpa,
				uint64_t size_bytes, unsigned int prot);

/**
 * stage2_redirect() - let a mapped range lead elsewhere; when it returns, no
 * CPU reaches what it led to before
 *
 * Return: as pgtable_redirect().
 */
int __must_check stage2_redirect(struct stage2 *s2, uint64_t size_bytes,
				 const struct pgt_redirect *to);

/** stage2_lookup() - see pgtable_lookup() */
int stage2_lookup(struct stage2 *s2, gpa_t gpa, hpa_t *hpa, unsigned int *prot,
		  uint64_t *left);

/**
 * stage2_vmid_get() - a VMID for entering the guest on this CPU
 * @cpu:   the calling CPU's id
 * @fresh: set when this CPU must flush all guests' translations first
 *         (generation rolled over)
 *
 * Lock-free while the generation is current. Interrupts masked.
 */
uint16_t stage2_vmid_get(struct stage2 *s2, unsigned int cpu, bool *fresh);

#endif

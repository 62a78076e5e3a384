/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One walker for every page table: host, stage 2, later EPT, NPT, IOMMU.
 *
 * Edits return the range whose translations must be forgotten; nothing is
 * flushed here. Not locked: the owner of the table is.
 */
#ifndef MM_PGTABLE_H
#define MM_PGTABLE_H

#include <arch/pgtable.h>
#include <lib/types.h>
#include <lib/util.h>
#include <mm/frames.h>

/**
 * struct pgtable - one tree
 * @flush: flushes a range NOW, UINT64_MAX bytes: everything; called between
 *         the two writes of a break-before-make, and before tables left empty
 *         are freed; may be NULL while nothing uses the tables
 * @table_alloc: a zeroed page for a table, NULL: frames_alloc_zeroed(). The
 *         host's own tables need one before there are frames.
 */
struct pgtable {
	const struct pgt_format *format;
	hpa_t root;
	struct mm_owner *owner; /* of the table pages */
	void (*flush)(void *ctx, uint64_t va, uint64_t size_bytes);
	void *flush_ctx;
	int (*table_alloc)(struct pgtable *pt, hpa_t *pa);
	uint64_t table_pages; /* root included */
};

/** struct pgt_range - what to flush; size_bytes 0: nothing (more) */
struct pgt_range {
	uint64_t start;
	uint64_t size_bytes;
};

/** pgtable_init() - an empty tree. Return: 0; -ENOMEM. */
int __must_check pgtable_init(struct pgtable *pt,
			      const struct pgt_format *format,
			      struct mm_owner *owner);

/** pgtable_destroy() - free every table page (not what they map) */
void pgtable_destroy(struct pgtable *pt);

/**
 * pgtable_map() - map [@va, +@size) to @pa with the largest leaves that fit
 *
 * The whole range is mapped, or nothing changes.
 *
 * Return: 0; -EEXIST when any page is mapped already; -ENOMEM; -EINVAL on
 * misalignment or an address beyond the format's width.
 */
int __must_check pgtable_map(struct pgtable *pt, uint64_t va, hpa_t pa,
			     uint64_t size_bytes, unsigned int prot);

/**
 * pgtable_unmap() - remove what is mapped in a range, holes are fine
 *
 * Leaves that reach over an end are split; tables left empty are freed after
 * pt->flush of the range (so a walker cannot meet freed tables).
 *
 * Return: 0; -EINVAL; -ENOMEM when a split finds no page (no translation
 * changed).
 */
int __must_check pgtable_unmap(struct pgtable *pt, uint64_t va,
			       uint64_t size_bytes, struct pgt_range *flush);

/**
 * pgtable_protect() - change rights of what is mapped in a range
 *
 * A change of memory type (PGT_DEVICE, PGT_UNCACHED) breaks before it makes.
 *
 * Return: as pgtable_unmap().
 */
int __must_check pgtable_protect(struct pgtable *pt, uint64_t va,
				 uint64_t size_bytes, unsigned int prot,
				 struct pgt_range *flush);

/**
 * struct pgt_redirect - where a mapped range is to lead
 * @va:   its start
 * @pa:   as aligned as the range's largest leaf
 * @span: bytes at @pa; a longer range shows them again and again
 */
struct pgt_redirect {
	uint64_t va;
	hpa_t pa;
	uint64_t span;
	unsigned int prot;
};

/**
 * pgtable_redirect() - let a range that is mapped whole lead elsewhere
 *
 * Needs no memory. Breaks before it makes, by pt->flush: when it returns, no
 * CPU reaches what was mapped before. Between the two an access faults;
 * whoever takes that fault finds the mapping under the table's lock.
 *
 * Return: 0; -EINVAL, nothing changed: a hole, a leaf across an end, or one
 * that @to is too small for.
 */
int __must_check pgtable_redirect(struct pgtable *pt, uint64_t size_bytes,
				  const struct pgt_redirect *to);

/**
 * pgtable_lookup() - where an address leads
 * @pa, @prot: result; may be NULL
 * @left:      bytes from @va to the end of its leaf, or for which the hole goes
 *             on at least; may be NULL
 *
 * Return: 0; -ENOENT (then only @left is set).
 */
int pgtable_lookup(const struct pgtable *pt, uint64_t va, hpa_t *pa,
		   unsigned int *prot, uint64_t *left);

#endif

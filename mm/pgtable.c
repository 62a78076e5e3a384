/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page-table walker.
 *
 * "Height" counts levels from the last: a table at height 0 holds 4 KiB
 * leaves, one at height 1 points to those or holds 2 MiB leaves, and so on.
 * There is never a table without a valid entry, but for the root.
 *
 * Over 600 lines, as mapping, unmapping and changing rights share the descent,
 * the splits and the order of their flushes.
 */
#include <mm/pgtable.h>

#include <errno.h>

#include <arch/cpu.h>
#include <lib/log.h>

#define INDEX_BITS 9
#define ENTRIES 512

/* Splits that one edit can need: two ends, four levels each. */
#define SPARE_MAX 8

#define PROT_TYPE_MASK (PGT_DEVICE | PGT_UNCACHED)

static inline unsigned int shift_at(unsigned int height)
{
	return PAGE_SHIFT + INDEX_BITS * height;
}

static inline uint64_t span_at(unsigned int height)
{
	return BIT(shift_at(height));
}

static inline unsigned int root_height(const struct pgtable *pt)
{
	return pt->format->levels - 1;
}

/* entries of a table at @height: only the root may have more, or fewer */
static inline unsigned int index_of(const struct pgtable *pt, uint64_t va,
				    unsigned int height)
{
	uint64_t index = va >> shift_at(height);

	return height == root_height(pt) ? index : index % ENTRIES;
}

static inline uint64_t *table_at(hpa_t pa)
{
	return phys_to_virt(pa);
}

static inline uint64_t pte_read(const uint64_t *pte)
{
	return __atomic_load_n(pte, __ATOMIC_RELAXED);
}

/* one single store: a hardware walker may read the entry at any moment */
static inline void pte_write(uint64_t *pte, uint64_t value)
{
	__atomic_store_n(pte, value, __ATOMIC_RELAXED);
}

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

/* end of the entry's span that holds @va, or @end if that is nearer */
static inline uint64_t entry_end(uint64_t va, uint64_t end, unsigned int height)
{
	uint64_t span = span_at(height);

	return min_u64(ALIGN_DOWN(va, span) + span, end);
}

static bool range_ok(const struct pgtable *pt, uint64_t va, uint64_t size)
{
	uint64_t limit = BIT(pt->format->va_bits);

	return size && IS_ALIGNED(va | size, PAGE_SIZE) && size <= limit &&
	       va <= limit - size;
}

static void range_add(struct pgt_range *range, uint64_t start, uint64_t size)
{
	uint64_t end = start + size;

	if (range->size_bytes) {
		end = MAX(end, range->start + range->size_bytes);
		start = MIN(start, range->start);
	}
	range->start = start;
	range->size_bytes = end - start;
}

static void flush_now(struct pgtable *pt, uint64_t va, uint64_t size)
{
	arch_pte_sync();
	if (pt->flush)
		pt->flush(pt->flush_ctx, va, size);
}

/* the same, before tables of that range are freed */
static void flush_tables(struct pgtable *pt, uint64_t va, uint64_t size)
{
	if (pt->format->flush_whole)
		flush_now(pt, 0, UINT64_MAX);
	else
		flush_now(pt, va, size);
}

/*
 * Tables
 */

static int table_create(struct pgtable *pt, hpa_t *pa)
{
	int err;

	if (pt->table_alloc)
		err = pt->table_alloc(pt, pa);
	else
		err = frames_alloc_zeroed(pt->owner, PAGE_SIZE, PAGE_SIZE, pa);
	if (!err)
		pt->table_pages++;
	return err;
}

static void table_free(struct pgtable *pt, hpa_t pa)
{
	pt->table_pages--;
	frames_free(pt->owner, pa, PAGE_SIZE);
}

int pgtable_init(struct pgtable *pt, const struct pgt_format *format,
		 struct mm_owner *owner)
{
	uint64_t size = format->root_tables * PAGE_SIZE;
	int err;

	*pt = (struct pgtable){.format = format, .owner = owner};
	err = frames_alloc_zeroed(owner, size, size, &pt->root);
	if (!err)
		pt->table_pages = format->root_tables;
	return err;
}

/* as deep as the tables: five at the most */
static __rare void destroy_below(struct pgtable *pt, uint64_t *table,
				 unsigned int entries, unsigned int height)
{
	const struct pgt_format *f = pt->format;

	if (height == 0)
		return;
	for (unsigned int i = 0; i < entries; i++) {
		uint64_t pte = table[i];

		if (!f->is_valid(pte) || f->is_leaf(pte, height))
			continue;
		destroy_below(pt, table_at(f->addr(pte)), ENTRIES, height - 1);
		table_free(pt, f->addr(pte));
	}
}

__rare void pgtable_destroy(struct pgtable *pt)
{
	unsigned int root_tables = pt->format->root_tables;

	destroy_below(pt, table_at(pt->root), root_tables * ENTRIES,
		      root_height(pt));
	frames_free(pt->owner, pt->root, root_tables * PAGE_SIZE);
	pt->table_pages -= root_tables;
	pt->root = hpa(0);
}

/*
 * Map
 */

static inline bool leaf_fits(const struct pgtable *pt, unsigned int height,
			     uint64_t va, uint64_t pa, uint64_t size)
{
	return (pt->format->leaf_mask & BIT(height)) &&
	       size == span_at(height) && IS_ALIGNED(va | pa, size);
}

/* the table an entry points to, made if there is none */
static int table_enter(struct pgtable *pt, uint64_t *pte, uint64_t **table)
{
	uint64_t value = pte_read(pte);
	hpa_t pa;
	int err;

	if (pt->format->is_valid(value)) {
		*table = table_at(pt->format->addr(value));
		return 0;
	}
	err = table_create(pt, &pa);
	if (err)
		return err;
	/* the zeroes before the link; the walker's dependency is the partner */
	arch_wmb();
	pte_write(pte, pt->format->table(pa));
	*table = table_at(pa);
	return 0;
}

/* @reached: first address that is not mapped yet, for taking it all back */
static int map_level(struct pgtable *pt, uint64_t *table, unsigned int height,
		     uint64_t va, uint64_t end, uint64_t pa, unsigned int prot,
		     uint64_t *reached)
{
	while (va < end) {
		uint64_t *pte = &table[index_of(pt, va, height)];
		uint64_t next = entry_end(va, end, height);
		uint64_t old = pte_read(pte);
		bool empty = !pt->format->is_valid(old);

		if (!empty && pt->format->is_leaf(old, height))
			return -EEXIST;
		if (empty && leaf_fits(pt, height, va, pa, next - va)) {
			pte_write(pte, pt->format->leaf(hpa(pa), prot, height));
		} else {
			uint64_t *lower;
			int err = table_enter(pt, pte, &lower);

			if (!err)
				err = map_level(pt, lower, height - 1, va, next,
						pa, prot, reached);
			if (err)
				return err;
		}
		pa += next - va;
		va = next;
		*reached = va;
	}
	return 0;
}

static void unmap_range(struct pgtable *pt, uint64_t va, uint64_t end,
			struct pgt_range *flush);
static void trim_path(struct pgtable *pt, uint64_t va);

int pgtable_map(struct pgtable *pt, uint64_t va, hpa_t pa, uint64_t size_bytes,
		unsigned int prot)
{
	uint64_t *root = table_at(pt->root);
	struct pgt_range flush = {0};
	uint64_t reached = va;
	int err;

	if (!range_ok(pt, va, size_bytes) || !IS_ALIGNED(pa.v, PAGE_SIZE) ||
	    pa.v + size_bytes < pa.v)
		return -EINVAL;
	err = map_level(pt, root, root_height(pt), va, va + size_bytes, pa.v,
			prot, &reached);
	arch_pte_sync();
	if (!err)
		return 0;
	/* out of tables, or taken: take back what was written, the empty path */
	trim_path(pt, reached);
	if (reached > va) {
		unmap_range(pt, va, reached, &flush);
		if (flush.size_bytes)
			flush_now(pt, flush.start, flush.size_bytes);
	}
	return err;
}

/*
 * Unmap
 */

static bool table_is_empty(const struct pgtable *pt, const uint64_t *table)
{
	for (unsigned int i = 0; i < ENTRIES; i++) {
		if (pt->format->is_valid(pte_read(&table[i])))
			return false;
	}
	return true;
}

/*
 * Tables that fell out of the tree wait on a list until the flush: a walker
 * may still be inside one. The link stands in the first entry; a page-aligned
 * address is an invalid entry in every format.
 */
static void dead_push(const struct pgtable *pt, uint64_t *dead, hpa_t table)
{
	BUG_ON(pt->format->is_valid(*dead));
	pte_write(table_at(table), *dead);
	*dead = table.v;
}

static void dead_free(struct pgtable *pt, uint64_t dead)
{
	while (dead) {
		uint64_t next = pte_read(table_at(hpa(dead)));

		table_free(pt, hpa(dead));
		dead = next;
	}
}

/* everything in [va, end); no leaf reaches over an end */
static void unmap_level(struct pgtable *pt, uint64_t *table,
			unsigned int height, uint64_t va, uint64_t end,
			struct pgt_range *flush, uint64_t *dead)
{
	const struct pgt_format *f = pt->format;

	while (va < end) {
		uint64_t *pte = &table[index_of(pt, va, height)];
		uint64_t value = pte_read(pte);
		uint64_t next = entry_end(va, end, height);

		if (f->is_valid(value) && f->is_leaf(value, height)) {
			pte_write(pte, 0);
			range_add(flush, va, next - va);
		} else if (f->is_valid(value)) {
			hpa_t lower = f->addr(value);

			unmap_level(pt, table_at(lower), height - 1, va, next,
				    flush, dead);
			if (next - va == span_at(height) ||
			    table_is_empty(pt, table_at(lower))) {
				pte_write(pte, 0);
				dead_push(pt, dead, lower);
			}
		}
		va = next;
	}
}

/* flushes itself, if it must: then @flush comes back empty */
static void unmap_range(struct pgtable *pt, uint64_t va, uint64_t end,
			struct pgt_range *flush)
{
	uint64_t dead = 0;

	unmap_level(pt, table_at(pt->root), root_height(pt), va, end, flush,
		    &dead);
	if (!dead) {
		arch_pte_sync();
		return;
	}
	flush_tables(pt, flush->start, flush->size_bytes);
	if (pt->flush)
		*flush = (struct pgt_range){0};
	dead_free(pt, dead);
}

/* free the tables on the way to @va that a failed map left empty */
static void trim_path(struct pgtable *pt, uint64_t va)
{
	const struct pgt_format *f = pt->format;
	uint64_t *ptes[5];
	unsigned int height = root_height(pt);
	unsigned int depth = 0;
	uint64_t *table = table_at(pt->root);
	uint64_t dead = 0;

	while (height > 0) {
		uint64_t *pte = &table[index_of(pt, va, height)];
		uint64_t value = pte_read(pte);

		if (!f->is_valid(value) || f->is_leaf(value, height))
			break;
		ptes[depth++] = pte;
		table = table_at(f->addr(value));
		height--;
	}
	while (depth-- > 0) {
		hpa_t lower = f->addr(pte_read(ptes[depth]));

		if (!table_is_empty(pt, table_at(lower)))
			break;
		pte_write(ptes[depth], 0);
		dead_push(pt, &dead, lower);
	}
	if (!dead)
		return;
	flush_tables(pt, ALIGN_DOWN(va, PAGE_SIZE), PAGE_SIZE);
	dead_free(pt, dead);
}

/*
 * Split
 */

struct spares {
	hpa_t pages[SPARE_MAX];
	unsigned int count;
};

/* the leaf that holds @va and does not begin there; NULL: none */
static uint64_t *leaf_across(const struct pgtable *pt, uint64_t va,
			     unsigned int *height)
{
	const struct pgt_format *f = pt->format;
	unsigned int h = root_height(pt);
	uint64_t *table = table_at(pt->root);

	if (va >= BIT(f->va_bits))
		return NULL;
	for (;; h--) {
		uint64_t *pte = &table[index_of(pt, va, h)];
		uint64_t value = pte_read(pte);

		if (IS_ALIGNED(va, span_at(h)) || !f->is_valid(value))
			return NULL;
		if (f->is_leaf(value, h)) {
			*height = h;
			return pte;
		}
		table = table_at(f->addr(value));
	}
}

/* tables needed until an entry begins at @va */
static unsigned int splits_needed(const struct pgtable *pt, uint64_t va)
{
	unsigned int count = 0;
	unsigned int height;

	if (!leaf_across(pt, va, &height))
		return 0;
	for (; !IS_ALIGNED(va, span_at(height)); height--)
		count++;
	return count;
}

static int spares_get(struct pgtable *pt, struct spares *spares,
		      unsigned int count)
{
	spares->count = 0;
	while (spares->count < count) {
		int err = table_create(pt, &spares->pages[spares->count]);

		if (err) {
			while (spares->count)
				table_free(pt, spares->pages[--spares->count]);
			return err;
		}
		spares->count++;
	}
	return 0;
}

/*
 * Replace a leaf by a table of leaves that says the same. Between break and
 * make an access faults: whoever takes that fault finds the mapping under the
 * table's lock, and tries again.
 */
static void split_leaf(struct pgtable *pt, uint64_t *pte, unsigned int height,
		       uint64_t va, hpa_t table)
{
	const struct pgt_format *f = pt->format;
	uint64_t value = pte_read(pte);
	uint64_t pa = f->addr(value).v;
	unsigned int prot = f->prot(value);
	uint64_t *lower = table_at(table);
	uint64_t span = span_at(height);

	BUG_ON(!(f->leaf_mask & BIT(height - 1)));
	for (unsigned int i = 0; i < ENTRIES; i++)
		lower[i] = f->leaf(hpa(pa + i * span_at(height - 1)), prot,
				   height - 1);
	arch_wmb(); /* entries before the link, as in table_enter() */
	if (f->bbm) {
		/* Arm ARM D8.16 "Using break-before-make" */
		pte_write(pte, 0);
		flush_now(pt, ALIGN_DOWN(va, span), span);
	}
	pte_write(pte, f->table(table));
	arch_pte_sync();
	if (!f->bbm)
		flush_now(pt, ALIGN_DOWN(va, span), span);
}

/* make entries begin and end where the range does */
static __rare int split_ends(struct pgtable *pt, uint64_t va, uint64_t end)
{
	const uint64_t ends[2] = {va, end};
	struct spares spares;
	unsigned int height;
	int err;

	err = spares_get(pt, &spares,
			 splits_needed(pt, va) + splits_needed(pt, end));
	if (err)
		return err;
	for (unsigned int i = 0; i < 2; i++) {
		uint64_t *pte;

		while ((pte = leaf_across(pt, ends[i], &height)))
			split_leaf(pt, pte, height, ends[i],
				   spares.pages[--spares.count]);
	}
	while (spares.count) /* both ends were in one leaf */
		table_free(pt, spares.pages[--spares.count]);
	return 0;
}

int pgtable_unmap(struct pgtable *pt, uint64_t va, uint64_t size_bytes,
		  struct pgt_range *flush)
{
	int err;

	*flush = (struct pgt_range){0};
	if (!range_ok(pt, va, size_bytes))
		return -EINVAL;
	err = split_ends(pt, va, va + size_bytes);
	if (!err)
		unmap_range(pt, va, va + size_bytes, flush);
	return err;
}

/*
 * Protect
 */

static void protect_leaf(struct pgtable *pt, uint64_t *pte, unsigned int height,
			 uint64_t va, unsigned int prot,
			 struct pgt_range *flush)
{
	const struct pgt_format *f = pt->format;
	uint64_t old = pte_read(pte);
	uint64_t new = f->leaf(f->addr(old), prot, height);

	if (new == old)
		return;
	/* rights alone may change in place; the memory type may not */
	if (f->bbm && ((f->prot(old) ^ prot) & PROT_TYPE_MASK)) {
		pte_write(pte, 0);
		flush_now(pt, va, span_at(height));
		pte_write(pte, new);
		return;
	}
	pte_write(pte, new);
	range_add(flush, va, span_at(height));
}

static __rare void protect_level(struct pgtable *pt, uint64_t *table,
				 unsigned int height, uint64_t va, uint64_t end,
				 unsigned int prot, struct pgt_range *flush)
{
	const struct pgt_format *f = pt->format;

	while (va < end) {
		uint64_t *pte = &table[index_of(pt, va, height)];
		uint64_t value = pte_read(pte);
		uint64_t next = entry_end(va, end, height);

		if (f->is_valid(value) && f->is_leaf(value, height))
			protect_leaf(pt, pte, height, va, prot, flush);
		else if (f->is_valid(value))
			protect_level(pt, table_at(f->addr(value)), height - 1,
				      va, next, prot, flush);
		va = next;
	}
}

__rare int pgtable_protect(struct pgtable *pt, uint64_t va, uint64_t size_bytes,
			   unsigned int prot, struct pgt_range *flush)
{
	int err;

	*flush = (struct pgt_range){0};
	if (!range_ok(pt, va, size_bytes))
		return -EINVAL;
	err = split_ends(pt, va, va + size_bytes);
	if (err)
		return err;
	protect_level(pt, table_at(pt->root), root_height(pt), va,
		      va + size_bytes, prot, flush);
	arch_pte_sync();
	return 0;
}

/*
 * Redirect: every leaf keeps its place and size, so no table is needed
 */

static __rare void redirect_break(struct pgtable *pt, uint64_t *table,
				  unsigned int height, uint64_t va,
				  uint64_t end)
{
	const struct pgt_format *f = pt->format;

	while (va < end) {
		uint64_t *pte = &table[index_of(pt, va, height)];
		uint64_t value = pte_read(pte);
		uint64_t next = entry_end(va, end, height);

		if (f->is_valid(value) && f->is_leaf(value, height))
			pte_write(pte, 0);
		else if (f->is_valid(value))
			redirect_break(pt, table_at(f->addr(value)), height - 1,
				       va, next);
		va = next;
	}
}

static __rare void redirect_make(struct pgtable *pt, uint64_t *table,
				 unsigned int height, uint64_t va, uint64_t end,
				 const struct pgt_redirect *to)
{
	const struct pgt_format *f = pt->format;

	while (va < end) {
		uint64_t *pte = &table[index_of(pt, va, height)];
		uint64_t value = pte_read(pte);
		uint64_t next = entry_end(va, end, height);

		if (f->is_valid(value))
			redirect_make(pt, table_at(f->addr(value)), height - 1,
				      va, next, to);
		else
			pte_write(pte, f->leaf(hpa(to->pa.v +
						   (va - to->va) % to->span),
					       to->prot, height));
		va = next;
	}
}

/* What is mapped there is whole leaves, none larger than @to can stand for. */
static bool redirect_ok(const struct pgtable *pt, uint64_t end,
			const struct pgt_redirect *to)
{
	uint64_t va = to->va;

	if (splits_needed(pt, va) || splits_needed(pt, end))
		return false;
	while (va < end) {
		uint64_t at = (va - to->va) % to->span, left;

		if (pgtable_lookup(pt, va, NULL, NULL, &left) ||
		    left > to->span - at || !IS_ALIGNED(to->pa.v + at, left))
			return false;
		va += left;
	}
	return true;
}

__rare int pgtable_redirect(struct pgtable *pt, uint64_t size_bytes,
			    const struct pgt_redirect *to)
{
	uint64_t *root = table_at(pt->root);
	uint64_t end = to->va + size_bytes;

	if (!range_ok(pt, to->va, size_bytes) || !to->span ||
	    !IS_ALIGNED(to->pa.v | to->span, PAGE_SIZE) ||
	    !redirect_ok(pt, end, to))
		return -EINVAL;
	/* break, flush, make: Arm ARM D8.16 */
	redirect_break(pt, root, root_height(pt), to->va, end);
	flush_now(pt, to->va, size_bytes);
	redirect_make(pt, root, root_height(pt), to->va, end, to);
	arch_pte_sync();
	return 0;
}

/*
 * Lookup
 */

/* from @va to the next valid entry of this table, or to its end */
static uint64_t hole_size(const struct pgtable *pt, const uint64_t *table,
			  unsigned int height, uint64_t va)
{
	uint64_t limit = BIT(pt->format->va_bits);
	uint64_t end = limit;
	uint64_t next = va;

	if (height < root_height(pt))
		end = entry_end(va, limit, height + 1);
	do {
		next = entry_end(next, end, height);
	} while (next < end && !pt->format->is_valid(pte_read(
				       &table[index_of(pt, next, height)])));
	return next - va;
}

int pgtable_lookup(const struct pgtable *pt, uint64_t va, hpa_t *pa,
		   unsigned int *prot, uint64_t *left)
{
	const struct pgt_format *f = pt->format;
	unsigned int height = root_height(pt);
	const uint64_t *table = table_at(pt->root);
	uint64_t value, offset;

	if (va >= BIT(f->va_bits)) {
		if (left)
			*left = 0 - va;
		return -ENOENT;
	}
	for (;; height--) {
		value = pte_read(&table[index_of(pt, va, height)]);
		if (!f->is_valid(value)) {
			if (left)
				*left = hole_size(pt, table, height, va);
			return -ENOENT;
		}
		if (f->is_leaf(value, height))
			break;
		table = table_at(f->addr(value));
	}
	offset = va & (span_at(height) - 1);
	if (pa)
		*pa = hpa(f->addr(value).v + offset);
	if (prot)
		*prot = f->prot(value);
	if (left)
		*left = span_at(height) - offset;
	return 0;
}

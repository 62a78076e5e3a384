/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page allocator.
 *
 * Free RAM is a set of extents, as large as they can be. An extent's node
 * lives in its own last page, so bookkeeping costs nothing but the nodes'
 * place in pages nobody uses, and adding RAM costs one write whatever its
 * size. The nodes form an AVL tree by address; each knows the largest aligned
 * room below it, so a search never goes down a branch in vain.
 *
 * Small requests come from the lowest address that fits, large ones from the
 * highest: the long-lived big ranges are not cut up by small change.
 *
 * Over 600 lines, because the tree is of use to nobody else: its nodes lie in
 * the pages that it hands out.
 */
#include <mm/frames.h>

#include <errno.h>

#include <arch/pgtable.h>
#include <lib/lock.h>
#define LOG_TAG "frames"
#include <lib/log.h>

#define REGION_MAX 128

/* Alignments for which the tree knows exact room: page, 2 MiB, 1 GiB. */
#define ROOM_COUNT 3
static const uint64_t room_align[ROOM_COUNT] = {PAGE_SIZE, SIZE_2M, SIZE_1G};

/**
 * struct extent - a free range, at (end - PAGE_SIZE)
 * @room: for each of room_align, the most bytes that an aligned start leaves
 *        in any one extent of this subtree
 */
struct extent {
	uint64_t base;
	uint64_t end;
	struct extent *left;
	struct extent *right;
	uint64_t room[ROOM_COUNT];
	unsigned int height;
};

_Static_assert(sizeof(struct extent) <= 4096, "node fits its page");

struct region {
	uint64_t base;
	uint64_t end;
};

/* guards everything below, and every owner's count and link */
static struct spinlock frames_lock = SPINLOCK_INIT(LOCK_RANK_FRAMES);
static struct extent *root;
static uint64_t free_bytes;
static uint64_t total_bytes;
static uint64_t released_bytes;
static struct region regions[REGION_MAX]; /* all RAM, ascending */
static unsigned int region_count;
static struct mm_owner *owners;

struct mm_owner mm_owner_heap = {.name = "heap"};
struct mm_owner mm_owner_tables = {.name = "page tables"};
struct mm_owner mm_owner_stacks = {.name = "stacks"};
struct mm_owner mm_owner_misc = {.name = "misc"};

/*
 * The tree
 */

static inline unsigned int height_of(const struct extent *e)
{
	return e ? e->height : 0;
}

static uint64_t room_in(uint64_t base, uint64_t end, uint64_t align)
{
	uint64_t start = ALIGN_UP(base, align);

	return start >= base && start < end ? end - start : 0;
}

static void extent_update(struct extent *e)
{
	const struct extent *l = e->left;
	const struct extent *r = e->right;

	e->height = 1 + MAX(height_of(l), height_of(r));
	for (unsigned int i = 0; i < ROOM_COUNT; i++) {
		uint64_t room = room_in(e->base, e->end, room_align[i]);

		if (l && l->room[i] > room)
			room = l->room[i];
		if (r && r->room[i] > room)
			room = r->room[i];
		e->room[i] = room;
	}
}

static struct extent *rotate_right(struct extent *e)
{
	struct extent *up = e->left;

	e->left = up->right;
	up->right = e;
	extent_update(e);
	return up;
}

static struct extent *rotate_left(struct extent *e)
{
	struct extent *up = e->right;

	e->right = up->left;
	up->left = e;
	extent_update(e);
	return up;
}

/* make a subtree whose children changed a valid AVL tree again */
static struct extent *extent_balance(struct extent *e)
{
	unsigned int l = height_of(e->left);
	unsigned int r = height_of(e->right);

	if (l > r + 1) {
		if (height_of(e->left->left) < height_of(e->left->right))
			e->left = rotate_left(e->left);
		e = rotate_right(e);
	} else if (r > l + 1) {
		if (height_of(e->right->right) < height_of(e->right->left))
			e->right = rotate_right(e->right);
		e = rotate_left(e);
	}
	extent_update(e);
	return e;
}

/* The recursions below are as deep as the tree: 50 for a petabyte in shreds. */

static struct extent *tree_insert(struct extent *tree, struct extent *e)
{
	if (!tree)
		return e;
	if (e->base < tree->base)
		tree->left = tree_insert(tree->left, e);
	else
		tree->right = tree_insert(tree->right, e);
	return extent_balance(tree);
}

static struct extent *tree_take_first(struct extent *tree, struct extent **min)
{
	if (!tree->left) {
		*min = tree;
		return tree->right;
	}
	tree->left = tree_take_first(tree->left, min);
	return extent_balance(tree);
}

static struct extent *tree_remove(struct extent *tree, uint64_t base)
{
	struct extent *heir;

	if (base < tree->base) {
		tree->left = tree_remove(tree->left, base);
	} else if (base > tree->base) {
		tree->right = tree_remove(tree->right, base);
	} else {
		if (!tree->left || !tree->right)
			return tree->left ? tree->left : tree->right;
		tree->right = tree_take_first(tree->right, &heir);
		heir->left = tree->left;
		heir->right = tree->right;
		tree = heir;
	}
	return extent_balance(tree);
}

/* move the start of the extent that begins at @base; its node stays */
static void tree_move_start(struct extent *tree, uint64_t base, uint64_t start)
{
	if (base < tree->base)
		tree_move_start(tree->left, base, start);
	else if (base > tree->base)
		tree_move_start(tree->right, base, start);
	else
		tree->base = start;
	extent_update(tree);
}

/* the extent with the lowest end above @addr: the first that can overlap */
static struct extent *extent_after(uint64_t addr)
{
	struct extent *e = root;
	struct extent *found = NULL;

	while (e) {
		if (e->end > addr) {
			found = e;
			e = e->left;
		} else {
			e = e->right;
		}
	}
	return found;
}

/* the extent that ends at @addr */
static struct extent *extent_ending_at(uint64_t addr)
{
	struct extent *e = addr ? extent_after(addr - 1) : NULL;

	return e && e->end == addr ? e : NULL;
}

static void extent_insert(uint64_t base, uint64_t end)
{
	struct extent *e = phys_to_virt(hpa(end - PAGE_SIZE));

	e->base = base;
	e->end = end;
	e->left = NULL;
	e->right = NULL;
	extent_update(e);
	root = tree_insert(root, e);
}

/* [base, end) is free from now on and touches no free extent but at its ends */
static void range_release(uint64_t base, uint64_t end)
{
	struct extent *before = extent_ending_at(base);
	struct extent *after = extent_after(end);

	free_bytes += end - base;
	if (before) {
		base = before->base;
		root = tree_remove(root, base);
	}
	if (after && after->base == end)
		tree_move_start(root, end, base);
	else
		extent_insert(base, end);
}

/* cut [base, end) out of @e, which holds all of it */
static void range_take(struct extent *e, uint64_t base, uint64_t end)
{
	uint64_t e_base = e->base;
	uint64_t e_end = e->end;

	free_bytes -= end - base;
	if (end < e_end)
		tree_move_start(root, e_base, end);
	else
		root = tree_remove(root, e_base);
	if (e_base < base)
		extent_insert(e_base, base);
}

/*
 * Searches
 */

struct want {
	uint64_t size;
	uint64_t align;
	/* a subtree holds a fit only if room[min_class] >= size ... */
	unsigned int min_class;
	/* ... and surely does if room[sure_class] >= sure_size */
	unsigned int sure_class;
	uint64_t sure_size;
	bool high;
};

static void want_init(struct want *w, uint64_t size, uint64_t align)
{
	unsigned int c = ROOM_COUNT - 1;

	while (room_align[c] > align)
		c--;
	w->size = size;
	w->align = align;
	w->min_class = c;
	w->sure_class = c;
	w->sure_size = size + (align - room_align[c]);
	w->high = size >= SIZE_2M;
}

/* where in one extent, or false */
static bool extent_fit(const struct extent *e, const struct want *w,
		       uint64_t *start)
{
	uint64_t s;

	if (room_in(e->base, e->end, w->align) < w->size)
		return false;
	s = w->high ? ALIGN_DOWN(e->end - w->size, w->align)
		    : ALIGN_UP(e->base, w->align);
	*start = s;
	return true;
}

/*
 * Alignments that the tree knows exactly (and all of at most a page) end in
 * the first pass, which follows one path down. Others do as well while memory
 * is not nearly full; then the second pass looks at every candidate.
 */
static struct extent *find_sure(const struct want *w, uint64_t *start)
{
	struct extent *e = root;

	while (e && e->room[w->sure_class] >= w->sure_size) {
		struct extent *first = w->high ? e->right : e->left;
		struct extent *last = w->high ? e->left : e->right;

		if (first && first->room[w->sure_class] >= w->sure_size) {
			e = first;
		} else if (room_in(e->base, e->end,
				   room_align[w->sure_class]) >= w->sure_size) {
			return extent_fit(e, w, start) ? e : NULL;
		} else {
			e = last;
		}
	}
	return NULL;
}

static struct extent *find_any(struct extent *e, const struct want *w,
			       uint64_t *start)
{
	struct extent *found;

	if (!e || e->room[w->min_class] < w->size)
		return NULL;
	found = find_any(w->high ? e->right : e->left, w, start);
	if (found)
		return found;
	if (extent_fit(e, w, start))
		return e;
	return find_any(w->high ? e->left : e->right, w, start);
}

/*
 * Owners
 */

static void owner_charge(struct mm_owner *owner, uint64_t bytes)
{
	struct mm_owner *o = owners;

	if (owner->pages == 0) { /* perhaps its first */
		while (o && o != owner)
			o = o->next;
		if (!o) {
			owner->next = owners;
			owners = owner;
		}
	}
	owner->pages += bytes >> PAGE_SHIFT;
}

const struct mm_owner *mm_owner_first(void)
{
	return owners;
}

uint64_t mm_owner_retire(struct mm_owner *owner)
{
	struct mm_owner **link = &owners;
	uint64_t left;

	spin_lock(&frames_lock);
	left = owner->pages;
	while (*link && *link != owner)
		link = &(*link)->next;
	if (*link)
		*link = owner->next;
	owner->next = NULL;
	spin_unlock(&frames_lock);
	if (left)
		log_err("%s leaked %lu pages", owner->name,
			(unsigned long)left);
	return left;
}

/*
 * RAM
 */

/* keep regions[] ascending, neighbours merged. Return: false: table full */
static bool region_add(uint64_t base, uint64_t end)
{
	unsigned int i = 0;

	while (i < region_count && regions[i].end < base)
		i++;
	if (i < region_count && regions[i].base <= end) {
		BUG_ON(regions[i].base < end && base < regions[i].end);
		regions[i].base = MIN(regions[i].base, base);
		regions[i].end = MAX(regions[i].end, end);
		if (i + 1 < region_count &&
		    regions[i + 1].base <= regions[i].end) {
			BUG_ON(regions[i + 1].base < regions[i].end);
			regions[i].end = regions[i + 1].end;
			region_count--;
			for (i++; i < region_count; i++)
				regions[i] = regions[i + 1];
		}
		return true;
	}
	if (region_count == REGION_MAX)
		return false;
	for (unsigned int j = region_count++; j > i; j--)
		regions[j] = regions[j - 1];
	regions[i].base = base;
	regions[i].end = end;
	return true;
}

static bool region_holds(uint64_t base, uint64_t end)
{
	for (unsigned int i = 0; i < region_count; i++) {
		if (base >= regions[i].base && end <= regions[i].end)
			return true;
	}
	return false;
}

/* whole pages inside a range; false: none, or it wraps */
static bool pages_inside(hpa_t base, uint64_t size_bytes, uint64_t *start,
			 uint64_t *end)
{
	if (base.v + size_bytes < base.v || base.v + PAGE_SIZE < base.v)
		return false;
	*start = ALIGN_UP(base.v, PAGE_SIZE);
	*end = ALIGN_DOWN(base.v + size_bytes, PAGE_SIZE);
	return *start < *end;
}

void frames_add(hpa_t base, uint64_t size_bytes)
{
	uint64_t start, end;
	bool known;

	if (!pages_inside(base, size_bytes, &start, &end))
		return;
	spin_lock(&frames_lock);
	known = region_add(start, end);
	if (known) {
		total_bytes += end - start;
		range_release(start, end);
	}
	spin_unlock(&frames_lock);
	if (!known)
		log_warn("RAM at %#lx left unused: more than %d pieces",
			 (unsigned long)start, REGION_MAX);
}

void frames_add_reserved(hpa_t base, uint64_t size_bytes)
{
	uint64_t start, end;

	if (!pages_inside(base, size_bytes, &start, &end))
		return;
	spin_lock(&frames_lock);
	(void)region_add(start,
			 end); /* no room: no harm, it is not handed out */
	spin_unlock(&frames_lock);
}

void frames_release(hpa_t base, uint64_t size_bytes)
{
	uint64_t start, end;
	struct extent *e;

	if (!pages_inside(base, size_bytes, &start, &end))
		return;
	spin_lock(&frames_lock);
	if (region_holds(start, end)) { /* else there was no room for it */
		e = extent_after(start);
		BUG_ON(e && e->base < end);
		total_bytes += end - start;
		released_bytes += end - start;
		range_release(start, end);
	}
	spin_unlock(&frames_lock);
}

void frames_reserve(hpa_t base, uint64_t size_bytes)
{
	uint64_t start = ALIGN_DOWN(base.v, PAGE_SIZE);
	uint64_t end = ALIGN_UP(base.v + size_bytes, PAGE_SIZE);
	struct extent *e;

	if (size_bytes == 0)
		return;
	if (end <= start) /* wraps: to the end of all addresses */
		end = ALIGN_DOWN(UINT64_MAX, PAGE_SIZE);
	spin_lock(&frames_lock);
	for (e = extent_after(start); e && e->base < end;
	     e = extent_after(start))
		range_take(e, MAX(start, e->base), MIN(end, e->end));
	spin_unlock(&frames_lock);
}

/*
 * Allocation
 */

int frames_alloc(struct mm_owner *owner, uint64_t size_bytes, uint64_t align,
		 hpa_t *pa)
{
	uint64_t size = ALIGN_UP(size_bytes, PAGE_SIZE);
	struct extent *e;
	struct want w;
	uint64_t start;

	BUG_ON(align < PAGE_SIZE || (align & (align - 1)));
	if (size_bytes == 0 || size < size_bytes || size + align < size)
		return -ENOMEM;
	want_init(&w, size, align);
	spin_lock(&frames_lock);
	e = find_sure(&w, &start);
	if (!e && w.sure_size != w.size)
		e = find_any(root, &w, &start);
	if (e) {
		range_take(e, start, start + size);
		owner_charge(owner, size);
		*pa = hpa(start);
	}
	spin_unlock(&frames_lock);
	return e ? 0 : -ENOMEM;
}

int frames_alloc_zeroed(struct mm_owner *owner, uint64_t size_bytes,
			uint64_t align, hpa_t *pa)
{
	int err = frames_alloc(owner, size_bytes, align, pa);

	if (!err)
		arch_page_zero(phys_to_virt(*pa),
			       ALIGN_UP(size_bytes, PAGE_SIZE));
	return err;
}

int frames_alloc_at(struct mm_owner *owner, hpa_t base, uint64_t size_bytes)
{
	uint64_t start = ALIGN_DOWN(base.v, PAGE_SIZE);
	uint64_t end = ALIGN_UP(base.v + size_bytes, PAGE_SIZE);
	struct extent *e;
	int err = -EBUSY;

	if (size_bytes == 0 || end <= start)
		return -EBUSY;
	spin_lock(&frames_lock);
	e = extent_after(start);
	if (e && e->base <= start && e->end >= end) {
		range_take(e, start, end);
		owner_charge(owner, end - start);
		err = 0;
	}
	spin_unlock(&frames_lock);
	return err;
}

void frames_free(struct mm_owner *owner, hpa_t base, uint64_t size_bytes)
{
	uint64_t end = base.v + ALIGN_UP(size_bytes, PAGE_SIZE);
	struct extent *e;

	if (size_bytes == 0)
		return;
	BUG_ON(!IS_ALIGNED(base.v, PAGE_SIZE) || end <= base.v);
	spin_lock(&frames_lock);
	BUG_ON(!region_holds(base.v, end));
	e = extent_after(base.v);
	if (e && e->base < end)
		panic("pages at %#lx freed twice (%s)",
		      (unsigned long)MAX(e->base, base.v), owner->name);
	if (owner->pages < (end - base.v) >> PAGE_SHIFT)
		panic("%s frees more pages than it has", owner->name);
	owner->pages -= (end - base.v) >> PAGE_SHIFT;
	range_release(base.v, end);
	spin_unlock(&frames_lock);
}

bool frames_is_ram(hpa_t base, uint64_t size_bytes)
{
	uint64_t end = base.v + size_bytes;
	bool is_ram;

	if (end < base.v)
		return false;
	spin_lock(&frames_lock);
	is_ram = region_holds(base.v, end);
	spin_unlock(&frames_lock);
	return is_ram;
}

bool frames_any_ram(hpa_t base, uint64_t size_bytes)
{
	uint64_t end = base.v + size_bytes;
	bool any = end < base.v;

	spin_lock(&frames_lock);
	for (unsigned int i = 0; i < region_count && !any; i++)
		any = base.v < regions[i].end && end > regions[i].base;
	spin_unlock(&frames_lock);
	return any;
}

bool frames_next_free(uint64_t from, hpa_t *base, uint64_t *size_bytes)
{
	const struct extent *e;

	spin_lock(&frames_lock);
	e = extent_after(from);
	if (e) {
		*base = hpa(e->base);
		*size_bytes = e->end - e->base;
	}
	spin_unlock(&frames_lock);
	return e;
}

void frames_stats(struct frames_stats *stats)
{
	spin_lock(&frames_lock);
	stats->total_pages = total_bytes >> PAGE_SHIFT;
	stats->released_pages = released_bytes >> PAGE_SHIFT;
	stats->free_pages = free_bytes >> PAGE_SHIFT;
	stats->largest_free_bytes = root ? root->room[0] : 0;
	spin_unlock(&frames_lock);
}

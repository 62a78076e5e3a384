/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small allocations.
 *
 * A slab is one page: a header, then objects of one size. What is larger than
 * the largest class gets pages of its own behind the same kind of header, so
 * the header at the start of a pointer's page always says what it is. A slab
 * goes back the moment its last object does: the page accounts are exact.
 */
#include <mm/heap.h>

#include <string.h>

#include <arch/pgtable.h>
#include <lib/lock.h>
#include <lib/log.h>
#include <mm/frames.h>

#define SLAB_MAGIC 0x51ab51abu
#define LARGE_MAGIC 0x1a49e000u
#define HEADER_BYTES 64
#define SLAB_ROOM (4096 - HEADER_BYTES)

/*
 * Each divides SLAB_ROOM with little or no rest, in multiples of 16: 252, 126,
 * 84, 63, 42, 31, 21, 15, 12, 9, 7, 6, 5, 4, 3 and 2 objects a page.
 */
static const uint16_t class_size[] = {16,  32,   48,   64,  96,  128,
				      192, 256,  336,  448, 576, 672,
				      800, 1008, 1344, 2016};
#define CLASS_COUNT ARRAY_SIZE(class_size)
#define LARGEST_CLASS 2016

/**
 * struct slab - header of a slab or of a large allocation
 * @used:       bit per object that is out
 * @size_bytes: large: of the object
 * @next, @prev: slabs of this class that have room
 */
struct slab {
	uint32_t magic;
	uint16_t cls;
	uint16_t used_count;
	union {
		uint64_t used[4];
		uint64_t size_bytes;
	};
	struct slab *next;
	struct slab *prev;
};

_Static_assert(sizeof(struct slab) <= HEADER_BYTES, "header");
_Static_assert(SLAB_ROOM / 16 <= 256, "bit per object");

static struct spinlock heap_lock = SPINLOCK_INIT(LOCK_RANK_HEAP);
static struct slab *with_room[CLASS_COUNT]; /* guarded by heap_lock */
static struct heap_stats heap_live;         /* guarded by heap_lock */

static unsigned int class_of(size_t size)
{
	unsigned int cls = 0;

	while (class_size[cls] < size)
		cls++;
	return cls;
}

static void list_push(struct slab *slab)
{
	struct slab **head = &with_room[slab->cls];

	slab->prev = NULL;
	slab->next = *head;
	if (*head)
		(*head)->prev = slab;
	*head = slab;
}

static void list_remove(struct slab *slab)
{
	if (slab->prev)
		slab->prev->next = slab->next;
	else
		with_room[slab->cls] = slab->next;
	if (slab->next)
		slab->next->prev = slab->prev;
}

static struct slab *slab_create(unsigned int cls)
{
	struct slab *slab;
	hpa_t pa;

	if (frames_alloc(&mm_owner_heap, PAGE_SIZE, PAGE_SIZE, &pa))
		return NULL;
	slab = phys_to_virt(pa);
	memset(slab, 0, HEADER_BYTES);
	slab->magic = SLAB_MAGIC;
	slab->cls = cls;
	list_push(slab);
	return slab;
}

static unsigned int slab_capacity(const struct slab *slab)
{
	return SLAB_ROOM / class_size[slab->cls];
}

/* heap_lock held; the slab has room */
static void *slab_take(struct slab *slab)
{
	unsigned int word = 0;
	unsigned int bit;

	while (slab->used[word] == UINT64_MAX)
		word++;
	bit = __builtin_ctzll(~slab->used[word]);
	slab->used[word] |= BIT(bit);
	if (++slab->used_count == slab_capacity(slab))
		list_remove(slab);
	return (char *)slab + HEADER_BYTES +
	       (word * 64 + bit) * class_size[slab->cls];
}

static void *alloc_small(size_t size)
{
	unsigned int cls = class_of(size);
	struct slab *slab;
	void *ptr = NULL;

	spin_lock(&heap_lock);
	slab = with_room[cls];
	if (!slab)
		slab = slab_create(cls);
	if (slab) {
		ptr = slab_take(slab);
		heap_live.live_objects++;
		heap_live.live_bytes += class_size[cls];
	}
	spin_unlock(&heap_lock);
	if (ptr)
		memset(ptr, 0, class_size[cls]);
	return ptr;
}

static void *alloc_large(size_t size)
{
	struct slab *head;
	hpa_t pa;

	if (size + HEADER_BYTES < size ||
	    frames_alloc_zeroed(&mm_owner_heap, size + HEADER_BYTES, PAGE_SIZE,
				&pa))
		return NULL;
	head = phys_to_virt(pa);
	head->magic = LARGE_MAGIC;
	head->size_bytes = size;
	spin_lock(&heap_lock);
	heap_live.live_objects++;
	heap_live.live_bytes += size;
	spin_unlock(&heap_lock);
	return (char *)head + HEADER_BYTES;
}

void *heap_alloc(size_t size)
{
	if (size == 0)
		return NULL;
	return size <= LARGEST_CLASS ? alloc_small(size) : alloc_large(size);
}

void *heap_alloc_array(size_t count, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(count, size, &bytes))
		return NULL;
	return heap_alloc(bytes);
}

/* heap_lock held */
static void free_small(struct slab *slab, size_t offset)
{
	size_t size = class_size[slab->cls];
	size_t index = (offset - HEADER_BYTES) / size;
	uint64_t bit = BIT(index % 64);

	if (offset < HEADER_BYTES || HEADER_BYTES + index * size != offset ||
	    index >= slab_capacity(slab) || !(slab->used[index / 64] & bit))
		panic("heap: %p is not allocated", (char *)slab + offset);
	slab->used[index / 64] &= ~bit;
	heap_live.live_objects--;
	heap_live.live_bytes -= size;
	if (slab->used_count-- == slab_capacity(slab))
		list_push(slab);
	if (slab->used_count)
		return;
	list_remove(slab);
	slab->magic = 0;
	frames_free(&mm_owner_heap, virt_to_phys(slab), PAGE_SIZE);
}

/* heap_lock held */
static void free_large(struct slab *head, size_t offset)
{
	uint64_t size = head->size_bytes;

	if (offset != HEADER_BYTES)
		panic("heap: %p is not allocated", (char *)head + offset);
	heap_live.live_objects--;
	heap_live.live_bytes -= size;
	head->magic = 0;
	frames_free(&mm_owner_heap, virt_to_phys(head), size + HEADER_BYTES);
}

void heap_free(void *ptr)
{
	size_t offset = (uintptr_t)ptr & (PAGE_SIZE - 1);
	struct slab *slab;

	if (!ptr)
		return;
	slab = (struct slab *)((char *)ptr - offset);
	spin_lock(&heap_lock);
	if (!frames_is_ram(virt_to_phys(slab), PAGE_SIZE))
		panic("heap: %p is not RAM", ptr);
	if (slab->magic == SLAB_MAGIC)
		free_small(slab, offset);
	else if (slab->magic == LARGE_MAGIC)
		free_large(slab, offset);
	else
		panic("heap: %p is not allocated", ptr);
	spin_unlock(&heap_lock);
}

void heap_stats(struct heap_stats *stats)
{
	spin_lock(&heap_lock);
	*stats = heap_live;
	spin_unlock(&heap_lock);
}

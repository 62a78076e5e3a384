/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RAM at boot: what the tree says there is, minus what is taken.
 *
 * The frame allocator keeps its books inside free RAM, so nothing may be
 * added to it before every taken range is known. All is sorted out in one
 * small array first.
 */
#include "core.h"

#include <errno.h>
#include <string.h>

#include <arch/emergency.h>
#include <arch/pgtable.h>
#include <core/cpu.h>
#include <core/init.h>
#include <lib/fdt.h>
#include <lib/image.h>
#include <lib/log.h>
#include <lib/random.h>
#include <libfdt.h>
#include <mm/frames.h>
#include <mm/host_map.h>

#include <lib/fdt_walk.h>

#define LOG_TAG "memory"

/* The Image with its bss and boot stack: whole pages, by the linker script. */

#define SPAN_MAX 96

enum span_use {
	SPAN_FREE,
	SPAN_RESERVED, /* RAM that somebody has: mapped, never handed out */
	SPAN_IMAGE,    /* the same, and mapped by arch's boot code */
	SPAN_FDT,      /* free once the loader's tree is copied */
	SPAN_NOMAP,    /* not even to be read ahead */
};

struct span {
	uint64_t start, end; /* whole pages */
	enum span_use use;
};

/* Used by the boot CPU alone, before there is any other. */
static struct span spans[SPAN_MAX];
static unsigned int span_count;

static void span_add(uint64_t start, uint64_t end, enum span_use use)
{
	if (start >= end)
		return;
	if (span_count == SPAN_MAX) {
		/* RAM left out is harmless; a reservation left out is not,
		 * and carving only ever drops free parts */
		log_warn("%#lx..%#lx left unused: memory in too many pieces",
			 (unsigned long)start, (unsigned long)end);
		return;
	}
	spans[span_count++] = (struct span){start, end, use};
}

/* Page-wise bounds, the larger ones: [*start, *end) holds the range. */
static void round_out(uint64_t addr, uint64_t size, uint64_t *start,
		      uint64_t *end)
{
	uint64_t last = addr + size < addr ? UINT64_MAX : addr + size;

	*start = ALIGN_DOWN(addr, PAGE_SIZE);
	*end = last > ALIGN_DOWN(UINT64_MAX, PAGE_SIZE)
		       ? ALIGN_DOWN(UINT64_MAX, PAGE_SIZE)
		       : ALIGN_UP(last, PAGE_SIZE);
}

/* Give the free parts of a range another use; taken parts stay as they are. */
static void span_carve(uint64_t addr, uint64_t size, enum span_use use)
{
	unsigned int count = span_count;
	uint64_t start, end;

	if (!size)
		return;
	round_out(addr, size, &start, &end);
	for (unsigned int i = 0; i < count; i++) {
		struct span *span = &spans[i];
		struct span old = *span;

		if (old.use != SPAN_FREE || old.start >= end ||
		    old.end <= start)
			continue;
		span->start = MAX(old.start, start);
		span->end = MIN(old.end, end);
		span->use = use;
		span_add(old.start, span->start, SPAN_FREE);
		span_add(span->end, old.end, SPAN_FREE);
	}
}

/* Call @fn for each entry of a node's reg. */
static void each_reg(const void *fdt, int node,
		     void (*fn)(const struct fdt_reg *reg, enum span_use use),
		     enum span_use use)
{
	struct fdt_reg reg;
	int err;

	for (unsigned int i = 0;; i++) {
		err = fdt_node_reg(fdt, node, i, &reg);
		if (err)
			break;
		fn(&reg, use);
	}
	if (err != -ENOENT)
		log_warn("%s: malformed reg (%d)",
			 fdt_get_name(fdt, node, NULL), err);
}

static void add_bank(const struct fdt_reg *reg, enum span_use use)
{
	/* inwards: a part of a page is nobody's */
	uint64_t start = ALIGN_UP(reg->addr, PAGE_SIZE);
	uint64_t end = ALIGN_DOWN(reg->addr + reg->size, PAGE_SIZE);

	/* in the last page of all: no whole one, and @start went round */
	if (start < reg->addr)
		return;
	for (unsigned int i = 0; i < span_count; i++) {
		if (start < spans[i].end && end > spans[i].start) {
			log_warn("bank at %#lx is named twice, ignored",
				 (unsigned long)start);
			return;
		}
	}
	span_add(start, end, use);
}

static void carve_reg(const struct fdt_reg *reg, enum span_use use)
{
	span_carve(reg->addr, reg->size, use);
}

static void reserved_memory(const void *fdt, int parent, bool nomap)
{
	int node;

	fdt_for_each_child (node, fdt, parent) {
		bool is_nomap = fdt_prop(fdt, node, "no-map", NULL) != NULL;

		/* without reg it is a wish for memory, and free */
		if (is_nomap != nomap || !fdt_prop(fdt, node, "reg", NULL) ||
		    !fdt_node_enabled(fdt, node))
			continue;
		each_reg(fdt, node, carve_reg,
			 nomap ? SPAN_NOMAP : SPAN_RESERVED);
	}
}

static uint64_t chosen_address(const void *fdt, int chosen, const char *name)
{
	int len;
	const void *value = fdt_prop(fdt, chosen, name, &len);

	if (!value || (len != 4 && len != 8))
		return 0;
	return len == 4 ? fdt_cell(value, 0)
			: (uint64_t)fdt_cell(value, 0) << 32 |
				  fdt_cell(value, 1);
}

static void initrd(const void *fdt, int chosen)
{
	uint64_t start = chosen_address(fdt, chosen, "linux,initrd-start");
	uint64_t end = chosen_address(fdt, chosen, "linux,initrd-end");

	if (end > start)
		span_carve(start, end - start, SPAN_RESERVED);
}

/* The loader's gift, which no guest sees: theirs grow from it. */
static void seed(const void *fdt, int chosen)
{
	int len;
	const void *value = fdt_prop(fdt, chosen, "rng-seed", &len);

	if (value)
		random_seed(value, (size_t)len);
}

/* One pass over the tree finds the few nodes that matter here. */
struct top_nodes {
	int reserved, chosen;
};

static struct top_nodes find_nodes_add_banks(const void *fdt)
{
	struct top_nodes top = {-1, -1};
	struct fdt_walk walk;
	enum fdt_token token;
	int bank = -1;

	if (!fdt_walk_init(&walk, fdt))
		return top;
	while ((token = fdt_walk_next(&walk)) != FDT_TOKEN_DONE) {
		if (walk.depth != 2)
			continue;
		if (token == FDT_TOKEN_NODE) {
			bank = -1;
			if (fdt_name_is(walk.name, "reserved-memory"))
				top.reserved = walk.node;
			else if (fdt_name_is(walk.name, "chosen"))
				top.chosen = walk.node;
		} else if (token == FDT_TOKEN_PROP &&
			   fdt_name_is(walk.name, "device_type") &&
			   walk.len == 7 && !memcmp(walk.value, "memory", 7)) {
			bank = walk.node;
			if (fdt_node_enabled(fdt, bank))
				each_reg(fdt, bank, add_bank, SPAN_FREE);
		}
	}
	return top;
}

/* Strictest use first: what is carved once keeps its use. */
static void sort_out(const void *fdt)
{
	struct top_nodes top = find_nodes_add_banks(fdt);
	int count = fdt_num_mem_rsv(fdt);

	if (!span_count)
		boot_fail("the device tree names no memory");
	if (top.reserved >= 0)
		reserved_memory(fdt, top.reserved, true);
	span_carve(virt_to_phys(image.start).v,
		   (uint64_t)(image.end - image.start), SPAN_IMAGE);
	/* before the reservations: loaders reserve the tree itself */
	span_carve(virt_to_phys(fdt).v, fdt_totalsize(fdt), SPAN_FDT);
	if (top.reserved >= 0)
		reserved_memory(fdt, top.reserved, false);
	if (top.chosen >= 0) {
		initrd(fdt, top.chosen);
		seed(fdt, top.chosen);
	}
	for (int i = 0; i < count; i++) {
		uint64_t addr, size;

		if (!fdt_get_mem_rsv(fdt, i, &addr, &size))
			span_carve(addr, size, SPAN_RESERVED);
	}
}

static void hand_over(const struct span *span)
{
	hpa_t base = hpa(span->start);
	uint64_t size = span->end - span->start;
	int err = 0;

	if (span->use == SPAN_FREE || span->use == SPAN_RESERVED)
		err = host_map_ram(base, size);
	if (err) {
		log_err("RAM at %#lx is left unused: it cannot be mapped (%d)",
			(unsigned long)span->start, err);
		return;
	}
	if (span->use == SPAN_FREE)
		frames_add(base, size);
	else if (span->use == SPAN_RESERVED || span->use == SPAN_IMAGE)
		frames_add_reserved(base, size);
}

/*
 * The copy is as long as what is used: the tree of QEMU is 1 MiB of mostly
 * nothing. Node offsets stay what they are.
 */
static void copy_fdt(const void *fdt)
{
	uint32_t used = fdt_off_dt_struct(fdt) + fdt_size_dt_struct(fdt);
	uint32_t strings = fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt);
	uint32_t rsv = fdt_off_mem_rsvmap(fdt) +
		       16 * ((uint32_t)fdt_num_mem_rsv(fdt) + 1);
	hpa_t pa;
	void *copy;

	used = MAX(MAX(used, strings), rsv);
	if (frames_alloc(&mm_owner_misc, used, PAGE_SIZE, &pa))
		panic("no memory for a copy of the device tree");
	copy = phys_to_virt(pa);
	memcpy(copy, fdt, used);
	fdt_set_totalsize(copy, used);
	fdt_set_host(copy);
}

void boot_memory_rest(void)
{
	void *tables = arch_table_take();
	uint64_t size = PAGE_SIZE;

	if (tables) {
		while (arch_table_take())
			size += PAGE_SIZE;
		frames_release(virt_to_phys(tables), size);
	}
	frames_release(virt_to_phys(image.emergency_stacks +
				    (size_t)cpu_count * EMERGENCY_SIZE),
		       (uint64_t)(CPU_MAX - cpu_count) * EMERGENCY_SIZE);
}

void boot_memory(hpa_t fdt_pa)
{
	const void *fdt = phys_to_virt(fdt_pa);
	struct fdt_walk walk;

	if (!fdt_pa.v)
		boot_fail("the loader gave no usable device tree");
	if (fdt_check_header(fdt) || !fdt_walk_init(&walk, fdt))
		boot_fail("the device tree at %#lx is damaged",
			  (unsigned long)fdt_pa.v);
	fdt_set_host(fdt);
	sort_out(fdt);
	host_map_init();
	/* free ones first: the tables that map the others come from them */
	for (unsigned int i = 0; i < span_count; i++)
		if (spans[i].use == SPAN_FREE)
			hand_over(&spans[i]);
	for (unsigned int i = 0; i < span_count; i++)
		if (spans[i].use != SPAN_FREE)
			hand_over(&spans[i]);
	copy_fdt(fdt);
	for (unsigned int i = 0; i < span_count; i++) {
		/* boot code mapped it as ordinary RAM */
		if (spans[i].use == SPAN_FDT)
			frames_add(hpa(spans[i].start),
				   spans[i].end - spans[i].start);
	}
	app_reserve_memory();
}

/* SPDX-License-Identifier: Apache-2.0 */
/* One VM's guest addresses: RAM, windows and images against each other. */
#include <string.h>

#include "vm_check.h"

#define ADDRESS_LIMIT ((uint64_t)1 << 48)

static void check_region(struct check *check, const struct vm_config *config,
			 unsigned int i)
{
	const struct vm_region *region = &config->regions[i];

	if (!region->size_bytes ||
	    !IS_ALIGNED(region->gpa | region->size_bytes, PAGE_SIZE))
		check_error(check, config,
			    "kernel.memory_regions[%u]: 0x%lx, size 0x%lx is "
			    "misaligned; address and size must be multiples of "
			    "0x1000, the size not 0",
			    i, (unsigned long)region->gpa,
			    (unsigned long)region->size_bytes);
	if (region->gpa >= ADDRESS_LIMIT ||
	    region->size_bytes > ADDRESS_LIMIT - region->gpa)
		check_error(check, config,
			    "kernel.memory_regions[%u]: 0x%lx, size 0x%lx ends "
			    "above 48 bits of address; choose lower ones",
			    i, (unsigned long)region->gpa,
			    (unsigned long)region->size_bytes);
	if (!(region->prot & 1))
		check_warn(check, config,
			   "kernel.memory_regions[%u]: flags 0x%x do not let "
			   "the guest read; 0x7 is usual",
			   i, region->prot);
}

static const struct vm_region *region_at(const struct vm_config *config,
					 uint64_t gpa)
{
	unsigned int i;

	for (i = 0; i < config->region_count; i++)
		if (range_within(gpa, 1, config->regions[i].gpa,
				 config->regions[i].size_bytes))
			return &config->regions[i];
	return NULL;
}

/* First address from @gpa on that is no RAM. */
static uint64_t ram_end(const struct vm_config *config, uint64_t gpa)
{
	const struct vm_region *region;
	unsigned int steps = config->region_count;

	while (steps-- && (region = region_at(config, gpa)))
		gpa = region->gpa + region->size_bytes;
	return gpa;
}

static bool region0_identical(const struct vm_config *config)
{
	return config->region_count &&
	       config->regions[0].map_type == VM_MAP_IDENTICAL;
}

static void check_entry(struct check *check, const struct vm_config *config)
{
	const struct vm_region *region = region_at(config, config->entry_point);
	unsigned long entry = config->entry_point;

	if (config->boot_protocol == VM_BOOT_UEFI)
		return; /* the firmware's reset vector counts */
	if (!region && region0_identical(config))
		check_warn(check, config,
			   "kernel.entry_point: 0x%lx is ignored: the first "
			   "memory region is identical (map_type 1), the guest "
			   "starts at its beginning",
			   entry);
	else if (!region)
		check_error(check, config,
			    "kernel.entry_point: 0x%lx lies outside every "
			    "memory region; put it inside one, first is "
			    "0x%lx-0x%lx",
			    entry, (unsigned long)config->regions[0].gpa,
			    (unsigned long)(config->regions[0].gpa +
					    config->regions[0].size_bytes - 1));
	else if (!(region->prot & 4))
		check_error(check, config,
			    "kernel.entry_point: 0x%lx lies in "
			    "memory_regions[%u], whose flags 0x%x lack execute "
			    "(4); add it",
			    entry, (unsigned int)(region - config->regions),
			    region->prot);
}

static void check_image(struct check *check, const struct vm_config *config,
			const struct span *span)
{
	char label[SPAN_LABEL_MAX];
	unsigned long missing;
	uint64_t end;

	if (!span->size_bytes)
		return;
	span_label(config, span, label);
	if (span->base >= ADDRESS_LIMIT || !region_at(config, span->base)) {
		check_error(check, config,
			    "%s: lies outside every memory region; load it "
			    "inside one",
			    label);
		return;
	}
	end = ram_end(config, span->base);
	if (end - span->base >= span->size_bytes)
		return;
	missing = span->size_bytes - (end - span->base);
	check_error(check, config,
		    "%s: needs 0x%lx bytes, but its memory region ends at "
		    "0x%lx: 0x%lx bytes too small; enlarge the region or load "
		    "it lower",
		    label, (unsigned long)span->size_bytes, (unsigned long)end,
		    missing);
}

/*
 * An arm64 Image wants to lie text_offset above a 2 MiB boundary. Linux ones
 * (they begin as PE files do) are the ones that mind.
 */
static void check_arm64_image(struct check *check,
			      const struct vm_config *config)
{
	const struct vm_image *kernel = &config->kernel;
	const uint8_t *p = kernel->data;
	uint64_t text_offset;

	if (!p || kernel->size_bytes < 64 || region0_identical(config) ||
	    memcmp(p + 56, "ARM\x64", 4) || memcmp(p, "MZ", 2))
		return;
	text_offset = p[8] | (uint64_t)p[9] << 8 | (uint64_t)p[10] << 16 |
		      (uint64_t)p[11] << 24;
	if (!IS_ALIGNED(kernel->load, PAGE_SIZE))
		check_error(check, config,
			    "kernel.kernel_load_addr: 0x%lx is misaligned for "
			    "an arm64 kernel; use a multiple of 0x20_0000",
			    (unsigned long)kernel->load);
	else if (!IS_ALIGNED(kernel->load - text_offset, SIZE_2M))
		check_warn(check, config,
			   "kernel.kernel_load_addr: 0x%lx is not 0x%lx above "
			   "a multiple of 2 MiB, as this arm64 kernel asks; "
			   "it may complain or fail",
			   (unsigned long)kernel->load,
			   (unsigned long)text_offset);
}

static void check_dtb(struct check *check, const struct vm_config *config)
{
	const struct vm_image *dtb = &config->dtb;
	unsigned long load = dtb->load;

	if (!dtb->has_load || region0_identical(config))
		return;
	if (!IS_ALIGNED(dtb->load, 8))
		check_error(check, config,
			    "kernel.dtb_load_addr: 0x%lx is misaligned; use a "
			    "multiple of 8",
			    load);
	if (!dtb->path && !region_at(config, dtb->load))
		check_error(check, config,
			    "kernel.dtb_load_addr: 0x%lx lies outside every "
			    "memory region; put it inside one, or leave it out",
			    load);
}

/* The tree is generated, its size unknown: its first bytes count. */
static void check_generated_dtb(struct check *check,
				const struct vm_config *config,
				const struct span *span)
{
	char label[SPAN_LABEL_MAX];

	if (config->dtb.path || !config->dtb.has_load ||
	    region0_identical(config) ||
	    !range_within(config->dtb.load, 1, span->base, span->size_bytes))
		return;
	check_error(check, config,
		    "kernel.dtb_load_addr: 0x%lx lies inside %s; move one of "
		    "them",
		    (unsigned long)config->dtb.load,
		    span_label(config, span, label));
}

static void overlap_error(struct check *check, const struct vm_config *config,
			  const struct span *a, const struct span *b)
{
	char label_a[SPAN_LABEL_MAX];
	char label_b[SPAN_LABEL_MAX];

	check_error(check, config, "%s overlaps %s; move one of them",
		    span_label(config, b, label_b),
		    span_label(config, a, label_a));
}

static void overlap_cut(struct check *check, const struct vm_config *config,
			const struct span *winner, const struct span *range)
{
	char label_a[SPAN_LABEL_MAX];
	char label_b[SPAN_LABEL_MAX];

	check_warn(check, config, "%s is cut out of %s",
		   span_label(config, winner, label_a),
		   span_label(config, range, label_b));
}

/* @a comes before @b in span_get()'s order: RAM, emulated, passed, images. */
static void check_pair(struct check *check, const struct vm_config *config,
		       const struct span *a, const struct span *b)
{
	bool a_passed = a->kind == SPAN_PT || a->kind == SPAN_RANGE;
	bool b_passed = b->kind == SPAN_PT || b->kind == SPAN_RANGE;

	if (!ranges_overlap(a->base, a->size_bytes, b->base, b->size_bytes))
		return;
	if (b->kind == SPAN_IMAGE) {
		/* against windows: they are no RAM, reported there */
		if (a->kind == SPAN_IMAGE)
			overlap_error(check, config, a, b);
		return;
	}
	if (a->floating || b->floating)
		return; /* its written address is a hint */
	if (a->kind == SPAN_RAM && b->kind == SPAN_RANGE && a->has_host)
		overlap_cut(check, config, a, b);
	else if (a->kind == SPAN_EMU && b_passed)
		overlap_cut(check, config, a, b);
	else if (!(a_passed && b_passed &&
		   a->host - a->base == b->host - b->base))
		overlap_error(check, config, a, b);
}

static void check_pairs(struct check *check, const struct vm_config *config)
{
	unsigned int limit = check->report->error_count + 50;
	struct span a, b;
	unsigned int i, j;

	for (i = 0; span_get(config, i, &a); i++) {
		if (!a.size_bytes)
			continue;
		for (j = i + 1; span_get(config, j, &b); j++)
			check_pair(check, config, &a, &b);
		if (a.kind == SPAN_IMAGE) {
			check_image(check, config, &a);
			check_generated_dtb(check, config, &a);
		}
		if (check->report->error_count > limit)
			return; /* enough to begin with */
	}
}

void check_memory(struct check *check, const struct vm_config *config)
{
	unsigned int i;

	if (!config->region_count)
		return;
	for (i = 0; i < config->region_count; i++)
		check_region(check, config, i);
	check_entry(check, config);
	check_dtb(check, config);
	check_arm64_image(check, config);
	check_pairs(check, config);
}

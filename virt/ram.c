/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's RAM: host memory behind each region of the configuration. */
#define LOG_TAG "ram"
#include "plan.h"
#include "ranges.h"

#include <arch/pgtable.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/frames.h>
#include <mm/heap.h>
#include <mm/stage2.h>
#include <virt/span.h>

#define RAM_CHUNKS_MAX 64

static int chunk_add(struct vm *vm, const struct vm_region *region,
		     struct vm_ram ram)
{
	if (vm->ram_count == RAM_CHUNKS_MAX) {
		log_err("%s: host memory is too scattered for its regions",
			vm->config->name);
		if (ram.owned)
			frames_free(&vm->owner, ram.hpa, ram.size_bytes);
		return -ENOMEM;
	}
	ram.region = (uint32_t)(region - vm->config->regions);
	ram.mapped = !(ram.prot & PGT_DEVICE) &&
		     frames_is_ram(ram.hpa, ram.size_bytes);
	/* from here on vm_ram_destroy() gives it back */
	vm->ram[vm->ram_count++] = ram;
	return stage2_map(&vm->stage2, ram.gpa, ram.hpa, ram.size_bytes,
			  ram.prot);
}

/* Contiguous, aligned so that the largest leaves fit. */
static int chunk_alloc(struct vm *vm, uint64_t gpa, uint64_t size, hpa_t *at)
{
	static const uint64_t aligns[] = {SIZE_1G, SIZE_2M, PAGE_SIZE};

	for (unsigned int i = 0; i < ARRAY_SIZE(aligns); i++) {
		if (size < aligns[i] || !IS_ALIGNED(gpa, aligns[i]))
			continue;
		if (!frames_alloc(&vm->owner, size, aligns[i], at))
			return 0;
	}
	return -ENOMEM;
}

static int region_alloc(struct vm *vm, const struct vm_region *region)
{
	uint64_t done = 0, want = region->size_bytes;
	struct frames_stats free;

	/* else all that is free is taken first, and zeroed before it is
	 * given back: seconds for nothing */
	frames_stats(&free);
	if (want / PAGE_SIZE > free.free_pages)
		return -ENOMEM;
	while (done < region->size_bytes) {
		uint64_t at = region->gpa + done;
		hpa_t base;
		int err;

		want = MIN(want, region->size_bytes - done);
		if (chunk_alloc(vm, at, want, &base)) {
			want = ALIGN_DOWN(want / 2, SIZE_2M);
			if (!want)
				return -ENOMEM;
			continue;
		}
		err = chunk_add(vm, region,
				(struct vm_ram){
					.gpa = gpa(at),
					.hpa = base,
					.size_bytes = want,
					.prot = region->prot,
					.owned = true,
				});
		if (err)
			return err;
		done += want;
	}
	return 0;
}

/*
 * Guest addresses that something else of the VM has. @all: also what is
 * passed through at its own address. Such a range yields to RAM and may be as
 * large as all addresses, so it only matters while there is a choice.
 */
static int taken_cut(const struct vm *vm, bool all, struct range_set *set)
{
	const struct vm_config *config = vm->config;
	struct span span;
	int err = 0;

	for (unsigned int i = 0; err >= 0 && i < vm->ram_count; i++)
		err = range_set_remove(set, vm->ram[i].gpa.v,
				       vm->ram[i].size_bytes);
	for (unsigned int i = 0; err >= 0 && span_get(config, i, &span); i++) {
		bool yields = span.kind == SPAN_RANGE ||
			      (span.kind == SPAN_PT && span.base == span.host);

		if (span.floating || span.kind == SPAN_IMAGE ||
		    (yields && !all))
			continue;
		err = range_set_remove(set, span.base, span.size_bytes);
	}
	return err < 0 ? err : 0;
}

/* The highest place, as frames_alloc() has it for large ranges. */
static int free_take(struct vm *vm, const struct range_set *set, uint64_t size,
		     hpa_t *base)
{
	for (unsigned int i = set->count; i-- > 0;) {
		const struct vm_range *r = &set->ranges[i];
		uint64_t at;

		if (r->size_bytes < size)
			continue;
		at = ALIGN_DOWN(r->base + r->size_bytes - size, SIZE_2M);
		if (at < r->base || frames_alloc_at(&vm->owner, hpa(at), size))
			continue;
		*base = hpa(at);
		return 0;
	}
	return -ENOMEM;
}

/* Any place where nothing else of the VM is. */
static int identical_alloc(struct vm *vm, uint64_t size, bool all, hpa_t *base)
{
	struct range_set set = {0};
	uint64_t from = 0, bytes;
	hpa_t free;
	int err = 0;

	for (; !err && frames_next_free(from, &free, &bytes);
	     from = free.v + bytes)
		err = range_set_add(&set, free.v, bytes);
	if (!err)
		err = taken_cut(vm, all, &set);
	if (!err)
		err = free_take(vm, &set, size, base);
	range_set_free(&set);
	return err;
}

/* At the written address, which is only a hint but often the right one. */
static int identical_alloc_at(struct vm *vm, const struct vm_region *region)
{
	struct range_set set = {0};
	int err;

	if (!IS_ALIGNED(region->gpa, SIZE_2M))
		return -EINVAL;
	err = range_set_add(&set, region->gpa, region->size_bytes);
	if (!err)
		err = taken_cut(vm, false, &set);
	if (!err &&
	    (set.count != 1 || set.ranges[0].size_bytes != region->size_bytes))
		err = -EEXIST;
	range_set_free(&set);
	return err ? err
		   : frames_alloc_at(&vm->owner, hpa(region->gpa),
				     region->size_bytes);
}

static int region_identical(struct vm *vm, const struct vm_region *region)
{
	hpa_t base = hpa(region->gpa);

	if (identical_alloc_at(vm, region)) {
		if (identical_alloc(vm, region->size_bytes, true, &base) &&
		    identical_alloc(vm, region->size_bytes, false, &base))
			return -ENOMEM;
		log_info("%s: identical region at 0x%llx, not 0x%llx",
			 vm->config->name, (unsigned long long)base.v,
			 (unsigned long long)region->gpa);
	}
	return chunk_add(vm, region,
			 (struct vm_ram){
				 .gpa = gpa(base.v),
				 .hpa = base,
				 .size_bytes = region->size_bytes,
				 .prot = region->prot,
				 .owned = true,
			 });
}

static int region_reserved(struct vm *vm, const struct vm_region *region)
{
	bool owned;
	int err = reserved_claim(vm->config, region, &vm->owner, &owned);

	if (err)
		return err;
	return chunk_add(vm, region,
			 (struct vm_ram){
				 .gpa = gpa(region->gpa),
				 .hpa = hpa(region->gpa),
				 .size_bytes = region->size_bytes,
				 .prot = region->prot,
				 .owned = owned,
			 });
}

static int region_create(struct vm *vm, const struct vm_region *region)
{
	switch (region->map_type) {
	case VM_MAP_ALLOC:
		return region_alloc(vm, region);
	case VM_MAP_IDENTICAL:
		return region_identical(vm, region);
	case VM_MAP_RESERVED:
		return region_reserved(vm, region);
	default:
		return -EINVAL;
	}
}

int vm_ram_create(struct vm *vm)
{
	const struct vm_config *config = vm->config;

	vm->ram = heap_alloc_array(RAM_CHUNKS_MAX, sizeof(*vm->ram));
	if (!vm->ram)
		return -ENOMEM;
	for (unsigned int i = 0; i < config->region_count; i++) {
		const struct vm_region *region = &config->regions[i];
		int err = region_create(vm, region);

		if (!err)
			continue;
		log_err("%s: memory_regions[%u]: 0x%llx + 0x%llx: %s (%d)",
			config->file, i, (unsigned long long)region->gpa,
			(unsigned long long)region->size_bytes,
			err == -EEXIST   ? "overlaps another region"
			: err == -ENOMEM ? "not enough free host memory"
					 : "refused",
			err);
		return err;
	}
	return 0;
}

void vm_ram_wipe(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->ram_count; i++)
		if (vm->ram[i].owned)
			arch_page_zero(phys_to_virt(vm->ram[i].hpa),
				       vm->ram[i].size_bytes);
}

void vm_ram_destroy(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->ram_count; i++)
		if (vm->ram[i].owned)
			frames_free(&vm->owner, vm->ram[i].hpa,
				    vm->ram[i].size_bytes);
	heap_free(vm->ram);
	vm->ram = NULL;
	vm->ram_count = 0;
}

/* For a guest whose caches are off at first. Device memory too: it is RAM. */
void vm_ram_zero(struct vm *vm)
{
	for (unsigned int i = 0; i < vm->ram_count; i++)
		if (vm->ram[i].owned)
			arch_page_zero_clean(phys_to_virt(vm->ram[i].hpa),
					     vm->ram[i].size_bytes);
}

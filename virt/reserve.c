/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Host memory that guest files name by its address (map type 2).
 *
 * Embedded VMs' ranges are taken at boot, before anything else can sit there.
 * A range that is no RAM of ours (the tree reserves it, or it belongs to a
 * co-processor) needs no taking. One that is partly in use is refused: it
 * would give the guest a piece of the host. So is one over registers that are
 * not the guest's to have: passthrough_addresses would cut these out.
 */
#define LOG_TAG "reserve"
#include "plan.h"
#include "ranges.h"

#include <core/init.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/frames.h>

#define RESERVED_MAX 32

struct reserved {
	uint64_t base, size_bytes;
	int err; /* 0: taken, or no RAM */
};

/* written at boot only */
static struct reserved reserved[RESERVED_MAX];
static unsigned int reserved_count;
static struct mm_owner reserved_owner = {.name = "guests-reserved"};

static int range_take(struct mm_owner *owner, uint64_t base,
		      uint64_t size_bytes, bool *owned)
{
	int err = frames_alloc_at(owner, hpa(base), size_bytes);

	*owned = !err;
	if (err && !frames_any_ram(hpa(base), size_bytes))
		err = 0;
	return err;
}

static const struct reserved *reserved_find(const struct vm_region *region)
{
	for (unsigned int i = 0; i < reserved_count; i++)
		if (reserved[i].base == region->gpa &&
		    reserved[i].size_bytes == region->size_bytes)
			return &reserved[i];
	return NULL;
}

static void region_reserve(const struct vm_config *config,
			   const struct vm_region *region)
{
	struct reserved *r;
	bool owned;

	if (region->map_type != VM_MAP_RESERVED || reserved_find(region))
		return;
	if (reserved_count == RESERVED_MAX) {
		log_err("%s: more than %u reserved ranges", config->file,
			RESERVED_MAX);
		return;
	}
	r = &reserved[reserved_count++];
	r->base = region->gpa;
	r->size_bytes = region->size_bytes;
	r->err = range_take(&reserved_owner, r->base, r->size_bytes, &owned);
}

void app_reserve_memory(void)
{
	for (unsigned int i = 0; i < vm_config_count; i++) {
		const struct vm_config *config = vm_config_table[i];

		for (unsigned int j = 0; j < config->region_count; j++)
			region_reserve(config, &config->regions[j]);
	}
}

int reserved_claim(const struct vm_config *config,
		   const struct vm_region *region, struct mm_owner *owner,
		   bool *owned)
{
	const struct reserved *r = reserved_find(region);
	int err;

	*owned = false;
	err = r ? r->err
		: range_take(owner, region->gpa, region->size_bytes, owned);
	if (err)
		log_err("%s: memory_regions: reserved 0x%llx + 0x%llx is not "
			"free on this machine",
			config->file, (unsigned long long)region->gpa,
			(unsigned long long)region->size_bytes);
	return err ? -EBUSY : 0;
}

/* Two VMs share a range when both write the same. */
static bool is_refused(const struct vm_ram *ram, const struct kept_range *range)
{
	if (range->kind == KEPT_BANK ||
	    !range_overlaps(ram->hpa.v, ram->size_bytes, range->base,
			    range->size_bytes))
		return false;
	return range->kind != KEPT_OTHERS_RAM || range->base != ram->hpa.v ||
	       range->size_bytes != ram->size_bytes;
}

int reserved_check(const struct vm *vm, const struct host_kept *kept)
{
	for (unsigned int i = 0; i < vm->ram_count; i++) {
		const struct vm_ram *ram = &vm->ram[i];

		if (ram->owned || ram->mapped)
			continue;
		for (unsigned int j = 0; j < kept->range_count; j++) {
			if (!is_refused(ram, &kept->ranges[j]))
				continue;
			log_err("%s: memory_regions: reserved 0x%llx + 0x%llx "
				"covers %s, which is not this VM's",
				vm->config->file,
				(unsigned long long)ram->hpa.v,
				(unsigned long long)ram->size_bytes,
				kept->ranges[j].name);
			return -EBUSY;
		}
	}
	return 0;
}

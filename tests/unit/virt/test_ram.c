/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's RAM: where identical regions go, and that all of it is zeroed. */
#include "../../../virt/plan.h"

#include <arch/pgtable.h>
#include <core/task.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include <mm/frames.h>

#define MIB (1024ull * 1024)
#define RAM 0x40000000ull
#define RAM_END 0x80000000ull

static struct vm_region regions[4];
static struct vm_emu_device emu[2];
static struct vm_pt_device devices[2];
static struct vm_range addresses[1];
static struct vm_config config;
static struct vm vm;
static int task_err;
static unsigned int task_prio;

int stage2_map(struct stage2 *s2 __unused_arg, gpa_t gpa __unused_arg,
	       hpa_t hpa __unused_arg, uint64_t size_bytes __unused_arg,
	       unsigned int prot __unused_arg)
{
	return 0;
}

int reserved_claim(const struct vm_config *cfg __unused_arg,
		   const struct vm_region *region __unused_arg,
		   struct mm_owner *owner __unused_arg, bool *owned)
{
	*owned = false;
	return 0;
}

/* tasks run when they are joined */
static struct task_attr waiting;

int task_create(const struct task_attr *attr, struct task **task)
{
	if (task_err)
		return task_err;
	waiting = *attr;
	task_prio = attr->priority;
	*task = (struct task *)&waiting;
	return 0;
}

void task_join(struct task *task)
{
	assert_ptr_equal(task, &waiting);
	waiting.fn(waiting.arg);
}

static int setup(void **state)
{
	static bool added;

	(void)state;
	if (!added)
		frames_add(hpa(RAM), RAM_END - RAM);
	added = true;
	memset(regions, 0, sizeof(regions));
	memset(emu, 0, sizeof(emu));
	memset(devices, 0, sizeof(devices));
	memset(addresses, 0, sizeof(addresses));
	config = (struct vm_config){
		.name = "test",
		.file = "test.toml",
		.regions = regions,
		.emu_devices = emu,
		.pt_devices = devices,
		.pt_addresses = addresses,
	};
	vm = (struct vm){.config = &config, .owner = {.name = "test"}};
	task_err = 0;
	return 0;
}

static int teardown(void **state)
{
	struct frames_stats stats;

	(void)state;
	vm_ram_destroy(&vm);
	frames_stats(&stats);
	assert_int_equal(vm.owner.pages, 0);
	return stats.free_pages != stats.total_pages;
}

static void region(uint64_t base, uint64_t size, uint32_t type, uint32_t prot)
{
	regions[config.region_count++] =
		(struct vm_region){base, size, prot, type};
}

/* Somebody's bytes are in every free page. */
static void zeroed_of_every_kind(void **state)
{
	uint64_t gpa = 0x80000000;

	(void)state;
	region(gpa, 4 * PAGE_SIZE, VM_MAP_ALLOC, PGT_R | PGT_W);
	region(gpa + SIZE_2M, PAGE_SIZE, VM_MAP_ALLOC,
	       PGT_R | PGT_W | PGT_DEVICE);
	region(gpa + 2 * SIZE_2M, PAGE_SIZE, VM_MAP_ALLOC,
	       PGT_R | PGT_W | PGT_UNCACHED);
	assert_int_equal(vm_ram_create(&vm), 0);
	assert_int_equal(vm.ram_count, 3);
	assert_false(vm.ram[1].mapped);
	/* in a task that no guest waits for, or at once without memory */
	for (task_err = -ENOMEM; task_err <= 0; task_err += ENOMEM) {
		for (unsigned int i = 0; i < 3; i++)
			memset(phys_to_virt(vm.ram[i].hpa), 0xa5,
			       vm.ram[i].size_bytes);
		vm_ram_zero(&vm);
		for (unsigned int i = 0; i < 3; i++) {
			const uint8_t *p = phys_to_virt(vm.ram[i].hpa);

			for (uint64_t j = 0; j < vm.ram[i].size_bytes; j++)
				assert_int_equal(p[j], 0);
		}
	}
	assert_true(task_prio <= TASK_PRIO_VCPU);
	task_err = 0;
	memset(phys_to_virt(vm.ram[0].hpa), 0xa5, PAGE_SIZE);
	{
		const uint8_t *p = phys_to_virt(vm.ram[0].hpa);

		vm_ram_wipe(&vm);
		vm_ram_destroy(&vm);
		/* the allocator's own notes are in a range's last page */
		assert_int_equal(p[0] | p[PAGE_SIZE / 2], 0);
	}
}

/* Refused before anything is taken, which would have to be zeroed again. */
static void more_than_is_free(void **state)
{
	struct frames_stats before, after;

	(void)state;
	frames_stats(&before);
	region(0x80000000, (before.free_pages + 1) * PAGE_SIZE, VM_MAP_ALLOC,
	       7);
	assert_int_equal(vm_ram_create(&vm), -ENOMEM);
	assert_int_equal(vm.ram_count, 0);
	frames_stats(&after);
	assert_int_equal(after.free_pages, before.free_pages);
}

static uint64_t placed(unsigned int i)
{
	assert_int_equal(vm.ram[i].gpa.v, vm.ram[i].hpa.v);
	assert_true(IS_ALIGNED(vm.ram[i].gpa.v, SIZE_2M));
	return vm.ram[i].gpa.v;
}

static void identical_at_its_hint(void **state)
{
	(void)state;
	region(RAM + 64 * MIB, 32 * MIB, VM_MAP_IDENTICAL, 7);
	addresses[0] = (struct vm_range){0, UINT64_MAX};
	config.pt_address_count = 1;
	assert_int_equal(vm_ram_create(&vm), 0);
	assert_int_equal(placed(0), RAM + 64 * MIB);
}

static void identical_elsewhere(void **state)
{
	(void)state;
	/* no RAM there, not aligned, past all addresses */
	region(0x240000000, 32 * MIB, VM_MAP_IDENTICAL, 7);
	region(RAM + PAGE_SIZE, 32 * MIB, VM_MAP_IDENTICAL, 7);
	region(UINT64_MAX - SIZE_2M + 1, 32 * MIB, VM_MAP_IDENTICAL, 7);
	assert_int_equal(vm_ram_create(&vm), 0);
	assert_int_equal(placed(0), RAM_END - 32 * MIB);
	assert_int_equal(placed(1), RAM_END - 64 * MIB);
	assert_int_equal(placed(2), RAM_END - 96 * MIB);
}

/* The GIC that a board's file places is where this machine has RAM. */
static void identical_avoids_windows(void **state)
{
	(void)state;
	region(0x240000000, 256 * MIB, VM_MAP_IDENTICAL, 7);
	emu[0] = (struct vm_emu_device){.name = "gicd",
					.gpa = RAM_END - 26 * MIB,
					.size_bytes = 0x10000,
					.type = VM_EMU_GIC_DIST};
	emu[1] = (struct vm_emu_device){.name = "gicr",
					.gpa = RAM_END - 25 * MIB,
					.size_bytes = 0x20000,
					.type = VM_EMU_GIC_REDIST};
	config.emu_device_count = 2;
	assert_int_equal(vm_ram_create(&vm), 0);
	assert_int_equal(placed(0), RAM_END - (256 + 26) * MIB);
}

static void identical_avoids_fixed_regions(void **state)
{
	(void)state;
	/* at its hint lies a later region; the free top is taken by another */
	region(RAM, 512 * MIB, VM_MAP_IDENTICAL, 7);
	region(RAM + 16 * MIB, MIB, VM_MAP_RESERVED, 7);
	region(RAM_END - 256 * MIB, 512 * MIB, VM_MAP_RESERVED, 7);
	assert_int_equal(vm_ram_create(&vm), 0);
	assert_int_equal(placed(0), RAM_END - 768 * MIB);
}

static void identical_avoids_tuples(void **state)
{
	(void)state;
	region(0x240000000, 64 * MIB, VM_MAP_IDENTICAL, 7);
	region(0x240000000, 64 * MIB, VM_MAP_IDENTICAL, 7);
	devices[0] = (struct vm_pt_device){.name = "moved",
					   .gpa = RAM_END - 32 * MIB,
					   .hpa = 0x9040000,
					   .size_bytes = PAGE_SIZE};
	devices[1] = (struct vm_pt_device){.path = "/"};
	config.pt_device_count = 2;
	addresses[0] = (struct vm_range){RAM_END - 128 * MIB, PAGE_SIZE};
	config.pt_address_count = 1;
	assert_int_equal(vm_ram_create(&vm), 0);
	assert_int_equal(placed(0), RAM_END - 96 * MIB);
	assert_int_equal(placed(1), RAM_END - 192 * MIB);
}

/* A range at its own address yields to RAM when there is no choice. */
static void identical_over_ranges(void **state)
{
	(void)state;
	region(0x240000000, 64 * MIB, VM_MAP_IDENTICAL, 7);
	addresses[0] = (struct vm_range){0, 0x100000000};
	config.pt_address_count = 1;
	assert_int_equal(vm_ram_create(&vm), 0);
	assert_int_equal(placed(0), RAM_END - 64 * MIB);
}

static void identical_without_room(void **state)
{
	(void)state;
	region(0x240000000, 768 * MIB, VM_MAP_IDENTICAL, 7);
	emu[0] = (struct vm_emu_device){.name = "gicd",
					.gpa = RAM + 512 * MIB,
					.size_bytes = 0x10000,
					.type = VM_EMU_GIC_DIST};
	config.emu_device_count = 1;
	assert_int_equal(vm_ram_create(&vm), -ENOMEM);
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(zeroed_of_every_kind),     T(more_than_is_free),
		T(identical_at_its_hint),    T(identical_elsewhere),
		T(identical_avoids_windows), T(identical_avoids_fixed_regions),
		T(identical_avoids_tuples),  T(identical_over_ranges),
		T(identical_without_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Where images go (place.c) and whether they fit there (loader.c). */
#include "../../../virt/plan.h"

#include "fake_virt.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <virt/guest_mem.h>
#include <virt/span.h>
#include <virt/vdisk.h>

#include <cmocka.h>

#define MIB (1024ull * 1024)

static uint8_t image[64];
static struct vm_region regions[3];
static struct vm_ram ram[6];
static struct vm_config config;
static struct vm_plan plan;
static struct vm vm;
static int tree_err;
static unsigned int loads, reseeds;
static gpa_t loaded_at[8];

/* what stands beside the loader */
int vm_tree_create(struct vm *v)
{
	v->plan->dtb = image;
	v->plan->dtb_size = 0x2000;
	return tree_err;
}

/* before the tree is copied, which is last */
void vm_tree_reseed(struct vm *v __unused_arg)
{
	reseeds = loads;
}

int guest_load(struct vm *v __unused_arg, gpa_t gpa,
	       const void *data __unused_arg, size_t size __unused_arg)
{
	loaded_at[loads++] = gpa;
	return 0;
}

/* as image.c finds them in the Image */
static void image_set(enum image_slot slot, const struct vm_image *from)
{
	plan.images.image[slot] = (struct image){
		.used = from->path,
		.size_bytes = from->size_bytes,
		.room_bytes = from->size_bytes,
	};
}

int vm_images_find(struct vm *v __unused_arg)
{
	plan.images.image[IMAGE_BIOS] = (struct image){0};
	plan.images.image[IMAGE_UEFI] = (struct image){0};
	image_set(IMAGE_KERNEL, &config.kernel);
	plan.images.image[IMAGE_KERNEL].room_bytes =
		vm_image_footprint(&config.kernel);
	image_set(IMAGE_RAMDISK, &config.ramdisk);
	if (has_bios(&config))
		image_set(IMAGE_BIOS, &config.bios);
	if (config.boot_protocol == VM_BOOT_UEFI)
		image_set(IMAGE_UEFI, &config.uefi);
	return 0;
}

bool vm_images_are_files(const struct vm *v __unused_arg)
{
	return config.image_location == VM_IMAGE_FS;
}

const char *image_key(enum image_slot slot __unused_arg)
{
	return "some_path";
}

int vm_image_load(struct vm *v __unused_arg, enum image_slot slot __unused_arg,
		  gpa_t at)
{
	loaded_at[loads++] = at;
	return 0;
}

/* A VM that is made. */
static int place(struct vm *v)
{
	int err = vm_images_find(v);

	return err ? err : vm_place(v);
}

/* room as in guest_fdt.c */
gpa_t guest_fdt_address(gpa_t base, uint64_t size)
{
	uint64_t top = ALIGN_DOWN(base.v + MIN(size, 512 * MIB), SIZE_2M);

	if (base.v + MIN(size, 512 * MIB) - top < GUEST_FDT_MAX)
		top -= SIZE_2M;
	return gpa(top > base.v ? top : base.v);
}

static void region(unsigned int i, uint64_t gpa_v, uint64_t size, uint32_t type,
		   uint64_t real)
{
	regions[i] = (struct vm_region){gpa_v, size, 7, type};
	ram[i] = (struct vm_ram){.gpa = gpa(real),
				 .hpa = hpa(real),
				 .size_bytes = size,
				 .region = i,
				 .mapped = true};
	config.region_count = vm.ram_count = i + 1;
}

static int setup(void **state)
{
	(void)state;
	memset(image, 0, sizeof(image));
	config = (struct vm_config){
		.file = "vms/test.toml",
		.name = "test",
		.entry_point = 0x80200000,
		.image_location = VM_IMAGE_MEMORY,
		.kernel = {"k", image, 32 * MIB, 0x80200000, true},
		.regions = regions,
	};
	plan = (struct vm_plan){0};
	vm = (struct vm){.config = &config, .plan = &plan, .ram = ram};
	tree_err = 0;
	loads = 0;
	fake_uart_clear();
	region(0, 0x80000000, 256 * MIB, VM_MAP_ALLOC, 0x80000000);
	return 0;
}

static void ramdisk(bool has_load, uint64_t load, uint64_t size)
{
	config.ramdisk = (struct vm_image){"r", image, size, load, has_load};
}

/* An arm64 header whose image_size, BSS included, is this. */
static void header(uint64_t image_size)
{
	memcpy(image + 56, "ARM\x64", 4);
	memcpy(image + 16, &image_size, 8);
}

static void as_written(void **state)
{
	(void)state;
	config.entry_point = 0x802010b4;
	config.dtb = (struct vm_image){.load = 0x80000000, .has_load = true};
	ramdisk(true, 0x88000000, MIB);
	assert_int_equal(place(&vm), 0);
	assert_int_equal(vm.entry.v, 0x802010b4);
	assert_int_equal(vm.dtb_gpa.v, 0x80000000);
	assert_int_equal(plan.kernel_gpa.v, 0x80200000);
	assert_int_equal(plan.ramdisk_gpa.v, 0x88000000);
	assert_int_equal(vm_load(&vm), 0);
	assert_int_equal(loads, 3);
	assert_int_equal(reseeds, 2);
}

static void nothing_written(void **state)
{
	(void)state;
	ramdisk(false, 0, MIB);
	assert_int_equal(place(&vm), 0);
	assert_int_equal(vm.dtb_gpa.v, 0x8fe00000);
	assert_int_equal(plan.ramdisk_gpa.v, 0x8fc00000);
}

/* The tree at the start of RAM left no room below it once. */
static void ramdisk_above_a_low_tree(void **state)
{
	(void)state;
	config.dtb = (struct vm_image){.load = 0x80000000, .has_load = true};
	ramdisk(false, 0, MIB);
	assert_int_equal(place(&vm), 0);
	assert_int_equal(plan.ramdisk_gpa.v, 0x8fe00000);
	ramdisk(false, 0, 300 * MIB);
	assert_int_equal(place(&vm), -ENOSPC);
	ramdisk(false, 0, UINT64_MAX - 5);
	assert_int_equal(place(&vm), -ENOSPC);
}

static void identical_moves(void **state)
{
	(void)state;
	region(0, 0x80000000, 256 * MIB, VM_MAP_IDENTICAL, 0xc0000000);
	config.dtb = (struct vm_image){.load = 0x80000000, .has_load = true};
	config.entry_point += 0x40;
	ramdisk(true, 0x88000000, MIB);
	assert_int_equal(place(&vm), 0);
	assert_int_equal(plan.kernel_gpa.v, 0xc0000000);
	assert_int_equal(vm.entry.v, 0xc0000040);
	assert_int_equal(plan.ramdisk_gpa.v, 0xc8000000);
	assert_int_equal(vm.dtb_gpa.v, 0xcfe00000);
	/* an entry outside the image means its start */
	config.entry_point = 0x4000;
	assert_int_equal(place(&vm), 0);
	assert_int_equal(vm.entry.v, 0xc0000000);
}

static void bios_below_the_kernel(void **state)
{
	(void)state;
	region(0, 0x80000000, 256 * MIB, VM_MAP_IDENTICAL, 0xc0000000);
	config.boot_protocol = VM_BOOT_MULTIBOOT;
	config.bios = (struct vm_image){"b", image, 0x1000, 0x80008000, true};
	assert_int_equal(place(&vm), 0);
	assert_int_equal(plan.kernel_gpa.v, 0xc0200000);
	assert_int_equal(vm.entry.v, 0xc0200000);
	assert_int_equal(plan.bios_gpa.v, 0xc0008000);
}

/* As the Orange Pi's: reserved memory first, the kernel in a later one. */
static void later_identical_moves(void **state)
{
	(void)state;
	region(0, 0xb0000000, 256 * MIB, VM_MAP_RESERVED, 0xb0000000);
	region(1, 0x240000000, 256 * MIB, VM_MAP_IDENTICAL, 0x70000000);
	config.kernel.load = config.entry_point = 0x240080000;
	config.dtb = (struct vm_image){.load = 0x240000000, .has_load = true};
	ramdisk(true, 0xb0000000, MIB);
	assert_int_equal(place(&vm), 0);
	assert_int_equal(plan.kernel_gpa.v, 0x70080000);
	assert_int_equal(vm.entry.v, 0x70080000);
	assert_int_equal(vm.dtb_gpa.v, 0x70000000);
	assert_int_equal(plan.ramdisk_gpa.v, 0xb0000000);
	/* what is left out stays beside the kernel */
	config.dtb.has_load = false;
	ramdisk(false, 0, MIB);
	assert_int_equal(place(&vm), 0);
	assert_int_equal(vm.dtb_gpa.v, 0x7fe00000);
	assert_int_equal(plan.ramdisk_gpa.v, 0x7fc00000);
}

/* A hint covers nothing: what lies over it is meant. */
static void region_over_a_hint(void **state)
{
	(void)state;
	region(0, 0, 64 * MIB, VM_MAP_IDENTICAL, 0xc0000000);
	region(1, 0, MIB, VM_MAP_ALLOC, 0);
	config.kernel.load = config.entry_point = 0x200000;
	ramdisk(true, 0x8000, 0x1000);
	assert_int_equal(place(&vm), 0);
	assert_int_equal(plan.kernel_gpa.v, 0xc0000000);
	assert_int_equal(plan.ramdisk_gpa.v, 0x8000);
}

static void small_guests(void **state)
{
	(void)state;
	config.kernel.size_bytes = 0x5000;
	config.kernel.load = config.entry_point = 0x80000000;
	region(0, 0x80000000, MIB, VM_MAP_ALLOC, 0x80000000);
	assert_int_equal(place(&vm), 0);
	assert_true(vm.dtb_gpa.v >= 0x80005000);
	assert_true(vm.dtb_gpa.v + 0x2000 <= 0x80000000 + MIB);
	region(0, 0x80000000, 0x8000, VM_MAP_ALLOC, 0x80000000);
	assert_int_equal(place(&vm), -EINVAL); /* no 16 KiB left */
}

static void bigger_than_ram(void **state)
{
	(void)state;
	config.kernel.size_bytes = 300 * MIB;
	assert_int_equal(place(&vm), -EINVAL);
	setup(NULL);
	header(255 * MIB); /* its BSS ends 1 MiB behind the RAM */
	assert_int_equal(place(&vm), -EINVAL);
	header(64 * MIB);
	ramdisk(true, 0x83000000, MIB); /* behind the file, inside the BSS */
	assert_int_equal(place(&vm), -EINVAL);
	header(UINT64_MAX); /* nonsense: the file's size counts */
	assert_int_equal(place(&vm), 0);
	header(0);
	assert_int_equal(place(&vm), 0);
}

static void end_of_the_space(void **state)
{
	(void)state;
	config.kernel.load = UINT64_MAX - 0xfff;
	assert_int_equal(place(&vm), -EINVAL);
	setup(NULL);
	region(1, UINT64_MAX - 0x2fff, 0x2000, VM_MAP_ALLOC,
	       UINT64_MAX - 0x2fff);
	ramdisk(true, UINT64_MAX - 0x2fff, 0x1000);
	assert_int_equal(place(&vm), 0);
	ramdisk(true, UINT64_MAX - 0x2fff, 0x2001);
	assert_int_equal(place(&vm), -EINVAL);
	ramdisk(true, UINT64_MAX - 0x2fff, UINT64_MAX); /* wraps */
	assert_int_equal(place(&vm), -EINVAL);
}

/* Regions that follow each other are one, in whatever order they are. */
static void across_regions(void **state)
{
	(void)state;
	region(0, 0x81000000, 64 * MIB, VM_MAP_ALLOC, 0x81000000);
	region(1, 0x80000000, 16 * MIB, VM_MAP_ALLOC, 0x80000000);
	assert_int_equal(place(&vm), 0);
	ram[0].gpa.v = regions[0].gpa = 0x81001000; /* a hole of one page */
	assert_int_equal(place(&vm), -EINVAL);
	ram[0].gpa.v = regions[0].gpa = 0x81000000;
	ram[0].mapped = false; /* registers, no RAM */
	assert_int_equal(place(&vm), -EINVAL);
}

static void one_over_another(void **state)
{
	(void)state;
	config.dtb = (struct vm_image){.load = 0x81000000, .has_load = true};
	assert_int_equal(place(&vm), -EINVAL);
	config.dtb.has_load = false;
	ramdisk(true, 0x80200000 + 32 * MIB - 1, MIB);
	assert_int_equal(place(&vm), -EINVAL);
	ramdisk(true, 0x80200000 + 32 * MIB, MIB);
	assert_int_equal(place(&vm), 0);
}

static void missing(void **state)
{
	(void)state;
	vm.ram_count = 0;
	assert_int_equal(place(&vm), -EINVAL);
	setup(NULL);
	tree_err = -EINVAL; /* a damaged dtb_path */
	assert_int_equal(place(&vm), -EINVAL);
}

int vm_vdisks_load(struct vm *v)
{
	(void)v;
	abort(); /* it has no cards */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(as_written, setup),
		cmocka_unit_test_setup(nothing_written, setup),
		cmocka_unit_test_setup(ramdisk_above_a_low_tree, setup),
		cmocka_unit_test_setup(identical_moves, setup),
		cmocka_unit_test_setup(bios_below_the_kernel, setup),
		cmocka_unit_test_setup(later_identical_moves, setup),
		cmocka_unit_test_setup(region_over_a_hint, setup),
		cmocka_unit_test_setup(small_guests, setup),
		cmocka_unit_test_setup(bigger_than_ram, setup),
		cmocka_unit_test_setup(end_of_the_space, setup),
		cmocka_unit_test_setup(across_regions, setup),
		cmocka_unit_test_setup(one_over_another, setup),
		cmocka_unit_test_setup(missing, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

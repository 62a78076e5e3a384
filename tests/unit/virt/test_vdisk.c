/* SPDX-License-Identifier: Apache-2.0 */
/* What a card keeps: its size, its pieces of memory, its file. */
#include "../../../virt/plan.h"

#include <arch/pgtable.h>
#include <errno.h>
#include <mm/heap.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <virt/vdev.h>
#include <virt/vdisk.h>

#include <cmocka.h>

#include "../../fake/fake.h"

#define MIB (1u << 20)

static struct vm_emu_device devices[2];
static struct vm_config config;
static struct vm_plan plan;
static struct vm vm;
static struct vdev vdevs[2];
static uint8_t content[9 * MIB + 5];

/* virt/vdisk_host.c has a test of its own */
int vdisk_host_create(struct vdisk *disk)
{
	(void)disk;
	return -EBUSY;
}

void vdisk_host_release(struct vdisk *disk)
{
	(void)disk;
	abort();
}

void vdisk_host_wait(struct vdisk *disk)
{
	(void)disk;
	abort();
}

void vdisk_host_destroy(struct vdisk *disk)
{
	(void)disk;
	abort();
}

int vdisk_host_load(struct vdisk *disk)
{
	(void)disk;
	abort();
}

int vdisk_host_copy(struct vdisk *disk, uint64_t at, void *buf, uint32_t len,
		    bool to_disk)
{
	(void)disk, (void)at, (void)buf, (void)len, (void)to_disk;
	abort();
}

int image_failed(const struct vm *v, enum image_slot slot, const char *what,
		 int err)
{
	(void)v, (void)slot, (void)what, (void)err;
	abort(); /* it is built with CONFIG_FS */
}

void frames_stats(struct frames_stats *stats)
{
	*stats = (struct frames_stats){
		.free_pages = 16384 - fake_frames_out(),
	};
}

static int setup(void **state)
{
	(void)state;
	devices[0] =
		(struct vm_emu_device){.name = "sd", .type = VM_EMU_SD_CARD};
	devices[1] = (struct vm_emu_device){.name = "emmc",
					    .type = VM_EMU_EMMC,
					    .cfg = {3},
					    .cfg_count = 1};
	config = (struct vm_config){.file = "test.toml",
				    .name = "test",
				    .emu_devices = devices,
				    .emu_device_count = 2};
	memset(&plan, 0, sizeof(plan));
	vm = (struct vm){.config = &config,
			 .plan = &plan,
			 .vdevs = vdevs,
			 .vdev_count = 2};
	for (unsigned int i = 0; i < 2; i++)
		vdevs[i] = (struct vdev){.vm = &vm, .config = &devices[i]};
	for (size_t i = 0; i < sizeof(content); i++)
		content[i] = (uint8_t)(i / 4099);
	fake_frames_fail_after = -1;
	return 0;
}

static void file(uint64_t bytes)
{
	plan.images.image[IMAGE_DISK] = (struct image){
		.used = true, .size_bytes = bytes, .data = content};
}

static void sizes(void **state)
{
	(void)state;
	/* no size, and no file */
	assert_int_equal(vdisk_create(&vdevs[0]), -EINVAL);
	assert_null(vdevs[0].disk);
	file(2 * MIB + 1);
	assert_int_equal(vdisk_create(&vdevs[0]), 0);
	assert_int_equal(vdevs[0].disk->bytes, 3 * MIB);
	vdisk_destroy(vdevs[0].disk);
	/* a size that is not the file's; the second's file is nobody's */
	devices[0].cfg_count = 1;
	devices[0].cfg[0] = 2;
	assert_int_equal(vdisk_create(&vdevs[0]), -EINVAL);
	devices[0].cfg[0] = 0x100001;
	assert_int_equal(vdisk_create(&vdevs[0]), -EINVAL);
	devices[0].cfg[0] = 4;
	assert_int_equal(vdisk_create(&vdevs[0]), 0);
	assert_int_equal(vdevs[0].disk->bytes, 4 * MIB);
	assert_int_equal(vdisk_create(&vdevs[1]), 0);
	assert_int_equal(vdevs[1].disk->bytes, 3 * MIB);
	assert_false(vdevs[1].disk->has_file);
	vdisk_destroy(vdevs[0].disk);
	vdisk_destroy(vdevs[1].disk);
	/* more than there is, and none left: nothing stays */
	devices[0].cfg[0] = 65;
	assert_int_equal(vdisk_create(&vdevs[0]), -ENOMEM);
	devices[0].cfg[0] = 4;
	fake_frames_fail_after = 0;
	assert_int_equal(vdisk_create(&vdevs[0]), -ENOMEM);
	fake_frames_fail_after = -1;
	assert_int_equal(fake_frames_out(), 0);
}

/* In pieces: memory that is scattered, and what lies over their seams. */
static void pieces(void **state)
{
	uint64_t holes[13];
	uint8_t *buf = malloc(12 * MIB), *back = malloc(12 * MIB);
	struct mm_owner other = {.name = "other"};
	struct vdisk *disk;
	hpa_t at;

	(void)state;
	/* all but 2 MiB in each 4 */
	for (unsigned int i = 0; i < 13; i++) {
		assert_int_equal(frames_alloc(&other, 2 * MIB, PAGE_SIZE, &at),
				 0);
		holes[i] = at.v;
		assert_int_equal(frames_alloc(&other, 2 * MIB, PAGE_SIZE, &at),
				 0);
	}
	assert_int_equal(frames_alloc(&other, 12 * MIB, PAGE_SIZE, &at), 0);
	for (unsigned int i = 0; i < 13; i++)
		frames_free(&other, hpa(holes[i]), 2 * MIB);
	devices[0].cfg_count = 1;
	devices[0].cfg[0] = 12;
	file(9 * MIB + 5);
	assert_int_equal(vdisk_create(&vdevs[0]), 0);
	disk = vdevs[0].disk;
	assert_true(disk->piece_count > 5);
	/* nothing of anybody else */
	assert_int_equal(vdisk_read(disk, 0, back, 12 * MIB), 0);
	for (unsigned int i = 0; i < 12 * MIB; i++)
		assert_int_equal(back[i], 0);
	/* the file, once */
	assert_true(vm_has_vdisks(&vm));
	assert_int_equal(vm_vdisks_load(&vm), 0);
	assert_int_equal(vdisk_read(disk, 0, back, 12 * MIB), 0);
	for (unsigned int i = 0; i < 12 * MIB; i++)
		assert_int_equal(back[i],
				 i < 9 * MIB + 5 ? (uint8_t)(i / 4099) : 0);
	for (unsigned int i = 0; i < 12 * MIB; i++)
		buf[i] = (uint8_t)(i / 511 + i);
	assert_int_equal(vdisk_write(disk, 0, buf, 12 * MIB), 0);
	/* what the guest wrote outlives its next start, and its rest */
	vm_vdisks_release(&vm);
	assert_int_equal(vm_vdisks_load(&vm), 0);
	/* all is there at once */
	assert_true(vdisk_is_ready(disk, 0, VDISK_STEP, 0, true));
	assert_int_equal(vdisk_commit(disk), 0);
	for (unsigned int from = 0; from < 12 * MIB; from += MIB - 4096) {
		uint32_t n = MIN(8192u, 12 * MIB - from);

		assert_int_equal(vdisk_read(disk, from, back, n), 0);
		assert_memory_equal(back, buf + from, n);
	}
	assert_int_equal(vdisk_read(disk, 12 * MIB - 512, back, 1024), -EIO);
	assert_int_equal(vdisk_read(disk, 12 * MIB, back, 512), -EIO);
	assert_int_equal(vdisk_write(disk, UINT64_MAX, buf, 512), -EIO);
	assert_int_equal(vdisk_read(disk, 12 * MIB, back, 0), 0);
	/* before it goes */
	vm_vdisks_wipe(&vm);
	assert_int_equal(vdisk_read(disk, 0, back, 12 * MIB), 0);
	for (unsigned int i = 0; i < 12 * MIB; i++)
		assert_int_equal(back[i], 0);
	vdisk_destroy(disk);
	free(buf);
	free(back);
}

/* What is on the machine's disks is not in memory, and its errors are told. */
static void kept(void **state)
{
	(void)state;
	config.disk.path = "/dev/vda2";
	assert_int_equal(vdisk_create(&vdevs[0]), -EBUSY);
	assert_null(vdevs[0].disk);
	config.disk.path = "disk.img";
	config.image_location = VM_IMAGE_FS;
	assert_int_equal(vdisk_create(&vdevs[0]), -EBUSY);
	/* the other card has nothing to do with it */
	assert_int_equal(vdisk_create(&vdevs[1]), 0);
	vdisk_destroy(vdevs[1].disk);
	config.image_location = VM_IMAGE_MEMORY;
	file(MIB);
	assert_int_equal(vdisk_create(&vdevs[0]), 0);
	vdisk_destroy(vdevs[0].disk);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(sizes, setup),
		cmocka_unit_test_setup(kept, setup),
		cmocka_unit_test_setup(pieces, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

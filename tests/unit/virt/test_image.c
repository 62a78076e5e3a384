/* SPDX-License-Identifier: Apache-2.0 */
/* A VM's images: found in the Image and in files, looked at, loaded. */
#include "../../../virt/image.h"

#include "../../../virt/plan.h"
#include "fake_virt.h"

#include <arch/virt.h>
#include <core/timer.h>
#include <errno.h>
#include <fs/fs.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <virt/guest_mem.h>
#include <virt/vdisk.h>

#include <cmocka.h>

#include "packed.h"

#define LOAD 0x40080000u
#define RAM_BYTES (1u << 20)

static uint8_t ram[RAM_BYTES]; /* the guest's, from LOAD on */
static uint8_t content[300000];
static size_t content_len;
static int open_error;
static uint64_t fails_at; /* reading beyond */
static unsigned int open_files;
static char opened[FS_PATH_MAX];
static bool mounted;

static const uint8_t shared[] = "shared kernel";
static const struct vm_config embedded = {
	.name = "embedded",
	.kernel = {.path = "images/k", .data = shared, .size_bytes = 13},
};
const struct vm_config *const vm_config_table[] = {&embedded};
const unsigned int vm_config_count = 1;

static struct vm_region region = {LOAD, RAM_BYTES, 7, VM_MAP_ALLOC};
static struct vm_config config;
static struct vm_plan plan;
static struct vm vm;

/* what stands beside it */
uint16_t arch_elf_machine(void)
{
	return ELF_MACHINE_AARCH64;
}

uint64_t time_ns(void)
{
	return 0;
}

bool has_bios(const struct vm_config *c __unused_arg)
{
	return false;
}

bool fs_mounted(void)
{
	return mounted;
}

int fs_path_join(const char *cwd, const char *path, char *out, size_t size)
{
	char joined[FS_PATH_MAX]; /* @out may be @cwd */

	snprintf(joined, sizeof(joined), "%s%s%s", *path == '/' ? "" : cwd,
		 *path == '/' || cwd[strlen(cwd) - 1] == '/' ? "" : "/", path);
	snprintf(out, size, "%s", joined);
	return 0;
}

int fs_open(const char *path, unsigned int flags __unused_arg,
	    struct fs_file **file)
{
	strcpy(opened, path);
	if (open_error)
		return open_error;
	open_files++;
	*file = (struct fs_file *)&open_files;
	return 0;
}

void fs_discard(struct fs_file *file)
{
	if (file)
		open_files--;
}

uint64_t fs_size(const struct fs_file *file __unused_arg)
{
	return content_len;
}

int64_t fs_pread(struct fs_file *file __unused_arg, void *buf, size_t len,
		 uint64_t offset)
{
	if (offset + len > fails_at)
		return -EIO;
	if (offset >= content_len)
		return 0;
	len = MIN(len, content_len - offset);
	memcpy(buf, content + offset, len);
	return (int64_t)len;
}

int64_t guest_fill(struct vm *v __unused_arg, gpa_t at, uint64_t room,
		   guest_filler fill, void *ctx)
{
	uint64_t done = 0;

	assert_true(at.v >= LOAD && at.v - LOAD + room <= RAM_BYTES);
	while (done < room) {
		int64_t n = fill(ctx, ram + (at.v - LOAD) + done,
				 MIN(room - done, (uint64_t)50000));

		if (n <= 0)
			return n < 0 ? n : (int64_t)done;
		done += (uint64_t)n;
	}
	return (int64_t)done;
}

int guest_zero(struct vm *v __unused_arg, gpa_t at, uint64_t len)
{
	assert_true(at.v >= LOAD && at.v - LOAD + len <= RAM_BYTES);
	memset(ram + (at.v - LOAD), 0, len);
	return 0;
}

static int setup(void **state __unused_arg)
{
	config = (struct vm_config){
		.file = "/guest/vm_default/a.toml",
		.name = "test",
		.kernel = {.path = "/boot/k", .load = LOAD, .has_load = true},
		.regions = &region,
		.region_count = 1,
	};
	plan = (struct vm_plan){0};
	vm = (struct vm){.config = &config, .plan = &plan};
	open_error = 0;
	fails_at = UINT64_MAX;
	mounted = true;
	memset(ram, 0x5a, sizeof(ram));
	memset(content, 0xc3, sizeof(content));
	content_len = 1000;
	return 0;
}

static int teardown(void **state __unused_arg)
{
	vm_images_free(&vm);
	assert_int_equal(open_files, 0);
	return 0;
}

static const struct image *kernel(void)
{
	return &plan.images.image[IMAGE_KERNEL];
}

static void content_set(const void *data, size_t len)
{
	memcpy(content, data, len);
	content_len = len;
}

static int load(void)
{
	return vm_image_load(&vm, IMAGE_KERNEL, gpa(LOAD));
}

static void test_raw(void **state __unused_arg)
{
	assert_int_equal(vm_images_find(&vm), 0);
	assert_string_equal(opened, "/boot/k");
	assert_true(vm_images_are_files(&vm));
	assert_true(kernel()->used && !kernel()->pack && !kernel()->is_elf);
	assert_int_equal(kernel()->room_bytes, 1000);
	assert_int_equal(load(), 0);
	assert_int_equal(ram[999], 0xc3);
	assert_int_equal(ram[1000], 0x5a);
	/* the file is another one by now */
	content_len = 1001;
	assert_int_equal(load(), -EFBIG);
	assert_int_equal(ram[1000], 0x5a);
	content_len = 999;
	assert_int_equal(load(), -EIO);
}

static void test_what_is_missing(void **state __unused_arg)
{
	open_error = -ENOENT;
	assert_int_equal(vm_images_find(&vm), -ENOENT);
	config.kernel.path = "k";
	assert_int_equal(vm_images_find(&vm), -ENOENT);
	assert_string_equal(opened, "/guest/vm_default/k");
	open_error = 0;
	content_len = 0;
	assert_int_equal(vm_images_find(&vm), -ENODATA);
	mounted = false;
	assert_int_equal(vm_images_find(&vm), -ENODEV);
	config.image_location = VM_IMAGE_MEMORY;
	assert_int_equal(vm_images_find(&vm), -ENOENT);
	config.kernel.path = "images/k"; /* which another VM has */
	assert_int_equal(vm_images_find(&vm), 0);
	assert_int_equal(load(), 0);
	assert_memory_equal(ram, shared, 13);
}

static void test_packed(void **state __unused_arg)
{
	content_set(packed_gzip, sizeof(packed_gzip));
	assert_int_equal(vm_images_find(&vm), 0);
	assert_int_equal(kernel()->room_bytes, PACKED_BYTES);
	assert_int_equal(load(), 0);
	for (unsigned int i = 0; i < PACKED_BYTES; i++)
		assert_int_equal(ram[i], packed_byte(i));
	assert_int_equal(ram[PACKED_BYTES], 0x5a);
	/* one that expands beyond what it was */
	plan.images.image[IMAGE_KERNEL].room_bytes--;
	ram[PACKED_BYTES - 1] = 0x5a;
	assert_int_equal(load(), -EFBIG);
	assert_int_equal(ram[PACKED_BYTES - 1], 0x5a);
	/* beyond the VM's RAM */
	region.size_bytes = 4096;
	assert_int_equal(vm_images_find(&vm), -EFBIG);
	region.size_bytes = RAM_BYTES;
	content_len = sizeof(packed_gzip) - 9;
	assert_int_equal(vm_images_find(&vm), -EBADMSG);
}

static void test_disk_fails(void **state __unused_arg)
{
	content_len = 200000;
	assert_int_equal(vm_images_find(&vm), 0);
	fails_at = 120000;
	assert_int_equal(load(), -EIO);
	fails_at = 10;
	assert_int_equal(vm_images_find(&vm), -EIO);
}

static void test_elf(void **state __unused_arg)
{
	static const uint8_t head[64 + 56] = {
		0x7f,
		'E',
		'L',
		'F',
		2,
		1,
		1,
		[16] = 2,
		[18] = 183,
		[25] = 0x10,
		[26] = 0x08,
		[27] = 0x40,
		[32] = 64,
		[54] = 56,
		[56] = 1,
		/* PT_LOAD, 0x80 bytes of the file at 0x100, 0x300 in all */
		[64] = 1,
		[73] = 1,
		[81] = 0x10,
		[82] = 0x08,
		[83] = 0x40,
		[89] = 0x10,
		[90] = 0x08,
		[91] = 0x40,
		[96] = 0x80,
		[105] = 3,
	};

	content_set(head, sizeof(head));
	content_len = 0x180;
	assert_int_equal(vm_images_find(&vm), 0);
	assert_true(kernel()->is_elf);
	assert_int_equal(kernel()->room_bytes, 0x300);
	assert_int_equal(plan.images.elf.entry, 0x40081000);
	assert_int_equal(load(), 0);
	assert_int_equal(ram[0x7f], 0xc3);
	assert_int_equal(ram[0x80], 0);
	assert_int_equal(ram[0x2ff], 0);
	assert_int_equal(ram[0x300], 0x5a);
	content_len = 0x17f; /* shorter by now */
	assert_int_equal(load(), -EIO);
	assert_int_equal(vm_images_find(&vm), -EINVAL);
	content_len = 0x180;
	content[18] = 243; /* RISC-V's */
	assert_int_equal(vm_images_find(&vm), -EINVAL);
}

static void test_given_tree(void **state __unused_arg)
{
	config.dtb = (struct vm_image){.path = "/boot/dtb"};
	assert_int_equal(vm_images_find(&vm), -EINVAL); /* nonsense */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_raw, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_missing, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_packed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_disk_fails, setup,
						teardown),
		cmocka_unit_test_setup_teardown(test_elf, setup, teardown),
		cmocka_unit_test_setup_teardown(test_given_tree, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

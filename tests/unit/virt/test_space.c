/* SPDX-License-Identifier: Apache-2.0 */
/* Free guest addresses: where nothing of the VM is. */
#include "../../../virt/space.h"

#include "../../fake/fake.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include <arch/virt.h>
#include <virt/vdev.h>
#include <virt/vm.h>

#define TOP ((uint64_t)1 << 40) /* of fake_format_arm */
#define SIZE_4G ((uint64_t)1 << 32)

static struct vm_ram ram[2];
static struct vdev devs[2];
static struct vm_window windows[2];
static struct arch_window gic;
static struct vm vm;

bool arch_vm_window(const struct vm *v __unused_arg, unsigned int index,
		    struct arch_window *window)
{
	*window = gic;
	return index == 0 && gic.size_bytes;
}

static int setup(void **state)
{
	(void)state;
	gic = (struct arch_window){0x08000000, 0x10000, "gicd"};
	ram[0] = (struct vm_ram){.gpa = gpa(0x40000000),
				 .size_bytes = 0x10000000};
	vm = (struct vm){
		.ram = ram, .ram_count = 1, .vdevs = devs, .windows = windows};
	return 0;
}

static uint64_t take(struct space_taken *t, struct space_wish wish)
{
	assert_int_equal(space_take(&vm, &wish, t), 0);
	assert_int_equal(t->size_bytes, wish.size_bytes);
	assert_true(IS_ALIGNED(t->base, wish.align));
	return t->base;
}

static void behind_the_ram(void **state)
{
	struct space_taken a, b, c, d;

	(void)state;
	assert_int_equal(take(&a, (struct space_wish){0x3000, 0x1000, 0, 0}),
			 0x50000000);
	assert_int_equal(take(&b, (struct space_wish){0x1000, 0x1000, 0, 0}),
			 0x50003000);
	assert_int_equal(take(&c, (struct space_wish){SIZE_2M, SIZE_2M, 0, 0}),
			 0x50200000);
	/* what was given back is found again */
	space_give(&vm, &a);
	assert_int_equal(take(&d, (struct space_wish){0x1000, 0x1000, 0, 0}),
			 0x50000000);
	assert_int_equal(take(&a, (struct space_wish){0x3000, 0x1000, 0, 0}),
			 0x50004000);
	space_give(&vm, &a);
	space_give(&vm, &c);
	space_give(&vm, &b);
	space_give(&vm, &d);
	assert_null(vm.taken);
	space_give(&vm, &d); /* twice does no harm */
}

static void around_everything(void **state)
{
	struct space_taken t;

	(void)state;
	vm.vdev_count = 1;
	devs[0] = (struct vdev){.gpa = gpa(0x50000000), .size_bytes = 0x1000};
	vm.window_count = 1;
	windows[0] = (struct vm_window){gpa(0x50002000), hpa(0), 0x2000};
	gic.base = 0x50005000;
	gic.size_bytes = 0x1000;
	assert_int_equal(take(&t, (struct space_wish){0x1000, 0x1000, 0, 0}),
			 0x50001000);
	space_give(&vm, &t);
	assert_int_equal(take(&t, (struct space_wish){0x2000, 0x1000, 0, 0}),
			 0x50006000);
	space_give(&vm, &t);
}

static void where_there_is_room(void **state)
{
	struct space_wish wish = {SIZE_2M, SIZE_2M, 0, 0};
	struct space_taken t;

	(void)state;
	/* RAM up to 4 GiB: above; up to the very end: below */
	ram[0].size_bytes = SIZE_4G - 0x40000000;
	assert_int_equal(take(&t, wish), SIZE_4G);
	space_give(&vm, &t);
	vm.ram_count = 2;
	ram[1] = (struct vm_ram){.gpa = gpa(SIZE_4G),
				 .size_bytes = TOP - SIZE_4G};
	assert_int_equal(take(&t, wish), SIZE_2M);
	space_give(&vm, &t);
	/* and nowhere */
	windows[0] = (struct vm_window){gpa(0), hpa(0), 0x40000000};
	vm.window_count = 1;
	assert_int_equal(space_take(&vm, &wish, &t), -ENOSPC);
	assert_null(vm.taken);
	wish.size_bytes = UINT64_MAX & ~(SIZE_2M - 1);
	assert_int_equal(space_take(&vm, &wish, &t), -ENOSPC);
}

static void wished_range_first(void **state)
{
	struct space_wish wish = {0x1000, 0x1000, 0x0a001000, 0x0a003000};
	struct space_taken t[4];

	(void)state;
	/* the rest of a device's window, whose first page is registers */
	vm.vdev_count = 2;
	devs[0] = (struct vdev){.gpa = gpa(0x0a000000), .size_bytes = 0x3000};
	devs[1] = (struct vdev){.gpa = gpa(0x0a003000), .size_bytes = 0x1000};
	assert_int_equal(take(&t[0], wish), 0x0a001000);
	assert_int_equal(take(&t[1], wish), 0x0a002000);
	assert_int_equal(take(&t[2], wish), 0x50000000); /* it is full */
	/* others are kept out of it */
	wish.lo = wish.hi = 0;
	assert_int_equal(take(&t[3], wish), 0x50001000);
	for (unsigned int i = 0; i < 4; i++)
		space_give(&vm, &t[i]);
	/* too small for this one */
	wish = (struct space_wish){0x4000, 0x1000, 0x0a001000, 0x0a003000};
	assert_int_equal(take(&t[0], wish), 0x50000000);
	space_give(&vm, &t[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(behind_the_ram, setup),
		cmocka_unit_test_setup(around_everything, setup),
		cmocka_unit_test_setup(where_there_is_room, setup),
		cmocka_unit_test_setup(wished_range_first, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An emulated watchdog and its VM, for the tests of each. A test includes its
 * device, says OPS, then includes this.
 */
#ifndef TESTS_WDT_MACHINE_H
#define TESTS_WDT_MACHINE_H

#include "fake_timer.h"
#include "fake_virt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <libfdt.h>

#include "../../../virt/dev/wdt.h"
#include "node_tree.h"

#define IRQ 48
#define START_NS (12345 * 1953125ull) /* a whole tick of each clock */

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static struct vm_config config;
static struct vm vm;
static struct vdev dev;
static unsigned int wakes, ends;

void vmm_wake(void)
{
	wakes++;
}

void vm_guest_ended(struct vm *v, enum vm_stop_reason reason, bool reset,
		    const char *detail)
{
	assert_ptr_equal(v, &vm);
	assert_int_equal(reason, VM_STOP_FAULT);
	assert_false(reset);
	assert_string_equal(detail, "its watchdog was not fed");
	ends++;
}

static uint32_t rd(uint64_t reg)
{
	return (uint32_t)dev.ops->read(&dev, reg, 4);
}

static void wr(uint64_t reg, uint32_t value)
{
	dev.ops->write(&dev, reg, 4, value);
}

/* What the vmm's task does some time later. */
static bool vm_ends(void)
{
	ends = 0;
	dev.ops->work(&dev);
	return ends;
}

static int setup(void **state)
{
	(void)state;
	fake_time_start(START_NS);
	wakes = ends = 0;
	config = (struct vm_config){.name = "test"};
	vm = (struct vm){.config = &config,
			 .vdevs = &dev,
			 .vdev_count = 1,
			 .state = VM_RUNNING};
	dev = (struct vdev){.ops = &OPS,
			    .vm = &vm,
			    .virq = IRQ,
			    .gpa = gpa(0x9040000),
			    .size_bytes = 0x1000};
	dev.state = calloc(1, dev.ops->state_size);
	memset(fake_virq_level, 0, sizeof(fake_virq_level));
	fake_virq_sets = 0;
	if (dev.ops->init(&dev))
		return -1;
	dev.ops->reset(&dev);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	dev.ops->stop(&dev);
	assert_null(fake_timer_armed);
	free(dev.state);
	return 0;
}

/* As long as there is too little room, it says so. */
static void tree_fills(void)
{
	for (int room = 0, err = -ENOSPC; err; room += 4) {
		tree_begin();
		assert_int_equal(fdt_pack(tree), 0);
		fdt_set_totalsize(tree, fdt_totalsize(tree) + room);
		err = dev.ops->fdt_node(&dev, tree, 0);
		assert_true(!err || err == -ENOSPC);
		assert_true(err || room > 300);
	}
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM with one of Rockchip's emulated units, for tests that have taken the
 * device's file whole; each test's state says of which SoC.
 */
#ifndef TESTS_RK_MACHINE_H
#define TESTS_RK_MACHINE_H

#include "fake_virt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define IS_3588(state) (*(const uint64_t *)*(state) == 3588)

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static struct vm vm;
static struct vm_emu_device emu;
static struct vdev dev;

static uint32_t rd(uint64_t reg)
{
	return (uint32_t)dev.ops->read(&dev, reg, 4);
}

static void wr(uint64_t reg, uint32_t value)
{
	dev.ops->write(&dev, reg, 4, value);
}

/* From cold, at @base. Return: for a cmocka setup */
static int rk_begin(void **state, const struct vdev_ops *ops, uint64_t base)
{
	emu = (struct vm_emu_device){
		.type = ops->type,
		.cfg = {*(const uint64_t *)*state},
		.cfg_count = 1,
	};
	dev = (struct vdev){.ops = ops,
			    .vm = &vm,
			    .config = &emu,
			    .gpa = gpa(base),
			    .size_bytes = vm_rk_bytes(emu.type, emu.cfg[0])};
	dev.state = calloc(1, ops->state_size);
	if (!dev.state)
		return -1;
	ops->reset(&dev);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(dev.state);
	return 0;
}

#endif

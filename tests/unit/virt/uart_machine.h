/* SPDX-License-Identifier: Apache-2.0 */
/* An emulated UART and its console, which keeps what the guest sends. */
#ifndef UART_MACHINE_H
#define UART_MACHINE_H

#include "fake_virt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <virt/vconsole.h>
#include <virt/vdev.h>

#include <cmocka.h>

const struct vdev_ops *const __vdevs_start[1];
const struct vdev_ops *const __vdevs_end[1];

static struct vm vm;
static struct vdev dev;
static char sent[64];
static unsigned int sent_len, pumped;
static bool full;           /* the host's UART is slow */
static void (*asked)(void); /* in vconsole_full() */

struct vconsole *vconsole_create(struct vm *v __unused_arg,
				 struct vdev *d __unused_arg)
{
	return (struct vconsole *)sent;
}

bool vconsole_put(struct vconsole *con __unused_arg, uint8_t byte)
{
	sent[sent_len++ % sizeof(sent)] = (char)byte;
	return !full;
}

bool vconsole_full(struct vconsole *con __unused_arg)
{
	if (asked)
		asked();
	return full;
}

void vconsole_pump(struct vconsole *con __unused_arg)
{
	pumped++;
}

/* Return: as a setup of cmocka's */
static inline int uart_make(const struct vdev_ops *ops, unsigned int virq)
{
	vm = (struct vm){0};
	dev = (struct vdev){.ops = ops,
			    .vm = &vm,
			    .gpa = gpa(0x10000000),
			    .size_bytes = 0x1000,
			    .virq = virq};
	dev.state = calloc(1, ops->state_size);
	memset(fake_virq_level, 0, sizeof(fake_virq_level));
	fake_virq_sets = sent_len = pumped = 0;
	full = false;
	asked = NULL;
	if (ops->init(&dev))
		return -1;
	ops->reset(&dev);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	free(dev.state);
	return 0;
}

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The console of a guest that has no UART: what it prints and reads by SBI
 * (chapters 5 and 12). Where there is a UART, what is typed is the UART's.
 *
 * Typed bytes come one at a time, under the console's lock; any vCPU takes
 * them.
 */
#define LOG_TAG "sbi"
#include "console.h"

#include <lib/log.h>
#include <virt/vconsole.h>
#include <virt/vm.h>

static struct sbi_console *console_of(struct vdev *dev)
{
	return (struct sbi_console *)((char *)dev -
				      offsetof(struct sbi_console, dev));
}

static bool input(struct vdev *dev, uint8_t byte)
{
	struct sbi_console *c = console_of(dev);
	uint32_t tail = c->tail;

	if (tail - __atomic_load_n(&c->head, __ATOMIC_ACQUIRE) == sizeof(c->in))
		return false;
	c->in[tail % sizeof(c->in)] = byte;
	/* pairs with the load in take() */
	__atomic_store_n(&c->tail, tail + 1, __ATOMIC_RELEASE);
	return true;
}

void sbi_console_reset(struct sbi_console *c, struct vm *vm)
{
	static const struct vdev_ops ops = {
		.name = "SBI console",
		.console_input = input,
	};

	if (vm->console && !c->dev.ops)
		return; /* a UART's */
	__atomic_store_n(&c->head, __atomic_load_n(&c->tail, __ATOMIC_ACQUIRE),
			 __ATOMIC_RELEASE);
	if (vm->console)
		return;
	c->dev = (struct vdev){.ops = &ops, .vm = vm};
	vm->console = vconsole_create(vm, &c->dev);
	if (!vm->console)
		log_warn("%s: no memory for its console", vm->config->name);
}

static bool take(struct sbi_console *c, uint8_t *byte)
{
	uint32_t head = __atomic_load_n(&c->head, __ATOMIC_RELAXED);

	do {
		/* pairs with the store in input() */
		if (head == __atomic_load_n(&c->tail, __ATOMIC_ACQUIRE))
			return false;
		*byte = c->in[head % sizeof(c->in)];
	} while (!__atomic_compare_exchange_n(&c->head, &head, head + 1, false,
					      __ATOMIC_ACQ_REL,
					      __ATOMIC_RELAXED));
	return true;
}

unsigned int sbi_console_read(struct sbi_console *c, uint8_t *bytes,
			      unsigned int max)
{
	unsigned int count = 0;

	if (!c->dev.ops)
		return 0;
	while (count < max && take(c, &bytes[count]))
		count++;
	if (count)
		vconsole_pump(c->dev.vm->console);
	return count;
}

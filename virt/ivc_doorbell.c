/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Doorbells: a VM's pending bits, one for each of its ends, and their interrupt.
 *
 * A notification takes the caller's own lock and the channel's, both shared
 * with nobody outside of the channel, and of the receiver only an atomic bit;
 * its interrupt is touched by the first since the last acknowledgement alone.
 * So a guest that rings without end pays for it itself.
 *
 * None is lost: the sender has written its message before it sets the bit, the
 * receiver takes the bit back before it looks at the message, and both are
 * read-modify-writes of one word.
 */
#include "ivc.h"

#include <arch/virt.h>
#include <errno.h>
#include <virt/vdev.h>
#include <virt/vm.h>

void ivc_doorbell_init(struct ivc_vm *iv)
{
	spin_init(&iv->irq_lock, LOCK_RANK_DEVICE);
}

static void line_update_locked(struct ivc_vm *iv)
{
	bool line =
		__atomic_load_n(&iv->pending, __ATOMIC_SEQ_CST) & iv->enable;

	if (line == iv->line || !iv->virq)
		return;
	iv->line = line;
	arch_virq_set(iv->vm, iv->virq, line);
}

static void line_update(struct ivc_vm *iv)
{
	spin_lock(&iv->irq_lock);
	line_update_locked(iv);
	spin_unlock(&iv->irq_lock);
}

void ivc_post(struct ivc_end *end, uint32_t events)
{
	struct ivc_vm *iv = end->iv;
	uint32_t bit = BIT(end->slot);

	__atomic_fetch_or(&end->events, events, __ATOMIC_SEQ_CST);
	/* set already: whoever did it drives the line, and the guest has not
	 * looked since */
	if (__atomic_fetch_or(&iv->pending, bit, __ATOMIC_SEQ_CST) & bit)
		return;
	end->received++;
	line_update(iv);
}

void ivc_forget(struct ivc_vm *iv, unsigned int slot)
{
	__atomic_fetch_and(&iv->pending, ~(uint32_t)BIT(slot),
			   __ATOMIC_SEQ_CST);
	line_update(iv);
}

/* Its VM's lock is held. Return: how many were told. */
static int notify_locked(struct ivc_end *end)
{
	struct ivc_channel *channel =
		end->channel; /* lives while it is linked */
	struct ivc_end *to;
	int told = 0;

	spin_lock(&channel->lock);
	end->sent++;
	if (end->is_publisher) {
		for (to = channel->subscribers; to; to = to->next, told++)
			ivc_post(to, IVC_EVENT_NOTIFY);
	} else if (channel->publisher) {
		ivc_post(channel->publisher, IVC_EVENT_NOTIFY);
		told = 1;
	}
	spin_unlock(&channel->lock);
	return told;
}

int ivc_notify(struct vm *vm, unsigned int slot)
{
	struct ivc_vm *iv = vm->ivc;
	int told = -ENOENT;

	if (slot >= IVC_SLOTS)
		return -ENOENT;
	spin_lock(&iv->lock);
	if (iv->ends[slot])
		told = notify_locked(iv->ends[slot]);
	spin_unlock(&iv->lock);
	return told;
}

/* A VM that subscribes to its own channel means the publisher's end. */
static int slot_find_locked(const struct ivc_vm *iv, uint64_t publisher,
			    uint64_t key)
{
	int found = -ENOENT;

	for (uint32_t bits = iv->connected; bits; bits &= bits - 1) {
		int slot = __builtin_ctz(bits);
		const struct ivc_end *end = iv->ends[slot];

		if (end->channel->key != key ||
		    end->channel->publisher_id != publisher)
			continue;
		found = slot;
		if (end->is_publisher)
			break;
	}
	return found;
}

int ivc_slot(struct vm *vm, uint64_t publisher, uint64_t key)
{
	struct ivc_vm *iv = vm->ivc;
	int slot;

	spin_lock(&iv->lock);
	slot = slot_find_locked(iv, publisher, key);
	spin_unlock(&iv->lock);
	return slot;
}

int ivc_notify_key(struct vm *vm, uint64_t publisher, uint64_t key)
{
	struct ivc_vm *iv = vm->ivc;
	int told;

	spin_lock(&iv->lock);
	told = slot_find_locked(iv, publisher, key);
	if (told >= 0)
		told = notify_locked(iv->ends[told]);
	spin_unlock(&iv->lock);
	return told;
}

uint32_t ivc_connected(struct vm *vm)
{
	struct ivc_vm *iv = vm->ivc;
	uint32_t bits;

	spin_lock(&iv->lock);
	bits = iv->connected;
	spin_unlock(&iv->lock);
	return bits;
}

uint32_t ivc_pending(const struct vm *vm)
{
	return __atomic_load_n(&vm->ivc->pending, __ATOMIC_SEQ_CST);
}

uint32_t ivc_ack(struct vm *vm, uint32_t mask)
{
	struct ivc_vm *iv = vm->ivc;
	uint32_t was =
		__atomic_fetch_and(&iv->pending, ~mask, __ATOMIC_SEQ_CST);

	if (was & mask)
		line_update(iv);
	return was;
}

uint32_t ivc_take(struct vm *vm)
{
	struct ivc_vm *iv = vm->ivc;
	uint32_t taken;

	spin_lock(&iv->irq_lock);
	taken = __atomic_fetch_and(&iv->pending, ~iv->enable,
				   __ATOMIC_SEQ_CST) &
		iv->enable;
	line_update_locked(iv);
	spin_unlock(&iv->irq_lock);
	return taken;
}

uint32_t ivc_enable(struct vm *vm, uint32_t mask)
{
	struct ivc_vm *iv = vm->ivc;
	uint32_t was;

	spin_lock(&iv->irq_lock);
	was = iv->enable;
	iv->enable = mask;
	line_update_locked(iv);
	spin_unlock(&iv->irq_lock);
	return was;
}

uint32_t ivc_enabled(struct vm *vm)
{
	struct ivc_vm *iv = vm->ivc;
	uint32_t mask;

	spin_lock(&iv->irq_lock);
	mask = iv->enable;
	spin_unlock(&iv->irq_lock);
	return mask;
}

uint32_t ivc_events_clear(struct vm *vm, unsigned int slot, uint32_t events)
{
	struct ivc_vm *iv = vm->ivc;
	uint32_t was = 0;

	if (slot >= IVC_SLOTS)
		return 0;
	spin_lock(&iv->lock);
	if (iv->ends[slot])
		was = __atomic_fetch_and(&iv->ends[slot]->events, ~events,
					 __ATOMIC_SEQ_CST);
	spin_unlock(&iv->lock);
	return was;
}

uint32_t ivc_events(struct vm *vm, unsigned int slot)
{
	return ivc_events_clear(vm, slot, 0);
}

/*
 * The device's life
 */

void ivc_doorbell_attach(const struct vdev *dev, uint64_t register_bytes)
{
	struct ivc_vm *iv = dev->vm->ivc;

	if (register_bytes && !iv->virq)
		iv->virq = dev->virq;
	if (iv->space_base == iv->space_end) {
		iv->space_base = dev->gpa.v + register_bytes;
		iv->space_end = dev->gpa.v + dev->size_bytes;
	}
}

bool ivc_doorbell_is(const struct vdev *dev)
{
	return dev->vm->ivc->virq == dev->virq;
}

void ivc_doorbell_reset(struct vm *vm)
{
	struct ivc_vm *iv = vm->ivc;

	spin_lock(&iv->irq_lock);
	iv->enable = 0;
	__atomic_store_n(&iv->pending, 0, __ATOMIC_SEQ_CST);
	line_update_locked(iv);
	spin_unlock(&iv->irq_lock);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Channels between VMs: what their parts share. Documentation/hypercalls.md */
#ifndef VIRT_IVC_PRIVATE_H
#define VIRT_IVC_PRIVATE_H

#include "space.h"

#include <lib/lock.h>
#include <lib/types.h>
#include <lib/util.h>
#include <virt/ivc.h>

/** struct ivc_memory - pages of the owner "ivc" */
struct ivc_memory {
	hpa_t hpa;
	uint64_t size_bytes;
	struct ivc_memory *next;
};

/**
 * struct ivc_end - a VM's end of a channel
 * @iv, @channel, @slot, @is_publisher: constant while it is linked
 * @window: where its guest sees the channel, under ivc_lock
 * @shadow: of a subscriber: zeros that it sees when the publisher dies, under
 *          ivc_lock
 * @events: atomic, enum ivc_event
 * @sent, @received: notifications by it; those that its guest had not seen
 *          coming. Under channel->lock
 * @next:   the channel's next subscriber, under both locks
 */
struct ivc_end {
	struct ivc_vm *iv;
	struct ivc_channel *channel;
	unsigned int slot;
	bool is_publisher;
	struct space_taken window;
	struct ivc_memory *shadow;
	uint32_t events;
	uint64_t sent, received;
	struct ivc_end *next;
};

/**
 * struct ivc_channel - one published key
 * @publisher_id, @key, @size_bytes: constant
 * @memory:     NULL: its publisher died; under ivc_lock
 * @lock:       guards @publisher, @subscribers against notifications; changed
 *              only under ivc_lock as well
 * @next:       in the list of channels, under ivc_lock
 */
struct ivc_channel {
	struct spinlock lock;
	uint64_t publisher_id;
	uint64_t key;
	uint64_t size_bytes;
	struct ivc_memory *memory;
	struct ivc_end *publisher;
	struct ivc_end *subscribers;
	struct ivc_channel *next;
};

/**
 * struct ivc_vm - a VM's ends, and its doorbell
 * @lock:    guards @ends and @connected, their bits, against notifications;
 *           changed only under ivc_lock as well
 * @bytes:   of all its ends, under ivc_lock
 * @pending: atomic, a bit for each slot
 * @irq_lock: guards @enable, @line, and @virq's level
 * @virq:    0: the VM has no doorbell device; constant once it is made
 * @space_base, @space_end: where the file wants channels to be seen, or equal
 */
struct ivc_vm {
	struct vm *vm;
	struct spinlock lock;
	struct ivc_end *ends[IVC_SLOTS];
	uint32_t connected;
	uint64_t bytes;
	uint32_t pending;
	struct spinlock irq_lock;
	uint32_t enable;
	bool line;
	unsigned int virq;
	uint64_t space_base, space_end;
};

extern struct spinlock ivc_lock;
/** ivc_channels - all of them, under ivc_lock */
extern struct ivc_channel *ivc_channels;

/* ivc.c */

/**
 * ivc_publish() - a channel of @vm's
 * @bytes: header included; rounded up to whole pages
 * @gpa, @size_bytes: results
 *
 * Return: 0; -EINVAL; -EEXIST; -ENOSPC: of slots, of bytes, of guest
 * addresses; -ENOMEM. Nothing has changed then.
 */
int __must_check ivc_publish(struct vm *vm, uint64_t key, uint64_t bytes,
			     uint64_t *gpa, uint64_t *size_bytes);
/** ivc_subscribe() - Return: as ivc_publish(); -ENOENT: no such channel */
int __must_check ivc_subscribe(struct vm *vm, uint64_t publisher, uint64_t key,
			       uint64_t *gpa, uint64_t *size_bytes);
/** ivc_unpublish() - subscribers keep the memory. Return: 0; -ENOENT */
int __must_check ivc_unpublish(struct vm *vm, uint64_t key);
/** ivc_unsubscribe() - Return: 0; -ENOENT */
int __must_check ivc_unsubscribe(struct vm *vm, uint64_t publisher,
				 uint64_t key);

/* ivc_doorbell.c */

/** ivc_slot() - of the VM's end; the publisher's, if it has both. Return:
 * -ENOENT: none */
int ivc_slot(struct vm *vm, uint64_t publisher, uint64_t key);
/** ivc_notify_key() - ivc_notify() of that. Return: the same */
int ivc_notify_key(struct vm *vm, uint64_t publisher, uint64_t key);

/** ivc_doorbell_init() - of a zeroed struct */
void ivc_doorbell_init(struct ivc_vm *iv);
/** ivc_post() - an event for an end; end->channel->lock held */
void ivc_post(struct ivc_end *end, uint32_t events);
/** ivc_forget() - an end is gone: what was pending for it too */
void ivc_forget(struct ivc_vm *iv, unsigned int slot);

#endif

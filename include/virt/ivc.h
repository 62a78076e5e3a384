/* SPDX-License-Identifier: Apache-2.0 */
/* Channels between VMs. Documentation/hypercalls.md says what guests see. */
#ifndef VIRT_IVC_H
#define VIRT_IVC_H

#include <lib/types.h>
#include <lib/util.h>

struct mm_owner;
struct vcpu;
struct vdev;
struct vm;

#define IVC_SLOTS 32

/** ivc_owner - of the channels' memory, which is guests' */
extern struct mm_owner ivc_owner;

/* What has happened to an end; guests see these bits. */
enum ivc_event {
	IVC_EVENT_NOTIFY = 1 << 0, /* another end has notified */
	IVC_EVENT_DEAD = 1 << 1,   /* the publisher has stopped: zeros now */
	IVC_EVENT_CLOSED = 1 << 2, /* the publisher has unpublished */
	IVC_EVENT_JOINED = 1 << 3, /* somebody has subscribed */
	IVC_EVENT_LEFT = 1 << 4,   /* a subscriber has gone */
	IVC_EVENT_ALL = (1 << 5) - 1,
};

/*
 * A VM's life
 */

/** ivc_vm_create() - it has no ends yet. Return: 0; -ENOMEM */
int __must_check ivc_vm_create(struct vm *vm);
/** ivc_vm_destroy() - fine if there is nothing */
void ivc_vm_destroy(struct vm *vm);
/**
 * ivc_vm_stopped() - none of its vCPUs runs: its channels die, it leaves those
 * of others
 */
void ivc_vm_stopped(struct vm *vm);

/*
 * Hypercalls: the caller's arguments; results as the guest gets them
 */

/** ivc_call_publish() - key, &gpa, &size → 0 */
uint64_t ivc_call_publish(struct vcpu *vcpu, const uint64_t args[6]);
/** ivc_call_subscribe() - publisher, key, &gpa, &size → 0 */
uint64_t ivc_call_subscribe(struct vcpu *vcpu, const uint64_t args[6]);
/** ivc_call_unpublish() - key → 0 */
uint64_t ivc_call_unpublish(struct vcpu *vcpu, const uint64_t args[6]);
/** ivc_call_unsubscribe() - publisher, key → 0 */
uint64_t ivc_call_unsubscribe(struct vcpu *vcpu, const uint64_t args[6]);
/** ivc_call_notify() - publisher, key → ends that were told */
uint64_t ivc_call_notify(struct vcpu *vcpu, const uint64_t args[6]);
/** ivc_call_ack() - mask → what was pending */
uint64_t ivc_call_ack(struct vcpu *vcpu, const uint64_t args[6]);
/** ivc_call_slot() - publisher, key → slot of the caller's end */
uint64_t ivc_call_slot(struct vcpu *vcpu, const uint64_t args[6]);
/** ivc_call_events() - slot, mask → its events as they were */
uint64_t ivc_call_events(struct vcpu *vcpu, const uint64_t args[6]);

/*
 * The doorbell
 */

/**
 * ivc_doorbell_attach() - a VM's doorbell device is made; the first one counts
 * @register_bytes: at the window's start; 0: it is no doorbell. The rest of
 *                  the window is where channels are shown first.
 */
void ivc_doorbell_attach(const struct vdev *dev, uint64_t register_bytes);
/** ivc_doorbell_is() - is it this one whose interrupt is driven? */
bool ivc_doorbell_is(const struct vdev *dev);
/** ivc_doorbell_reset() - cold state */
void ivc_doorbell_reset(struct vm *vm);
/** ivc_connected() - bits of the slots that hold an end */
uint32_t ivc_connected(struct vm *vm);
/** ivc_pending() - bits of the slots that something has happened to */
uint32_t ivc_pending(const struct vm *vm);
/** ivc_ack() - take pending bits back. Return: what was pending */
uint32_t ivc_ack(struct vm *vm, uint32_t mask);
/** ivc_take() - acknowledge what is pending and enabled. Return: that */
uint32_t ivc_take(struct vm *vm);
/** ivc_enable() - which bits drive the interrupt. Return: as before */
uint32_t ivc_enable(struct vm *vm, uint32_t mask);
/** ivc_enabled() - as ivc_enable() left it */
uint32_t ivc_enabled(struct vm *vm);
/** ivc_events() - of a slot, enum ivc_event; of none: 0 */
uint32_t ivc_events(struct vm *vm, unsigned int slot);
/** ivc_events_clear() - Return: as before, 0 for an empty slot */
uint32_t ivc_events_clear(struct vm *vm, unsigned int slot, uint32_t events);
/**
 * ivc_notify() - tell the other end or ends
 *
 * Return: how many; -ENOENT: the slot is empty.
 */
int ivc_notify(struct vm *vm, unsigned int slot);

/*
 * Looking on, for the shell
 */

/** struct ivc_info - one end, copied */
struct ivc_info {
	uint64_t publisher_id, key, size_bytes;
	uint32_t vm_id;
	unsigned int slot;
	bool is_publisher;
	bool is_dead;   /* its publisher has died */
	bool is_closed; /* its publisher has unpublished */
	uint64_t gpa;
	uint64_t sent, received;
};
/** ivc_info() - the @n-th end of all channels; false: there are no more */
bool ivc_info(unsigned int n, struct ivc_info *info);

#endif

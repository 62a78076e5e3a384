/* SPDX-License-Identifier: Apache-2.0 */
/* Stolen time: what a guest is told of the time that others had. */
#ifndef VIRT_STEAL_H
#define VIRT_STEAL_H

#include <lib/types.h>
#include <lib/util.h>

struct vcpu;
struct vm;

/**
 * steal_create() - guest addresses for the records of a VM's vCPUs
 *
 * Its devices exist. Where there is no room, nothing is offered. Memory is
 * taken when the guest asks.
 *
 * Return: 0; -ENOMEM.
 */
int __must_check steal_create(struct vm *vm);
/** steal_destroy() - and memory; stage 2 is gone already */
void steal_destroy(struct vm *vm);

/**
 * steal_enable() - the guest asks, in the vCPU's own task
 *
 * Return: guest address of the vCPU's record; ~0: it is not offered.
 */
uint64_t steal_enable(struct vcpu *vcpu);
/** steal_publish() - on the way into a guest that has asked */
void steal_publish(struct vcpu *vcpu);

#endif

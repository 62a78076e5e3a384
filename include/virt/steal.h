/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stolen time of guests that choose themselves where they read it: called by
 * their architecture, in the vCPU's own task, also inside arch_vcpu_run().
 */
#ifndef INCLUDE_VIRT_STEAL_H
#define INCLUDE_VIRT_STEAL_H

#include <lib/types.h>
#include <lib/util.h>

struct vcpu;

/**
 * steal_place() - a vCPU's record is at @at, zeroed, from now on
 * @at: in RAM of the guest, a multiple of ARCH_STEAL_RECORD_BYTES
 *
 * Return: 0; -EFAULT: no RAM there, and the record stays where it was.
 */
int __must_check steal_place(struct vcpu *vcpu, gpa_t at);
/** steal_off() - there is none */
void steal_off(struct vcpu *vcpu);

#endif

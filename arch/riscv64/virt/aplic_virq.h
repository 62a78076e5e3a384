/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's APLIC between its guest, its devices and the host's interrupts.
 *
 * An APLIC has no register for the end of an interrupt. A host's level that is
 * forwarded (forward.h) ends with what a guest does when it has handled it: in
 * MSI mode it asks whether the source is still up (AIA 1.0, 4.9.2), in direct
 * mode it reads claimi once more; until then the source's line is up. An edge
 * ends in direct mode when it is claimed. In MSI mode it needs no end: the
 * host's APLIC tells of the next one anyway. (A PLIC would not, so that what a
 * guest with IMSICs calls an edge there comes once: it may be a level, which
 * must not be completed before it is served.)
 */
#ifndef RISCV64_VIRT_APLIC_VIRQ_H
#define RISCV64_VIRT_APLIC_VIRQ_H

#include <lib/types.h>
#include <lib/util.h>

struct vcpu;
struct vm;

/** aplic_virq_line() - an emulated device's; any context */
void aplic_virq_line(struct vm *vm, unsigned int virq, bool level);

/** aplic_virq_forward() - as arch_virq_forward() */
int __must_check aplic_virq_forward(struct vm *vm, unsigned int irq,
				    unsigned int virq);

/** aplic_virq_raise() - the host was interrupted by a forwarded source */
void aplic_virq_raise(struct vm *vm, unsigned int virq);

/** aplic_virq_access() - the guest's. Return: what is read */
uint64_t aplic_virq_access(struct vcpu *vcpu, uint64_t off, uint64_t value);

/** aplic_virq_disconnect() - no source is forwarded any more; no vCPU runs */
void aplic_virq_disconnect(struct vm *vm);

#endif

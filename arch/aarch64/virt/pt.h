/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vCPUs in passthrough interrupt mode: they own their CPU. See pt.c.
 */
#ifndef VIRT_PT_H
#define VIRT_PT_H

#include <lib/types.h>
#include <lib/util.h>

struct pt_vcpu; /* in struct arch_vcpu, NULL: emulated mode */
struct sysreg_access;
struct vcpu;
struct vm;

int __must_check pt_vcpu_create(struct vcpu *vcpu);
void pt_vcpu_destroy(struct vcpu *vcpu);
/** pt_vcpu_reset() - cold CPU interface, silent private interrupts */
void pt_vcpu_reset(struct vcpu *vcpu);
/** pt_vcpu_release() - the CPU and its private interrupts are the host's */
void pt_vcpu_release(struct vcpu *vcpu);

/**
 * pt_enter(), pt_leave() - around guest_enter(), interrupts masked
 *
 * Return: false: the host has something to do on this CPU first.
 */
bool pt_enter(struct vcpu *vcpu);
void pt_leave(struct vcpu *vcpu);

/** pt_is_direct() - physical interrupts go to the guest now */
bool pt_is_direct(const struct vcpu *vcpu);
/** pt_call_back() - leave the guest before its next instruction; from a
 * handler of its own exit */
void pt_call_back(void);
/** pt_abort() - is a stage-2 abort due to our taking the tables away, or to
 * their change? Then leave, the access is made again */
bool pt_abort(struct vcpu *vcpu, gpa_t at);

/** pt_icc() - a trapped ICC_* register. Return: false: undefined */
bool pt_icc(struct vcpu *vcpu, struct sysreg_access *access);
/** pt_sgi() - ICC_SGI1R_EL1 = @value */
void pt_sgi(struct vcpu *vcpu, uint64_t value);

#endif

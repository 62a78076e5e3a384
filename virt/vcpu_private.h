/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VIRT_VCPU_PRIVATE_H
#define VIRT_VCPU_PRIVATE_H

#include <lib/util.h>
#include <virt/vcpu.h>

struct task_attr;
struct vm;
struct vm_config;

/** vcpu_create() - a vCPU of @vm, off. Return: 0; -ENOMEM; -EINVAL (logged) */
int __must_check vcpu_create(struct vm *vm, unsigned int id);
void vcpu_destroy(struct vcpu *vcpu);

/**
 * vcpu_launch() - make its task; the vCPU must be FREE or READY
 *
 * The task counts in vm->running_vcpus until it leaves.
 */
int __must_check vcpu_launch(struct vcpu *vcpu);

/** vcpu_join() - wait for the task, which has left, to end, and free it */
void vcpu_join(struct vcpu *vcpu);

/**
 * vcpu_task_attr() - how a task of the guest's runs: CPUs, priority, budget
 * @attr: these are set, the rest is the caller's
 */
void vcpu_task_attr(struct vcpu *vcpu, struct task_attr *attr);

/**
 * vcpu_hurry() - the host waits, or waits no more, for something of its task
 *
 * Meanwhile that is one of the host's own: guests of higher priority, or a
 * budget that is used up, do not hold it. vm->lock is held.
 */
void vcpu_hurry(struct vcpu *vcpu, bool on);

/** vcpu_resume() - take VCPU_REQ_PAUSE back */
void vcpu_resume(struct vcpu *vcpu);

/** vm_vcpu_left() - virt/vm_life.c: a vCPU's task is about to end; leaves
 * interrupts masked */
void vm_vcpu_left(struct vm *vm);
/** vm_vcpu_parked() - virt/suspend.c: a vCPU is parked, or off */
void vm_vcpu_parked(struct vm *vm);

/** vm_cpus_owned() - virt/vm.c: CPUs that VMs in passthrough mode own */
uint64_t vm_cpus_owned(void);

/** vcpu_host_cpus() - CPUs that vCPU @id may run on, before masking offline */
uint64_t vcpu_host_cpus(const struct vm_config *config, unsigned int id);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that show VMs share. */
#ifndef SHELL_VM_SHOW_PRIVATE_H
#define SHELL_VM_SHOW_PRIVATE_H

#include <lib/types.h>

struct vcpu;
struct vm;

/** vm_show_state() - enum vm_state, as it is now */
uint32_t vm_show_state(const struct vm *vm);
/** vm_show_vcpus_on() - how many the guest has turned on */
unsigned int vm_show_vcpus_on(const struct vm *vm);
/** vm_show_ram() - bytes of all regions */
uint64_t vm_show_ram(const struct vm *vm);
/** vm_show_uptime_ns() - since it was started; 0 unless it is up */
uint64_t vm_show_uptime_ns(const struct vm *vm);
/** vm_show_placed() - the CPU that a vCPU is on, and its time there; false: it
 * has none */
bool vm_show_placed(struct vcpu *vcpu, unsigned int *cpu, uint64_t *run_ns);

/** vm_show_map_type(), vm_show_irq_mode() - as the guest files have them */
const char *vm_show_map_type(uint32_t type);
const char *vm_show_irq_mode(uint32_t mode);

/** vm_show_json() - all of a VM, see Documentation/shell.md */
void vm_show_json(struct vm *vm);
/** vm_show_config() - its configuration, in the language of guest files */
void vm_show_config(const struct vm *vm);

#endif

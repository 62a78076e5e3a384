/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor application as a whole: what main() starts. */
#ifndef VIRT_VMM_H
#define VIRT_VMM_H

#include <lib/types.h>
#include <lib/util.h>

/**
 * virt_enable() - turn virtualization on, by one pinned task on each CPU
 *
 * Return: 0; -ENODEV when guests cannot run here; -ENOMEM.
 */
int __must_check virt_enable(void);
/** virt_is_enabled() - it was, on every CPU: guests run here */
bool virt_is_enabled(void);

/** vmm_init() - consoles and the task that ends VMs. Return: 0; -ENOMEM */
int __must_check vmm_init(void);

/**
 * host_disks_find() - the machine's disks, but for those that guest files of
 * the Image name
 *
 * Before vmm_start(), in a task.
 */
void host_disks_find(void);

/** vmm_wake() - something is due in a VM's life; any context */
void vmm_wake(void);

/**
 * vmm_start() - each configuration becomes a VM and starts, in their order:
 * those of the guest files on a disk, where there are any, else the Image's
 *
 * A guest runs while the next one's VM is made. Logs those that are refused.
 */
void vmm_start(void);

#endif

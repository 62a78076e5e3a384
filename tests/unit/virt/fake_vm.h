/* SPDX-License-Identifier: Apache-2.0 */
/* What virt/vm.c and vm_life.c stand on: a VM without memory or devices. */
#ifndef FAKE_VM_H
#define FAKE_VM_H

#include "fake_virt.h"

#include "../../../virt/plan.h"

#include <virt/vm_life.h>

/**
 * struct fake_vm - what tests set, and what happened
 * @busy:      vCPUs look at their requests in fake_vm_step() only
 * @load_err:  of the next loads
 * @power_key: what the guest does about it
 * @trail:     j: vCPU ended, R, r: devices in reset, out of it, z: RAM zeroed,
 *             l: loaded, v: vCPU launched; as much as fits
 */
extern struct fake_vm {
	bool busy;
	int load_err;
	enum { KEY_NONE, KEY_IGNORED, KEY_OBEYED, KEY_RESETS } power_key;
	uint64_t time_ns;
	unsigned int loads, launched, wakes, holds, wipes, channels_died;
	bool vdevs_paused, vdevs_reset;
	uint64_t skipped;
	char trail[32];
} fake_vm;

void fake_vm_reset(void);
/** fake_vm_step() - everybody else has a turn */
void fake_vm_step(struct vm *vm);

#endif

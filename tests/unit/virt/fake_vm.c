/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_vm.h"

#include "../../../virt/steal.h"
#include "../../../virt/vcpu_private.h"

#include <arch/cpu.h>
#include <core/cpu.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <virt/ivc.h>
#include <virt/power_key.h>
#include <virt/vconsole.h>
#include <virt/vdisk.h>
#include <virt/vm_files.h>

#include <cmocka.h>

struct cpu cpus[CPU_MAX];
unsigned int cpu_count = 2;
const struct vm_config *const vm_config_table[1];
const unsigned int vm_config_count;
const struct vm_config *const *vm_boot_table;
unsigned int vm_boot_count;

struct fake_vm fake_vm;

static void tread(char step)
{
	size_t at = strlen(fake_vm.trail);

	if (at + 1 < sizeof(fake_vm.trail))
		fake_vm.trail[at] = step;
}

/*
 * What a VM is made of; only the vCPUs' count and the loads matter
 */
/* clang-format off */
int host_kept_find(const struct vm *vm __unused_arg,
		   struct host_kept *kept __unused_arg) { return 0; }
void host_kept_warn(const struct vm *vm __unused_arg,
		    const struct host_kept *kept __unused_arg)
{
}

void host_kept_free(struct host_kept *kept __unused_arg) {}
int reserved_check(const struct vm *vm __unused_arg,
		   const struct host_kept *kept __unused_arg) { return 0; }
const void *host_fdt(void) { return NULL; }
const struct arch_fdt_rules *arch_fdt_rules(void) { return NULL; }
int fdt_select(const void *fdt __unused_arg,
	       const struct vm_config *cfg __unused_arg,
	       const struct arch_fdt_rules *rules __unused_arg,
	       const int *kept __unused_arg, unsigned int count __unused_arg,
	       struct fdt_selection *sel __unused_arg) { return 0; }
void fdt_selection_free(struct fdt_selection *sel __unused_arg) {}
int vm_images_find(struct vm *vm __unused_arg) { return 0; }
void vm_images_free(struct vm *vm __unused_arg) {}
void vm_file_free(struct vm_file *file __unused_arg) {}
int vm_vdevs_create(struct vm *vm __unused_arg) { return 0; }
void vm_vdevs_destroy(struct vm *vm __unused_arg) {}
void vm_vdevs_reset(struct vm *vm __unused_arg) { fake_vm.vdevs_reset = true; }
int host_disks_leave(const struct vm *vm __unused_arg)
{
	return 0;
}

int vm_passthrough_create(struct vm *vm __unused_arg,
			  const struct host_kept *kept __unused_arg)
{ return 0; }
void vm_passthrough_destroy(struct vm *vm __unused_arg) {}
int vm_place(struct vm *vm __unused_arg) { return 0; }
int vm_ram_create(struct vm *vm __unused_arg) { return 0; }
void vm_ram_destroy(struct vm *vm __unused_arg) {}
void vm_ram_wipe(const struct vm *vm __unused_arg) { fake_vm.wipes++; }
void vm_vdisks_wipe(const struct vm *vm __unused_arg) {}
void vm_vdisks_release(const struct vm *vm __unused_arg) {}
void vm_ram_zero(struct vm *vm __unused_arg) { tread('z'); }
void vm_soc_stop(struct vm *vm)
{
	assert_int_equal(vm->running_vcpus, 0);
	tread('R');
}
void vm_soc_start(struct vm *vm __unused_arg) { tread('r'); }
int arch_vm_create(struct vm *vm __unused_arg) { return 0; }
void arch_vm_destroy(struct vm *vm __unused_arg) {}
/* the devices' lines have fallen by then */
void arch_vm_reset(struct vm *vm __unused_arg)
{
	assert_true(fake_vm.vdevs_reset);
	fake_vm.vdevs_reset = false;
}
void arch_vm_time_skip(struct vm *vm __unused_arg, uint64_t ticks)
{ fake_vm.skipped += ticks; }
int arch_virq_forward(struct vm *vm __unused_arg,
		      unsigned int irq __unused_arg,
		      unsigned int virq __unused_arg) { return 0; }
void arch_virq_unforward_all(struct vm *vm __unused_arg) {}
const char *arch_irq_passthrough_refusal(void) { return NULL; }
int stage2_create(struct stage2 *s2 __unused_arg,
		  struct mm_owner *owner __unused_arg) { return 0; }
void stage2_destroy(struct stage2 *s2 __unused_arg) {}
uint64_t mm_owner_retire(struct mm_owner *owner __unused_arg) { return 0; }
uint64_t time_ns(void) { return fake_vm.time_ns; }
bool vconsole_is_attached(const struct vm *vm __unused_arg) { return false; }
void vconsole_attach(struct vm *vm __unused_arg) {}
int steal_create(struct vm *vm __unused_arg) { return 0; }
void steal_destroy(struct vm *vm __unused_arg) {}
int ivc_vm_create(struct vm *vm __unused_arg) { return 0; }
void ivc_vm_destroy(struct vm *vm __unused_arg) {}
void ivc_vm_stopped(struct vm *vm)
{
	/* once, while the vmm is not told yet, and this may still sleep */
	assert_true(vm->running_vcpus);
	assert_true(arch_irqs_enabled());
	fake_vm.channels_died++;
}
void vmm_wake(void) { fake_vm.wakes++; }
void vcpu_join(struct vcpu *vcpu __unused_arg) { tread('j'); }
void vm_list_hold(void) { assert_int_equal(fake_vm.holds++, 0); }
void vm_list_release(void) { fake_vm.holds--; }
void vm_vdevs_stop(struct vm *vm __unused_arg) { fake_vm.vdevs_paused = 0; }
void vm_vdevs_pause(struct vm *vm __unused_arg) { fake_vm.vdevs_paused = 1; }
void vm_vdevs_resume(struct vm *vm __unused_arg) { fake_vm.vdevs_paused = 0; }
size_t arch_vcpu_state_size(void) { return 24; }
unsigned int arch_vcpu_backtrace(struct vm *vm __unused_arg,
				 const struct arch_vcpu_state *st __unused_arg,
				 uint64_t *pcs, unsigned int max __unused_arg)
{ pcs[0] = 0x1234; return 1; }
void arch_vcpu_state_get(struct vcpu *vcpu, struct arch_vcpu_state *st)
{ memset(st, 0x40 + (int)vcpu->id, 24); }
uint64_t time_from_ticks(uint64_t ticks) { return ticks; }
/* clang-format on */

size_t vconsole_tail(const struct vm *vm __unused_arg, char *buf, size_t size)
{
	assert_true(size > 5);
	memcpy(buf, "alas\n", 5);
	return 5;
}

uint64_t vcpu_host_cpus(const struct vm_config *cfg __unused_arg,
			unsigned int id __unused_arg)
{
	return UINT64_MAX;
}

int vm_load(struct vm *vm)
{
	assert_int_equal(vm->state, VM_LOADING);
	fake_vm.loads++;
	tread('l');
	return fake_vm.load_err;
}

int vcpu_create(struct vm *vm, unsigned int id)
{
	vm->vcpus[id] = calloc(1, sizeof(struct vcpu));
	vm->vcpus[id]->vm = vm;
	vm->vcpus[id]->id = id;
	vm->vcpus[id]->affinity = 3;
	return 0;
}

void vcpu_destroy(struct vcpu *vcpu)
{
	free(vcpu);
}

void vcpu_task_attr(struct vcpu *vcpu, struct task_attr *attr)
{
	attr->priority = TASK_PRIO_VCPU;
	attr->affinity = vcpu->affinity;
}

/* The host waits for it, or waits no more. */
void vcpu_hurry(struct vcpu *vcpu, bool on)
{
	vcpu->hurried = on;
}

int vcpu_launch(struct vcpu *vcpu)
{
	/* a stop that comes before the first task has one to wait for */
	assert_true(vcpu->vm->running_vcpus);
	assert_int_equal(vcpu->vm->state, VM_RUNNING);
	vcpu->vm->running_vcpus++;
	fake_vm.launched++;
	tread('v');
	return 0;
}

enum cpu_up_result vcpu_start(struct vcpu *vcpu, uint64_t entry __unused_arg,
			      uint64_t arg __unused_arg)
{
	vcpu->state = VCPU_RUNNING;
	return CPU_UP_OK;
}

static void obey(struct vcpu *vcpu)
{
	if (vcpu->requests & VCPU_REQ_STOP) {
		/* once, as its task ends then */
		vcpu->requests &= ~(uint32_t)VCPU_REQ_STOP;
		vcpu->parked = false;
		vcpu->state = VCPU_FREE;
		vm_vcpu_left(vcpu->vm);
		/* until its task has ended, nothing else comes in */
		assert_false(arch_irqs_enabled());
		arch_irq_enable();
	} else if ((vcpu->requests & VCPU_REQ_PAUSE) &&
		   vcpu->state == VCPU_RUNNING && !vcpu->parked) {
		vcpu->parked = true;
		vcpu->parked_at = fake_counter;
		vm_vcpu_parked(vcpu->vm);
	}
}

void vcpu_request(struct vcpu *vcpu, enum vcpu_request request)
{
	vcpu->requests |= request;
	if (!fake_vm.busy)
		obey(vcpu);
}

void vcpu_resume(struct vcpu *vcpu)
{
	vcpu->requests &= ~(uint32_t)VCPU_REQ_PAUSE;
	vcpu->parked = false;
}

int power_key_press(struct vm *vm)
{
	if (fake_vm.power_key == KEY_NONE)
		return -ENODEV;
	if (fake_vm.power_key == KEY_RESETS)
		vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, true, "reset");
	if (fake_vm.power_key == KEY_OBEYED)
		vm_guest_ended(vm, VM_STOP_SYSTEM_DOWN, false, "off");
	return 0;
}

/*
 * What the vmm, loaders, reapers and vCPUs do while somebody waits.
 */
void fake_vm_step(struct vm *vm)
{
	static unsigned int reaped; /* tasks made when the last one ran */
	const struct fake_task *loader, *last;

	if (!vm_first()) {
		/* deleted */
		last = &fake_tasks[(fake_task_count + 15) % 16];
		if (fake_task_count != reaped &&
		    !strcmp(last->name, "reaper")) {
			last->fn(last->arg);
			arch_irq_enable();
		}
		reaped = fake_task_count;
		vm_reap();
		return;
	}
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		obey(vm->vcpus[i]);
	loader = (const struct fake_task *)vm->plan->loader;
	if (vm->state == VM_LOADING && !vm->plan->loader_done) {
		loader->fn(loader->arg);
		arch_irq_enable();
	}
	vm_life_step(vm);
}

void fake_vm_reset(void)
{
	memset(&fake_vm, 0, sizeof(fake_vm));
	fake_vm.time_ns = 1000000000;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding, making and deleting virtual machines; vm_life.c has their life.
 *
 * The list of VMs changes in the shell's task only; list_lock guards it, and
 * vm_list_hold() keeps VMs alive while others look at them.
 *
 * A deleted VM leaves the list at once. A reaper task clears its
 * RAM, which may take seconds; then the vmm's task frees it.
 */
#define LOG_TAG "vm"
#include <virt/vm.h>

#include "host_disks.h"
#include "plan.h"
#include "steal.h"
#include "vcpu_private.h"

#include <arch/virt.h>
#include <core/cpu.h>
#include <core/timer.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/ivc.h>
#include <virt/vdev.h>
#include <virt/vdisk.h>
#include <virt/vm_files.h>

/* guards list, and its links */
static struct spinlock list_lock = SPINLOCK_INIT(LOCK_RANK_VM_LIST);
static struct vm *list;

/* deleted ones; the list changes while vm_list_hold() is held */
static struct vm *dying;
static unsigned int dying_count; /* atomic */
static struct wait_queue dying_wq;

#define DELETE_WAIT_NS 60000000000u

/*
 * Finding
 */

struct vm *vm_first(void)
{
	return __atomic_load_n(&list, __ATOMIC_ACQUIRE);
}

struct vm *vm_find(uint32_t id)
{
	for (struct vm *vm = vm_first(); vm; vm = vm->next)
		if (vm->config->id == id)
			return vm;
	return NULL;
}

struct vm *vm_find_name(const char *name)
{
	for (struct vm *vm = vm_first(); vm; vm = vm->next)
		if (!strcmp(vm->config->name, name))
			return vm;
	return NULL;
}

struct vcpu *vm_vcpu_by_hwid(struct vm *vm, uint64_t hwid)
{
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		if (vm->vcpus[i]->hwid == hwid)
			return vm->vcpus[i];
	return NULL;
}

const char *vm_state_name(enum vm_state state)
{
	static const char *const names[] = {
		[VM_LOADING] = "Loading",   [VM_LOADED] = "Loaded",
		[VM_RUNNING] = "Running",   [VM_SUSPENDED] = "Suspended",
		[VM_STOPPING] = "Stopping", [VM_STOPPED] = "Stopped",
		[VM_FAILED] = "Failed",
	};

	return (unsigned int)state < ARRAY_SIZE(names) ? names[state] : "?";
}

const char *vm_stop_reason_name(enum vm_stop_reason reason)
{
	static const char *const names[] = {
		[VM_STOP_NONE] = "none",
		[VM_STOP_CLEAN] = "clean",
		[VM_STOP_SYSTEM_DOWN] = "system down",
		[VM_STOP_FORCED] = "forced",
		[VM_STOP_FAULT] = "fault",
	};

	return (unsigned int)reason < ARRAY_SIZE(names) ? names[reason] : "?";
}

/*
 * Making
 */

/* CPUs that any vCPU of a configuration may run on. */
static uint64_t config_cpus(const struct vm_config *config)
{
	uint64_t mask = 0;

	for (unsigned int i = 0; i < config->vcpu_count; i++)
		mask |= vcpu_host_cpus(config, i);
	return mask & GENMASK(cpu_count - 1, 0);
}

/* Why a VM does not own its CPUs outright; NULL: it does. */
static const char *cpus_not_owned(const struct vm_config *config)
{
	uint64_t mine = 0;

	for (unsigned int i = 0; i < config->vcpu_count; i++) {
		if (config->sched && config->sched[i].budget_us)
			return "a vCPU has a budget, for the host's timer";
	}
	for (unsigned int i = 0; i < config->vcpu_count; i++) {
		uint64_t cpus =
			vcpu_host_cpus(config, i) & GENMASK(cpu_count - 1, 0);

		if (!cpus || (cpus & (cpus - 1)))
			return "a vCPU is not bound to one CPU";
		if (mine & cpus)
			return "two vCPUs share a CPU";
		mine |= cpus;
	}
	if (arch_irq_passthrough_refusal())
		return arch_irq_passthrough_refusal();
	if (mine & 1)
		return "CPU 0 stays with the host";
	for (unsigned int i = 0; i < vm_boot_count; i++)
		if (vm_boot_table[i] != config &&
		    (config_cpus(vm_boot_table[i]) & mine))
			return "another VM may run on its CPUs";
	for (struct vm *vm = vm_first(); vm; vm = vm->next)
		if (vm->config != config && (config_cpus(vm->config) & mine))
			return "another VM may run on its CPUs";
	return NULL;
}

static uint32_t irq_mode_decide(const struct vm_config *config)
{
	const char *why;

	if (config->irq_mode != VM_IRQ_PASSTHROUGH)
		return config->irq_mode;
	why = cpus_not_owned(config);
	if (!why) {
		log_info("%s: interrupts are passed through", config->name);
		return VM_IRQ_PASSTHROUGH;
	}
	log_info("%s: interrupts are emulated and linked to the hardware's, "
		 "not passed through: %s",
		 config->name, why);
	return VM_IRQ_EMULATED;
}

uint64_t vm_cpus_owned(void)
{
	uint64_t mask = 0;

	for (const struct vm *vm = vm_first(); vm; vm = vm->next)
		for (unsigned int i = 0;
		     i < vm->vcpu_count && vm->irq_mode == VM_IRQ_PASSTHROUGH;
		     i++)
			mask |= vm->vcpus[i]->affinity;
	return mask;
}

static int devices_create(struct vm *vm)
{
	struct host_kept kept;
	int err = host_kept_find(vm, &kept);

	if (err)
		return err;
	err = reserved_check(vm, &kept);
	if (!err)
		err = fdt_select(host_fdt(), vm->config, arch_fdt_rules(),
				 kept.nodes, kept.node_count,
				 &vm->plan->selection);
	if (!err)
		err = vm_vdevs_create(vm);
	if (!err) {
		host_kept_warn(vm, &kept);
		if (IS_ENABLED(CONFIG_BLOCK))
			err = host_disks_leave(vm);
	}
	if (!err)
		err = vm_passthrough_create(vm, &kept);
	host_kept_free(&kept);
	return err;
}

static int parts_create(struct vm *vm)
{
	int err = vm_images_find(vm);

	if (!err)
		err = vm_crash_create(vm);
	if (!err)
		err = vm_ram_create(vm);
	if (!err)
		err = arch_vm_create(vm);
	for (unsigned int i = 0; !err && i < vm->config->vcpu_count; i++) {
		err = vcpu_create(vm, i);
		if (!err)
			vm->vcpu_count++;
	}
	if (!err)
		err = ivc_vm_create(vm);
	if (!err)
		err = devices_create(vm);
	if (!err)
		err = steal_create(vm);
	if (!err)
		err = vm_place(vm);
	return err;
}

/* Undo parts_create(), however far it came, and free the VM. */
static void vm_free(struct vm *vm)
{
	ivc_vm_destroy(vm);
	vm_vdevs_destroy(vm);
	vm_passthrough_destroy(vm);
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		vcpu_destroy(vm->vcpus[i]);
	if (vm->arch)
		arch_vm_destroy(vm);
	stage2_destroy(&vm->stage2);
	steal_destroy(vm);
	vm_ram_destroy(vm);
	fdt_selection_free(&vm->plan->selection);
	vm_images_free(vm);
	heap_free(vm->plan->dtb);
	vm_crash_destroy(vm);
	mm_owner_retire(&vm->owner);
	if (IS_ENABLED(CONFIG_VM_FILES) && vm->plan->file)
		vm_file_free(vm->plan->file);
	heap_free(vm->plan);
	heap_free(vm);
}

static int vm_check(const struct vm_config *config)
{
	if (!config->vcpu_count || config->vcpu_count > VM_MAX_VCPUS) {
		log_err("%s: base.cpu_num: %u is not within 1..%u",
			config->file, config->vcpu_count, VM_MAX_VCPUS);
		return -EINVAL;
	}
	if (vm_find(config->id) || vm_find_name(config->name)) {
		log_err("%s: base: id %u or name \"%s\" is taken", config->file,
			config->id, config->name);
		return -EEXIST;
	}
	return 0;
}

static int vm_alloc(const struct vm_config *config, struct vm **result)
{
	struct vm *vm = heap_alloc(sizeof(*vm));

	if (!vm)
		return -ENOMEM;
	vm->plan = heap_alloc(sizeof(*vm->plan));
	if (!vm->plan)
		goto err_vm;
	spin_init(&vm->lock, LOCK_RANK_VM);
	wait_queue_init(&vm->plan->changed);
	vm->plan->loader_done = true;
	vm->config = config;
	vm->state = VM_LOADING;
	vm->owner.name = config->name;
	if (stage2_create(&vm->stage2, &vm->owner))
		goto err_plan;
	*result = vm;
	return 0;

err_plan:
	heap_free(vm->plan);
err_vm:
	heap_free(vm);
	return -ENOMEM;
}

int vm_create(const struct vm_config *config, struct vm **result)
{
	struct vm **end, *vm;
	int err = vm_check(config);

	if (!err)
		err = vm_alloc(config, &vm);
	if (err)
		return err;
	vm->irq_mode = irq_mode_decide(config);
	err = parts_create(vm);
	if (err) {
		vm_free(vm);
		return err;
	}

	vm->state = VM_LOADED;
	spin_lock(&list_lock);
	for (end = &list; *end; end = &(*end)->next)
		;
	__atomic_store_n(end, vm, __ATOMIC_RELEASE);
	spin_unlock(&list_lock);
	watch_vm(vm, WATCH_VM_CREATED);
	*result = vm;
	return 0;
}

/*
 * Deleting
 */

static bool is_idle(struct vm *vm)
{
	bool idle;

	spin_lock(&vm->lock);
	idle = vm->state == VM_LOADED || vm->state == VM_STOPPED ||
	       vm->state == VM_FAILED;
	spin_unlock(&vm->lock);
	return idle;
}

static void list_remove(struct vm *vm)
{
	struct vm **at;

	spin_lock(&list_lock);
	for (at = &list; *at && *at != vm; at = &(*at)->next)
		;
	if (*at)
		__atomic_store_n(at, vm->next, __ATOMIC_RELEASE);
	spin_unlock(&list_lock);
}

static bool has_vdisks(const struct vm *vm)
{
	return IS_ENABLED(CONFIG_VDEV_CARDS) && vm_has_vdisks(vm);
}

static void memory_wipe(const struct vm *vm)
{
	vm_ram_wipe(vm);
	if (has_vdisks(vm))
		vm_vdisks_wipe(vm);
}

static void wipe(void *arg)
{
	struct vm *vm = arg;

	memory_wipe(vm);
	/* this task cannot be held up between here and its end, so that the
	 * vmm, which joins it, cannot be either */
	arch_irq_disable();
	__atomic_store_n(&vm->plan->wiped, true, __ATOMIC_RELEASE);
	vmm_wake();
}

/*
 * One of the host's own tasks, so that no guest holds it up; they have a budget
 * together. CPU 0 is no guest's own: interrupts reach the host there.
 */
static void wipe_apart(struct vm *vm)
{
	const struct task_attr attr = {
		.name = "reaper",
		.fn = wipe,
		.arg = vm,
		.priority = TASK_PRIO_SHELL,
		.affinity = BIT(0),
	};

	if (!__atomic_load_n(&vm->plan->loads, __ATOMIC_ACQUIRE) &&
	    !has_vdisks(vm)) {
		vm->plan->wiped = true; /* no guest ever wrote there */
		vmm_wake();
	} else if (task_create(&attr, &vm->plan->reaper)) {
		vm->plan->reaper = NULL;
		memory_wipe(vm); /* no memory: it must be done all the same */
		vm->plan->wiped = true;
		vmm_wake();
	}
}

void vm_lists_init(void)
{
	wait_queue_init(&dying_wq);
}

void vm_reap(void)
{
	struct vm **at = &dying;

	while (*at) {
		struct vm *vm = *at;

		if (!__atomic_load_n(&vm->plan->wiped, __ATOMIC_ACQUIRE)) {
			at = &vm->plan->reap_next;
			continue;
		}
		*at = vm->plan->reap_next;
		if (vm->plan->reaper)
			task_join(vm->plan->reaper);
		vm_free(vm);
		__atomic_sub_fetch(&dying_count, 1, __ATOMIC_ACQ_REL);
	}
	wait_wake_all(&dying_wq);
}

static bool all_reaped(void *arg __unused_arg)
{
	return !__atomic_load_n(&dying_count, __ATOMIC_ACQUIRE);
}

int vm_destroy(struct vm *vm)
{
	vm_list_hold();
	if (!is_idle(vm)) {
		vm_list_release();
		return -EBUSY;
	}
	list_remove(vm);
	vm_loader_join(vm);
	watch_vm(vm, WATCH_VM_DELETED);
	vm->plan->reap_next = dying;
	dying = vm;
	__atomic_add_fetch(&dying_count, 1, __ATOMIC_ACQ_REL);
	wipe_apart(vm);
	vm_list_release();
	return wait_event_timeout(&dying_wq, all_reaped, NULL,
				  time_ns() + DELETE_WAIT_NS);
}

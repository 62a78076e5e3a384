/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A virtual machine's life.
 *
 * Whoever wants a VM to stop moves it from RUNNING to STOPPING under its lock
 * and asks every vCPU to leave. The last one that leaves wakes the vmm task
 * (vmm.c), which alone ends the stop: joins the tasks, and has the VM started
 * again from cold when a reset was asked for. That goes from STOPPING to
 * LOADING at once, so nobody takes the VM for stopped meanwhile.
 *
 * Every start runs in a loader task of the VM's own priority and CPUs: one
 * guest's gigabytes of zeros hold up neither the shell nor another guest, and
 * a guest that resets without end spends its own time.
 *
 * The list of VMs changes in the vmm's and the shell's tasks only; list_lock
 * guards it, and vm_list_hold() keeps VMs alive while the vmm looks at them.
 */
#define LOG_TAG "vm"
#include <virt/vm.h>

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
#include <stdio.h>
#include <string.h>
#include <virt/ivc.h>
#include <virt/vconsole.h>
#include <virt/vdev.h>

static struct spinlock list_lock = SPINLOCK_INIT(LOCK_RANK_VM_LIST);
static struct vm *list;

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
	for (unsigned int i = 0; i < vm_config_count; i++)
		if (vm_config_table[i] != config &&
		    (config_cpus(vm_config_table[i]) & mine))
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
		err = vm_passthrough_create(vm, &kept);
	}
	host_kept_free(&kept);
	return err;
}

static int parts_create(struct vm *vm)
{
	int err = vm_ram_create(vm);

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
	heap_free(vm->plan->dtb);
	mm_owner_retire(&vm->owner);
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

/* A loader that is done, or about to be; one of those that ask joins it. */
static void loader_join(struct vm *vm)
{
	struct task *loader =
		__atomic_exchange_n(&vm->plan->loader, NULL, __ATOMIC_ACQ_REL);

	if (loader)
		task_join(loader);
}

int vm_destroy(struct vm *vm)
{
	struct vm **at;
	bool idle;

	vm_list_hold();
	spin_lock(&vm->lock);
	idle = vm->state == VM_LOADED || vm->state == VM_STOPPED ||
	       vm->state == VM_FAILED;
	spin_unlock(&vm->lock);
	if (!idle) {
		vm_list_release();
		return -EBUSY;
	}

	spin_lock(&list_lock);
	for (at = &list; *at && *at != vm; at = &(*at)->next)
		;
	if (*at)
		__atomic_store_n(at, vm->next, __ATOMIC_RELEASE);
	spin_unlock(&list_lock);
	loader_join(vm);
	watch_vm(vm, WATCH_VM_DELETED);
	vm_free(vm);
	vm_list_release();
	return 0;
}

/*
 * Starting
 */

static void irqs_connect(struct vm *vm)
{
	for (unsigned int irq = 0; irq < 64 * ARRAY_SIZE(vm->irq_owned);
	     irq++) {
		if (!vm->irq_owned[irq / 64]) {
			irq |= 63; /* none in this word */
			continue;
		}
		if (!(vm->irq_owned[irq / 64] & BIT(irq % 64)))
			continue;
		if (arch_virq_forward(vm, irq, irq)) {
			log_warn("%s: interrupt %u cannot be routed",
				 vm->config->name, irq);
			vm->irq_owned[irq / 64] &= ~BIT(irq % 64);
		}
	}
}

static int cold_state(struct vm *vm)
{
	int err;

	vm_ram_zero(vm);
	err = vm_load(vm);
	if (err)
		return err;
	arch_vm_reset(vm);
	vm_vdevs_reset(vm);
	irqs_connect(vm);
	for (unsigned int i = 0; i < vm->vcpu_count; i++) {
		struct vcpu *vcpu = vm->vcpus[i];

		vcpu->requests = 0;
		__atomic_store_n(&vcpu->state, VCPU_FREE, __ATOMIC_RELEASE);
	}
	return 0;
}

static void vcpus_request_stop(struct vm *vm)
{
	spin_lock(&vm->lock);
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		vcpu_hurry(vm->vcpus[i], true);
	spin_unlock(&vm->lock);
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		vcpu_request(vm->vcpus[i], VCPU_REQ_STOP);
}

void vm_vcpu_left(struct vm *vm)
{
	if (__atomic_sub_fetch(&vm->running_vcpus, 1, __ATOMIC_ACQ_REL))
		return;
	ivc_vm_stopped(vm); /* in its own time, not the vmm's, which joins us */
	vmm_wake();
}

static bool state_move(struct vm *vm, enum vm_state from, enum vm_state to)
{
	bool moved;

	spin_lock(&vm->lock);
	moved = vm->state == from;
	if (moved)
		vm->state = to;
	spin_unlock(&vm->lock);
	if (moved)
		watch_vm(vm, to);
	return moved;
}

static int vcpus_launch(struct vm *vm)
{
	int err = 0;

	for (unsigned int i = 0; !err && i < vm->vcpu_count; i++)
		err = vcpu_launch(vm->vcpus[i]);
	if (!err && vcpu_start(vm->vcpus[0], vm->entry.v, vm->dtb_gpa.v))
		err = -EINVAL;
	if (err) {
		log_err("%s: vCPUs do not start, error %d", vm->config->name,
			err);
		vm_guest_ended(vm, VM_STOP_FAULT, false,
			       "its vCPUs could not be started");
	}
	vm_vcpu_left(vm);
	return err;
}

static void load_failed(struct vm *vm, int err)
{
	log_err("%s: cannot be loaded, error %d", vm->config->name, err);
	state_move(vm, VM_LOADING, VM_FAILED);
}

static void load_succeeded(struct vm *vm)
{
	vm->start_ns = time_ns();
	vm->stop_reason = VM_STOP_NONE;
	vm->stop_detail[0] = '\0';
	/*
	 * Held until all vCPUs are made, so that the count ends at 0 once; a
	 * stop may begin as soon as the state says that there is one to end.
	 */
	__atomic_store_n(&vm->running_vcpus, 1, __ATOMIC_RELEASE);
	state_move(vm, VM_LOADING, VM_RUNNING);
}

/*
 * Cold state, then the vCPUs. The VM is LOADING, which makes it this task's
 * alone. Whoever waits for the start goes on when the vCPUs are made.
 */
static void loader_task(void *arg)
{
	struct vm *vm = arg;
	int err = cold_state(vm);

	if (err) {
		load_failed(vm, err);
	} else {
		load_succeeded(vm);
		err = vcpus_launch(vm);
	}
	vm->plan->load_err = err;
	__atomic_fetch_add(&vm->plan->loads, 1, __ATOMIC_RELEASE);
	wait_wake_all(&vm->plan->changed);
	__atomic_store_n(&vm->plan->loader_done, true, __ATOMIC_RELEASE);
	vmm_wake();
}

/* @asked: the host waits for it; else it is at the guest's own cost. */
static void loader_launch(struct vm *vm, bool asked)
{
	struct task_attr attr = {
		.name = vm->config->name,
		.fn = loader_task,
		.arg = vm,
		.tag = TRACE_TAG_VM(vm->config->id),
	};

	vcpu_task_attr(vm->vcpus[0], &attr);
	if (asked)
		attr.priority = TASK_PRIO_SHELL;
	vm->plan->loader_done = false;
	if (!task_create(&attr, &vm->plan->loader))
		return;
	vm->plan->loader = NULL;
	loader_task(vm); /* better here than not at all */
}

struct load_wait {
	const struct vm_plan *plan;
	uint32_t before;
};

static bool load_over(void *arg)
{
	const struct load_wait *wait = arg;

	return __atomic_load_n(&wait->plan->loads, __ATOMIC_ACQUIRE) !=
	       wait->before;
}

int vm_start(struct vm *vm)
{
	struct load_wait wait = {vm->plan, vm->plan->loads};

	if (!state_move(vm, VM_LOADED, VM_LOADING) &&
	    !state_move(vm, VM_STOPPED, VM_LOADING) &&
	    !state_move(vm, VM_FAILED, VM_LOADING))
		return -EBUSY;
	loader_join(vm); /* of a start that failed; the vmm may be late */
	loader_launch(vm, true);
	wait_event(&vm->plan->changed, load_over, &wait);
	return vm->plan->load_err;
}

/*
 * Stopping
 */

/* Return: false when it was not running. */
static bool stop_begin(struct vm *vm, enum vm_stop_reason reason, bool reset,
		       const char *detail)
{
	bool begun;

	spin_lock(&vm->lock);
	begun = vm->state == VM_RUNNING || vm->state == VM_SUSPENDED;
	if (begun) {
		vm->state = VM_STOPPING;
		vm->stop_reason = reason;
		vm->plan->reset = reset;
		snprintf(vm->stop_detail, sizeof(vm->stop_detail), "%s",
			 detail);
	} else if (vm->state == VM_STOPPING && !reset) {
		vm->plan->reset = false; /* a stop outranks a reset */
	}
	spin_unlock(&vm->lock);
	if (begun) {
		watch_vm(vm, VM_STOPPING);
		vcpus_request_stop(vm);
	}
	return begun;
}

void vm_guest_ended(struct vm *vm, enum vm_stop_reason reason, bool reset,
		    const char *detail)
{
	if (stop_begin(vm, reason, reset, detail))
		log_limited(&vm->plan->ended,
			    reason == VM_STOP_FAULT ? LOG_ERR : LOG_INFO,
			    "%s: %s", vm->config->name, detail);
}

static bool is_settled(void *arg)
{
	struct vm *vm = arg;
	uint32_t state = __atomic_load_n(&vm->state, __ATOMIC_ACQUIRE);

	return state != VM_STOPPING && state != VM_LOADING;
}

int vm_stop(struct vm *vm, enum vm_stop_reason reason)
{
	/* again when a restart was under way already, which it does not end */
	while (stop_begin(vm, reason, false, "") || !is_settled(vm))
		wait_event(&vm->plan->changed, is_settled, vm);
	return 0;
}

/* Return: false: it starts again. */
static bool stop_end(struct vm *vm)
{
	bool reset;

	spin_lock(&vm->lock);
	reset = vm->plan->reset;
	vm->plan->reset = false;
	vm->state = reset ? VM_LOADING : VM_STOPPED;
	spin_unlock(&vm->lock);
	watch_vm(vm, reset ? VM_LOADING : VM_STOPPED);
	if (!reset)
		wait_wake_all(&vm->plan->changed);
	return !reset;
}

bool vm_stop_finish(struct vm *vm)
{
	if (__atomic_load_n(&vm->plan->loader_done, __ATOMIC_ACQUIRE))
		loader_join(vm);
	if (__atomic_load_n(&vm->state, __ATOMIC_ACQUIRE) != VM_STOPPING ||
	    __atomic_load_n(&vm->running_vcpus, __ATOMIC_ACQUIRE))
		return false;
	loader_join(vm);
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		vcpu_join(vm->vcpus[i]);
	vm_vdevs_stop(vm);
	arch_virq_unforward_all(vm);

	if (!stop_end(vm)) {
		loader_launch(vm, false);
		return true;
	}
	log_info("%s: stopped (%s)", vm->config->name,
		 vm_stop_reason_name(vm->stop_reason));
	if (vconsole_is_attached(vm))
		vconsole_attach(NULL);
	return true;
}

/* SPDX-License-Identifier: Apache-2.0 */
/* The hypervisor application: turning it on, its VMs, the task that ends them. */
#define LOG_TAG "vmm"
#include <virt/vmm.h>

#include "plan.h"

#include <arch/virt.h>
#include <core/cold.h>
#include <core/cpu.h>
#include <core/task.h>
#include <errno.h>
#include <lib/log.h>
#include <stdio.h>
#include <virt/vconsole.h>
#include <virt/vm_files.h>
#include <virt/vm_life.h>

const struct vm_config *const *vm_boot_table = vm_config_table;
unsigned int vm_boot_count;

static struct wait_queue vmm_wq, list_wq;
static bool list_held;    /* atomic */
static uint32_t vmm_work; /* atomic: a VM's last vCPU has left */
static bool guests_run;   /* atomic: virt_enable() succeeded */

static void enable_task(void *arg)
{
	int *err = arg;

	*err = arch_virt_enable();
}

/* One pinned task on a CPU. */
static int enable_on(unsigned int cpu)
{
	char name[16];
	int result = -EIO, err;
	struct task *task;
	const struct task_attr attr = {
		.name = name,
		.fn = enable_task,
		.arg = &result,
		.priority = TASK_PRIO_MAX,
		.affinity = BIT(cpu),
	};

	snprintf(name, sizeof(name), "virt/%u", cpu);
	err = task_create(&attr, &task);
	if (err)
		return err;
	task_join(task);
	return result;
}

int virt_enable(void)
{
	int err = arch_virt_probe();

	for (unsigned int cpu = 0; !err && cpu < cpu_count; cpu++) {
		if (!__atomic_load_n(&cpus[cpu].online, __ATOMIC_ACQUIRE))
			continue;
		err = enable_on(cpu);
		if (err)
			log_err("cpu%u: virtualization cannot be turned on, "
				"error %d",
				cpu, err);
	}
	__atomic_store_n(&guests_run, !err, __ATOMIC_RELEASE);
	return err;
}

bool virt_is_enabled(void)
{
	return __atomic_load_n(&guests_run, __ATOMIC_ACQUIRE);
}

void vmm_wake(void)
{
	__atomic_store_n(&vmm_work, 1, __ATOMIC_RELEASE);
	wait_wake_all(&vmm_wq);
}

static bool list_take(void *arg __unused_arg)
{
	return !__atomic_exchange_n(&list_held, true, __ATOMIC_ACQUIRE);
}

void vm_list_hold(void)
{
	wait_event(&list_wq, list_take, NULL);
}

void vm_list_release(void)
{
	__atomic_store_n(&list_held, false, __ATOMIC_RELEASE);
	wait_wake_all(&list_wq);
}

static bool vmm_has_work(void *arg __unused_arg)
{
	return __atomic_load_n(&vmm_work, __ATOMIC_ACQUIRE);
}

static void vmm_task(void *arg __unused_arg)
{
	for (;;) {
		wait_event(&vmm_wq, vmm_has_work, NULL);
		__atomic_store_n(&vmm_work, 0, __ATOMIC_SEQ_CST);
		vm_list_hold();
		for (struct vm *vm = vm_first(); vm; vm = vm->next) {
			vm_vdevs_work(vm);
			vm_life_step(vm);
		}
		vm_reap();
		vm_list_release();
	}
}

int vmm_init(void)
{
	const struct task_attr attr = {
		.name = "vmm",
		.fn = vmm_task,
		.priority = TASK_PRIO_SHELL,
		.affinity = 1,
	};
	struct task *task;
	int err;

	vm_boot_count = vm_config_count;
	wait_queue_init(&vmm_wq);
	wait_queue_init(&list_wq);
	vm_lists_init();
	vconsole_init();
	err = task_create(&attr, &task);
	if (err)
		log_err("no task for the vmm, error %d: no guests", err);
	return err;
}

void vm_boot_start(struct vm *vm)
{
	int err = vm_start(vm);

	if (err == -ETIMEDOUT)
		log_warn("%s: is still being loaded", vm->config->name);
	if (!err)
		log_info("%s: started, entry 0x%llx, tree 0x%llx",
			 vm->config->name, (unsigned long long)vm->entry.v,
			 (unsigned long long)vm->dtb_gpa.v);
}

static void create_and_start(const struct vm_config *config)
{
	struct vm *vm;
	int err = vm_create(config, &vm);

	if (err)
		log_err("%s is refused, error %d", config->file, err);
	else
		vm_boot_start(vm);
}

void vmm_start(void)
{
	if (IS_ENABLED(CONFIG_VM_FILES) && cold_is_loaded() && vm_files_boot())
		return;
	for (unsigned int i = 0; i < vm_config_count; i++)
		create_and_start(vm_config_table[i]);
}

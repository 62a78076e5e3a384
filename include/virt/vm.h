/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual machine and its life. */
#ifndef VIRT_VM_H
#define VIRT_VM_H

#include <lib/lock.h>
#include <lib/types.h>
#include <lib/util.h>
#include <mm/frames.h>
#include <mm/stage2.h>
#include <virt/config.h>
#include <virt/vcpu.h>

#define VM_MAX_VCPUS CONFIG_VM_MAX_VCPUS

struct arch_vm;
struct ivc_vm; /* virt/ivc.h: its ends of channels, its doorbell */
struct space_taken;
struct vm_steal; /* virt/steal.c */
struct vconsole;
struct vdev;
struct vm_plan; /* virt/plan.h: what is loaded where, and life-cycle state */

enum vm_state {
	VM_LOADING,
	VM_LOADED,
	VM_RUNNING,
	VM_SUSPENDED,
	VM_STOPPING,
	VM_STOPPED,
	VM_FAILED,
};

enum vm_stop_reason {
	VM_STOP_NONE,
	VM_STOP_CLEAN,       /* the shell asked */
	VM_STOP_SYSTEM_DOWN, /* the guest powered itself off */
	VM_STOP_FORCED,
	VM_STOP_FAULT,
};

/**
 * struct vm_ram - one region of guest RAM
 * @gpa:  where the guest sees it (identical regions: equals @hpa)
 * @region: of config->regions; an allocated one may have several chunks
 * @owned: pages came from frames and go back there
 * @mapped: host RAM that the host can reach; guest_mem touches no other
 */
struct vm_ram {
	gpa_t gpa;
	hpa_t hpa;
	uint64_t size_bytes;
	uint32_t prot;
	uint32_t region;
	bool owned;
	bool mapped;
};

/** struct vm_window - host registers that the guest reaches without an exit */
struct vm_window {
	gpa_t gpa;
	hpa_t hpa;
	uint64_t size_bytes;
};

/**
 * struct vm - one guest
 * @lock:      guards state, reason, requests of life-cycle changes
 * @config:    constant
 * @irq_mode:  what is really done: VM_IRQ_PASSTHROUGH only when the VM owns
 *             its CPUs
 * @ram, @ram_count: constant after vm_create()
 * @vdevs:     sorted by address, constant after vm_create(): no lock on MMIO
 * @windows:   passed through, constant after vm_create()
 * @taken:     guest addresses given out, virt/space.h
 * @steal:     where its vCPUs read what time others had; NULL: nowhere
 * @irq_owned: bit per host SPI/virq that this VM may use as its device's
 * @entry, @dtb_gpa: where the first vCPU starts and what it is told
 */
struct vm {
	struct spinlock lock;
	const struct vm_config *config;
	struct vm *next;
	uint32_t state;       /* enum vm_state */
	uint32_t stop_reason; /* enum vm_stop_reason */
	char stop_detail[128];
	uint32_t irq_mode; /* enum vm_irq_mode */
	struct mm_owner owner;
	struct stage2 stage2;
	struct vm_ram *ram;
	unsigned int ram_count;
	struct vdev *vdevs;
	unsigned int vdev_count;
	struct vm_window *windows;
	unsigned int window_count, window_room;
	struct vcpu *vcpus[VM_MAX_VCPUS];
	unsigned int vcpu_count;
	struct arch_vm *arch;
	struct vm_plan *plan;
	struct vconsole *console;
	struct ivc_vm *ivc;
	struct space_taken *taken;
	struct vm_steal *steal;
	gpa_t entry;
	gpa_t dtb_gpa;
	uint64_t start_ns;
	uint32_t running_vcpus; /* atomic: tasks inside the run loop */
	uint64_t irq_owned[1024 / 64];
};

/** vm_create() - a VM of @config, Loaded. Return: 0; -Exxx, logged */
int __must_check vm_create(const struct vm_config *config, struct vm **vm);

/**
 * vm_destroy() - delete a VM that is Loaded, Stopped or Failed
 *
 * It is in no list any more at once. Sleeps until all its pages are back.
 *
 * Return: 0; -EBUSY: it is in another state; -ETIMEDOUT: its memory, or that
 * of one deleted before, is still being cleared.
 */
int __must_check vm_destroy(struct vm *vm);

/**
 * vm_guest_ended() - from a vCPU's own task, or the vmm's: the guest asked or
 * failed
 * @reset: start again from cold
 *
 * After a fault, the VM's policy decides on that.
 */
void vm_guest_ended(struct vm *vm, enum vm_stop_reason reason, bool reset,
		    const char *detail);

/** vm_first() - of the list; NULL: there is none */
struct vm *vm_first(void);
/** vm_find() - by number; NULL */
struct vm *vm_find(uint32_t id);
/** vm_find_name() - NULL when no VM has it */
struct vm *vm_find_name(const char *name);
/** vm_vcpu_by_hwid() - by the number its guest knows; NULL */
struct vcpu *vm_vcpu_by_hwid(struct vm *vm, uint64_t hwid);

/** vm_state_name() - as commands show it */
const char *vm_state_name(enum vm_state state);
/** vm_stop_reason_name() - as commands show it */
const char *vm_stop_reason_name(enum vm_stop_reason reason);

#endif

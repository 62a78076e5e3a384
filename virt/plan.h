/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of virt/ that make and end a VM share about it. */
#ifndef VIRT_PLAN_H
#define VIRT_PLAN_H

#include "image.h"
#include "ranges.h"

#include <core/task.h>
#include <lib/log.h>
#include <lib/types.h>
#include <lib/util.h>
#include <virt/guest_fdt.h>
#include <virt/vm.h>
#include <virt/vmm.h>

struct fdt_reg;
struct reset;
struct fdt_scan;
struct vm_file;

/**
 * struct vm_soc - resets of a VM's host devices
 * @resets: constant after vm_create()
 * @in_reset: they are; its loader's, or the vmm's
 */
struct vm_soc {
	struct reset *resets;
	unsigned int reset_count, reset_room;
	bool in_reset;
};

/**
 * struct vm_plan - what is put where, and the state of a change of life
 * @file:      the guest file that the configuration is of; NULL: embedded
 * @images:    as they were found last
 * @selection: host nodes that the VM gets
 * @dtb, @dtb_size: its finished tree, pristine
 * @reset:    start again once stopped
 * @hurry:    a command waits for the start that follows
 * @asked:    a graceful stop waits: whatever end comes, the VM stays down
 * @give_up:  stop as soon as it is loaded
 * @failed:   the policy would restart it, but has too often
 * @died:     its guest did: capture what is left of it
 * @capsule:  that, constant, in crash.c
 * @restarts: by the policy, since a start by a command or a long run
 * @loader, @loader_done: task of a start, to be joined; it is about to end
 * @loads, @load_err: starts so far, atomic; how the last one went
 * @in_guest: atomic: vCPUs that may run yet; with the last, its IVC channels
 *            die
 * @suspended_at: arch_counter() when the suspend began
 * @ended:    of lines about the guest's own ends
 * @changed:  those who wait for a state, or a vCPU to park, sleep here
 * @reaper, @wiped, @reap_next: of a VM that is being deleted, in vm.c
 *
 * vm->lock guards @reset to @loader_done, and @suspended_at.
 */
struct vm_plan {
	gpa_t kernel_gpa;
	gpa_t ramdisk_gpa;
	gpa_t bios_gpa;
	struct vm_file *file;
	struct vm_images images;
	struct fdt_selection selection;
	struct vm_soc soc;
	void *dtb;
	uint32_t dtb_size;
	bool reset;
	bool hurry;
	bool asked;
	bool give_up;
	bool failed;
	bool died;
	struct vm_capsule *capsule;
	uint32_t restarts;
	struct task *loader;
	bool loader_done;
	uint32_t loads;
	int load_err;
	uint32_t in_guest;
	uint64_t suspended_at;
	struct log_limit ended;
	struct wait_queue changed;
	struct task *reaper;
	bool wiped;
	struct vm *reap_next;
};

/* ram.c */

/** vm_ram_create() - host memory for every region, mapped in stage 2 */
int __must_check vm_ram_create(struct vm *vm);
/** vm_ram_wipe() - what a guest wrote is nobody's to see; may take seconds */
void vm_ram_wipe(const struct vm *vm);
/** vm_ram_destroy() - given back; stage 2 is gone already */
void vm_ram_destroy(struct vm *vm);
/** vm_ram_zero() - cold memory; what is not owned is left alone */
void vm_ram_zero(struct vm *vm);

/* reserve.c */

/**
 * reserved_claim() - a region of map type 2
 * @owned: set when its pages were free and now belong to @owner
 *
 * Return: 0; -EBUSY with a logged reason.
 */
int __must_check reserved_claim(const struct vm_config *config,
				const struct vm_region *region,
				struct mm_owner *owner, bool *owned);

/* host_kept.c */

/** struct kept_range - registers or memory that no guest is given */
struct kept_range {
	uint64_t base, size_bytes;
	const char *name;
	enum kept_kind {
		KEPT_REGISTERS,
		KEPT_BANK,       /* of RAM: the frame allocator knows whose */
		KEPT_OTHERS_RAM, /* another VM's, by its host address */
	} kind;
};

/**
 * struct host_kept - what stays with the host
 * @nodes: offsets in the host tree; the first @own_count are the host's own
 * @disk_pages: registers of disks that it holds
 */
struct host_kept {
	int *nodes;
	unsigned int own_count;
	unsigned int node_count, node_room;
	struct kept_range *ranges;
	unsigned int range_count, range_room;
	struct range_set disk_pages;
};

/**
 * host_kept_find() - for a VM about to be made: the host's own and what other
 * VMs hold
 */
int __must_check host_kept_find(const struct vm *vm, struct host_kept *kept);
void host_kept_free(struct host_kept *kept);
/**
 * host_kept_warn() - a line for each device that the VM's paths ask for and
 * do not get; its emulated devices exist
 */
void host_kept_warn(const struct vm *vm, const struct host_kept *kept);
/** reg_overlaps() - are any of a node's registers a tuple's? */
bool reg_overlaps(const struct fdt_scan *scan, const struct vm_pt_device *dev);
/** path_covers() - is @path the node @prefix, or below it? */
bool path_covers(const char *prefix, const char *path);

/** reserved_check() - regions of map type 2 that are no RAM of ours: do they
 * cover registers of the host's or another VM's? Return: 0; -EBUSY, logged */
int __must_check reserved_check(const struct vm *vm,
				const struct host_kept *kept);

/* pci_window.c */

/** pci_window() - where functions behind a PCI host bridge have registers;
 * false: no more, or it is no such bridge */
bool pci_window(const struct fdt_scan *scan, unsigned int index,
		struct fdt_reg *window);

/* vm_devices.c */

/** vm_vdevs_create() - emulated devices, and the stand-in for the UART */
int __must_check vm_vdevs_create(struct vm *vm);
void vm_vdevs_destroy(struct vm *vm);
/** vm_vdevs_reset() - cold state; a watchdog armed from the start begins */
void vm_vdevs_reset(struct vm *vm);
/** vm_vdevs_stop() - no vCPU is left: nothing of theirs comes later */
void vm_vdevs_stop(struct vm *vm);
/** vm_vdevs_pause() - the VM is suspended, no vCPU runs: their time stops */
void vm_vdevs_pause(struct vm *vm);
/** vm_vdevs_resume() - before a vCPU runs again */
void vm_vdevs_resume(struct vm *vm);
/** vm_vdevs_work() - in the vmm's task, after each vmm_wake() */
void vm_vdevs_work(struct vm *vm);

/* vdev_place.c */

/**
 * vdev_place() - a free window in the guest's first 4 GiB
 *
 * RAM, the devices so far and the interrupt controller exist.
 *
 * Return: 0; -ENOSPC: there is none; -ENOMEM.
 */
int __must_check vdev_place(const struct vm *vm, uint64_t size_bytes,
			    gpa_t *place);

/* passthrough.c */

/** vm_passthrough_create() - map what the VM owns, note its interrupts */
int __must_check vm_passthrough_create(struct vm *vm,
				       const struct host_kept *kept);
void vm_passthrough_destroy(struct vm *vm);

/* vm_soc.c, with CONFIG_CLK: cold; all but the first with resets only */

/**
 * vm_soc_create() - the VM's host devices have power, clocks and pins; find
 * their resets. Return: 0; -ENOMEM
 */
int __must_check vm_soc_create(struct vm *vm, const struct host_kept *kept);
/**
 * vm_soc_stop() - its devices are in reset, once it has been started
 *
 * Every vCPU has ended; what it had of memory is nobody else's yet.
 */
void vm_soc_stop(struct vm *vm);
/** vm_soc_start() - and out of it, before a vCPU runs */
void vm_soc_start(struct vm *vm);
/** vm_soc_destroy() - out of it as well */
void vm_soc_destroy(struct vm *vm);

/* place.c */

/** vm_addresses_decide() - of images, tree and entry; RAM exists */
int __must_check vm_addresses_decide(struct vm *vm);
/** has_bios() - is there a boot stub below the kernel, and used? */
bool has_bios(const struct vm_config *config);

/* loader.c */

/** vm_place() - decide addresses, make the device tree */
int __must_check vm_place(struct vm *vm);
/** vm_load() - copy every pristine image into zeroed RAM */
int __must_check vm_load(struct vm *vm);

/* guest_tree.c */

/** vm_tree_create() - plan->dtb, for a ramdisk at plan->ramdisk_gpa */
int __must_check vm_tree_create(struct vm *vm);
/** vm_tree_reseed() - another rng-seed for another start, where there is one */
void vm_tree_reseed(struct vm *vm);

/* crash.c */

/** vm_crash_create() - room for what is kept of a death. Return: 0; -ENOMEM */
int __must_check vm_crash_create(struct vm *vm);
void vm_crash_destroy(struct vm *vm);
/** vm_crash_capture() - no vCPU runs, RAM is the guest's still */
void vm_crash_capture(struct vm *vm);
/** vm_crash_forget() - somebody starts it again */
void vm_crash_forget(struct vm *vm);

/* vm.c */

/** vm_lists_init() - once, before any VM */
void vm_lists_init(void);
/** vm_reap() - from the vmm's task: end the deleted VMs whose RAM is clear */
void vm_reap(void);

/* vm_life.c */

/** vm_life_step() - from the vmm's task: what is due in a VM's life */
void vm_life_step(struct vm *vm);
/** vm_loader_join() - of a VM at rest, whose loader is done or ending */
void vm_loader_join(struct vm *vm);

/* vmm.c */

/** vm_boot_start() - a VM that boot has made; says how it went */
void vm_boot_start(struct vm *vm);

/** vm_list_hold() - no VM is deleted until vm_list_release(); sleeps */
void vm_list_hold(void);
void vm_list_release(void);

#endif

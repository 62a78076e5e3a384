/* SPDX-License-Identifier: Apache-2.0 */
/* Emulated devices: register windows with handlers, pointer-free state. */
#ifndef VIRT_VDEV_H
#define VIRT_VDEV_H

#include <core/timer.h>
#include <lib/types.h>
#include <lib/util.h>

struct vdisk;
struct vdev;
struct vm;
struct vm_emu_device;

/**
 * struct vdev_ops - a kind of device
 * @type:       number in emu_devices (enum vm_emu_type)
 * @kind:       of a type that has several: what cfg[0] says; 0: no other has it
 * @compatible: of the host UART or the like that it stands for, or NULL
 * @state_size: bytes of vdev->state, zeroed before @init
 * @init:       once; 0 or -Exxx with a logged reason
 * @reset:      cold state
 * @cold:       it is in the cold part (core/cold.h): the ops stand apart from
 *              that, by __found, and are found behind cold_load()
 * @read:       @offset in the window, naturally aligned or not, @width 1, 2, 4
 *              or 8; undefined registers read as zero
 * @write:      as @read
 * @quick:      the same for what needs no more than a glance, called first, with
 *              interrupts masked: it may neither sleep nor take long; *@value
 *              is written or read. Return: false: @read or @write does it.
 *              NULL: never
 * @call:       is firmware's call @fn its own? Then it is done. In the
 *              vCPU's task. NULL: none is
 * @fdt_node:   add a node for it under @parent; NULL: none
 * @console_input: a byte typed at the guest's console; false: no room now
 * @console_room: there is room for its output again, see vconsole_full()
 * @power_key:  press it; the device lets it go again
 * @moved:      of a card: what its disk was asked for has come to an end; in a
 *              task, with disk->lock held (virt/vdisk.h)
 * @stop:       no vCPU is left: when it returns, its timer is not armed and
 *              nothing but @reset arms it; also before the state is freed
 * @pause:      the VM is suspended: its time stands still
 * @resume:     and goes on
 * @work:       in the vmm's task some time after each vmm_wake(): what the
 *              timer's function, in an interrupt, may not do
 *
 * @stop, @pause, @resume come from tasks, and may come twice in a row.
 */
struct vdev_ops {
	const char *name;
	uint32_t type;
	uint32_t kind;
	const char *const *compatible; /* ends in NULL */
	bool cold;
	uint32_t state_size;
	int (*init)(struct vdev *dev);
	void (*reset)(struct vdev *dev);
	uint64_t (*read)(struct vdev *dev, uint64_t offset, unsigned int width);
	void (*write)(struct vdev *dev, uint64_t offset, unsigned int width,
		      uint64_t value);
	bool (*quick)(struct vdev *dev, uint64_t offset, unsigned int width,
		      bool write, uint64_t *value);
	bool (*call)(struct vdev *dev, uint32_t fn);
	int (*fdt_node)(const struct vdev *dev, void *fdt, int parent);
	bool (*console_input)(struct vdev *dev, uint8_t byte);
	void (*console_room)(struct vdev *dev);
	void (*power_key)(struct vdev *dev);
	void (*moved)(struct vdev *dev);
	void (*stop)(struct vdev *dev);
	void (*pause)(struct vdev *dev);
	void (*resume)(struct vdev *dev);
	void (*work)(struct vdev *dev);
};

struct vdev {
	const struct vdev_ops *ops;
	struct vm *vm;
	gpa_t gpa;
	uint64_t size_bytes;
	unsigned int virq;                  /* 0: none */
	const struct vm_emu_device *config; /* NULL: placed by cvisor itself */
	void *state;
	struct vdisk *disk; /* of a card: virt/vdisk.h */
	struct timer
		timer; /* for those that have @stop; state has no pointers */
};

/**
 * struct vdev_clock - the host's time without the VM's pauses
 *
 * All zero: it runs. Its device's lock guards it.
 */
struct vdev_clock {
	uint64_t skipped_ns;
	uint64_t paused_ns; /* time_ns() when it stopped */
	bool paused;
};

/** vdev_clock_ns() - what it shows, in nanoseconds */
uint64_t vdev_clock_ns(const struct vdev_clock *clock);
/** vdev_clock_pause(), vdev_clock_resume() - again is the same as once */
void vdev_clock_pause(struct vdev_clock *clock);
void vdev_clock_resume(struct vdev_clock *clock);
/** vdev_clock_deadline() - the host's time when a running one shows @ns */
uint64_t vdev_clock_deadline(const struct vdev_clock *clock, uint64_t ns);

/* Where the ops of a cold device stand. */
#define __found __attribute__((section(".data.rel.ro.found")))
#define VDEV(sym)                                                              \
	static const struct vdev_ops *const __vdev_##sym __linked_in(          \
		".vdevs") = &(sym)

/** vdev_find_ops() - by type number, the lowest kind of it; NULL */
const struct vdev_ops *vdev_find_ops(uint32_t type);
/** vdev_find_ops_kind() - by type and kind; NULL */
const struct vdev_ops *vdev_find_ops_kind(uint32_t type, uint32_t kind);
/** vdev_find_ops_compatible() - that stands for a host node's compatible */
const struct vdev_ops *vdev_find_ops_compatible(const void *fdt, int node);

/** vdev_at() - device whose window holds [gpa, gpa + width), else NULL */
struct vdev *vdev_at(struct vm *vm, gpa_t gpa, unsigned int width);

/**
 * vdev_quick() - an access that a device finishes at once, see @quick
 *
 * Interrupts are masked; the caller looks at the vCPU's interrupts afterwards.
 *
 * Return: false: it is to be done in the vCPU's task.
 */
bool vdev_quick(struct vm *vm, gpa_t gpa, unsigned int width, bool write,
		uint64_t *value);

/** vdev_call() - is a guest's call of firmware a device's? Then it is done. */
bool vdev_call(struct vm *vm, uint32_t fn);

/** vdev_node_name() - its node in the guest's tree: "pl011@9000000" */
void vdev_node_name(const struct vdev *dev, char *name, size_t size);

/**
 * vdev_fdt_irq() - give a node in a guest's tree the device's interrupt
 *
 * Level, active high, at the root's interrupt parent, or at the controller that
 * every guest has.
 *
 * Return: 0; -ENOSPC; -EINVAL when the tree has neither.
 */
int __must_check vdev_fdt_irq(const struct vdev *dev, void *fdt, int node);

/**
 * vdev_fdt_clock() - a clock of a fixed rate in a guest's tree
 * @name:    of its node under @parent; one that is there already is taken
 * @phandle: result
 *
 * Nodes behind @parent move.
 *
 * Return: 0; -ENOSPC; -EINVAL when another node has that name.
 */
int __must_check vdev_fdt_clock(void *fdt, int parent, const char *name,
				uint32_t freq_hz, uint32_t *phandle);

#endif

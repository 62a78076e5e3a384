/* SPDX-License-Identifier: Apache-2.0 */
/* Emulated devices: register windows with handlers, pointer-free state. */
#ifndef VIRT_VDEV_H
#define VIRT_VDEV_H

#include <lib/types.h>
#include <lib/util.h>

struct vdev;
struct vm;
struct vm_emu_device;

/**
 * struct vdev_ops - a kind of device
 * @type:       number in emu_devices (enum vm_emu_type)
 * @compatible: of the host UART or the like that it stands for, or NULL
 * @state_size: bytes of vdev->state, zeroed before @init
 * @init:       once; 0 or -Exxx with a logged reason
 * @reset:      cold state
 * @read:       @offset in the window, naturally aligned or not, @width 1, 2, 4
 *              or 8; undefined registers read as zero
 * @write:      as @read
 * @fdt_node:   add a node for it under @parent; NULL: none
 */
struct vdev_ops {
	const char *name;
	uint32_t type;
	const char *const *compatible; /* ends in NULL */
	size_t state_size;
	int (*init)(struct vdev *dev);
	void (*reset)(struct vdev *dev);
	uint64_t (*read)(struct vdev *dev, uint64_t offset, unsigned int width);
	void (*write)(struct vdev *dev, uint64_t offset, unsigned int width,
		      uint64_t value);
	int (*fdt_node)(const struct vdev *dev, void *fdt, int parent);
	/* a byte typed at the guest's console; false: no room now */
	bool (*console_input)(struct vdev *dev, uint8_t byte);
	/* there is room for its output again, see vconsole_full() */
	void (*console_room)(struct vdev *dev);
};

struct vdev {
	const struct vdev_ops *ops;
	struct vm *vm;
	gpa_t gpa;
	uint64_t size_bytes;
	unsigned int virq;                  /* 0: none */
	const struct vm_emu_device *config; /* NULL: placed by cvisor itself */
	void *state;
};

#define VDEV(sym)                                                              \
	static const struct vdev_ops *const __vdev_##sym __linked_in(          \
		".vdevs") = &(sym)

/** vdev_find_ops() - by type number; NULL */
const struct vdev_ops *vdev_find_ops(uint32_t type);
/** vdev_find_ops_compatible() - that stands for a host node's compatible */
const struct vdev_ops *vdev_find_ops_compatible(const void *fdt, int node);

/** vdev_at() - device whose window holds [gpa, gpa + width), else NULL */
struct vdev *vdev_at(struct vm *vm, gpa_t gpa, unsigned int width);

/** vdev_node_name() - its node in the guest's tree: "pl011@9000000" */
void vdev_node_name(const struct vdev *dev, char *name, size_t size);

/**
 * vdev_fdt_irq() - give a node in a guest's tree the device's interrupt
 *
 * Level, active high, at the root's interrupt parent.
 *
 * Return: 0; -ENOSPC; -EINVAL when the tree has no interrupt parent.
 */
int __must_check vdev_fdt_irq(const struct vdev *dev, void *fdt, int node);

#endif

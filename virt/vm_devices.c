/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A VM's emulated devices: those that emu_devices names, one that stands for
 * the host's UART where the guest expects to find that, and the watchdog that
 * watchdog_s asks for.
 */
#define LOG_TAG "vdev"
#include "plan.h"
#include "ranges.h"

#include <arch/virt.h>
#include <core/console.h>
#include <core/irq.h>
#include <errno.h>
#include <lib/fdt.h>
#include <libfdt.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <string.h>
#include <virt/vconsole.h>
#include <virt/vdev.h>
#include <virt/vdisk.h>
#include <virt/vm.h>

/* Kinds that arch/<a>/virt places: interrupt controllers. */
static bool is_archs(uint32_t type)
{
	return type == VM_EMU_IRQCHIP || type == VM_EMU_IOAPIC ||
	       type == VM_EMU_PIT || type == VM_EMU_PLIC ||
	       type == VM_EMU_APLIC || type == VM_EMU_IMSIC ||
	       (type >= VM_EMU_GIC_REDIST && type <= VM_EMU_GIC_ITS);
}

/* Sorted by address: vdev_at() searches by halves. Called before init. */
static int vdev_add(struct vm *vm, struct vdev dev)
{
	unsigned int at = vm->vdev_count;

	for (unsigned int i = 0; i < vm->vdev_count; i++)
		if (range_overlaps(dev.gpa.v, dev.size_bytes,
				   vm->vdevs[i].gpa.v, vm->vdevs[i].size_bytes))
			return -EEXIST;
	if (dev.ops->state_size) {
		dev.state = heap_alloc(dev.ops->state_size);
		if (!dev.state)
			return -ENOMEM;
	}
	dev.vm = vm;
	while (at > 0 && vm->vdevs[at - 1].gpa.v > dev.gpa.v) {
		vm->vdevs[at] = vm->vdevs[at - 1];
		at--;
	}
	vm->vdevs[at] = dev;
	vm->vdev_count++;
	return 0;
}

/* A guest that is written for the board looks for the board's kind of UART. */
static const struct vdev_ops *console_ops(const struct vm_emu_device *emu)
{
	const struct console_dev *console = console_dev();
	const struct vdev_ops *ops = NULL;

	if (emu->cfg_count && emu->cfg[0] != VM_CONSOLE_HOSTS)
		return vdev_find_ops_kind(emu->type, (uint32_t)emu->cfg[0]);
	if (console && console->node >= 0)
		ops = vdev_find_ops_compatible(host_fdt(), console->node);
	return ops ? ops : vdev_find_ops(emu->type);
}

static int emu_device_add(struct vm *vm, const struct vm_emu_device *emu)
{
	const struct vdev_ops *ops = emu->type == VM_EMU_CONSOLE
					     ? console_ops(emu)
					     : vdev_find_ops(emu->type);
	int err;

	if (is_archs(emu->type) || emu->type == VM_EMU_DUMMY)
		return 0;
	if (!ops) {
		log_warn("%s: emu_devices: %s: type 0x%x is not offered, left "
			 "out",
			 vm->config->name, emu->name, emu->type);
		return 0;
	}
	err = vdev_add(vm, (struct vdev){
				   .ops = ops,
				   .gpa = gpa(emu->gpa),
				   .size_bytes = emu->size_bytes,
				   .virq = emu->irq,
				   .config = emu,
			   });
	if (err)
		log_err("%s: emu_devices: %s: %s", vm->config->file, emu->name,
			err == -EEXIST ? "overlaps another one" : "no memory");
	return err;
}

/*
 * Does the guest expect the UART that the host keeps?
 */

static bool console_expected(const struct vm_config *config, const char *path,
			     const struct fdt_reg *reg)
{
	bool wanted = config->address_policy == VM_ADDR_PASSTHROUGH;

	for (unsigned int i = 0; i < config->excluded_count; i++)
		if (path_covers(config->excluded[i], path))
			return false;
	for (unsigned int i = 0; i < config->pt_device_count; i++) {
		const struct vm_pt_device *dev = &config->pt_devices[i];

		wanted |= dev->path ? path_covers(dev->path, path)
				    : range_overlaps(dev->hpa, dev->size_bytes,
						     reg->addr, reg->size);
	}
	for (unsigned int i = 0; i < config->pt_address_count; i++)
		wanted |= range_overlaps(config->pt_addresses[i].base,
					 config->pt_addresses[i].size_bytes,
					 reg->addr, reg->size);
	return wanted;
}

static bool has_console(const struct vm *vm)
{
	for (unsigned int i = 0; i < vm->vdev_count; i++)
		if (vm->vdevs[i].ops->console_input)
			return true;
	return false;
}

static const struct vm_ram *ram_below(const struct vm *vm, uint64_t base,
				      uint64_t size_bytes)
{
	for (unsigned int i = 0; i < vm->ram_count; i++)
		if (range_overlaps(vm->ram[i].gpa.v, vm->ram[i].size_bytes,
				   base, size_bytes))
			return &vm->ram[i];
	return NULL;
}

static int stand_in_add(struct vm *vm)
{
	const struct console_dev *console = console_dev();
	const void *fdt = host_fdt();
	const struct vdev_ops *ops;
	enum irq_trigger trigger;
	struct fdt_irq spec;
	struct fdt_reg reg;
	char path[128];
	int irq = 0, err;

	if (!console || console->node < 0 || has_console(vm) ||
	    fdt_node_reg(fdt, console->node, 0, &reg) ||
	    fdt_get_path(fdt, console->node, path, sizeof(path)) ||
	    !console_expected(vm->config, path, &reg) ||
	    ram_below(vm, reg.addr, reg.size))
		return 0;
	ops = vdev_find_ops_compatible(fdt, console->node);
	if (!ops) {
		log_warn("%s: the host keeps %s and has no emulated one",
			 vm->config->name, path);
		return 0;
	}
	if (!fdt_node_irq(fdt, console->node, 0, &spec))
		irq = irq_of_fdt(&spec, &trigger);
	err = vdev_add(vm, (struct vdev){
				   .ops = ops,
				   .gpa = gpa(reg.addr),
				   .size_bytes = ALIGN_UP(reg.size, PAGE_SIZE),
				   .virq = irq > 0 ? (unsigned int)irq : 0,
			   });
	if (!err)
		log_warn("%s: the host keeps %s, an emulated one stands there",
			 vm->config->name, path);
	return err == -EEXIST ? 0 : err;
}

/*
 * The watchdog that base.watchdog_s asks for, where the file has none: Linux
 * needs no interrupt of it.
 */
static int watchdog_add(struct vm *vm)
{
	const struct vdev_ops *ops;
	gpa_t place;
	int err;

	if (!vm->config->watchdog_s)
		return 0;
	ops = vdev_find_ops(VM_EMU_WATCHDOG);
	if (!ops) {
		log_err("%s: base.watchdog_s: this Image has no watchdog "
			"(CONFIG_VDEV_SP805)",
			vm->config->file);
		return -ENODEV;
	}
	for (unsigned int i = 0; i < vm->vdev_count; i++)
		if (vm->vdevs[i].ops == ops)
			return 0;
	err = vdev_place(vm, PAGE_SIZE, &place);
	if (!err)
		err = vdev_add(vm, (struct vdev){
					   .ops = ops,
					   .gpa = place,
					   .size_bytes = PAGE_SIZE,
				   });
	if (err)
		log_err("%s: base.watchdog_s: no place for a watchdog, error "
			"%d; give it one in emu_devices, type 0x%x",
			vm->config->file, err, VM_EMU_WATCHDOG);
	return err;
}

/*
 * RAM is mapped: what should trap there never would. The configuration's own
 * check tells, but for places that only the machine decides.
 */
static int not_in_ram(const struct vm *vm, const char *name, uint64_t base,
		      uint64_t size_bytes)
{
	const struct vm_ram *ram = ram_below(vm, base, size_bytes);

	if (!ram)
		return 0;
	log_err("%s: %s (0x%llx + 0x%llx) lies inside memory_regions[%u] "
		"(0x%llx + 0x%llx); move one of them",
		vm->config->file, name, (unsigned long long)base,
		(unsigned long long)size_bytes, ram->region,
		(unsigned long long)ram->gpa.v,
		(unsigned long long)ram->size_bytes);
	return -EEXIST;
}

/* Two that trap at one place: only one of them would ever be asked. */
static int not_in_window(const struct vm *vm, const char *name, uint64_t base,
			 uint64_t size_bytes, unsigned int first_window)
{
	struct arch_window window;

	for (unsigned int i = first_window; arch_vm_window(vm, i, &window);
	     i++) {
		if (!range_overlaps(base, size_bytes, window.base,
				    window.size_bytes))
			continue;
		log_err("%s: %s (0x%llx + 0x%llx) overlaps the %s (0x%llx + "
			"0x%llx); move one of them",
			vm->config->file, name, (unsigned long long)base,
			(unsigned long long)size_bytes, window.name,
			(unsigned long long)window.base,
			(unsigned long long)window.size_bytes);
		return -EEXIST;
	}
	return 0;
}

static int windows_check(const struct vm *vm)
{
	struct arch_window window;
	int err = 0;

	for (unsigned int i = 0; !err && i < vm->vdev_count; i++) {
		const struct vdev *dev = &vm->vdevs[i];
		const char *name =
			dev->config ? dev->config->name : dev->ops->name;

		err = not_in_ram(vm, name, dev->gpa.v, dev->size_bytes);
		if (!err)
			err = not_in_window(vm, name, dev->gpa.v,
					    dev->size_bytes, 0);
	}
	for (unsigned int i = 0; !err && arch_vm_window(vm, i, &window); i++) {
		err = not_in_ram(vm, window.name, window.base,
				 window.size_bytes);
		if (!err)
			err = not_in_window(vm, window.name, window.base,
					    window.size_bytes, i + 1);
	}
	return err;
}

/* A dummy yields to whatever else stands there. */
static int dummy_add(struct vm *vm, const struct vm_emu_device *emu)
{
	const struct vdev dev = {
		.ops = vdev_find_ops(emu->type),
		.gpa = gpa(emu->gpa),
		.size_bytes = emu->size_bytes,
		.config = emu,
	};
	struct arch_window window;
	int err;

	if (!dev.ops || !emu->size_bytes ||
	    ram_below(vm, emu->gpa, emu->size_bytes))
		return 0;
	for (unsigned int i = 0; arch_vm_window(vm, i, &window); i++)
		if (range_overlaps(emu->gpa, emu->size_bytes, window.base,
				   window.size_bytes))
			return 0;
	err = vdev_add(vm, dev);
	return err == -EEXIST ? 0 : err;
}

static int dummies_add(struct vm *vm)
{
	const struct vm_config *config = vm->config;
	int err = 0;

	for (unsigned int i = 0; !err && i < config->emu_device_count; i++)
		if (config->emu_devices[i].type == VM_EMU_DUMMY)
			err = dummy_add(vm, &config->emu_devices[i]);
	return err;
}

int vm_vdevs_create(struct vm *vm)
{
	const struct vm_config *config = vm->config;
	int err = 0;

	/* and the UART's stand-in, and a watchdog */
	vm->vdevs = heap_alloc_array(config->emu_device_count + 2,
				     sizeof(*vm->vdevs));
	if (!vm->vdevs)
		return -ENOMEM;
	for (unsigned int i = 0; !err && i < config->emu_device_count; i++)
		err = emu_device_add(vm, &config->emu_devices[i]);
	if (!err)
		err = stand_in_add(vm);
	if (!err)
		err = watchdog_add(vm);
	if (!err)
		err = windows_check(vm);
	if (!err)
		err = dummies_add(vm);

	/* their places are final now: init may keep pointers to them */
	for (unsigned int i = 0; !err && i < vm->vdev_count; i++)
		if (vm->vdevs[i].ops->init)
			err = vm->vdevs[i].ops->init(&vm->vdevs[i]);
	return err;
}

void vm_vdevs_destroy(struct vm *vm)
{
	vconsole_destroy(vm->console);
	vm->console = NULL;
	vm_vdevs_stop(vm);
	for (unsigned int i = 0; i < vm->vdev_count; i++) {
		if (IS_ENABLED(CONFIG_VDEV_CARDS) && vm->vdevs[i].disk)
			vdisk_destroy(vm->vdevs[i].disk);
		heap_free(vm->vdevs[i].state);
	}
	heap_free(vm->vdevs);
	vm->vdevs = NULL;
	vm->vdev_count = 0;
}

/*
 * What happens to a VM, told to its devices
 */

typedef void (*const vdev_event)(struct vdev *dev);

/* @op: where struct vdev_ops has it */
static void tell(struct vm *vm, size_t op)
{
	for (unsigned int i = 0; i < vm->vdev_count; i++) {
		struct vdev *dev = &vm->vdevs[i];
		vdev_event *event = (vdev_event *)((const char *)dev->ops + op);

		if (*event)
			(*event)(dev);
	}
}

void vm_vdevs_reset(struct vm *vm)
{
	tell(vm, offsetof(struct vdev_ops, reset));
}

void vm_vdevs_stop(struct vm *vm)
{
	tell(vm, offsetof(struct vdev_ops, stop));
}

void vm_vdevs_pause(struct vm *vm)
{
	tell(vm, offsetof(struct vdev_ops, pause));
}

void vm_vdevs_resume(struct vm *vm)
{
	tell(vm, offsetof(struct vdev_ops, resume));
}

void vm_vdevs_work(struct vm *vm)
{
	tell(vm, offsetof(struct vdev_ops, work));
}

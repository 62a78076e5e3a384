/* SPDX-License-Identifier: Apache-2.0 */
/* A guest touched an address that is not its RAM: the device, or a fault. */
#define LOG_TAG "mmio"
#include "mmio.h"

#include <arch/pgtable.h>
#include <arch/virt.h>
#include <lib/log.h>
#include <mm/stage2.h>
#include <stdio.h>
#include <virt/vcpu.h>
#include <virt/vdev.h>
#include <virt/vm.h>

static void mmio_refuse(struct vcpu *vcpu, const struct vcpu_exit *exit)
{
	static struct log_limit limit;

	log_limited(&limit, LOG_WARN,
		    "%s vcpu%u: %s of %u bytes at 0x%llx: nothing there, fault",
		    vcpu->vm->config->name, vcpu->id,
		    exit->mmio.needs & PGT_X       ? "fetch"
		    : exit->kind == EXIT_MMIO_READ ? "read"
						   : "write",
		    exit->mmio.width, (unsigned long long)exit->mmio.gpa.v);
	arch_vcpu_inject_abort(vcpu, exit);
}

/* Was a table being changed when the access came, and allows it now? */
static bool is_mapped(struct vcpu *vcpu, const struct vcpu_exit *exit)
{
	unsigned int prot;

	return !stage2_lookup(&vcpu->vm->stage2, exit->mmio.gpa, NULL, &prot,
			      NULL) &&
	       !(exit->mmio.needs & ~prot);
}

/* Nothing that the guest could do would get it out: it has died. */
static void vcpu_is_lost(struct vcpu *vcpu)
{
	char detail[80];

	snprintf(detail, sizeof(detail),
		 "vcpu%u: no memory at its exception vectors, pc 0x%llx",
		 vcpu->id, (unsigned long long)arch_vcpu_pc(vcpu));
	vm_guest_ended(vcpu->vm, VM_STOP_FAULT, false, detail);
}

void vcpu_unmapped(struct vcpu *vcpu, const struct vcpu_exit *exit)
{
	if (is_mapped(vcpu, exit))
		arch_vcpu_retry(vcpu);
	else if (exit->mmio.hopeless)
		vcpu_is_lost(vcpu);
	else
		arch_vcpu_inject_abort(vcpu, exit);
}

static uint64_t width_mask(unsigned int width)
{
	return width >= 8 ? UINT64_MAX : BIT(8 * width) - 1;
}

void vcpu_mmio(struct vcpu *vcpu, const struct vcpu_exit *exit)
{
	unsigned int width = exit->mmio.width;
	struct vdev *dev = vdev_at(vcpu->vm, exit->mmio.gpa, width);
	uint64_t offset;

	if (!dev || (exit->mmio.needs & PGT_X)) {
		if (is_mapped(vcpu, exit))
			arch_vcpu_retry(vcpu);
		else
			mmio_refuse(vcpu, exit);
		return;
	}

	offset = exit->mmio.gpa.v - dev->gpa.v;
	if (exit->kind == EXIT_MMIO_WRITE) {
		dev->ops->write(dev, offset, width,
				exit->mmio.value & width_mask(width));
		arch_vcpu_mmio_done(vcpu, 0);
		return;
	}
	arch_vcpu_mmio_done(vcpu, dev->ops->read(dev, offset, width) &
					  width_mask(width));
}

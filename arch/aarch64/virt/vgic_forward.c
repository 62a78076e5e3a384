/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Interrupt lines from devices: emulated ones, and physical SPIs that a guest
 * gets as its own. A forwarded SPI stays active in the physical GIC, priority
 * dropped, until the guest's end of it deactivates both (IHI 0069, 4.5 and
 * 6.3).
 */
#include "vgic_priv.h"
#include "vgic_pt.h"

#include <core/irq.h>
#include <core/task.h>
#include <errno.h>
#include <mm/heap.h>

struct link {
	struct vgic *vg;
	unsigned int irq;
	unsigned int virq;
	struct link *next;
};

static enum irq_result forwarded(unsigned int irq __unused_arg, void *arg)
{
	struct link *link = arg;
	struct vgic_word *w = &link->vg->spi[link->virq / 32];
	uint32_t bit = 1U << link->virq % 32;

	bits_set(&w->phys, bit);
	vgic_latch_set(NULL, link->vg, NULL, link->virq / 32, bit);
	return IRQ_FORWARDED;
}

void arch_virq_set(struct vm *vm, unsigned int virq, bool level)
{
	vgic_spi_set(vm, virq, level);
}

/* It is below the host's mask: taken only if a guest's mistake brought it. */
static enum irq_result stray(unsigned int irq, void *arg __unused_arg)
{
	irq_chip()->disable(irq);
	return IRQ_HANDLED;
}

int arch_virq_forward(struct vm *vm, unsigned int irq, unsigned int virq)
{
	struct vgic *vg = vgic_of(vm);
	uint32_t bit = 1U << virq % 32;
	struct link *link;
	int rc;

	if (virq < VGIC_PRIVATE || virq >= vg->irq_count ||
	    !irq_chip()->is_shared(irq))
		return -EINVAL;
	/* another VM's goes on undisturbed: nothing is touched before this */
	if ((vg->spi[virq / 32].linked & bit) || !irq_is_free(irq))
		return -EBUSY;
	link = heap_alloc(sizeof(*link));
	if (!link)
		return -ENOMEM;
	*link = (struct link){vg, irq, virq, vg->links};
	if (vg->pt) {
		vgic_pt_spi_quiet(irq);
		rc = irq_request(irq, stray, link, "guest", IRQ_TRIGGER_KEEP);
		if (rc) {
			heap_free(link);
			return rc;
		}
		vgic_pt_spi_take(vg, irq);
		vg->links = link;
		return 0;
	}
	vg->phys[virq] = (uint16_t)irq;
	bits_set(&vg->spi[virq / 32].linked, bit);
	rc = irq_request(irq, forwarded, link, "guest", IRQ_TRIGGER_KEEP);
	if (rc) {
		bits_clear(&vg->spi[virq / 32].linked, bit);
		heap_free(link);
		return rc;
	}
	vg->links = link;
	return 0;
}

void arch_virq_unforward_all(struct vm *vm)
{
	struct vgic *vg = vgic_of(vm);

	for (unsigned int i = 0; vg->pt && i < vm->vcpu_count; i++)
		pt_vcpu_release(vm->vcpus[i]);
	while (vg->links) {
		struct link *link = vg->links;
		struct vgic_word *w = &vg->spi[link->virq / 32];

		vg->links = link->next;
		irq_free(link->irq);
		if (vg->pt) {
			vgic_pt_spi_give(vg, link->irq);
			heap_free(link);
			continue;
		}
		/* a guest that is gone ends nothing any more */
		vgic_phys_end(vg, w, link->virq);
		bits_clear(&w->linked, 1U << link->virq % 32);
		heap_free(link);
	}
}

void vgic_link_target(struct vgic *vg, unsigned int virq)
{
	uint8_t target = vg->target[virq];
	struct vcpu *vcpu;

	if (!(bits_peek(&vg->spi[virq / 32].linked) & 1U << virq % 32) ||
	    target >= vg->vcpu_count || !vg->cpus[target])
		return;
	vcpu = vg->cpus[target]->vcpu;
	if (vcpu->task)
		irq_set_cpu(vg->phys[virq], task_cpu(vcpu->task));
}

/* 12.9.9: to change it while the interrupt is enabled is unpredictable */
void vgic_link_trigger(struct vgic *vg, unsigned int virq, bool edge)
{
	irq_set_trigger(vg->phys[virq],
			edge ? IRQ_TRIGGER_EDGE : IRQ_TRIGGER_LEVEL, true);
}

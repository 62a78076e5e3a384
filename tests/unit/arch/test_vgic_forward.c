/* SPDX-License-Identifier: Apache-2.0 */
/* Physical interrupts of a guest: connected, taken, ended, given back. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdio.h>
#include <cmocka.h>

#include "vgic_model.h"

struct vm {
	struct vgic vgic;
	unsigned int vcpu_count;
	struct vcpu *vcpus[MODEL_CPUS];
};

static struct vgic *vgic_of(struct vm *vm)
{
	return &vm->vgic;
}

static void vgic_spi_set(struct vm *vm, unsigned int virq, bool level);
static void pt_vcpu_release(struct vcpu *vcpu __unused_arg)
{
}

#include "../../../arch/aarch64/virt/vgic_irq.c"
#include "../../../arch/aarch64/virt/vgic_lr.c"
#include "../../../arch/aarch64/virt/vgic_mmio.c"
#include "../../../arch/aarch64/virt/vgic_reset.c"
#include "../../../arch/aarch64/virt/vgic_forward.c"

#define IRQ 40
#define VIRQ 50
#define TAKEN 41 /* somebody else's */

static struct vm vm;
static struct vgic_pt pt;
static struct vcpu vcpus[2];
static irq_handler_t handlers[1024];
static void *args[1024];
static unsigned int quieted[1024], gave[1024], disabled, allocs;
static unsigned int trigger_irq, routed_irq, routed_cpu;

static void vgic_spi_set(struct vm *v, unsigned int virq, bool level)
{
	vgic_line_set(NULL, &v->vgic, NULL, virq, level);
}

void *heap_alloc(size_t size)
{
	allocs++;
	return calloc(1, size);
}

void heap_free(void *ptr)
{
	allocs -= ptr != NULL;
	free(ptr);
}

static void chip_disable(unsigned int irq __unused_arg)
{
	disabled++;
}

static bool chip_is_shared(unsigned int irq)
{
	return irq >= 32 && irq < 256;
}

const struct irqchip *irq_chip(void)
{
	static const struct irqchip chip = {.disable = chip_disable,
					    .is_shared = chip_is_shared};

	return &chip;
}

bool irq_is_free(unsigned int irq)
{
	return irq != TAKEN && !handlers[irq];
}

int irq_request(unsigned int irq, irq_handler_t handler, void *arg,
		const char *name __unused_arg,
		enum irq_trigger trigger __unused_arg)
{
	if (!irq_is_free(irq))
		return -EBUSY;
	handlers[irq] = handler;
	args[irq] = arg;
	return 0;
}

void irq_free(unsigned int irq)
{
	handlers[irq] = NULL;
}

void irq_set_cpu(unsigned int irq, unsigned int cpu)
{
	routed_irq = irq;
	routed_cpu = cpu;
}

void irq_set_trigger(unsigned int irq, enum irq_trigger trigger,
		     bool enabled __unused_arg)
{
	trigger_irq = trigger == IRQ_TRIGGER_EDGE ? irq : 0;
}

unsigned int task_cpu(const struct task *task __unused_arg)
{
	return 3;
}

void vgic_pt_spi_quiet(unsigned int irq)
{
	quieted[irq]++;
}

void vgic_pt_spi_take(struct vgic *vg, unsigned int irq)
{
	vg->pt->owned[irq / 32] |= 1U << irq % 32;
}

void vgic_pt_spi_give(struct vgic *vg, unsigned int irq)
{
	vg->pt->owned[irq / 32] &= ~(1U << irq % 32);
	gave[irq]++;
}

static int machine(void **state __unused_arg)
{
	struct vgic *vg = &vm.vgic;

	memset(&vm, 0, sizeof(vm));
	memset(&pt, 0, sizeof(pt));
	memset(vcpus, 0, sizeof(vcpus));
	memset(handlers, 0, sizeof(handlers));
	memset(quieted, 0, sizeof(quieted));
	memset(gave, 0, sizeof(gave));
	memset(model_phys_ends, 0, sizeof(model_phys_ends));
	disabled = allocs = trigger_irq = routed_irq = 0;
	vgic_caps_set(3 | 4ULL << 26 | 4ULL << 29);
	vg->irq_count = 256;
	vg->vcpu_count = vm.vcpu_count = 2;
	for (unsigned int i = 0; i < 2; i++) {
		vm.vcpus[i] = &vcpus[i];
		vg->cpus[i] = &vcpus[i].vgic;
		vcpus[i].vgic = (struct vgic_cpu){.vgic = vg,
						  .vcpu = &vcpus[i],
						  .id = i,
						  .hwid = i,
						  .cpu = -1};
	}
	vgic_reset_dist(vg);
	return 0;
}

static void refused(void **state __unused_arg)
{
	assert_int_equal(arch_virq_forward(&vm, IRQ, 31), -EINVAL);
	assert_int_equal(arch_virq_forward(&vm, IRQ, 256), -EINVAL);
	assert_int_equal(arch_virq_forward(&vm, 20, VIRQ), -EINVAL);
	assert_int_equal(arch_virq_forward(&vm, 900, VIRQ), -EINVAL);
	assert_int_equal(arch_virq_forward(&vm, TAKEN, VIRQ), -EBUSY);
	assert_int_equal(vm.vgic.spi[1].linked, 0);
	assert_int_equal(arch_virq_forward(&vm, IRQ, VIRQ), 0);
	assert_int_equal(arch_virq_forward(&vm, IRQ + 2, VIRQ), -EBUSY);
	assert_int_equal(arch_virq_forward(&vm, IRQ, VIRQ + 1), -EBUSY);
	arch_virq_unforward_all(&vm);
	assert_int_equal(allocs, 0);
}

/* In passthrough mode, another VM's interrupt is not even touched. */
static void pt_refused(void **state __unused_arg)
{
	vm.vgic.pt = &pt;
	assert_int_equal(arch_virq_forward(&vm, TAKEN, TAKEN), -EBUSY);
	assert_int_equal(quieted[TAKEN], 0);
	assert_int_equal(pt.owned[1], 0);
	assert_int_equal(arch_virq_forward(&vm, IRQ, IRQ), 0);
	assert_int_equal(quieted[IRQ], 1);
	/* one that the host takes all the same is turned off */
	assert_int_equal(handlers[IRQ](IRQ, args[IRQ]), IRQ_HANDLED);
	assert_int_equal(disabled, 1);
	arch_virq_unforward_all(&vm);
	assert_int_equal(pt.owned[1], 0);
	assert_int_equal(gave[IRQ], 1);
	assert_null(handlers[IRQ]);
	assert_int_equal(allocs, 0);
}

/* Left active by a guest that is gone: it would never come again. */
static void ended_with_the_guest(void **state __unused_arg)
{
	struct vgic_word *w = &vm.vgic.spi[VIRQ / 32];
	uint32_t bit = 1U << VIRQ % 32;

	assert_int_equal(arch_virq_forward(&vm, IRQ, VIRQ), 0);
	assert_int_equal(handlers[IRQ](IRQ, args[IRQ]), IRQ_FORWARDED);
	assert_true(w->latch & bit);
	assert_true(w->phys & bit);
	assert_int_equal(model_phys_ends[IRQ], 0);
	arch_virq_unforward_all(&vm);
	assert_int_equal(model_phys_ends[IRQ], 1);
	assert_int_equal(w->linked | w->phys, 0);
	assert_int_equal(allocs, 0);
}

static void follows_its_target(void **state __unused_arg)
{
	uint64_t none = 0x55;

	vcpus[1].task = (struct task *)1;
	assert_int_equal(arch_virq_forward(&vm, IRQ, VIRQ), 0);
	vgic_route_set(NULL, &vm.vgic, VIRQ, 1);
	assert_int_equal(routed_irq, IRQ);
	assert_int_equal(routed_cpu, 3);
	routed_irq = 0;
	/* nobody, a vCPU that never ran, an interrupt that is not linked */
	vgic_route_set(NULL, &vm.vgic, VIRQ, none);
	vgic_route_set(NULL, &vm.vgic, VIRQ, 0);
	vgic_route_set(NULL, &vm.vgic, VIRQ + 1, 1);
	assert_int_equal(routed_irq, 0);
	vgic_link_trigger(&vm.vgic, VIRQ, true);
	assert_int_equal(trigger_irq, IRQ);
	arch_virq_unforward_all(&vm);
}

#define TEST(fn) cmocka_unit_test_setup(fn, machine)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(refused),
		TEST(pt_refused),
		TEST(ended_with_the_guest),
		TEST(follows_its_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

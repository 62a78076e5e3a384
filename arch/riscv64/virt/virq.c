/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's interrupts: its controllers, by kind, software interrupts between
 * vCPUs, and hvip, which is in the hart that holds the vCPU's state. Others
 * leave a mark in memory and kick or wake it; it looks on its way in.
 */
#define LOG_TAG "virq"
#include "aplic_virq.h"
#include "vcpu.h"

#include <asm/csr.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <virt/watch.h>

/* Smstateen: senvcfg is the guest's, and what AIA has where it has one;
 * sstateen0 and what it guards are hidden. */
#define HSTATEEN0_IMSIC BIT(58)
#define HSTATEEN0_AIA BIT(59)
#define HSTATEEN0_CSRIND BIT(60)
#define HSTATEEN0_ENVCFG BIT(62)

/* Is a vCPU's external interrupt pending, as far as memory knows? */
static bool virq_eip(const struct vcpu *vcpu)
{
	const struct arch_vm *arch = vcpu->vm->arch;

	switch (arch->chips.kind) {
	case IRQCHIP_PLIC:
		return vplic_eip(&arch->plic, vcpu->id);
	case IRQCHIP_APLIC:
		return vaplic_eip(&arch->aplic, vcpu->id);
	default:
		return imsic_file_eip(vcpu);
	}
}

/* What it is, for traces: a source, or the identity of a message. */
static unsigned int virq_next(const struct vcpu *vcpu)
{
	const struct arch_vm *arch = vcpu->vm->arch;

	switch (arch->chips.kind) {
	case IRQCHIP_PLIC:
		return vplic_next(&arch->plic, vcpu->id);
	case IRQCHIP_APLIC:
		return vaplic_next(&arch->aplic, vcpu->id);
	default:
		return vimsic_top(&vcpu->arch->imsic.soft, arch->chips.ids) >>
		       16;
	}
}

void virq_sync(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;
	bool eip;

	if (__atomic_load_n(&arch->soft, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&arch->soft, false, __ATOMIC_SEQ_CST)) {
		csr_set(HVIP_VSSIP, CSR_HVIP);
		watch_inject(vcpu, VIRQ_SOFT);
	}
	guest_timer_sync(vcpu);
	imsic_file_unguard(vcpu);
	if (!__atomic_load_n(&arch->look, __ATOMIC_RELAXED))
		return;
	/* the mark first, see vplic.h */
	__atomic_store_n(&arch->look, false, __ATOMIC_SEQ_CST);
	eip = virq_eip(vcpu);
	if (eip)
		csr_set(HVIP_VSEIP, CSR_HVIP);
	else
		csr_clear(HVIP_VSEIP, CSR_HVIP);
	/* where no file has the hart's attention, its own stopi shows what is
	 * pending by hvictl alone (AIA 6.3.3) */
	if (guest_features()->aia)
		csr_write(HVICTL_EXTERNAL | eip, CSR_HVICTL);
	if (eip && !arch->eip) {
		arch->injected.other++;
		if (trace_is_on())
			watch_inject(vcpu, virq_next(vcpu));
	}
	arch->eip = eip;
}

void virq_load(struct vcpu *vcpu)
{
	uint64_t stateen = HSTATEEN0_ENVCFG;

	if (vcpu->vm->arch->chips.kind == IRQCHIP_AIA)
		stateen |= HSTATEEN0_IMSIC | HSTATEEN0_AIA | HSTATEEN0_CSRIND;
	/* nothing is in the other three, which firmware need not open */
	if (guest_features()->stateen)
		csr_write(stateen, CSR_HSTATEEN0);
	if (guest_features()->aia)
		csr_write(vcpu->arch->siselect, CSR_VSISELECT);
	vcpu->arch->hstatus = (vcpu->arch->hstatus & ~(uint64_t)HSTATUS_VGEIN) |
			      imsic_file_vgein(vcpu);
}

void virq_put(struct vcpu *vcpu)
{
	if (guest_features()->aia)
		vcpu->arch->siselect = csr_read(CSR_VSISELECT);
	vcpu->arch->eip = false;
	__atomic_store_n(&vcpu->arch->look, true, __ATOMIC_SEQ_CST);
}

void virq_tell(struct vm *vm, uint64_t vcpus)
{
	for (; vcpus; vcpus &= vcpus - 1) {
		unsigned int id = (unsigned int)__builtin_ctzll(vcpus);
		struct vcpu *vcpu = vm->vcpus[id];

		__atomic_store_n(&vcpu->arch->look, true, __ATOMIC_SEQ_CST);
		/* one that runs while its level falls finds no claim: fine */
		if (!virq_eip(vcpu))
			continue;
		arch_vcpu_kick(vcpu);
		vcpu_wake(vcpu);
	}
}

void virq_soft(struct vcpu *vcpu)
{
	__atomic_store_n(&vcpu->arch->soft, true, __ATOMIC_SEQ_CST);
	arch_vcpu_kick(vcpu);
	vcpu_wake(vcpu);
}

void virq_reset(struct vcpu *vcpu)
{
	__atomic_store_n(&vcpu->arch->soft, false, __ATOMIC_SEQ_CST);
	vcpu->arch->eip = false;
	__atomic_store_n(&vcpu->arch->look, true, __ATOMIC_SEQ_CST);
}

bool arch_vcpu_wakeable(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;
	uint64_t deadline =
		__atomic_load_n(&arch->wfi_deadline, __ATOMIC_RELAXED);

	if ((arch->wfi_ie & SIE_SOFT) &&
	    __atomic_load_n(&arch->soft, __ATOMIC_SEQ_CST))
		return true;
	if ((arch->wfi_ie & SIE_EXTERNAL) &&
	    (virq_eip(vcpu) || imsic_file_came(vcpu)))
		return true;
	return deadline != UINT64_MAX && arch_counter() >= deadline;
}

/*
 * Controllers
 */

void arch_virq_set(struct vm *vm, unsigned int virq, bool level)
{
	if (vm->arch->chips.kind == IRQCHIP_PLIC)
		virq_tell(vm, vplic_line_set(&vm->arch->plic, virq, level));
	else
		aplic_virq_line(vm, virq, level);
}

/*
 * Host interrupts
 */

static void raise(struct vm *vm, unsigned int virq, bool edge)
{
	struct vplic *plic = &vm->arch->plic;

	if (vm->arch->chips.kind == IRQCHIP_PLIC)
		virq_tell(vm, edge ? vplic_edge(plic, virq)
				   : vplic_request(plic, virq));
	else
		aplic_virq_raise(vm, virq);
}

int arch_virq_forward(struct vm *vm, unsigned int irq, unsigned int virq)
{
	return vm->arch->chips.kind == IRQCHIP_PLIC
		       ? forward_connect(&vm->arch->forward, irq, virq)
		       : aplic_virq_forward(vm, irq, virq);
}

void arch_virq_unforward_all(struct vm *vm)
{
	if (vm->arch->chips.kind == IRQCHIP_PLIC)
		forward_disconnect_all(&vm->arch->forward);
	else
		aplic_virq_disconnect(vm);
}

/* Enable bits of 32 sources have changed. */
static void routes_update(struct vm *vm, unsigned int word)
{
	for (unsigned int i = word * 32; i < word * 32 + 32; i++) {
		struct task *task;
		int vcpu;

		if (!forward_has(&vm->arch->forward, i))
			continue;
		vcpu = vplic_target(&vm->arch->plic, i);
		if (vcpu < 0)
			continue;
		task = vm->vcpus[vcpu]->task;
		forward_route(&vm->arch->forward, i, (unsigned int)vcpu,
			      task ? task_cpu(task) : FORWARD_NOWHERE);
	}
}

static void plic_write(struct vcpu *vcpu, uint64_t off, unsigned int width,
		       uint64_t value, uint64_t *told)
{
	struct arch_vm *arch = vcpu->vm->arch;
	unsigned int word, done;

	done = vplic_write(&arch->plic, off, width, value, told);
	if (!arch->forward.links)
		return;
	if (done)
		forward_completed(&arch->forward, done, vcpu->id,
				  arch_this_cpu()->id);
	else if (vplic_enables_at(&arch->plic, off, &word))
		routes_update(vcpu->vm, word);
}

static uint64_t plic_access(struct vcpu *vcpu, uint64_t off, uint64_t value)
{
	const struct insn_access *a = &vcpu->arch->access;
	uint64_t told = 0;

	if (a->write)
		plic_write(vcpu, off, a->width, value, &told);
	else
		value = vplic_read(&vcpu->vm->arch->plic, off, a->width, &told);
	if (told)
		virq_tell(vcpu->vm, told);
	return value;
}

uint64_t virq_access(struct vcpu *vcpu, gpa_t at, uint64_t value)
{
	const struct insn_access *a = &vcpu->arch->access;
	const struct irqchips *chips = &vcpu->vm->arch->chips;

	if (at.v - chips->base >= chips->size_bytes) {
		exit_count(vcpu, REASON_IMSIC);
		if (a->write)
			imsic_page_write(vcpu->vm, at.v - chips->files,
					 a->width, value);
		return 0;
	}
	if (chips->kind == IRQCHIP_PLIC) {
		exit_count(vcpu, REASON_PLIC);
		return plic_access(vcpu, at.v - chips->base, value);
	}
	exit_count(vcpu, REASON_APLIC);
	return aplic_virq_access(vcpu, at.v - chips->base, value);
}

struct arch_injected arch_vcpu_injected(const struct vcpu *vcpu)
{
	return vcpu->arch->injected;
}

bool arch_vm_window(const struct vm *vm, unsigned int index,
		    struct arch_window *window)
{
	const struct irqchips *chips = &vm->arch->chips;

	if (index > (chips->kind == IRQCHIP_AIA ? 1 : 0))
		return false;
	*window = (struct arch_window){
		.base = index ? chips->files : chips->base,
		.size_bytes = index ? chips->files_bytes : chips->size_bytes,
		.name = index                         ? "IMSICs"
			: chips->kind == IRQCHIP_PLIC ? "PLIC"
						      : "APLIC",
	};
	return true;
}

/* Two contexts a hart, the first of M-mode and empty: as guests that know
 * such a machine by heart expect it. */
static int plic_create(struct vplic *plic, unsigned int sources,
		       unsigned int vcpus)
{
	int err = vplic_init(plic, sources, vcpus);

	for (unsigned int i = 0; !err && i < vcpus; i++) {
		err = vplic_context_add(plic, UINT32_MAX, -1);
		if (!err)
			err = vplic_context_add(plic, VPLIC_CAUSE_S, (int)i);
	}
	return err;
}

int virq_vm_create(struct vm *vm)
{
	struct irqchips *chips = &vm->arch->chips;
	unsigned int count = vm->config->vcpu_count;
	int err = irqchips_choose(vm->config, host_fdt(), chips);

	if (err)
		return err;
	forward_init(&vm->arch->forward, vm, raise, chips->sources + 1);
	if (chips->kind == IRQCHIP_PLIC)
		err = plic_create(&vm->arch->plic, chips->sources, count);
	else
		err = vaplic_init(&vm->arch->aplic, chips->sources, count,
				  chips->kind == IRQCHIP_AIA);
	if (err)
		log_err("%s: no controller of %u sources for %u vCPUs, error "
			"%d",
			vm->config->name, chips->sources, count, err);
	return err;
}

void virq_vm_reset(struct vm *vm)
{
	if (vm->arch->chips.kind == IRQCHIP_PLIC)
		vplic_reset(&vm->arch->plic);
	else
		vaplic_reset(&vm->arch->aplic);
	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		imsic_file_reset(vm->vcpus[i]);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A guest's interrupts: the virtual PLIC's level, software interrupts between
 * vCPUs, and hvip, which is in the hart that holds the vCPU's state. Others
 * leave a mark in memory and kick or wake it; it looks on its way in.
 */
#define LOG_TAG "plic"
#include "vcpu.h"

#include <asm/csr.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <string.h>

/* Bits of sie and sip as VS-mode numbers them. */
#define SIE_SOFT BIT(1)
#define SIE_EXTERNAL BIT(9)

static const char *const plic_compatible[] = {"sifive,plic-1.0.0",
					      "riscv,plic0", NULL};

void virq_sync(struct vcpu *vcpu)
{
	struct arch_vcpu *arch = vcpu->arch;
	bool eip;

	if (__atomic_load_n(&arch->soft, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(&arch->soft, false, __ATOMIC_SEQ_CST))
		csr_set(HVIP_VSSIP, CSR_HVIP);
	guest_timer_sync(vcpu);
	if (!__atomic_load_n(&arch->look, __ATOMIC_RELAXED))
		return;
	/* the mark first, see vplic.h */
	__atomic_store_n(&arch->look, false, __ATOMIC_SEQ_CST);
	eip = vplic_eip(&vcpu->vm->arch->plic, vcpu->id);
	if (eip)
		csr_set(HVIP_VSEIP, CSR_HVIP);
	else
		csr_clear(HVIP_VSEIP, CSR_HVIP);
	arch->injected.other += eip && !arch->eip;
	arch->eip = eip;
}

void virq_put(struct vcpu *vcpu)
{
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
		if (!vplic_eip(&vm->arch->plic, id))
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
	virq_put(vcpu);
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
	    vplic_eip(&vcpu->vm->arch->plic, vcpu->id))
		return true;
	return deadline != UINT64_MAX && arch_counter() >= deadline;
}

void arch_virq_set(struct vm *vm, unsigned int virq, bool level)
{
	virq_tell(vm, vplic_line_set(&vm->arch->plic, virq, level));
}

/*
 * Host interrupts
 */

static void raise(struct vm *vm, unsigned int virq)
{
	virq_tell(vm, vplic_request(&vm->arch->plic, virq));
}

int arch_virq_forward(struct vm *vm, unsigned int irq, unsigned int virq)
{
	return forward_connect(&vm->arch->forward, irq, virq);
}

void arch_virq_unforward_all(struct vm *vm)
{
	forward_disconnect_all(&vm->arch->forward);
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

void virq_plic_write(struct vcpu *vcpu, uint64_t off, unsigned int width,
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

struct arch_injected arch_vcpu_injected(const struct vcpu *vcpu)
{
	return vcpu->arch->injected;
}

bool arch_vm_window(const struct vm *vm, unsigned int index,
		    struct arch_window *window)
{
	if (index)
		return false;
	*window = (struct arch_window){
		.base = vm->arch->plic_base,
		.size_bytes = vm->arch->plic_bytes,
		.name = "PLIC",
	};
	return true;
}

/* Where emu_devices says, or where the host's stands. Return: sources, or 0 */
static unsigned int plic_place(struct vm *vm)
{
	const struct vm_config *config = vm->config;
	const void *fdt = host_fdt();
	int node = fdt_find_compatible(fdt, plic_compatible);
	const fdt32_t *ndev = NULL;
	struct fdt_reg reg;
	int len;

	if (node >= 0)
		ndev = fdt_getprop(fdt, node, "riscv,ndev", &len);
	if (!ndev || len != 4 || fdt_node_reg(fdt, node, 0, &reg)) {
		log_err("%s: guests need a PLIC, and this machine's tree has "
			"none to be like",
			config->name);
		return 0;
	}
	vm->arch->plic_base = reg.addr;
	vm->arch->plic_bytes = MIN(reg.size, (uint64_t)VPLIC_SIZE);
	for (unsigned int i = 0; i < config->emu_device_count; i++) {
		const struct vm_emu_device *emu = &config->emu_devices[i];

		if (emu->type != VM_EMU_PLIC)
			continue;
		vm->arch->plic_base = emu->gpa;
		vm->arch->plic_bytes =
			MIN(emu->size_bytes, (uint64_t)VPLIC_SIZE);
	}
	return MIN(fdt32_ld(ndev), (uint32_t)VPLIC_SOURCE_MAX);
}

/* Two contexts a hart, the first of M-mode and empty: as guests that know
 * such a machine by heart expect it. */
int virq_vm_create(struct vm *vm)
{
	struct vplic *plic = &vm->arch->plic;
	unsigned int count = vm->config->vcpu_count;
	unsigned int sources = plic_place(vm);
	int err;

	if (!sources)
		return -EINVAL;
	forward_init(&vm->arch->forward, vm, raise, sources + 1);
	err = vplic_init(plic, sources, count);
	for (unsigned int i = 0; !err && i < count; i++) {
		err = vplic_context_add(plic, UINT32_MAX, -1);
		if (!err)
			err = vplic_context_add(plic, VPLIC_CAUSE_S, (int)i);
	}
	if (err)
		log_err("%s: no PLIC of %u sources for %u vCPUs, error %d",
			vm->config->name, sources, count, err);
	return err;
}

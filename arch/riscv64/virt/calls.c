/* SPDX-License-Identifier: Apache-2.0 */
/* A guest's SBI calls: what sbi.c decides is done here. */
#include "sbi.h"
#include "vcpu.h"

#include <asm/csr.h>
#include <lib/lock.h>
#include <virt/guest_mem.h>
#include <virt/steal.h>
#include <virt/vconsole.h>

#define A0 10
#define A1 11

/*
 * What sbi.c asks
 */

static int vcpu_of(void *ctx, uint64_t hartid)
{
	struct vm *vm = ((struct vcpu *)ctx)->vm;

	for (unsigned int i = 0; i < vm->vcpu_count; i++)
		if (vm->vcpus[i]->hwid == hartid)
			return (int)i;
	return -1;
}

static uint64_t vcpus(void *ctx)
{
	return GENMASK(((struct vcpu *)ctx)->vm->vcpu_count - 1, 0);
}

static enum sbi_hart_state hart_state(void *ctx, unsigned int id)
{
	const struct vcpu *vcpu = ((struct vcpu *)ctx)->vm->vcpus[id];

	switch (__atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE)) {
	case VCPU_CREATED:
	case VCPU_FREE:
		return SBI_HART_STOPPED;
	case VCPU_READY:
		return SBI_HART_START_PENDING;
	case VCPU_BLOCKED:
		/* by hart_suspend; a paused or halted one has started */
		if (__atomic_load_n(&vcpu->arch->suspended, __ATOMIC_RELAXED))
			return SBI_HART_SUSPENDED;
		return SBI_HART_STARTED;
	default:
		return SBI_HART_STARTED;
	}
}

/* Chunks of RAM may follow each other: go on behind the one it begins in. */
static bool has_ram(void *ctx, uint64_t at, uint64_t size_bytes)
{
	const struct vm *vm = ((struct vcpu *)ctx)->vm;
	bool found = true;

	if (at + size_bytes < at)
		return false;
	while (size_bytes && found) {
		found = false;
		for (unsigned int i = 0; i < vm->ram_count && !found; i++) {
			uint64_t off = at - vm->ram[i].gpa.v;
			uint64_t part;

			if (!vm->ram[i].mapped || off >= vm->ram[i].size_bytes)
				continue;
			part = MIN(vm->ram[i].size_bytes - off, size_bytes);
			at += part;
			size_bytes -= part;
			found = true;
		}
	}
	return !size_bytes;
}

static uint64_t machine_id(void *ctx __unused_arg, unsigned int which)
{
	return guest_machine_id(which);
}

static const struct sbi_vm sbi_vm = {
	.vcpu_of = vcpu_of,
	.vcpus = vcpus,
	.hart_state = hart_state,
	.ram = has_ram,
	.machine_id = machine_id,
};

/*
 * What it decides
 */

static void answer(struct vcpu *vcpu, int64_t error, uint64_t value)
{
	vcpu->arch->regs.x[A0] = (uint64_t)error;
	vcpu->arch->regs.x[A1] = value;
}

static int done(struct vcpu *vcpu, const struct sbi_result *result,
		int64_t error, uint64_t value)
{
	if (result->a0_only)
		vcpu->arch->regs.x[A0] = (uint64_t)error;
	else
		answer(vcpu, error, value);
	return RESUME;
}

static void send_soft(struct vcpu *vcpu, uint64_t targets)
{
	for (; targets; targets &= targets - 1)
		virq_soft(vcpu->vm->vcpus[__builtin_ctzll(targets)]);
}

/* Less than asked for while the console is full: the caller goes on. */
static uint64_t console_write(struct vcpu *vcpu, gpa_t at, uint64_t count)
{
	struct vconsole *console = vcpu->vm->console;
	uint8_t bytes[SBI_CONSOLE_MAX];
	uint64_t i;

	if (guest_read(vcpu->vm, at, bytes, count))
		return 0;
	for (i = 0; i < count && !vconsole_full(console); i++)
		(void)vconsole_put(console, bytes[i]);
	return i;
}

static uint64_t console_read(struct vcpu *vcpu, gpa_t at, uint64_t count)
{
	uint8_t bytes[SBI_CONSOLE_MAX];

	count = sbi_console_read(&vcpu->vm->arch->console, bytes,
				 (unsigned int)count);
	if (!count || guest_write(vcpu->vm, at, bytes, count))
		return 0;
	return count;
}

static int console(struct vcpu *vcpu, enum sbi_action action,
		   const struct sbi_result *result)
{
	uint8_t byte;

	if (!vcpu->vm->console)
		return done(vcpu, result, SBI_ERR_FAILED, 0);
	switch (action) {
	case SBI_DO_CONSOLE_WRITE:
		return done(vcpu, result, 0,
			    console_write(vcpu, result->memory.gpa,
					  result->memory.size_bytes));
	case SBI_DO_CONSOLE_PUT:
		(void)vconsole_put(vcpu->vm->console, result->byte);
		return done(vcpu, result, 0, 0);
	case SBI_DO_CONSOLE_GET:
		return done(vcpu, result,
			    sbi_console_read(&vcpu->vm->arch->console, &byte, 1)
				    ? byte
				    : -1,
			    0);
	default:
		return done(vcpu, result, 0,
			    console_read(vcpu, result->memory.gpa,
					 result->memory.size_bytes));
	}
}

/* As by WFI, but that hart_status tells. */
static int suspend(struct vcpu *vcpu)
{
	int action = exit_halt(vcpu);

	__atomic_store_n(&vcpu->arch->suspended, action == LEAVE,
			 __ATOMIC_RELAXED);
	return action;
}

/* Chapter 9: a non-retentive suspend comes back as from a cold start. */
static int suspend_lose(struct vcpu *vcpu, const struct sbi_result *result)
{
	struct guest_regs *regs = &vcpu->arch->regs;

	csr_clear(SSTATUS_SIE, CSR_VSSTATUS);
	csr_write(0, CSR_VSATP);
	csr_write(result->hart.entry, sepc);
	csr_set(SSTATUS_SPP, sstatus);
	regs->x[A0] = vcpu->hwid;
	regs->x[A1] = result->hart.arg;
	return suspend(vcpu);
}

static int leave(struct vcpu *vcpu, enum vcpu_exit_kind kind)
{
	vcpu->arch->exit->kind = kind;
	return LEAVE;
}

static int start(struct vcpu *vcpu, const struct sbi_result *result)
{
	struct vcpu_exit *exit = vcpu->arch->exit;

	exit->cpu_up.hwid = vcpu->vm->vcpus[result->hart.vcpu]->hwid;
	exit->cpu_up.entry = result->hart.entry;
	exit->cpu_up.arg = result->hart.arg;
	return leave(vcpu, EXIT_CPU_UP);
}

static int hypercall(struct vcpu *vcpu, const uint64_t *a)
{
	struct vcpu_exit *exit = vcpu->arch->exit;

	exit->hypercall.nr = a[6];
	for (unsigned int i = 0; i < ARRAY_SIZE(exit->hypercall.args); i++)
		exit->hypercall.args[i] = a[i];
	return leave(vcpu, EXIT_HYPERCALL);
}

static void count(struct vcpu *vcpu, enum sbi_action action)
{
	exit_count(vcpu, action == SBI_DO_TIMER ? REASON_SBI_TIMER
			 : action == SBI_DO_IPI ? REASON_SBI_IPI
			 : action == SBI_DO_FENCE_I || action == SBI_DO_SFENCE
				 ? REASON_SBI_FENCE
				 : REASON_SBI);
}

int guest_sbi(struct vcpu *vcpu, uint64_t cause __unused_arg)
{
	const uint64_t *a = &vcpu->arch->regs.x[A0];
	struct sbi_result result;
	enum sbi_action action = sbi_decide(a, &sbi_vm, vcpu, &result);

	pc_skip(4);
	if (likely(action == SBI_DO_ANSWER)) {
		exit_count(vcpu, REASON_SBI);
		return done(vcpu, &result, result.error, result.value);
	}
	count(vcpu, action);
	switch (action) {
	case SBI_DO_TIMER:
		guest_timer_set(vcpu, result.deadline);
		return done(vcpu, &result, 0, 0);
	case SBI_DO_IPI:
		send_soft(vcpu, result.vcpus);
		return done(vcpu, &result, 0, 0);
	case SBI_DO_FENCE_I:
		guest_fence_i(vcpu->vm, result.vcpus);
		return done(vcpu, &result, 0, 0);
	case SBI_DO_SFENCE:
		guest_fence_vma(vcpu->vm, result.vcpus,
				&(struct guest_fence){
					.start = result.fence.start,
					.size_bytes = result.fence.size_bytes,
					.asid = result.fence.asid,
					.by_asid = result.fence.by_asid});
		return done(vcpu, &result, 0, 0);
	case SBI_DO_START:
		return start(vcpu, &result);
	case SBI_DO_STOP:
		return leave(vcpu, EXIT_CPU_DOWN);
	case SBI_DO_SUSPEND:
		done(vcpu, &result, 0, 0);
		return suspend(vcpu);
	case SBI_DO_SUSPEND_LOSE:
		return suspend_lose(vcpu, &result);
	case SBI_DO_OFF:
		return leave(vcpu, EXIT_SYSTEM_OFF);
	case SBI_DO_RESET:
		return leave(vcpu, EXIT_SYSTEM_RESET);
	case SBI_DO_HYPERCALL:
		return hypercall(vcpu, a);
	case SBI_DO_STEAL_TIME:
		return done(vcpu, &result,
			    steal_place(vcpu, result.memory.gpa)
				    ? SBI_ERR_INVALID_ADDRESS
				    : SBI_SUCCESS,
			    0);
	case SBI_DO_STEAL_TIME_OFF:
		steal_off(vcpu);
		return done(vcpu, &result, 0, 0);
	default:
		return console(vcpu, action, &result);
	}
}

void arch_vcpu_hypercall_done(struct vcpu *vcpu, uint64_t result)
{
	vcpu->arch->regs.x[A0] = result;
}

void arch_vcpu_cpu_up_done(struct vcpu *vcpu, enum cpu_up_result result)
{
	static const int8_t errors[] = {
		[CPU_UP_OK] = SBI_SUCCESS,
		[CPU_UP_INVALID] = SBI_ERR_INVALID_PARAM,
		[CPU_UP_ALREADY_ON] = SBI_ERR_ALREADY_AVAILABLE,
		[CPU_UP_PENDING] = SBI_ERR_ALREADY_AVAILABLE,
	};

	answer(vcpu, errors[result], 0);
}

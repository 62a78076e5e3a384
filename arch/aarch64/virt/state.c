/* SPDX-License-Identifier: Apache-2.0 */
/* All of a vCPU's registers for debugging: read, written, printed. */
#include "stage1.h"
#include "vcpu.h"

#include <stdio.h>
#include <virt/guest_mem.h>

void arch_vcpu_state_get(struct vcpu *vcpu, struct arch_vcpu_state *state)
{
	struct arch_vcpu *arch = vcpu->arch;
	unsigned int i;

	vcpu_evict(vcpu);
	for (i = 0; i < ARRAY_SIZE(state->x); i++)
		state->x[i] = arch->regs.x[i];
	state->pc = arch->regs.pc;
	state->pstate = arch->regs.pstate;
	state->el1 = arch->el1;
	state->timer = arch->timer;
	state->fp = arch->fp;
}

/* Whatever is asked, the guest stays at EL1 or EL0. */
static uint64_t pstate_safe(uint64_t pstate)
{
	uint64_t mode = pstate & 0x1f;

	if (mode == PSR_MODE_EL1H || mode == PSR_MODE_EL1T || mode == 0 ||
	    mode == PSR_MODE_A32 /* User */)
		return pstate;
	return (pstate & ~(uint64_t)0x1f) | PSR_MODE_EL1H;
}

void arch_vcpu_state_set(struct vcpu *vcpu, const struct arch_vcpu_state *state)
{
	struct arch_vcpu *arch = vcpu->arch;
	unsigned int i;

	vcpu_evict(vcpu);
	for (i = 0; i < ARRAY_SIZE(state->x); i++)
		arch->regs.x[i] = state->x[i];
	arch->regs.pc = state->pc;
	arch->regs.pstate = pstate_safe(state->pstate);
	arch->el1 = state->el1;
	arch->timer = state->timer;
	arch->fp = state->fp;
	arch->mmio.count = 0;
	arch->inject_esr = 0;
}

size_t arch_vcpu_state_size(void)
{
	return sizeof(struct arch_vcpu_state);
}

uint64_t arch_vcpu_pc(const struct vcpu *vcpu)
{
	return vcpu->arch->regs.pc;
}

static bool view_read(void *ctx, uint64_t at, uint64_t *value)
{
	return !guest_read(ctx, gpa(at), value, sizeof(*value));
}

unsigned int arch_vcpu_backtrace(struct vm *vm,
				 const struct arch_vcpu_state *state,
				 uint64_t *pcs, unsigned int max)
{
	const struct guest_view view = {state, view_read, vm};

	return frames_follow(&view, pcs, max);
}

void arch_vcpu_state_print(const struct arch_vcpu_state *state,
			   void (*line)(void *ctx, const char *text), void *ctx)
{
	const struct arch_el1_state *el1 = &state->el1;
	const struct {
		const char *name;
		uint64_t value;
	} pairs[] = {
		{"sp_el0", el1->sp_el0},
		{"sp_el1", el1->sp_el1},
		{"elr_el1", el1->elr_el1},
		{"spsr_el1", el1->spsr_el1},
		{"sctlr", el1->sctlr},
		{"tcr", el1->tcr},
		{"ttbr0", el1->ttbr0},
		{"ttbr1", el1->ttbr1},
		{"esr", el1->esr},
		{"far", el1->far},
		{"vbar", el1->vbar},
		{"mair", el1->mair},
		{"tpidr_el0", el1->tpidr_el0},
		{"tpidr_el1", el1->tpidr_el1},
		{"cntv_ctl", state->timer.cntv_ctl},
		{"cntv_cval", state->timer.cntv_cval},
	};
	char text[80];
	unsigned int i;

	snprintf(text, sizeof(text), "pc  %016llx  pstate %016llx",
		 (unsigned long long)state->pc,
		 (unsigned long long)state->pstate);
	line(ctx, text);
	for (i = 0; i < 30; i += 3) {
		snprintf(text, sizeof(text),
			 "x%-2u %016llx  x%-2u %016llx  x%-2u %016llx", i,
			 (unsigned long long)state->x[i], i + 1,
			 (unsigned long long)state->x[i + 1], i + 2,
			 (unsigned long long)state->x[i + 2]);
		line(ctx, text);
	}
	snprintf(text, sizeof(text), "x30 %016llx",
		 (unsigned long long)state->x[30]);
	line(ctx, text);
	for (i = 0; i < ARRAY_SIZE(pairs); i += 2) {
		snprintf(text, sizeof(text), "%-9s %016llx  %-9s %016llx",
			 pairs[i].name, (unsigned long long)pairs[i].value,
			 pairs[i + 1].name,
			 (unsigned long long)pairs[i + 1].value);
		line(ctx, text);
	}
}

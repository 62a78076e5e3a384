/* SPDX-License-Identifier: Apache-2.0 */
/* All of a vCPU's registers for debugging: read, written, printed. */
#include "vcpu.h"

#include <asm/csr.h>
#include <stdio.h>
#include <virt/guest_mem.h>

#define S0 8
#define FRAME_BYTES 16

void arch_vcpu_state_get(struct vcpu *vcpu, struct arch_vcpu_state *state)
{
	struct arch_vcpu *arch = vcpu->arch;

	vcpu_evict(vcpu);
	for (unsigned int i = 0; i < ARRAY_SIZE(state->x); i++)
		state->x[i] = arch->regs.x[i];
	state->pc = arch->regs.pc;
	state->status = arch->regs.status;
	state->timecmp = arch->timecmp;
	state->vs = arch->vs;
	state->fp = arch->fp;
}

/* Whatever is asked, only the mode is the guest's. */
static uint64_t status_safe(uint64_t now, uint64_t wanted)
{
	return (now & ~(uint64_t)SSTATUS_SPP) | (wanted & SSTATUS_SPP);
}

void arch_vcpu_state_set(struct vcpu *vcpu, const struct arch_vcpu_state *state)
{
	struct arch_vcpu *arch = vcpu->arch;

	vcpu_evict(vcpu);
	for (unsigned int i = 0; i < ARRAY_SIZE(state->x); i++)
		arch->regs.x[i] = state->x[i];
	arch->regs.pc = state->pc;
	arch->regs.status = status_safe(arch->regs.status, state->status);
	arch->timecmp = state->timecmp;
	arch->vs = state->vs;
	arch->vs.hvip &= HVIP_VSSIP;
	arch->fp = state->fp;
	guest_fp_forget(vcpu);
	arch->inject_cause = -1;
}

size_t arch_vcpu_state_size(void)
{
	return sizeof(struct arch_vcpu_state);
}

uint64_t arch_vcpu_pc(const struct vcpu *vcpu)
{
	return vcpu->arch->regs.pc;
}

/*
 * Frames of the psABI: the caller's s0 and the return address lie right below
 * what s0 names. Only where the guest translates nothing: its tables are not
 * walked here, and the state's own PC is all that is said else.
 */
unsigned int arch_vcpu_backtrace(struct vm *vm,
				 const struct arch_vcpu_state *state,
				 uint64_t *pcs, unsigned int max)
{
	uint64_t frame = state->x[S0], record[2];
	unsigned int count = 0;

	if (!max)
		return 0;
	pcs[count++] = state->pc;
	while (count < max && !state->vs.vsatp && frame >= FRAME_BYTES &&
	       !(frame & 7) &&
	       !guest_read(vm, gpa(frame - FRAME_BYTES), record,
			   sizeof(record)) &&
	       record[1]) {
		pcs[count++] = record[1];
		if (record[0] == frame)
			break;
		frame = record[0];
	}
	return count;
}

void arch_vcpu_state_print(const struct arch_vcpu_state *state,
			   void (*line)(void *ctx, const char *text), void *ctx)
{
	const struct arch_vs_state *vs = &state->vs;
	const struct {
		const char *name;
		uint64_t value;
	} pairs[] = {
		{"vsstatus", vs->vsstatus}, {"vsie", vs->vsie},
		{"vstvec", vs->vstvec},     {"vsscratch", vs->vsscratch},
		{"vsepc", vs->vsepc},       {"vscause", vs->vscause},
		{"vstval", vs->vstval},     {"vsatp", vs->vsatp},
		{"hvip", vs->hvip},         {"vstimecmp", state->timecmp},
	};
	char text[80];
	unsigned int i;

	snprintf(text, sizeof(text), "pc  %016llx  mode %s",
		 (unsigned long long)state->pc,
		 state->status & SSTATUS_SPP ? "VS" : "VU");
	line(ctx, text);
	for (i = 1; i < 31; i += 3) {
		snprintf(text, sizeof(text),
			 "x%-2u %016llx  x%-2u %016llx  x%-2u %016llx", i,
			 (unsigned long long)state->x[i], i + 1,
			 (unsigned long long)state->x[i + 1], i + 2,
			 (unsigned long long)state->x[i + 2]);
		line(ctx, text);
	}
	snprintf(text, sizeof(text), "x31 %016llx",
		 (unsigned long long)state->x[31]);
	line(ctx, text);
	for (i = 0; i < ARRAY_SIZE(pairs); i += 2) {
		snprintf(text, sizeof(text), "%-9s %016llx  %-9s %016llx",
			 pairs[i].name, (unsigned long long)pairs[i].value,
			 pairs[i + 1].name,
			 (unsigned long long)pairs[i + 1].value);
		line(ctx, text);
	}
}

/* SBI chapter 16: an odd sequence says that it is being changed. */
struct steal_record {
	uint32_t sequence;
	uint32_t flags;
	uint64_t steal_ns;
	uint8_t rest[48];
};
_Static_assert(sizeof(struct steal_record) == ARCH_STEAL_RECORD_BYTES,
	       "chapter 16");

void arch_steal_record_set(void *record, uint64_t steal_ns)
{
	struct steal_record *r = record;
	/* whatever the guest may have written there */
	uint32_t sequence = r->sequence | 1;

	__atomic_store_n(&r->sequence, sequence, __ATOMIC_RELAXED);
	arch_wmb();
	__atomic_store_n(&r->steal_ns, steal_ns, __ATOMIC_RELAXED);
	arch_wmb();
	__atomic_store_n(&r->sequence, sequence + 1, __ATOMIC_RELAXED);
}

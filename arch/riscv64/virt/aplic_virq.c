/* SPDX-License-Identifier: Apache-2.0 */
#include "aplic_virq.h"

#include "vcpu.h"

#include <string.h>

static void message(void *ctx, unsigned int vcpu, unsigned int id)
{
	imsic_post(ctx, vcpu, id);
}

void aplic_virq_line(struct vm *vm, unsigned int virq, bool level)
{
	struct vaplic_out out = {.send = message, .ctx = vm};

	vaplic_line_set(&vm->arch->aplic, virq, level, &out);
	virq_tell(vm, out.told);
}

/* An edge comes and goes. One that came before the guest took the source for
 * anything may have left the line up: it may as well have been a level. */
void aplic_virq_raise(struct vm *vm, unsigned int virq)
{
	bool edge = vaplic_is_edge(&vm->arch->aplic, virq);

	if (edge)
		aplic_virq_line(vm, virq, false);
	aplic_virq_line(vm, virq, true);
	if (edge)
		aplic_virq_line(vm, virq, false);
}

int aplic_virq_forward(struct vm *vm, unsigned int irq, unsigned int virq)
{
	int err;

	if (virq >= vm->arch->forward.end ||
	    forward_has(&vm->arch->forward, virq))
		return forward_connect(&vm->arch->forward, irq, virq);
	/* before the first can come */
	vaplic_sensed_set(&vm->arch->aplic, virq, true);
	err = forward_connect(&vm->arch->forward, irq, virq);
	if (err)
		vaplic_sensed_set(&vm->arch->aplic, virq, false);
	return err;
}

/* The guest has handled it. When it is still up, the host is interrupted again
 * and its line goes up again. */
static void ended(struct vcpu *vcpu, unsigned int virq)
{
	aplic_virq_line(vcpu->vm, virq, false);
	forward_completed(&vcpu->vm->arch->forward, virq, vcpu->id,
			  arch_this_cpu()->id);
}

/* Return: sources among these whose line is the host's, and which are levels */
static uint32_t forwarded(const struct vm *vm, unsigned int word, uint32_t bits)
{
	uint32_t found = 0;

	for (; bits; bits &= bits - 1) {
		unsigned int bit = (unsigned int)__builtin_ctz(bits);

		if (forward_has(&vm->arch->forward, word * 32 + bit) &&
		    vaplic_is_level(&vm->arch->aplic, word * 32 + bit))
			found |= 1u << bit;
	}
	return found;
}

static void ended_all(struct vcpu *vcpu, unsigned int word, uint32_t bits)
{
	for (; bits; bits &= bits - 1)
		ended(vcpu, word * 32 + (unsigned int)__builtin_ctz(bits));
}

/* What the guest asks of the host's levels, the host answers; the rest is its
 * own APLIC's. */
static void write(struct vcpu *vcpu, uint64_t off, unsigned int width,
		  uint64_t value, struct vaplic_out *out)
{
	struct arch_vm *arch = vcpu->vm->arch;
	unsigned int word = 0, source;
	uint32_t asked, bits;
	struct vcpu *target;
	int id;

	if (!arch->forward.links) {
		vaplic_write(&arch->aplic, off, width, value, out);
		return;
	}
	bits = vaplic_asks(&arch->aplic, off, width, value, &word);
	asked = forwarded(vcpu->vm, word, bits);
	/* a word of bits may name others as well */
	if (!asked || bits != asked)
		vaplic_write(&arch->aplic, off, width,
			     bits ? value & ~(uint64_t)asked : value, out);
	ended_all(vcpu, word, asked);
	source = vaplic_targets_at(&arch->aplic, off);
	id = source ? vaplic_target(&arch->aplic, source) : -1;
	if (id < 0)
		return;
	target = vcpu->vm->vcpus[id];
	forward_route(&arch->forward, source, target->id,
		      target->task ? task_cpu(target->task) : FORWARD_NOWHERE);
}

/* Direct mode: who reads claimi has handled what he read there before. An edge
 * is over when it is taken. */
static uint32_t claim(struct vcpu *vcpu, unsigned int idc, uint64_t off,
		      struct vaplic_out *out)
{
	struct arch_vm *arch = vcpu->vm->arch;
	uint32_t *serving = arch->serving[idc];
	unsigned int source;
	uint32_t topi;

	for (unsigned int w = 0; w < VAPLIC_WORDS; w++)
		ended_all(
			vcpu, w,
			__atomic_exchange_n(&serving[w], 0, __ATOMIC_RELAXED));
	topi = vaplic_read(&arch->aplic, off, 4, out);
	source = topi >> 16;
	if (source && vaplic_is_edge(&arch->aplic, source))
		forward_completed(&arch->forward, source, vcpu->id,
				  arch_this_cpu()->id);
	else if (source && forwarded(vcpu->vm, source / 32, 1u << source % 32))
		__atomic_fetch_or(&serving[source / 32], 1u << source % 32,
				  __ATOMIC_RELAXED);
	return topi;
}

uint64_t aplic_virq_access(struct vcpu *vcpu, uint64_t off, uint64_t value)
{
	const struct insn_access *a = &vcpu->arch->access;
	struct arch_vm *arch = vcpu->vm->arch;
	struct vaplic_out out = {.send = message, .ctx = vcpu->vm};
	int idc = -1;

	if (!a->write && arch->forward.links)
		idc = vaplic_claims_at(&arch->aplic, off, a->width);
	if (a->write)
		write(vcpu, off, a->width, value, &out);
	else if (idc >= 0)
		value = claim(vcpu, (unsigned int)idc, off, &out);
	else
		value = vaplic_read(&arch->aplic, off, a->width, &out);
	if (out.told)
		virq_tell(vcpu->vm, out.told);
	return value;
}

void aplic_virq_disconnect(struct vm *vm)
{
	struct forward *forward = &vm->arch->forward;
	uint32_t was[VAPLIC_WORDS] = {0};

	for (unsigned int virq = 0; virq < forward->end; virq++)
		if (forward_has(forward, virq))
			was[virq / 32] |= 1u << virq % 32;
	forward_disconnect_all(forward);
	for (unsigned int virq = 0; virq < forward->end; virq++) {
		if (!(was[virq / 32] >> virq % 32 & 1))
			continue;
		aplic_virq_line(vm, virq, false);
		vaplic_sensed_set(&vm->arch->aplic, virq, false);
	}
	memset(vm->arch->serving, 0, sizeof(vm->arch->serving));
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual PLIC: RISC-V platform-level interrupt controller 1.0.0. Pure.
 *
 * It takes no lock. A source's line, its gateway and its pending bit are bits
 * of shared words, changed by atomic operations; what a guest sets (priority,
 * enables, threshold) are single stores. Whoever changes one side of "pending
 * and enabled" reads the other afterwards, all in one order (sequentially
 * consistent), so of two that race at least one tells the vCPU. A lock would be
 * one per VM, as claims of different vCPUs compete for the same sources: each
 * vCPU's claims and completions would wait for the others', and for whoever
 * drives a line from an interrupt handler.
 *
 * Being told means: look again. Two who tell the same vCPU may do so in either
 * order, so neither may carry a level. They mark the vCPU, and kick or wake it
 * if vplic_eip() holds then; it takes its mark away first and asks vplic_eip()
 * second, on its way in. One that runs while its level falls may so take an
 * interrupt for nothing, whose claim is 0: 1.3 allows it.
 *
 * Contexts are as the guest's tree lists them: "interrupts-extended" has one
 * entry for each, by the binding of riscv,plic0. A tree like QEMU's names M-
 * and S-mode of each hart; a guest has no M-mode, so those contexts are there
 * and empty. A tree with the S-modes alone works as well.
 */
#ifndef RISCV64_VIRT_VPLIC_H
#define RISCV64_VIRT_VPLIC_H

#include <lib/types.h>
#include <lib/util.h>

#define VPLIC_SIZE 0x4000000
#define VPLIC_SOURCE_MAX 1023
#define VPLIC_WORDS 32
#define VPLIC_VCPU_MAX CONFIG_VM_MAX_VCPUS
#define VPLIC_CONTEXT_MAX (2 * VPLIC_VCPU_MAX)
/* three bits of priority and of threshold: as QEMU's and most boards' */
#define VPLIC_PRIORITY_MASK 7

/**
 * struct vplic - all of it, without a pointer
 * @sources:  highest number that exists, 1..1023; set by vplic_init()
 * @vcpus:    how many, set by vplic_init()
 * @contexts: how many, vplic_context_add() counts them
 * @vcpu_of:  of a context; VPLIC_NOBODY
 * @line:     as the devices drive them
 * @busy:     gateway has forwarded a request that nobody has completed yet
 * @pending:  request that nobody has claimed yet
 * @again:    an edge that came while its source was in service
 */
struct vplic {
	uint16_t sources;
	uint8_t vcpus;
	uint8_t contexts;
	uint8_t vcpu_of[VPLIC_CONTEXT_MAX];
	uint32_t line[VPLIC_WORDS];
	uint32_t busy[VPLIC_WORDS];
	uint32_t pending[VPLIC_WORDS];
	uint32_t again[VPLIC_WORDS];
	uint8_t priority[VPLIC_SOURCE_MAX + 1];
	uint8_t threshold[VPLIC_VCPU_MAX];
	uint32_t enabled[VPLIC_VCPU_MAX][VPLIC_WORDS];
};

#define VPLIC_NOBODY 0xff

/**
 * vplic_init() - no contexts yet, everything off
 * @sources: "riscv,ndev" of the guest's tree
 *
 * Return: 0; -EINVAL: more sources or vCPUs than there can be, or none.
 */
int __must_check vplic_init(struct vplic *p, unsigned int sources,
			    unsigned int vcpus);

/** VPLIC_CAUSE_S - S-mode's external interrupt in "interrupts-extended" */
#define VPLIC_CAUSE_S 9

/**
 * vplic_context_add() - the next entry of "interrupts-extended"
 * @cause: of the hart's interrupt controller; another one than S-mode's (11:
 *         M-mode, -1: not connected) is a context that is empty
 * @vcpu:  whose it is; -1: a hart that the guest does not have
 *
 * Return: 0; -EINVAL: no such vCPU, or it has one; -ENOSPC: too many.
 */
int __must_check vplic_context_add(struct vplic *p, uint32_t cause, int vcpu);

/** vplic_reset() - cold state; contexts and the devices' lines stay. No vCPU
 * runs; devices may drive lines meanwhile. */
void vplic_reset(struct vplic *p);

/**
 * vplic_line_set() - drive a source's line; from any context
 *
 * A source that does not exist has no line. A request that was forwarded stays
 * when the line falls (1.2).
 *
 * Return: the vCPUs to be told, a bit each.
 */
uint64_t vplic_line_set(struct vplic *p, unsigned int source, bool level);

/**
 * vplic_request() - a source whose line is elsewhere makes a request; from any
 * context
 *
 * For a host's interrupt, whose line the host's own controller watches: one
 * that is made before the last one was completed is dropped.
 *
 * Return: the vCPUs to be told, a bit each.
 */
uint64_t vplic_request(struct vplic *p, unsigned int source);

/**
 * vplic_edge() - the same for a host's interrupt whose line speaks by edges
 *
 * Nobody tells of an edge twice: one that is made between claim and completion
 * is kept, and is a request after the completion. More of them are one (1.2
 * leaves that to the gateway).
 *
 * Return: as vplic_request().
 */
uint64_t vplic_edge(struct vplic *p, unsigned int source);

/** vplic_target() - the first vCPU for which a source is enabled; -1: none */
int vplic_target(const struct vplic *p, unsigned int source);

/**
 * vplic_enables_at() - is there a word of a vCPU's enable bits?
 * @off:  in the window
 * @word: which 32 sources
 */
bool vplic_enables_at(const struct vplic *p, uint64_t off, unsigned int *word);

/** vplic_eip() - is a vCPU's external interrupt pending? */
bool vplic_eip(const struct vplic *p, unsigned int vcpu);

/** vplic_next() - source that makes it so, the one of the highest priority;
 * 0: it is not pending */
unsigned int vplic_next(const struct vplic *p, unsigned int vcpu);

/**
 * vplic_read() - the guest reads a register; it may be a claim
 * @off:   in the window
 * @width: bytes; anything but a whole register reads as zero
 * @told:  the vCPUs to be told are added, a bit each
 */
uint32_t vplic_read(struct vplic *p, uint64_t off, unsigned int width,
		    uint64_t *told);

/**
 * vplic_write() - the guest writes a register; it may be a completion
 *
 * Anything but a whole register is left alone.
 *
 * Return: source that was completed, for whoever forwards a host's interrupt
 * as that source; 0: none.
 */
unsigned int vplic_write(struct vplic *p, uint64_t off, unsigned int width,
			 uint64_t value, uint64_t *told);

#endif

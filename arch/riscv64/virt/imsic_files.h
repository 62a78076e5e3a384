/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Guests' interrupt files: the harts' own (hstatus.VGEIN, AIA 1.0 chapter 6)
 * as far as they suffice, in memory else.
 *
 * A vCPU's file is on the hart that runs it, and its page in the guest leads
 * there: messages reach it with no exit, whether it runs or not. It keeps the
 * file while others use the hart; it moves when its vCPU runs elsewhere.
 *
 * Where a file is, is one word (place). Who posts a message looks there, posts,
 * and looks again: when it has moved meanwhile, he posts once more. Who moves
 * it changes the word first and takes what is pending in the old file last. So
 * none is lost; one may come twice, which a message may.
 */
#ifndef RISCV64_VIRT_IMSIC_FILES_H
#define RISCV64_VIRT_IMSIC_FILES_H

#include "vimsic.h"

struct vcpu;
struct vm;

/**
 * struct imsic_file - a vCPU's
 * @soft:    the file, while @place is 0
 * @place:   atomic: the hart's file that it is, IMSIC_PLACE(); 0: @soft
 * @refused: no page of the guest could be made for a hart's file
 * @guarded: own task: what comes to the hart's file is told to the host, as
 *           the vCPU sleeps
 * @came:    atomic: something did
 */
struct imsic_file {
	struct vimsic soft;
	uint32_t place;
	bool refused;
	bool guarded;
	bool came;
};

#define IMSIC_PLACE(cpu, number) (((uint32_t)(cpu) + 1) << 8 | (number))
#define IMSIC_PLACE_CPU(place) (((place) >> 8) - 1)
#define IMSIC_PLACE_NUMBER(place) ((place)&0xff)

/** imsic_files_probe() - once, before any VM */
void imsic_files_probe(void);
/** imsic_files_enable() - on the calling CPU, interrupts masked */
void imsic_files_enable(void);

/** imsic_vcpu_load() - vcpu_load(), with the file that the vCPU can have on
 * this CPU */
void imsic_vcpu_load(struct vcpu *vcpu);

/** imsic_file_reset() - cold, and in memory; task context. The vCPU does not
 * run. */
void imsic_file_reset(struct vcpu *vcpu);

/** imsic_file_vgein() - for hstatus, on the calling CPU; interrupts masked */
uint64_t imsic_file_vgein(const struct vcpu *vcpu);

/** imsic_file_eip() - does the file in memory interrupt its vCPU? */
bool imsic_file_eip(const struct vcpu *vcpu);

/** imsic_file_guard() - the vCPU is about to sleep until an external interrupt
 * comes; its state is loaded here, interrupts masked */
void imsic_file_guard(struct vcpu *vcpu);
/** imsic_file_unguard() - it runs on */
void imsic_file_unguard(struct vcpu *vcpu);
/** imsic_file_came() - since imsic_file_guard() */
bool imsic_file_came(const struct vcpu *vcpu);

/** imsic_post() - a message to a vCPU; any context */
void imsic_post(struct vm *vm, unsigned int vcpu, uint32_t id);

/** imsic_page_write() - the guest stores into the vCPUs' pages */
void imsic_page_write(struct vm *vm, uint64_t off, unsigned int width,
		      uint64_t value);

/**
 * imsic_insn() - an instruction that the hart did not execute: is it an access
 * to the file in memory?
 *
 * Return: true: it is done, but for the pc; false: it is illegal.
 */
bool imsic_insn(struct vcpu *vcpu, uint32_t insn);

#endif

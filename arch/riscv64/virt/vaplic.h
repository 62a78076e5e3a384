/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual APLIC: one domain of supervisor level, RISC-V Advanced Interrupt
 * Architecture 1.0, chapter 4. Pure.
 *
 * It delivers in one mode, which the guest file chooses: directly, by an IDC
 * for each vCPU, or by messages to the vCPUs' interrupt files. domaincfg.DM is
 * read-only. The domain has no child, and is no root: its message addresses
 * are nobody's to set (4.5.3), target.hart_index is the vCPU's number.
 *
 * It takes no lock, for the virtual PLIC's reasons and in its manner
 * (vplic.h): each change is one atomic operation, and whoever changes one side
 * of "pending and enabled" looks at the other afterwards. What is to be done
 * then is told to the caller: vCPUs that must look at vaplic_eip() again, and
 * messages to be sent.
 */
#ifndef RISCV64_VIRT_VAPLIC_H
#define RISCV64_VIRT_VAPLIC_H

#include <lib/types.h>
#include <lib/util.h>

#define VAPLIC_SIZE_MSI 0x4000u
#define VAPLIC_IDC_BYTES 32u
#define VAPLIC_SOURCE_MAX 1023
#define VAPLIC_WORDS 32
#define VAPLIC_VCPU_MAX CONFIG_VM_MAX_VCPUS

/**
 * struct vaplic - all of it, without a pointer
 * @sources:  highest number that exists, 1..1023; set by vaplic_init()
 * @vcpus:    how many, set by vaplic_init()
 * @msi:      it sends messages, set by vaplic_init()
 * @on:       domaincfg.IE
 * @line:     as the devices drive them
 * @active:   sources whose mode is not "inactive"
 * @wired:    those that look at their line
 * @level:    those of them that look at its level, the others at its edges
 * @low:      those that take it inverted
 * @sensed:   those whose line is up when it is active, whatever the guest says
 * @pending:  of a level in direct mode: means nothing, its line is asked
 * @mode:     sourcecfg.SM
 * @delivery: direct mode, idelivery; a bit per vCPU
 * @force:    the same, iforce
 */
struct vaplic {
	uint16_t sources;
	uint8_t vcpus;
	bool msi;
	uint32_t on;
	uint32_t line[VAPLIC_WORDS];
	uint32_t active[VAPLIC_WORDS];
	uint32_t wired[VAPLIC_WORDS];
	uint32_t level[VAPLIC_WORDS];
	uint32_t low[VAPLIC_WORDS];
	uint32_t sensed[VAPLIC_WORDS];
	uint32_t pending[VAPLIC_WORDS];
	uint32_t enabled[VAPLIC_WORDS];
	uint8_t mode[VAPLIC_SOURCE_MAX + 1];
	uint32_t target[VAPLIC_SOURCE_MAX + 1];
	uint32_t delivery;
	uint32_t force;
	uint32_t threshold[VAPLIC_VCPU_MAX];
};
_Static_assert(VAPLIC_VCPU_MAX <= 32, "bits of delivery and force");

/**
 * struct vaplic_out - what follows from a change
 * @told: direct mode: vCPUs to be told, a bit each, are added
 * @send: MSI mode: called for each message, with @ctx
 */
struct vaplic_out {
	uint64_t told;
	void (*send)(void *ctx, unsigned int vcpu, unsigned int id);
	void *ctx;
};

/**
 * vaplic_init() - everything off
 * @sources: "riscv,num-sources" of the guest's tree
 *
 * Return: 0; -EINVAL: more sources or vCPUs than there can be, or none.
 */
int __must_check vaplic_init(struct vaplic *a, unsigned int sources,
			     unsigned int vcpus, bool msi);

/** vaplic_size() - bytes of registers */
uint64_t vaplic_size(unsigned int vcpus, bool msi);

/** vaplic_reset() - cold state; the devices' lines stay. No vCPU runs; devices
 * may drive lines meanwhile. */
void vaplic_reset(struct vaplic *a);

/** vaplic_line_set() - drive a source's line; from any context. One that does
 * not exist has none. */
void vaplic_line_set(struct vaplic *a, unsigned int source, bool level,
		     struct vaplic_out *out);

/*
 * For whoever forwards a host's interrupt as a source: what a guest's access
 * means, before it is made.
 */

/** vaplic_sensed_set() - a host's controller has the wire, and knows which of
 * its levels is the active one: what is driven here is that. The line is down.
 */
void vaplic_sensed_set(struct vaplic *a, unsigned int source, bool sensed);

/** vaplic_is_edge() - does the guest take this source for edges? An inactive
 * one it takes for nothing. */
bool vaplic_is_edge(const struct vaplic *a, unsigned int source);

/** vaplic_is_level() - does the guest take this source for a level? */
bool vaplic_is_level(const struct vaplic *a, unsigned int source);

/** vaplic_target() - the vCPU that a source goes to; -1: none */
int vaplic_target(const struct vaplic *a, unsigned int source);

/** vaplic_asks() - a write that makes sources pending by hand: in MSI mode, who
 * has handled a level asks so whether it is still up. Return: those of 32
 * sources from @word * 32 on; 0: none */
uint32_t vaplic_asks(const struct vaplic *a, uint64_t off, unsigned int width,
		     uint64_t value, unsigned int *word);

/** vaplic_targets_at() - the source whose target register this is; 0: none */
unsigned int vaplic_targets_at(const struct vaplic *a, uint64_t off);

/** vaplic_claims_at() - the vCPU whose claimi this is; -1: none */
int vaplic_claims_at(const struct vaplic *a, uint64_t off, unsigned int width);

/** vaplic_eip() - direct mode: is a vCPU's external interrupt pending? */
bool vaplic_eip(const struct vaplic *a, unsigned int vcpu);

/** vaplic_next() - the source that a claim would take; 0: none */
unsigned int vaplic_next(const struct vaplic *a, unsigned int vcpu);

/**
 * vaplic_read() - the guest reads a register; it may be a claim
 * @off:   in the window
 * @width: bytes; anything but a whole register reads as zero
 */
uint32_t vaplic_read(struct vaplic *a, uint64_t off, unsigned int width,
		     struct vaplic_out *out);

/** vaplic_write() - the guest writes a register; anything but a whole one is
 * left alone */
void vaplic_write(struct vaplic *a, uint64_t off, unsigned int width,
		  uint64_t value, struct vaplic_out *out);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of a guest that died, until somebody starts it again: the
 * restarts of the policy leave it, a later death takes its place.
 */
#ifndef VIRT_CRASH_H
#define VIRT_CRASH_H

#include <arch/virt.h>
#include <lib/types.h>
#include <lib/util.h>
#include <virt/vcpu.h>

#define CRASH_FRAMES 24
#define CRASH_CONSOLE_BYTES 1024

struct vm;

/**
 * struct crash_vcpu - one vCPU as it was
 * @was_on: it ran; else the rest is of its last run, or zero
 * @pcs:    return addresses by its frame pointers, innermost first
 * @exits:  oldest first
 */
struct crash_vcpu {
	bool was_on;
	unsigned int pc_count;
	unsigned int exit_count;
	uint64_t pcs[CRASH_FRAMES];
	struct vcpu_exit_note exits[VCPU_EXIT_NOTES];
};

/**
 * struct vm_crash - a guest's death
 * @up_ns:   how long it had run
 * @at_ns:   when, by time_ns()
 * @vcpus:   vcpu_count of them
 */
struct vm_crash {
	char detail[128];
	uint64_t at_ns;
	uint64_t up_ns;
	size_t console_len;
	char console[CRASH_CONSOLE_BYTES];
	unsigned int vcpu_count;
	struct crash_vcpu vcpus[];
};

/** crash_state() - registers of vCPU @id */
struct arch_vcpu_state *crash_state(const struct vm_crash *crash,
				    unsigned int id);

/**
 * crash_get() - a copy of what is kept, for heap_free()
 *
 * Return: 0; -ENOENT: nothing is; -EAGAIN: another death just took its place;
 * -ENOMEM.
 */
int __must_check crash_get(struct vm *vm, struct vm_crash **crash);

#endif

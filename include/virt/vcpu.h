/* SPDX-License-Identifier: Apache-2.0 */
/* A vCPU: a task that runs a guest's CPU. */
#ifndef VIRT_VCPU_H
#define VIRT_VCPU_H

#include <arch/virt.h>
#include <core/budget.h>
#include <core/task.h>
#include <lib/types.h>
#include <lib/util.h>
#include <virt/watch.h>

struct arch_vcpu;
struct vm;

enum vcpu_state {
	VCPU_CREATED, /* never ran */
	VCPU_FREE,    /* off: waits for a CPU_UP */
	VCPU_READY,   /* on, waiting for a physical CPU */
	VCPU_RUNNING,
	VCPU_BLOCKED, /* halted */
};

/* Work that others ask of a vCPU; bits of vcpu->requests. */
enum vcpu_request {
	VCPU_REQ_STOP = 1 << 0,  /* leave the run loop */
	VCPU_REQ_PAUSE = 1 << 1, /* sleep until the VM is resumed */
};

#define VCPU_EXIT_REASONS 32
#define VCPU_EXIT_NOTES 16

/**
 * struct vcpu_exit_note - of an exit that the run loop saw
 * @value: hypercall: its number; MMIO, faults: guest address; CPU_UP: which
 * @ticks: arch_counter()
 */
struct vcpu_exit_note {
	uint64_t ticks;
	uint64_t pc;
	uint64_t value;
	uint32_t kind; /* enum vcpu_exit_kind */
};

/** struct vcpu_look - what the shell saw last, to compare with */
struct vcpu_look {
	uint64_t start_ns; /* of the VM: tells one run from the next */
	uint64_t at_ns;
	uint64_t ran_ns;
};

/**
 * struct vcpu - one guest CPU
 * @vm, @id, @hwid: constant; hwid is what the guest sees (MPIDR affinity)
 * @arch:     the architecture's part
 * @loaded_cpu: CPU whose registers hold its state, -1: it is in memory.
 *            Written by that CPU only, interrupts masked; read by any
 * @task:     what schedules it
 * @state:    enum vcpu_state, atomic; written by its own task and, from FREE
 *            to READY, by whoever starts it (compare and swap)
 * @requests: atomic, enum vcpu_request; read on the way into the guest
 * @wq:       its task sleeps here while halted, off or paused
 * @boot_entry, @boot_arg: set before FREE → READY
 * @parked, @parked_at: atomic: its task sleeps because of VCPU_REQ_PAUSE, and
 *            its registers are in memory; arch_counter() since when
 * @stopped_on: its last run was ended from outside, not by itself
 * @exit_notes, @exit_notes_made: ring of its last exits, own task only
 * @hurried:  vm->lock; the host waits for its task, see vcpu_hurry()
 * @budget:   of its task, and of the loader's: outlives both
 * @steal:    its record of virt/steal.c, NULL: its guest has not asked; own
 *            task only
 * @exits:    by arch's reason numbers; written by its own task only
 * @look:     the shell's task
 * @watch, @costs: while exits are watched, see virt/watch.h; the same
 */
struct vcpu {
	struct vm *vm;
	unsigned int id;
	uint64_t hwid;
	struct arch_vcpu *arch;
	int loaded_cpu;
	struct task *task;
	uint32_t state;
	uint32_t requests;
	struct wait_queue wq;
	uint64_t affinity;
	uint64_t boot_entry;
	uint64_t boot_arg;
	uint64_t parked_at;
	bool parked;
	bool stopped_on;
	unsigned int exit_notes_made;
	struct vcpu_exit_note exit_notes[VCPU_EXIT_NOTES];
	bool hurried;
	struct budget budget;
	void *steal;
	uint64_t exits[VCPU_EXIT_REASONS];
	struct vcpu_look look;
	struct vcpu_watch watch;
	struct exit_cost costs[VCPU_EXIT_REASONS];
};

/** vcpu_wake() - end its halt if it is in one; any context, any CPU */
void vcpu_wake(struct vcpu *vcpu);

/** vcpu_request() - set a request bit, wake and kick */
void vcpu_request(struct vcpu *vcpu, enum vcpu_request request);

/** vcpu_start() - FREE → READY at @entry. Return: how it went */
enum cpu_up_result vcpu_start(struct vcpu *vcpu, uint64_t entry, uint64_t arg);

/** vcpu_is_on() - neither CREATED nor FREE */
bool vcpu_is_on(const struct vcpu *vcpu);

/*
 * Whose state a CPU's registers hold, vcpu_load.c: for the architecture's
 * files.
 */

/** vcpu_resident() - of the calling CPU, interrupts masked; may be NULL */
struct vcpu *vcpu_resident(void);
/** vcpu_load() - into this CPU's registers; interrupts masked, opened while
 * another CPU gives the state up */
void vcpu_load(struct vcpu *vcpu);
/** vcpu_evict() - the state comes home to memory; task context */
void vcpu_evict(struct vcpu *vcpu);

/** vcpu_task_info() - where its task is, and how long it has run. Return:
 * false: it has none */
bool vcpu_task_info(struct vcpu *vcpu, unsigned int *cpu, uint64_t *run_ns);

/** vcpu_exit_kind_name() - "hypercall" */
const char *vcpu_exit_kind_name(enum vcpu_exit_kind kind);

/** vcpu_state_name() - as commands show it */
const char *vcpu_state_name(enum vcpu_state state);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* The few places where arch/ calls up. Everything else calls down. */
#ifndef ARCH_UPCALL_H
#define ARCH_UPCALL_H

#include <lib/types.h>
#include <lib/util.h>

struct arch_trap_frame;
struct cpu;

/**
 * core_boot() - first C code that is not arch's, on the boot CPU
 * @fdt: host device tree as the loader left it; v = 0 when there is none
 *
 * Called with interrupts masked, the Image relocated and mapped W^X, RAM not
 * yet known. The loader's tree is still in RAM and readable.
 */
__noreturn void core_boot(hpa_t fdt);

/** core_secondary_boot() - the same on each further CPU, on its own stack */
__noreturn void core_secondary_boot(struct cpu *cpu);

/**
 * core_irq() - one physical interrupt was taken in host context or was left
 * over by a guest exit; interrupts masked
 *
 * Acknowledges, calls the handlers, ends the interrupt; loops until none is
 * pending. Returns to the trap entry, which then calls core_preempt().
 */
void core_irq(void);

/**
 * core_irq_dispatch() - handle an interrupt that arch/<a>/virt has already
 * acknowledged (its fast path looked at the number and found it not its own)
 */
void core_irq_dispatch(unsigned int irq);

/** core_preempt() - switch tasks now if one is due and it is allowed */
void core_preempt(void);

/** core_trap() - an exception in the host that nothing explains: panics */
__noreturn void core_trap(const struct arch_trap_frame *frame,
			  const char *what);

/** core_task_exit() - where a task function's return lands */
__noreturn void core_task_exit(void);

#endif

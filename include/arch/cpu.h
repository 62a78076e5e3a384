/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The contract of arch/: the processor. Every architecture writes each of
 * these functions; Documentation/porting.md goes through them one by one.
 *
 * Primitives of a few instructions (interrupt flags, barriers, this-CPU
 * pointer) are inline in arch/<a>/include/asm/cpu.h, which this includes.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <lib/types.h>
#include <lib/util.h>

struct cpu;

#include <asm/cpu.h>
/*
 * <asm/cpu.h> gives, as static inline:
 *
 * struct cpu *arch_this_cpu(void)           the calling CPU; stable only while
 *                                           pre-emption or interrupts are off
 * void arch_set_this_cpu(struct cpu *cpu)
 * unsigned long arch_irq_save(void)         mask interrupts, return old state
 * void arch_irq_restore(unsigned long flags)
 * void arch_irq_enable(void), arch_irq_disable(void)
 * bool arch_irqs_enabled(void)
 * void arch_wait_for_irq(void)              called with interrupts masked;
 *                                           returns once one is pending
 * void arch_cpu_relax(void)                 in spin loops
 * void arch_wait_event(void), arch_send_event(void)   WFE/SEV or nothing
 * void arch_mb(void), arch_rmb(void), arch_wmb(void)  full/read/write order
 *                                           against other CPUs and devices
 * uint64_t arch_cpu_kind(void)              the calling CPU's model: a guest's
 *                                           CPU is moved only between equals
 * uint64_t arch_counter(void)               monotonic ticks, ordered read
 */

/** arch_counter_freq_hz() - ticks a second of arch_counter() */
uint64_t arch_counter_freq_hz(void);

/**
 * arch_timer_set() - interrupt this CPU when arch_counter() >= @ticks
 *
 * One shot; a value in the past fires at once; UINT64_MAX stops it. The
 * interrupt comes as arch_timer_irq().
 */
void arch_timer_set(uint64_t ticks);

/** arch_timer_irq() - the host timer's interrupt number (this CPU's own) */
unsigned int arch_timer_irq(void);

/** arch_timer_init() - prepare this CPU's host timer, read the frequency */
void arch_timer_init(void);

/**
 * arch_cpu_start() - power another CPU up
 * @cpu: its struct cpu: hwid is set, stack_top is allocated
 *
 * It comes up with the host's address space and enters cpu_secondary_main()
 * (include/arch/upcall.h) on its stack.
 *
 * Return: 0; -ENODEV when firmware knows no such CPU; -EIO on other refusals.
 */
int __must_check arch_cpu_start(struct cpu *cpu);

/** arch_hwid() - MPIDR affinity, hart id or APIC id of the calling CPU */
uint64_t arch_hwid(void);

/** arch_system_can_end() - is there firmware for the next two? */
bool arch_system_can_end(void);

/**
 * arch_system_off(), arch_system_reset() - through firmware; no return
 *
 * The other CPUs end with this one, whatever they do. Where firmware refuses,
 * or there is none, the calling CPU stops for ever.
 */
__noreturn void arch_system_off(void);
__noreturn void arch_system_reset(void);

/**
 * arch_relocate() - add to pointers where the Image is, in head.S
 * @start: that address
 * @table: offsets of the pointers from it, as scripts/pack_image.py packs them
 *
 * Boot code calls it, too, without a stack.
 */
void arch_relocate(char *start, const uint64_t *table);

/**
 * arch_code_unpack() - code of the cold part, from what the Image holds to what
 * the CPU runs
 * @code: whole instructions
 * @at:   where they lie, from the Image's start
 *
 * scripts/pack_image.py may have made what is relative in an instruction relative
 * to the Image's start: then all calls of a function are the same bytes.
 */
void arch_code_unpack(void *code, size_t size_bytes, uint64_t at);

/** arch_cpu_halt() - stop this CPU for ever, interrupts masked */
__noreturn void arch_cpu_halt(void);

/**
 * arch_backtrace() - return addresses of a stack, innermost first
 * @frame: frame pointer to begin at; 0: the caller's own
 * @stack_lo: lowest address of that stack
 * @stack_hi: one past its highest
 * @pcs:   filled
 * @max:   room in @pcs
 *
 * Stops at the first frame that leaves the stack. Never faults.
 *
 * Return: entries filled.
 */
unsigned int arch_backtrace(hva_t frame, hva_t stack_lo, hva_t stack_hi,
			    uint64_t *pcs, unsigned int max);

struct arch_trap_frame;
/** arch_trap_frame_dump() - print the registers of a host trap, for panic() */
void arch_trap_frame_dump(const struct arch_trap_frame *frame);
/** arch_trap_frame_fp(), arch_trap_frame_pc() - where it happened */
hva_t arch_trap_frame_fp(const struct arch_trap_frame *frame);
uint64_t arch_trap_frame_pc(const struct arch_trap_frame *frame);
/** arch_trap_frame_fault() - address that the trap was about, if any */
bool arch_trap_frame_fault(const struct arch_trap_frame *frame, hva_t *va);

/** arch_early_putc() - last-resort output once a UART's address is known */
extern void (*arch_early_putc)(char c);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pretend machine of several CPUs for the real scheduler, timers and
 * interrupt code of core/.
 *
 * All CPUs share one thread of the test program. Time stands still while code
 * runs and goes on by one quantum when every CPU has had its turn; a CPU's turn
 * ends in machine_work(), in a spin loop or in its idle loop. Interrupts come
 * there and wherever they are unmasked. Everything repeats exactly.
 */
#ifndef TESTS_FAKE_MACHINE_H
#define TESTS_FAKE_MACHINE_H

#include <lib/types.h>

#define MACHINE_CPUS 4
#define MACHINE_FREQ_HZ 1000000000ull
#define MACHINE_QUANTUM_NS 1000ull
#define MACHINE_TIMER_IRQ 26u
#define MACHINE_PPIS 32u
#define MACHINE_IRQS 64u

/** machine_start() - boot all CPUs; once in a program */
void machine_start(void);

/**
 * machine_test() - run @fn in a task of the highest priority on CPU 0
 *
 * Fails the test when it is not done within @limit_ns of the machine's time.
 */
void machine_test(void (*fn)(void), uint64_t limit_ns);

/** machine_work() - the calling task computes for so long */
void machine_work(uint64_t ns);

/** machine_raise() - a shared interrupt line becomes pending */
void machine_raise(unsigned int irq);

/* What the controller and the timers were asked to do. */
struct machine_notes {
	unsigned int eois, deactivations;
	unsigned int ipis;
	unsigned int timer_sets;
	unsigned int last_cpu;  /* set_cpu() */
	unsigned int forgotten; /* forget() */
	bool enabled[MACHINE_IRQS];
};
extern struct machine_notes machine_notes;

#endif

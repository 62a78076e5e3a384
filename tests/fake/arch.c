/* SPDX-License-Identifier: Apache-2.0 */
/* The pretend machine: memory, panic, lock hooks, what is left of the CPU. */
#define _GNU_SOURCE /* MAP_FIXED_NOREPLACE */
#include "fake.h"

#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <arch/cpu.h>
#include <lib/lock.h>
#include <lib/log.h>

#define PANIC_STATUS 42

_Thread_local struct cpu *fake_this_cpu;
_Thread_local bool fake_irqs_masked;
_Thread_local int fake_preempt_count;
uint64_t fake_counter;
const void *fake_cleaned;
uint64_t fake_cleaned_bytes;
uint64_t fake_executable_bytes;
void (*fake_wait_for_irq)(void);
void (*fake_relax)(void);
void (*fake_irqs_unmasked)(void);
void (*arch_early_putc)(char c);

static bool panic_expected;
static _Thread_local struct lock_held held;
static uint64_t random_state = 1;

char *fake_phys_base(void)
{
	static char *base;

	if (!base) {
		base = mmap((void *)FAKE_PHYS_BASE, FAKE_PHYS_SIZE,
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
				    MAP_FIXED_NOREPLACE,
			    -1, 0);
		if (base != (char *)FAKE_PHYS_BASE)
			abort();
	}
	return base;
}

void panic(const char *fmt, ...)
{
	va_list args;

	if (panic_expected)
		_exit(PANIC_STATUS);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	abort();
}

bool fake_panics(void (*fn)(void))
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		panic_expected = true;
		fn();
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		abort();
	return WIFEXITED(status) && WEXITSTATUS(status) == PANIC_STATUS;
}

void fake_seed(uint64_t seed)
{
	random_state = seed * 2 + 1;
}

/* xorshift64*, Vigna 2016 */
uint64_t fake_random(uint64_t below)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return (random_state * 0x2545f4914f6cdd1dull >> 11) % below;
}

/* weak: tests of core bring the real ones */
__attribute__((weak)) void lock_preempt_disable(void)
{
	fake_preempt_count++;
}

__attribute__((weak)) void lock_preempt_enable(void)
{
	if (--fake_preempt_count < 0)
		panic("preempt count below zero");
}

__attribute__((weak)) struct lock_held *lock_held_this_cpu(void)
{
	return &held;
}

__attribute__((weak)) uint64_t arch_counter_freq_hz(void)
{
	return 1000000000;
}

void arch_page_zero(void *page, size_t size_bytes)
{
	memset(page, 0, size_bytes);
}

void arch_page_zero_clean(void *page, size_t size_bytes)
{
	memset(page, 0, size_bytes);
}

void arch_dcache_clean_inval(const void *start, size_t size_bytes)
{
	fake_cleaned = start;
	fake_cleaned_bytes += size_bytes;
}

void arch_icache_inval(void)
{
	/* what is thrown away before it was written back is the old */
	fake_executable_bytes = fake_cleaned_bytes;
}

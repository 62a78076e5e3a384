/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the bare-metal test guests share. They know QEMU's virt machine by
 * heart (PL011, GICv3 at its addresses), so that they run unchanged on bare
 * QEMU and under any hypervisor that shows that machine.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden) /* no GOT: addresses are PC-relative */

#define UART_BASE 0x09000000UL
#define GICD_BASE 0x08000000UL
#define GICR_BASE 0x080a0000UL
#define GICR_STRIDE 0x20000UL
#define GICR_SGI 0x10000UL

#define PSCI_VERSION 0x84000000UL
#define PSCI_CPU_OFF 0x84000002UL
#define PSCI_CPU_ON 0xc4000003UL
#define PSCI_SYSTEM_OFF 0x84000008UL
#define PSCI_SYSTEM_RESET 0x84000009UL

#define INTID_VTIMER 27
#define INTID_NONE 1023

#define SYSREG_READ(name)                                                      \
	({                                                                     \
		uint64_t _v;                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(_v)::"memory");       \
		_v;                                                            \
	})
#define SYSREG_WRITE(name, value)                                              \
	__asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value))          \
			 : "memory")

static inline uint32_t read32(uint64_t addr)
{
	return *(volatile uint32_t *)addr;
}

static inline void write32(uint64_t addr, uint32_t value)
{
	*(volatile uint32_t *)addr = value;
}

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

static inline void wfi(void)
{
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("msr daifclr, #2" ::: "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

/** counter_ordered() - virtual counter after everything before it */
static inline uint64_t counter_ordered(void)
{
	uint64_t v;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(v)::"memory");
	return v;
}

/** hvc(), smc() - SMCCC call with up to four arguments; returns x0 */
uint64_t hvc(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3);
uint64_t smc(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3);

void put(char c);
void print(const char *text);
void print_dec(uint64_t value);
void print_hex(uint64_t value);

/** gic_init() - this CPU: group 1 on, SGIs and the virtual timer enabled */
void gic_init(unsigned int cpu);

/** sgi_send() - to the CPU with this Aff0 */
static inline void sgi_send(unsigned int intid, unsigned int aff0)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	SYSREG_WRITE(S3_0_C12_C11_5, (uint64_t)intid << 24 | 1u << aff0);
	isb();
}

static inline unsigned int gic_ack(void)
{
	return SYSREG_READ(S3_0_C12_C12_0) & 0xffffff; /* ICC_IAR1_EL1 */
}

static inline void gic_eoi(unsigned int intid)
{
	SYSREG_WRITE(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
}

/** power_off() - PSCI SYSTEM_OFF; no return */
void power_off(void) __attribute__((noreturn));

/** random64() - deterministic xorshift */
uint64_t random64(void);

/* From start.S, and what a guest writes for it. */
extern char secondary[];
extern uint64_t start_regs; /* x1 | x2 | x3 as the guest began */
void guest_main(uint64_t entry_count, uint64_t arg);
void guest_secondary(uint64_t arg);
void guest_irq(uint64_t count);
uint64_t guest_sync(uint64_t esr, uint64_t elr, uint64_t far);
void guest_unexpected(void);

#endif

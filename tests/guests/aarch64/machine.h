/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's virt machine of AArch64: PL011, GICv3, PSCI. See guest.h. */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdint.h>

#define RAM_BASE 0x40000000UL
#define UART_BASE 0x09000000UL
#define GICD_BASE 0x08000000UL
#define GICR_BASE 0x080a0000UL
#define GICR_STRIDE 0x20000UL
#define GICR_SGI 0x10000UL
#define IRQCHIP_BASE GICD_BASE
#define DOORBELL_BASE 0x0a000000UL
#define KEY_BASE 0x09030000UL
#define VIRTIO_BASE 0x0a000000UL
#define VIRTIO_STRIDE 0x200UL
#define VIRTIO_SLOTS 32u

#define COUNTED_HZ 1000000000UL /* -cpu cntfrq= */

#define PSCI_VERSION 0x84000000UL
#define PSCI_CPU_OFF 0x84000002UL
#define PSCI_CPU_ON 0xc4000003UL
#define PSCI_SYSTEM_OFF 0x84000008UL
#define PSCI_SYSTEM_RESET 0x84000009UL

#define INTID_VTIMER 27
#define INTID_NONE 1023
#define IRQ_IPI 1
#define IRQ_TIMER INTID_VTIMER
#define IRQ_KEY 39
#define IRQ_DOORBELL 40
#define IRQ_VIRTIO 48
#define IRQ_NONE INTID_NONE

#define SYSREG_READ(name)                                                      \
	({                                                                     \
		uint64_t _v;                                                   \
		__asm__ volatile("mrs %0, " #name : "=r"(_v)::"memory");       \
		_v;                                                            \
	})
#define SYSREG_WRITE(name, value)                                              \
	__asm__ volatile("msr " #name ", %0" ::"r"((uint64_t)(value))          \
			 : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

static inline void mb(void)
{
	__asm__ volatile("dmb sy" ::: "memory");
}

static inline void wfi(void)
{
	__asm__ volatile("dsb sy\n\twfi" ::: "memory");
}

static inline void spin_hint(void)
{
	__asm__ volatile("yield" ::: "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("msr daifclr, #2" ::: "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("msr daifset, #2" ::: "memory");
}

static inline uint64_t counter(void)
{
	return SYSREG_READ(cntvct_el0);
}

static inline uint64_t counter_ordered(void)
{
	uint64_t v;

	__asm__ volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(v)::"memory");
	return v;
}

static inline uint64_t counter_freq(void)
{
	return SYSREG_READ(cntfrq_el0);
}

static inline uint64_t cpu_hwid(void)
{
	return SYSREG_READ(mpidr_el1) & 0xff;
}

static inline unsigned int this_cpu(void)
{
	return SYSREG_READ(mpidr_el1) & 1;
}

/** sgi_send() - to the CPU with this Aff0 */
static inline void sgi_send(unsigned int intid, unsigned int aff0)
{
	__asm__ volatile("dsb ishst" ::: "memory");
	SYSREG_WRITE(S3_0_C12_C11_5, (uint64_t)intid << 24 | 1u << aff0);
	isb();
}

static inline void ipi_send(unsigned int cpu)
{
	sgi_send(IRQ_IPI, cpu);
}

static inline unsigned int gic_ack(void)
{
	return SYSREG_READ(S3_0_C12_C12_0) & 0xffffff; /* ICC_IAR1_EL1 */
}

static inline void gic_eoi(unsigned int intid)
{
	SYSREG_WRITE(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
}

static inline unsigned int irq_ack(void)
{
	return gic_ack();
}

static inline void irq_end(unsigned int irq)
{
	if (irq < 1020)
		gic_eoi(irq);
}

static inline void timer_set(uint64_t due)
{
	SYSREG_WRITE(cntv_cval_el0, due);
	SYSREG_WRITE(cntv_ctl_el0, 1);
	isb();
}

static inline void timer_off(void)
{
	SYSREG_WRITE(cntv_ctl_el0, 0);
}

static inline uint64_t insn_next(uint64_t pc)
{
	return pc + 4;
}

static inline void copy_pair(uint64_t *to, const uint64_t *from)
{
	__asm__ volatile("ldp x9, x10, [%0]\n\tstp x9, x10, [%1]" ::"r"(from),
			 "r"(to)
			 : "x9", "x10", "memory");
}

/* A data abort of it has no valid syndrome. */
static inline void store_pair(volatile uint64_t *to, uint64_t value)
{
	__asm__ volatile("stp %0, %0, [%1]" ::"r"(value), "r"(to) : "memory");
}

/** hvc(), smc() - SMCCC call with up to four arguments; returns x0 */
uint64_t hvc(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3);
uint64_t smc(uint64_t nr, uint64_t a1, uint64_t a2, uint64_t a3);

/** gic_init() - this CPU: group 1 on, SGIs and the virtual timer enabled */
void gic_init(unsigned int cpu);

/* start.S */
extern char secondary[];
extern uint64_t start_regs; /* x1 | x2 | x3 as the guest began */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's virt machine of RISC-V: 16550, PLIC, SBI, the timer by Sstc or SBI.
 * See guest.h.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#define RAM_BASE 0x80000000UL
#define UART_BASE 0x10000000UL
#define PLIC_BASE 0x0c000000UL
#define IRQCHIP_BASE PLIC_BASE
#define DOORBELL_BASE 0x10010000UL
#define KEY_BASE 0x10011000UL
#define VIRTIO_BASE 0x10001000UL
#define VIRTIO_STRIDE 0x1000UL
#define VIRTIO_SLOTS 8u

#define COUNTED_HZ 10000000UL /* as ever */

/* PLIC sources, and what is none: a hart's own interrupts. */
#define IRQ_VIRTIO 1
#define IRQ_UART 10
#define IRQ_DOORBELL 40
#define IRQ_KEY 41
#define IRQ_IPI 1001
#define IRQ_TIMER 1005
#define IRQ_NONE 1023

#define PLIC_PRIORITY(source) (PLIC_BASE + 4 * (source))
#define PLIC_PENDING(source) (PLIC_BASE + 0x1000 + (source) / 32 * 4)
#define PLIC_ENABLE(cpu, source)                                               \
	(PLIC_BASE + 0x2000 + 0x80 * (2 * (cpu) + 1) + (source) / 32 * 4)
#define PLIC_THRESHOLD(cpu) (PLIC_BASE + 0x200000 + 0x1000 * (2 * (cpu) + 1))
#define PLIC_CLAIM(cpu) (PLIC_THRESHOLD(cpu) + 4)

/* Bits of sie and sip. */
#define SIE_SOFT (1UL << 1)
#define SIE_TIMER (1UL << 5)
#define SIE_EXTERNAL (1UL << 9)

#define SBI_TIMER 0x54494d45UL
#define SBI_IPI 0x735049UL
#define SBI_RFENCE 0x52464e43UL
#define SBI_HSM 0x48534dUL
#define SBI_RESET 0x53525354UL
#define SBI_CONSOLE 0x4442434eUL

#define CSR_READ(name)                                                         \
	({                                                                     \
		uint64_t _v;                                                   \
		__asm__ volatile("csrr %0, " #name : "=r"(_v)::"memory");      \
		_v;                                                            \
	})
#define CSR_WRITE(name, value)                                                 \
	__asm__ volatile("csrw " #name ", %0" ::"r"((uint64_t)(value))         \
			 : "memory")
#define CSR_SET(name, bits)                                                    \
	__asm__ volatile("csrs " #name ", %0" ::"r"((uint64_t)(bits))          \
			 : "memory")
#define CSR_CLEAR(name, bits)                                                  \
	__asm__ volatile("csrc " #name ", %0" ::"r"((uint64_t)(bits))          \
			 : "memory")

struct sbi_ret {
	long error;
	unsigned long value;
};

static inline struct sbi_ret sbi(uint64_t ext, uint64_t fn, uint64_t x,
				 uint64_t y, uint64_t z)
{
	register uint64_t a0 __asm__("a0") = x;
	register uint64_t a1 __asm__("a1") = y;
	register uint64_t a2 __asm__("a2") = z;
	register uint64_t a6 __asm__("a6") = fn;
	register uint64_t a7 __asm__("a7") = ext;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a6), "r"(a7)
			 : "memory");
	return (struct sbi_ret){(long)a0, a1};
}

static inline uint8_t read8(uint64_t addr)
{
	return *(volatile uint8_t *)addr;
}

static inline void write8(uint64_t addr, uint8_t value)
{
	*(volatile uint8_t *)addr = value;
}

static inline void mb(void)
{
	__asm__ volatile("fence" ::: "memory");
}

static inline void wfi(void)
{
	__asm__ volatile("fence\n\twfi" ::: "memory");
}

/* PAUSE of Zihintpause: a fence that orders nothing, where there is none. */
static inline void spin_hint(void)
{
	__asm__ volatile(".4byte 0x0100000f" ::: "memory");
}

static inline void irq_enable(void)
{
	__asm__ volatile("csrsi sstatus, 2" ::: "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("csrci sstatus, 2" ::: "memory");
}

static inline uint64_t counter(void)
{
	return CSR_READ(time);
}

static inline uint64_t counter_ordered(void)
{
	mb();
	return CSR_READ(time);
}

static inline uint64_t counter_freq(void)
{
	return COUNTED_HZ;
}

static inline unsigned int this_cpu(void)
{
	unsigned int cpu;

	__asm__ volatile("mv %0, tp" : "=r"(cpu));
	return cpu;
}

/* machine.c */
extern uint64_t start_hart; /* that guest_main() runs on */
extern bool have_sstc;

static inline uint64_t cpu_hwid(void)
{
	return start_hart;
}

/* stimecmp is 0x14d */
static inline void timer_set(uint64_t due)
{
	if (have_sstc)
		CSR_WRITE(0x14d, due);
	else
		sbi(SBI_TIMER, 0, due, 0, 0);
}

static inline void timer_off(void)
{
	timer_set(UINT64_MAX);
}

static inline void ipi_send(unsigned int cpu)
{
	mb();
	sbi(SBI_IPI, 0, 1UL << cpu, 0, 0);
}

static inline unsigned int irq_ack(void)
{
	uint64_t pending = CSR_READ(sip) & CSR_READ(sie);
	unsigned int source;

	if (pending & SIE_SOFT) {
		CSR_CLEAR(sip, SIE_SOFT);
		return IRQ_IPI;
	}
	if (pending & SIE_TIMER)
		return IRQ_TIMER;
	if (!(pending & SIE_EXTERNAL))
		return IRQ_NONE;
	source = *(volatile uint32_t *)PLIC_CLAIM(this_cpu());
	return source ? source : IRQ_NONE;
}

static inline void irq_end(unsigned int irq)
{
	if (irq < IRQ_IPI)
		*(volatile uint32_t *)PLIC_CLAIM(this_cpu()) = irq;
}

/* The two lowest bits are set in what is not compressed. */
static inline uint64_t insn_next(uint64_t pc)
{
	return pc + ((*(volatile uint16_t *)pc & 3) == 3 ? 4 : 2);
}

static inline void copy_pair(uint64_t *to, const uint64_t *from)
{
	uint64_t x, y;

	__asm__ volatile("ld %0, 0(%2)\n\tld %1, 8(%2)\n\t"
			 "sd %0, 0(%3)\n\tsd %1, 8(%3)"
			 : "=&r"(x), "=&r"(y)
			 : "r"(from), "r"(to)
			 : "memory");
}

static inline void store_pair(volatile uint64_t *to, uint64_t value)
{
	__asm__ volatile("amoswap.d zero, %0, (%1)\n\t"
			 "amoswap.d zero, %0, (%2)" ::"r"(value),
			 "r"(&to[0]), "r"(&to[1])
			 : "memory");
}

/* start.S */
extern char secondary[];
extern uint64_t start_regs; /* all but a0 and a1, as the guest began */

#endif

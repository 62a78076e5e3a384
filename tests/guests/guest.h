/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the bare-metal test guests share. They know QEMU's virt machine by
 * heart, so that they run unchanged on bare QEMU and under any hypervisor that
 * shows that machine.
 *
 * A guest in this folder is written for what is declared here alone, and is
 * built for every architecture. <arch>/ has its machine, the guests that it
 * alone has, and what one here needs of it in a file of the same name.
 */
#ifndef GUEST_H
#define GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden) /* no GOT: addresses are PC-relative */

static inline uint32_t read32(uint64_t addr)
{
	return *(volatile uint32_t *)addr;
}

static inline void write32(uint64_t addr, uint32_t value)
{
	*(volatile uint32_t *)addr = value;
}

/** be32() - a cell of a device tree */
static inline uint32_t be32(uint64_t addr)
{
	uint32_t v = read32(addr);

	return v >> 24 | (v >> 8 & 0xff00) | (v & 0xff00) << 8 | v << 24;
}

/*
 * The machine's header defines, inline:
 *
 * RAM_BASE, UART_BASE, IRQCHIP_BASE   where things are
 * DOORBELL_BASE, IRQ_DOORBELL         of channels, where vms/ put it
 * KEY_BASE, IRQ_KEY                   PL061 with the power key
 * VIRTIO_BASE, VIRTIO_STRIDE          virtio's transports of the bare machine,
 * VIRTIO_SLOTS, IRQ_VIRTIO            and the first one's interrupt
 * IRQ_TIMER, IRQ_IPI, IRQ_NONE        what irq_ack() may say besides
 *
 * counter(), counter_ordered()        the second after all before it
 * counter_freq(), COUNTED_HZ          in Hz; and where QEMU -icount counts
 * this_cpu(), cpu_hwid()              0 or 1; and as the hardware names it
 * mb()                                memory and devices, both ways
 * irq_enable(), irq_disable(), wfi()  which wakes while they are masked, too
 * irq_ack(), irq_end(irq)             take one, if any; let the next come
 * timer_set(due), timer_off()         the timer's interrupt: an absolute time
 * ipi_send(cpu)
 * spin_hint()                         while another CPU is waited for
 * insn_next(pc)                       of the instruction behind this one
 * copy_pair(to, from)                 16 bytes, aligned
 * store_pair(to, value)               twice, by what no emulation stands for
 */
#include "machine.h"

/* The machine's code. */

/** irq_init() - this CPU's interrupts: timer and IPI; of CPU 0 all the rest
 * that irq_route() asks for */
void irq_init(unsigned int cpu);
/** irq_route() - a level interrupt of a device, to CPU 0 */
void irq_route(unsigned int irq);
/** uart_init() - so that typed characters arrive */
void uart_init(void);
/** uart_typed() - a typed character; -1: none */
int uart_typed(void);
void put(char c);
/** cpu_start() - CPU 1 enters guest_secondary(arg). Return: it was there */
bool cpu_start(uint64_t arg);
void power_off(void) __attribute__((noreturn));
void system_reset(void) __attribute__((noreturn));

/* lib.c */

void print(const char *text);
void print_dec(uint64_t value);
void print_hex(uint64_t value);
/** random64() - deterministic xorshift */
uint64_t random64(void);
/** argument() - what follows the first @key anywhere in the tree's blob, which
 * is good enough for us; NULL */
const char *argument(uint64_t dtb, const char *key);
/** argument_number() - in decimal */
uint64_t argument_number(uint64_t dtb, const char *key, uint64_t otherwise);

/* guest.lds, start.S */

extern char _start[], __bss_start[], __bss_end[];

/* What a guest writes. */

/** guest_main() - @entry_count: counter at the guest's first instruction */
void guest_main(uint64_t entry_count, uint64_t dtb);
void guest_secondary(uint64_t arg);
/** guest_irq() - @count: counter at the vector's first instruction */
void guest_irq(uint64_t count);
/** guest_sync() - an exception. Return: where to go on */
uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address);
void guest_unexpected(void);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers in device memory: single accesses of one width.
 *
 * Written as instructions, because a guest's or a debugger's view of them
 * (syndrome) needs plain loads and stores without write-back. Device-nGnRE
 * accesses of one CPU to one device stay in order; order against normal
 * memory is the caller's (arch_mb() and friends).
 */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <lib/types.h>

static inline uint8_t io_read8(const volatile void *addr)
{
	uint8_t value;

	__asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(addr) : "memory");
	return value;
}

static inline uint16_t io_read16(const volatile void *addr)
{
	uint16_t value;

	__asm__ volatile("ldrh %w0, [%1]" : "=r"(value) : "r"(addr) : "memory");
	return value;
}

static inline uint32_t io_read32(const volatile void *addr)
{
	uint32_t value;

	__asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(addr) : "memory");
	return value;
}

static inline uint64_t io_read64(const volatile void *addr)
{
	uint64_t value;

	__asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(addr) : "memory");
	return value;
}

static inline void io_write8(volatile void *addr, uint8_t value)
{
	__asm__ volatile("strb %w0, [%1]" ::"rZ"(value), "r"(addr) : "memory");
}

static inline void io_write16(volatile void *addr, uint16_t value)
{
	__asm__ volatile("strh %w0, [%1]" ::"rZ"(value), "r"(addr) : "memory");
}

static inline void io_write32(volatile void *addr, uint32_t value)
{
	__asm__ volatile("str %w0, [%1]" ::"rZ"(value), "r"(addr) : "memory");
}

static inline void io_write64(volatile void *addr, uint64_t value)
{
	__asm__ volatile("str %x0, [%1]" ::"rZ"(value), "r"(addr) : "memory");
}

#endif

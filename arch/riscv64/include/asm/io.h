/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registers in device memory: single accesses of one width.
 *
 * Accesses of one hart to one device stay in order (I/O regions are strongly
 * ordered channels, Privileged ISA 3.6.5); order against normal memory is the
 * caller's (arch_mb() and friends).
 */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <lib/types.h>

/* clang-format off */
#define IO_READ(bits, instruction)					\
	static inline uint##bits##_t io_read##bits(			\
		const volatile void *addr)				\
	{								\
		uint##bits##_t value;					\
									\
		__asm__ volatile(instruction " %0, 0(%1)"		\
				 : "=r"(value) : "r"(addr) : "memory");	\
		return value;						\
	}
#define IO_WRITE(bits, instruction)					\
	static inline void io_write##bits(volatile void *addr,		\
					  uint##bits##_t value)		\
	{								\
		__asm__ volatile(instruction " %z0, 0(%1)"		\
				 :: "rJ"(value), "r"(addr) : "memory");	\
	}
/* clang-format on */

IO_READ(8, "lbu")
IO_READ(16, "lhu")
IO_READ(32, "lw")
IO_READ(64, "ld")
IO_WRITE(8, "sb")
IO_WRITE(16, "sh")
IO_WRITE(32, "sw")
IO_WRITE(64, "sd")

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control and status registers, RISC-V Privileged ISA; for assembly too.
 * Those that old assemblers do not know by name stand here by number.
 */
#ifndef ASM_CSR_H
#define ASM_CSR_H

/* clang-format off */
#define CSR_STIMECMP		0x14d	/* Sstc */

/* sstatus, 12.1.1 */
#define SSTATUS_SIE		0x2
#define SSTATUS_SPIE		0x20
#define SSTATUS_SPP		0x100
#define SSTATUS_VS		0x600
#define SSTATUS_FS		0x6000
#define SSTATUS_SUM		0x40000
#define SSTATUS_MXR		0x80000

/* stvec, 12.1.2: each interrupt has its own entry */
#define STVEC_VECTORED		1

/* satp, 12.1.11 */
#define SATP_MODE_SHIFT		60
#define SATP_SV39		8
#define SATP_SV48		9
#define SATP_SV57		10

/* scause, table 12.2: exceptions */
#define CAUSE_FETCH_MISALIGNED	0
#define CAUSE_FETCH_ACCESS	1
#define CAUSE_ILLEGAL		2
#define CAUSE_BREAKPOINT	3
#define CAUSE_LOAD_MISALIGNED	4
#define CAUSE_LOAD_ACCESS	5
#define CAUSE_STORE_MISALIGNED	6
#define CAUSE_STORE_ACCESS	7
#define CAUSE_FETCH_PAGE	12
#define CAUSE_LOAD_PAGE		13
#define CAUSE_STORE_PAGE	15
/* clang-format on */

#ifndef __ASSEMBLY__
#include <lib/types.h>

/* A number of the above in an instruction's text. */
#define CSR_TEXT_(csr) #csr
#define CSR_TEXT(csr) CSR_TEXT_(csr)

#define csr_read(csr)                                                          \
	({                                                                     \
		uint64_t csr_value;                                            \
		__asm__ volatile("csrr %0, " CSR_TEXT(csr)                     \
				 : "=r"(csr_value)::"memory");                 \
		csr_value;                                                     \
	})
#define csr_write(value, csr)                                                  \
	__asm__ volatile(                                                      \
		"csrw " CSR_TEXT(csr) ", %0" ::"rK"((uint64_t)(value))         \
		: "memory")
#define csr_set(bits, csr)                                                     \
	__asm__ volatile("csrs " CSR_TEXT(csr) ", %0" ::"rK"((uint64_t)(bits)) \
			 : "memory")
#define csr_clear(bits, csr)                                                   \
	__asm__ volatile("csrc " CSR_TEXT(csr) ", %0" ::"rK"((uint64_t)(bits)) \
			 : "memory")
#endif

#endif

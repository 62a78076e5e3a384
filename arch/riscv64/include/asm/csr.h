/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control and status registers, RISC-V Privileged ISA; for assembly too.
 * Those that old assemblers do not know by name stand here by number.
 */
#ifndef ASM_CSR_H
#define ASM_CSR_H

/* clang-format off */
#define CSR_STIMECMP		0x14d	/* Sstc */
#define CSR_SCOUNTEREN		0x106
#define CSR_SENVCFG		0x10a
#define CSR_SISELECT		0x150	/* AIA 1.0, chapter 2 */
#define CSR_SIREG		0x151
#define CSR_STOPEI		0x15c
#define CSR_VSSTATUS		0x200	/* H, chapter 21 of 20240411 */
#define CSR_VSIE		0x204
#define CSR_VSTVEC		0x205
#define CSR_VSSCRATCH		0x240
#define CSR_VSEPC		0x241
#define CSR_VSCAUSE		0x242
#define CSR_VSTVAL		0x243
#define CSR_VSIP		0x244
#define CSR_VSTIMECMP		0x24d
#define CSR_VSISELECT		0x250	/* AIA 1.0, chapter 6 */
#define CSR_VSIREG		0x251
#define CSR_VSATP		0x280
#define CSR_HSTATUS		0x600
#define CSR_HEDELEG		0x602
#define CSR_HIDELEG		0x603
#define CSR_HIE			0x604
#define CSR_HTIMEDELTA		0x605
#define CSR_HCOUNTEREN		0x606
#define CSR_HGEIE		0x607
#define CSR_HVIEN		0x608	/* AIA */
#define CSR_HVICTL		0x609
#define CSR_HENVCFG		0x60a
#define CSR_HSTATEEN0		0x60c	/* Smstateen */
#define CSR_HTVAL		0x643
#define CSR_HIP			0x644
#define CSR_HVIP		0x645
#define CSR_HVIPRIO1		0x646	/* AIA */
#define CSR_HVIPRIO2		0x647
#define CSR_HTINST		0x64a
#define CSR_HGATP		0x680
#define CSR_HGEIP		0xe12

/* sstatus, 12.1.1 */
#define SSTATUS_SIE		0x2
#define SSTATUS_SPIE		0x20
#define SSTATUS_SPP		0x100
#define SSTATUS_VS		0x600
#define SSTATUS_FS		0x6000
#define SSTATUS_FS_CLEAN	0x4000
#define SSTATUS_SUM		0x40000
#define SSTATUS_MXR		0x80000

/* stvec, 12.1.2: each interrupt has its own entry */
#define STVEC_VECTORED		1

/* satp, 12.1.11 */
#define SATP_MODE_SHIFT		60
#define SATP_SV39		8
#define SATP_SV48		9
#define SATP_SV57		10

/* scause, table 12.2 */
#define CAUSE_INTERRUPT		(1ull << 63)
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
#define CAUSE_USER_ECALL	8
#define CAUSE_VS_ECALL		10
#define CAUSE_FETCH_GUEST	20
#define CAUSE_LOAD_GUEST	21
#define CAUSE_VIRTUAL_INSN	22
#define CAUSE_STORE_GUEST	23

/* hstatus, H 2.1 */
#define HSTATUS_SPV		0x80
#define HSTATUS_SPVP		0x100
#define HSTATUS_VGEIN		0x3f000
#define HSTATUS_VGEIN_SHIFT	12
#define HSTATUS_VTW		0x200000
#define HSTATUS_VSXL_64		0x200000000

/* hvictl, AIA 6.3.3: the interrupt of IID; the lowest bits are IPRIO */
#define HVICTL_EXTERNAL		(9ull << 16)

/* hideleg, hvip, vsip's counterparts: H 2.3 */
#define HVIP_VSSIP		0x4
#define HVIP_VSTIP		0x40
#define HVIP_VSEIP		0x400

/* henvcfg, H 2.6 */
#define HENVCFG_CBIE_FLUSH	(1ull << 4)
#define HENVCFG_CBCFE		(1ull << 6)
#define HENVCFG_CBZE		(1ull << 7)
#define HENVCFG_ADUE		(1ull << 61)
#define HENVCFG_PBMTE		(1ull << 62)
#define HENVCFG_STCE		(1ull << 63)
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
/* what it was */
#define csr_swap(value, csr)                                                   \
	({                                                                     \
		uint64_t csr_value;                                            \
		__asm__ volatile("csrrw %0, " CSR_TEXT(csr) ", %z1"            \
				 : "=r"(csr_value)                             \
				 : "rJ"((uint64_t)(value))                     \
				 : "memory");                                  \
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

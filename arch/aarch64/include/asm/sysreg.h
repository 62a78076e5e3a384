/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System registers: accessors, generic encodings for those that an older
 * assembler may not know, and field names. Arm ARM DDI 0487, chapter D19 and
 * GIC IHI 0069, chapter 12.
 *
 * Also included by assembly.
 */
#ifndef ASM_SYSREG_H
#define ASM_SYSREG_H

#ifndef __ASSEMBLER__
#include <stdint.h>

#define SYSREG_STR_(x) #x
#define SYSREG_STR(x) SYSREG_STR_(x)

/** read_sysreg() - by name or by one of the encodings below */
#define read_sysreg(reg)                                                       \
	({                                                                     \
		uint64_t _sysreg;                                              \
		__asm__ volatile("mrs %0, " SYSREG_STR(reg) : "=r"(_sysreg));  \
		_sysreg;                                                       \
	})

#define write_sysreg(value, reg)                                               \
	__asm__ volatile("msr " SYSREG_STR(reg) ", %x0"                        \
			 :                                                     \
			 : "rZ"((uint64_t)(value))                             \
			 : "memory")

static inline void isb(void)
{
	__asm__ volatile("isb" ::: "memory");
}

#define dsb(domain) __asm__ volatile("dsb " #domain ::: "memory")
#define dmb(domain) __asm__ volatile("dmb " #domain ::: "memory")
#endif

/* clang-format off */

/* GICv3 CPU interface */
#define ICC_PMR_EL1		S3_0_C4_C6_0
#define ICC_IAR0_EL1		S3_0_C12_C8_0
#define ICC_EOIR0_EL1		S3_0_C12_C8_1
#define ICC_HPPIR0_EL1		S3_0_C12_C8_2
#define ICC_BPR0_EL1		S3_0_C12_C8_3
#define ICC_AP0R0_EL1		S3_0_C12_C8_4
#define ICC_AP1R0_EL1		S3_0_C12_C9_0
#define ICC_DIR_EL1		S3_0_C12_C11_1
#define ICC_RPR_EL1		S3_0_C12_C11_3
#define ICC_SGI1R_EL1		S3_0_C12_C11_5
#define ICC_ASGI1R_EL1		S3_0_C12_C11_6
#define ICC_SGI0R_EL1		S3_0_C12_C11_7
#define ICC_IAR1_EL1		S3_0_C12_C12_0
#define ICC_EOIR1_EL1		S3_0_C12_C12_1
#define ICC_HPPIR1_EL1		S3_0_C12_C12_2
#define ICC_BPR1_EL1		S3_0_C12_C12_3
#define ICC_CTLR_EL1		S3_0_C12_C12_4
#define ICC_SRE_EL1		S3_0_C12_C12_5
#define ICC_IGRPEN0_EL1		S3_0_C12_C12_6
#define ICC_IGRPEN1_EL1		S3_0_C12_C12_7
#define ICC_SRE_EL2		S3_4_C12_C9_5

/* GICv3 virtual interface control */
#define ICH_AP0R0_EL2		S3_4_C12_C8_0
#define ICH_AP0R1_EL2		S3_4_C12_C8_1
#define ICH_AP0R2_EL2		S3_4_C12_C8_2
#define ICH_AP0R3_EL2		S3_4_C12_C8_3
#define ICH_AP1R0_EL2		S3_4_C12_C9_0
#define ICH_AP1R1_EL2		S3_4_C12_C9_1
#define ICH_AP1R2_EL2		S3_4_C12_C9_2
#define ICH_AP1R3_EL2		S3_4_C12_C9_3
#define ICH_HCR_EL2		S3_4_C12_C11_0
#define ICH_VTR_EL2		S3_4_C12_C11_1
#define ICH_MISR_EL2		S3_4_C12_C11_2
#define ICH_EISR_EL2		S3_4_C12_C11_3
#define ICH_ELRSR_EL2		S3_4_C12_C11_5
#define ICH_VMCR_EL2		S3_4_C12_C11_7
#define ICH_LR0_EL2		S3_4_C12_C12_0
#define ICH_LR1_EL2		S3_4_C12_C12_1
#define ICH_LR2_EL2		S3_4_C12_C12_2
#define ICH_LR3_EL2		S3_4_C12_C12_3
#define ICH_LR4_EL2		S3_4_C12_C12_4
#define ICH_LR5_EL2		S3_4_C12_C12_5
#define ICH_LR6_EL2		S3_4_C12_C12_6
#define ICH_LR7_EL2		S3_4_C12_C12_7
#define ICH_LR8_EL2		S3_4_C12_C13_0
#define ICH_LR9_EL2		S3_4_C12_C13_1
#define ICH_LR10_EL2		S3_4_C12_C13_2
#define ICH_LR11_EL2		S3_4_C12_C13_3
#define ICH_LR12_EL2		S3_4_C12_C13_4
#define ICH_LR13_EL2		S3_4_C12_C13_5
#define ICH_LR14_EL2		S3_4_C12_C13_6
#define ICH_LR15_EL2		S3_4_C12_C13_7

/* HCR_EL2, D19.2.48 */
#define HCR_VM			(UL(1) << 0)
#define HCR_SWIO		(UL(1) << 1)
#define HCR_PTW			(UL(1) << 2)
#define HCR_FMO			(UL(1) << 3)
#define HCR_IMO			(UL(1) << 4)
#define HCR_AMO			(UL(1) << 5)
#define HCR_VF			(UL(1) << 6)
#define HCR_VI			(UL(1) << 7)
#define HCR_VSE			(UL(1) << 8)
#define HCR_FB			(UL(1) << 9)
#define HCR_BSU_IS		(UL(1) << 10)
#define HCR_DC			(UL(1) << 12)
#define HCR_TWI			(UL(1) << 13)
#define HCR_TWE			(UL(1) << 14)
#define HCR_TID0		(UL(1) << 15)
#define HCR_TID1		(UL(1) << 16)
#define HCR_TID2		(UL(1) << 17)
#define HCR_TID3		(UL(1) << 18)
#define HCR_TSC			(UL(1) << 19)
#define HCR_TIDCP		(UL(1) << 20)
#define HCR_TACR		(UL(1) << 21)
#define HCR_TSW			(UL(1) << 22)
#define HCR_TPCP		(UL(1) << 23)
#define HCR_TPU			(UL(1) << 24)
#define HCR_TTLB		(UL(1) << 25)
#define HCR_TVM			(UL(1) << 26)
#define HCR_TGE			(UL(1) << 27)
#define HCR_TDZ			(UL(1) << 28)
#define HCR_HCD			(UL(1) << 29)
#define HCR_TRVM		(UL(1) << 30)
#define HCR_RW			(UL(1) << 31)
#define HCR_E2H			(UL(1) << 34)
#define HCR_TLOR		(UL(1) << 35)
#define HCR_TERR		(UL(1) << 36)
#define HCR_TEA			(UL(1) << 37)
#define HCR_APK			(UL(1) << 40)
#define HCR_API			(UL(1) << 41)
#define HCR_FIEN		(UL(1) << 47)
#define HCR_TID4		(UL(1) << 49)
#define HCR_TICAB		(UL(1) << 50)
#define HCR_TOCU		(UL(1) << 52)
#define HCR_ENSCXT		(UL(1) << 53)
#define HCR_ATA			(UL(1) << 56)
#define HCR_TID5		(UL(1) << 58)

/* ESR_ELx exception classes, D19.2.37 */
#define ESR_EC_SHIFT		26
#define ESR_EC(esr)		(((esr) >> ESR_EC_SHIFT) & 0x3f)
#define ESR_IL			(UL(1) << 25)
#define ESR_ISS(esr)		((esr) & 0x1ffffff)
#define ESR_EC_UNKNOWN		0x00
#define ESR_EC_WFX		0x01
#define ESR_EC_CP15_32		0x03
#define ESR_EC_CP15_64		0x04
#define ESR_EC_CP14_32		0x05
#define ESR_EC_CP14_LS		0x06
#define ESR_EC_FP		0x07
#define ESR_EC_CP10_ID		0x08
#define ESR_EC_PAC		0x09
#define ESR_EC_LD64B		0x0a
#define ESR_EC_CP14_64		0x0c
#define ESR_EC_BTI		0x0d
#define ESR_EC_ILLEGAL		0x0e
#define ESR_EC_SVC32		0x11
#define ESR_EC_HVC32		0x12
#define ESR_EC_SMC32		0x13
#define ESR_EC_SVC64		0x15
#define ESR_EC_HVC64		0x16
#define ESR_EC_SMC64		0x17
#define ESR_EC_SYSREG		0x18
#define ESR_EC_SVE		0x19
#define ESR_EC_ERET		0x1a
#define ESR_EC_SME		0x1d
#define ESR_EC_IABT_LOW		0x20
#define ESR_EC_IABT_CUR		0x21
#define ESR_EC_PC_ALIGN		0x22
#define ESR_EC_DABT_LOW		0x24
#define ESR_EC_DABT_CUR		0x25
#define ESR_EC_SP_ALIGN		0x26
#define ESR_EC_FP_EXC		0x2c
#define ESR_EC_SERROR		0x2f
#define ESR_EC_BRK64		0x3c

/* SCTLR_EL2 with E2H = 0, D19.2.119; what later versions gave a meaning
 * keeps its old behaviour by the RES1 values */
#define SCTLR_EL2_RES1		0x30c50830
#define SCTLR_M			(1 << 0)
#define SCTLR_A			(1 << 1)
#define SCTLR_C			(1 << 2)
#define SCTLR_SA		(1 << 3)
#define SCTLR_I			(1 << 12)
#define SCTLR_WXN		(1 << 19)

/* TCR_EL2 with E2H = 0, D19.2.140 */
#define TCR_EL2_RES1		((UL(1) << 31) | (UL(1) << 23))
#define TCR_T0SZ(bits)		(64 - (bits))
#define TCR_IRGN0_WBWA		(UL(1) << 8)
#define TCR_ORGN0_WBWA		(UL(1) << 10)
#define TCR_SH0_INNER		(UL(3) << 12)
#define TCR_PS_SHIFT		16

/* VTCR_EL2, D19.2.158 */
#define VTCR_RES1		(UL(1) << 31)
#define VTCR_T0SZ(bits)		(64 - (bits))
#define VTCR_SL0_SHIFT		6
#define VTCR_IRGN0_WBWA		(UL(1) << 8)
#define VTCR_ORGN0_WBWA		(UL(1) << 10)
#define VTCR_SH0_INNER		(UL(3) << 12)
#define VTCR_PS_SHIFT		16
#define VTCR_VS			(UL(1) << 19)

/* VTTBR_EL2 */
#define VTTBR_VMID_SHIFT	48

/* MAIR_EL2 as this host uses it: attribute indexes and their values */
#define MAIR_IDX_NORMAL		0
#define MAIR_IDX_DEVICE		1
#define MAIR_IDX_UNCACHED	2
#define MAIR_EL2_VALUE		0x4404ff

/* CPTR_EL2 with E2H = 0, D19.2.30: FP/SIMD untrapped, SVE and SME trapped */
#define CPTR_EL2_DEFAULT	0x33ff
#define CPTR_TFP		(1 << 10)

/* SPSR, DAIF */
#define PSR_MODE_EL1T		0x4
#define PSR_MODE_EL1H		0x5
#define PSR_MODE_EL2T		0x8
#define PSR_MODE_EL2H		0x9
#define PSR_MODE_A32		0x10
#define PSR_F			(1 << 6)
#define PSR_I			(1 << 7)
#define PSR_A			(1 << 8)
#define PSR_D			(1 << 9)

/* CTR_EL0 */
#define CTR_DMINLINE(ctr)	(((ctr) >> 16) & 0xf)
#define CTR_DIC			(UL(1) << 29)

/* MPIDR_EL1 affinity fields: Aff3 at 39:32, Aff2..0 at 23:0 */
#define MPIDR_AFF_MASK		UL(0xff00ffffff)

/* clang-format on */

#ifdef __ASSEMBLER__
#define UL(x) x
#else
#define UL(x) x##ul
#endif

#endif

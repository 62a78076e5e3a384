/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to firmware: the RISC-V SBI specification, chapters 3 to 12. */
#ifndef ASM_SBI_H
#define ASM_SBI_H

#include <lib/types.h>

/* clang-format off */
#define SBI_EXT_BASE		0x10
#define   SBI_BASE_PROBE	3
#define   SBI_BASE_MVENDORID	4
#define   SBI_BASE_MARCHID	5
#define   SBI_BASE_MIMPID	6
#define SBI_EXT_TIME		0x54494d45
#define   SBI_TIME_SET		0
#define SBI_EXT_IPI		0x735049
#define   SBI_IPI_SEND		0
#define SBI_EXT_RFENCE		0x52464e43
#define   SBI_RFENCE_I		0
#define   SBI_RFENCE_VMA	1
#define   SBI_RFENCE_HFENCE_GVMA_VMID 3
#define   SBI_RFENCE_HFENCE_VVMA_ASID 5	/* of the caller's VMID */
#define   SBI_RFENCE_HFENCE_VVMA 6	/* the same */
#define SBI_EXT_HSM		0x48534d
#define   SBI_HSM_START		0
#define SBI_EXT_SRST		0x53525354
#define   SBI_SRST_RESET	0
#define     SBI_SRST_SHUTDOWN	0
#define     SBI_SRST_COLD_REBOOT 1
#define SBI_EXT_DBCN		0x4442434e
#define   SBI_DBCN_WRITE_BYTE	2
#define SBI_EXT_LEGACY_PUTCHAR	1

#define SBI_SUCCESS		0
#define SBI_ERR_INVALID_PARAM	(-3)
/* clang-format on */

/* hart_mask_base that means every hart */
#define SBI_ALL_HARTS UINT64_MAX

struct sbi_ret {
	int64_t error;
	uint64_t value;
};

/** sbi_call5() - one call to M-mode; arguments that @fid lacks are 0 */
struct sbi_ret sbi_call5(uint64_t ext, uint64_t fid, uint64_t a0, uint64_t a1,
			 uint64_t a2, uint64_t a3, uint64_t a4);

/** sbi_call() - the same for functions that lack the last */
static inline struct sbi_ret sbi_call(uint64_t ext, uint64_t fid, uint64_t a0,
				      uint64_t a1, uint64_t a2, uint64_t a3)
{
	return sbi_call5(ext, fid, a0, a1, a2, a3, 0);
}

/** sbi_has() - firmware knows the extension */
bool sbi_has(uint64_t ext);

#endif

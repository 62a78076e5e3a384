/* SPDX-License-Identifier: Apache-2.0 */
/* Calls to firmware by SMC, Arm DEN 0028; and PSCI, Arm DEN 0022. */
#ifndef ASM_SMCCC_H
#define ASM_SMCCC_H

#include <lib/types.h>

struct smccc_result {
	uint64_t x[4];
};

/** smccc_smc() - one call to EL3; without EL3 see psci_available() */
void smccc_smc(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3,
	       struct smccc_result *result);

/** psci_available() - the host tree names a PSCI firmware */
bool psci_available(void);

/* clang-format off */
#define PSCI_VERSION		0x84000000u
#define PSCI_CPU_SUSPEND_32	0x84000001u
#define PSCI_CPU_SUSPEND_64	0xc4000001u
#define PSCI_CPU_OFF		0x84000002u
#define PSCI_CPU_ON_32		0x84000003u
#define PSCI_CPU_ON_64		0xc4000003u
#define PSCI_AFFINITY_INFO_32	0x84000004u
#define PSCI_AFFINITY_INFO_64	0xc4000004u
#define PSCI_MIGRATE_INFO_TYPE	0x84000006u
#define PSCI_SYSTEM_OFF		0x84000008u
#define PSCI_SYSTEM_RESET	0x84000009u
#define PSCI_FEATURES		0x8400000au
#define PSCI_SYSTEM_RESET2_32	0x84000012u
#define PSCI_SYSTEM_RESET2_64	0xc4000012u
#define SMCCC_VERSION		0x80000000u
#define SMCCC_ARCH_FEATURES	0x80000001u
#define SMCCC_ARCH_SOC_ID	0x80000002u
#define SMCCC_ARCH_WORKAROUND_1	0x80008000u
#define SMCCC_ARCH_WORKAROUND_2	0x80007fffu
#define SMCCC_ARCH_WORKAROUND_3	0x80003fffu

#define PSCI_RET_SUCCESS		0
#define PSCI_RET_NOT_SUPPORTED		(-1)
#define PSCI_RET_INVALID_PARAMETERS	(-2)
#define PSCI_RET_DENIED			(-3)
#define PSCI_RET_ALREADY_ON		(-4)
#define PSCI_RET_ON_PENDING		(-5)
#define PSCI_RET_INTERNAL_FAILURE	(-6)
#define PSCI_RET_NOT_PRESENT		(-7)
#define PSCI_RET_DISABLED		(-8)
#define PSCI_RET_INVALID_ADDRESS	(-9)
/* clang-format on */

#endif

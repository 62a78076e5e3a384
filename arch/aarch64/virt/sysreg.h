/* SPDX-License-Identifier: Apache-2.0 */
/* Trapped system registers and instructions of AArch64. */
#ifndef VIRT_SYSREG_H
#define VIRT_SYSREG_H

#include <lib/types.h>
#include <lib/util.h>

struct vcpu;

/* op0:2 op1:3 CRn:4 CRm:4 op2:3, as in the instruction, 16 bits */
#define SYSREG_ENC(op0, op1, crn, crm, op2)                                    \
	((uint16_t)((op0) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 |      \
		    (op2)))

/**
 * struct sysreg_access - one MSR, MRS or SYS
 * @value: of a write; result of a read
 */
struct sysreg_access {
	uint64_t value;
	uint16_t enc;
	bool write;
};

/**
 * sysreg_access() - do it for the guest
 *
 * Return: false: the instruction is undefined there.
 */
bool sysreg_access(struct vcpu *vcpu, struct sysreg_access *access);

/** sysreg_table_ok() - the rows ascend, as the search needs */
bool sysreg_table_ok(void);

/* idregs.c, pure: feature registers, op0 3, op1 0, CRn 0, CRm 1..7 */

/** idreg_show() - what of a feature register guests see */
uint64_t idreg_show(unsigned int crm, unsigned int op2, uint64_t host);

/* idregs_host.c: */
/** idregs_probe() - read this CPU's, keep what all guests are shown */
void idregs_probe(void);
/** idreg_read() - of any CRm 0..7, op2 0..7 */
uint64_t idreg_read(unsigned int crm, unsigned int op2);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/* Firmware that there is none of. */
#include <asm/smccc.h>

#include <stdlib.h>

bool psci_available(void)
{
	return false;
}

void smccc_smc(uint64_t fn, uint64_t a1, uint64_t a2, uint64_t a3,
	       struct smccc_result *result)
{
	(void)fn, (void)a1, (void)a2, (void)a3, (void)result;
	abort();
}

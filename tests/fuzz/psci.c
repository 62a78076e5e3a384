/* SPDX-License-Identifier: Apache-2.0 */
/* Any registers as a PSCI call: the answer is one of those that exist. */
#include <stdlib.h>
#include <string.h>

#include "../../arch/aarch64/virt/psci.h"

static int cpu_state(void *ctx, uint64_t hwid)
{
	(void)ctx;
	return hwid > 1 ? -1 : hwid == 0;
}

static bool entry_valid(void *ctx, uint64_t entry)
{
	(void)ctx;
	return entry >= 0x40000000 && entry < 0x50000000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct psci_vm vm = {cpu_state, entry_valid};
	struct psci_result result = {0};
	enum psci_action action;
	uint64_t x[4] = {0};

	memcpy(x, data, size < sizeof(x) ? size : sizeof(x));
	if (size < 4)
		return 0;
	/* most inputs shall be calls */
	if (data[0] & 0x80)
		x[0] = (x[0] & 0x4000001f) | 0x84000000;
	if (!PSCI_IS_CALL(x[0]))
		return 0;
	action = psci_call(x, &vm, NULL, &result);
	if (action > PSCI_DO_RESET)
		abort();
	/* who the target is, the VM judges */
	if (action == PSCI_DO_CPU_ON && !entry_valid(NULL, result.entry))
		abort();
	return 0;
}

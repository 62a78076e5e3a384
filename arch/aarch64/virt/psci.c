/* SPDX-License-Identifier: Apache-2.0 */
/* PSCI for guests: one row for each function, default NOT_SUPPORTED. */
#include "psci.h"

#include <asm/smccc.h>
#include <lib/util.h>

#define PSCI_VERSION_1_1 0x10001
#define MIGRATE_NOT_NEEDED 2 /* no Trusted OS, 5.8.1 */
#define RESET2_WARM 0        /* 5.12.1; bit 31 would be the vendor's own */
#define SMC64 BIT(30)

/* hwid: Aff3 at 39:32, Aff2..0 at 23:0; the rest is zero, 5.1.4 */
#define TARGET_RES0 ~(uint64_t)0xff00ffffff

/* power_state: 27:26 and 15:0 of the original format are the platform's */
#define POWER_STATE_RES0 0xfcfe0000u

/* @mask: of SMC32, where the upper halves of the registers mean nothing */
typedef enum psci_action (*psci_fn)(const uint64_t *args, uint64_t mask,
				    const struct psci_vm *vm, void *ctx,
				    struct psci_result *result);

#define ARG(n) (args[n] & mask)

static enum psci_action answer(struct psci_result *result, int64_t value)
{
	result->value = (uint64_t)value;
	return PSCI_DO_ANSWER;
}

#define PSCI_HANDLER(name)                                                     \
	static enum psci_action name(                                          \
		const uint64_t *args __unused_arg, uint64_t mask __unused_arg, \
		const struct psci_vm *vm __unused_arg, void *ctx __unused_arg, \
		struct psci_result *result)

PSCI_HANDLER(version)
{
	return answer(result, PSCI_VERSION_1_1);
}

PSCI_HANDLER(cpu_suspend)
{
	if (ARG(0) & POWER_STATE_RES0)
		return answer(result, PSCI_RET_INVALID_PARAMETERS);
	/* any state is entered as the shallowest, which loses nothing: 5.20.1
	 * lets a power-down request return as a standby does */
	result->value = PSCI_RET_SUCCESS;
	return PSCI_DO_SUSPEND;
}

PSCI_HANDLER(cpu_off)
{
	result->value = 0;
	return PSCI_DO_CPU_OFF;
}

PSCI_HANDLER(cpu_on)
{
	if (ARG(0) & TARGET_RES0)
		return answer(result, PSCI_RET_INVALID_PARAMETERS);
	/* bit 0 would ask for T32, which EL1 has not */
	if ((ARG(1) & 3) || !vm->entry_valid(ctx, ARG(1)))
		return answer(result, PSCI_RET_INVALID_ADDRESS);
	result->hwid = ARG(0);
	result->entry = ARG(1);
	result->arg = ARG(2);
	return PSCI_DO_CPU_ON;
}

PSCI_HANDLER(affinity_info)
{
	int state;

	/* levels above the CPU's own are optional since 1.0: 5.7.2 */
	if ((ARG(0) & TARGET_RES0) || ARG(1))
		return answer(result, PSCI_RET_INVALID_PARAMETERS);
	state = vm->cpu_state(ctx, ARG(0));
	if (state < 0)
		return answer(result, PSCI_RET_INVALID_PARAMETERS);
	return answer(result, state ? 0 : 1);
}

PSCI_HANDLER(migrate_info_type)
{
	return answer(result, MIGRATE_NOT_NEEDED);
}

PSCI_HANDLER(system_off)
{
	result->value = 0;
	return PSCI_DO_OFF;
}

PSCI_HANDLER(system_reset)
{
	result->value = 0;
	return PSCI_DO_RESET;
}

PSCI_HANDLER(system_reset2)
{
	if ((uint32_t)ARG(0) != RESET2_WARM)
		return answer(result, PSCI_RET_INVALID_PARAMETERS);
	result->value = 0;
	return PSCI_DO_RESET;
}

PSCI_HANDLER(features)
{
	uint32_t fn = (uint32_t)ARG(0);

	/* CPU_SUSPEND's flags: original format, no OS-initiated mode: 0 too */
	if (fn == SMCCC_VERSION || psci_has(fn))
		return answer(result, 0);
	return answer(result, PSCI_RET_NOT_SUPPORTED);
}

enum { CALL_32 = 1, CALL_64 = 2 };

/* By the low five bits of the function number. */
static const struct psci_row {
	psci_fn fn;
	uint8_t widths;
} rows[32] = {
	[0x00] = {version, CALL_32},
	[0x01] = {cpu_suspend, CALL_32 | CALL_64},
	[0x02] = {cpu_off, CALL_32},
	[0x03] = {cpu_on, CALL_32 | CALL_64},
	[0x04] = {affinity_info, CALL_32 | CALL_64},
	[0x06] = {migrate_info_type, CALL_32},
	[0x08] = {system_off, CALL_32},
	[0x09] = {system_reset, CALL_32},
	[0x0a] = {features, CALL_32},
	[0x12] = {system_reset2, CALL_32 | CALL_64},
};

static const struct psci_row *find(uint32_t fn)
{
	const struct psci_row *row = &rows[fn & 0x1f];

	return row->widths & (fn & SMC64 ? CALL_64 : CALL_32) ? row : NULL;
}

bool psci_has(uint32_t fn)
{
	return PSCI_IS_CALL(fn) && find(fn);
}

enum psci_action psci_call(const uint64_t *x, const struct psci_vm *vm,
			   void *ctx, struct psci_result *result)
{
	uint32_t fn = (uint32_t)x[0];
	const struct psci_row *row = find(fn);

	if (!row)
		return answer(result, PSCI_RET_NOT_SUPPORTED);
	return row->fn(x + 1, fn & SMC64 ? UINT64_MAX : UINT32_MAX, vm, ctx,
		       result);
}

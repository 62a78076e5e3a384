/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SBI for guests: a row for each extension, in it one for each function;
 * whatever has none is SBI_ERR_NOT_SUPPORTED, and so found by a probe: PMU,
 * SUSP, CPPC, NACL, FWFT ...
 */
#include "sbi.h"

#include <lib/util.h>

#define SBI_VERSION_2_0 0x2000000
/* "HVC": of no other implementation in 4.9, none's workarounds apply */
#define SBI_IMPL_ID 0x485643
#define SBI_IMPL_VERSION 1

/* 9.4, suspend types; all others are reserved or the platform's */
#define SUSPEND_KEEP 0
#define SUSPEND_LOSE 0x80000000u

/* Chapter 10 */
enum { RESET_SHUTDOWN, RESET_COLD, RESET_WARM };
enum { REASON_NONE, REASON_FAILURE };

typedef enum sbi_action (*sbi_fn)(const uint64_t *a, const struct sbi_vm *vm,
				  void *ctx, struct sbi_result *result);

#define SBI_HANDLER(name)                                                      \
	static enum sbi_action name(const uint64_t *a __unused_arg,            \
				    const struct sbi_vm *vm __unused_arg,      \
				    void *ctx __unused_arg,                    \
				    struct sbi_result *result __unused_arg)

static enum sbi_action answer(struct sbi_result *result, uint64_t value)
{
	result->value = value;
	return SBI_DO_ANSWER;
}

static enum sbi_action refuse(struct sbi_result *result, enum sbi_error error)
{
	result->error = error;
	return SBI_DO_ANSWER;
}

/*
 * Base, chapter 4
 */
static bool has_extension(uint64_t eid);

SBI_HANDLER(spec_version)
{
	return answer(result, SBI_VERSION_2_0);
}

SBI_HANDLER(impl_id)
{
	return answer(result, SBI_IMPL_ID);
}

SBI_HANDLER(impl_version)
{
	return answer(result, SBI_IMPL_VERSION);
}

SBI_HANDLER(probe_extension)
{
	return answer(result, has_extension(a[0]));
}

SBI_HANDLER(mvendorid)
{
	return answer(result, vm->machine_id(ctx, 0));
}

SBI_HANDLER(marchid)
{
	return answer(result, vm->machine_id(ctx, 1));
}

SBI_HANDLER(mimpid)
{
	return answer(result, vm->machine_id(ctx, 2));
}

/*
 * Timer, chapter 6
 */
SBI_HANDLER(set_timer)
{
	result->deadline = a[0];
	return SBI_DO_TIMER;
}

/*
 * IPI and remote fences, chapters 7 and 8
 */

/* a0, a1: 3.1. False: one of them does not exist. */
static bool harts_named(const uint64_t *a, const struct sbi_vm *vm, void *ctx,
			struct sbi_result *result)
{
	uint64_t base = a[1];

	if (base == UINT64_MAX) {
		result->vcpus = vm->vcpus(ctx);
		return true;
	}
	for (uint64_t mask = a[0], id = base; mask; mask >>= 1, id++) {
		int vcpu;

		if (!(mask & 1))
			continue;
		vcpu = id < base ? -1 : vm->vcpu_of(ctx, id);
		if (vcpu < 0)
			return false;
		result->vcpus |= BIT(vcpu);
	}
	return true;
}

SBI_HANDLER(send_ipi)
{
	if (!harts_named(a, vm, ctx, result))
		return refuse(result, SBI_ERR_INVALID_PARAM);
	return SBI_DO_IPI;
}

SBI_HANDLER(remote_fence_i)
{
	if (!harts_named(a, vm, ctx, result))
		return refuse(result, SBI_ERR_INVALID_PARAM);
	return SBI_DO_FENCE_I;
}

SBI_HANDLER(remote_sfence_vma)
{
	uint64_t start = a[2];
	uint64_t size = a[3];

	if (!harts_named(a, vm, ctx, result))
		return refuse(result, SBI_ERR_INVALID_PARAM);
	if (size == UINT64_MAX || (!start && !size)) {
		start = 0;
		size = UINT64_MAX;
	} else if (!size) {
		return SBI_DO_ANSWER; /* a range of nothing */
	} else if (size - 1 > UINT64_MAX - start) {
		return refuse(result, SBI_ERR_INVALID_ADDRESS);
	}
	result->fence.start = start;
	result->fence.size_bytes = size;
	result->fence.asid = 0;
	result->fence.by_asid = false;
	return SBI_DO_SFENCE;
}

SBI_HANDLER(remote_sfence_vma_asid)
{
	enum sbi_action action = remote_sfence_vma(a, vm, ctx, result);

	/* 16 bits there are; a hart ignores those above */
	if (action == SBI_DO_SFENCE) {
		result->fence.asid = (uint16_t)a[4];
		result->fence.by_asid = true;
	}
	return action;
}

/*
 * Harts, chapter 9
 */

/* where a hart may begin: instructions are 2 bytes aligned */
static bool entry_valid(const struct sbi_vm *vm, void *ctx, uint64_t entry)
{
	return !(entry & 1) && vm->ram(ctx, entry, 2);
}

SBI_HANDLER(hart_start)
{
	int vcpu = vm->vcpu_of(ctx, a[0]);

	if (vcpu < 0)
		return refuse(result, SBI_ERR_INVALID_PARAM);
	if (vm->hart_state(ctx, (unsigned int)vcpu) != SBI_HART_STOPPED)
		return refuse(result, SBI_ERR_ALREADY_AVAILABLE);
	if (!entry_valid(vm, ctx, a[1]))
		return refuse(result, SBI_ERR_INVALID_ADDRESS);
	result->hart.vcpu = (unsigned int)vcpu;
	result->hart.entry = a[1];
	result->hart.arg = a[2];
	return SBI_DO_START;
}

SBI_HANDLER(hart_stop)
{
	return SBI_DO_STOP;
}

SBI_HANDLER(hart_status)
{
	int vcpu = vm->vcpu_of(ctx, a[0]);

	if (vcpu < 0)
		return refuse(result, SBI_ERR_INVALID_PARAM);
	return answer(result, vm->hart_state(ctx, (unsigned int)vcpu));
}

SBI_HANDLER(hart_suspend)
{
	switch ((uint32_t)a[0]) {
	case SUSPEND_KEEP:
		return SBI_DO_SUSPEND;
	case SUSPEND_LOSE:
		if (!entry_valid(vm, ctx, a[1]))
			return refuse(result, SBI_ERR_INVALID_ADDRESS);
		result->hart.entry = a[1];
		result->hart.arg = a[2];
		return SBI_DO_SUSPEND_LOSE;
	default:
		return refuse(result, SBI_ERR_INVALID_PARAM);
	}
}

/*
 * System reset, chapter 10
 */
SBI_HANDLER(system_reset)
{
	uint32_t reason = (uint32_t)a[1];

	if ((uint32_t)a[0] > RESET_WARM || reason > REASON_FAILURE)
		return refuse(result, SBI_ERR_INVALID_PARAM);
	result->value = reason;
	return (uint32_t)a[0] == RESET_SHUTDOWN ? SBI_DO_OFF : SBI_DO_RESET;
}

/*
 * Debug console, chapter 12
 */

/* a0..a2: 3.2. False: something else than RAM. */
static bool memory_named(const uint64_t *a, const struct sbi_vm *vm, void *ctx,
			 struct sbi_result *result)
{
	result->memory.gpa = gpa(a[1]);
	result->memory.size_bytes = MIN(a[0], (uint64_t)SBI_CONSOLE_MAX);
	return !a[0] || (!a[2] && vm->ram(ctx, a[1], a[0]));
}

SBI_HANDLER(console_write)
{
	if (!memory_named(a, vm, ctx, result))
		return refuse(result, SBI_ERR_INVALID_PARAM);
	return a[0] ? SBI_DO_CONSOLE_WRITE : SBI_DO_ANSWER;
}

SBI_HANDLER(console_read)
{
	if (!memory_named(a, vm, ctx, result))
		return refuse(result, SBI_ERR_INVALID_PARAM);
	return a[0] ? SBI_DO_CONSOLE_READ : SBI_DO_ANSWER;
}

SBI_HANDLER(console_put)
{
	result->byte = (uint8_t)a[0];
	return SBI_DO_CONSOLE_PUT;
}

/*
 * Steal time, chapter 16
 */
#define STEAL_BYTES 64

SBI_HANDLER(steal_time_set_shmem)
{
	if (a[2])
		return refuse(result, SBI_ERR_INVALID_PARAM);
	if (a[0] == UINT64_MAX && a[1] == UINT64_MAX)
		return SBI_DO_STEAL_TIME_OFF;
	if (!IS_ALIGNED(a[0], STEAL_BYTES))
		return refuse(result, SBI_ERR_INVALID_PARAM);
	if (a[1] || !vm->ram(ctx, a[0], STEAL_BYTES))
		return refuse(result, SBI_ERR_INVALID_ADDRESS);
	result->memory.gpa = gpa(a[0]);
	result->memory.size_bytes = STEAL_BYTES;
	return SBI_DO_STEAL_TIME;
}

/*
 * Legacy, chapter 5: those that take hart masks by virtual addresses are left
 * out, their replacements are as old as any kernel that runs here
 */
SBI_HANDLER(console_get)
{
	return SBI_DO_CONSOLE_GET;
}

SBI_HANDLER(shutdown)
{
	return SBI_DO_OFF;
}

SBI_HANDLER(hypercall)
{
	return SBI_DO_HYPERCALL;
}

static const sbi_fn base_fns[] = {
	spec_version, impl_id, impl_version, probe_extension,
	mvendorid,    marchid, mimpid,
};
static const sbi_fn rfence_fns[] = {
	/* 3..6 are for guests that are hypervisors */
	remote_fence_i,
	remote_sfence_vma,
	remote_sfence_vma_asid,
};
static const sbi_fn hsm_fns[] = {
	hart_start,
	hart_stop,
	hart_status,
	hart_suspend,
};
static const sbi_fn console_fns[] = {
	console_write,
	console_read,
	console_put,
};
static const sbi_fn set_timer_fn = set_timer;
static const sbi_fn send_ipi_fn = send_ipi;
static const sbi_fn system_reset_fn = system_reset;
static const sbi_fn steal_time_fn = steal_time_set_shmem;
static const sbi_fn console_put_fn = console_put;
static const sbi_fn console_get_fn = console_get;
static const sbi_fn shutdown_fn = shutdown;
static const sbi_fn hypercall_fn = hypercall;

/* Chapter 5: those change a0 alone, whether they are there or not. */
#define LEGACY_LAST 8

#define ANY_FID 1

/* No two of those that are known share a row: the unit test looks. */
#define ROW(eid) (((eid) ^ (eid) >> 2 ^ (eid) >> 15) & 15)
#define EXTENSION(eid, count, flags, fns) [ROW(eid)] = {eid, count, flags, fns}

static const struct sbi_extension {
	uint64_t eid;
	uint8_t count;
	uint8_t flags;
	const sbi_fn *fns;
} extensions[16] = {
	EXTENSION(0x10, ARRAY_SIZE(base_fns), 0, base_fns),
	EXTENSION(0x54494d45, 1, 0, &set_timer_fn),
	EXTENSION(0x735049, 1, 0, &send_ipi_fn),
	EXTENSION(0x52464e43, ARRAY_SIZE(rfence_fns), 0, rfence_fns),
	EXTENSION(0x48534d, ARRAY_SIZE(hsm_fns), 0, hsm_fns),
	EXTENSION(0x53525354, 1, 0, &system_reset_fn),
	EXTENSION(0x4442434e, ARRAY_SIZE(console_fns), 0, console_fns),
	EXTENSION(0x535441, 1, 0, &steal_time_fn),
	EXTENSION(0x485643, 1, ANY_FID, &hypercall_fn),
	EXTENSION(0x00, 1, ANY_FID, &set_timer_fn),
	EXTENSION(0x01, 1, ANY_FID, &console_put_fn),
	EXTENSION(0x02, 1, ANY_FID, &console_get_fn),
	EXTENSION(0x08, 1, ANY_FID, &shutdown_fn),
};

/* 32 bits with their sign: all that are known here are positive. A row that is
 * nobody's has no functions. */
static const struct sbi_extension *find(uint64_t eid)
{
	const struct sbi_extension *e = &extensions[ROW(eid)];

	return e->eid == eid && e->count ? e : NULL;
}

static bool has_extension(uint64_t eid)
{
	return find(eid);
}

enum sbi_action sbi_decide(const uint64_t *a, const struct sbi_vm *vm,
			   void *ctx, struct sbi_result *result)
{
	const struct sbi_extension *e = &extensions[ROW(a[7])];
	uint64_t fid = e->flags & ANY_FID ? 0 : a[6];

	result->error = SBI_SUCCESS;
	result->value = 0;
	result->vcpus = 0;
	result->a0_only = a[7] <= LEGACY_LAST;
	if (unlikely(e->eid != a[7] || fid >= e->count))
		return refuse(result, SBI_ERR_NOT_SUPPORTED);
	return e->fns[fid](a, vm, ctx, result);
}

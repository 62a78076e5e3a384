/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any registers as an SBI call: what is to be done concerns vCPUs that exist
 * and RAM that the guest has, or the answer is one of those that exist.
 */
#include <string.h>

#include "../../arch/riscv64/virt/sbi.h"

#include "input.h"

#define RAM 0x80000000u
#define RAM_END 0x90000000u

/* Harts 0, 1 and 100; of them 1 is stopped. */
static int vcpu_of(void *ctx, uint64_t hartid)
{
	(void)ctx;
	return hartid == 100 ? 2 : hartid < 2 ? (int)hartid : -1;
}

static uint64_t vcpus(void *ctx)
{
	(void)ctx;
	return 7;
}

static enum sbi_hart_state hart_state(void *ctx, unsigned int vcpu)
{
	(void)ctx;
	must(vcpu < 3);
	return vcpu == 1 ? SBI_HART_STOPPED : SBI_HART_STARTED;
}

static bool ram(void *ctx, uint64_t gpa, uint64_t size)
{
	(void)ctx;
	must(size);
	return gpa >= RAM && gpa < RAM_END && size <= RAM_END - gpa;
}

static uint64_t machine_id(void *ctx, unsigned int which)
{
	(void)ctx;
	must(which < 3);
	return 0;
}

/* mostly what a call could mean */
static uint64_t number(struct input *in)
{
	uint64_t high;

	switch (input_u8(in) % 8) {
	case 0:
		return input_u8(in);
	case 1:
		return RAM + input_u16(in);
	case 2:
		return RAM_END - input_u8(in);
	case 3:
		return 0 - (uint64_t)input_u8(in);
	case 4:
		return (uint64_t)1 << input_u8(in) % 64;
	case 5: /* a line of RAM, and the same beyond 32 bits or 56 */
		high = input_u8(in);
		return (RAM + (uint64_t)input_u16(in) * 64) |
		       (high & 3 ? 0 : (uint64_t)1 << (32 + high % 32));
	case 6: /* a type of suspend, with bits that it has not */
		high = input_u8(in);
		return (high & 1) << 31 | (high & 2) << 31 | (high & 4) >> 2;
	default:
		high = input_u32(in);
		return high << 32 | input_u32(in);
	}
}

#define HSM 0x48534du
#define STA 0x535441u
#define HSM_START 0
#define HSM_SUSPEND 3

static uint64_t extension(struct input *in)
{
	static const uint32_t eids[] = {
		0x10,       0x54494d45, 0x735049, 0x52464e43, HSM,
		0x53525354, 0x4442434e, STA,      0x485643,   0x504d55,
	};
	uint8_t which = input_u8(in);

	/* one above the known: none, whatever its low bits are like */
	if (which % 16 < sizeof(eids) / sizeof(eids[0]))
		return eids[which % 16] | (which & 0x40 ? number(in) << 31 : 0);
	return which & 0x80 ? number(in) : which & 0xf;
}

static void refused(enum sbi_action action, const struct sbi_result *r,
		    enum sbi_error error)
{
	must(action == SBI_DO_ANSWER && r->error == error);
}

/* Chapter 16, word for word; sizes of 64 bytes. */
static void check_steal(const uint64_t *a, enum sbi_action action,
			const struct sbi_result *r)
{
	bool off = a[0] == UINT64_MAX && a[1] == UINT64_MAX;

	if (a[6])
		refused(action, r, SBI_ERR_NOT_SUPPORTED);
	else if (a[2] || (!off && a[0] % 64))
		refused(action, r, SBI_ERR_INVALID_PARAM);
	else if (off)
		must(action == SBI_DO_STEAL_TIME_OFF);
	else if (a[1] || a[0] < RAM || a[0] >= RAM_END)
		refused(action, r, SBI_ERR_INVALID_ADDRESS);
	else
		must(action == SBI_DO_STEAL_TIME && r->memory.gpa.v == a[0]);
}

/* 9.4: two types of 32 bits, of which one comes back elsewhere. */
static void check_suspend(const uint64_t *a, enum sbi_action action,
			  const struct sbi_result *r)
{
	switch ((uint32_t)a[0]) {
	case 0:
		must(action == SBI_DO_SUSPEND);
		break;
	case 0x80000000:
		if (a[1] % 2 || a[1] < RAM || a[1] >= RAM_END)
			refused(action, r, SBI_ERR_INVALID_ADDRESS);
		else
			must(action == SBI_DO_SUSPEND_LOSE &&
			     r->hart.entry == a[1] && r->hart.arg == a[2]);
		break;
	default:
		refused(action, r, SBI_ERR_INVALID_PARAM);
	}
}

/* What is done is what this call is for, not one whose number is like it. */
static void check_call(const uint64_t *a, enum sbi_action action,
		       const struct sbi_result *r)
{
	if (a[7] == STA)
		check_steal(a, action, r);
	else
		must(action != SBI_DO_STEAL_TIME &&
		     action != SBI_DO_STEAL_TIME_OFF);
	if (a[7] == HSM && a[6] == HSM_SUSPEND)
		check_suspend(a, action, r);
	else
		must(action != SBI_DO_SUSPEND && action != SBI_DO_SUSPEND_LOSE);
	if (a[7] != HSM || a[6] != HSM_START)
		must(action != SBI_DO_START);
	if (a[7] >> 32)
		refused(action, r, SBI_ERR_NOT_SUPPORTED);
}

static void check_answer(const struct sbi_result *r)
{
	switch (r->error) {
	case SBI_SUCCESS:
		return;
	case SBI_ERR_NOT_SUPPORTED:
	case SBI_ERR_INVALID_PARAM:
	case SBI_ERR_INVALID_ADDRESS:
	case SBI_ERR_ALREADY_AVAILABLE:
		must(!r->value);
		return;
	default:
		must(0, "error %lld", (long long)r->error);
	}
}

static void check(enum sbi_action action, const struct sbi_result *r)
{
	must(action <= SBI_DO_HYPERCALL);
	must(action == SBI_DO_ANSWER || !r->error);
	switch (action) {
	case SBI_DO_ANSWER:
		check_answer(r);
		break;
	case SBI_DO_SFENCE:
		must(r->fence.size_bytes);
		must(r->fence.size_bytes - 1 <= UINT64_MAX - r->fence.start);
		/* fall through */
	case SBI_DO_IPI:
	case SBI_DO_FENCE_I:
		must(!(r->vcpus & ~(uint64_t)7));
		break;
	case SBI_DO_START:
		must(r->hart.vcpu == 1);
		/* fall through */
	case SBI_DO_SUSPEND_LOSE:
		must(ram(NULL, r->hart.entry, 2) && !(r->hart.entry & 1));
		break;
	case SBI_DO_OFF:
	case SBI_DO_RESET:
		must(r->value <= 1);
		break;
	case SBI_DO_CONSOLE_WRITE:
	case SBI_DO_CONSOLE_READ:
		must(r->memory.size_bytes <= SBI_CONSOLE_MAX);
		must(ram(NULL, r->memory.gpa.v, r->memory.size_bytes));
		break;
	case SBI_DO_STEAL_TIME:
		must(ram(NULL, r->memory.gpa.v, 64) && !(r->memory.gpa.v % 64));
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sbi_vm vm = {vcpu_of, vcpus, hart_state, ram,
					 machine_id};
	struct input in = {data, size};
	struct sbi_result result;
	enum sbi_action action;
	uint64_t a[8];

	a[7] = extension(&in);
	a[6] = input_u8(&in) & 0x80 ? number(&in) : input_u8(&in) & 7;
	for (unsigned int i = 0; i < 6; i++)
		a[i] = number(&in);
	memset(&result, 0x5a, sizeof(result));
	action = sbi_decide(a, &vm, NULL, &result);
	check(action, &result);
	check_call(a, action, &result);
	return 0;
}

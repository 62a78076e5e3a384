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

	switch (input_u8(in) % 6) {
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
	default:
		high = input_u32(in);
		return high << 32 | input_u32(in);
	}
}

static uint64_t extension(struct input *in)
{
	static const uint32_t eids[] = {
		0x10,       0x54494d45, 0x735049, 0x52464e43, 0x48534d,
		0x53525354, 0x4442434e, 0x535441, 0x485643,   0x504d55,
	};
	uint8_t which = input_u8(in);

	if (which % 16 < sizeof(eids) / sizeof(eids[0]))
		return eids[which % 16];
	return which & 0x80 ? number(in) : which & 0xf;
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
	uint64_t a[8];

	a[7] = extension(&in);
	a[6] = input_u8(&in) & 0x80 ? number(&in) : input_u8(&in) & 7;
	for (unsigned int i = 0; i < 6; i++)
		a[i] = number(&in);
	memset(&result, 0x5a, sizeof(result));
	check(sbi_decide(a, &vm, NULL, &result), &result);
	return 0;
}

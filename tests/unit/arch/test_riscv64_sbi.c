/* SPDX-License-Identifier: Apache-2.0 */
/* SBI as guests see it: numbers, harts, arguments. SBI 2.0. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../../arch/riscv64/virt/sbi.h"

#define BASE 0x10
#define TIME 0x54494d45
#define IPI 0x735049
#define RFENCE 0x52464e43
#define HSM 0x48534d
#define SRST 0x53525354
#define DBCN 0x4442434e
#define STA 0x535441
#define HVC 0x485643

#define RAM 0x80000000u
#define RAM_END 0xc0000000u
#define ALL ~(uint64_t)0

/* vCPUs 0 to 3: started, stopped, starting, suspended */
static const uint64_t hartids[] = {0, 2, 5, 64};
static const enum sbi_hart_state states[] = {
	SBI_HART_STARTED,
	SBI_HART_STOPPED,
	SBI_HART_START_PENDING,
	SBI_HART_SUSPENDED,
};

static int vcpu_of(void *ctx, uint64_t hartid)
{
	assert_ptr_equal(ctx, &hartids);
	for (int i = 0; i < 4; i++) {
		if (hartids[i] == hartid)
			return i;
	}
	return -1;
}

static uint64_t vcpus(void *ctx)
{
	assert_ptr_equal(ctx, &hartids);
	return 0xf;
}

static enum sbi_hart_state hart_state(void *ctx, unsigned int vcpu)
{
	assert_ptr_equal(ctx, &hartids);
	assert_true(vcpu < 4);
	return states[vcpu];
}

static bool ram(void *ctx, uint64_t gpa, uint64_t size)
{
	assert_ptr_equal(ctx, &hartids);
	assert_true(size);
	return gpa >= RAM && size <= RAM_END - RAM && gpa <= RAM_END - size;
}

static uint64_t machine_id(void *ctx, unsigned int which)
{
	assert_ptr_equal(ctx, &hartids);
	return 0x1000 + which;
}

static const struct sbi_vm vm = {
	.vcpu_of = vcpu_of,
	.vcpus = vcpus,
	.hart_state = hart_state,
	.ram = ram,
	.machine_id = machine_id,
};

static struct sbi_result result;

/* what a7 and a6 hold, then a0 to a4 */
static enum sbi_action call(uint64_t eid, uint64_t fid, uint64_t a0,
			    uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4)
{
	const uint64_t a[8] = {a0, a1, a2, a3, a4, 0x55, fid, eid};
	enum sbi_action action;

	result = (struct sbi_result){.error = 0x5a5a, .value = 0x5a5a};
	action = sbi_decide(a, &vm, (void *)&hartids, &result);
	/* nothing is refused and done all the same */
	if (action != SBI_DO_ANSWER)
		assert_int_equal(result.error, SBI_SUCCESS);
	assert_int_equal(result.a0_only, eid <= 8);
	return action;
}

static void does(enum sbi_action want, uint64_t eid, uint64_t fid, uint64_t a0,
		 uint64_t a1, uint64_t a2)
{
	assert_int_equal(call(eid, fid, a0, a1, a2, 0, 0), want);
}

static void answers(int64_t error, uint64_t value, uint64_t eid, uint64_t fid,
		    uint64_t a0, uint64_t a1, uint64_t a2)
{
	does(SBI_DO_ANSWER, eid, fid, a0, a1, a2);
	assert_int_equal(result.error, error);
	assert_int_equal(result.value, value);
}

static void refuses(int64_t error, uint64_t eid, uint64_t fid, uint64_t a0,
		    uint64_t a1, uint64_t a2)
{
	answers(error, 0, eid, fid, a0, a1, a2);
}

static void test_base(void **state)
{
	(void)state;
	answers(0, 0x2000000, BASE, 0, 0, 0, 0);
	answers(0, 0x485643, BASE, 1, 0, 0, 0);
	answers(0, 1, BASE, 2, 0, 0, 0);
	for (unsigned int i = 0; i < 3; i++)
		answers(0, 0x1000 + i, BASE, 4 + i, 0, 0, 0);
	refuses(SBI_ERR_NOT_SUPPORTED, BASE, 7, 0, 0, 0);
}

static void test_unknown(void **state)
{
	static const struct {
		uint64_t eid, functions;
	} known[] = {
		{BASE, 7}, {TIME, 1}, {IPI, 1},  {RFENCE, 3},
		{HSM, 4},  {SRST, 1}, {DBCN, 3}, {STA, 1},
	};
	/* legacy masks, PMU, SUSP, CPPC, NACL, SSE, FWFT, DBTR, MPXY; vendors',
	 * firmware's; not sign-extended; known ones with more above */
	static const uint64_t unknown[] = {
		3,
		4,
		5,
		6,
		7,
		9,
		15,
		17,
		0x504d55,
		0x53555350,
		0x43505043,
		0x4e41434c,
		0x535345,
		0x46574654,
		0x44425452,
		0x4d505859,
		0x08000000,
		0x09000000,
		0x0a000000,
		0x80000000,
		0xffffffff80000000,
		0xffffffffffffffff,
		0x100000010,
		0xffffffff00735049,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		answers(0, 1, BASE, 3, known[i].eid, 0, 0);
		for (uint64_t fid = known[i].functions; fid < 40; fid++)
			refuses(SBI_ERR_NOT_SUPPORTED, known[i].eid, fid, 0, 0,
				0);
		refuses(SBI_ERR_NOT_SUPPORTED, known[i].eid, ALL, 0, 0, 0);
		refuses(SBI_ERR_NOT_SUPPORTED, known[i].eid, (uint64_t)1 << 32,
			0, 0, 0);
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		answers(0, 0, BASE, 3, unknown[i], 0, 0);
		for (uint64_t fid = 0; fid < 10; fid++)
			refuses(SBI_ERR_NOT_SUPPORTED, unknown[i], fid, 0, 0,
				0);
	}
}

static void test_timer(void **state)
{
	(void)state;
	does(SBI_DO_TIMER, TIME, 0, 0x123456789abcdef0, 0, 0);
	assert_true(result.deadline == 0x123456789abcdef0);
	does(SBI_DO_TIMER, TIME, 0, ALL, 0, 0);
	assert_true(result.deadline == ALL);
}

/* 3.1, by the IPI and by every fence */
static void test_harts(void **state)
{
	static const struct {
		uint64_t eid, fid;
		enum sbi_action action;
	} calls[] = {
		{IPI, 0, SBI_DO_IPI},
		{RFENCE, 0, SBI_DO_FENCE_I},
		{RFENCE, 1, SBI_DO_SFENCE},
		{RFENCE, 2, SBI_DO_SFENCE},
	};
	static const struct {
		uint64_t mask, base, vcpus;
	} good[] = {
		{1, 0, 1},       {0x25, 0, 7},
		{0, 0, 0},       {0, 1000, 0}, /* nobody */
		{1, 64, 8},      {1, 5, 4},
		{9, 2, 6},       {(uint64_t)1 << 63, 1, 8},
		{0, ALL, 0xf},   {2, ALL, 0xf},
		{ALL, ALL, 0xf},
	};
	static const struct {
		uint64_t mask, base;
	} bad[] = {
		{2, 0},
		{3, 0},
		{ALL, 0},
		{1, 1},
		{1, 1000},
		{(uint64_t)1 << 63, 0},
		{(uint64_t)1 << 62, 1},
		/* from the last hart ids on to the first again */
		{4, ALL - 1},
		{1, ALL - 1},
		{8, ALL - 2},
	};

	(void)state;
	for (size_t c = 0; c < sizeof(calls) / sizeof(calls[0]); c++) {
		for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
			does(calls[c].action, calls[c].eid, calls[c].fid,
			     good[i].mask, good[i].base, 0);
			assert_int_equal(result.vcpus, good[i].vcpus);
		}
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			refuses(SBI_ERR_INVALID_PARAM, calls[c].eid,
				calls[c].fid, bad[i].mask, bad[i].base, 0);
	}
}

static void fences(uint64_t start, uint64_t size, uint64_t want_start,
		   uint64_t want_size)
{
	for (uint64_t fid = 1; fid <= 2; fid++) {
		assert_int_equal(call(RFENCE, fid, 1, 0, start, size, 0x51234),
				 SBI_DO_SFENCE);
		assert_true(result.fence.start == want_start);
		assert_true(result.fence.size_bytes == want_size);
		assert_int_equal(result.fence.by_asid, fid == 2);
		assert_int_equal(result.fence.asid, fid == 2 ? 0x1234 : 0);
	}
}

static void test_fences(void **state)
{
	(void)state;
	fences(0x1000, 0x2000, 0x1000, 0x2000);
	fences(0xffffffff80000001, 1, 0xffffffff80000001, 1);
	fences(0, 0, 0, ALL);
	fences(0x1000, ALL, 0, ALL);
	/* up to the last address */
	fences(ALL - 0xfff, 0x1000, ALL - 0xfff, 0x1000);
	fences(ALL, 1, ALL, 1);
	fences(2, ALL - 1, 2, ALL - 1);
	for (uint64_t fid = 1; fid <= 2; fid++) {
		/* and over it */
		call(RFENCE, fid, 1, 0, ALL - 0xfff, 0x1001, 0);
		assert_int_equal(result.error, SBI_ERR_INVALID_ADDRESS);
		call(RFENCE, fid, 1, 0, 3, ALL - 1, 0);
		assert_int_equal(result.error, SBI_ERR_INVALID_ADDRESS);
		/* nothing to do, for harts that exist */
		assert_int_equal(call(RFENCE, fid, 1, 0, 0x1000, 0, 0),
				 SBI_DO_ANSWER);
		assert_int_equal(result.error, SBI_SUCCESS);
		assert_int_equal(call(RFENCE, fid, 2, 0, 0x1000, 0, 0),
				 SBI_DO_ANSWER);
		assert_int_equal(result.error, SBI_ERR_INVALID_PARAM);
	}
}

static void test_hart_start(void **state)
{
	(void)state;
	does(SBI_DO_START, HSM, 0, 2, RAM + 2, ALL);
	assert_int_equal(result.hart.vcpu, 1);
	assert_int_equal(result.hart.entry, RAM + 2);
	assert_true(result.hart.arg == ALL);
	does(SBI_DO_START, HSM, 0, 2, RAM_END - 2, 0);
	refuses(SBI_ERR_INVALID_PARAM, HSM, 0, 1, RAM, 0);
	refuses(SBI_ERR_INVALID_PARAM, HSM, 0, ALL, RAM, 0);
	refuses(SBI_ERR_INVALID_PARAM, HSM, 0, 0x100000002, RAM, 0);
	refuses(SBI_ERR_ALREADY_AVAILABLE, HSM, 0, 0, RAM, 0);
	refuses(SBI_ERR_ALREADY_AVAILABLE, HSM, 0, 5, RAM, 0);
	refuses(SBI_ERR_ALREADY_AVAILABLE, HSM, 0, 64, RAM, 0);
	/* no RAM; half an instruction */
	refuses(SBI_ERR_INVALID_ADDRESS, HSM, 0, 2, RAM_END, 0);
	refuses(SBI_ERR_INVALID_ADDRESS, HSM, 0, 2, RAM - 2, 0);
	refuses(SBI_ERR_INVALID_ADDRESS, HSM, 0, 2, RAM + 1, 0);
	refuses(SBI_ERR_INVALID_ADDRESS, HSM, 0, 2, ALL - 1, 0);
}

static void test_hart_states(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++)
		answers(0, states[i], HSM, 2, hartids[i], 0, 0);
	refuses(SBI_ERR_INVALID_PARAM, HSM, 2, 1, 0, 0);
	refuses(SBI_ERR_INVALID_PARAM, HSM, 2, ALL, 0, 0);
	does(SBI_DO_STOP, HSM, 1, 0, 0, 0);
	/* the address means nothing when nothing is lost */
	does(SBI_DO_SUSPEND, HSM, 3, 0, 1, 0);
	/* the type has 32 bits */
	does(SBI_DO_SUSPEND, HSM, 3, 0xffffffff00000000, 0, 0);
	does(SBI_DO_SUSPEND_LOSE, HSM, 3, 0x80000000, RAM, 7);
	assert_int_equal(result.hart.entry, RAM);
	assert_int_equal(result.hart.arg, 7);
	does(SBI_DO_SUSPEND_LOSE, HSM, 3, 0xffffffff80000000, RAM, 7);
	refuses(SBI_ERR_INVALID_ADDRESS, HSM, 3, 0x80000000, RAM_END, 0);
	refuses(SBI_ERR_INVALID_ADDRESS, HSM, 3, 0x80000000, RAM + 1, 0);
	refuses(SBI_ERR_INVALID_PARAM, HSM, 3, 1, RAM, 0);
	refuses(SBI_ERR_INVALID_PARAM, HSM, 3, 0x10000000, RAM, 0);
	refuses(SBI_ERR_INVALID_PARAM, HSM, 3, 0x80000001, RAM, 0);
	refuses(SBI_ERR_INVALID_PARAM, HSM, 3, 0x90000000, RAM, 0);
}

static void test_reset(void **state)
{
	(void)state;
	for (uint64_t reason = 0; reason < 2; reason++) {
		does(SBI_DO_OFF, SRST, 0, 0, reason, 0);
		assert_int_equal(result.value, reason);
		does(SBI_DO_RESET, SRST, 0, 1, reason, 0);
		assert_int_equal(result.value, reason);
		does(SBI_DO_RESET, SRST, 0, 2, reason, 0);
	}
	does(SBI_DO_OFF, SRST, 0, 0xffffffff00000000, 0, 0);
	refuses(SBI_ERR_INVALID_PARAM, SRST, 0, 3, 0, 0);
	refuses(SBI_ERR_INVALID_PARAM, SRST, 0, 0xf0000000, 0, 0);
	refuses(SBI_ERR_INVALID_PARAM, SRST, 0, ALL, 0, 0);
	refuses(SBI_ERR_INVALID_PARAM, SRST, 0, 0, 2, 0);
	refuses(SBI_ERR_INVALID_PARAM, SRST, 0, 0, 0xe0000000, 0);
	refuses(SBI_ERR_INVALID_PARAM, SRST, 0, 1, 0xf0000000, 0);
}

static void test_console(void **state)
{
	static const enum sbi_action actions[] = {SBI_DO_CONSOLE_WRITE,
						  SBI_DO_CONSOLE_READ};

	(void)state;
	for (uint64_t fid = 0; fid < 2; fid++) {
		does(actions[fid], DBCN, fid, 5, RAM, 0);
		assert_int_equal(result.memory.gpa.v, RAM);
		assert_int_equal(result.memory.size_bytes, 5);
		/* a part of much; all of it must be there nevertheless */
		does(actions[fid], DBCN, fid, RAM_END - RAM, RAM, 0);
		assert_int_equal(result.memory.size_bytes, SBI_CONSOLE_MAX);
		does(actions[fid], DBCN, fid, SBI_CONSOLE_MAX + 1, RAM, 0);
		assert_int_equal(result.memory.size_bytes, SBI_CONSOLE_MAX);
		does(actions[fid], DBCN, fid, 1, RAM_END - 1, 0);
		refuses(SBI_ERR_INVALID_PARAM, DBCN, fid, 2, RAM_END - 1, 0);
		refuses(SBI_ERR_INVALID_PARAM, DBCN, fid, 1, RAM - 1, 0);
		refuses(SBI_ERR_INVALID_PARAM, DBCN, fid, 1, RAM, 1);
		refuses(SBI_ERR_INVALID_PARAM, DBCN, fid, ALL, RAM, 0);
		answers(0, 0, DBCN, fid, 0, RAM, 0);
		answers(0, 0, DBCN, fid, 0, 0, 0);
	}
	does(SBI_DO_CONSOLE_PUT, DBCN, 2, 0x1234567890abcd41, 0, 0);
	assert_int_equal(result.byte, 0x41);
}

static void test_steal_time(void **state)
{
	(void)state;
	does(SBI_DO_STEAL_TIME, STA, 0, RAM + 64, 0, 0);
	assert_int_equal(result.memory.gpa.v, RAM + 64);
	assert_int_equal(result.memory.size_bytes, 64);
	does(SBI_DO_STEAL_TIME, STA, 0, RAM_END - 64, 0, 0);
	does(SBI_DO_STEAL_TIME_OFF, STA, 0, ALL, ALL, 0);
	refuses(SBI_ERR_INVALID_PARAM, STA, 0, ALL, ALL, 1);
	refuses(SBI_ERR_INVALID_PARAM, STA, 0, RAM, 0, 1);
	refuses(SBI_ERR_INVALID_PARAM, STA, 0, RAM + 32, 0, 0);
	refuses(SBI_ERR_INVALID_PARAM, STA, 0, ALL, 0, 0);
	refuses(SBI_ERR_INVALID_ADDRESS, STA, 0, RAM_END, 0, 0);
	refuses(SBI_ERR_INVALID_ADDRESS, STA, 0, RAM, 1, 0);
	refuses(SBI_ERR_INVALID_ADDRESS, STA, 0, RAM, ALL, 0);
}

/* a6 means nothing to them; call() looks at a0_only */
static void test_legacy(void **state)
{
	(void)state;
	for (uint64_t fid = 0; fid < 3; fid++) {
		does(SBI_DO_TIMER, 0, fid, 77, 0, 0);
		assert_int_equal(result.deadline, 77);
		does(SBI_DO_CONSOLE_PUT, 1, fid, 'x', 0, 0);
		assert_int_equal(result.byte, 'x');
		does(SBI_DO_CONSOLE_GET, 2, fid, 0, 0, 0);
		does(SBI_DO_OFF, 8, fid, 1, 1, 0);
		assert_int_equal(result.value, 0);
	}
	for (uint64_t eid = 0; eid < 16; eid++)
		answers(0, eid < 3 || eid == 8, BASE, 3, eid, 0, 0);
}

static void test_hypercall(void **state)
{
	(void)state;
	does(SBI_DO_HYPERCALL, HVC, 0, 0, 0, 0);
	does(SBI_DO_HYPERCALL, HVC, 0x83, 1, 2, 3);
	does(SBI_DO_HYPERCALL, HVC, ALL, 1, 2, 3);
	answers(0, 1, BASE, 3, HVC, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_timer),
		cmocka_unit_test(test_harts),
		cmocka_unit_test(test_fences),
		cmocka_unit_test(test_hart_start),
		cmocka_unit_test(test_hart_states),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_steal_time),
		cmocka_unit_test(test_legacy),
		cmocka_unit_test(test_hypercall),
	};

	return cmocka_run_group_tests_name("riscv64 sbi", tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why guests are left, and what they find when they go on: exits.c, abort.c and
 * inject.c on pretend registers. Privileged ISA 1.12, 4.1 and chapter 8.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../../fake/fake.h"

#include <asm/csr.h>
#undef csr_read
#undef csr_write
#undef csr_set
#undef csr_clear
#define csr_read(csr) (*model_csr(CSR_TEXT(csr)))
#define csr_write(value, csr) ((void)(*model_csr(CSR_TEXT(csr)) = (value)))
#define csr_set(bits, csr) ((void)(*model_csr(CSR_TEXT(csr)) |= (bits)))
#define csr_clear(bits, csr) ((void)(*model_csr(CSR_TEXT(csr)) &= ~(bits)))
static uint64_t *model_csr(const char *csr);

#include "../../../arch/riscv64/virt/abort.c"
#include "../../../arch/riscv64/virt/exits.c"
#include "../../../arch/riscv64/virt/inject.c"

#define PC 0x80201000ull
#define VECTORS 0x80300000ull
#define UART 0x10000000ull
#define PLIC 0xc000000ull
#define RAM 0x80000000ull

static struct vm vm;
static struct arch_vm arch_vm;
static struct arch_vcpu arch;
static struct vcpu vcpu;
static struct vcpu_exit left;

static struct {
	const char *name;
	uint64_t value;
} csrs[32];

/* what the guest's memory holds at PC; NULL: it cannot be fetched */
static const uint16_t *code;
static unsigned int fetches, syncs, sbi_calls, irqs;
static bool wakeable, fp_wanted, quick;
static uint64_t device_value, device_wrote;
static unsigned int device_width;
static gpa_t device_at;

static uint64_t *model_csr(const char *csr)
{
	unsigned int i = 0;

	while (csrs[i].name && strcmp(csrs[i].name, csr) != 0)
		i++;
	assert_true(i < ARRAY_SIZE(csrs));
	csrs[i].name = csr;
	return &csrs[i].value;
}

bool guest_fetch(uint64_t pc, uint16_t *half)
{
	assert_true(pc == PC || pc == PC + 2);
	fetches++;
	if (!code)
		return false;
	*half = code[(pc - PC) / 2];
	return true;
}

int guest_sbi(struct vcpu *v, uint64_t cause)
{
	assert_ptr_equal(v, &vcpu);
	assert_int_equal(cause, CAUSE_VS_ECALL);
	sbi_calls++;
	return RESUME;
}

int guest_irq(struct vcpu *v, uint64_t cause)
{
	assert_ptr_equal(v, &vcpu);
	assert_true(cause >> 63);
	irqs++;
	return RESUME;
}

void virq_sync(struct vcpu *v)
{
	assert_ptr_equal(v, &vcpu);
	syncs++;
}

void virq_tell(struct vm *v, uint64_t vcpus)
{
	assert_ptr_equal(v, &vm);
	assert_int_equal(vcpus, 1);
	syncs++;
}

uint64_t guest_timer_deadline(struct vcpu *v)
{
	assert_ptr_equal(v, &vcpu);
	return 77;
}

bool arch_vcpu_wakeable(struct vcpu *v)
{
	assert_ptr_equal(v, &vcpu);
	return wakeable;
}

bool guest_fp_use(struct vcpu *v)
{
	assert_ptr_equal(v, &vcpu);
	return fp_wanted;
}

bool vdev_quick(struct vm *v, gpa_t at, unsigned int width, bool write,
		uint64_t *value)
{
	assert_ptr_equal(v, &vm);
	if (!quick)
		return false;
	device_at = at;
	device_width = width;
	if (write)
		device_wrote = *value;
	else
		*value = device_value;
	return true;
}

/* the registers' own: one number */
static uint32_t plic_value;

uint64_t virq_access(struct vcpu *v, gpa_t at, uint64_t value)
{
	assert_ptr_equal(v, &vcpu);
	assert_int_equal(at.v, PLIC + 0x20);
	assert_int_equal(arch.access.width, 4);
	exit_count(v, REASON_PLIC);
	if (!arch.access.write)
		return plic_value;
	plic_value = (uint32_t)value;
	virq_tell(v->vm, 1);
	return 0;
}

bool imsic_insn(struct vcpu *v, uint32_t insn)
{
	assert_ptr_equal(v, &vcpu);
	(void)insn;
	return false;
}

void imsic_file_guard(struct vcpu *v)
{
	assert_ptr_equal(v, &vcpu);
}

static int setup(void **state)
{
	(void)state;
	memset(csrs, 0, sizeof(csrs));
	vm = (struct vm){.arch = &arch_vm, .vcpu_count = 1};
	arch_vm = (struct arch_vm){
		.chips = {.base = PLIC, .size_bytes = 0x600000}};
	arch = (struct arch_vcpu){
		.vcpu = &vcpu, .exit = &left, .inject_cause = -1};
	vcpu = (struct vcpu){.vm = &vm, .arch = &arch};
	for (unsigned int i = 1; i < 32; i++)
		arch.regs.x[i] = 0x8888888888888800ull + i;
	left = (struct vcpu_exit){.kind = EXIT_NOTHING};
	csr_write(PC, sepc);
	csr_write(SSTATUS_SPP, sstatus);
	csr_write(VECTORS, CSR_VSTVEC);
	code = NULL;
	fetches = syncs = sbi_calls = irqs = 0;
	wakeable = fp_wanted = quick = false;
	return 0;
}

static int leave(uint64_t cause, uint64_t value)
{
	csr_write(cause, scause);
	csr_write(value, stval);
	return guest_exit(&arch.regs, cause);
}

/* The guest is in VS-mode at its vectors, as from @mode at PC. */
static void injected(uint64_t cause, uint64_t value, uint64_t mode)
{
	assert_int_equal(csr_read(CSR_VSCAUSE), cause);
	assert_int_equal(csr_read(CSR_VSTVAL), value);
	assert_int_equal(csr_read(CSR_VSEPC), PC);
	assert_int_equal(csr_read(CSR_VSSTATUS) & SSTATUS_SPP, mode);
	assert_int_equal(csr_read(sepc), VECTORS);
	assert_int_equal(csr_read(sstatus) & SSTATUS_SPP, SSTATUS_SPP);
	assert_int_equal(left.kind, EXIT_NOTHING);
}

static void untouched(void)
{
	assert_int_equal(csr_read(sepc), PC);
	assert_int_equal(csr_read(CSR_VSCAUSE), 0);
	assert_int_equal(left.kind, EXIT_NOTHING);
}

/*
 * exits.c, inject.c
 */

static void each_cause(void **state)
{
	static const uint8_t reflected[] = {0, 1, 2, 3,  4,  5,
					    6, 7, 8, 12, 13, 15};
	static const uint8_t unknown[] = {9, 11, 14, 16, 17, 18, 19, 24, 63};

	for (unsigned int i = 0; i < ARRAY_SIZE(reflected); i++) {
		setup(state);
		csr_write(i & 1 ? SSTATUS_SPP : 0, sstatus);
		assert_int_equal(leave(reflected[i], 0x1234), RESUME);
		injected(reflected[i], 0x1234, i & 1 ? SSTATUS_SPP : 0);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
		setup(state);
		csr_write(0x2000, CSR_HTVAL);
		assert_int_equal(leave(unknown[i], 0), LEAVE);
		assert_int_equal(left.kind, EXIT_FAULT);
		assert_int_equal(left.fault.pc, PC);
		assert_int_equal(left.fault.syndrome, unknown[i]);
		assert_int_equal(left.fault.gpa.v, 0x8000);
		assert_int_equal(csr_read(sepc), PC);
	}
	setup(state);
	assert_int_equal(leave(CAUSE_VS_ECALL, 0), RESUME);
	assert_int_equal(sbi_calls, 1);
	assert_int_equal(leave(CAUSE_INTERRUPT | 5, 0), RESUME);
	assert_int_equal(leave(CAUSE_INTERRUPT | 9, 0), RESUME);
	assert_int_equal(irqs, 2);
	for (unsigned int i = 0; i < REASON_COUNT; i++)
		assert_non_null(arch_exit_reason_name(i));
	assert_null(arch_exit_reason_name(REASON_COUNT));
}

/* The interrupt enable goes down a level, vectors are of interrupts alone. */
static void how_a_trap_is_taken(void **state)
{
	(void)state;
	csr_write(SSTATUS_SIE | SSTATUS_FS, CSR_VSSTATUS);
	csr_write(VECTORS | 1, CSR_VSTVEC);
	leave(CAUSE_BREAKPOINT, PC);
	injected(CAUSE_BREAKPOINT, PC, SSTATUS_SPP);
	assert_int_equal(csr_read(CSR_VSSTATUS),
			 SSTATUS_SPP | SSTATUS_SPIE | SSTATUS_FS);
	setup(state);
	csr_write(SSTATUS_SPIE | SSTATUS_SPP, CSR_VSSTATUS);
	csr_write(0, sstatus);
	leave(CAUSE_BREAKPOINT, PC);
	assert_int_equal(csr_read(CSR_VSSTATUS), 0);
	/* the same on the way in, when the state is in memory */
	setup(state);
	arch.regs.pc = PC;
	arch.inject_cause = CAUSE_LOAD_ACCESS;
	arch.inject_value = 0x55;
	inject_queued(&vcpu);
	assert_int_equal(csr_read(CSR_VSEPC), PC);
	assert_int_equal(csr_read(CSR_VSCAUSE), CAUSE_LOAD_ACCESS);
	assert_int_equal(csr_read(CSR_VSTVAL), 0x55);
	assert_int_equal(arch.regs.pc, VECTORS);
	assert_int_equal(arch.regs.status & SSTATUS_SPP, SSTATUS_SPP);
	assert_int_equal(csr_read(sepc), PC); /* not the live ones */
	arch.regs.pc = PC;
	inject_queued(&vcpu); /* once */
	assert_int_equal(arch.regs.pc, PC);
}

static void waits(void **state)
{
	(void)state;
	csr_write(0x222, CSR_VSIE);
	assert_int_equal(leave(CAUSE_VIRTUAL_INSN, INSN_WFI), LEAVE);
	assert_int_equal(left.kind, EXIT_HALT);
	assert_int_equal(csr_read(sepc), PC + 4);
	assert_int_equal(arch.wfi_ie, 0x222);
	assert_int_equal(arch.wfi_deadline, 77);
	/* its timer counts only where it is enabled */
	setup(state);
	csr_write(0x202, CSR_VSIE);
	assert_int_equal(leave(CAUSE_VIRTUAL_INSN, INSN_WFI), LEAVE);
	assert_true(arch.wfi_deadline == UINT64_MAX);
	/* pending and enabled, or already due */
	setup(state);
	csr_write(0x2, CSR_VSIE);
	csr_write(0x2, CSR_VSIP);
	assert_int_equal(leave(CAUSE_VIRTUAL_INSN, INSN_WFI), RESUME);
	assert_int_equal(csr_read(sepc), PC + 4);
	setup(state);
	csr_write(0x20, CSR_VSIP);
	wakeable = true;
	assert_int_equal(leave(CAUSE_VIRTUAL_INSN, INSN_WFI), RESUME);
	assert_int_equal(left.kind, EXIT_NOTHING);
	/* of VU-mode it is illegal */
	setup(state);
	csr_write(0, sstatus);
	assert_int_equal(leave(CAUSE_VIRTUAL_INSN, INSN_WFI), RESUME);
	injected(CAUSE_ILLEGAL, INSN_WFI, 0);
	/* WRS.NTO just ends */
	setup(state);
	csr_write(0, sstatus);
	assert_int_equal(leave(CAUSE_VIRTUAL_INSN, INSN_WRS_NTO), RESUME);
	assert_int_equal(csr_read(sepc), PC + 4);
	assert_int_equal(csr_read(CSR_VSCAUSE), 0);
}

static void virtual_instructions(void **state)
{
	static const uint16_t csrr_hstatus[] = {0x2773, 0x6000};

	(void)state;
	assert_int_equal(leave(CAUSE_VIRTUAL_INSN, 0x60002773), RESUME);
	injected(CAUSE_ILLEGAL, 0x60002773, SSTATUS_SPP);
	assert_int_equal(fetches, 0);
	/* stval may be 0: it is looked at */
	setup(state);
	code = csrr_hstatus;
	assert_int_equal(leave(CAUSE_VIRTUAL_INSN, 0), RESUME);
	injected(CAUSE_ILLEGAL, 0x60002773, SSTATUS_SPP);
	assert_int_equal(fetches, 2);
	setup(state);
	assert_int_equal(leave(CAUSE_VIRTUAL_INSN, 0), RESUME);
	untouched();
}

static void illegal_or_floating(void **state)
{
	(void)state;
	fp_wanted = true;
	assert_int_equal(leave(CAUSE_ILLEGAL, 0x3007), RESUME);
	untouched();
	assert_int_equal(vcpu.exits[REASON_FP], 1);
	fp_wanted = false;
	assert_int_equal(leave(CAUSE_ILLEGAL, 0x3007), RESUME);
	injected(CAUSE_ILLEGAL, 0x3007, SSTATUS_SPP);
	assert_int_equal(vcpu.exits[REASON_FP], 1);
}

/*
 * abort.c
 */

/* an access of @at with what the hart says of it */
static int fault(uint64_t cause, uint64_t at, uint64_t htinst)
{
	/* translated: the lowest bits are the virtual address's */
	csr_write(at >> 2, CSR_HTVAL);
	csr_write(htinst, CSR_HTINST);
	return leave(cause, 0x7000000 | (at & 0xfff));
}

/* htinst of a load and a store, as a long instruction and as a short one */
#define LOAD(funct3, rd) ((funct3) << 12 | (rd) << 7 | 0x3u)
#define STORE(funct3, rs2) ((rs2) << 20 | (funct3) << 12 | 0x23u)
#define SHORT(htinst) ((htinst) & ~2u)

static void quick_device(void **state)
{
	(void)state;
	quick = true;
	device_value = 0xffffffffffffff9a;
	assert_int_equal(fault(CAUSE_LOAD_GUEST, UART + 5, LOAD(4u, 14u)),
			 RESUME);
	assert_int_equal(device_at.v, UART + 5);
	assert_int_equal(device_width, 1);
	assert_int_equal(arch.regs.x[14], 0x9a);
	assert_int_equal(csr_read(sepc), PC + 4);
	fault(CAUSE_LOAD_GUEST, UART, SHORT(LOAD(0u, 15u)));
	assert_int_equal(arch.regs.x[15], 0xffffffffffffff9a);
	assert_int_equal(csr_read(sepc), PC + 6);
	/* into one that the way back does not load by itself */
	assert_int_equal(fault(CAUSE_LOAD_GUEST, UART, LOAD(2u, 9u)),
			 RESUME_ALL);
	assert_int_equal(fault(CAUSE_LOAD_GUEST, UART, LOAD(2u, 27u)),
			 RESUME_ALL);
	assert_int_equal(fault(CAUSE_LOAD_GUEST, UART, LOAD(2u, 28u)), RESUME);
	assert_int_equal(fault(CAUSE_LOAD_GUEST, UART, LOAD(2u, 0u)), RESUME);
	assert_int_equal(fault(CAUSE_STORE_GUEST, UART, STORE(1u, 11u)),
			 RESUME);
	assert_int_equal(device_wrote, 0x880b);
	assert_int_equal(device_width, 2);
	fault(CAUSE_STORE_GUEST, UART, STORE(3u, 0u));
	assert_int_equal(device_wrote, 0);
	assert_int_equal(vcpu.exits[REASON_MMIO], 8);
	assert_int_equal(left.kind, EXIT_NOTHING);
}

static void plic(void **state)
{
	(void)state;
	assert_int_equal(fault(CAUSE_STORE_GUEST, PLIC + 0x20, STORE(2u, 12u)),
			 RESUME);
	assert_int_equal(plic_value, 0x8888880c);
	assert_int_equal(syncs, 1); /* those who are to be told are */
	fault(CAUSE_LOAD_GUEST, PLIC + 0x20, LOAD(2u, 10u));
	assert_int_equal(arch.regs.x[10], 0xffffffff8888880c);
	fault(CAUSE_LOAD_GUEST, PLIC + 0x20, LOAD(6u, 10u));
	assert_int_equal(arch.regs.x[10], 0x8888880c);
	assert_int_equal(vcpu.exits[REASON_PLIC], 3);
}

static void slow_device(void **state)
{
	(void)state;
	assert_int_equal(fault(CAUSE_STORE_GUEST, UART + 4, STORE(2u, 11u)),
			 LEAVE);
	assert_int_equal(left.kind, EXIT_MMIO_WRITE);
	assert_int_equal(left.mmio.gpa.v, UART + 4);
	assert_int_equal(left.mmio.width, 4);
	assert_int_equal(left.mmio.value, 0x8888880b);
	assert_int_equal(csr_read(sepc), PC);
	setup(state);
	assert_int_equal(fault(CAUSE_LOAD_GUEST, UART, SHORT(LOAD(1u, 9u))),
			 LEAVE);
	assert_int_equal(left.kind, EXIT_MMIO_READ);
	/* its answer comes outside, where the state is in memory */
	arch.regs.pc = PC;
	arch_vcpu_mmio_done(&vcpu, 0x18001);
	assert_int_equal(arch.regs.x[9], 0xffffffffffff8001);
	assert_int_equal(arch.regs.pc, PC + 2);
	/* or as a fault */
	setup(state);
	fault(CAUSE_LOAD_GUEST, UART + 8, LOAD(3u, 9u));
	arch_vcpu_inject_abort(&vcpu, &left);
	assert_int_equal(arch.inject_cause, CAUSE_LOAD_ACCESS);
	assert_int_equal(arch.inject_value, 0x7000008);
}

static void what_no_device_takes(void **state)
{
	static const struct {
		uint64_t cause, at, htinst;
	} cases[] = {
		{CAUSE_LOAD_GUEST, UART + 1, LOAD(1u, 9u)}, /* misaligned */
		{CAUSE_LOAD_GUEST, UART + 4, LOAD(3u, 9u)},
		{CAUSE_STORE_GUEST, PLIC + 2, STORE(2u, 9u)},
		{CAUSE_LOAD_GUEST, UART + 0x1000, LOAD(2u, 9u) | 2 << 15},
		{CAUSE_STORE_GUEST, UART, 0x0000202f}, /* AMOADD.W */
		{CAUSE_LOAD_GUEST, UART, 0x1000202f},  /* LR.W */
		{CAUSE_LOAD_GUEST, UART, 0x3000},      /* walks */
		{CAUSE_STORE_GUEST, UART, 0x3020},
	};
	static const uint16_t fld[] = {0x3787, 0x0007};

	(void)state;
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(state);
		quick = true;
		device_at = gpa(0);
		assert_int_equal(
			fault(cases[i].cause, cases[i].at, cases[i].htinst),
			LEAVE);
		assert_int_equal(left.kind, EXIT_UNMAPPED);
		assert_int_equal(left.mmio.gpa.v, cases[i].at);
		assert_false(left.mmio.needs & PGT_X);
		assert_false(left.mmio.hopeless);
		assert_int_equal(device_at.v, 0);
		assert_int_equal(csr_read(sepc), PC);
		arch_vcpu_inject_abort(&vcpu, &left);
		assert_int_equal(arch.inject_cause,
				 cases[i].cause == CAUSE_LOAD_GUEST
					 ? CAUSE_LOAD_ACCESS
					 : CAUSE_STORE_ACCESS);
	}
	/* FLD, which htinst need not say */
	setup(state);
	code = fld;
	assert_int_equal(fault(CAUSE_LOAD_GUEST, UART, 0), LEAVE);
	assert_int_equal(left.kind, EXIT_UNMAPPED);
}

static void fetched_instructions(void **state)
{
	static const uint16_t lw[] = {0xa703, 0x0007};   /* LW a4, 0(a5) */
	static const uint16_t c_sw[] = {0xc398, 0xffff}; /* C.SW a4, 0(a5) */

	(void)state;
	quick = true;
	code = lw;
	device_value = 0x80000000;
	assert_int_equal(fault(CAUSE_LOAD_GUEST, UART, 0), RESUME);
	assert_int_equal(arch.regs.x[14], 0xffffffff80000000);
	assert_int_equal(csr_read(sepc), PC + 4);
	assert_int_equal(fetches, 2);
	setup(state);
	quick = true;
	code = c_sw;
	assert_int_equal(fault(CAUSE_STORE_GUEST, UART, 0), RESUME);
	assert_int_equal(device_wrote, 0x8888880e);
	assert_int_equal(csr_read(sepc), PC + 2);
	assert_int_equal(fetches, 1); /* no byte more than it has */
	/* it was another one when it faulted: again */
	setup(state);
	quick = true;
	code = lw;
	assert_int_equal(fault(CAUSE_STORE_GUEST, UART, 0), RESUME);
	untouched();
	/* the guest has taken its own mapping away */
	setup(state);
	assert_int_equal(fault(CAUSE_LOAD_GUEST, UART, 0), RESUME);
	untouched();
}

static void fetches_of_nothing(void **state)
{
	(void)state;
	assert_int_equal(fault(CAUSE_FETCH_GUEST, UART, 0), LEAVE);
	assert_int_equal(left.kind, EXIT_UNMAPPED);
	assert_int_equal(left.mmio.needs, PGT_X);
	assert_false(left.mmio.hopeless);
	arch_vcpu_inject_abort(&vcpu, &left);
	assert_int_equal(arch.inject_cause, CAUSE_FETCH_ACCESS);
	/* at its very vectors, nothing can come of it but from U-mode */
	setup(state);
	csr_write(PC | 1, CSR_VSTVEC);
	fault(CAUSE_FETCH_GUEST, UART, 0);
	assert_true(left.mmio.hopeless);
	csr_write(0, sstatus);
	fault(CAUSE_FETCH_GUEST, UART, 0);
	assert_false(left.mmio.hopeless);
}

/* Something may be there: with this, it is tried again. */
static void rights(void **state)
{
	static const struct {
		uint64_t cause, htinst;
		unsigned int need;
	} cases[] = {
		{CAUSE_LOAD_GUEST, LOAD(2u, 9u), PGT_R},
		{CAUSE_STORE_GUEST, STORE(2u, 9u), PGT_W},
		{CAUSE_STORE_GUEST, 0x0000202f, PGT_W},
		{CAUSE_LOAD_GUEST, 0x1000202f, PGT_R},
		{CAUSE_FETCH_GUEST, 0, PGT_X},
		/* a walk's own: of a store it reads, of a load it may write */
		{CAUSE_STORE_GUEST, 0x3000, PGT_R},
		{CAUSE_LOAD_GUEST, 0x3020, PGT_W},
		{CAUSE_FETCH_GUEST, 0x3000, PGT_R},
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		setup(state);
		assert_int_equal(fault(cases[i].cause, RAM, cases[i].htinst),
				 LEAVE);
		assert_int_equal(left.mmio.needs, cases[i].need);
		arch_vcpu_retry(&vcpu);
		/* without what the hart remembers of it */
		assert_true(arch.retry);
		assert_true(arch.inject_cause < 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, setup)
		TEST(each_cause),
		TEST(how_a_trap_is_taken),
		TEST(waits),
		TEST(virtual_instructions),
		TEST(illegal_or_floating),
		TEST(quick_device),
		TEST(plic),
		TEST(slow_device),
		TEST(what_no_device_takes),
		TEST(fetched_instructions),
		TEST(fetches_of_nothing),
		TEST(rights),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

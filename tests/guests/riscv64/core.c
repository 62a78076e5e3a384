// SPDX-License-Identifier: Apache-2.0
/*
 * What a hart keeps while a hypervisor does something for it: every register
 * over every kind of exit, and loads into each of them. Then what is its own
 * fault, and what is none.
 */
#include "guest.h"

#define UART_SCRATCH (UART_BASE + 7)
#define SBI_BASE 0x10ul

#define A0 10
#define A1 11
#define A4 14
#define A5 15
#define A6 16
#define A7 17

static void say(const char *what, bool good)
{
	print(good ? "pass " : "FAIL ");
	print(what);
	print("\n");
}

/* The last trap, as it came; traps are counted. */
static struct {
	volatile uint64_t count, cause, pc, value;
} trap;
static volatile uint64_t go_on_at; /* 0: behind the instruction */

#define SSTATUS_SPP 0x100ul
#define ECALL_USER 8

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t value)
{
	uint64_t next = go_on_at;

	if (cause != ECALL_USER) {
		trap.count++;
		trap.cause = cause;
		trap.pc = pc;
		trap.value = value;
	}
	__asm__ volatile("csrs sstatus, %0" ::"r"(SSTATUS_SPP));
	if (next)
		return next;
	return pc + ((*(volatile uint16_t *)pc & 3) == 3 ? 4 : 2);
}

void guest_irq(uint64_t count)
{
	(void)count;
}

void guest_unexpected(void)
{
	print("FAIL interrupt\n");
	power_off();
}

/*
 * regs_try() - all registers from an array, the instruction at regs_op, all
 * registers back to it
 */
void regs_try(uint64_t *x);
extern uint32_t regs_op[];
__asm__(".macro each_but_t0 op\n"
	".irp reg, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,"
	" 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
	"\\op x\\reg, 8 * \\reg(t0)\n"
	".endr\n"
	".endm\n"
	".macro each_host op\n"
	".irp reg, 1, 3, 4, 8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27\n"
	"\\op x\\reg, 8 * \\reg(sp)\n"
	".endr\n"
	".endm\n"
	".balign 4\n"
	"regs_try:\n"
	"addi sp, sp, -256\n"
	"each_host sd\n"
	"lla t0, regs_sp\n"
	"sd sp, 0(t0)\n"
	"csrw sscratch, a0\n"
	"mv t0, a0\n"
	"each_but_t0 ld\n"
	"ld t0, 8 * 5(t0)\n"
	".balign 4\n"
	"regs_op:\n"
	".option push\n"
	".option norvc\n"
	"nop\n"
	".option pop\n"
	"csrrw t0, sscratch, t0\n"
	"each_but_t0 sd\n"
	"csrr t1, sscratch\n"
	"sd t1, 8 * 5(t0)\n"
	"lla t0, regs_sp\n"
	"ld sp, 0(t0)\n"
	"each_host ld\n"
	"addi sp, sp, 256\n"
	"ret\n"
	".bss\n"
	".balign 8\n"
	"regs_sp: .skip 8\n"
	".text\n");

static uint64_t pattern(unsigned int reg)
{
	return 0x8000000080000081ul + reg * 0x0101010101010101ul;
}

/* Registers before and, but for @changed, after; the latter are given back. */
static bool op_keeps(uint32_t insn, uint64_t *x, uint32_t changed)
{
	uint64_t before[32];
	bool good = true;

	for (unsigned int i = 0; i < 32; i++)
		before[i] = x[i];
	*(volatile uint32_t *)regs_op = insn;
	__asm__ volatile(".4byte 0x100f" ::: "memory"); /* FENCE.I */
	regs_try(x);
	for (unsigned int i = 1; i < 32; i++) {
		if (changed >> i & 1 || x[i] == before[i])
			continue;
		print("x");
		print_hex(i);
		print(" became ");
		print_hex(x[i]);
		print("\n");
		good = false;
	}
	return good;
}

static void patterns(uint64_t *x)
{
	for (unsigned int i = 0; i < 32; i++)
		x[i] = pattern(i);
}

/* A load of @funct3 from a device into each register, by a base elsewhere. */
static bool loads(uint64_t at, uint32_t funct3, uint64_t want)
{
	bool good = true;

	for (unsigned int rd = 0; rd < 32; rd++) {
		unsigned int base = rd == A5 ? A4 : A5;
		uint64_t x[32];

		patterns(x);
		x[base] = at;
		good &= op_keeps(base << 15 | funct3 << 12 | rd << 7 | 0x03, x,
				 1u << rd);
		good &= !rd || x[rd] == want;
	}
	return good;
}

/* A byte of each register into the UART's scratch register. */
static bool stores(void)
{
	bool good = true;

	for (unsigned int rs = 0; rs < 32; rs++) {
		unsigned int base = rs == A5 ? A4 : A5;
		uint64_t x[32];

		patterns(x);
		x[base] = UART_SCRATCH;
		good &= op_keeps(rs << 20 | base << 15 | 0x23, x, 0);
		good &= *(volatile uint8_t *)UART_SCRATCH ==
			(rs ? (uint8_t)pattern(rs) : 0);
	}
	return good;
}

static void test_registers(void)
{
	uint64_t x[32];

	patterns(x);
	x[A7] = SBI_BASE;
	x[A6] = 0;
	say("an SBI call keeps registers",
	    op_keeps(0x73, x, 1u << A0 | 1u << A1) && !x[A0] &&
		    x[A1] >> 24 == 2);
	say("loads of the PLIC", loads(PLIC_PRIORITY(0), 2, 0));
	*(volatile uint8_t *)UART_SCRATCH = 0x9a;
	say("signed loads of the UART",
	    loads(UART_SCRATCH, 0, 0xffffffffffffff9a));
	say("unsigned loads of the UART", loads(UART_SCRATCH, 4, 0x9a));
	say("stores to the UART", stores());
}

/*
 * Faults
 */

/* a5 holds an address; in S-mode, or in U-mode and back by an ECALL */
void insn_try(uint64_t address);
void insn_try_user(uint64_t address);
void fetch_try(uint64_t address);
extern uint32_t try_op[], user_op[];
extern char try_back[];
__asm__(".balign 4\n"
	"insn_try:\n"
	"mv a5, a0\n"
	".balign 4\n"
	"try_op:\n"
	".option push\n"
	".option norvc\n"
	"nop\n"
	"nop\n"
	".option pop\n"
	"ret\n"
	".balign 4\n"
	"insn_try_user:\n"
	"mv a5, a0\n"
	"lla t0, user_op\n"
	"csrw sepc, t0\n"
	"li t0, 0x100\n"
	"csrc sstatus, t0\n"
	"sret\n"
	".balign 4\n"
	"user_op:\n"
	".option push\n"
	".option norvc\n"
	"nop\n"
	"ecall\n"
	".option pop\n"
	"fetch_try:\n"
	"jr a0\n"
	"try_back:\n"
	"ret\n");

static bool trapped(uint64_t cause, uint64_t value)
{
	bool good =
		trap.count == 1 && trap.cause == cause && trap.value == value;

	if (!good) {
		print("traps ");
		print_hex(trap.count);
		print(" cause ");
		print_hex(trap.cause);
		print(" value ");
		print_hex(trap.value);
		print(", not ");
		print_hex(cause);
		print(" ");
		print_hex(value);
		print("\n");
	}
	trap.count = 0;
	return good;
}

static bool untrapped(void)
{
	return trap.count ? trapped(0, 0) : true;
}

static void try(uint32_t insn, uint64_t address)
{
	trap.count = 0;
	*(volatile uint32_t *)try_op = insn;
	__asm__ volatile(".4byte 0x100f" ::: "memory"); /* FENCE.I */
	insn_try(address);
}

static void try_user(uint32_t insn)
{
	trap.count = 0;
	*(volatile uint32_t *)user_op = insn;
	__asm__ volatile(".4byte 0x100f" ::: "memory");
	/* it comes back where it was called */
	go_on_at = (uint64_t)try_back;
	insn_try_user(0);
	go_on_at = 0;
}

/* A fetch there: the trap goes on at a return. */
static void try_fetch(uint64_t address)
{
	trap.count = 0;
	go_on_at = (uint64_t)try_back;
	fetch_try(address);
	go_on_at = 0;
}

#define NOTHING 0x30000000ul
#define READ_ONLY 0x90000000ul
#define NO_EXEC 0x90200000ul

#define BASE_A5 (A5 << 15)
#define LW (0x2003 | A4 << 7 | BASE_A5)
#define LD (0x3003 | A4 << 7 | BASE_A5)
#define SW (0x2023 | A4 << 20 | BASE_A5)
#define LR_W (0x1000202f | A4 << 7 | BASE_A5)
#define AMOADD_W (0x0000202f | A4 << 7 | A4 << 20 | BASE_A5)
#define AMOSWAP_D (0x0800302f | A4 << 7 | A4 << 20 | BASE_A5)
#define C_LW 0x00014398u /* C.LW a4, 0(a5); C.NOP */
#define C_SW 0x0001c398u
#define CSRR(csr) ((uint32_t)(csr) << 20 | 0x2073 | A4 << 7)

#define FETCH_FAULT 1
#define ILLEGAL 2
#define LOAD_FAULT 5
#define STORE_FAULT 7

static void test_memory_faults(void)
{
	static const uint64_t places[] = {UART_BASE, PLIC_BASE, NOTHING};
	bool good = true;

	for (unsigned int i = 0; i < 3; i++) {
		uint64_t at = places[i];

		try(AMOADD_W, at);
		good &= trapped(STORE_FAULT, at);
		try(AMOSWAP_D, at);
		good &= trapped(STORE_FAULT, at);
		try(LR_W, at);
		good &= trapped(LOAD_FAULT, at);
		try_fetch(at);
		good &= trapped(FETCH_FAULT, at);
	}
	say("atomics and fetches of devices and of nothing", good);

	try(LW, UART_BASE + 1);
	good = trapped(LOAD_FAULT, UART_BASE + 1);
	try(SW, PLIC_BASE + 2);
	good &= trapped(STORE_FAULT, PLIC_BASE + 2);
	try(LD, PLIC_BASE + 4);
	good &= trapped(LOAD_FAULT, PLIC_BASE + 4);
	say("misaligned accesses of devices", good);

	try(C_LW, PLIC_BASE);
	good = untrapped();
	try(C_SW, PLIC_BASE);
	good &= untrapped();
	try(C_LW, NOTHING);
	good &= trapped(LOAD_FAULT, NOTHING);
	try(C_SW, NOTHING);
	good &= trapped(STORE_FAULT, NOTHING);
	say("short loads and stores", good);

	try(LW, READ_ONLY);
	good = untrapped();
	try(SW, READ_ONLY + 8);
	good &= trapped(STORE_FAULT, READ_ONLY + 8);
	try(AMOADD_W, READ_ONLY);
	good &= trapped(STORE_FAULT, READ_ONLY);
	try_fetch(NO_EXEC + 4);
	good &= trapped(FETCH_FAULT, NO_EXEC + 4);
	try(SW, NO_EXEC);
	good &= untrapped();
	say("rights of memory that is there", good);
}

/* From S-mode; cause 0: no trap at all */
static bool insn_does(uint32_t insn, uint64_t cause)
{
	try(insn, 0);
	return cause ? trapped(cause, insn) : untrapped();
}

static bool user_does(uint32_t insn, uint64_t cause)
{
	try_user(insn);
	return cause ? trapped(cause, insn) : untrapped();
}

#define WFI 0x10500073u
#define SRET 0x10200073u
#define MRET 0x30200073u
#define SFENCE_VMA 0x12000073u
#define HFENCE_GVMA 0x62000073u
#define HFENCE_VVMA 0x22000073u
#define HLV_W (0x68004073u | A4 << 7 | BASE_A5)

static void test_instructions(void)
{
	/* of the hypervisor, VS, counters, M-mode, Zkr, vectors, debugging */
	static const uint16_t hidden[] = {
		0x600, 0x602, 0x603, 0x604, 0x605, 0x606, 0x60a, 0x643, 0x645,
		0x64a, 0x680, 0xe12, 0x200, 0x204, 0x205, 0x240, 0x241, 0x242,
		0x243, 0x244, 0x24d, 0x280, 0xc00, 0xc02, 0xc03, 0x300, 0x301,
		0x341, 0xf11, 0xf14, 0x5a8, 0x015, 0x008, 0xc20, 0x7a0,
	};
	bool good = true;

	for (unsigned int i = 0; i < sizeof(hidden) / sizeof(*hidden); i++)
		good &= insn_does(CSRR(hidden[i]), ILLEGAL);
	say("registers that a guest has not", good);

	good = insn_does(HFENCE_GVMA, ILLEGAL);
	good &= insn_does(HFENCE_VVMA, ILLEGAL);
	good &= insn_does(HLV_W, ILLEGAL);
	/* in QEMU 10 its stval is an earlier instruction's, on bare harts too */
	try(MRET, 0);
	good &= trap.count == 1 && trap.cause == ILLEGAL;
	trap.count = 0;
	say("instructions of others", good);

	good = insn_does(SFENCE_VMA, 0);
	good &= insn_does(CSRR(0xc01), 0); /* time */
	good &= insn_does(CSRR(0x180), 0); /* satp */
	good &= insn_does(CSRR(0x106), 0); /* scounteren */
	good &= insn_does(CSRR(0x10a), 0); /* senvcfg */
	say("its own", good);

	good = user_does(0x13, 0);
	good &= user_does(WFI, ILLEGAL);
	good &= user_does(SRET, ILLEGAL);
	good &= user_does(SFENCE_VMA, ILLEGAL);
	good &= user_does(HFENCE_GVMA, ILLEGAL);
	good &= user_does(HLV_W, ILLEGAL);
	good &= user_does(CSRR(0x100), ILLEGAL);
	good &= user_does(CSRR(0x600), ILLEGAL);
	good &= user_does(CSRR(0x200), ILLEGAL);
	say("of U-mode", good);

	__asm__ volatile("csrw scounteren, 0");
	good = user_does(CSRR(0xc01), ILLEGAL);
	__asm__ volatile("csrw scounteren, 7");
	good &= user_does(CSRR(0xc01), 0);
	good &= user_does(CSRR(0xc00), ILLEGAL);
	good &= user_does(CSRR(0xc02), ILLEGAL);
	say("counters as scounteren and the host have it", good);
}

/*
 * SBI, chapter 16: where stolen time is read, and what is no such place
 */

#define SBI_STA 0x535441ul
#define SBI_CVISOR 0x485643ul
#define INVALID_PARAM (-3)
#define INVALID_ADDRESS (-5)

static struct {
	volatile uint32_t sequence, flags;
	volatile uint64_t steal;
	volatile uint8_t rest[48];
} record __attribute__((aligned(64)));

static void test_steal_time(void)
{
	uint64_t at = (uint64_t)&record;
	uint32_t sequence;
	bool good;

	record.rest[47] = 0xa5;
	good = sbi(SBI_BASE, 3, SBI_STA, 0, 0).value == 1;
	good &= !sbi(SBI_STA, 0, at, 0, 0).error;
	good &= !record.flags && !record.rest[47];
	sequence = record.sequence;
	good &= !(sequence & 1);
	/* it is kept up to date: an exit that the host does itself */
	for (unsigned int i = 0; i < 3; i++)
		sbi(SBI_CVISOR, 0, 0, 0, 0);
	good &= record.sequence != sequence && !(record.sequence & 1);
	good &= sbi(SBI_STA, 0, at + 32, 0, 0).error == INVALID_PARAM;
	good &= sbi(SBI_STA, 0, at, 0, 1).error == INVALID_PARAM;
	good &= sbi(SBI_STA, 0, UART_BASE, 0, 0).error == INVALID_ADDRESS;
	good &= sbi(SBI_STA, 0, NOTHING, 0, 0).error == INVALID_ADDRESS;
	good &= sbi(SBI_STA, 0, at, 1, 0).error == INVALID_ADDRESS;
	good &= !sbi(SBI_STA, 0, ~0ul, ~0ul, 0).error;
	sequence = record.sequence;
	for (unsigned int i = 0; i < 3; i++)
		sbi(SBI_CVISOR, 0, 0, 0, 0);
	good &= record.sequence == sequence;
	say("stolen time", good);
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	(void)entry_count;
	(void)dtb;
	print("core guest\n");
	test_registers();
	test_memory_faults();
	test_instructions();
	test_steal_time();
	print("core guest: done\n");
	power_off();
}

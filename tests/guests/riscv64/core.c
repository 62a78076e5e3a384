// SPDX-License-Identifier: Apache-2.0
/*
 * What a hart keeps while a hypervisor does something for it: every register
 * over every kind of exit, and loads into each of them.
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

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	print("FAIL trap ");
	print_hex(cause);
	print(" at ");
	print_hex(pc);
	print(" value ");
	print_hex(address);
	print("\n");
	power_off();
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

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	(void)entry_count;
	(void)dtb;
	print("core guest\n");
	test_registers();
	print("core guest: done\n");
	power_off();
}

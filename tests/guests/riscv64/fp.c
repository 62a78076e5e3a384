// SPDX-License-Identifier: Apache-2.0
/*
 * Floating-point registers, beside other guests that use them. By what its
 * device tree's text holds:
 *
 * role=use:  all of them and fcsr have this guest's own values all the time,
 *            changed and only read in turns; it says when one has changed
 *            by itself.
 * role=none: turns none of it on, and computes as long.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma GCC visibility push(hidden) /* no GOT: addresses are PC-relative */

#define SBI_DBCN 0x4442434eul
#define SBI_SRST 0x53525354ul
#define SSTATUS_FS 0x6000ul
#define TICKS 4000000ul /* 0.4 s of QEMU's */

void guest_main(uint64_t hart, uint64_t tree);
void guest_secondary(uint64_t hart, uint64_t arg);
uint64_t guest_trap(uint64_t cause, uint64_t pc, uint64_t value);

static volatile uint64_t illegal;

static long sbi(uint64_t ext, uint64_t fn, uint64_t x)
{
	register uint64_t a0 __asm__("a0") = x;
	register uint64_t a1 __asm__("a1") = 0;
	register uint64_t a2 __asm__("a2") = 0;
	register uint64_t a6 __asm__("a6") = fn;
	register uint64_t a7 __asm__("a7") = ext;

	__asm__ volatile("ecall"
			 : "+r"(a0), "+r"(a1)
			 : "r"(a2), "r"(a6), "r"(a7)
			 : "memory");
	return (long)a0;
}

static void print(const char *text)
{
	for (; *text; text++)
		sbi(SBI_DBCN, 2, (uint8_t)*text);
}

static uint64_t now(void)
{
	uint64_t v;

	__asm__ volatile("rdtime %0" : "=r"(v));
	return v;
}

uint64_t guest_trap(uint64_t cause, uint64_t pc, uint64_t value)
{
	(void)value;
	if (cause != 2) {
		print("FAIL trap\r\n");
		sbi(SBI_SRST, 0, 0);
	}
	illegal++;
	return pc + 4;
}

void guest_secondary(uint64_t hart, uint64_t arg)
{
	(void)hart;
	(void)arg;
}

static void fp_on(bool on)
{
	if (on)
		__asm__ volatile("csrs sstatus, %0" ::"r"(SSTATUS_FS));
	else
		__asm__ volatile("csrc sstatus, %0" ::"r"(SSTATUS_FS));
}

/* fcsr and the 32 registers, by number: the guest is compiled without them. */
void fp_write(const uint64_t *values, uint64_t fcsr);
uint64_t fp_read(uint64_t *values);
__asm__(".macro each_f form, funct3\n"
	".irp reg, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16,"
	" 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31\n"
	"\\form \\reg\n"
	".endr\n"
	".endm\n"
	".macro fsd_x reg\n"
	".insn s 0x27, 3, x\\reg, 8 * \\reg(a0)\n"
	".endm\n"
	".macro fld_x reg\n"
	".insn i 0x07, 3, x\\reg, 8 * \\reg(a0)\n"
	".endm\n"
	"fp_write:\n"
	"each_f fld_x\n"
	"csrw 3, a1\n"
	"ret\n"
	"fp_read:\n"
	"each_f fsd_x\n"
	"csrr a0, 3\n"
	"ret\n");

static uint64_t mine, round_count;

static uint64_t value_of(unsigned int i)
{
	return (mine + round_count) * 0x9e3779b97f4a7c15ul + i;
}

static uint64_t fcsr_of(void)
{
	return (mine ^ round_count) & 0x1f;
}

static bool all_mine(void)
{
	uint64_t values[32];
	bool good = fp_read(values) == fcsr_of();

	for (unsigned int i = 0; i < 32; i++)
		good &= values[i] == value_of(i);
	return good;
}

static void change(void)
{
	uint64_t values[32];

	round_count++;
	for (unsigned int i = 0; i < 32; i++)
		values[i] = value_of(i);
	fp_write(values, fcsr_of());
}

static bool holds(uint64_t tree, const char *text)
{
	const char *blob = (const char *)tree;
	uint32_t size = (uint32_t)(uint8_t)blob[5] << 16 |
			(uint32_t)(uint8_t)blob[6] << 8 | (uint8_t)blob[7];

	for (uint32_t i = 0; i < size; i++) {
		uint32_t n = 0;

		while (text[n] && i + n < size && blob[i + n] == text[n])
			n++;
		if (!text[n])
			return true;
	}
	return false;
}

static void use(void)
{
	uint64_t end = now() + TICKS, wrong = 0, fresh[32], sum = 0;

	fp_on(true);
	sum = fp_read(fresh);
	for (unsigned int i = 0; i < 32; i++)
		sum |= fresh[i];
	print(sum ? "FAIL registers of another\r\n"
		  : "pass fresh registers\r\n");
	change();
	while (now() < end) {
		/* written in this turn, then for some turns only read */
		uint64_t next = now() + 50000;

		while (now() < next)
			wrong += !all_mine();
		change();
	}
	print(wrong ? "FAIL registers changed\r\n" : "pass registers stay\r\n");
	fp_on(false);
	illegal = 0;
	fp_read(fresh);
	print(illegal == 33 ? "pass off means illegal\r\n"
			    : "FAIL off means illegal\r\n");
	fp_on(true);
	print(all_mine() ? "pass kept while off\r\n"
			 : "FAIL kept while off\r\n");
}

void guest_main(uint64_t hart, uint64_t tree)
{
	(void)hart;
	mine = now();
	if (holds(tree, "role=use")) {
		use();
	} else {
		uint64_t end = now() + TICKS;

		while (now() < end)
			;
		illegal = 0;
		/* an illegal instruction stays one, all off */
		__asm__ volatile(".4byte 0");
		print(illegal == 1 ? "pass illegal\r\n" : "FAIL illegal\r\n");
	}
	print("fp guest: done\r\n");
	for (;;)
		__asm__ volatile("wfi");
}

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
#include "guest.h"

#define SSTATUS_FS 0x6000ul
#define TICKS 4000000ul /* 0.4 s of QEMU's */

static volatile uint64_t illegal;

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)address;
	if (cause != 2) {
		print("FAIL trap\n");
		power_off();
	}
	illegal++;
	return pc + 4;
}

void guest_irq(uint64_t count)
{
	(void)count;
}

void guest_unexpected(void)
{
	print("FAIL interrupt\n");
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
	uint32_t size = be32(tree + 4);

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
	uint64_t end = counter() + TICKS, wrong = 0, fresh[32], sum = 0;

	fp_on(true);
	sum = fp_read(fresh);
	for (unsigned int i = 0; i < 32; i++)
		sum |= fresh[i];
	print(sum ? "FAIL registers of another\n" : "pass fresh registers\n");
	change();
	while (counter() < end) {
		/* written in this turn, then for some turns only read */
		uint64_t next = counter() + 50000;

		while (counter() < next)
			wrong += !all_mine();
		change();
	}
	print(wrong ? "FAIL registers changed\n" : "pass registers stay\n");
	fp_on(false);
	illegal = 0;
	fp_read(fresh);
	print(illegal == 33 ? "pass off means illegal\n"
			    : "FAIL off means illegal\n");
	fp_on(true);
	print(all_mine() ? "pass kept while off\n" : "FAIL kept while off\n");
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	(void)entry_count;
	fp_on(false);
	mine = counter();
	if (holds(dtb, "role=use")) {
		use();
	} else {
		uint64_t end = counter() + TICKS;

		while (counter() < end)
			;
		illegal = 0;
		/* an illegal instruction stays one, all off */
		__asm__ volatile(".4byte 0");
		print(illegal == 1 ? "pass illegal\n" : "FAIL illegal\n");
	}
	print("fp guest: done\n");
	for (;;)
		wfi();
}

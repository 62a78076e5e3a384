// SPDX-License-Identifier: Apache-2.0
/*
 * The hostile guest of RISC-V: tries everything a guest can do to its host, and
 * looks at each answer: the exception and stval, or the value, that a hart
 * without H would give. Each step says its name, so that a host that dies shows
 * where, and how many answers were wrong.
 *
 * On a machine without a hypervisor it lists its CSRs and ends: that list is
 * compared with a guest's.
 */
#include "hostile/hostile.h"

#define SAID_MAX 25 /* wrong answers that a step describes */

struct hart harts[HARTS] __attribute__((aligned(64)));

static const char *step;
static uint64_t checked, wrong, wrong_in_all;

uint64_t noise(void)
{
	uint64_t *state = &hart_here()->random;

	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

void begin(const char *what)
{
	step = what;
	checked = wrong = 0;
	print("hostile: ");
	print(what);
	print(" ...\n");
}

void end(void)
{
	print("hostile: ");
	print(step);
	print(": tried ");
	print_dec(checked);
	print(", wrong ");
	print_dec(wrong);
	print("\n");
	wrong_in_all += wrong;
}

bool check(bool good, const char *what, uint64_t a, uint64_t b)
{
	const struct hart *hart = hart_here();

	__atomic_fetch_add(&checked, 1, __ATOMIC_RELAXED);
	if (good)
		return true;
	if (__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED) >= SAID_MAX)
		return false;
	print("WRONG ");
	print(what);
	print(" ");
	print_hex(a);
	print(" ");
	print_hex(b);
	print(", last trap: cause ");
	print_hex(hart->cause);
	print(" value ");
	print_hex(hart->value);
	print(" pc ");
	print_hex(hart->pc);
	print("\n");
	return false;
}

/*
 * Tries
 */

uint64_t try_at(uint64_t pc, enum mode mode)
{
	struct hart *hart = hart_here();
	uint64_t status = CSR_READ(sstatus);

	hart->pc = pc;
	try_go(hart, (status & ~(SSTATUS_SPP | SSTATUS_SIE | 0x20)) |
			     SSTATUS_FS | (mode == VS ? SSTATUS_SPP : 0));
	CSR_WRITE(sstatus, status);
	return hart->cause;
}

uint64_t try_insn(uint32_t insn, enum mode mode, uint64_t a0, uint64_t a1)
{
	struct hart *hart = hart_here();
	unsigned int length = (insn & 3) == 3 ? 4 : 2;
	uint64_t code = (uint64_t)hart->code, cause;

	hart->code[0] =
		length == 4 ? insn : insn | 0x9002u << 16; /* c.ebreak */
	hart->code[1] = 0x00100073;                        /* ebreak */
	__asm__ volatile(".4byte 0x100f" ::: "memory");
	hart->x[A0] = a0;
	hart->x[A1] = a1;
	cause = try_at(code, mode);
	return cause == BREAKPOINT && hart->pc == code + length ? NONE : cause;
}

/*
 * Interrupts and other harts
 */

void sbi_timer(uint64_t at)
{
	sbi(SBI_TIMER, 0, at, 0, 0);
}

void trap_irq(struct hart *hart)
{
	uint64_t at, claim;

	hart->irqs++;
	switch (hart->cause) {
	case INTERRUPT | 1:
		CSR_CLEAR(sip, SIE_SOFT);
		return;
	case TIMER:
		sbi_timer(UINT64_MAX);
		return;
	case INTERRUPT | 9:
		at = PLIC_BASE + 0x201004 + 0x2000 * hart->id;
		claim = read32(at);
		write8(UART_BASE + 1, 0);
		write32(at, (uint32_t)claim);
		return;
	default:
		print("hostile: unexpected trap, cause ");
		print_hex(hart->cause);
		print(" value ");
		print_hex(hart->value);
		print(" pc ");
		print_hex(hart->pc);
		print("\n");
		sbi(SBI_RESET, 0, 0, 1, 0);
	}
}

bool hart_run(unsigned int id, void (*fn)(void))
{
	harts[id].id = id;
	harts[id].trying = 0;
	harts[id].random = 0x9e3779b97f4a7c15 + id;
	return !sbi(SBI_HSM, 0, id, (uint64_t)hostile_secondary, (uint64_t)fn)
			.error;
}

bool hart_wait(unsigned int id)
{
	uint64_t until = counter() + 600000000; /* a minute */

	while (sbi(SBI_HSM, 2, id, 0, 0).value != 1)
		if (counter() > until)
			return false;
	return true;
}

/* start.S's own vectors are not used */

void guest_irq(uint64_t count)
{
	(void)count;
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t value)
{
	(void)cause;
	(void)value;
	return insn_next(pc);
}

void guest_unexpected(void)
{
}

/*
 * The end, by a key: each stops this guest, none anything else.
 */

static void step_dead_hart(uint64_t entry)
{
	uint64_t until = counter() + 600000000;

	sbi(SBI_HSM, 0, 2, entry, 0);
	while (counter() < until)
		;
	print("hostile: a dead hart went on\n");
}

static void end_by(char key)
{
	if (key == 'v') { /* stvec is 0, and no memory there */
		step_dead_hart(RAM_END - 2);
	} else if (key == 'w') { /* vectors in a device */
		CSR_WRITE(stvec, UART_BASE);
		__asm__ volatile(".2byte 0");
	} else if (key == 'p') { /* page tables in nothing */
		CSR_WRITE(satp, 8ul << 60 | NOTHING >> 12);
		__asm__ volatile("sfence.vma");
	} else if (key == 'i') { /* no instruction at the vectors */
		static const uint64_t none[8] __attribute__((aligned(64)));

		CSR_WRITE(stvec, none);
		__asm__ volatile(".2byte 0");
	} else if (key == 's') { /* all harts stop */
		sbi(SBI_HSM, 1, 0, 0, 0);
	} else if (key == 'l') {
		sbi(8, 0, 0, 0, 0);
	} else if (key == 'r') {
		sbi(SBI_RESET, 0, 1, 0, 0);
	} else {
		sbi(SBI_RESET, 0, 0, 0, 0);
	}
}

static void step_end(void)
{
	int key = -1;

	write8(UART_BASE + 4, 0);
	write8(UART_BASE + 1, 0);
	uart_init();
	print("hostile: done, wrong in all ");
	print_dec(wrong_in_all);
	print("\n");
	while (key < 0) {
		uint64_t until = counter() + counter_freq();

		print("hostile: end by which key?\n");
		while (key < 0 && counter() < until)
			key = uart_typed();
	}
	end_by((char)key);
	print("hostile: the end was survived\n");
	for (;;)
		;
}

/* The command line, or anything else in the tree, has this word. */
static bool is_told(uint64_t dtb, const char *word)
{
	const char *blob = (const char *)dtb;

	for (uint32_t i = 0, n = 0; i < be32(dtb + 4); i++) {
		n = blob[i] == word[n] ? n + 1 : blob[i] == word[0];
		if (!word[n])
			return true;
	}
	return false;
}

static void steps(void)
{
	step_wild("wild accesses, no page tables");
	step_fetches();
	step_rights();
	step_emulated();
	mmu_on();
	step_wild("wild accesses by page tables");
	step_page_tables();
	step_execute_only();
	step_racing_tables();
	step_random_user();
	mmu_off();
	step_devices();
	step_sbi();
	step_hart_storm();
	step_interrupts();
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	struct hart *hart = &harts[start_hart];
	bool ends_only = is_told(dtb, "hostile-ends");
	bool bare;

	(void)entry_count;
	hart->id = start_hart;
	hart->random = 0x9e3779b97f4a7c15;
	__asm__ volatile("mv tp, %0" ::"r"(hart));
	CSR_WRITE(sscratch, hart);
	CSR_WRITE(stvec, hostile_trap);
	CSR_WRITE(sie, 0);
	CSR_WRITE(scounteren, 7);
	bare = sbi(SBI_BASE, 1, 0, 0, 0).value != SBI_HYPERCALL;

	print("hostile: started\n");
	if (!bare) /* firmware leaves what it likes */
		step_fresh();
	if (!ends_only) {
		step_csrs(bare, is_told(dtb, "riscv,imsics"));
		step_instructions();
	}
	if (bare)
		power_off();
	if (!ends_only)
		steps();
	step_end();
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the hostile guest share: tries of single instructions, of
 * which everything that a hart shows is kept.
 */
#ifndef HOSTILE_H
#define HOSTILE_H

#include "guest.h"

#define HARTS 3
#define HART_SIZE 0x5000
#define PLIC_SIZE 0x600000ul
/* The page of hardware that this guest is given: nothing answers there. */
#define HOLE 0x8000000ul
#define NOTHING 0x30000000ul
#define RAM_END 0x81000000ul
/* Pages of RAM that cannot be written, or not be run */
#define READ_RUN 0x90000000ul
#define READ_WRITE 0x90001000ul

/* Causes, table 12.2 of the privileged ISA */
enum {
	FETCH_ACCESS = 1,
	ILLEGAL = 2,
	BREAKPOINT = 3,
	LOAD_MISALIGNED = 4,
	LOAD_ACCESS = 5,
	STORE_MISALIGNED = 6,
	STORE_ACCESS = 7,
	USER_ECALL = 8,
	FETCH_PAGE = 12,
	LOAD_PAGE = 13,
	STORE_PAGE = 15,
	NONE = 64, /* it was no trap */
};
#define INTERRUPT (1ul << 63)
#define TIMER (INTERRUPT | 5)

enum mode { VU, VS };

#define A0 10
#define A1 11

/**
 * struct hart - a hart's place for its traps, which sscratch names
 * @x:      registers of the last trap; those that a try begins with
 * @pc, @cause, @value, @status: of the last trap
 * @kept:   callee-saved registers while a try is under way
 * @trying: the next trap ends a try
 */
struct hart {
	uint64_t x[32];
	uint64_t pc;
	uint64_t cause;
	uint64_t value;
	uint64_t status;
	uint64_t kept[15];
	uint64_t trying;
	/* from here on trap.S knows nothing */
	uint64_t id;
	uint64_t random;
	uint64_t irqs;
	uint32_t code[16] __attribute__((aligned(64)));
	uint8_t stack[HART_SIZE - 512] __attribute__((aligned(16)));
};
_Static_assert(sizeof(struct hart) == HART_SIZE, "trap.S");
_Static_assert(offsetof(struct hart, pc) == 256, "trap.S");
_Static_assert(offsetof(struct hart, trying) == 408, "trap.S");

extern struct hart harts[HARTS];

static inline struct hart *hart_here(void)
{
	struct hart *hart;

	__asm__ volatile("mv %0, tp" : "=r"(hart));
	return hart;
}

#define SSTATUS_SIE 0x2ul
#define SSTATUS_SPP 0x100ul
#define SSTATUS_FS 0x6000ul
#define SSTATUS_SUM 0x40000ul
#define SSTATUS_MXR 0x80000ul

#define SBI_BASE 0x10
#define SBI_STA 0x535441
#define SBI_HYPERCALL 0x485643

/* hostile.c */
/** noise() - random, of its own for each hart */
uint64_t noise(void);
/** begin() - a step, by name */
void begin(const char *what);
/** end() - says how much was tried and what went wrong */
void end(void);
/** check() - count; a wrong one is said with these numbers, the first few */
bool check(bool good, const char *what, uint64_t a, uint64_t b);
/** try_at() - run what stands at @pc until it traps. Return: the cause */
uint64_t try_at(uint64_t pc, enum mode mode);
/**
 * try_insn() - run one instruction, of 2 or 4 bytes, with this a0 and a1
 *
 * Return: its cause, its pc, value and registers in *hart_here(); NONE if the
 * instruction behind it was reached
 */
uint64_t try_insn(uint32_t insn, enum mode mode, uint64_t a0, uint64_t a1);
/** floats_zero() - as they are when nobody has used them */
bool floats_zero(void);
/** hart_run() - another hart calls @fn and stops; false: it did not start */
bool hart_run(unsigned int id, void (*fn)(void));
/** hart_wait() - until it has stopped. Return: false: it does not */
bool hart_wait(unsigned int id);
/** sbi_timer() - by SBI, where there is Sstc, too */
void sbi_timer(uint64_t at);

/* The steps */
void step_fresh(void);
/** step_csrs() - @aia: the tree has IMSICs */
void step_csrs(bool bare, bool aia);
void step_instructions(void);
void step_wild(const char *what);
void step_fetches(void);
void step_rights(void);
void step_emulated(void);
void step_page_tables(void);
void step_execute_only(void);
void step_racing_tables(void);
void step_random_user(void);
void step_sbi(void);
void step_hart_storm(void);
void step_interrupts(void);
void step_devices(void);

/* tables.c: identity, 4 GiB in GiB pages, Sv39 */
void mmu_on(void);
void mmu_off(void);

/* trap.S */
void try_go(struct hart *hart, uint64_t status);
void hostile_trap(void);
void hostile_secondary(void);
void trap_irq(struct hart *hart);

#endif

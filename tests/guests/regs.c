// SPDX-License-Identifier: Apache-2.0
/*
 * The register guest: fills every register that it can write with a pattern of
 * its own, computes while another VM has the same CPU in turns, then looks
 * whether all is as it was, and whether any register that it can read shows
 * the other's pattern. Boot argument "sign=a" or "sign=b" says which is its.
 */
#include "regs.h"

#define SPINS 2000000
#define SAY_ROUNDS 4

#define SIGN_A 0xa5c3
#define SIGN_B 0x5e1b

#define READABLE 4096

static uint16_t own, other;
static volatile uint64_t traps;
static bool bad;

static bool present[REGS_FILLED_MAX];
static uint64_t expected[REGS_FILLED_MAX];

/* Every register that answers. */
static uint32_t readable[READABLE];
static unsigned int readable_count;

void guest_irq(uint64_t count)
{
	(void)count; /* never: interrupts stay masked */
}

uint64_t guest_sync(uint64_t cause, uint64_t pc, uint64_t address)
{
	(void)cause;
	(void)address;
	traps++;
	return insn_next(pc);
}

void guest_unexpected(void)
{
	print("regs: unexpected trap\n");
}

void complain(const char *what, const char *name, uint64_t number,
	      uint64_t value)
{
	bad = true;
	print("regs: ");
	print(what);
	put(' ');
	print(name);
	print_hex(number);
	print(" = ");
	print_hex(value);
	print("\n");
}

static uint64_t pattern(uint16_t sign)
{
	return sign * 0x0001000100010001ul;
}

static bool shows_other(uint64_t value)
{
	for (int i = 0; i < 64; i += 16)
		if ((uint16_t)(value >> i) == other)
			return true;
	return false;
}

static void find_readable(void)
{
	for (uint32_t n = regs_begin; n < regs_end; n += regs_step) {
		uint64_t before = traps;

		if (reg_left_out(n))
			continue;
		(void)reg_read(n);
		if (traps == before && readable_count < READABLE)
			readable[readable_count++] = n;
	}
}

static void fill_one(unsigned int i)
{
	reg_write(regs_filled[i].number, pattern(own) & regs_filled[i].mask);
}

/* Twice: one that is not there traps, which changes some of the others. */
static void fill(void)
{
	for (unsigned int i = 0; i < regs_filled_count; i++) {
		uint64_t before = traps;

		if (!regs_filled[i].of_traps)
			fill_one(i);
		present[i] = traps == before;
	}
	for (unsigned int i = 0; i < regs_filled_count; i++)
		if (present[i])
			fill_one(i);
	for (unsigned int i = 0; i < regs_filled_count; i++)
		if (present[i])
			expected[i] = reg_read(regs_filled[i].number);
}

static void check_filled(void)
{
	for (unsigned int i = 0; i < regs_filled_count; i++) {
		const struct reg *reg = &regs_filled[i];
		uint64_t value;

		if (!present[i])
			continue;
		value = reg_read(reg->number);
		if (value != expected[i])
			complain("LOST", reg->name, reg->number, value);
	}
}

static void look_for_other(void)
{
	for (unsigned int i = 0; i < readable_count; i++) {
		uint64_t value = reg_read(readable[i]);

		if (shows_other(value))
			complain("LEAK", regs_kind, readable[i], value);
	}
}

/* What a VM finds when it is started is nobody's; on the bare machine it is the
 * firmware's. */
static void check_start(void)
{
	find_readable();
	for (unsigned int i = 0; i < readable_count; i++) {
		uint64_t value = reg_read(readable[i]);

		if (shows_other(value) || (uint16_t)value == own)
			complain("LEFT", regs_kind, readable[i], value);
	}
	print(bad ? "regs: start DIRTY" : "regs: start clean");
	print(", readable ");
	print_dec(readable_count);
	print("\n");
	bad = false;
}

static char sign_letter(uint64_t dtb)
{
	const char *blob = (const char *)dtb;
	uint32_t size = be32(dtb + 4);

	for (uint32_t i = 0; i + 5 < size; i++)
		if (blob[i] == 's' && blob[i + 1] == 'i' &&
		    blob[i + 2] == 'g' && blob[i + 3] == 'n' &&
		    blob[i + 4] == '=')
			return blob[i + 5];
	return 'a';
}

void guest_main(uint64_t entry_count, uint64_t dtb)
{
	bool is_a;

	(void)entry_count;
	held_start();
	is_a = sign_letter(dtb) == 'a';
	own = is_a ? SIGN_A : SIGN_B;
	other = is_a ? SIGN_B : SIGN_A;
	check_start();
	for (uint64_t round = 1;; round++) {
		fill();
		held_try(pattern(own), SPINS);
		check_filled();
		look_for_other();
		if (round % SAY_ROUNDS)
			continue;
		print("regs: round ");
		print_dec(round);
		print(bad ? " DAMAGED\n" : " intact\n");
	}
}

// SPDX-License-Identifier: Apache-2.0
/* Instructions that are a hypervisor's, machine mode's, or nobody's. */
#include "hostile.h"

/* QEMU's stval is that of an instruction before it, on a bare hart too. */
#define MRET 0x30200073

/* What may come of one, from VS and from VU */
enum { RUNS = 1, TRAPS = 2, EITHER = RUNS | TRAPS };

static const struct {
	uint32_t insn;
	uint8_t vs, vu;
} insns[] = {
	{0x22000073, TRAPS, TRAPS}, /* HFENCE.VVMA */
	{0x62000073, TRAPS, TRAPS}, /* HFENCE.GVMA */
	{0x26000073, TRAPS, TRAPS}, /* HINVAL.VVMA */
	{0x66000073, TRAPS, TRAPS}, /* HINVAL.GVMA */
	{0x600545f3, TRAPS, TRAPS}, /* HLV.B */
	{0x601545f3, TRAPS, TRAPS}, /* HLV.BU */
	{0x640545f3, TRAPS, TRAPS}, /* HLV.H */
	{0x643545f3, TRAPS, TRAPS}, /* HLVX.HU */
	{0x680545f3, TRAPS, TRAPS}, /* HLV.W */
	{0x683545f3, TRAPS, TRAPS}, /* HLVX.WU */
	{0x6c0545f3, TRAPS, TRAPS}, /* HLV.D */
	{0x62b54073, TRAPS, TRAPS}, /* HSV.B */
	{0x66b54073, TRAPS, TRAPS}, /* HSV.H */
	{0x6ab54073, TRAPS, TRAPS}, /* HSV.W */
	{0x6eb54073, TRAPS, TRAPS}, /* HSV.D */
	{MRET, TRAPS, TRAPS},
	{0x70200073, TRAPS, TRAPS},  /* MNRET */
	{0x7b200073, TRAPS, TRAPS},  /* DRET */
	{0x00200073, TRAPS, TRAPS},  /* URET */
	{0x10400073, TRAPS, TRAPS},  /* SCTRCLR */
	{0x10500073, RUNS, TRAPS},   /* WFI: U-mode has none beside S-mode */
	{0x12000073, RUNS, TRAPS},   /* SFENCE.VMA */
	{0x12b50073, RUNS, TRAPS},   /* with operands */
	{0x16000073, EITHER, TRAPS}, /* SINVAL.VMA */
	/* SFENCE.W.INVAL, SFENCE.INVAL.IR: QEMU's U-mode has them */
	{0x18000073, EITHER, EITHER},
	{0x18100073, EITHER, EITHER},
	{0x00d00073, EITHER, EITHER}, /* WRS.NTO */
	{0x01d00073, EITHER, EITHER}, /* WRS.STO */
	{0x0000100f, RUNS, RUNS},     /* FENCE.I */
	{0x0ff0000f, RUNS, RUNS},     /* FENCE */
	{0x8330000f, RUNS, RUNS},     /* FENCE.TSO */
	{0x0100000f, RUNS, RUNS},     /* PAUSE */
	{0x0005200f, EITHER, TRAPS},  /* CBO.INVAL, as senvcfg is 0 */
	{0x0015200f, EITHER, TRAPS},  /* CBO.CLEAN */
	{0x0025200f, EITHER, TRAPS},  /* CBO.FLUSH */
	{0x0045200f, EITHER, TRAPS},  /* CBO.ZERO */
	{0x0d0572d7, TRAPS, TRAPS},   /* VSETVLI */
	{0x80b572d7, TRAPS, TRAPS},   /* VSETVL */
	{0x02050007, TRAPS, TRAPS},   /* VLE8.V */
	{0x02050027, TRAPS, TRAPS},   /* VSE8.V */
	{0x020000d7, TRAPS, TRAPS},   /* VADD.VV */
	{0x00b5050b, TRAPS, TRAPS},   /* custom-0 to -3 */
	{0x00b5052b, TRAPS, TRAPS},
	{0x00b5055b, TRAPS, TRAPS},
	{0x00b5057b, TRAPS, TRAPS},
	{0x00000000, TRAPS, TRAPS}, /* none at all */
	{0xffffffff, TRAPS, TRAPS},
	{0x0000001f, TRAPS, TRAPS}, /* longer ones */
	{0x0000003f, TRAPS, TRAPS},
	{0x00008002, TRAPS, TRAPS}, /* C.JR x0 */
};

static uint8_t block[256] __attribute__((aligned(64)));

/* A WFI of VS-mode ends: what it waits for is there, and masked. */
static uint64_t try_awake(uint32_t insn, enum mode mode)
{
	uint64_t cause;

	CSR_WRITE(sie, mode == VS ? SIE_SOFT : 0);
	CSR_SET(sip, SIE_SOFT);
	cause = try_insn(insn, mode, (uint64_t)block, 0);
	CSR_CLEAR(sip, SIE_SOFT);
	CSR_WRITE(sie, 0);
	return cause;
}

/* What the machine may have or not: the list is compared with a bare hart's. */
static void list(uint32_t insn, enum mode mode, bool ran)
{
	print(mode == VS ? "insn VS " : "insn VU ");
	print_hex(insn);
	print(ran ? " runs\n" : " traps\n");
}

static void try_one(uint32_t insn, enum mode mode, uint8_t may)
{
	const struct hart *hart = hart_here();
	uint64_t cause = try_awake(insn, mode);

	if (may == EITHER)
		list(insn, mode, cause == NONE);
	if (cause == NONE)
		check(may & RUNS, "instruction ran", insn, mode);
	else
		check((may & TRAPS) && cause == ILLEGAL &&
			      (hart->value == insn || insn == MRET) &&
			      hart->pc == (uint64_t)hart->code,
		      "instruction trapped", insn, mode);
}

/* What senvcfg gives, VU-mode has; CBO.ZERO zeroes its block, all of it. */
static void try_blocks(void)
{
	uint64_t sum = 0;
	bool zeroed;

	CSR_WRITE(senvcfg, 0xd0);
	for (unsigned int i = 0; i < sizeof(block); i++)
		block[i] = 0xff;
	zeroed = try_insn(0x0045200f, VU, (uint64_t)block + 77, 0) == NONE;
	for (unsigned int i = 0; i < sizeof(block); i++)
		sum += block[i];
	check(sum == 0xff * (256 - (zeroed ? 64 : 0)), "CBO.ZERO", sum, zeroed);
	try_one(0x0015200f, VU, EITHER);
	try_one(0x0025200f, VU, EITHER);
	CSR_WRITE(senvcfg, 0);
}

/* CSRs whose noise would end this guest */
static bool must_keep(unsigned int csr)
{
	return csr == 0x105 || csr == 0x140 || csr == 0x180 || csr == 0x104 ||
	       csr == 0x144;
}

static void try_random_system(void)
{
	const struct hart *hart = hart_here();

	for (unsigned int i = 0; i < 20000; i++) {
		uint32_t insn = (uint32_t)noise() << 7 | 0x73;
		uint64_t cause;

		if (i & 1) /* all privileged ones have these two 0 */
			insn &= ~0xf8f80u;
		if ((insn & 0x3000) ? must_keep(insn >> 20) : insn == 0x73)
			continue;
		cause = try_awake(insn, i & 2 ? VS : VU);
		check(cause == NONE ||
			      (cause == ILLEGAL &&
			       (hart->value == insn || insn == MRET)) ||
			      (cause == BREAKPOINT && insn == 0x100073) ||
			      /* SRET, to VU-mode and itself */
			      (insn == 0x10200073 &&
			       (cause == ILLEGAL || cause == (INTERRUPT | 1))),
		      "random SYSTEM", insn, cause);
	}
	CSR_WRITE(senvcfg, 0);
	CSR_WRITE(scounteren, 7);
}

bool floats_zero(void)
{
	uint64_t value, bits = 0;

	for (uint32_t f = 0; f < 32; f++) {
		value = ~0ul;
		/* FSD f, 0(a0) */
		if (try_insn(0x00053027 | f << 20, VS, (uint64_t)&value, 0) !=
		    NONE)
			return false;
		__asm__ volatile("" : "+m"(value));
		bits |= value;
	}
	return !bits;
}

void step_fresh(void)
{
	begin("registers of a hart that starts");
	check(!start_regs, "x registers", start_regs, 0);
	check(floats_zero(), "f registers", 0, 0);
	check(!CSR_READ(fcsr), "fcsr", 0, 0);
	end();
}

void step_instructions(void)
{
	begin("instructions that are none, or another mode's");
	for (unsigned int i = 0; i < sizeof(insns) / sizeof(insns[0]); i++) {
		try_one(insns[i].insn, VS, insns[i].vs);
		try_one(insns[i].insn, VU, insns[i].vu);
	}
	check(try_insn(0x10200073, VU, 0, 0) == ILLEGAL, "SRET in VU", 0, 0);
	check(try_insn(0x00000073, VU, 0, 0) == USER_ECALL, "ECALL in VU", 0,
	      0);
	try_blocks();
	try_random_system();
	end();
}

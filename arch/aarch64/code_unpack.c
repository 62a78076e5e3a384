/* SPDX-License-Identifier: Apache-2.0 */
/* What scripts/pack_image.py has done to instructions, undone. */
#include <arch/cpu.h>

#define IMM26 0x03ffffffu
#define IS_BL(word) ((word) >> 26 == 0x25)               /* Arm ARM C6.2.34 */
#define IS_ADR(word) (((word)&0x9f000000) == 0x10000000) /* C6.2.10 */
#define ADR_IMM 0x60ffffe0u

static uint32_t adr_imm(uint32_t word)
{
	return (word >> 3 & 0x1ffffc) | (word >> 29 & 3);
}

static uint32_t adr_of(uint32_t word, uint32_t imm)
{
	return (word & ~ADR_IMM) | (imm & 0x1ffffc) << 3 | (imm & 3) << 29;
}

void arch_code_unpack(void *code, size_t size_bytes, uint64_t at)
{
	uint32_t *word = code, *end = word + size_bytes / 4;
	uint32_t pc = (uint32_t)at;

	for (; word < end; word++, pc += 4) {
		if (IS_BL(*word))
			*word = (*word & ~IMM26) | ((*word - pc / 4) & IMM26);
		else if (IS_ADR(*word))
			*word = adr_of(*word, adr_imm(*word) - pc);
	}
}

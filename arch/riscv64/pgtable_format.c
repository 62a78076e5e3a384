/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of Sv39, Sv48, Sv57 and of their second stages: privileged
 * architecture 1.12 (20211203), 4.3.2, 4.4 to 4.6 and 8.5.1. Pure: no CSRs.
 */
#include "pgtable_format.h"

#define PTE_V BIT(0)
#define PTE_R BIT(1)
#define PTE_W BIT(2)
#define PTE_X BIT(3)
#define PTE_U BIT(4)
#define PTE_A BIT(6)
#define PTE_D BIT(7)
/* Bits 9:8 are software's. */
#define PTE_SW_U BIT(8)
#define PTE_SW_DEVICE BIT(9)
#define PTE_PPN_SHIFT 10
#define PTE_PPN GENMASK(53, 10)
/* Svpbmt, chapter 6: 0 leaves it to the platform */
#define PTE_PBMT GENMASK(62, 61)
#define PTE_PBMT_NC BIT(61)
#define PTE_PBMT_IO BIT(62)

static uint64_t pte_table(hpa_t pa)
{
	/* D, A and U of a pointer are reserved: 4.3.1 */
	return (pa.v >> PAGE_SHIFT << PTE_PPN_SHIFT) | PTE_V;
}

static bool pte_is_valid(uint64_t pte)
{
	return pte & PTE_V;
}

static bool pte_is_leaf(uint64_t pte, unsigned int height __unused_arg)
{
	return pte & (PTE_R | PTE_W | PTE_X);
}

static hpa_t pte_addr(uint64_t pte)
{
	return hpa((pte & PTE_PPN) >> PTE_PPN_SHIFT << PAGE_SHIFT);
}

/*
 * @user: PTE_U where the leaves of this kind of table have it, else 0. A leaf
 * has at least one right, or it would be a pointer; one that is to give none
 * is readable by those alone who never walk this table.
 */
static uint64_t pte_leaf(hpa_t pa, unsigned int prot, uint64_t user)
{
	/* set, as nobody else would: without Svadu they fault, 4.3.1 */
	uint64_t pte = pte_table(pa) | PTE_A | PTE_D;

	/* never fetch from devices: a speculative fetch reads registers */
	if (prot & PGT_DEVICE) {
		prot &= ~(unsigned int)PGT_X;
		pte |= PTE_SW_DEVICE;
	}
	if (prot & PGT_U)
		pte |= PTE_SW_U;
	if (!(prot & (PGT_R | PGT_W | PGT_X)))
		return pte | PTE_R | (user ^ PTE_U);
	/* writable and not readable is reserved */
	if (prot & (PGT_R | PGT_W))
		pte |= PTE_R;
	if (prot & PGT_W)
		pte |= PTE_W;
	if (prot & PGT_X)
		pte |= PTE_X;
	return pte | user;
}

static uint64_t host_leaf(hpa_t pa, unsigned int prot,
			  unsigned int height __unused_arg)
{
	return pte_leaf(pa, prot, 0);
}

/* every access through the second stage counts as one from U-mode: 8.5.1 */
static uint64_t stage2_leaf(hpa_t pa, unsigned int prot,
			    unsigned int height __unused_arg)
{
	return pte_leaf(pa, prot, PTE_U);
}

static uint64_t with_pbmt(uint64_t pte, unsigned int prot)
{
	if (prot & PGT_DEVICE)
		return pte | PTE_PBMT_IO;
	return prot & PGT_UNCACHED ? pte | PTE_PBMT_NC : pte;
}

static uint64_t host_leaf_pbmt(hpa_t pa, unsigned int prot, unsigned int height)
{
	return with_pbmt(host_leaf(pa, prot, height), prot);
}

static uint64_t stage2_leaf_pbmt(hpa_t pa, unsigned int prot,
				 unsigned int height)
{
	return with_pbmt(stage2_leaf(pa, prot, height), prot);
}

static unsigned int pte_prot(uint64_t pte, uint64_t user)
{
	unsigned int prot = 0;

	if ((pte & PTE_U) == user) {
		prot |= pte & PTE_R ? PGT_R : 0;
		prot |= pte & PTE_W ? PGT_W : 0;
		prot |= pte & PTE_X ? PGT_X : 0;
	}
	prot |= pte & PTE_SW_U ? PGT_U : 0;
	prot |= pte & PTE_SW_DEVICE ? PGT_DEVICE : 0;
	if ((pte & PTE_PBMT) == PTE_PBMT_NC)
		prot |= PGT_UNCACHED;
	return prot;
}

static unsigned int host_prot(uint64_t pte)
{
	return pte_prot(pte, 0);
}

static unsigned int stage2_prot(uint64_t pte)
{
	return pte_prot(pte, PTE_U);
}

/* clang-format off */
#define LEAVES_4K_2M_1G 0x7
/*
 * Entries may change in any way: either is used until the fence. One that names
 * an address is for leaves, a pointer that goes away needs all: 4.2.1, 8.3.2.
 */
#define PTE_COMMON							\
	.leaf_mask = LEAVES_4K_2M_1G, .bbm = false, .flush_whole = true, \
	.table = pte_table, .is_valid = pte_is_valid,			\
	.is_leaf = pte_is_leaf, .addr = pte_addr

#define HOST(bits, level_count, leaf_fn)				\
	{ .name = "sv" #bits, .levels = (level_count),			\
	  .va_bits = (bits) - 1, .root_tables = 1, .leaf = (leaf_fn),	\
	  .prot = host_prot, PTE_COMMON }

/* two more bits at the root, which is 16 KiB long and so aligned: 8.5.1 */
#define STAGE2(bits, level_count, leaf_fn)				\
	{ .name = "sv" #bits "x4", .levels = (level_count),		\
	  .va_bits = (bits) + 2, .root_tables = 4, .leaf = (leaf_fn),	\
	  .prot = stage2_prot, PTE_COMMON }

#define LEVEL_COUNT (RISCV64_LEVELS_MAX - RISCV64_LEVELS_MIN + 1)

/* [Svpbmt][levels - RISCV64_LEVELS_MIN] */
static const struct pgt_format host_formats[2][LEVEL_COUNT] = {
	{ HOST(39, 3, host_leaf), HOST(48, 4, host_leaf),
	  HOST(57, 5, host_leaf) },
	{ HOST(39, 3, host_leaf_pbmt), HOST(48, 4, host_leaf_pbmt),
	  HOST(57, 5, host_leaf_pbmt) },
};

static const struct pgt_format stage2_formats[2][LEVEL_COUNT] = {
	{ STAGE2(39, 3, stage2_leaf), STAGE2(48, 4, stage2_leaf),
	  STAGE2(57, 5, stage2_leaf) },
	{ STAGE2(39, 3, stage2_leaf_pbmt), STAGE2(48, 4, stage2_leaf_pbmt),
	  STAGE2(57, 5, stage2_leaf_pbmt) },
};
/* clang-format on */

const struct pgt_format *riscv64_host_format(unsigned int levels, bool svpbmt)
{
	return &host_formats[svpbmt][levels - RISCV64_LEVELS_MIN];
}

const struct pgt_format *riscv64_stage2_format(unsigned int levels, bool svpbmt)
{
	return &stage2_formats[svpbmt][levels - RISCV64_LEVELS_MIN];
}

/*
 * satp and hgatp number their modes alike, 8 for three levels and so on: 4.1.11
 * and 8.2.10. The root's page number is below.
 */
static uint64_t atp(const struct pgt_format *format, hpa_t root)
{
	return (uint64_t)(format->levels + 5) << 60 | root.v >> PAGE_SHIFT;
}

uint64_t riscv64_satp(const struct pgt_format *format, hpa_t root)
{
	return atp(format, root);
}

uint64_t riscv64_hgatp(const struct pgt_format *format, hpa_t root,
		       uint16_t vmid)
{
	return atp(format, root) | (uint64_t)vmid << 44;
}

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VMSAv8-64 with 4 KiB granules: entries of EL2's stage 1 and of stage 2,
 * Arm ARM D8.3. Pure: no system registers.
 */
#include <asm/mmu.h>
#include <asm/sysreg.h>

#define PTE_VALID BIT(0)
#define PTE_TABLE BIT(1) /* at height 0: page */
#define PTE_ADDR GENMASK(47, 12)
#define PTE_SH_INNER ((uint64_t)3 << 8)
#define PTE_AF BIT(10)
/* Bits 58:55 are software's. */
#define PTE_SW_U BIT(55)

/* Stage 1 of EL2 (one privilege level) */
#define S1_ATTR(index) ((uint64_t)(index) << 2)
#define S1_ATTR_OF(pte) (((pte) >> 2) & 7)
#define S1_AP1_RES1 BIT(6)
#define S1_READ_ONLY BIT(7)
#define S1_XN BIT(54)

/* Stage 2 */
#define S2_ATTR(attr) ((uint64_t)(attr) << 2)
#define S2_ATTR_OF(pte) (((pte) >> 2) & 0xf)
#define S2_NORMAL_WB 0xf
#define S2_NORMAL_NC 0x5
#define S2_DEVICE_NGNRE 0x1
#define S2_READ BIT(6)
#define S2_WRITE BIT(7)
#define S2_XN BIT(54)

static uint64_t pte_leaf(hpa_t pa, unsigned int height)
{
	return (pa.v & PTE_ADDR) | PTE_VALID | PTE_AF | PTE_SH_INNER |
	       (height == 0 ? PTE_TABLE : 0);
}

static uint64_t pte_table(hpa_t pa)
{
	return (pa.v & PTE_ADDR) | PTE_VALID | PTE_TABLE;
}

static bool pte_is_valid(uint64_t pte)
{
	return pte & PTE_VALID;
}

static bool pte_is_leaf(uint64_t pte, unsigned int height)
{
	return height == 0 || !(pte & PTE_TABLE);
}

static hpa_t pte_addr(uint64_t pte)
{
	return hpa(pte & PTE_ADDR);
}

static uint64_t host_leaf(hpa_t pa, unsigned int prot, unsigned int height)
{
	uint64_t pte = pte_leaf(pa, height) | S1_AP1_RES1;
	unsigned int index = MAIR_IDX_NORMAL;

	if (prot & PGT_DEVICE)
		index = MAIR_IDX_DEVICE;
	else if (prot & PGT_UNCACHED)
		index = MAIR_IDX_UNCACHED;
	pte |= S1_ATTR(index);
	if (!(prot & PGT_W))
		pte |= S1_READ_ONLY;
	/* never fetch from devices: a speculative fetch reads registers */
	if (!(prot & PGT_X) || (prot & PGT_DEVICE))
		pte |= S1_XN;
	if (prot & PGT_U)
		pte |= PTE_SW_U;
	return pte;
}

static unsigned int host_prot(uint64_t pte)
{
	unsigned int prot = PGT_R;

	if (!(pte & S1_READ_ONLY))
		prot |= PGT_W;
	if (!(pte & S1_XN))
		prot |= PGT_X;
	if (S1_ATTR_OF(pte) == MAIR_IDX_DEVICE)
		prot |= PGT_DEVICE;
	if (S1_ATTR_OF(pte) == MAIR_IDX_UNCACHED)
		prot |= PGT_UNCACHED;
	if (pte & PTE_SW_U)
		prot |= PGT_U;
	return prot;
}

static uint64_t stage2_leaf(hpa_t pa, unsigned int prot, unsigned int height)
{
	uint64_t pte = pte_leaf(pa, height);
	unsigned int attr = S2_NORMAL_WB;

	/* stage 2 sets the most that a guest may use (D8.6.6) */
	if (prot & PGT_DEVICE)
		attr = S2_DEVICE_NGNRE;
	else if (prot & PGT_UNCACHED)
		attr = S2_NORMAL_NC;
	pte |= S2_ATTR(attr);
	if (prot & PGT_R)
		pte |= S2_READ;
	if (prot & PGT_W)
		pte |= S2_WRITE;
	if (!(prot & PGT_X) || (prot & PGT_DEVICE))
		pte |= S2_XN;
	if (prot & PGT_U)
		pte |= PTE_SW_U;
	return pte;
}

static unsigned int stage2_prot(uint64_t pte)
{
	unsigned int prot = 0;

	if (pte & S2_READ)
		prot |= PGT_R;
	if (pte & S2_WRITE)
		prot |= PGT_W;
	if (!(pte & S2_XN))
		prot |= PGT_X;
	if (S2_ATTR_OF(pte) == S2_DEVICE_NGNRE)
		prot |= PGT_DEVICE;
	if (S2_ATTR_OF(pte) == S2_NORMAL_NC)
		prot |= PGT_UNCACHED;
	if (pte & PTE_SW_U)
		prot |= PGT_U;
	return prot;
}

/* clang-format off */
#define LEAVES_4K_2M_1G 0x7
#define PTE_COMMON							\
	.leaf_mask = LEAVES_4K_2M_1G, .bbm = true, .table = pte_table,	\
	.is_valid = pte_is_valid, .is_leaf = pte_is_leaf, .addr = pte_addr

const struct pgt_format aarch64_host_format = {
	.name = "el2", .levels = 4, .va_bits = 48, .root_tables = 1,
	.leaf = host_leaf, .prot = host_prot, PTE_COMMON,
};

#define STAGE2(bits, level_count, roots)				\
	{ .name = "stage2-" #bits, .levels = (level_count),		\
	  .va_bits = (bits), .root_tables = (roots),			\
	  .leaf = stage2_leaf, .prot = stage2_prot, PTE_COMMON }

/*
 * By ID_AA64MMFR0_EL1.PARange. Three levels reach 39 bits and, with up to 16
 * root tables side by side, 43; a fourth is allowed from 44 bits of physical
 * address on (D8.2.9, table D8-27).
 */
static const struct pgt_format stage2_formats[] = {
	STAGE2(32, 3, 1),
	STAGE2(36, 3, 1),
	STAGE2(40, 3, 2),
	STAGE2(42, 3, 8),
	STAGE2(44, 4, 1),
	STAGE2(48, 4, 1),
};
/* clang-format on */

const struct pgt_format *aarch64_stage2_format(unsigned int pa_range)
{
	return &stage2_formats[MIN(pa_range, ARRAY_SIZE(stage2_formats) - 1)];
}

uint64_t aarch64_vtcr(const struct pgt_format *format, unsigned int pa_range,
		      bool vmid16)
{
	uint64_t ps = MIN(pa_range, ARRAY_SIZE(stage2_formats) - 1);
	/* SL0: 1 begins at level 1, 2 at level 0 (4 KiB granules) */
	uint64_t sl0 = format->levels - 2;

	return VTCR_RES1 | VTCR_T0SZ(format->va_bits) | sl0 << VTCR_SL0_SHIFT |
	       VTCR_IRGN0_WBWA | VTCR_ORGN0_WBWA | VTCR_SH0_INNER |
	       ps << VTCR_PS_SHIFT | (vmid16 ? VTCR_VS : 0);
}

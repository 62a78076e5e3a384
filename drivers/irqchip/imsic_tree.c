/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose interrupt file is where: binding riscv,imsics. The n-th entry of
 * interrupts-extended has the n-th hart's pages, one after the other through
 * all of reg.
 */
#include "imsic_regs.h"
#include "intc_tree.h"

#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>

#define LOG_TAG "imsic"

#define GUEST_BITS_MAX 7
#define HART_BITS_MAX 15
#define GROUP_BITS_MAX 7
#define GROUP_SHIFT_MIN 24
#define GROUP_SHIFT_MAX 55
#define ID_COUNT_MIN 63

/* Return: false, logged: what is there is no number from @min to @max */
static bool number_read(const void *fdt, int node, const char *name,
			unsigned int min, unsigned int max, unsigned int *value)
{
	int len;
	const fdt32_t *cell = fdt_getprop(fdt, node, name, &len);

	if (!cell && len == -FDT_ERR_NOTFOUND)
		return true; /* the default stays */
	if (!cell || len != 4 || fdt32_ld(cell) < min || fdt32_ld(cell) > max) {
		log_err("%s: %s is no number from %u to %u",
			fdt_get_name(fdt, node, NULL), name, min, max);
		return false;
	}
	*value = fdt32_ld(cell);
	return true;
}

/* 3.2: one less than a multiple of 64. */
static bool ids_read(const void *fdt, int node, struct imsic *imsic)
{
	unsigned int *const counts[] = {&imsic->id_count,
					&imsic->guest_id_count};
	static const char *const names[] = {"riscv,num-ids",
					    "riscv,num-guest-ids"};

	imsic->id_count = 0;
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++) {
		if (!number_read(fdt, node, names[i], ID_COUNT_MIN,
				 IMSIC_ID_MAX, counts[i]))
			return false;
		if ((*counts[i] & 63) != 63) {
			log_err("%s: %s: %u is not one less than a multiple of "
				"64",
				fdt_get_name(fdt, node, NULL), names[i],
				*counts[i]);
			return false;
		}
		/* a guest's file is as large where nothing else is said */
		if (!i)
			imsic->guest_id_count = imsic->id_count;
	}
	return true;
}

static unsigned int bits_for(unsigned int count)
{
	return count > 1 ? 32 - (unsigned int)__builtin_clz(count - 1) : 0;
}

static bool bits_read(const void *fdt, int node, unsigned int harts,
		      struct imsic *imsic)
{
	imsic->guest_bits = 0;
	imsic->hart_bits = bits_for(harts);
	imsic->group_bits = 0;
	imsic->group_shift = GROUP_SHIFT_MIN;
	if (!number_read(fdt, node, "riscv,guest-index-bits", 0, GUEST_BITS_MAX,
			 &imsic->guest_bits) ||
	    !number_read(fdt, node, "riscv,hart-index-bits", 0, HART_BITS_MAX,
			 &imsic->hart_bits) ||
	    !number_read(fdt, node, "riscv,group-index-bits", 0, GROUP_BITS_MAX,
			 &imsic->group_bits) ||
	    !number_read(fdt, node, "riscv,group-index-shift", 0,
			 GROUP_SHIFT_MAX, &imsic->group_shift))
		return false;
	if (imsic->group_bits &&
	    imsic->group_shift < 12 + imsic->guest_bits + imsic->hart_bits) {
		log_err("%s: riscv,group-index-shift: groups at bit %u lie in "
			"the harts' bits",
			fdt_get_name(fdt, node, NULL), imsic->group_shift);
		return false;
	}
	return true;
}

/* The @n-th hart's pages. Return: 0: reg ends before */
static uint64_t pages_of(const void *fdt, int node, const struct imsic *imsic,
			 uint64_t n)
{
	uint64_t stride = (uint64_t)IMSIC_PAGE_BYTES << imsic->guest_bits;
	uint64_t offset = n * stride;
	struct fdt_reg reg;

	for (unsigned int i = 0; !fdt_node_reg(fdt, node, i, &reg); i++) {
		if (offset < reg.size && reg.size - offset >= stride)
			return reg.addr + offset;
		offset -= MIN(offset, ALIGN_UP(reg.size, stride));
	}
	return 0;
}

static uint32_t index_of(const struct imsic *imsic, uint64_t addr)
{
	uint64_t hart =
		addr >> (12 + imsic->guest_bits) & (BIT(imsic->hart_bits) - 1);
	uint64_t group =
		addr >> imsic->group_shift & (BIT(imsic->group_bits) - 1);

	return (uint32_t)(group << imsic->hart_bits | hart);
}

/* What of an address is the same of all files, 3.6. */
static uint64_t common_of(const struct imsic *imsic, uint64_t addr)
{
	addr &= ~(BIT(12 + imsic->guest_bits + imsic->hart_bits) - 1);
	return addr & ~((BIT(imsic->group_bits) - 1) << imsic->group_shift);
}

static void file_found(struct imsic *imsic, unsigned int cpu, uint64_t addr,
		       uint64_t *common)
{
	if (!addr) {
		log_err("cpu%u: its interrupt file lies beyond reg", cpu);
		return;
	}
	if (*common == UINT64_MAX)
		*common = common_of(imsic, addr);
	if (common_of(imsic, addr) != *common ||
	    addr & (((uint64_t)IMSIC_PAGE_BYTES << imsic->guest_bits) - 1)) {
		log_err("cpu%u: its interrupt file at %#lx does not fit the "
			"index bits",
			cpu, (unsigned long)addr);
		return;
	}
	imsic->file[cpu] = hpa(addr);
	imsic->hart_index[cpu] = index_of(imsic, addr);
}

int imsic_tree_read(const void *fdt, int node, struct imsic *imsic)
{
	uint64_t common = UINT64_MAX;
	struct intc_tree intcs;
	const fdt32_t *entry;
	unsigned int harts;
	int cpu, len;

	entry = fdt_getprop(fdt, node, "interrupts-extended", &len);
	if (!entry || !len || len % 8) {
		log_err("%s: interrupts-extended is no list of harts' "
			"interrupts",
			fdt_get_name(fdt, node, NULL));
		return -EINVAL;
	}
	if (fdt32_ld(entry + 1) != CAUSE_S_EXTERNAL)
		return -ENODEV;
	harts = (unsigned int)len / 8;
	if (!ids_read(fdt, node, imsic) || !bits_read(fdt, node, harts, imsic))
		return -EINVAL;
	if (!imsic->id_count) {
		log_err("%s: riscv,num-ids is missing",
			fdt_get_name(fdt, node, NULL));
		return -EINVAL;
	}
	imsic->base = hpa(pages_of(fdt, node, imsic, 0));
	intc_tree_read(&intcs, fdt);
	for (unsigned int i = 0; i < harts; i++, entry += 2) {
		cpu = intc_tree_cpu(&intcs, fdt32_ld(entry));
		if (cpu >= 0 && fdt32_ld(entry + 1) == CAUSE_S_EXTERNAL)
			file_found(imsic, (unsigned int)cpu,
				   pages_of(fdt, node, imsic, i), &common);
	}
	return 0;
}

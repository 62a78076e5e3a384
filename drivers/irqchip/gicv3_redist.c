/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose redistributor is where: each names its CPU's affinity (GICR_TYPER).
 * They lie in one or more regions, in any order.
 */
#include "gicv3_regs.h"

#include <asm/io.h>
#include <core/cpu.h>
#include <errno.h>
#include <lib/fdt.h>
#include <lib/log.h>
#include <libfdt.h>
#include <mm/host_map.h>

#define LOG_TAG "gicv3"

static uint64_t redist_size(const struct gic *info, uint64_t typer)
{
	if (info->redist_stride)
		return info->redist_stride;
	return typer & GICR_TYPER_VLPIS ? GICR_STRIDE_V4 : GICR_STRIDE_V3;
}

/* Aff3..Aff0 packed in 32 bits -> as MPIDR and struct cpu have it */
static uint64_t hwid_of(uint64_t typer)
{
	uint64_t aff = GICR_TYPER_AFF(typer);

	return (aff & 0xff000000) << 8 | (aff & 0xffffff);
}

static void region_scan(struct gic *info, gic_regs_t regs,
			const struct fdt_reg *reg)
{
	uint64_t off = 0;
	uint64_t typer, size;
	struct cpu *cpu;

	/* the stride may be longer than what is left, or than a redistributor */
	while (reg->size - off >= GICR_STRIDE_V3) {
		typer = io_read64(regs + off + GICR_TYPER);
		size = redist_size(info, typer);
		if (size > reg->size - off)
			break;
		cpu = cpu_find_hwid(hwid_of(typer));
		if (cpu)
			info->redist_regs[cpu->id] = regs + off;
		off += size;
		if (typer & GICR_TYPER_LAST)
			break;
	}
}

static uint32_t u32_prop(const void *fdt, int node, const char *name,
			 uint32_t absent)
{
	int len;
	const fdt32_t *value = fdt_getprop(fdt, node, name, &len);

	return value && len >= 4 ? fdt32_ld(value) : absent;
}

static uint64_t stride_prop(const void *fdt, int node)
{
	int len;
	const void *value =
		fdt_getprop(fdt, node, "redistributor-stride", &len);

	if (!value)
		return 0;
	return len >= 8 ? fdt64_ld(value) : len >= 4 ? fdt32_ld(value) : 0;
}

int gicv3_redist_probe(const void *fdt, int node, struct gic *info)
{
	uint32_t count = u32_prop(fdt, node, "#redistributor-regions", 1);
	struct fdt_reg reg;
	gic_regs_t regs;
	int err;

	info->redist_stride = stride_prop(fdt, node);
	if (info->redist_stride % GICR_SGI_FRAME ||
	    (info->redist_stride && info->redist_stride < GICR_STRIDE_V3)) {
		log_err("redistributor-stride %#lx is not whole frames",
			(unsigned long)info->redist_stride);
		return -EINVAL;
	}
	if (count == 0 || count > GIC_REDIST_REGIONS_MAX) {
		log_err("%u redistributor regions: 1 to %u are possible", count,
			GIC_REDIST_REGIONS_MAX);
		return -EINVAL;
	}
	for (uint32_t i = 0; i < count; i++) {
		/* entry 0 is the distributor */
		err = fdt_node_reg(fdt, node, i + 1, &reg);
		if (err) {
			log_err("reg names no redistributor region %u", i);
			return err;
		}
		if (reg.size < GICR_STRIDE_V3 || reg.addr % PAGE_SIZE) {
			log_err("redistributors at %#lx, %#lx bytes: not whole "
				"frames",
				(unsigned long)reg.addr,
				(unsigned long)reg.size);
			return -EINVAL;
		}
		regs = host_map_device(hpa(reg.addr), reg.size);
		if (!regs)
			return -ENOMEM;
		info->redist[i].base = hpa(reg.addr);
		info->redist[i].size = reg.size;
		region_scan(info, regs, &reg);
	}
	info->redist_region_count = count;
	if (!info->redist_regs[arch_this_cpu()->id]) {
		log_err("no redistributor for the boot CPU");
		return -ENODEV;
	}
	/* what a guest that sees the host's layout is told */
	if (!info->redist_stride)
		info->redist_stride = redist_size(
			info, io_read64(info->redist_regs[arch_this_cpu()->id] +
					GICR_TYPER));
	return 0;
}

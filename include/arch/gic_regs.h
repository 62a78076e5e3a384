/* SPDX-License-Identifier: Apache-2.0 */
/* GICv3 registers, Arm IHI 0069H chapter 12. */
#ifndef ARCH_GIC_REGS_H
#define ARCH_GIC_REGS_H

#include <lib/util.h>

/* clang-format off */

/* Distributor; those up to ICFGR also in a redistributor's SGI frame */
#define GICD_SIZE		0x10000
#define GICD_CTLR		0x0000
#define   GICD_CTLR_ENABLE_G1	BIT(0)	/* seen from Non-secure with DS = 0 */
#define   GICD_CTLR_ENABLE_G1A	BIT(1)	/* group 1 in either view */
#define   GICD_CTLR_ARE		BIT(4)
#define   GICD_CTLR_DS		BIT(6)	/* one Security state */
#define   GICD_CTLR_RWP		BIT(31)
#define GICD_TYPER		0x0004
#define   GICD_TYPER_LINES(t)	(32 * (((t) & 0x1f) + 1))
#define GIC_IGROUPR		0x0080
#define GIC_ISENABLER		0x0100
#define GIC_ICENABLER		0x0180
#define GIC_ISPENDR		0x0200
#define GIC_ICPENDR		0x0280
#define GIC_ISACTIVER		0x0300
#define GIC_ICACTIVER		0x0380
#define GIC_IPRIORITYR		0x0400
#define GIC_ICFGR		0x0c00
#define   GIC_ICFGR_EDGE	2	/* of each interrupt's two bits */
#define GIC_IGRPMODR		0x0d00
#define GICD_IROUTER		0x6000
#define GICD_PIDR2		0xffe8
#define   GIC_PIDR2_ARCH(p)	(((p) >> 4) & 0xf)

/* Redistributor: the RD frame, then the SGI frame */
#define GICR_CTLR		0x0000
#define   GICR_CTLR_RWP		BIT(3)
#define GICR_TYPER		0x0008
#define   GICR_TYPER_VLPIS	BIT(1)
#define   GICR_TYPER_LAST	BIT(4)
#define   GICR_TYPER_AFF(t)	((t) >> 32)
#define GICR_WAKER		0x0014
#define   GICR_WAKER_SLEEP	BIT(1)
#define   GICR_WAKER_ASLEEP	BIT(2)
#define GICR_SGI_FRAME		0x10000
#define GICR_STRIDE_V3		0x20000
#define GICR_STRIDE_V4		0x40000	/* two frames more for virtual LPIs */

/* clang-format on */

#define GIC_SPI_FIRST 32
#define GIC_SPI_END 1020

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State of the virtual GICv3: struct vgic in each VM, struct vgic_cpu in each
 * vCPU. Private to vgic*.c; here only so that vcpu.h can embed both.
 *
 * No locks. A word holds 32 interrupts, one bit each, and every field of it
 * is atomic: any CPU may set or clear bits. List registers, and everything
 * marked "owner" below, are touched only by the physical CPU that has the
 * vCPU loaded, interrupts masked. An interrupt goes into a list register by
 * setting its `inlr` bit first (claim); while that is set, others that want
 * to change its pending or active state leave a request and tell the owner.
 * Private interrupts of another vCPU are always changed by request.
 */
#ifndef VIRT_VGIC_STATE_H
#define VIRT_VGIC_STATE_H

#include <lib/types.h>
#include <lib/util.h>

struct link;
struct vgic_pt;
struct vcpu;
struct vm;

#define VGIC_LR_MAX 16
#define VGIC_WORDS 32     /* INTIDs 0..1023 */
#define VGIC_IRQ_MAX 1020 /* INTIDs 1020..1023 are special */
#define VGIC_SGIS 16
#define VGIC_PRIVATE 32 /* SGIs and PPIs */
#define VGIC_REGIONS 4  /* redistributor regions */

#define VGIC_TARGET_ANY 0xff  /* IROUTER.IRM: any participating vCPU */
#define VGIC_TARGET_NONE 0xfe /* IROUTER names no vCPU */

/* Two words that are also changed as one, see clear_pend_apply(). */
union vgic_pend {
	struct {
		uint32_t latch;
		uint32_t clear_pend;
	};
	uint64_t both;
};

/**
 * struct vgic_word - 32 interrupts, a bit each
 * @enabled, @group1, @edge: configuration
 * @latch:   pending by itself: an edge, an SGI, a write to ISPENDR, or a
 *           physical interrupt handed over
 * @line:    level of the input
 * @active:  active, and not in a list register
 * @inlr:    in a list register of vgic.owner[] (private ones: of the vCPU)
 * @linked:  stands for a physical interrupt: pends by @latch alone
 * @phys:    that physical interrupt is acknowledged and not deactivated
 * @pend:    @latch and @clear_pend as one
 * @clear_pend, @set_act, @clear_act: requests to the owner
 * @lr_pend, @lr_act: what the owner last put into the list register
 */
struct vgic_word {
	union {
		struct {
			uint32_t latch;
			uint32_t clear_pend;
		};
		union vgic_pend pend;
	};
	uint32_t enabled;
	uint32_t group1;
	uint32_t edge;
	uint32_t line;
	uint32_t active;
	uint32_t inlr;
	uint32_t linked;
	uint32_t phys;
	uint32_t set_act;
	uint32_t clear_act;
	uint32_t lr_pend;
	uint32_t lr_act;
};

/* vgic_cpu.work above the 32 bits "look at this word" */
#define VGIC_WORK_FOLD BIT(32) /* take list registers apart and refill */

/**
 * struct vgic_cpu - a vCPU's redistributor and CPU interface
 * @work:      atomic: bit per word to look at, VGIC_WORK_FOLD; 0: nothing
 * @lr0_timer: owner: list register 0 is the HW-linked virtual timer's
 * @crowded:   owner: something found no list register
 * @cpu:       CPU where it is loaded, -1: nowhere; written there
 * @lr_used:   owner: list registers that may hold something
 * @lr_latch:  owner: their pending state came from a latch
 * @lr_hw:     owner: they are HW-linked
 * @lr_irq:    owner: INTID in each
 * @lr_of:     owner: list register of each private interrupt
 * @words:     atomic: words that may hold pending or active interrupts
 * @waker:     GICR_WAKER.ProcessorSleep
 * @phys_cpu:  with vgic.pt: the CPU that it owns
 * @hcr:       owner: ICH_HCR_EL2 as last written
 * @filled:    owner: shared and private interrupts, without the virtual
 *             timer's, that were put into list registers
 * @vmcr, @ap0r, @ap1r: the CPU interface while it is not loaded
 */
struct vgic_cpu {
	uint64_t work;
	struct vgic *vgic;
	struct vcpu *vcpu;
	bool lr0_timer;
	bool crowded;
	int16_t cpu;
	uint32_t lr_used;
	uint32_t lr_latch;
	uint32_t lr_hw;
	struct vgic_word priv;
	uint8_t prio[VGIC_PRIVATE];
	uint8_t lr_of[VGIC_PRIVATE];
	uint16_t lr_irq[VGIC_LR_MAX];
	uint32_t words;
	uint32_t waker;
	uint8_t phys_cpu;
	uint32_t id;
	uint64_t hwid;
	uint64_t typer; /* GICR_TYPER */
	uint64_t hcr;
	uint64_t filled;
	uint64_t vmcr;
	uint32_t ap0r[4];
	uint32_t ap1r[4];
};

/** struct vgic_region - redistributors of consecutive vCPUs */
struct vgic_region {
	uint64_t base;
	uint64_t size_bytes;
	uint32_t first; /* vCPU of its first frame */
	uint32_t count;
};

/**
 * struct vgic - a VM's distributor
 * @ctlr:   GICD_CTLR.EnableGrp0 and 1, atomic
 * @typer:  GICD_TYPER, constant
 * @target: vCPU index of each SPI, from @router; VGIC_TARGET_*
 * @owner:  vCPU that has, or last had, each SPI in a list register or active
 * @phys:   host INTID behind a linked SPI
 * @redist_shift: log2 of the stride of frames
 * @irq_count: INTIDs 0..irq_count - 1 exist
 * @pt:     the guest programs the real GIC, see vgic_pt.c; else NULL
 */
struct vgic {
	struct vm *vm;
	uint64_t dist_base;
	uint32_t typer;
	uint32_t ctlr;
	uint32_t redist_shift;
	uint32_t irq_count;
	uint32_t vcpu_count;
	uint32_t region_count;
	struct vgic_pt *pt;
	struct link *links; /* vgic_forward.c */
	struct vgic_region regions[VGIC_REGIONS];
	struct vgic_cpu *cpus[CONFIG_VM_MAX_VCPUS];
	struct vgic_word spi[VGIC_WORDS]; /* [0] is not used */
	uint8_t prio[1024];
	uint8_t target[1024];
	uint8_t owner[1024];
	uint16_t phys[1024];
	uint64_t router[1024];
};

#endif

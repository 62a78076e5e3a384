/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passthrough interrupt mode: the vCPU owns its CPU, and while it runs
 * ("direct"), HCR_EL2.IMO and FMO are clear: physical interrupts are taken at
 * EL1 and the guest's ICC_* accesses reach the real CPU interface. Timer and
 * device interrupts cost no exit; SGIs trap (ICH_HCR_EL2.TC), since they could
 * reach any CPU.
 *
 * EL2 takes no interrupts meanwhile, so the host's private ones are disabled,
 * and who wants this CPU (core's smp_reach) takes its translations away: the
 * vCPU walks a copy of stage 2's root that can be cleared. An enabled, pending
 * SGI of the host then ends a WFI; the guest faults on its next instruction,
 * the vector of that interrupt, before it could acknowledge anything.
 *
 * While the host runs, its priority mask hides the guest's interrupts
 * (arch/gic.h), and the guest's active priorities are put aside.
 *
 * That copy also has to go before a table that it leads to does.
 *
 * Interrupts of emulated devices cannot be put into the real CPU interface.
 * For as long as one is pending or active, the vCPU runs as an emulated one
 * does ("borrowed"): list registers, IMO set; its physical interrupts wait.
 * That begins only between two physical interrupts, else the guest would
 * acknowledge at one interface and end at the other: ICH_HCR_EL2.TALL1 shows
 * when the last one is ended.
 *
 * Over 600 lines, because going in, being called back and coming out are one
 * state machine over the same registers.
 */
#define LOG_TAG "pt"
#include "pt.h"
#include "sysreg.h"
#include "vcpu.h"
#include "vgic_priv.h"
#include "vgic_pt.h"

#include <arch/gic.h>
#include <arch/gic_regs.h>
#include <arch/pgtable.h>
#include <asm/io.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/frames.h>
#include <mm/heap.h>
#include <string.h>

#define ICH_HCR_TALL0 BIT(11)
#define ICH_HCR_TALL1 BIT(12)

#define ICC_CTLR_CBPR BIT(0)
#define ICC_CTLR_EOIMODE BIT(1)
#define ICC_CTLR_PRIBITS(ctlr) (((ctlr) >> 8 & 7) + 1)
#define RPR_IDLE 0xff
#define WAIT_SPINS_MAX 1000000

/* Where a CPU is: pt_cpus[].state */
enum pt_state {
	PT_HERE,    /* in the host, or in a guest that interrupts get it out */
	PT_DIRECT,  /* out of reach */
	PT_CALLING, /* somebody is taking its tables away */
	PT_CALLED,  /* it will come back by itself */
};

/**
 * struct pt_vcpu - what such a vCPU has beside others
 * @root, @root_pa: the root that it walks in direct mode
 * @real:     stage 2's own
 * @root_size: of either
 * @ap_count: active priority registers of the real CPU interface
 * @vmid:     in VTTBR_EL2 while direct
 * @stale:    atomic: @root is no copy of @real any more
 * @direct:   as it runs, or ran last
 * @borrowed: the same
 * @pmr, @ctlr, @bpr1, @grpen1, @ap1r: the guest's CPU interface while the
 *            host has the hardware's; @pmr and @ctlr always
 */
struct pt_vcpu {
	uint64_t *root;
	hpa_t root_pa;
	const uint64_t *real;
	size_t root_size;
	unsigned int ap_count;
	uint16_t vmid;
	bool stale;
	bool direct;
	bool borrowed;
	uint64_t pmr;
	uint64_t ctlr;
	uint64_t bpr1;
	uint64_t grpen1;
	uint64_t ap1r[4];
};

static struct pt_cpu {
	uint32_t state; /* atomic, enum pt_state */
	struct pt_vcpu *pt;
} pt_cpus[CPU_MAX];

static gic_regs_t sgi_frame(unsigned int cpu)
{
	return arch_gic()->redist_regs[cpu] + GICR_SGI_FRAME;
}

static uint32_t host_private(void)
{
	return arch_gic()->host_sgis | 1U << maintenance_irq |
	       1U << arch_timer_irq();
}

/*
 * Reach
 */

static void tables_take(unsigned int cpu, struct pt_cpu *pc)
{
	uint32_t was = PT_DIRECT;

	if (!__atomic_compare_exchange_n(&pc->state, &was, PT_CALLING, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	memset(pc->pt->root, 0, pc->pt->root_size);
	arch_pte_sync();
	arch_stage2_tlb_flush(pc->pt->vmid, gpa(0), UINT64_MAX);
	io_write32(sgi_frame(cpu) + GIC_ISENABLER, arch_gic()->host_sgis);
	__atomic_store_n(&pc->state, PT_CALLED, __ATOMIC_RELEASE);
}

static void call_back(unsigned int cpu)
{
	unsigned long flags;

	/* what the CPU is to find was written before: pairs with pt_enter() */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* others wait for the end of PT_CALLING: no task switch on the way */
	flags = arch_irq_save();
	tables_take(cpu, &pt_cpus[cpu]);
	arch_irq_restore(flags);
}

static void root_drop(struct stage2 *s2)
{
	struct vm *vm = container_of(s2, struct vm, stage2);

	for (unsigned int i = 0; i < vm->vcpu_count; i++) {
		struct vcpu *vcpu = vm->vcpus[i];
		unsigned int cpu;

		if (!vcpu || !vcpu->arch || !vcpu->arch->pt)
			continue;
		cpu = vcpu->arch->vgic.phys_cpu;
		/* not there yet: pt_enter() looks once more */
		__atomic_store_n(&vcpu->arch->pt->stale, true,
				 __ATOMIC_SEQ_CST);
		call_back(cpu);
		/* somebody else has begun to */
		while (__atomic_load_n(&pt_cpus[cpu].state, __ATOMIC_ACQUIRE) ==
		       PT_CALLING)
			arch_cpu_relax();
	}
}

void pt_call_back(void)
{
	call_back(arch_this_cpu()->id);
}

/* Return: the tables were taken away meanwhile. */
static bool come_back(struct pt_cpu *pc)
{
	uint32_t was = PT_DIRECT;

	if (__atomic_compare_exchange_n(&pc->state, &was, PT_HERE, false,
					__ATOMIC_SEQ_CST, __ATOMIC_ACQUIRE))
		return false;
	while (__atomic_load_n(&pc->state, __ATOMIC_ACQUIRE) != PT_CALLED)
		arch_cpu_relax();
	__atomic_store_n(&pc->state, PT_HERE, __ATOMIC_SEQ_CST);
	return true;
}

/*
 * The CPU interface: the guest's and the host's
 */

static uint64_t pmr_hw(uint64_t pmr)
{
	return GIC_PRIORITY_GUEST | (pmr & 0xff) >> 1;
}

static void ap1r_save(struct pt_vcpu *pt)
{
	pt->ap1r[0] = read_sysreg(ICC_AP1R0_EL1);
	write_sysreg(0, ICC_AP1R0_EL1);
	if (pt->ap_count > 1) {
		pt->ap1r[1] = read_sysreg(S3_0_C12_C9_1);
		write_sysreg(0, S3_0_C12_C9_1);
	}
	if (pt->ap_count > 2) {
		pt->ap1r[2] = read_sysreg(S3_0_C12_C9_2);
		pt->ap1r[3] = read_sysreg(S3_0_C12_C9_3);
		write_sysreg(0, S3_0_C12_C9_2);
		write_sysreg(0, S3_0_C12_C9_3);
	}
}

static void ap1r_restore(const struct pt_vcpu *pt)
{
	write_sysreg(pt->ap1r[0], ICC_AP1R0_EL1);
	if (pt->ap_count > 1)
		write_sysreg(pt->ap1r[1], S3_0_C12_C9_1);
	if (pt->ap_count > 2) {
		write_sysreg(pt->ap1r[2], S3_0_C12_C9_2);
		write_sysreg(pt->ap1r[3], S3_0_C12_C9_3);
	}
}

static bool in_interrupt(const struct pt_vcpu *pt)
{
	return pt->ap1r[0] | pt->ap1r[1] | pt->ap1r[2] | pt->ap1r[3];
}

static void interface_to_guest(const struct pt_vcpu *pt)
{
	write_sysreg(gic_pmr(arch_gic(), pmr_hw(pt->pmr)), ICC_PMR_EL1);
	write_sysreg(pt->ctlr, ICC_CTLR_EL1);
	write_sysreg(pt->bpr1, ICC_BPR1_EL1);
	ap1r_restore(pt);
	write_sysreg(pt->grpen1, ICC_IGRPEN1_EL1);
}

static void interface_to_host(struct pt_vcpu *pt)
{
	pt->bpr1 = read_sysreg(ICC_BPR1_EL1);
	pt->grpen1 = read_sysreg(ICC_IGRPEN1_EL1);
	ap1r_save(pt);
	write_sysreg(gic_pmr(arch_gic(), GIC_PMR_HOST), ICC_PMR_EL1);
	write_sysreg(ICC_CTLR_EOIMODE, ICC_CTLR_EL1);
	write_sysreg(0, ICC_BPR1_EL1);
	write_sysreg(1, ICC_IGRPEN1_EL1);
	isb();
}

static void interface_to_virtual(const struct pt_vcpu *pt)
{
	uint64_t vmcr = (pt->pmr & 0xff) << ICH_VMCR_VPMR_SHIFT |
			(pt->bpr1 & 7) << ICH_VMCR_VBPR1_SHIFT;

	if (pt->ctlr & ICC_CTLR_CBPR)
		vmcr |= ICH_VMCR_VCBPR;
	if (pt->ctlr & ICC_CTLR_EOIMODE)
		vmcr |= ICH_VMCR_VEOIM;
	if (pt->grpen1 & 1)
		vmcr |= ICH_VMCR_VENG1;
	vgic_hw_vmcr_set(vmcr);
}

static void interface_from_virtual(struct pt_vcpu *pt)
{
	uint64_t vmcr = vgic_hw_vmcr();

	pt->pmr = vmcr >> ICH_VMCR_VPMR_SHIFT & 0xff;
	pt->bpr1 = vmcr >> ICH_VMCR_VBPR1_SHIFT & 7;
	pt->ctlr = (vmcr & ICH_VMCR_VCBPR ? ICC_CTLR_CBPR : 0) |
		   (vmcr & ICH_VMCR_VEOIM ? ICC_CTLR_EOIMODE : 0);
	pt->grpen1 = vmcr & ICH_VMCR_VENG1 ? 1 : 0;
}

static void host_private_disable(unsigned int cpu)
{
	gic_regs_t reg = arch_gic()->redist_regs[cpu] + GICR_CTLR;
	unsigned int i;

	io_write32(sgi_frame(cpu) + GIC_ICENABLER, host_private());
	for (i = 0; i < WAIT_SPINS_MAX && (io_read32(reg) & GICR_CTLR_RWP); i++)
		;
}

/*
 * In and out
 */

static void root_copy(struct pt_vcpu *pt)
{
	/* before the look: a change that comes after it sets this again */
	if (!__atomic_exchange_n(&pt->stale, false, __ATOMIC_SEQ_CST))
		return;
	memcpy(pt->root, pt->real, pt->root_size);
	arch_pte_sync();
}

static bool is_wanted(const struct vcpu *vcpu)
{
	const struct arch_vcpu *arch = vcpu->arch;

	return __atomic_load_n(&vcpu->requests, __ATOMIC_SEQ_CST) ||
	       __atomic_load_n(&arch_this_cpu()->need_resched,
			       __ATOMIC_SEQ_CST) ||
	       __atomic_load_n(&arch->vgic.work, __ATOMIC_SEQ_CST) ||
	       __atomic_load_n(&arch->pt->stale, __ATOMIC_SEQ_CST) ||
	       smp_is_wanted();
}

static bool enter_direct(struct vcpu *vcpu, bool watch_ends)
{
	struct pt_vcpu *pt = vcpu->arch->pt;
	unsigned int cpu = arch_this_cpu()->id;

	root_copy(pt);
	stage2_use_root(vcpu->vm, pt->root_pa);
	pt->vmid = read_sysreg(vttbr_el2) >> VTTBR_VMID_SHIFT;
	host_private_disable(cpu);
	interface_to_guest(pt);
	vgic_hw_hcr_set(ICH_HCR_TC | ICH_HCR_TALL0 |
			(watch_ends ? ICH_HCR_TALL1 : 0));
	write_sysreg(vcpu->arch->hcr & ~(HCR_IMO | HCR_FMO), hcr_el2);
	pt->direct = true;
	pt_cpus[cpu].pt = pt;
	__atomic_store_n(&pt_cpus[cpu].state, PT_DIRECT, __ATOMIC_SEQ_CST);
	/* pairs with call_back(): either it sees this CPU out of reach, or we
	 * see what it is about */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (!is_wanted(vcpu))
		return true;
	pt_leave(vcpu);
	return false;
}

static void enter_borrowed(struct vcpu *vcpu)
{
	struct pt_vcpu *pt = vcpu->arch->pt;

	stage2_use(vcpu->vm);
	write_sysreg(vcpu->arch->hcr, hcr_el2);
	if (!pt->borrowed)
		interface_to_virtual(pt);
	vgic_hw_hcr_set(vcpu->arch->vgic.hcr | ICH_HCR_TC | ICH_HCR_TALL0);
	pt->borrowed = true;
}

static bool has_virtual(struct vgic_cpu *vc)
{
	uint32_t ap0r[4] = {0}, ap1r[4] = {0};

	if (vc->lr_used)
		vgic_lr_reap(vc);
	vgic_hw_ap_save(ap0r, ap1r, vgic_caps.ap_count);
	return vc->lr_used | ap1r[0] | ap1r[1] | ap1r[2] | ap1r[3];
}

bool pt_enter(struct vcpu *vcpu)
{
	struct pt_vcpu *pt = vcpu->arch->pt;

	vgic_sync_in(vcpu);
	if (!has_virtual(&vcpu->arch->vgic)) {
		pt->borrowed = false;
		return enter_direct(vcpu, false);
	}
	if (!pt->borrowed && in_interrupt(pt))
		return enter_direct(vcpu, true);
	if (__atomic_load_n(&vcpu->requests, __ATOMIC_RELAXED) ||
	    __atomic_load_n(&arch_this_cpu()->need_resched, __ATOMIC_RELAXED))
		return false;
	enter_borrowed(vcpu);
	return true;
}

void pt_leave(struct vcpu *vcpu)
{
	struct pt_vcpu *pt = vcpu->arch->pt;
	unsigned int cpu = arch_this_cpu()->id;

	if (!pt->direct) {
		interface_from_virtual(pt);
		return;
	}
	if (come_back(&pt_cpus[cpu]))
		__atomic_store_n(&pt->stale, true, __ATOMIC_SEQ_CST);
	pt->direct = false;
	interface_to_host(pt);
	vgic_hw_hcr_set(0);
	io_write32(sgi_frame(cpu) + GIC_ISENABLER, host_private());
	write_sysreg(vcpu->arch->hcr, hcr_el2);
	isb();
}

bool pt_is_direct(const struct vcpu *vcpu)
{
	return vcpu->arch->pt && vcpu->arch->pt->direct;
}

bool pt_abort(struct vcpu *vcpu, gpa_t at)
{
	struct pt_vcpu *pt = vcpu->arch->pt;
	const struct pgt_format *format = arch_stage2_format();
	uint64_t index = at.v >> (12 + 9 * (format->levels - 1));

	if (!pt->direct)
		return false;
	if (__atomic_load_n(&pt_cpus[arch_this_cpu()->id].state,
			    __ATOMIC_ACQUIRE) == PT_DIRECT) {
		if (index >= pt->root_size / sizeof(*pt->root) ||
		    pt->root[index] == pt->real[index])
			return false;
		__atomic_store_n(&pt->stale, true, __ATOMIC_SEQ_CST);
	}
	vcpu->arch->exit->kind = EXIT_NOTHING;
	exit_count(vcpu, REASON_IRQ);
	return true;
}

/*
 * Trapped registers
 */

/* ICC_RPR_EL1 in the guest's scale */
static uint64_t running_prio_read(const struct pt_vcpu *pt)
{
	uint64_t rpr;

	if (!pt->direct)
		return vgic_icc_read(VGIC_ICC_RPR);
	rpr = read_sysreg(ICC_RPR_EL1) & 0xff;
	return rpr == RPR_IDLE ? rpr : (rpr << 1) & 0xff;
}

static void ctlr_access(struct pt_vcpu *pt, struct sysreg_access *access)
{
	uint64_t hw = read_sysreg(ICC_CTLR_EL1);

	if (!access->write) {
		/* a bit of priority less: the other half is the host's */
		access->value = (hw & ~(ICC_CTLR_CBPR | ICC_CTLR_EOIMODE |
					GENMASK(10, 8))) |
				(ICC_CTLR_PRIBITS(hw) - 2) << 8 | pt->ctlr;
		return;
	}
	pt->ctlr = access->value & (ICC_CTLR_CBPR | ICC_CTLR_EOIMODE);
	if (pt->direct)
		write_sysreg(pt->ctlr, ICC_CTLR_EL1);
	else
		interface_to_virtual(pt);
	isb();
}

static void pmr_access(struct pt_vcpu *pt, struct sysreg_access *access)
{
	if (!access->write) {
		access->value = pt->pmr;
		return;
	}
	pt->pmr = access->value & vgic_caps.prio_mask &
		  (uint64_t)(vgic_caps.prio_mask << 1);
	if (pt->direct)
		write_sysreg(gic_pmr(arch_gic(), pmr_hw(pt->pmr)), ICC_PMR_EL1);
	else
		interface_to_virtual(pt);
	isb();
}

static void dir_write(struct vcpu *vcpu, uint64_t value)
{
	struct vgic *vg = vgic_of(vcpu->vm);
	unsigned int irq = value & 0xffffff;

	if (!(vcpu->arch->pt->ctlr & ICC_CTLR_EOIMODE) || irq >= vg->irq_count)
		return;
	if (vg->pt->owned[irq / 32] >> irq % 32 & 1)
		write_sysreg(irq, ICC_DIR_EL1);
	else if (irq >= VGIC_PRIVATE)
		vgic_change(vgic_cpu_of(vcpu), vg, NULL, irq / 32,
			    1U << irq % 32, VGIC_CLEAR_ACT);
	isb();
}

/* Group 1 by itself traps only while the end of an interrupt is awaited. */
static bool group1_access(struct sysreg_access *access)
{
	uint64_t *value = &access->value;

	if (access->write) {
		switch (access->enc) {
		case SYSREG_ENC(3, 0, 12, 12, 1):
			write_sysreg(*value, ICC_EOIR1_EL1);
			isb();
			if ((read_sysreg(ICC_RPR_EL1) & 0xff) == RPR_IDLE)
				pt_call_back();
			return true;
		case SYSREG_ENC(3, 0, 12, 12, 3):
			write_sysreg(*value & 7, ICC_BPR1_EL1);
			return true;
		case SYSREG_ENC(3, 0, 12, 12, 7):
			write_sysreg(*value & 1, ICC_IGRPEN1_EL1);
			return true;
		case SYSREG_ENC(3, 0, 12, 9, 0):
			write_sysreg(*value, ICC_AP1R0_EL1);
			return true;
		default:
			return false;
		}
	}
	switch (access->enc) {
	case SYSREG_ENC(3, 0, 12, 12, 0):
		*value = read_sysreg(ICC_IAR1_EL1);
		return true;
	case SYSREG_ENC(3, 0, 12, 12, 2):
		*value = read_sysreg(ICC_HPPIR1_EL1);
		return true;
	case SYSREG_ENC(3, 0, 12, 12, 3):
		*value = read_sysreg(ICC_BPR1_EL1);
		return true;
	case SYSREG_ENC(3, 0, 12, 12, 7):
		*value = read_sysreg(ICC_IGRPEN1_EL1);
		return true;
	case SYSREG_ENC(3, 0, 12, 9, 0):
		*value = read_sysreg(ICC_AP1R0_EL1);
		return true;
	default:
		return false;
	}
}

bool pt_icc(struct vcpu *vcpu, struct sysreg_access *access)
{
	struct pt_vcpu *pt = vcpu->arch->pt;

	if (!pt)
		return false;
	if (!pt->direct)
		interface_from_virtual(pt);
	switch (access->enc) {
	case SYSREG_ENC(3, 0, 4, 6, 0):
		pmr_access(pt, access);
		return true;
	case SYSREG_ENC(3, 0, 12, 12, 4):
		ctlr_access(pt, access);
		return true;
	case SYSREG_ENC(3, 0, 12, 11, 3):
		access->value = running_prio_read(pt);
		return !access->write;
	case SYSREG_ENC(3, 0, 12, 11, 1):
		if (access->write)
			dir_write(vcpu, access->value);
		return access->write;
	default:
		break;
	}
	/* group 0 is not there */
	if (access->enc < SYSREG_ENC(3, 0, 12, 9, 0) ||
	    access->enc == SYSREG_ENC(3, 0, 12, 12, 6)) {
		access->value = access->enc & 5 ? 0 : 1023;
		return true;
	}
	return pt->direct && group1_access(access);
}

void pt_sgi(struct vcpu *vcpu, uint64_t value)
{
	struct vgic *vg = vgic_of(vcpu->vm);
	uint32_t targets = vgic_pt_sgi_targets(vgic_cpu_of(vcpu), value);
	unsigned int irq = value >> 24 & 0xf;

	if (!(vg->pt->owned[0] >> irq & 1))
		return;
	for (; targets; targets &= targets - 1) {
		uint64_t hwid =
			cpus[vg->cpus[__builtin_ctz(targets)]->phys_cpu].hwid;
		uint64_t aff0 = hwid & 0xff;

		write_sysreg((hwid >> 32 & 0xff) << 48 | (aff0 >> 4) << 44 |
				     (hwid >> 16 & 0xff) << 32 |
				     (uint64_t)irq << 24 |
				     (hwid >> 8 & 0xff) << 16 | BIT(aff0 & 0xf),
			     ICC_SGI1R_EL1);
	}
	isb();
}

/*
 * Life
 */

static uint64_t root_bytes(void)
{
	return (uint64_t)arch_stage2_format()->root_tables * PAGE_SIZE;
}

int pt_vcpu_create(struct vcpu *vcpu)
{
	struct pt_vcpu *pt = heap_alloc(sizeof(*pt));
	uint64_t ctlr = read_sysreg(ICC_CTLR_EL1);
	int err;

	if (!pt)
		return -ENOMEM;
	*pt = (struct pt_vcpu){.root_size = root_bytes()};
	err = frames_alloc_zeroed(&vcpu->vm->owner, pt->root_size,
				  pt->root_size, &pt->root_pa);
	if (err) {
		heap_free(pt);
		return err;
	}
	pt->root = phys_to_virt(pt->root_pa);
	pt->real = phys_to_virt(vcpu->vm->arch->s2_root);
	pt->ap_count = 1U << (MAX(ICC_CTLR_PRIBITS(ctlr), 5UL) - 5);
	pt->stale = true;
	vcpu->arch->pt = pt;
	smp_reach_set(call_back);
	vcpu->vm->stage2.root_drop = root_drop;
	vcpu->arch->vgic.phys_cpu = (uint8_t)__builtin_ctzll(vcpu->affinity);
	return 0;
}

void pt_vcpu_destroy(struct vcpu *vcpu)
{
	struct pt_vcpu *pt = vcpu->arch->pt;

	if (!pt)
		return;
	frames_free(&vcpu->vm->owner, pt->root_pa, pt->root_size);
	heap_free(pt);
	vcpu->arch->pt = NULL;
}

void pt_vcpu_reset(struct vcpu *vcpu)
{
	struct pt_vcpu *pt = vcpu->arch->pt;

	pt->pmr = 0;
	pt->ctlr = 0;
	pt->bpr1 = 0;
	pt->grpen1 = 0;
	memset(pt->ap1r, 0, sizeof(pt->ap1r));
	pt->borrowed = false;
	__atomic_store_n(&pt->stale, true, __ATOMIC_SEQ_CST);
	vgic_pt_private_take(&vcpu->arch->vgic);
}

void pt_vcpu_release(struct vcpu *vcpu)
{
	struct vgic_cpu *vc = &vcpu->arch->vgic;

	vcpu_evict(vcpu);
	vgic_pt_private_give(vc);
	/* the host's part in emulated guests' timer, see guest_timer_enable()
	 */
	io_write32(sgi_frame(vc->phys_cpu) + GIC_ISENABLER, 1U << vtimer_irq);
}

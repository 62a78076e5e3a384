/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtual GICv3 as the rest of the backend sees it: create, reset, load,
 * and thin entries to vgic_lr.c (list registers), vgic_irq.c (state changes)
 * and vgic_mmio.c (register windows).
 */
#define LOG_TAG "vgic"

#include "sysreg.h"
#include "vgic_priv.h"
#include "vgic_pt.h"

#include <arch/gic.h>
#include <errno.h>
#include <lib/log.h>
#include <mm/heap.h>
#include <string.h>

#define GICD_TYPER_MBIS BIT(16)
#define GICD_TYPER_IDBITS (9ULL << 19) /* INTIDs of ten bits: no LPIs */
#define GICD_TYPER_NO1N BIT(25)
#define GICD_TYPER_RSS BIT(26)
#define GICR_TYPER_LAST BIT(4)
#define STRIDE_MIN 0x20000

/* ICC_SRE_EL2: system registers only; EL1's own ICC_SRE_EL1 traps (12.2.24) */
#define ICC_SRE_SRE BIT(0)
#define ICC_SRE_DFB BIT(1)
#define ICC_SRE_DIB BIT(2)

int vgic_probe(void)
{
	if (!arch_gic()) {
		log_err("no GICv3: guests cannot run on this machine");
		return -ENODEV;
	}
	vgic_caps_set(vgic_hw_vtr());
	log_info("%u list registers, %u priority bits", vgic_caps.lr_count,
		 (unsigned int)__builtin_popcount(vgic_caps.prio_mask));
	return 0;
}

void vgic_cpu_enable(void)
{
	unsigned int n;

	write_sysreg(ICC_SRE_SRE | ICC_SRE_DFB | ICC_SRE_DIB, ICC_SRE_EL2);
	isb();
	vgic_hw_hcr_set(0);
	for (n = 0; n < vgic_caps.lr_count; n++)
		vgic_hw_lr_set(n, 0);
}

static int region_add(struct vgic *vg, uint64_t base, uint64_t size_bytes)
{
	struct vgic_region *r = &vg->regions[vg->region_count];

	if (vg->region_count == VGIC_REGIONS)
		return -EINVAL;
	r->base = base;
	r->size_bytes = size_bytes;
	vg->region_count++;
	return 0;
}

/* Where emu_devices put the frames. */
static int place_configured(struct vgic *vg, uint64_t *stride)
{
	const struct vm_config *config = vg->vm->config;
	unsigned int i;

	for (i = 0; i < config->emu_device_count; i++) {
		const struct vm_emu_device *dev = &config->emu_devices[i];

		if (dev->type == VM_EMU_GIC_DIST)
			vg->dist_base = dev->gpa;
		if (dev->type != VM_EMU_GIC_REDIST)
			continue;
		if (region_add(vg, dev->gpa, dev->size_bytes)) {
			log_err("%s: more than %d redistributor regions",
				config->name, VGIC_REGIONS);
			return -EINVAL;
		}
		if (dev->cfg_count > 1 && dev->cfg[1])
			*stride = dev->cfg[1];
	}
	return 0;
}

static void place_as_host(struct vgic *vg, uint64_t *stride)
{
	const struct gic *info = arch_gic();
	unsigned int i;

	for (i = 0; i < info->redist_region_count; i++) {
		if (region_add(vg, info->redist[i].base.v,
			       info->redist[i].size))
			break;
	}
	if (info->redist_stride)
		*stride = info->redist_stride;
}

/* Give each region the vCPUs that fit, in order. */
static int regions_fill(struct vgic *vg, uint64_t stride)
{
	unsigned int i, first = 0;

	if (stride < STRIDE_MIN || (stride & (stride - 1))) {
		log_err("%s: redistributor stride 0x%llx is no power of two "
			"from 0x%x on",
			vg->vm->config->name, (unsigned long long)stride,
			STRIDE_MIN);
		return -EINVAL;
	}
	vg->redist_shift = (uint32_t)__builtin_ctzll(stride);
	for (i = 0; i < vg->region_count && first < vg->vcpu_count; i++) {
		struct vgic_region *r = &vg->regions[i];
		uint64_t room = r->size_bytes >> vg->redist_shift;

		r->first = first;
		r->count =
			(uint32_t)MIN(room, (uint64_t)(vg->vcpu_count - first));
		r->size_bytes = (uint64_t)r->count << vg->redist_shift;
		first += r->count;
	}
	vg->region_count = i;
	if (first == vg->vcpu_count)
		return 0;
	log_err("%s: redistributor regions hold %u vCPUs of %u; make them "
		"longer",
		vg->vm->config->name, first, vg->vcpu_count);
	return -EINVAL;
}

/* The host's private interrupts stay its own; no SPI goes to any of several
 * CPUs, for those may be others'. */
static int pt_create(struct vgic *vg)
{
	vg->pt = heap_alloc(sizeof(*vg->pt));
	if (!vg->pt)
		return -ENOMEM;
	memset(vg->pt, 0, sizeof(*vg->pt));
	vgic_pt_init(vg->pt, 1U << maintenance_irq | 1U << arch_timer_irq());
	vg->typer = (vg->typer & ~(uint32_t)GICD_TYPER_MBIS) | GICD_TYPER_NO1N;
	return 0;
}

const char *arch_irq_passthrough_refusal(void)
{
	const struct gic *gic = arch_gic();

	/* Linux and its like use the first seven */
	if ((gic->guest_sgis & 0x7f) != 0x7f)
		return "too few software-generated interrupts are left";
	return NULL;
}

int vgic_create(struct vm *vm)
{
	const struct gic *info = arch_gic();
	struct vgic *vg = vgic_of(vm);
	uint64_t stride = STRIDE_MIN;
	unsigned int lines;
	int rc;

	vg->vm = vm;
	vg->vcpu_count = vm->config->vcpu_count;
	vg->dist_base = info->dist_base.v;
	rc = place_configured(vg, &stride);
	if (rc)
		return rc;
	if (!vg->region_count)
		place_as_host(vg, &stride);
	rc = regions_fill(vg, stride);
	if (rc)
		return rc;
	lines = MIN(MAX(info->irq_count / 32, 2U), 32U);
	vg->irq_count = MIN(lines * 32, (unsigned int)VGIC_IRQ_MAX);
	vg->typer = (lines - 1) | GICD_TYPER_MBIS | GICD_TYPER_IDBITS |
		    GICD_TYPER_RSS;
	if (vm->irq_mode == VM_IRQ_PASSTHROUGH) {
		rc = pt_create(vg);
		if (rc)
			return rc;
	}
	vgic_reset_dist(vg);
	return 0;
}

bool arch_vm_window(const struct vm *vm, unsigned int index,
		    struct arch_window *window)
{
	const struct vgic *vg = vgic_of((struct vm *)vm);

	if (index > vg->region_count)
		return false;
	if (!index)
		*window = (struct arch_window){vg->dist_base, 0x10000,
					       "gic distributor"};
	else
		*window =
			(struct arch_window){vg->regions[index - 1].base,
					     vg->regions[index - 1].size_bytes,
					     "gic redistributors"};
	return true;
}

void vgic_destroy(struct vm *vm)
{
	/* arch_virq_unforward_all() came before */
	heap_free(vgic_of(vm)->pt);
	vgic_of(vm)->pt = NULL;
	vgic_of(vm)->vm = NULL;
}

void vgic_reset(struct vm *vm)
{
	struct vgic *vg = vgic_of(vm);
	unsigned int i;

	/* what is still in list registers somewhere must not come back */
	for (i = 0; i < vg->vcpu_count; i++) {
		if (vg->cpus[i])
			vcpu_evict(vg->cpus[i]->vcpu);
	}
	vgic_reset_dist(vg);
	for (i = 0; i < vg->vcpu_count; i++) {
		if (vg->cpus[i])
			vgic_reset_cpu(vg->cpus[i]);
	}
}

int vgic_vcpu_create(struct vcpu *vcpu)
{
	struct vgic *vg = vgic_of(vcpu->vm);
	struct vgic_cpu *vc = vgic_cpu_of(vcpu);
	unsigned int i;

	if (vcpu->id >= vg->vcpu_count)
		return -EINVAL;
	vc->vgic = vg;
	vc->vcpu = vcpu;
	vc->id = vcpu->id;
	vc->hwid = vcpu->hwid;
	vc->cpu = -1;
	/* Affinity_Value packs Aff3 beside Aff2: 12.11.35 */
	vc->typer =
		((vcpu->hwid & 0xffffff) | ((vcpu->hwid >> 32) & 0xff) << 24)
			<< 32 |
		(uint64_t)vcpu->id << 8;
	for (i = 0; i < vg->region_count; i++) {
		if (vcpu->id == vg->regions[i].first + vg->regions[i].count - 1)
			vc->typer |= GICR_TYPER_LAST;
	}
	vgic_reset_cpu(vc);
	vg->cpus[vcpu->id] = vc;
	return 0;
}

void vgic_vcpu_destroy(struct vcpu *vcpu)
{
	struct vgic *vg = vgic_of(vcpu->vm);

	if (vcpu->id < vg->vcpu_count)
		vg->cpus[vcpu->id] = NULL;
}

void vgic_vcpu_reset(struct vcpu *vcpu)
{
	vgic_reset_cpu(vgic_cpu_of(vcpu));
}

void vgic_load(struct vcpu *vcpu)
{
	vgic_lr_load(vgic_cpu_of(vcpu));
}

void vgic_put(struct vcpu *vcpu)
{
	vgic_lr_put(vgic_cpu_of(vcpu));
}

void vgic_sync_in(struct vcpu *vcpu)
{
	struct vgic_cpu *vc = vgic_cpu_of(vcpu);

	if (likely(!__atomic_load_n(&vc->work, __ATOMIC_ACQUIRE)))
		return;
	if (pt_is_direct(vcpu))
		pt_call_back(); /* it needs the virtual interface */
	else
		vgic_lr_sync(vc);
}

void vgic_vtimer_fired(struct vcpu *vcpu, unsigned int irq)
{
	vgic_lr_timer(vgic_cpu_of(vcpu), irq);
}

void vgic_maintenance(struct vcpu *vcpu)
{
	struct vgic_cpu *vc = vgic_cpu_of(vcpu);

	/* the condition must be gone when this returns: the line is a level */
	if (vc->crowded)
		vgic_lr_refill(vc);
	else
		vgic_lr_reap(vc);
}

void vgic_ppi_set(struct vcpu *vcpu, unsigned int intid, bool level)
{
	struct vgic_cpu *vc = vgic_cpu_of(vcpu);

	if (intid >= 16 && intid < VGIC_PRIVATE)
		vgic_line_set(NULL, vc->vgic, vc, intid, level);
}

void vgic_spi_set(struct vm *vm, unsigned int intid, bool level)
{
	struct vgic *vg = vgic_of(vm);

	if (intid >= VGIC_PRIVATE && intid < vg->irq_count)
		vgic_line_set(NULL, vg, NULL, intid, level);
}

void vgic_sgi_write(struct vcpu *vcpu, uint64_t value, unsigned int group)
{
	if (unlikely(vcpu->arch->pt)) {
		if (group)
			pt_sgi(vcpu, value);
		return;
	}
	vgic_sgi_send(vgic_cpu_of(vcpu), value, group);
}

void vgic_dir_write(struct vcpu *vcpu, uint64_t value)
{
	struct vgic_cpu *vc = vgic_cpu_of(vcpu);
	unsigned int irq = value & 0xffffff;

	/* only ends an interrupt when priority drop is separate: 12.2.10 */
	if (!(vgic_hw_vmcr() & ICH_VMCR_VEOIM) || irq >= vc->vgic->irq_count)
		return;
	vgic_change(vc, vc->vgic, irq < VGIC_PRIVATE ? vc : NULL, irq / 32,
		    1U << irq % 32, VGIC_CLEAR_ACT);
}

bool vgic_icc(struct sysreg_access *access)
{
	enum vgic_icc reg;

	switch (access->enc) {
	case SYSREG_ENC(3, 0, 4, 6, 0):
		reg = VGIC_ICC_PMR;
		break;
	case SYSREG_ENC(3, 0, 12, 11, 3):
		reg = VGIC_ICC_RPR;
		break;
	case SYSREG_ENC(3, 0, 12, 12, 4):
		reg = VGIC_ICC_CTLR;
		break;
	default:
		return false;
	}
	if (access->write)
		return vgic_icc_write(reg, access->value);
	access->value = vgic_icc_read(reg);
	return true;
}

struct arch_injected arch_vcpu_injected(const struct vcpu *vcpu)
{
	return (struct arch_injected){
		/* each of these exits hands one over */
		.timer = vcpu->exits[REASON_VTIMER],
		.other = __atomic_load_n(&vcpu->arch->vgic.filled,
					 __ATOMIC_RELAXED),
	};
}

bool vgic_pending(struct vcpu *vcpu)
{
	unsigned long flags = arch_irq_save();
	bool pending = vgic_lr_pending(vgic_cpu_of(vcpu));

	arch_irq_restore(flags);
	return pending;
}

bool vgic_irq_enabled(struct vcpu *vcpu, unsigned int intid)
{
	const struct vgic_cpu *vc = vgic_cpu_of(vcpu);

	return intid < VGIC_PRIVATE &&
	       (vc->priv.enabled & vgic_groups(vc->vgic, &vc->priv) &
		1U << intid);
}

bool vgic_irq_active(struct vcpu *vcpu, unsigned int intid)
{
	const struct vgic_cpu *vc = vgic_cpu_of(vcpu);

	return intid < VGIC_PRIVATE &&
	       (bits_peek(&vc->priv.active) & 1U << intid);
}

bool vgic_mmio(struct vcpu *vcpu, gpa_t gpa, unsigned int width, bool write,
	       uint64_t *value)
{
	if (unlikely(vcpu->arch->pt))
		return vgic_pt_access(vgic_cpu_of(vcpu), gpa.v, width, write,
				      value);
	return vgic_mmio_access(vgic_cpu_of(vcpu), gpa.v, width, write, value);
}

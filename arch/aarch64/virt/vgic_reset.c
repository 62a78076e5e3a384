/* SPDX-License-Identifier: Apache-2.0 */
/* Cold state of the virtual GIC. */
#include <string.h>

#include "vgic_priv.h"

static void word_reset(struct vgic *vg, struct vgic_word *w, unsigned int word,
		       uint32_t edge)
{
	uint32_t linked = w->linked, line = w->line, bits;

	/* what a guest left active would stay so for ever */
	if (word) {
		for (bits = w->phys; bits; bits &= bits - 1)
			vgic_phys_end(vg, w, word * 32 + __builtin_ctz(bits));
	}
	memset(w, 0, sizeof(*w));
	w->edge = edge;
	w->group1 = vg->pt ? ~(uint32_t)0 : 0; /* no other is there */
	w->linked = linked;
	w->line = line; /* the inputs are the devices' */
}

void vgic_reset_dist(struct vgic *vg)
{
	unsigned int i;

	vg->ctlr = 0;
	for (i = 1; i < VGIC_WORDS; i++)
		word_reset(vg, &vg->spi[i], i, 0);
	memset(vg->prio, 0, sizeof(vg->prio));
	memset(vg->target, VGIC_TARGET_NONE, sizeof(vg->target));
	memset(vg->owner, 0, sizeof(vg->owner));
	memset(vg->router, 0, sizeof(vg->router));
	/* IROUTER resets to affinity 0.0.0.0 here */
	for (i = 0; i < vg->vcpu_count; i++) {
		if (vg->cpus[i] && !vg->cpus[i]->hwid)
			memset(vg->target, (int)i, sizeof(vg->target));
	}
}

void vgic_reset_cpu(struct vgic_cpu *vc)
{
	word_reset(vc->vgic, &vc->priv, 0, 0xffff);
	memset(vc->prio, 0, sizeof(vc->prio));
	vc->waker = 2;
	vc->vmcr = 0;
	memset(vc->ap0r, 0, sizeof(vc->ap0r));
	memset(vc->ap1r, 0, sizeof(vc->ap1r));
	vc->words = ~(uint32_t)0;
	vc->work = VGIC_WORK_FOLD;
}

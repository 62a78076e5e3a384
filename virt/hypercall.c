/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls: one row each; a number without a row fails. */
#include <virt/hypercall.h>

#include <lib/util.h>
#include <virt/config.h>
#include <virt/ivc.h>
#include <virt/vcpu.h>
#include <virt/vdev.h>

struct hypercall_row {
	uint64_t (*fn)(struct vcpu *vcpu, const uint64_t args[6]);
};

/* A guest must not turn the hypervisor off: empty rows answer failure. */
static const struct hypercall_row rows[] = {
	[HYPERCALL_DISABLE] = {NULL},
	[HYPERCALL_PREPARE_DISABLE] = {NULL},
	[HYPERCALL_DEBUG] = {NULL},
	[HYPERCALL_IVC_PUBLISH] = {ivc_call_publish},
	[HYPERCALL_IVC_SUBSCRIBE] = {ivc_call_subscribe},
	[HYPERCALL_IVC_UNPUBLISH] = {ivc_call_unpublish},
	[HYPERCALL_IVC_UNSUBSCRIBE] = {ivc_call_unsubscribe},
};

#define OWN(nr) [(nr)-HYPERCALL_OWN_FIRST]

static const struct hypercall_row own_rows[] = {
	OWN(HYPERCALL_IVC_NOTIFY) = {ivc_call_notify},
	OWN(HYPERCALL_IVC_ACK) = {ivc_call_ack},
	OWN(HYPERCALL_IVC_SLOT) = {ivc_call_slot},
	OWN(HYPERCALL_IVC_EVENTS) = {ivc_call_events},
};

static const struct hypercall_row *row_find(uint64_t nr)
{
	if (nr < ARRAY_SIZE(rows))
		return &rows[nr];
	nr -= HYPERCALL_OWN_FIRST; /* a smaller one wraps */
	return nr < ARRAY_SIZE(own_rows) ? &own_rows[nr] : NULL;
}

/* No number of ours: a device may stand for firmware that has it. */
static uint64_t firmware_call(struct vcpu *vcpu, uint64_t nr)
{
	if (IS_ENABLED(CONFIG_VDEV_CALLS) && vm_is_sip_call(nr) &&
	    vdev_call(vcpu->vm, (uint32_t)nr))
		return 0;
	return HYPERCALL_FAIL;
}

uint64_t hypercall(struct vcpu *vcpu, uint64_t nr, const uint64_t args[6])
{
	const struct hypercall_row *row = row_find(nr);

	return row && row->fn ? row->fn(vcpu, args) : firmware_call(vcpu, nr);
}

/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls: one row each; a number without a row fails. */
#include <virt/hypercall.h>

#include <lib/util.h>
#include <virt/vcpu.h>

struct hypercall_row {
	uint64_t (*fn)(struct vcpu *vcpu, const uint64_t args[6]);
};

/*
 * A guest must not turn the hypervisor off, and the IVC calls have no
 * channels to work on yet: their rows are empty, which answers failure.
 */
static const struct hypercall_row rows[] = {
	[HYPERCALL_DISABLE] = {NULL},
	[HYPERCALL_PREPARE_DISABLE] = {NULL},
	[HYPERCALL_DEBUG] = {NULL},
	[HYPERCALL_IVC_PUBLISH] = {NULL},
	[HYPERCALL_IVC_SUBSCRIBE] = {NULL},
	[HYPERCALL_IVC_UNPUBLISH] = {NULL},
	[HYPERCALL_IVC_UNSUBSCRIBE] = {NULL},
};

uint64_t hypercall(struct vcpu *vcpu, uint64_t nr, const uint64_t args[6])
{
	if (nr >= ARRAY_SIZE(rows) || !rows[nr].fn)
		return HYPERCALL_FAIL;
	return rows[nr].fn(vcpu, args);
}

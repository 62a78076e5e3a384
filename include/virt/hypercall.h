/* SPDX-License-Identifier: Apache-2.0 */
/* Hypercalls: AxVisor's numbers, then ours; one row each. */
#ifndef VIRT_HYPERCALL_H
#define VIRT_HYPERCALL_H

#include <lib/types.h>

struct vcpu;

enum hypercall_nr {
	HYPERCALL_DISABLE = 0,
	HYPERCALL_PREPARE_DISABLE = 1,
	HYPERCALL_DEBUG = 2,
	HYPERCALL_IVC_PUBLISH = 3,
	HYPERCALL_IVC_SUBSCRIBE = 4,
	HYPERCALL_IVC_UNPUBLISH = 5,
	HYPERCALL_IVC_UNSUBSCRIBE = 6,

	/* ours, above AxVisor's: Documentation/hypercalls.md */
	HYPERCALL_OWN_FIRST = 0x80,
	HYPERCALL_IVC_NOTIFY = 0x80,
	HYPERCALL_IVC_ACK = 0x81,
	HYPERCALL_IVC_SLOT = 0x82,
	HYPERCALL_IVC_EVENTS = 0x83,
};

#define HYPERCALL_FAIL UINT64_MAX

/** hypercall() - Return: what the guest's result register gets */
uint64_t hypercall(struct vcpu *vcpu, uint64_t nr, const uint64_t args[6]);

#endif
